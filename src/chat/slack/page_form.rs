//! The form of `/page`: for whom, and what it is about.

use serde_json::{Map, Value, json};

use super::forms::{About, WHO, modal, value, written};
use super::limits::cut;
use super::render::plain;
use crate::domain::report::{NOBODY_TO_PAGE, NOTHING_TO_TELL, ONE_TO_PAGE, PAGE_FORM, PageForm};
use crate::domain::settings::Settings;

/// The form that asks whom to page.
pub(super) const PAGE: &str = "callout:page";

/// Blocks of the form, beside who.
const POLICY: &str = "policy";
const ID: &str = "id";
const MESSAGE: &str = "message";

/// Policies to choose from: Slack's longest list. The others are named by id.
const POLICIES_MAX: usize = 100;
/// What fits into the field for an id, in characters: the longest id, and what a slip adds.
const ID_MAX: usize = 64;
/// Longest text that a field of Slack's takes, in characters.
const FIELD_MAX: usize = 3_000;

/// Asks whom to page. `message` stands in its field already.
pub(super) fn page_form(about: &About, message: &str, settings: &Settings) -> Value {
    let PageForm { title, submit, policy, who, id, id_hint, message: label } = PAGE_FORM;
    let max = settings.note_max.clamp(1, FIELD_MAX);
    let mut field =
        json!({ "type": "plain_text_input", "action_id": MESSAGE, "multiline": true, "max_length": max });
    let message = cut(message, max);
    if !message.trim().is_empty() {
        field["initial_value"] = json!(message);
    }
    let options: Vec<Value> = settings
        .policies
        .iter()
        .take(POLICIES_MAX)
        .map(|policy| {
            let id = policy.id.as_str();
            json!({ "text": plain(id, 75), "value": id })
        })
        .collect();
    let choice = (!options.is_empty()).then(|| {
        json!({ "type": "input", "block_id": POLICY, "optional": true, "label": plain(policy, 150),
                "element": { "type": "static_select", "action_id": POLICY, "options": options } })
    });
    let others = [
        json!({ "type": "input", "block_id": WHO, "optional": true, "label": plain(who, 150),
                "element": { "type": "users_select", "action_id": WHO } }),
        json!({ "type": "input", "block_id": ID, "optional": true, "label": plain(id, 150), "hint": plain(id_hint, 150),
                "element": { "type": "plain_text_input", "action_id": ID, "max_length": ID_MAX } }),
        json!({ "type": "input", "block_id": MESSAGE, "label": plain(label, 150), "element": field }),
    ];
    modal(PAGE, (title, submit), about, choice.into_iter().chain(others).collect())
}

/// The line that says the same as the form.
///
/// # Errors
/// The block that lacks something, and what is said beside it.
pub(super) fn page_line(
    values: &Map<String, Value>,
    command: &str,
) -> Result<String, (&'static str, &'static str)> {
    let chosen = |block: &str, pointer: &str| {
        let chosen = value(values, block).and_then(|field| field.pointer(pointer)?.as_str());
        chosen.map(str::to_owned)
    };
    let policy = chosen(POLICY, "/selected_option/value");
    let user = chosen(WHO, "/selected_user").map(|user| format!("<@{user}>"));
    let typed = Some(written(values, ID)).filter(|id| !id.is_empty());
    // Without the choice of policies there is no block of that name to say it beside.
    let targets = [(POLICY, policy), (WHO, user), (ID, typed)].into_iter();
    let mut targets = targets.filter_map(|(block, target)| Some((block, target?)));
    let Some((_, target)) = targets.next() else { return Err((ID, NOBODY_TO_PAGE)) };
    if let Some((other, _)) = targets.next() {
        return Err((other, ONE_TO_PAGE));
    }
    // More than one word would be taken for the beginning of the message.
    if target.split_whitespace().nth(1).is_some() {
        return Err((ID, ONE_TO_PAGE));
    }
    let message = written(values, MESSAGE);
    if message.is_empty() {
        return Err((MESSAGE, NOTHING_TO_TELL));
    }
    Ok(format!("/{command} {target} {message}"))
}

#[cfg(test)]
mod tests {
    use super::super::limits::TITLE_MAX;
    use super::*;
    use crate::domain::escalation::{Policies, Policy};
    use crate::domain::ids::{PersonId, PolicyId};

    fn line(of: Value) -> Result<String, (&'static str, &'static str)> {
        page_line(of.as_object().unwrap(), "page")
    }

    #[test]
    fn a_form_becomes_the_line_that_says_the_same() {
        let message = json!({ "message": { "type": "plain_text_input", "value": "db\nis &lt;down" } });
        let policy = json!({ "policy": { "selected_option": { "value": "payments" } } });
        let none = json!({ "who": { "selected_user": null } });
        assert_eq!(
            line(json!({ "policy": policy, "who": none, "message": message })).as_deref(),
            Ok("/page payments db is <down")
        );
        let jack = json!({ "who": { "selected_user": "U2" } });
        assert_eq!(
            line(json!({ "who": jack, "message": message })).as_deref(),
            Ok("/page <@U2> db is <down")
        );
        let id = |text: &str| json!({ "id": { "value": text } });
        assert_eq!(
            line(json!({ "id": id("mira"), "message": message })).as_deref(),
            Ok("/page mira db is <down")
        );
        assert_eq!(line(json!({ "who": none, "message": message })), Err((ID, NOBODY_TO_PAGE)));
        assert_eq!(
            line(json!({ "who": jack, "id": id("mira"), "message": message })),
            Err((ID, ONE_TO_PAGE))
        );
        assert_eq!(line(json!({ "id": id("mira jack"), "message": message })), Err((ID, ONE_TO_PAGE)));
        assert_eq!(line(json!({ "id": id("mira") })), Err((MESSAGE, NOTHING_TO_TELL)));
    }

    #[test]
    fn it_fits_and_offers_the_policies() {
        let mut settings = Settings::sandbox(&["ana"]).unwrap();
        let form = page_form(&About::default(), &"x".repeat(5_000), &settings);
        assert_eq!(form["blocks"].as_array().unwrap().len(), 3, "a list without options is refused");
        assert!(form["title"]["text"].as_str().unwrap().chars().count() <= TITLE_MAX, "{form}");
        let policy = |n: usize| Policy {
            id: PolicyId::new(format!("p{n}")),
            ..Policy::of_person(PersonId::new("ana"))
        };
        settings.policies = Policies::new((0..150).map(policy).collect());
        let form = page_form(&About::default(), "", &settings);
        assert_eq!(form["blocks"][0]["element"]["options"].as_array().unwrap().len(), POLICIES_MAX);
        assert!(form["blocks"][3]["element"]["initial_value"].is_null());
    }
}
