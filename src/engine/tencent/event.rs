//! What a callback says, as an [`EngineEvent`] (wire reference section 3).

use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::domain::ids::{Account, EngineCallId, RoomId};
use crate::ports::{EngineEvent, Move};

use super::seen::Key;
use super::wire::{self, list, millis, name, normal, word};

/// Every command that a callback can have; we subscribe to all.
pub(super) const COMMANDS: [&str; 3] =
    ["Call.CallbackAfterStartCall", "Call.CallbackAfterMemberChanged", "Call.CallbackAfterEndCall"];

/// Why a callback tells us nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("the body is not JSON")]
    NotJson,
    #[error("the command is not one we know")]
    Command,
    #[error("the body names no call")]
    NoCall,
}

/// How to read a callback.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    /// The caller's account: what it does is no news.
    pub(super) robot: &'a str,
    /// Stands in for an event's time when it has none.
    pub(super) now: Timestamp,
}

/// What a callback said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) event: EngineEvent,
    /// Tells it from others; `None` when it has no time of its own, so that nothing tells it from a copy.
    pub(super) key: Option<Key>,
}

impl Reader<'_> {
    /// Reads `body`; `command` is what the query says, in case the body does not.
    pub(super) fn read(self, body: &[u8], command: Option<&str>) -> Result<Heard, Unreadable> {
        let body: Value = serde_json::from_slice(body).map_err(|_| Unreadable::NotJson)?;
        let said = name(body.get("CallbackCommand"));
        let command = said.as_deref().or(command).unwrap_or_default();
        let at = millis(body.get("EventTime")).unwrap_or(self.now);
        let known = COMMANDS.iter().position(|known| known.eq_ignore_ascii_case(command));
        let event = match known {
            Some(0) => started(&body, at),
            Some(1) => self.changed(&body, at),
            Some(2) => self.ended(&body, at),
            _ => Err(Unreadable::Command),
        }?;
        let key = millis(body.get("EventTime")).map(|at| key_of(&event, at));
        Ok(Heard { event, key })
    }

    fn changed(self, body: &Value, at: Timestamp) -> Result<EngineEvent, Unreadable> {
        let call = call_of(body).ok_or(Unreadable::NoCall)?;
        let moves = list(body.get("ChangedUserList")).iter().filter_map(|user| {
            let account = name(user.get("User_Account")).filter(|account| account != self.robot)?;
            Some((Account::new(account), move_of(&name(user.get("ActionType")).unwrap_or_default())))
        });
        Ok(EngineEvent::Changed { call, moves: moves.collect(), at })
    }

    fn ended(self, body: &Value, at: Timestamp) -> Result<EngineEvent, Unreadable> {
        let inside = body.get("CallRecord").unwrap_or(body);
        let record = wire::record(inside, self.robot, at).ok_or(Unreadable::NoCall)?;
        Ok(EngineEvent::Ended { call: record.call.clone(), record })
    }
}

/// What makes two callbacks one: command, call, time, and who did what (wire reference section 3.6).
fn key_of(event: &EngineEvent, at: Timestamp) -> Key {
    let (command, call) = match event {
        EngineEvent::Started { call, .. } => ("started", call),
        EngineEvent::Changed { call, .. } => ("changed", call),
        EngineEvent::Ended { call, .. } => ("ended", call),
    };
    let moves = match event {
        EngineEvent::Changed { moves, .. } => moves.as_slice(),
        _ => &[],
    };
    let moves = moves.iter().map(|(account, moved)| (account.as_str(), format!("{moved:?}")));
    // Debug quotes each part, so that no two lists of parts make one text.
    let text = format!("{:?}", (command, call.as_str(), at.as_millisecond(), moves.collect::<Vec<_>>()));
    Sha256::digest(text.as_bytes()).into()
}

fn started(body: &Value, at: Timestamp) -> Result<EngineEvent, Unreadable> {
    let inside = body.get("CallInfo").unwrap_or(body);
    let call = call_of(inside).or_else(|| call_of(body)).ok_or(Unreadable::NoCall)?;
    Ok(EngineEvent::Started { call, room: name(inside.get("RoomId")).map(RoomId::new), at })
}

fn call_of(body: &Value) -> Option<EngineCallId> {
    name(body.get("CallId")).map(EngineCallId::new)
}

/// Every spelling that the vendor's pages have.
fn move_of(action: &str) -> Move {
    match normal(action).as_str() {
        "accept" | "answer" | "join" => Move::Answered,
        "reject" => Move::Declined,
        "notanswer" => Move::RangOut,
        "hangup" => Move::HungUp,
        "offline" => Move::Offline,
        _ => Move::Other(word(action)),
    }
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;
