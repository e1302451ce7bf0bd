//! What happened to a call, kept for ever in order.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// When, with milliseconds.
    pub at: Timestamp,
    /// What kind of thing.
    pub event: EventKind,
    /// The sentence, as it was said.
    pub detail: String,
}

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// The command was recorded.
    Placed,
    /// The request to ring leaves.
    Dialing,
    /// The engine took it.
    Dialed,
    /// The engine could not be reached; it is tried again.
    Held,
    /// Sent, and no usable answer.
    Unsettled,
    /// It is known by now what became of it.
    Settled,
    /// A callee answered.
    Answered,
    /// A callee's part ended.
    LegEnded,
    /// Somebody asked to hang up.
    HangUp,
    /// The engine said that it is over.
    Over,
    /// Two sources disagree.
    Disagreement,
    /// The engine could not be asked.
    Unreachable,
    /// Picked up after a restart.
    Recovered,
    /// It had ended as if nothing rang; the engine has it after all.
    Reopened,
    /// Placed again by the button.
    RungAgain,
    /// The announcement plays to whoever answered.
    Announced,
    /// It plays no more.
    AnnouncementOver,
    /// It can't be played.
    AnnouncementFailed,
    /// It is over, and this is how.
    Ended,
}

impl EventKind {
    /// As it is written in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Placed => "placed",
            Self::Dialing => "dialing",
            Self::Dialed => "dialed",
            Self::Held => "held",
            Self::Unsettled => "unsettled",
            Self::Settled => "settled",
            Self::Answered => "answered",
            Self::LegEnded => "leg_ended",
            Self::HangUp => "hang_up",
            Self::Over => "over",
            Self::Disagreement => "disagreement",
            Self::Unreachable => "unreachable",
            Self::Recovered => "recovered",
            Self::Reopened => "reopened",
            Self::RungAgain => "rung_again",
            Self::Announced => "announced",
            Self::AnnouncementOver => "announcement_over",
            Self::AnnouncementFailed => "announcement_failed",
            Self::Ended => "ended",
        }
    }
}
