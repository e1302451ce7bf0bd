//! What people do: press buttons, fill in forms, talk.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use super::super::Discord;
use super::super::check::{Draft, Input, LABEL, inputs};
use super::super::entities::{app_permissions, merge};
use super::super::gateway::intents;
use super::super::ids::Id;
use super::super::messages::{Origin, PLAIN};
use super::super::permissions::bits;
use super::super::state::{Answer, Interaction, Kind, State};

/// Bytes of a file that could be attached here.
const ATTACHMENT_MAX: u64 = 10 * 1024 * 1024;

/// Something that the bot has to answer.
#[derive(Debug)]
pub(super) struct Act {
    pub(super) kind: Kind,
    pub(super) user: Id,
    pub(super) channel: Id,
    pub(super) data: Value,
    /// The message whose component was used.
    pub(super) source: Option<Id>,
    pub(super) name: String,
    pub(super) trigger: Option<Id>,
}

impl Discord {
    /// `user` presses the button with this id under a message. Returns the interaction.
    ///
    /// # Errors
    /// Why Discord's client would not let them.
    pub(crate) fn click(&self, user: Id, message: Id, custom_id: &str) -> Result<Id, String> {
        self.change(|state| state.click(user, message, custom_id))
    }

    /// The same with a client that has not been told of the last edits: the button may be gone.
    ///
    /// # Errors
    /// Why Discord's client would not let them.
    pub(crate) fn click_late(&self, user: Id, message: Id, custom_id: &str) -> Result<Id, String> {
        self.change(|state| {
            let found = state.messages.get(&message).ok_or("there is no such message")?;
            if !found.offered.contains(custom_id) {
                return Err(format!("there never was {custom_id:?}"));
            }
            let component = json!({ "id": 2, "type": 2, "custom_id": custom_id });
            state.use_component(user, message, &component)
        })
    }

    /// A press that nobody was ever offered, as if Discord had let it through.
    ///
    /// # Errors
    /// The message is not there.
    pub(crate) fn click_made_up(&self, user: Id, message: Id, custom_id: &str) -> Result<Id, String> {
        self.change(|state| {
            let component = json!({ "id": 2, "type": 2, "custom_id": custom_id });
            state.use_component(user, message, &component)
        })
    }

    /// `user` presses the button with this label.
    ///
    /// # Errors
    /// Why Discord's client would not let them.
    pub(crate) fn press(&self, user: Id, message: Id, label: &str) -> Result<Id, String> {
        self.change(|state| {
            let pressed = state.component(message, |component| component["label"] == label);
            let id = pressed.and_then(|button| button["custom_id"].as_str().map(str::to_owned));
            let id = id.ok_or_else(|| format!("there is no button {label:?}"))?;
            state.click(user, message, &id)
        })
    }

    /// The person who was shown a form as the answer to `interaction` fills it in: fields and texts.
    ///
    /// # Errors
    /// Why Discord's client would not send it.
    pub(crate) fn submit(&self, interaction: Id, texts: &[(&str, &str)]) -> Result<Id, String> {
        self.change(|state| state.submit(interaction, texts))
    }

    /// `user` writes a message. Returns it.
    ///
    /// # Errors
    /// Why Discord's client would not send it.
    pub(crate) fn says(&self, user: Id, channel: Id, text: &str) -> Result<Id, String> {
        self.change(|state| {
            let place = state.channels.get(&channel).ok_or("there is no such channel")?;
            let may = state.permissions(place, user);
            let send = if place.is_thread() { bits::SEND_MESSAGES_IN_THREADS } else { bits::SEND_MESSAGES };
            let is_locked = place.thread.as_ref().is_some_and(|thread| thread.locked);
            if !state.sees(user, place) || may & send == 0 || (is_locked && may & bits::MANAGE_THREADS == 0) {
                return Err("the user may not write here".to_owned());
            }
            let content = state.with_mentions(text);
            let origin = Origin { channel, author: user, kind: PLAIN, interaction: None, only_for: None };
            let draft = Draft { content: Some(content), ..Draft::default() };
            state.post(origin, draft).map_err(|problem| problem.message)
        })
    }

    /// Delivers an interaction once more, as a gateway that lost track does.
    pub(crate) fn deliver_again(&self, interaction: Id) {
        self.change(|state| {
            let payload = state.interactions[&interaction].payload.clone();
            state.sessions.tell(intents::NONE, "INTERACTION_CREATE", &payload);
        });
    }
}

impl State {
    fn component(&self, message: Id, wanted: impl Fn(&Value) -> bool) -> Option<&Value> {
        let rows = self.messages.get(&message)?.components.iter();
        let mut inside = rows.filter_map(|row| row["components"].as_array()).flatten();
        inside.find(|component| wanted(component))
    }

    fn click(&mut self, user: Id, id: Id, custom_id: &str) -> Result<Id, String> {
        let component = self.component(id, |component| component["custom_id"] == custom_id);
        let component = component.cloned().ok_or_else(|| format!("there is no {custom_id:?}"))?;
        if component["disabled"] == true {
            return Err(format!("{custom_id:?} is switched off"));
        }
        self.use_component(user, id, &component)
    }

    fn use_component(&mut self, user: Id, id: Id, component: &Value) -> Result<Id, String> {
        let message = self.messages.get(&id).ok_or("there is no such message")?;
        let channel = &self.channels[&message.channel];
        if message.only_for.is_some_and(|only| only != user) || !self.sees(user, channel) {
            return Err("the user does not see the message".to_owned());
        }
        if message.author != self.app.bot {
            return Err("it is not the bot's message".to_owned());
        }
        let custom_id = component["custom_id"].as_str().unwrap_or_default();
        let data = json!({
            "id": component["id"], "component_type": component["type"], "custom_id": custom_id,
        });
        let channel = channel.id;
        Ok(self.deliver(Act {
            kind: Kind::Component,
            user,
            channel,
            data,
            source: Some(id),
            name: custom_id.to_owned(),
            trigger: None,
        }))
    }

    fn submit(&mut self, id: Id, texts: &[(&str, &str)]) -> Result<Id, String> {
        let trigger = self.interactions.get(&id).ok_or("there is no such interaction")?;
        let Answer::Modal(modal) = &trigger.answer else { return Err("no form was shown".to_owned()) };
        let (known, custom_id) = (inputs(modal), modal["custom_id"].clone());
        if let Some((field, _)) = texts.iter().find(|(field, _)| known.iter().all(|i| i.custom_id != *field))
        {
            return Err(format!("the form has no {field:?}"));
        }
        let mut rows = Vec::new();
        for (at, input) in known.iter().enumerate() {
            let text =
                texts.iter().find(|(field, _)| *field == input.custom_id).map_or("", |(_, text)| *text);
            let len = text.chars().count();
            let is_left_out = len == 0 && !input.required;
            if !is_left_out && !(input.least.max(1)..=input.most).contains(&len) {
                return Err(format!("{:?} wants {} to {} characters", input.label, input.least, input.most));
            }
            rows.push(submitted(input, at, text, self.settings.submits_labels));
        }
        let data = json!({ "custom_id": custom_id, "components": rows, "resolved": {} });
        let (user, channel, source) = (trigger.user, trigger.channel, trigger.source);
        let name = custom_id.as_str().unwrap_or_default().to_owned();
        Ok(self.deliver(Act { kind: Kind::Modal, user, channel, data, source, name, trigger: Some(id) }))
    }

    /// Sends an interaction to the bot, and keeps it until it is answered.
    pub(super) fn deliver(&mut self, act: Act) -> Id {
        let id = self.next_id();
        let token = token(id);
        let payload = self.payload(&act, id, &token);
        let interaction = Interaction {
            id,
            token: token.clone(),
            at: self.now,
            kind: act.kind,
            user: act.user,
            channel: act.channel,
            payload: payload.clone(),
            source: act.source,
            name: act.name,
            trigger: act.trigger,
            answer: Answer::None,
            original: None,
            first: None,
        };
        self.tokens.insert(token, id);
        self.interactions.insert(id, interaction);
        self.sessions.tell(intents::NONE, "INTERACTION_CREATE", &payload);
        id
    }

    fn payload(&self, act: &Act, id: Id, token: &str) -> Value {
        let channel = &self.channels[&act.channel];
        let mut all = json!({
            "id": id, "application_id": self.app.id, "type": act.kind as u8, "token": token, "version": 1,
            "channel_id": channel.id, "channel": self.partial_channel_json(channel, act.user),
            "locale": "en-US", "entitlements": [], "entitlement_sku_ids": [], "data": act.data,
            "attachment_size_limit": ATTACHMENT_MAX,
            "app_permissions": app_permissions(self.bot_permissions(channel)),
            "authorizing_integration_owners": self.integration_owners(channel.id),
        });
        match (channel.guild, self.interaction_member(channel, act.user)) {
            (Some(guild), Some(member)) => {
                let guild_about = json!({ "id": guild, "locale": "en-US", "features": [] });
                let here = json!({
                    "guild_id": guild, "guild": guild_about, "guild_locale": "en-US", "member": member,
                    "context": 0,
                });
                merge(&mut all, here);
            }
            _ => merge(&mut all, json!({ "user": self.user_json(act.user), "context": 1 })),
        }
        if let Some(source) = act.source.and_then(|source| self.messages.get(&source)) {
            all["message"] = self.message_json(source);
        }
        self.left_out.iter().for_each(|path| leave_out(&mut all, path));
        all
    }
}

/// A field of a form, filled in.
fn submitted(input: &Input, at: usize, text: &str, as_label: bool) -> Value {
    let (row, field) = (at * 2 + 1, at * 2 + 2);
    let field = json!({ "type": 4, "id": field, "custom_id": input.custom_id, "value": text });
    if input.is_labelled || as_label {
        json!({ "type": LABEL, "id": row, "component": field })
    } else {
        json!({ "type": 1, "id": row, "components": [field] })
    }
}

/// As long as Discord's, and as little to be read.
fn token(id: Id) -> String {
    let random: [u8; 48] = std::array::from_fn(|_| rand::random());
    let plain = [format!("interaction:{id}:").as_bytes(), &random].concat();
    BASE64URL_NOPAD.encode(&plain)
}

/// Takes the field at `path` (`member.permissions`) away.
fn leave_out(value: &mut Value, path: &str) {
    let (parents, name) = path.rsplit_once('.').unwrap_or(("", path));
    let mut parents = parents.split('.').filter(|parent| !parent.is_empty());
    let place = parents.try_fold(value, |value, parent| value.get_mut(parent));
    if let Some(fields) = place.and_then(Value::as_object_mut) {
        fields.remove(name);
    }
}
