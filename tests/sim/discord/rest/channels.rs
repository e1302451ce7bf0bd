//! Channels, threads as channels, and direct messages.

use serde_json::Value;

use super::super::check::checked_minutes;
use super::super::ids::Id;
use super::super::permissions::bits;
use super::super::problem::{self, Form, Problem};
use super::super::state::{Channel, State};
use super::{Call, Done, Reply};

/// A channel that the bot can see.
pub(super) fn seen(state: &State, id: Id) -> Result<&Channel, Problem> {
    let channel = state.channels.get(&id).ok_or_else(problem::unknown_channel)?;
    let is_seen = state.bot_permissions(channel) & bits::VIEW_CHANNEL != 0;
    is_seen.then_some(channel).ok_or_else(problem::missing_access)
}

/// Whether the bot may do all of `wanted` there.
pub(super) fn allowed(state: &State, channel: &Channel, wanted: u64) -> Result<(), Problem> {
    let may = state.bot_permissions(channel) & wanted == wanted;
    may.then_some(()).ok_or_else(problem::missing_permissions)
}

/// Whether the bot may write there, as far as the thread's state goes. An archived thread comes back by itself.
pub(super) fn is_open(state: &State, channel: &Channel) -> Result<(), Problem> {
    let is_locked = channel.thread.as_ref().is_some_and(|thread| thread.locked);
    if is_locked && state.bot_permissions(channel) & bits::MANAGE_THREADS == 0 {
        return Err(problem::thread_is_locked());
    }
    Ok(())
}

/// Whether what is in it may be changed.
pub(super) fn is_not_archived(channel: &Channel) -> Result<(), Problem> {
    let is_archived = channel.thread.as_ref().is_some_and(|thread| thread.archived);
    if is_archived { Err(problem::thread_is_archived()) } else { Ok(()) }
}

pub(super) fn get(state: &State, id: Id) -> Done {
    Ok(Reply::Json(200, state.channel_json(seen(state, id)?)))
}

/// Opens the direct message channel with somebody.
pub(super) fn direct(state: &mut State, call: &Call) -> Done {
    let user = Id::of(&call.body["recipient_id"]).filter(|user| state.users.contains_key(user));
    let user = user.filter(|user| !state.is_bot(*user));
    let user = user.ok_or_else(|| Problem::new(400, 50033, "Invalid Recipient(s)"))?;
    let channel = state.direct(user);
    Ok(Reply::Json(200, state.channel_json(&state.channels[&channel])))
}

/// Archives, locks, renames a thread.
pub(super) fn change(state: &mut State, call: &Call, id: Id) -> Done {
    let channel = seen(state, id)?;
    let Some(thread) = &channel.thread else { return Err(problem::wrong_channel_kind()) };
    let is_manager = state.bot_permissions(channel) & bits::MANAGE_THREADS != 0;
    let is_own = state.is_bot(thread.owner) && !thread.locked && call.body["locked"].is_null();
    let only_archives =
        call.body.as_object().is_some_and(|fields| fields.keys().all(|key| key == "archived"));
    let may_wake = !thread.locked && only_archives && call.body["archived"] == false;
    if !is_manager && !is_own && !may_wake {
        return Err(problem::missing_permissions());
    }
    if thread.archived && call.body["archived"] != false {
        return Err(problem::thread_is_archived());
    }
    let mut form = Form::default();
    if !call.body["name"].is_null() {
        form.text("name", &call.body["name"], 1, 100);
    }
    let minutes = checked_minutes(&mut form, &call.body["auto_archive_duration"]);
    form.done()?;
    state.change_thread(id, &call.body, minutes);
    Ok(Reply::Json(200, state.channel_json(&state.channels[&id])))
}

impl State {
    fn change_thread(&mut self, id: Id, body: &Value, minutes: Option<u64>) {
        let now = self.now;
        let Some(channel) = self.channels.get_mut(&id) else { return };
        if let Some(name) = body["name"].as_str() {
            name.clone_into(&mut channel.name);
        }
        if let Some(thread) = &mut channel.thread {
            thread.locked = body["locked"].as_bool().unwrap_or(thread.locked);
            let archived = body["archived"].as_bool().unwrap_or(thread.archived);
            if archived != thread.archived {
                thread.archived_at = now;
            }
            thread.archived = archived;
            thread.auto_archive_minutes = minutes.unwrap_or(thread.auto_archive_minutes);
        }
        self.tell_channel("THREAD_UPDATE", id);
    }
}
