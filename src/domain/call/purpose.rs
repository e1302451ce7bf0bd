//! What a call is for.

use serde::{Deserialize, Serialize};

use super::super::inbound::Who;
use super::super::link::Code;
use super::{Call, Outcome};

/// What a call is for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Somebody wants to talk.
    #[default]
    Talk,
    /// Somebody tries their own phone: nothing is wrong.
    Test,
    /// A phone shows a code, to prove who a chat user is. It concerns those two alone, so no card shows it.
    Link(LinkRing),
}

/// The ring that proves who a chat user is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRing {
    /// Who wants to be linked.
    pub who: Who,
    /// What the phone shows.
    pub code: Code,
}

impl Call {
    /// The proof of a link that it was to be, where the phone perhaps showed no code: an admin may know who asks.
    #[must_use]
    pub fn unproved_link(&self) -> Option<&LinkRing> {
        let ring = self.purpose.link()?;
        let is_unproved = |outcome| {
            matches!(outcome, Outcome::Busy | Outcome::Offline | Outcome::Failed | Outcome::Unknown)
        };
        self.outcome.is_some_and(is_unproved).then_some(ring)
    }
}

impl Purpose {
    /// The proof that it is, if it is one.
    #[must_use]
    pub const fn link(&self) -> Option<&LinkRing> {
        match self {
            Self::Link(ring) => Some(ring),
            Self::Talk | Self::Test => None,
        }
    }
}
