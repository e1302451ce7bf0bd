//! Slack's Web API: one way to ask it something, with a time-out, tries, turns and limits.

mod ask;
mod error;
mod limits;

use std::error::Error as _;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::HeaderMap;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub(super) use self::ask::{Ask, Lane};
use self::ask::{Body, END_WITHIN};
pub(super) use self::error::{ApiError, Meaning};
use self::limits::Limits;
use super::counts::{Counted, Counts};
use super::settings::{SettingsError, SlackSettings};
use crate::chat::turns::{Turns, Urgency};
use crate::clock::{Clock, later, until};

/// Tries of a request that fails on the way, or at Slack.
const TRIES_MAX: u32 = 3;
/// Pause before the second try; it doubles.
const TRY_PAUSE: Duration = Duration::from_millis(200);
/// How long a lane is closed in which one who came in order got nothing: whoever is behind it comes again after it.
const CLOSED_FOR: Duration = Duration::from_secs(1);
/// How long one try may take: a request that hangs longer is lost.
const TRY_MAX: Duration = Duration::from_secs(8);
/// Edits that wait for their turn: what a minute allows, twice. More would keep posts from being carried out; they are
/// rendered anew later.
const EDITS_WAITING_MAX: usize = 100;
/// The same for last states, which may wait for a minute: six times what that allows, and less than half of what is carried
/// out at once.
const ENDS_WAITING_MAX: usize = 300;
/// How long a token that was refused is not shown to Slack again.
const REFUSED_PAUSE: Duration = Duration::from_secs(300);
/// Longest answer that is read, in bytes.
const ANSWER_MAX: usize = 1024 * 1024;

/// The way to Slack.
pub(super) struct Api {
    clock: Clock,
    client: Client,
    settings: SlackSettings,
    limits: Limits,
    turns: Turns<Lane>,
    counts: Arc<Counts>,
    /// When the bot's token was refused last.
    refused: Mutex<Option<Timestamp>>,
}

impl Api {
    pub(super) fn new(
        settings: SlackSettings,
        clock: Clock,
        counts: Arc<Counts>,
    ) -> Result<Self, SettingsError> {
        Ok(Self {
            client: settings.root.client()?,
            limits: Limits::new(settings.pace),
            turns: Turns::new(clock.clone()),
            clock,
            settings,
            counts,
            refused: Mutex::default(),
        })
    }

    /// Whether Slack has refused the bot's token, and has not taken it since.
    pub(super) fn is_refused(&self) -> bool {
        self.refusal().is_some()
    }

    /// A refused token is not shown again for a while; then it may be good again, and one try tells.
    fn is_held_back(&self) -> bool {
        let (mut refused, now) = (self.refusal(), self.clock.now());
        match *refused {
            Some(at) if later(at, REFUSED_PAUSE) <= now => {
                *refused = Some(now);
                false
            }
            Some(_) => true,
            None => false,
        }
    }

    fn refusal(&self) -> MutexGuard<'_, Option<Timestamp>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Draws a number for a request: smaller ones go first in each lane.
    pub(super) fn number(&self) -> u64 {
        self.turns.number()
    }

    /// How many cards were edited in the last minute, and how many of those that go on may be.
    pub(super) fn edits(&self, now: jiff::Timestamp) -> (usize, usize) {
        self.limits.edits(now)
    }

    /// Asks until it is answered, or its time is over. May be sent twice. The caller is busy meanwhile, once: its guard
    /// is excused while a limit or a pause is waited for.
    pub(super) async fn ask<T: DeserializeOwned>(&self, ask: Ask) -> Result<T, ApiError> {
        self.ask_with_headers(ask).await.map(|(answer, _)| answer)
    }

    /// As [`ask`](Self::ask), with what stands above the answer.
    pub(super) async fn ask_with_headers<T: DeserializeOwned>(
        &self,
        ask: Ask,
    ) -> Result<(T, HeaderMap), ApiError> {
        // Who comes in order is not cut off while Slack may be doing it.
        let within = if ask.number.is_some() { ask.within() + TRY_MAX } else { ask.within() };
        let answer =
            self.clock.timeout(within, self.tries(&ask)).await.unwrap_or(Err(ApiError::TimedOut(within)));
        self.counts.add(if answer.is_ok() { Counted::Requests } else { Counted::Failures });
        let (body, headers) = answer?;
        let read = serde_json::from_value(body);
        let read = read.map_err(|why| ApiError::Unreached(format!("its answer cannot be read ({why})")))?;
        Ok((read, headers))
    }

    /// Sends a late answer to where Slack has asked for it.
    pub(super) async fn respond(&self, address: &str, body: &impl Serialize) -> Result<(), ApiError> {
        let within = Urgency::News.within();
        let tries = async {
            let mut tries = 1;
            loop {
                let sent = self.send(self.client.post(address).json(body)).await;
                match sent {
                    Ok((status, ..)) if status.is_success() => return Ok(()),
                    Ok((StatusCode::TOO_MANY_REQUESTS, headers, _)) => {
                        self.counts.add(Counted::Limited);
                        self.wait(limits::retry_after(&headers)).await;
                    }
                    Ok((status, _, body)) if status.is_client_error() => {
                        let body = serde_json::from_slice(&body).unwrap_or_default();
                        return Err(ApiError::refused(&body));
                    }
                    failed if tries < TRIES_MAX => {
                        drop(failed);
                        tries += 1;
                        self.counts.add(Counted::Retries);
                        self.wait(TRY_PAUSE).await;
                    }
                    Ok((status, ..)) => return Err(ApiError::Unreached(format!("HTTP {status}"))),
                    Err(error) => return Err(error),
                }
            }
        };
        let done = self.clock.timeout(within, tries).await.unwrap_or(Err(ApiError::TimedOut(within)));
        self.counts.add(if done.is_ok() { Counted::Requests } else { Counted::Failures });
        done
    }

    async fn tries(&self, ask: &Ask) -> Result<(Value, HeaderMap), ApiError> {
        let (mut tries, mut pause) = (1, TRY_PAUSE);
        let give_up = later(self.clock.now(), ask.within());
        loop {
            if !ask.is_app && self.is_held_back() {
                return Err(ApiError::Token("SLACK_BOT_TOKEN"));
            }
            match self.once(ask, give_up).await {
                Err(error) if ask.number.is_none() && error.may_pass() && tries < TRIES_MAX => {
                    tracing::debug!(method = ask.method, %error, "Slack is asked again");
                    self.counts.add(Counted::Retries);
                    self.wait(pause).await;
                    (tries, pause) = (tries + 1, pause * 2);
                }
                Err(error) if error.meaning() == Meaning::Token => return Err(self.refused(ask)),
                done => {
                    if done.is_ok() && !ask.is_app {
                        *self.refusal() = None;
                    }
                    return done;
                }
            }
        }
    }

    /// Notes that a token is void.
    fn refused(&self, ask: &Ask) -> ApiError {
        if ask.is_app {
            return ApiError::Token("SLACK_APP_TOKEN");
        }
        if self.refusal().replace(self.clock.now()).is_none() {
            tracing::error!("Slack refuses SLACK_BOT_TOKEN: nothing can be posted until it is replaced");
        }
        ApiError::Token("SLACK_BOT_TOKEN")
    }

    /// Waits for its turn and for the limits, and asks; again as long as only a limit is in the way. Who comes in order, with
    /// a number that was drawn before, keeps the turn for all its tries; if they bring nothing, nobody behind it has one.
    async fn once(&self, ask: &Ask, give_up: jiff::Timestamp) -> Result<(Value, HeaderMap), ApiError> {
        let edits_max = if ask.urgency > Urgency::End { EDITS_WAITING_MAX } else { ENDS_WAITING_MAX };
        if ask.lane == Lane::Edits && self.turns.waiting(&ask.lane) >= edits_max {
            return Err(ApiError::Limited(END_WITHIN));
        }
        let must_wait = || self.limits.must_wait(&ask.lane, ask.urgency, self.clock.now());
        let is_too_late = AtomicBool::new(false);
        let is_in_order = ask.number.is_some();
        let closed = || self.limits.closed(&ask.lane, self.clock.now()).filter(|_| is_in_order);
        let may_wait = || {
            if closed().is_some() {
                return None;
            }
            let due = must_wait()?;
            is_too_late.store(due > give_up, Ordering::Relaxed);
            (due <= give_up).then_some(due)
        };
        let place = (ask.urgency, ask.number.unwrap_or_else(|| self.number()));
        let _turn = self.turns.enter_as(ask.lane.clone(), place, may_wait).await;
        if is_too_late.into_inner() {
            return Err(ApiError::Limited(until(self.clock.now(), give_up)));
        }
        if let Some(due) = closed() {
            return Err(ApiError::Limited(until(self.clock.now(), due)));
        }
        if is_in_order && self.clock.now() > give_up {
            // Not sent: what is sent has all the time of a try, or it would be there and sent again.
            return Err(ApiError::Limited(CLOSED_FOR));
        }
        let (mut tries, mut pause) = (1, TRY_PAUSE);
        loop {
            let headers = match self.answer(ask).await {
                Ok(Answered::Read(body, headers)) => return Ok((body, headers)),
                Ok(Answered::TooEarly(headers)) => headers,
                Err(error) if is_in_order && error.may_pass() && tries < TRIES_MAX => {
                    self.counts.add(Counted::Retries);
                    self.wait(pause).await;
                    (tries, pause) = (tries + 1, pause * 2);
                    if self.clock.now() <= give_up {
                        continue;
                    }
                    self.limits.refused(&ask.lane, CLOSED_FOR, self.clock.now());
                    return Err(error);
                }
                Err(error) => {
                    if is_in_order && error.meaning() == Meaning::Later {
                        self.limits.refused(&ask.lane, CLOSED_FOR, self.clock.now());
                    }
                    return Err(error);
                }
            };
            self.limits.refused(&ask.lane, limits::retry_after(&headers), self.clock.now());
            // Its place is kept: what Slack has closed is closed for everyone.
            while let Some(due) = must_wait() {
                if due > give_up {
                    return Err(ApiError::Limited(until(self.clock.now(), due)));
                }
                self.clock.sleep_for_waiter(due).await;
            }
        }
    }

    /// Asks once.
    async fn answer(&self, ask: &Ask) -> Result<Answered, ApiError> {
        let (status, headers, body) = self.send(self.request(ask)).await?;
        if status == StatusCode::TOO_MANY_REQUESTS {
            self.counts.add(Counted::Limited);
            return Ok(Answered::TooEarly(headers));
        }
        Ok(Answered::Read(read(status, &body)?, headers))
    }

    fn request(&self, ask: &Ask) -> RequestBuilder {
        let token = match &self.settings.app_token {
            Some(token) if ask.is_app => token,
            _ => &self.settings.bot_token,
        };
        let request = self.client.post(self.settings.root.method(ask.method));
        let request = request.bearer_auth(token_of(token));
        match &ask.body {
            Body::Json(body) => {
                request.header("content-type", "application/json; charset=utf-8").body(body.clone())
            }
            Body::Form(fields) => request.form(fields),
        }
    }

    async fn send(&self, request: RequestBuilder) -> Result<(StatusCode, HeaderMap, Vec<u8>), ApiError> {
        let sending = async {
            let response = request.send().await.map_err(|why| ApiError::Unreached(cause(&why)))?;
            let (status, headers) = (response.status(), response.headers().clone());
            Ok((status, headers, body(response).await?))
        };
        let sent = self.clock.timeout(TRY_MAX, sending).await;
        sent.unwrap_or_else(|_| Err(ApiError::Unreached(format!("no answer within {} s", TRY_MAX.as_secs()))))
    }

    async fn wait(&self, span: Duration) {
        self.clock.sleep_for_waiter(later(self.clock.now(), span)).await;
    }
}

/// What Slack says to one try.
enum Answered {
    /// This, with what stands above it.
    Read(Value, HeaderMap),
    /// Come later; what stands above it says when.
    TooEarly(HeaderMap),
}

fn token_of(token: &SecretString) -> &str {
    token.expose_secret()
}

/// A body that is no JSON is a server's in trouble.
fn read(status: StatusCode, body: &[u8]) -> Result<Value, ApiError> {
    let read: Value = serde_json::from_slice(body)
        .map_err(|_| ApiError::Unreached(format!("HTTP {status}, and no JSON")))?;
    match read.get("ok").and_then(Value::as_bool) {
        Some(true) => Ok(read),
        _ if status.is_server_error() => Err(ApiError::Unreached(format!("HTTP {status}"))),
        _ => Err(ApiError::refused(&read)),
    }
}

async fn body(mut response: Response) -> Result<Vec<u8>, ApiError> {
    let mut read = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|why| ApiError::Unreached(cause(&why)))? {
        if read.len() + chunk.len() > ANSWER_MAX {
            return Err(ApiError::Unreached("its answer is too long".to_owned()));
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read)
}

/// The innermost reason. The outer ones show the address, and some addresses are secrets.
fn cause(why: &reqwest::Error) -> String {
    let mut inner = why.source();
    while let Some(deeper) = inner.and_then(std::error::Error::source) {
        inner = Some(deeper);
    }
    inner.map_or_else(|| "no reason given".to_owned(), ToString::to_string)
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_whatever_its_status() {
        let read = |status: u16, body: &str| read(StatusCode::from_u16(status).unwrap(), body.as_bytes());
        assert!(read(200, r#"{"ok":true,"ts":"1.2"}"#).is_ok());
        assert_eq!(read(200, r#"{"ok":false,"error":"is_archived"}"#).unwrap_err().meaning(), Meaning::Shut);
        assert_eq!(
            read(503, "<html>").unwrap_err(),
            ApiError::Unreached("HTTP 503 Service Unavailable, and no JSON".into())
        );
        assert_eq!(read(200, "<html>").unwrap_err().meaning(), Meaning::Later);
        assert_eq!(read(500, r#"{"ok":false}"#).unwrap_err().meaning(), Meaning::Later);
    }
}
