//! Messages that the bot posts and changes with its own token.

use serde_json::Value;

use super::super::check::Draft;
use super::super::ids::Id;
use super::super::messages::{Origin, PLAIN};
use super::super::permissions::bits;
use super::super::problem::{self, Form, Problem};
use super::super::state::{Channel, Message, State, flags};
use super::channels::{allowed, is_not_archived, is_open, seen};
use super::{Call, Done, Reply};

/// Flags that a bot may set on its messages.
const SETTABLE: u64 = flags::SUPPRESS_EMBEDS | flags::SUPPRESS_NOTIFICATIONS;

/// A message that the bot's token reaches: one that a single person sees is none.
pub(super) fn found(state: &State, channel: Id, id: Id) -> Result<&Message, Problem> {
    let here = |message: &&Message| message.channel == channel && message.only_for.is_none();
    state.messages.get(&id).filter(here).ok_or_else(problem::unknown_message)
}

fn shown(state: &State, id: Id) -> Reply {
    Reply::Json(200, state.message_json(&state.messages[&id]))
}

pub(super) fn list(state: &State, call: &Call, id: Id) -> Done {
    let channel = seen(state, id)?;
    let limit = call.asks("limit").map_or(Ok(50), str::parse::<usize>).unwrap_or(0);
    if !(1..=100).contains(&limit) {
        let mut form = Form::default();
        form.wrong("limit", "NUMBER_TYPE_MIN", "int value should be between 1 and 100.");
        form.done()?;
    }
    let bound = |name: &str| call.asks(name).and_then(Id::read);
    let (before, after) = (bound("before"), bound("after"));
    let has_history = state.bot_permissions(channel) & bits::READ_MESSAGE_HISTORY != 0;
    let is_asked = |message: &&Message| {
        has_history
            && message.channel == id
            && message.only_for.is_none()
            && before.is_none_or(|before| message.id < before)
            && after.is_none_or(|after| message.id > after)
    };
    let asked = state.messages.values().filter(is_asked);
    let mut chosen: Vec<&Message> =
        if after.is_some() { asked.take(limit).collect() } else { asked.rev().take(limit).collect() };
    chosen.sort_by_key(|message| std::cmp::Reverse(message.id));
    Ok(Reply::Json(200, chosen.into_iter().map(|message| state.message_json(message)).collect()))
}

pub(super) fn get(state: &State, channel: Id, id: Id) -> Done {
    let place = seen(state, channel)?;
    if state.bot_permissions(place) & bits::READ_MESSAGE_HISTORY == 0 {
        return Err(problem::missing_access());
    }
    Ok(Reply::Json(200, state.message_json(found(state, channel, id)?)))
}

pub(super) fn create(state: &mut State, call: &Call, id: Id) -> Done {
    let channel = seen(state, id)?;
    let send = if channel.is_thread() { bits::SEND_MESSAGES_IN_THREADS } else { bits::SEND_MESSAGES };
    allowed(state, channel, send)?;
    is_open(state, channel)?;
    if channel.with.is_some_and(|user| state.users[&user].is_closed) {
        return Err(problem::user_is_closed());
    }
    let draft = Draft::read(&call.body, SETTABLE)?;
    may_embed(state, channel, &draft)?;
    let author = state.app.bot;
    let origin = Origin { channel: id, author, kind: PLAIN, interaction: None, only_for: None };
    let posted = state.post(origin, draft)?;
    Ok(shown(state, posted))
}

fn may_embed(state: &State, channel: &Channel, draft: &Draft) -> Result<(), Problem> {
    let embeds = draft.embeds.as_ref().is_some_and(|embeds| !embeds.is_empty());
    if embeds { allowed(state, channel, bits::EMBED_LINKS) } else { Ok(()) }
}

pub(super) fn change(state: &mut State, call: &Call, channel: Id, id: Id) -> Done {
    let place = seen(state, channel)?;
    let message = found(state, channel, id)?;
    if message.author != state.app.bot {
        return Err(problem::not_the_author());
    }
    is_not_archived(place)?;
    let draft = Draft::read(&call.body, SETTABLE)?;
    may_embed(state, place, &draft)?;
    state.edit(id, &draft)?;
    Ok(shown(state, id))
}

pub(super) fn delete(state: &mut State, channel: Id, id: Id) -> Done {
    let place = seen(state, channel)?;
    let message = found(state, channel, id)?;
    if message.author != state.app.bot {
        allowed(state, place, bits::MANAGE_MESSAGES)?;
    }
    is_not_archived(place)?;
    state.remove(id);
    Ok(Reply::Empty)
}

pub(super) fn pin(state: &mut State, channel: Id, id: Id, is_pinned: bool) -> Done {
    let place = seen(state, channel)?;
    allowed(state, place, bits::MANAGE_MESSAGES)?;
    found(state, channel, id)?;
    if let Some(message) = state.messages.get_mut(&id) {
        message.is_pinned = is_pinned;
    }
    Ok(Reply::Empty)
}

/// The body of an answer with one message.
pub(super) fn message_body(state: &State, id: Id) -> Value {
    state.message_json(&state.messages[&id])
}
