//! Slash commands: what Discord's client offers, and what it sends.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::super::Discord;
use super::super::ids::Id;
use super::super::permissions::bits;
use super::super::state::{Kind, State};
use super::line::{Typed, typed};
use super::people::Act;

/// What an option takes, by Discord's number.
const INTEGER: u64 = 4;
const BOOLEAN: u64 = 5;
const USER: u64 = 6;
const CHANNEL: u64 = 7;
const ROLE: u64 = 8;
const NUMBER: u64 = 10;

impl Discord {
    /// `user` types a command in a channel or thread. Returns the interaction.
    ///
    /// # Errors
    /// Why Discord's client would not send it.
    pub(crate) fn slash(&self, user: Id, channel: Id, line: &str) -> Result<Id, String> {
        self.change(|state| state.command(user, channel, line, Kind::Command))
    }

    /// `user` is still typing the last option of `line`. Returns the interaction.
    ///
    /// # Errors
    /// Why Discord's client would not ask.
    pub(crate) fn autocomplete(&self, user: Id, channel: Id, line: &str) -> Result<Id, String> {
        self.change(|state| state.command(user, channel, line, Kind::Autocomplete))
    }

    /// The commands that `user` is offered in a channel, by name.
    pub(crate) fn offered(&self, user: Id, channel: Id) -> Vec<String> {
        self.look(|state| {
            let offered = state.offered(user, channel).unwrap_or_default();
            offered.iter().filter_map(|command| command["name"].as_str()).map(str::to_owned).collect()
        })
    }

    /// The commands that are registered for a guild, or everywhere.
    pub(crate) fn commands(&self, scope: Option<Id>) -> Vec<Value> {
        self.look(|state| state.commands.get(&scope).cloned().unwrap_or_default())
    }

    /// How many commands were made, and not only changed.
    pub(crate) fn creates(&self) -> usize {
        self.look(|state| state.creates.len())
    }
}

impl State {
    fn command(&mut self, user: Id, channel: Id, line: &str, kind: Kind) -> Result<Id, String> {
        let bare = line.trim().strip_prefix('/').ok_or("a command begins with a slash")?;
        let (root, rest) = bare.split_once(char::is_whitespace).unwrap_or((bare, ""));
        let offered = self.offered(user, channel)?;
        let command = offered.into_iter().find(|command| command["name"] == root);
        let command = command.ok_or_else(|| format!("/{root} is not offered"))?;
        let read = |kind: u64, text: &str| self.option_value(channel, kind, text);
        let Typed { name, options } = typed(&command, rest, &read, kind == Kind::Autocomplete)?;
        let mut data = json!({ "id": command["id"], "name": root, "type": 1 });
        if !command["guild_id"].is_null() {
            data["guild_id"] = command["guild_id"].clone();
        }
        if let Some(resolved) = self.resolved(channel, &options) {
            data["resolved"] = resolved;
        }
        if !options.is_empty() {
            data["options"] = json!(options);
        }
        Ok(self.deliver(Act { kind, user, channel, data, source: None, name, trigger: None }))
    }

    /// What the client offers: registered here or everywhere, and allowed.
    fn offered(&self, user: Id, channel: Id) -> Result<Vec<Value>, String> {
        let channel = self.channels.get(&channel).ok_or("there is no such channel")?;
        if !self.sees(user, channel) {
            return Err("the user does not see the channel".to_owned());
        }
        let may = self.permissions(channel, user);
        let is_locked = channel.thread.as_ref().is_some_and(|thread| thread.locked);
        if may & bits::USE_APPLICATION_COMMANDS == 0 || (is_locked && may & bits::MANAGE_THREADS == 0) {
            return Err("the user may not use commands here".to_owned());
        }
        let context = if channel.guild.is_some() { 0 } else { 1 };
        let fits = |command: &&Value| {
            let contexts = command["contexts"].as_array();
            let is_here = contexts.is_none_or(|contexts| contexts.iter().any(|known| *known == context));
            let needed =
                command["default_member_permissions"].as_str().and_then(|text| text.parse::<u64>().ok());
            // "0" is for administrators alone.
            let is_allowed = needed.is_none_or(|needed| {
                may & bits::ADMINISTRATOR != 0 || (needed != 0 && may & needed == needed)
            });
            is_here && is_allowed
        };
        let has_bot =
            channel.guild.is_none_or(|guild| self.guilds[&guild].members.contains_key(&self.app.bot));
        let scopes = channel.guild.map(Some).into_iter().chain([None]).filter(|_| has_bot);
        let all = scopes.filter_map(|scope| self.commands.get(&scope)).flatten();
        Ok(all.filter(fits).cloned().collect())
    }

    fn option_value(&self, channel: Id, kind: u64, text: &str) -> Result<Value, String> {
        let bare = text.trim_start_matches(['@', '#']);
        let guild = self.channels[&channel].guild;
        let found = |id: Option<Id>| id.map(Id::json).ok_or_else(|| format!("{text:?} is nobody here"));
        match kind {
            INTEGER => text.parse::<i64>().map(Value::from).map_err(|error| error.to_string()),
            NUMBER => text.parse::<f64>().map(Value::from).map_err(|error| error.to_string()),
            BOOLEAN => text.parse::<bool>().map(Value::from).map_err(|error| error.to_string()),
            USER => found(self.user_named(bare)),
            CHANNEL => {
                let named = |channel: &&super::super::state::Channel| {
                    channel.guild == guild && (channel.name == bare || channel.id.to_string() == bare)
                };
                found(self.channels.values().find(named).map(|channel| channel.id))
            }
            ROLE => {
                let mut roles = guild.iter().flat_map(|guild| &self.guilds[guild].roles);
                found(roles.find(|role| role.name == bare).map(|role| role.id))
            }
            _ => Ok(json!(self.with_mentions(text))),
        }
    }

    /// A user by name or id.
    fn user_named(&self, text: &str) -> Option<Id> {
        let is_it = |user: &Id| self.users[user].name == text || user.to_string() == text;
        self.users.keys().copied().find(is_it)
    }

    /// `@jack` in a text becomes a mention, as when it is chosen from the client's list.
    pub(super) fn with_mentions(&self, text: &str) -> String {
        let words =
            text.split(' ').map(|word| match word.strip_prefix('@').and_then(|name| self.user_named(name)) {
                Some(user) => format!("<@{user}>"),
                None => word.to_owned(),
            });
        words.collect::<Vec<_>>().join(" ")
    }

    /// Who and what the values of the options are.
    fn resolved(&self, channel: Id, options: &[Value]) -> Option<Value> {
        let mut leaves = options;
        while let Some(inner) = leaves.first().and_then(|option| option["options"].as_array()) {
            leaves = inner;
        }
        let of_kind = |kind: u64| {
            let those = leaves.iter().filter(move |option| option["type"] == kind);
            those.filter_map(|option| Id::of(&option["value"])).collect::<BTreeSet<Id>>()
        };
        let guild = self.channels[&channel].guild;
        let mut resolved = Map::new();
        let mut put = |key: &str, values: Map<String, Value>| {
            if !values.is_empty() {
                resolved.insert(key.to_owned(), Value::Object(values));
            }
        };
        let users = of_kind(USER);
        put("users", users.iter().map(|id| (id.to_string(), self.user_json(*id))).collect());
        let member = |id: &Id| {
            let mut member = self.interaction_member(&self.channels[&channel], *id)?;
            member.as_object_mut()?.retain(|key, _| !matches!(key.as_str(), "user" | "deaf" | "mute"));
            Some((id.to_string(), member))
        };
        put("members", users.iter().filter_map(member).collect());
        let channels = of_kind(CHANNEL);
        let partial = |id: &Id| Some((id.to_string(), self.channel_json(self.channels.get(id)?)));
        put("channels", channels.iter().filter_map(partial).collect());
        let roles = guild.map(|guild| self.guilds[&guild].roles_json()).unwrap_or_default();
        let wanted = of_kind(ROLE);
        let roles = roles.as_array().into_iter().flatten();
        let roles = roles.filter(|role| Id::of(&role["id"]).is_some_and(|id| wanted.contains(&id)));
        put("roles", roles.map(|role| (role["id"].as_str().unwrap().to_owned(), role.clone())).collect());
        (!resolved.is_empty()).then_some(Value::Object(resolved))
    }
}
