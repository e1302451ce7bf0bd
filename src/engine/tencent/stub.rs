//! For tests: a peer that answers what it is told to, and remembers what it was asked.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use reqwest::Url;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::clock::Clock;
use crate::task::{TaskHandle, spawn};

use super::{Tencent, TencentSettings};

/// Settings with recognisable secrets: `topsecret` and `hookpath`.
pub(super) fn settings(root: &str) -> TencentSettings {
    TencentSettings {
        sdk_app_id: 1_400_000_000,
        usersig_key: "topsecret".into(),
        admin_account: "administrator".to_owned(),
        robot_account: "oncall_robot".to_owned(),
        root: root.to_owned(),
        callback_secret: Some("hookpath".into()),
        callback_token: None,
        public_url: None,
        rate_per_second: NonZeroU32::new(100_000).unwrap(),
        push: None,
    }
}

/// What the peer answers.
#[derive(Debug, Clone)]
pub(super) enum Say {
    /// HTTP 200 with this.
    Json(Value),
    /// This status with a page for people.
    Page(u16),
    /// HTTP 200 with this text.
    Raw(String),
    /// Nothing, ever.
    Nothing,
}

/// One request as it arrived.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Value,
}

impl Asked {
    pub(super) fn param(&self, name: &str) -> &str {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).unwrap()
    }
}

#[derive(Debug, Default)]
struct Script {
    says: VecDeque<Say>,
    asked: Vec<Asked>,
}

type Shared = Arc<Mutex<Script>>;

/// The peer.
#[derive(Debug)]
pub(super) struct Stub {
    pub(super) root: String,
    script: Shared,
    _server: TaskHandle,
}

impl Stub {
    /// Answers with `says` in turn, then with success and nothing else.
    pub(super) async fn saying(says: impl IntoIterator<Item = Say>) -> Self {
        let script = Shared::default();
        script.lock().unwrap().says = says.into_iter().collect();
        let app = Router::new().fallback(answer).with_state(Arc::clone(&script));
        let (root, server) = serve(app).await;
        Self { root, script, _server: server }
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.script.lock().unwrap().asked.clone()
    }

    /// A client of it on the machine's clock.
    pub(super) fn client(&self) -> Arc<Tencent> {
        self.client_at(Clock::system())
    }

    pub(super) fn client_at(&self, clock: Clock) -> Arc<Tencent> {
        Tencent::new(settings(&self.root), clock).unwrap()
    }
}

/// Serves `app` on a free port until the handle is dropped.
pub(super) async fn serve(app: Router) -> (String, TaskHandle) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let root = format!("http://{}", listener.local_addr().unwrap());
    let server = spawn("stub", async move { axum::serve(listener, app).await.unwrap() });
    (root, server)
}

async fn answer(State(script): State<Shared>, uri: Uri, body: Bytes) -> Response {
    let url = Url::parse(&format!("http://stub{uri}")).unwrap();
    let asked = Asked {
        path: url.path().to_owned(),
        query: url.query_pairs().into_owned().collect(),
        body: serde_json::from_slice(&body).unwrap(),
    };
    let say = {
        let mut script = script.lock().unwrap();
        script.asked.push(asked);
        script.says.pop_front()
    };
    match say.unwrap_or_else(|| code(0)) {
        Say::Json(value) => axum::Json(value).into_response(),
        Say::Page(status) => (StatusCode::from_u16(status).unwrap(), "<html>Bad</html>").into_response(),
        Say::Raw(text) => text.into_response(),
        Say::Nothing => std::future::pending().await,
    }
}

/// A bare envelope.
pub(super) fn code(code: i64) -> Say {
    let status = if code == 0 { "OK" } else { "FAIL" };
    Say::Json(
        json!({"ActionStatus": status, "ErrorInfo": "its words", "ErrorCode": code, "RequestId": "Id-1"}),
    )
}

/// Success with a `Response`.
pub(super) fn response(value: Value) -> Say {
    let mut whole = json!({"ActionStatus": "OK", "ErrorInfo": "", "ErrorCode": 0, "RequestId": "Id-1"});
    whole["Response"] = value;
    Say::Json(whole)
}

/// Hears nothing of what the engine says.
#[derive(Debug)]
pub(super) struct Deaf;

#[async_trait::async_trait]
impl crate::ports::Intake for Deaf {
    async fn person(&self, _: crate::domain::inbound::Inbound) -> crate::domain::inbound::Receipt {
        crate::domain::inbound::Receipt::private("nobody")
    }

    async fn answered(&self, _card: &crate::domain::ids::CardId, _message: &str) {}

    async fn outage(&self, _outage: crate::ports::Outage) {}

    async fn engine(&self, _: crate::ports::EngineEvent) {}
}
