//! What a body may say: the lengths, counts and shapes that Discord checks, and the errors it names.

mod commands;
mod components;
mod embeds;
mod mentions;
mod modal;

use serde_json::Value;

use super::ids::Id;
use super::problem::{Form, Problem};
use super::state::flags;

pub(super) use commands::{GROUP, SUB, checked_commands};
pub(super) use mentions::{Mentioned, mentioned};
pub(super) use modal::{Input, LABEL, checked_modal, inputs};

/// Characters of a message.
const CONTENT_MAX: usize = 2000;
/// Characters of a nonce.
const NONCE_MAX: usize = 25;
/// Choices that autocomplete may offer.
const CHOICES_MAX: usize = 25;
/// Characters of a choice.
const CHOICE_MAX: usize = 100;
/// Minutes after which a thread may be archived.
const ARCHIVE_MINUTES: [u64; 4] = [60, 1440, 4320, 10_080];

/// What a message shall say. `None`: nothing was said about it.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    pub(super) content: Option<String>,
    pub(super) embeds: Option<Vec<Value>>,
    pub(super) components: Option<Vec<Value>>,
    pub(super) flags: Option<u64>,
    pub(super) allowed: mentions::Allowed,
    pub(super) nonce: Value,
    pub(super) enforce_nonce: bool,
    pub(super) reply_to: Option<Id>,
    /// A reply to what is not there becomes a plain message.
    pub(super) reply_may_fail: bool,
}

impl Draft {
    /// Reads a message's body; `settable` are the flags that may be set here.
    ///
    /// # Errors
    /// 50035, naming every field that is wrong.
    pub(super) fn read(body: &Value, settable: u64) -> Result<Self, Problem> {
        let mut form = Form::default();
        form.text("content", &body["content"], 0, CONTENT_MAX);
        let embeds = embeds::checked(&mut form, &body["embeds"]);
        let components = components::checked(&mut form, &body["components"]);
        let flags = checked_flags(&mut form, &body["flags"], settable);
        let allowed = mentions::Allowed::read(&mut form, &body["allowed_mentions"]);
        check_nonce(&mut form, &body["nonce"]);
        for unknown in ["attachments", "sticker_ids", "poll"] {
            if body[unknown].as_array().is_some_and(|list| !list.is_empty()) || body[unknown].is_object() {
                form.wrong(unknown, "NOT_MODELLED", "The model has none of these");
            }
        }
        form.done()?;
        let said = |field: &str| body.get(field).is_some();
        let reference = &body["message_reference"];
        Ok(Self {
            content: said("content").then(|| body["content"].as_str().unwrap_or_default().to_owned()),
            embeds: said("embeds").then_some(embeds),
            components: said("components").then_some(components),
            flags,
            allowed,
            nonce: body["nonce"].clone(),
            enforce_nonce: body["enforce_nonce"] == true,
            reply_to: Id::of(&reference["message_id"]),
            reply_may_fail: reference["fail_if_not_exists"] == false,
        })
    }
}

fn checked_flags(form: &mut Form, value: &Value, settable: u64) -> Option<u64> {
    let wished = value.as_u64()?;
    if wished & flags::COMPONENTS_V2 != 0 {
        form.wrong("flags", "NOT_MODELLED", "The model does not know components of the second version");
    }
    // Others are ignored, as Discord does.
    Some(wished & settable)
}

fn check_nonce(form: &mut Form, nonce: &Value) {
    match nonce {
        Value::String(_) => form.text("nonce", nonce, 0, NONCE_MAX),
        Value::Null => {}
        Value::Number(number) if number.is_i64() || number.is_u64() => {}
        _ => form.wrong("nonce", "NONCE_TYPE_INVALID", "A nonce is a text or an integer."),
    }
}

/// The choices that answer an autocomplete.
///
/// # Errors
/// 50035, naming every choice that is wrong.
pub(super) fn checked_choices(data: &Value) -> Result<Vec<Value>, Problem> {
    let mut form = Form::default();
    let choices = form.list("data.choices", &data["choices"]);
    form.length("data.choices", choices.len(), 0, CHOICES_MAX);
    for (at, choice) in choices.iter().enumerate() {
        form.text(&format!("data.choices.{at}.name"), &choice["name"], 1, CHOICE_MAX);
        if !choice["value"].is_number() {
            form.text(&format!("data.choices.{at}.value"), &choice["value"], 1, CHOICE_MAX);
        }
    }
    form.done()?;
    Ok(choices.to_vec())
}

/// The name and the minutes of a thread that shall be started.
///
/// # Errors
/// 50035.
pub(super) fn checked_thread(body: &Value) -> Result<(String, u64), Problem> {
    let mut form = Form::default();
    form.text("name", &body["name"], 1, 100);
    let minutes = checked_minutes(&mut form, &body["auto_archive_duration"]);
    form.done()?;
    Ok((body["name"].as_str().unwrap_or_default().to_owned(), minutes.unwrap_or(4320)))
}

/// How long a thread may be silent before it is archived.
pub(super) fn checked_minutes(form: &mut Form, value: &Value) -> Option<u64> {
    let minutes = value.as_u64().filter(|minutes| ARCHIVE_MINUTES.contains(minutes));
    if minutes.is_none() && !value.is_null() {
        form.one_of("auto_archive_duration", "60, 1440, 4320, 10080");
    }
    minutes
}

/// A copy of an object without its empty fields.
fn without_nulls(value: &Value) -> Value {
    let Value::Object(fields) = value else { return value.clone() };
    let some = fields.iter().filter(|(_, value)| !value.is_null());
    some.map(|(key, value)| (key.clone(), value.clone())).collect::<serde_json::Map<_, _>>().into()
}
