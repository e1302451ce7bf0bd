//! What a person chose about being disturbed, over what the file says.

use jiff::Timestamp;
use jiff::civil::Time;
use serde::{Deserialize, Serialize};

use super::QuietHours;

/// What a person chose. The default leaves everything to the file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietChoice {
    /// Which hours hold each day.
    pub hours: HoursChoice,
    /// Not to be disturbed until then, whatever the hour.
    pub until: Option<Timestamp>,
}

/// Which quiet hours hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoursChoice {
    /// Those of the file, if it has any.
    #[default]
    File,
    /// None.
    Off,
    /// These.
    Hours(QuietHours),
}

/// Why an ad-hoc call asks before it rings somebody now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quiet {
    /// Their local time.
    pub local: Time,
    /// They asked for it with an end; or else it is their quiet hours.
    pub is_asked: bool,
    /// When it ends; `None`: it does not, as with `00:00-24:00`.
    pub ends: Option<Timestamp>,
}
