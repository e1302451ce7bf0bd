//! Discord's REST API: one way to ask it something, with a time-out, tries, turns and limits.
//!
//! Requests are serenity's (routes, builders, its limiter). Our own limiter stands before it and knows the same headers:
//! so whoever is to wait waits in our line, where somebody more urgent still goes first. What serenity's limiter does
//! not see goes by ours alone: requests to a peer on this machine, and answers to interactions, for each of which
//! serenity would keep a bucket for ever.

mod error;
mod guard;
mod limits;

use std::error::Error as _;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Client, Response, StatusCode};
use serde::de::DeserializeOwned;
use serenity::http::{LightMethod, Request, Route};

use self::error::Refusal;
pub(super) use self::error::RestError;
use self::guard::{Guard, Sent};
use self::limits::{Key, Limits};
use super::counts::{Counted, Counts};
use super::settings::{DiscordSettings, SettingsError};
use crate::chat::turns::Turns;
pub(super) use crate::chat::turns::Urgency;
use crate::clock::{Clock, later};

/// Tries of a request that fails on the way, or at Discord.
const TRIES_MAX: u32 = 3;
/// Pause before the second try; it doubles.
const TRY_PAUSE: Duration = Duration::from_millis(200);
/// Longest answer that is read, in bytes: a guild's commands have some 10,000.
const ANSWER_MAX: usize = 1024 * 1024;
/// Longest text of Discord's that is shown or logged, in characters.
const WORDS_MAX: usize = 200;

/// The way to Discord.
pub(super) struct Rest {
    clock: Clock,
    client: Client,
    token: String,
    /// What replaces `https://discord.com`; `None`: nothing.
    proxy: Option<String>,
    /// With serenity's limiter, where that is on.
    guarded: Option<Guard>,
    limits: Limits,
    turns: Turns<Key>,
    counts: Arc<Counts>,
    is_refused: AtomicBool,
}

impl Rest {
    pub(super) fn new(
        settings: &DiscordSettings,
        clock: Clock,
        counts: Arc<Counts>,
    ) -> Result<Self, SettingsError> {
        let client = settings.reach.client()?;
        let http = settings.reach.http(&settings.token, client.clone());
        let token = http.token().to_owned();
        Ok(Self {
            limits: Limits::new(clock.clone()),
            turns: Turns::new(clock.clone()),
            clock,
            client,
            token,
            proxy: settings.reach.proxy().map(str::to_owned),
            guarded: Guard::new(http),
            counts,
            is_refused: AtomicBool::new(false),
        })
    }

    /// Sends `request` until it is answered, or its time is over. May be sent twice: whoever posts gives a nonce.
    /// The caller is busy meanwhile, once: its guard is excused while a limit or a pause is waited for.
    pub(super) async fn send<T: DeserializeOwned>(
        &self,
        urgency: Urgency,
        request: Request<'_>,
    ) -> Result<T, RestError> {
        self.send_by(Way::Guarded, urgency, request).await
    }

    /// The same, past serenity's limiter: ours reads Discord's own code of a refusal.
    pub(super) async fn send_unguarded<T: DeserializeOwned>(
        &self,
        urgency: Urgency,
        request: Request<'_>,
    ) -> Result<T, RestError> {
        self.send_by(Way::Direct, urgency, request).await
    }

    /// Whether Discord refuses the token: nothing is asked with it any more.
    pub(super) fn is_refused(&self) -> bool {
        self.is_refused.load(Ordering::Relaxed)
    }

    async fn send_by<T: DeserializeOwned>(
        &self,
        way: Way,
        urgency: Urgency,
        request: Request<'_>,
    ) -> Result<T, RestError> {
        let tried = self.clock.timeout(urgency.within(), Box::pin(self.tries(way, urgency, request))).await;
        let answer = tried.unwrap_or(Err(RestError::TimedOut(urgency.within())));
        self.counts.add(if answer.is_ok() { Counted::Requests } else { Counted::Failures });
        let answer = answer?;
        let read = serde_json::from_slice(if answer.is_empty() { b"null" } else { &answer });
        read.map_err(|why| RestError::Unreached(format!("its answer cannot be read ({why})")))
    }

    async fn tries(&self, way: Way, urgency: Urgency, request: Request<'_>) -> Result<Vec<u8>, RestError> {
        let (mut tries, mut pause) = (1, TRY_PAUSE);
        let most = if may_repeat(&request) { TRIES_MAX } else { 1 };
        loop {
            if self.is_refused() {
                // Ten thousand refusals in ten minutes shut a whole address out.
                return Err(RestError::Token);
            }
            match self.once(way, urgency, request.clone()).await {
                Err(error) if error.may_pass() && tries < most => {
                    tracing::debug!(%error, "Discord is asked again");
                    self.counts.add(Counted::Retries);
                    self.clock.sleep_for_waiter(later(self.clock.now(), pause)).await;
                    (tries, pause) = (tries + 1, pause * 2);
                }
                Err(error) if error.is_answered() && tries > 1 => return Err(RestError::AnsweredBefore),
                Err(error @ RestError::Refused { status: 401, .. }) if !is_answer(request.route_ref()) => {
                    return Err(self.doubt_token(error).await);
                }
                done => return done,
            }
        }
    }

    /// One route said that it does not know us: whether the token is void is asked where nothing else can be meant.
    async fn doubt_token(&self, error: RestError) -> RestError {
        let asked = self.direct(Request::new(Route::UserMe, LightMethod::Get)).await;
        if !matches!(asked, Err(RestError::Refused { status: 401, .. })) {
            return error;
        }
        if !self.is_refused.swap(true, Ordering::Relaxed) {
            tracing::error!("{}", RestError::Token);
        }
        RestError::Token
    }

    /// Sends it once it may go, and again for as long as it came too early.
    async fn once(&self, way: Way, urgency: Urgency, request: Request<'_>) -> Result<Vec<u8>, RestError> {
        let route = *request.route_ref();
        if is_answer(&route) {
            return self.direct(request).await;
        }
        let key = key(&request);
        loop {
            let turn = self.turns.enter_when(key, urgency, || self.limits.must_wait(key, true)).await;
            let sent = match self.guarded.as_ref().filter(|_| way == Way::Guarded) {
                Some(guard) => guard.send(request.clone()).await,
                None => self.past(&request).await,
            };
            match sent {
                Sent::Answered(headers, answer) => {
                    self.limits.learn(key, &headers);
                    return answer;
                }
                Sent::TooEarly { retry_after, is_global } => {
                    self.counts.add(Counted::Limited);
                    // Before the turn is the next one's.
                    self.limits.refused(key, retry_after, is_global);
                    drop(turn);
                }
            }
        }
    }

    /// At once, but for its limit: an answer to an interaction has a bucket of its own.
    async fn direct(&self, request: Request<'_>) -> Result<Vec<u8>, RestError> {
        let key = key(&request);
        loop {
            while let Some(until) = self.limits.must_wait(key, !is_answer(request.route_ref())) {
                self.clock.sleep_for_waiter(until).await;
            }
            match self.past(&request).await {
                Sent::Answered(_, answer) => return answer,
                Sent::TooEarly { retry_after, is_global } => {
                    self.counts.add(Counted::Limited);
                    self.limits.refused(key, retry_after, is_global);
                }
            }
        }
    }

    /// Past serenity's limiter.
    async fn past(&self, request: &Request<'_>) -> Sent {
        match self.answered(request).await {
            Ok(sent) => sent,
            Err(error) => Sent::Answered(HeaderMap::new(), Err(error)),
        }
    }

    async fn answered(&self, request: &Request<'_>) -> Result<Sent, RestError> {
        let built = request.clone().build(&self.client, &self.token, self.proxy.as_deref());
        let built = built.map_err(|_| RestError::Unreached("the request cannot be built".to_owned()))?;
        let response = built.send().await.map_err(|why| RestError::Unreached(cause(&why)))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = read(response).await?;
        if status.is_success() {
            return Ok(Sent::Answered(headers, Ok(body)));
        }
        let refusal: Refusal = serde_json::from_slice(&body).unwrap_or_default();
        // Too many edits of an old message is no limit that is worth waiting for.
        if status != StatusCode::TOO_MANY_REQUESTS || refusal.code == error::EDITED_TOO_OFTEN {
            return Ok(Sent::Answered(headers, Err(refused(status, refusal.code, &refusal.message))));
        }
        let retry_after = limits::retry_after(&headers, refusal.retry_after);
        Ok(Sent::TooEarly { retry_after, is_global: refusal.global })
    }
}

/// What a request is counted with.
fn key(request: &Request<'_>) -> Key {
    (request.route_ref().ratelimiting_bucket(), *request.method_ref())
}

/// Which limiter a request goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// serenity's, where that is on.
    Guarded,
    /// Ours.
    Direct,
}

/// Whether a second try can't be seen twice: all but a message that takes no nonce.
fn may_repeat(request: &Request<'_>) -> bool {
    let is_post = matches!(request.method_ref(), LightMethod::Post);
    !(is_post && matches!(request.route_ref(), Route::WebhookFollowupMessages { .. }))
}

/// Whether a route answers an interaction: those have a token of their own, and a limit of their own.
const fn is_answer(route: &Route<'_>) -> bool {
    matches!(
        route,
        Route::InteractionResponse { .. }
            | Route::WebhookOriginalInteractionResponse { .. }
            | Route::WebhookFollowupMessages { .. }
            | Route::WebhookFollowupMessage { .. }
    )
}

/// A request with a body.
pub(super) fn with_body<'a>(
    route: Route<'a>,
    method: LightMethod,
    body: &impl serde::Serialize,
) -> Request<'a> {
    // Builders and our own structs always serialize; an empty body would be refused in Discord's words.
    Request::new(route, method).body(Some(serde_json::to_vec(body).unwrap_or_default()))
}

async fn read(mut response: Response) -> Result<Vec<u8>, RestError> {
    let mut read = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|why| RestError::Unreached(cause(&why)))? {
        if read.len() + chunk.len() > ANSWER_MAX {
            return Err(RestError::Unreached("its answer is too long".to_owned()));
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read)
}

fn refused(status: StatusCode, code: i64, message: &str) -> RestError {
    let message = if message.is_empty() { "no reason given" } else { message };
    RestError::Refused { status: status.as_u16(), code, message: message.chars().take(WORDS_MAX).collect() }
}

/// The innermost reason. The outer ones show the address.
fn cause(why: &reqwest::Error) -> String {
    let mut inner = why.source();
    while let Some(deeper) = inner.and_then(std::error::Error::source) {
        inner = Some(deeper);
    }
    inner.map_or_else(|| "no reason given".to_owned(), ToString::to_string)
}

impl fmt::Debug for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rest").finish_non_exhaustive()
    }
}
