//! Requests under serenity's limiter, which is never left to wait: it says beforehand that it would, and for how long.

use std::time::Duration;

use reqwest::header::HeaderMap;
use serenity::http::{Http, HttpError, Request};
use tokio::sync::mpsc;

use super::{RestError, cause, read, refused};

tokio::task_local! {
    /// Hears that serenity's limiter would wait with the request that this task sends.
    static WOULD_WAIT: mpsc::Sender<Wait>;
}

/// How long serenity's limiter would wait, and whether nothing at all may go meanwhile.
type Wait = (Duration, bool);

/// serenity's client with its limiter.
pub(super) struct Guard(Http);

/// What became of a request.
pub(super) enum Sent {
    /// It was answered. The headers say how its bucket stands; there are none where it was refused.
    Answered(HeaderMap, Result<Vec<u8>, RestError>),
    /// Its limit is used up: nothing was done.
    TooEarly {
        /// In seconds, where it was said.
        retry_after: Option<f64>,
        /// Nothing may go meanwhile, wherever to.
        is_global: bool,
    },
}

impl Guard {
    /// `None`: serenity's limiter is off, and ours alone is on.
    pub(super) fn new(mut http: Http) -> Option<Self> {
        let limiter = http.ratelimiter.as_mut()?;
        limiter.set_ratelimit_callback(Box::new(|info| {
            // Only the first word counts, and only where somebody listens.
            let _told = WOULD_WAIT.try_with(|told| told.try_send((info.timeout, info.global)));
        }));
        Some(Self(http))
    }

    /// Sends it, unless its limit is used up. serenity waits either before it sends or after a refusal: to leave it
    /// alone while it waits takes nothing back.
    pub(super) async fn send(&self, request: Request<'_>) -> Sent {
        let (told, mut would_wait) = mpsc::channel(1);
        let sending = WOULD_WAIT.scope(told, self.0.request(request));
        let response = tokio::select! {
            biased;
            Some((span, is_global)) = would_wait.recv() => {
                return Sent::TooEarly { retry_after: Some(span.as_secs_f64()), is_global };
            }
            response = sending => response,
        };
        match response {
            Ok(response) => Sent::Answered(response.headers().clone(), read(response).await),
            Err(error) => Sent::Answered(HeaderMap::new(), Err(refused_by_serenity(&error))),
        }
    }
}

/// serenity's error, without the address that it holds: there may be an interaction's token in it.
fn refused_by_serenity(error: &serenity::Error) -> RestError {
    match error {
        serenity::Error::Http(HttpError::UnsuccessfulRequest(answer)) => {
            // -1 is serenity's own: the body was no JSON.
            let code = i64::try_from(answer.error.code).unwrap_or(0).max(0);
            let message = if code == 0 && answer.error.code < 0 { "" } else { answer.error.message.as_str() };
            refused(answer.status_code, code, message)
        }
        serenity::Error::Http(HttpError::Request(why)) => RestError::Unreached(cause(why)),
        _ => RestError::Unreached("the request could not be made".to_owned()),
    }
}
