//! What people do with modals and on the home tab.

use serde_json::{Map, Value, json};

use super::super::Slack;
use super::super::deliver::{Draft, Kind, Nr};
use super::super::state::{State, View};
use super::people::{Pick, action};

/// Characters that a field takes when the app does not say it.
const TYPED_MAX: u64 = 3000;

impl Slack {
    /// `user` fills in the modal on top and sends it in: inputs by block id, and what is typed or chosen there.
    /// Returns the delivery.
    ///
    /// # Errors
    /// Why Slack's client would not send it.
    pub(crate) fn submits(&self, user: &str, inputs: &[(&str, &str)]) -> Result<Nr, String> {
        let draft = self.look(|state| {
            let view = state.top(user)?;
            if view.body["submit"].is_null() {
                return Err("there is no button to send it in".to_owned());
            }
            let values = values(view, inputs)?;
            Ok(state.of_view(Kind::Submission, user, view, json!({ "view": state.view_json(view, values) })))
        })?;
        Ok(self.send(draft))
    }

    /// `user` closes the modal on top. Returns the delivery, if the app has asked for it.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn closes(&self, user: &str) -> Result<Option<Nr>, String> {
        let draft = self.change(|state| {
            let view = state.top(user)?.clone();
            state.modals.get_mut(user).and_then(Vec::pop);
            let wants = view.body["notify_on_close"] == true;
            let more = json!({ "view": state.view_json(&view, json!({})) });
            Ok::<_, String>(wants.then(|| state.of_view(Kind::Closed, user, &view, more)))
        })?;
        Ok(draft.map(|draft| self.send(draft)))
    }

    /// `user` presses a button in the modal on top. Returns the delivery.
    ///
    /// # Errors
    /// Why Slack's client would not let them.
    pub(crate) fn clicks_in_modal(&self, user: &str, action_id: &str) -> Result<Nr, String> {
        let draft = self.change(|state| {
            let view = state.top(user)?.clone();
            state.used_in_view(user, &view, action_id)
        })?;
        Ok(self.send(draft))
    }

    /// `user` presses a button on the app's home tab. Returns the delivery.
    ///
    /// # Errors
    /// Why Slack's client would not let them.
    pub(crate) fn clicks_home(&self, user: &str, action_id: &str) -> Result<Nr, String> {
        let draft = self.change(|state| {
            let view = state.homes.get(user).ok_or("there is nothing on the home tab")?.clone();
            state.used_in_view(user, &view, action_id)
        })?;
        Ok(self.send(draft))
    }
}

impl State {
    fn top(&self, user: &str) -> Result<&View, String> {
        let top = self.modals.get(user).and_then(|stack| stack.last());
        top.ok_or_else(|| "no modal is open".to_owned())
    }

    fn of_view(&self, kind: Kind, user: &str, view: &View, more: Value) -> Draft {
        let name = view.body["callback_id"].as_str().unwrap_or_default().to_owned();
        Draft { kind, user: user.to_owned(), channel: None, name, more, source: None }
    }

    fn used_in_view(&mut self, user: &str, view: &View, action_id: &str) -> Result<Draft, String> {
        let blocks = view.body["blocks"].as_array().cloned().unwrap_or_default();
        let mut action = action(&blocks, action_id, Pick::Press)?;
        action["action_ts"] = json!(self.ids.ts(self.now));
        let more = json!({
            "actions": [action], "container": { "type": "view", "view_id": view.id },
            "view": self.view_json(view, json!({})),
        });
        let draft = self.of_view(Kind::Action, user, view, more);
        Ok(Draft { name: action_id.to_owned(), ..draft })
    }
}

/// What is in the inputs, by block and action.
fn values(view: &View, inputs: &[(&str, &str)]) -> Result<Value, String> {
    let blocks = view.body["blocks"].as_array().map_or(&[][..], Vec::as_slice);
    let known: Vec<&Value> = blocks.iter().filter(|block| block["type"] == "input").collect();
    if let Some((name, _)) =
        inputs.iter().find(|(name, _)| known.iter().all(|block| block["block_id"] != *name))
    {
        return Err(format!("the form has no {name:?}"));
    }
    let mut values = Map::new();
    for block in known {
        let (name, element) = (block["block_id"].as_str().unwrap_or_default(), &block["element"]);
        let given = inputs.iter().find(|(input, _)| *input == name).map(|(_, text)| *text);
        let filled = filled(element, given)?;
        let is_empty = filled.1.is_null() || filled.1 == json!([]);
        if is_empty && block["optional"] != true {
            return Err(format!("{name:?} has to be filled in"));
        }
        let inner = json!({ "type": element["type"], filled.0: filled.1 });
        let action_id = element["action_id"].as_str().unwrap_or_default();
        values.insert(name.to_owned(), json!({ action_id: inner }));
    }
    Ok(Value::Object(values))
}

/// The name and the value of what is in an input.
fn filled(element: &Value, given: Option<&str>) -> Result<(&'static str, Value), String> {
    let option = |value: &str| {
        let mut options = element["options"].as_array().into_iter().flatten();
        let found = options.find(|option| option["value"] == value).cloned();
        found.ok_or_else(|| format!("there is no option {value:?}"))
    };
    let kind = element["type"].as_str().unwrap_or_default();
    Ok(match kind {
        "static_select" | "radio_buttons" => {
            let chosen = given.map(option).transpose()?.unwrap_or_else(|| element["initial_option"].clone());
            ("selected_option", chosen)
        }
        "checkboxes" => {
            let chosen = given.unwrap_or_default().split(',').filter(|value| !value.is_empty()).map(option);
            ("selected_options", chosen.collect::<Result<Vec<_>, _>>()?.into())
        }
        "multi_users_select" => {
            let chosen = given.unwrap_or_default().split(',').filter(|id| !id.is_empty());
            ("selected_users", chosen.collect::<Vec<&str>>().into())
        }
        "users_select" => ("selected_user", chosen(given, &element["initial_user"])),
        "channels_select" => ("selected_channel", chosen(given, &element["initial_channel"])),
        "conversations_select" => ("selected_conversation", chosen(given, &element["initial_conversation"])),
        "datepicker" => ("selected_date", chosen(given, &element["initial_date"])),
        "timepicker" => ("selected_time", chosen(given, &element["initial_time"])),
        "plain_text_input" => ("value", typed(element, given)?),
        "number_input" | "email_text_input" | "url_text_input" => {
            ("value", chosen(given, &element["initial_value"]))
        }
        other => return Err(format!("the model cannot fill in a {other}")),
    })
}

fn chosen(given: Option<&str>, initial: &Value) -> Value {
    given.map_or_else(|| initial.clone(), Value::from)
}

fn typed(element: &Value, given: Option<&str>) -> Result<Value, String> {
    let text = given.or_else(|| element["initial_value"].as_str()).unwrap_or_default();
    if text.is_empty() {
        return Ok(Value::Null);
    }
    let (least, most) = (element["min_length"].as_u64().unwrap_or(0), element["max_length"].as_u64());
    let most = most.unwrap_or(TYPED_MAX);
    let count = text.chars().count() as u64;
    if (least..=most).contains(&count) {
        Ok(text.into())
    } else {
        Err(format!("it wants {least} to {most} characters"))
    }
}
