//! Elements of blocks: <https://docs.slack.dev/reference/block-kit/block-elements>.

use serde_json::{Map, Value};

use super::Check;
use super::blocks::ID_MAX;

/// Characters of a button's text, value and address.
const BUTTON_MAX: usize = 75;
const VALUE_MAX: usize = 2000;
const URL_MAX: usize = 3000;
/// Characters of a placeholder.
const PLACEHOLDER_MAX: usize = 150;
/// Options of a menu; of one behind three dots; of boxes and round buttons.
const OPTIONS_MAX: usize = 100;
const OVERFLOW_MAX: usize = 5;
const BOXES_MAX: usize = 10;
/// Characters of an option's text and value.
const OPTION_MAX: usize = 75;
const OPTION_VALUE_MAX: usize = 150;
/// Characters that can be typed into a field.
const TYPED_MAX: usize = 3000;

/// The block that an element is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Home {
    Section,
    Actions,
    Input,
}

/// Fields of menus of people and channels.
const PICK: &str = "placeholder confirm focus_on_load initial_user initial_channel initial_conversation \
                    default_to_current_conversation response_url_enabled filter";
const PICK_SEVERAL: &str = "placeholder confirm focus_on_load initial_users initial_channels initial_conversations \
                            default_to_current_conversation max_selected_items filter";
/// Fields of menus of options.
const MENU: &str = "placeholder options option_groups initial_option confirm focus_on_load";
const MENU_SEVERAL: &str =
    "placeholder options option_groups initial_options confirm focus_on_load max_selected_items";
/// Fields of what is typed into.
const TEXT: &str =
    "initial_value multiline min_length max_length dispatch_action_config focus_on_load placeholder";
const NUMBER: &str = "is_decimal_allowed initial_value min_value max_value dispatch_action_config focus_on_load \
                      placeholder";

/// The fields that an element may have, besides `type` and `action_id`; `None` when it may not be here.
fn known(kind: &str, home: Home) -> Option<&'static str> {
    Some(match (kind, home) {
        ("button", Home::Section | Home::Actions) => "text url value style confirm accessibility_label",
        ("overflow", Home::Section | Home::Actions) => "options confirm",
        ("image", Home::Section) => "image_url slack_file alt_text",
        ("static_select", _) => MENU,
        ("multi_static_select", Home::Section | Home::Input) => MENU_SEVERAL,
        ("users_select" | "channels_select" | "conversations_select", _) => PICK,
        ("multi_users_select" | "multi_channels_select" | "multi_conversations_select", _)
            if home != Home::Actions =>
        {
            PICK_SEVERAL
        }
        ("radio_buttons", _) => "options initial_option confirm focus_on_load",
        ("checkboxes", _) => "options initial_options confirm focus_on_load",
        ("datepicker", _) => "initial_date placeholder confirm focus_on_load",
        ("timepicker", _) => "initial_time placeholder confirm focus_on_load timezone",
        ("datetimepicker", Home::Actions | Home::Input) => "initial_date_time confirm focus_on_load",
        ("plain_text_input", Home::Input) => TEXT,
        ("number_input", Home::Input) => NUMBER,
        ("email_text_input" | "url_text_input", Home::Input) => {
            "initial_value dispatch_action_config focus_on_load placeholder"
        }
        _ => return None,
    })
}

/// Checks one element.
pub(super) fn element(check: &mut Check, at: &str, value: &Value, home: Home) {
    let Some(kind) = value["type"].as_str() else {
        check.says(at, "missing required field: type");
        return;
    };
    let Some(names) = known(kind, home) else {
        check.says(&format!("{at}/type"), format!("unsupported type: {kind}"));
        return;
    };
    let all: Vec<&str> = names.split_whitespace().chain(["type", "action_id"]).collect();
    let Some(object) = check.object(at, value, &all) else { return };
    check.string(at, object, "action_id", 1..=ID_MAX);
    check.maybe_text(at, object, "placeholder", (false, PLACEHOLDER_MAX));
    check.flag(at, object, "focus_on_load");
    if let Some(dialog) = object.get("confirm") {
        confirm(check, &format!("{at}/confirm"), dialog);
    }
    match kind {
        "button" => button(check, at, object),
        "image" => image(check, at, object, VALUE_MAX),
        "overflow" => options(check, at, object, OVERFLOW_MAX),
        "radio_buttons" | "checkboxes" => options(check, at, object, BOXES_MAX),
        "static_select" | "multi_static_select" => menu(check, at, object),
        "plain_text_input" => typed(check, at, object),
        _ => {}
    }
}

fn button(check: &mut Check, at: &str, object: &Map<String, Value>) {
    if let Some(text) = check.needs(at, object, "text") {
        check.text(&format!("{at}/text"), text, false, BUTTON_MAX);
    }
    check.string(at, object, "value", 1..=VALUE_MAX);
    check.string(at, object, "url", 1..=URL_MAX);
    check.string(at, object, "accessibility_label", 1..=BUTTON_MAX);
    check.one_of(at, object, "style", &["primary", "danger"]);
}

pub(super) fn image(check: &mut Check, at: &str, object: &Map<String, Value>, alt_max: usize) {
    if !object.contains_key("slack_file") && check.needs(at, object, "image_url").is_some() {
        check.string(at, object, "image_url", 1..=URL_MAX);
    }
    if check.needs(at, object, "alt_text").is_some() {
        check.string(at, object, "alt_text", 1..=alt_max);
    }
    check.maybe_text(at, object, "title", (false, VALUE_MAX));
}

fn confirm(check: &mut Check, at: &str, value: &Value) {
    let Some(object) = check.object(at, value, &["title", "text", "confirm", "deny", "style"]) else {
        return;
    };
    let most = [("title", false, 100), ("text", true, 300), ("confirm", false, 30), ("deny", false, 30)];
    for (name, mrkdwn, most) in most {
        if let Some(text) = check.needs(at, object, name) {
            check.text(&format!("{at}/{name}"), text, mrkdwn, most);
        }
    }
    check.one_of(at, object, "style", &["primary", "danger"]);
}

fn menu(check: &mut Check, at: &str, object: &Map<String, Value>) {
    let Some(groups) = object.get("option_groups") else {
        options(check, at, object, OPTIONS_MAX);
        return;
    };
    for (at, group) in check.list(&format!("{at}/option_groups"), groups, 1..=OPTIONS_MAX) {
        let Some(object) = check.object(&at, group, &["label", "options"]) else { continue };
        if let Some(label) = check.needs(&at, object, "label") {
            check.text(&format!("{at}/label"), label, false, OPTION_MAX);
        }
        options(check, &at, object, OPTIONS_MAX);
    }
}

fn options(check: &mut Check, at: &str, object: &Map<String, Value>, most: usize) {
    let Some(all) = check.needs(at, object, "options") else { return };
    for (at, option) in check.list(&format!("{at}/options"), all, 1..=most) {
        let Some(object) = check.object(&at, option, &["text", "value", "description", "url"]) else {
            continue;
        };
        if let Some(text) = check.needs(&at, object, "text") {
            check.text(&format!("{at}/text"), text, true, OPTION_MAX);
        }
        if check.needs(&at, object, "value").is_some() {
            check.string(&at, object, "value", 1..=OPTION_VALUE_MAX);
        }
        check.maybe_text(&at, object, "description", (true, OPTION_MAX));
    }
    let initial = object.get("initial_option").into_iter();
    let several = object.get("initial_options").and_then(Value::as_array).into_iter().flatten();
    for chosen in initial.chain(several) {
        let is_there = all.as_array().is_some_and(|all| all.contains(chosen));
        if !is_there {
            check.says(at, "initial option must be one of the options");
        }
    }
}

fn typed(check: &mut Check, at: &str, object: &Map<String, Value>) {
    check.flag(at, object, "multiline");
    check.string(at, object, "initial_value", 0..=TYPED_MAX);
    for (name, least) in [("min_length", 0), ("max_length", 1)] {
        let Some(value) = object.get(name) else { continue };
        let is_fine = value.as_u64().is_some_and(|n| (least..=TYPED_MAX as u64).contains(&n));
        if !is_fine {
            check.says(&format!("{at}/{name}"), format!("must be from {least} to {TYPED_MAX}"));
        }
    }
}
