//! Every request and every answer.

use jiff::Timestamp;
use serde_json::Value;

use super::faults::fits;

/// A request and what was answered.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    /// When it came.
    pub(crate) at: Timestamp,
    pub(crate) method: String,
    /// Below `/api/v10`, without the query; parts are decoded.
    pub(crate) parts: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    /// With the bot's token.
    pub(crate) is_authorized: bool,
    /// `Null`: none, or no JSON.
    pub(crate) body: Value,
    /// 0: the connection was cut.
    pub(crate) status: u16,
    /// What was meant to be answered, if the connection was cut.
    pub(crate) answer: Value,
}

impl Exchange {
    /// `POST /channels/1/messages`.
    pub(crate) fn line(&self) -> String {
        format!("{} /{}", self.method, self.parts.join("/"))
    }

    /// Whether it is one of a pattern's: `POST /channels/*/messages`.
    pub(crate) fn is(&self, pattern: &str) -> bool {
        fits(pattern, &self.method, &self.parts)
    }
}
