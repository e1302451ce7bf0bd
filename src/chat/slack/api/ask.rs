//! One question to Slack: its method, what counts it, how urgent it is.

use std::time::Duration;

use serde::Serialize;

use crate::chat::turns::Urgency;

/// How long a last state may wait for its turn: a minute has fifty edits, and then come the next.
pub(super) const END_WITHIN: Duration = Duration::from_secs(60);

/// What Slack counts together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::chat::slack) enum Lane {
    /// Messages in one channel, wherever in it.
    Channel(String),
    /// `chat.update`, in the whole workspace.
    Edits,
    /// Any other method.
    Other(&'static str),
}

/// One question to Slack.
#[derive(Debug)]
pub(in crate::chat::slack) struct Ask {
    pub(super) method: &'static str,
    pub(super) lane: Lane,
    pub(super) urgency: Urgency,
    /// Its number in its lane, if it was drawn before.
    pub(super) number: Option<u64>,
    pub(super) body: Body,
    /// With the app's token instead of the bot's.
    pub(super) is_app: bool,
}

#[derive(Debug)]
pub(super) enum Body {
    Json(Vec<u8>),
    /// Some methods read no JSON.
    Form(Vec<(&'static str, String)>),
}

impl Ask {
    /// A method with a body of JSON.
    pub(in crate::chat::slack) fn json(
        method: &'static str,
        urgency: Urgency,
        body: &impl Serialize,
    ) -> Self {
        // Our own structs always serialize; an empty body would be refused in Slack's words.
        let body = Body::Json(serde_json::to_vec(body).unwrap_or_default());
        Self { method, lane: Lane::Other(method), urgency, number: None, body, is_app: false }
    }

    /// A method with arguments as a form.
    pub(in crate::chat::slack) fn form(
        method: &'static str,
        urgency: Urgency,
        fields: Vec<(&'static str, String)>,
    ) -> Self {
        let body = Body::Form(fields);
        Self { method, lane: Lane::Other(method), urgency, number: None, body, is_app: false }
    }

    /// Counted with others.
    pub(in crate::chat::slack) fn counted(self, lane: Lane) -> Self {
        Self { lane, ..self }
    }

    /// With a number that was drawn before, or a new one.
    pub(in crate::chat::slack) fn numbered(self, number: Option<u64>) -> Self {
        Self { number, ..self }
    }

    /// With the app's token.
    pub(in crate::chat::slack) fn by_app(self) -> Self {
        Self { is_app: true, ..self }
    }

    /// How long it may take, with tries, waits for its turn and for limits.
    pub(super) const fn within(&self) -> Duration {
        match self.urgency {
            Urgency::End => END_WITHIN,
            other => other.within(),
        }
    }
}
