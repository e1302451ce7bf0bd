//! Records of ended calls, bounded in number and age.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::call::{Call, Ending, Show};
use crate::clock::until;

/// A record can be read this long after the end of its call (wire reference, 2.4).
const DELAY: Duration = Duration::from_secs(5);
/// Records are kept this long (wire reference, 2.5: seven days).
pub(super) const KEPT_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Most records kept, so that a load run cannot fill the memory.
const KEPT_MAX: usize = 100_000;

/// What is known of an ended call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) id: String,
    pub(super) serial: u64,
    pub(super) robot: String,
    pub(super) group: bool,
    pub(super) show: Show,
    pub(super) started: Timestamp,
    pub(super) accepted: Option<Timestamp>,
    pub(super) ended: Timestamp,
    pub(super) ending: Ending,
    /// Every callee, and whether its phone rang.
    pub(super) callees: Vec<(String, bool)>,
}

impl Record {
    pub(super) fn of(call: Call, ending: Ending, now: Timestamp) -> Self {
        Self {
            id: call.id,
            serial: call.serial,
            robot: call.robot,
            group: call.group,
            show: call.show,
            started: call.started,
            accepted: call.accepted,
            ended: now,
            ending,
            callees: call.legs.into_iter().map(|leg| (leg.account, leg.rang)).collect(),
        }
    }

    /// `CallType` of the wire reference, 2.4.
    pub(super) const fn kind(&self) -> &'static str {
        if self.group { "MultiCall" } else { "SingleCall" }
    }

    fn is_out(&self, now: Timestamp) -> bool {
        until(self.ended, now) >= DELAY
    }
}

/// Which records are asked for.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    /// Start of the call, in Unix seconds.
    pub(super) started: RangeInclusive<i64>,
    pub(super) ending: Option<String>,
    pub(super) kind: Option<String>,
    /// Left out from the front.
    pub(super) skip: usize,
    pub(super) take: usize,
}

impl Filter {
    fn wants(&self, record: &Record) -> bool {
        self.ending.as_deref().is_none_or(|word| word == record.ending.word())
            && self.kind.as_deref().is_none_or(|kind| kind == record.kind())
    }
}

/// Those that can be read from outside lie by the second of their start, so that a page costs no more with
/// the age of the list; those whose delay is not over wait in a queue.
#[derive(Debug, Default)]
pub(super) struct Records {
    by_id: HashMap<String, Record>,
    /// Ids in the order of their starts; second by second.
    out: BTreeMap<i64, BTreeMap<u64, String>>,
    /// Not out yet, in the order of their ends.
    waiting: VecDeque<String>,
    /// In the order of their ends.
    ended: VecDeque<String>,
}

impl Records {
    /// Keeps `record`; returns the ids of those that went to make room.
    pub(super) fn add(&mut self, record: Record, now: Timestamp) -> Vec<String> {
        self.waiting.push_back(record.id.clone());
        self.ended.push_back(record.id.clone());
        self.by_id.insert(record.id.clone(), record);
        let mut gone = Vec::new();
        while let Some(id) = self.ended.pop_front_if(|id| is_spent(&self.by_id, id, now)) {
            self.remove(&id);
            gone.push(id);
        }
        gone
    }

    fn remove(&mut self, id: &str) {
        let Some(old) = self.by_id.remove(id) else { return };
        let second = old.started.as_second();
        let Some(started) = self.out.get_mut(&second) else { return };
        started.remove(&old.serial);
        if started.is_empty() {
            self.out.remove(&second);
        }
    }

    /// Lets out whose delay is over.
    fn bring_out(&mut self, now: Timestamp) {
        let by_id = &self.by_id;
        let is_due = |id: &mut String| by_id.get(id).is_none_or(|record| record.is_out(now));
        while let Some(id) = self.waiting.pop_front_if(|id| is_due(id)) {
            if let Some(record) = by_id.get(&id) {
                self.out.entry(record.started.as_second()).or_default().insert(record.serial, id);
            }
        }
    }

    /// The record of a call, whether or not it can be read from outside yet.
    pub(super) fn get(&self, id: &str) -> Option<&Record> {
        self.by_id.get(id)
    }

    pub(super) fn visible(&self, id: &str, now: Timestamp) -> Option<&Record> {
        self.get(id).filter(|record| record.is_out(now))
    }

    /// One page of the records that match, oldest first, and how many match in all.
    pub(super) fn page(&mut self, filter: &Filter, now: Timestamp) -> (usize, Vec<&Record>) {
        self.bring_out(now);
        if filter.started.is_empty() {
            return (0, Vec::new());
        }
        let seconds = self.out.range(filter.started.clone()).map(|(_, started)| started);
        if filter.ending.is_some() || filter.kind.is_some() {
            let found = seconds.flat_map(BTreeMap::values).filter_map(|id| self.by_id.get(id));
            let found: Vec<_> = found.filter(|record| filter.wants(record)).collect();
            return (found.len(), found.iter().skip(filter.skip).take(filter.take).copied().collect());
        }
        let (mut total, mut page) = (0, Vec::new());
        for started in seconds {
            let skip = filter.skip.saturating_sub(total);
            let wanted = started.values().skip(skip).take(filter.take - page.len());
            if skip < started.len() {
                page.extend(wanted.filter_map(|id| self.by_id.get(id)));
            }
            total += started.len();
        }
        (total, page)
    }
}

fn is_spent(by_id: &HashMap<String, Record>, id: &String, now: Timestamp) -> bool {
    by_id.len() > KEPT_MAX || by_id.get(id).is_none_or(|record| until(record.ended, now) > KEPT_FOR)
}
