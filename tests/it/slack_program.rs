//! The built program at the modelled Slack, in real time: load over HTTP, what is refused, what the check says.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use callout::clock::{Clock, later, until};
use jiff::Timestamp;
use tempfile::TempDir;

use crate::kit::{Program, callout, free};
use crate::slack::{Fault, Slack as Model};

/// Commands in [`SPAN`], over this many channels.
const COMMANDS: usize = 2_000;
const SPAN: Duration = Duration::from_secs(10);
const CHANNELS: usize = 1_000;
/// People who type them.
pub(crate) const PEOPLE: usize = 50;
const TOKEN: &str = "slack-test-token-0123";

/// A modelled Slack and engine, and a place for the program to be.
pub(crate) struct Scene {
    pub(crate) model: Arc<Model>,
    engine: Program,
    pub(crate) home: TempDir,
    pub(crate) people: Vec<String>,
}

impl Scene {
    pub(crate) async fn open() -> Self {
        let home = TempDir::new().unwrap();
        let model = Model::start(Clock::system(), free()).await;
        let people: Vec<String> = (0..PEOPLE).map(|n| model.person(&format!("p{n}"))).collect();
        std::fs::write(home.path().join("people.toml"), file(&model, &people)).unwrap();
        let mut command = callout(home.path());
        command
            .args(["sandbox", "--port", "0", "--config", "people.toml", "--data", "engine"])
            .stderr(Stdio::null());
        let engine = tokio::task::block_in_place(|| Program::start(command));
        Self { model, engine, home, people }
    }

    pub(crate) fn command(&self, home: &Path, verb: &[&str]) -> Command {
        let mut command = callout(home);
        command
            .args(verb)
            .env("CALLOUT_CONFIG", "people.toml")
            .env("DATABASE_URL", "sqlite://run.db")
            .env("LISTEN_ADDR", "127.0.0.1:0")
            .env("ADMIN_TOKEN", TOKEN)
            .env("TENCENT_SDK_APP_ID", "1400000000")
            .env("TENCENT_USERSIG_KEY", "sandbox-key-that-opens-nothing-else")
            .env("TENCENT_ADMIN_ACCOUNT", "administrator")
            .env("TENCENT_ROBOT_ACCOUNT", "callout")
            .env("TENCENT_CALL_URL", format!("{}/sandbox/engine", self.engine.address))
            .env("SLACK_BOT_TOKEN", self.model.bot_token())
            .env("SLACK_SIGNING_SECRET", self.model.signing_secret())
            .env("SLACK_API_URL", self.model.api_url());
        command
    }

    fn run(&self) -> Program {
        let mut command = self.command(self.home.path(), &["run"]);
        command.stderr(Stdio::null());
        tokio::task::block_in_place(|| Program::start(command))
    }
}

fn file(model: &Model, people: &[String]) -> String {
    let mut text = format!(
        "[call]\nring = \"10s\"\n[slack]\nworkspaces = [\"{}\"]\n[limits]\ncall_by_caller = \"100000/h burst 100000\"\n\
         ring_of_callee = [\"100000/h\"]\nmax_open_calls = 100000\n",
        model.team()
    );
    for (n, id) in people.iter().enumerate() {
        let admin = if n == 0 { "roles = [\"admin\"]\n" } else { "" };
        text.push_str(&format!("[[person]]\nid = \"p{n}\"\naccount = \"p{n}\"\nslack = \"{id}\"\n{admin}"));
    }
    text
}

/// A signed command, as Slack sends it. Returns its receipt and how long it took.
pub(crate) async fn types(
    scene: &Scene,
    http: &reqwest::Client,
    (address, channels): (&str, &[String]),
    n: usize,
) -> (String, Duration) {
    let clock = Clock::system();
    let body = format!(
        "token=x&team_id={}&channel_id={}&channel_name=x&user_id={}&user_name=p&command=%2Fcall&text=p{}+video\
         &response_url=&trigger_id=t.{n}",
        scene.model.team(),
        channels[n % channels.len()],
        scene.people[n % PEOPLE],
        (n + 1) % PEOPLE,
    );
    let at = clock.now();
    let signature = crate::slack::signed(&scene.model.signing_secret(), at.as_second(), &body);
    let request = http
        .post(format!("{address}/slack/command"))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-slack-request-timestamp", at.as_second().to_string())
        .header("x-slack-signature", signature)
        .body(body);
    let answer = request.send().await.unwrap().text().await.unwrap();
    (answer, until(at, clock.now()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_calls_over_http_while_slack_refuses_half_of_the_posts() {
    let scene = Scene::open().await;
    let program = scene.run();
    let members: Vec<&str> = scene.people.iter().map(String::as_str).collect();
    let channels: Vec<String> =
        (0..CHANNELS).map(|n| scene.model.channel(&format!("c{n}"), &members)).collect();
    let (clock, http) = (Clock::system(), reqwest::Client::builder().no_proxy().build().unwrap());
    let pause = SPAN / u32::try_from(COMMANDS).unwrap();
    scene.model.each("chat.postMessage", 2, Fault::TooEarly(Duration::from_secs(1)));
    let start = clock.now();
    let all = (0..COMMANDS).map(|n| {
        let (scene, http, clock, at) =
            (&scene, &http, &clock, (program.address.as_str(), channels.as_slice()));
        async move {
            clock.sleep_until(later(start, pause * u32::try_from(n).unwrap())).await;
            types(scene, http, at, n).await
        }
    });
    // What the machine has left for anybody while this goes on: the same way in, to where nothing is done.
    let floor = floor(&http, &program.address, start);
    let (answers, floor) = futures_util::join!(futures_util::future::join_all(all), floor);
    assert!(
        answers.iter().all(|(text, _)| text.contains("Calling p")),
        "{:?}",
        answers.iter().find(|(text, _)| !text.contains("Calling p"))
    );
    let mut took: Vec<Duration> = answers.iter().map(|(_, took)| *took).collect();
    took.sort_unstable();
    let at = |share: usize| took[(took.len() - 1) * share / 100];
    println!("command to receipt: p50 {:?}, p99 {:?}, max {:?}", at(50), at(99), at(100));
    assert_eq!(placed(&scene), COMMANDS, "each is placed once");
    let rooms = dials(&scene, &http, COMMANDS).await;
    let distinct: std::collections::HashSet<&String> = rooms.iter().collect();
    assert_eq!((rooms.len(), distinct.len()), (COMMANDS, COMMANDS), "none is lost, none is doubled");
    let posts = scene.model.requests("chat.postMessage");
    let refused = posts.iter().filter(|sent| sent.status == 429).count();
    println!("{} dials, {} posts, {refused} of them refused", rooms.len(), posts.len());
    assert!(refused * 2 + 1 >= posts.len(), "{refused} of {} posts were refused", posts.len());
    // This build is not optimized, and the machine may be busy with other tests: then nothing else is quick either.
    let most = Duration::from_millis(50) + floor * 10;
    assert!(at(50) < most, "p50 {:?}, and of what does nothing {floor:?}", at(50));
    drop(program);
}

/// What half of the answers of `/healthz` take at most, asked twenty times a second.
async fn floor(http: &reqwest::Client, address: &str, start: Timestamp) -> Duration {
    let (clock, mut took) = (Clock::system(), Vec::new());
    for n in 0..20 * u32::try_from(SPAN.as_secs()).unwrap() {
        let due = later(start, Duration::from_millis(50) * n);
        clock.sleep_until(due).await;
        http.get(format!("{address}/healthz")).send().await.unwrap();
        took.push(until(due, clock.now()));
    }
    took.sort_unstable();
    took[took.len() / 2]
}

/// Every dial that the engine saw, once there are enough.
pub(crate) async fn dials(scene: &Scene, http: &reqwest::Client, wanted: usize) -> Vec<String> {
    let (clock, mut rooms, mut since) = (Clock::system(), Vec::new(), 0);
    // A busy machine takes its time.
    for _ in 0..1_200 {
        let page = http.get(format!("{}/sandbox/engine/dials?since={since}", scene.engine.address));
        let page: serde_json::Value = page.send().await.unwrap().json().await.unwrap();
        since = page["next"].as_u64().unwrap();
        let new = page["dials"].as_array().unwrap();
        rooms.extend(new.iter().map(|dial| dial["room"].as_str().unwrap().to_owned()));
        if new.is_empty() && rooms.len() >= wanted {
            break;
        }
        clock.sleep(Duration::from_millis(50)).await;
    }
    rooms
}

pub(crate) fn placed(scene: &Scene) -> usize {
    let database = rusqlite::Connection::open(scene.home.path().join("run.db")).unwrap();
    let placed: i64 = database.query_row("SELECT count(*) FROM call", [], |row| row.get(0)).unwrap();
    usize::try_from(placed).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_online_check_says_what_slack_says() {
    let scene = Scene::open().await;
    let check = |command: &mut Command| {
        let output = tokio::task::block_in_place(|| command.output().unwrap());
        let all = String::from_utf8(output.stdout).unwrap();
        let lines = all.lines().filter(|line| line.contains("slack")).map(str::trim_end);
        lines.collect::<Vec<_>>().join("\n").replace(&scene.model.team(), "TEAM")
    };
    let said = check(&mut scene.command(scene.home.path(), &["check", "--online"]));
    insta::assert_snapshot!(said, @r"
    ✓ slack            the token is callout's, in Callout's friends (TEAM)
    ✓ slack scopes     all that are needed are granted
    ✓ slack workspace  TEAM is on the list
    ! slack socket     off, everything comes over HTTP: whether SLACK_SIGNING_SECRET is right shows the first command
    ✓ slack people     the ids of 50 in the file are there
    ");
    scene.model.revoke_scope("im:write");
    scene.model.revoke_scope("channels:read");
    let said = check(&mut scene.command(scene.home.path(), &["check", "--online"]));
    assert!(
        said.contains("missing: im:write to tell somebody something in private. Add them at Slack"),
        "{said}"
    );
    assert!(said.contains("could be added: channels:read to check the channels"), "{said}");
    let mut socket = scene.command(scene.home.path(), &["check", "--online"]);
    let said = check(socket.env("SLACK_APP_TOKEN", scene.model.app_token()));
    assert!(said.contains("✓ slack socket     Socket Mode opens"), "{said}");
    let mut wrong = scene.command(scene.home.path(), &["check", "--online"]);
    let said = check(wrong.env("SLACK_BOT_TOKEN", "xoxb-another"));
    assert!(
        said.contains(
            "Slack refuses the token: copy it again from the app's page at Slack, and set SLACK_BOT_TOKEN"
        ),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_online_check_looks_for_people_and_at_every_channel() {
    let scene = Scene::open().await;
    let (ops, old) = (scene.model.channel("ops", &[&scene.model.bot()]), scene.model.channel("old", &[]));
    scene.model.archive(&old, true);
    scene.model.deactivate(&scene.people[1]);
    let path = scene.home.path().join("people.toml");
    let more = format!(
        "[[person]]\nid = \"eve\"\naccount = \"eve\"\nslack = \"U0NOBODY\"\n[[person]]\nid = \"rob\"\naccount = \"rob\"\n\
         [[policy]]\nid = \"db\"\n[[policy.step]]\nring = [\"p0\"]\npost = [\"slack:{ops}\", \"slack:C0NOWHERE\"]\n\
         [[source]]\nid = \"prod\"\nkind = \"generic\"\nkeys_env = \"ALERT_KEYS_PROD\"\npolicy = \"db\"\n\
         post = [\"slack:{ops}\"]\n[[source.rule]]\nmatch = {{ a = \"b\" }}\npost = [\"slack:{old}\"]\n"
    );
    std::fs::write(&path, std::fs::read_to_string(&path).unwrap() + &more).unwrap();
    let mut command = scene.command(scene.home.path(), &["check", "--online"]);
    let output =
        tokio::task::block_in_place(|| command.env("ALERT_KEYS_PROD", "key-of-a-test").output().unwrap());
    let all = String::from_utf8(output.stdout).unwrap();
    let said: Vec<String> = all
        .lines()
        .filter(|line| line.contains("slack:") || line.contains("slack U") || line.contains("slack people"))
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .map(|line| line.replace(&ops, "OPS").replace(&old, "OLD").replace(&scene.people[1], "UGONE"))
        .collect();
    assert_eq!(output.status.code(), Some(1), "{all}");
    insta::assert_snapshot!(said.join("\n"), @r"
    ✓ slack:OPS #ops, the bot is in it
    ✗ slack:C0NOWHERE the bot sees no such channel: if it is private, /invite it there
    ✗ slack:OLD #old is archived: name another channel, or bring it back
    ✗ slack UGONE p1 has left the workspace: take the id out of the file, or correct it
    ✗ slack U0NOBODY eve is nobody there: copy the member id again from their profile at Slack
    ✓ slack people the ids of 49 in the file are there
    ! slack people 1 without a Slack id in the file: each can say who they are there by /callout link
    ");
    scene.model.revoke_scope("users:read");
    let mut command = scene.command(scene.home.path(), &["check", "--online"]);
    let output =
        tokio::task::block_in_place(|| command.env("ALERT_KEYS_PROD", "key-of-a-test").output().unwrap());
    let all = String::from_utf8(output.stdout).unwrap();
    assert!(
        all.contains("not checked: a scope is missing (Slack says missing_scope: add users:read"),
        "{all}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_void_token_or_an_empty_list_of_workspaces_is_not_started() {
    let scene = Scene::open().await;
    let refused = |command: &mut Command| {
        let output = tokio::task::block_in_place(|| command.output().unwrap());
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8(output.stderr).unwrap();
        said.lines().last().unwrap().replace(&scene.model.team(), "TEAM")
    };
    let mut command = scene.command(scene.home.path(), &["run"]);
    insta::assert_snapshot!(refused(command.env("SLACK_BOT_TOKEN", "xoxb-void")), @"callout: Slack refuses the token: copy it again from the app's page at Slack, and set SLACK_BOT_TOKEN");
    let path = scene.home.path().join("people.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("workspaces = ", "workspaces = [] #")).unwrap();
    let mut command = scene.command(scene.home.path(), &["run"]);
    insta::assert_snapshot!(refused(&mut command), @r#"callout: no workspace of Slack is allowed: name yours in the configuration, as [slack] workspaces = ["TEAM"]"#);
}
