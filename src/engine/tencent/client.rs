//! Sends one command: its turn, its signature, its envelope.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use jiff::Timestamp;
use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::Serialize;

use crate::clock::{Clock, until};
use crate::domain::call::ENGINE_ANSWERS_WITHIN;
use crate::ports::{EngineError, Priority};

use super::errors::{Fault, TOO_MANY_BAD};
use super::pace::Pace;
use super::push::Push;
use super::rest::{Pass, Rest};
use super::settings::{SettingsError, TencentSettings};
use super::sign::Signer;
use super::transport::{Bounds, Peer, Transport};
use super::unread::Unread;
use super::wire::{Command, Reply};

/// The engine itself gives up after 3 s. A page of records has some 20 kB.
const BOUNDS: Bounds = Bounds { time: ENGINE_ANSWERS_WITHIN, bytes: 4 * 1024 * 1024 };

/// How errors call it.
const ENGINE: Peer =
    Peer { name: "engine", serves: "the Call commands", variables: "TENCENT_REGION and TENCENT_CALL_URL" };

/// How long the fate of a request counts as the engine's health.
const HEALTH_FRESH: Duration = Duration::from_secs(30);

/// The client of the Call commands.
pub struct Tencent {
    pub(super) settings: TencentSettings,
    pub(super) clock: Clock,
    pub(super) push: Push,
    pub(super) unread: Arc<Unread>,
    transport: Transport,
    signer: Signer,
    rest: Rest,
    /// One for each of [`Command::ALL`], in that order.
    lanes: Vec<Lane>,
    health: Mutex<Option<Fate>>,
    probe: tokio::sync::Mutex<()>,
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

/// Where one request goes. It holds the signature: never log it, never put it into an error.
pub(super) struct Address {
    pub(super) url: Url,
    sig: Arc<str>,
}

impl Tencent {
    /// A client that has not sent anything yet.
    ///
    /// # Errors
    /// [`SettingsError`] when the settings can't work.
    pub fn new(settings: TencentSettings, clock: Clock) -> Result<Arc<Self>, SettingsError> {
        settings.check()?;
        Ok(Arc::new(Self {
            push: Push::new(settings.push.as_ref()).map_err(SettingsError::Invalid)?,
            unread: Arc::default(),
            transport: Transport::new(ENGINE, BOUNDS, clock.clone())?,
            lanes: Command::ALL.iter().map(|command| Lane::new(*command, &settings, &clock)).collect(),
            signer: Signer::new(settings.sdk_app_id, settings.usersig_key.clone()),
            rest: Rest::default(),
            settings,
            clock,
            health: Mutex::new(None),
            probe: tokio::sync::Mutex::new(()),
        }))
    }

    /// What it was told.
    #[must_use]
    pub const fn settings(&self) -> &TencentSettings {
        &self.settings
    }

    /// Until when nothing is sent, because the engine refuses everybody: see [`Rest`].
    pub(super) fn resting_until(&self) -> Option<Timestamp> {
        self.rest.until(self.clock.now())
    }

    /// Returns when the next request of `command` may leave: pages go first.
    pub(super) async fn pace(&self, command: Command, priority: Priority) {
        self.lanes[command as usize].pace.turn(priority).await;
    }

    /// Sends `command` when it is its turn.
    pub(super) async fn send<T: Serialize + Sync>(&self, command: Command, body: &T) -> Result<Reply, Fault> {
        let body = body_of(body)?;
        self.pace(command, Priority::AdHoc).await;
        self.send_now(command, body, false).await
    }

    /// Sends `command`; once more, freshly signed, when the engine refuses the signature; or only doubts it, unless the
    /// command is tried again anyway: that is freshly signed too (wire reference section 11, row 13).
    pub(super) async fn send_now(
        &self,
        command: Command,
        body: Bytes,
        is_tried_again: bool,
    ) -> Result<Reply, Fault> {
        let mut answer = self.attempt(command, body.clone()).await;
        let renews = |fault: &Fault| fault.asks_for_signature() && !(is_tried_again && fault.is_doubt());
        if answer.as_ref().is_err_and(renews) {
            // It has waited its turn before.
            self.pace(command, Priority::Page).await;
            answer = self.attempt(command, body).await;
        }
        self.note(answer.as_ref().err());
        answer
    }

    async fn attempt(&self, command: Command, body: Bytes) -> Result<Reply, Fault> {
        let pass = self.rest.pass(self.clock.now()).map_err(|until| Fault::Resting { until })?;
        let Address { url, sig } = self.address(command)?;
        let headers = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        let answer = self.transport.post(url, HeaderMap::from_iter(headers), body).await?;
        let reply = Reply::read(&answer.body)
            .ok_or_else(|| Fault::Lost("The engine's answer cannot be read".to_owned()))?;
        tracing::debug!(command = command.path(), code = reply.code, request = %reply.request, "engine answered");
        self.learn(reply.code, pass, &sig);
        if reply.code == 0 { Ok(reply) } else { Err(Fault::Code { code: reply.code, info: reply.info }) }
    }

    /// Draws from a code what concerns the requests that follow.
    fn learn(&self, code: i64, pass: Pass, sig: &str) {
        if code == TOO_MANY_BAD {
            tracing::warn!(code, "the engine refuses every request for a minute: too many bad signatures");
            self.rest.begin(self.clock.now());
        } else if pass == Pass::Trial {
            self.rest.end();
        }
        if code == TOO_MANY_BAD || super::errors::asks_for_signature(code) {
            self.signer.forget(&self.settings.admin_account, sig);
        }
    }

    /// Where the next request of `command` goes.
    pub(super) fn address(&self, command: Command) -> Result<Address, Fault> {
        let sig = self.signer.sign(&self.settings.admin_account, self.clock.now());
        Ok(Address { url: self.lanes[command as usize].url(&sig)?, sig })
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

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address").finish_non_exhaustive()
    }
}

impl Lane {
    fn new(command: Command, settings: &TencentSettings, clock: &Clock) -> Self {
        let TencentSettings { root, sdk_app_id, admin_account, .. } = settings;
        let (root, admin) = (root.trim_end_matches('/'), percent_encoded(admin_account));
        let head = format!("{root}/v4/{}?sdkappid={sdk_app_id}&identifier={admin}&usersig=", command.path());
        Self { head, pace: Pace::new(settings.rate_per_second, clock.clone()) }
    }

    fn url(&self, sig: &str) -> Result<Url, Fault> {
        let random: u32 = rand::random();
        let text = format!("{}{sig}&random={random}&contenttype=json", self.head);
        Url::parse(&text).map_err(|_| Fault::OutOfRange("TENCENT_CALL_URL is not an address".to_owned()))
    }
}

/// The bytes of a request.
pub(super) fn body_of<T: Serialize>(body: &T) -> Result<Bytes, Fault> {
    serde_json::to_vec(body).map(Bytes::from).map_err(|why| Fault::OutOfRange(why.to_string()))
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
