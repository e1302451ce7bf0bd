//! Buttons and menus under a message.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::problem::Form;
use super::without_nulls;

/// A row of buttons, or of one menu.
pub(super) const ROW: u64 = 1;
/// A button.
const BUTTON: u64 = 2;
/// A menu of texts.
const TEXT_MENU: u64 = 3;
/// Rows of a message.
const ROWS_MAX: usize = 5;
/// Buttons of a row.
const BUTTONS_MAX: usize = 5;
/// Entries of a menu.
const OPTIONS_MAX: usize = 25;
/// The style of a button that leads to an address.
const LINK: u64 = 5;

/// The rows as they are kept, if nothing is wrong with them.
pub(super) fn checked(form: &mut Form, value: &Value) -> Vec<Value> {
    let rows = form.list("components", value);
    form.length("components", rows.len(), 0, ROWS_MAX);
    let mut seen = BTreeSet::new();
    for (at, row) in rows.iter().enumerate() {
        let path = format!("components.{at}");
        if row["type"] != ROW {
            form.one_of(&format!("{path}.type"), "1");
            continue;
        }
        check_row(form, &path, &row["components"], &mut seen);
    }
    kept(rows)
}

fn check_row<'v>(form: &mut Form, path: &str, value: &'v Value, seen: &mut BTreeSet<&'v str>) {
    let inside = form.list(&format!("{path}.components"), value);
    form.length(&format!("{path}.components"), inside.len(), 1, BUTTONS_MAX);
    for (at, component) in inside.iter().enumerate() {
        let path = format!("{path}.components.{at}");
        match component["type"].as_u64() {
            Some(BUTTON) => check_button(form, &path, component),
            Some(3 | 5..=8) => check_menu(form, &path, component, inside.len()),
            _ => form.one_of(&format!("{path}.type"), "2, 3, 5, 6, 7, 8"),
        }
        let id = component["custom_id"].as_str();
        if id.is_some_and(|id| !seen.insert(id)) {
            let message = "Component custom id cannot be duplicated";
            form.wrong(&format!("{path}.custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", message);
        }
    }
}

fn check_button(form: &mut Form, path: &str, button: &Value) {
    form.text(&format!("{path}.label"), &button["label"], 0, 80);
    let has_label = button["label"].as_str().is_some_and(|label| !label.trim().is_empty());
    if !has_label && button["emoji"].is_null() {
        form.wrong(path, "BUTTON_COMPONENT_INVALID_EMOJI_OR_LABEL", "A button needs a label or an emoji");
    }
    match button["style"].as_u64() {
        Some(LINK) => {
            form.text(&format!("{path}.url"), &button["url"], 1, 512);
            if !button["custom_id"].is_null() {
                let message = "A custom id and url cannot both be specified";
                form.wrong(path, "BUTTON_COMPONENT_CUSTOM_ID_AND_URL", message);
            }
        }
        Some(1..=4) => {
            form.text(&format!("{path}.custom_id"), &button["custom_id"], 1, 100);
            if !button["url"].is_null() {
                let message = "A custom id and url cannot both be specified";
                form.wrong(path, "BUTTON_COMPONENT_CUSTOM_ID_AND_URL", message);
            }
        }
        _ => form.one_of(&format!("{path}.style"), "1, 2, 3, 4, 5"),
    }
}

fn check_menu(form: &mut Form, path: &str, menu: &Value, neighbours: usize) {
    if neighbours > 1 {
        let message = "A menu needs a row of its own";
        form.wrong(path, "COMPONENT_LAYOUT_WIDTH_EXCEEDED", message);
    }
    form.text(&format!("{path}.custom_id"), &menu["custom_id"], 1, 100);
    form.text(&format!("{path}.placeholder"), &menu["placeholder"], 0, 150);
    if menu["type"] != TEXT_MENU {
        return;
    }
    let options = form.list(&format!("{path}.options"), &menu["options"]);
    form.length(&format!("{path}.options"), options.len(), 1, OPTIONS_MAX);
    for (at, option) in options.iter().enumerate() {
        form.text(&format!("{path}.options.{at}.label"), &option["label"], 1, 100);
        form.text(&format!("{path}.options.{at}.value"), &option["value"], 1, 100);
        form.text(&format!("{path}.options.{at}.description"), &option["description"], 0, 100);
    }
}

/// With the number that each component gets, in the order in which they stand.
fn kept(rows: &[Value]) -> Vec<Value> {
    let mut count = 0_u32;
    let mut number = |component: &mut Value| {
        count += 1;
        component["id"] = json!(count);
    };
    let mut kept: Vec<Value> = rows.iter().map(without_nulls).collect();
    for row in &mut kept {
        if !row.is_object() {
            continue;
        }
        number(row);
        for component in row["components"].as_array_mut().into_iter().flatten() {
            *component = without_nulls(component);
            if !component.is_object() {
                continue;
            }
            number(component);
            if component["type"].as_u64().is_some_and(|kind| kind != BUTTON) {
                component["min_values"] = json!(component["min_values"].as_u64().unwrap_or(1));
                component["max_values"] = json!(component["max_values"].as_u64().unwrap_or(1));
            }
        }
    }
    kept
}
