//! The model keeps its own rules: what it refuses, and with which number.

mod commands;
mod edge;
mod gateway;
mod interactions;
mod messages;
mod places;
mod schema;

use std::sync::Arc;
use std::time::Duration;

use callout::clock::{Clock, later};
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Discord, Id, RateLimits, Schema, Settings};

/// A model, a bot that is nothing but an HTTP client, ana, jack, and a channel.
struct Lab {
    clock: Clock,
    discord: Arc<Discord>,
    http: reqwest::Client,
    ana: Id,
    jack: Id,
    ops: Id,
}

/// Whatever was asked and answered is as Discord's own document has it.
impl Drop for Lab {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        if let Some(schema) = Schema::found() {
            let problems = schema.problems(&self.discord.journal());
            assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
        }
    }
}

impl Lab {
    async fn open() -> Self {
        Self::with(Settings { limits: RateLimits::none(), ..Settings::default() }).await
    }

    async fn with(settings: Settings) -> Self {
        let start: Timestamp = "2026-03-10T15:00:00Z".parse().unwrap();
        let clock = Clock::simulated(start);
        let discord = Discord::start(clock.clone(), settings).await;
        let (ana, jack) = (discord.add_user("ana"), discord.add_user("jack"));
        let ops = discord.add_channel("ops");
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let lab = Self { clock, discord, http, ana, jack, ops };
        lab.register(&table()).await;
        lab
    }

    /// Moves time; nobody sleeps here.
    fn wait(&self, span: Duration) {
        let to = later(self.clock.now(), span);
        while self.clock.advance_to(to) {}
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> reqwest::Result<reqwest::Response> {
        let url = format!("{}/api/v10{path}", self.discord.url());
        let request = self.http.request(method, url);
        let request = request.header("authorization", format!("Bot {}", self.discord.token()));
        match body {
            Some(body) => request.json(body).send().await,
            None => request.send().await,
        }
    }

    /// The status and the body of an answer.
    async fn call(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let body = (!body.is_null()).then_some(&body);
        let answer = self.send(method, path, body).await.unwrap();
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.call(Method::GET, path, Value::Null).await
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.call(Method::POST, path, body).await
    }

    async fn patch(&self, path: &str, body: Value) -> (u16, Value) {
        self.call(Method::PATCH, path, body).await
    }

    async fn delete(&self, path: &str) -> (u16, Value) {
        self.call(Method::DELETE, path, Value::Null).await
    }

    fn commands_path(&self) -> String {
        format!("/applications/{}/guilds/{}/commands", self.discord.application(), self.discord.guild())
    }

    async fn register(&self, table: &Value) -> Value {
        let (status, body) = self.call(Method::PUT, &self.commands_path(), table.clone()).await;
        assert_eq!(status, 200, "{body:#}");
        body
    }

    /// Answers an interaction.
    async fn callback(&self, interaction: Id, body: Value) -> (u16, Value) {
        self.post(&format!("/interactions/{interaction}/{}/callback", self.token(interaction)), body).await
    }

    fn token(&self, interaction: Id) -> String {
        self.discord.look(|state| state.interactions[&interaction].token.clone())
    }

    /// What the token of an interaction can still do.
    fn hook(&self, interaction: Id) -> String {
        format!("/webhooks/{}/{}", self.discord.application(), self.token(interaction))
    }

    /// ana types a command that the bot answers with `data`: the interaction and the message.
    async fn answered(&self, data: Value) -> (Id, Id) {
        let interaction = self.discord.slash(self.ana, self.ops, "/ping").unwrap();
        let done = self.callback(interaction, json!({ "type": 4, "data": data })).await;
        assert_eq!(done, (204, Value::Null));
        (interaction, self.discord.answers(interaction)[0].id)
    }

    /// The bot posts a message in the channel.
    async fn posted(&self, body: Value) -> Id {
        let (status, body) = self.post(&format!("/channels/{}/messages", self.ops), body).await;
        assert_eq!(status, 200, "{body:#}");
        id(&body)
    }

    fn message_path(&self, message: Id) -> String {
        format!("/channels/{}/messages/{message}", self.ops)
    }
}

fn id(body: &Value) -> Id {
    Id::of(&body["id"]).unwrap()
}

/// The code of an error, with its status.
fn problem((status, body): &(u16, Value)) -> (u16, u64) {
    (*status, body["code"].as_u64().unwrap_or_else(|| panic!("no problem: {status} {body:#}")))
}

/// The fields that an answer calls wrong, with Discord's words for it.
fn wrong((status, body): &(u16, Value)) -> Vec<String> {
    assert_eq!((*status, &body["code"]), (400, &json!(50035)), "{body:#}");
    let mut found = Vec::new();
    collect(&body["errors"], "", &mut found);
    found
}

fn collect(errors: &Value, path: &str, found: &mut Vec<String>) {
    for (key, inner) in errors.as_object().into_iter().flatten() {
        if key == "_errors" {
            let codes = inner.as_array().unwrap().iter().map(|error| error["code"].as_str().unwrap());
            found.extend(codes.map(|code| format!("{} {code}", path.trim_start_matches('.'))));
        } else {
            collect(inner, &format!("{path}.{key}"), found);
        }
    }
}

/// The commands of the bot of these tests.
fn table() -> Value {
    let text = |name: &str, required: bool| json!({ "type": 3, "name": name, "description": "a text", "required": required });
    let mut callees = text("callees", true);
    callees["autocomplete"] = json!(true);
    let mut media = text("media", false);
    media["choices"] = json!([{ "name": "audio", "value": "audio" }, { "name": "video", "value": "video" }]);
    let mut id = text("id", true);
    id["max_length"] = json!(8);
    let who = json!({ "type": 6, "name": "who", "description": "a person" });
    json!([
        { "name": "ping", "description": "answers" },
        {
            "name": "call", "description": "rings", "contexts": [0],
            "options": [callees, media, text("note", false)],
        },
        {
            "name": "calls", "description": "lists", "type": 1,
            "options": [
                { "type": 1, "name": "history", "description": "past ones", "options": [who] },
                { "type": 1, "name": "show", "description": "one", "options": [id] },
            ],
        },
        { "name": "admin", "description": "for few", "default_member_permissions": "8" },
    ])
}

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}
