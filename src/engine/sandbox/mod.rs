//! A model of the call engine: an HTTP server with rules of its own, for the sandbox and the tests.
//!
//! It serves what the wire reference says of Tencent Call (sections 1 to 3 and 5) under
//! `/sandbox/engine/v4/…` (with `/sandbox/engine/at/{region}/v4/…` as the door of a data centre), and of the
//! cloud API (6, 8 and 9.2) under `/sandbox/engine/trtc/`. It keeps a switchboard of calls, handsets and ingest
//! tasks, sends the three callbacks, and shares no code with the client that talks to it. People reach their
//! handsets under `/sandbox/handset…`; `/sandbox/engine/dials` and `/sandbox/engine/ingests` list what it was
//! asked to ring and to play.
//!
//! Where the reference is silent, the model has chosen; what has a setting can be chosen otherwise:
//!
//! | question | answer of the model | setting |
//! |---|---|---|
//! | a callee without an account | `ResultCode` 70107 beside others; alone, the whole request is 70107 | `not_imported` |
//! | a busy callee | is invited (`ResultCode` 0) and leaves at once; alone, the call ends as `CallBusy` | |
//! | a switched-off callee | leaves at once as `Offline` | |
//! | `end_call` before the answer | `Cancel` | `results` |
//! | a group that nobody answered | ends like its last leg; one that somebody answered is a `NormalEnd` | |
//! | `get_record_by_filter` | by the start of the call, oldest first, at most 100 a page; `Page` 0 without data | `ignore_filters` |
//! | too many requests | 60007, counted in any span of one second; off unless switched on | `call_limit`, `cloud_limit` |
//! | ten forged UserSigs in a minute | 70050 for everybody until the minute is over | |
//! | `RoomIdType` of a string room, for ingest | 1, as the tutorial says | `string_room` |
//! | a source | is as long as it is told to be; another source begins anew | `source_ms` |
//! | an empty room | is played to like any other | |
//! | speech | is silence; an MP3 file carries its text as the title | |
//!
//! It misbehaves on command: [`Fault`] says how, [`Settings`] what else can be chosen, and
//! `POST /sandbox/engine/faults` takes both. A fault is a number of times (`3`), a share of its chances
//! (`0.05`, decided by `seed`), `true` or `false`, or `{"times": 3, "share": 0.05, "on": "end_call"}`.
//! `{"clear": true}` takes all back; `GET` shows what is left.

mod auth;
mod body;
mod call;
mod callbacks;
mod cloud;
mod commands;
mod dispatch;
mod doors;
mod dress;
mod faults;
mod handset;
mod ingest;
mod keep;
mod ledger;
mod limits;
mod phone;
mod record;
mod switchboard;
#[cfg(test)]
mod tests;
mod timer;
mod wire;

use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use secrecy::SecretString;
use tokio::sync::{Notify, watch};

use self::auth::Application;
use self::callbacks::Callbacks;
use self::cloud::CloudAccount;
use self::dispatch::Dispatch;
use self::faults::FaultBox;
use self::ledger::Log;
use self::limits::{Forgeries, Limits};
use self::switchboard::{News, Switchboard};
use crate::clock::{Busy, Clock};
use crate::domain::ids::Account;
use crate::journal::{Journal, JournalError};
use crate::task::TaskHandle;

pub use self::faults::{Fault, Faults, LimitCode, NotImported, Region, Settings, StringRoom};
pub use self::handset::{Handset, HandsetAction, HandsetError, HandsetState};
pub use self::ingest::{Ingest, IngestEnd, IngestPause, IngestSource, RoomKind};
pub use self::ledger::{DialSeen, Ring};

/// What a modelled engine is made of.
#[derive(Debug)]
pub struct SandboxConfig {
    /// The application's id.
    pub sdk_app_id: u32,
    /// The application's `SecretKey`, with which UserSigs are checked.
    pub usersig_key: SecretString,
    /// The cloud account, which may use the cloud API: its `SecretId`.
    pub secret_id: String,
    /// The `SecretKey` of the cloud account. Not the application's.
    pub secret_key: SecretString,
    /// The only account that may command it.
    pub admin_account: Account,
    /// An account that calls. It is imported like a callee.
    pub robot_account: Account,
    /// Everybody who has a handset.
    pub accounts: Vec<Account>,
    /// The folder in which it remembers its calls; `None` forgets them with the process.
    pub data: Option<PathBuf>,
    /// Its time.
    pub clock: Clock,
}

/// The modelled engine.
#[derive(Debug)]
pub struct Sandbox {
    app: Application,
    cloud: CloudAccount,
    /// Has no handset, but may call.
    robot: String,
    clock: Clock,
    state: Mutex<State>,
    journal: Journal,
    faults: FaultBox,
    limits: Limits,
    forgeries: Forgeries,
    callbacks: Callbacks,
    /// The next instant at which something happens by itself changed.
    wake: Notify,
    changed: watch::Sender<u64>,
    requests: AtomicU64,
}

#[derive(Debug)]
struct State {
    board: Switchboard,
    dispatch: Dispatch,
    rings: Log<Ring>,
    dials: Log<DialSeen>,
    /// Held until the timer sleeps for the new next time-out: or simulated time could run past it.
    rearm: Option<Busy>,
}

impl Sandbox {
    /// Makes an engine as it was when it last stopped. [`start`](Self::start) makes it live.
    ///
    /// # Errors
    /// When what it remembered cannot be read.
    pub fn new(config: SandboxConfig) -> Result<Arc<Self>, JournalError> {
        let (journal, left) = keep::open(config.data.as_deref())?;
        let now = config.clock.now();
        let mut state = State {
            board: Switchboard::new(rand::random()),
            dispatch: Dispatch::new(config.sdk_app_id, config.clock.clone()),
            rings: Log::default(),
            dials: Log::default(),
            rearm: None,
        };
        for account in &config.accounts {
            state.board.add_account(account.as_str(), now);
        }
        state.restore(left, now);
        // What the configuration added needs no memory; what became too old meanwhile is forgotten.
        let news = News { phones: Vec::new(), ..state.board.take_news() };
        keep::write(&journal, &state.board, &news);
        Ok(Arc::new(Self {
            app: Application {
                id: config.sdk_app_id,
                key: config.usersig_key,
                admin: config.admin_account.as_str().to_owned(),
            },
            cloud: CloudAccount { id: config.secret_id, key: config.secret_key },
            robot: config.robot_account.as_str().to_owned(),
            clock: config.clock,
            state: Mutex::new(state),
            journal,
            faults: FaultBox::default(),
            limits: Limits::default(),
            forgeries: Forgeries::default(),
            callbacks: Callbacks::new(),
            wake: Notify::new(),
            changed: watch::Sender::new(0),
            requests: AtomicU64::new(0),
        }))
    }

    /// Starts what ends ringing and sends callbacks. The engine is dead without it, and lives until the
    /// handles are dropped.
    #[must_use = "the engine stops when the handles are dropped"]
    pub fn start(self: &Arc<Self>) -> Vec<TaskHandle> {
        let mut tasks = self.callbacks.start(&self.clock);
        tasks.push(timer::start(Arc::clone(self)));
        tasks
    }

    /// The handset of `account`.
    #[must_use]
    pub fn handset(&self, account: &str) -> Option<Handset> {
        self.lock().board.handset(account)
    }

    /// The first `limit` handsets, and how many there are.
    #[must_use]
    pub fn handsets(&self, limit: usize) -> (Vec<Handset>, usize) {
        let (total, first) = self.lock().board.handsets(limit);
        (first, total)
    }

    /// The owner of a handset does something with it. Returns the handset as it is then.
    ///
    /// # Errors
    /// When there is no such handset, or its state does not allow it; the text is for people.
    pub fn act(&self, account: &str, action: HandsetAction) -> Result<Handset, HandsetError> {
        self.change(|state, now| {
            state.board.act(account, action, now)?;
            let handset = state.board.handset(account);
            handset.ok_or_else(|| HandsetError::NoSuchAccount(account.to_owned()))
        })
    }

    /// What is still to go wrong.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.faults.now()
    }

    /// Changes what goes wrong, as `POST /sandbox/engine/faults` does. Returns what is then to go wrong.
    ///
    /// # Errors
    /// A sentence naming the known keys.
    pub fn misbehave(&self, wish: &str) -> Result<Faults, String> {
        self.faults.change(wish.as_bytes())
    }

    /// Every time a phone started to ring, oldest first.
    #[must_use]
    pub fn rings(&self) -> Vec<Ring> {
        self.lock().rings.all()
    }

    /// Every dial that was accepted, oldest first; one of a busy callee too.
    #[must_use]
    pub fn dials(&self) -> Vec<DialSeen> {
        self.lock().dials.all()
    }

    /// Every ingest task there was, oldest first.
    #[must_use]
    pub fn ingests(&self) -> Vec<Ingest> {
        self.lock().board.ingests().page(0, usize::MAX).0
    }

    /// A number that grows whenever a handset changes, or what is played to it.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The one way in which the switchboard changes: what follows from it happens in the same order.
    fn change<R>(&self, act: impl FnOnce(&mut State, Timestamp) -> R) -> R {
        let mut state = self.lock();
        let due = state.next_due();
        let result = act(&mut state, self.clock.now());
        let news = state.board.take_news();
        keep::write(&self.journal, &state.board, &news);
        self.tell(&mut state, &news);
        if state.next_due() != due {
            state.rearm = Some(self.clock.busy());
            self.wake.notify_one();
        }
        drop(state);
        if !news.is_empty() {
            self.changed.send_modify(|count| *count += 1);
        }
        result
    }

    fn tell(&self, state: &mut State, news: &News) {
        let now = self.clock.now();
        for (account, call) in &news.rings {
            let room = state.board.room(call).unwrap_or_default();
            state.rings.push(Ring { at: now, account: account.clone(), room, call: call.clone() });
        }
        let events = news.events.iter().flat_map(|event| state.dispatch.tell(event, &self.faults));
        events.for_each(|notice| self.callbacks.send(notice, &self.clock));
        let due = state.dispatch.due(now).into_iter();
        due.for_each(|notice| self.callbacks.send(notice, &self.clock));
    }
}

impl State {
    /// When the next thing happens by itself.
    fn next_due(&self) -> Option<Timestamp> {
        self.board.next_due().into_iter().chain(self.dispatch.next_due()).min()
    }
}
