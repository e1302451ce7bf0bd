//! How many requests of a kind pass in a second (wire reference, 1.1 and 6.1).

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::clock::until;

/// The span in which requests are counted.
const SECOND: Duration = Duration::from_secs(1);
/// A UserSig that was not signed with the application's key, or is none, so often within a minute: nobody
/// may try until a minute after the last (section 5, 70050).
const FORGED_MAX: usize = 10;
const FORGED_SPAN: Duration = Duration::from_secs(60);

/// Requests that passed in the last second, by their kind.
#[derive(Debug, Default)]
pub(super) struct Limits(Mutex<HashMap<String, VecDeque<Timestamp>>>);

impl Limits {
    /// Whether one more request of `kind` may pass in any span of one second. 0 counts nothing. Only known
    /// kinds are asked about, so the map stays small.
    pub(super) fn pass(&self, kind: &str, per_second: u32, now: Timestamp) -> bool {
        let Some(most) = usize::try_from(per_second).ok().filter(|most| *most > 0) else { return true };
        let mut passed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = passed.entry(kind.to_owned()).or_default();
        while passed.pop_front_if(|at| until(*at, now) >= SECOND).is_some() {}
        let free = passed.len() < most;
        if free {
            passed.push_back(now);
        }
        free
    }
}

/// The latest forged UserSigs.
#[derive(Debug, Default)]
pub(super) struct Forgeries(Mutex<VecDeque<Timestamp>>);

impl Forgeries {
    /// Whether nobody may try now.
    pub(super) fn shut(&self, now: Timestamp) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while seen.pop_front_if(|at| until(*at, now) >= FORGED_SPAN).is_some() {}
        seen.len() >= FORGED_MAX
    }

    pub(super) fn note(&self, now: Timestamp) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.push_back(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::later;

    fn at(ms: u64) -> Timestamp {
        later(Timestamp::UNIX_EPOCH, Duration::from_millis(ms))
    }

    #[test]
    fn a_limit_holds_in_any_span_of_a_second() {
        let limits = Limits::default();
        let pass = |ms| limits.pass("dial", 3, at(ms));
        assert_eq!([pass(0), pass(500), pass(999), pass(999)], [true, true, true, false]);
        assert_eq!([pass(1_000), pass(1_000), pass(1_500)], [true, false, true]);
        assert!(limits.pass("look", 3, at(999)), "each kind is counted on its own");
        assert!((0..1_000).all(|_| limits.pass("dial", 0, at(2_000))), "0 counts nothing");
    }

    #[test]
    fn what_is_spread_evenly_passes() {
        let limits = Limits::default();
        assert!((0..2_000).all(|n| limits.pass("dial", 200, at(n * 5))));
    }

    #[test]
    fn forgeries_shut_the_door_for_a_minute() {
        let forgeries = Forgeries::default();
        (0..9).for_each(|n| forgeries.note(at(n)));
        assert!(!forgeries.shut(at(9)));
        forgeries.note(at(10));
        assert!(forgeries.shut(at(59_999)));
        assert!(!forgeries.shut(at(60_000)));
    }
}
