//! Chat users who were proved to be a person, beside those whom the file names.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ChatUser;
use crate::domain::ids::{CallId, PersonId};

/// A chat user who was proved to be a person. A person has one in each chat; what the file says wins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Who it is to the chat.
    pub user: ChatUser,
    /// What the chat called them then, as it came.
    pub name: String,
    /// Who it is.
    pub person: PersonId,
    /// Since when.
    pub at: Timestamp,
    /// Why we believe it.
    pub proof: Proof,
}

/// Why a link is believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// They typed the code that this call showed on the person's phone.
    Ring(CallId),
    /// An admin said so.
    Admin(PersonId),
}
