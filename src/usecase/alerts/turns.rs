//! Alerts that become one page wait for each other, so that they need not decide twice.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex as Lock, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Mutex, MutexGuard};

use crate::clock::until;
use crate::domain::ids::{PolicyId, SourceId};

/// Between two lines of the log that say that alerts could not be recorded.
const SAID_EVERY: Duration = Duration::from_secs(60);

/// How many groups of a source can be in hand at once without waiting for one that has nothing to do with them.
const TURNS: usize = 256;

/// The turns of each source: one that sends a great deal makes no other wait. There are as many as the file has sources.
#[derive(Default)]
pub struct AlertTurns {
    of_source: Lock<HashMap<SourceId, Arc<Turns>>>,
    /// When it was last said that something could not be recorded, and how often it happened since.
    trouble: Lock<(Option<Timestamp>, u64)>,
}

/// One turn for each group of a source's alerts, shared by those whose hashes meet. The store is the judge all the same: an
/// alert that changes its group, and people, do not wait here.
pub(super) struct Turns(Vec<Mutex<()>>);

impl AlertTurns {
    pub(super) fn of(&self, source: &SourceId) -> Arc<Turns> {
        let mut all = self.of_source.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(source.clone()).or_default())
    }

    /// Something could not be recorded at `now`. Returns how often that has happened since it was last said; `None`: it was
    /// said within this minute, and a storm shall be no storm of lines.
    pub(super) fn trouble(&self, now: Timestamp) -> Option<u64> {
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        trouble.1 += 1;
        if trouble.0.is_some_and(|said| until(said, now) < SAID_EVERY) {
            return None;
        }
        trouble.0 = Some(now);
        Some(std::mem::take(&mut trouble.1))
    }
}

impl Turns {
    /// Waits until it is the turn of all these groups. Always in one order, so that nobody waits for each other.
    pub(super) async fn enter(&self, groups: &[(&PolicyId, &str)]) -> Vec<MutexGuard<'_, ()>> {
        let places: BTreeSet<usize> = groups.iter().map(|group| place(*group)).collect();
        let mut turns = Vec::with_capacity(places.len());
        for place in places {
            turns.push(self.0[place].lock().await);
        }
        turns
    }
}

fn place(group: (&PolicyId, &str)) -> usize {
    let mut hasher = DefaultHasher::new();
    group.hash(&mut hasher);
    usize::try_from(hasher.finish() % TURNS as u64).unwrap_or_default()
}

impl Default for Turns {
    fn default() -> Self {
        Self((0..TURNS).map(|_| Mutex::default()).collect())
    }
}

impl fmt::Debug for AlertTurns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AlertTurns")
    }
}
