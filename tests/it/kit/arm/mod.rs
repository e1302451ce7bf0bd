//! A world whose people are not at their desks: what the desk's doors do is done in another chat, and what the channel
//! shows is read there. `CALLOUT_TEST_CHAT` plays every story of the suite this way, but for those about the desk.

mod discord;
mod slack;

use callout::domain::person::Person;
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

impl Arm {
    /// The chat that was chosen; `None`: people stay at their desks.
    pub(super) async fn chosen(world: &mut World) -> Option<Self> {
        Some(match std::env::var(CHAT).as_deref() {
            Ok("discord") => Self::Discord(discord::Arm::open(world).await),
            Ok("slack") => Self::Slack(slack::Arm::open(world, Way::Socket).await),
            Ok("slack-http") => Self::Slack(slack::Arm::open(world, Way::Http).await),
            Ok("desk") | Err(_) => return None,
            Ok(other) => panic!("{CHAT}={other}: desk, discord, slack or slack-http"),
        })
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
