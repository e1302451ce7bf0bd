//! "The first five minutes" of the README, in order, at the built sandbox, in real time.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::kit::{Program, callout};

const README: &str = include_str!("../../README.md");

/// How long anything in these steps may take to be seen, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

struct Reader {
    http: reqwest::Client,
    sandbox: Program,
}

impl Reader {
    async fn sends(&self, path: &str, body: Value) -> Value {
        let url = format!("{}/sandbox/{path}", self.sandbox.address);
        self.http.post(url).json(&body).send().await.unwrap().json().await.unwrap_or_default()
    }

    /// Types what the README says, as `person`. The receipt, which is no refusal.
    async fn types(&self, person: &str, line: &str) -> String {
        assert!(README.contains(&format!("`{line}`")), "the README does not say {line}");
        let answered = self.sends(&format!("desk/{person}"), json!({ "text": line })).await;
        let text = answered["receipt"]["text"].as_str().unwrap_or_default().to_owned();
        assert!(!text.contains("allowed at"), "{line} is refused: {text}");
        text
    }

    async fn phone(&self, account: &str, does: &str) {
        self.sends(&format!("handset/{account}/{does}"), json!({})).await;
    }

    async fn rings(&self, account: &str) {
        let path = format!("handset/{account}");
        self.until(&path, |phone| phone["state"] == "ringing").await;
    }

    /// Waits until the newest card says so.
    async fn card_says(&self, words: &str) -> String {
        let shown = self.until("channel", |channel| {
            let card = channel["cards"].as_array().and_then(|cards| cards.last());
            card.is_some_and(|card| card["text"].as_str().unwrap_or_default().contains(words))
        });
        let shown = shown.await;
        shown["cards"].as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned()
    }

    async fn until(&self, path: &str, holds: impl Fn(&Value) -> bool) -> Value {
        #[expect(clippy::disallowed_methods, reason = "a test in real time")]
        let end = Instant::now() + PATIENCE;
        loop {
            let url = format!("{}/sandbox/{path}", self.sandbox.address);
            let seen: Value = self.http.get(url).send().await.unwrap().json().await.unwrap();
            if holds(&seen) {
                return seen;
            }
            #[expect(clippy::disallowed_methods, reason = "a test in real time")]
            let late = Instant::now() > end;
            assert!(!late, "never came: {seen}");
            #[expect(clippy::disallowed_methods, reason = "a test in real time")]
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test]
async fn the_first_five_minutes_work_as_they_are_written() {
    let home = TempDir::new().unwrap();
    let mut command = callout(home.path());
    command.args(["sandbox", "--port", "0"]).stderr(Stdio::null());
    let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
    let reader = Reader { http, sandbox: Program::start(command) };

    reader.types("ana", "/call jack video").await;
    reader.rings("jack").await;
    reader.phone("jack", "answer").await;
    reader.card_says("answered").await;
    reader.phone("jack", "hangup").await;
    let card = reader.card_says("ended after").await;
    reader.sends("desk/ana/press", json!({ "card": card, "button": "Ring again" })).await;
    reader.rings("jack").await;
    reader.phone("jack", "decline").await;
    reader.card_says("declined").await;

    reader.types("ana", "/call jack mira audio standup").await;
    reader.rings("mira").await;
    reader.rings("jack").await;
    reader.phone("mira", "decline").await;
    reader.phone("jack", "decline").await;
    reader.card_says("standup").await;
    for (state, said) in [("busy", "jack is in another call"), ("offline", "jack's phone is offline")] {
        reader.phone("jack", state).await;
        let said_at_once = reader.sends("desk/ana", json!({ "text": "/call jack" })).await;
        assert!(said_at_once["receipt"]["card"].is_string(), "{said_at_once}");
        reader.card_says(said).await;
        reader.phone("jack", "online").await;
    }
    let said = reader.types("ana", "/oncall").await;
    let on_call = ["ana", "jack", "mira"].into_iter().find(|person| said.contains(person)).unwrap();
    reader.types("ana", "/call oncall:support").await;
    reader.rings(on_call).await;
    reader.phone(on_call, "decline").await;
    reader.card_says("declined").await;
    reader.types("ana", "/oncall simulate support Mon 08:59").await;
    reader.types("ana", "/page support db is down").await;
    reader.rings(on_call).await;
    reader.types(on_call, "/ack").await;
    reader.card_says(&format!("{on_call} has it")).await;
    reader.types("ana", "/call jakc").await;
    reader.types("guest", "/call mira").await;
    let said = reader.types("guest", "/callout link jack").await;
    assert!(said.contains("code"), "{said}");
    reader.rings("jack").await;
}
