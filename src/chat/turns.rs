//! Who asks first where a platform counts requests together: the most urgent, and each kind in order of arrival.
//!
//! Whoever waited for a limit with the turn would make the others wait as well; so they wait in line, where the order
//! can still be changed.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::oneshot;

use crate::clock::{Clock, Excused};
use crate::domain::call::CallState;
use crate::domain::inbound::Receipt;
use crate::domain::report::Card;

/// How urgent a request is, most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Urgency {
    /// Somebody waits for it with three seconds on the clock.
    Receipt,
    /// A page that is open, on its card or told in private: somebody is to take it.
    Page,
    /// A card that shows how it ended.
    End,
    /// Any other card, a private word.
    News,
    /// A line of a thread, where others wait for their first card.
    Line,
    /// A board, a registration, a look at something.
    Board,
}

impl Urgency {
    /// How long one may take, with tries, waits for its turn and for limits. A receipt is worth nothing after 3 s.
    pub(super) const fn within(self) -> Duration {
        match self {
            Self::Receipt => Duration::from_millis(2_500),
            Self::Page | Self::End | Self::News | Self::Line => Duration::from_secs(10),
            Self::Board => Duration::from_secs(20),
        }
    }

    /// A card is as urgent as what it shows.
    pub(super) fn of(card: &Card) -> Self {
        match card.state {
            Some(CallState::Ended) => Self::End,
            Some(_) => Self::News,
            None if card.id.page().is_some() => Self::Page,
            None => Self::Board,
        }
    }

    /// And so is what one person is told.
    pub(super) fn of_word(said: &Receipt) -> Self {
        let is_of_page = said.card.as_ref().is_some_and(|card| card.page().is_some());
        if is_of_page { Self::Page } else { Self::News }
    }
}

/// A place in line: the most urgent first, and then who came first.
pub(super) type Place = (Urgency, u64);

/// Everybody's turns.
pub(super) struct Turns<B> {
    clock: Clock,
    lanes: Mutex<Lanes<B>>,
}

struct Lanes<B> {
    next: u64,
    /// Buckets that are asked something now.
    busy: HashMap<B, Lane>,
}

#[derive(Default)]
struct Lane {
    /// Who has a turn: one of each urgency at most. One that only waits for a limit can be told to step back.
    held: BTreeMap<Urgency, Option<oneshot::Sender<()>>>,
    /// Who waits for one.
    waiting: BTreeMap<Place, Waiter>,
}

/// One who waits: excused from holding simulated time up until it is called up.
struct Waiter {
    excused: Excused,
    call_up: oneshot::Sender<()>,
}

/// The right to ask. The next one is called up when it is dropped.
pub(super) struct Turn<'a, B: Clone + Eq + Hash> {
    turns: &'a Turns<B>,
    bucket: B,
    place: Place,
}

impl Lane {
    /// Whether one so urgent may ask now.
    fn is_free_for(&self, urgency: Urgency) -> bool {
        self.held.first_key_value().is_none_or(|(most, _)| urgency < *most)
    }

    fn take(&mut self, urgency: Urgency) {
        for (_, step_back) in self.held.range_mut(urgency..) {
            // Who is not there any more has nothing to step back from.
            let _told = step_back.take().map(|step_back| step_back.send(()));
        }
        self.held.insert(urgency, None);
    }
}

impl<B: Clone + Eq + Hash> Turns<B> {
    /// One of each urgency at a time in each bucket: nobody waits for the answer to something less urgent.
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, lanes: Mutex::new(Lanes { next: 0, busy: HashMap::new() }) }
    }

    /// Waits until `bucket` may be asked, and no limit is in the way. `must_wait` says until when one is; or it says no,
    /// and counts the request. Whoever waits for a limit is overtaken by somebody more urgent.
    pub(super) async fn enter_when(
        &self,
        bucket: B,
        urgency: Urgency,
        must_wait: impl Fn() -> Option<Timestamp>,
    ) -> Turn<'_, B> {
        let place = (urgency, self.number());
        self.enter_as(bucket, place, must_wait).await
    }

    /// As [`enter_when`](Self::enter_when), at the place that a [`number`](Self::number) gives that was drawn before.
    pub(super) async fn enter_as(
        &self,
        bucket: B,
        place: Place,
        must_wait: impl Fn() -> Option<Timestamp>,
    ) -> Turn<'_, B> {
        loop {
            let turn = self.turn(bucket.clone(), place).await;
            loop {
                let Some(until) = must_wait() else { return turn };
                let overtaken = turn.may_step_back();
                tokio::select! {
                    biased;
                    _ = overtaken => break,
                    () = self.clock.sleep_for_waiter(until) => {}
                }
            }
        }
    }

    /// How many wait for `bucket`.
    pub(super) fn waiting(&self, bucket: &B) -> usize {
        self.lock().busy.get(bucket).map_or(0, |lane| lane.waiting.len())
    }

    /// Draws a number: whoever has a smaller one goes first. Nobody else has the same.
    pub(super) fn number(&self) -> u64 {
        let mut lanes = self.lock();
        lanes.next += 1;
        lanes.next
    }

    async fn turn(&self, bucket: B, place: Place) -> Turn<'_, B> {
        if let Some(called) = self.queue(&bucket, place) {
            let waiting = Waiting { turns: self, bucket: &bucket, place, is_called: false };
            // The sender is dropped only with all turns.
            let _called = called.await;
            waiting.called();
        }
        Turn { turns: self, bucket, place }
    }

    /// Stands in line; `None`: it is our turn.
    fn queue(&self, bucket: &B, place: Place) -> Option<oneshot::Receiver<()>> {
        let mut lanes = self.lock();
        let lane = lanes.busy.entry(bucket.clone()).or_default();
        let is_first = lane.waiting.first_key_value().is_none_or(|(first, _)| place < *first);
        if is_first && lane.is_free_for(place.0) {
            lane.take(place.0);
            return None;
        }
        let (call_up, called) = oneshot::channel();
        lane.waiting.insert(place, Waiter { excused: self.clock.excuse(), call_up });
        Some(called)
    }

    fn leave(&self, bucket: &B, urgency: Urgency) {
        let mut lanes = self.lock();
        let Some(lane) = lanes.busy.get_mut(bucket) else { return };
        lane.held.remove(&urgency);
        while lane.waiting.first_key_value().is_some_and(|(first, _)| lane.is_free_for(first.0)) {
            let Some((place, Waiter { excused, call_up })) = lane.waiting.pop_first() else { break };
            // Counted again before it is woken: or simulated time could move on before it has run.
            drop(excused);
            if call_up.send(()).is_ok() {
                lane.take(place.0);
            }
        }
        if lane.held.is_empty() && lane.waiting.is_empty() {
            lanes.busy.remove(bucket);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Lanes<B>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<B: Clone + Eq + Hash> Turn<'_, B> {
    /// Resolves when somebody more urgent has come; to be asked while a limit is waited for.
    fn may_step_back(&self) -> oneshot::Receiver<()> {
        let (step_back, overtaken) = oneshot::channel();
        let mut lanes = self.turns.lock();
        let lane = lanes.busy.entry(self.bucket.clone()).or_default();
        if lane.held.first_key_value().is_some_and(|(most, _)| *most < self.place.0) {
            // It came meanwhile. Nobody is there to hear that we know.
            let _told = step_back.send(());
        } else {
            lane.held.insert(self.place.0, Some(step_back));
        }
        overtaken
    }
}

impl<B: Clone + Eq + Hash> Drop for Turn<'_, B> {
    fn drop(&mut self) {
        self.turns.leave(&self.bucket, self.place.0);
    }
}

/// A place in line, given up when dropped.
struct Waiting<'a, B: Clone + Eq + Hash> {
    turns: &'a Turns<B>,
    bucket: &'a B,
    place: Place,
    is_called: bool,
}

impl<B: Clone + Eq + Hash> Waiting<'_, B> {
    fn called(mut self) {
        self.is_called = true;
    }
}

impl<B: Clone + Eq + Hash> Drop for Waiting<'_, B> {
    fn drop(&mut self) {
        if self.is_called {
            return;
        }
        let was_waiting = {
            let mut lanes = self.turns.lock();
            lanes.busy.get_mut(self.bucket).and_then(|lane| lane.waiting.remove(&self.place)).is_some()
        };
        // Called up and given up at the same moment: the turn was ours, and goes to the next.
        if !was_waiting {
            self.turns.leave(self.bucket, self.place.0);
        }
    }
}

impl<B> fmt::Debug for Turns<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turns").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::later;
    use crate::task::{TaskHandle, spawn};

    async fn let_run() {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }

    /// A desk at which people take turns.
    struct Desk {
        clock: Clock,
        turns: Arc<Turns<u8>>,
        /// When the bucket 1 is free again.
        free_at: Arc<Mutex<Timestamp>>,
        order: Arc<Mutex<Vec<&'static str>>>,
    }

    impl Desk {
        fn new() -> Self {
            let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
            let turns = Arc::new(Turns::new(clock.clone()));
            Self { clock, turns, free_at: Arc::default(), order: Arc::default() }
        }

        async fn enter(&self, urgency: Urgency) -> Turn<'_, u8> {
            self.turns.enter_when(1, urgency, || None).await
        }

        fn asks(&self, bucket: u8, urgency: Urgency, name: &'static str) -> TaskHandle {
            let (turns, clock, order) =
                (Arc::clone(&self.turns), self.clock.clone(), Arc::clone(&self.order));
            let free_at = Arc::clone(&self.free_at);
            let must_wait =
                move || Some(*free_at.lock().unwrap()).filter(|at| bucket == 1 && *at > clock.now());
            spawn("ask", async move {
                let _turn = turns.enter_when(bucket, urgency, must_wait).await;
                order.lock().unwrap().push(name);
            })
        }

        fn order(&self) -> Vec<&'static str> {
            self.order.lock().unwrap().clone()
        }

        fn is_empty(&self) -> bool {
            self.turns.lock().busy.is_empty()
        }
    }

    #[tokio::test]
    async fn the_most_urgent_goes_first_and_who_gives_up_holds_nobody_up() {
        let desk = Desk::new();
        let first = desk.enter(Urgency::Receipt).await;
        let gives_up = desk.asks(1, Urgency::Receipt, "gave up");
        let _waiting = [
            desk.asks(1, Urgency::Board, "board"),
            desk.asks(1, Urgency::News, "news"),
            desk.asks(1, Urgency::Page, "page"),
            desk.asks(1, Urgency::End, "end"),
            desk.asks(2, Urgency::Board, "elsewhere"),
        ];
        let_run().await;
        assert_eq!(desk.order(), ["elsewhere"]);
        drop(gives_up);
        let_run().await;
        drop(first);
        let_run().await;
        assert_eq!(desk.order(), ["elsewhere", "page", "end", "news", "board"]);
        assert!(desk.is_empty(), "nothing is kept of buckets that are not asked");
    }

    #[tokio::test]
    async fn nobody_waits_for_the_answer_to_something_less_urgent() {
        let desk = Desk::new();
        let slow = desk.enter(Urgency::Board).await;
        let _waiting = [desk.asks(1, Urgency::Board, "board"), desk.asks(1, Urgency::End, "end")];
        let_run().await;
        assert_eq!(desk.order(), ["end"]);
        drop(slow);
        let_run().await;
        assert_eq!(desk.order(), ["end", "board"]);
        assert!(desk.is_empty());
    }

    #[tokio::test]
    async fn whoever_waits_for_a_limit_is_overtaken() {
        let desk = Desk::new();
        let after = |millis| later(Timestamp::UNIX_EPOCH, Duration::from_millis(millis));
        *desk.free_at.lock().unwrap() = after(2_000);
        let _board = desk.asks(1, Urgency::Board, "board");
        let _news = desk.asks(1, Urgency::News, "news");
        let_run().await;
        let _end = desk.asks(1, Urgency::End, "end");
        let_run().await;
        while desk.clock.advance_to(after(1_999)) {
            let_run().await;
        }
        assert!(desk.order().is_empty(), "{:?}", desk.order());
        while desk.clock.advance_to(after(2_000)) {
            let_run().await;
        }
        let_run().await;
        assert_eq!(desk.order(), ["end", "news", "board"]);
        assert!(desk.is_empty());
    }
}
