//! A real Alertmanager, from the distribution's packages, in front of the built program, in real time: whatever
//! restarts, is overloaded, or sends twice, nothing is lost and each alert is one page.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use callout::clock::{Clock, until};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::kit::{Program, at_engine, engine};

const PROGRAM: &str = "prometheus-alertmanager";
const TOKEN: &str = "alertmanager-test-token";
const KEY: &str = "alertmanager-test-key-0123";
/// Longer than Alertmanager ever pauses between two tries.
const ARRIVES_WITHIN: Duration = Duration::from_secs(90);

/// How long the program's writer waits for somebody else's lock.
const STORE_WAITS: Duration = Duration::from_secs(5);

const PEOPLE: &str = r#"
[[person]]
id = "jack"
account = "jack"
roles = ["admin"]
[limits]
ring_of_callee = ["1000/h"]
[[policy]]
id = "p"
[[policy.step]]
ring = ["jack"]
wait = "1h"
[[source]]
id = "prod"
kind = "alertmanager"
keys_env = "ALERT_KEYS_PROD"
policy = "p"
post = ["desk:general"]
"#;

/// A process that is killed when dropped.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Callout at one address, however often it is started, and one or two Alertmanagers that send to it.
struct Stand {
    home: TempDir,
    http: reqwest::Client,
    engine: Program,
    port: u16,
    callout: Option<Program>,
}

fn is_there() -> bool {
    let found = Command::new(PROGRAM).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let found = found.is_ok_and(|status| status.success());
    let required = std::env::var("CALLOUT_TEST_REQUIRE").is_ok_and(|arms| arms.contains("alertmanager"));
    assert!(found || !required, "CALLOUT_TEST_REQUIRE wants {PROGRAM} on the PATH");
    if !found {
        println!("skipped: there is no {PROGRAM} on the PATH");
    }
    found
}

/// A port that nobody has now.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Stand {
    fn new() -> Self {
        let home = TempDir::new().unwrap();
        std::fs::write(home.path().join("people.toml"), PEOPLE).unwrap();
        let engine = engine(home.path());
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5)).build().unwrap();
        Self { home, http, engine, port: free_port(), callout: None }
    }

    fn start(&mut self) {
        let mut command = at_engine(self.home.path(), &self.engine, TOKEN);
        command.env("LISTEN_ADDR", format!("127.0.0.1:{}", self.port)).env("ALERT_KEYS_PROD", KEY);
        command.arg("run").stderr(Stdio::null());
        self.callout = Some(Program::start(command));
    }

    /// As `kill -9` does.
    fn kill(&mut self) {
        self.callout = None;
    }

    /// Nothing is recorded until the lock is given back.
    fn shuts_the_store(&self) -> rusqlite::Connection {
        let lock = rusqlite::Connection::open(self.home.path().join("run.db")).unwrap();
        lock.busy_timeout(Duration::from_secs(5)).unwrap();
        lock.execute_batch("BEGIN IMMEDIATE").unwrap();
        lock
    }

    async fn get(&self, path: &str) -> Option<String> {
        let address = format!("http://127.0.0.1:{}{path}", self.port);
        let answer = self.http.get(address).bearer_auth(TOKEN).send().await.ok()?;
        answer.text().await.ok()
    }

    /// The open pages, by their titles, with their ids. None while Callout is known to be down.
    async fn pages(&self) -> Vec<(String, String)> {
        if self.callout.is_none() {
            return Vec::new();
        }
        let text = self.get("/api/pages").await.expect("Callout answers");
        let json: Value = serde_json::from_str(&text).expect("with JSON");
        let text = |page: &Value, name: &str| page[name].as_str().unwrap_or_default().to_owned();
        let pages = json["pages"].as_array().expect("of pages");
        let mut pages: Vec<_> = pages.iter().map(|page| (text(page, "title"), text(page, "id"))).collect();
        pages.sort();
        pages
    }

    async fn titles(&self) -> Vec<String> {
        self.pages().await.into_iter().map(|(title, _)| title).collect()
    }

    /// How often the door has answered with `status`.
    async fn answered(&self, status: u16) -> u64 {
        let metrics = self.get("/metrics").await.unwrap_or_default();
        let line =
            format!(r#"callout_http_requests_total{{route="/alerts/alertmanager",status="{status}"}} "#);
        let count = metrics.lines().find_map(|found| found.strip_prefix(&line));
        count.map_or(0, |count| count.trim().parse().unwrap())
    }

    async fn until(&self, what: &str, holds: impl AsyncFn(&Self) -> bool) {
        let (clock, from) = (Clock::system(), Clock::system().now());
        while !holds(self).await {
            let seen = self.titles().await;
            assert!(
                until(from, clock.now()) < ARRIVES_WITHIN,
                "not within {ARRIVES_WITHIN:?}: {what}; pages: {seen:?}"
            );
            pause().await;
        }
    }
}

async fn pause() {
    Clock::system().sleep(Duration::from_millis(100)).await;
}

async fn seconds(seconds: u64) {
    Clock::system().sleep(Duration::from_secs(seconds)).await;
}

/// Passes on what one Alertmanager sends, and counts the answers.
struct Tap {
    port: u16,
    answers: Arc<Mutex<Vec<u16>>>,
    _server: callout::task::TaskHandle,
}

impl Tap {
    async fn to(callout: u16) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, answers) = (listener.local_addr().unwrap().port(), Arc::default());
        let (http, counted) = (reqwest::Client::builder().no_proxy().build().unwrap(), Arc::clone(&answers));
        let pass = move |headers: HeaderMap, body: Bytes| {
            let (http, counted): (_, Arc<Mutex<Vec<u16>>>) = (http.clone(), Arc::clone(&counted));
            async move {
                let address = format!("http://127.0.0.1:{callout}/alerts/alertmanager");
                let key = headers.get(AUTHORIZATION).cloned().unwrap();
                let answer = http.post(address).header(AUTHORIZATION, key).body(body).send().await;
                let status = answer.map_or(502, |answer| answer.status().as_u16());
                counted.lock().unwrap().push(status);
                StatusCode::from_u16(status).unwrap()
            }
        };
        let router = axum::Router::new().route("/alerts/alertmanager", axum::routing::post(pass));
        let serve = async move { axum::serve(listener, router).await.unwrap() };
        Self { port, answers, _server: callout::task::spawn("tap", serve) }
    }

    fn answered(&self, status: u16) -> usize {
        self.answers.lock().unwrap().iter().filter(|answer| **answer == status).count()
    }
}

/// One Alertmanager.
struct Manager {
    process: Option<Killed>,
    folder: PathBuf,
    port: u16,
    cluster: u16,
    peer: Option<u16>,
}

impl Manager {
    fn new(home: &Path, callout: u16, name: &str) -> Self {
        let folder = home.join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let config = format!(
            "route: {{receiver: callout, group_by: [alertname], group_wait: 100ms, group_interval: 2s, \
             repeat_interval: 4h}}\n\
             receivers:\n- name: callout\n  webhook_configs:\n  - url: http://127.0.0.1:{callout}/alerts/alertmanager\n    \
             send_resolved: true\n    http_config: {{authorization: {{credentials: {KEY}}}}}\n"
        );
        std::fs::write(folder.join("alertmanager.yml"), config).unwrap();
        Self { process: None, folder, port: free_port(), cluster: free_port(), peer: None }
    }

    fn start(&mut self) {
        let mut command = Command::new(PROGRAM);
        command
            .arg(format!("--config.file={}", self.folder.join("alertmanager.yml").display()))
            .arg(format!("--storage.path={}", self.folder.join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{}", self.port));
        match self.peer {
            None => command.arg("--cluster.listen-address="),
            Some(peer) => command
                .arg(format!("--cluster.listen-address=127.0.0.1:{}", self.cluster))
                .arg(format!("--cluster.advertise-address=127.0.0.1:{}", self.cluster))
                .arg(format!("--cluster.peer=127.0.0.1:{peer}"))
                .args(["--cluster.peer-timeout=1s", "--cluster.settle-timeout=2s"]),
        };
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        self.process = Some(Killed(process));
    }

    async fn ready(&self, stand: &Stand) {
        let address = format!("http://127.0.0.1:{}/-/ready", self.port);
        let is_ready = async |stand: &Stand| {
            stand.http.get(&address).send().await.is_ok_and(|answer| answer.status().is_success())
        };
        stand.until("an Alertmanager is ready", is_ready).await;
    }

    /// How many nodes it knows, itself among them.
    async fn peers(&self, stand: &Stand) -> usize {
        let address = format!("http://127.0.0.1:{}/api/v2/status", self.port);
        let status: Value = stand.http.get(address).send().await.unwrap().json().await.unwrap();
        status["cluster"]["peers"].as_array().map_or(0, Vec::len)
    }

    /// What Prometheus does: says that these fire, or that they are over.
    async fn told(&self, stand: &Stand, names: &[&str], over: bool) {
        let alert = |name: &&str| {
            let mut alert = json!({
                "labels": { "alertname": name, "severity": "page" },
                "annotations": { "summary": name },
                "startsAt": Clock::system().now().to_string(),
            });
            if over {
                alert["startsAt"] = json!("2026-01-01T00:00:00Z");
                alert["endsAt"] = json!(Clock::system().now().to_string());
            }
            alert
        };
        let alerts: Vec<Value> = names.iter().map(alert).collect();
        let address = format!("http://127.0.0.1:{}/api/v2/alerts", self.port);
        let answer = stand.http.post(address).json(&alerts).send().await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
    }
}

fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(|name| (*name).to_owned()).collect()
}

/// A 503 is retried by a real Alertmanager until it is stored, and never is it a 429.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn catalogue_14_restarts_and_overload_lose_nothing_and_page_once() {
    if !is_there() {
        return;
    }
    let mut stand = Stand::new();
    let mut manager = Manager::new(stand.home.path(), stand.port, "am");
    manager.start();
    manager.ready(&stand).await;

    // Nobody is there when it sends.
    manager.told(&stand, &["down"], false).await;
    seconds(3).await;
    stand.start();
    let has =
        |wanted: &'static [&'static str]| async move |stand: &Stand| stand.titles().await == names(wanted);
    stand.until("what was sent while Callout was down", has(&["down"])).await;

    // It dies with what was sent in hand, before it could be recorded; and once more after it was.
    let lock = stand.shuts_the_store();
    manager.told(&stand, &["killed"], false).await;
    stand.until("it has what was sent", async |stand: &Stand| stand.answered(503).await > 0).await;
    stand.kill();
    lock.execute_batch("ROLLBACK").unwrap();
    stand.start();
    stand.until("what was sent while Callout died", has(&["down", "killed"])).await;
    stand.kill();
    stand.start();
    assert_eq!(stand.titles().await, ["down", "killed"], "what was answered is there");
    // So does Alertmanager, which has then forgotten what it has sent.
    manager.process = None;
    manager.start();
    manager.ready(&stand).await;
    let accepted = stand.answered(202).await;
    manager.told(&stand, &["down", "killed"], false).await;
    let again = async |stand: &Stand| stand.answered(202).await >= accepted + 2;
    stand.until("the same once more", again).await;
    assert_eq!(stand.titles().await, ["down", "killed"], "what was sent again is no second page");

    // The store takes nothing, for longer than any of our own tries waits for it: what is recorded then was sent again.
    let before = stand.answered(202).await;
    let lock = stand.shuts_the_store();
    manager.told(&stand, &["overload"], false).await;
    stand.until("a 503", async |stand: &Stand| stand.answered(503).await > 0).await;
    seconds(STORE_WAITS.as_secs() + 2).await;
    assert_eq!(stand.titles().await, ["down", "killed"], "nothing was recorded");
    assert_eq!(stand.answered(202).await, before);
    lock.execute_batch("ROLLBACK").unwrap();
    stand.until("what was refused comes again", has(&["down", "killed", "overload"])).await;
    let again = async |stand: &Stand| stand.answered(202).await > before;
    stand.until("and is accepted", again).await;
    assert_eq!((stand.answered(429).await, stand.answered(400).await), (0, 0));

    manager.told(&stand, &["down", "killed", "overload"], true).await;
    stand.until("all are over", has(&[])).await;
    let sent = [202, 503].map(|status| stand.answered(status));
    let [accepted, refused] = futures_util::future::join_all(sent).await[..] else { unreachable!() };
    println!("since the last restart: {accepted} bodies accepted, {refused} refused for now, none lost");
}

/// Two nodes that both send, after a window of 503, are one page.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn catalogue_13_a_pair_pages_once_also_after_a_window_of_503() {
    if !is_there() {
        return;
    }
    let mut stand = Stand::new();
    stand.start();
    let taps = [Tap::to(stand.port).await, Tap::to(stand.port).await];
    let mut pair = [("one", &taps[0]), ("two", &taps[1])]
        .map(|(name, tap)| Manager::new(stand.home.path(), tap.port, name));
    (pair[0].peer, pair[1].peer) = (Some(pair[1].cluster), Some(pair[0].cluster));
    for manager in &mut pair {
        manager.start();
    }
    for manager in &pair {
        manager.ready(&stand).await;
        stand.until("they are a pair", async |stand: &Stand| manager.peers(stand).await == 2).await;
    }
    let lock = stand.shuts_the_store();
    for manager in &pair {
        manager.told(&stand, &["db", "web"], false).await;
    }
    let both = |status: u16| {
        let taps = &taps;
        async move |_: &Stand| taps.iter().all(|tap| tap.answered(status) > 0)
    };
    stand.until("both nodes are refused", both(503)).await;
    lock.execute_batch("ROLLBACK").unwrap();
    stand.until("both nodes have sent", both(202)).await;
    let pages = stand.pages().await;
    assert_eq!(stand.titles().await, ["db", "web"]);

    // One node dies: the other goes on, and what it repeats is known.
    pair[0].process = None;
    pair[1].told(&stand, &["later"], false).await;
    let has = async |stand: &Stand| stand.titles().await == names(&["db", "later", "web"]);
    stand.until("the other node goes on", has).await;
    for (_, id) in pages {
        let page: Value =
            serde_json::from_str(&stand.get(&format!("/api/pages/{id}")).await.unwrap()).unwrap();
        assert_eq!(page["rings"].as_array().unwrap().len(), 1, "jack is rung once: {page}");
    }
    pair[1].told(&stand, &["db", "web", "later"], true).await;
    stand.until("all are over", async |stand: &Stand| stand.titles().await.is_empty()).await;
    println!("two nodes: {} bodies accepted for 3 pages", stand.answered(202).await);
}
