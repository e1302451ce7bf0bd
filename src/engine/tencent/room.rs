//! Finding a call by our room: the only way to settle a dial whose answer was lost.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::domain::call::Record;
use crate::domain::ids::{Account, RoomId};
use crate::ports::EngineError;

use super::client::Tencent;
use super::errors::Fault;
use super::wire::{self, ByFilter, Command, Reply};

/// Records asked for at once. The vendor states no maximum; 50 is what its sample asks for.
const PER_PAGE: u32 = 50;
/// Pages read at most: 10,000 records, more than a minute of calls at the documented rate.
const PAGES_MAX: u32 = 200;
/// How far the engine's clock may be behind ours, or its records rounded down.
const SLACK: Duration = Duration::from_secs(60);

impl Tencent {
    /// The records of a call to `callees` in `room` since `since`, found by reading all records since then.
    ///
    /// "No record" is taken as proof that nothing rang: so a list that can't be read to its end, or an entry that can't
    /// be read and could be ours, is an error. Unless ours is found beside it.
    pub(super) async fn records_in(
        &self,
        room: &RoomId,
        callees: &[Account],
        since: Timestamp,
    ) -> Result<Vec<Record>, EngineError> {
        let since = since.checked_sub(SLACK).unwrap_or(Timestamp::MIN);
        let sought = Sought { room, callees, since, robot: &self.settings.robot_account };
        let (mut found, mut seen, mut doubtful) = (Vec::new(), 0, 0);
        for page in 1..=PAGES_MAX {
            let filter = ByFilter { start_time: since.as_second(), number_per_page: PER_PAGE, page };
            let reply = self.send(Command::Records, &filter).await.map_err(Fault::of_read)?;
            let entries = entries_of(&reply)?;
            // A call that ends while we read pushes records to the next page: they come twice.
            for record in entries.iter().filter_map(|entry| sought.in_entry(entry, self.clock.now())) {
                if found.iter().all(|known: &Record| known.call != record.call) {
                    found.push(record);
                }
            }
            doubtful += entries.iter().filter(|entry| sought.is_perhaps(entry)).count();
            seen += entries.len();
            if entries.is_empty() || is_last(&reply, seen) {
                return sought.verdict(found, doubtful);
            }
        }
        Err(EngineError::Temporary("The engine has too many records to search".to_owned()))
    }
}

/// Whose record is looked for. The vendor does not describe its filter, so we filter as well.
struct Sought<'a> {
    room: &'a RoomId,
    callees: &'a [Account],
    since: Timestamp,
    robot: &'a str,
}

impl Sought<'_> {
    /// The record that `entry` is, if it is of our room.
    fn in_entry(&self, entry: &Value, now: Timestamp) -> Option<Record> {
        let record = wire::record(entry, self.robot, now)?;
        (record.room.as_ref() == Some(self.room) && record.started_at >= self.since).then_some(record)
    }

    /// Whether `entry` lacks what would tell if it is ours: the room, or the call's own id; and nothing else rules it out.
    fn is_perhaps(&self, entry: &Value) -> bool {
        let name = |field| wire::name(entry.get(field));
        let is_of_room = match name("RoomId") {
            Some(room) => room == self.room.as_str() && name("CallId").is_none(),
            None => true,
        };
        let is_of_robot = name("Caller_Account").is_none_or(|caller| caller == self.robot);
        let is_of_now = |field| wire::seconds(entry.get(field)).is_none_or(|at| at >= self.since);
        // The vendor lists the caller too: alone, it says nothing of whom it rang.
        let says_nothing = |account: &String| account.is_empty() || account == self.robot;
        let rang = wire::list(entry.get("CalleeList_Account")).iter().map(wire::text);
        let rang: Vec<Option<String>> =
            rang.filter(|name| !name.as_ref().is_some_and(says_nothing)).collect();
        let is_ours = |name: &Option<String>| {
            name.as_ref().is_none_or(|account| self.callees.contains(&Account::new(account.as_str())))
        };
        let is_of_callees = rang.is_empty() || rang.iter().any(is_ours);
        is_of_room && is_of_robot && is_of_now("StartTime") && is_of_now("EndTime") && is_of_callees
    }

    fn verdict(&self, found: Vec<Record>, doubtful: usize) -> Result<Vec<Record>, EngineError> {
        if found.is_empty() && doubtful > 0 {
            return Err(EngineError::Temporary(format!(
                "{doubtful} of the engine's records could be this call's, and can't be read"
            )));
        }
        Ok(found)
    }
}

fn entries_of(reply: &Reply) -> Result<&[Value], EngineError> {
    let entries = reply.field("CallRecordList");
    if entries.is_none() && reply.field("TotalNum").and_then(wire::number) != Some(0) {
        return Err(EngineError::Temporary("The engine's answer lacks the records".to_owned()));
    }
    Ok(wire::list(entries))
}

/// Counts what came, not what was asked for: the engine may serve smaller pages.
fn is_last(reply: &Reply, seen: usize) -> bool {
    let number = |name| reply.field(name).and_then(wire::number);
    match number("TotalNum") {
        Some(total) => i64::try_from(seen).is_ok_and(|seen| seen >= total),
        None => number("Page") == Some(0),
    }
}

#[cfg(test)]
#[path = "room_tests.rs"]
mod tests;
