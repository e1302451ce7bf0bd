//! Bots that others wrote the libraries for do at the model what bots do, and it answers as they expect.
//!
//! `install` puts the libraries beside the build; without them a test says so and is skipped.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use callout::clock::Clock;
use serde_json::{Value, json};
use tokio::sync::mpsc::{self, UnboundedReceiver};

use super::{Discord, Heard, Id, Schema, Settings};

/// Real seconds that a bot may take for a step; a cold start on a busy machine takes some.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the libraries are: beside the folder of the build.
fn installed() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_callout"));
    program.ancestors().nth(2).expect("a folder of builds").join("proof")
}

fn here(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sim/discord/proof").join(file)
}

/// Whether `file` is there. Says so if not, and fails where it has to be.
fn is_there(file: &Path, word: &str) -> bool {
    let required = std::env::var("CALLOUT_TEST_REQUIRE").is_ok_and(|arms| arms.contains(word));
    let found = file.exists();
    assert!(
        found || !required,
        "CALLOUT_TEST_REQUIRE wants {}: run {}",
        file.display(),
        here("install").display()
    );
    if !found {
        eprintln!("{word} skipped: {} is not there; {} makes it", file.display(), here("install").display());
    }
    found
}

/// A foreign bot in a process of its own.
struct Bot {
    child: Child,
    lines: UnboundedReceiver<Value>,
    /// Lines that were not asked for yet.
    waiting: Vec<Value>,
}

impl Drop for Bot {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Bot {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("starts");
        let lines = BufReader::new(child.stdout.take().expect("is piped")).lines();
        let (tell, told) = mpsc::unbounded_channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let value =
                    serde_json::from_str(&line).unwrap_or_else(|_| json!({ "did": "speak", "line": line }));
                if tell.send(value).is_err() {
                    return;
                }
            }
        });
        Self { child, lines: told, waiting: Vec::new() }
    }

    /// What the bot says when it has done `what`.
    async fn did(&mut self, what: &str) -> Value {
        loop {
            if let Some(at) = self.waiting.iter().position(|line| line["did"] == what) {
                return self.waiting.remove(at);
            }
            let next =
                self.next().await.unwrap_or_else(|| panic!("it ended before it {what}: {:#?}", self.waiting));
            assert_ne!(next["did"], "failed", "{next:#}");
            self.waiting.push(next);
        }
    }

    async fn next(&mut self) -> Option<Value> {
        #[expect(clippy::disallowed_methods, reason = "a real bound on another program")]
        let next = tokio::time::timeout(PATIENCE, self.lines.recv()).await;
        next.unwrap_or_else(|_| panic!("it does nothing any more: {:#?}", self.waiting))
    }

    /// Waits for its end.
    async fn ends(&mut self) {
        while let Some(line) = self.next().await {
            assert_ne!(line["did"], "failed", "{line:#}");
        }
        assert!(self.child.wait().unwrap().success());
    }
}

/// A model with a bot at it.
struct Stage {
    discord: Arc<Discord>,
    bot: Bot,
    ana: Id,
    jack: Id,
    ops: Id,
}

impl Stage {
    async fn open(command: impl FnOnce(&Discord) -> Command) -> Self {
        let discord = Discord::start(Clock::system(), Settings::default()).await;
        let (ana, jack) = (discord.add_user("ana"), discord.add_user("jack"));
        let ops = discord.add_channel("ops");
        let bot = Bot::start(command(&discord));
        Self { discord, bot, ana, jack, ops }
    }

    /// What the person got for an interaction, once it is more than nothing.
    async fn heard(&self, interaction: Id) -> Heard {
        let is_something = |heard: &Heard| match heard {
            Heard::Nothing => false,
            Heard::Message(seen) => !seen.is_loading,
            _ => true,
        };
        self.discord.until("an answer", |discord| Some(discord.heard(interaction)).filter(is_something)).await
    }

    /// What ana reads as the answer to what she did.
    async fn text(&self, interaction: Id) -> String {
        match self.heard(interaction).await {
            Heard::Message(seen) => seen.text,
            other => panic!("no message: {other:?}"),
        }
    }

    async fn run(mut self) {
        let registered = self.bot.did("registered").await;
        assert_eq!((&registered["commands"], &registered["channels"]), (&json!(2), &json!(1)));
        assert_eq!(self.discord.offered(self.ana, self.ops), ["work", "quit"]);
        let asked = self.discord.autocomplete(self.ana, self.ops, "/work who:ja").unwrap();
        assert_eq!(self.heard(asked).await, Heard::Choices(vec!["jack".into()]));
        self.bot.did("completed").await;
        let card = self.works().await;
        self.presses(card).await;
        self.comes_back().await;
        let problems = Schema::found().map(|schema| schema.problems(&self.discord.journal()));
        assert_eq!(problems.unwrap_or_default(), [""; 0]);
        assert_eq!(self.discord.closes(), [0; 0]);
    }

    /// A command, its answer, edits, and a thread with a line that is sent twice and posted once.
    async fn works(&mut self) -> Id {
        let sent = self.discord.slash(self.ana, self.ops, "/work who:jack person:@jack").unwrap();
        let worked = self.bot.did("worked").await;
        assert_eq!((&worked["same"], &worked["again"]), (&json!(true), &json!(160_004)));
        let card = Id::of(&worked["message"]).unwrap();
        assert_eq!(worked["thread"], worked["message"]);
        assert_eq!(self.bot.did("heard").await["thread"], worked["thread"]);
        assert_eq!(self.text(sent).await, "edited with the bot's token");
        let labels: Vec<String> =
            self.discord.message(card).unwrap().buttons.into_iter().map(|button| button.label).collect();
        assert_eq!(labels, ["update", "ask", "later"]);
        let lines = self.discord.sees(self.jack, card);
        assert_eq!(lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(), ["A line\nn\nv"]);
        card
    }

    async fn presses(&mut self, card: Id) {
        let update = self.discord.press(self.jack, card, "update").unwrap();
        assert_eq!(self.heard(update).await, Heard::Done);
        assert_eq!(self.bot.did("pressed").await["id"], "update");
        assert_eq!(self.discord.message(card).unwrap().text, "updated");

        let ask = self.discord.press(self.jack, card, "ask").unwrap();
        assert_eq!(self.heard(ask).await, Heard::Form("Reason".into(), vec!["Why?".into()]));
        let form = self.discord.submit(ask, &[("why", "it burns")]).unwrap();
        self.bot.did("filled").await;
        assert_eq!(self.text(form).await, "because it burns");

        let later = self.discord.press(self.jack, card, "later").unwrap();
        assert_eq!(self.heard(later).await, Heard::Done);
        let more = self.discord.until("a follow-up", |discord| discord.answers(later).pop()).await;
        assert_eq!((more.text.as_str(), more.is_private), ("later, for you", true));
    }

    /// The connection breaks, somebody types meanwhile, and the bot resumes and answers.
    async fn comes_back(&mut self) {
        self.discord.drop_ws();
        self.discord.until_connected(0).await;
        let quit = self.discord.slash(self.ana, self.ops, "/quit").unwrap();
        self.bot.did("resumed").await;
        self.bot.did("quit").await;
        assert_eq!(self.text(quit).await, "bye");
        assert_eq!(self.discord.identifies(), 1);
        self.bot.ends().await;
    }
}

#[tokio::test]
async fn a_bot_with_discord_js() {
    let modules = installed().join("node/node_modules");
    if !is_there(&modules, "discordjs") {
        return;
    }
    let command = |discord: &Discord| {
        let mut command = Command::new("node");
        command.arg(here("bot.cjs")).args([discord.url(), discord.token(), discord.guild().to_string()]);
        command.env("NODE_PATH", modules);
        command
    };
    Stage::open(command).await.run().await;
}

#[tokio::test]
async fn a_bot_with_discord_py() {
    let python = installed().join("python/bin/python");
    if !is_there(&python, "discordpy") {
        return;
    }
    let command = |discord: &Discord| {
        let mut command = Command::new(python);
        command.arg(here("bot.py")).args([discord.url(), discord.gateway(), discord.token()]);
        command.arg(discord.guild().to_string()).env("PYTHONDONTWRITEBYTECODE", "1");
        command
    };
    Stage::open(command).await.run().await;
}
