//! What people see: rendered texts, buttons, threads, and what only one of them sees.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Slack;
use super::check::elements;
use super::state::{Message, State, View};

/// A message as a person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) ts: String,
    pub(crate) author: String,
    /// The blocks from top to bottom, a line a line; without blocks the text. Names for mentions, no entities.
    pub(crate) text: String,
    /// What the notification says: the text.
    pub(crate) notice: String,
    pub(crate) buttons: Vec<Button>,
    /// Replies that everybody sees.
    pub(crate) replies: usize,
    /// Only this person sees it.
    pub(crate) is_private: bool,
    pub(crate) is_edited: bool,
    pub(crate) is_pinned: bool,
    /// Whom it pings: `@jack`, `@channel`.
    pub(crate) pinged: Vec<String>,
}

/// A button, or another thing to use, as a person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Button {
    /// Of a menu: its placeholder.
    pub(crate) label: String,
    pub(crate) action_id: String,
    pub(crate) value: String,
    /// `primary`, `danger` or nothing.
    pub(crate) style: String,
}

/// A modal as a person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) title: String,
    /// The label of the button that sends it in; empty when there is none.
    pub(crate) submit: String,
    pub(crate) text: String,
    pub(crate) fields: Vec<Field>,
    pub(crate) buttons: Vec<Button>,
}

/// An input of a modal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) block_id: String,
    pub(crate) label: String,
    pub(crate) is_optional: bool,
    /// What is in it at first.
    pub(crate) value: String,
}

impl Slack {
    /// What `user` sees in a channel, from top to bottom, without the threads. Nothing, if it is not theirs to see.
    pub(crate) fn sees(&self, user: &str, channel: &str) -> Vec<Seen> {
        self.look(|state| {
            if !state.may_see(user, channel) {
                return Vec::new();
            }
            let here = state.in_channel(channel).filter(|m| m.thread.is_none() || m.is_broadcast);
            here.filter(|m| m.only_for.as_deref().is_none_or(|only| only == user))
                .map(|m| state.seen(m))
                .collect()
        })
    }

    /// What `user` sees in the thread under a message, in order, without the message.
    pub(crate) fn thread(&self, user: &str, channel: &str, ts: &str) -> Vec<Seen> {
        self.look(|state| {
            if !state.may_see(user, channel) {
                return Vec::new();
            }
            let all = state.in_channel(channel).filter(|message| message.thread.as_deref() == Some(ts));
            all.filter(|m| m.only_for.as_deref().is_none_or(|only| only == user))
                .map(|m| state.seen(m))
                .collect()
        })
    }

    /// A message, whoever sees it.
    pub(crate) fn message(&self, channel: &str, ts: &str) -> Option<Seen> {
        let key = (channel.to_owned(), ts.to_owned());
        self.look(|state| state.messages.get(&key).map(|message| state.seen(message)))
    }

    /// The blocks of a message, as they are stored.
    pub(crate) fn blocks(&self, channel: &str, ts: &str) -> Vec<Value> {
        let key = (channel.to_owned(), ts.to_owned());
        self.look(|state| state.messages.get(&key).map(|message| message.blocks.clone()).unwrap_or_default())
    }

    /// The times of a channel's pinned messages, in the order in which they were pinned.
    pub(crate) fn pins(&self, channel: &str) -> Vec<String> {
        self.look(|state| state.channels[channel].pins.clone())
    }

    /// The modal on top of what a person has open.
    pub(crate) fn modal(&self, user: &str) -> Option<Form> {
        self.look(|state| state.modals.get(user)?.last().map(|view| state.form(view)))
    }

    /// What the app shows a person in its home tab: text and buttons.
    pub(crate) fn home(&self, user: &str) -> Option<Form> {
        self.look(|state| state.homes.get(user).map(|view| state.form(view)))
    }
}

impl State {
    fn may_see(&self, user: &str, channel: &str) -> bool {
        let channel = self.channels.get(channel);
        channel.is_some_and(|c| c.kind == super::state::Kind::Public || c.members.contains(user))
    }

    fn seen(&self, message: &Message) -> Seen {
        let author = self.users[&message.author].shown();
        let text =
            if message.blocks.is_empty() { self.rendered(&message.text) } else { self.flat(&message.blocks) };
        let pins = self.channels.get(&message.channel).map(|channel| &channel.pins);
        let mut pinged = BTreeSet::new();
        self.pinged(&message.text, &mut pinged);
        message.blocks.iter().for_each(|block| self.pinged_in(block, &mut pinged));
        Seen {
            ts: message.ts.clone(),
            author: author.to_owned(),
            text,
            notice: self.rendered(&message.text),
            buttons: self.buttons(&message.blocks),
            replies: self.replies(&message.channel, &message.ts).len(),
            is_private: message.only_for.is_some(),
            is_edited: message.edited.is_some(),
            is_pinned: pins.is_some_and(|pins| pins.contains(&message.ts)),
            pinged: pinged.into_iter().collect(),
        }
    }

    /// Texts with markup below a value, wherever they are.
    fn pinged_in(&self, value: &Value, names: &mut BTreeSet<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.pinged_in(item, names)),
            Value::Object(fields) => {
                let is_markup = fields.get("type").is_some_and(|kind| kind == "mrkdwn" || kind == "markdown");
                if let Some(text) = fields.get("text").and_then(Value::as_str).filter(|_| is_markup) {
                    self.pinged(text, names);
                }
                fields.values().for_each(|inner| self.pinged_in(inner, names));
            }
            _ => {}
        }
    }

    /// Blocks as lines.
    fn flat(&self, blocks: &[Value]) -> String {
        let lines = blocks.iter().flat_map(|block| self.lines(block)).filter(|line| !line.is_empty());
        lines.collect::<Vec<_>>().join("\n")
    }

    fn lines(&self, block: &Value) -> Vec<String> {
        match block["type"].as_str().unwrap_or_default() {
            "section" => {
                let fields = block["fields"].as_array().into_iter().flatten();
                [&block["text"]].into_iter().chain(fields).map(|text| self.text_of(text)).collect()
            }
            "header" => vec![self.text_of(&block["text"])],
            "markdown" => vec![self.rendered(block["text"].as_str().unwrap_or_default())],
            "context" => {
                let elements = block["elements"].as_array().into_iter().flatten();
                vec![elements.map(|text| self.text_of(text)).collect::<Vec<_>>().join(" ")]
            }
            "divider" => vec!["---".to_owned()],
            "image" => vec![self.text_of(&block["title"])],
            "rich_text" => vec![rich(&block["elements"])],
            _ => Vec::new(),
        }
    }

    /// A text object as people see it. In a plain one, `<` is a `<`.
    fn text_of(&self, text: &Value) -> String {
        let inside = text["text"].as_str().or_else(|| text["alt_text"].as_str()).unwrap_or_default();
        if text["type"] == "mrkdwn" { self.rendered(inside) } else { inside.to_owned() }
    }

    fn buttons(&self, blocks: &[Value]) -> Vec<Button> {
        let inside = blocks.iter().filter(|block| block["type"] != "input").flat_map(elements);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let all = inside.map(|element| Button {
            label: self.text_of(if element["text"].is_null() {
                &element["placeholder"]
            } else {
                &element["text"]
            }),
            action_id: text(&element["action_id"]),
            value: text(&element["value"]),
            style: text(&element["style"]),
        });
        all.collect()
    }

    fn form(&self, view: &View) -> Form {
        let blocks = view.body["blocks"].as_array().map_or(&[][..], Vec::as_slice);
        let inputs = blocks.iter().filter(|block| block["type"] == "input");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let field = |block: &Value| Field {
            block_id: text(&block["block_id"]),
            label: self.text_of(&block["label"]),
            is_optional: block["optional"] == true,
            value: text(&block["element"]["initial_value"]),
        };
        Form {
            title: self.text_of(&view.body["title"]),
            submit: self.text_of(&view.body["submit"]),
            text: self.flat(blocks),
            fields: inputs.map(field).collect(),
            buttons: self.buttons(blocks),
        }
    }
}

/// The texts of rich text, one behind the other.
fn rich(elements: &Value) -> String {
    let all = elements.as_array().into_iter().flatten();
    let one =
        |element: &Value| element["text"].as_str().map_or_else(|| rich(&element["elements"]), str::to_owned);
    all.map(one).collect()
}
