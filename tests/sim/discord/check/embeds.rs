//! Embeds: every limit that Discord documents for them.

use serde_json::{Value, json};

use super::super::problem::Form;
use super::without_nulls;

/// Embeds of a message.
const EMBEDS_MAX: usize = 10;
/// Fields of an embed.
const FIELDS_MAX: usize = 25;
/// Characters of all embeds of a message together.
const SUM_MAX: usize = 6000;
/// The largest colour.
const COLOUR_MAX: u64 = 0xff_ffff;

/// The embeds as they are kept, if nothing is wrong with them.
pub(super) fn checked(form: &mut Form, value: &Value) -> Vec<Value> {
    let embeds = form.list("embeds", value);
    form.length("embeds", embeds.len(), 0, EMBEDS_MAX);
    for (at, embed) in embeds.iter().enumerate() {
        check(form, &format!("embeds.{at}"), embed);
    }
    if embeds.iter().map(size).sum::<usize>() > SUM_MAX {
        let message = format!("Embed size exceeds maximum size of {SUM_MAX}");
        form.wrong("embeds", "MAX_EMBED_SIZE_EXCEEDED", &message);
    }
    embeds.iter().map(kept).collect()
}

fn check(form: &mut Form, path: &str, embed: &Value) {
    if !embed.is_object() {
        form.wrong(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType");
        return;
    }
    form.text(&format!("{path}.title"), &embed["title"], 0, 256);
    form.text(&format!("{path}.description"), &embed["description"], 0, 4096);
    if !embed["footer"].is_null() {
        form.text(&format!("{path}.footer.text"), &embed["footer"]["text"], 1, 2048);
    }
    if !embed["author"].is_null() {
        form.text(&format!("{path}.author.name"), &embed["author"]["name"], 1, 256);
    }
    let fields = form.list(&format!("{path}.fields"), &embed["fields"]);
    form.length(&format!("{path}.fields"), fields.len(), 0, FIELDS_MAX);
    for (at, field) in fields.iter().enumerate() {
        form.text(&format!("{path}.fields.{at}.name"), &field["name"], 1, 256);
        form.text(&format!("{path}.fields.{at}.value"), &field["value"], 1, 1024);
    }
    check_rest(form, path, embed);
}

fn check_rest(form: &mut Form, path: &str, embed: &Value) {
    let colour = &embed["color"];
    if !colour.is_null() && colour.as_u64().is_none_or(|colour| colour > COLOUR_MAX) {
        let message = format!("int value should be less than or equal to {COLOUR_MAX}.");
        form.wrong(&format!("{path}.color"), "NUMBER_TYPE_MAX", &message);
    }
    let is_web = |url: &str| url.starts_with("http://") || url.starts_with("https://");
    if embed["url"].as_str().is_some_and(|url| !is_web(url)) {
        let message = "Scheme must be one of ('http', 'https').";
        form.wrong(&format!("{path}.url"), "URL_TYPE_INVALID_SCHEME", message);
    }
    let at = embed["timestamp"].as_str();
    if at.is_some_and(|at| at.parse::<jiff::Timestamp>().is_err()) {
        let message = format!("Could not parse {}. Should be ISO8601.", embed["timestamp"]);
        form.wrong(&format!("{path}.timestamp"), "DATE_TIME_TYPE_PARSE", &message);
    }
}

/// The characters that count: title, description, names and values of fields, footer and author.
fn size(embed: &Value) -> usize {
    let fields = embed["fields"].as_array().into_iter().flatten();
    let of_fields = fields.flat_map(|field| [&field["name"], &field["value"]]);
    let own = [&embed["title"], &embed["description"], &embed["footer"]["text"], &embed["author"]["name"]];
    let texts = own.into_iter().chain(of_fields).filter_map(Value::as_str);
    texts.map(|text| text.trim().chars().count()).sum()
}

fn kept(embed: &Value) -> Value {
    let mut kept = without_nulls(embed);
    if let Some(fields) = kept.get_mut("fields").and_then(Value::as_array_mut) {
        for field in fields.iter_mut() {
            let inline = field["inline"].as_bool().unwrap_or(false);
            *field = without_nulls(field);
            field["inline"] = json!(inline);
        }
    }
    for part in ["footer", "author"] {
        if kept.get(part).is_some() {
            kept[part] = without_nulls(&kept[part]);
        }
    }
    kept["type"] = json!("rich");
    kept
}
