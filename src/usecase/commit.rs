//! The one way to make something durable, and to hand what follows straight to its worker.

use std::time::Duration;

use jiff::Timestamp;

use super::Context;
use crate::clock::later;
use crate::domain::call::{Announcement, Call, CallEvent, Happened, Source, follow};
use crate::domain::change::{Change, Effect, Spent};
use crate::domain::ids::{CallId, PageId};
use crate::domain::page::{Hold, Page};
use crate::domain::report::{call_card, is_told_in_thread, story};
use crate::ports::{Handed, StoreError, pass};

/// How often a call's news is decided anew because somebody else changed the row first.
const CONFLICTS_MAX: usize = 32;

/// Pause before a store that failed is asked again.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// A call after it was told something.
pub(super) struct Told {
    /// As it is now.
    pub(super) call: Call,
    /// Whether that changed it.
    pub(super) is_news: bool,
}

impl Context {
    /// Makes `change` durable and hands over its effects, timers and calls.
    pub(super) async fn commit(&self, mut change: Change) -> Result<(), StoreError> {
        let lease = self.hand_over.lease(self.clock.now()).map(|lease| (lease.owner, lease.until));
        // What is for a webhook waits in the store, for nobody knows when that has room for it.
        for row in change.effects.iter_mut().filter(|row| row.effect.webhook().is_none()) {
            row.lease.clone_from(&lease);
        }
        for row in &mut change.timers {
            row.lease.clone_from(&lease);
        }
        let mut handed = Handed { calls: change.calls.clone(), ..Handed::default() };
        if lease.is_some() {
            handed.effects = change.effects.iter().filter(|row| row.lease.is_some()).cloned().collect();
            handed.timers.clone_from(&change.timers);
        }
        handed.of_pages = change.pages.as_ref().is_some_and(|pages| !pages.pages.is_empty());
        handed.webhooks = change.effects.iter().filter_map(|row| row.effect.webhook().cloned()).collect();
        let of_people = change.people.clone();
        let of_pages = change.pages.iter().flat_map(|pages| &pages.pages);
        let holds =
            |page: &Page| page.holds.iter().map(|hold| (page.id.clone(), hold.clone())).collect::<Vec<_>>();
        let held: Vec<(PageId, Hold)> = of_pages.flat_map(holds).collect();
        let back: Vec<Spent> = change.spent.iter().filter_map(Spent::given_back).collect();
        pass(&*self.steps, "commit.before").await;
        let committed = self.store.commit(change).await?;
        pass(&*self.steps, "commit.after").await;
        if let Some(news) = of_people {
            self.settings.absorb(*news, committed.rev);
        }
        self.limits.line_up(&held);
        if !back.is_empty() {
            self.limits.give_back(&back);
        }
        handed.rev = committed.rev;
        for call in &mut handed.calls {
            call.version += 1;
        }
        for row in &mut handed.effects {
            row.rev = committed.rev;
        }
        for row in &mut handed.timers {
            row.rev = committed.rev;
        }
        self.hand_over.committed(&handed);
        Ok(())
    }

    /// Tells the call `id` some news, and commits what follows from it together with `with`.
    ///
    /// `None` when there is no such call; `with` is not committed then.
    pub(super) async fn tell(
        &self,
        id: &CallId,
        event: CallEvent,
        with: Change,
    ) -> Result<Option<Told>, StoreError> {
        let mut loaded = self.live.get(id).map(|call| (*call).clone());
        for _ in 0..CONFLICTS_MAX {
            let call = match loaded.take() {
                Some(call) => call,
                None => match self.store.call(id).await? {
                    Some(call) => call,
                    None => return Ok(None),
                },
            };
            let (now, had_ended) = (self.clock.now(), call.has_ended());
            let (told, mut change) = told(call, event.clone(), now, with.clone());
            if told.call.has_ended() && !had_ended {
                self.ask_admins(&told.call, &mut change).await?;
            }
            if change == Change::default() {
                return Ok(Some(told));
            }
            match self.commit(change).await {
                Ok(()) => return Ok(Some(told)),
                // The map may be a little behind the store: the next try reads the row itself.
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Conflict)
    }

    /// Tells `call` news that were judged by how it was read: whoever gets `Conflict` judges anew.
    pub(super) async fn tell_as_read(
        &self,
        call: Call,
        event: CallEvent,
        with: Change,
    ) -> Result<(), StoreError> {
        let (_, change) = told(call, event, self.clock.now(), with);
        self.commit(change).await
    }

    /// Like [`tell`](Self::tell), for news that nobody can tell again: a store that fails is asked until it takes them.
    pub(super) async fn tell_surely(
        &self,
        id: &CallId,
        event: CallEvent,
        with: Change,
    ) -> Result<Option<Told>, StoreError> {
        loop {
            match self.tell(id, event.clone(), with.clone()).await {
                Err(StoreError::Failed(why)) => {
                    tracing::error!(%id, why, "what the engine answered is stored as soon as the store can");
                    self.clock.sleep_for_waiter(later(self.clock.now(), STORE_PAUSE)).await;
                }
                other => return other,
            }
        }
    }
}

/// What `event` makes of `call`, and the change that says so.
pub(super) fn told(call: Call, event: CallEvent, now: Timestamp, mut change: Change) -> (Told, Change) {
    let Some(applied) = call.apply(event, now) else { return (Told { call, is_news: false }, change) };
    let entries: Vec<_> =
        applied.happened.iter().map(|happened| story(&applied.call, happened, now)).collect();
    let is_told = entries.iter().any(|entry| is_told_in_thread(&applied.call, entry.event));
    if let Some(page) = call.page() {
        // The page's card shows it, once the page has decided what follows.
        change.act(Effect::Advance(page.clone()), now);
    }
    // What nobody can see makes no report, nor what concerns two people alone.
    let is_public = call.purpose.link().is_none() && call.page().is_none();
    if is_public && (is_told || call_card(&call) != call_card(&applied.call)) {
        change.act(report_of(&applied.call), now);
    }
    change.timeline.extend(entries.into_iter().map(|entry| (call.id.clone(), entry)));
    follow(&call, &applied.call, now, &mut change);
    change.calls.push(applied.call.clone());
    (Told { call: applied.call, is_news: true }, change)
}

/// What follows from `call` being recorded at `now`: its story begins, and it is dialled.
pub(super) fn new_call(call: &Call, now: Timestamp) -> Change {
    let mut change = Change::default();
    change.timeline.push((call.id.clone(), story(call, &Happened::Placed, now)));
    change.act(Effect::dial(call), now);
    if matches!(&call.announcement, Some(Announcement { source: Source::Spoken(_), .. })) {
        change.act(Effect::Speak(call.id.clone()), now);
    }
    change
}

/// The effect that brings a call's card up to date.
pub(super) fn report_of(call: &Call) -> Effect {
    Effect::Report { card: call.id.card(), chat: call.place.chat.clone() }
}
