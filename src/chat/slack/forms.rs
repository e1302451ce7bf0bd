//! Slack's forms ("modals"): for a text that goes with a button, for a call, and what they say when they come back.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::limits::{ERROR_MAX, PRIVATE_MAX, TITLE_MAX, cut};
use super::mrkdwn::unescaped;
use super::render::{plain, sections};
use crate::domain::report::{Button, CALL_FORM, CallForm, form_words};

/// The form that asks for the text of a button.
pub(super) const TEXT: &str = "callout:text";
/// The form that asks whom to call.
pub(super) const CALL: &str = "callout:call";

/// Blocks of the forms.
const FIELD: &str = "text";
pub(super) const WHO: &str = "who";
pub(super) const IDS: &str = "ids";
const MEDIA: &str = "media";
const NOTE: &str = "note";

/// What fits into the text of a button, in characters: what is kept of a reason.
const FIELD_MAX: usize = 200;
/// Names typed beside the chosen people: as many characters as ten ids have.
const IDS_MAX: usize = 400;

/// What a form is about: it comes back with it. Untrusted, as everything that comes back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct About {
    /// Where it was asked for.
    pub(super) channel: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) thread: Option<String>,
    /// Of a button.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) card: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) button: String,
    /// Of a command: its name here.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) command: String,
}

impl About {
    /// As it came back; nothing, when it is not ours.
    pub(super) fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    fn written(&self) -> String {
        let text = serde_json::to_string(self).unwrap_or_default();
        if text.len() > PRIVATE_MAX { String::new() } else { text }
    }
}

/// Asks for the text of a button.
pub(super) fn text_form(about: &About) -> Value {
    let button = Button::of_label(&about.button).unwrap_or(Button::RingAnyway);
    let (title, label) = form_words(button);
    let field = json!({ "type": "plain_text_input", "action_id": FIELD, "max_length": FIELD_MAX });
    let input = json!({
        "type": "input", "block_id": FIELD, "optional": true, "label": plain(label, 150), "element": field,
    });
    modal(TEXT, (title, button.label()), about, vec![input])
}

/// Asks whom to call. `note` stands in its field already.
pub(super) fn call_form(about: &About, note: &str, note_max: usize) -> Value {
    let CallForm { title, submit, who, ids, ids_hint, media, note: note_label } = CALL_FORM;
    let option = |word: &str| json!({ "text": plain(word, 75), "value": word });
    let mut note_field =
        json!({ "type": "plain_text_input", "action_id": NOTE, "max_length": note_max.clamp(1, 3_000) });
    let note = cut(note, note_max);
    if !note.trim().is_empty() {
        note_field["initial_value"] = json!(note);
    }
    let blocks = vec![
        json!({ "type": "input", "block_id": WHO, "optional": true, "label": plain(who, 150),
                "element": { "type": "multi_users_select", "action_id": WHO, "max_selected_items": 10 } }),
        json!({ "type": "input", "block_id": IDS, "optional": true, "label": plain(ids, 150), "hint": plain(ids_hint, 150),
                "element": { "type": "plain_text_input", "action_id": IDS, "max_length": IDS_MAX } }),
        json!({ "type": "input", "block_id": MEDIA, "label": plain(media, 150),
                "element": { "type": "radio_buttons", "action_id": MEDIA, "initial_option": option("audio"),
                             "options": [option("audio"), option("video")] } }),
        json!({ "type": "input", "block_id": NOTE, "optional": true, "label": plain(note_label, 150),
                "element": note_field }),
    ];
    modal(CALL, (title, submit), about, blocks)
}

/// Shows a receipt in the place of the form that it answers.
pub(super) fn told(title: &str, text: &str) -> Value {
    json!({ "type": "modal", "title": plain(title, TITLE_MAX), "blocks": sections(text) })
}

/// What is wrong with a form, beside the block that lacks something.
pub(super) fn lacks(block: &str, what: &str) -> Value {
    json!({ "response_action": "errors", "errors": { block: cut(what, ERROR_MAX) } })
}

pub(super) fn modal(
    callback: &str,
    (title, submit): (&str, &str),
    about: &About,
    blocks: Vec<Value>,
) -> Value {
    json!({
        "type": "modal", "callback_id": callback, "private_metadata": about.written(),
        "title": plain(title, TITLE_MAX), "submit": plain(submit, TITLE_MAX), "blocks": blocks,
    })
}

/// The text of a button, as it came back.
pub(super) fn text(values: &Map<String, Value>) -> String {
    value(values, FIELD).and_then(|field| field["value"].as_str()).unwrap_or_default().to_owned()
}

/// The line that says the same as the form.
///
/// # Errors
/// The block that lacks something.
pub(super) fn call_line(values: &Map<String, Value>, command: &str) -> Result<String, &'static str> {
    let chosen = value(values, WHO).and_then(|field| field["selected_users"].as_array());
    let chosen = chosen.into_iter().flatten().filter_map(Value::as_str).map(|user| format!("<@{user}>"));
    let written = |block| written(values, block);
    let mut callees: Vec<String> = chosen.collect();
    callees.extend(written(IDS).split([',', ' ']).filter(|id| !id.is_empty()).map(as_callee));
    if callees.is_empty() {
        return Err(WHO);
    }
    let media = value(values, MEDIA).and_then(|field| field["selected_option"]["value"].as_str());
    // Always said: or the first word of a note could be read as one.
    let media = media.filter(|media| *media == "video").unwrap_or("audio");
    let line = format!("/{command} {} {media} {}", callees.join(" "), written(NOTE));
    Ok(line.trim_end().to_owned())
}

/// A word of the field for ids, written so that nobody takes it for the beginning of the note.
fn as_callee(word: &str) -> String {
    let is_written_so = word.starts_with(['@', '<']) || word.contains(':');
    if is_written_so { word.to_owned() } else { format!("@{word}") }
}

/// What was typed into a field, as one line.
pub(super) fn written(values: &Map<String, Value>, block: &str) -> String {
    let text = value(values, block).and_then(|field| field["value"].as_str()).unwrap_or_default();
    unescaped(text).replace(['\r', '\n'], " ").trim().to_owned()
}

/// What an element of a block says. A block has one element.
pub(super) fn value<'v>(values: &'v Map<String, Value>, block: &str) -> Option<&'v Value> {
    values.get(block)?.as_object()?.values().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(of: Value) -> Map<String, Value> {
        of.as_object().unwrap().clone()
    }

    #[test]
    fn a_form_becomes_the_line_that_says_the_same() {
        let all = values(json!({
            "who": { "who": { "type": "multi_users_select", "selected_users": ["U1", "U2"] } },
            "ids": { "ids": { "type": "plain_text_input", "value": "mira, oncall:db" } },
            "media": { "media": { "type": "radio_buttons", "selected_option": { "value": "video" } } },
            "note": { "note": { "type": "plain_text_input", "value": "db\nis down" } },
        }));
        assert_eq!(
            call_line(&all, "ring").as_deref(),
            Ok("/ring <@U1> <@U2> @mira oncall:db video db is down")
        );
        let bare = values(
            json!({ "who": { "who": { "selected_users": ["U1"] } }, "note": { "note": { "value": null } } }),
        );
        assert_eq!(call_line(&bare, "call").as_deref(), Ok("/call <@U1> audio"));
        let nobody = values(json!({ "who": { "who": { "selected_users": [] } } }));
        assert_eq!(call_line(&nobody, "call"), Err(WHO));
        assert_eq!(call_line(&Map::new(), "call"), Err(WHO));
    }

    #[test]
    fn every_form_fits() {
        let about = About {
            channel: "C1".into(),
            card: "ask_1".into(),
            button: "Ring anyway".into(),
            ..About::default()
        };
        for form in [text_form(&about), call_form(&about, &"x".repeat(500), 200), told("Callout", "done")] {
            assert!(form["title"]["text"].as_str().unwrap().chars().count() <= TITLE_MAX, "{form}");
            assert!(
                form["submit"]["text"].as_str().is_none_or(|text| text.chars().count() <= TITLE_MAX),
                "{form}"
            );
        }
        assert_eq!(About::read(&about.written()), about);
        assert_eq!(About::read("not ours"), About::default());
    }

    #[test]
    fn a_text_comes_back() {
        assert_eq!(text(&values(json!({ "text": { "text": { "value": "db down" } } }))), "db down");
        assert_eq!(text(&Map::new()), "");
    }
}
