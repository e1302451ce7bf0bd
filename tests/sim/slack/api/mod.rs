//! The Web API: who may call which method, and what it answers.

mod chat;
mod conversations;
mod pins;
mod posting;
mod reply;
mod users;
mod views;

use serde_json::{Map, Value, json};

use super::problem::Problem;
use super::state::State;

pub(super) use posting::Said;
pub(super) use reply::late_answer;
pub(super) use views::open_view;

/// What a method answers: the fields beside `ok`.
type Answer = Result<Value, Problem>;

/// A request.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) method: String,
    pub(super) args: Map<String, Value>,
    pub(super) token: Option<String>,
    pub(super) is_json: bool,
    /// What was odd about the type of the body.
    pub(super) warning: Option<&'static str>,
}

impl Call {
    /// A text that was sent and is not empty.
    fn text(&self, name: &str) -> Option<&str> {
        self.args.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    fn needs(&self, name: &str) -> Result<&str, Problem> {
        self.text(name).ok_or_else(|| Problem::missing(name))
    }

    fn flag(&self, name: &str) -> bool {
        match self.args.get(name) {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::String(word)) => word == "true" || word == "1",
            _ => false,
        }
    }

    fn number(&self, name: &str) -> Option<usize> {
        let value = self.args.get(name)?;
        value.as_str().map_or_else(|| value.as_u64()?.try_into().ok(), |text| text.parse().ok())
    }

    /// Something with a structure: JSON in itself, or a text of a form that is JSON.
    fn structure(&self, name: &str) -> Result<Option<Value>, ()> {
        match self.args.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => serde_json::from_str(text).map(Some).map_err(|_| ()),
            Some(value) => Ok(Some(value.clone())),
        }
    }
}

/// Whose token a method wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Nobody,
    Bot,
    App,
    Either,
}

struct Method {
    name: &'static str,
    who: Who,
    /// All of them; what depends on the channel is asked later.
    scope: &'static str,
    takes_json: bool,
    /// Requests a minute.
    tier: u32,
    act: fn(&mut State, &Call) -> Answer,
}

const TIER_2: u32 = 20;
const TIER_3: u32 = 50;
const TIER_4: u32 = 100;
/// Where the documentation says "special": hundreds.
const SPECIAL: u32 = 600;

const fn bot(
    name: &'static str,
    scope: &'static str,
    tier: u32,
    act: fn(&mut State, &Call) -> Answer,
) -> Method {
    Method { name, who: Who::Bot, scope, takes_json: true, tier, act }
}

const fn forms(method: Method) -> Method {
    Method { takes_json: false, ..method }
}

const METHODS: &[Method] = &[
    Method { name: "api.test", who: Who::Nobody, scope: "", takes_json: true, tier: TIER_4, act: echo },
    Method { name: "auth.test", who: Who::Either, scope: "", takes_json: true, tier: SPECIAL, act: whoami },
    Method {
        name: "apps.connections.open",
        who: Who::App,
        scope: "connections:write",
        takes_json: false,
        tier: TIER_2,
        act: open_connection,
    },
    bot("chat.postMessage", "chat:write", SPECIAL, chat::post),
    bot("chat.postEphemeral", "chat:write", TIER_4, chat::whisper),
    bot("chat.update", "chat:write", TIER_3, chat::update),
    bot("chat.delete", "chat:write", TIER_3, chat::delete),
    forms(bot("chat.getPermalink", "", SPECIAL, chat::permalink)),
    bot("conversations.open", "im:write", TIER_3, conversations::open),
    bot("conversations.join", "channels:join", TIER_3, conversations::join),
    forms(bot("conversations.info", "", TIER_3, conversations::info)),
    forms(bot("conversations.members", "", TIER_4, conversations::members)),
    forms(bot("users.info", "users:read", TIER_4, users::info)),
    forms(bot("users.list", "users:read", TIER_2, users::list)),
    forms(bot("users.lookupByEmail", "users:read.email", TIER_3, users::by_email)),
    forms(bot("bots.info", "users:read", TIER_3, users::bot)),
    bot("views.open", "", TIER_4, views::open),
    bot("views.publish", "", TIER_4, views::publish),
    bot("views.update", "", TIER_4, views::update),
    bot("pins.add", "pins:write", TIER_2, pins::add),
    bot("pins.remove", "pins:write", TIER_2, pins::remove),
];

/// Carries a request out: what a method answers, and the scopes it wants.
pub(super) fn answer(state: &mut State, call: &Call) -> (Answer, &'static str) {
    let Some(method) = METHODS.iter().find(|method| method.name == call.method) else {
        state.complain(format!("a method that the model does not know: {}", call.method));
        return (Err(Problem::new("unknown_method").with("req_method", call.method.as_str())), "");
    };
    (permit(state, method, call).and_then(|()| (method.act)(state, call)), method.scope)
}

fn permit(state: &mut State, method: &Method, call: &Call) -> Result<(), Problem> {
    if method.who != Who::Nobody {
        let is_bot = authenticated(state, call)?;
        if (method.who == Who::Bot && !is_bot) || (method.who == Who::App && is_bot) {
            return Err(Problem::new("not_allowed_token_type"));
        }
        let granted = if is_bot { &state.settings.scopes } else { &state.settings.app_scopes };
        if !method.scope.is_empty() && !granted.iter().any(|scope| scope == method.scope) {
            return Err(Problem::scope(method.scope, granted));
        }
    }
    if call.is_json && !method.takes_json {
        // Slack reads no arguments from it, and then misses them.
        state.complain(format!("{} takes no JSON", method.name));
    }
    let most = state.settings.limits.of(method.name, method.tier);
    let taken = most.map_or(Ok(()), |most| state.used.window(state.now, method.name, most));
    taken.map_err(Problem::too_early)
}

/// Whose token it is: the bot's, or else the app's.
fn authenticated(state: &State, call: &Call) -> Result<bool, Problem> {
    let token = call.token.as_deref().ok_or_else(|| Problem::new("not_authed"))?;
    if state.app.revoked.contains(token) {
        return Err(Problem::new("token_revoked"));
    }
    match token {
        _ if token == state.app.bot_token => Ok(true),
        _ if token == state.app.app_token => Ok(false),
        _ => Err(Problem::new("invalid_auth")),
    }
}

fn echo(_: &mut State, call: &Call) -> Answer {
    match call.text("error") {
        Some(error) => Err(Problem::new(error).with("args", call.args.clone())),
        None => Ok(json!({ "args": call.args })),
    }
}

fn whoami(state: &mut State, call: &Call) -> Answer {
    if call.token.as_deref() == Some(&state.app.app_token) {
        return Ok(json!({ "app_name": state.users[&state.app.bot_user].real_name, "app_id": state.app.id }));
    }
    Ok(json!({
        "url": format!("{}/", state.root), "team": state.team.name, "team_id": state.team.id,
        "user": state.users[&state.app.bot_user].name, "user_id": state.app.bot_user,
        "bot_id": state.app.bot_id, "is_enterprise_install": false,
    }))
}

fn open_connection(state: &mut State, _: &Call) -> Answer {
    if state.settings.transport != super::settings::Transport::Socket {
        return Err(Problem::new("forbidden_team"));
    }
    let ticket = state.sockets.ticket(state.now);
    let host = state.root.trim_start_matches("http");
    Ok(json!({ "url": format!("ws{host}/link/?ticket={ticket}&app_id={}", state.app.id) }))
}
