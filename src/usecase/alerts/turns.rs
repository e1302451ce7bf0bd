//! Alerts that become one page wait for each other, so that they need not decide twice.

use std::collections::BTreeSet;
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use tokio::sync::{Mutex, MutexGuard};

use crate::domain::ids::{PolicyId, SourceId};

/// How many groups can be in hand at once without waiting for one that has nothing to do with them.
const TURNS: usize = 256;

/// One turn for each group of alerts, shared by those whose hashes meet. The store is the judge all the same: an alert
/// that changes its group, and people, do not wait here.
pub struct AlertTurns(Vec<Mutex<()>>);

impl AlertTurns {
    /// Waits until it is the turn of all these groups. Always in one order, so that nobody waits for each other.
    pub(super) async fn enter(
        &self,
        source: &SourceId,
        groups: &[(&PolicyId, &str)],
    ) -> Vec<MutexGuard<'_, ()>> {
        let places: BTreeSet<usize> = groups.iter().map(|group| self.place(source, *group)).collect();
        let mut turns = Vec::with_capacity(places.len());
        for place in places {
            turns.push(self.0[place].lock().await);
        }
        turns
    }

    fn place(&self, source: &SourceId, group: (&PolicyId, &str)) -> usize {
        let mut hasher = DefaultHasher::new();
        (source, group).hash(&mut hasher);
        usize::try_from(hasher.finish() % TURNS as u64).unwrap_or_default()
    }
}

impl Default for AlertTurns {
    fn default() -> Self {
        Self((0..TURNS).map(|_| Mutex::default()).collect())
    }
}

impl fmt::Debug for AlertTurns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AlertTurns")
    }
}
