//! What people do: type commands, mention the bot, press buttons, use shortcuts.

use serde_json::{Value, json};

use super::super::Slack;
use super::super::api::Said;
use super::super::check::elements;
use super::super::deliver::{Delivery, Draft, Kind, Nr};
use super::super::state::{Kind as Place, Message, State};
use super::super::view::Seen;

/// What is chosen in a menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pick<'a> {
    /// Nothing: it is a button.
    Press,
    /// An option, by its value.
    Option(&'a str),
    /// A person, a channel or a conversation, by its id.
    Id(&'a str),
}

impl Slack {
    /// `user` types a line that begins with a slash. Returns the delivery.
    ///
    /// # Errors
    /// What Slack's client says instead of sending it.
    pub(crate) fn types(&self, user: &str, channel: &str, line: &str) -> Result<Nr, String> {
        let draft = self.look(|state| {
            state.may_write(user, channel)?;
            let (name, text) = line.split_once(' ').unwrap_or((line, ""));
            if !state.settings.commands.iter().any(|command| command == name) {
                return Err(format!("{name} is not a valid command."));
            }
            let text = if state.settings.should_escape {
                state.typed(text.trim(), true)
            } else {
                text.trim().to_owned()
            };
            Ok(Draft {
                kind: Kind::Command,
                user: user.to_owned(),
                channel: Some(channel.to_owned()),
                name: name.to_owned(),
                more: json!({ "text": text }),
                source: None,
            })
        })?;
        Ok(self.send(draft))
    }

    /// `user` types a command into a thread: Slack does not send it.
    pub(crate) fn types_in_thread(&self, line: &str) -> String {
        let name = line.split(' ').next().unwrap_or_default();
        format!("{name} is not supported in threads. Sorry!")
    }

    /// `user` writes a message, in a thread if there is one. When it mentions the bot, and the bot is there and has
    /// asked for it, the app is told. Returns the message's time and the delivery.
    ///
    /// # Errors
    /// Why Slack's client would not send it.
    pub(crate) fn says(
        &self,
        user: &str,
        channel: &str,
        thread: Option<&str>,
        text: &str,
    ) -> Result<(String, Option<Nr>), String> {
        let (ts, draft) = self.change(|state| {
            state.may_write(user, channel)?;
            if let Some(thread) = thread {
                state.public(channel, thread).ok_or("there is no such thread")?;
            }
            let text = state.typed(text, false);
            let said = Said { text: Some(text.clone()), ..Said::default() };
            let ts = state.put((channel, thread.map(str::to_owned)), user, None, said);
            Ok::<_, String>((ts.clone(), state.mention(user, channel, &ts)))
        })?;
        Ok((ts, draft.map(|draft| self.send(draft))))
    }

    /// `user` mentions the bot. Returns the delivery.
    ///
    /// # Errors
    /// Why the app is not told.
    pub(crate) fn mentions(
        &self,
        user: &str,
        channel: &str,
        thread: Option<&str>,
        text: &str,
    ) -> Result<Nr, String> {
        let bot = self.look(|state| state.users[&state.app.bot_user].name.clone());
        let (_, nr) = self.says(user, channel, thread, &format!("@{bot} {text}"))?;
        nr.ok_or_else(|| "the bot is not here, or has not asked for mentions".to_owned())
    }

    /// `user` changes the words of a message of theirs. When it mentions the bot, the app is told once more.
    pub(crate) fn edits(&self, channel: &str, ts: &str, text: &str) -> Option<Nr> {
        let draft = self.change(|state| {
            let (text, edited) = (state.typed(text, false), state.ids.ts(state.now));
            let key = (channel.to_owned(), ts.to_owned());
            let message = state.messages.get_mut(&key).expect("a message");
            (message.text, message.edited) = (text, Some(edited));
            let user = message.author.clone();
            state.mention(&user, channel, ts)
        });
        draft.map(|draft| self.send(draft))
    }

    /// `user` presses the button with this `action_id` under a message. Returns the delivery.
    ///
    /// # Errors
    /// Why Slack's client would not let them.
    pub(crate) fn clicks(&self, user: &str, channel: &str, ts: &str, action_id: &str) -> Result<Nr, String> {
        self.picks(user, (channel, ts), action_id, Pick::Press)
    }

    /// The same with a button that an edit has taken away since: they have not seen it yet.
    ///
    /// # Errors
    /// There never was such a button.
    pub(crate) fn clicks_late(
        &self,
        user: &str,
        channel: &str,
        ts: &str,
        action_id: &str,
    ) -> Result<Nr, String> {
        let draft = self.change(|state| {
            let message = state.visible(user, channel, ts)?;
            let action = action(&message.earlier, action_id, Pick::Press)?;
            Ok::<_, String>(state.used_in_message(user, message, action))
        })?;
        Ok(self.send(draft))
    }

    /// `user` presses the button with this label.
    ///
    /// # Errors
    /// Why Slack's client would not let them.
    pub(crate) fn presses(&self, user: &str, channel: &str, ts: &str, label: &str) -> Result<Nr, String> {
        let seen = self.message(channel, ts).ok_or("there is no such message")?;
        let button = seen.buttons.iter().find(|button| button.label == label);
        let button = button.ok_or_else(|| format!("there is no button {label:?}, but {:?}", seen.buttons))?;
        self.clicks(user, channel, ts, &button.action_id)
    }

    /// `user` chooses something in a menu of a message. Returns the delivery.
    ///
    /// # Errors
    /// Why Slack's client would not let them.
    pub(crate) fn picks(
        &self,
        user: &str,
        (channel, ts): (&str, &str),
        action_id: &str,
        pick: Pick<'_>,
    ) -> Result<Nr, String> {
        let draft = self.change(|state| {
            let message = state.visible(user, channel, ts)?;
            let action = action(&message.blocks, action_id, pick)?;
            Ok::<_, String>(state.used_in_message(user, message, action))
        })?;
        Ok(self.send(draft))
    }

    /// `user` uses a shortcut of a message, by its callback id. Returns the delivery.
    ///
    /// # Errors
    /// Why Slack's client would not let them.
    pub(crate) fn message_shortcut(
        &self,
        user: &str,
        channel: &str,
        ts: &str,
        name: &str,
    ) -> Result<Nr, String> {
        let draft = self.look(|state| {
            let message = state.visible(user, channel, ts)?;
            if message.only_for.is_some() {
                return Err("a private message has no shortcuts".to_owned());
            }
            if !state.settings.message_shortcuts.iter().any(|known| known == name) {
                return Err(format!("there is no shortcut {name:?}"));
            }
            Ok(Draft {
                kind: Kind::Shortcut,
                user: user.to_owned(),
                channel: Some(channel.to_owned()),
                name: name.to_owned(),
                more: Value::Null,
                source: Some(message),
            })
        })?;
        Ok(self.send(draft))
    }

    /// `user` uses a shortcut that needs no message. Returns the delivery.
    ///
    /// # Errors
    /// Why Slack's client would not let them.
    pub(crate) fn global_shortcut(&self, user: &str, name: &str) -> Result<Nr, String> {
        if !self.look(|state| state.settings.global_shortcuts.iter().any(|known| known == name)) {
            return Err(format!("there is no shortcut {name:?}"));
        }
        Ok(self.send(Draft {
            kind: Kind::Shortcut,
            user: user.to_owned(),
            channel: None,
            name: name.to_owned(),
            more: Value::Null,
            source: None,
        }))
    }

    /// `user` opens the app's home tab. Returns the delivery, if the app has asked for it.
    pub(crate) fn opens_home(&self, user: &str) -> Option<Nr> {
        let draft = self.change(|state| {
            let wants = state.settings.home_tab && state.wants("app_home_opened");
            let channel = state.direct(user);
            let ts = state.ids.ts(state.now);
            let mut event = json!({
                "type": "app_home_opened", "user": user, "channel": channel, "tab": "home", "event_ts": ts,
            });
            if let Some(view) = state.homes.get(user) {
                event["view"] = state.view_json(view, json!({}));
            }
            wants.then(|| Draft {
                kind: Kind::Event,
                user: user.to_owned(),
                channel: Some(channel),
                name: "app_home_opened".to_owned(),
                more: event,
                source: None,
            })
        });
        draft.map(|draft| self.send(draft))
    }

    /// A delivery as it is now.
    pub(crate) fn delivery(&self, nr: Nr) -> Delivery {
        self.look(|state| state.deliveries[nr].clone())
    }

    /// What was answered at a delivery's address so far.
    pub(crate) fn answers(&self, nr: Nr) -> Vec<Seen> {
        let (channel, times) = self.look(|state| {
            let address = state.deliveries[nr].payload["response_url"].as_str().unwrap_or_default();
            let url = address.rsplit('/').next().and_then(|token| state.urls.get(token));
            url.map(|url| (url.channel.clone(), url.answers.clone())).unwrap_or_default()
        });
        times.iter().filter_map(|ts| self.message(&channel, ts)).collect()
    }

    /// All deliveries so far.
    pub(crate) fn deliveries(&self) -> Vec<Delivery> {
        self.look(|state| state.deliveries.clone())
    }
}

impl State {
    /// # Errors
    /// Why somebody may not write in a channel.
    fn may_write(&self, user: &str, channel: &str) -> Result<(), String> {
        let channel = self.channels.get(channel).ok_or("there is no such channel")?;
        if channel.is_archived {
            return Err("the channel is archived".to_owned());
        }
        if !channel.members.contains(user) {
            return Err("the person is not in the channel".to_owned());
        }
        Ok(())
    }

    fn wants(&self, event: &str) -> bool {
        self.settings.events.iter().any(|wanted| wanted == event)
    }

    /// The event of a message that mentions the bot.
    fn mention(&self, user: &str, channel: &str, ts: &str) -> Option<Draft> {
        let message = self.public(channel, ts)?;
        let bot = &self.app.bot_user;
        let is_here = self.channels[channel].kind != Place::Direct && self.bot_in(&self.channels[channel]);
        let is_meant = message.text.contains(&format!("<@{bot}>"));
        let is_asked_for = self.wants("app_mention") && self.has_scope("app_mentions:read");
        if !(is_here && is_meant && is_asked_for) {
            return None;
        }
        let mut event = self.message_json(message);
        event["type"] = json!("app_mention");
        event["channel"] = json!(channel);
        event["event_ts"] = json!(ts);
        Some(Draft {
            kind: Kind::Event,
            user: user.to_owned(),
            channel: Some(channel.to_owned()),
            name: "app_mention".to_owned(),
            more: event,
            source: None,
        })
    }

    /// A message that a person can see.
    fn visible(&self, user: &str, channel: &str, ts: &str) -> Result<Message, String> {
        let key = (channel.to_owned(), ts.to_owned());
        let message = self.messages.get(&key).ok_or("there is no such message")?;
        let place = &self.channels[channel];
        let is_theirs = message.only_for.as_deref().is_none_or(|only| only == user);
        if !is_theirs || !place.members.contains(user) {
            return Err("the person does not see the message".to_owned());
        }
        Ok(message.clone())
    }

    fn used_in_message(&mut self, user: &str, message: Message, mut action: Value) -> Draft {
        action["action_ts"] = json!(self.ids.ts(self.now));
        Draft {
            kind: Kind::Action,
            user: user.to_owned(),
            channel: Some(message.channel.clone()),
            name: action["action_id"].as_str().unwrap_or_default().to_owned(),
            more: json!({ "actions": [action], "state": { "values": {} } }),
            source: Some(message),
        }
    }
}

/// What using an element says, without the time.
pub(super) fn action(blocks: &[Value], action_id: &str, pick: Pick<'_>) -> Result<Value, String> {
    let mut all =
        blocks.iter().flat_map(|block| elements(block).into_iter().map(move |element| (block, element)));
    let found = all.find(|(_, element)| element["action_id"] == action_id);
    let (block, element) = found.ok_or_else(|| format!("there is no {action_id:?}"))?;
    let kind = element["type"].as_str().unwrap_or_default();
    let mut action = json!({ "action_id": action_id, "block_id": block["block_id"], "type": kind });
    match (kind, pick) {
        ("button", Pick::Press) => {
            for name in ["text", "value", "style", "url"] {
                if let Some(value) = element.get(name) {
                    action[name] = value.clone();
                }
            }
        }
        ("static_select" | "overflow" | "radio_buttons", Pick::Option(value)) => {
            let mut options = element["options"].as_array().into_iter().flatten();
            let option = options.find(|option| option["value"] == value);
            action["selected_option"] =
                option.ok_or_else(|| format!("there is no option {value:?}"))?.clone();
        }
        ("users_select", Pick::Id(id)) => action["selected_user"] = json!(id),
        ("channels_select", Pick::Id(id)) => action["selected_channel"] = json!(id),
        ("conversations_select", Pick::Id(id)) => action["selected_conversation"] = json!(id),
        _ => return Err(format!("a {kind} is not used by {pick:?}")),
    }
    Ok(action)
}
