//! What happens when a timer is due.

use std::time::Duration;

use super::Context;
use crate::clock::later;
use crate::domain::call::{Call, CallEvent, RECORD_DELAY, Record};
use crate::domain::change::{Change, Timer, TimerRow};
use crate::domain::ids::CallId;
use crate::ports::{EngineError, StoreError, pass};

/// Pause before the engine is asked again what became of a ring.
const ASK_AGAIN: Duration = Duration::from_secs(15);
/// A record that did not appear by then does not come (wire reference, 2.4).
const RECORD_WAIT_MAX: Duration = Duration::from_secs(60);
/// An engine that could not be asked for so long ends the call as unknown.
const SILENCE_MAX: Duration = Duration::from_secs(3600);

impl Context {
    /// Does what `row` was armed for.
    ///
    /// # Errors
    /// When the store failed; the timer is still there then.
    pub async fn fire(&self, row: &TimerRow) -> Result<(), StoreError> {
        pass(&*self.steps, "timer.before").await;
        match &row.timer {
            Timer::RingOver(id) => self.ring_over(row, id).await,
            Timer::Record(id) => self.fetch_record(row, id).await,
            Timer::Feed(id) => self.look_at_feed(row, id).await,
            Timer::LateRecord(id) => self.look_late(row, id).await,
            Timer::Page(id) => self.advance(id, fired(row)).await,
        }
    }

    /// By now the ring must be over: find out how it went.
    async fn ring_over(&self, row: &TimerRow, id: &CallId) -> Result<(), StoreError> {
        let Some(call) = self.open_call(id).await? else { return self.commit(fired(row)).await };
        if call.engine_call_id.is_none() {
            return self.settle(row, &call).await;
        }
        let event = self.sight(id).await?;
        let rings = call.answered_at.is_none() && call.over_since.is_none();
        let change = match &event {
            // Nobody could tell, or it still rings: it is asked again, but not for ever.
            Some(CallEvent::Unreachable(_)) if self.silent_too_long(&call) => {
                return self.tell(id, CallEvent::GaveUp, fired(row)).await.map(|_| ());
            }
            Some(CallEvent::Unreachable(_)) => self.again(row),
            Some(CallEvent::Seen(_)) if rings => self.again(row),
            _ => fired(row),
        };
        match event {
            Some(event) => self.tell(id, event, change).await.map(|_| ()),
            None => self.commit(change).await,
        }
    }

    /// A dial whose answer was lost: only the record of our room can tell, and not before now. One that was answered and
    /// still is talked on has none yet: see `late.rs`.
    async fn settle(&self, row: &TimerRow, call: &Call) -> Result<(), StoreError> {
        let Some(since) = call.dialed_at else { return self.commit(fired(row)).await };
        let found = self.engine.records_of_room(&call.room, &call.callees(), since).await;
        pass(&*self.steps, "settle.answered").await;
        let event = match found {
            Ok(records) => match self.record_of(call, records).await? {
                Some(record) => CallEvent::Ended(record),
                None => CallEvent::NoRecord,
            },
            Err(error) if !self.silent_too_long(call) => {
                let event = CallEvent::Unreachable(error.to_string());
                return self.tell(&call.id, event, self.again(row)).await.map(|_| ());
            }
            Err(_) => CallEvent::GaveUp,
        };
        self.tell(&call.id, event, fired(row)).await.map(|_| ())
    }

    /// Which of `records`, of the call's room, is the call's. A page's calls share a room: there it is the first one of the
    /// same callees that is no other call's.
    pub(super) async fn record_of(
        &self,
        call: &Call,
        records: Vec<Record>,
    ) -> Result<Option<Record>, StoreError> {
        if call.page().is_none() {
            return Ok(records.into_iter().next());
        }
        for record in records {
            // The same person is dialled again once this ring has run out.
            let in_time = call.rings_until().is_none_or(|until| record.started_at < until);
            if in_time && record.callees == call.callees() {
                let other = self.store.call_of_engine(&record.call).await?;
                if other.is_none_or(|other| other.id == call.id) {
                    return Ok(Some(record));
                }
            }
        }
        Ok(None)
    }

    /// The call is over: its record says how.
    async fn fetch_record(&self, row: &TimerRow, id: &CallId) -> Result<(), StoreError> {
        let call = self.open_call(id).await?;
        let Some((engine_id, over_since)) =
            call.as_ref().and_then(|c| Some((c.engine_call_id.as_ref()?, c.over_since?)))
        else {
            return self.commit(fired(row)).await;
        };
        let answer = self.engine.record(engine_id).await;
        pass(&*self.steps, "record.answered").await;
        let waited_for = self.clock.now() >= later(over_since, RECORD_WAIT_MAX);
        match self.record_news(answer, waited_for) {
            Some(event) => self.tell(id, event, fired(row)).await.map(|_| ()),
            None => {
                let mut change = Change::default();
                change.arm(row.timer.clone(), later(self.clock.now(), RECORD_DELAY));
                self.commit(change).await
            }
        }
    }

    fn record_news(&self, answer: Result<Option<Record>, EngineError>, waited: bool) -> Option<CallEvent> {
        match answer {
            Ok(Some(record)) => Some(CallEvent::Ended(record)),
            Ok(None) | Err(EngineError::Temporary(_) | EngineError::Unsettled(_)) => {
                waited.then_some(CallEvent::GaveUp)
            }
            Err(EngineError::Permanent(why)) => {
                tracing::warn!(why, "the engine refuses to give a record");
                Some(CallEvent::GaveUp)
            }
        }
    }

    async fn open_call(&self, id: &CallId) -> Result<Option<Call>, StoreError> {
        Ok(self.store.call(id).await?.filter(|call| !call.has_ended()))
    }

    fn silent_too_long(&self, call: &Call) -> bool {
        call.unreachable_since.is_some_and(|since| self.clock.now() >= later(since, SILENCE_MAX))
    }

    fn again(&self, row: &TimerRow) -> Change {
        let mut change = Change::default();
        change.arm(row.timer.clone(), later(self.clock.now(), ASK_AGAIN));
        change
    }
}

/// The timer has done what it was armed for.
pub(super) fn fired(row: &TimerRow) -> Change {
    Change { fired: vec![(row.timer.id(), row.due)], ..Change::default() }
}
