//! A server of the modelled Discord: people in it, a channel, and the bot.

use std::collections::BTreeMap;
use std::sync::Arc;

use callout::chat::discord::{Discord, DiscordSettings, Doors, Reach, Serving};
use callout::domain::command::table::TABLE;
use callout::domain::person::{Directory, Person};
use callout::domain::settings::Settings;
use callout::ports::{Chat, Intake};

use super::World;
use crate::discord::{Discord as Model, Heard, Id, RateLimits, Seen, Settings as Rules};

/// The server where a story is played.
pub(crate) struct Guild {
    pub(crate) model: Arc<Model>,
    pub(crate) ops: Id,
    users: BTreeMap<String, Id>,
}

/// Runs a story with ana (admin), jack and mira in `#ops`, and zoe, whom the configuration does not list.
pub(crate) async fn guild(story: impl AsyncFnOnce(&mut World, &Guild)) {
    guild_with(Rules { limits: RateLimits::none(), ..Rules::default() }, |_, _| {}, story).await;
}

/// The same, with a platform and settings of its own.
pub(crate) async fn guild_with(
    rules: Rules,
    adapt: impl FnOnce(&mut Settings, &Guild),
    story: impl AsyncFnOnce(&mut World, &Guild),
) {
    let mut world = World::at_desk(Settings::sandbox(&["ana", "jack", "mira"]).unwrap()).await;
    let guild = Guild::open(&mut world, rules).await;
    adapt(&mut world.settings, &guild);
    world.start().await;
    guild.is_ready(&world).await;
    story(&mut world, &guild).await;
    world.ends_clean().await;
    guild.model.is_to_the_letter();
}

impl World {
    /// The way to the modelled Discord.
    pub(crate) fn bot(&self, model: &Model) -> Arc<Discord> {
        let reach = Reach::checked(Some(&model.url()), None).unwrap();
        let settings = DiscordSettings { token: model.token().into(), reach };
        Discord::new(settings, self.clock.clone()).unwrap()
    }

    /// The settings that Callout starts with.
    pub(crate) fn settings(&self) -> Settings {
        self.settings.clone()
    }

    /// A chat, as Callout posts to it.
    pub(crate) fn chat(&self, name: &str) -> Arc<dyn Chat> {
        Arc::clone(&self.app.as_ref().unwrap().context().chats[name])
    }

    /// What was logged as an error so far, for a story that expects some.
    pub(crate) fn errors(&self) -> Vec<String> {
        self.log.take()
    }
}

impl World {
    /// A bot whose every word goes to `intake`.
    pub(crate) fn serves(&self, guild: &Guild, intake: Arc<dyn Intake>) -> Serving {
        self.serves_as(&self.bot(&guild.model), intake)
    }

    /// The same for a bot that the test goes on asking.
    pub(crate) fn serves_as(&self, bot: &Arc<Discord>, intake: Arc<dyn Intake>) -> Serving {
        let context = Arc::clone(self.app.as_ref().unwrap().context());
        let over = Arc::clone(&context);
        let doors = Doors {
            intake,
            overrides: Arc::new(move || over.overrides.get()),
            store: Arc::clone(&context.store),
            live: Arc::clone(&context.live),
            steps: Arc::clone(&context.steps),
            settings: Arc::new(move || context.settings.get()),
        };
        bot.serve(doors).unwrap()
    }
}

impl Guild {
    /// Opens a server whose people the world's settings list.
    pub(crate) async fn open(world: &mut World, rules: Rules) -> Self {
        let model = Model::start(world.clock.clone(), rules).await;
        let ops = model.add_channel("ops");
        let mut users = BTreeMap::new();
        let mut listed: Vec<Person> = world.settings.people.iter().cloned().collect();
        for person in &mut listed {
            let user = model.add_user(person.id.as_str());
            person.discord = Some(user.to_string());
            users.insert(person.id.to_string(), user);
        }
        users.entry("zoe".to_owned()).or_insert_with(|| model.add_user("zoe"));
        world.settings.people = Arc::new(Directory::new(listed).unwrap());
        world.settings.guilds = vec![model.guild().to_string()];
        world.discord = Some(Arc::clone(&model));
        Self { model, ops, users }
    }

    /// Returns once the bot is there and its commands are.
    pub(crate) async fn is_ready(&self, world: &World) {
        self.model.until_connected(1).await;
        let registered =
            |model: &Model| (model.commands(Some(model.guild())).len() == TABLE.len()).then_some(());
        self.model.until("registered commands", registered).await;
        world.settle().await;
    }

    /// The user of a person whom the configuration lists.
    pub(crate) fn listed(&self, person: &str) -> Option<Id> {
        self.users.get(person).copied()
    }

    /// Everybody of the server, by what they are called.
    pub(super) fn everybody(&self) -> impl Iterator<Item = (&String, &Id)> {
        self.users.iter()
    }

    pub(crate) fn user(&self, name: &str) -> Id {
        self.users[name]
    }

    /// Types a command in `#ops`, and waits for its answer.
    pub(crate) async fn types(&self, world: &World, who: &str, line: &str) -> Heard {
        self.types_in(world, who, (self.ops, line)).await
    }

    /// The same in a channel or thread.
    pub(crate) async fn types_in(&self, world: &World, who: &str, (place, line): (Id, &str)) -> Heard {
        let asked =
            self.model.slash(self.user(who), place, line).unwrap_or_else(|why| panic!("{line}: {why}"));
        self.answered(world, asked).await
    }

    /// Presses the button with this label.
    pub(crate) async fn presses(&self, world: &World, who: &str, (message, label): (Id, &str)) -> Heard {
        let asked =
            self.model.press(self.user(who), message, label).unwrap_or_else(|why| panic!("{label}: {why}"));
        self.answered(world, asked).await
    }

    /// Waits for the answer to an interaction, and until everything settles.
    pub(crate) async fn answered(&self, world: &World, asked: Id) -> Heard {
        self.model.until("an answer", |model| (model.heard(asked) != Heard::Nothing).then_some(())).await;
        world.settle().await;
        self.model.heard(asked)
    }

    /// What ana sees in `#ops` that not she alone sees.
    pub(crate) fn cards(&self) -> Vec<Seen> {
        self.seen(self.ops).into_iter().filter(|seen| !seen.is_private).collect()
    }

    /// What ana sees in a channel or thread.
    pub(crate) fn seen(&self, place: Id) -> Vec<Seen> {
        self.model.sees(self.user("ana"), place)
    }

    /// The one card in `#ops`.
    pub(crate) fn card(&self) -> Seen {
        let mut cards = self.cards();
        assert_eq!(cards.len(), 1, "{cards:#?}");
        cards.remove(0)
    }

    /// The lines of a card's thread.
    pub(crate) fn thread(&self, card: &Seen) -> Vec<String> {
        let thread = card.thread.unwrap_or_else(|| panic!("no thread: {card:#?}"));
        self.seen(thread).into_iter().map(|seen| seen.text).collect()
    }

    /// How often requests of a pattern were sent.
    pub(crate) fn requests(&self, pattern: &str) -> usize {
        self.model.requests(pattern).len()
    }
}

/// The text of an answer that is a message.
pub(crate) fn text(heard: &Heard) -> &str {
    match heard {
        Heard::Message(seen) => &seen.text,
        other => panic!("no message: {other:?}"),
    }
}

/// The message that an answer is.
pub(crate) fn message(heard: Heard) -> Seen {
    match heard {
        Heard::Message(seen) => seen,
        other => panic!("no message: {other:?}"),
    }
}
