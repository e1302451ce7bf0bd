//! A built sandbox, a browser in front of it, and the page in words of a person.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder};
use futures_util::FutureExt as _;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long a program may take to say where it listens; a cold start of both on a busy machine takes some seconds.
const START: Duration = Duration::from_secs(60);
/// Pages that may follow each other while something is awaited: what a form is answered with, and where that leads.
const PAGES_MAX: usize = 3;
/// How long the page may take to show what is awaited, in milliseconds.
const PATIENCE_MS: u64 = 20_000;

/// Runs a story in front of a fresh sandbox, or skips it in one line on a machine without a browser. Whatever the
/// story does, browser and sandbox are gone afterwards, and a story that went well left no error in the page.
pub(crate) async fn story(tell: impl AsyncFnOnce(&mut World)) {
    story_of(None, tell).await;
}

/// The same with people and policies of its own.
pub(crate) async fn story_with(file: &str, tell: impl AsyncFnOnce(&mut World)) {
    story_of(Some(file), tell).await;
}

async fn story_of(file: Option<&str>, tell: impl AsyncFnOnce(&mut World)) {
    let Some(browser) = Browser::found() else { return };
    let mut world = World::open(&browser, file).await;
    let told = AssertUnwindSafe(tell(&mut world)).catch_unwind().await;
    let log = if told.is_ok() { world.page.errors().await } else { Vec::new() };
    let World { page, mut sandbox, .. } = world;
    page.client.close().await.ok();
    if let Err(panic) = told {
        sandbox.tell_log();
        resume_unwind(panic);
    }
    sandbox.stop();
    assert!(log.is_empty(), "the page left errors: {log:#?}");
}

/// A sandbox's own configuration, where it has one.
const FILE: &str = "people.toml";

/// What a story works with.
pub(crate) struct World {
    /// The browser's only page.
    pub(crate) page: Page,
    /// The program.
    pub(crate) sandbox: Sandbox,
    _driver: Program,
}

impl World {
    async fn open(browser: &Browser, file: Option<&str>) -> Self {
        let sandbox = Sandbox::start(file);
        let (driver, page) = browser.open(sandbox.folder.path()).await;
        page.visit(&sandbox.address).await;
        Self { page, sandbox, _driver: driver }
    }
}

/// A child process that dies with its owner.
struct Program(Child);

impl Program {
    /// Starts it, and waits for the first line of its output from which `pick` takes something.
    fn start<T: Send + 'static>(command: &mut Command, pick: fn(&str) -> Option<T>) -> (Self, T) {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("starts");
        let lines = BufReader::new(child.stdout.take().expect("is piped")).lines();
        let program = Self(child);
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            for found in lines.map_while(Result::ok).filter_map(|line| pick(&line)) {
                tell.send(found).ok();
            }
        });
        let found = told.recv_timeout(START).expect("says where it listens");
        (program, found)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// `callout sandbox` in a folder of its own.
pub(crate) struct Sandbox {
    /// Where it is, with the slash.
    pub(crate) address: String,
    folder: TempDir,
    program: Option<Program>,
}

impl Sandbox {
    fn start(file: Option<&str>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        if let Some(file) = file {
            std::fs::write(folder.path().join(FILE), file).expect("a file");
        }
        let (program, address) = Self::launch(folder.path(), "0");
        Self { address, folder, program: Some(program) }
    }

    fn launch(folder: &Path, port: &str) -> (Program, String) {
        let log = File::options().create(true).append(true).open(folder.join("log")).expect("a log");
        let mut command = Command::new(env!("CARGO_BIN_EXE_callout"));
        command.args(["sandbox", "--port", port, "--data"]).arg(folder.join("data")).stderr(log);
        let file = folder.join(FILE);
        if file.exists() {
            command.arg("--config").arg(file);
        }
        Program::start(&mut command, address_in)
    }

    /// `callout run` at this sandbox's engine, with a desk and a status page. It dies with what is returned.
    pub(crate) fn runs_beside(&self, token: &str) -> (impl Drop + use<>, String) {
        let home = self.folder.path();
        let person =
            |id: &str| format!("[[person]]\nid = \"{id}\"\naccount = \"{id}\"\nroles = [\"admin\"]\n");
        std::fs::write(home.join("callout.toml"), person("ana") + &person("jack")).expect("a file");
        let mut command = Command::new(env!("CARGO_BIN_EXE_callout"));
        command.arg("run").current_dir(home).env_clear().stderr(Stdio::null());
        for (name, value) in [
            ("LISTEN_ADDR", "127.0.0.1:0"),
            ("DATABASE_URL", "sqlite://run.db"),
            ("CALLOUT_DESK", "1"),
            ("ADMIN_TOKEN", token),
            ("TENCENT_SDK_APP_ID", "1400000000"),
            ("TENCENT_USERSIG_KEY", "sandbox-key-that-opens-nothing-else"),
            ("TENCENT_ADMIN_ACCOUNT", "administrator"),
            ("TENCENT_ROBOT_ACCOUNT", "callout"),
            ("TENCENT_CALL_URL", &format!("{}sandbox/engine", self.address)),
        ] {
            command.env(name, value);
        }
        Program::start(&mut command, address_in)
    }

    /// Kills it at once, as a crash does.
    pub(crate) fn stop(&mut self) {
        self.program = None;
    }

    /// Starts it again on the same port and the same data.
    pub(crate) fn restart(&mut self) {
        let port = self.address.trim_end_matches('/').rsplit(':').next().expect("a port");
        let (program, address) = Self::launch(self.folder.path(), port);
        assert_eq!(address, self.address, "the same address again");
        self.program = Some(program);
    }

    /// Asks it, beside the page.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.address);
        reqwest::get(url).await.expect("an answer").json().await.expect("JSON")
    }

    /// Does something beside the page.
    pub(crate) async fn post(&self, path: &str, body: Value) {
        let url = format!("{}{path}", self.address);
        reqwest::Client::new().post(url).json(&body).send().await.expect("an answer");
    }

    fn tell_log(&self) {
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        eprintln!("the sandbox said:\n{log}");
    }
}

/// The address in a start-up line: `http://127.0.0.1:PORT/`.
fn address_in(line: &str) -> Option<String> {
    let from = line.find("http://127.0.0.1:")?;
    let address = line[from..].split_whitespace().next()?;
    Some(format!("{}/", address.trim_end_matches('/')))
}

/// The port in chromedriver's `… was started successfully on port 38243.`
fn port_in(line: &str) -> Option<u16> {
    line.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok()
}

struct Browser {
    chromium: PathBuf,
    chromedriver: PathBuf,
}

impl Browser {
    fn found() -> Option<Self> {
        let chromium = ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(on_path);
        let found = chromium.zip(on_path("chromedriver"));
        let required = std::env::var("CALLOUT_TEST_REQUIRE").is_ok_and(|arms| arms.contains("browser"));
        assert!(
            found.is_some() || !required,
            "CALLOUT_TEST_REQUIRE wants chromium and chromedriver on the PATH"
        );
        if found.is_none() {
            eprintln!("browser tests skipped: no chromium/chromedriver");
        }
        found.map(|(chromium, chromedriver)| Self { chromium, chromedriver })
    }

    async fn open(&self, folder: &Path) -> (Program, Page) {
        let mut command = Command::new(&self.chromedriver);
        command.arg("--port=0").stderr(Stdio::null());
        let (driver, port) = Program::start(&mut command, port_in);
        let root = format!("http://127.0.0.1:{port}");
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(self.capabilities(folder));
        let client = builder.connect(&root).await.expect("a browser");
        let session = client.session_id().await.expect("a session").expect("an id");
        (driver, Page { client, session: format!("{root}/session/{session}") })
    }

    fn capabilities(&self, folder: &Path) -> serde_json::Map<String, Value> {
        let profile = format!("--user-data-dir={}", folder.join("browser").display());
        let quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];
        let plain = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"];
        let flags: Vec<&str> = plain.into_iter().chain(quiet).chain([profile.as_str()]).collect();
        let all = json!({
            "goog:chromeOptions": { "binary": self.chromium, "args": flags },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        all.as_object().expect("an object").clone()
    }
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// The page, as a person with a keyboard sees it.
pub(crate) struct Page {
    client: Client,
    session: String,
}

impl Page {
    async fn visit(&self, address: &str) {
        self.client.goto(address).await.expect("loads");
        self.ready().await;
    }

    /// Opens another page.
    pub(crate) async fn opens(&self, address: &str) {
        self.client.goto(address).await.expect("loads");
    }

    /// Loads it again.
    pub(crate) async fn reload(&self) {
        self.client.refresh().await.expect("loads again");
        self.ready().await;
    }

    async fn ready(&self) {
        self.until("document.documentElement.dataset.line === 'up' && document.querySelector('.handset')")
            .await;
    }

    /// The value of an expression.
    pub(crate) async fn value(&self, expression: &str) -> Value {
        self.client.execute(&format!("return ({expression});"), Vec::new()).await.expect("is evaluated")
    }

    /// The text of the first element that matches.
    pub(crate) async fn text(&self, selector: &str) -> String {
        let text = self.value(&format!("document.querySelector({selector:?})?.textContent")).await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Waits, inside the page, until an expression holds.
    pub(crate) async fn until(&self, expression: &str) {
        let script = format!(
            "const done = arguments[0]; const end = performance.now() + {PATIENCE_MS};
             (function look() {{
               let holds = false;
               try {{ holds = Boolean({expression}); }} catch {{ holds = false; }}
               if (holds || performance.now() > end) done(holds); else setTimeout(look, 20);
             }})();"
        );
        let mut held = self.client.execute_async(&script, Vec::new()).await;
        // Another page came meanwhile, and took the script away with the one before.
        for _ in 0..PAGES_MAX {
            if held.is_err() {
                held = self.client.execute_async(&script, Vec::new()).await;
            }
        }
        if held.expect("is evaluated") != json!(true) {
            let page = self.value("document.body.innerText").await;
            panic!("never came: {expression}\nthe page:\n{}", page.as_str().unwrap_or_default());
        }
    }

    /// Waits until something matches.
    pub(crate) async fn shows(&self, selector: &str) {
        self.until(&format!("document.querySelector({selector:?})")).await;
    }

    /// Types into whatever has the focus.
    pub(crate) async fn types(&self, text: &str) {
        let keys = text.chars().fold(KeyActions::new("keyboard".to_owned()), |keys, value| {
            keys.then(KeyAction::Down { value }).then(KeyAction::Up { value })
        });
        self.client.perform_actions(keys).await.expect("types");
    }

    /// Presses one key.
    pub(crate) async fn key(&self, key: Key) {
        self.types(&char::from(key).to_string()).await;
    }

    /// Goes on with Tab until the control of this name has the focus, as a person without a mouse does.
    pub(crate) async fn tab_to(&self, name: &str) {
        for _ in 0..60 {
            let label =
                self.value("document.activeElement.ariaLabel ?? document.activeElement.textContent").await;
            if label.as_str().is_some_and(|label| label.trim() == name) {
                return;
            }
            self.key(Key::Tab).await;
        }
        panic!("no Tab reaches {name:?}");
    }

    /// Chooses a colour scheme and a screen.
    pub(crate) async fn looks(&self, scheme: &str, width: u32, height: u32) {
        // Not "mobile": that widens the viewport to whatever sticks out, and so hides it.
        let screen = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", screen).await;
        let scheme = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", scheme).await;
    }

    async fn devtools(&self, cmd: &str, params: Value) {
        self.driver("goog/cdp/execute", json!({ "cmd": cmd, "params": params })).await;
    }

    /// What the browser's console holds of errors; a connection that was cut on purpose is none, nor is a form that
    /// asks for the token.
    async fn errors(&self) -> Vec<String> {
        let log = self.driver("se/log", json!({ "type": "browser" })).await;
        let entries = log["value"].as_array().cloned().unwrap_or_default();
        let severe = entries.iter().filter(|entry| entry["level"] == "SEVERE");
        let said = severe.filter_map(|entry| entry["message"].as_str());
        let is_meant = |message: &str| message.contains("net::ERR_") || message.contains("status of 401");
        said.filter(|message| !is_meant(message)).map(str::to_owned).collect()
    }

    async fn driver(&self, command: &str, body: Value) -> Value {
        let url = format!("{}/{command}", self.session);
        let sent = reqwest::Client::new().post(url).json(&body).send().await;
        sent.and_then(reqwest::Response::error_for_status).expect("is done").json().await.expect("JSON")
    }
}
