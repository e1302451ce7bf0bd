//! What Slack takes of blocks and views, and what it says otherwise.

mod blocks;
mod elements;
mod view;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::ids::random;

pub(super) use blocks::{Surface, blocks};
pub(super) use view::{Purpose, view};

/// Characters of all texts of a message's blocks: what is over it was refused in a report of 2025.
pub(super) const BLOCKS_TEXT_MAX: usize = 13_000;

/// Collects complaints.
#[derive(Debug, Default)]
pub(super) struct Check {
    pub(super) wrong: Vec<String>,
}

/// How long a text may be.
type Length = std::ops::RangeInclusive<usize>;

impl Check {
    fn says(&mut self, at: &str, what: impl AsRef<str>) {
        self.wrong.push(format!("{} [json-pointer:{at}]", what.as_ref()));
    }

    /// An object with no other fields than these.
    fn object<'v>(&mut self, at: &str, value: &'v Value, known: &[&str]) -> Option<&'v Map<String, Value>> {
        let Some(object) = value.as_object() else {
            self.says(at, "must provide an object");
            return None;
        };
        for name in object.keys().filter(|name| !known.contains(&name.as_str())) {
            self.says(at, format!("invalid additional property: {name}"));
        }
        Some(object)
    }

    /// A field that has to be there.
    fn needs<'v>(&mut self, at: &str, object: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
        let found = object.get(name).filter(|value| !value.is_null());
        if found.is_none() {
            self.says(at, format!("missing required field: {name}"));
        }
        found
    }

    /// A text of a length that may be left out.
    fn string(&mut self, at: &str, object: &Map<String, Value>, name: &str, length: Length) {
        let Some(value) = object.get(name).filter(|value| !value.is_null()) else { return };
        let at = format!("{at}/{name}");
        match value.as_str() {
            Some(text) => self.length(&at, text, length),
            None => self.says(&at, "must provide a string"),
        }
    }

    fn length(&mut self, at: &str, text: &str, length: Length) {
        let count = text.chars().count();
        if count < *length.start() {
            self.says(at, format!("must be more than {} characters", length.start() - 1));
        }
        if count > *length.end() {
            self.says(at, format!("must be less than {} characters", length.end() + 1));
        }
    }

    fn flag(&mut self, at: &str, object: &Map<String, Value>, name: &str) {
        if object.get(name).is_some_and(|value| !value.is_boolean()) {
            self.says(&format!("{at}/{name}"), "must be a boolean");
        }
    }

    fn one_of(&mut self, at: &str, object: &Map<String, Value>, name: &str, known: &[&str]) {
        let Some(value) = object.get(name) else { return };
        if value.as_str().is_none_or(|word| !known.contains(&word)) {
            self.says(&format!("{at}/{name}"), format!("must be a valid enum value: {}", known.join(", ")));
        }
    }

    /// A text object: plain, or with markup where `mrkdwn` is allowed.
    fn text(&mut self, at: &str, value: &Value, mrkdwn: bool, most: usize) {
        let Some(object) = self.object(at, value, &["type", "text", "emoji", "verbatim"]) else { return };
        let kind = object.get("type").and_then(Value::as_str).unwrap_or_default();
        let is_known = kind == "plain_text" || (mrkdwn && kind == "mrkdwn");
        if !is_known {
            self.says(&format!("{at}/type"), format!("unsupported type: {kind}"));
        }
        if kind == "mrkdwn" && object.contains_key("emoji") {
            self.says(at, "invalid additional property: emoji");
        }
        if kind == "plain_text" && object.contains_key("verbatim") {
            self.says(at, "invalid additional property: verbatim");
        }
        if self.needs(at, object, "text").is_some() {
            self.string(at, object, "text", 1..=most);
        }
    }

    /// A text object that may be left out.
    fn maybe_text(
        &mut self,
        at: &str,
        object: &Map<String, Value>,
        name: &str,
        (mrkdwn, most): (bool, usize),
    ) {
        if let Some(value) = object.get(name).filter(|value| !value.is_null()) {
            self.text(&format!("{at}/{name}"), value, mrkdwn, most);
        }
    }

    /// A list of so many things, with where each is.
    fn list<'v>(&mut self, at: &str, value: &'v Value, count: Length) -> Vec<(String, &'v Value)> {
        let Some(items) = value.as_array() else {
            self.says(at, "must be an array");
            return Vec::new();
        };
        if items.len() < *count.start() {
            self.says(at, format!("no less than {} items allowed", count.start()));
        }
        if items.len() > *count.end() {
            self.says(at, format!("no more than {} items allowed", count.end()));
        }
        items.iter().enumerate().map(|(index, item)| (format!("{at}/{index}"), item)).collect()
    }
}

/// Refuses a name that was there before.
fn unique(check: &mut Check, at: &str, seen: &mut BTreeSet<String>, what: &str, name: Option<&Value>) {
    let Some(name) = name.and_then(Value::as_str) else { return };
    if !seen.insert(name.to_owned()) {
        check.says(at, format!("`{what}` already exists: {name}"));
    }
}

/// Gives blocks and their elements the ids that the app has left out.
pub(super) fn with_ids(blocks: &Value) -> Vec<Value> {
    let mut blocks = blocks.as_array().cloned().unwrap_or_default();
    for block in &mut blocks {
        if block.get("block_id").is_none() {
            block["block_id"] = Value::String(random(5));
        }
        for element in elements_mut(block) {
            let kind = element["type"].as_str().unwrap_or_default();
            let is_text = matches!(kind, "image" | "mrkdwn" | "plain_text" | "rich_text_section");
            if !is_text && element.get("action_id").is_none() {
                element["action_id"] = Value::String(random(5));
            }
        }
    }
    blocks
}

fn elements_mut(block: &mut Value) -> Vec<&mut Value> {
    let is_actions = block["type"] == "actions";
    let fields = block.as_object_mut().into_iter().flatten();
    let mut found = Vec::new();
    for (name, value) in fields {
        match (name.as_str(), value) {
            ("accessory" | "element", value) => found.push(value),
            ("elements", Value::Array(items)) if is_actions => found.extend(items),
            _ => {}
        }
    }
    found
}

/// The interactive elements of a block.
pub(super) fn elements(block: &Value) -> Vec<&Value> {
    let single = ["accessory", "element"].iter().filter_map(|name| block.get(*name));
    let several = block["elements"].as_array().filter(|_| block["type"] == "actions");
    single.chain(several.into_iter().flatten()).filter(|element| element["action_id"].is_string()).collect()
}

/// Characters of all texts below a value.
pub(super) fn text_len(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(text_len).sum(),
        Value::Object(fields) => {
            let own = fields.get("text").and_then(Value::as_str).map_or(0, |text| text.chars().count());
            own + fields.values().filter(|value| !value.is_string()).map(text_len).sum::<usize>()
        }
        _ => 0,
    }
}
