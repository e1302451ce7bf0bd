//! A workspace of the modelled Slack: people in it, a channel, and the bot.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use callout::chat::slack::{ApiRoot, Pace, Slack, SlackSettings};
use callout::clock::Clock;
use callout::domain::person::{Directory, Person};
use callout::domain::settings::Settings;

use super::World;
use crate::slack::{Doors, Heard, Limits, Nr, Seen, Settings as Rules, Slack as Model, Transport};

/// How Slack brings deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Socket,
    Http,
}

/// The workspace where a story is played.
pub(crate) struct Workspace {
    pub(crate) model: Arc<Model>,
    pub(crate) ops: String,
    users: BTreeMap<String, String>,
}

/// The way to the modelled Slack.
pub(super) fn slack_bot(model: &Model, way: Way, clock: &Clock) -> Arc<Slack> {
    let settings = SlackSettings {
        bot_token: model.bot_token().into(),
        app_token: (way == Way::Socket).then(|| model.app_token().into()),
        signing_secret: (way == Way::Http).then(|| model.signing_secret().into()),
        root: ApiRoot::checked(Some(&model.api_url())).unwrap(),
        pace: match model.is_limited() {
            true => Pace::default(),
            false => Pace { post_every: Duration::ZERO, post_burst: 1, edits_per_minute: 1_000_000 },
        },
    };
    Slack::new(settings, clock.clone()).unwrap()
}

/// A platform without limits, as this bot's manifest makes its app.
pub(crate) fn free() -> Rules {
    let scopes = callout::chat::slack::SCOPES.map(|(scope, _)| scope.to_owned());
    Rules {
        limits: Limits::none(),
        scopes: scopes.to_vec(),
        message_shortcuts: vec!["page_about".to_owned(), "call_about".to_owned()],
        ..Rules::default()
    }
}

/// Runs a story over both ways, with ana (admin), jack and mira in `#ops`, and zoe, whom nobody lists.
pub(crate) async fn over_both(story: impl AsyncFn(&mut World, &Workspace)) {
    for way in [Way::Socket, Way::Http] {
        workspace_with((way, free()), |_, _| {}, &story).await;
    }
}

/// Runs a story over sockets.
pub(crate) async fn workspace(story: impl AsyncFnOnce(&mut World, &Workspace)) {
    workspace_with((Way::Socket, free()), |_, _| {}, story).await;
}

/// The same, with a platform and settings of its own. Ends without anything that Slack would pass over in silence.
pub(crate) async fn workspace_with(
    rules: (Way, Rules),
    adapt: impl FnOnce(&mut Settings, &Workspace),
    story: impl AsyncFnOnce(&mut World, &Workspace),
) {
    workspace_of(&["ana", "jack", "mira"], rules, adapt, story).await;
}

/// The same, with other people; the first is an admin.
pub(crate) async fn workspace_of(
    people: &[&str],
    (way, rules): (Way, Rules),
    adapt: impl FnOnce(&mut Settings, &Workspace),
    story: impl AsyncFnOnce(&mut World, &Workspace),
) {
    let mut world = World::at_desk(Settings::sandbox(people).unwrap()).await;
    let workspace = Workspace::open(&mut world, way, rules).await;
    adapt(&mut world.settings, &workspace);
    world.start().await;
    workspace.is_ready(&world, way).await;
    story(&mut world, &workspace).await;
    world.ends_clean().await;
    assert_eq!(workspace.model.complaints(), Vec::<String>::new());
}

impl Workspace {
    /// Opens a workspace whose people the world's settings list.
    pub(crate) async fn open(world: &mut World, way: Way, rules: Rules) -> Self {
        let model = Model::start(world.clock.clone(), rules).await;
        let mut users = BTreeMap::new();
        let mut listed: Vec<Person> = world.settings.people.iter().cloned().collect();
        for person in &mut listed {
            let user = model.person(person.id.as_str());
            person.slack = Some(user.clone());
            users.insert(person.id.to_string(), user);
        }
        users.entry("zoe".to_owned()).or_insert_with(|| model.person("zoe"));
        let members: Vec<&str> = users.values().map(String::as_str).collect();
        let ops = model.channel("ops", &members);
        world.settings.people = Arc::new(Directory::new(listed).unwrap());
        world.settings.workspaces = vec![model.team()];
        world.slack = Some((Arc::clone(&model), way));
        Self { model, ops, users }
    }

    /// Returns once deliveries find their way.
    pub(crate) async fn is_ready(&self, world: &World, way: Way) {
        match way {
            Way::Socket => self.model.until_connected(1).await,
            Way::Http => {
                let door = |name: &str| format!("{}/slack/{name}", world.address());
                let (commands, interactions, events) = (door("command"), door("interaction"), door("event"));
                self.model
                    .set(|rules| rules.transport = Transport::Http(Doors { commands, interactions, events }));
            }
        }
        world.settle().await;
    }

    /// The same after a restart, over whichever way the world has.
    pub(crate) async fn comes_back(&self, world: &World) {
        let way = world.slack.as_ref().map_or(Way::Http, |(_, way)| *way);
        self.is_ready(world, way).await;
    }

    /// The user of a person whom the configuration lists, and of zoe.
    pub(crate) fn listed(&self, name: &str) -> Option<&str> {
        self.users.get(name).map(String::as_str)
    }

    /// Everybody of the workspace, by what they are called.
    pub(super) fn everybody(&self) -> impl Iterator<Item = (&String, &String)> {
        self.users.iter()
    }

    pub(crate) fn user(&self, name: &str) -> &str {
        &self.users[name]
    }

    /// Types a command in `#ops`, and waits for its answer.
    pub(crate) async fn types(&self, world: &World, who: &str, line: &str) -> Heard {
        self.types_in(world, who, (&self.ops, line)).await
    }

    /// The same in another channel.
    pub(crate) async fn types_in(&self, world: &World, who: &str, (channel, line): (&str, &str)) -> Heard {
        let nr =
            self.model.types(self.user(who), channel, line).unwrap_or_else(|why| panic!("{line}: {why}"));
        self.answered(world, nr).await
    }

    /// Types a command in `#ops`. Returns what only they are told.
    pub(crate) async fn told(&self, world: &World, who: &str, line: &str) -> Seen {
        self.message(self.types(world, who, line).await)
    }

    /// Presses the button with this label.
    pub(crate) async fn presses(&self, world: &World, who: &str, (ts, label): (&str, &str)) {
        let nr = self.model.presses(self.user(who), &self.ops, ts, label);
        self.answered(world, nr.unwrap_or_else(|why| panic!("{label}: {why}"))).await;
    }

    /// Speaks to the bot in `#ops`, in a thread there if one is named.
    pub(crate) async fn mentions(&self, world: &World, who: &str, (thread, text): (Option<&str>, &str)) {
        let nr = self.model.mentions(self.user(who), &self.ops, thread, text);
        self.answered(world, nr.unwrap_or_else(|why| panic!("{text}: {why}"))).await;
    }

    /// Waits for the answer to a delivery, and until everything settles.
    pub(crate) async fn answered(&self, world: &World, nr: Nr) -> Heard {
        let heard = self.model.until("an answer", |model| model.delivery(nr).heard).await;
        world.settle().await;
        heard
    }

    /// The message that an answer is.
    pub(crate) fn message(&self, heard: Heard) -> Seen {
        match heard {
            Heard::Message(ts) => self.model.message(&self.ops, &ts).unwrap(),
            other => panic!("no message: {other:?}"),
        }
    }

    /// What everyone sees in `#ops`.
    pub(crate) fn cards(&self) -> Vec<Seen> {
        self.seen().into_iter().filter(|seen| !seen.is_private).collect()
    }

    /// What ana sees in `#ops`.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.model.sees(self.user("ana"), &self.ops)
    }

    /// What only `who` was told in `#ops`, outside of threads.
    pub(crate) fn private(&self, who: &str) -> Vec<String> {
        let seen = self.model.sees(self.user(who), &self.ops).into_iter();
        seen.filter(|seen| seen.is_private).map(|seen| seen.text).collect()
    }

    /// The one card in `#ops`.
    pub(crate) fn card(&self) -> Seen {
        let mut cards = self.cards();
        assert_eq!(cards.len(), 1, "{cards:#?}");
        cards.remove(0)
    }

    /// The lines of a card's thread that everyone sees.
    pub(crate) fn thread(&self, card: &Seen) -> Vec<String> {
        let thread = self.model.thread(self.user("ana"), &self.ops, &card.ts).into_iter();
        thread.filter(|seen| !seen.is_private).map(|seen| seen.text).collect()
    }

    /// The bot's direct messages to `who`.
    pub(crate) fn direct(&self, who: &str) -> Vec<String> {
        let channel = self.model.direct(self.user(who));
        self.model.sees(self.user(who), &channel).into_iter().map(|seen| seen.text).collect()
    }

    /// How often a method was asked.
    pub(crate) fn requests(&self, method: &str) -> usize {
        self.model.requests(method).len()
    }
}
