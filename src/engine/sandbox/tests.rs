//! The engine over loopback HTTP, in simulated time.

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
            let body = serde_json::from_slice(&body).unwrap();
            ear.lock().unwrap().push_back((uri.query().unwrap().to_owned(), body));
        };
        let hear = Router::new().route("/heard", axum::routing::post(hear));
        let (root, task) = serve(engine.router().merge(hear)).await;
        tasks.push(task);
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { clock, engine, root, http, heard, _tasks: tasks }
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
    let (time, expire) = (now.as_second(), 600);
    let content =
        format!("TLS.identifier:administrator\nTLS.sdkappid:{APP}\nTLS.time:{time}\nTLS.expire:{expire}\n");
    let mac = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).unwrap().chain_update(content);
    let sig = STANDARD.encode(mac.finalize().into_bytes());
    let json = json!({
        "TLS.ver": "2.0", "TLS.identifier": "administrator", "TLS.sdkappid": APP,
        "TLS.time": time, "TLS.expire": expire, "TLS.sig": sig,
    });
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    zlib.write_all(json.to_string().as_bytes()).unwrap();
    STANDARD.encode(zlib.finish().unwrap()).replace('+', "*").replace('/', "-").replace('=', "_")
}

#[tokio::test]
async fn a_call_is_rung_answered_seen_and_recorded() {
    let world = World::new(None).await;
    let call = world.dial(&["jack"]).await;
    let (status, handset) = world.get("/sandbox/handset/jack").await;
    assert_eq!(status, 200);
    assert_eq!((&handset["state"], &handset["title"]), (&json!("ringing"), &json!("P1")));
    assert_eq!((&handset["call"], &handset["media"]), (&json!(call), &json!("Video")));
    let seen = world.command(LOOK, &json!({"CallId": call})).await;
    assert_eq!(seen["Response"]["CallInfo"]["RoomId"], "co_c1");
    assert_eq!(seen["Response"]["UserList"][0], json!({"User_Account": "robot", "Status": "Calling"}));
    assert_eq!(seen["Response"]["UserList"][1], json!({"User_Account": "jack", "Status": "Waiting"}));
    world.wait(3).await;
    assert_eq!(world.act("jack", "answer").await.1["state"], "in_call");
    assert_eq!(world.act("jack", "answer").await.0, 409);
    assert_eq!(world.act("nobody", "answer").await.0, 404);
    assert_eq!(world.act("jack", "dance").await.0, 404);
    assert_eq!(world.code(RECORD, &call).await, 101_050);
    assert_eq!(world.code(END, &call).await, 0);
    assert_eq!(world.code(END, &call).await, 101_004);
    assert_eq!(world.code(LOOK, &call).await, 101_004);
    assert_eq!(world.code(RECORD, &call).await, 101_050);
    world.wait(5).await;
    let record = world.command(RECORD, &json!({"CallId": call})).await;
    let record = &record["Response"]["CallRecord"];
    assert_eq!(record["CalleeList_Account"], json!(["robot", "jack"]));
    assert_eq!(record["AcceptTime"], 1_750_000_003);
    assert_eq!((&record["CallResult"], &record["CallType"]), (&json!("NormalEnd"), &json!("SingleCall")));
    let listed = world.command("call_record_http_srv/get_record_by_filter", &json!({})).await;
    assert_eq!(listed["Response"]["TotalNum"], 1);
    assert_eq!(listed["Response"]["CallRecordList"][0], *record);
}

#[tokio::test]
async fn ringing_ends_at_its_instant_and_callbacks_tell_it_in_order() {
    let world = World::new(None).await;
    let none = world.command("call_config/get_callback", &json!({})).await;
    assert_eq!(none["ErrorCode"], 100_301);
    world.listen().await;
    let call = world.dial(&["jack"]).await;
    let (query, started) = world.next().unwrap();
    let expected = "SdkAppid=1400000000&CallbackCommand=Call.CallbackAfterStartCall&contenttype=json\
                    &ClientIP=127.0.0.1&OptPlatform=RESTAPI";
    assert_eq!(query, expected);
    assert_eq!(
        (&started["CallInfo"]["CallId"], &started["EventTime"]),
        (&json!(call), &json!(1_750_000_000_000_i64))
    );
    world.wait(59).await;
    assert!(world.next().is_none());
    world.wait(1).await;
    let changed = world.next().unwrap().1;
    assert_eq!(changed["ChangedUserList"], json!([{"User_Account": "jack", "ActionType": "NotAnswer"}]));
    assert_eq!((&changed["CallId"], &changed["EventTime"]), (&json!(call), &json!(1_750_000_060_000_i64)));
    let ended = world.next().unwrap().1;
    assert_eq!(ended["CallRecord"]["CallResult"], "NotAnswer");
    assert!(world.next().is_none());
    world.command("call_config/delete_callback", &json!({})).await;
    world.dial(&["jack"]).await;
    assert!(world.next().is_none());
}

#[tokio::test]
async fn callbacks_are_dropped_or_doubled_on_command() {
    let world = World::new(None).await;
    world.listen().await;
    world.engine.misbehave(r#"{"drop_callbacks": 1, "double_callbacks": 1}"#).unwrap();
    world.dial(&["jack"]).await;
    assert!(world.next().is_none());
    world.act("jack", "answer").await;
    assert_eq!(world.next(), world.next());
    assert!(world.next().is_none());
}

#[tokio::test]
async fn who_is_not_imported_is_not_rung() {
    let world = World::new(None).await;
    assert_eq!(world.command(DIAL, &dial(&["zoe"])).await["ErrorCode"], 70107);
    let group = world.command(DIAL, &dial(&["zoe", "jack"])).await;
    let results = json!([
        {"Callee_Account": "zoe", "ResultCode": 70107}, {"Callee_Account": "jack", "ResultCode": 0},
    ]);
    assert_eq!(group["Response"]["CallResult"], results);
    world.command("im_open_login_svc/account_import", &json!({"UserID": "zoe"})).await;
    let checked = json!({"CheckItem": [{"UserID": "zoe"}, {"UserID": "robot"}, {"UserID": "yan"}]});
    let checked = world.command("im_open_login_svc/account_check", &checked).await;
    let status = |n: usize| checked["ResultItem"][n]["AccountStatus"].clone();
    assert_eq!([status(0), status(1), status(2)], ["Imported", "Imported", "NotImported"]);
    world.dial(&["zoe"]).await;
    world.act("mira", "offline").await;
    let presence = json!({"IsNeedDetail": 0, "To_Account": ["mira", "zoe", "yan"]});
    let presence = world.command("openim/query_online_status", &presence).await;
    assert_eq!(presence["QueryResult"][0], json!({"To_Account": "mira", "Status": "Offline"}));
    assert_eq!(presence["QueryResult"][1]["Status"], "Online");
    assert_eq!(presence["ErrorList"][0]["To_Account"], "yan");
    let (_, all) = world.get("/sandbox/handsets").await;
    assert_eq!((&all["total"], &all["handsets"][3]["account"]), (&json!(4), &json!("zoe")));
}

#[tokio::test]
async fn what_is_not_a_command_is_refused_in_the_envelope() {
    let world = World::new(None).await;
    let unknown = world.command("call_engine_http_srv/dance", &json!({})).await;
    assert_eq!((&unknown["ErrorCode"], &unknown["ActionStatus"]), (&json!(60009), &json!("FAIL")));
    let (status, get) = world.get(&world.path(LOOK)).await;
    assert_eq!((status, &get["ErrorCode"]), (200, &json!(60009)));
    let (status, bare) = world.post("/sandbox/engine/v4/a/b", &json!({})).await;
    assert_eq!((status, &bare["ErrorCode"]), (200, &json!(60012)));
    assert_eq!(world.command(LOOK, &json!([])).await["ErrorCode"], 60003);
    assert_eq!(world.command(LOOK, &json!({})).await["ErrorCode"], 101_002);
    let path = world.path(LOOK);
    world.wait(600).await;
    assert_eq!(world.post(&path, &json!({})).await.1["ErrorCode"], 70001);
    let url = json!({"Url": "ftp://x", "CallbackCommandList": ["Call.CallbackAfterEndCall"]});
    assert_eq!(world.command("call_config/set_callback", &url).await["ErrorCode"], 100_002);
}

#[tokio::test]
async fn faults_strike_dials_and_say_whether_anything_rang() {
    let world = World::new(None).await;
    let (status, error) = world.post("/sandbox/engine/faults", &json!({"dial_503": 1})).await;
    assert_eq!(status, 400);
    assert!(error["error"].as_str().unwrap().contains("dial_502"));
    let faults = json!({"dial_502": 1, "rate_limited": 1, "no_response": 1});
    assert_eq!(world.post("/sandbox/engine/faults", &faults).await.0, 200);
    assert_eq!(world.post(&world.path(DIAL), &dial(&["jack"])).await.0, 502);
    assert_eq!(world.command(DIAL, &dial(&["jack"])).await["ErrorCode"], 60007);
    assert!(world.engine.rings().is_empty());
    let bare = world.command(DIAL, &dial(&["jack"])).await;
    assert_eq!((&bare["ErrorCode"], bare.get("Response")), (&json!(0), None));
    assert_eq!(world.engine.rings().len(), 1);
    world.engine.misbehave(r#"{"down": true}"#).unwrap();
    assert_eq!(world.post(&world.path(LOOK), &json!({"CallId": "x"})).await.0, 503);
    world.engine.misbehave(r#"{"clear": true}"#).unwrap();
    assert_eq!(world.get("/sandbox/engine/faults").await.1["down"], false);
    let (_, seen) = world.get("/sandbox/engine/dials?since=0").await;
    assert_eq!((&seen["next"], &seen["dials"][0]["room"]), (&json!(1), &json!("co_c1")));
    assert_eq!(seen["dials"][0]["at_us"], 1_750_000_000_000_000_i64);
}

#[tokio::test]
async fn a_slow_or_lost_answer_comes_when_the_clock_says_so() {
    let world = World::new(None).await;
    for (fault, ms, status) in [(r#"{"slow": 1}"#, 3_500, 200), (r#"{"lose_answer": 1}"#, 30_000, 504)] {
        world.engine.misbehave(fault).unwrap();
        let rung = world.engine.rings().len();
        let asked = world.clock.now();
        let (path, body) = (world.path(DIAL), dial(&["mira"]));
        let answer = world.post(&path, &body);
        let time = async {
            while world.engine.rings().len() == rung {
                tokio::task::yield_now().await;
            }
            world.settle().await;
            assert!(world.clock.advance_to(later(asked, Duration::from_millis(ms))));
        };
        let (answer, ()) = tokio::join!(answer, time);
        assert_eq!(answer.0, status);
        assert_eq!(world.clock.now(), later(asked, Duration::from_millis(ms)));
        world.act("mira", "decline").await;
    }
}

#[tokio::test]
async fn a_kill_loses_no_call_no_record_and_no_target() {
    let folder = tempfile::tempdir().unwrap();
    let (ringing, ended, heard_before) = {
        let world = World::new(Some(folder.path())).await;
        world.listen().await;
        world.act("ana", "offline").await;
        let ended = world.dial(&["mira"]).await;
        world.act("mira", "decline").await;
        let ringing = world.dial(&["jack"]).await;
        (ringing, ended, world.heard.lock().unwrap().len())
    };
    assert_eq!(heard_before, 4);
    let start = Timestamp::from_second(1_750_000_030).unwrap();
    let world = World::at(Some(folder.path()), start).await;
    assert_eq!(world.engine.handset("jack").unwrap().call.as_ref(), Some(&ringing));
    assert_eq!(world.engine.handset("ana").unwrap().state, HandsetState::Offline);
    assert_eq!(world.code(RECORD, &ended).await, 0);
    assert_eq!(world.engine.dials().len(), 2);
    assert_eq!(world.engine.rings().len(), 2);
    assert_eq!(world.command("call_config/get_callback", &json!({})).await["ErrorCode"], 0);
    world.wait(29).await;
    assert_eq!(world.engine.handset("jack").unwrap().state, HandsetState::Ringing);
    world.wait(1).await;
    assert_eq!(
        world.engine.handset("jack").unwrap().state,
        HandsetState::Idle,
        "it rings out when it was due"
    );
    let again = world.dial(&["jack"]).await;
    assert!(again != ringing && again != ended);
}

#[tokio::test]
async fn watchers_are_told_of_every_change() {
    let world = World::new(None).await;
    let mut changes = world.engine.subscribe();
    changes.mark_unchanged();
    world.dial(&["jack"]).await;
    assert!(changes.has_changed().unwrap());
    changes.mark_unchanged();
    world.get("/sandbox/handset/jack").await;
    assert!(!changes.has_changed().unwrap());
    world.act("jack", "ignore").await;
    assert!(changes.has_changed().unwrap());
}
