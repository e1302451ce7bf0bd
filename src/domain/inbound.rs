//! The one value that every delivery from a chat becomes, and the answer to it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::{CardId, DeliveryKey};
use super::person::ChatUser;
use super::report::{Button, Place};

/// A verified and decoded delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound {
    /// The platform's id of this delivery.
    pub key: DeliveryKey,
    /// When it reached us: the instant at which limits and quiet hours are judged.
    pub at: Timestamp,
    /// Where it was said.
    pub place: Place,
    /// Who said it.
    pub who: Who,
    /// What was said or pressed.
    pub said: Said,
}

/// Who said something, as the chat knows them. Which person that is, if any, [`permit`](super::permit) decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// The chat's own id of them: verified by the chat, never typed.
    pub user: ChatUser,
    /// What the chat calls them, as it came: anything, and perhaps somebody else's name.
    pub name: String,
}

impl Who {
    /// The user whom `chat` knows as `id` and calls `name`.
    pub fn new(chat: impl Into<String>, id: impl Into<String>, name: impl Into<String>) -> Self {
        Self { user: ChatUser::new(chat, id), name: name.into() }
    }
}

/// What a person did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// Typed a slash command, the whole line.
    Line(String),
    /// Pressed a button of a card, perhaps with a text.
    Pressed {
        /// The card.
        card: CardId,
        /// The button's label.
        button: String,
        /// What was typed beside it.
        text: Option<String>,
    },
    /// Said something in a card's thread.
    Thread {
        /// The card.
        card: CardId,
        /// What was said.
        text: String,
    },
}

/// The answer inside three seconds.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Receipt {
    /// What it says.
    pub text: String,
    /// Seen by the person alone.
    pub private: bool,
    /// The card that follows, or the card whose buttons these are.
    pub card: Option<CardId>,
    /// Buttons of a private question.
    pub buttons: Vec<Button>,
}

impl Receipt {
    /// An answer that only the person sees.
    #[must_use]
    pub fn private(text: impl Into<String>) -> Self {
        Self { text: text.into(), private: true, card: None, buttons: Vec::new() }
    }

    /// An answer whose card everyone in the channel will see.
    #[must_use]
    pub fn public(text: impl Into<String>, card: CardId) -> Self {
        Self { text: text.into(), private: false, card: Some(card), buttons: Vec::new() }
    }
}
