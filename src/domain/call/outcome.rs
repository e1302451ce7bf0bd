//! How calls end.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::ids::{Account, EngineCallId, RoomId};

/// How a call, or one callee's part of it, ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Outcome {
    /// Answered, then ended as calls do.
    Completed,
    /// The callee refused.
    Declined,
    /// Rang until the time was over.
    NoAnswer,
    /// The callee was in another call.
    Busy,
    /// Our side stopped before the answer.
    Cancelled,
    /// Answered, then cut.
    Dropped,
    /// The engine could not reach the callee's device.
    Offline,
    /// The engine could not tell us.
    Unknown,
    /// Refused by the engine, or never reached it.
    Failed,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Completed => "Completed",
            Self::Declined => "Declined",
            Self::NoAnswer => "NoAnswer",
            Self::Busy => "Busy",
            Self::Cancelled => "Cancelled",
            Self::Dropped => "Dropped",
            Self::Offline => "Offline",
            Self::Unknown => "Unknown",
            Self::Failed => "Failed",
        })
    }
}

/// The engine's record of an ended call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The engine's id.
    pub call: EngineCallId,
    /// Our room, if the record says it.
    pub room: Option<RoomId>,
    /// Everybody but the caller.
    pub callees: Vec<Account>,
    /// When it started, to the second.
    pub started_at: Timestamp,
    /// When it was answered, to the second.
    pub answered_at: Option<Timestamp>,
    /// When it ended, to the second.
    pub ended_at: Timestamp,
    /// How.
    pub verdict: Verdict,
}

/// The engine's word for how a call ended, in ours (see the design's section 2.8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Answered, then ended.
    Normal,
    /// The callee refused.
    Declined,
    /// Rang out.
    RangOut,
    /// The callee was in another call.
    Busy,
    /// The caller's side stopped it.
    Cancelled,
    /// Cut.
    Interrupted,
    /// A member's heartbeat was lost.
    Offline,
    /// A word we do not know.
    Other(String),
}

impl Verdict {
    /// The outcome of a callee who did or did not answer.
    #[must_use]
    pub const fn outcome(&self, answered: bool) -> Outcome {
        match self {
            Self::Normal => Outcome::Completed,
            Self::Declined => Outcome::Declined,
            Self::RangOut => Outcome::NoAnswer,
            Self::Busy => Outcome::Busy,
            Self::Cancelled => Outcome::Cancelled,
            Self::Interrupted | Self::Offline if answered => Outcome::Dropped,
            Self::Interrupted => Outcome::NoAnswer,
            Self::Offline => Outcome::Offline,
            Self::Other(_) => Outcome::Unknown,
        }
    }
}
