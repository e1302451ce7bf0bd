//! The built program at the modelled Discord and the modelled engine, each in real time, and two thousand commands.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use callout::clock::{Clock, later, until};
use jiff::Timestamp;
use serde_json::Value;
use tempfile::TempDir;

use super::program::{Program, at_engine, engine};
use crate::discord::{Discord as Model, Heard, Id, RateLimits, Settings as Rules};

/// Commands in [`SPAN`] (issue 4: none lost, none doubled).
const COMMANDS: usize = 2_000;
const SPAN: Duration = Duration::from_secs(10);
/// People who type them.
const PEOPLE: usize = 50;
/// One in so many places a call; the others look.
const CALLS_EACH: usize = 10;
const TOKEN: &str = "discord-test-token-0123";
/// How long calls may take to come to the engine after the last answer.
const DIALS_WITHIN: Duration = Duration::from_secs(20);

/// A modelled Discord and engine, and a place for the program to be.
pub(crate) struct Scene {
    pub(crate) model: Arc<Model>,
    pub(crate) engine: Program,
    pub(crate) home: TempDir,
    pub(crate) ops: Id,
    pub(crate) people: Vec<Id>,
}

impl Scene {
    pub(crate) async fn open(rules: Rules) -> Self {
        let home = TempDir::new().unwrap();
        let model = Model::start(Clock::system(), rules).await;
        let ops = model.add_channel("ops");
        let people: Vec<Id> = (0..PEOPLE).map(|n| model.add_user(&format!("p{n}"))).collect();
        std::fs::write(home.path().join("people.toml"), file(&model, &people)).unwrap();
        let engine = engine(home.path());
        Self { model, engine, home, ops, people }
    }

    pub(crate) fn command(&self, home: &Path, verb: &[&str]) -> Command {
        let mut command = at_engine(home, &self.engine, TOKEN);
        command.args(verb).env("DISCORD_TOKEN", self.model.token()).env("DISCORD_API_URL", self.model.url());
        command
    }

    pub(crate) async fn run(&self) -> Program {
        let mut command = self.command(self.home.path(), &["run"]);
        command.stderr(Stdio::null());
        let program = tokio::task::block_in_place(|| Program::start(command));
        self.is_ready().await;
        program
    }

    pub(crate) async fn is_ready(&self) {
        self.model.until_connected(1).await;
        let registered = |model: &Model| (!model.commands(Some(model.guild())).is_empty()).then_some(());
        self.model.until("registered commands", registered).await;
    }
}

fn file(model: &Model, people: &[Id]) -> String {
    let mut text = format!(
        "[call]\nring = \"10s\"\n[discord]\nguilds = [\"{}\"]\n[limits]\ncall_by_caller = \"100000/h burst 100000\"\n\
         ring_of_callee = [\"100000/h\"]\nmax_open_calls = 100000\n",
        model.guild()
    );
    for (n, id) in people.iter().enumerate() {
        let admin = if n == 0 { "roles = [\"admin\"]\n" } else { "" };
        text.push_str(&format!("[[person]]\nid = \"p{n}\"\naccount = \"p{n}\"\ndiscord = \"{id}\"\n{admin}"));
    }
    text
}

/// What became of [`COMMANDS`] interactions in [`SPAN`].
pub(crate) struct Storm {
    /// From the event to our answer at Discord's door, shortest first.
    took: Vec<Duration>,
    /// Interactions that people saw answered.
    heard: usize,
    /// Answers that were sent.
    callbacks: usize,
    /// Requests to ring that the engine took, by room.
    dials: BTreeMap<String, usize>,
}

impl Storm {
    /// Lets it pass over a fresh program.
    pub(crate) async fn pass() -> Self {
        let scene = Scene::open(Rules { limits: RateLimits::none(), ..Rules::default() }).await;
        let program = scene.run().await;
        let sent = send(&scene).await;
        let all = |model: &Model| sent.keys().all(|id| model.heard(*id) != Heard::Nothing).then_some(());
        scene.model.until("all answers", all).await;
        let is_heard = |id: &&Id| matches!(scene.model.heard(**id), Heard::Message(_));
        let heard = sent.keys().filter(is_heard).count();
        let callbacks = scene.model.requests("POST /interactions/*/*/callback");
        let span = |exchange: &crate::discord::Exchange| {
            until(sent[&Id::read(&exchange.parts[1]).unwrap()], exchange.at)
        };
        let mut took: Vec<Duration> = callbacks.iter().map(span).collect();
        took.sort_unstable();
        let dials = dials(&scene).await;
        tokio::task::block_in_place(|| program.stop());
        Self { took, heard, callbacks: callbacks.len(), dials }
    }

    /// The time within which so many of a hundred were answered.
    pub(crate) fn share(&self, of_hundred: usize) -> Duration {
        self.took[(self.took.len() - 1) * of_hundred / 100]
    }

    /// None is lost, none is doubled.
    pub(crate) fn is_whole(&self) {
        assert_eq!(self.heard, COMMANDS, "every one is answered in time");
        assert_eq!(self.callbacks, COMMANDS, "each is answered once");
        assert_eq!(self.dials.len(), COMMANDS / CALLS_EACH, "every call is dialled");
        let doubled: Vec<&String> =
            self.dials.iter().filter(|(_, count)| **count > 1).map(|(room, _)| room).collect();
        assert_eq!(doubled, Vec::<&String>::new(), "none is dialled twice");
    }
}

impl fmt::Display for Storm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [half, most, last] = [50, 99, 100].map(|share| self.share(share).as_secs_f64() * 1e3);
        write!(
            f,
            "{COMMANDS} interactions in {} s, {} dials: event to answer p50 {half:.1} ms, p99 {most:.1} ms, most {last:.1} ms",
            SPAN.as_secs(),
            self.dials.len()
        )
    }
}

/// Types the commands, evenly. Returns when each was.
async fn send(scene: &Scene) -> BTreeMap<Id, Timestamp> {
    let clock = Clock::system();
    let pause = SPAN / u32::try_from(COMMANDS).unwrap();
    let (start, mut sent) = (clock.now(), BTreeMap::new());
    for n in 0..COMMANDS {
        clock.sleep_until(later(start, pause * u32::try_from(n).unwrap())).await;
        let at = clock.now();
        let line = if n % CALLS_EACH == 0 { "/call callees:p1" } else { "/calls list" };
        let asked = scene.model.slash(scene.people[n % PEOPLE], scene.ops, line).unwrap();
        sent.insert(asked, at);
    }
    sent
}

/// The dials that the engine took, once they are as many as there should be, or time is over.
async fn dials(scene: &Scene) -> BTreeMap<String, usize> {
    let (http, clock) = (reqwest::Client::builder().no_proxy().build().unwrap(), Clock::system());
    let give_up = later(clock.now(), DIALS_WITHIN);
    let (mut since, mut rooms) = (0, BTreeMap::new());
    loop {
        let url = format!("{}/sandbox/engine/dials?since={since}", scene.engine.address);
        let page: Value = http.get(url).send().await.unwrap().json().await.unwrap();
        since = page["next"].as_u64().unwrap();
        let dials = page["dials"].as_array().unwrap();
        for dial in dials {
            *rooms.entry(dial["room"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        if dials.is_empty() && (rooms.len() >= COMMANDS / CALLS_EACH || clock.now() > give_up) {
            return rooms;
        }
        clock.sleep(Duration::from_millis(200)).await;
    }
}
