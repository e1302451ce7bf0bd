//! `conversations.*`.

use serde_json::{Value, json};

use super::super::problem::Problem;
use super::super::state::{Channel, Kind, SLACKBOT, State};
use super::{Answer, Call};

/// Members on a page.
const PAGE: usize = 100;
/// People in a direct message of several.
const SEVERAL_MAX: usize = 8;

pub(super) fn open(state: &mut State, call: &Call) -> Answer {
    if let Some(channel) = call.text("channel") {
        let channel = state.known_channel(channel)?;
        if channel.kind != Kind::Direct {
            return Err(Problem::new("method_not_supported_for_channel_type"));
        }
        return Ok(json!({ "channel": { "id": channel.id }, "already_open": true }));
    }
    let users: Vec<&str> = call.text("users").map(|users| users.split(',').collect()).unwrap_or_default();
    match users[..] {
        [] => Err(Problem::new("users_list_not_supplied")),
        [user] => open_one(state, user, call.flag("return_im")),
        _ if users.len() > SEVERAL_MAX => Err(Problem::new("too_many_users")),
        _ => Err(Problem::scope("mpim:write", &state.settings.scopes)),
    }
}

fn open_one(state: &mut State, user: &str, whole: bool) -> Answer {
    let found = state.users.get(user).ok_or_else(|| Problem::new("user_not_found"))?;
    if found.is_deleted {
        return Err(Problem::new("user_disabled"));
    }
    if found.is_bot || found.id == SLACKBOT {
        return Err(Problem::new("cannot_dm_bot"));
    }
    let id = state.direct(user);
    let channel = if whole { state.channel_json(&state.channels[&id]) } else { json!({ "id": id }) };
    Ok(json!({ "channel": channel, "no_op": true, "already_open": true }))
}

/// Reading about a channel needs the scope of its kind.
fn readable<'s>(state: &'s State, call: &Call) -> Result<&'s Channel, Problem> {
    let channel = state.known_channel(form(call, "channel")?)?;
    let scope = match channel.kind {
        Kind::Public => "channels:read",
        Kind::Private => "groups:read",
        Kind::Direct => "im:read",
    };
    if state.has_scope(scope) { Ok(channel) } else { Err(Problem::scope(scope, &state.settings.scopes)) }
}

/// An argument of a method that reads no JSON.
fn form<'c>(call: &'c Call, name: &str) -> Result<&'c str, Problem> {
    if call.is_json { Err(Problem::missing(name)) } else { call.needs(name) }
}

pub(super) fn info(state: &mut State, call: &Call) -> Answer {
    let channel = readable(state, call)?;
    let mut all = state.channel_json(channel);
    if call.flag("include_num_members") {
        all["num_members"] = json!(channel.members.len());
    }
    Ok(json!({ "channel": all }))
}

pub(super) fn members(state: &mut State, call: &Call) -> Answer {
    let channel = readable(state, call)?;
    let members: Vec<&String> = channel.members.iter().collect();
    let (page, next) = page(&members, call)?;
    Ok(json!({ "members": page, "response_metadata": { "next_cursor": next } }))
}

/// The part of a list that a request asks for, and the cursor of the next one; empty at the end.
pub(super) fn page<'a, T>(all: &'a [T], call: &Call) -> Result<(&'a [T], String), Problem> {
    let from: usize = match call.text("cursor") {
        None => 0,
        Some(cursor) => {
            let number = cursor.strip_prefix("next:").and_then(|number| number.parse().ok());
            number.filter(|from| *from <= all.len()).ok_or_else(|| Problem::new("invalid_cursor"))?
        }
    };
    let size = call.number("limit").filter(|size| *size > 0).unwrap_or(PAGE);
    let to = all.len().min(from + size);
    let next = if to < all.len() { format!("next:{to}") } else { String::new() };
    Ok((&all[from..to], next))
}

pub(super) fn join(state: &mut State, call: &Call) -> Answer {
    let channel = call.needs("channel")?;
    let found = state.known_channel(channel)?;
    if found.kind != Kind::Public {
        return Err(Problem::new("method_not_supported_for_channel_type"));
    }
    if found.is_archived {
        return Err(Problem::new("is_archived"));
    }
    let bot = state.app.bot_user.clone();
    let is_new = state.channels.get_mut(channel).expect("is known").members.insert(bot);
    let mut answer = json!({ "channel": state.channel_json(&state.channels[channel]) });
    if !is_new {
        answer["warning"] = json!("already_in_channel");
        answer["response_metadata"] = json!({ "warnings": ["already_in_channel"] });
    }
    Ok::<Value, _>(answer)
}
