//! What is read of Slack's deliveries: only fields that we use, and all that may be missing may be missing.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

/// A slash command (Slack, "Enabling interactivity with slash commands").
#[derive(Deserialize)]
pub(super) struct Command {
    pub(super) team_id: String,
    pub(super) channel_id: String,
    pub(super) user_id: String,
    #[serde(default)]
    pub(super) user_name: String,
    pub(super) command: String,
    #[serde(default)]
    pub(super) text: String,
    #[serde(default)]
    pub(super) response_url: String,
    pub(super) trigger_id: String,
}

/// A press, a form, a shortcut (Slack, "Interaction payloads").
#[derive(Deserialize)]
pub(super) struct Interaction {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) team: Option<Named>,
    pub(super) user: User,
    #[serde(default)]
    pub(super) trigger_id: String,
    #[serde(default)]
    pub(super) response_url: String,
    #[serde(default)]
    pub(super) callback_id: String,
    pub(super) channel: Option<Named>,
    #[serde(default)]
    pub(super) container: Container,
    #[serde(default)]
    pub(super) actions: Vec<Action>,
    pub(super) view: Option<View>,
    pub(super) message: Option<Message>,
}

#[derive(Deserialize)]
pub(super) struct Named {
    pub(super) id: String,
}

#[derive(Deserialize)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) name: Option<String>,
    /// Beside or instead of the name, by the kind of delivery.
    pub(super) username: Option<String>,
    /// Another than the delivery's, when somebody of another workspace presses in a shared channel.
    pub(super) team_id: Option<String>,
}

/// Where something was pressed.
#[derive(Default, Deserialize)]
pub(super) struct Container {
    pub(super) channel_id: Option<String>,
    pub(super) thread_ts: Option<String>,
    #[serde(default)]
    pub(super) is_ephemeral: bool,
}

#[derive(Deserialize)]
pub(super) struct Action {
    #[serde(default)]
    pub(super) action_id: String,
    #[serde(default)]
    pub(super) value: String,
}

/// A form that was sent in.
#[derive(Deserialize)]
pub(super) struct View {
    #[serde(default)]
    pub(super) id: String,
    #[serde(default)]
    pub(super) callback_id: String,
    #[serde(default)]
    pub(super) private_metadata: String,
    #[serde(default)]
    pub(super) state: ViewState,
}

/// By block, then by element.
#[derive(Default, Deserialize)]
pub(super) struct ViewState {
    #[serde(default)]
    pub(super) values: Map<String, Value>,
}

/// The message of a shortcut.
#[derive(Deserialize)]
pub(super) struct Message {
    #[serde(default)]
    pub(super) text: String,
    pub(super) thread_ts: Option<String>,
    /// What bots put there instead of a text.
    #[serde(default)]
    attachments: Vec<Value>,
    #[serde(default)]
    blocks: Vec<Value>,
}

impl Message {
    /// What it says: its text, or the first that is said in what stands in its place.
    pub(super) fn says(&self) -> &str {
        if !self.text.trim().is_empty() {
            return &self.text;
        }
        let said =
            |value| ["/title", "/fallback", "/text", "/text/text"].into_iter().map(move |at| (value, at));
        let mut all = self.attachments.iter().chain(&self.blocks).flat_map(said);
        let found = all.find_map(|(value, at): (&Value, &str)| {
            value.pointer(at).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
        });
        found.unwrap_or_default()
    }
}

/// Something that happened, or Slack's question whether the address is ours (Slack, "Events API").
#[derive(Deserialize)]
pub(super) struct Happened {
    #[serde(rename = "type", default)]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) challenge: String,
    #[serde(default)]
    pub(super) team_id: String,
    #[serde(default)]
    pub(super) event_id: String,
    pub(super) event: Option<Event>,
    /// Whom it is told for: our own user first.
    #[serde(default)]
    pub(super) authorizations: Vec<Authorization>,
}

/// For whom an app is told something.
#[derive(Deserialize)]
pub(super) struct Authorization {
    #[serde(default)]
    pub(super) user_id: String,
}

#[derive(Deserialize)]
pub(super) struct Event {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) user: Option<String>,
    #[serde(default)]
    pub(super) text: String,
    pub(super) channel: Option<String>,
    pub(super) thread_ts: Option<String>,
    /// Which tab of the app's page.
    #[serde(default)]
    pub(super) tab: String,
    /// A bot said it: never answered, or two bots could talk for ever.
    pub(super) bot_id: Option<String>,
    pub(super) user_team: Option<String>,
    /// It was said before, and is told again because somebody changed a word of it.
    pub(super) edited: Option<IgnoredAny>,
}

/// A frame of Socket Mode (Slack, "Using Socket Mode").
#[derive(Deserialize)]
pub(super) struct Frame {
    #[serde(rename = "type", default)]
    pub(super) kind: String,
    pub(super) envelope_id: Option<String>,
    #[serde(default)]
    pub(super) payload: Value,
    #[serde(default)]
    pub(super) reason: String,
}
