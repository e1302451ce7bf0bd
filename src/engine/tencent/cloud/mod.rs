//! The client of the vendor's cloud API 3.0: it gives the robot a voice (wire reference sections 6, 8 and 9.2).
//!
//! Another host, another credential and another signature than the Call commands: never mix them up.

mod announce;
mod errors;
mod probe;
mod settings;
mod tc3;
mod wire;

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret as _;
use serde::Serialize;

use crate::clock::Clock;
use crate::ports::Priority;

use super::client::body_of;
use super::errors::Fault;
use super::pace::Pace;
use super::rooms::RoomTypes;
use super::settings::SettingsError;
use super::sign::Signer;
use super::transport::{Bounds, Peer, Transport};

use self::errors::{Class, CloudFault};
use self::tc3::{Credential, Signable};
use self::wire::{Action, CloudReply};

pub use self::settings::{CLOUD_RATE, CloudSettings, VOICE, checked_cloud_root};

/// Half a minute of speech has some 500 kB, a third more as base64. Rendering it takes seconds.
const BOUNDS: Bounds = Bounds { time: Duration::from_secs(15), bytes: 8 * 1024 * 1024 };

/// How errors call it.
const CLOUD: Peer = Peer {
    name: "cloud API",
    serves: "the TRTC cloud API",
    variables: "TENCENT_REGION and TENCENT_TRTC_URL",
};

/// The version of the API.
const VERSION: &str = "2019-07-22";
/// The product that is asked: the same on every host.
const SERVICE: &str = "trtc";
/// Signed, so it must be sent letter for letter.
const JSON: &str = "application/json";

/// The client of the cloud API.
pub struct TencentCloud {
    settings: CloudSettings,
    credential: Credential,
    clock: Clock,
    transport: Transport,
    /// Always with `/` as its path, or with the override's path and a `/`.
    url: Url,
    /// The `Host` header of that address.
    host: String,
    /// Signs for the robot.
    signer: Signer,
    /// One for each of [`Action::ALL`], in that order.
    lanes: Vec<Pace>,
    /// The numbers of room kinds that worked last.
    room_types: Mutex<RoomTypes>,
    /// Whether the log has which of them work.
    types_told: AtomicBool,
    /// How far the API's clock is ahead of ours, in seconds.
    ahead: AtomicI64,
}

impl TencentCloud {
    /// A client that has not sent anything yet.
    ///
    /// # Errors
    /// [`SettingsError`] when the settings can't work.
    pub fn new(settings: CloudSettings, clock: Clock) -> Result<Arc<Self>, SettingsError> {
        settings.check()?;
        let wrong = || SettingsError::Invalid("TENCENT_TRTC_URL is not an address".to_owned());
        let url = Url::parse(&format!("{}/", settings.root.trim_end_matches('/'))).map_err(|_| wrong())?;
        let rate = settings.rate_per_second;
        Ok(Arc::new(Self {
            credential: Credential { id: settings.secret_id.clone(), key: settings.secret_key.clone() },
            transport: Transport::new(CLOUD, BOUNDS, clock.clone())?,
            host: host_of(&url).ok_or_else(wrong)?,
            url,
            signer: Signer::new(settings.sdk_app_id, settings.usersig_key.clone()),
            lanes: Action::ALL.iter().map(|_| Pace::new(rate, clock.clone())).collect(),
            room_types: Mutex::new(settings.room_types),
            types_told: AtomicBool::new(false),
            ahead: AtomicI64::new(0),
            settings,
            clock,
        }))
    }

    /// Asks for `action` when it is its turn; once more by the API's clock, when it says that ours is off.
    async fn ask<T: Serialize + Sync>(&self, action: Action, body: &T) -> Result<CloudReply, CloudFault> {
        let body = body_of(body).map_err(CloudFault::Wire)?;
        self.turn(action).await;
        let (answer, ahead) = self.attempt(action, body.clone()).await;
        let (Err(fault), Some(ahead)) = (&answer, ahead) else { return answer };
        if !fault.is(Class::Clock) {
            return answer;
        }
        tracing::warn!(
            ahead,
            "this machine's clock is off: the cloud API is asked by its own, in seconds ahead"
        );
        self.ahead.store(ahead, Ordering::Relaxed);
        self.turn(action).await;
        self.attempt(action, body).await.0
    }

    async fn turn(&self, action: Action) {
        self.lanes[action as usize].turn(Priority::AdHoc).await;
    }

    /// Sends one request. Returns its answer, and how far the API's clock is ahead of ours.
    async fn attempt(&self, action: Action, body: Bytes) -> (Result<CloudReply, CloudFault>, Option<i64>) {
        let headers = match self.headers(action, &body) {
            Ok(headers) => headers,
            Err(fault) => return (Err(CloudFault::Wire(fault)), None),
        };
        let answer = match self.transport.post(self.url.clone(), headers, body).await {
            Ok(answer) => answer,
            Err(fault) => return (Err(CloudFault::Wire(fault)), None),
        };
        let reply = CloudReply::read(&answer.body).unwrap_or_else(|| {
            Err(CloudFault::Wire(Fault::Lost("The cloud API's answer cannot be read".to_owned())))
        });
        if let Err(CloudFault::Code { code, .. }) = &reply {
            tracing::debug!(action = action.name(), code, "the cloud API refused");
        }
        (reply.map_err(|fault| self.without_id(fault)), self.ahead_by(&answer.headers))
    }

    fn headers(&self, action: Action, body: &[u8]) -> Result<HeaderMap, Fault> {
        let timestamp = self.clock.now().as_second().saturating_add(self.ahead.load(Ordering::Relaxed));
        let signable = Signable {
            host: &self.host,
            service: SERVICE,
            content_type: JSON,
            action: None,
            payload: body,
            timestamp,
        };
        let value = |text: &str| {
            HeaderValue::from_str(text)
                .map_err(|_| Fault::OutOfRange("a header cannot be written".to_owned()))
        };
        let mut authorization = value(&signable.authorization(&self.credential))?;
        authorization.set_sensitive(true);
        let region =
            if action == Action::Speak { self.settings.speech_region() } else { &self.settings.region };
        Ok(HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static(JSON)),
            (AUTHORIZATION, authorization),
            (HeaderName::from_static("x-tc-action"), HeaderValue::from_static(action.name())),
            (HeaderName::from_static("x-tc-version"), HeaderValue::from_static(VERSION)),
            (HeaderName::from_static("x-tc-timestamp"), value(&timestamp.to_string())?),
            (HeaderName::from_static("x-tc-region"), value(region)?),
            (HeaderName::from_static("x-tc-language"), HeaderValue::from_static("en-US")),
        ]))
    }

    fn ahead_by(&self, headers: &HeaderMap) -> Option<i64> {
        let date = headers.get(DATE)?.to_str().ok()?;
        let theirs = DateTimeParser::new().parse_timestamp(date).ok()?;
        Some(theirs.as_second().saturating_sub(self.clock.now().as_second()))
    }

    /// The API's words sometimes give the secret id back.
    fn without_id(&self, fault: CloudFault) -> CloudFault {
        match fault {
            CloudFault::Code { code, info } => {
                CloudFault::Code { code, info: info.replace(self.settings.secret_id.expose_secret(), "…") }
            }
            wire => wire,
        }
    }
}

/// The `Host` header of an address: with the port unless it is the scheme's own.
fn host_of(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

impl fmt::Debug for TencentCloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TencentCloud").field("settings", &self.settings).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod log_tests;
#[cfg(test)]
pub(super) mod tests;
