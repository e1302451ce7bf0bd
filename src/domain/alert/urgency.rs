//! How urgency is written.

use std::fmt;

use crate::domain::page::Urgency;

impl Urgency {
    /// `high` or `low`, in any case.
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        [Self::Low, Self::High].into_iter().find(|urgency| word.eq_ignore_ascii_case(urgency.as_str()))
    }

    /// As it is read.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::High => "high",
        }
    }
}

impl fmt::Display for Urgency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
