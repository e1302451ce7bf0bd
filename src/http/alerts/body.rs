//! What the bodies of several kinds share: lists whose bad items do not spoil the others, and texts within bounds.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::domain::alert::{
    AlertDelivery, AlertNews, AlertStatus, FINGERPRINT_MAX, Labels, RefusedAlert, check_labels,
};
use crate::domain::ids::Fingerprint;

/// Longest reason, in characters: it may quote what was sent.
const WHY_MAX: usize = 200;

/// Why a body, or one alert of it, can't be taken.
pub(super) type Why = String;

/// Reads a whole body, which is an object.
pub(super) fn read<'a, T: serde::Deserialize<'a>>(body: &'a [u8]) -> Result<T, Why> {
    is_object(body).then_some(()).ok_or("the body is not an object")?;
    serde_json::from_slice(body)
        .map_err(|error| format!("the body can't be read: {}", short(&error.to_string())))
}

/// Reads one alert of a list.
pub(super) fn read_one<T: DeserializeOwned>(item: &RawValue) -> Result<T, Why> {
    is_object(item.get().as_bytes()).then_some(()).ok_or("it is not an object")?;
    serde_json::from_str(item.get()).map_err(|error| short(&error.to_string()))
}

/// A list would do for the fields of an object, in their order.
fn is_object(json: &[u8]) -> bool {
    json.trim_ascii_start().starts_with(b"{")
}

/// Takes every item that `take` can take, up to `most`; the others are refused, each with its reason.
pub(super) fn collect<T>(
    items: &[T],
    most: usize,
    take: impl Fn(&T) -> Result<AlertNews, Why>,
) -> AlertDelivery {
    let mut delivery = AlertDelivery::default();
    for (place, item) in (1..).zip(items) {
        let taken = match delivery.alerts.len() < most {
            true => take(item),
            false => Err(format!("it is beyond the source's max_alerts, {most}")),
        };
        match taken {
            Ok(news) => delivery.alerts.push(news),
            Err(why) => delivery.refused.push(RefusedAlert { place, why: short(&why) }),
        }
    }
    delivery
}

/// What a sender calls an alert, within its bound.
pub(super) fn fingerprint(text: &str) -> Result<Fingerprint, Why> {
    match text.len() {
        0 => Err("its key is empty".to_owned()),
        1..=FINGERPRINT_MAX => Ok(Fingerprint::new(text)),
        long => Err(format!("its key has {long} bytes, at most {FINGERPRINT_MAX} are taken")),
    }
}

/// Labels within their bounds.
pub(super) fn labels(labels: Labels) -> Result<Labels, Why> {
    check_labels(&labels).map(|()| labels)
}

/// An instant that says something: senders write the year 1 for "never", and some write none.
pub(super) fn instant(text: Option<&str>) -> Option<Timestamp> {
    let at: Timestamp = text?.trim().parse().ok()?;
    (at > Timestamp::UNIX_EPOCH).then_some(at)
}

/// The words of Prometheus and of those who took them over.
pub(super) fn status(word: &str) -> Result<AlertStatus, Why> {
    match word {
        "firing" => Ok(AlertStatus::Firing),
        "resolved" => Ok(AlertStatus::Resolved),
        other => Err(format!("its status `{}` is neither firing nor resolved", short(other))),
    }
}

/// A value that a label can have: texts, numbers and switches, but no lists and no objects.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(switch) => Some(switch.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// On one line, and not longer than a reason may be.
pub(super) fn short(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(WHY_MAX + 1).collect();
    match line.char_indices().nth(WHY_MAX) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None => line,
    }
}
