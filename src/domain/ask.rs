//! A question to the person who commanded, answered by a button.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::call::Media;
use super::ids::{CallId, CardId, DeliveryKey, PersonId};
use super::oncall::CalledByDuty;
use super::report::Place;

/// A question that waits for its button. The command behind it has rung nobody yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// The id that the buttons name.
    pub id: CardId,
    /// The command's delivery: the call that may follow derives from it, so that two presses make one call.
    pub key: DeliveryKey,
    /// Who was asked; nobody else may answer.
    pub person: PersonId,
    /// Where the command was given.
    pub place: Place,
    /// When.
    pub asked_at: Timestamp,
    /// What happens on yes.
    pub wish: CallWish,
    /// What is asked.
    pub why: AskWhy,
    /// The ended call whose *Ring again* was pressed.
    #[serde(default)]
    pub again_of: Option<CallId>,
}

/// The call that a person asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallWish {
    /// Who shall be rung, each once.
    pub callees: Vec<PersonId>,
    /// With what.
    pub media: Media,
    /// The note.
    pub note: Option<String>,
    /// Schedules that were named, and what they came to when the command came.
    #[serde(default)]
    pub duties: Vec<CalledByDuty>,
}

/// Why a command stops to ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskWhy {
    /// It is night for these.
    QuietHours(Vec<PersonId>),
    /// A word looks like a callee, but is none.
    NotACallee(String),
}
