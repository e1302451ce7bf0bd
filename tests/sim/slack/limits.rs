//! How often a bot may come.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use callout::clock::{later, until};
use jiff::Timestamp;

/// The span of all limits of methods.
const MINUTE: Duration = Duration::from_secs(60);

/// The limits of requests.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// Of messages in one channel.
    pub(crate) posts: Option<Pace>,
    /// Of messages in the workspace, a minute: "several hundred".
    pub(crate) workspace_posts: Option<u32>,
    /// Requests a minute, by method; one that is not listed has its tier's.
    pub(crate) methods: Vec<(String, u32)>,
    /// Whether tiers hold.
    pub(crate) tiers: bool,
}

/// So many at once, then one each `span`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pace {
    pub(crate) burst: u32,
    pub(crate) span: Duration,
}

impl Limits {
    /// Slack's own: one message a second a channel in short bursts, and the tiers.
    pub(crate) fn usual() -> Self {
        let posts = Pace { burst: 3, span: Duration::from_secs(1) };
        Self { posts: Some(posts), workspace_posts: Some(300), methods: Vec::new(), tiers: true }
    }

    /// None at all.
    pub(crate) fn none() -> Self {
        Self { posts: None, workspace_posts: None, methods: Vec::new(), tiers: false }
    }

    /// Requests of a method a minute.
    pub(super) fn of(&self, method: &str, tier: u32) -> Option<u32> {
        let own = self.methods.iter().find(|(name, _)| name == method).map(|(_, most)| *most);
        own.or(self.tiers.then_some(tier))
    }
}

/// What was used.
#[derive(Debug, Default)]
pub(super) struct Used {
    windows: HashMap<String, VecDeque<Timestamp>>,
    paces: HashMap<String, Timestamp>,
}

impl Used {
    /// Takes one of `most` a minute, or says how long to wait.
    pub(super) fn window(&mut self, now: Timestamp, key: &str, most: u32) -> Result<(), Duration> {
        let window = self.windows.entry(key.to_owned()).or_default();
        while window.front().is_some_and(|first| now >= later(*first, MINUTE)) {
            window.pop_front();
        }
        if window.len() < most as usize {
            window.push_back(now);
            return Ok(());
        }
        Err(window.front().map_or(MINUTE, |first| until(now, later(*first, MINUTE))))
    }

    /// Takes one of a pace, or says how long to wait.
    pub(super) fn pace(&mut self, now: Timestamp, key: &str, pace: Pace) -> Result<(), Duration> {
        let free = self.paces.get(key).copied().unwrap_or(now).max(now);
        let next = later(free, pace.span);
        let ahead = until(now, next);
        let most = pace.span * pace.burst;
        if ahead > most {
            return Err(ahead - most);
        }
        self.paces.insert(key.to_owned(), next);
        Ok(())
    }
}
