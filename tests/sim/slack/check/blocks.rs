//! Blocks: <https://docs.slack.dev/reference/block-kit/blocks>.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::elements::{Home, element, image};
use super::{Check, unique};

/// Characters of a block's or an element's own id.
pub(super) const ID_MAX: usize = 255;
/// Characters of a text in a section.
const SECTION_MAX: usize = 3000;
/// Characters of one of a section's fields, and how many it may have.
const FIELD_MAX: usize = 2000;
const FIELDS_MAX: usize = 10;
/// Characters of a header.
const HEADER_MAX: usize = 150;
/// Things in a context block, and characters of a text in it.
const CONTEXT_MAX: usize = 10;
const CONTEXT_TEXT_MAX: usize = 2000;
/// Elements of an actions block.
const ACTIONS_MAX: usize = 25;
/// Characters of an input's label and hint.
const LABEL_MAX: usize = 2000;
/// Characters of a markdown block.
const MARKDOWN_MAX: usize = 12_000;

/// Where blocks are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Surface {
    Message,
    Modal,
    HomeTab,
}

impl Surface {
    const fn blocks_max(self) -> usize {
        match self {
            Self::Message => 50,
            Self::Modal | Self::HomeTab => 100,
        }
    }
}

/// Checks a list of blocks at `root`.
pub(in super::super) fn blocks(check: &mut Check, root: &str, value: &Value, surface: Surface) {
    let mut seen = BTreeSet::new();
    for (at, block) in check.list(root, value, 0..=surface.blocks_max()) {
        unique(check, &format!("{at}/block_id"), &mut seen, "block_id", block.get("block_id"));
        one(check, &at, block, surface);
    }
}

fn one(check: &mut Check, at: &str, block: &Value, surface: Surface) {
    let Some(kind) = block["type"].as_str() else {
        check.says(at, "missing required field: type");
        return;
    };
    let known: &[&str] = match kind {
        "section" => &["type", "block_id", "text", "fields", "accessory", "expand"],
        "divider" => &["type", "block_id"],
        "header" | "markdown" => &["type", "block_id", "text"],
        "context" | "actions" | "rich_text" => &["type", "block_id", "elements"],
        "input" => &["type", "block_id", "label", "element", "hint", "optional", "dispatch_action"],
        "image" => &["type", "block_id", "image_url", "slack_file", "alt_text", "title"],
        _ => {
            check.says(&format!("{at}/type"), format!("unsupported type: {kind}"));
            return;
        }
    };
    let Some(object) = check.object(at, block, known) else { return };
    check.string(at, object, "block_id", 1..=ID_MAX);
    match kind {
        "section" => section(check, at, object),
        "header" => {
            if let Some(text) = check.needs(at, object, "text") {
                check.text(&format!("{at}/text"), text, false, HEADER_MAX);
            }
        }
        "markdown" if surface != Surface::Message => {
            check.says(&format!("{at}/type"), "unsupported type: markdown");
        }
        "markdown" => markdown(check, at, object),
        "context" => context(check, at, object),
        "actions" => actions(check, at, object),
        "input" => input(check, at, object),
        "image" => image(check, at, object, LABEL_MAX),
        _ => {}
    }
}

fn markdown(check: &mut Check, at: &str, object: &Map<String, Value>) {
    if check.needs(at, object, "text").is_some() {
        check.string(at, object, "text", 1..=MARKDOWN_MAX);
    }
}

fn section(check: &mut Check, at: &str, object: &Map<String, Value>) {
    check.flag(at, object, "expand");
    check.maybe_text(at, object, "text", (true, SECTION_MAX));
    if let Some(fields) = object.get("fields") {
        for (at, field) in check.list(&format!("{at}/fields"), fields, 1..=FIELDS_MAX) {
            check.text(&at, field, true, FIELD_MAX);
        }
    } else if !object.contains_key("text") {
        check.says(at, "missing required field: text");
    }
    if let Some(accessory) = object.get("accessory") {
        element(check, &format!("{at}/accessory"), accessory, Home::Section);
    }
}

fn context(check: &mut Check, at: &str, object: &Map<String, Value>) {
    let Some(elements) = check.needs(at, object, "elements") else { return };
    for (at, item) in check.list(&format!("{at}/elements"), elements, 1..=CONTEXT_MAX) {
        if item["type"] == "image" {
            element(check, &at, item, Home::Section);
        } else {
            check.text(&at, item, true, CONTEXT_TEXT_MAX);
        }
    }
}

fn actions(check: &mut Check, at: &str, object: &Map<String, Value>) {
    let Some(elements) = check.needs(at, object, "elements") else { return };
    let mut seen = BTreeSet::new();
    for (at, item) in check.list(&format!("{at}/elements"), elements, 1..=ACTIONS_MAX) {
        unique(check, &format!("{at}/action_id"), &mut seen, "action_id", item.get("action_id"));
        element(check, &at, item, Home::Actions);
    }
}

fn input(check: &mut Check, at: &str, object: &Map<String, Value>) {
    check.flag(at, object, "optional");
    check.flag(at, object, "dispatch_action");
    check.maybe_text(at, object, "hint", (false, LABEL_MAX));
    if let Some(label) = check.needs(at, object, "label") {
        check.text(&format!("{at}/label"), label, false, LABEL_MAX);
    }
    if let Some(inside) = check.needs(at, object, "element") {
        element(check, &format!("{at}/element"), inside, Home::Input);
    }
}
