//! What the model knows: people, guilds, channels, messages, interactions.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use callout::clock::later;
use jiff::Timestamp;
use serde_json::Value;

use super::gateway::Sessions;
use super::ids::{Id, Snowflakes};
use super::limits::Buckets;
use super::permissions::{Overwrite, bits};
use super::settings::Settings;
use super::view::Seen;

/// A direct message.
pub(super) const DM: u8 = 1;
/// A channel of a guild.
pub(super) const TEXT: u8 = 0;
/// One to talk in, with a chat.
pub(super) const VOICE: u8 = 2;
/// A public thread.
pub(super) const PUBLIC_THREAD: u8 = 11;

/// How long after its delivery an interaction can be answered.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(3);
/// How long an interaction's token works.
pub(super) const TOKEN_LIFE: Duration = Duration::from_secs(15 * 60);
/// How long a nonce is remembered: "a few minutes".
pub(super) const NONCE_LIFE: Duration = Duration::from_secs(300);

#[derive(Debug)]
pub(super) struct State {
    pub(super) now: Timestamp,
    pub(super) ids: Snowflakes,
    pub(super) settings: Settings,
    pub(super) app: Application,
    pub(super) users: BTreeMap<Id, User>,
    pub(super) guilds: BTreeMap<Id, Guild>,
    pub(super) channels: BTreeMap<Id, Channel>,
    pub(super) messages: BTreeMap<Id, Message>,
    /// By scope: a guild, or everywhere.
    pub(super) commands: BTreeMap<Option<Id>, Vec<Value>>,
    /// Commands that were made, and not only changed: when, in which scope.
    pub(super) creates: Vec<(Timestamp, Option<Id>)>,
    pub(super) interactions: BTreeMap<Id, Interaction>,
    /// Tokens of interactions.
    pub(super) tokens: HashMap<String, Id>,
    /// The message that was posted with a nonce that is enforced, and when.
    pub(super) nonces: HashMap<(Id, String), (Id, Timestamp)>,
    pub(super) buckets: Buckets,
    pub(super) sessions: Sessions,
    /// Where a lost session is resumed.
    pub(super) resume_url: String,
    /// What the next interactions are delivered without: places such as `member.permissions`.
    pub(super) left_out: Vec<String>,
}

/// The bot's application.
#[derive(Debug)]
pub(super) struct Application {
    pub(super) id: Id,
    /// The bot's user. It has the application's id, as with all newer applications.
    pub(super) bot: Id,
    pub(super) owner: Id,
    pub(super) token: String,
}

#[derive(Debug)]
pub(super) struct User {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) is_bot: bool,
    /// Takes no direct messages.
    pub(super) is_closed: bool,
}

#[derive(Debug)]
pub(super) struct Guild {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) owner: Id,
    pub(super) roles: Vec<Role>,
    pub(super) members: BTreeMap<Id, Member>,
}

#[derive(Debug)]
pub(super) struct Role {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) permissions: u64,
    pub(super) managed_by: Option<Id>,
}

#[derive(Debug)]
pub(super) struct Member {
    pub(super) roles: BTreeSet<Id>,
    pub(super) joined: Timestamp,
}

#[derive(Debug)]
pub(super) struct Channel {
    pub(super) id: Id,
    pub(super) kind: u8,
    pub(super) name: String,
    pub(super) guild: Option<Id>,
    /// Of a thread: the channel it is in.
    pub(super) parent: Option<Id>,
    pub(super) overwrites: Vec<Overwrite>,
    /// Of a direct message: with whom.
    pub(super) with: Option<Id>,
    pub(super) thread: Option<Thread>,
}

impl Channel {
    pub(super) fn is_thread(&self) -> bool {
        self.thread.is_some()
    }
}

/// What only a thread has.
#[derive(Debug)]
pub(super) struct Thread {
    pub(super) owner: Id,
    pub(super) archived: bool,
    pub(super) locked: bool,
    pub(super) archived_at: Timestamp,
    pub(super) auto_archive_minutes: u64,
    pub(super) sent: u32,
}

#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) id: Id,
    pub(super) channel: Id,
    pub(super) author: Id,
    pub(super) kind: u8,
    pub(super) content: String,
    pub(super) embeds: Vec<Value>,
    pub(super) components: Vec<Value>,
    pub(super) flags: u64,
    pub(super) edited: Option<Timestamp>,
    /// Edits since the message became an hour old.
    pub(super) old_edits: Vec<Timestamp>,
    pub(super) nonce: Value,
    pub(super) reply_to: Option<Id>,
    pub(super) is_pinned: bool,
    /// The ids of all components that it ever had.
    pub(super) offered: BTreeSet<String>,
    /// The interaction that it answers.
    pub(super) interaction: Option<Id>,
    /// Seen by this user alone.
    pub(super) only_for: Option<Id>,
    pub(super) mentions: Vec<Id>,
    pub(super) mention_roles: Vec<Id>,
    pub(super) mentions_everyone: bool,
    /// Whose phone or client made a noise.
    pub(super) pinged: BTreeSet<Id>,
}

/// Flags of a message.
pub(super) mod flags {
    pub(in super::super) const SUPPRESS_EMBEDS: u64 = 1 << 2;
    pub(in super::super) const HAS_THREAD: u64 = 1 << 5;
    pub(in super::super) const EPHEMERAL: u64 = 1 << 6;
    pub(in super::super) const LOADING: u64 = 1 << 7;
    pub(in super::super) const SUPPRESS_NOTIFICATIONS: u64 = 1 << 12;
    pub(in super::super) const COMPONENTS_V2: u64 = 1 << 15;
}

impl Message {
    pub(super) fn is_loading(&self) -> bool {
        self.flags & flags::LOADING != 0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.content.trim().is_empty() && self.embeds.is_empty() && self.components.is_empty()
    }
}

/// What a person did that the bot has to answer.
#[derive(Debug)]
pub(super) struct Interaction {
    pub(super) id: Id,
    pub(super) token: String,
    pub(super) at: Timestamp,
    pub(super) kind: Kind,
    pub(super) user: Id,
    pub(super) channel: Id,
    /// What went over the gateway.
    pub(super) payload: Value,
    /// The message whose component was used, or from whose component a modal came.
    pub(super) source: Option<Id>,
    /// The command's name, with its sub-command.
    pub(super) name: String,
    /// The interaction whose answer was the modal that is submitted here.
    pub(super) trigger: Option<Id>,
    pub(super) answer: Answer,
    /// The message that `@original` means.
    pub(super) original: Option<Id>,
    /// What people saw first as the answer.
    pub(super) first: Option<Seen>,
}

/// The numbers are Discord's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Command = 2,
    Component = 3,
    Autocomplete = 4,
    Modal = 5,
}

/// How the bot answered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    /// Not yet. After three seconds people read that the application did not respond.
    None,
    /// With a message, or with "is thinking".
    Message,
    /// The message with the component was changed, or will be.
    Update,
    /// What may be chosen, as name and value.
    Choices(Vec<Value>),
    /// A form.
    Modal(Value),
}

impl State {
    pub(super) fn next_id(&mut self) -> Id {
        self.ids.next(self.now)
    }

    pub(super) fn is_bot(&self, user: Id) -> bool {
        user == self.app.bot
    }

    /// Whether `span` has passed since `at`.
    pub(super) fn is_past(&self, at: Timestamp, span: Duration) -> bool {
        self.now > later(at, span)
    }

    /// What the bot may do in `channel`.
    pub(super) fn bot_permissions(&self, channel: &Channel) -> u64 {
        self.permissions(channel, self.app.bot)
    }

    /// Whether `user` can see `channel`.
    pub(super) fn sees(&self, user: Id, channel: &Channel) -> bool {
        match channel.with {
            Some(other) => user == other || self.is_bot(user),
            None => self.permissions(channel, user) & bits::VIEW_CHANNEL != 0,
        }
    }

    /// Who can see a channel, except for bots.
    pub(super) fn readers(&self, channel: &Channel) -> BTreeSet<Id> {
        let people = self.users.values().filter(|user| !user.is_bot).map(|user| user.id);
        people.filter(|user| self.sees(*user, channel)).collect()
    }

    /// The thread that was started from a message.
    pub(super) fn thread_of(&self, message: Id) -> Option<&Channel> {
        self.channels.get(&message).filter(|channel| channel.is_thread())
    }
}
