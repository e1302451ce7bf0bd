//! Discord: slash commands, cards and threads, over the gateway.
//!
//! serenity carries the bytes: its gateway client, its routes, its builders, its limiter. What is said, stored and
//! retried is ours. An interaction goes this way: `gateway` hears it, `decode` reads it, the intake stores it, and
//! only then `answer` answers. Cards are posted and edited by the bot's own token (`client`).

mod adopt;
mod answer;
mod client;
mod commands;
mod complete;
mod counts;
mod decode;
mod ears;
mod gateway;
mod limits;
mod link;
mod markdown;
mod message;
mod probe;
mod register;
mod render;
mod rest;
mod serve;
mod settings;
mod threads;

use std::sync::Arc;
use std::time::Duration;

pub use self::counts::{Counted, Counts};
use self::link::Link;
use self::message::Memory;
pub use self::probe::{Access, GuildAccess, Myself, ProbeError};
use self::rest::Rest;
pub use self::serve::{Doors, Serving};
pub use self::settings::{DiscordSettings, Reach, SettingsError};
use crate::clock::Clock;

/// The name of this chat, as in `Place::chat`.
pub const NAME: &str = "discord";
/// A message is edited at most this often, but for its last state: Discord counts edits and posts of a channel together.
const EDIT_PAUSE: Duration = Duration::from_secs(2);

/// Discord, as the bot reads and writes there.
#[derive(Debug)]
pub struct Discord {
    settings: DiscordSettings,
    clock: Clock,
    rest: Rest,
    memory: Memory,
    link: Arc<Link>,
    counts: Arc<Counts>,
}

impl Discord {
    /// The way to Discord that `settings` say. Nothing is sent yet.
    ///
    /// # Errors
    /// [`SettingsError`] when no client can be made of them.
    pub fn new(settings: DiscordSettings, clock: Clock) -> Result<Arc<Self>, SettingsError> {
        let counts = Arc::new(Counts::default());
        let rest = Rest::new(&settings, clock.clone(), Arc::clone(&counts))?;
        let (memory, link) = (Memory::new(), Arc::default());
        Ok(Arc::new(Self { settings, clock, rest, memory, link, counts }))
    }

    /// What was counted since the start.
    #[must_use]
    pub const fn counts(&self) -> &Arc<Counts> {
        &self.counts
    }

    /// Whether commands arrive now, and how long ago the last sign of life of the gateway was.
    #[must_use]
    pub fn connection(&self) -> (bool, Duration) {
        (self.link.is_up(), self.link.silent_for(self.clock.now()))
    }
}
