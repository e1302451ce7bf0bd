//! The REST interface below `/api/v10`: which request does what.

mod apps;
mod callbacks;
mod channels;
mod guilds;
mod messages;
mod threads;
mod webhooks;

use serde_json::Value;

use super::ids::Id;
use super::limits::Lane;
use super::problem::{self, Form, Problem};
use super::state::State;

/// A request, decoded.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) method: String,
    /// The path below `/api/v10`, decoded.
    pub(super) parts: Vec<String>,
    pub(super) query: Vec<(String, String)>,
    pub(super) authorization: Option<String>,
    /// `Null` without a body.
    pub(super) body: Value,
    pub(super) is_bad_json: bool,
    /// Where the gateway is.
    pub(super) gateway: String,
}

/// What is answered.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Reply {
    Json(u16, Value),
    /// 204.
    Empty,
}

type Done = Result<Reply, Problem>;

impl Call {
    fn asks(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether it answers an interaction: no token of the bot's is needed, and the global limit does not hold.
    fn answers_interaction(&self) -> bool {
        matches!(self.parts.first().map(String::as_str), Some("interactions" | "webhooks"))
    }

    pub(super) fn is_authorized(&self, token: &str) -> bool {
        self.authorization.as_deref().and_then(|header| header.strip_prefix("Bot ")) == Some(token)
    }

    /// Its bucket.
    pub(super) fn lane(&self) -> Lane {
        let first = self.parts.first().map_or("", String::as_str);
        let has_token = matches!(first, "interactions" | "webhooks");
        let is_parameter = |at: usize, part: &str| {
            part.bytes().all(|b| b.is_ascii_digit()) || part == "@original" || (has_token && at == 2)
        };
        let parts = self.parts.iter().enumerate();
        let path = parts.fold(String::new(), |path, (at, part)| {
            path + "/" + if is_parameter(at, part) { "*" } else { part }
        });
        let majors = match first {
            "channels" | "guilds" => 1..2,
            "webhooks" | "interactions" => 1..3,
            _ => 0..0,
        };
        Lane {
            route: format!("{} {path}", self.method),
            major: self.parts.get(majors).unwrap_or_default().join("/"),
            is_global: !self.answers_interaction(),
        }
    }
}

/// A snowflake of a path.
fn id(name: &str, text: &str) -> Result<Id, Problem> {
    Id::read(text).ok_or_else(|| {
        let mut form = Form::default();
        form.wrong(name, "NUMBER_TYPE_COERCE", &format!("Value \"{text}\" is not snowflake."));
        form.done().expect_err("it is wrong")
    })
}

/// Carries a request out.
pub(super) fn answer(state: &mut State, call: &Call) -> Done {
    let parts: Vec<&str> = call.parts.iter().map(String::as_str).collect();
    let (method, parts) = (call.method.as_str(), parts.as_slice());
    if let ("GET", ["gateway"]) = (method, parts) {
        return Ok(apps::gateway(call));
    }
    if !call.answers_interaction() && !call.is_authorized(&state.app.token) {
        return Err(problem::unauthorized());
    }
    if call.is_bad_json {
        return Err(problem::bad_json());
    }
    match parts.first() {
        Some(&"interactions" | &"webhooks") => of_interactions(state, call, (method, parts)),
        Some(&"channels") => of_channels(state, call, (method, parts)),
        Some(&"guilds") => of_guilds(state, (method, parts)),
        _ => of_the_application(state, call, (method, parts)),
    }
}

fn of_interactions(state: &mut State, call: &Call, request: (&str, &[&str])) -> Done {
    match request {
        ("POST", ["interactions", interaction, token, "callback"]) => {
            callbacks::create(state, call, id("interaction_id", interaction)?, token)
        }
        ("POST", ["webhooks", app, token]) => webhooks::follow_up(state, call, id("webhook_id", app)?, token),
        ("GET", ["webhooks", app, token, "messages", message]) => {
            webhooks::get(state, id("webhook_id", app)?, token, message)
        }
        ("PATCH", ["webhooks", app, token, "messages", message]) => {
            webhooks::edit(state, call, (id("webhook_id", app)?, token), message)
        }
        ("DELETE", ["webhooks", app, token, "messages", message]) => {
            webhooks::delete(state, id("webhook_id", app)?, token, message)
        }
        _ => not_modelled(request),
    }
}

fn of_channels(state: &mut State, call: &Call, (method, parts): (&str, &[&str])) -> Done {
    let Some(channel) = parts.get(1) else { return not_modelled((method, parts)) };
    let channel = id("channel_id", channel)?;
    let message = |text: &str| id("message_id", text);
    match (method, &parts[2..]) {
        ("GET", []) => channels::get(state, channel),
        ("PATCH", []) => channels::change(state, call, channel),
        ("GET", ["messages"]) => messages::list(state, call, channel),
        ("POST", ["messages"]) => messages::create(state, call, channel),
        ("PUT", ["messages", "pins", m] | ["pins", m]) => messages::pin(state, channel, message(m)?, true),
        ("DELETE", ["messages", "pins", m] | ["pins", m]) => {
            messages::pin(state, channel, message(m)?, false)
        }
        ("GET", ["messages", m]) => messages::get(state, channel, message(m)?),
        ("PATCH", ["messages", m]) => messages::change(state, call, channel, message(m)?),
        ("DELETE", ["messages", m]) => messages::delete(state, channel, message(m)?),
        ("POST", ["messages", m, "threads"]) => threads::on_message(state, call, channel, message(m)?),
        ("POST", ["threads"]) => threads::alone(state, call, channel),
        _ => not_modelled((method, parts)),
    }
}

fn of_guilds(state: &State, (method, parts): (&str, &[&str])) -> Done {
    let Some(guild) = parts.get(1) else { return not_modelled((method, parts)) };
    let guild = guilds::seen(state, id("guild_id", guild)?)?;
    match (method, &parts[2..]) {
        ("GET", []) => Ok(guilds::get(guild)),
        ("GET", ["roles"]) => Ok(Reply::Json(200, guild.roles_json())),
        ("GET", ["channels"]) => Ok(guilds::channels(state, guild)),
        ("GET", ["threads", "active"]) => Ok(guilds::active_threads(state, guild)),
        ("GET", ["members", user]) => guilds::member(state, guild, id("user_id", user)?),
        _ => not_modelled((method, parts)),
    }
}

fn of_the_application(state: &mut State, call: &Call, request: (&str, &[&str])) -> Done {
    match request {
        ("GET", ["gateway", "bot"]) => Ok(apps::gateway_of_bot(state, call)),
        ("GET", ["users", "@me"]) => Ok(apps::me(state)),
        ("GET", ["users", "@me", "guilds"]) => Ok(guilds::of_bot(state)),
        ("POST", ["users", "@me", "channels"]) => channels::direct(state, call),
        ("GET", ["applications" | "oauth2", .., "@me"]) => Ok(Reply::Json(200, state.application_json())),
        (method, ["applications", app, "commands"]) => {
            apps::commands(state, call, (method, id("application_id", app)?), None)
        }
        (method, ["applications", app, "guilds", guild, "commands"]) => {
            let guild = id("guild_id", guild)?;
            apps::commands(state, call, (method, id("application_id", app)?), Some(guild))
        }
        _ => not_modelled(request),
    }
}

/// Louder than a 404: a test that meets it lacks a part of the model.
fn not_modelled((method, parts): (&str, &[&str])) -> Done {
    Err(Problem::new(501, 0, &format!("The model does not know {method} /{}", parts.join("/"))))
}
