//! `POST /v2/enqueue`: an event in `PagerDuty`'s words, answered in them.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::pagerduty::Event;
use super::receive::{Received, receive_unknown};
use super::text::text;
use super::{Doors, busy};
use crate::domain::alert::{AlertDelivery, Kind, Refused};
use crate::problem::BODY_MAX;

pub(super) async fn enqueue(State(doors): State<Doors>, request: Request) -> Response {
    let _busy = doors.clock.busy();
    doors.event(request).await.unwrap_or_else(|answer| answer)
}

impl Doors {
    /// One event; both sides are answers. Its key is in it, so that it is read before anybody is known.
    async fn event(&self, request: Request) -> Result<Response, Response> {
        let body = request.into_body();
        let (received, room) = receive_unknown(&self.clock, body, BODY_MAX, &self.lobby).await;
        let body = match received {
            Received::Whole(body) => body,
            Received::Broken => return Err(busy("the body broke off")),
            Received::TooLarge => {
                return Err(refused(StatusCode::PAYLOAD_TOO_LARGE, "an event has at most 1 MiB"));
            }
        };
        let text = text(&body);
        let body = text.as_bytes();
        let bad = |why: String| refused(StatusCode::BAD_REQUEST, &why);
        let event = Event::read(body).map_err(bad)?;
        let key = Some(event.routing_key.as_str()).filter(|key| !key.is_empty());
        let key = key.ok_or_else(|| {
            refused(StatusCode::UNAUTHORIZED, "routing_key is missing: it is the key of a source")
        })?;
        let source = self.alerts.source(key).filter(|source| source.kind == Kind::PagerDuty);
        let no = || refused(StatusCode::FORBIDDEN, "routing_key is of no source of kind pagerduty");
        let source = source.ok_or_else(no)?;
        let news = match event.news(body, &source) {
            Ok(news) => news,
            Err(why) => {
                let mut no = Refused::default();
                no.add(1, || why.clone());
                self.alerts.refused(source, no).await;
                return Err(bad(why));
            }
        };
        let dedup_key = news.fingerprint.clone();
        let delivery = AlertDelivery { alerts: vec![news], ..AlertDelivery::default() };
        let raised = self.alerts.raise(source, delivery, Box::new(room)).await;
        let raised = raised.map_err(|_| busy("it could not be recorded in time"))?;
        let done = json!({
            "status": "success",
            "message": "Event processed",
            "dedup_key": dedup_key,
            "pages": raised.pages,
        });
        Ok((StatusCode::ACCEPTED, Json(done)).into_response())
    }
}

/// Says it as the Events API does, and as our other doors do.
fn refused(status: StatusCode, error: &str) -> Response {
    let said = json!({
        "status": "invalid event",
        "message": "Event object is invalid",
        "errors": [error],
        "error": error,
    });
    (status, Json(said)).into_response()
}
