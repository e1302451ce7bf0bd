//! What the model knows: people, channels, messages, views, deliveries.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use callout::clock::later;
use jiff::Timestamp;
use serde_json::Value;

use super::deliver::{Delivery, Sockets};
use super::ids::{Ids, random};
use super::limits::Used;
use super::settings::Settings;

/// Slack itself, when it says something.
pub(super) const SLACKBOT: &str = "USLACKBOT";
/// How long a `trigger_id` opens a view.
pub(super) const TRIGGER_LIFE: Duration = Duration::from_secs(3);
/// How long a `response_url` works, and how often.
pub(super) const URL_LIFE: Duration = Duration::from_secs(30 * 60);
pub(super) const URL_USES: u32 = 5;

#[derive(Debug)]
pub(super) struct State {
    pub(super) now: Timestamp,
    pub(super) ids: Ids,
    pub(super) settings: Settings,
    pub(super) team: Team,
    pub(super) app: Application,
    pub(super) users: BTreeMap<String, User>,
    pub(super) channels: BTreeMap<String, Channel>,
    /// By channel and time, those that only one person sees too.
    pub(super) messages: BTreeMap<(String, String), Message>,
    /// What the app shows in its home tab, by person.
    pub(super) homes: BTreeMap<String, View>,
    /// Open modals, by person; the last one is on top.
    pub(super) modals: BTreeMap<String, Vec<View>>,
    pub(super) triggers: HashMap<String, Trigger>,
    /// By the last part of the address.
    pub(super) urls: HashMap<String, ResponseUrl>,
    pub(super) deliveries: Vec<Delivery>,
    pub(super) sockets: Sockets,
    pub(super) used: Used,
    /// What Slack would pass over in silence, and a test should not.
    pub(super) complaints: Vec<String>,
    /// Where the model is, without a slash.
    pub(super) root: String,
}

#[derive(Debug)]
pub(super) struct Team {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) domain: String,
}

/// The bot's app.
#[derive(Debug)]
pub(super) struct Application {
    pub(super) id: String,
    pub(super) bot_user: String,
    pub(super) bot_id: String,
    pub(super) bot_token: String,
    pub(super) app_token: String,
    pub(super) signing_secret: String,
    /// The old way to know Slack: a word in every delivery.
    pub(super) verification: String,
    /// Tokens that were good once.
    pub(super) revoked: BTreeSet<String>,
}

#[derive(Debug)]
pub(super) struct User {
    pub(super) id: String,
    /// The name in addresses and mentions.
    pub(super) name: String,
    pub(super) real_name: String,
    /// Empty for many people.
    pub(super) display_name: String,
    pub(super) email: Option<String>,
    pub(super) timezone: String,
    pub(super) is_bot: bool,
    pub(super) is_deleted: bool,
}

/// What a channel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Public,
    Private,
    /// Between two.
    Direct,
}

#[derive(Debug)]
pub(super) struct Channel {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) is_archived: bool,
    pub(super) members: BTreeSet<String>,
    pub(super) created: Timestamp,
    /// Times of pinned messages, in order.
    pub(super) pins: Vec<String>,
}

#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) channel: String,
    pub(super) ts: String,
    /// The first message of the thread that it is in.
    pub(super) thread: Option<String>,
    pub(super) author: String,
    pub(super) at: Timestamp,
    pub(super) text: String,
    pub(super) blocks: Vec<Value>,
    /// What edits have replaced: somebody may have it on their screen still.
    pub(super) earlier: Vec<Value>,
    pub(super) metadata: Option<Value>,
    pub(super) edited: Option<String>,
    /// Seen by this person alone.
    pub(super) only_for: Option<String>,
    /// Shown in the channel beside the thread.
    pub(super) is_broadcast: bool,
    /// It was deleted, and the thread is still there.
    pub(super) is_tombstone: bool,
}

/// A modal, or what is on a home tab.
#[derive(Debug, Clone)]
pub(super) struct View {
    pub(super) id: String,
    pub(super) hash: String,
    /// As the app sent it, with ids where it had left them out.
    pub(super) body: Value,
    pub(super) root: String,
    pub(super) previous: Option<String>,
}

/// The right to open one view.
#[derive(Debug)]
pub(super) struct Trigger {
    pub(super) user: String,
    pub(super) at: Timestamp,
    pub(super) is_used: bool,
}

/// An address at which the app may answer late.
#[derive(Debug)]
pub(super) struct ResponseUrl {
    pub(super) at: Timestamp,
    pub(super) uses: u32,
    pub(super) channel: String,
    pub(super) user: String,
    /// The message that was clicked.
    pub(super) source: Option<String>,
    /// Messages that were answered with, by their time.
    pub(super) answers: Vec<String>,
}

impl Application {
    pub(super) fn new(ids: &mut Ids) -> Self {
        let app = ids.next('A');
        let digits = |len: usize| (0..len).map(|_| char::from(b'0' + rand::random::<u8>() % 10)).collect();
        let number = |len: usize| -> String { digits(len) };
        let tail = random(24);
        Self {
            bot_token: format!("xoxb-{}-{}-{tail}", number(12), number(13)),
            app_token: format!("xapp-1-{app}-{}-{}", number(13), random(64).to_lowercase()),
            signing_secret: (0..32)
                .map(|_| char::from(b"0123456789abcdef"[usize::from(rand::random::<u8>() % 16)]))
                .collect(),
            verification: random(24),
            bot_user: ids.next('U'),
            bot_id: ids.next('B'),
            id: app,
            revoked: BTreeSet::new(),
        }
    }
}

impl User {
    /// What people see beside a message.
    pub(super) fn shown(&self) -> &str {
        let names = [&self.display_name, &self.real_name, &self.name];
        names.into_iter().find(|name| !name.is_empty()).map_or("", String::as_str)
    }
}

impl Message {
    pub(super) fn key(&self) -> (String, String) {
        (self.channel.clone(), self.ts.clone())
    }
}

impl State {
    /// Whether `span` has passed since `at`.
    pub(super) fn is_past(&self, at: Timestamp, span: Duration) -> bool {
        self.now > later(at, span)
    }

    pub(super) fn has_scope(&self, scope: &str) -> bool {
        self.settings.scopes.iter().any(|granted| granted == scope)
    }

    /// Whether the app's bot is in a channel.
    pub(super) fn bot_in(&self, channel: &Channel) -> bool {
        channel.members.contains(&self.app.bot_user)
    }

    /// A message that everybody in the channel sees.
    pub(super) fn public(&self, channel: &str, ts: &str) -> Option<&Message> {
        let key = (channel.to_owned(), ts.to_owned());
        self.messages.get(&key).filter(|message| message.only_for.is_none())
    }

    /// Replies that everybody sees, in order.
    pub(super) fn replies(&self, channel: &str, ts: &str) -> Vec<&Message> {
        let all = self.in_channel(channel).filter(|message| message.only_for.is_none());
        all.filter(|message| message.thread.as_deref() == Some(ts) && message.ts != ts).collect()
    }

    /// All messages of a channel, in order.
    pub(super) fn in_channel<'s>(&'s self, channel: &str) -> impl Iterator<Item = &'s Message> + use<'s> {
        let from = (channel.to_owned(), String::new());
        let channel = channel.to_owned();
        self.messages.range(from..).map(|(_, message)| message).take_while(move |m| m.channel == channel)
    }

    /// The direct messages between the app and a person; they are there as soon as somebody needs them.
    pub(super) fn direct(&mut self, user: &str) -> String {
        let found = self.channels.values().find(|channel| {
            channel.kind == Kind::Direct && channel.members.contains(user) && self.bot_in(channel)
        });
        if let Some(channel) = found {
            return channel.id.clone();
        }
        let id = self.ids.next('D');
        let channel = Channel {
            id: id.clone(),
            name: String::new(),
            kind: Kind::Direct,
            is_archived: false,
            members: BTreeSet::from([user.to_owned(), self.app.bot_user.clone()]),
            created: self.now,
            pins: Vec::new(),
        };
        self.channels.insert(id.clone(), channel);
        id
    }

    /// A new right to open a view.
    pub(super) fn trigger(&mut self, user: &str) -> String {
        let (first, second) = (self.now.as_millisecond(), self.ids.number());
        let id = format!("{first}.{second}.{}", random(32).to_lowercase());
        let trigger = Trigger { user: user.to_owned(), at: self.now, is_used: false };
        self.triggers.insert(id.clone(), trigger);
        id
    }

    /// A new address for late answers.
    pub(super) fn response_url(
        &mut self,
        place: &str,
        channel: &str,
        user: &str,
        source: Option<&str>,
    ) -> String {
        let token = random(24);
        let url = format!("{}/{place}/{}/{}/{token}", self.root, self.team.id, self.ids.number());
        let its = ResponseUrl {
            at: self.now,
            uses: 0,
            channel: channel.to_owned(),
            user: user.to_owned(),
            source: source.map(str::to_owned),
            answers: Vec::new(),
        };
        self.urls.insert(token, its);
        url
    }

    pub(super) fn complain(&mut self, what: impl Into<String>) {
        self.complaints.push(what.into());
    }
}
