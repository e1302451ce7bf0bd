//! The doors of alert sources: `POST /alerts/alertmanager`, `/alerts/grafana`, `/alerts/generic`, and `/v2/enqueue`.
//!
//! Answers follow what senders do with them: they send 5xx again, and give up after any 4xx, 429 among them. So what is
//! only too much for now is a 503, and a 4xx is for what can never be taken.

mod alertmanager;
mod body;
mod enqueue;
mod generic;
mod grafana;
mod pagerduty;
mod receive;
mod text;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::header::{AUTHORIZATION, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;

use self::receive::{ALERTS_BODY_MAX, Received, Room, receive};
use crate::clock::Clock;
use crate::domain::alert::{AlertDelivery, Kind, Refused, RefusedAlert, Source};
use crate::ports::{Alerts, InHand, Raised};
use crate::problem::Problem;
use crate::task;

/// How long a body waits for room, at most: then its sender shall come again. With what the commit may take, this is two
/// seconds.
const ROOM_WITHIN: Duration = Duration::from_millis(500);

/// Longer bodies are read away from those who wait for the network, in bytes: it takes longer than a millisecond.
const SHORT_BODY_MAX: usize = 64 * 1024;

/// When a sender that found us busy shall come again, in seconds.
const RETRY_AFTER_S: &str = "2";

#[derive(Clone)]
struct Doors {
    alerts: Arc<dyn Alerts>,
    clock: Clock,
    room: Room,
    /// For bodies whose key is in them.
    lobby: Room,
}

/// Where the key may be when a sender can set no header.
#[derive(Deserialize)]
struct InAddress {
    key: Option<String>,
}

/// The routes.
pub fn router(alerts: Arc<dyn Alerts>, clock: Clock) -> Router {
    let doors = Doors { alerts, clock, room: Room::new(), lobby: Room::lobby() };
    let door = |kind: Kind| {
        post(
            move |State(doors): State<Doors>,
                  address: Result<Query<InAddress>, QueryRejection>,
                  request: Request| async move {
                let Ok(Query(InAddress { key })) = address else {
                    let error = "the address has one key=KEY at most";
                    return Problem::new(StatusCode::BAD_REQUEST, error).into_response();
                };
                doors.take(kind, key, request).await.unwrap_or_else(|problem| problem)
            },
        )
    };
    let [alertmanager, grafana, generic] = [Kind::Alertmanager, Kind::Grafana, Kind::Generic];
    Router::new()
        .route(alertmanager.door(), door(alertmanager))
        .route(grafana.door(), door(grafana))
        .route(generic.door(), door(generic))
        .route(Kind::PagerDuty.door(), post(enqueue::enqueue))
        .with_state(doors)
}

impl Doors {
    /// An alert source's body; both sides are answers.
    async fn take(&self, kind: Kind, key: Option<String>, request: Request) -> Result<Response, Response> {
        let _busy = self.clock.busy();
        let key = bearer(request.headers()).or(key.as_deref());
        let source = self.opened(kind, key).map_err(IntoResponse::into_response)?;
        let (parts, body) = request.into_parts();
        let room = self.room.hold(&self.clock, &parts.headers, (ALERTS_BODY_MAX, ROOM_WITHIN));
        let room = room.await.ok_or_else(|| busy("too much is in hand already"))?;
        let body = match receive(&self.clock, &parts.headers, body, ALERTS_BODY_MAX).await {
            Received::Whole(body) => body,
            Received::Broken => return Err(busy("the body broke off")),
            Received::TooLarge => {
                self.alerts.too_large(Arc::clone(&source)).await;
                let error = "more than 16 MiB at once; set max_alerts at the sender";
                return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, error).into_response());
            }
        };
        match read_away(kind, body, &source).await {
            Ok(delivery) => self.raise(source, delivery, Box::new(room)).await,
            Err(why) => {
                self.alerts.refused(source, Refused::whole(&why)).await;
                Err(Problem::new(StatusCode::BAD_REQUEST, why).into_response())
            }
        }
    }

    /// The source of a key, if this is its door.
    fn opened(&self, kind: Kind, key: Option<&str>) -> Result<Arc<Source>, Problem> {
        let Some(key) = key else {
            let error = "send the key of a source as Authorization: Bearer KEY, or as ?key=KEY";
            return Err(Problem::new(StatusCode::UNAUTHORIZED, error));
        };
        let source = self.alerts.source(key);
        let source = source.ok_or_else(|| Problem::new(StatusCode::FORBIDDEN, "the key is of no source"))?;
        if source.kind != kind {
            let error =
                format!("the key is of a source of kind {}: send to {}", source.kind, source.kind.door());
            return Err(Problem::new(StatusCode::FORBIDDEN, error));
        }
        Ok(source)
    }

    /// `room` is what the delivery takes up.
    async fn raise(
        &self,
        source: Arc<Source>,
        delivery: AlertDelivery,
        room: InHand,
    ) -> Result<Response, Response> {
        if delivery.alerts.is_empty() {
            let error = none_usable(&delivery.refused);
            self.alerts.refused(source, delivery.refused).await;
            return Err(Problem::new(StatusCode::BAD_REQUEST, error).into_response());
        }
        let (refused, truncated) = (delivery.refused.clone(), delivery.truncated);
        let raised = self.alerts.raise(source, delivery, room).await;
        let raised = raised.map_err(|_| busy("it could not be recorded in time"))?;
        Ok((StatusCode::ACCEPTED, Json(answer(&raised, &refused, truncated))).into_response())
    }
}

/// Reads a body; a long one where nobody waits for it.
async fn read_away(kind: Kind, body: Vec<u8>, source: &Arc<Source>) -> Result<AlertDelivery, String> {
    if body.len() <= SHORT_BODY_MAX {
        return decode(kind, &body, source);
    }
    let source = Arc::clone(source);
    let read = task::blocking("alerts", move || decode(kind, &body, &source)).await;
    read.unwrap_or_else(|| Err("the body can't be read".to_owned()))
}

fn decode(kind: Kind, body: &[u8], source: &Source) -> Result<AlertDelivery, String> {
    let text = text::text(body);
    let body = text.as_bytes();
    match kind {
        Kind::Alertmanager => alertmanager::decode(body, source),
        Kind::Grafana => grafana::decode(body, source),
        Kind::Generic => generic::decode(body, source),
        Kind::PagerDuty => Err("an event goes to /v2/enqueue".to_owned()),
    }
}

/// Everybody may be told by this what to do; nobody is told to slow down by a 429, which senders take for a no.
fn busy(why: &str) -> Response {
    let error = format!("{why}: send it again, no alert comes twice by that");
    ([(RETRY_AFTER, RETRY_AFTER_S)], Problem::new(StatusCode::SERVICE_UNAVAILABLE, error)).into_response()
}

fn none_usable(refused: &Refused) -> String {
    let Some(RefusedAlert { place, why }) = refused.named.first() else {
        return "there is no alert in it".to_owned();
    };
    match refused.count {
        1 => format!("the alert can't be taken: {why}"),
        count => format!("none of {count} alerts can be taken; number {place}: {why}"),
    }
}

fn answer(raised: &Raised, refused: &Refused, truncated: u64) -> serde_json::Value {
    let mut answer = serde_json::json!({ "accepted": raised.accepted, "pages": raised.pages });
    if refused.count > 0 {
        let named = refused.named.iter();
        let named = named.map(|refused| serde_json::json!({ "alert": refused.place, "why": refused.why }));
        answer["refused"] = refused.count.into();
        answer["reasons"] = named.collect();
    }
    if truncated > 0 {
        answer["truncated"] = truncated.into();
    }
    answer
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod tests;
