//! The engine over loopback HTTP, in simulated time.

mod calls;
mod cloud;
mod disguise;
mod misbehaviour;

use std::collections::VecDeque;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::Uri;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::net::TcpListener;

use super::*;
use crate::clock::later;
use crate::task::spawn;

const APP: u32 = 1_400_000_000;
const KEY: &str = "5bd2850fff3ecb11";
const CLOUD_ID: &str = "AKIDEXAMPLE";
const CLOUD_KEY: &str = "EXAMPLESECRETKEY";
const DIAL: &str = "call_engine_http_srv/start_call_by_robot";
const LOOK: &str = "call_engine_http_srv/get_call_info";
const END: &str = "call_engine_http_srv/end_call";
const RECORD: &str = "call_record_http_srv/get_record_by_callid";

/// Callbacks as they arrived: the query and the body.
type Heard = Arc<Mutex<VecDeque<(String, Value)>>>;

struct World {
    clock: Clock,
    engine: Arc<Sandbox>,
    root: String,
    http: reqwest::Client,
    heard: Heard,
    _tasks: Vec<TaskHandle>,
}

/// A server of `router` at a free port.
async fn serve(router: Router) -> (String, TaskHandle) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let root = format!("http://{}", listener.local_addr().unwrap());
    let task = spawn("test-server", async move { axum::serve(listener, router).await.unwrap() });
    (root, task)
}

impl World {
    async fn new(data: Option<&Path>) -> Self {
        Self::at(data, Timestamp::from_second(1_750_000_000).unwrap()).await
    }

    async fn at(data: Option<&Path>, start: Timestamp) -> Self {
        let clock = Clock::simulated(start);
        let accounts = ["ana", "jack", "mira"].map(Account::new).to_vec();
        let config = SandboxConfig {
            sdk_app_id: APP,
            usersig_key: SecretString::from(KEY),
            secret_id: CLOUD_ID.to_owned(),
            secret_key: CLOUD_KEY.into(),
            admin_account: Account::new("administrator"),
            robot_account: Account::new("robot"),
            accounts,
            data: data.map(Path::to_owned),
            clock: clock.clone(),
        };
        let engine = Sandbox::new(config).unwrap();
        let mut tasks = engine.start();
        let heard = Heard::default();
        let ear = Arc::clone(&heard);
        let hear = async move |uri: Uri, body: Bytes| {
            let body = serde_json::from_slice(&body).unwrap_or_default();
            ear.lock().unwrap().push_back((uri.query().unwrap().to_owned(), body));
        };
        let hear = Router::new().route("/heard", axum::routing::post(hear));
        let (root, task) = serve(engine.router().merge(hear)).await;
        tasks.push(task);
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { clock, engine, root, http, heard, _tasks: tasks }
    }

    /// The process is gone, and what its journal still had to write is written.
    async fn dies(self) {
        let engine = Arc::downgrade(&self.engine);
        drop(self);
        while engine.strong_count() > 0 {
            tokio::task::yield_now().await;
        }
    }

    async fn settle(&self) {
        while self.clock.in_flight() > 0 {
            tokio::task::yield_now().await;
        }
    }

    async fn wait(&self, seconds: u64) {
        self.settle().await;
        let to = later(self.clock.now(), Duration::from_secs(seconds));
        while self.clock.advance_to(to) {
            self.settle().await;
        }
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let answer = self.http.post(format!("{}{path}", self.root)).json(body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        let answer = self.http.get(format!("{}{path}", self.root)).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// A command, signed as the application's admin.
    async fn command(&self, command: &str, body: &Value) -> Value {
        let path = self.path(command);
        let (status, answer) = self.post(&path, body).await;
        assert_eq!(status, 200);
        self.settle().await;
        answer
    }

    fn path(&self, command: &str) -> String {
        let sig = sign(self.clock.now());
        let query = format!("sdkappid={APP}&identifier=administrator&usersig={sig}&random=1");
        format!("/sandbox/engine/v4/{command}?{query}&contenttype=json")
    }

    async fn dial(&self, callees: &[&str]) -> String {
        let answer = self.command(DIAL, &dial(callees)).await;
        assert_eq!(answer["ErrorCode"], 0, "{answer}");
        answer["Response"]["CallId"].as_str().unwrap().to_owned()
    }

    async fn code(&self, command: &str, call: &str) -> i64 {
        self.command(command, &json!({"CallId": call})).await["ErrorCode"].as_i64().unwrap()
    }

    async fn act(&self, account: &str, action: &str) -> (u16, Value) {
        let done = self.post(&format!("/sandbox/handset/{account}/{action}"), &json!({})).await;
        self.settle().await;
        done
    }

    async fn listen(&self) {
        let body =
            json!({"Url": format!("{}/heard", self.root), "CallbackCommandList": super::callbacks::COMMANDS});
        assert_eq!(self.command("call_config/set_callback", &body).await["ErrorCode"], 0);
    }

    /// What the next callbacks say of members, in short, until there are no more.
    fn actions(&self) -> Vec<String> {
        let moves = std::iter::from_fn(|| self.next())
            .filter_map(|(_, body)| body["ChangedUserList"][0]["ActionType"].as_str().map(str::to_owned));
        moves.collect()
    }

    fn next(&self) -> Option<(String, Value)> {
        self.heard.lock().unwrap().pop_front()
    }
}

fn dial(callees: &[&str]) -> Value {
    json!({
        "Robot_Account": "robot", "CalleeList_Account": callees, "Timeout": 60_000, "UserData": "{}",
        "CallInfo": {"MediaType": "Video", "RoomIdType": 2, "RoomId": "co_c1"},
        "OfflinePushInfo": {"Title": "P1", "Desc": "replica lag"},
    })
}

/// A UserSig for the admin, ten minutes long.
fn sign(now: Timestamp) -> String {
    sign_for("administrator", now)
}

fn sign_for(account: &str, now: Timestamp) -> String {
    let (time, expire) = (now.as_second(), 600);
    let content =
        format!("TLS.identifier:{account}\nTLS.sdkappid:{APP}\nTLS.time:{time}\nTLS.expire:{expire}\n");
    let mac = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).unwrap().chain_update(content);
    let sig = STANDARD.encode(mac.finalize().into_bytes());
    let json = json!({
        "TLS.ver": "2.0", "TLS.identifier": account, "TLS.sdkappid": APP,
        "TLS.time": time, "TLS.expire": expire, "TLS.sig": sig,
    });
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    zlib.write_all(json.to_string().as_bytes()).unwrap();
    STANDARD.encode(zlib.finish().unwrap()).replace('+', "*").replace('/', "-").replace('=', "_")
}
