//! Why a line was not understood. The sentences are in `sorry`.

use super::CallLine;
use super::table::{OptionKind, Root};
use crate::domain::ids::PersonId;
use crate::domain::span::Misread;

/// Why a line was not understood. Nothing happened. Words are as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParseError {
    /// Nothing was typed.
    Empty,
    /// Longer than [`LINE_MAX_CHARS`](super::LINE_MAX_CHARS).
    LineTooLong {
        /// How many characters it has.
        actual: usize,
    },
    /// No such command.
    UnknownCommand {
        /// What was typed.
        word: String,
        /// What may be meant, closest first; only what works.
        nearest: Vec<Root>,
    },
    /// Designed, and not built yet.
    NotBuiltYet {
        /// The command.
        root: Root,
        /// Its sub-command, if only that is missing.
        sub: Option<&'static str>,
    },
    /// The command is known, what follows is not.
    Usage {
        /// The command.
        root: Root,
        /// The sub-command, once it is known.
        sub: Option<&'static str>,
        /// What is wrong.
        problem: Problem,
    },
    /// Nobody of this name.
    UnknownPerson {
        /// What was typed.
        word: String,
        /// Who may be meant, closest first.
        nearest: Vec<PersonId>,
    },
    /// No schedule of this name.
    UnknownSchedule {
        /// What was typed.
        word: String,
        /// What may follow `/oncall` instead, closest first.
        nearest: Vec<String>,
    },
    /// No policy or person of this name.
    UnknownPolicy {
        /// What was typed.
        word: String,
        /// Which may be meant, closest first.
        nearest: Vec<String>,
    },
    /// A word where callees stand that looks like one, and is none.
    LooksLikeCallee {
        /// What was typed.
        word: String,
        /// Who or which schedule may be meant, as it is typed, closest first.
        nearest: Vec<String>,
        /// The call, if the word is the note; `None`: nobody stands before it.
        wish: Option<CallLine>,
    },
    /// A word that names nobody, in a field that takes callees alone.
    NoCallee {
        /// What was typed.
        word: String,
    },
    /// More callees than one call may ring.
    TooManyCallees {
        /// The limit.
        max: usize,
        /// How many there are, each counted once.
        actual: usize,
    },
    /// The note is too long.
    NoteTooLong {
        /// The limit, in characters.
        max: usize,
        /// How long it is.
        actual: usize,
    },
}

/// What is wrong with what follows a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// A required option is not there.
    Missing(OptionKind),
    /// A word too many.
    Extra(String),
    /// What was typed is not what stands there.
    Misread(Misread),
    /// No such sub-command.
    UnknownSub {
        /// What was typed.
        word: String,
        /// What may be meant, closest first; only what works.
        nearest: Vec<&'static str>,
    },
}
