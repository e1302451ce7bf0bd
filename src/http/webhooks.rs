//! The sandbox's own receiver: what webhooks were told is there to be read.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Serialize;
use serde_json::Value;

/// What was told, kept: the latest. More than a trial has to look at.
const KEPT_MAX: usize = 100;

/// One thing that a webhook was told.
#[derive(Debug, Clone, Serialize)]
struct Told {
    webhook: String,
    id: String,
    timestamp: String,
    signature: String,
    body: Value,
}

type Kept = Arc<Mutex<VecDeque<Told>>>;

/// Takes what any webhook is told, and lists it.
pub fn webhooks_router() -> Router {
    Router::new()
        .route("/sandbox/webhooks", get(list))
        .route("/sandbox/webhooks/{id}", post(take))
        .with_state(Kept::default())
}

async fn take(
    State(kept): State<Kept>,
    Path(webhook): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> StatusCode {
    let header =
        |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let told = Told {
        webhook,
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
        body,
    };
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.len() == KEPT_MAX {
        kept.pop_front();
    }
    kept.push_back(told);
    StatusCode::NO_CONTENT
}

async fn list(State(kept): State<Kept>) -> Json<Value> {
    let kept: Vec<Told> = kept.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect();
    Json(serde_json::json!({ "told": kept }))
}
