//! A typed "no", with the reason and, where there is one, the time it changes.

use jiff::Timestamp;

use super::call::Outcome;
use super::command::ParseError;
use super::ids::{CallId, PersonId};
use super::settings::LimitRule;

/// Why a person's command is not carried out. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The line is not a command, or names nobody.
    Unreadable(ParseError),
    /// The chat user is not listed.
    Stranger(String),
    /// The person may only look.
    ViewerOnly,
    /// Only an admin may.
    NotAdmin,
    /// Only the caller, a callee, or an admin may hang a call up.
    NotYours(CallId),
    /// A limit was reached.
    TooSoon {
        /// Whose.
        whose: Whose,
        /// The rule that decides.
        rule: LimitRule,
        /// The first instant at which it is allowed.
        next: Timestamp,
    },
    /// The person has this many calls open already.
    TooManyOpen(usize),
    /// No call has this id, or an id that starts so.
    NoSuchCall(String),
    /// Several calls have an id that starts so.
    Ambiguous(String, Vec<CallId>),
    /// The call is over.
    AlreadyEnded(CallId, Option<Outcome>),
    /// Somebody hangs it up already.
    AlreadyHungUp(CallId, PersonId),
    /// *Ring again* was pressed before.
    AlreadyRungAgain(CallId),
    /// The question was answered, or is too old.
    AskGone,
    /// The question was put to somebody else.
    NotAsked(PersonId),
    /// The card has no such button now.
    NoSuchButton(String),
    /// The thread understands other words.
    NotUnderstood(String),
    /// Somebody who was rung is listed no more.
    Unlisted(PersonId),
    /// The channel has a board.
    BoardIsThere,
}

/// Whose limit was reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// The caller's: ad-hoc calls placed.
    Caller,
    /// A callee's: rings.
    Callee(PersonId),
}
