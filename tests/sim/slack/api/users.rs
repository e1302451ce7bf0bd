//! `users.*` and `bots.*`.

use serde_json::{Value, json};

use super::super::problem::Problem;
use super::super::state::State;
use super::conversations::page;
use super::{Answer, Call};

pub(super) fn info(state: &mut State, call: &Call) -> Answer {
    let id = call.text("user").filter(|_| !call.is_json);
    let user = id.and_then(|id| state.users.get(id)).ok_or_else(|| Problem::new("user_not_found"))?;
    Ok(json!({ "user": state.user_json(user) }))
}

pub(super) fn list(state: &mut State, call: &Call) -> Answer {
    let all: Vec<Value> = state.users.values().map(|user| state.user_json(user)).collect();
    let (members, next) = page(&all, call)?;
    let cache = state.now.as_second();
    Ok(json!({ "members": members, "cache_ts": cache, "response_metadata": { "next_cursor": next } }))
}

pub(super) fn by_email(state: &mut State, call: &Call) -> Answer {
    let email = call.text("email").filter(|_| !call.is_json).ok_or_else(|| Problem::missing("email"))?;
    let same = |known: &Option<String>| known.as_ref().is_some_and(|known| known.eq_ignore_ascii_case(email));
    let user = state.users.values().find(|user| !user.is_deleted && same(&user.email));
    let user = user.ok_or_else(|| Problem::new("users_not_found"))?;
    Ok(json!({ "user": state.user_json(user) }))
}

pub(super) fn bot(state: &mut State, call: &Call) -> Answer {
    let asked = call.text("bot").filter(|_| !call.is_json);
    if asked.is_some_and(|bot| bot != state.app.bot_id) {
        return Err(Problem::new("bot_not_found"));
    }
    let app = &state.app;
    let name = &state.users[&app.bot_user].name;
    Ok(json!({ "bot": {
        "id": app.bot_id, "deleted": false, "name": name, "updated": 1_700_000_000, "app_id": app.id,
        "user_id": app.bot_user, "icons": {},
    } }))
}
