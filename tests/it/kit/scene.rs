//! The built program at the modelled Discord and the modelled engine, each in real time, and two thousand commands.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use callout::clock::{Clock, later, until};
use callout::domain::ids::{DeliveryKey, PageId};
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
/// What is done in turn: a tenth each places a call, starts a page, presses a button of an earlier page and has an id
/// completed; the others look.
const KINDS: usize = 10;
/// A page's button is pressed after so many more interactions: a second, in which its card has come.
const PRESSED_AFTER: usize = 200;
/// Time is looked at in pieces: what slows every piece is ours, and a machine that is busy with something else slows some.
const PIECES: usize = 10;
/// So many quiet pieces tell how quick we are: half of the time.
const QUIET: usize = 5;
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

impl Drop for Scene {
    /// Everything that the built program asked, and was answered, is as Discord's own document says.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.model.is_to_the_letter();
        }
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

/// What an interaction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It is answered after a commit: a call, a page, a button of a page.
    Stores,
    /// It changes nothing.
    Looks,
}

/// One interaction.
struct Sent {
    /// Its place among all.
    nth: usize,
    at: Timestamp,
    kind: Kind,
}

/// What became of [`COMMANDS`] interactions in [`SPAN`].
pub(crate) struct Storm {
    /// Its place among all, what it was, and how long it took from the event to our answer at Discord's door.
    took: Vec<(usize, Kind, Duration)>,
    /// Interactions that people saw answered.
    heard: usize,
    /// Answers that were sent.
    callbacks: usize,
    /// Presses that closed a page, and all of them.
    closed: (usize, usize),
    /// Requests to ring that the engine took, by room.
    dials: BTreeMap<String, usize>,
}

impl Storm {
    /// Lets it pass over a fresh program.
    pub(crate) async fn pass() -> Self {
        let scene = Scene::open(Rules { limits: RateLimits::none(), ..Rules::default() }).await;
        let program = scene.run().await;
        let (sent, presses) = send(&scene).await;
        let all = |model: &Model| sent.keys().all(|id| model.heard(*id) != Heard::Nothing).then_some(());
        scene.model.until("all answers", all).await;
        let is_heard = |id: &&Id| matches!(scene.model.heard(**id), Heard::Message(_) | Heard::Choices(_));
        let heard = sent.keys().filter(is_heard).count();
        let is_closed = |id: &&Id| matches!(scene.model.heard(**id), Heard::Message(said) if said.text.contains(" is closed: nothing rings"));
        let closed = (presses.iter().filter(is_closed).count(), presses.len());
        let callbacks = scene.model.requests("POST /interactions/*/*/callback");
        let span = |exchange: &crate::discord::Exchange| {
            let sent = &sent[&Id::read(&exchange.parts[1]).unwrap()];
            (sent.nth, sent.kind, until(sent.at, exchange.at))
        };
        let took = callbacks.iter().map(span).collect();
        let dials = dials(&scene).await;
        tokio::task::block_in_place(|| program.stop());
        Self { took, heard, callbacks: callbacks.len(), closed, dials }
    }

    /// The time within which so many of a hundred of one kind, or of all, were answered.
    pub(crate) fn share(&self, of_hundred: usize, kind: Option<Kind>) -> Duration {
        share(of_hundred, self.took.iter().filter(|(_, of, _)| kind.is_none_or(|kind| *of == kind)))
    }

    /// The same in the quiet pieces of the time.
    pub(crate) fn share_when_quiet(&self, of_hundred: usize, kind: Option<Kind>) -> Duration {
        let piece = |n: usize| {
            let is_meant = move |(nth, of, _): &&(usize, Kind, Duration)| {
                nth * PIECES / COMMANDS == n && kind.is_none_or(|kind| *of == kind)
            };
            share(of_hundred, self.took.iter().filter(is_meant))
        };
        let mut pieces: Vec<Duration> = (0..PIECES).map(piece).collect();
        pieces.sort_unstable();
        pieces[QUIET - 1]
    }

    /// None is lost, none is doubled.
    pub(crate) fn is_whole(&self) {
        assert_eq!(self.heard, COMMANDS, "every one is answered in time");
        assert_eq!(self.callbacks, COMMANDS, "each is answered once");
        assert_eq!(self.closed.0, self.closed.1, "every press closes its page");
        let of_calls = |room: &&String| room.starts_with("co_c");
        let (calls, pages): (Vec<_>, Vec<_>) = self.dials.keys().partition(of_calls);
        assert_eq!(calls.len(), COMMANDS / KINDS, "every call is dialled");
        assert_eq!(pages.len(), COMMANDS / KINDS, "every page is");
        // A page dials who is busy again, in its own room.
        let doubled: Vec<_> = calls.into_iter().filter(|room| self.dials[*room] > 1).collect();
        assert_eq!(doubled, Vec::<&String>::new(), "none is dialled twice");
    }
}

/// Of these, the time within which so many of a hundred were answered.
fn share<'a>(of_hundred: usize, took: impl Iterator<Item = &'a (usize, Kind, Duration)>) -> Duration {
    let mut took: Vec<Duration> = took.map(|(.., took)| *took).collect();
    took.sort_unstable();
    took[(took.len() - 1) * of_hundred / 100]
}

impl fmt::Display for Storm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = |share: Duration| share.as_secs_f64() * 1e3;
        writeln!(f, "{COMMANDS} interactions in {} s, {} rooms dialled", SPAN.as_secs(), self.dials.len())?;
        for (what, kind) in [("all", None), ("those that store", Some(Kind::Stores))] {
            let [half, most, last] = [50, 99, 100].map(|of| millis(self.share(of, kind)));
            let quiet = millis(self.share_when_quiet(99, kind));
            writeln!(
                f,
                "{what}: event to answer p50 {half:.1} ms, p99 {most:.1} ms ({quiet:.1} ms in the quiet seconds), most {last:.1} ms"
            )?;
        }
        Ok(())
    }
}

/// Types the commands, evenly. Returns when each was.
/// Sends them all; the second list is of the presses.
async fn send(scene: &Scene) -> (BTreeMap<Id, Sent>, Vec<Id>) {
    let clock = Clock::system();
    let pause = SPAN / u32::try_from(COMMANDS).unwrap();
    let (start, mut sent, mut pages) = (clock.now(), BTreeMap::new(), BTreeMap::new());
    let mut presses = Vec::new();
    for nth in 0..COMMANDS {
        clock.sleep_until(later(start, pause * u32::try_from(nth).unwrap())).await;
        let (at, model, who) = (clock.now(), &scene.model, scene.people[nth % PEOPLE]);
        let (kind, asked) = match nth % KINDS {
            0 => (Kind::Stores, model.slash(who, scene.ops, "/call callees:p1")),
            3 => {
                let rung = 2 + nth / KINDS % (PEOPLE - 2);
                let asked = model.slash(who, scene.ops, &format!("/page policy:p{rung} message:db is down"));
                pages.insert(nth, (who, asked.clone()));
                (Kind::Stores, asked)
            }
            6 => (Kind::Looks, model.autocomplete(who, scene.ops, "/ack id:p")),
            8 if nth >= PRESSED_AFTER => {
                let (who, page) = pages[&(nth - PRESSED_AFTER - 5)].clone();
                let pressed = closes(model, who, page.unwrap());
                presses.extend(pressed.clone());
                (Kind::Stores, pressed)
            }
            _ => (Kind::Looks, model.slash(who, scene.ops, "/calls list")),
        };
        sent.insert(asked.unwrap(), Sent { nth, at, kind });
    }
    (sent, presses)
}

/// Presses *Close* on the card that the answer to `/page` became, whatever it shows by now.
fn closes(model: &Model, who: Id, page: Id) -> Result<Id, String> {
    let card = model.first_answer(page).ok_or("the page was not answered within a second")?;
    let id = PageId::of_delivery(&DeliveryKey::new(format!("discord:{page}")));
    model.click_made_up(who, card.id, &format!("c:{id}:Close"))
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
        // A call and a page are dialled in a tenth of all each.
        if (dials.is_empty() && rooms.len() >= 2 * COMMANDS / KINDS) || clock.now() > give_up {
            return rooms;
        }
        clock.sleep(Duration::from_millis(200)).await;
    }
}
