//! What sends alerts.

use callout::domain::alert::Keyring;
use callout::domain::settings::Settings;
use serde_json::{Value, json};

use super::World;

/// Gives every source of `settings` the key that [`AlertSource`] sends with.
pub(crate) fn with_keys(mut settings: Settings) -> Settings {
    let mut ring = Keyring::default();
    for source in settings.sources.iter() {
        ring.add(&source.id, &key_of(source.id.as_str())).unwrap();
    }
    settings.keys = ring;
    settings
}

/// The key of a source in these tests.
pub(crate) fn key_of(source: &str) -> String {
    format!("the-key-of-{source}-0123")
}

/// A sender, by the id of its source.
pub(crate) struct AlertSource<'a> {
    pub(crate) world: &'a World,
    pub(crate) id: &'static str,
}

/// What the door said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: Value,
}

impl Answered {
    /// The one page that came of it.
    pub(crate) fn page(&self) -> String {
        let pages = self.pages();
        assert_eq!(pages.len(), 1, "{self:?}");
        pages[0].clone()
    }

    pub(crate) fn pages(&self) -> Vec<String> {
        assert_eq!(self.status, 202, "{self:?}");
        super::people::strings(&self.body["pages"])
    }

    pub(crate) fn error(&self) -> String {
        format!("{} {}", self.status, self.body["error"].as_str().unwrap_or("without a reason"))
    }
}

impl World {
    pub(crate) fn source(&self, id: &'static str) -> AlertSource<'_> {
        AlertSource { world: self, id }
    }
}

impl AlertSource<'_> {
    /// Sends a body to the source's door, and returns with the answer, whatever is still under way.
    pub(crate) async fn sends_at_once(&self, body: Vec<u8>) -> Answered {
        let settings = &self.world.settings;
        let door = settings.sources.get(self.id).expect("a source").kind.door();
        let address = self.world.address() + door;
        let request = self.world.http.post(address).bearer_auth(key_of(self.id)).body(body);
        let answer = request.send().await.unwrap();
        let retry_after = answer.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
        let status = answer.status().as_u16();
        Answered { status, retry_after, body: answer.json().await.unwrap_or_default() }
    }

    /// Sends a body, and lets everything settle.
    pub(crate) async fn sends(&self, body: &Value) -> Answered {
        let answered = self.sends_at_once(serde_json::to_vec(body).unwrap()).await;
        self.world.settle().await;
        answered
    }

    /// As Alertmanager: one group of alerts that fire since now, or are over since now.
    pub(crate) async fn tells(&self, group: &str, alerts: &[(&str, &str)]) -> Answered {
        let alerts: Vec<Value> = alerts.iter().map(|(name, status)| self.alert(name, status)).collect();
        self.sends(&body(group, &alerts)).await
    }

    /// An alert of Alertmanager's, as of now.
    pub(crate) fn alert(&self, name: &str, status: &str) -> Value {
        let now = self.world.clock.now().to_string();
        let ends = if status == "resolved" { now.as_str() } else { "0001-01-01T00:00:00Z" };
        json!({
            "status": status, "fingerprint": format!("fp-{name}"), "startsAt": now, "endsAt": ends,
            "labels": { "alertname": name }, "annotations": { "summary": format!("{name} is down") },
        })
    }
}

/// A body of Alertmanager's, version 4.
pub(crate) fn body(group: &str, alerts: &[Value]) -> Value {
    json!({ "version": "4", "groupKey": group, "truncatedAlerts": 0, "status": "firing", "alerts": alerts })
}
