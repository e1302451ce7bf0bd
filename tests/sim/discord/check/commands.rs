//! The table of commands that an application registers.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::problem::{Form, Problem};

/// Commands of a scope.
const COMMANDS_MAX: usize = 100;
/// Options of a command, and choices of an option.
const OPTIONS_MAX: usize = 25;
/// Characters of names, descriptions and values of one command.
const SIZE_MAX: usize = 8000;
/// A sub-command.
pub(in super::super) const SUB: u64 = 1;
/// A group of sub-commands.
pub(in super::super) const GROUP: u64 = 2;

/// The commands of a bulk overwrite.
///
/// # Errors
/// 50035, naming every field that is wrong.
pub(in super::super) fn checked_commands(body: &Value) -> Result<Vec<Value>, Problem> {
    let mut form = Form::default();
    let commands = form.list("", body);
    form.length("", commands.len(), 0, COMMANDS_MAX);
    let mut names = BTreeSet::new();
    for (at, command) in commands.iter().enumerate() {
        check_command(&mut form, &at.to_string(), command);
        if !names.insert((command["type"].as_u64().unwrap_or(1), command["name"].as_str())) {
            let message = "Application command names must be unique";
            form.wrong(&at.to_string(), "APPLICATION_COMMANDS_DUPLICATE_NAME", message);
        }
    }
    form.done()?;
    Ok(commands.to_vec())
}

fn check_command(form: &mut Form, path: &str, command: &Value) {
    if command["type"].as_u64().unwrap_or(1) != 1 {
        form.wrong(&format!("{path}.type"), "NOT_MODELLED", "The model knows slash commands only");
    }
    check_names(form, path, command);
    if size(command) > SIZE_MAX {
        let message = format!("Command exceeds maximum size ({SIZE_MAX})");
        form.wrong(path, "APPLICATION_COMMAND_TOO_LARGE", &message);
    }
    let permissions = &command["default_member_permissions"];
    let is_number = permissions.as_str().is_some_and(|text| text.parse::<u64>().is_ok());
    if !permissions.is_null() && !is_number && !permissions.is_u64() {
        let message = "A permission set is a number, or a number as text";
        form.wrong(&format!("{path}.default_member_permissions"), "PERMISSIONS_TYPE_CONVERT", message);
    }
    for context in form.list(&format!("{path}.contexts"), &command["contexts"]) {
        if context.as_u64().is_none_or(|context| context > 2) {
            form.one_of(&format!("{path}.contexts"), "0, 1, 2");
        }
    }
    check_options(form, path, command, 0);
}

fn check_names(form: &mut Form, path: &str, item: &Value) {
    form.text(&format!("{path}.description"), &item["description"], 1, 100);
    let name = item["name"].as_str().unwrap_or_default();
    form.text(&format!("{path}.name"), &item["name"], 1, 32);
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '\'');
    if name.chars().any(|c| !is_word(c) || c.is_uppercase()) {
        let message = format!("Command name is invalid: {name}");
        form.wrong(&format!("{path}.name"), "APPLICATION_COMMAND_INVALID_NAME", &message);
    }
}

fn check_options(form: &mut Form, path: &str, parent: &Value, depth: usize) {
    let options = form.list(&format!("{path}.options"), &parent["options"]);
    form.length(&format!("{path}.options"), options.len(), 0, OPTIONS_MAX);
    let is_frame = |option: &Value| matches!(option["type"].as_u64(), Some(SUB | GROUP));
    if options.iter().any(is_frame) && !options.iter().all(is_frame) {
        let message =
            "Sub-command and sub-command group option types are mutually exclusive to all other types";
        form.wrong(&format!("{path}.options"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message);
    }
    let (mut names, mut optional) = (BTreeSet::new(), false);
    for (at, option) in options.iter().enumerate() {
        let path = format!("{path}.options.{at}");
        check_names(form, &path, option);
        if !names.insert(option["name"].as_str()) {
            form.wrong(&path, "APPLICATION_COMMAND_OPTIONS_NAME_INVALID", "Option names must be unique");
        }
        match option["type"].as_u64() {
            Some(SUB) if depth < 2 => check_options(form, &path, option, depth + 2),
            Some(GROUP) if depth == 0 => check_options(form, &path, option, depth + 1),
            Some(3..=11) => check_value(form, &path, option),
            _ => form.one_of(&format!("{path}.type"), "3, 4, 5, 6, 7, 8, 9, 10, 11"),
        }
        let required = option["required"] == true;
        if required && optional {
            let message = "Required options must be placed before non-required options";
            form.wrong(&path, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message);
        }
        optional |= !required;
    }
}

fn check_value(form: &mut Form, path: &str, option: &Value) {
    let choices = form.list(&format!("{path}.choices"), &option["choices"]);
    form.length(&format!("{path}.choices"), choices.len(), 0, OPTIONS_MAX);
    let takes_numbers = matches!(option["type"].as_u64(), Some(4 | 10));
    for (at, choice) in choices.iter().enumerate() {
        form.text(&format!("{path}.choices.{at}.name"), &choice["name"], 1, 100);
        if takes_numbers && !choice["value"].is_number() {
            let message = "The value of a choice is of its option's type";
            form.wrong(&format!("{path}.choices.{at}.value"), "NUMBER_TYPE_COERCE", message);
        } else if !takes_numbers {
            form.text(&format!("{path}.choices.{at}.value"), &choice["value"], 1, 100);
        }
    }
    let completes = option["autocomplete"] == true;
    if completes && (!choices.is_empty() || !matches!(option["type"].as_u64(), Some(3 | 4 | 10))) {
        let message = "Autocomplete needs an option of texts or numbers without choices";
        form.wrong(path, "APPLICATION_COMMAND_AUTOCOMPLETE_NOT_ALLOWED", message);
    }
    for bound in ["min_length", "max_length"] {
        if option[bound].as_u64().is_some_and(|bound| bound > 6000) {
            let message = "int value should be less than or equal to 6000.";
            form.wrong(&format!("{path}.{bound}"), "NUMBER_TYPE_MAX", message);
        }
    }
}

/// The characters that count.
fn size(item: &Value) -> usize {
    let own = [&item["name"], &item["description"], &item["value"]].into_iter().filter_map(Value::as_str);
    let own: usize = own.map(|text| text.chars().count()).sum();
    let inside = ["options", "choices"].into_iter().filter_map(|list| item[list].as_array()).flatten();
    own + inside.map(size).sum::<usize>()
}
