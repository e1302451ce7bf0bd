//! Misbehaviour on command: the table is in the module's documentation, [`super`].

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How slow a slow answer is unless told otherwise: longer than the engine's own limit of 3 s.
const SLOW_MS: u64 = 3_500;

/// What is still to go wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Faults {
    /// Dials to answer with a gateway's 502; nothing rings.
    pub dial_502: u32,
    /// Dials to refuse with 60007; nothing rings.
    pub rate_limited: u32,
    /// Dials to accept, and to answer only when nobody waits any more.
    pub lose_answer: u32,
    /// Dials to accept, and to answer without `Response`.
    pub no_response: u32,
    /// Dials to accept, and to answer after `slow_ms`.
    pub slow: u32,
    /// Milliseconds.
    pub slow_ms: u64,
    /// Callbacks that are never sent.
    pub drop_callbacks: u32,
    /// Callbacks that are sent twice.
    pub double_callbacks: u32,
    /// Every command answers 503.
    pub down: bool,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            dial_502: 0,
            rate_limited: 0,
            lose_answer: 0,
            no_response: 0,
            slow: 0,
            slow_ms: SLOW_MS,
            drop_callbacks: 0,
            double_callbacks: 0,
            down: false,
        }
    }
}

/// A change: what is not named stays as it is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Wish {
    clear: bool,
    dial_502: Option<u32>,
    rate_limited: Option<u32>,
    lose_answer: Option<u32>,
    no_response: Option<u32>,
    slow: Option<u32>,
    slow_ms: Option<u64>,
    drop_callbacks: Option<u32>,
    double_callbacks: Option<u32>,
    down: Option<bool>,
}

/// How a dial goes wrong before it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Early {
    Gateway,
    RateLimited,
}

/// How the answer to an accepted dial goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Late {
    pub(super) lost: bool,
    pub(super) bare: bool,
    pub(super) slow: Option<Duration>,
}

#[derive(Debug, Default)]
pub(super) struct FaultBox(Mutex<Faults>);

impl FaultBox {
    fn lock(&self) -> MutexGuard<'_, Faults> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> Faults {
        self.lock().clone()
    }

    /// Changes what `wish` names (JSON); the error is a sentence that names the known keys.
    pub(super) fn change(&self, wish: &[u8]) -> Result<Faults, String> {
        let wish: Wish = serde_json::from_slice(wish).map_err(|error| format!("No such fault: {error}."))?;
        let mut faults = self.lock();
        if wish.clear {
            *faults = Faults::default();
        }
        let old = faults.clone();
        *faults = Faults {
            dial_502: wish.dial_502.unwrap_or(old.dial_502),
            rate_limited: wish.rate_limited.unwrap_or(old.rate_limited),
            lose_answer: wish.lose_answer.unwrap_or(old.lose_answer),
            no_response: wish.no_response.unwrap_or(old.no_response),
            slow: wish.slow.unwrap_or(old.slow),
            slow_ms: wish.slow_ms.unwrap_or(old.slow_ms),
            drop_callbacks: wish.drop_callbacks.unwrap_or(old.drop_callbacks),
            double_callbacks: wish.double_callbacks.unwrap_or(old.double_callbacks),
            down: wish.down.unwrap_or(old.down),
        };
        Ok(faults.clone())
    }

    pub(super) fn is_down(&self) -> bool {
        self.lock().down
    }

    /// One for each dial that arrives.
    pub(super) fn early(&self) -> Option<Early> {
        let mut faults = self.lock();
        if take(&mut faults.dial_502) {
            Some(Early::Gateway)
        } else {
            take(&mut faults.rate_limited).then_some(Early::RateLimited)
        }
    }

    /// One for each dial that was accepted.
    pub(super) fn late(&self) -> Late {
        let mut faults = self.lock();
        let slow_ms = faults.slow_ms;
        Late {
            lost: take(&mut faults.lose_answer),
            bare: take(&mut faults.no_response),
            slow: take(&mut faults.slow).then_some(Duration::from_millis(slow_ms)),
        }
    }

    /// How often the next callback is sent.
    pub(super) fn copies(&self) -> usize {
        let mut faults = self.lock();
        if take(&mut faults.drop_callbacks) {
            0
        } else if take(&mut faults.double_callbacks) {
            2
        } else {
            1
        }
    }
}

fn take(left: &mut u32) -> bool {
    let any = *left > 0;
    *left -= u32::from(any);
    any
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_used_up_one_by_one() {
        let faults = FaultBox::default();
        faults.change(br#"{"dial_502": 1, "rate_limited": 1, "slow": 1, "drop_callbacks": 1}"#).unwrap();
        assert_eq!(faults.early(), Some(Early::Gateway));
        assert_eq!(faults.early(), Some(Early::RateLimited));
        assert_eq!(faults.early(), None);
        assert_eq!(faults.late().slow, Some(Duration::from_millis(3500)));
        assert_eq!(faults.late(), Late::default());
        assert_eq!((faults.copies(), faults.copies()), (0, 1));
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_known_ones() {
        let faults = FaultBox::default();
        let error = faults.change(br#"{"down": true, "dial_503": 1}"#).unwrap_err();
        assert!(error.contains("dial_503") && error.contains("drop_callbacks"), "{error}");
        assert!(!faults.is_down(), "nothing of a refused wish is carried out");
        faults.change(br#"{"down": true, "slow_ms": 9}"#).unwrap();
        assert!(faults.is_down());
        assert_eq!(faults.change(br#"{"clear": true}"#).unwrap(), Faults::default());
    }
}
