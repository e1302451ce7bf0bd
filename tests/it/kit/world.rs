//! The world of a test: the modelled engine, one Callout that may crash and start again, and time.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use callout::app::{App, Parts};
use callout::chat::desk::Channel;
use callout::clock::Clock;
use callout::domain::change::Change;
use callout::domain::ids::Account;
use callout::domain::settings::Settings;
use callout::engine::sandbox::{Ring, Sandbox, SandboxConfig};
use callout::engine::tencent::{CloudSettings, RoomTypes, Tencent, TencentCloud, TencentSettings, VOICE};
use callout::http::ApiAccess;
use callout::ports::{Announcer, Handed, NoSteps, Steps};
use callout::store::{OpenError, Sqlite};
use callout::task::{self, TaskHandle};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::arm::Arm;
use super::logs::ErrorLog;
use super::steps::CrashSteps;
use super::workspace::{Way, slack_bot};
use crate::discord::Discord as Model;
use crate::slack::Slack as SlackModel;

/// A Tuesday afternoon.
const START: &str = "2026-03-10T15:00:00Z";
/// Turns of the event loop without work, after which nothing is in flight.
const QUIET_TURNS: u32 = 120;
/// Real seconds after which a world that does not settle is a failure.
const SETTLE_MAX: Duration = Duration::from_secs(60);
/// An application key of the kind the console shows; it opens nothing.
const KEY: &str = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e";

pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) engine: Arc<Sandbox>,
    pub(super) engine_address: String,
    _engine_tasks: (TaskHandle, Vec<TaskHandle>),
    pub(super) app: Option<App>,
    store: Option<Arc<Sqlite>>,
    /// A chat outlives whoever posts there.
    channel: Arc<Channel>,
    dir: TempDir,
    pub(super) settings: Settings,
    /// What Callout finds where Discord should be.
    pub(crate) discord: Option<Arc<Model>>,
    /// The people are there, and not at their desks.
    pub(super) arm: Option<Arm>,
    /// People who stay at their desks, whichever chat was chosen.
    pub(super) away: Vec<String>,
    /// What Callout finds where Slack should be, and over which way it hears from there.
    pub(crate) slack: Option<(Arc<SlackModel>, Way)>,
    pub(crate) http: reqwest::Client,
    pub(super) log: ErrorLog,
    crash: Option<Arc<CrashSteps>>,
}

/// How far behind a card may be: a chat edits it no more often than that.
pub(crate) const EDITS: Duration = Duration::from_secs(2);

pub(crate) const fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

impl World {
    /// A world in the chat that was chosen for the stories.
    pub(crate) async fn new(settings: Settings) -> Self {
        let mut world = Self::at_desk(settings).await;
        world.arm = Arm::chosen(&mut world).await;
        world
    }

    /// A world whose people are at their desks, whatever was chosen.
    pub(crate) async fn at_desk(settings: Settings) -> Self {
        let log = ErrorLog::start();
        let mut settings = settings;
        // Time stands still while requests pass, so a pace of our own would hold them up.
        settings.engine_per_second = 100_000;
        let clock = Clock::simulated(START.parse().unwrap());
        let dir = TempDir::new().unwrap();
        let accounts = settings.people.iter().map(|person| person.account.clone()).collect();
        let engine = Sandbox::new(SandboxConfig {
            sdk_app_id: 1_400_000_000,
            usersig_key: KEY.into(),
            secret_id: "sandbox-id".to_owned(),
            secret_key: "sandbox-cloud-key".into(),
            admin_account: Account::new("administrator"),
            robot_account: Account::new("callout"),
            accounts,
            data: None,
            clock: clock.clone(),
        })
        .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let engine_address = format!("http://{}", listener.local_addr().unwrap());
        let tasks = engine.start();
        let router = engine.router();
        let server = task::spawn("engine", async move { axum::serve(listener, router).await.unwrap() });
        Self {
            clock,
            engine,
            engine_address,
            _engine_tasks: (server, tasks),
            app: None,
            store: None,
            channel: Arc::new(Channel::open(None).unwrap()),
            dir,
            settings,
            discord: None,
            arm: None,
            away: Vec::new(),
            slack: None,
            http: client(),
            log,
            crash: None,
        }
    }

    /// From its next start on, Callout keeps this pace with the engine. By itself it keeps none: time stands still while
    /// requests pass.
    pub(crate) fn keeps_pace(&mut self, per_second: u32) {
        self.settings.engine_per_second = per_second;
    }

    /// Commits a change as a use case would, and hands it over.
    pub(crate) async fn commits(&self, mut change: Change) {
        let context = self.app.as_ref().unwrap().context();
        let lease = context.hand_over.lease(self.clock.now()).map(|lease| (lease.owner, lease.until));
        change.effects.iter_mut().for_each(|row| row.lease.clone_from(&lease));
        let mut handed =
            Handed { calls: change.calls.clone(), effects: change.effects.clone(), ..Handed::default() };
        let committed = context.store.commit(change).await.unwrap();
        handed.rev = committed.rev;
        handed.calls.iter_mut().for_each(|call| call.version += 1);
        handed.effects.iter_mut().for_each(|row| row.rev = committed.rev);
        context.hand_over.committed(&handed);
    }

    pub(crate) async fn start(&mut self) {
        self.start_with(Arc::new(NoSteps)).await;
    }

    /// Starts Callout on what is stored. It may die at one of `steps`.
    pub(crate) async fn start_with(&mut self, steps: Arc<dyn Steps>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let public_url = format!("http://{}", listener.local_addr().unwrap());
        let tencent = Tencent::new(
            TencentSettings {
                sdk_app_id: 1_400_000_000,
                usersig_key: KEY.into(),
                admin_account: "administrator".into(),
                robot_account: "callout".into(),
                root: format!("{}/sandbox/engine", self.engine_address),
                callback_secret: Some("s3cret".into()),
                public_url: Some(public_url),
                rate_per_second: self.settings.engine_per_second.try_into().unwrap(),
                callback_token: None,
                push: None,
            },
            self.clock.clone(),
        )
        .unwrap();
        let store = self.open_store(Arc::clone(&steps)).await;
        self.store = Some(Arc::clone(&store));
        let parts = Parts {
            clock: self.clock.clone(),
            store,
            tencent: Arc::clone(&tencent),
            announcer: self.announcer(),
            desk: Some(Arc::clone(&self.channel)),
            discord: self.discord.as_ref().map(|model| self.bot(model)),
            slack: self.slack.as_ref().map(|(model, way)| slack_bot(model, *way, &self.clock)),
            settings: self.settings.clone(),
            steps,
            api: ApiAccess::Open,
            routes: axum::Router::new(),
            events: Vec::new(),
        };
        self.http = client();
        let sessions = self.arm.as_ref().map_or(0, Arm::sessions);
        self.app = Some(App::start(parts, listener).await.unwrap());
        tencent.register_callback().await.unwrap();
        if let Some(arm) = &self.arm {
            arm.is_ready(self, sessions).await;
        }
        self.settle().await;
    }

    /// The engine's cloud, where the settings have something to announce.
    fn announcer(&self) -> Option<Arc<dyn Announcer>> {
        self.settings.announcement.as_ref()?;
        let cloud = CloudSettings {
            secret_id: "sandbox-id".into(),
            secret_key: "sandbox-cloud-key".into(),
            region: "ap-singapore".to_owned(),
            root: format!("{}/sandbox/engine/trtc", self.engine_address),
            sdk_app_id: 1_400_000_000,
            robot_account: "callout".to_owned(),
            usersig_key: KEY.into(),
            room_types: RoomTypes::Tutorial,
            voice: VOICE.to_owned(),
            rate_per_second: 100_000.try_into().unwrap(),
        };
        Some(TencentCloud::new(cloud, self.clock.clone()).unwrap())
    }

    /// Starts Callout so that it dies at one of `steps`. Returns whether it lived through the start.
    pub(crate) async fn start_to_crash(&mut self, steps: Arc<CrashSteps>) -> bool {
        self.crash = Some(Arc::clone(&steps));
        tokio::select! {
            biased;
            () = self.start_with(Arc::clone(&steps) as _) => true,
            () = died(&steps) => false,
        }
    }

    /// Stops Callout as `kill -9` does.
    pub(crate) fn crash(&mut self) {
        if let Some(steps) = self.crash.take() {
            steps.kill();
        }
        self.app = None;
        self.close_store();
    }

    /// Connections that were open at a crash hold on to the store for a while.
    fn close_store(&mut self) {
        if let Some(store) = self.store.take() {
            store.close();
        }
    }

    async fn open_store(&self, steps: Arc<dyn Steps>) -> Arc<Sqlite> {
        loop {
            match Sqlite::open(&self.database(), Arc::clone(&steps)) {
                Ok(store) => return Arc::new(store),
                Err(OpenError::Taken(_)) => tokio::task::yield_now().await,
                Err(error) => panic!("{error}"),
            }
        }
    }

    fn is_dead(&self) -> bool {
        self.crash.as_ref().is_some_and(|steps| steps.died_at().is_some())
    }

    /// Returns once Callout has died and nothing moves any more; never when it lives on.
    pub(crate) async fn dies(&self) {
        match &self.crash {
            Some(steps) => died(steps).await,
            None => std::future::pending().await,
        }
    }

    /// Stops Callout as an operator does.
    pub(crate) async fn stop(&mut self) {
        let app = self.app.take().unwrap();
        self.http = client();
        let clock = self.clock.clone();
        let stopping = app.stop();
        tokio::pin!(stopping);
        // The stop polls on our clock, so time has to move.
        loop {
            tokio::select! {
                () = &mut stopping => break,
                () = tokio::task::yield_now() => {
                    // In small steps: requests that are on their way take turns of the event loop, not time.
                    let next = callout::clock::later(clock.now(), Duration::from_millis(1));
                    let _woken = clock.advance_to(next);
                }
            }
        }
        self.close_store();
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.dir.path().join("callout.db")
    }

    pub(crate) fn rings(&self) -> Vec<Ring> {
        self.engine.rings()
    }

    /// Lets everything in flight come to its end; time stands still.
    pub(crate) async fn settle(&self) {
        let waiting = async {
            let (mut quiet, mut before) = (0, 0);
            while quiet < QUIET_TURNS {
                tokio::task::yield_now().await;
                let now = self.clock.in_flight();
                // What a dead process had in flight stays so.
                let is_quiet = now == 0 || (self.is_dead() && now == before);
                quiet = if is_quiet { quiet + 1 } else { 0 };
                before = now;
            }
        };
        #[expect(clippy::disallowed_methods, reason = "a real bound on a world that hangs")]
        let settled = tokio::time::timeout(SETTLE_MAX, waiting).await;
        let tail = || match (&self.discord, &self.slack) {
            (Some(model), _) => model.tail(),
            (None, Some((model, _))) => model.tail(),
            (None, None) => String::new(),
        };
        let in_flight = self.clock.in_flight();
        assert!(settled.is_ok(), "the world does not settle: {in_flight} in flight\n{}", tail());
    }

    /// Moves time, stopping wherever something is due.
    pub(crate) async fn advance(&self, span: Duration) {
        let to = callout::clock::later(self.clock.now(), span);
        self.settle().await;
        while self.clock.advance_to(to) {
            self.settle().await;
        }
        self.settle().await;
    }

    /// A call as `/api/calls/{id}` tells it.
    pub(crate) async fn call(&self, id: &str) -> Value {
        self.get(&format!("/api/calls/{id}")).await
    }

    pub(crate) async fn outcome(&self, id: &str) -> String {
        self.call(id).await["outcome"].as_str().unwrap_or("none yet").to_owned()
    }

    /// Makes the engine misbehave.
    pub(crate) async fn faults(&self, faults: Value) {
        self.post_engine("/sandbox/engine/faults", &faults).await;
    }

    /// The errors that were logged since the last look: a test that takes them expects them.
    pub(crate) fn logged(&self) -> Vec<String> {
        self.log.take()
    }

    /// Whatever still lives comes to its end; then no effect, no timer and no error log may be left.
    pub(crate) async fn ends_clean(&mut self) {
        self.advance(secs(2)).await;
        self.close_pages().await;
        for call in self.get("/api/calls").await["calls"].as_array().unwrap() {
            let by = super::rows::who_hangs_up(call);
            self.desk(by).types(&format!("/calls hangup {}", call["id"].as_str().unwrap())).await;
        }
        self.advance(secs(120)).await;
        let left = self.get("/api/calls").await;
        for call in left["calls"].as_array().unwrap() {
            eprintln!("left: {:#}", self.call(call["id"].as_str().unwrap()).await["timeline"]);
        }
        assert_eq!(left["calls"].as_array().unwrap().len(), 0, "calls are left: {left}");
        let feeds = self.engine.ingests();
        assert!(feeds.iter().all(|feed| !feed.is_live()), "feeds are left: {feeds:?}");
        if let Some(arm) = &self.arm {
            arm.ends_well();
        }
        self.crash();
        assert_eq!(self.all_of("effect"), Vec::<String>::new(), "effects are left");
        // A record that was missing is looked for during an hour; that this ends has a story of its own.
        let due_soon = "timer WHERE id NOT LIKE 'late_record:%'";
        assert_eq!(self.all_of(due_soon), Vec::<String>::new(), "timers are left");
        assert_eq!(self.log.take(), Vec::<String>::new(), "errors were logged");
    }
}

/// Returns once the process has died at one of `steps` and nothing moves any more.
async fn died(steps: &CrashSteps) {
    let mut turns = 0;
    while turns < QUIET_TURNS {
        tokio::task::yield_now().await;
        turns = if steps.died_at().is_some() { turns + 1 } else { 0 };
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}
