//! A model of Discord, REST and gateway, for the tests: a server with rules of its own.
//!
//! It shares no code with the adapter that talks to it. What it enforces is in Discord's documentation, or was
//! seen in what its libraries report; foreign bots and Discord's own OpenAPI document hold it to that (`proof/`).
//! Where nobody outside knows, the model has chosen:
//!
//! | question | answer of the model |
//! |---|---|
//! | limits of the routes | sizes that are seen; any other by [`RateLimits`] |
//! | edits of a message that is older than an hour | 5 within any hour, then 429 with code 30046 |
//! | a token whose interaction was not answered in time | 10062 for the answer, 10015 for everything else |
//! | a message to a locked thread | 403 with code 50083, unless the bot may manage threads |
//! | a change in an archived thread | 400 with code 50083; a new message brings it back |
//! | how long a nonce is remembered | five minutes |
//! | how long a session waits for its client | three minutes |
//! | an escaped mention | pings like any other: only `allowed_mentions` is sure |
//! | what it does not know | 501, so that a test notices |
//!
//! Time is the test's [`Clock`], except for the heartbeat's interval. It stands still until the client has read
//! an event; from there on it is the client's to say that it is busy.

mod check;
mod entities;
mod faults;
mod gateway;
mod ids;
mod journal;
mod limits;
mod messages;
mod permissions;
mod problem;
#[cfg(test)]
mod proof;
mod rest;
mod schema;
mod script;
mod server;
mod settings;
mod state;
#[cfg(test)]
mod tests;
mod tls;
mod view;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use callout::clock::Clock;
use callout::task::{self, TaskHandle};
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::watch;

use self::faults::Faults;
use self::rest::Call;
use self::state::State;

pub(crate) use self::faults::Fault;
pub(crate) use self::ids::Id;
pub(crate) use self::journal::Exchange;
pub(crate) use self::permissions::bits;
pub(crate) use self::schema::Schema;
pub(crate) use self::settings::{Limit, RateLimits, Settings};
pub(crate) use self::state::Answer;
pub(crate) use self::view::{Heard, Seen};

/// Real seconds after which something awaited is a failure.
const PATIENCE: Duration = Duration::from_secs(60);
/// Requests that are remembered; a test of thousands of calls makes some ten thousand.
const JOURNAL_MAX: usize = 1_000_000;

/// The modelled Discord.
#[derive(Debug)]
pub(crate) struct Discord {
    clock: Clock,
    address: SocketAddr,
    state: Mutex<State>,
    faults: Mutex<Faults>,
    journal: Mutex<Vec<Exchange>>,
    /// Why clients were thrown out.
    closes: Mutex<Vec<u16>>,
    is_down: AtomicBool,
    is_simulated: bool,
    changed: watch::Sender<u64>,
    server: OnceLock<TaskHandle>,
    tls: OnceLock<TaskHandle>,
}

impl Discord {
    /// Starts it, with one guild and the bot in it.
    pub(crate) async fn start(clock: Clock, settings: Settings) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        // Nobody is ever busy on the machine's clock.
        let probe = clock.busy();
        let is_simulated = clock.in_flight() > 0;
        drop(probe);
        let state = State::new(&clock, settings, &format!("ws://{address}/resume"));
        let discord = Arc::new(Self {
            clock,
            address,
            state: Mutex::new(state),
            faults: Mutex::default(),
            journal: Mutex::default(),
            closes: Mutex::default(),
            is_down: AtomicBool::new(false),
            is_simulated,
            changed: watch::Sender::new(0),
            server: OnceLock::new(),
            tls: OnceLock::new(),
        });
        let accepting = server::accept(listener, Arc::downgrade(&discord));
        discord.server.set(task::spawn("the modelled discord", accepting)).expect("only once");
        discord
    }

    /// The address that stands for `https://discord.com`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where the gateway is.
    pub(crate) fn gateway(&self) -> String {
        format!("ws://{}/gateway", self.address)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.now = self.clock.now();
        state
    }

    /// Reads the state.
    fn look<R>(&self, read: impl FnOnce(&State) -> R) -> R {
        read(&self.lock())
    }

    /// The one way in which the state changes.
    fn change<R>(&self, act: impl FnOnce(&mut State) -> R) -> R {
        let result = act(&mut self.lock());
        self.changed.send_modify(|count| *count += 1);
        result
    }

    fn clock(&self) -> &Clock {
        &self.clock
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn is_simulated(&self) -> bool {
        self.is_simulated
    }

    fn is_down(&self) -> bool {
        self.is_down.load(Ordering::SeqCst)
    }

    fn fault(&self, call: &Call) -> Option<Fault> {
        self.faults.lock().unwrap().take(&call.method, &call.parts)
    }

    fn note(&self, exchange: Exchange) {
        let mut journal = self.journal.lock().unwrap();
        assert!(journal.len() < JOURNAL_MAX, "the model's journal is full");
        journal.push(exchange);
        drop(journal);
        self.changed.send_modify(|count| *count += 1);
    }

    fn note_close(&self, code: u16) {
        self.closes.lock().unwrap().push(code);
        self.changed.send_modify(|count| *count += 1);
    }

    /// Returns what `find` finds, as soon as it does. In real time: for clients whose clock is not ours.
    pub(crate) async fn until<R>(&self, what: &str, mut find: impl FnMut(&Self) -> Option<R>) -> R {
        let mut changes = self.changed.subscribe();
        let waiting = async {
            loop {
                changes.mark_unchanged();
                if let Some(found) = find(self) {
                    return found;
                }
                changes.changed().await.unwrap();
            }
        };
        #[expect(clippy::disallowed_methods, reason = "a real bound on what never comes")]
        let found = tokio::time::timeout(PATIENCE, waiting).await;
        found.unwrap_or_else(|_| panic!("never came: {what}\n{}", self.tail()))
    }

    /// The last requests, for whoever wonders.
    pub(crate) fn tail(&self) -> String {
        let journal = self.journal.lock().unwrap();
        let last = journal.iter().rev().take(10).map(|e| format!("{} → {}", e.line(), e.status));
        last.collect::<Vec<_>>().join("\n")
    }
}
