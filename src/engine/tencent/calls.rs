//! What the use cases ask of the engine, as its commands.

use std::borrow::Cow;
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Bytes;
use jiff::Timestamp;
use serde_json::Value;

use crate::domain::call::Record;
use crate::domain::ids::{Account, EngineCallId, RoomId};
use crate::ports::{Dial, Dialed, Engine, EngineError, Member, Priority, Sight, Turn};

use super::client::{Address, Tencent, body_of};
use super::errors::{CALL_OVER, Fault, NO_RECORD};
use super::rooms::RoomKind;
use super::settings::ACCOUNT_MAX;
use super::wire::{self, ByCall, Command, StartCall};

/// How long phones may ring (wire reference section 2.1).
const RING_MIN: Duration = Duration::from_secs(10);
/// See [`RING_MIN`].
const RING_MAX: Duration = Duration::from_secs(600);
/// Longest `UserData`, in UTF-8 bytes (wire reference section 2.1).
const USER_DATA_MAX: usize = 1000;
/// Longest title of a push, in UTF-16 units: what the most generous phone maker shows (section 2.7).
const TITLE_MAX: usize = 60;
/// Longest text of a push, in UTF-16 units: likewise, and under Apple's 3 kB.
const DESC_MAX: usize = 600;
/// Longest room name, in bytes (wire reference section 2.1).
const ROOM_MAX: usize = 64;
/// What a room name may hold besides letters and digits (wire reference section 2.1).
const ROOM_SIGNS: &str = " !#$%&()+-:;<=.>?@[]^_{}|~,";

#[async_trait]
impl Engine for Tencent {
    async fn turn(&self, priority: Priority) -> Turn {
        self.pace(Command::StartCall, priority).await;
        Turn::granted()
    }

    async fn dial(&self, dial: &Dial, _turn: Turn) -> Result<Dialed, EngineError> {
        let body = self.dial_body(dial).map_err(Fault::of_dial)?;
        let reply = self.send_now(Command::StartCall, body, true).await.map_err(Fault::of_dial)?;
        let call = wire::name(reply.field("CallId")).map(EngineCallId::new);
        let refused = wire::list(reply.field("CallResult")).iter().filter_map(refusal).collect();
        Ok(Dialed { call, refused })
    }

    async fn look(&self, call: &EngineCallId) -> Result<Sight, EngineError> {
        let reply = match self.send(Command::CallInfo, &ByCall { call_id: call.as_str() }).await {
            Err(fault) if fault.code() == Some(CALL_OVER) => return Ok(Sight::Over),
            other => other.map_err(Fault::of_read)?,
        };
        // An answer without the list must not be read as "everybody has left".
        let users = reply.field("UserList");
        if users.is_none() {
            return Err(EngineError::Temporary("The engine's answer lacks the members".to_owned()));
        }
        let robot = &self.settings.robot_account;
        let members = wire::list(users).iter().filter_map(member);
        Ok(Sight::Live(members.filter(|member| member.account.as_str() != robot).collect()))
    }

    async fn end(&self, call: &EngineCallId) -> Result<(), EngineError> {
        match self.send(Command::EndCall, &ByCall { call_id: call.as_str() }).await {
            Err(fault) if fault.code() == Some(CALL_OVER) => Ok(()),
            other => other.map(|_| ()).map_err(Fault::of_read),
        }
    }

    async fn record(&self, call: &EngineCallId) -> Result<Option<Record>, EngineError> {
        let reply = match self.send(Command::Record, &ByCall { call_id: call.as_str() }).await {
            Err(fault) if fault.code() == Some(NO_RECORD) => return Ok(None),
            other => other.map_err(Fault::of_read)?,
        };
        let (robot, now) = (&self.settings.robot_account, self.clock.now());
        Ok(reply.field("CallRecord").and_then(|value| wire::record(value, robot, now)))
    }

    async fn records_of_room(
        &self,
        room: &RoomId,
        callees: &[Account],
        since: Timestamp,
    ) -> Result<Vec<Record>, EngineError> {
        self.records_in(room, callees, since).await
    }

    async fn ready(&self) -> Result<(), EngineError> {
        self.health().await
    }

    fn rests_until(&self) -> Option<Timestamp> {
        self.resting_until()
    }
}

/// A request to ring, ready to leave. Its address holds the signature, and is not shown.
#[derive(Debug)]
pub struct PreparedDial {
    body: Bytes,
    address: Address,
}

impl PreparedDial {
    /// How many bytes it has, with its address.
    #[must_use]
    pub fn size(&self) -> usize {
        self.body.len() + self.address.url.as_str().len()
    }
}

impl Tencent {
    /// All that a dial costs us before it leaves: ranges, body, signature (from the cache), address. Sends nothing.
    /// For measuring; [`Engine::dial`] does the same and sends it.
    ///
    /// # Errors
    /// [`EngineError::Permanent`] when the dial can't be right.
    pub fn prepare_dial(&self, dial: &Dial) -> Result<PreparedDial, EngineError> {
        let prepared =
            || Ok(PreparedDial { body: self.dial_body(dial)?, address: self.address(Command::StartCall)? });
        prepared().map_err(Fault::of_dial)
    }

    fn dial_body(&self, dial: &Dial) -> Result<Bytes, Fault> {
        check(dial)?;
        let (title, desc) = (shortened(&dial.title, TITLE_MAX), shortened(&dial.text, DESC_MAX));
        body_of(&StartCall {
            robot: &self.settings.robot_account,
            callees: dial.callees.iter().map(Account::as_str).collect(),
            timeout: u64::try_from(dial.ring.as_millis()).unwrap_or(u64::MAX),
            user_data: &dial.user_data[..dial.user_data.floor_char_boundary(USER_DATA_MAX)],
            call_info: wire::CallInfo {
                media_type: wire::media_word(dial.media),
                room_id: dial.room.as_str(),
                room_id_type: RoomKind::String.for_call(),
            },
            offline_push_info: self.push.of(&title, &desc),
        })
    }
}

/// A callee who was not rung. The vendor does not document the numbers; only 0 means rung.
fn refusal(result: &Value) -> Option<(Account, i64)> {
    let code = result.get("ResultCode").and_then(wire::number).filter(|&code| code != 0)?;
    Some((Account::new(wire::name(result.get("Callee_Account"))?), code))
}

fn member(user: &Value) -> Option<Member> {
    let account = Account::new(wire::name(user.get("User_Account"))?);
    let status = wire::name(user.get("Status")).unwrap_or_default();
    Some(Member { account, in_call: wire::normal(&status) == "calling" })
}

/// Refuses what the engine would refuse, before it costs a request.
fn check(dial: &Dial) -> Result<(), Fault> {
    let wrong = |text: String| Err(Fault::OutOfRange(text));
    if !(RING_MIN..=RING_MAX).contains(&dial.ring) {
        return wrong("A phone rings for 10 s to 10 min: set call.ring so".to_owned());
    }
    if dial.callees.is_empty() {
        return wrong("A call needs a callee".to_owned());
    }
    if let Some(bad) = dial.callees.iter().find(|callee| !(1..=ACCOUNT_MAX).contains(&callee.as_str().len()))
    {
        return wrong(format!(
            "The account {:?} is not 1 to {ACCOUNT_MAX} bytes long: correct it",
            bad.as_str()
        ));
    }
    check_room(&dial.room)
}

/// Refuses what is no name for a string room.
pub(super) fn check_room(room: &RoomId) -> Result<(), Fault> {
    let room = room.as_str();
    let allowed = |c: char| c.is_ascii_alphanumeric() || ROOM_SIGNS.contains(c);
    // A letter, or else a wrong room type could mean another room (wire reference section 6.3).
    if room.len() > ROOM_MAX || !room.chars().all(allowed) || !room.chars().any(|c| c.is_ascii_alphabetic()) {
        return Err(Fault::OutOfRange(format!("{room:?} is no name for a room")));
    }
    Ok(())
}

/// `text` in at most `max` UTF-16 units, with an ellipsis where it was cut.
fn shortened(text: &str, max: usize) -> Cow<'_, str> {
    if text.encode_utf16().count() <= max {
        return Cow::Borrowed(text);
    }
    let mut left = max - 1;
    let fits = |c: &char| {
        let fits = c.len_utf16() <= left;
        left = left.saturating_sub(c.len_utf16());
        fits
    };
    let kept: String = text.chars().take_while(fits).collect();
    Cow::Owned(kept.trim_end().to_owned() + "…")
}

#[cfg(test)]
#[path = "calls_tests.rs"]
mod tests;
