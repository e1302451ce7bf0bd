//! What came of the alerts that were sent: counted, and remembered as far as it shall not be said twice.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::fold::Judged;
use crate::domain::ids::{Fingerprint, SourceId};

/// Ends of which it is remembered that what was told after them was said, or could not be: some megabytes. Beyond that all
/// are forgotten: their pages know, and are read once more.
const ENDS_MAX: usize = 20_000;

/// An alert, and when it was over.
type End = (SourceId, Fingerprint, Timestamp);

/// What came of alerts since the start.
#[derive(Default)]
pub struct AlertsHeard {
    /// By source and the verdict's name: as many as the file has sources, nine times.
    counts: Mutex<BTreeMap<(SourceId, &'static str), u64>>,
    /// What is told of these again is no news.
    ends: Mutex<HashSet<End>>,
}

impl AlertsHeard {
    /// How many alerts came to what, by source.
    #[must_use]
    pub fn counts(&self) -> Vec<(SourceId, &'static str, u64)> {
        let counts = held(&self.counts);
        counts.iter().map(|((source, verdict), count)| (source.clone(), *verdict, *count)).collect()
    }

    /// All that is new about `judged` is recorded.
    pub(super) fn recorded(&self, source: &SourceId, judged: &[Judged<'_>]) {
        let mut counts = held(&self.counts);
        for judged in judged {
            *counts.entry((source.clone(), judged.verdict.as_str())).or_default() += 1;
        }
        drop(counts);
        let mut ends = held(&self.ends);
        let mut count = 0;
        for end in judged.iter().filter_map(|judged| end_of(source, judged)) {
            if ends.len() >= ENDS_MAX {
                ends.clear();
            }
            count += usize::from(ends.insert(end));
        }
        if count > 0 {
            tracing::info!(%source, count, "alerts that are over are still told to fire; nobody is rung for them");
        }
    }

    /// Whether it is still told, and for the first time, that an alert fires which is over.
    pub(super) fn is_first_late(&self, source: &SourceId, judged: &Judged<'_>) -> bool {
        end_of(source, judged).is_some_and(|end| !held(&self.ends).contains(&end))
    }
}

/// The end after which an alert is still told to fire.
fn end_of(source: &SourceId, judged: &Judged<'_>) -> Option<End> {
    Some((source.clone(), judged.item.news.fingerprint.clone(), judged.late_after()?))
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for AlertsHeard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AlertsHeard")
    }
}
