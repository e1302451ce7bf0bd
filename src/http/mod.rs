//! The HTTP doors that are no adapter's own: health, metrics, the API and the pages.

mod access;
mod alerts;
mod api;
mod events;
mod health;
mod media;
mod metrics;
mod page;
mod session;
mod status;
mod webhooks;

pub use self::access::log_access;
pub use self::alerts::router as alerts_router;
pub use self::api::router as api_router;
pub use self::events::{Source, router as events_router};
pub use self::health::{Check, router as health_router};
pub use self::media::router as media_router;
pub use self::metrics::{Metrics, router as metrics_router};
pub use self::page::sandbox_router;
pub use self::session::{ApiAccess, Ended, Guard};
pub use self::status::{ENDED_KEY, router as status_router};
pub use self::webhooks::webhooks_router;

use axum::Router;
use axum::http::{Method, StatusCode};

use crate::problem::Problem;

/// What is asked for, and is not there, or not in that way.
pub fn with_fallback(router: Router) -> Router {
    let wrong = |method: Method| async move {
        Problem::new(StatusCode::METHOD_NOT_ALLOWED, format!("{method} is not taken here"))
    };
    router
        .method_not_allowed_fallback(wrong)
        .fallback(|| async { Problem::not_found("there is nothing here") })
}
