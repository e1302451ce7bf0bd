//! `/healthz`: the process runs. `/readyz`: it can do its work, and if not, what is missing.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};

/// Asks one part whether it is ready; the error says what is wrong.
pub type Check = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send + Sync>;

/// The two routes; `checks` by the name of the part.
pub fn router(checks: BTreeMap<&'static str, Check>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { Json(serde_json::json!({ "status": "ok" })) }))
        .route("/readyz", get(ready))
        .with_state(Arc::new(checks))
}

async fn ready(State(checks): State<Arc<BTreeMap<&'static str, Check>>>) -> Response {
    let mut parts = serde_json::Map::new();
    let mut is_ready = true;
    for (name, check) in checks.iter() {
        let answer = check().await;
        is_ready &= answer.is_ok();
        let text = answer.err().unwrap_or_else(|| "ok".to_owned());
        parts.insert((*name).to_owned(), text.into());
    }
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(serde_json::json!({ "ready": is_ready, "parts": parts }))).into_response()
}
