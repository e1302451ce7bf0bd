//! Slack: slash commands, cards and threads, over Socket Mode, over HTTP, or both.
//!
//! Nothing but JSON over reqwest and a websocket: why, and why not a library of Slack's, is in ADR 10. A delivery goes
//! this way: a `line` or a `door` takes it, `decode` reads it, the intake stores it, and only then `answer`
//! acknowledges it. Cards are posted and edited by the bot's own token (`client`).

mod answer;
mod api;
mod backlog;
mod client;
mod counts;
mod decode;
mod door;
mod forms;
mod home;
mod limits;
mod line;
mod line_up;
mod manifest;
mod message;
mod mrkdwn;
mod page_form;
mod probe;
mod render;
mod serve;
mod settings;
mod sign;
mod socket;
mod state;
mod threads;
mod wire;

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use self::api::Api;
use self::backlog::Backlog;
pub use self::counts::{Counted, Counts};
use self::line_up::LineUp;
pub use self::manifest::{SCOPES, manifest};
use self::message::{Changing, Memory};
pub use self::probe::{Access, Known, Myself, ProbeError};
pub use self::serve::{Doors, Serving};
pub use self::settings::{ApiRoot, Pace, SettingsError, SlackSettings};
use self::state::State;
use crate::clock::Clock;

/// The name of this chat, as in `Place::chat`.
pub const NAME: &str = "slack";

/// Slack, as the bot reads and writes there.
#[derive(Debug)]
pub struct Slack {
    settings: SlackSettings,
    clock: Clock,
    api: Api,
    memory: Memory,
    changing: Changing,
    backlog: Backlog,
    line_up: LineUp,
    state: State,
    counts: Arc<Counts>,
    /// Deliveries that are being answered.
    open: Arc<AtomicUsize>,
    /// Ends what is still being answered when the program ends.
    gone: CancellationToken,
}

impl Slack {
    /// The way to Slack that `settings` say. Nothing is sent yet.
    ///
    /// # Errors
    /// [`SettingsError`] when no client can be made of them.
    pub fn new(settings: SlackSettings, clock: Clock) -> Result<Arc<Self>, SettingsError> {
        let counts = Arc::new(Counts::default());
        let api = Api::new(settings.clone(), clock.clone(), Arc::clone(&counts))?;
        let (memory, changing) = (Memory::new(), Changing::default());
        let (backlog, line_up) = (Backlog::default(), LineUp::default());
        let (state, open, gone) = (State::default(), Arc::default(), CancellationToken::new());
        Ok(Arc::new(Self {
            settings,
            clock,
            api,
            memory,
            changing,
            backlog,
            line_up,
            state,
            counts,
            open,
            gone,
        }))
    }

    /// What was counted since the start.
    #[must_use]
    pub const fn counts(&self) -> &Arc<Counts> {
        &self.counts
    }

    /// Whether Socket Mode is wanted.
    #[must_use]
    pub const fn has_socket(&self) -> bool {
        self.settings.app_token.is_some()
    }

    /// Whether a socket is there, `None` when none is wanted; and how long ago its last sign of life was.
    #[must_use]
    pub fn connection(&self) -> (Option<bool>, Duration) {
        (self.state.is_up(), self.state.silent_for(self.clock.now()))
    }
}
