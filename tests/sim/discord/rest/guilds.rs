//! Guilds, as far as a bot asks about them.

use serde_json::{Value, json};

use super::super::ids::Id;
use super::super::problem::{self, Problem};
use super::super::state::{Channel, Guild, State};
use super::{Done, Reply};

/// A guild that the bot is in.
pub(super) fn seen(state: &State, id: Id) -> Result<&Guild, Problem> {
    let guild = state.guilds.get(&id).ok_or_else(problem::unknown_guild)?;
    let is_in = guild.members.contains_key(&state.app.bot);
    is_in.then_some(guild).ok_or_else(problem::missing_access)
}

pub(super) fn get(guild: &Guild) -> Reply {
    Reply::Json(200, guild.json())
}

pub(super) fn member(state: &State, guild: &Guild, user: Id) -> Done {
    if !state.users.contains_key(&user) {
        return Err(problem::unknown_user());
    }
    state
        .member_json(guild.id, user)
        .map(|member| Reply::Json(200, member))
        .ok_or_else(problem::unknown_member)
}

fn listed(state: &State, guild: &Guild, wanted: impl Fn(&Channel) -> bool) -> Vec<Value> {
    let here = |channel: &&Channel| {
        channel.guild == Some(guild.id) && wanted(channel) && state.sees(state.app.bot, channel)
    };
    state.channels.values().filter(here).map(|channel| state.channel_json(channel)).collect()
}

pub(super) fn channels(state: &State, guild: &Guild) -> Reply {
    Reply::Json(200, listed(state, guild, |channel| !channel.is_thread()).into())
}

pub(super) fn active_threads(state: &State, guild: &Guild) -> Reply {
    let is_active = |channel: &Channel| channel.thread.as_ref().is_some_and(|thread| !thread.archived);
    let threads = listed(state, guild, is_active);
    Reply::Json(200, json!({ "threads": threads, "members": [], "has_more": false }))
}

pub(super) fn of_bot(state: &State) -> Reply {
    let bot = state.app.bot;
    let mine = state.guilds.values().filter(|guild| guild.members.contains_key(&bot));
    let all = mine.map(|guild| {
        let permissions = state.guild_permissions(guild.id, bot).to_string();
        json!({
            "id": guild.id, "name": guild.name, "icon": null, "banner": null, "owner": guild.owner == bot,
            "permissions": permissions, "features": [],
        })
    });
    Reply::Json(200, all.collect())
}
