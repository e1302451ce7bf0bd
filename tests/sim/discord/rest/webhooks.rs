//! What an interaction's token can still do: the answer, and more answers.

use super::super::check::Draft;
use super::super::ids::Id;
use super::super::problem::{self, Problem};
use super::super::state::{Answer, State, TOKEN_LIFE, flags};
use super::callbacks::{SETTABLE, origin};
use super::channels::is_not_archived;
use super::messages::message_body;
use super::{Call, Done, Reply};

/// The interaction of a token that still works.
fn alive(state: &State, app: Id, token: &str) -> Result<Id, Problem> {
    let id = state.tokens.get(token).filter(|_| app == state.app.id).ok_or_else(problem::unknown_webhook)?;
    let interaction = &state.interactions[id];
    if state.is_past(interaction.at, TOKEN_LIFE) {
        return Err(problem::dead_token());
    }
    // Before the first answer, and for ever if that did not come in time.
    if interaction.answer == Answer::None {
        return Err(problem::unknown_webhook());
    }
    Ok(*id)
}

/// A message that interaction `id` answered with, or that its component is on.
fn found(state: &State, id: Id, message: &str) -> Result<Id, Problem> {
    let interaction = &state.interactions[&id];
    let asked = match message {
        "@original" => interaction.original,
        other => Some(super::id("message_id", other)?),
    };
    let is_its = |asked: &Id| {
        let message = state.messages.get(asked);
        message.is_some_and(|message| message.interaction == Some(id) || interaction.original == Some(*asked))
    };
    asked.filter(is_its).ok_or_else(problem::unknown_message)
}

pub(super) fn get(state: &State, app: Id, token: &str, message: &str) -> Done {
    let interaction = alive(state, app, token)?;
    let found = found(state, interaction, message)?;
    Ok(Reply::Json(200, message_body(state, found)))
}

pub(super) fn edit(state: &mut State, call: &Call, (app, token): (Id, &str), message: &str) -> Done {
    let interaction = alive(state, app, token)?;
    let found = found(state, interaction, message)?;
    is_not_archived(&state.channels[&state.messages[&found].channel])?;
    let draft = Draft::read(&call.body, SETTABLE)?;
    state.edit(found, &draft)?;
    Ok(Reply::Json(200, message_body(state, found)))
}

pub(super) fn delete(state: &mut State, app: Id, token: &str, message: &str) -> Done {
    let interaction = alive(state, app, token)?;
    let found = found(state, interaction, message)?;
    state.remove(found);
    Ok(Reply::Empty)
}

/// One more message. The first after "is thinking" takes its place, and its visibility.
pub(super) fn follow_up(state: &mut State, call: &Call, app: Id, token: &str) -> Done {
    let id = alive(state, app, token)?;
    let draft = Draft::read(&call.body, SETTABLE)?;
    let original = state.interactions[&id].original.and_then(|id| state.messages.get(&id));
    let posted = match original.filter(|message| message.is_loading()).map(|message| message.id) {
        Some(thinking) => {
            state.edit(thinking, &draft)?;
            thinking
        }
        None => {
            let origin = origin(state, id, draft.flags.unwrap_or(0) & flags::EPHEMERAL != 0)?;
            state.post(origin, draft)?
        }
    };
    Ok(Reply::Json(200, message_body(state, posted)))
}
