//! What is common to all ways of posting: the content, and what it may be.

use serde_json::Value;

use super::super::check::{BLOCKS_TEXT_MAX, Check, Surface, blocks, text_len, with_ids};
use super::super::problem::Problem;
use super::super::state::{Channel, Kind, Message, SLACKBOT, State};
use super::Call;

/// Characters of a message's text; what is over it is cut off.
pub(super) const TEXT_MAX: usize = 40_000;

/// What is said in a message.
#[derive(Debug, Default, Clone)]
pub(in super::super) struct Said {
    pub(in super::super) text: Option<String>,
    pub(in super::super) blocks: Option<Vec<Value>>,
    pub(in super::super) metadata: Option<Value>,
}

impl Said {
    /// Reads and checks it.
    ///
    /// # Errors
    /// What is wrong with the blocks.
    pub(super) fn of(call: &Call) -> Result<Self, Problem> {
        let format = || Problem::new("invalid_blocks_format");
        let metadata = call.structure("metadata").map_err(|()| Problem::new("invalid_metadata_format"))?;
        let blocks = call.structure("blocks").map_err(|()| format())?;
        if blocks.as_ref().is_some_and(|blocks| !blocks.is_array()) {
            return Err(format());
        }
        if call.args.contains_key("attachments") {
            return Err(Problem::arguments(&["the model has no attachments".to_owned()]));
        }
        let text = call.args.get("text").and_then(Value::as_str).map(str::to_owned);
        Self { text, blocks: blocks.as_ref().map(checked).transpose()?, metadata }.metadata_checked()
    }

    fn metadata_checked(self) -> Result<Self, Problem> {
        let is_odd =
            |metadata: &Value| !metadata["event_type"].is_string() || !metadata["event_payload"].is_object();
        if self.metadata.as_ref().is_some_and(is_odd) {
            return Err(Problem::new("invalid_metadata_schema"));
        }
        Ok(self)
    }

    /// # Errors
    /// `no_text`.
    pub(super) fn not_empty(self) -> Result<Self, Problem> {
        let has_text = self.text.as_ref().is_some_and(|text| !text.trim().is_empty());
        let has_blocks = self.blocks.as_ref().is_some_and(|blocks| !blocks.is_empty());
        if has_text || has_blocks { Ok(self) } else { Err(Problem::new("no_text")) }
    }
}

/// Blocks of a message, with ids where the app has left them out.
pub(super) fn checked(value: &Value) -> Result<Vec<Value>, Problem> {
    let mut check = Check::default();
    blocks(&mut check, "/blocks", value, Surface::Message);
    if !check.wrong.is_empty() {
        return Err(Problem::blocks(&check.wrong));
    }
    if text_len(value) > BLOCKS_TEXT_MAX {
        return Err(Problem::new("msg_blocks_too_long"));
    }
    Ok(with_ids(value))
}

impl State {
    /// The channel that an id means, as far as the bot knows it.
    ///
    /// # Errors
    /// `channel_not_found`: it is not there, or it is none of the bot's business.
    pub(super) fn known_channel(&self, id: &str) -> Result<&Channel, Problem> {
        let found =
            self.channels.get(id).filter(|channel| channel.kind == Kind::Public || self.bot_in(channel));
        found.ok_or_else(|| Problem::new("channel_not_found"))
    }

    /// The channel that an id, a name or a person means, if the bot may post there.
    pub(super) fn postable(&mut self, place: &str) -> Result<String, Problem> {
        let id = match self.users.get(place) {
            Some(user) if user.is_deleted => return Err(Problem::new("user_disabled")),
            Some(_) => self.direct(place),
            None => {
                let name = place.trim_start_matches('#');
                let named = self.channels.values().find(|c| c.kind != Kind::Direct && c.name == name);
                named.map_or_else(|| place.to_owned(), |channel| channel.id.clone())
            }
        };
        let channel = self.known_channel(&id)?;
        if channel.is_archived {
            return Err(Problem::new("is_archived"));
        }
        if channel.kind == Kind::Direct && !self.settings.messages_tab {
            return Err(Problem::new("messages_tab_disabled"));
        }
        if !self.bot_in(channel) && !self.has_scope("chat:write.public") {
            return Err(Problem::new("not_in_channel"));
        }
        Ok(id)
    }

    /// Checks the thread that a message is to go to.
    pub(super) fn thread_for(&self, channel: &str, thread: Option<&str>) -> Result<Option<String>, Problem> {
        let Some(thread) = thread else { return Ok(None) };
        if !super::super::ids::is_ts(thread) {
            return Err(Problem::new("invalid_thread_ts"));
        }
        let parent = self.public(channel, thread).ok_or_else(|| Problem::new("thread_not_found"))?;
        match &parent.thread {
            Some(_) => Err(Problem::new("cannot_reply_to_message")),
            None => Ok(Some(thread.to_owned())),
        }
    }

    /// Puts a message of `author` into a channel. Returns its time.
    pub(in super::super) fn put(
        &mut self,
        (channel, thread): (&str, Option<String>),
        author: &str,
        only_for: Option<&str>,
        said: Said,
    ) -> String {
        let ts = self.ids.ts(self.now);
        let text: String = said.text.unwrap_or_default().chars().take(TEXT_MAX).collect();
        let message = Message {
            channel: channel.to_owned(),
            ts: ts.clone(),
            thread,
            author: author.to_owned(),
            at: self.now,
            text,
            blocks: said.blocks.unwrap_or_default(),
            earlier: Vec::new(),
            metadata: said.metadata,
            edited: None,
            only_for: only_for.map(str::to_owned),
            is_broadcast: false,
            is_tombstone: false,
        };
        self.messages.insert(message.key(), message);
        ts
    }

    /// Takes a message away; one with a thread leaves a stone.
    pub(in super::super) fn take_away(&mut self, channel: &str, ts: &str) {
        let has_thread = !self.replies(channel, ts).is_empty();
        let key = (channel.to_owned(), ts.to_owned());
        if let Some(channel) = self.channels.get_mut(channel) {
            channel.pins.retain(|pin| pin != ts);
        }
        if !has_thread {
            self.messages.remove(&key);
        } else if let Some(message) = self.messages.get_mut(&key) {
            message.is_tombstone = true;
            message.author = SLACKBOT.to_owned();
            message.text = "This message was deleted.".to_owned();
            message.blocks.clear();
            message.metadata = None;
        }
    }
}
