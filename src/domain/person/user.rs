//! Who somebody is to a chat.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::ids::UserId;

/// A chat and its own id of one of its users. Which person that is, the [`Directory`](super::Directory) knows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChatUser {
    /// Which chat: `desk`, `slack`, `discord`.
    pub chat: String,
    /// Its id of the user: `U01ABCDEF` in Slack, a number in Discord, a person's id at the desk.
    pub id: UserId,
}

impl ChatUser {
    /// The user whom `chat` knows as `id`.
    pub fn new(chat: impl Into<String>, id: impl Into<String>) -> Self {
        Self { chat: chat.into(), id: UserId::new(id) }
    }

    /// Whether the chat has ids of this form: Slack `U01ABCDEF`, Discord 15 to 20 digits. Others may have any.
    #[must_use]
    pub fn is_possible(&self) -> bool {
        let id = self.id.as_str();
        match self.chat.as_str() {
            "slack" => {
                let rest = id.strip_prefix(['U', 'W']).unwrap_or_default();
                let good = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
                (2..=30).contains(&rest.len()) && rest.bytes().all(good)
            }
            "discord" => (15..=20).contains(&id.len()) && id.parse::<u64>().is_ok(),
            _ => true,
        }
    }
}

/// `discord:80351110224678912`.
impl fmt::Display for ChatUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.chat, self.id)
    }
}
