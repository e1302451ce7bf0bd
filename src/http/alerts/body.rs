//! What the bodies of several kinds share: lists whose bad items do not spoil the others, and texts within bounds.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::de::{DeserializeOwned, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::domain::alert::{AlertDelivery, AlertNews, AlertStatus, Labels, Source, bounded_labels};
use crate::domain::ids::Fingerprint;

/// Longest reason, in characters: it may quote what was sent.
const WHY_MAX: usize = 200;

/// Items of a list that are looked at: as many as a source may take. A body has room for millions of tiny ones.
const ITEMS_MAX: usize = 100_000;

/// Why a body, or one alert of it, can't be taken.
pub(super) type Why = String;

/// A list as it stands in the body: its first items; the others are counted.
#[derive(Default)]
pub(super) struct List<'a> {
    items: Vec<&'a RawValue>,
    beyond: usize,
}

impl<'de: 'a, 'a> Deserialize<'de> for List<'a> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_seq(Items)
    }
}

struct Items;

impl<'de> Visitor<'de> for Items {
    type Value = List<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sent: A) -> Result<List<'de>, A::Error> {
        let mut list = List::default();
        while list.items.len() < ITEMS_MAX {
            let Some(item) = sent.next_element()? else { return Ok(list) };
            list.items.push(item);
        }
        while sent.next_element::<IgnoredAny>()?.is_some() {
            list.beyond += 1;
        }
        Ok(list)
    }
}

impl<'a> List<'a> {
    /// Of one item.
    pub(super) fn of(item: &'a RawValue) -> Self {
        Self { items: vec![item], beyond: 0 }
    }

    /// Takes every item that `take` can take, as many as `source` takes; the others are refused, each with its reason.
    pub(super) fn collect(
        &self,
        source: &Source,
        take: impl Fn(&RawValue) -> Result<AlertNews, Why>,
    ) -> AlertDelivery {
        let (mut delivery, most) = (AlertDelivery::default(), source.max_alerts);
        let beyond = || format!("it is beyond the source's max_alerts, {most}");
        for (place, item) in (1..).zip(&self.items) {
            match (delivery.alerts.len() < most).then(|| take(item)) {
                Some(Ok(news)) => delivery.alerts.push(news),
                Some(Err(why)) => delivery.refused.add(place, || short(&why)),
                None => delivery.refused.add(place, beyond),
            }
        }
        for place in self.items.len()..self.items.len() + self.beyond {
            delivery.refused.add(place + 1, beyond);
        }
        delivery
    }
}

/// Reads a whole body, which is an object.
pub(super) fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Why> {
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
pub(super) fn is_object(json: &[u8]) -> bool {
    json.trim_ascii_start().starts_with(b"{")
}

/// What a sender calls an alert, within its bound.
pub(super) fn fingerprint(text: &str) -> Result<Fingerprint, Why> {
    crate::domain::alert::fingerprint(text).ok_or_else(|| "its key is empty".to_owned())
}

/// What was sent as labels: texts as they are, anything else as JSON writes it.
pub(super) fn texts(sent: BTreeMap<String, Value>) -> Labels {
    let text = |value: Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    };
    sent.into_iter().filter_map(|(name, value)| Some((name, text(value)?))).collect()
}

/// Labels within their bounds; those that `source` goes by before others.
pub(super) fn labels(labels: Labels, source: &Source) -> Labels {
    bounded_labels(labels, |name| source.goes_by(name))
}

/// An instant that says something: senders write the year 1 for "never", and some write none. As fine as instants are kept,
/// or it would be later than itself: many senders write nanoseconds.
pub(super) fn instant(text: Option<&str>) -> Option<Timestamp> {
    let at: Timestamp = text?.trim().parse().ok()?;
    let at = Timestamp::from_microsecond(at.as_microsecond()).ok()?;
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

/// A value that names something: texts, numbers and switches, but no lists and no objects.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(switch) => Some(switch.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A field that is a text, or may stand for one: whatever else is there is no reason to lose the alert.
pub(super) fn lenient<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<String>, D::Error> {
    Ok(scalar(&Value::deserialize(reader)?))
}

/// On one line, and not longer than a reason may be.
pub(super) fn short(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(WHY_MAX + 1).collect();
    match line.char_indices().nth(WHY_MAX) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None => line,
    }
}
