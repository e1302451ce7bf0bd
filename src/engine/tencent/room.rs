//! Finding a call by our room: the only way to settle a dial whose answer was lost.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::domain::call::Record;
use crate::domain::ids::RoomId;
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
    /// The records of `room` since `since`, found by reading all records since then.
    ///
    /// "No record" is taken as proof that nothing rang: so a list that can't be read to its end is an error.
    pub(super) async fn records_in(
        &self,
        room: &RoomId,
        since: Timestamp,
    ) -> Result<Vec<Record>, EngineError> {
        let since = since.checked_sub(SLACK).unwrap_or(Timestamp::MIN);
        let robot = &self.settings.robot_account;
        let (mut found, mut seen) = (Vec::new(), 0);
        for page in 1..=PAGES_MAX {
            let filter = ByFilter { start_time: since.as_second(), number_per_page: PER_PAGE, page };
            let reply = self.send(Command::Records, &filter).await.map_err(Fault::of_read)?;
            let entries = entries_of(&reply)?;
            let records = entries.iter().filter_map(|entry| wire::record(entry, robot, self.clock.now()));
            // The vendor does not describe its filter, so we filter as well. And a call that ends while we read
            // pushes records to the next page: they come twice.
            let fits = |record: &Record| record.room.as_ref() == Some(room) && record.started_at >= since;
            for record in records.filter(fits) {
                if found.iter().all(|known: &Record| known.call != record.call) {
                    found.push(record);
                }
            }
            seen += entries.len();
            if entries.is_empty() || is_last(&reply, seen) {
                return Ok(found);
            }
        }
        Err(EngineError::Temporary("The engine has too many records to search".to_owned()))
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
