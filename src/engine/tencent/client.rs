//! Sends one command: its turn, its signature, its envelope.

use std::error::Error as _;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use jiff::Timestamp;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Response, StatusCode, Url};
use serde::Serialize;

use crate::clock::{Clock, Elapsed, until};
use crate::ports::{EngineError, Priority};

use super::errors::Fault;
use super::pace::Pace;
use super::settings::{SettingsError, TencentSettings};
use super::sign::Signer;
use super::wire::{Command, Reply};

/// How long a connection may take to stand.
const CONNECT_MAX: Duration = Duration::from_secs(5);

/// How long a request may take in all. The engine itself gives up after 3 s.
const ANSWER_MAX: Duration = Duration::from_secs(10);

/// How long an idle connection is kept: shorter than servers do, so that none is closed under a request.
const IDLE_MAX: Duration = Duration::from_secs(30);

/// Idle connections that are kept: a second's worth of one command at the documented rate.
const IDLE_CONNECTIONS: usize = 200;

/// Longest answer, in bytes. A page of records has some 20 kB.
const ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// How long the fate of a request counts as the engine's health.
const HEALTH_FRESH: Duration = Duration::from_secs(30);

/// The client of the Call commands.
pub struct Tencent {
    pub(super) settings: TencentSettings,
    pub(super) clock: Clock,
    http: Client,
    signer: Signer,
    /// One for each of [`Command::ALL`], in that order.
    lanes: Vec<Lane>,
    health: Mutex<Option<Fate>>,
    probe: tokio::sync::Mutex<()>,
    on_wire: AtomicUsize,
}

/// A command's way: what of its address never changes, and its ceiling.
struct Lane {
    head: String,
    pace: Pace,
}

/// What became of the last request.
struct Fate {
    at: Timestamp,
    said: Result<(), EngineError>,
}

impl Tencent {
    /// A client that has not sent anything yet.
    ///
    /// # Errors
    /// [`SettingsError`] when the settings can't work.
    pub fn new(settings: TencentSettings, clock: Clock) -> Result<Arc<Self>, SettingsError> {
        settings.check()?;
        let http = Client::builder()
            .no_proxy()
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_MAX)
            .pool_idle_timeout(IDLE_MAX)
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .user_agent(concat!("callout/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|why| SettingsError::Http(cause(&why)))?;
        Ok(Arc::new(Self {
            lanes: Command::ALL.iter().map(|command| Lane::new(*command, &settings, &clock)).collect(),
            signer: Signer::new(settings.sdk_app_id, settings.usersig_key.clone()),
            settings,
            clock,
            http,
            health: Mutex::new(None),
            probe: tokio::sync::Mutex::new(()),
            on_wire: AtomicUsize::new(0),
        }))
    }

    /// What it was told.
    #[must_use]
    pub const fn settings(&self) -> &TencentSettings {
        &self.settings
    }

    /// How many requests are on the wire. They hold no [`Busy`](crate::clock::Busy), so that simulated time can
    /// run out on them: a test that moves time waits for this to be 0 as well.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.on_wire.load(Ordering::SeqCst)
    }

    /// Returns when the next request of `command` may leave: pages go first.
    pub(super) async fn pace(&self, command: Command, priority: Priority) {
        self.lanes[command as usize].pace.turn(priority).await;
    }

    /// Sends `command` when it is its turn.
    pub(super) async fn send<T: Serialize + Sync>(&self, command: Command, body: &T) -> Result<Reply, Fault> {
        self.pace(command, Priority::AdHoc).await;
        self.send_now(command, body).await
    }

    /// Sends `command`; once more, freshly signed, when the engine refuses the signature.
    pub(super) async fn send_now<T: Serialize + Sync>(
        &self,
        command: Command,
        body: &T,
    ) -> Result<Reply, Fault> {
        let body = serde_json::to_vec(body).map_err(|why| Fault::OutOfRange(why.to_string()))?;
        let body = Bytes::from(body);
        let mut answer = self.attempt(command, body.clone()).await;
        if answer.as_ref().is_err_and(Fault::asks_for_signature) {
            // It has waited its turn before.
            self.pace(command, Priority::Page).await;
            answer = self.attempt(command, body).await;
        }
        self.note(answer.as_ref().err());
        answer
    }

    async fn attempt(&self, command: Command, body: Bytes) -> Result<Reply, Fault> {
        let lane = &self.lanes[command as usize];
        let admin = &self.settings.admin_account;
        let sig = self.signer.sign(admin, self.clock.now());
        let url = lane.url(&sig)?;
        let on_wire = OnWire::new(&self.on_wire);
        let answer = self.clock.timeout(ANSWER_MAX, self.post(url, body)).await;
        drop(on_wire);
        let reply = answer.unwrap_or_else(|Elapsed| Err(Fault::Lost(timed_out())))?;
        tracing::debug!(command = command.path(), code = reply.code, request = %reply.request, "engine answered");
        if reply.code == 0 {
            return Ok(reply);
        }
        let fault = Fault::Code { code: reply.code, info: reply.info };
        if fault.asks_for_signature() {
            self.signer.forget(admin, &sig);
        }
        Err(fault)
    }

    async fn post(&self, url: Url, body: Bytes) -> Result<Reply, Fault> {
        let request = self.http.post(url).header(CONTENT_TYPE, "application/json").body(body);
        let response = request.send().await.map_err(|why| broken(&why))?;
        check_status(response.status())?;
        let answer = read_bounded(response).await?;
        Reply::read(&answer).ok_or_else(|| Fault::Lost("The engine's answer cannot be read".to_owned()))
    }

    fn note(&self, fault: Option<&Fault>) {
        let said = fault.and_then(Fault::of_health).map_or(Ok(()), Err);
        let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        *health = Some(Fate { at: self.clock.now(), said });
    }

    /// The last request's fate, while it is fresh.
    fn fate(&self) -> Option<Result<(), EngineError>> {
        let health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = health.as_ref().filter(|fate| until(fate.at, self.clock.now()) < HEALTH_FRESH);
        fresh.map(|fate| fate.said.clone())
    }

    /// Whether the engine answers: what the last request met, or else a cheap one of our own.
    pub(super) async fn health(&self) -> Result<(), EngineError> {
        if let Some(said) = self.fate() {
            return said;
        }
        let _one = self.probe.lock().await;
        if let Some(said) = self.fate() {
            return said;
        }
        match self.send(Command::GetCallback, &serde_json::json!({})).await {
            Ok(_) => Ok(()),
            Err(fault) => fault.of_health().map_or(Ok(()), Err),
        }
    }
}

impl fmt::Debug for Tencent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tencent").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Lane {
    fn new(command: Command, settings: &TencentSettings, clock: &Clock) -> Self {
        let TencentSettings { root, sdk_app_id, admin_account, .. } = settings;
        let (root, admin) = (root.trim_end_matches('/'), percent_encoded(admin_account));
        let head = format!("{root}/v4/{}?sdkappid={sdk_app_id}&identifier={admin}&usersig=", command.path());
        Self { head, pace: Pace::new(settings.rate_per_second, clock.clone()) }
    }

    /// The address of one request. It holds the signature: never log it, never put it into an error.
    fn url(&self, sig: &str) -> Result<Url, Fault> {
        let random: u32 = rand::random();
        let text = format!("{}{sig}&random={random}&contenttype=json", self.head);
        Url::parse(&text).map_err(|_| Fault::OutOfRange("TENCENT_CALL_URL is not an address".to_owned()))
    }
}

/// Counts a request while it lives, also when its future is dropped.
struct OnWire<'a>(&'a AtomicUsize);

impl<'a> OnWire<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for OnWire<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The engine says 200 to everything it has read; anything else comes from a gateway before it.
fn check_status(status: StatusCode) -> Result<(), Fault> {
    match status {
        StatusCode::OK => Ok(()),
        StatusCode::TOO_MANY_REQUESTS => {
            Err(Fault::Unsent("The engine's gateway is busy (HTTP 429)".to_owned()))
        }
        StatusCode::REQUEST_TIMEOUT => {
            Err(Fault::Lost("The engine's gateway ran out of time (HTTP 408)".to_owned()))
        }
        _ if status.is_redirection() || status.is_client_error() => Err(Fault::Misdirected(format!(
            "The address does not serve the Call commands (HTTP {}): check TENCENT_REGION and TENCENT_CALL_URL",
            status.as_u16()
        ))),
        _ => Err(Fault::Lost(format!("The engine's gateway failed (HTTP {})", status.as_u16()))),
    }
}

async fn read_bounded(mut response: Response) -> Result<Vec<u8>, Fault> {
    let mut read = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|why| broken(&why))? {
        if read.len() + chunk.len() > ANSWER_BYTES {
            return Err(Fault::Lost("The engine's answer is too long".to_owned()));
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read)
}

fn broken(why: &reqwest::Error) -> Fault {
    if why.is_connect() {
        return Fault::Unsent(format!("The engine cannot be reached: {}", cause(why)));
    }
    Fault::Lost(format!("The connection to the engine broke: {}", cause(why)))
}

fn timed_out() -> String {
    format!("The engine did not answer within {} s", ANSWER_MAX.as_secs())
}

/// The innermost reason. The outer ones show the address, and with it the signature.
fn cause(why: &reqwest::Error) -> String {
    let mut inner = why.source();
    while let Some(deeper) = inner.and_then(std::error::Error::source) {
        inner = Some(deeper);
    }
    inner.map_or_else(|| "no reason given".to_owned(), ToString::to_string)
}

/// `text` with all but letters, digits and `-_.~` percent-encoded.
pub(super) fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
