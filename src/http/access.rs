//! The access log: the route's pattern, never the path, for paths hold secrets.

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::Metrics;
use crate::clock::Clock;

/// Logs and counts one request.
pub async fn log_access(
    State((clock, metrics)): State<(Clock, Metrics)>,
    request: Request,
    next: Next,
) -> Response {
    let from = clock.now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let took = clock.now().duration_since(from);
    let route = route.as_ref().map_or("(no route)", MatchedPath::as_str);
    metrics.request(route, response.status().as_u16(), took.as_secs_f64());
    tracing::debug!(%method, route, status = response.status().as_u16(), ms = took.as_millis(), "answered");
    response
}
