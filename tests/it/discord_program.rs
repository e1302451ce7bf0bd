//! The built program at the modelled Discord, in real time: load, latency, the limiter of serenity, what is refused.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use callout::clock::Clock;
use serde_json::Value;
use tempfile::TempDir;

use crate::discord::{Discord as Model, Heard, Id, Limit, RateLimits, Settings as Rules};
use crate::kit::{Program, at_engine, engine};

/// Commands in [`SPAN`] (issue 4: none lost, none doubled).
const COMMANDS: usize = 2_000;
const SPAN: Duration = Duration::from_secs(10);
/// People who type them.
const PEOPLE: usize = 50;
const TOKEN: &str = "discord-test-token-0123";

/// A modelled Discord and engine, and a place for the program to be.
struct Scene {
    model: Arc<Model>,
    engine: Program,
    home: TempDir,
    ops: Id,
    people: Vec<Id>,
}

impl Scene {
    async fn open(rules: Rules) -> Self {
        let home = TempDir::new().unwrap();
        let model = Model::start(Clock::system(), rules).await;
        let ops = model.add_channel("ops");
        let people: Vec<Id> = (0..PEOPLE).map(|n| model.add_user(&format!("p{n}"))).collect();
        std::fs::write(home.path().join("people.toml"), file(&model, &people)).unwrap();
        let engine = engine(home.path());
        Self { model, engine, home, ops, people }
    }

    fn command(&self, home: &Path, verb: &[&str]) -> Command {
        let mut command = at_engine(home, &self.engine, TOKEN);
        command.args(verb).env("DISCORD_TOKEN", self.model.token()).env("DISCORD_API_URL", self.model.url());
        command
    }

    async fn run(&self) -> Program {
        let mut command = self.command(self.home.path(), &["run"]);
        command.stderr(Stdio::null());
        let program = tokio::task::block_in_place(|| Program::start(command));
        self.is_ready().await;
        program
    }

    async fn is_ready(&self) {
        self.model.until_connected(1).await;
        let registered = |model: &Model| (!model.commands(Some(model.guild())).is_empty()).then_some(());
        self.model.until("registered commands", registered).await;
    }

    async fn get(&self, program: &Program, path: &str) -> Value {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = http.get(format!("{}{path}", program.address)).bearer_auth(TOKEN);
        request.send().await.unwrap().json().await.unwrap()
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_commands_in_ten_seconds_none_lost_none_doubled() {
    let scene = Scene::open(Rules { limits: RateLimits::none(), ..Rules::default() }).await;
    let program = scene.run().await;
    let clock = Clock::system();
    let mut sent = BTreeMap::new();
    let pause = SPAN / u32::try_from(COMMANDS).unwrap();
    let start = clock.now();
    for n in 0..COMMANDS {
        let due = callout::clock::later(start, pause * u32::try_from(n).unwrap());
        clock.sleep_until(due).await;
        let who = scene.people[n % PEOPLE];
        let at = clock.now();
        // One in ten places a call; the others look.
        let line = if n % 10 == 0 { "/call callees:p1" } else { "/calls list" };
        sent.insert(scene.model.slash(who, scene.ops, line).unwrap(), at);
    }
    let all = |model: &Model| sent.keys().all(|id| model.heard(*id) != Heard::Nothing).then_some(());
    scene.model.until("all answers", all).await;
    let heard = sent.keys().filter(|id| matches!(scene.model.heard(**id), Heard::Message(_))).count();
    assert_eq!(heard, COMMANDS, "every one is answered in time");
    report(&scene, &sent);
    let calls = scene.get(&program, "/api/calls").await["calls"].as_array().unwrap().len();
    println!("{COMMANDS} commands in {} s, {calls} calls still live", SPAN.as_secs());
    let callbacks = scene.model.requests("POST /interactions/*/*/callback");
    assert_eq!(callbacks.len(), COMMANDS, "each answered once");
    tokio::task::block_in_place(|| program.stop());
    let database = rusqlite::Connection::open(scene.home.path().join("run.db")).unwrap();
    let placed: i64 = database.query_row("SELECT count(*) FROM call", [], |row| row.get(0)).unwrap();
    assert_eq!(usize::try_from(placed).unwrap(), COMMANDS / 10, "each call is placed once");
}

/// From the event to our answer at Discord's door, and prints what it was.
fn report(scene: &Scene, sent: &BTreeMap<Id, jiff::Timestamp>) {
    let mut took: Vec<Duration> = Vec::new();
    for exchange in scene.model.requests("POST /interactions/*/*/callback") {
        let id = Id::read(&exchange.parts[1]).unwrap();
        took.push(callout::clock::until(sent[&id], exchange.at));
    }
    took.sort_unstable();
    let at = |share: usize| took[(took.len() - 1) * share / 100];
    println!("event to answer: p50 {:?}, p99 {:?}, max {:?}", at(50), at(99), at(100));
    // The bound is issue 4's; this build is not optimized, and the machine may be busy with other tests.
    assert!(at(50) < Duration::from_millis(20), "p50 {:?}", at(50));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_online_check_says_what_discord_says() {
    let scene = Scene::open(Rules { limits: RateLimits::none(), ..Rules::default() }).await;
    let check = |command: &mut Command| {
        let output = tokio::task::block_in_place(|| command.output().unwrap());
        let all = String::from_utf8(output.stdout).unwrap();
        let lines = all.lines().filter(|line| line.contains("discord")).map(str::trim_end);
        lines
            .collect::<Vec<_>>()
            .join("\n")
            .replace(&scene.model.guild().to_string(), "GUILD")
            .replace(&scene.ops.to_string(), "OPS")
    };
    let mut command = scene.command(scene.home.path(), &["check", "--online"]);
    let said = check(&mut command);
    assert!(said.contains("takes the token of callout") && said.contains("may register commands"), "{said}");
    let mut wrong = scene.command(scene.home.path(), &["check", "--online"]);
    let said = check(wrong.env("DISCORD_TOKEN", "another"));
    assert!(said.contains("Discord refuses the token"), "{said}");
    let path = scene.home.path().join("people.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{text}[admin]\nchannel = \"discord:{}\"\n", scene.ops)).unwrap();
    scene.model.permit_bot(scene.ops, 0, crate::discord::bits::CREATE_PUBLIC_THREADS);
    let mut command = scene.command(scene.home.path(), &["check", "--online"]);
    let said = check(&mut command);
    assert!(
        said.contains("discord channel OPS") && said.contains("the bot lacks Create Public Threads"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_void_token_or_an_empty_list_of_servers_is_not_started() {
    let scene = Scene::open(Rules { limits: RateLimits::none(), ..Rules::default() }).await;
    let refused = |command: &mut Command| {
        let output = tokio::task::block_in_place(|| command.output().unwrap());
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8(output.stderr).unwrap();
        said.lines().last().unwrap().to_owned()
    };
    let mut command = scene.command(scene.home.path(), &["run"]);
    insta::assert_snapshot!(refused(command.env("DISCORD_TOKEN", "void")), @"callout: Discord refuses the token: make a new one in the developer portal, and set DISCORD_TOKEN");
    let path = scene.home.path().join("people.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("guilds = ", "guilds = [] #")).unwrap();
    let mut command = scene.command(scene.home.path(), &["run"]);
    insta::assert_snapshot!(refused(&mut command), @r#"callout: no server of Discord is allowed: name yours in the configuration, as [discord] guilds = ["…"]"#);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn serenitys_limiter_waits_limits_out_at_a_peer_with_tls() {
    let limits = RateLimits {
        global: None,
        routes: vec![("POST /channels/*/messages".to_owned(), Limit::new(2, Duration::from_secs(1)))],
        others: None,
    };
    let scene = Scene::open(Rules { limits, ..Rules::default() }).await;
    let (url, authority) = scene.model.with_tls().await;
    std::fs::write(scene.home.path().join("ca.pem"), authority).unwrap();
    let mut command = scene.command(scene.home.path(), &["run"]);
    command.stderr(Stdio::null()).env("DISCORD_API_URL", url).env("DISCORD_CA_FILE", "ca.pem");
    let program = tokio::task::block_in_place(|| Program::start(command));
    scene.is_ready().await;
    scene.model.next("POST /channels/*/messages", 1, crate::discord::Fault::TooEarly(Duration::from_secs(1)));
    for n in 1..=5 {
        scene.model.slash(scene.people[0], scene.ops, &format!("/call callees:p{n}")).unwrap();
    }
    let told = |model: &Model| {
        let lines = model
            .threads(scene.ops)
            .into_iter()
            .filter(|(thread, ..)| !model.sees(scene.people[0], *thread).is_empty());
        (lines.count() == 5).then_some(())
    };
    scene.model.until("five threads with a line", told).await;
    tokio::task::block_in_place(|| program.stop());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_the_bots_token_nor_an_interactions_is_logged() {
    let scene = Scene::open(Rules { limits: RateLimits::none(), ..Rules::default() }).await;
    let log = scene.home.path().join("log");
    let mut command = scene.command(scene.home.path(), &["run"]);
    command.env("RUST_LOG", "trace").stderr(std::fs::File::create(&log).unwrap());
    let program = tokio::task::block_in_place(|| Program::start(command));
    scene.is_ready().await;
    scene.model.next("POST /channels/*/messages", 2, crate::discord::Fault::Refused(500));
    scene.model.next("PATCH /channels/*/messages/*", 1, crate::discord::Fault::Cut);
    let asked = ["/call callees:p1", "/calls list", "/callout help"];
    let asked = asked.map(|line| scene.model.slash(scene.people[0], scene.ops, line).unwrap());
    let all = |model: &Model| asked.iter().all(|id| model.heard(*id) != Heard::Nothing).then_some(());
    scene.model.until("three answers", all).await;
    scene.model.drop_ws();
    scene.model.until_connected(1).await;
    tokio::task::block_in_place(|| program.stop());
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("the commands are registered") && log.contains("DEBUG"), "it was talkative: {log}");
    let tokens =
        scene.model.requests("POST /interactions/*/*/callback").into_iter().map(|sent| sent.parts[2].clone());
    for secret in tokens.chain([scene.model.token()]) {
        let line = log.lines().find(|line| line.contains(&secret));
        assert_eq!(line, None, "a secret is logged");
    }
}
