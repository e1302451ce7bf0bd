//! Views: modals, and what is on a home tab.

use serde_json::Value;

use super::Check;
use super::blocks::{ID_MAX, Surface, blocks};

/// Characters of a modal's title and of its buttons.
const TITLE_MAX: usize = 24;
/// Characters that an app may hide in a view.
const METADATA_MAX: usize = 3000;

/// What a view is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Purpose {
    Modal,
    HomeTab,
}

/// Checks a view at `/view`.
pub(in super::super) fn view(check: &mut Check, value: &Value, purpose: Purpose) {
    const AT: &str = "/view";
    const BOTH: &[&str] = &["type", "blocks", "private_metadata", "callback_id", "external_id"];
    const OF_MODALS: &[&str] =
        &["title", "close", "submit", "clear_on_close", "notify_on_close", "submit_disabled"];
    let (kind, surface, more) = match purpose {
        Purpose::Modal => ("modal", Surface::Modal, OF_MODALS),
        Purpose::HomeTab => ("home", Surface::HomeTab, &[] as &[&str]),
    };
    let known = [BOTH, more].concat();
    let Some(object) = check.object(AT, value, &known) else { return };
    if value["type"] != kind {
        check.says("/view/type", format!("must be {kind}"));
    }
    check.string(AT, object, "private_metadata", 0..=METADATA_MAX);
    check.string(AT, object, "callback_id", 0..=ID_MAX);
    check.string(AT, object, "external_id", 0..=ID_MAX);
    for name in ["clear_on_close", "notify_on_close", "submit_disabled"] {
        check.flag(AT, object, name);
    }
    if let Some(list) = check.needs(AT, object, "blocks") {
        blocks(check, "/view/blocks", list, surface);
    }
    if purpose == Purpose::Modal {
        if let Some(title) = check.needs(AT, object, "title") {
            check.text("/view/title", title, false, TITLE_MAX);
        }
        check.maybe_text(AT, object, "submit", (false, TITLE_MAX));
        check.maybe_text(AT, object, "close", (false, TITLE_MAX));
        let mut all = value["blocks"].as_array().into_iter().flatten();
        if all.any(|block| block["type"] == "input") && !object.contains_key("submit") {
            check.says("/view/submit", "submit is required when there are input blocks");
        }
    }
}
