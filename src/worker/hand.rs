//! Takes what was committed straight to the worker that does it.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use super::posts::Asked;
use crate::clock::{Busy, Clock};
use crate::domain::call::Call;
use crate::domain::change::{Effect, EffectRow, Timer, TimerRow};
use crate::ports::{HandOver, Handed, Lease, Live};

/// Most effects and timers in memory. More stay in the table until there is room.
const IN_HAND_MAX: usize = 200_000;

/// Something in a queue: counted, and holding simulated time up, until it is done.
#[derive(Debug)]
pub(super) struct Item<T> {
    pub(super) row: T,
    _held: Held,
    _busy: Busy,
}

#[derive(Debug)]
struct Held(Arc<AtomicUsize>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What the wheel is told.
#[derive(Debug)]
pub(super) enum ToWheel {
    /// Watch an effect that is not due yet.
    Effect(EffectRow),
    /// Watch a timer; it replaces an earlier one of the same id.
    Timer(TimerRow),
    /// Fire a timer again at this instant, although it was due before.
    Again(TimerRow, Timestamp),
    /// Watch an effect or a timer no more, if what is watched is older than this revision.
    Outdated(String, i64),
}

/// The senders: implements [`HandOver`].
#[derive(Debug)]
pub struct Hand {
    owner: String,
    clock: Clock,
    live: Arc<dyn Live>,
    in_hand: Arc<AtomicUsize>,
    queues: HashMap<String, mpsc::UnboundedSender<Item<EffectRow>>>,
    wheel: mpsc::UnboundedSender<ToWheel>,
    timers: mpsc::UnboundedSender<Item<TimerRow>>,
    page_timers: mpsc::UnboundedSender<Item<TimerRow>>,
    poller: mpsc::UnboundedSender<Arc<Call>>,
    boards: mpsc::Sender<()>,
    pub(super) posts: Asked,
    /// Counts commits that concern pages.
    pages: watch::Sender<u64>,
    health: Mutex<Health>,
    /// Chats that something is to be shown in, and that nobody serves: a handful, as the file names them.
    unserved: Mutex<HashSet<String>>,
    /// What is due before the queues are served, for open calls are compared with the engine first. `None`: they are.
    early: Mutex<Option<Vec<EffectRow>>>,
}

/// Whether what is committed is carried out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Health {
    /// Not yet: open calls are compared with the engine first.
    #[default]
    Starting,
    /// Yes.
    Works,
    /// This worker has ended although the program has not: something is not done any more.
    Ended(&'static str),
}

/// The receivers, for [`super::arm`].
#[derive(Debug)]
pub struct Mail {
    pub(super) queues: Vec<(String, mpsc::UnboundedReceiver<Item<EffectRow>>)>,
    pub(super) wheel: mpsc::UnboundedReceiver<ToWheel>,
    pub(super) timers: mpsc::UnboundedReceiver<Item<TimerRow>>,
    /// Of pages, which wait for the store alone: nothing that asks the engine stands in their way.
    pub(super) page_timers: mpsc::UnboundedReceiver<Item<TimerRow>>,
    pub(super) poller: mpsc::UnboundedReceiver<Arc<Call>>,
    pub(super) boards: mpsc::Receiver<()>,
}

impl Hand {
    /// A hand for the process `owner`, with the queues of the engine and of its cloud, and one for each of `chats`.
    ///
    /// The channels are unbounded, but what goes in is counted against `IN_HAND_MAX`.
    #[must_use]
    pub fn new(owner: String, clock: Clock, live: Arc<dyn Live>, chats: &[&str]) -> (Arc<Self>, Mail) {
        let mut queues = HashMap::new();
        let mut mail_queues = Vec::new();
        for name in Effect::QUEUES.iter().chain(chats) {
            let (sender, receiver) = mpsc::unbounded_channel();
            queues.insert((*name).to_owned(), sender);
            mail_queues.push(((*name).to_owned(), receiver));
        }
        let (wheel, mail_wheel) = mpsc::unbounded_channel();
        let (timers, mail_timers) = mpsc::unbounded_channel();
        let (page_timers, mail_page_timers) = mpsc::unbounded_channel();
        let (poller, mail_poller) = mpsc::unbounded_channel();
        let (boards, mail_boards) = mpsc::channel(1);
        let in_hand = Arc::default();
        let hand = Self {
            owner,
            clock,
            live,
            in_hand,
            queues,
            wheel,
            timers,
            page_timers,
            poller,
            boards,
            posts: Asked::default(),
            pages: watch::Sender::default(),
            health: Mutex::default(),
            unserved: Mutex::default(),
            early: Mutex::new(Some(Vec::new())),
        };
        let mail = Mail {
            queues: mail_queues,
            wheel: mail_wheel,
            timers: mail_timers,
            page_timers: mail_page_timers,
            poller: mail_poller,
            boards: mail_boards,
        };
        (Arc::new(hand), mail)
    }

    /// Told whenever a page has changed.
    #[must_use]
    pub fn pages(&self) -> watch::Receiver<u64> {
        self.pages.subscribe()
    }

    /// How much is in hand.
    #[must_use]
    pub fn in_hand(&self) -> usize {
        self.in_hand.load(Ordering::Relaxed)
    }

    /// Whether what is committed is carried out.
    #[must_use]
    pub fn health(&self) -> Health {
        *self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn note(&self, health: Health) {
        *self.health.lock().unwrap_or_else(PoisonError::into_inner) = health;
    }

    pub(super) fn owner(&self) -> &str {
        &self.owner
    }

    pub(super) fn free_lease(&self, now: Timestamp) -> Option<Lease> {
        let early = self.early.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map_or(0, Vec::len);
        (self.in_hand() + early < IN_HAND_MAX).then(|| super::lease(&self.owner, now))
    }

    /// Queues what is due and gives the rest to the wheel.
    pub(super) fn take(&self, effects: Vec<EffectRow>, timers: Vec<TimerRow>) {
        let now = self.clock.now();
        for row in effects {
            if row.due > now {
                self.tell_wheel(ToWheel::Effect(row));
            } else {
                self.tell_wheel(ToWheel::Outdated(row.effect.id(), row.rev));
                self.act(row);
            }
        }
        for row in timers {
            self.tell_wheel(ToWheel::Timer(row));
        }
    }

    /// The queues are served from now on.
    pub(super) fn begin(&self) {
        let mut early = self.early.lock().unwrap_or_else(PoisonError::into_inner);
        early.take().into_iter().flatten().for_each(|row| self.queue(row));
        self.note(Health::Works);
    }

    /// Queues an effect that is due. Before the queues are served it only waits: time must not stand still for it.
    pub(super) fn act(&self, row: EffectRow) {
        match &mut *self.early.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(early) => early.push(row),
            None => self.queue(row),
        }
    }

    fn queue(&self, row: EffectRow) {
        match self.queues.get(row.effect.queue()) {
            // A send fails only when the workers are gone: the row is found at the next start.
            Some(queue) => drop(queue.send(self.item(row))),
            // It waits in the table until its chat is served again.
            None => self.note_unserved(row.effect.queue()),
        }
    }

    /// Says once of each chat that nobody serves it.
    fn note_unserved(&self, chat: &str) {
        let mut known = self.unserved.lock().unwrap_or_else(PoisonError::into_inner);
        if known.insert(chat.to_owned()) {
            tracing::warn!(chat, "this chat is not served: what is to be shown there waits until it is");
        }
    }

    /// Queues a timer that is due.
    pub(super) fn fire(&self, row: TimerRow) {
        let lane = match &row.timer {
            Timer::Page(_) => &self.page_timers,
            Timer::RingOver(_) | Timer::Record(_) | Timer::Feed(_) | Timer::LateRecord(_) => &self.timers,
        };
        drop(lane.send(self.item(row)));
    }

    /// Gives a timer that could not be fired back to the wheel.
    pub(super) fn fire_later(&self, row: TimerRow, wake: Timestamp) {
        self.tell_wheel(ToWheel::Again(row, wake));
    }

    fn tell_wheel(&self, told: ToWheel) {
        drop(self.wheel.send(told));
    }

    pub(super) fn item<T>(&self, row: T) -> Item<T> {
        self.in_hand.fetch_add(1, Ordering::Relaxed);
        Item { row, _held: Held(Arc::clone(&self.in_hand)), _busy: self.clock.busy() }
    }
}

impl HandOver for Hand {
    fn lease(&self, now: Timestamp) -> Option<Lease> {
        self.free_lease(now)
    }

    fn committed(&self, done: &Handed) {
        for call in &done.calls {
            self.live.absorb(call);
            if self.live.get(&call.id).is_some_and(|now| now.version > call.version) {
                // Two commits may be handed over in the wrong order: the later one, told before, holds.
                continue;
            }
            if call.has_ended() {
                for timer in call.timers() {
                    self.tell_wheel(ToWheel::Outdated(timer.id(), done.rev));
                }
            }
            drop(self.poller.send(Arc::new(call.clone())));
        }
        if done.of_pages {
            self.pages.send_modify(|count| *count += 1);
        }
        if !done.calls.is_empty() {
            // Full means that it is told already.
            let _told = self.boards.try_send(());
        }
        for webhook in &done.webhooks {
            self.posts.ask(webhook.clone(), &self.clock);
        }
        self.take(done.effects.clone(), done.timers.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::call::CallState;
    use crate::domain::ids::{CallId, PageId};
    use crate::map::LiveMap;

    #[test]
    fn an_end_that_is_handed_over_after_the_reopening_takes_no_timer_away() {
        let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
        let (hand, mut mail) = Hand::new("me".to_owned(), clock, Arc::new(LiveMap::default()), &[]);
        let again = Call { version: 3, ..Call::sample(&["jack"]) };
        let ended = Call { version: 2, state: CallState::Ended, ..again.clone() };
        let told = |call: &Call| hand.committed(&Handed { calls: vec![call.clone()], ..Handed::default() });
        told(&again);
        told(&ended);
        assert!(mail.wheel.try_recv().is_err(), "its timers are those of the call that lives");
        assert_eq!(mail.poller.try_recv().map(|call| call.version), Ok(3));
        assert!(mail.poller.try_recv().is_err(), "it is looked at");
        told(&Call { version: 4, ..ended });
        assert!(matches!(mail.wheel.try_recv(), Ok(ToWheel::Outdated(..))));
    }

    #[test]
    fn a_pages_timer_waits_behind_none_that_asks_the_engine() {
        let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
        let (hand, mut mail) = Hand::new("me".to_owned(), clock, Arc::new(LiveMap::default()), &[]);
        let due = |timer| TimerRow { timer, due: Timestamp::UNIX_EPOCH, rev: 1, lease: None };
        hand.fire(due(Timer::RingOver(CallId::new("c1"))));
        hand.fire(due(Timer::Page(PageId::new("p1"))));
        let fired = mail.page_timers.try_recv().map(|item| item.row.timer);
        assert_eq!(fired.ok(), Some(Timer::Page(PageId::new("p1"))));
        let fired = mail.timers.try_recv().map(|item| item.row.timer);
        assert_eq!(fired.ok(), Some(Timer::RingOver(CallId::new("c1"))));
        assert!(mail.timers.try_recv().is_err() && mail.page_timers.try_recv().is_err());
    }

    #[test]
    fn what_is_to_be_shown_in_a_chat_that_nobody_serves_waits_and_is_said_once() {
        let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
        let (hand, _mail) =
            Hand::new("me".to_owned(), clock.clone(), Arc::new(LiveMap::default()), &["desk"]);
        hand.begin();
        for n in 0..2 {
            let effect = Effect::Report { card: PageId::new("p1").card(n), chat: "slack".to_owned() };
            hand.act(EffectRow { effect, due: clock.now(), attempts: 0, rev: 1, lease: None });
        }
        assert_eq!(hand.unserved.lock().unwrap().iter().collect::<Vec<_>>(), ["slack"]);
        assert_eq!((hand.in_hand(), clock.in_flight()), (0, 0), "time does not stand still for it");
    }

    #[test]
    fn what_is_due_before_the_calls_were_compared_waits_and_holds_no_time_up() {
        let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
        let (hand, mut mail) = Hand::new("me".to_owned(), clock.clone(), Arc::new(LiveMap::default()), &[]);
        let effect = Effect::Advance(PageId::new("p1"));
        let queue = mail.queues.iter().position(|(name, _)| name == effect.queue()).unwrap();
        hand.act(EffectRow { effect, due: clock.now(), attempts: 0, rev: 1, lease: None });
        assert!(mail.queues[queue].1.try_recv().is_err() && clock.in_flight() == 0);
        hand.begin();
        assert!(mail.queues[queue].1.try_recv().is_ok() && hand.health() == Health::Works);
    }
}
