//! The routes: the engine's, and those of people, tests and benches.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;

use super::cloud::trtc;
use super::commands::{v4, v4_at};
use super::handset::HandsetError;
use super::{Faults, Handset, Ingest, Sandbox};

/// Bytes of a command's body.
const BODY_MAX: usize = 1024 * 1024;
/// Handsets in the list: as many as a page can show.
const HANDSETS: usize = 100;
/// Dials, or ingest tasks, on a page.
const DIALS: usize = 10_000;

/// An error as people and scripts read it.
type Problem = (StatusCode, Json<serde_json::Value>);

#[derive(Debug, Default, Deserialize)]
struct Since {
    #[serde(default)]
    since: usize,
}

impl Sandbox {
    /// Everything that the engine serves, under `/sandbox/engine/` and `/sandbox/handset`.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/sandbox/engine/v4/{*command}", any(v4))
            .route("/sandbox/engine/at/{region}/v4/{*command}", any(v4_at))
            .route("/sandbox/engine/trtc", any(trtc))
            .route("/sandbox/engine/trtc/", any(trtc))
            .route("/sandbox/engine/faults", get(faults).post(misbehave))
            .route("/sandbox/engine/dials", get(dials))
            .route("/sandbox/engine/ingests", get(ingests))
            .route("/sandbox/handsets", get(handsets))
            .route("/sandbox/handset/{account}", get(handset))
            .route("/sandbox/handset/{account}/{action}", post(act))
            .layer(DefaultBodyLimit::max(BODY_MAX))
            .with_state(Arc::clone(self))
    }
}

fn problem(status: StatusCode, text: &str) -> Problem {
    (status, Json(json!({"error": text})))
}

async fn faults(State(sandbox): State<Arc<Sandbox>>) -> Json<Faults> {
    Json(sandbox.faults())
}

async fn misbehave(State(sandbox): State<Arc<Sandbox>>, wish: Bytes) -> Result<Json<Faults>, Problem> {
    let changed = sandbox.faults.change(&wish);
    changed.map(Json).map_err(|error| problem(StatusCode::BAD_REQUEST, &error))
}

async fn dials(State(sandbox): State<Arc<Sandbox>>, Query(Since { since }): Query<Since>) -> Response {
    let (dials, next) = sandbox.lock().dials.page(since, DIALS);
    Json(json!({"dials": dials, "next": next})).into_response()
}

async fn ingests(State(sandbox): State<Arc<Sandbox>>, Query(Since { since }): Query<Since>) -> Response {
    let since = u64::try_from(since).unwrap_or(u64::MAX);
    let (tasks, next) = sandbox.lock().board.ingests().page(since, DIALS);
    let shown: Vec<_> = tasks.iter().map(Ingest::show).collect();
    Json(json!({"ingests": shown, "next": next})).into_response()
}

async fn handsets(State(sandbox): State<Arc<Sandbox>>) -> Response {
    let (first, total) = sandbox.handsets(HANDSETS);
    Json(json!({"handsets": first, "total": total})).into_response()
}

async fn handset(
    State(sandbox): State<Arc<Sandbox>>,
    Path(account): Path<String>,
) -> Result<Json<Handset>, Problem> {
    let found = sandbox.handset(&account).ok_or(HandsetError::NoSuchAccount(account));
    found.map(Json).map_err(refuse)
}

async fn act(
    State(sandbox): State<Arc<Sandbox>>,
    Path((account, action)): Path<(String, String)>,
) -> Result<Json<Handset>, Problem> {
    let done = action.parse().and_then(|action| sandbox.act(&account, action));
    done.map(Json).map_err(refuse)
}

fn refuse(error: HandsetError) -> Problem {
    let status = match error {
        HandsetError::NoSuchAccount(_) | HandsetError::NoSuchAction(_) => StatusCode::NOT_FOUND,
        HandsetError::WrongState { .. } => StatusCode::CONFLICT,
    };
    problem(status, &error.to_string())
}
