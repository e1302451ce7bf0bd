//! `pins.*`.

use serde_json::{Value, json};

use super::super::problem::Problem;
use super::super::state::State;
use super::{Answer, Call};

/// Pins in a channel.
const PINS_MAX: usize = 100;

/// The channel and the message that a request is about.
fn target(state: &State, call: &Call) -> Result<(String, String), Problem> {
    let channel = state.known_channel(call.needs("channel")?)?;
    if !state.bot_in(channel) {
        return Err(Problem::new("not_in_channel"));
    }
    let ts = call.text("timestamp").ok_or_else(|| Problem::new("no_item_specified"))?;
    if !super::super::ids::is_ts(ts) {
        return Err(Problem::new("bad_timestamp"));
    }
    Ok((channel.id.clone(), ts.to_owned()))
}

pub(super) fn add(state: &mut State, call: &Call) -> Answer {
    let (channel, ts) = target(state, call)?;
    state.public(&channel, &ts).ok_or_else(|| Problem::new("message_not_found"))?;
    let place = state.channels.get_mut(&channel).expect("is known");
    if place.is_archived {
        return Err(Problem::new("is_archived"));
    }
    if place.pins.contains(&ts) {
        return Err(Problem::new("already_pinned"));
    }
    if place.pins.len() >= PINS_MAX {
        return Err(Problem::new("too_many_pins"));
    }
    place.pins.push(ts);
    Ok::<Value, _>(json!({}))
}

pub(super) fn remove(state: &mut State, call: &Call) -> Answer {
    let (channel, ts) = target(state, call)?;
    let place = state.channels.get_mut(&channel).expect("is known");
    let before = place.pins.len();
    place.pins.retain(|pin| *pin != ts);
    if place.pins.len() == before { Err(Problem::new("no_pin")) } else { Ok(json!({})) }
}
