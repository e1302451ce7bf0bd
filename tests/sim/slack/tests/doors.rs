//! Deliveries over HTTP: forms, JSON, signatures, repeats.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use callout::task::{self, TaskHandle};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::super::deliver::sign;
use super::super::{Doors, Heard, Outcome, Settings, Signing, Transport, form};
use super::{Lab, secs};

/// What came to the app.
#[derive(Debug, Clone)]
struct Came {
    path: String,
    headers: HeaderMap,
    body: String,
}

impl Came {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    fn field(&self, name: &str) -> String {
        let found = form::decode(&self.body).into_iter().find(|(field, _)| field == name);
        found.unwrap_or_else(|| panic!("no {name} in {}", self.body)).1
    }
}

/// How the app answers.
#[derive(Debug, Clone)]
enum Says {
    Status(u16, &'static str),
    /// 500, and never again.
    Final,
    /// The challenge.
    Echo,
    Never,
}

#[derive(Debug, Clone, Default)]
struct App {
    came: Arc<Mutex<Vec<Came>>>,
    says: Arc<Mutex<VecDeque<Says>>>,
}

impl App {
    fn will(&self, says: Says) {
        self.says.lock().unwrap().push_back(says);
    }

    fn came(&self) -> Vec<Came> {
        self.came.lock().unwrap().clone()
    }

    fn last(&self) -> Came {
        self.came().last().expect("something came").clone()
    }

    async fn hears(self, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
        let body = String::from_utf8(body.to_vec()).unwrap();
        let challenge = serde_json::from_str::<Value>(&body).map(|body| body["challenge"].clone());
        self.came.lock().unwrap().push(Came { path: uri.path().to_owned(), headers, body });
        let says = self.says.lock().unwrap().pop_front();
        match says.unwrap_or(Says::Status(200, "")) {
            Says::Status(status, body) => (StatusCode::from_u16(status).unwrap(), body).into_response(),
            Says::Final => (StatusCode::INTERNAL_SERVER_ERROR, [("x-slack-no-retry", "1")]).into_response(),
            Says::Echo => axum::Json(json!({ "challenge": challenge.unwrap() })).into_response(),
            Says::Never => std::future::pending().await,
        }
    }
}

/// A model that delivers to an app's doors.
async fn lab() -> (Lab, App, Doors, TaskHandle) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let root = format!("http://{}", listener.local_addr().unwrap());
    let app = App::default();
    let door = app.clone();
    let router =
        axum::Router::new().fallback(move |uri, headers, body| door.clone().hears(uri, headers, body));
    let server = task::spawn("the app", async move { axum::serve(listener, router).await.unwrap() });
    let doors = Doors {
        commands: format!("{root}/command"),
        interactions: format!("{root}/interaction"),
        events: format!("{root}/event"),
    };
    let settings = Settings { transport: Transport::Http(doors.clone()), ..Settings::default() };
    (Lab::with(settings).await, app, doors, server)
}

#[tokio::test]
async fn a_command_is_a_signed_form() {
    let (lab, app, _, _server) = lab().await;
    app.will(Says::Status(200, r#"{"text":"Ringing jack."}"#));
    let nr = lab.slack.types(&lab.ana, &lab.ops, "/call @jack a&b=ü").unwrap();
    lab.settle().await;
    let came = app.last();
    assert_eq!(
        (came.path.as_str(), came.header("content-type")),
        ("/command", Some("application/x-www-form-urlencoded"))
    );
    assert_eq!(came.field("text"), format!("<@{}|jack> a&amp;b=ü", lab.jack));
    assert_eq!(came.field("command"), "/call");
    assert_eq!(came.header("user-agent"), Some("Slackbot 1.0 (+https://api.slack.com/robots)"));
    let at = lab.clock.now().as_second();
    assert_eq!(came.header("x-slack-request-timestamp"), Some(&*at.to_string()));
    let signature = sign(&lab.slack.signing_secret(), at, &came.body);
    assert_eq!(came.header("x-slack-signature"), Some(&*signature));
    let Some(Heard::Message(ts)) = lab.slack.delivery(nr).heard else {
        panic!("{:?}", lab.slack.delivery(nr))
    };
    assert_eq!(lab.slack.message(&lab.ops, &ts).unwrap().text, "Ringing jack.");
    app.will(Says::Status(200, "plain text"));
    lab.slack.types(&lab.ana, &lab.ops, "/calls").unwrap();
    lab.settle().await;
    assert_eq!(lab.slack.sees(&lab.ana, &lab.ops)[1].text, "plain text");
}

#[tokio::test]
async fn a_command_fails_in_slacks_words() {
    let (lab, app, _, server) = lab().await;
    let heard = |nr: usize| match lab.slack.delivery(nr).heard {
        Some(Heard::Failed(why)) => why,
        other => panic!("{other:?}"),
    };
    app.will(Says::Never);
    let nr = lab.slack.types(&lab.ana, &lab.ops, "/call jack").unwrap();
    lab.advance(secs(3)).await;
    assert_eq!(heard(nr), "/call failed with the error \"operation_timeout\"");
    app.will(Says::Status(503, ""));
    let nr = lab.slack.types(&lab.ana, &lab.ops, "/call jack").unwrap();
    lab.settle().await;
    assert_eq!(heard(nr), "/call failed with the error \"http_service_error\"");
    app.will(Says::Status(401, ""));
    let nr = lab.slack.types(&lab.ana, &lab.ops, "/call jack").unwrap();
    lab.settle().await;
    assert_eq!(heard(nr), "/call failed with the error \"http_client_error\"");
    drop(server);
    let closed = "http://127.0.0.1:9/".to_owned();
    let doors = Doors { commands: closed.clone(), interactions: closed.clone(), events: closed };
    lab.slack.set(|settings| settings.transport = Transport::Http(doors));
    let nr = lab.slack.types(&lab.ana, &lab.ops, "/call jack").unwrap();
    lab.settle().await;
    assert_eq!(heard(nr), "/call failed with the error \"dispatch_failed\"");
}

#[tokio::test]
async fn an_interaction_is_a_form_with_json() {
    let (lab, app, _, _server) = lab().await;
    let ts = lab.posted_button().await;
    lab.slack.clicks(&lab.jack, &lab.ops, &ts, "hangup").unwrap();
    lab.settle().await;
    let came = app.last();
    assert_eq!(came.path, "/interaction");
    let told: Value = serde_json::from_str(&came.field("payload")).unwrap();
    assert_eq!(told["actions"][0]["action_id"], "hangup");
}

#[tokio::test]
async fn an_event_comes_again_after_a_failure() {
    let (lab, app, _, _server) = lab().await;
    app.will(Says::Status(500, ""));
    app.will(Says::Never);
    let nr = lab.slack.mentions(&lab.ana, &lab.ops, None, "hi").unwrap();
    lab.advance(secs(70)).await;
    let came = app.came();
    assert_eq!(came.len(), 3);
    assert_eq!((came[0].path.as_str(), came[0].header("content-type")), ("/event", Some("application/json")));
    assert_eq!(came[0].header("x-slack-retry-num"), None);
    let retry = |came: &Came| {
        (
            came.header("x-slack-retry-num").unwrap().to_owned(),
            came.header("x-slack-retry-reason").unwrap().to_owned(),
        )
    };
    assert_eq!(retry(&came[1]), ("1".to_owned(), "http_error".to_owned()));
    assert_eq!(retry(&came[2]), ("2".to_owned(), "http_timeout".to_owned()));
    assert_eq!(came[0].body, came[2].body);
    assert_eq!(lab.slack.delivery(nr).tries[0].outcome, Outcome::Refused(500));
    app.will(Says::Final);
    let nr = lab.slack.mentions(&lab.ana, &lab.ops, None, "hi").unwrap();
    lab.advance(secs(600)).await;
    assert_eq!(lab.slack.delivery(nr).tries.len(), 1, "the app wanted no more");
    assert_eq!(lab.slack.delivery(nr).tries[0].outcome, Outcome::RefusedForGood(500));
}

#[tokio::test]
async fn the_door_is_asked_who_it_is() {
    let (lab, app, doors, _server) = lab().await;
    app.will(Says::Echo);
    lab.slack.verifies_url(&doors).await.unwrap();
    assert!(app.last().header("x-slack-signature").is_some());
    assert!(lab.slack.verifies_url(&doors).await.unwrap_err().starts_with("the challenge was not answered"));
    assert_eq!(lab.slack.checks_ssl(&doors).await, Outcome::Acked(Value::Null));
    assert_eq!((app.last().field("ssl_check"), app.last().path), ("1".to_owned(), "/command".to_owned()));
}

#[tokio::test]
async fn impostors_sign_badly() {
    let (lab, app, _, _server) = lab().await;
    let signed = async |signing: Signing| {
        lab.slack.set(|settings| settings.signing = signing);
        lab.slack.types(&lab.ana, &lab.ops, "/calls").unwrap();
        lab.settle().await;
        app.last()
    };
    let now = lab.clock.now().as_second();
    let secret = lab.slack.signing_secret();
    let is_good =
        |came: &Came, at: i64| came.header("x-slack-signature") == Some(&*sign(&secret, at, &came.body));
    assert!(is_good(&signed(Signing::Good).await, now));
    assert!(!is_good(&signed(Signing::WrongSecret).await, now));
    let stale = signed(Signing::Stale(secs(301))).await;
    assert!(is_good(&stale, now - 301));
    assert_eq!(stale.header("x-slack-request-timestamp"), Some(&*(now - 301).to_string()));
    assert_eq!(signed(Signing::None).await.header("x-slack-signature"), None);
}
