//! Who changed what: kept for a year, for admins to read.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::PersonId;
use super::inbound::Who;
use super::oncall::Laid;
use super::person::{ChatUser, Proof, QuietChoice};

/// One thing that somebody changed, or tried to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// When.
    pub at: Timestamp,
    /// What.
    pub deed: Deed,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// A chat user had a person's phone rung, to be linked to them.
    LinkAsked {
        /// Who.
        who: Who,
        /// Whose phone.
        person: PersonId,
    },
    /// That phone declined: its owner did not ask for it.
    LinkDeclined {
        /// Who had it rung.
        who: Who,
        /// Whose phone.
        person: PersonId,
    },
    /// Every code that could be typed was wrong.
    LinkGuessed {
        /// Who typed them.
        who: Who,
        /// Whose phone had the right one.
        person: PersonId,
    },
    /// A chat user was linked.
    Linked {
        /// Who.
        who: Who,
        /// To whom.
        person: PersonId,
        /// Why.
        proof: Proof,
    },
    /// A link was undone.
    Unlinked {
        /// Whose.
        user: ChatUser,
        /// From whom.
        person: PersonId,
        /// By whom.
        by: PersonId,
    },
    /// A link was undone by another one: a person has one user in each chat, and a user is one person.
    Replaced {
        /// Whose.
        user: ChatUser,
        /// To whom it was.
        was: PersonId,
        /// Whose link replaced it.
        by: ChatUser,
        /// To whom that is.
        person: PersonId,
    },
    /// A schedule was changed for a span.
    Laid(Laid),
    /// Such a change was taken back.
    Lifted {
        /// What was changed.
        laid: Laid,
        /// By whom it was taken back.
        by: PersonId,
    },
    /// An admin chose quiet hours for somebody else.
    Quiet {
        /// For whom.
        person: PersonId,
        /// By whom.
        by: PersonId,
        /// What.
        choice: QuietChoice,
    },
}
