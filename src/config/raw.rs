//! The file as it is written: shapes only, every text still unread, each with its place in the file.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

/// A text, and where it stands.
pub(super) type Text = Spanned<String>;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFile {
    #[serde(default)]
    pub(super) person: Vec<Spanned<RawPerson>>,
    #[serde(default)]
    pub(super) call: RawCall,
    #[serde(default)]
    pub(super) limits: RawLimits,
    #[serde(default)]
    pub(super) commands: RawCommands,
    pub(super) announcement: Option<Spanned<RawAnnouncement>>,
    #[serde(default)]
    pub(super) engine: RawEngine,
    #[serde(default)]
    pub(super) admin: RawAdmin,
    #[serde(default)]
    pub(super) discord: RawDiscord,
    #[serde(default)]
    pub(super) slack: RawSlack,
    #[serde(default)]
    pub(super) store: RawStore,
    #[serde(default)]
    pub(super) schedule: Vec<Spanned<RawSchedule>>,
    #[serde(default)]
    pub(super) policy: Vec<Spanned<RawPolicy>>,
    #[serde(default)]
    pub(super) maintenance: Vec<Spanned<RawMaintenance>>,
    #[serde(default)]
    pub(super) source: Vec<Spanned<RawSource>>,
    #[serde(default)]
    pub(super) webhook: Vec<Spanned<RawWebhook>>,
}

/// Sections that are written once for each thing, as `[[person]]`; the others are written once.
pub(super) const REPEATED: [&str; 6] = ["person", "schedule", "policy", "maintenance", "source", "webhook"];

/// Sections that are written once, as `[call]`.
pub(super) const SINGLE: [&str; 9] =
    ["call", "limits", "commands", "announcement", "engine", "admin", "discord", "slack", "store"];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPerson {
    pub(super) id: Text,
    pub(super) account: Text,
    pub(super) slack: Option<Text>,
    pub(super) discord: Option<Text>,
    pub(super) timezone: Option<Text>,
    pub(super) quiet_hours: Option<Text>,
    #[serde(default)]
    pub(super) working_hours: Vec<Text>,
    #[serde(default)]
    pub(super) roles: Vec<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCall {
    pub(super) ring: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLimits {
    pub(super) call_by_caller: Option<Spanned<OneOrMany>>,
    pub(super) ring_of_callee: Option<Spanned<OneOrMany>>,
    pub(super) engine: Option<Text>,
    pub(super) max_callees: Option<Spanned<i64>>,
    pub(super) max_note: Option<Spanned<i64>>,
    pub(super) max_open_calls: Option<Spanned<i64>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCommands {
    pub(super) call: Option<Text>,
    pub(super) calls: Option<Text>,
    pub(super) page: Option<Text>,
    pub(super) pages: Option<Text>,
    pub(super) ack: Option<Text>,
    pub(super) close: Option<Text>,
    pub(super) escalate: Option<Text>,
    pub(super) oncall: Option<Text>,
    pub(super) callout: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAnnouncement {
    pub(super) say: Option<Text>,
    pub(super) page: Option<Text>,
    pub(super) audio: Option<Text>,
    pub(super) video: Option<Text>,
    pub(super) repeats: Option<Spanned<i64>>,
    pub(super) voice: Option<Text>,
    pub(super) rooms: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEngine {
    pub(super) push: Option<Spanned<toml::Table>>,
    pub(super) replace_callback: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAdmin {
    pub(super) channel: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDiscord {
    #[serde(default)]
    pub(super) guilds: Vec<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSlack {
    #[serde(default)]
    pub(super) workspaces: Vec<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStore {
    pub(super) keep_calls: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSchedule {
    pub(super) id: Text,
    pub(super) timezone: Option<Text>,
    #[serde(default)]
    pub(super) allow_gaps: bool,
    pub(super) rotation: Vec<Spanned<RawRotation>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRotation {
    pub(super) participants: Spanned<Vec<Text>>,
    pub(super) every: Option<Text>,
    pub(super) handoff: Option<Text>,
    pub(super) start: Option<Text>,
    pub(super) only: Option<Vec<Text>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPolicy {
    pub(super) id: Text,
    pub(super) repeat: Option<Spanned<i64>>,
    pub(super) ack_timeout: Option<Text>,
    pub(super) owner: Option<Text>,
    pub(super) step: Vec<Spanned<RawStep>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStep {
    pub(super) ring: Option<Spanned<Vec<Text>>>,
    pub(super) wait: Option<Text>,
    pub(super) redial: Option<RawRedial>,
    #[serde(default)]
    pub(super) post: Vec<Text>,
    #[serde(default)]
    pub(super) webhook: Vec<Text>,
    pub(super) urgency: Option<Text>,
    pub(super) pick: Option<Text>,
    #[serde(default)]
    pub(super) working_hours: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRedial {
    pub(super) times: Spanned<i64>,
    pub(super) after: Text,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMaintenance {
    pub(super) from: Text,
    pub(super) to: Text,
    pub(super) timezone: Option<Text>,
    #[serde(default)]
    pub(super) policies: Vec<Text>,
    pub(super) why: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWebhook {
    pub(super) id: Text,
    pub(super) url_env: Text,
    pub(super) secret_env: Text,
    #[serde(default)]
    pub(super) private: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSource {
    pub(super) id: Text,
    pub(super) kind: Text,
    pub(super) keys_env: Text,
    pub(super) policy: Text,
    #[serde(default)]
    pub(super) post: Vec<Text>,
    #[serde(default)]
    pub(super) group_by: Vec<Text>,
    pub(super) max_alerts: Option<Spanned<i64>>,
    pub(super) delay: Option<Text>,
    pub(super) map: Option<Spanned<RawMap>>,
    #[serde(default)]
    pub(super) rule: Vec<Spanned<RawRule>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMap {
    pub(super) alerts: Option<Text>,
    pub(super) key: Option<Text>,
    pub(super) status: Option<Text>,
    pub(super) title: Option<Text>,
    pub(super) labels: Option<Text>,
    pub(super) urgency: Option<Text>,
    pub(super) link: Option<Text>,
    pub(super) starts_at: Option<Text>,
    #[serde(default)]
    pub(super) firing: Vec<Text>,
    #[serde(default)]
    pub(super) resolved: Vec<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRule {
    #[serde(rename = "match")]
    pub(super) matches: Spanned<BTreeMap<String, Text>>,
    pub(super) policy: Option<Text>,
    pub(super) urgency: Option<Text>,
    pub(super) post: Option<Vec<Text>>,
    pub(super) delay: Option<Text>,
}

/// One text, or a list of them.
#[derive(Debug)]
pub(super) struct OneOrMany(pub(super) Vec<String>);

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrManyVisitor)
    }
}

struct OneOrManyVisitor;

impl<'de> Visitor<'de> for OneOrManyVisitor {
    type Value = OneOrMany;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or a sequence of them")
    }

    fn visit_str<E>(self, text: &str) -> Result<OneOrMany, E> {
        Ok(OneOrMany(vec![text.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<OneOrMany, A::Error> {
        let mut texts = Vec::new();
        while let Some(text) = list.next_element()? {
            texts.push(text);
        }
        Ok(OneOrMany(texts))
    }
}
