//! The embedded pages: no build step, nothing from outside.

use axum::Router;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::problem::Problem;

macro_rules! files {
    ($($name:literal: $kind:ident),+ $(,)?) => {
        &[$(($name, $kind, include_str!(concat!("web/", $name)))),+]
    };
}

pub(super) const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

/// Name, content type, content. The two pages share most of them.
const FILES: &[(&str, &str, &str)] = files! {
    "calls.js": JS,
    "channel.js": JS,
    "complete.js": JS,
    "desk.js": JS,
    "dom.js": JS,
    "map.js": JS,
    "net.js": JS,
    "pages.js": JS,
    "phones.js": JS,
    "raise.js": JS,
    "receipts.js": JS,
    "rings.js": JS,
    "sandbox.css": CSS,
    "sandbox.js": JS,
    "status.js": JS,
    "story.js": JS,
};

/// The sandbox's page at `/`, and its parts.
pub fn sandbox_router() -> Router {
    Router::new()
        .route("/", get(|| async { served(HTML, include_str!("web/sandbox.html")) }))
        .route("/sandbox/web/{file}", get(part))
}

/// What the status page is made of. Whoever may not see the calls may see these.
pub(super) fn parts_router() -> Router {
    Router::new().route("/web/{file}", get(part))
}

async fn part(Path(file): Path<String>) -> Result<Response, Problem> {
    let found = FILES.iter().find(|(name, _, _)| *name == file);
    let (_, kind, text) = found.ok_or_else(|| Problem::not_found("there is no such file"))?;
    Ok(served(kind, text))
}

/// Not kept by the browser: the next version of the program may be on the same address.
pub(super) fn served(kind: &'static str, text: &'static str) -> Response {
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-store")], text).into_response()
}
