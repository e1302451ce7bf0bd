//! The door for the engine's callbacks: it answers at once and thinks later.
//!
//! The vendor documents no signature. The secret in the path and the `SdkAppid` are all that surely tells a callback
//! from a forgery; so what it says is a hint. Pages will confirm it by asking the engine; nothing rings because
//! of one yet.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use futures_util::FutureExt as _;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use tokio::sync::mpsc::{self, Receiver, Sender};

use crate::clock::{Busy, Clock};
use crate::ports::{EngineEvent, Intake};
use crate::task::{TaskHandle, spawn};

use super::callback_sign::is_signed;
use super::client::Tencent;
use super::event::Reader;
use super::seen::Seen;
use super::unread::{Unread, UnreadCallback};

/// Where callbacks go, without the secret.
pub(super) const DOOR: &str = "/engine/tencent";

/// Longest body, in bytes. A callback of a hundred members has some 10 kB.
const BODY_MAX: usize = 1024 * 1024;

/// Events that wait for the use case. More are dropped: polling finds what they said.
const WAITING_MAX: usize = 1024;

/// What the engine wants to hear, whatever happened.
const OK: &str = r#"{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}"#;

/// An event on its way; simulated time waits for it.
type Item = (EngineEvent, Busy);

/// The parameters of a query.
type Pairs = Vec<(String, String)>;

#[derive(Debug)]
struct Door {
    secret_hash: [u8; 32],
    token: Option<SecretString>,
    sdk_app_id: String,
    robot: String,
    clock: Clock,
    queue: Sender<Item>,
    seen: Mutex<Seen>,
    unread: Arc<Unread>,
    _consumer: TaskHandle,
}

/// `POST /engine/tencent/{secret}`. Without a configured secret there is no door.
///
/// Must be called inside the runtime: one task hands the events to `intake`, in the order of arrival. It ends with
/// the router.
pub fn callback_router(tencent: &Tencent, intake: Arc<dyn Intake>) -> Router {
    let (settings, clock) = (&tencent.settings, tencent.clock.clone());
    let Some(secret) = &settings.callback_secret else { return Router::new() };
    let (queue, waiting) = mpsc::channel(WAITING_MAX);
    let door = Door {
        secret_hash: hash_of(secret.expose_secret()),
        token: settings.callback_token.clone(),
        sdk_app_id: settings.sdk_app_id.to_string(),
        robot: settings.robot_account.clone(),
        clock,
        queue,
        seen: Mutex::default(),
        unread: Arc::clone(&tencent.unread),
        _consumer: spawn("engine-callbacks", consume(waiting, intake)),
    };
    Router::new().route(&format!("{DOOR}/{{secret}}"), post(receive)).with_state(Arc::new(door))
}

impl Tencent {
    /// The last callbacks that could not be read, oldest first: at most 16.
    #[must_use]
    pub fn unread_callbacks(&self) -> Vec<UnreadCallback> {
        self.unread.all()
    }
}

async fn consume(mut waiting: Receiver<Item>, intake: Arc<dyn Intake>) {
    while let Some((event, busy)) = waiting.recv().await {
        // One that breaks must not take those after it along.
        if AssertUnwindSafe(intake.engine(event)).catch_unwind().await.is_err() {
            tracing::error!("an engine callback broke the use case; polling finds what it said");
        }
        drop(busy);
    }
}

async fn receive(
    State(door): State<Arc<Door>>,
    secret: Result<Path<String>, PathRejection>,
    uri: Uri,
    body: Body,
) -> Response {
    let busy = door.clock.busy();
    if !secret.is_ok_and(|Path(secret)| door.opens_to(&secret)) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let query = query_of(&uri);
    if !door.is_ours(&query) || !door.is_genuine(&query) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Ok(body) = to_bytes(body, BODY_MAX).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    door.take(&body, values(&query, "CallbackCommand").next(), busy);
    ([(header::CONTENT_TYPE, "application/json")], OK).into_response()
}

fn query_of(uri: &Uri) -> Pairs {
    Query::try_from_uri(uri).map(|Query(pairs)| pairs).unwrap_or_default()
}

/// The values of a parameter. The vendor's pages differ in the case of its name.
fn values<'a>(query: &'a Pairs, name: &str) -> impl Iterator<Item = &'a str> {
    query.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

impl Door {
    /// Compares hashes: neither the place of the first difference nor the length shows in the time it takes.
    fn opens_to(&self, secret: &str) -> bool {
        self.secret_hash.ct_eq(&hash_of(secret)).into()
    }

    /// Whether the callback is about our application, and no other.
    fn is_ours(&self, query: &Pairs) -> bool {
        let mut apps = values(query, "SdkAppid").peekable();
        apps.peek().is_some() && apps.all(|app| app == self.sdk_app_id)
    }

    /// Whether each signature that it carries is right. It need not carry any: the vendor documents none.
    fn is_genuine(&self, query: &Pairs) -> bool {
        let Some(token) = &self.token else { return true };
        let time = values(query, "RequestTime").next().unwrap_or_default();
        values(query, "Sign").all(|sign| is_signed(token, time, sign, self.clock.now()))
    }

    /// Queues what the body says. Never fails: what is lost here is found by polling.
    fn take(&self, body: &Bytes, command: Option<&str>, busy: Busy) {
        let reader = Reader { robot: &self.robot, now: self.clock.now() };
        let heard = match reader.read(body, command) {
            Ok(heard) => heard,
            Err(why) => {
                let kept = self.unread.keep(self.clock.now(), why.to_string(), body);
                tracing::warn!(%why, bytes = body.len(), "an engine callback could not be read");
                return tracing::debug!(body = kept, "it said");
            }
        };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if heard.key.is_some_and(|key| seen.has(&key)) {
            return tracing::debug!("an engine callback came again");
        }
        if self.queue.try_send((heard.event, busy)).is_err() {
            return tracing::warn!("an engine callback was dropped: too many are waiting");
        }
        // Only now: one that was dropped is welcome again.
        heard.key.into_iter().for_each(|key| seen.add(key));
    }
}

fn hash_of(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

#[cfg(test)]
#[path = "callback_tests.rs"]
mod tests;
