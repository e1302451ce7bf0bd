//! How Slack says no: mostly with status 200.

use std::time::Duration;

use serde_json::{Map, Value, json};

/// A refusal.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Problem {
    pub(super) status: u16,
    pub(super) error: String,
    /// Beside `ok` and `error`.
    pub(super) more: Map<String, Value>,
    /// `Retry-After`, in seconds.
    pub(super) retry_after: Option<u64>,
}

impl Problem {
    pub(super) fn new(error: &str) -> Self {
        Self { status: 200, error: error.to_owned(), more: Map::new(), retry_after: None }
    }

    /// With one more field.
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.more.insert(name.to_owned(), value.into());
        self
    }

    /// A needed argument is not there, or no argument at all.
    pub(super) fn arguments(complaints: &[String]) -> Self {
        Self::new("invalid_arguments").with("response_metadata", messages(complaints))
    }

    /// A needed argument is not there.
    pub(super) fn missing(name: &str) -> Self {
        Self::arguments(&[format!("missing required field: {name}")])
    }

    /// Blocks that Slack does not take.
    pub(super) fn blocks(complaints: &[String]) -> Self {
        Self::new("invalid_blocks").with("errors", complaints).with("response_metadata", messages(complaints))
    }

    /// The token lacks all of these scopes.
    pub(super) fn scope(needed: &str, provided: &[String]) -> Self {
        Self::new("missing_scope").with("needed", needed).with("provided", provided.join(","))
    }

    /// Too many requests; again after `wait`, in whole seconds.
    pub(super) fn too_early(wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        Self { status: 429, retry_after: Some(seconds.max(1)), ..Self::new("ratelimited") }
    }

    pub(super) fn body(&self) -> Value {
        let mut body = json!({ "ok": false, "error": self.error });
        let fields = body.as_object_mut().expect("an object");
        fields.extend(self.more.clone());
        body
    }
}

fn messages(complaints: &[String]) -> Value {
    let lines = complaints.iter().map(|complaint| format!("[ERROR] {complaint}"));
    json!({ "messages": lines.collect::<Vec<_>>() })
}
