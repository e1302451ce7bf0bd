//! `chat.*`.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::limits::Pace;
use super::super::problem::Problem;
use super::super::state::{Kind, Message, State};
use super::posting::{Said, TEXT_MAX};
use super::{Answer, Call};

/// Characters of an edited message's text: "cannot exceed 4,000 characters".
const EDIT_MAX: usize = 4000;

pub(super) fn post(state: &mut State, call: &Call) -> Answer {
    let channel = state.postable(call.needs("channel")?)?;
    customized(state, call)?;
    let said = Said::of(call)?.not_empty()?;
    let thread = state.thread_for(&channel, call.text("thread_ts"))?;
    paced(state, &channel)?;
    let bot = state.app.bot_user.clone();
    let has_thread = thread.is_some();
    let ts = state.put((&channel, thread), &bot, None, said);
    let key = (channel.clone(), ts.clone());
    let message = state.messages.get_mut(&key).expect("was just put there");
    message.is_broadcast = has_thread && call.flag("reply_broadcast");
    let message = state.message_json(&state.messages[&key]);
    Ok(json!({ "channel": channel, "ts": ts, "message": message }))
}

/// A name or picture of one's own needs a scope of its own.
fn customized(state: &State, call: &Call) -> Result<(), Problem> {
    const SCOPE: &str = "chat:write.customize";
    let wants = ["username", "icon_emoji", "icon_url"].iter().any(|name| call.text(name).is_some());
    if wants && !state.has_scope(SCOPE) {
        return Err(Problem::scope(SCOPE, &state.settings.scopes));
    }
    Ok(())
}

/// One message a second in a channel, and hundreds a minute in the workspace.
fn paced(state: &mut State, channel: &str) -> Result<(), Problem> {
    let limits = state.settings.limits.clone();
    if let Some(pace) = limits.posts {
        state.used.pace(state.now, channel, pace).map_err(Problem::too_early)?;
    }
    if let Some(most) = limits.workspace_posts {
        state.used.window(state.now, "posts", most).map_err(Problem::too_early)?;
    }
    Ok(())
}

/// The pace of one `response_url`: as for an incoming webhook.
pub(super) const WEBHOOK_PACE: Pace = Pace { burst: 5, span: Duration::from_secs(1) };

pub(super) fn whisper(state: &mut State, call: &Call) -> Answer {
    let channel = state.postable(call.needs("channel")?)?;
    let user = call.needs("user")?;
    customized(state, call)?;
    if !state.channels[&channel].members.contains(user) {
        return Err(Problem::new("user_not_in_channel"));
    }
    let said = Said::of(call)?.not_empty()?;
    if said.text.as_ref().is_some_and(|text| text.chars().count() > TEXT_MAX) {
        return Err(Problem::new("msg_too_long"));
    }
    let thread = state.thread_for(&channel, call.text("thread_ts"))?;
    let bot = state.app.bot_user.clone();
    let ts = state.put((&channel, thread), &bot, Some(user), said);
    Ok(json!({ "message_ts": ts }))
}

/// The bot's own message, for editing or deleting.
fn own<'s>(state: &'s State, call: &Call, otherwise: &str) -> Result<&'s Message, Problem> {
    let (channel, ts) = (call.needs("channel")?, call.needs("ts")?);
    let place = state.known_channel(channel)?;
    if place.is_archived {
        return Err(Problem::new("is_inactive"));
    }
    if place.kind == Kind::Public && !state.bot_in(place) && !state.has_scope("chat:write.public") {
        return Err(Problem::new("not_in_channel"));
    }
    let message = state.public(channel, ts).filter(|message| !message.is_tombstone);
    let message = message.ok_or_else(|| Problem::new("message_not_found"))?;
    if message.author != state.app.bot_user {
        return Err(Problem::new(otherwise));
    }
    Ok(message)
}

pub(super) fn update(state: &mut State, call: &Call) -> Answer {
    let message = own(state, call, "cant_update_message")?;
    let (key, at) = (message.key(), message.at);
    if state.settings.edit_window.is_some_and(|window| state.is_past(at, window)) {
        return Err(Problem::new("edit_window_closed"));
    }
    let said = Said::of(call)?;
    if said.text.as_ref().is_some_and(|text| text.chars().count() > EDIT_MAX) {
        return Err(Problem::new("msg_too_long"));
    }
    let said = said.not_empty()?;
    let edited = state.ids.ts(state.now);
    let message = state.messages.get_mut(&key).expect("was there");
    message.text = said.text.unwrap_or_default();
    if let Some(blocks) = said.blocks {
        let before = std::mem::replace(&mut message.blocks, blocks);
        message.earlier.extend(before);
    }
    message.metadata = said.metadata.or_else(|| message.metadata.take());
    message.edited = Some(edited);
    let (text, json) = (message.text.clone(), state.message_json(&state.messages[&key]));
    Ok(json!({ "channel": key.0, "ts": key.1, "text": text, "message": json }))
}

pub(super) fn delete(state: &mut State, call: &Call) -> Answer {
    let (channel, ts) = own(state, call, "cant_delete_message")?.key();
    state.take_away(&channel, &ts);
    Ok::<Value, _>(json!({ "channel": channel, "ts": ts }))
}

pub(super) fn permalink(state: &mut State, call: &Call) -> Answer {
    let (channel, ts) = (call.needs("channel")?, call.needs("message_ts")?);
    let place = state.known_channel(channel)?;
    state.public(&place.id, ts).ok_or_else(|| Problem::new("message_not_found"))?;
    let link = format!("{}/archives/{channel}/p{}", state.root, ts.replace('.', ""));
    Ok(json!({ "channel": channel, "permalink": link }))
}
