//! The lines of a page's timeline: what kinds there are, and how many are kept.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Lines that a page keeps of its beginning. All of these are bounds on what `/api/pages/<id>` reads, and on the file of a
/// page that goes on for months; whoever is rung now is explained by the latest.
pub const FIRST_LINES_KEPT: u32 = 200;

/// Its latest lines among which those of its alerts are kept: most are theirs, and they are what comes by the thousand.
pub const ALERT_LINES_KEPT: u32 = 800;

/// Lines of its chain that are kept beside those, the latest: steps, rings, holds. A step that rings a whole team and dials
/// each of them again takes a few hundred.
pub const CHAIN_LINES_KEPT: u32 = 2_000;

/// A line of a page's timeline, where it stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageLine {
    /// How many came before it, from 0, those included that are kept no more.
    pub n: u32,
    /// What happened.
    pub entry: PageEntry,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageEntry {
    /// When, with milliseconds.
    pub at: Timestamp,
    /// What kind of thing.
    pub event: PageEvent,
    /// The sentence, as it was said.
    pub detail: String,
}

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageEvent {
    /// It was started.
    Opened,
    /// An alert joined, is somebody's at its source, or is over.
    Alert,
    /// What is over is still told.
    Late,
    /// A step began.
    Step,
    /// A step was skipped.
    Skipped,
    /// Somebody is told in writing: a channel, or another program.
    Told,
    /// Somebody is rung.
    Rung,
    /// A ring is held back.
    Held,
    /// What became of a ring.
    Ring,
    /// Somebody answered.
    Answered,
    /// The way on through the chain was decided.
    Chain,
    /// Something does not work.
    Trouble,
    /// Somebody has it, or had it.
    Acknowledged,
    /// Somebody wants somebody else.
    Escalated,
    /// The chain is over.
    Exhausted,
    /// It is over.
    Closed,
    /// Lines stood here, and are kept no more. It is never stored.
    LeftOut,
}

impl PageEvent {
    /// What is kept of a page for as long as the page is: how it began, and what people did.
    pub const KEPT: [Self; 4] = [Self::Opened, Self::Acknowledged, Self::Escalated, Self::Closed];

    /// What comes of alerts, by the thousand.
    pub const OF_ALERTS: [Self; 2] = [Self::Alert, Self::Late];

    /// As it is written in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Alert => "alert",
            Self::Late => "late",
            Self::Step => "step",
            Self::Skipped => "skipped",
            Self::Told => "told",
            Self::Rung => "rung",
            Self::Held => "held",
            Self::Ring => "ring",
            Self::Answered => "answered",
            Self::Chain => "chain",
            Self::Trouble => "trouble",
            Self::Acknowledged => "acknowledged",
            Self::Escalated => "escalated",
            Self::Exhausted => "exhausted",
            Self::Closed => "closed",
            Self::LeftOut => "left_out",
        }
    }
}
