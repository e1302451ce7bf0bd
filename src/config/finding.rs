//! What is wrong with a configuration file, where, and what to do.

use std::fmt;

/// One thing to put right. Prints as `file:line: problem, what to do`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub advice: String,
    /// Whether it may stay: such a file still loads.
    pub warning: bool,
}

impl Finding {
    /// As `file:line: note: …`: nothing has to be done about it.
    pub(super) fn as_note(&self) -> String {
        format!("{}:{}: note: {}, {}", self.file, self.line, self.problem, self.advice)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.warning { "warning: " } else { "" };
        write!(f, "{}:{}: {kind}{}, {}", self.file, self.line, self.problem, self.advice)
    }
}
