//! A world whose people are not at their desks: what the desk's doors do is done in another chat, and what the channel
//! shows is read there. `CALLOUT_TEST_CHAT` plays every story of the suite this way, but for those about the desk.

mod discord;
mod slack;

use std::sync::Arc;

use callout::domain::alert::{Source, Sources};
use callout::domain::escalation::{Policies, Policy};
use callout::domain::person::{Directory, Person};
use callout::domain::report::Place;
use callout::domain::settings::Settings;
use serde_json::Value;

use super::people::Said;
use super::workspace::Way;
use super::world::World;

/// Which chat the stories are played in: `desk`, which is the default, `discord`, `slack` (over sockets) or `slack-http`.
const CHAT: &str = "CALLOUT_TEST_CHAT";

/// The chat that people are in.
pub(super) enum Arm {
    Discord(discord::Arm),
    Slack(slack::Arm),
}

/// A text as the desk writes it, where stories are compared with.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The same with people called as at the desk, where names are ids: `eve (discord:1)` and `discord:1` are `desk:eve`.
fn called_as_at_desk<I: std::fmt::Display>(
    text: String,
    chat: &str,
    people: impl Iterator<Item = (String, I)>,
) -> String {
    people.fold(text, |text, (name, id)| {
        let at_desk = format!("desk:{name}");
        text.replace(&format!("{name} ({chat}:{id})"), &at_desk).replace(&format!("{chat}:{id}"), &at_desk)
    })
}

impl Arm {
    /// The chat that was chosen; `None`: people stay at their desks.
    pub(super) async fn chosen(world: &mut World) -> Option<Self> {
        let arm = match std::env::var(CHAT).as_deref() {
            Ok("discord") => Self::Discord(discord::Arm::open(world).await),
            Ok("slack") => Self::Slack(slack::Arm::open(world, Way::Socket).await),
            Ok("slack-http") => Self::Slack(slack::Arm::open(world, Way::Http).await),
            Ok("desk") | Err(_) => return None,
            Ok(other) => panic!("{CHAT}={other}: desk, discord, slack or slack-http"),
        };
        arm.moves(&mut world.settings);
        let people = world.settings.people.iter().cloned().map(|mut person| {
            if world.away.contains(&person.id.to_string()) {
                (person.discord, person.slack) = (None, None);
            }
            person
        });
        world.settings.people = Arc::new(Directory::new(people.collect()).unwrap());
        Some(arm)
    }

    /// How often a Callout has connected so far.
    pub(super) fn sessions(&self) -> u32 {
        match self {
            Self::Discord(arm) => arm.sessions(),
            Self::Slack(arm) => arm.sessions(),
        }
    }

    /// Returns once a Callout that was started after `before` sessions is there.
    pub(super) async fn is_ready(&self, world: &World, before: u32) {
        match self {
            Self::Discord(arm) => arm.is_ready(world, before).await,
            Self::Slack(arm) => arm.is_ready(world, before).await,
        }
    }

    /// Types a line; one that the platform delivers under `key` comes again under the same key.
    pub(super) async fn types(&self, world: &World, person: &str, typed: (&str, Option<&str>)) -> Said {
        match self {
            Self::Discord(arm) => arm.types(world, person, typed).await,
            Self::Slack(arm) => arm.types(world, person, typed).await,
        }
    }

    /// Presses a button of a card or a question. A form that comes is filled in with the text.
    pub(super) async fn presses(
        &self,
        world: &World,
        person: &str,
        pressed: (&str, &str, Option<&str>),
    ) -> Said {
        match self {
            Self::Discord(arm) => arm.presses(world, person, pressed).await,
            Self::Slack(arm) => arm.presses(world, person, pressed).await,
        }
    }

    /// Says something in a card's thread, or does what comes closest to it.
    pub(super) async fn says(&self, world: &World, person: &str, said: (&str, &str)) -> Said {
        match self {
            Self::Discord(arm) => arm.says(world, person, said).await,
            Self::Slack(arm) => arm.says(world, person, said).await,
        }
    }

    /// The messages of the channel, as the desk lists cards.
    pub(super) fn channel(&self, world: &World) -> Vec<Value> {
        match self {
            Self::Discord(arm) => arm.channel(world),
            Self::Slack(arm) => arm.channel(world),
        }
    }

    /// Writes down who a person is in this chat, as the file that is read at first does.
    pub(super) fn names(&self, person: &mut Person) {
        match self {
            Self::Discord(arm) => person.discord = arm.listed(person.id.as_str()),
            Self::Slack(arm) => person.slack = arm.listed(person.id.as_str()),
        }
    }

    /// The last thing that only they were told, where they are or as a direct message.
    pub(super) fn heard(&self, person: &str) -> Option<String> {
        match self {
            Self::Discord(arm) => arm.heard(person),
            Self::Slack(arm) => arm.heard(person),
        }
    }

    /// What only they were told unasked, oldest first.
    pub(super) fn told(&self, person: &str) -> Vec<Said> {
        match self {
            Self::Discord(arm) => arm.told(person),
            Self::Slack(arm) => arm.told(person),
        }
    }

    /// What is written at a desk about people of the chat, with them called as at a desk.
    pub(super) fn called_as_at_desk(&self, text: &str) -> String {
        match self {
            Self::Discord(arm) => arm.names_at_desk(text.to_owned()),
            Self::Slack(arm) => arm.names_at_desk(text.to_owned()),
        }
    }

    /// The channel where people are.
    pub(super) fn place(&self) -> Place {
        match self {
            Self::Discord(arm) => arm.place(),
            Self::Slack(arm) => arm.place(),
        }
    }

    /// Who somebody is to the chat: `discord:80351110224678912`.
    pub(super) fn user_of(&self, person: &str) -> String {
        match self {
            Self::Discord(arm) => format!("discord:{}", arm.user(person)),
            Self::Slack(arm) => format!("slack:{}", arm.user(person)),
        }
    }

    /// What is posted at the desk, is posted where people are.
    pub(super) fn moves(&self, settings: &mut Settings) {
        let moved = |places: &mut Vec<Place>| {
            for place in places.iter_mut().filter(|place| place.chat == "desk") {
                *place = self.place();
            }
        };
        let mut sources: Vec<Source> =
            settings.sources.iter().map(|source| source.as_ref().clone()).collect();
        for source in &mut sources {
            moved(&mut source.post);
            source.rules.iter_mut().filter_map(|rule| rule.post.as_mut()).for_each(moved);
        }
        let mut policies: Vec<Policy> =
            settings.policies.iter().map(|policy| policy.as_ref().clone()).collect();
        policies.iter_mut().flat_map(|policy| &mut policy.steps).for_each(|step| moved(&mut step.post));
        (settings.sources, settings.policies) = (Sources::new(sources), Policies::new(policies));
        if let Some(place) = settings.admin_channel.as_mut().filter(|place| place.chat == "desk") {
            *place = self.place();
        }
    }

    /// Somebody deletes the message of a card.
    pub(super) fn deletes(&self, world: &World, card: &str) {
        match self {
            Self::Discord(arm) => arm.deletes(world, card),
            Self::Slack(arm) => arm.deletes(world, card),
        }
    }

    /// Nothing was asked or answered that the platform does not know.
    pub(super) fn ends_well(&self) {
        match self {
            Self::Discord(arm) => arm.ends_well(),
            Self::Slack(arm) => arm.ends_well(),
        }
    }
}
