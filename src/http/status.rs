//! The status page at `/`: live calls, for whoever has the admin token.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::rejection::FormRejection;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use jiff::Timestamp;
use serde::Deserialize;
use tokio::sync::watch;

use super::events::{Source, router as events_router};
use super::page::{HTML, parts_router, served};
use super::session::{Allowed, Guard, no_session};
use crate::clock::{Clock, later};
use crate::ports::Store;
use crate::problem::Problem;

/// Largest form, in bytes: a token is far shorter.
const FORM_MAX: usize = 4 * 1024;
/// Wrong tokens in [`TRIES_WITHIN`]: what people mistype, and hopeless for whoever guesses 16 characters.
const TRIES_MAX: u32 = 10;
/// After this, tries are counted anew.
const TRIES_WITHIN: Duration = Duration::from_secs(60);

/// Under which the store keeps the sessions that were ended before their time.
pub const ENDED_KEY: &str = "status.ended";

/// The page, its form, and the events that tell it to look again, until `stopped` turns true. `store` keeps who logged out.
pub fn router(
    access: Guard,
    sources: Vec<Source>,
    stopped: watch::Receiver<bool>,
    store: Arc<dyn Store>,
) -> Router {
    let out = Router::new().route("/logout", post(log_out)).with_state((access.clone(), store));
    Router::new()
        .route("/", get(page))
        .with_state(access.clone())
        .merge(out)
        .merge(login_router(access.clone()))
        .merge(events_router("/events", sources, stopped, access))
        .merge(parts_router())
}

fn login_router(access: Guard) -> Router {
    Router::new()
        .route("/login", post(log_in).layer(DefaultBodyLimit::max(FORM_MAX)))
        .with_state((access, Arc::<Tries>::default()))
}

/// Wrong tokens that were typed lately, by whomever: nobody has to guess, so all share one count.
#[derive(Debug, Default)]
struct Tries(Mutex<Option<(Timestamp, u32)>>);

impl Tries {
    /// Whether one more may be judged.
    fn may_go_on(&self, clock: &Clock) -> bool {
        let tried = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tried.is_none_or(|(since, count)| count < TRIES_MAX || later(since, TRIES_WITHIN) <= clock.now())
    }

    /// Counts a wrong one. Returns whether it is the first of its span.
    fn count(&self, clock: &Clock) -> bool {
        let (mut tried, now) = (self.0.lock().unwrap_or_else(PoisonError::into_inner), clock.now());
        let known = tried.filter(|(since, _)| now < later(*since, TRIES_WITHIN));
        let (since, count) = known.unwrap_or((now, 0));
        *tried = Some((since, count + 1));
        known.is_none()
    }
}

async fn page(State(access): State<Guard>, request: Request) -> Result<Response, Problem> {
    match access.judge(request.headers()) {
        Allowed::Yes => Ok(served(HTML, include_str!("web/status.html"))),
        Allowed::NotYet => Ok(form(StatusCode::UNAUTHORIZED, "")),
        Allowed::Nothing => Err(Problem::not_found("set ADMIN_TOKEN, and the status page is here")),
    }
}

/// Not to be shown: so it has no `Debug`.
#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    token: String,
}

async fn log_in(
    State((access, tries)): State<(Guard, Arc<Tries>)>,
    headers: HeaderMap,
    typed: Result<Form<Typed>, FormRejection>,
) -> Result<Response, Problem> {
    if access.judge(&headers) == Allowed::Nothing {
        return Err(Problem::not_found("there is nothing here"));
    }
    if !tries.may_go_on(&access.clock) {
        return Ok(form(
            StatusCode::TOO_MANY_REQUESTS,
            "Too many wrong tokens. Wait a minute, then try again.",
        ));
    }
    // What is no form of ours holds no token.
    let cookie = typed.ok().and_then(|Form(Typed { token })| access.session(&token, is_https(&headers)));
    if let Some(cookie) = cookie {
        return Ok(to_page(cookie));
    }
    if tries.count(&access.clock) {
        tracing::warn!("somebody typed a wrong ADMIN_TOKEN at the status page");
    }
    let problem = "That is not the token. It is ADMIN_TOKEN in the environment of the program.";
    Ok(form(StatusCode::UNAUTHORIZED, problem))
}

/// Whether a proxy before us says that the browser came by https: then its cookie goes by nothing else.
fn is_https(headers: &HeaderMap) -> bool {
    headers.get("x-forwarded-proto").is_some_and(|proto| proto.as_bytes().eq_ignore_ascii_case(b"https"))
}

/// Ends the session, and whatever copy there is of its cookie. A form of another site brings no cookie, and takes none away.
async fn log_out(
    State((access, store)): State<(Guard, Arc<dyn Store>)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if access.judge(&headers) == Allowed::Nothing {
        return Err(Problem::not_found("there is nothing here"));
    }
    if !access.end(&headers) {
        return Ok((StatusCode::SEE_OTHER, [(LOCATION, "/")]).into_response());
    }
    if let Err(error) = store.keep(ENDED_KEY, &access.ended.text()).await {
        tracing::error!(%error, "who logged out of the status page is forgotten at a restart");
    }
    Ok(to_page(no_session()))
}

fn to_page(cookie: String) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, "/".to_owned()), (SET_COOKIE, cookie)]).into_response()
}

/// The form that asks for the token; `problem` is a sentence of ours.
fn form(status: StatusCode, problem: &'static str) -> Response {
    let html = include_str!("web/login.html").replace("{problem}", problem);
    (status, [(CONTENT_TYPE, HTML), (CACHE_CONTROL, "no-store")], html).into_response()
}
