//! A minute's silence: after too many bad signatures the engine refuses everybody of the application, and each
//! further request would only prolong it (wire reference section 5, code 70050).

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::clock::later;

/// How long nothing is sent.
pub(super) const REST: Duration = Duration::from_secs(60);

/// How long the first request after it may take before another is tried: as long as any request may.
pub(super) const TRIAL: Duration = Duration::from_secs(10);

/// Whether the engine is left alone.
#[derive(Debug, Default)]
pub(super) struct Rest(Mutex<Option<Timestamp>>);

/// How a request leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    /// Like any other.
    Free,
    /// As the first after a rest: the others wait for its answer.
    Trial,
}

impl Rest {
    /// Lets a request pass at `now`, or says until when none may.
    pub(super) fn pass(&self, now: Timestamp) -> Result<Pass, Timestamp> {
        let mut until = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match *until {
            None => Ok(Pass::Free),
            Some(end) if now < end => Err(end),
            Some(_) => {
                *until = Some(later(now, TRIAL));
                Ok(Pass::Trial)
            }
        }
    }

    /// Until when none may pass.
    pub(super) fn until(&self, now: Timestamp) -> Option<Timestamp> {
        let until = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        until.filter(|end| now < *end)
    }

    /// The engine asked for it.
    pub(super) fn begin(&self, now: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(later(now, REST));
    }

    /// The engine answered a trial.
    pub(super) fn end(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn after_the_minute_one_goes_alone_and_the_others_wait_for_its_answer() {
        let rest = Rest::default();
        assert_eq!((rest.pass(at(0)), rest.until(at(0))), (Ok(Pass::Free), None));
        rest.begin(at(0));
        assert_eq!((rest.pass(at(59)), rest.until(at(59))), (Err(at(60)), Some(at(60))));
        assert_eq!(rest.pass(at(60)), Ok(Pass::Trial));
        assert_eq!(rest.pass(at(60)), Err(at(70)));
        rest.end();
        assert_eq!(rest.pass(at(61)), Ok(Pass::Free));
    }

    #[test]
    fn a_trial_without_an_answer_is_followed_by_another() {
        let rest = Rest::default();
        rest.begin(at(0));
        assert_eq!(rest.pass(at(60)), Ok(Pass::Trial));
        assert_eq!(rest.pass(at(70)), Ok(Pass::Trial));
        rest.begin(at(71));
        assert_eq!(rest.pass(at(130)), Err(at(131)));
    }
}
