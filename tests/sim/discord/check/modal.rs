//! Forms: the old shape (rows of one text input) and the new one (labels).

use serde_json::Value;

use super::super::problem::{Form, Problem};
use super::components::ROW;

/// A text input.
const TEXT_INPUT: u64 = 4;
/// The new shape's frame around an input.
pub(in super::super) const LABEL: u64 = 18;
/// Components of a form.
const INPUTS_MAX: usize = 5;
/// Characters of what is typed into one.
const TEXT_MAX: u64 = 4000;

/// One field of a form.
#[derive(Debug, Clone)]
pub(in super::super) struct Input {
    pub(in super::super) custom_id: String,
    pub(in super::super) label: String,
    pub(in super::super) required: bool,
    pub(in super::super) least: usize,
    pub(in super::super) most: usize,
    /// Sent in the new shape.
    pub(in super::super) is_labelled: bool,
}

/// A form that may be shown.
///
/// # Errors
/// 50035, naming every field that is wrong.
pub(in super::super) fn checked_modal(data: &Value) -> Result<Value, Problem> {
    let mut form = Form::default();
    form.text("data.custom_id", &data["custom_id"], 1, 100);
    form.text("data.title", &data["title"], 1, 45);
    let rows = form.list("data.components", &data["components"]);
    form.length("data.components", rows.len(), 1, INPUTS_MAX);
    for (at, row) in rows.iter().enumerate() {
        check_row(&mut form, &format!("data.components.{at}"), row);
    }
    let ids: Vec<String> = inputs(data).into_iter().map(|input| input.custom_id).collect();
    for (at, id) in ids.iter().enumerate() {
        if ids[..at].contains(id) {
            let message = "Component custom id cannot be duplicated";
            form.wrong(&format!("data.components.{at}"), "COMPONENT_CUSTOM_ID_DUPLICATED", message);
        }
    }
    form.done()?;
    Ok(data.clone())
}

fn check_row(form: &mut Form, path: &str, row: &Value) {
    match row["type"].as_u64() {
        Some(ROW) => {
            let inside = form.list(&format!("{path}.components"), &row["components"]);
            form.length(&format!("{path}.components"), inside.len(), 1, 1);
            for input in inside {
                form.text(&format!("{path}.components.0.label"), &input["label"], 1, 45);
                check_input(form, &format!("{path}.components.0"), input);
            }
        }
        Some(LABEL) => {
            form.text(&format!("{path}.label"), &row["label"], 1, 45);
            check_input(form, &format!("{path}.component"), &row["component"]);
        }
        _ => form.one_of(&format!("{path}.type"), "1, 18"),
    }
}

fn check_input(form: &mut Form, path: &str, input: &Value) {
    if input["type"] != TEXT_INPUT {
        form.one_of(&format!("{path}.type"), "4");
        return;
    }
    form.text(&format!("{path}.custom_id"), &input["custom_id"], 1, 100);
    if !matches!(input["style"].as_u64(), Some(1 | 2)) {
        form.one_of(&format!("{path}.style"), "1, 2");
    }
    form.text(&format!("{path}.placeholder"), &input["placeholder"], 0, 100);
    form.text(&format!("{path}.value"), &input["value"], 0, 4000);
    for bound in ["min_length", "max_length"] {
        if input[bound].as_u64().is_some_and(|bound| bound > TEXT_MAX) {
            let message = format!("int value should be less than or equal to {TEXT_MAX}.");
            form.wrong(&format!("{path}.{bound}"), "NUMBER_TYPE_MAX", &message);
        }
    }
}

/// The fields of a form that was checked.
pub(in super::super) fn inputs(modal: &Value) -> Vec<Input> {
    let rows = modal["components"].as_array().into_iter().flatten();
    let both = rows.map(|row| match row["type"].as_u64() {
        Some(LABEL) => (&row["component"], &row["label"], true),
        _ => (&row["components"][0], &row["components"][0]["label"], false),
    });
    let number = |value: &Value, or: u64| usize::try_from(value.as_u64().unwrap_or(or)).unwrap();
    both.map(|(input, label, is_labelled)| Input {
        custom_id: input["custom_id"].as_str().unwrap_or_default().to_owned(),
        label: label.as_str().unwrap_or_default().to_owned(),
        required: input["required"].as_bool().unwrap_or(true),
        least: number(&input["min_length"], 0),
        most: number(&input["max_length"], TEXT_MAX),
        is_labelled,
    })
    .collect()
}
