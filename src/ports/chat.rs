//! Where cards and threads are posted.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::domain::ids::{DeliveryKey, UserId};
use crate::domain::inbound::Receipt;
use crate::domain::report::{Card, Place};

/// A place where cards and threads are posted.
#[async_trait]
pub trait Chat: Send + Sync + fmt::Debug {
    /// Which chat this is, as in [`Place::chat`].
    fn name(&self) -> &'static str;
    /// How long a card that has not come to its end waits after an edit for the next one. Zero: not at all.
    fn edit_pause(&self) -> Duration {
        Duration::ZERO
    }
    /// Posts `card`, keyed by its id so that a repeat makes no second one.
    async fn post_card(&self, place: &Place, card: &Card) -> Result<Posted, ChatError>;
    /// Replaces the text and buttons of a posted card.
    async fn edit_card(&self, place: &Place, message: &str, card: &Card) -> Result<(), ChatError>;
    /// Says [`ChatError::Gone`] when a posted card, which shows `card`, is not there any more.
    ///
    /// An edit that changes nothing finds out, where edits of old messages are not counted.
    async fn find_card(&self, place: &Place, message: &str, card: &Card) -> Result<(), ChatError> {
        self.edit_card(place, message, card).await
    }
    /// Takes a posted card away.
    async fn remove_card(&self, place: &Place, message: &str) -> Result<(), ChatError>;
    /// Whether boards are pinned here, to be found again.
    fn pins(&self) -> bool {
        false
    }
    /// Pins a posted card; one that is pinned stays so.
    async fn pin(&self, _place: &Place, _message: &str) -> Result<(), ChatError> {
        Ok(())
    }
    /// Adds a line to the thread under a posted card; `key` makes a repeat harmless. Where the thread can't be used, that is
    /// said once, and the line stands beside the card.
    async fn post_line(&self, place: &Place, message: &str, line: &Line) -> Result<LineAt, ChatError>;
    /// Tells one user something in private: a receipt that comes late, with the buttons of a question. `key` makes a
    /// repeat harmless; the same sentence under another key is told again.
    async fn whisper(
        &self,
        key: &DeliveryKey,
        place: &Place,
        to: &UserId,
        said: &Receipt,
    ) -> Result<(), ChatError>;
    /// Whether the chat can be reached, for `/readyz`.
    async fn ready(&self) -> Result<(), ChatError>;
}

/// A card that is in the chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// The chat's id of the message.
    pub message: String,
    /// It was not there before. Or else it shows what it showed, and has to be edited.
    pub is_new: bool,
}

/// One line of a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Unique under its card.
    pub key: String,
    /// When it happened.
    pub at: Timestamp,
    /// The sentence, escaped.
    pub text: String,
    /// What its thread is called, where threads have names. Plain text.
    pub title: String,
    /// An earlier line had to stand beside the card.
    pub beside: bool,
}

/// Where a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineAt {
    /// Where lines of the card belong.
    Thread,
    /// Beside the card: the thread can't be used.
    Beside,
}

/// Why a chat did not take a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChatError {
    /// Try again later.
    #[error("{0}")]
    Temporary(String),
    /// Others come first: try again then.
    #[error("others come first until {0}")]
    NotBefore(Timestamp),
    /// The message is gone: post a new one.
    #[error("the message is gone")]
    Gone,
    /// It will never work.
    #[error("{0}")]
    Permanent(String),
}
