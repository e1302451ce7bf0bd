//! Slack's HTTP doors: believed by their signature over the raw body, answered only after what was asked is stored.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use secrecy::SecretString;
use serde_json::{Map, Value};

use super::Slack;
use super::counts::Counted;
use super::decode::{Kind, Read as _};
use super::serve::Doors;
use super::sign::verify;
use super::wire::Happened;
use crate::problem::{BODY_MAX, Problem};

const SIGNATURE: &str = "x-slack-signature";
const TIME: &str = "x-slack-request-timestamp";
/// Tells Slack not to send again what can never be read.
const NO_RETRY: HeaderName = HeaderName::from_static("x-slack-no-retry");

#[derive(Clone)]
struct Door {
    slack: Arc<Slack>,
    secret: SecretString,
    doors: Arc<Doors>,
}

impl Slack {
    /// The routes under `/slack`; none without a signing secret.
    pub fn router(self: &Arc<Self>, doors: &Arc<Doors>) -> Router {
        let Some(secret) = self.settings.signing_secret.clone() else { return Router::new() };
        Router::new()
            .route("/slack/command", post(command))
            .route("/slack/interaction", post(interaction))
            .route("/slack/event", post(event))
            .layer(DefaultBodyLimit::max(BODY_MAX))
            .with_state(Door { slack: Arc::clone(self), secret, doors: Arc::clone(doors) })
    }
}

async fn command(State(door): State<Door>, headers: HeaderMap, body: Bytes) -> Response {
    door.opened(Kind::Command, &headers, &body).await
}

async fn interaction(State(door): State<Door>, headers: HeaderMap, body: Bytes) -> Response {
    door.opened(Kind::Interaction, &headers, &body).await
}

async fn event(State(door): State<Door>, headers: HeaderMap, body: Bytes) -> Response {
    door.opened(Kind::Event, &headers, &body).await
}

impl Door {
    async fn opened(&self, kind: Kind, headers: &HeaderMap, body: &Bytes) -> Response {
        let _busy = self.slack.clock.busy();
        let answer = self.slack.gone.run_until_cancelled(self.answer(kind, headers, body)).await;
        answer.unwrap_or_else(|| StatusCode::SERVICE_UNAVAILABLE.into_response())
    }

    async fn answer(&self, kind: Kind, headers: &HeaderMap, body: &Bytes) -> Response {
        if kind == Kind::Command && is_ssl_check(body) {
            return StatusCode::OK.into_response();
        }
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let signed = verify(&self.secret, (header(TIME), header(SIGNATURE)), body, self.slack.clock.now());
        if let Err(why) = signed {
            self.slack.counts.add(Counted::Unsigned);
            tracing::warn!(%why, "a request to the doors of Slack was refused");
            return Problem::new(StatusCode::UNAUTHORIZED, "the signature is missing, wrong or old")
                .into_response();
        }
        let Some(payload) = payload(kind, body) else {
            self.slack.counts.add(Counted::Unreadable);
            let problem = Problem::new(StatusCode::BAD_REQUEST, "the body can't be read");
            return ([(NO_RETRY, "1")], problem).into_response();
        };
        if let Some(challenge) = challenge(kind, &payload) {
            return ([(header::CONTENT_TYPE, "text/plain")], challenge).into_response();
        }
        match self.slack.arrived(kind, &payload, &self.doors).await {
            Value::Null => StatusCode::OK.into_response(),
            said => axum::Json(said).into_response(),
        }
    }
}

/// Slack's look at the certificate now and then: it wants nothing but a 200, and signs nothing.
fn is_ssl_check(body: &[u8]) -> bool {
    body.starts_with(b"ssl_check=1") || body.windows(12).any(|part| part == b"&ssl_check=1")
}

/// What a body says, in the one shape that both ways in share.
fn payload(kind: Kind, body: &[u8]) -> Option<Value> {
    match kind {
        Kind::Command => {
            let fields = form_urlencoded::parse(body);
            let fields = fields.map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())));
            Some(Value::Object(fields.collect::<Map<String, Value>>()))
        }
        Kind::Interaction => {
            let (_, json) = form_urlencoded::parse(body).find(|(name, _)| name == "payload")?;
            serde_json::from_str(&json).ok()
        }
        Kind::Event => serde_json::from_slice(body).ok(),
    }
}

/// Slack's question whether the address is ours.
fn challenge(kind: Kind, payload: &Value) -> Option<String> {
    if kind != Kind::Event {
        return None;
    }
    Happened::read(payload)
        .filter(|happened| happened.kind == "url_verification")
        .map(|happened| happened.challenge)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn bodies_are_read_by_their_kind() {
        let command = payload(Kind::Command, b"command=%2Fcall&text=jack+%3C%40U1%3E&x").unwrap();
        assert_eq!(command, json!({ "command": "/call", "text": "jack <@U1>", "x": "" }));
        let pressed = payload(Kind::Interaction, b"payload=%7B%22type%22%3A%22block_actions%22%7D").unwrap();
        assert_eq!(pressed["type"], "block_actions");
        assert_eq!(payload(Kind::Interaction, b"other=1"), None);
        assert_eq!(payload(Kind::Event, b"{"), None);
    }

    #[test]
    fn a_look_at_the_certificate_is_known() {
        assert!(is_ssl_check(b"ssl_check=1&token=x") && is_ssl_check(b"token=x&ssl_check=1"));
        assert!(!is_ssl_check(b"text=ssl_check%3D1&token=x"));
    }

    #[test]
    fn the_challenge_comes_back() {
        let asked = json!({ "type": "url_verification", "token": "x", "challenge": "3eZb" });
        assert_eq!(challenge(Kind::Event, &asked).as_deref(), Some("3eZb"));
        assert_eq!(challenge(Kind::Command, &asked), None);
        assert_eq!(challenge(Kind::Event, &json!({ "type": "event_callback" })), None);
    }
}
