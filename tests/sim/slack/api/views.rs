//! `views.*`.

use serde_json::{Value, json};

use super::super::check::{Check, Purpose, view, with_ids};
use super::super::ids::random;
use super::super::problem::Problem;
use super::super::state::{State, TRIGGER_LIFE, View};
use super::{Answer, Call};

/// Bytes of a view.
const VIEW_MAX: usize = 250_000;
/// Modals on top of each other.
const STACK_MAX: usize = 3;

/// Reads and checks a view.
fn sent(call: &Call, purpose: Purpose) -> Result<Value, Problem> {
    let bad = || Problem::arguments(&["must provide an object [json-pointer:/view]".to_owned()]);
    let body = call.structure("view").map_err(|()| bad())?.ok_or_else(|| Problem::missing("view"))?;
    checked(body, purpose)
}

fn checked(mut body: Value, purpose: Purpose) -> Result<Value, Problem> {
    if body.to_string().len() > VIEW_MAX {
        return Err(Problem::new("view_too_large"));
    }
    let mut check = Check::default();
    view(&mut check, &body, purpose);
    if !check.wrong.is_empty() {
        return Err(Problem::arguments(&check.wrong));
    }
    body["blocks"] = with_ids(&body["blocks"]).into();
    Ok(body)
}

fn shown(state: &State, view: &View) -> Value {
    json!({ "view": state.view_json(view, json!({})) })
}

fn hash(state: &mut State) -> String {
    format!("{}.{}", state.now.as_second(), random(8))
}

/// Puts a checked modal on top of what a person has open.
///
/// # Errors
/// What is wrong with it.
pub(in super::super) fn open_view(state: &mut State, user: &str, body: Value) -> Result<View, Problem> {
    let body = checked(body, Purpose::Modal)?;
    let stack = state.modals.get(user).map_or(&[][..], Vec::as_slice);
    if stack.len() >= STACK_MAX {
        return Err(Problem::new("push_limit_reached"));
    }
    let (root, previous) = (stack.first().map(|v| v.id.clone()), stack.last().map(|v| v.id.clone()));
    let id = state.ids.next('V');
    let hash = hash(state);
    let view = View { root: root.unwrap_or_else(|| id.clone()), id, hash, body, previous };
    state.modals.entry(user.to_owned()).or_default().push(view.clone());
    Ok(view)
}

pub(super) fn open(state: &mut State, call: &Call) -> Answer {
    let trigger = call.needs("trigger_id")?;
    let (now, found) = (state.now, state.triggers.get_mut(trigger));
    let found = found.ok_or_else(|| Problem::new("invalid_trigger_id"))?;
    if now > callout::clock::later(found.at, TRIGGER_LIFE) {
        return Err(Problem::new("expired_trigger_id"));
    }
    if found.is_used {
        return Err(Problem::new("exchanged_trigger_id"));
    }
    let user = found.user.clone();
    let body = sent(call, Purpose::Modal)?;
    state.triggers.get_mut(trigger).expect("is known").is_used = true;
    let view = open_view(state, &user, body)?;
    Ok(shown(state, &view))
}

pub(super) fn publish(state: &mut State, call: &Call) -> Answer {
    let user = call.needs("user_id")?;
    if !state.settings.home_tab {
        return Err(Problem::new("not_enabled"));
    }
    if !state.users.contains_key(user) {
        return Err(Problem::new("user_not_found"));
    }
    let body = sent(call, Purpose::HomeTab)?;
    let known = state.homes.get(user);
    if let (Some(hash), Some(known)) = (call.text("hash"), known)
        && known.hash != hash
    {
        return Err(Problem::new("hash_conflict"));
    }
    let known = known.map(|known| known.id.clone());
    let id = known.unwrap_or_else(|| state.ids.next('V'));
    let view = View { root: id.clone(), id, hash: hash(state), body, previous: None };
    state.homes.insert(user.to_owned(), view.clone());
    Ok(shown(state, &view))
}

pub(super) fn update(state: &mut State, call: &Call) -> Answer {
    let asked = (call.text("view_id"), call.text("external_id"));
    let is_it = |view: &View| match asked {
        (Some(id), _) => view.id == id,
        (None, Some(id)) => view.body["external_id"] == id,
        (None, None) => false,
    };
    let home = state.homes.values().any(is_it);
    let is_open = home || state.modals.values().flatten().any(is_it);
    if !is_open {
        return Err(Problem::new("not_found"));
    }
    let body = sent(call, if home { Purpose::HomeTab } else { Purpose::Modal })?;
    let new_hash = hash(state);
    let mut all = state.homes.values_mut().chain(state.modals.values_mut().flatten());
    let view = all.find(|view| is_it(view)).expect("is open");
    if call.text("hash").is_some_and(|hash| hash != view.hash) {
        return Err(Problem::new("hash_conflict"));
    }
    (view.body, view.hash) = (body, new_hash);
    let view = view.clone();
    Ok(shown(state, &view))
}
