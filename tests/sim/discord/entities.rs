//! What the model knows, as Discord writes it.

use serde_json::{Value, json};

use super::ids::Id;
use super::permissions::bits;
use super::state::{Channel, Guild, Interaction, Kind, Message, Role, State, Thread, User, flags};

/// The discriminator of a user with a modern name.
const NO_NUMBER: &str = "0";

/// An instant, as Discord writes it.
pub(super) fn time(at: jiff::Timestamp) -> Value {
    json!(at.strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string())
}

impl User {
    pub(super) fn json(&self) -> Value {
        let mut user = json!({
            "id": self.id, "username": self.name, "global_name": null, "avatar": null, "discriminator": NO_NUMBER,
            "public_flags": 0, "flags": 0, "banner": null, "accent_color": null, "avatar_decoration_data": null,
            "collectibles": null, "primary_guild": null,
        });
        if self.is_bot {
            user["bot"] = json!(true);
        }
        user
    }
}

impl Role {
    fn json(&self, position: usize) -> Value {
        let mut role = json!({
            "id": self.id, "name": self.name, "permissions": self.permissions.to_string(), "position": position,
            "color": 0, "colors": { "primary_color": 0, "secondary_color": null, "tertiary_color": null },
            "hoist": false, "managed": self.managed_by.is_some(), "mentionable": false, "icon": null,
            "unicode_emoji": null, "flags": 0,
        });
        if let Some(bot) = self.managed_by {
            role["tags"] = json!({ "bot_id": bot });
        }
        role
    }
}

impl Guild {
    pub(super) fn roles_json(&self) -> Value {
        self.roles.iter().enumerate().map(|(position, role)| role.json(position)).collect()
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "id": self.id, "name": self.name, "icon": null, "description": null, "home_header": null,
            "splash": null, "discovery_splash": null, "features": [], "banner": null, "owner_id": self.owner,
            "application_id": null, "region": "deprecated", "afk_channel_id": null, "afk_timeout": 300,
            "system_channel_id": null, "system_channel_flags": 0, "widget_enabled": false,
            "widget_channel_id": null, "verification_level": 0, "roles": self.roles_json(),
            "default_message_notifications": 0, "mfa_level": 0, "explicit_content_filter": 0,
            "max_presences": null, "max_members": 500_000, "max_stage_video_channel_users": 50,
            "max_video_channel_users": 25, "vanity_url_code": null, "premium_tier": 0,
            "premium_subscription_count": 0, "preferred_locale": "en-US", "rules_channel_id": null,
            "safety_alerts_channel_id": null, "public_updates_channel_id": null,
            "premium_progress_bar_enabled": false, "nsfw": false, "nsfw_level": 0, "emojis": [],
            "stickers": [], "incidents_data": null,
        })
    }
}

impl Thread {
    fn json(&self, id: Id) -> Value {
        json!({
            "archived": self.archived, "archive_timestamp": time(self.archived_at),
            "auto_archive_duration": self.auto_archive_minutes, "locked": self.locked,
            "create_timestamp": time(id.at()),
        })
    }
}

impl State {
    pub(super) fn user_json(&self, user: Id) -> Value {
        self.users[&user].json()
    }

    /// A member of a guild, with the user in it.
    pub(super) fn member_json(&self, guild: Id, user: Id) -> Option<Value> {
        let member = self.guilds.get(&guild)?.members.get(&user)?;
        Some(json!({
            "user": self.user_json(user), "roles": member.roles, "joined_at": time(member.joined), "nick": null,
            "avatar": null, "banner": null, "avatar_decoration_data": null, "collectibles": null,
            "communication_disabled_until": null, "flags": 0, "pending": false, "premium_since": null,
            "mute": false, "deaf": false,
        }))
    }

    /// A whole guild, as it comes over the gateway.
    pub(super) fn guild_event(&self, guild: Id) -> Value {
        let mut event = self.guilds[&guild].json();
        let here = |channel: &&Channel| channel.guild == Some(guild);
        let all = || self.channels.values().filter(here);
        let members = self.guilds[&guild].members.keys();
        event["channels"] = all().filter(|c| !c.is_thread()).map(|c| self.channel_json(c)).collect();
        let is_open = |c: &&Channel| c.thread.as_ref().is_some_and(|thread| !thread.archived);
        event["threads"] = all().filter(is_open).map(|c| self.channel_json(c)).collect();
        event["members"] = members.clone().filter_map(|user| self.member_json(guild, *user)).collect();
        let more = json!({
            "joined_at": time(self.guilds[&guild].members[&self.app.bot].joined), "large": false,
            "unavailable": false, "member_count": members.count(), "voice_states": [], "presences": [],
            "stage_instances": [], "guild_scheduled_events": [], "soundboard_sounds": [],
        });
        merge(&mut event, more);
        event
    }

    pub(super) fn channel_json(&self, channel: &Channel) -> Value {
        let last = self.messages.values().rev().find(|message| message.channel == channel.id);
        let mut all = json!({
            "id": channel.id, "type": channel.kind, "flags": 0, "last_message_id": last.map(|last| last.id),
        });
        if let Some(other) = channel.with {
            merge(&mut all, json!({ "recipients": [self.user_json(other)] }));
            return all;
        }
        merge(&mut all, json!({ "guild_id": channel.guild, "name": channel.name, "rate_limit_per_user": 0 }));
        all["parent_id"] = json!(channel.parent);
        if let Some(thread) = &channel.thread {
            let replies = self.messages.values().filter(|message| message.channel == channel.id).count();
            let own = json!({
                "owner_id": thread.owner, "thread_metadata": thread.json(channel.id), "message_count": replies,
                "member_count": 1, "total_message_sent": thread.sent,
            });
            merge(&mut all, own);
            return all;
        }
        let overwrites = channel.overwrites.iter().map(|overwrite| {
            json!({
                "id": overwrite.target, "type": u8::from(overwrite.is_member),
                "allow": overwrite.allow.to_string(), "deny": overwrite.deny.to_string(),
            })
        });
        let overwrites: Vec<Value> = overwrites.collect();
        let own = json!({
            "position": 0, "permission_overwrites": overwrites, "nsfw": false, "topic": null,
        });
        merge(&mut all, own);
        all
    }

    pub(super) fn message_json(&self, message: &Message) -> Value {
        let users: Vec<Value> = message.mentions.iter().map(|user| self.user_json(*user)).collect();
        let mut all = json!({
            "id": message.id, "channel_id": message.channel, "type": message.kind, "content": message.content,
            "author": self.user_json(message.author), "mentions": users, "mention_roles": message.mention_roles,
            "mention_everyone": message.mentions_everyone, "attachments": [], "embeds": message.embeds,
            "components": message.components, "timestamp": time(message.id.at()),
            "edited_timestamp": message.edited.map(time), "flags": message.flags, "pinned": message.is_pinned,
            "tts": false,
        });
        if !message.nonce.is_null() {
            all["nonce"] = message.nonce.clone();
        }
        if let Some(reply) = message.reply_to {
            let guild = self.channels.get(&message.channel).and_then(|channel| channel.guild);
            let place =
                json!({ "type": 0, "channel_id": message.channel, "message_id": reply, "guild_id": guild });
            all["message_reference"] = place;
            all["referenced_message"] =
                json!(self.messages.get(&reply).map(|reply| self.message_json(reply)));
        }
        if let Some(thread) = self.thread_of(message.id) {
            all["thread"] = self.channel_json(thread);
        }
        if let Some(interaction) = message.interaction.and_then(|id| self.interactions.get(&id)) {
            merge(&mut all, json!({ "application_id": self.app.id, "webhook_id": self.app.id }));
            all["interaction_metadata"] = self.metadata_json(interaction);
            if interaction.kind == Kind::Command {
                let user = self.user_json(interaction.user);
                let about =
                    json!({ "id": interaction.id, "type": 2, "name": interaction.name, "user": user });
                all["interaction"] = about;
            }
        }
        all
    }

    /// What a message tells of the interaction that it answers.
    fn metadata_json(&self, interaction: &Interaction) -> Value {
        let mut all = json!({
            "id": interaction.id, "type": interaction.kind as u8, "user": self.user_json(interaction.user),
            "authorizing_integration_owners": self.integration_owners(interaction.channel),
        });
        match interaction.kind {
            Kind::Component => all["interacted_message_id"] = json!(interaction.source),
            Kind::Modal => {
                let trigger = interaction.trigger.map(|id| self.metadata_json(&self.interactions[&id]));
                all["triggering_interaction_metadata"] = json!(trigger);
            }
            Kind::Command | Kind::Autocomplete => {}
        }
        all
    }

    /// Who installed the application where `channel` is.
    pub(super) fn integration_owners(&self, channel: Id) -> Value {
        let guild = self.channels[&channel].guild;
        json!({ "0": guild.unwrap_or(Id(0)) })
    }

    pub(super) fn application_json(&self) -> Value {
        json!({
            "id": self.app.id, "name": self.users[&self.app.bot].name, "icon": null, "description": "",
            "summary": "", "type": null, "bot": self.user_json(self.app.bot), "bot_public": false,
            "bot_require_code_grant": false, "verify_key": "0".repeat(64), "flags": 0, "flags_new": "0",
            "redirect_uris": [], "interactions_endpoint_url": null, "role_connections_verification_url": null,
            "owner": self.user_json(self.app.owner), "approximate_guild_count": self.guilds.len(),
            "approximate_user_install_count": 0, "approximate_user_authorization_count": 0,
            "explicit_content_filter": 0, "team": null, "eligible_oauth2_scopes": [],
            "integration_types_config": { "0": {} },
        })
    }

    /// What an interaction's `channel` and `resolved` say of a channel.
    pub(super) fn partial_channel_json(&self, channel: &Channel, user: Id) -> Value {
        let mut all = self.channel_json(channel);
        all["permissions"] = json!(self.permissions(channel, user).to_string());
        all
    }

    /// A member without the user, as interactions carry it beside the user; with what it may do in `channel`.
    pub(super) fn interaction_member(&self, channel: &Channel, user: Id) -> Option<Value> {
        let mut member = self.member_json(channel.guild?, user)?;
        member["permissions"] = json!(self.permissions(channel, user).to_string());
        Some(member)
    }
}

/// What the application itself may do, as interactions tell it. A webhook is not held up by the channel's rules.
pub(super) fn app_permissions(permissions: u64) -> Value {
    json!((permissions | bits::EMBED_LINKS | bits::MENTION_EVERYONE).to_string())
}

/// The flags that people see.
pub(super) fn is_ephemeral(message: &Message) -> bool {
    message.flags & flags::EPHEMERAL != 0
}

/// Takes over the fields of `more`.
pub(super) fn merge(all: &mut Value, more: Value) {
    if let (Value::Object(all), Value::Object(more)) = (all, more) {
        all.extend(more);
    }
}
