//! Guilds, channels and who is in them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use callout::clock::Clock;
use jiff::SignedDuration;
use serde_json::json;

use super::super::Discord;
use super::super::gateway::{Sessions, intents};
use super::super::ids::{Id, Snowflakes};
use super::super::limits::Buckets;
use super::super::permissions::{Overwrite, bits};
use super::super::settings::Settings;
use super::super::state::{Application, Channel, Guild, Member, Role, State, TEXT, User, VOICE};

/// How old everything is that is there from the beginning.
const AGE: Duration = Duration::from_secs(400 * 24 * 3600);

impl State {
    /// A guild with its owner and the bot in it.
    pub(in super::super) fn new(clock: &Clock, settings: Settings, resume_url: &str) -> Self {
        let now = clock.now();
        let born = now.checked_sub(SignedDuration::try_from(AGE).unwrap()).unwrap();
        let mut ids = Snowflakes::default();
        let (bot, owner, guild) = (ids.next(born), ids.next(born), ids.next(born));
        let token = format!("{}.modelled.token-{:016x}", data_encoding::BASE64_NOPAD.encode(b"bot"), bot.0);
        let mut state = Self {
            now,
            ids,
            settings,
            app: Application { id: bot, bot, owner, token },
            users: BTreeMap::new(),
            guilds: BTreeMap::new(),
            channels: BTreeMap::new(),
            messages: BTreeMap::new(),
            commands: BTreeMap::new(),
            creates: Vec::new(),
            interactions: BTreeMap::new(),
            tokens: HashMap::new(),
            nonces: HashMap::new(),
            buckets: Buckets::default(),
            sessions: Sessions::new(clock.clone()),
            resume_url: resume_url.to_owned(),
            left_out: Vec::new(),
        };
        for (id, name, is_bot) in [(bot, "callout", true), (owner, "olga", false)] {
            state.users.insert(id, User { id, name: name.to_owned(), is_bot, is_closed: false });
        }
        let everyone =
            Role { id: guild, name: "@everyone".to_owned(), permissions: bits::USUAL, managed_by: None };
        state.guilds.insert(
            guild,
            Guild {
                id: guild,
                name: "Example".to_owned(),
                owner,
                roles: vec![everyone],
                members: BTreeMap::new(),
            },
        );
        state.join(guild, owner);
        state.join_bot(guild);
        state
    }

    fn join(&mut self, guild: Id, user: Id) {
        let member = Member { roles: BTreeSet::new(), joined: self.now };
        self.guilds.get_mut(&guild).unwrap().members.insert(user, member);
    }

    /// With a role of its own that gives nothing.
    fn join_bot(&mut self, guild: Id) {
        let bot = self.app.bot;
        self.join(guild, bot);
        let role = self.next_id();
        let own = Role { id: role, name: "callout".to_owned(), permissions: 0, managed_by: Some(bot) };
        let guild = self.guilds.get_mut(&guild).unwrap();
        guild.roles.push(own);
        guild.members.get_mut(&bot).unwrap().roles.insert(role);
    }
}

impl Discord {
    /// The bot's token.
    pub(crate) fn token(&self) -> String {
        self.look(|state| state.app.token.clone())
    }

    /// The application; the bot's user has the same id.
    pub(crate) fn application(&self) -> Id {
        self.look(|state| state.app.id)
    }

    /// The first guild.
    pub(crate) fn guild(&self) -> Id {
        self.look(|state| *state.guilds.keys().next().unwrap())
    }

    /// One more guild, with the bot in it.
    pub(crate) fn add_guild(&self, name: &str) -> Id {
        self.change(|state| {
            let (id, owner) = (state.next_id(), state.app.owner);
            let permissions = bits::USUAL;
            let everyone = Role { id, name: "@everyone".to_owned(), permissions, managed_by: None };
            let roles = vec![everyone];
            let guild = Guild { id, name: name.to_owned(), owner, roles, members: BTreeMap::new() };
            state.guilds.insert(id, guild);
            state.join(id, owner);
            state.join_bot(id);
            let event = state.guild_event(id);
            state.sessions.tell(intents::GUILDS, "GUILD_CREATE", &event);
            id
        })
    }

    /// Invites the bot to a guild again.
    pub(crate) fn invite_bot(&self, guild: Id) {
        self.change(|state| {
            state.join_bot(guild);
            let event = state.guild_event(guild);
            state.sessions.tell(intents::GUILDS, "GUILD_CREATE", &event);
        });
    }

    /// Throws the bot out of a guild, which forgets its commands.
    pub(crate) fn expel_bot(&self, guild: Id) {
        self.change(|state| {
            let bot = state.app.bot;
            state.guilds.get_mut(&guild).unwrap().members.remove(&bot);
            state.commands.remove(&Some(guild));
            state.sessions.tell(intents::GUILDS, "GUILD_DELETE", &json!({ "id": guild }));
        });
    }

    /// A user who is a member of every guild.
    pub(crate) fn add_user(&self, name: &str) -> Id {
        self.change(|state| {
            let id = state.next_id();
            state.users.insert(id, User { id, name: name.to_owned(), is_bot: false, is_closed: false });
            let guilds: Vec<Id> = state.guilds.keys().copied().collect();
            guilds.into_iter().for_each(|guild| state.join(guild, id));
            id
        })
    }

    /// A user leaves every guild.
    pub(crate) fn remove_user(&self, user: Id) {
        self.change(|state| {
            for guild in state.guilds.values_mut() {
                guild.members.remove(&user);
            }
        });
    }

    /// The user takes no direct messages any more.
    pub(crate) fn close_direct_messages(&self, user: Id) {
        self.change(|state| state.users.get_mut(&user).unwrap().is_closed = true);
    }

    /// The channel of direct messages between `user` and the bot.
    pub(crate) fn direct(&self, user: Id) -> Id {
        self.change(|state| state.direct(user))
    }

    /// A role with permissions; `members` get it.
    pub(crate) fn add_role(&self, guild: Id, name: &str, permissions: u64, members: &[Id]) -> Id {
        self.change(|state| {
            let id = state.next_id();
            let guild = state.guilds.get_mut(&guild).unwrap();
            guild.roles.push(Role { id, name: name.to_owned(), permissions, managed_by: None });
            for user in members {
                guild.members.get_mut(user).unwrap().roles.insert(id);
            }
            id
        })
    }

    /// A text channel of the first guild.
    pub(crate) fn add_channel(&self, name: &str) -> Id {
        self.add_channel_of(TEXT, name)
    }

    /// A voice channel of the first guild: it has a chat, in which there are no threads.
    pub(crate) fn add_voice_channel(&self, name: &str) -> Id {
        self.add_channel_of(VOICE, name)
    }

    fn add_channel_of(&self, kind: u8, name: &str) -> Id {
        let guild = self.guild();
        self.change(|state| {
            let id = state.next_id();
            let channel = Channel {
                id,
                kind,
                name: name.to_owned(),
                guild: Some(guild),
                parent: None,
                overwrites: Vec::new(),
                with: None,
                thread: None,
            };
            state.channels.insert(id, channel);
            state.tell_channel("CHANNEL_CREATE", id);
            id
        })
    }

    /// Somebody deletes a channel or a thread; what is in it goes too.
    pub(crate) fn delete_channel(&self, id: Id) {
        self.change(|state| {
            let gone = |channel: &Channel| channel.id == id || channel.parent == Some(id);
            let event = if state.channels[&id].is_thread() { "THREAD_DELETE" } else { "CHANNEL_DELETE" };
            state.tell_channel(event, id);
            let all: BTreeSet<Id> =
                state.channels.values().filter(|channel| gone(channel)).map(|channel| channel.id).collect();
            state.channels.retain(|id, _| !all.contains(id));
            state.messages.retain(|_, message| !all.contains(&message.channel));
        });
    }

    /// In `channel`, the bot may do `allow` and not `deny`, whatever its roles say.
    pub(crate) fn permit_bot(&self, channel: Id, allow: u64, deny: u64) {
        self.change(|state| {
            let target = state.app.bot;
            let channel = state.channels.get_mut(&channel).unwrap();
            channel.overwrites.retain(|overwrite| overwrite.target != target);
            channel.overwrites.push(Overwrite { target, is_member: true, allow, deny });
        });
    }

    /// In the whole guild, everybody may do `permissions`.
    pub(crate) fn permit_everyone(&self, guild: Id, permissions: u64) {
        self.change(|state| {
            let guild = state.guilds.get_mut(&guild).unwrap();
            guild.roles.iter_mut().find(|role| role.id == guild.id).unwrap().permissions = permissions;
        });
    }

    /// A moderator archives a thread, or brings it back.
    pub(crate) fn archive(&self, thread: Id, archived: bool) {
        self.change(|state| {
            let now = state.now;
            let inner = state.channels.get_mut(&thread).and_then(|channel| channel.thread.as_mut()).unwrap();
            (inner.archived, inner.archived_at) = (archived, now);
            state.tell_channel("THREAD_UPDATE", thread);
        });
    }

    /// A moderator locks a thread, or opens it.
    pub(crate) fn lock_thread(&self, thread: Id, locked: bool) {
        self.change(|state| {
            let inner = state.channels.get_mut(&thread).and_then(|channel| channel.thread.as_mut()).unwrap();
            inner.locked = locked;
            state.tell_channel("THREAD_UPDATE", thread);
        });
    }

    /// A moderator deletes a message.
    pub(crate) fn delete_message(&self, message: Id) {
        self.change(|state| state.remove(message));
    }
}
