//! Takes in what the engine says unasked.

use std::time::Duration;

use super::Context;
use crate::clock::later;
use crate::domain::call::{Call, CallEvent, Departure};
use crate::domain::change::Change;
use crate::domain::ids::{Account, CallId, EngineCallId};
use crate::ports::{EngineEvent, Member, Move, Sight, StoreError, pass};

/// How much later than the engine says a call may have been dialled: its records are to the second, and its clock is
/// not ours.
const STARTED_SLACK: Duration = Duration::from_secs(2);
/// Calls of one room that news may be about: far more than a page rings at a time.
const ROOM_CALLS_MAX: usize = 200;

impl Context {
    /// Takes in one event. An event about no call of ours, or that tells nothing new, changes nothing.
    pub(super) async fn hear(&self, event: EngineEvent) -> Result<(), StoreError> {
        pass(&*self.steps, "hear.before").await;
        let Some(call) = self.meant(&event).await? else {
            tracing::debug!(?event, "the engine told us of a call that is not ours");
            return Ok(());
        };
        if call.page().is_some() && !self.confirms(&call, &event).await {
            tracing::info!(call = %call.id, "the engine does not confirm what a callback said of a page's call");
            return Ok(());
        }
        for news in news_of(event) {
            self.tell(&call.id, news, Change::default()).await?;
        }
        Ok(())
    }

    /// Which call of ours it is about. The map knows the live ones; the store, late news of ended ones too.
    async fn meant(&self, event: &EngineEvent) -> Result<Option<Call>, StoreError> {
        let engine_id = event.call();
        let room = match event {
            EngineEvent::Started { room, .. } => room.as_ref(),
            EngineEvent::Changed { .. } => None,
            EngineEvent::Ended { record, .. } => record.room.as_ref(),
        };
        if let Some(call) = self.live.of_engine(engine_id) {
            return Ok(Some((*call).clone()));
        }
        if let Some(call) = room.and_then(CallId::of_room).and_then(|id| self.live.get(&id)) {
            return Ok(is_awaited(&call).then(|| (*call).clone()));
        }
        if let Some(call) = self.store.call_of_engine(engine_id).await? {
            return Ok(Some(call));
        }
        let Some(room) = room else { return Ok(None) };
        let calls = self.store.calls_of_room(room, ROOM_CALLS_MAX).await?;
        let mut awaited: Vec<Call> = calls.into_iter().filter(is_awaited).collect();
        if awaited.iter().all(|call| call.page().is_none()) {
            return Ok(awaited.into_iter().next());
        }
        // A page's calls share its room: whom it rings tells which one it is.
        let rung = self.rung_by(event).await;
        awaited.retain(|call| call.legs.iter().all(|leg| rung.contains(&leg.account)));
        // Of one person's, the last one that was dialled before it started: the next is dialled once that has rung out.
        awaited.sort_by_key(|call| call.dialed_at);
        let began = later(event.began(), STARTED_SLACK);
        let last = awaited.iter().rposition(|call| call.dialed_at.is_some_and(|at| at <= began)).unwrap_or(0);
        Ok((!awaited.is_empty()).then(|| awaited.swap_remove(last)))
    }

    /// Whom the call of `event` rings or rang, as far as that can be known.
    async fn rung_by(&self, event: &EngineEvent) -> Vec<Account> {
        if let EngineEvent::Ended { record, .. } = event {
            return record.callees.clone();
        }
        match self.engine.look(event.call()).await {
            Ok(Sight::Live(members)) => members.into_iter().map(|member| member.account).collect(),
            Ok(Sight::Over) | Err(_) => Vec::new(),
        }
    }

    /// Whether the engine, asked, says what a callback said. What decides whom a page rings next is not believed
    /// otherwise; what is true and could not be confirmed is found by the next look.
    async fn confirms(&self, call: &Call, event: &EngineEvent) -> bool {
        match (self.engine.look(event.call()).await, event) {
            (Ok(Sight::Live(members)), EngineEvent::Started { .. }) => {
                members.iter().any(|member| call.legs.iter().any(|leg| leg.account == member.account))
            }
            (Ok(Sight::Live(members)), EngineEvent::Changed { moves, .. }) => {
                moves.iter().all(|(account, how)| {
                    let member = members.iter().find(|member| member.account == *account);
                    agrees(member, how)
                })
            }
            (Ok(Sight::Over), EngineEvent::Changed { .. } | EngineEvent::Ended { .. }) => true,
            (Ok(Sight::Live(_)), EngineEvent::Ended { .. })
            | (Ok(Sight::Over), EngineEvent::Started { .. })
            | (Err(_), _) => false,
        }
    }
}

fn agrees(member: Option<&Member>, how: &Move) -> bool {
    match how {
        Move::Answered => member.is_some_and(|member| member.in_call),
        Move::Declined | Move::RangOut | Move::HungUp | Move::Offline => member.is_none(),
        Move::Other(_) => true,
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

fn moved(call: EngineCallId, moves: Vec<(Account, Move)>) -> Vec<CallEvent> {
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
