//! Deliveries over HTTP: signed forms and JSON.

use std::sync::Arc;

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::super::Slack;
use super::super::form;
use super::super::settings::{Doors, Signing};
use super::super::state::State;
use super::{Kind, Nr, Outcome};

/// Who Slack says that it is.
const AGENT: &str = "Slackbot 1.0 (+https://api.slack.com/robots)";
const FORM: &str = "application/x-www-form-urlencoded";

/// One request to the app.
#[derive(Debug)]
struct Sent<'s> {
    url: &'s str,
    kind: &'static str,
    body: String,
    /// The number of the repeat, and why.
    retry: Option<(usize, &'static str)>,
}

/// `v0=` and the HMAC of version, time and raw body.
pub(in super::super) fn sign(secret: &str, timestamp: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key will do");
    mac.update(format!("v0:{timestamp}:{body}").as_bytes());
    format!("v0={}", HEXLOWER.encode(&mac.finalize().into_bytes()))
}

impl State {
    /// The headers that prove where a body comes from.
    fn proof(&self, body: &str) -> Vec<(&'static str, String)> {
        let now = self.now.as_second();
        let secret = &self.app.signing_secret;
        let (timestamp, signature) = match self.settings.signing {
            Signing::None => return Vec::new(),
            Signing::Good => (now, sign(secret, now, body)),
            Signing::WrongSecret => (now, sign("another secret", now, body)),
            Signing::Stale(by) => {
                let then = now - i64::try_from(by.as_secs()).expect("a span of this age");
                (then, sign(secret, then, body))
            }
        };
        vec![("x-slack-request-timestamp", timestamp.to_string()), ("x-slack-signature", signature)]
    }
}

impl Slack {
    pub(super) async fn over_http(self: &Arc<Self>, doors: &Doors, nr: Nr, retry: usize) -> Outcome {
        let (kind, payload, last) = self.look(|state| {
            let delivery = &state.deliveries[nr];
            let last = delivery.tries.last().map(|last| last.outcome.clone());
            (delivery.kind, delivery.payload.clone(), last)
        });
        let why = match last {
            Some(Outcome::Late) => "http_timeout",
            Some(Outcome::Nobody) => "connection_failed",
            _ => "http_error",
        };
        let (url, kind, body) = match kind {
            Kind::Command => (&doors.commands, FORM, form::encode(&fields(&payload))),
            Kind::Event => (&doors.events, "application/json", payload.to_string()),
            _ => {
                let field = ("payload".to_owned(), payload.to_string());
                (&doors.interactions, FORM, form::encode(&[field]))
            }
        };
        let retry = (retry > 0).then_some((retry, why));
        self.post(Sent { url, kind, body, retry }).await
    }

    async fn post(&self, sent: Sent<'_>) -> Outcome {
        let mut request =
            self.http.post(sent.url).header("content-type", sent.kind).header("user-agent", AGENT);
        for (name, value) in self.look(|state| state.proof(&sent.body)) {
            request = request.header(name, value);
        }
        if let Some((number, why)) = sent.retry {
            request = request.header("x-slack-retry-num", number).header("x-slack-retry-reason", why);
        }
        match request.body(sent.body).send().await {
            Ok(answer) => read(answer).await,
            Err(_) => Outcome::Nobody,
        }
    }

    /// Slack asks whether the events' address is the app's. Returns what was wrong.
    pub(crate) async fn verifies_url(&self, doors: &Doors) -> Result<(), String> {
        let challenge = super::super::ids::random(50);
        let token = self.look(|state| state.app.verification.clone());
        let body = json!({ "token": token, "challenge": challenge, "type": "url_verification" }).to_string();
        let sent = Sent { url: &doors.events, kind: "application/json", body, retry: None };
        match self.post(sent).await {
            Outcome::Acked(body) if body == challenge.as_str() || body["challenge"] == challenge.as_str() => {
                Ok(())
            }
            other => Err(format!("the challenge was not answered: {other:?}")),
        }
    }

    /// Slack asks now and then whether the certificate of the commands' address is good. Returns the status.
    pub(crate) async fn checks_ssl(&self, doors: &Doors) -> Outcome {
        let token = self.look(|state| state.app.verification.clone());
        let fields = [("token".to_owned(), token), ("ssl_check".to_owned(), "1".to_owned())];
        let sent = Sent { url: &doors.commands, kind: FORM, body: form::encode(&fields), retry: None };
        self.post(sent).await
    }
}

/// The fields of a command, in order.
fn fields(payload: &Value) -> Vec<(String, String)> {
    let all = payload.as_object().into_iter().flatten();
    all.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
}

async fn read(answer: reqwest::Response) -> Outcome {
    let status = answer.status().as_u16();
    let is_final = answer.headers().get("x-slack-no-retry").is_some_and(|value| value == "1");
    let text = answer.text().await.unwrap_or_default();
    match status {
        200..=299 if text.trim().is_empty() => Outcome::Acked(Value::Null),
        200..=299 => {
            let said = serde_json::from_str::<Value>(&text).ok().filter(Value::is_object);
            Outcome::Acked(said.unwrap_or_else(|| json!(text)))
        }
        _ if is_final => Outcome::RefusedForGood(status),
        _ => Outcome::Refused(status),
    }
}

#[cfg(test)]
mod tests {
    /// The example of Slack's own page about verifying requests.
    #[test]
    fn a_body_is_signed_as_the_documentation_shows() {
        let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V\
                    &channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=\
                    &response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F\
                    96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        let signature = super::sign("8f742231b10e8888abcd99yyyzzz85a5", 1_531_420_618, body);
        assert_eq!(signature, "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503");
    }
}
