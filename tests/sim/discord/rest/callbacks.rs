//! The first answer to an interaction.

use serde_json::{Value, json};

use super::super::check::{Draft, checked_choices, checked_modal};
use super::super::entities::is_ephemeral;
use super::super::ids::Id;
use super::super::messages::{COMMAND_ANSWER, Origin, PLAIN};
use super::super::problem::{self, Form, Problem};
use super::super::state::{ANSWER_WITHIN, Answer, Kind, State, flags};
use super::channels::is_open;
use super::{Call, Done, Reply};

/// Flags that may be set on an answer.
pub(super) const SETTABLE: u64 = flags::SUPPRESS_EMBEDS | flags::SUPPRESS_NOTIFICATIONS | flags::EPHEMERAL;

pub(super) fn create(state: &mut State, call: &Call, id: Id, token: &str) -> Done {
    let interaction = state.interactions.get(&id).filter(|interaction| interaction.token == token);
    let interaction = interaction.ok_or_else(problem::unknown_interaction)?;
    if interaction.answer != Answer::None {
        return Err(problem::already_acknowledged());
    }
    if state.is_past(interaction.at, ANSWER_WITHIN) {
        return Err(problem::unknown_interaction());
    }
    let (kind, source) = (interaction.kind, interaction.source);
    let (answer, original) = match (call.body["type"].as_u64(), kind) {
        (Some(4), Kind::Command | Kind::Component | Kind::Modal) => {
            (Answer::Message, Some(post(state, id, &call.body["data"])?))
        }
        (Some(5), Kind::Command | Kind::Component | Kind::Modal) => {
            (Answer::Message, Some(post_thinking(state, id, &call.body["data"])?))
        }
        (Some(6), Kind::Component | Kind::Modal) if source.is_some() => (Answer::Update, source),
        (Some(7), Kind::Component | Kind::Modal) if source.is_some() => {
            update(state, source, &call.body["data"])?;
            (Answer::Update, source)
        }
        (Some(8), Kind::Autocomplete) => (Answer::Choices(checked_choices(&call.body["data"])?), None),
        (Some(9), Kind::Command | Kind::Component) => {
            (Answer::Modal(checked_modal(&call.body["data"])?), None)
        }
        _ => return Err(wrong_type(kind)),
    };
    let first = original.and_then(|id| state.messages.get(&id)).map(|message| state.seen(message));
    if let Some(interaction) = state.interactions.get_mut(&id) {
        interaction.first = first;
        interaction.answer = answer;
        interaction.original = original;
    }
    let wants_body = call.asks("with_response").is_some_and(|value| matches!(value, "true" | "1" | "True"));
    Ok(if wants_body { Reply::Json(200, resource(state, id, &call.body["type"])) } else { Reply::Empty })
}

fn wrong_type(kind: Kind) -> Problem {
    let mut form = Form::default();
    let values = match kind {
        Kind::Autocomplete => "8",
        Kind::Command => "4, 5, 9",
        Kind::Component => "4, 5, 6, 7, 9",
        Kind::Modal => "4, 5, 6, 7",
    };
    form.one_of("type", values);
    form.done().expect_err("it is wrong")
}

/// Where an answer of interaction `id` goes. Only the person sees it when it is ephemeral.
pub(super) fn origin(state: &State, id: Id, is_ephemeral: bool) -> Result<Origin, Problem> {
    let interaction = &state.interactions[&id];
    if !is_ephemeral {
        is_open(state, &state.channels[&interaction.channel])?;
    }
    let is_first_of_command = interaction.kind == Kind::Command && interaction.answer == Answer::None;
    Ok(Origin {
        channel: interaction.channel,
        author: state.app.bot,
        kind: if is_first_of_command { COMMAND_ANSWER } else { PLAIN },
        interaction: Some(id),
        only_for: is_ephemeral.then_some(interaction.user),
    })
}

fn post(state: &mut State, id: Id, data: &Value) -> Result<Id, Problem> {
    let draft = Draft::read(data, SETTABLE).map_err(below_data)?;
    let origin = origin(state, id, draft.flags.unwrap_or(0) & flags::EPHEMERAL != 0)?;
    state.post(origin, draft)
}

fn post_thinking(state: &mut State, id: Id, data: &Value) -> Result<Id, Problem> {
    let ephemeral = data["flags"].as_u64().unwrap_or(0) & flags::EPHEMERAL;
    let origin = origin(state, id, ephemeral != 0)?;
    state.post(origin, Draft { flags: Some(ephemeral | flags::LOADING), ..Draft::default() })
}

fn update(state: &mut State, source: Option<Id>, data: &Value) -> Result<(), Problem> {
    let source = source.filter(|id| state.messages.contains_key(id)).ok_or_else(problem::unknown_message)?;
    let draft = Draft::read(data, SETTABLE).map_err(below_data)?;
    state.edit(source, &draft)
}

/// The errors of a callback's message stand below `data`.
fn below_data(mut problem: Problem) -> Problem {
    if let Some(errors) = problem.more.remove("errors") {
        problem.more.insert("errors".to_owned(), json!({ "data": errors }));
    }
    problem
}

/// What `with_response` asks for.
fn resource(state: &State, id: Id, kind: &Value) -> Value {
    let interaction = &state.interactions[&id];
    let mut about = json!({ "id": id, "type": interaction.kind as u8, "channel_id": interaction.channel });
    if let Some(guild) = state.channels[&interaction.channel].guild {
        about["guild_id"] = guild.json();
    }
    let mut body = json!({});
    if let Some(message) = interaction.original.and_then(|id| state.messages.get(&id)) {
        about["response_message_id"] = message.id.json();
        about["response_message_loading"] = json!(message.is_loading());
        about["response_message_ephemeral"] = json!(is_ephemeral(message));
        // Those that are deferred have none.
        if matches!(kind.as_u64(), Some(4 | 7)) {
            body["resource"] = json!({ "type": kind, "message": state.message_json(message) });
        }
    }
    body["interaction"] = about;
    body
}
