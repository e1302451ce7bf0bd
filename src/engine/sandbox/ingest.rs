//! What is fed into rooms: ingest tasks as a pure state machine that is told the time (wire reference, 6.2
//! and 6.4).
//!
//! A task plays its source a number of times and then ends by itself; a source is as long as the model is
//! told. A user can be in a room only once: a second task of the same user in a room ends the first. Whether
//! anybody is in the room does not matter to a task, as little as it does to the bill.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::clock::{later, until};

/// A paused task is destroyed after this long (6.2).
const PAUSE_MAX: Duration = Duration::from_secs(12 * 60 * 60);
/// Sources that a task remembers.
const SOURCES_MAX: usize = 100;
/// Tasks kept, so that a load run cannot fill the memory.
const KEPT_MAX: usize = 200_000;

/// A room: an integer and a string that look the same are two rooms (2.1).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Room {
    pub(super) kind: RoomKind,
    pub(super) name: String,
}

/// What names a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomKind {
    /// A number.
    Integer,
    /// A text.
    String,
}

/// What a task shall do.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    pub(super) room: Room,
    pub(super) user: String,
    pub(super) url: String,
    /// How often the source is played; `None` until it is stopped.
    pub(super) repeats: Option<u32>,
    /// Longest life of one that plays until it is stopped.
    pub(super) life_max: Option<Duration>,
    pub(super) volume: u64,
    /// How long one play of the source takes.
    pub(super) source: Duration,
}

/// A change of a task that plays.
#[derive(Debug, Clone, Default)]
pub(super) struct Change {
    pub(super) url: Option<String>,
    pub(super) volume: Option<u64>,
    pub(super) pause: Option<bool>,
}

/// Why a task has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IngestEnd {
    /// It played as often as it was told.
    Finished,
    /// It was told to stop.
    Stopped,
    /// The same user entered the room anew.
    Replaced,
    /// It was paused for too long.
    Paused,
}

/// A source, and since when it was fed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IngestSource {
    /// Since when.
    pub at: Timestamp,
    /// From where.
    pub url: String,
}

/// What a paused task goes on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct IngestPause {
    /// What is left to play, in milliseconds; `None` until it is stopped.
    pub left_ms: Option<u64>,
}

/// An ingest task, playing or ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ingest {
    /// The engine's id of it.
    pub task: String,
    /// Order of arrival.
    #[serde(default)]
    pub serial: u64,
    /// Into which room.
    pub room: String,
    /// What names that room.
    pub room_kind: RoomKind,
    /// As whom.
    pub user: String,
    /// What it was fed from, in turn; the last is the one that plays.
    pub sources: Vec<IngestSource>,
    /// How often the source is played; `None` until it is stopped.
    pub repeats: Option<u32>,
    /// 0 to 100.
    pub volume: u64,
    /// How long one play of the source takes, in milliseconds.
    pub source_ms: u64,
    /// When it started.
    pub started: Timestamp,
    /// When it will end by itself.
    pub due: Option<Timestamp>,
    /// While it is paused.
    pub paused: Option<IngestPause>,
    /// When and why it ended.
    pub ended: Option<(Timestamp, IngestEnd)>,
}

/// There is no such task that plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoTask {
    Unknown,
    Ended,
}

/// Every task there was.
#[derive(Debug)]
pub(super) struct Ingests {
    seed: u128,
    serial: u64,
    tasks: BTreeMap<u64, Ingest>,
    by_id: HashMap<String, u64>,
    /// Who feeds a room now.
    live: BTreeMap<(Room, String), u64>,
    due: BTreeSet<(Timestamp, u64)>,
    /// Ids of tasks that began, changed, ended or were forgotten.
    news: Vec<String>,
}

impl Ingest {
    fn place(&self) -> (Room, String) {
        (Room { kind: self.room_kind, name: self.room.clone() }, self.user.clone())
    }

    /// Where it is fed from now.
    #[must_use]
    pub fn url(&self) -> &str {
        self.sources.last().map_or("", |source| source.url.as_str())
    }

    /// As `GET /sandbox/engine/ingests` lists it.
    pub(super) fn show(&self) -> Value {
        let state = match (&self.ended, &self.paused) {
            (Some(_), _) => "ended",
            (None, Some(_)) => "paused",
            (None, None) => "playing",
        };
        json!({
            "task": self.task,
            "state": state,
            "room": self.room,
            "room_kind": self.room_kind,
            "user": self.user,
            "url": self.url(),
            "sources": self.sources,
            "repeats": self.repeats,
            "volume": self.volume,
            "started": self.started,
            "due": self.due,
            "ended": self.ended.map(|(at, _)| at),
            "end": self.ended.map(|(_, why)| why),
        })
    }

    /// Whether it has not ended.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        self.ended.is_none()
    }

    fn feed(&mut self, url: String, now: Timestamp) {
        if self.sources.len() == SOURCES_MAX {
            self.sources.remove(0);
        }
        self.sources.push(IngestSource { at: now, url });
    }

    /// A new source is played as often as the first was.
    fn rewind(&mut self, now: Timestamp) {
        let Some(repeats) = self.repeats else { return };
        let whole_ms = self.source_ms.saturating_mul(repeats.into());
        match &mut self.paused {
            Some(pause) => pause.left_ms = Some(whole_ms),
            None => self.due = Some(later(now, Duration::from_millis(whole_ms))),
        }
    }

    fn pause(&mut self, now: Timestamp) {
        if self.paused.is_none() {
            let left_ms = self.due.map(|due| millis(until(now, due)));
            self.paused = Some(IngestPause { left_ms });
            self.due = Some(later(now, PAUSE_MAX));
        }
    }

    fn go_on(&mut self, now: Timestamp) {
        if let Some(pause) = self.paused.take() {
            self.due = pause.left_ms.map(|left| later(now, Duration::from_millis(left)));
        }
    }
}

impl Ingests {
    pub(super) fn new(seed: u128) -> Self {
        Self {
            seed,
            serial: 0,
            tasks: BTreeMap::new(),
            by_id: HashMap::new(),
            live: BTreeMap::new(),
            due: BTreeSet::new(),
            news: Vec::new(),
        }
    }

    /// Puts a task back as it was before a restart. One that should have ended meanwhile ends soon.
    pub(super) fn restore(&mut self, task: Ingest) {
        self.serial = self.serial.max(task.serial);
        self.by_id.insert(task.task.clone(), task.serial);
        if task.is_live() {
            self.live.insert(task.place(), task.serial);
            self.due.extend(task.due.map(|due| (due, task.serial)));
        }
        self.tasks.insert(task.serial, task);
    }

    pub(super) fn get(&self, id: &str) -> Option<&Ingest> {
        self.tasks.get(self.by_id.get(id)?)
    }

    pub(super) fn live(&self) -> usize {
        self.live.len()
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }

    pub(super) fn take_news(&mut self) -> Vec<String> {
        std::mem::take(&mut self.news)
    }

    /// At most `limit` tasks from number `since` on, and the number of the next one.
    pub(super) fn page(&self, since: u64, limit: usize) -> (Vec<Ingest>, u64) {
        let tasks: Vec<Ingest> =
            self.tasks.range(since..).take(limit).map(|(_, task)| task.clone()).collect();
        let next = tasks.last().map_or(since, |task| task.serial + 1);
        (tasks, next)
    }

    /// What is heard in a room: the latest of what plays there.
    pub(super) fn heard(&self, room: &Room) -> Option<&str> {
        let here = self.live.range((room.clone(), String::new())..).take_while(|((at, _), _)| at == room);
        let tasks = here.filter_map(|(_, serial)| self.tasks.get(serial));
        let latest = tasks.filter(|task| task.paused.is_none()).max_by_key(|task| task.serial);
        latest.map(Ingest::url)
    }

    /// Whether a task of the same user plays in the same room.
    pub(super) fn is_fed(&self, wish: &Wish) -> bool {
        self.live.contains_key(&(wish.room.clone(), wish.user.clone()))
    }

    /// Starts a task; returns its id.
    pub(super) fn start(&mut self, wish: Wish, now: Timestamp) -> String {
        let place = (wish.room.clone(), wish.user.clone());
        if let Some(before) = self.live.get(&place).copied() {
            self.end(before, IngestEnd::Replaced, now);
        }
        self.serial += 1;
        let (id, serial) = (task_id(self.seed, self.serial), self.serial);
        let whole = wish.repeats.map(|repeats| wish.source.saturating_mul(repeats)).or(wish.life_max);
        let task = Ingest {
            task: id.clone(),
            serial,
            room: wish.room.name,
            room_kind: wish.room.kind,
            user: wish.user,
            sources: vec![IngestSource { at: now, url: wish.url }],
            repeats: wish.repeats,
            volume: wish.volume,
            source_ms: millis(wish.source),
            started: now,
            due: whole.map(|whole| later(now, whole)),
            paused: None,
            ended: None,
        };
        self.due.extend(task.due.map(|due| (due, serial)));
        self.live.insert(place, serial);
        self.by_id.insert(id.clone(), serial);
        self.tasks.insert(serial, task);
        self.news.push(id.clone());
        self.forget_old();
        id
    }

    /// Changes a task that plays. Another source begins anew.
    pub(super) fn change(&mut self, id: &str, change: Change, now: Timestamp) -> Result<(), NoTask> {
        let serial = self.live_serial(id)?;
        let Some(task) = self.tasks.get_mut(&serial) else { return Err(NoTask::Unknown) };
        let due = task.due;
        task.volume = change.volume.unwrap_or(task.volume);
        match change.pause {
            Some(true) => task.pause(now),
            Some(false) => task.go_on(now),
            None => {}
        }
        if let Some(url) = change.url {
            task.feed(url, now);
            task.rewind(now);
        }
        let new_due = task.due;
        due.map(|due| self.due.remove(&(due, serial)));
        self.due.extend(new_due.map(|due| (due, serial)));
        self.news.push(id.to_owned());
        Ok(())
    }

    pub(super) fn stop(&mut self, id: &str, now: Timestamp) -> Result<(), NoTask> {
        let serial = self.live_serial(id)?;
        self.end(serial, IngestEnd::Stopped, now);
        Ok(())
    }

    /// Ends what has played long enough, each at its own instant.
    pub(super) fn run_out(&mut self, now: Timestamp) {
        while let Some((at, serial)) = self.due.first().copied().filter(|(at, _)| *at <= now) {
            let paused = self.tasks.get(&serial).is_some_and(|task| task.paused.is_some());
            self.end(serial, if paused { IngestEnd::Paused } else { IngestEnd::Finished }, at);
            self.due.remove(&(at, serial));
        }
    }

    fn live_serial(&self, id: &str) -> Result<u64, NoTask> {
        let task = self.get(id).ok_or(NoTask::Unknown)?;
        if task.is_live() { Ok(task.serial) } else { Err(NoTask::Ended) }
    }

    fn end(&mut self, serial: u64, why: IngestEnd, at: Timestamp) {
        let Some(task) = self.tasks.get_mut(&serial) else { return };
        task.ended = Some((at, why));
        task.due.take().map(|due| self.due.remove(&(due, serial)));
        self.live.remove(&task.place());
        self.news.push(task.task.clone());
    }

    fn forget_old(&mut self) {
        if self.tasks.len() <= KEPT_MAX {
            return;
        }
        if let Some(oldest) = self.tasks.first_entry().filter(|oldest| !oldest.get().is_live()) {
            let gone = oldest.remove();
            self.by_id.remove(&gone.task);
            self.news.push(gone.task);
        }
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// Opaque, with the characters that the engine's own may have (6.2).
fn task_id(seed: u128, serial: u64) -> String {
    let digest = Sha256::new().chain_update(seed.to_le_bytes()).chain_update(serial.to_le_bytes()).finalize();
    format!("{}*{}.+", data_encoding::BASE64URL_NOPAD.encode(&digest[..18]), serial)
}

#[cfg(test)]
#[path = "ingest_tests.rs"]
mod tests;
