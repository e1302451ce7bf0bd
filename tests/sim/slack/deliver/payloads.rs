//! What a delivery says.

use serde_json::{Value, json};

use super::super::payload::merge;
use super::super::state::{Message, State};
use super::{Delivery, Kind};

/// Something that happened, before it has ids.
#[derive(Debug)]
pub(in super::super) struct Draft {
    pub(in super::super) kind: Kind,
    pub(in super::super) user: String,
    pub(in super::super) channel: Option<String>,
    pub(in super::super) name: String,
    /// What only this kind has.
    pub(in super::super) more: Value,
    /// The message that it is about.
    pub(in super::super) source: Option<Message>,
}

impl Draft {
    pub(super) fn delivery(self, state: &mut State) -> Delivery {
        let payload = match self.kind {
            Kind::Command => self.command(state),
            Kind::Event => self.event(state),
            Kind::Action => self.action(state),
            Kind::Submission | Kind::Closed => self.view(state),
            Kind::Shortcut => self.shortcut(state),
        };
        Delivery {
            kind: self.kind,
            user: self.user,
            channel: self.channel,
            name: self.name,
            payload,
            at: state.now,
            tries: Vec::new(),
            heard: None,
        }
    }

    fn command(&self, state: &mut State) -> Value {
        let channel = self.channel.clone().unwrap_or_default();
        let url = state.response_url("commands", &channel, &self.user, None);
        let trigger = state.trigger(&self.user);
        let name = state.channels.get(&channel).map_or("", |channel| state.channel_name(channel));
        json!({
            "token": state.app.verification, "team_id": state.team.id, "team_domain": state.team.domain,
            "channel_id": channel, "channel_name": name, "user_id": self.user,
            "user_name": state.users[&self.user].name, "command": self.name, "text": self.more["text"],
            "api_app_id": state.app.id, "is_enterprise_install": "false", "response_url": url,
            "trigger_id": trigger,
        })
    }

    fn event(&self, state: &mut State) -> Value {
        let id = state.ids.next('E').replacen('E', "Ev", 1);
        let context = format!("4-{}", super::super::ids::random(40));
        json!({
            "token": state.app.verification, "team_id": state.team.id, "context_team_id": state.team.id,
            "context_enterprise_id": null, "api_app_id": state.app.id, "event": self.more,
            "type": "event_callback", "event_id": id, "event_time": state.now.as_second(),
            "authorizations": [{
                "enterprise_id": null, "team_id": state.team.id, "user_id": state.app.bot_user, "is_bot": true,
                "is_enterprise_install": false,
            }],
            "is_ext_shared_channel": false, "event_context": context,
        })
    }

    /// What all interactions have.
    fn interaction(&self, kind: &str, state: &mut State) -> Value {
        let trigger = state.trigger(&self.user);
        json!({
            "type": kind, "token": state.app.verification, "api_app_id": state.app.id,
            "team": state.team_brief(), "user": state.user_brief(&self.user), "enterprise": null,
            "is_enterprise_install": false, "trigger_id": trigger,
        })
    }

    fn action(&self, state: &mut State) -> Value {
        let mut all = self.interaction("block_actions", state);
        merge(&mut all, self.more.clone());
        if let Some(message) = &self.source {
            let is_private = message.only_for.is_some();
            let container = json!({
                "type": "message", "message_ts": message.ts, "channel_id": message.channel,
                "is_ephemeral": is_private,
            });
            all["container"] = container;
            if let Some(thread) = &message.thread {
                all["container"]["thread_ts"] = json!(thread);
            }
            all["channel"] = state.channel_brief(&message.channel);
            let url = state.response_url("actions", &message.channel, &self.user, Some(&message.ts));
            all["response_url"] = json!(url);
            if !is_private {
                all["message"] = state.message_json(message);
            }
        }
        all
    }

    fn view(&self, state: &mut State) -> Value {
        let is_sent_in = self.kind == Kind::Submission;
        let mut all = self.interaction(if is_sent_in { "view_submission" } else { "view_closed" }, state);
        if is_sent_in {
            all["response_urls"] = json!([]);
        } else {
            all["is_cleared"] = json!(false);
            all.as_object_mut().expect("an object").remove("trigger_id");
        }
        merge(&mut all, self.more.clone());
        all
    }

    fn shortcut(&self, state: &mut State) -> Value {
        let kind = if self.source.is_some() { "message_action" } else { "shortcut" };
        let mut all = self.interaction(kind, state);
        all["callback_id"] = json!(self.name);
        all["action_ts"] = json!(state.ids.ts(state.now));
        if let Some(message) = &self.source {
            all["channel"] = state.channel_brief(&message.channel);
            all["message_ts"] = json!(message.ts);
            all["message"] = state.message_json(message);
            let url = state.response_url("app", &message.channel, &self.user, Some(&message.ts));
            all["response_url"] = json!(url);
        }
        all
    }
}
