//! What the engine remembers through a restart: calls, records, switched phones, ingest
//! tasks and the callbacks' target.

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::State;
use super::call::Call;
use super::callbacks::Target;
use super::ingest::Ingest;
use super::ledger::{DialSeen, Ring};
use super::phone::Phone;
use super::record::Record;
use super::switchboard::{News, Switchboard};
use crate::journal::{Journal, JournalError};

/// In the data folder.
const FILE: &str = "sandbox-engine.db";
const TARGET: &str = "target";

#[derive(Debug, Deserialize)]
pub(super) enum Kept {
    Phone(Phone),
    Call(Call),
    Record(Record),
    Target(Target),
    Ingest(Ingest),
}

/// The same, borrowed for writing.
#[derive(Debug, Serialize)]
enum Keep<'a> {
    Phone(&'a Phone),
    Call(&'a Call),
    Record(&'a Record),
    Target(&'a Target),
    Ingest(&'a Ingest),
}

/// What was left behind, by its keys.
pub(super) type Left = Vec<(String, Kept)>;

pub(super) fn open(folder: Option<&Path>) -> Result<(Journal, Left), JournalError> {
    Journal::open(folder.map(|folder| folder.join(FILE)).as_deref(), "engine")
}

/// Writes what `news` is about. A call and its record share a key: no crash can leave both, or neither.
pub(super) fn write(journal: &Journal, board: &Switchboard, news: &News) {
    for account in &news.phones {
        if let Some(phone) = board.phone(account) {
            put(journal, &format!("phone/{account}"), &Keep::Phone(phone));
        }
    }
    for id in &news.calls {
        let key = format!("call/{id}");
        match (board.call(id), board.kept_record(id)) {
            (Some(call), _) => put(journal, &key, &Keep::Call(call)),
            (None, Some(record)) => put(journal, &key, &Keep::Record(record)),
            (None, None) => journal.remove(&key),
        }
    }
    for id in &news.ingests {
        let key = format!("ingest/{id}");
        match board.ingests().get(id) {
            Some(task) => put(journal, &key, &Keep::Ingest(task)),
            None => journal.remove(&key),
        }
    }
}

pub(super) fn write_target(journal: &Journal, target: Option<&Target>) {
    match target {
        Some(target) => put(journal, TARGET, &Keep::Target(target)),
        None => journal.remove(TARGET),
    }
}

fn put(journal: &Journal, key: &str, value: &Keep<'_>) {
    journal.put(key, value);
}

impl State {
    /// Takes up what was left behind.
    pub(super) fn restore(&mut self, left: Left, now: Timestamp) {
        let mut records = Vec::new();
        for (key, kept) in left {
            match kept {
                Kept::Phone(phone) => {
                    self.board.restore_phone(key.strip_prefix("phone/").unwrap_or(&key), phone);
                }
                Kept::Target(target) => self.dispatch.target = Some(target),
                Kept::Call(call) => {
                    let legs = call.legs.iter().map(|leg| (leg.account.clone(), leg.rang)).collect();
                    self.relist(&call.id, &call.show.room, call.started, legs);
                    self.board.restore_call(call);
                }
                Kept::Record(record) => {
                    self.relist(&record.id, &record.show.room, record.started, record.callees.clone());
                    records.push(record);
                }
                Kept::Ingest(task) => self.board.ingests_mut().restore(task),
            }
        }
        records.sort_by_key(|record| record.ended);
        records.into_iter().for_each(|record| self.board.restore_record(record, now));
    }

    fn relist(&mut self, id: &str, room: &str, at: Timestamp, callees: Vec<(String, bool)>) {
        let (call, room) = (id.to_owned(), room.to_owned());
        for (account, _) in callees.iter().filter(|(_, rang)| *rang) {
            let (account, call, room) = (account.clone(), call.clone(), room.clone());
            self.rings.push(Ring { at, account, room, call });
        }
        let callees = callees.into_iter().map(|(account, _)| account).collect();
        self.dials.push(DialSeen { at_us: at.as_microsecond(), room, call, callees });
    }
}
