//! Messages and threads: how they come, change and go, whoever asks for it.

use std::collections::BTreeSet;
use std::time::Duration;

use callout::clock::{later, until};
use serde_json::{Value, json};

use super::check::{Draft, Mentioned, mentioned};
use super::gateway::intents;
use super::ids::Id;
use super::permissions::bits;
use super::problem::{self, Form, Problem};
use super::state::{Channel, Message, NONCE_LIFE, PUBLIC_THREAD, State, Thread, flags};

/// From this age on, edits of a message are counted.
const OLD: Duration = Duration::from_secs(3600);
/// A plain message.
pub(super) const PLAIN: u8 = 0;
/// A reply.
const REPLY: u8 = 19;
/// The answer to a slash command.
pub(super) const COMMAND_ANSWER: u8 = 20;

/// Where a new message comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin {
    pub(super) channel: Id,
    pub(super) author: Id,
    pub(super) kind: u8,
    /// The interaction that it answers.
    pub(super) interaction: Option<Id>,
    /// Seen by this user alone.
    pub(super) only_for: Option<Id>,
}

impl State {
    /// A new message. Returns the earlier one, if the nonce says that it is the same.
    pub(super) fn post(&mut self, origin: Origin, draft: Draft) -> Result<Id, Problem> {
        let nonce = draft.enforce_nonce.then(|| nonce_key(&draft.nonce)).flatten();
        let key = nonce.map(|nonce| (origin.channel, nonce));
        if let Some(earlier) = key.as_ref().and_then(|key| self.posted_as(key)) {
            return Ok(earlier);
        }
        let reply_to = self.reply(&origin, &draft)?;
        let (id, loading) = (self.next_id(), draft.flags.unwrap_or(0) & flags::LOADING != 0);
        let message = Message {
            id,
            channel: origin.channel,
            author: origin.author,
            kind: if reply_to.is_some() { REPLY } else { origin.kind },
            content: draft.content.clone().unwrap_or_default(),
            embeds: draft.embeds.clone().unwrap_or_default(),
            components: draft.components.clone().unwrap_or_default(),
            flags: draft.flags.unwrap_or(0),
            edited: None,
            old_edits: Vec::new(),
            nonce: draft.nonce.clone(),
            reply_to,
            is_pinned: false,
            offered: BTreeSet::new(),
            interaction: origin.interaction,
            only_for: origin.only_for,
            mentions: Vec::new(),
            mention_roles: Vec::new(),
            mentions_everyone: false,
            pinged: BTreeSet::new(),
        };
        if message.is_empty() && !loading {
            return Err(problem::empty_message());
        }
        self.messages.insert(id, message);
        self.mention(id, &draft, true);
        if let Some(key) = key {
            self.nonces.insert(key, (id, self.now));
        }
        self.wake_thread(origin.channel);
        self.tell_message("MESSAGE_CREATE", id);
        Ok(id)
    }

    fn posted_as(&self, key: &(Id, String)) -> Option<Id> {
        let (id, at) = self.nonces.get(key)?;
        (!self.is_past(*at, NONCE_LIFE) && self.messages.contains_key(id)).then_some(*id)
    }

    fn reply(&self, origin: &Origin, draft: &Draft) -> Result<Option<Id>, Problem> {
        let Some(reply_to) = draft.reply_to else { return Ok(None) };
        let channel = &self.channels[&origin.channel];
        if self.permissions(channel, origin.author) & bits::READ_MESSAGE_HISTORY == 0 {
            return Err(problem::reply_without_history());
        }
        let found = self.messages.get(&reply_to).filter(|message| message.channel == origin.channel);
        if found.is_some_and(|message| message.only_for.is_none()) {
            return Ok(Some(reply_to));
        }
        if draft.reply_may_fail {
            return Ok(None);
        }
        let mut form = Form::default();
        form.wrong("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message");
        form.done().map(|()| None)
    }

    /// Changes what `draft` speaks of.
    pub(super) fn edit(&mut self, id: Id, draft: &Draft) -> Result<(), Problem> {
        let (now, budget) = (self.now, self.settings.old_edits);
        let message = self.messages.get_mut(&id).ok_or_else(problem::unknown_message)?;
        let mut changed = message.clone();
        if let Some(content) = &draft.content {
            changed.content.clone_from(content);
        }
        if let Some(embeds) = &draft.embeds {
            changed.embeds.clone_from(embeds);
        }
        if let Some(components) = &draft.components {
            changed.components.clone_from(components);
        }
        let was_loading = message.is_loading();
        let kept = message.flags & !(flags::LOADING | flags::SUPPRESS_EMBEDS);
        let suppress = draft.flags.unwrap_or(message.flags) & flags::SUPPRESS_EMBEDS;
        changed.flags = kept | suppress;
        if changed.is_empty() {
            return Err(problem::empty_message());
        }
        if now > later(id.at(), OLD) {
            changed.old_edits.retain(|at| now <= later(*at, OLD));
            if changed.old_edits.len() >= budget {
                let free = later(*changed.old_edits.first().unwrap_or(&now), OLD);
                return Err(problem::too_many_old_edits(until(now, free).as_secs_f64()));
            }
            changed.old_edits.push(now);
        }
        changed.edited = (!was_loading).then_some(now);
        *message = changed;
        self.mention(id, draft, was_loading);
        self.tell_message("MESSAGE_UPDATE", id);
        Ok(())
    }

    /// Notes whom a message mentions, what it offers, and, if it is new, who is pinged.
    fn mention(&mut self, id: Id, draft: &Draft, is_new: bool) {
        let message = self.messages[&id].clone();
        let channel = &self.channels[&message.channel];
        let mut found = draft.allowed.narrow(mentioned(&message.content));
        found.everyone &= message.interaction.is_some()
            || self.permissions(channel, message.author) & bits::MENTION_EVERYONE != 0;
        let replied = message.reply_to.and_then(|id| self.messages.get(&id)).map(|message| message.author);
        found.users.extend(replied.filter(|_| draft.allowed.pings_replied()));
        found.users.retain(|user| self.users.contains_key(user));
        let quiet = message.flags & flags::SUPPRESS_NOTIFICATIONS != 0 || message.only_for.is_some();
        let pinged = if quiet || !is_new { BTreeSet::new() } else { self.pinged(channel, &found) };
        let message = self.messages.get_mut(&id).unwrap();
        let rows = message.components.iter().filter_map(|row| row["components"].as_array()).flatten();
        let ids = rows.filter_map(|component| component["custom_id"].as_str()).map(str::to_owned);
        let ids: Vec<String> = ids.collect();
        message.offered.extend(ids);
        message.mentions = found.users.into_iter().collect();
        message.mention_roles = found.roles.into_iter().collect();
        message.mentions_everyone = found.everyone;
        message.pinged.extend(pinged);
    }

    fn pinged(&self, channel: &Channel, found: &Mentioned) -> BTreeSet<Id> {
        let has_role = |user: &Id| {
            let member = channel.guild.and_then(|guild| self.guilds[&guild].members.get(user));
            member.is_some_and(|member| !member.roles.is_disjoint(&found.roles))
        };
        let readers = self.readers(channel).into_iter();
        readers.filter(|user| found.everyone || found.users.contains(user) || has_role(user)).collect()
    }

    /// Takes a message away. Its thread stays, as on Discord.
    pub(super) fn remove(&mut self, id: Id) {
        let Some(message) = self.messages.remove(&id) else { return };
        let guild = self.channels.get(&message.channel).and_then(|channel| channel.guild);
        let data = json!({ "id": id, "channel_id": message.channel, "guild_id": guild });
        if message.only_for.is_none() {
            let wanted = if guild.is_some() { intents::GUILD_MESSAGES } else { intents::DIRECT_MESSAGES };
            self.sessions.tell(wanted, "MESSAGE_DELETE", &data);
        }
    }

    fn tell_message(&mut self, event: &str, id: Id) {
        let message = &self.messages[&id];
        if message.only_for.is_some() {
            return;
        }
        let guild = self.channels[&message.channel].guild;
        let mut data = self.message_json(message);
        if let Some(guild) = guild {
            data["guild_id"] = guild.json();
        }
        let wanted = if guild.is_some() { intents::GUILD_MESSAGES } else { intents::DIRECT_MESSAGES };
        self.sessions.tell(wanted, event, &data);
    }

    /// A message in an archived thread brings it back.
    fn wake_thread(&mut self, channel: Id) {
        let thread = self.channels.get_mut(&channel).and_then(|channel| channel.thread.as_mut());
        let Some(thread) = thread else { return };
        thread.sent += 1;
        if thread.archived {
            thread.archived = false;
            thread.archived_at = self.now;
            self.tell_channel("THREAD_UPDATE", channel);
        }
    }

    /// Starts a public thread: on a message, whose id it then has, or on its own.
    pub(super) fn start_thread(
        &mut self,
        parent: Id,
        on: Option<Id>,
        owner: Id,
        (name, minutes): (String, u64),
    ) -> Result<Id, Problem> {
        if let Some(message) = on.and_then(|on| self.messages.get_mut(&on)) {
            if message.flags & flags::HAS_THREAD != 0 {
                return Err(problem::thread_exists());
            }
            message.flags |= flags::HAS_THREAD;
        }
        let id = on.unwrap_or_else(|| self.next_id());
        let thread = Thread {
            owner,
            archived: false,
            locked: false,
            archived_at: self.now,
            auto_archive_minutes: minutes,
            sent: 0,
        };
        let channel = Channel {
            id,
            kind: PUBLIC_THREAD,
            name,
            guild: self.channels[&parent].guild,
            parent: Some(parent),
            overwrites: Vec::new(),
            with: None,
            thread: Some(thread),
        };
        self.channels.insert(id, channel);
        self.tell_channel("THREAD_CREATE", id);
        Ok(id)
    }

    pub(super) fn tell_channel(&mut self, event: &str, channel: Id) {
        let mut data = self.channel_json(&self.channels[&channel]);
        if event == "THREAD_CREATE" {
            // The same event also says that the bot was added to a thread that was there.
            data["newly_created"] = json!(true);
        }
        self.sessions.tell(intents::GUILDS, event, &data);
    }

    /// The direct message channel with `user`.
    pub(super) fn direct(&mut self, user: Id) -> Id {
        let known = self.channels.values().find(|channel| channel.with == Some(user));
        if let Some(known) = known {
            return known.id;
        }
        let id = self.next_id();
        let channel = Channel {
            id,
            kind: super::state::DM,
            name: String::new(),
            guild: None,
            parent: None,
            overwrites: Vec::new(),
            with: Some(user),
            thread: None,
        };
        self.channels.insert(id, channel);
        id
    }
}

/// What makes a nonce the same.
fn nonce_key(nonce: &Value) -> Option<String> {
    match nonce {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
