//! The status page at `/`: live calls, for whoever has the admin token.

use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Form, Router, middleware};
use serde::Deserialize;
use tokio::sync::watch;

use super::events::{Source, router as events_router};
use super::page::{HTML, parts_router, served};
use super::session::{Allowed, Guard, guard, no_session};
use crate::problem::Problem;

/// The page, its form, and the events that tell it to look again, until `stopped` turns true.
pub fn router(access: Guard, sources: Vec<Source>, stopped: watch::Receiver<bool>) -> Router {
    let guarded = middleware::from_fn_with_state(access.clone(), guard);
    Router::new()
        .route("/", get(page))
        .route("/login", post(log_in))
        .route("/logout", post(log_out))
        .with_state(access)
        .merge(events_router("/events", sources, stopped).layer(guarded))
        .merge(parts_router())
}

async fn page(State(access): State<Guard>, request: Request) -> Result<Response, Problem> {
    match access.judge(request.headers()) {
        Allowed::Yes => Ok(served(HTML, include_str!("web/status.html"))),
        Allowed::NotYet => Ok(form("")),
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
    State(access): State<Guard>,
    headers: HeaderMap,
    Form(Typed { token }): Form<Typed>,
) -> Result<Response, Problem> {
    if access.judge(&headers) == Allowed::Nothing {
        return Err(Problem::not_found("there is nothing here"));
    }
    match access.session(&token) {
        Some(cookie) => Ok(to_page(cookie)),
        None => {
            tracing::warn!("somebody typed a wrong ADMIN_TOKEN at the status page");
            Ok(form("That is not the token. It is ADMIN_TOKEN in the environment of the program."))
        }
    }
}

async fn log_out() -> Response {
    to_page(no_session())
}

fn to_page(cookie: String) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, "/".to_owned()), (SET_COOKIE, cookie)]).into_response()
}

/// The form that asks for the token; `problem` is a sentence of ours.
fn form(problem: &'static str) -> Response {
    let html = include_str!("web/login.html").replace("{problem}", problem);
    (StatusCode::UNAUTHORIZED, [(CONTENT_TYPE, HTML), (CACHE_CONTROL, "no-store")], html).into_response()
}
