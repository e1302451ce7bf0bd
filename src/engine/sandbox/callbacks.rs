//! Callbacks: told once to one URL, within a time limit, never repeated (wire reference, 3).

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::switchboard::Event;
use super::wire::{call_info, call_record, user_list};
use crate::clock::{Busy, Clock};
use crate::task::{TaskHandle, spawn};

/// Callbacks under way at the same time. Those of one call share a sender, so they keep their order.
const SENDERS: usize = 4;
/// Callbacks that wait for a sender; what does not fit is dropped, as polling covers it.
const QUEUE: usize = 10_000;
/// How long the receiver may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Every callback there is (wire reference, 3.1).
pub(super) const COMMANDS: [&str; 3] =
    ["Call.CallbackAfterStartCall", "Call.CallbackAfterMemberChanged", "Call.CallbackAfterEndCall"];

/// Who is told what: the one configuration of the application (2.6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Target {
    pub(super) url: String,
    pub(super) commands: Vec<String>,
}

/// One callback, ready to be sent. Simulated time stands still until it is.
#[derive(Debug)]
pub(super) struct Notice {
    call: String,
    url: String,
    body: String,
    _busy: Busy,
}

/// The senders' queues.
#[derive(Debug)]
pub(super) struct Callbacks {
    queues: Vec<mpsc::Sender<Notice>>,
    /// Until they are started.
    waiting: Mutex<Vec<mpsc::Receiver<Notice>>>,
}

impl Event {
    const fn command(&self) -> &'static str {
        match self {
            Self::Started(_) => COMMANDS[0],
            Self::Changed { .. } => COMMANDS[1],
            Self::Ended(_) => COMMANDS[2],
        }
    }

    fn call_id(&self) -> &str {
        match self {
            Self::Started(call) => &call.id,
            Self::Changed { call, .. } => call,
            Self::Ended(record) => &record.id,
        }
    }

    fn body(&self, now: Timestamp) -> Value {
        let mut body = match self {
            Self::Started(call) => json!({
                "CallInfo": call_info(call, "CallMediaType"),
                "UserList": user_list(&call.members()),
            }),
            Self::Changed { call, members, account, action } => json!({
                "CallId": call,
                "UserList": user_list(members),
                "ChangedUserList": [{"User_Account": account, "ActionType": action}],
            }),
            Self::Ended(record) => json!({"CallRecord": call_record(record)}),
        };
        body["CallbackCommand"] = self.command().into();
        body["EventTime"] = now.as_millisecond().into();
        body
    }
}

impl Target {
    /// The callback for `event`, if this target wants it.
    pub(super) fn notice(&self, app: u32, event: &Event, clock: &Clock) -> Option<Notice> {
        let command = event.command();
        if !self.commands.iter().any(|wanted| wanted == command) {
            return None;
        }
        let query = format!("SdkAppid={app}&CallbackCommand={command}&contenttype=json&ClientIP=127.0.0.1");
        Some(Notice {
            call: event.call_id().to_owned(),
            url: format!("{}?{query}&OptPlatform=RESTAPI", self.url),
            body: event.body(clock.now()).to_string(),
            _busy: clock.busy(),
        })
    }
}

impl Notice {
    pub(super) fn copy(&self, clock: &Clock) -> Self {
        let (call, url, body) = (self.call.clone(), self.url.clone(), self.body.clone());
        Self { call, url, body, _busy: clock.busy() }
    }
}

impl Callbacks {
    pub(super) fn new() -> Self {
        let (queues, waiting) = (0..SENDERS).map(|_| mpsc::channel(QUEUE / SENDERS)).unzip();
        Self { queues, waiting: Mutex::new(waiting) }
    }

    /// Sends soon, or drops what does not fit. Never waits.
    pub(super) fn send(&self, notice: Notice) {
        let mut hasher = DefaultHasher::new();
        notice.call.hash(&mut hasher);
        let shard = usize::try_from(hasher.finish() % SENDERS as u64).unwrap_or_default();
        if self.queues[shard].try_send(notice).is_err() {
            tracing::warn!(queue = QUEUE, "sandbox: a callback was dropped, too many wait");
        }
    }

    /// The senders, to be started once.
    pub(super) fn start(&self, clock: &Clock) -> Vec<TaskHandle> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let client = client();
        let sender = |queue| spawn("sandbox-callbacks", run(queue, client.clone(), clock.clone()));
        waiting.drain(..).map(sender).collect()
    }
}

/// A client of the loopback: no proxy, no redirect.
fn client() -> reqwest::Client {
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    client.build().unwrap_or_default()
}

async fn run(mut queue: mpsc::Receiver<Notice>, client: reqwest::Client, clock: Clock) {
    while let Some(notice) = queue.recv().await {
        let request = client.post(&notice.url).header("content-type", "application/json");
        // Read to its end, so that the connection is used again.
        let sending = async { request.body(notice.body.clone()).send().await?.bytes().await };
        match clock.timeout(PATIENCE, sending).await {
            Ok(Ok(_)) => tracing::trace!(call = notice.call, "sandbox: a callback was sent"),
            // The URL holds a secret: neither it nor the error that quotes it is logged.
            Ok(Err(_)) => tracing::debug!(call = notice.call, "sandbox: nobody took a callback"),
            Err(_) => tracing::debug!(call = notice.call, "sandbox: a callback's receiver was too slow"),
        }
    }
}
