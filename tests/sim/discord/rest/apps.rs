//! The application, its bot, its commands, and where the gateway is.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::check::checked_commands;
use super::super::entities::merge;
use super::super::ids::Id;
use super::super::problem::{self, Problem};
use super::super::state::State;
use super::{Call, Done, Reply};

/// Commands that may be made in a day, in each scope.
const CREATES_MAX: usize = 200;
/// Identifies in a day.
const IDENTIFIES: u32 = 1000;
const DAY: Duration = Duration::from_secs(24 * 3600);

pub(super) fn gateway(call: &Call) -> Reply {
    Reply::Json(200, json!({ "url": call.gateway }))
}

pub(super) fn gateway_of_bot(state: &State, call: &Call) -> Reply {
    let left = IDENTIFIES.saturating_sub(state.sessions.identifies());
    let start =
        json!({ "total": IDENTIFIES, "remaining": left, "reset_after": 14_400_000, "max_concurrency": 1 });
    Reply::Json(200, json!({ "url": call.gateway, "shards": 1, "session_start_limit": start }))
}

pub(super) fn me(state: &State) -> Reply {
    let mut me = state.user_json(state.app.bot);
    merge(&mut me, json!({ "mfa_enabled": true, "locale": "en-US", "verified": true, "email": null }));
    Reply::Json(200, me)
}

/// Lists or overwrites the commands of a scope.
pub(super) fn commands(state: &mut State, call: &Call, (method, app): (&str, Id), scope: Option<Id>) -> Done {
    if app != state.app.id {
        let message = "You are not authorized to perform this action on this application";
        return Err(Problem::new(403, 20012, message));
    }
    if let Some(guild) = scope {
        super::guilds::seen(state, guild)?;
    }
    match method {
        "GET" => {}
        "PUT" => overwrite(state, scope, &call.body)?,
        _ => return super::not_modelled((method, &["applications", "*", "commands"])),
    }
    Ok(Reply::Json(200, json!(state.commands.get(&scope).cloned().unwrap_or_default())))
}

fn overwrite(state: &mut State, scope: Option<Id>, body: &Value) -> Result<(), Problem> {
    let wished = checked_commands(body)?;
    let known = state.commands.get(&scope).cloned().unwrap_or_default();
    let before = |wish: &Value| known.iter().find(|command| command["name"] == wish["name"]).cloned();
    let now = state.now;
    let in_scope = |(at, made): &&(_, Option<Id>)| *made == scope && now < callout::clock::later(*at, DAY);
    let made = state.creates.iter().filter(in_scope).count();
    let new = wished.iter().filter(|wish| before(wish).is_none()).count();
    if made + new > CREATES_MAX {
        return Err(problem::too_many_creates()
            .with("retry_after", json!(3600.0))
            .with("global", json!(false)));
    }
    state.creates.extend(std::iter::repeat_n((now, scope), new));
    let kept = wished.iter().map(|wish| {
        let old = before(wish);
        kept(state, scope, wish, old.as_ref())
    });
    let kept: Vec<Value> = kept.collect();
    state.commands.insert(scope, kept);
    Ok(())
}

/// A command as it is kept: with the ids of the one that it replaces, if that is the same.
fn kept(state: &mut State, scope: Option<Id>, wish: &Value, old: Option<&Value>) -> Value {
    let permissions = match &wish["default_member_permissions"] {
        Value::Number(number) => json!(number.to_string()),
        other => other.clone(),
    };
    let mut command = json!({
        "application_id": state.app.id, "default_member_permissions": permissions, "type": 1,
        "name": wish["name"], "name_localizations": null, "description": wish["description"],
        "description_localizations": null, "nsfw": wish["nsfw"] == true,
    });
    if let Some(guild) = scope {
        command["guild_id"] = guild.json();
    }
    for list in ["contexts", "integration_types", "options"] {
        if let Some(values) = wish[list].as_array() {
            command[list] = values.iter().map(plain).collect();
        }
    }
    let is_same = old.is_some_and(|old| {
        let mut fields = command.as_object().into_iter().flatten();
        fields.all(|(key, value)| old[key] == *value)
    });
    let id = old.map_or_else(|| state.next_id().json(), |old| old["id"].clone());
    let version = old.filter(|_| is_same).map(|old| old["version"].clone());
    command["id"] = id;
    command["version"] = version.unwrap_or_else(|| state.next_id().json());
    command
}

/// An option or a context without what says nothing.
fn plain(value: &Value) -> Value {
    let Value::Object(fields) = value else { return value.clone() };
    let mut kept = serde_json::Map::new();
    for (key, value) in fields {
        let is_empty = value.as_array().is_some_and(Vec::is_empty);
        let says_nothing = value.is_null() || is_empty || (key == "required" && *value == false);
        if says_nothing {
            continue;
        }
        let inner = value.as_array().map(|list| list.iter().map(plain).collect());
        kept.insert(key.clone(), inner.unwrap_or_else(|| value.clone()));
    }
    Value::Object(kept)
}
