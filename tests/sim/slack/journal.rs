//! Every request and every answer.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::faults::fits;

/// A request and what was answered.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    /// When it came.
    pub(crate) at: Timestamp,
    /// `chat.postMessage`, or `response_url`.
    pub(crate) method: String,
    /// As they were sent; those of a form that are JSON have been read. Without the token.
    pub(crate) args: Map<String, Value>,
    /// With JSON as its body.
    pub(crate) is_json: bool,
    /// 0: the connection was cut.
    pub(crate) status: u16,
    /// What was meant to be answered, if the connection was cut.
    pub(crate) answer: Value,
}

impl Exchange {
    /// Whether it is one of a pattern's: `chat.*`.
    pub(crate) fn is(&self, pattern: &str) -> bool {
        fits(pattern, &self.method)
    }

    /// The error that was answered, if it was one.
    pub(crate) fn error(&self) -> Option<&str> {
        self.answer["error"].as_str()
    }
}
