//! What the program does, a verb a file. Each ends in one commit; nothing here waits for a poll.

mod alerts;
mod announce;
mod ask;
mod backoff;
mod board;
mod carry_out;
mod code;
mod commit;
mod confirm;
mod dial;
mod duty_news;
mod hang_up;
mod hear;
mod intake;
mod late;
mod limits;
mod link;
mod look;
mod on_call;
mod outage;
mod page;
mod personal;
mod read;
mod recover;
mod repeats;
mod replaced;
mod report;
mod resolve;
mod resume;
mod ring_again;
mod shared;
mod start_call;
mod sweep;
mod take_shift;
mod timer;
mod unshown;
mod voice;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::clock::Clock;
use crate::ports::{Chat, Engine, HandOver, Live, Steps, Store, Webhooks};

pub use self::alerts::{AlertTurns, AlertsHeard};
pub use self::board::BOARD_PAUSE;
pub use self::intake::Door;
pub use self::late::LateLooks;
pub use self::limits::Limits;
pub use self::look::{POLL_CONNECTED, POLL_RINGING, poll_pause};
pub use self::shared::Shared;
pub use self::take_shift::LaidOver;
pub use self::voice::Voice;

/// What every use case is handed.
pub struct Context {
    /// Keeps what must outlive the process.
    pub store: Arc<dyn Store>,
    /// Rings phones.
    pub engine: Arc<dyn Engine>,
    /// What callees who answer hear it by; `None`: nothing.
    pub voice: Option<Voice>,
    /// Where cards are posted, by name.
    pub chats: HashMap<String, Arc<dyn Chat>>,
    /// Tells other programs.
    pub webhooks: Arc<dyn Webhooks>,
    /// Gets what was committed.
    pub hand_over: Arc<dyn HandOver>,
    /// The live call map.
    pub live: Arc<dyn Live>,
    /// Tells the time.
    pub clock: Clock,
    /// Who may do how much.
    pub limits: Limits,
    /// How late records are looked for.
    pub late_looks: LateLooks,
    /// People, limits, names: replaced whole when the file is read again.
    pub settings: Shared,
    /// What is laid over the schedules: all that is kept and not over.
    pub overrides: LaidOver,
    /// Held by whoever changes the overrides, so that memory has them in the order of the commits.
    pub overrides_turn: tokio::sync::Mutex<()>,
    /// Held by whoever changes what a person chose: a choice is made of the one before.
    pub choices_turn: tokio::sync::Mutex<()>,
    /// Held by whoever posts a board: a channel has one.
    pub boards_turn: tokio::sync::Mutex<()>,
    /// Deliveries of alerts that concern the same pages wait for each other.
    pub alert_turns: AlertTurns,
    /// What came of them.
    pub alerts_heard: AlertsHeard,
    /// Where tests crash.
    pub steps: Arc<dyn Steps>,
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("chats", &self.chats.keys()).finish_non_exhaustive()
    }
}
