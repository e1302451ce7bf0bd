//! Callbacks: told once to one URL, within a time limit, never repeated (wire reference, 3).

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

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

/// One callback.
#[derive(Debug, Clone)]
pub(super) struct Notice {
    pub(super) call: String,
    /// Without what proves where it is from.
    pub(super) url: String,
    /// Proves it, if there is one (3.6).
    pub(super) token: Option<String>,
    pub(super) body: String,
}

/// A callback on its way. Simulated time stands still until it is sent.
type Sending = (Notice, Busy);

/// The senders' queues.
#[derive(Debug)]
pub(super) struct Callbacks {
    queues: Vec<mpsc::Sender<Sending>>,
    /// Until they are started.
    waiting: Mutex<Vec<mpsc::Receiver<Sending>>>,
    dropped: AtomicU64,
}

impl Notice {
    fn whole_url(&self, now: Timestamp) -> String {
        let Some(token) = &self.token else { return self.url.clone() };
        let time = now.as_second();
        let sign = Sha256::new().chain_update(token).chain_update(time.to_string()).finalize();
        format!("{}&Sign={}&RequestTime={time}", self.url, data_encoding::HEXLOWER.encode(&sign))
    }
}

impl Callbacks {
    pub(super) fn new() -> Self {
        let (queues, waiting) = (0..SENDERS).map(|_| mpsc::channel(QUEUE / SENDERS)).unzip();
        Self { queues, waiting: Mutex::new(waiting), dropped: AtomicU64::new(0) }
    }

    /// Sends soon, or drops what does not fit. Never waits.
    pub(super) fn send(&self, notice: Notice, clock: &Clock) {
        let mut hasher = DefaultHasher::new();
        notice.call.hash(&mut hasher);
        let shard = usize::try_from(hasher.finish() % SENDERS as u64).unwrap_or_default();
        if self.queues[shard].try_send((notice, clock.busy())).is_err() {
            let dropped = self.dropped.fetch_add(1, Ordering::Relaxed) + 1;
            // Thousands are dropped at once, and one line says it as well.
            if dropped.is_power_of_two() {
                tracing::warn!(dropped, queue = QUEUE, "sandbox: callbacks were dropped, too many wait");
            }
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

async fn run(mut queue: mpsc::Receiver<Sending>, client: reqwest::Client, clock: Clock) {
    while let Some((notice, busy)) = queue.recv().await {
        let url = notice.whole_url(clock.now());
        let request = client.post(url).header("content-type", "application/json");
        // Read to its end, so that the connection is used again.
        let sending = async { request.body(notice.body.clone()).send().await?.bytes().await };
        match clock.timeout(PATIENCE, sending).await {
            Ok(Ok(_)) => tracing::trace!(call = notice.call, "sandbox: a callback was sent"),
            // The URL holds a secret: neither it nor the error that quotes it is logged.
            Ok(Err(_)) => tracing::debug!(call = notice.call, "sandbox: nobody took a callback"),
            Err(_) => tracing::debug!(call = notice.call, "sandbox: a callback's receiver was too slow"),
        }
        drop(busy);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of the wire reference, 3.6.
    #[test]
    fn a_token_signs_the_time() {
        let url = "http://x/y?a=b".to_owned();
        let (call, body) = ("c".to_owned(), String::new());
        let notice = Notice { call, url, token: Some("xxxxyyyy".to_owned()), body };
        let expected = "http://x/y?a=b&Sign=17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061\
                        &RequestTime=1669872112";
        assert_eq!(notice.whole_url(Timestamp::from_second(1_669_872_112).unwrap()), expected);
    }
}
