//! Threads: started on a message, or on their own.

use super::super::check::checked_thread;
use super::super::ids::Id;
use super::super::permissions::bits;
use super::super::problem;
use super::super::state::{PUBLIC_THREAD, State, TEXT};
use super::channels::{allowed, seen};
use super::messages::found;
use super::{Call, Done, Reply};

pub(super) fn on_message(state: &mut State, call: &Call, channel: Id, message: Id) -> Done {
    start(state, call, channel, Some(message))
}

pub(super) fn alone(state: &mut State, call: &Call, channel: Id) -> Done {
    // The default is a private one, which the model does not have.
    if call.body["type"] != PUBLIC_THREAD {
        let message = "The model knows public threads only: type 11";
        return Err(problem::Problem::new(501, 0, message));
    }
    start(state, call, channel, None)
}

fn start(state: &mut State, call: &Call, channel: Id, message: Option<Id>) -> Done {
    let place = seen(state, channel)?;
    if place.kind != TEXT {
        return Err(problem::wrong_channel_kind());
    }
    if let Some(message) = message {
        found(state, channel, message)?;
        allowed(state, place, bits::READ_MESSAGE_HISTORY)?;
    }
    allowed(state, place, bits::CREATE_PUBLIC_THREADS)?;
    let named = checked_thread(&call.body)?;
    let owner = state.app.bot;
    let thread = state.start_thread(channel, message, owner, named)?;
    Ok(Reply::Json(201, state.channel_json(&state.channels[&thread])))
}
