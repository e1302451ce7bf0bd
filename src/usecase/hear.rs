//! Takes in what the engine says unasked.

use super::Context;
use crate::domain::call::{Call, CallEvent, Departure};
use crate::domain::change::Change;
use crate::domain::ids::{CallId, EngineCallId};
use crate::ports::{EngineEvent, Move, StoreError, pass};

impl Context {
    /// Takes in one event. An event about no call of ours, or that tells nothing new, changes nothing.
    pub(super) async fn hear(&self, event: EngineEvent) -> Result<(), StoreError> {
        pass(&*self.steps, "hear.before").await;
        let Some(call) = self.meant(&event).await? else {
            tracing::debug!(?event, "the engine told us of a call that is not ours");
            return Ok(());
        };
        for news in news_of(event) {
            self.tell(&call, news, Change::default()).await?;
        }
        Ok(())
    }

    /// Which call of ours it is about. The map knows the live ones; the store, late news of ended ones too.
    async fn meant(&self, event: &EngineEvent) -> Result<Option<CallId>, StoreError> {
        let (engine_id, room) = match event {
            EngineEvent::Started { call, room, .. } => (call, room.as_ref()),
            EngineEvent::Changed { call, .. } => (call, None),
            EngineEvent::Ended { call, record } => (call, record.room.as_ref()),
        };
        if let Some(call) = self.live.of_engine(engine_id) {
            return Ok(Some(call.id.clone()));
        }
        if let Some(call) = room.and_then(CallId::of_room).and_then(|id| self.live.get(&id)) {
            return Ok(is_awaited(&call).then(|| call.id.clone()));
        }
        if let Some(call) = self.store.call_of_engine(engine_id).await? {
            return Ok(Some(call.id));
        }
        let Some(room) = room else { return Ok(None) };
        let call = self.store.call_of_room(room).await?;
        Ok(call.filter(is_awaited).map(|call| call.id))
    }
}

/// Whether it was dialled, and the engine has not said yet which of its calls that is.
fn is_awaited(call: &Call) -> bool {
    call.engine_call_id.is_none() && call.dialed_at.is_some()
}

fn news_of(event: EngineEvent) -> Vec<CallEvent> {
    match event {
        EngineEvent::Started { call, .. } => vec![CallEvent::Found(call)],
        EngineEvent::Changed { call, moves, .. } => moved(call, moves),
        EngineEvent::Ended { record, .. } => vec![CallEvent::Ended(record)],
    }
}

fn moved(call: EngineCallId, moves: Vec<(crate::domain::ids::Account, Move)>) -> Vec<CallEvent> {
    let news = moves.into_iter().filter_map(|(account, how)| match how {
        Move::Answered => Some(CallEvent::Answered(account)),
        Move::Declined => Some(CallEvent::Left(account, Departure::Declined)),
        Move::RangOut => Some(CallEvent::Left(account, Departure::RangOut)),
        Move::HungUp => Some(CallEvent::Left(account, Departure::HungUp)),
        Move::Offline => Some(CallEvent::Left(account, Departure::Offline)),
        Move::Other(word) => {
            tracing::debug!(%call, word, "the engine said something that changes nothing");
            None
        }
    });
    news.collect()
}
