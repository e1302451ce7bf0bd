//! Every sentence the bot says, and the shapes they are said in. Held by snapshots.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::{CardId, PersonId};

/// Where something was said, and is answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Which chat: `desk`, `slack`, `discord`.
    pub chat: String,
    /// The channel there.
    pub channel: String,
    /// The thread in it, if any.
    pub thread: Option<String>,
}

/// A message that is edited in place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Unique; a call's card has the call's id.
    pub id: CardId,
    /// The sentences, escaped, one a line.
    pub text: String,
    /// What the state allows, nothing else.
    pub buttons: Vec<Button>,
}

/// What can be pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Button {
    /// End the call.
    #[serde(rename = "Hang up")]
    HangUp,
    /// Place the same call again.
    #[serde(rename = "Ring again")]
    RingAgain,
    /// Yes, in spite of the quiet hours.
    #[serde(rename = "Ring anyway")]
    RingAnyway,
    /// Yes, the word was no callee.
    #[serde(rename = "Ring anyway, it is my note")]
    RingAnywayNote,
    /// No.
    #[serde(rename = "Don't ring")]
    DontRing,
    /// Take the board away.
    #[serde(rename = "Remove board")]
    RemoveBoard,
}

/// What a card is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardKind {
    /// One call.
    Call,
    /// The live calls of everyone.
    Board,
}

/// What was last shown of a card: kept, so that it can be edited after a restart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardState {
    /// The card.
    pub id: CardId,
    /// What it is about.
    pub kind: CardKind,
    /// Where it is.
    pub place: Place,
    /// Who caused it.
    pub by: PersonId,
    /// The chat's id of the message; `None` before it was posted, and after it was deleted.
    pub message: Option<String>,
    /// A digest of what is shown, so that an edit that changes nothing is not sent.
    pub shown: Option<String>,
    /// How many lines its thread has had.
    pub lines: u32,
    /// When it was last shown.
    pub shown_at: Option<Timestamp>,
    /// It was taken away.
    pub retired: bool,
}
