//! A model of Slack for the tests, Web API and both ways of delivery: a server with rules of its own.
//!
//! It shares no code with the adapter that talks to it. What it enforces is in Slack's documentation, or was seen in
//! what its libraries report; foreign bots hold it to that (`proof/`). Where nobody outside knows, the model has
//! chosen:
//!
//! | question | answer of the model |
//! |---|---|
//! | a short burst of messages in one channel | 3, then one a second |
//! | the workspace's ceiling of posts | 300 a minute ("several hundred") |
//! | bursts over a tier | none: exactly the tier's number within any minute |
//! | `apps.connections.open`, tier 1 or 3 by the page | 20 a minute |
//! | all texts of a message's blocks together | 13,000 characters, then `msg_blocks_too_long` |
//! | a reply to what is not there | `thread_not_found`; to a reply: `cannot_reply_to_message` |
//! | an edit where the bot is no member any more | `not_in_channel`, without `chat:write.public` |
//! | an edit in an archived channel | `is_inactive` |
//! | which of the connections gets an envelope | they take turns |
//! | an acknowledgement on another connection | counts |
//! | between `warning` and the end of a connection | 10 s, as the reason says; 5 s more for acknowledgements |
//! | the address of a connection | works once, for 30 s |
//! | mentions in the text of a message with blocks | ping like those in its blocks |
//! | an undocumented field in a block | `invalid_blocks` |
//! | `apps.connections.open` without Socket Mode | `forbidden_team` |
//! | a method that it does not know | `unknown_method`, and a complaint |
//!
//! What Slack passes over in silence (a late acknowledgement, an answer that is no message) is a complaint here, and
//! [`Slack::complaints`] has them: a test of a well-behaved bot ends without any.
//!
//! Time is the test's [`Clock`]. It stands still until a delivery was acknowledged, or for half a real second; from
//! there on it is the app's to say that it is busy.

mod api;
mod check;
mod deliver;
mod faults;
mod form;
mod ids;
mod journal;
mod limits;
mod payload;
mod problem;
#[cfg(test)]
mod proof;
mod script;
mod server;
mod settings;
mod state;
#[cfg(test)]
mod tests;
mod text;
mod view;

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use callout::clock::Clock;
use callout::task::{self, TaskHandle};
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::watch;

use self::faults::Faults;
use self::ids::Ids;
use self::limits::Used;
use self::state::{Application, SLACKBOT, State, Team, User};

pub(crate) use self::deliver::{Heard, Kind, Nr, Outcome};
pub(crate) use self::faults::Fault;
pub(crate) use self::journal::Exchange;
pub(crate) use self::limits::Limits;
pub(crate) use self::script::Pick;
pub(crate) use self::settings::{Doors, Settings, Signing, Transport};
pub(crate) use self::view::Seen;

/// Real seconds after which something awaited is a failure.
const PATIENCE: Duration = Duration::from_secs(60);
/// Requests that are remembered; a test of thousands of calls makes some ten thousand.
const JOURNAL_MAX: usize = 1_000_000;

/// The modelled Slack.
#[derive(Debug)]
pub(crate) struct Slack {
    me: Weak<Self>,
    clock: Clock,
    address: SocketAddr,
    state: Mutex<State>,
    faults: Mutex<Faults>,
    journal: Mutex<Vec<Exchange>>,
    is_down: AtomicBool,
    changed: watch::Sender<u64>,
    server: OnceLock<TaskHandle>,
    /// For deliveries.
    http: reqwest::Client,
}

/// The signature of a body, as Slack makes it.
pub(crate) fn signed(secret: &str, time: i64, body: &str) -> String {
    deliver::sign(secret, time, body)
}

impl Slack {
    /// Starts it, with one workspace and the app in it.
    pub(crate) async fn start(clock: Clock, settings: Settings) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = State::new(&clock, settings, format!("http://{address}"));
        let slack = Arc::new_cyclic(|me| Self {
            me: me.clone(),
            clock,
            address,
            state: Mutex::new(state),
            faults: Mutex::default(),
            journal: Mutex::default(),
            is_down: AtomicBool::new(false),
            changed: watch::Sender::new(0),
            server: OnceLock::new(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
        });
        let accepting = server::accept(listener, Arc::downgrade(&slack));
        slack.server.set(task::spawn("the modelled slack", accepting)).expect("only once");
        slack
    }

    /// The address that stands for `https://slack.com/api`.
    pub(crate) fn api_url(&self) -> String {
        format!("http://{}/api", self.address)
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

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn is_down(&self) -> bool {
        self.is_down.load(Ordering::SeqCst)
    }

    /// Whether nobody but a delivery holds the model any more.
    fn is_gone(&self) -> bool {
        self.me.strong_count() <= 1
    }

    fn note(&self, exchange: Exchange) {
        let mut journal = self.journal.lock().unwrap();
        assert!(journal.len() < JOURNAL_MAX, "the model's journal is full");
        journal.push(exchange);
        drop(journal);
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
        let last = journal.iter().rev().take(10).map(|e| format!("{} → {} {}", e.method, e.status, e.answer));
        last.collect::<Vec<_>>().join("\n")
    }
}

impl State {
    fn new(clock: &Clock, settings: Settings, root: String) -> Self {
        let mut ids = Ids::default();
        let team = Team {
            id: ids.next('T'),
            name: "Callout's friends".to_owned(),
            domain: "callout-friends".to_owned(),
        };
        let app = Application::new(&mut ids);
        let named = |id: &str, name: &str, real_name: &str, is_bot: bool| User {
            id: id.to_owned(),
            name: name.to_owned(),
            real_name: real_name.to_owned(),
            display_name: String::new(),
            email: None,
            timezone: "America/Los_Angeles".to_owned(),
            is_bot,
            is_deleted: false,
        };
        // Slack's own bot calls itself none.
        let own = [
            named(&app.bot_user, "callout", "Callout", true),
            named(SLACKBOT, "slackbot", "Slackbot", false),
        ];
        Self {
            now: clock.now(),
            ids,
            settings,
            team,
            users: own.map(|user| (user.id.clone(), user)).into(),
            app,
            channels: BTreeMap::new(),
            messages: BTreeMap::new(),
            homes: BTreeMap::new(),
            modals: BTreeMap::new(),
            triggers: HashMap::new(),
            urls: HashMap::new(),
            deliveries: Vec::new(),
            sockets: deliver::Sockets::default(),
            used: Used::default(),
            complaints: Vec::new(),
            root,
        }
    }
}
