//! What a test can choose about the model. What it cannot choose is a rule of the platform.

use std::time::Duration;

/// What the model is like.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// How often requests may come.
    pub(crate) limits: RateLimits,
    /// How often a message that is older than an hour may be edited within an hour. Discord does not say; the
    /// model has chosen.
    pub(crate) old_edits: usize,
    /// What Hello asks for. On the machine's clock.
    pub(crate) heartbeat_interval: Duration,
    /// Heartbeats are acknowledged.
    pub(crate) heartbeat_acks: bool,
    /// Frames are compressed for a client that asks for it.
    pub(crate) zlib: bool,
    /// A second Identify within 5 s gets an invalid session.
    pub(crate) identify_pace: bool,
    /// How long a session waits for its client to resume.
    pub(crate) resume_window: Duration,
    /// The privileged intents that the application was granted.
    pub(crate) privileged_intents: u64,
    /// Modals are submitted in the new shape, whatever shape they were sent in.
    pub(crate) submits_labels: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: RateLimits::usual(),
            old_edits: 5,
            heartbeat_interval: Duration::from_millis(41_250),
            heartbeat_acks: true,
            zlib: false,
            identify_pace: false,
            resume_window: Duration::from_secs(180),
            privileged_intents: 0,
            submits_labels: false,
        }
    }
}

/// How many requests in how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit {
    pub(crate) calls: u32,
    pub(crate) span: Duration,
}

impl Limit {
    pub(crate) const fn new(calls: u32, span: Duration) -> Self {
        Self { calls, span }
    }
}

/// The limits of requests. The real numbers are Discord's own business, and change: a client has to read them
/// from the headers.
#[derive(Debug, Clone)]
pub(crate) struct RateLimits {
    /// Of all requests but those that answer interactions.
    pub(crate) global: Option<Limit>,
    /// By route (`PATCH /channels/*/messages/*`); the first that matches.
    pub(crate) routes: Vec<(String, Limit)>,
    /// Of the routes that are not listed.
    pub(crate) others: Option<Limit>,
}

impl RateLimits {
    /// Numbers of the size that is seen.
    pub(crate) fn usual() -> Self {
        let five = Limit::new(5, Duration::from_secs(5));
        let route = |pattern: &str, limit| (pattern.to_owned(), limit);
        Self {
            global: Some(Limit::new(50, Duration::from_secs(1))),
            routes: vec![
                route("POST /channels/*/messages", five),
                route("PATCH /channels/*/messages/*", five),
                route("DELETE /channels/*/messages/*", five),
                route("POST /channels/*/messages/*/threads", Limit::new(50, Duration::from_secs(300))),
                route("PATCH /channels/*", Limit::new(5, Duration::from_secs(15))),
            ],
            others: Some(Limit::new(50, Duration::from_secs(1))),
        }
    }

    /// None at all. No headers either.
    pub(crate) fn none() -> Self {
        Self { global: None, routes: Vec::new(), others: None }
    }
}
