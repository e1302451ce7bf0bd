//! The built program logs all it can through a call, a failing engine and bad requests: no secret may show.

use std::fs::File;
use std::io::Read as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use flate2::read::ZlibDecoder;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::kit::{Program, callout};

/// Not secret in truth: they open the modelled engine alone.
const KEY: &str = "sandbox-key-that-opens-nothing-else";
const CLOUD_KEY: &str = "sandbox-cloud-key-that-opens-nothing-else";

const CALLBACK_SECRET: &str = "callback-secret-of-the-fixture";
const CALLBACK_TOKEN: &str = "callback-token-of-the-fixture";
const ADMIN_TOKEN: &str = "admin-token-of-the-fixture";

const ALERT_KEY: &str = "alert-key-of-the-fixture";
const EVENT_KEY: &str = "event-key-of-the-fixture";

const HOOK_TOKEN: &str = "webhook-token-of-the-fixture";
const HOOK_SECRET: &str = "webhook-secret-of-the-fixture";

const SECRETS: [&str; 9] = [
    KEY,
    CLOUD_KEY,
    CALLBACK_SECRET,
    CALLBACK_TOKEN,
    ADMIN_TOKEN,
    ALERT_KEY,
    EVENT_KEY,
    HOOK_TOKEN,
    HOOK_SECRET,
];

/// Shorter words cannot be a UserSig, in bytes.
const SIG_MIN: usize = 64;

const FILE: &str = r#"
[[person]]
id = "ana"
account = "ana"
roles = ["admin"]
[[person]]
id = "jack"
account = "jack"
[announcement]
audio = "https://media.example.org/chime.mp3"
[engine]
replace_callback = true
[limits]
call_by_caller = "100/h burst 100"
ring_of_callee = "100/h"
max_open_calls = 100
[[policy]]
id = "p"
step = [{ ring = ["ana"], webhook = ["ticket"] }]
[[webhook]]
id = "ticket"
url_env = "TICKET_URL"
secret_env = "TICKET_SECRET"
[[source]]
id = "prod"
kind = "generic"
keys_env = "ALERT_KEYS_PROD"
policy = "p"
post = ["desk:general"]
[[source]]
id = "events"
kind = "pagerduty"
keys_env = "ALERT_KEYS_EVENTS"
policy = "p"
post = ["desk:general"]
"#;

/// The secrets that `text` shows.
fn leaks(text: &str) -> Vec<String> {
    let mut found: Vec<String> =
        SECRETS.iter().filter(|secret| text.contains(**secret)).map(|secret| (*secret).to_owned()).collect();
    let is_of_sig = |c: char| c.is_ascii_alphanumeric() || "*-_%".contains(c);
    let words = text.split(|c| !is_of_sig(c)).filter(|word| word.len() >= SIG_MIN);
    found.extend(words.filter(|word| is_sig(word)).map(|word| format!("the UserSig {word}")));
    found
}

/// Whether it is a UserSig, or the beginning of one (wire reference, 7.1).
fn is_sig(word: &str) -> bool {
    let usual = word.replace('*', "+").replace('-', "/");
    let packed = usual.trim_end_matches('_');
    let whole = packed.len() - packed.len() % 4;
    let Ok(packed) = STANDARD_NO_PAD.decode(&packed[..whole]) else { return false };
    let mut content = Vec::new();
    // A beginning inflates to a beginning, then fails.
    drop(ZlibDecoder::new(&packed[..]).read_to_end(&mut content));
    String::from_utf8_lossy(&content).contains("TLS.")
}

/// The program with every secret, at its most talkative.
fn talkative(home: &Path, engine: &str, (address, log): (&str, &str)) -> Command {
    let mut command = callout(home);
    command.stderr(File::create(home.join(log)).unwrap());
    for (name, value) in [
        ("RUST_LOG", "trace"),
        ("CALLOUT_CONFIG", "people.toml"),
        ("CALLOUT_DESK", "1"),
        ("DATABASE_URL", "sqlite://run.db"),
        ("LISTEN_ADDR", address),
        ("ADMIN_TOKEN", ADMIN_TOKEN),
        ("TENCENT_SDK_APP_ID", "1400000000"),
        ("TENCENT_USERSIG_KEY", KEY),
        ("TENCENT_ADMIN_ACCOUNT", "administrator"),
        ("TENCENT_ROBOT_ACCOUNT", "callout"),
        ("TENCENT_CALLBACK_SECRET", CALLBACK_SECRET),
        ("TENCENT_CALLBACK_TOKEN", CALLBACK_TOKEN),
        ("TENCENTCLOUD_SECRET_ID", "sandbox-id"),
        ("TENCENTCLOUD_SECRET_KEY", CLOUD_KEY),
        ("TENCENTCLOUD_REGION", "ap-singapore"),
        ("ALERT_KEYS_PROD", ALERT_KEY),
        ("ALERT_KEYS_EVENTS", EVENT_KEY),
        ("TICKET_SECRET", HOOK_SECRET),
    ] {
        command.env(name, value);
    }
    command.env("PUBLIC_URL", format!("http://{address}"));
    command.env("TICKET_URL", format!("{engine}/sandbox/webhooks/ticket?token={HOOK_TOKEN}"));
    command.env("TENCENT_CALL_URL", format!("{engine}/sandbox/engine"));
    command.env("TENCENT_TRTC_URL", format!("{engine}/sandbox/engine/trtc"));
    command
}

/// Asks, and keeps every answer with its headers.
struct Asker {
    http: reqwest::Client,
    answers: String,
}

impl Asker {
    async fn asks(&mut self, request: reqwest::RequestBuilder) -> Value {
        let answer = request.send().await.unwrap();
        let head = format!("{} {:?}\n", answer.status(), answer.headers());
        let body = answer.text().await.unwrap();
        self.answers.push_str(&format!("{head}{body}\n"));
        serde_json::from_str(&body).unwrap_or_default()
    }

    async fn gets(&mut self, url: String) -> Value {
        self.asks(self.http.get(url)).await
    }

    async fn posts(&mut self, url: String, body: Value) -> Value {
        self.asks(self.http.post(url).json(&body)).await
    }

    /// Makes the engine misbehave, and sign its callbacks. Its answer repeats what it was told.
    async fn misbehaves(&self, engine: &str, mut faults: Value) {
        faults["callback_token"] = CALLBACK_TOKEN.into();
        let told = self.http.post(format!("{engine}/sandbox/engine/faults")).json(&faults).send().await;
        assert!(told.unwrap().status().is_success());
    }

    /// Asks `url` until `is_so`: in real time, and not for ever.
    async fn sees(&self, url: &str, is_so: impl Fn(&Value) -> bool) {
        for _ in 0..600 {
            let answer = self.http.get(url).bearer_auth(ADMIN_TOKEN).send().await.unwrap();
            if is_so(&answer.json().await.unwrap()) {
                return;
            }
            #[expect(clippy::disallowed_methods, reason = "a test in real time")]
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{url} never came to it");
    }
}

/// ana calls jack, who answers and hangs up.
async fn a_call(ask: &mut Asker, program: &str, engine: &str) {
    ask.misbehaves(engine, json!({"clear": true})).await;
    let desk = format!("{program}/sandbox/desk/ana");
    let placed = ask.posts(desk.clone(), json!({"text": "/call jack video db is down"})).await;
    let card = placed["receipt"]["card"].as_str().unwrap_or_else(|| panic!("{placed}")).to_owned();
    let handset = format!("{engine}/sandbox/handset/jack");
    ask.sees(&handset, |phone| phone["state"] == "ringing").await;
    ask.posts(format!("{handset}/answer"), json!({})).await;
    ask.sees(&format!("{program}/api/calls/{card}"), |call| call["answered_at"].is_string()).await;
    ask.posts(format!("{handset}/hangup"), json!({})).await;
    ask.sees(&format!("{program}/api/calls/{card}"), |call| call["outcome"].is_string()).await;
    ask.asks(ask.http.get(format!("{program}/api/calls/{card}")).bearer_auth(ADMIN_TOKEN)).await;
    ask.posts(desk, json!({"text": format!("/calls show {card}")})).await;
}

/// A stranger is linked to jack. The code that the phone showed, as people read it and as a program does.
async fn a_link(ask: &mut Asker, program: &str, engine: &str) -> [String; 2] {
    let desk = format!("{program}/sandbox/desk/eve");
    let rings = ask.posts(desk.clone(), json!({"text": "/callout link jack"})).await;
    assert_eq!(rings["receipt"]["buttons"][0], "Enter code", "{rings}");
    let handset = format!("{engine}/sandbox/handset/jack");
    ask.sees(&handset, |phone| {
        phone["title"].as_str().is_some_and(|title| title.starts_with("Callout code"))
    })
    .await;
    let phone: Value = ask.http.get(handset).send().await.unwrap().json().await.unwrap();
    let code = phone["title"].as_str().unwrap().replace("Callout code ", "");
    let linked = ask.posts(desk, json!({"text": format!("/callout link jack {code}")})).await;
    assert_eq!(linked["receipt"]["text"], "You are jack here now.");
    // Six digits alone stand in every instant of the log.
    [code.clone(), format!("\"{}", code.replace(' ', ""))]
}

/// Alerts by every way that a key can take, and bodies that are none.
async fn alerts(ask: &mut Asker, program: &str) {
    let door = format!("{program}/alerts/generic");
    let firing = json!({ "key": "db", "title": "db is down" });
    let raised = ask.asks(ask.http.post(&door).bearer_auth(ALERT_KEY).json(&firing)).await;
    let page = raised["pages"][0].as_str().unwrap_or_else(|| panic!("{raised}")).to_owned();
    let took = |page: &Value| page["timeline"].to_string().contains("The webhook ticket took it");
    ask.sees(&format!("{program}/api/pages/{page}"), took).await;
    let over = json!({ "key": "db", "status": "resolved" });
    assert_eq!(ask.posts(format!("{door}?key={ALERT_KEY}"), over).await["accepted"], 1);
    ask.asks(ask.http.get(format!("{program}/api/pages/{page}")).bearer_auth(ADMIN_TOKEN)).await;
    for path in ["alerts/generic", "alerts/grafana", "alerts/nowhere"] {
        for body in ["", "{", "[7]", "{\"key\": \"x\"}"] {
            ask.asks(ask.http.post(format!("{program}/{path}?key={ALERT_KEY}")).body(body)).await;
            ask.asks(ask.http.post(format!("{program}/{path}?key={ALERT_KEY}x")).body(body)).await;
        }
    }
    let enqueue = format!("{program}/v2/enqueue");
    for (action, key) in [("resolve", EVENT_KEY), ("explode", EVENT_KEY), ("resolve", ALERT_KEY)] {
        let event = json!({ "routing_key": key, "event_action": action, "dedup_key": "db" });
        ask.posts(enqueue.clone(), event).await;
    }
    ask.posts(enqueue, json!({ "routing_key": [EVENT_KEY] })).await;
}

/// The engine refuses signatures, falls silent and breaks; then somebody calls.
async fn a_failing_engine(ask: &mut Asker, program: &str, engine: &str) {
    // The last one makes the program silent for a minute.
    for fault in ["code_70003", "code_60026", "dial_502", "no_response", "code_70050"] {
        ask.misbehaves(engine, json!({"clear": true, fault: 1})).await;
        let placed = ask.posts(format!("{program}/sandbox/desk/ana"), json!({"text": "/call jack"})).await;
        assert!(placed["receipt"]["card"].is_string(), "{placed}");
        ask.sees(&format!("{engine}/sandbox/engine/faults"), |left| left[fault].as_u64().unwrap_or(0) == 0)
            .await;
        ask.gets(format!("{program}/readyz")).await;
    }
    ask.misbehaves(engine, json!({"clear": true})).await;
}

async fn bad_requests(ask: &mut Asker, program: &str) {
    let doors = [
        format!("engine/tencent/{CALLBACK_SECRET}"),
        format!("engine/tencent/{CALLBACK_SECRET}?SdkAppid=1&Sign=x&RequestTime=1"),
        format!(
            "engine/tencent/{CALLBACK_SECRET}?SdkAppid=1400000000&CallbackCommand=Call.CallbackAfterEndCall"
        ),
        format!("engine/tencent/{CALLBACK_SECRET}/more"),
        "engine/tencent/another-secret".to_owned(),
        "sandbox/desk/ana".to_owned(),
        "sandbox/desk/ana/press".to_owned(),
        format!("api/calls?token={ADMIN_TOKEN}"),
    ];
    for door in doors {
        for body in ["", "{", "[]", "{\"text\": 3}", "{\"CallbackCommand\":\"Call.CallbackAfterEndCall\"}"] {
            let request = ask.http.post(format!("{program}/{door}")).header(CONTENT_TYPE, "application/json");
            ask.asks(request.body(body)).await;
        }
        ask.gets(format!("{program}/{door}")).await;
    }
    for header in [format!("Bearer {ADMIN_TOKEN}x"), format!("Basic {ADMIN_TOKEN}"), ADMIN_TOKEN.to_owned()] {
        ask.asks(ask.http.get(format!("{program}/api/calls")).header(AUTHORIZATION, header)).await;
    }
    for page in ["healthz", "readyz", "metrics", "api/calls", "nowhere", ""] {
        ask.gets(format!("{program}/{page}")).await;
        ask.asks(ask.http.get(format!("{program}/{page}")).bearer_auth(ADMIN_TOKEN)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_run_shows_no_secret() {
    let home = TempDir::new().unwrap();
    std::fs::write(home.path().join("people.toml"), FILE).unwrap();
    // Free a moment ago: the engine has to know it before the program listens.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut sandbox = talkative(home.path(), "http://127.0.0.1:1", (&address, "engine.log"));
    sandbox.args(["sandbox", "--port", "0", "--config", "people.toml", "--data", "engine"]);
    let engine = Program::start(sandbox);
    let mut check = talkative(home.path(), &engine.address, (&address, "check.log"));
    let checked = check.args(["check", "--online"]).output().unwrap();
    let mut run = talkative(home.path(), &engine.address, (&address, "run.log"));
    run.arg("run");
    let program = Program::start(run);
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(15)).build().unwrap();
    let mut ask = Asker { http, answers: String::new() };
    a_call(&mut ask, &program.address, &engine.address).await;
    let code = a_link(&mut ask, &program.address, &engine.address).await;
    alerts(&mut ask, &program.address).await;
    bad_requests(&mut ask, &program.address).await;
    a_failing_engine(&mut ask, &program.address, &engine.address).await;
    let mut printed =
        vec![("the answers", ask.answers), ("check", String::from_utf8(checked.stdout).unwrap())];
    printed.push(("run", program.stop()));
    printed.push(("sandbox", engine.stop()));
    for log in ["check.log", "run.log", "engine.log"] {
        printed.push((log, std::fs::read_to_string(home.path().join(log)).unwrap()));
    }
    for (what, text) in printed {
        assert!(!text.is_empty(), "{what} is empty");
        if what == "run.log" {
            let marks = ["TRACE", "engine answered", "could not be read", "too many bad signatures"];
            marks.iter().for_each(|mark| assert!(text.contains(mark), "{mark} is not in {what}"));
        }
        assert_eq!(leaks(&text), [""; 0], "{what}");
        assert!(code.iter().all(|code| !text.contains(code)), "{what} shows the code {code:?}");
    }
}

#[test]
fn a_planted_secret_is_seen() {
    assert_eq!(leaks(&format!("GET /?token={ADMIN_TOKEN}x")), [ADMIN_TOKEN]);
    let vectors: Value = serde_json::from_str(include_str!("../data/usersig-vectors.json")).unwrap();
    let sigs: Vec<&str> =
        vectors["vectors"].as_array().unwrap().iter().filter_map(|v| v["usersig_node"].as_str()).collect();
    assert!(sigs.len() > 2);
    for sig in sigs {
        let text = format!("url=https://x/v4/y?usersig={sig}&random=1");
        assert_eq!(leaks(&text).len(), 1, "{text}");
        assert_eq!(leaks(&format!("\"{}…\"", &sig[..100])).len(), 1, "the beginning of {sig}");
    }
    assert_eq!(leaks(&format!("{:0>64} {}", 7, "a-word-of-letters-".repeat(9))), [""; 0]);
}
