//! Whatever sends JSON: our own small format, or fields that the configuration maps to it.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;

use super::body::{List, Why, fingerprint, instant, labels, read_one, scalar, short, texts};
use crate::domain::alert::{
    AlertDelivery, AlertNews, AlertStatus, Labels, Mapping, Source, fingerprint_of, link, title,
};
use crate::domain::page::Urgency;

/// Words for an alert that goes on, beside the file's own.
const FIRING: [&str; 8] =
    ["firing", "triggered", "trigger", "open", "alerting", "problem", "critical", "down"];

/// Words for one that somebody takes care of.
const ACKNOWLEDGED: [&str; 2] = ["acknowledged", "acknowledge"];

/// Words for one that is over, beside the file's own.
const RESOLVED: [&str; 8] = ["resolved", "resolve", "ok", "closed", "close", "recovered", "recovery", "up"];

pub(super) fn decode(body: &[u8], source: &Source) -> Result<AlertDelivery, Why> {
    let body: &RawValue = serde_json::from_slice(body)
        .map_err(|error| format!("the body can't be read: {}", short(&error.to_string())))?;
    let sent = match &source.map.alerts {
        Some(path) => within(body, path).ok_or_else(|| format!("the body has no `{path}`"))?,
        None => body,
    };
    let list = match sent.get().as_bytes().first() {
        Some(b'[') => serde_json::from_str(sent.get())
            .map_err(|error| format!("the body can't be read: {}", short(&error.to_string())))?,
        Some(b'{') => List::of(sent),
        _ => return Err("an alert is an object; several are a list of them".to_owned()),
    };
    Ok(list.collect(source, |item| news(&read_one(item)?, source)))
}

/// What is at the end of the way, if it leads anywhere, as it stands in the body.
fn within<'a>(body: &'a RawValue, path: &str) -> Option<&'a RawValue> {
    path.split('.').try_fold(body, |value, name| {
        let fields: BTreeMap<String, &RawValue> = serde_json::from_str(value.get()).ok()?;
        fields.get(name).copied()
    })
}

fn news(alert: &Value, source: &Source) -> Result<AlertNews, Why> {
    let map = &source.map;
    let text = |path: &str| at(alert, path).and_then(scalar);
    let status = match text(&map.status) {
        Some(word) => status(&word, map)?,
        None => AlertStatus::Firing,
    };
    let sent = at(alert, &map.labels).map(|value| sent_as_labels(value, &map.labels)).unwrap_or_default();
    let written = text(&map.title).and_then(|text| title(&text));
    let fingerprint = match text(&map.key) {
        Some(key) => fingerprint(&key)?,
        None => fingerprint_of(&sent).ok_or_else(|| format!("it has no `{}`, nor labels", map.key))?,
    };
    Ok(AlertNews {
        // Whoever is rung sees at least which it is.
        title: written.unwrap_or_else(|| fingerprint.to_string()),
        fingerprint,
        status,
        labels: labels(sent, source),
        // Another word is no reason to lose the alert: the source's rules say what is urgent.
        urgency: text(&map.urgency).and_then(|word| Urgency::read(word.trim())),
        link: text(&map.link).and_then(|text| link(&text)),
        starts_at: instant(text(&map.starts_at).as_deref()),
        ends_at: None,
    })
}

fn status(word: &str, map: &Mapping) -> Result<AlertStatus, Why> {
    let word = word.trim().to_lowercase();
    let is_one_of = |own: &[String], usual: &[&str]| own.contains(&word) || usual.contains(&word.as_str());
    // The file's own words first: it may call something "open" that is over.
    let own = [(&map.firing, AlertStatus::Firing), (&map.resolved, AlertStatus::Resolved)];
    let own = own.into_iter().find(|(words, _)| is_one_of(words, &[])).map(|(_, status)| status);
    let usual = [
        (&FIRING[..], AlertStatus::Firing),
        (&ACKNOWLEDGED[..], AlertStatus::Acknowledged),
        (&RESOLVED[..], AlertStatus::Resolved),
    ];
    let usual = usual.into_iter().find(|(words, _)| is_one_of(&[], words)).map(|(_, status)| status);
    let unknown = || {
        let advice = "add the word to firing or resolved in [source.map]";
        format!("its status `{}` is unknown: send firing or resolved, or {advice}", short(&word))
    };
    own.or(usual).ok_or_else(unknown)
}

/// What is no object of names and values is one label, by the name of its field.
fn sent_as_labels(value: &Value, name: &str) -> Labels {
    texts(match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
        other => BTreeMap::from([(name.to_owned(), other.clone())]),
    })
}

/// What is at the end of the way, if it leads anywhere.
fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, name| value.as_object()?.get(name))
}
