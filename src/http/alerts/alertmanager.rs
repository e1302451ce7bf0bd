//! Alertmanager's webhook, versions 4 and 3, and what Grafana has taken over from it.
//!
//! Facts from Alertmanager's documentation (`webhook_config`) and from what it sends: `groupKey` is an integer in version 3
//! and a text since; `fingerprint` came within version 4; `truncatedAlerts` counts what `max_alerts` left out.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::body::{List, Why, fingerprint, instant, labels, lenient, read, read_one, scalar, status, texts};
use crate::domain::alert::{AlertDelivery, AlertNews, Source, fingerprint_of, link, title};

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(rename = "groupKey", default)]
    group_key: Value,
    #[serde(rename = "truncatedAlerts", default)]
    truncated: Value,
    #[serde(borrow)]
    alerts: List<'a>,
}

#[derive(Deserialize)]
pub(super) struct Alert {
    status: String,
    #[serde(default)]
    labels: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    annotations: Option<BTreeMap<String, Value>>,
    #[serde(rename = "startsAt", default, deserialize_with = "lenient")]
    starts_at: Option<String>,
    #[serde(rename = "endsAt", default, deserialize_with = "lenient")]
    ends_at: Option<String>,
    #[serde(rename = "generatorURL", default, deserialize_with = "lenient")]
    generator: Option<String>,
    #[serde(rename = "panelURL", default, deserialize_with = "lenient")]
    panel: Option<String>,
    #[serde(rename = "dashboardURL", default, deserialize_with = "lenient")]
    dashboard: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    fingerprint: Option<String>,
}

/// Annotations that people write for people, the best first.
const TITLES: [&str; 4] = ["summary", "title", "message", "description"];

pub(super) fn decode(body: &[u8], source: &Source) -> Result<AlertDelivery, Why> {
    let body: Body<'_> = read(body)?;
    let delivery = body.alerts.collect(source, |item| news(read_one(item)?, source));
    Ok(AlertDelivery {
        group: scalar(&body.group_key).filter(|key| !key.is_empty()),
        truncated: body.truncated.as_u64().unwrap_or(0),
        ..delivery
    })
}

fn news(alert: Alert, source: &Source) -> Result<AlertNews, Why> {
    let status = status(&alert.status)?;
    let sent = texts(alert.labels.unwrap_or_default());
    let fingerprint = match alert.fingerprint.as_deref() {
        Some(text) if !text.is_empty() => fingerprint(text)?,
        _ => fingerprint_of(&sent).ok_or("it has neither a fingerprint nor a label")?,
    };
    let labels = labels(sent, source);
    let annotations = alert.annotations.unwrap_or_default();
    let written = TITLES.iter().filter_map(|name| annotations.get(*name)?.as_str());
    let named = labels.get("alertname").map(String::as_str);
    let title = written.chain(named).find_map(title).unwrap_or_else(|| fingerprint.to_string());
    // The panel shows what happens; the others say what was asked.
    let links = [alert.panel, alert.dashboard, alert.generator];
    let link = links.iter().flatten().find_map(|text| link(text));
    let (starts_at, ends_at) = (instant(alert.starts_at.as_deref()), instant(alert.ends_at.as_deref()));
    Ok(AlertNews { fingerprint, status, labels, title, urgency: None, link, starts_at, ends_at })
}
