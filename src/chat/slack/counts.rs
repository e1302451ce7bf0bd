//! What happened on the way to Slack and back, counted since the start.

use std::sync::atomic::{AtomicU64, Ordering};

/// One thing that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Deliveries that came, over either way.
    Deliveries,
    /// Deliveries that could not be read.
    Unreadable,
    /// Requests to our doors that were not signed by Slack.
    Unsigned,
    /// Requests that brought what was asked.
    Requests,
    /// Requests that failed for good.
    Failures,
    /// Requests that were sent again.
    Retries,
    /// Refusals for a limit.
    Limited,
    /// Times a socket was connected anew after it was lost.
    Reconnects,
}

/// All counts.
#[derive(Debug, Default)]
pub struct Counts([AtomicU64; Counted::ALL.len()]);

impl Counted {
    /// Each with its name in `/metrics` and what it counts.
    pub const ALL: [(Self, &'static str, &'static str); 8] = [
        (Self::Deliveries, "deliveries", "Deliveries that came"),
        (Self::Unreadable, "unreadable", "Deliveries that could not be read"),
        (Self::Unsigned, "unsigned", "Requests to our doors that Slack had not signed"),
        (Self::Requests, "requests", "Requests that brought what was asked"),
        (Self::Failures, "failures", "Requests that failed for good"),
        (Self::Retries, "retries", "Requests that were sent again"),
        (Self::Limited, "rate_limits", "Refusals for a limit"),
        (Self::Reconnects, "reconnects", "Times a socket was connected anew after it was lost"),
    ];
}

impl Counts {
    pub(super) fn add(&self, what: Counted) {
        self.0[what as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// How often it happened.
    #[must_use]
    pub fn get(&self, what: Counted) -> u64 {
        self.0[what as usize].load(Ordering::Relaxed)
    }
}
