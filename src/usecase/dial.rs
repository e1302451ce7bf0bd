//! Carries out `Dial` and `EndCall`: the requests to the engine.

use std::time::Duration;

use jiff::Timestamp;

use super::Context;
use super::backoff::pause;
use super::commit::Told;
use crate::clock::later;
use crate::domain::call::{Call, CallEvent, DialState, Purpose};
use crate::domain::change::{Change, EffectRow};
use crate::domain::ids::CallId;
use crate::domain::report::call_push;
use crate::ports::{Dial, Dialed, EngineError, Priority, Sight, StoreError, pass};

/// A call that was not dialled within this is not dialled any more: we were down, or the engine was.
const DIAL_WITHIN: Duration = Duration::from_secs(10 * 60);
/// Tries of a dial that rang nobody, before it is given up (wire reference, section 5).
const TRIES_MAX: u32 = 4;
/// The pause after the first try; it doubles.
const PAUSE_FIRST: Duration = Duration::from_millis(500);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(8);

impl Context {
    /// Asks the engine to ring, unless that was asked before or is not wanted any more.
    pub(super) async fn dial(
        &self,
        row: &EffectRow,
        id: &CallId,
        priority: Priority,
    ) -> Result<(), StoreError> {
        // Before the mark: what still waits for its turn can be hung up, or given up, and nothing rings.
        let turn = self.engine.turn(priority).await;
        pass(&*self.steps, "dial.turn").await;
        if self.is_too_late(id).await? {
            let why = format!("it was not dialled within {} minutes", DIAL_WITHIN.as_secs() / 60);
            return self.tell(id, CallEvent::Refused(why), done(row)).await.map(|_| ());
        }
        // The row stays until the answer is known: found again after a crash, the mark below says whether
        // the request may have left.
        let marked = self.tell(id, CallEvent::Sending, Change::default()).await?;
        // Only the try that set the mark sends.
        let call = match marked {
            Some(Told { call, is_news: true }) => call,
            Some(Told { call: Call { dial: DialState::Sent { .. }, .. }, .. }) => {
                // An earlier try of ours came no further than its mark, as far as anybody can tell.
                let event = CallEvent::Unsettled("its answer was lost".to_owned());
                return self.tell(id, event, done(row)).await.map(|_| ());
            }
            _ => return self.commit(done(row)).await,
        };
        pass(&*self.steps, "dial.marked").await;
        let answer = self.engine.dial(&request(&call), turn).await;
        let answer = self.really_refused(answer).await;
        pass(&*self.steps, "dial.answered").await;
        self.tidy_up_after(&call, &answer).await;
        let rings = answer.as_ref().ok().and_then(|dialed| dialed.call.clone());
        let (event, change) = self.verdict(row, answer);
        let told = self.tell_surely(id, event, change).await?;
        // It was given up meanwhile: then nobody would hang it up.
        if let Some(engine_id) = rings
            && told.is_some_and(|told| told.call.has_ended() && told.call.engine_call_id.is_none())
            && let Err(error) = self.engine.end(&engine_id).await
        {
            tracing::warn!(%error, "a call that was given up could not be ended at the engine");
        }
        Ok(())
    }

    /// A phone that rings out of the blue, long after somebody wanted it to, is worse than a button.
    async fn is_too_late(&self, id: &CallId) -> Result<bool, StoreError> {
        let is_too_late = |call: &Call| {
            matches!(call.dial, DialState::Waiting | DialState::Held { .. })
                && later(call.placed_at, DIAL_WITHIN) < self.clock.now()
        };
        Ok(match self.live.get(id) {
            Some(call) => is_too_late(&call),
            None => self.store.call(id).await?.is_some_and(|call| is_too_late(&call)),
        })
    }

    /// What the engine's numbers for a refused callee mean is documented nowhere: whom it lists as a member, it rang
    /// (wire reference, 2.1).
    async fn really_refused(&self, answer: Result<Dialed, EngineError>) -> Result<Dialed, EngineError> {
        let Dialed { call, mut refused } = answer?;
        if let Some(engine_id) = call.as_ref().filter(|_| !refused.is_empty())
            && let Ok(Sight::Live(members)) = self.engine.look(engine_id).await
        {
            refused.retain(|(account, _)| members.iter().all(|member| member.account != *account));
        }
        Ok(Dialed { call, refused })
    }

    /// A call that rang nobody is ended at the engine too (wire reference, 2.1).
    async fn tidy_up_after(&self, call: &Call, answer: &Result<Dialed, EngineError>) {
        if let Ok(Dialed { call: Some(engine_id), refused }) = answer
            && refused.len() >= call.legs.len()
            && let Err(error) = self.engine.end(engine_id).await
        {
            tracing::debug!(%error, "a call that rang nobody could not be ended");
        }
    }

    fn verdict(&self, row: &EffectRow, answer: Result<Dialed, EngineError>) -> (CallEvent, Change) {
        let event = match answer {
            Ok(dialed) => CallEvent::Dialed(dialed.call, dialed.refused),
            Err(EngineError::Permanent(why)) => CallEvent::Refused(why),
            Err(EngineError::Unsettled(why)) => CallEvent::Unsettled(why),
            Err(EngineError::Temporary(why)) => return self.try_later(row, why),
        };
        (event, done(row))
    }

    fn try_later(&self, row: &EffectRow, why: String) -> (CallEvent, Change) {
        if let Some(next) = self.engine.rests_until().filter(|next| *next > self.clock.now()) {
            // It was not tried: the engine is left alone for a while.
            let mut change = Change::default();
            change.effects.push(EffectRow { due: next, lease: None, ..row.clone() });
            return (CallEvent::Held { why, tries: row.attempts, next }, change);
        }
        let tries = row.attempts + 1;
        if tries >= TRIES_MAX {
            return (CallEvent::Refused(format!("tried {tries} times, last: {why}")), done(row));
        }
        let next = self.next_try(tries);
        let mut change = Change::default();
        change.effects.push(EffectRow { due: next, attempts: tries, lease: None, ..row.clone() });
        (CallEvent::Held { why, tries, next }, change)
    }

    fn next_try(&self, tries: u32) -> Timestamp {
        later(self.clock.now(), pause(PAUSE_FIRST, PAUSE_MAX, tries - 1))
    }

    /// Asks the engine to end a call.
    pub(super) async fn end_call(&self, row: &EffectRow, id: &CallId) -> Result<(), StoreError> {
        let call = self.store.call(id).await?.filter(|call| !call.has_ended());
        let Some(engine_id) = call.and_then(|call| call.engine_call_id) else {
            return self.commit(done(row)).await;
        };
        pass(&*self.steps, "end.before").await;
        match self.engine.end(&engine_id).await {
            Ok(()) => {
                pass(&*self.steps, "end.answered").await;
                self.tell(id, CallEvent::Over, done(row)).await.map(|_| ())
            }
            // Somebody's phone rings: it is asked for until the call has ended.
            Err(error) => {
                let attempts = row.attempts + 1;
                let mut change = Change::default();
                let due = self.next_try(attempts);
                change.effects.push(EffectRow { due, attempts, lease: None, ..row.clone() });
                self.tell(id, CallEvent::Unreachable(error.to_string()), change).await.map(|_| ())
            }
        }
    }
}

/// The effect was carried out.
pub(super) fn done(row: &EffectRow) -> Change {
    Change { done: vec![(row.effect.id(), row.rev)], ..Change::default() }
}

fn request(call: &Call) -> Dial {
    let (title, text) = call_push(call);
    Dial {
        callees: call.callees(),
        media: call.media,
        room: call.room.clone(),
        ring: call.ring,
        title,
        text,
        user_data: user_data(call).to_string(),
    }
}

/// What the callee's app is told: a code stands here as well, for an app that shows it itself.
fn user_data(call: &Call) -> serde_json::Value {
    let mut data = serde_json::json!({ "v": 1, "call": call.id, "by": call.by });
    match &call.purpose {
        Purpose::Talk => {}
        Purpose::Test => data["test"] = true.into(),
        Purpose::Link(ring) => data["code"] = ring.code.digits().into(),
    }
    data
}
