//! The model keeps its own rules: what it refuses, and in which words.

mod blocks;
mod chat;
mod doors;
mod faults;
mod late;
mod lists;
mod modals;
mod socket;
mod socket_life;
mod web;

use std::sync::Arc;
use std::time::Duration;

use callout::clock::{Clock, later};
use serde_json::{Value, json};

use super::{Limits, Settings, Slack};

/// Turns of the event loop without work, after which nothing is in flight.
const QUIET_TURNS: u32 = 120;

/// A model, a bot that is nothing but an HTTP client, ana, jack, and a channel with both.
struct Lab {
    clock: Clock,
    slack: Arc<Slack>,
    http: reqwest::Client,
    ana: String,
    jack: String,
    ops: String,
}

impl Lab {
    async fn open() -> Self {
        Self::with(Settings { limits: Limits::none(), ..Settings::default() }).await
    }

    async fn with(settings: Settings) -> Self {
        let clock = Clock::simulated("2026-03-10T15:00:00Z".parse().unwrap());
        let slack = Slack::start(clock.clone(), settings).await;
        let (ana, jack) = (slack.person("ana"), slack.person("jack"));
        let ops = slack.channel("ops", &[&ana, &jack]);
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { clock, slack, http, ana, jack, ops }
    }

    /// Calls a method with JSON and the bot's token: the status and what was answered.
    async fn call(&self, method: &str, body: Value) -> (u16, Value) {
        self.call_as(&self.slack.bot_token(), method, body).await
    }

    async fn call_as(&self, token: &str, method: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/{method}", self.slack.api_url());
        let request = self.http.post(url).bearer_auth(token).body(body.to_string());
        read(request.header("content-type", "application/json; charset=utf-8")).await
    }

    /// Calls a method with a form and the bot's token.
    async fn form(&self, method: &str, fields: &[(&str, &str)]) -> Value {
        let url = format!("{}/{method}", self.slack.api_url());
        let owned: Vec<_> =
            fields.iter().map(|(name, value)| (String::from(*name), String::from(*value))).collect();
        let request =
            self.http.post(url).bearer_auth(self.slack.bot_token()).body(super::form::encode(&owned));
        read(request.header("content-type", "application/x-www-form-urlencoded")).await.1
    }

    /// Calls a method that has to succeed.
    async fn does(&self, method: &str, body: Value) -> Value {
        let (status, answer) = self.call(method, body).await;
        assert_eq!((status, &answer["ok"]), (200, &json!(true)), "{method}: {answer:#}");
        answer
    }

    /// The error of a method that is refused with status 200.
    async fn error(&self, method: &str, body: Value) -> String {
        let (status, answer) = self.call(method, body).await;
        assert_eq!((status, &answer["ok"]), (200, &json!(false)), "{method}: {answer:#}");
        answer["error"].as_str().unwrap().to_owned()
    }

    /// The bot posts a text in the channel. Returns its time.
    async fn posted(&self, text: &str) -> String {
        let answer = self.does("chat.postMessage", json!({ "channel": self.ops, "text": text })).await;
        answer["ts"].as_str().unwrap().to_owned()
    }

    /// The bot posts a text and a button in the channel. Returns its time.
    async fn posted_button(&self) -> String {
        let blocks = json!([
            { "type": "section", "text": { "type": "mrkdwn", "text": "ana calls jack" } },
            { "type": "actions", "block_id": "row", "elements": [button("Hang up", "hangup", "c1")] },
        ]);
        let body = json!({ "channel": self.ops, "text": "ana calls jack", "blocks": blocks });
        self.does("chat.postMessage", body).await["ts"].as_str().unwrap().to_owned()
    }

    /// Lets everything in flight come to its end; time stands still.
    async fn settle(&self) {
        let mut quiet = 0;
        while quiet < QUIET_TURNS {
            tokio::task::yield_now().await;
            quiet = if self.clock.in_flight() == 0 { quiet + 1 } else { 0 };
        }
    }

    /// Moves time, stopping wherever something is due.
    async fn advance(&self, span: Duration) {
        let to = later(self.clock.now(), span);
        self.settle().await;
        while self.clock.advance_to(to) {
            self.settle().await;
        }
        self.settle().await;
    }

    /// Nothing was passed over in silence.
    fn is_content(&self) {
        assert_eq!(self.slack.complaints(), Vec::<String>::new());
    }

    /// The one thing that was passed over in silence.
    fn complaint(&self) -> String {
        let all = self.slack.complaints();
        assert_eq!(all.len(), 1, "{all:#?}");
        all[0].clone()
    }
}

async fn read(request: reqwest::RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

fn button(text: &str, action_id: &str, value: &str) -> Value {
    json!({
        "type": "button", "text": { "type": "plain_text", "text": text }, "action_id": action_id, "value": value,
    })
}

/// A modal with one text to fill in.
fn modal() -> Value {
    json!({
        "type": "modal", "callback_id": "page", "private_metadata": "secret", "notify_on_close": true,
        "title": { "type": "plain_text", "text": "Page" }, "submit": { "type": "plain_text", "text": "Send" },
        "blocks": [
            { "type": "section", "text": { "type": "mrkdwn", "text": "Whom?" }, "accessory": button("Me", "me", "1") },
            {
                "type": "input", "block_id": "why", "label": { "type": "plain_text", "text": "Why" },
                "element": { "type": "plain_text_input", "action_id": "text", "max_length": 20, "min_length": 3 },
            },
        ],
    })
}

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}
