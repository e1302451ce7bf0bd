//! What is fed into the room of a call, so that whoever answers hears something.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::ids::IngestId;

/// Where sound or pictures come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A public address.
    Url(String),
    /// A text that is spoken.
    Spoken(String),
}

/// The announcement of one call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// What.
    pub source: Source,
    /// How often it is played; finite.
    pub repeats: u32,
    /// How far it is.
    pub state: FeedState,
}

/// How far an announcement is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedState {
    /// Nobody has answered yet.
    Waiting,
    /// The request to start it is about to leave, or has left.
    Starting,
    /// It plays; this task of the engine's has to be ended.
    Playing {
        /// The task.
        task: IngestId,
        /// Since when.
        since: Timestamp,
    },
    /// It was stopped, or came to its end.
    Over,
    /// It could not be played; the call goes on without.
    Failed {
        /// Why, for people.
        why: String,
    },
}

impl Announcement {
    /// One that waits for somebody to answer.
    #[must_use]
    pub const fn new(source: Source, repeats: u32) -> Self {
        Self { source, repeats, state: FeedState::Waiting }
    }

    /// The task that plays it.
    #[must_use]
    pub const fn task(&self) -> Option<&IngestId> {
        match &self.state {
            FeedState::Playing { task, .. } => Some(task),
            _ => None,
        }
    }
}
