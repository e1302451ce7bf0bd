//! What people see: rendered texts, buttons, threads, and what only one of them sees.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Discord;
use super::ids::Id;
use super::state::{Answer, Channel, Message, State, flags};

/// A message as a person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) id: Id,
    pub(crate) author: String,
    /// Text, then the embeds from top to bottom, a line a line. Mentions are names, backslashes are gone.
    pub(crate) text: String,
    pub(crate) buttons: Vec<Button>,
    /// The thread that was started on it.
    pub(crate) thread: Option<Id>,
    /// Only this person sees it.
    pub(crate) is_private: bool,
    /// "is thinking".
    pub(crate) is_loading: bool,
    pub(crate) is_edited: bool,
    /// Whom it pinged.
    pub(crate) pinged: Vec<String>,
}

/// A button as a person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Button {
    pub(crate) label: String,
    /// Empty for one that leads to an address.
    pub(crate) custom_id: String,
    pub(crate) is_off: bool,
}

/// What a person got for what they did.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Heard {
    /// Nothing yet, and there is time.
    Nothing,
    /// "The application did not respond."
    NoResponse,
    /// A message; it may still say "is thinking".
    Message(Seen),
    /// The message with the button was changed, or nothing visible happened.
    Done,
    /// What they may choose, as names.
    Choices(Vec<String>),
    /// A form: its title and its fields.
    Form(String, Vec<String>),
}

impl Discord {
    /// What `user` sees in a channel or thread, from top to bottom. Nothing, if they cannot see it.
    pub(crate) fn sees(&self, user: Id, channel: Id) -> Vec<Seen> {
        self.look(|state| {
            let Some(place) = state.channels.get(&channel).filter(|place| state.sees(user, place)) else {
                return Vec::new();
            };
            let here = state.messages.values().filter(|message| message.channel == place.id);
            let for_them = here.filter(|message| message.only_for.is_none_or(|only| only == user));
            for_them.map(|message| state.seen(message)).collect()
        })
    }

    /// A message, whoever sees it.
    pub(crate) fn message(&self, id: Id) -> Option<Seen> {
        self.look(|state| state.messages.get(&id).map(|message| state.seen(message)))
    }

    /// What the person got for an interaction.
    pub(crate) fn heard(&self, interaction: Id) -> Heard {
        self.look(|state| state.heard(interaction))
    }

    /// The message that the person saw first as the answer to an interaction, whatever became of it.
    pub(crate) fn first_answer(&self, interaction: Id) -> Option<Seen> {
        self.look(|state| state.interactions[&interaction].first.clone())
    }

    /// What the bot answered to an interaction.
    pub(crate) fn answer(&self, interaction: Id) -> Answer {
        self.look(|state| state.interactions[&interaction].answer.clone())
    }

    /// All answers to an interaction, follow-ups too.
    pub(crate) fn answers(&self, interaction: Id) -> Vec<Seen> {
        self.look(|state| {
            let its = state.messages.values().filter(|message| message.interaction == Some(interaction));
            its.map(|message| state.seen(message)).collect()
        })
    }

    /// The threads of a channel: id, name, and whether people can still write there.
    pub(crate) fn threads(&self, channel: Id) -> Vec<(Id, String, bool)> {
        self.look(|state| {
            let its = state.channels.values().filter(|thread| thread.parent == Some(channel));
            let is_open =
                |channel: &Channel| channel.thread.as_ref().is_some_and(|t| !t.archived && !t.locked);
            its.map(|thread| (thread.id, thread.name.clone(), is_open(thread))).collect()
        })
    }

    /// Whom the messages of a channel pinged, each message by itself.
    pub(crate) fn pings(&self, channel: Id) -> Vec<BTreeSet<Id>> {
        self.look(|state| {
            let here = state.messages.values().filter(|message| message.channel == channel);
            here.map(|message| message.pinged.clone()).filter(|pinged| !pinged.is_empty()).collect()
        })
    }
}

impl State {
    pub(super) fn seen(&self, message: &Message) -> Seen {
        let name = |user: &Id| self.users[user].name.clone();
        Seen {
            id: message.id,
            author: name(&message.author),
            text: self.text(message),
            buttons: buttons(message),
            thread: self.thread_of(message.id).map(|thread| thread.id),
            is_private: message.only_for.is_some(),
            is_loading: message.is_loading(),
            is_edited: message.edited.is_some(),
            pinged: message.pinged.iter().map(name).collect(),
        }
    }

    fn text(&self, message: &Message) -> String {
        let mut lines = vec![message.content.clone()];
        let is_bare = message.flags & flags::SUPPRESS_EMBEDS != 0;
        for embed in message.embeds.iter().filter(|_| !is_bare) {
            let own = [&embed["author"]["name"], &embed["title"], &embed["description"]];
            let fields = embed["fields"].as_array().into_iter().flatten();
            let of_fields = fields.flat_map(|field| [&field["name"], &field["value"]]);
            let all = own.into_iter().chain(of_fields).chain([&embed["footer"]["text"]]);
            lines.extend(all.filter_map(Value::as_str).map(str::to_owned));
        }
        let lines = lines.iter().filter(|line| !line.is_empty()).map(|line| self.rendered(line));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Without backslashes, and with names for mentions.
    fn rendered(&self, text: &str) -> String {
        let (mut out, mut rest) = (String::new(), text);
        while let Some(c) = rest.chars().next() {
            let tail = &rest[c.len_utf8()..];
            if let Some((name, after)) = self.mention_at(rest) {
                out.push_str(&name);
                rest = after;
                continue;
            }
            rest = match tail.chars().next().filter(|next| c == '\\' && next.is_ascii_punctuation()) {
                Some(next) => {
                    out.push(next);
                    &tail[next.len_utf8()..]
                }
                None => {
                    out.push(c);
                    tail
                }
            };
        }
        out
    }

    /// The name that a mention at the beginning of `text` shows, and what follows it.
    fn mention_at<'t>(&self, text: &'t str) -> Option<(String, &'t str)> {
        let (inside, after) = text.strip_prefix('<')?.split_once('>')?;
        let id = |digits: &str| Id::read(digits);
        if let Some(role) = inside.strip_prefix("@&") {
            let all = self.guilds.values().flat_map(|guild| &guild.roles);
            let found = all.into_iter().find(|role_| Some(role_.id) == id(role))?;
            return Some((format!("@{}", found.name), after));
        }
        if let Some(user) = inside.strip_prefix('@') {
            let user = self.users.get(&id(user.trim_start_matches('!'))?)?;
            return Some((format!("@{}", user.name), after));
        }
        let channel = self.channels.get(&id(inside.strip_prefix('#')?)?)?;
        Some((format!("#{}", channel.name), after))
    }

    fn heard(&self, id: Id) -> Heard {
        let interaction = &self.interactions[&id];
        match &interaction.answer {
            Answer::None if self.is_past(interaction.at, super::state::ANSWER_WITHIN) => Heard::NoResponse,
            Answer::None => Heard::Nothing,
            Answer::Message => {
                let original = interaction.original.and_then(|id| self.messages.get(&id));
                original.map_or(Heard::Done, |message| Heard::Message(self.seen(message)))
            }
            Answer::Update => Heard::Done,
            Answer::Choices(choices) => {
                let names = choices.iter().filter_map(|choice| choice["name"].as_str());
                Heard::Choices(names.map(str::to_owned).collect())
            }
            Answer::Modal(modal) => {
                let labels = super::check::inputs(modal).into_iter().map(|input| input.label);
                Heard::Form(modal["title"].as_str().unwrap_or_default().to_owned(), labels.collect())
            }
        }
    }
}

fn buttons(message: &Message) -> Vec<Button> {
    let rows = message.components.iter().filter_map(|row| row["components"].as_array());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let button = |component: &Value| Button {
        label: text(&component["label"]),
        custom_id: text(&component["custom_id"]),
        is_off: component["disabled"] == true,
    };
    rows.flatten().map(button).collect()
}
