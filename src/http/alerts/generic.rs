//! Whatever sends JSON: our own small format, or fields that the configuration maps to it.

use serde_json::Value;

use super::body::{Why, collect, fingerprint, instant, labels, scalar, short};
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
    let body: Value = serde_json::from_slice(body)
        .map_err(|error| format!("the body can't be read: {}", short(&error.to_string())))?;
    let map = &source.map;
    let sent = match &map.alerts {
        Some(path) => at(&body, path).ok_or_else(|| format!("the body has no `{path}`"))?,
        None => &body,
    };
    match sent {
        Value::Array(list) => Ok(collect(list, source.max_alerts, |item| news(item, map))),
        Value::Object(_) => {
            Ok(collect(std::slice::from_ref(sent), source.max_alerts, |item| news(item, map)))
        }
        _ => Err("an alert is an object; several are a list of them".to_owned()),
    }
}

fn news(alert: &Value, map: &Mapping) -> Result<AlertNews, Why> {
    if !alert.is_object() {
        return Err("it is not an object".to_owned());
    }
    let text = |path: &str| at(alert, path).and_then(scalar);
    let status = match text(&map.status) {
        Some(word) => status(&word, map)?,
        None => AlertStatus::Firing,
    };
    let labels = labels(at(alert, &map.labels).map(scalars).transpose()?.unwrap_or_default())?;
    let written = text(&map.title).and_then(|text| title(&text));
    let fingerprint = match text(&map.key) {
        Some(key) => fingerprint(&key)?,
        None => fingerprint_of(&labels).ok_or_else(|| format!("it has no `{}`, nor labels", map.key))?,
    };
    if status == AlertStatus::Firing && written.is_none() {
        return Err(format!("it has no `{}`: one line for who is rung", map.title));
    }
    Ok(AlertNews {
        title: written.unwrap_or_else(|| fingerprint.to_string()),
        fingerprint,
        status,
        labels,
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

fn scalars(value: &Value) -> Result<Labels, Why> {
    let labels = value.as_object().ok_or("its labels are no object of names and texts")?;
    let one = |(name, value): (&String, &Value)| {
        let text = scalar(value).ok_or_else(|| format!("its label `{}` is no text", short(name)))?;
        Ok((name.clone(), text))
    };
    labels.iter().filter(|(_, value)| !value.is_null()).map(one).collect()
}

/// What is at the end of the way, if it leads anywhere.
fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, name| value.as_object()?.get(name))
}
