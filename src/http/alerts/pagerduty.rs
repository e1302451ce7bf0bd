//! `PagerDuty`'s Events API v2, so that a sender only changes an address.
//!
//! Facts from its documentation ("Send an alert event"): `dedup_key` has up to 255 characters and may be left out of a
//! trigger; `severity` is critical, error, warning or info.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::body::{Why, fingerprint, instant, labels, lenient, read, short, texts};
use crate::domain::alert::{AlertNews, AlertStatus, Labels, Source, link, title};
use crate::domain::ids::Fingerprint;
use crate::domain::page::Urgency;

/// One event.
#[derive(Deserialize)]
pub(super) struct Event {
    /// The key of a source.
    #[serde(default)]
    pub(super) routing_key: String,
    #[serde(default)]
    event_action: String,
    #[serde(default, deserialize_with = "lenient")]
    dedup_key: Option<String>,
    payload: Option<Payload>,
    #[serde(default)]
    links: Value,
    #[serde(default, deserialize_with = "lenient")]
    client: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    client_url: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Payload {
    #[serde(deserialize_with = "lenient")]
    summary: Option<String>,
    #[serde(deserialize_with = "lenient")]
    source: Option<String>,
    #[serde(deserialize_with = "lenient")]
    severity: Option<String>,
    #[serde(deserialize_with = "lenient")]
    timestamp: Option<String>,
    #[serde(deserialize_with = "lenient")]
    component: Option<String>,
    #[serde(deserialize_with = "lenient")]
    group: Option<String>,
    #[serde(deserialize_with = "lenient")]
    class: Option<String>,
    custom_details: Option<Value>,
}

impl Event {
    pub(super) fn read(body: &[u8]) -> Result<Self, Why> {
        read(body)
    }

    /// What it says, once the source of its key is known. `body` is what it was read from.
    pub(super) fn news(self, body: &[u8], source: &Source) -> Result<AlertNews, Why> {
        let status = match self.event_action.as_str() {
            "trigger" => AlertStatus::Firing,
            "acknowledge" => AlertStatus::Acknowledged,
            "resolve" => AlertStatus::Resolved,
            other => {
                let why = "event_action is trigger, acknowledge or resolve";
                let what = short(other);
                return Err(if what.is_empty() {
                    format!("{why}, and missing")
                } else {
                    format!("{why}, not `{what}`")
                });
            }
        };
        let fingerprint = self.fingerprint(status, body)?;
        let payload = self.payload.as_ref();
        let summary = payload.and_then(|payload| title(payload.summary.as_deref()?));
        if status == AlertStatus::Firing && summary.is_none() {
            return Err("payload.summary is needed to trigger".to_owned());
        }
        let hrefs = self.links.as_array().into_iter().flatten().filter_map(|link| link.get("href")?.as_str());
        let link = hrefs.chain(self.client_url.as_deref()).find_map(link);
        Ok(AlertNews {
            title: summary.unwrap_or_else(|| fingerprint.to_string()),
            fingerprint,
            status,
            urgency: payload.and_then(|payload| urgency(payload.severity.as_deref()?)),
            link,
            starts_at: payload.and_then(|payload| instant(payload.timestamp.as_deref())),
            ends_at: None,
            labels: labels(self.labels(), source),
        })
    }

    /// A trigger without a key is known by what is in it: so one that is sent again is no second alert.
    fn fingerprint(&self, status: AlertStatus, body: &[u8]) -> Result<Fingerprint, Why> {
        match self.dedup_key.as_deref().filter(|key| !key.is_empty()) {
            Some(key) => fingerprint(key),
            None if status == AlertStatus::Firing => {
                Ok(Fingerprint::new(HEXLOWER.encode(&Sha256::digest(without_key(body))[..16])))
            }
            None => Err("dedup_key is needed to acknowledge and to resolve".to_owned()),
        }
    }

    fn labels(&self) -> Labels {
        let Some(payload) = &self.payload else { return Labels::new() };
        let details = payload.custom_details.as_ref().and_then(Value::as_object).cloned();
        let mut labels = texts(details.into_iter().flatten().collect());
        let fields = [
            ("source", &payload.source),
            ("severity", &payload.severity),
            ("component", &payload.component),
            ("group", &payload.group),
            ("class", &payload.class),
            ("client", &self.client),
        ];
        for (name, value) in fields {
            if let Some(value) = value {
                labels.insert(name.to_owned(), value.clone());
            }
        }
        labels
    }
}

/// An event but for its key, which is replaced now and then, in one order of its fields.
fn without_key(body: &[u8]) -> String {
    let mut event: Value = serde_json::from_slice(body).unwrap_or_default();
    if let Some(fields) = event.as_object_mut() {
        fields.remove("routing_key");
    }
    let mut text = String::new();
    write_sorted(&event, &mut text);
    text
}

fn write_sorted(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let fields: BTreeMap<&String, &Value> = fields.iter().collect();
            for (name, value) in fields {
                text.push_str(&format!("{name:?}:"));
                write_sorted(value, text);
                text.push(',');
            }
            text.push('}');
        }
        Value::Array(list) => {
            list.iter().for_each(|value| {
                write_sorted(value, text);
                text.push(',');
            });
            text.push(']');
        }
        other => text.push_str(&other.to_string()),
    }
}

/// As `PagerDuty` maps severities to urgencies.
fn urgency(severity: &str) -> Option<Urgency> {
    match severity.to_ascii_lowercase().as_str() {
        "critical" | "error" => Some(Urgency::High),
        "warning" | "info" => Some(Urgency::Low),
        _ => None,
    }
}
