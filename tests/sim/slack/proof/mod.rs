//! Bots that others wrote the libraries for do at the model what bots do, over both ways of delivery, and it answers
//! as they expect; and Slack's own library signs as the model does.
//!
//! `install` puts the libraries beside the build; without them a test says so and is skipped.

mod bot;
mod signatures;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use callout::clock::Clock;
use serde_json::json;

use self::bot::Bot;
use super::{Doors, Fault, Heard, Nr, Outcome, Settings, Slack, Transport};

/// Where the libraries are: beside the folder of the build.
fn installed() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_callout"));
    program.ancestors().nth(2).expect("a folder of builds").join("proof-slack")
}

fn here(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sim/slack/proof").join(file)
}

/// Whether `file` is there. Says so if not, and fails where it has to be.
fn is_there(file: &Path, word: &str) -> bool {
    let required =
        std::env::var("CALLOUT_TEST_REQUIRE").is_ok_and(|arms| arms.split(',').any(|arm| arm == word));
    let (found, install) = (file.exists(), here("install"));
    assert!(found || !required, "CALLOUT_TEST_REQUIRE wants {}: run {}", file.display(), install.display());
    if !found {
        eprintln!("{word} skipped: {} is not there; {} makes it", file.display(), install.display());
    }
    found
}

/// The interpreter with Slack's libraries.
fn python(word: &str) -> Option<Command> {
    let python = installed().join("python/bin/python");
    is_there(&python, word).then(|| {
        let mut command = Command::new(python);
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command
    })
}

/// How deliveries reach the bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Socket,
    Http,
}

/// A model with a bot at it.
struct Stage {
    slack: Arc<Slack>,
    bot: Bot,
    way: Way,
    ana: String,
    jack: String,
    ops: String,
}

impl Stage {
    async fn open(mut command: Command, way: Way) -> Self {
        let slack = Slack::start(Clock::system(), Settings::default()).await;
        let (ana, jack) = (slack.person("ana"), slack.person("jack"));
        let ops = slack.channel("ops", &[&ana, &jack]);
        command.args([slack.api_url(), slack.bot_token(), slack.app_token(), slack.signing_secret()]);
        command.arg(if way == Way::Socket { "socket" } else { "http" });
        Self { bot: Bot::start(command), slack, way, ana, jack, ops }
    }

    async fn run(mut self) {
        let ready = self.bot.did("ready").await;
        assert_eq!(ready["user"], json!(self.slack.bot()));
        assert_eq!(ready["scopes"], json!(Settings::default().scopes));
        match self.way {
            Way::Socket => self.slack.until_connected(1).await,
            Way::Http => self.opens_doors(&format!("http://127.0.0.1:{}/slack/events", ready["port"])).await,
        }
        let card = self.calls().await;
        self.presses(&card).await;
        self.fills_in().await;
        self.talks(&card).await;
        if self.way == Way::Socket {
            self.comes_back().await;
        }
        let nr = self.slack.types(&self.ana, &self.ops, "/callout quit").unwrap();
        self.bot.did("quit").await;
        assert_eq!(self.reads(nr).await, "bye");
        self.bot.ends().await;
        assert_eq!(self.slack.complaints(), Vec::<String>::new());
    }

    async fn opens_doors(&self, door: &str) {
        let doors =
            Doors { commands: door.to_owned(), interactions: door.to_owned(), events: door.to_owned() };
        self.slack.set(|settings| settings.transport = Transport::Http(doors.clone()));
        self.slack.verifies_url(&doors).await.unwrap();
        assert!(matches!(self.slack.checks_ssl(&doors).await, Outcome::Acked(_)));
    }

    async fn heard(&self, nr: Nr) -> Heard {
        self.slack.until("an answer", |slack| slack.delivery(nr).heard).await
    }

    /// What ana reads as the answer to her command.
    async fn reads(&self, nr: Nr) -> String {
        match self.heard(nr).await {
            Heard::Message(ts) => self.slack.message(&self.ops, &ts).unwrap().text,
            other => panic!("no message: {other:?}"),
        }
    }

    /// A command, its answer, a card, a thread, an edit that is tried again after a 429, and errors as they are.
    async fn calls(&mut self) -> String {
        self.slack.next("chat.update", 1, Fault::TooEarly(Duration::from_secs(1)));
        let nr = self.slack.types(&self.ana, &self.ops, "/call @jack a<b & c").unwrap();
        assert_eq!(self.reads(nr).await, "ringing @jack a<b & c");
        let called = self.bot.did("called").await;
        assert_eq!((&called["same"], &called["channel"]), (&json!(true), &json!("ops")));
        assert_eq!(called["refused"], "message_not_found");
        let card = called["ts"].as_str().unwrap().to_owned();
        let seen = self.slack.message(&self.ops, &card).unwrap();
        assert_eq!((&*seen.text, &*seen.notice), ("*jack* answered", "jack answered"));
        assert_eq!((seen.replies, seen.is_edited, seen.is_pinned), (1, true, true));
        assert_eq!(self.slack.thread(&self.jack, &self.ops, &card)[0].text, "it rings");
        let tries = self.slack.requests("chat.update");
        assert_eq!(tries.iter().map(|exchange| exchange.status).collect::<Vec<_>>(), [429, 200, 200]);
        card
    }

    async fn presses(&mut self, card: &str) {
        let nr = self.slack.presses(&self.jack, &self.ops, card, "Hang up").unwrap();
        assert_eq!(self.bot.did("pressed").await["value"], "c1");
        assert_eq!(self.heard(nr).await, Heard::Nothing);
        let seen = self.slack.message(&self.ops, card).unwrap();
        assert_eq!((&*seen.text, seen.buttons.len()), ("over", 0));
        let whisper = self.slack.sees(&self.jack, &self.ops).pop().unwrap();
        assert_eq!((&*whisper.text, whisper.is_private), ("hung up c1", true));
        assert_eq!(self.slack.requests("response_url").len(), 1);
    }

    /// A form is opened, sent in, refused, and sent in again.
    async fn fills_in(&mut self) {
        self.slack.types(&self.ana, &self.ops, "/page").unwrap();
        self.bot.did("opened").await;
        let form = self.slack.modal(&self.ana).unwrap();
        assert_eq!((&*form.title, &*form.fields[0].label), ("Page", "Why?"));
        let refused = self.slack.submits(&self.ana, &[("why", "no")]).unwrap();
        assert_eq!(self.heard(refused).await, Heard::Errors(vec![("why".to_owned(), "say more".to_owned())]));
        let taken = self.slack.submits(&self.ana, &[("why", "it burns")]).unwrap();
        assert_eq!(self.heard(taken).await, Heard::Form);
        self.bot.did("filled").await;
        let direct = self.slack.direct(&self.ana);
        assert_eq!(self.slack.sees(&self.ana, &direct)[0].text, "paged: it burns (for page)");
    }

    /// A mention in a thread, the home tab, and a shortcut.
    async fn talks(&mut self, card: &str) {
        let nr = self.slack.mentions(&self.jack, &self.ops, Some(card), "ack").unwrap();
        assert_eq!(self.bot.did("heard").await["text"], json!(format!("<@{}> ack", self.slack.bot())));
        assert_eq!(self.heard(nr).await, Heard::Nothing);
        let lines = self.slack.thread(&self.ana, &self.ops, card);
        assert_eq!(
            lines.iter().map(|line| &*line.text).collect::<Vec<_>>(),
            ["it rings", "@Callout ack", "heard"]
        );

        self.slack.opens_home(&self.ana).unwrap();
        self.bot.did("published").await;
        let home = self.slack.home(&self.ana).unwrap();
        assert_eq!((&*home.text, &*home.buttons[0].label), ("*My calls*", "Refresh"));
        self.slack.clicks_home(&self.ana, "refresh").unwrap();
        assert_eq!(self.bot.did("refreshed").await["view"], "home");

        let (ts, _) = self.slack.says(&self.jack, &self.ops, None, "the disk is full").unwrap();
        self.slack.message_shortcut(&self.ana, &self.ops, &ts, "page_about").unwrap();
        self.bot.did("shortcut").await;
        let seen = self.slack.sees(&self.ana, &self.ops).pop().unwrap();
        assert_eq!((&*seen.text, seen.is_private), ("about the disk is full", true));
    }

    /// Slack wants the socket back, and the bot comes back with another one.
    async fn comes_back(&mut self) {
        let before = self.slack.connections();
        self.slack.disconnects("refresh_requested");
        self.slack.until_connected(1).await;
        // Bolt for Python reads nothing from the new one as long as the old one is open.
        self.slack.until("one socket", |slack| (slack.open_sockets() == 1).then_some(())).await;
        assert_eq!(self.slack.connections(), before + 1);
    }
}

fn javascript() -> Option<Command> {
    let modules = installed().join("node/node_modules");
    is_there(&modules, "boltjs").then(|| {
        let mut command = Command::new("node");
        command.arg(here("bot.cjs")).env("NODE_PATH", modules);
        command
    })
}

async fn bolt_for_javascript(way: Way) {
    if let Some(command) = javascript() {
        Stage::open(command, way).await.run().await;
    }
}

async fn bolt_for_python(way: Way) {
    if let Some(mut command) = python("boltpy") {
        command.arg(here("bot.py"));
        Stage::open(command, way).await.run().await;
    }
}

#[tokio::test]
async fn a_bot_with_bolt_for_javascript_in_socket_mode() {
    bolt_for_javascript(Way::Socket).await;
}

#[tokio::test]
async fn a_bot_with_bolt_for_javascript_over_http() {
    bolt_for_javascript(Way::Http).await;
}

#[tokio::test]
async fn a_bot_with_bolt_for_python_in_socket_mode() {
    bolt_for_python(Way::Socket).await;
}

#[tokio::test]
async fn a_bot_with_bolt_for_python_over_http() {
    bolt_for_python(Way::Http).await;
}
