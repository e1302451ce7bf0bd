//! The things of the workspace as Slack writes them.

use serde_json::{Map, Value, json};

use super::ids::random;
use super::state::{Channel, Kind, Message, State, User, View};

impl State {
    /// A user as `users.info` has them; with the e-mail address if the app may see it.
    pub(super) fn user_json(&self, user: &User) -> Value {
        let mut profile = json!({
            "real_name": user.real_name, "real_name_normalized": user.real_name,
            "display_name": user.display_name, "display_name_normalized": user.display_name,
            "title": "", "phone": "", "skype": "", "status_text": "", "status_emoji": "",
            "team": self.team.id, "avatar_hash": "g0123456789a",
            "image_48": format!("{}/avatar/48.png", self.root),
        });
        if let Some(email) = user.email.as_ref().filter(|_| self.has_scope("users:read.email")) {
            profile["email"] = json!(email);
        }
        if user.is_bot {
            profile["api_app_id"] = json!(self.app.id);
            profile["bot_id"] = json!(self.app.bot_id);
        }
        let mut all = json!({
            "id": user.id, "team_id": self.team.id, "name": user.name, "deleted": user.is_deleted,
            "profile": profile, "is_bot": user.is_bot, "is_app_user": false, "updated": 1_700_000_000,
        });
        if !user.is_deleted {
            let more = json!({
                "color": "9f69e7", "real_name": user.real_name, "tz": user.timezone, "tz_label": user.timezone,
                "tz_offset": 0, "is_admin": false, "is_owner": false, "is_primary_owner": false,
                "is_restricted": false, "is_ultra_restricted": false, "is_email_confirmed": true,
                "who_can_share_contact_card": "EVERYONE",
            });
            merge(&mut all, more);
        }
        all
    }

    /// A user as interactions name them.
    pub(super) fn user_brief(&self, user: &str) -> Value {
        let name = self.users.get(user).map_or("", |user| user.name.as_str());
        json!({ "id": user, "username": name, "name": name, "team_id": self.team.id })
    }

    pub(super) fn team_brief(&self) -> Value {
        json!({ "id": self.team.id, "domain": self.team.domain })
    }

    /// A channel's name as deliveries have it: private ones keep theirs to themselves.
    pub(super) fn channel_name<'c>(&self, channel: &'c Channel) -> &'c str {
        match channel.kind {
            Kind::Public => &channel.name,
            Kind::Private => "privategroup",
            Kind::Direct => "directmessage",
        }
    }

    pub(super) fn channel_brief(&self, channel: &str) -> Value {
        let name = self.channels.get(channel).map_or("", |channel| self.channel_name(channel));
        json!({ "id": channel, "name": name })
    }

    pub(super) fn channel_json(&self, channel: &Channel) -> Value {
        let created = channel.created.as_second();
        if channel.kind == Kind::Direct {
            let other = channel.members.iter().find(|member| **member != self.app.bot_user);
            return json!({
                "id": channel.id, "created": created, "is_im": true, "is_org_shared": false, "user": other,
                "is_archived": false, "is_open": true, "latest": null, "unread_count": 0, "priority": 0,
                "context_team_id": self.team.id,
            });
        }
        let is_private = channel.kind == Kind::Private;
        let empty = json!({ "value": "", "creator": "", "last_set": 0 });
        json!({
            "id": channel.id, "name": channel.name, "name_normalized": channel.name, "is_channel": true,
            "is_group": false, "is_im": false, "is_mpim": false, "is_private": is_private, "created": created,
            "is_archived": channel.is_archived, "is_general": false, "unlinked": 0, "is_shared": false,
            "is_org_shared": false, "is_ext_shared": false, "is_pending_ext_shared": false,
            "is_member": self.bot_in(channel), "context_team_id": self.team.id, "creator": self.app.bot_user,
            "updated": created * 1000, "topic": empty, "purpose": empty, "previous_names": [],
        })
    }

    pub(super) fn message_json(&self, message: &Message) -> Value {
        let mut all = json!({
            "type": "message", "user": message.author, "ts": message.ts, "text": message.text,
            "team": self.team.id,
        });
        if message.author == self.app.bot_user {
            all["bot_id"] = json!(self.app.bot_id);
            all["app_id"] = json!(self.app.id);
            all["bot_profile"] = json!({
                "id": self.app.bot_id, "deleted": false, "name": self.users[&self.app.bot_user].name,
                "updated": 1_700_000_000, "app_id": self.app.id, "team_id": self.team.id,
            });
        } else {
            all["client_msg_id"] = json!("5b0d8f1e-5a80-4d47-b1a3-4d2f0a0b7c6d");
        }
        all["blocks"] =
            if message.blocks.is_empty() { rich_text(&message.text) } else { json!(message.blocks) };
        if let Some(edited) = &message.edited {
            all["edited"] = json!({ "user": message.author, "ts": edited });
        }
        if let Some(metadata) = &message.metadata {
            all["metadata"] = metadata.clone();
        }
        self.add_thread(message, &mut all);
        all
    }

    fn add_thread(&self, message: &Message, all: &mut Value) {
        if let Some(thread) = &message.thread {
            all["thread_ts"] = json!(thread);
            if let Some(parent) = self.public(&message.channel, thread) {
                all["parent_user_id"] = json!(parent.author);
            }
            return;
        }
        let replies = self.replies(&message.channel, &message.ts);
        if let Some(last) = replies.last() {
            let more = json!({
                "thread_ts": message.ts, "reply_count": replies.len(), "latest_reply": last.ts,
                "is_locked": false, "subscribed": false,
            });
            merge(all, more);
        }
    }

    pub(super) fn view_json(&self, view: &View, values: Value) -> Value {
        let mut all = view.body.clone();
        let defaults = json!({
            "private_metadata": "", "callback_id": "", "close": null, "submit": null, "title": null,
            "clear_on_close": false, "notify_on_close": false, "external_id": "",
        });
        for (name, value) in defaults.as_object().into_iter().flatten() {
            if all.get(name).is_none() {
                all[name] = value.clone();
            }
        }
        if all["title"].is_null() {
            all["title"] = json!({ "type": "plain_text", "text": "View Title", "emoji": true });
        }
        let more = json!({
            "id": view.id, "team_id": self.team.id, "state": { "values": values }, "hash": view.hash,
            "previous_view_id": view.previous, "root_view_id": view.root, "app_id": self.app.id,
            "app_installed_team_id": self.team.id, "bot_id": self.app.bot_id,
        });
        merge(&mut all, more);
        all
    }
}

/// The blocks that Slack makes of a message that has none.
fn rich_text(text: &str) -> Value {
    if text.is_empty() {
        return json!([]);
    }
    let section = json!({ "type": "rich_text_section", "elements": [{ "type": "text", "text": text }] });
    json!([{ "type": "rich_text", "block_id": random(5), "elements": [section] }])
}

/// The fields of `more`, on top of those of `all`.
pub(super) fn merge(all: &mut Value, more: Value) {
    let fields: Map<String, Value> = more.as_object().cloned().unwrap_or_default();
    all.as_object_mut().expect("an object").extend(fields);
}
