//! A call's card.

use super::super::call::{Call, CallState, DialState, Leg, LegState, Media, Outcome, Purpose};
use super::super::ids::PersonId;
use super::oncall::called_by;
use super::text::escape;
use super::when::{clock_time, duration, span};
use super::{Button, Card};

/// Longest note shown on a card, in characters. The command's own bound is lower by default.
const NOTE_SHOWN_MAX: usize = 1_000;
/// Longest reason of the engine shown, in characters.
const REASON_SHOWN_MAX: usize = 300;

/// The card of `call` as it is now.
#[must_use]
pub fn call_card(call: &Call) -> Card {
    let mut lines = vec![headline(call)];
    if call.is_group() {
        lines.extend(call.legs.iter().map(leg_line));
    }
    lines.extend(call.duties.iter().map(|duty| format!("Rung as {}.", called_by(duty, call.placed_at))));
    if call.is_heard() && call.feed().is_some() {
        lines.push(format!("♪ {}.", playing(call)));
    }
    lines.extend(trouble(call));
    if let Some(reason) = &call.reason {
        lines.push(format!("Rung in quiet hours. Reason: {}", escape(reason, NOTE_SHOWN_MAX)));
    }
    if let Some(note) = &call.note {
        lines.push(format!("Note: {}", escape(note, NOTE_SHOWN_MAX)));
    }
    Card { id: call.id.card(), text: lines.join("\n"), buttons: buttons(call), state: Some(call.state) }
}

/// Everybody rung, and with what: `jack and mira (video)`.
#[must_use]
pub fn whom(call: &Call) -> String {
    let names: Vec<&PersonId> = call.legs.iter().map(|leg| &leg.person).collect();
    format!("{} ({})", and(&names), media(call.media))
}

/// What a call is about, without how far it is: `ana calls jack (video)`.
#[must_use]
pub fn subject(call: &Call) -> String {
    match call.purpose {
        Purpose::Talk => match call.page() {
            Some(page) => format!("Page {page} rings {}", whom(call)),
            None => format!("{} calls {}", call.by, whom(call)),
        },
        Purpose::Test => format!("Test call to {}", whom(call)),
        Purpose::Link(_) => format!("Code to link {}", whom(call)),
    }
}

/// `jack`, `jack and mira`, `jack, mira and ana`.
pub(super) fn and(names: &[&PersonId]) -> String {
    match names {
        [] => "nobody".to_owned(),
        [one] => one.to_string(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(|name| name.as_str()).collect();
            format!("{} and {last}", first.join(", "))
        }
    }
}

/// `audio` or `video`.
pub(super) const fn media(media: Media) -> &'static str {
    match media {
        Media::Audio => "audio",
        Media::Video => "video",
    }
}

/// One short phrase for how far a call is, for lists: `ringing`, `answered by jack`, `declined`.
#[must_use]
pub(super) fn phrase(call: &Call) -> String {
    match call.state {
        CallState::Placed => placed_phrase(call).to_owned(),
        CallState::Ringing => "ringing".to_owned(),
        CallState::Connected => format!("answered by {}", and(&connected(call))),
        CallState::Ended => ending(call),
    }
}

const fn placed_phrase(call: &Call) -> &'static str {
    match call.dial {
        DialState::Unsettled { .. } => "may be ringing",
        DialState::Held { .. } => "waiting for the engine",
        _ => "dialling",
    }
}

fn headline(call: &Call) -> String {
    let what = match call.state {
        CallState::Placed => format!("{}.", placed_phrase(call)),
        CallState::Ringing => ringing(call),
        CallState::Connected => match call.answered_at {
            Some(_) if call.is_told_late() => in_the_call(&connected(call)),
            Some(at) => format!("{} answered at {}.", and(&connected(call)), clock_time(at)),
            None => "answered.".to_owned(),
        },
        CallState::Ended => format!("{}.", ending(call)),
    };
    format!("{}: {what}", subject(call))
}

fn ringing(call: &Call) -> String {
    match call.rings_until().filter(|_| !call.is_told_late()) {
        Some(until) => format!("ringing until {}.", clock_time(until)),
        None => "ringing.".to_owned(),
    }
}

/// `jack is in the call.`
fn in_the_call(names: &[&PersonId]) -> String {
    let verb = if names.len() == 1 { "is" } else { "are" };
    format!("{} {verb} in the call.", and(names))
}

/// `playing the alert to jack`.
pub(super) fn playing(call: &Call) -> String {
    format!("playing the alert to {}", and(&connected(call)))
}

fn connected(call: &Call) -> Vec<&PersonId> {
    let in_it = |leg: &&Leg| leg.state == LegState::Connected;
    let now: Vec<&PersonId> = call.legs.iter().filter(in_it).map(|leg| &leg.person).collect();
    let ever = call.legs.iter().filter(|leg| leg.answered_at.is_some()).map(|leg| &leg.person);
    if now.is_empty() { ever.collect() } else { now }
}

/// How it ended, without a full stop.
pub(super) fn ending(call: &Call) -> String {
    let whom = if call.is_group() { "nobody" } else { "" };
    let lasted = match (call.answered_at, call.ended_at) {
        (Some(from), Some(to)) => span(from, to),
        _ => "an unknown time".to_owned(),
    };
    let callee = call.legs.first().map_or("", |leg| leg.person.as_str());
    match (call.outcome.unwrap_or(Outcome::Unknown), call.is_group()) {
        (Outcome::Completed, _) => format!("ended after {lasted}"),
        (Outcome::Dropped, _) => format!("cut off after {lasted}"),
        (Outcome::Declined, false) => format!("{callee} declined"),
        (Outcome::Declined, true) => "everybody declined".to_owned(),
        (Outcome::NoAnswer, false) => format!("no answer from {callee} in {}", duration(call.ring)),
        (Outcome::NoAnswer, true) => format!("{whom} answered"),
        (Outcome::Busy, false) => format!("{callee} is in another call"),
        (Outcome::Busy, true) => "everybody is in another call".to_owned(),
        (Outcome::Cancelled, _) => match &call.hung_up_by {
            Some(by) => format!("hung up by {by} before an answer"),
            None => "stopped before an answer".to_owned(),
        },
        (Outcome::Offline, false) => format!("{callee}'s phone is offline"),
        (Outcome::Offline, true) => "every phone is offline".to_owned(),
        (Outcome::Unknown, _) => "over, but the engine could not tell how".to_owned(),
        (Outcome::Failed, _) => format!("failed: {}", failure(call)),
    }
}

fn failure(call: &Call) -> String {
    let why = call.failure.as_deref().unwrap_or("the engine refused it");
    escape(why.trim_end_matches('.'), REASON_SHOWN_MAX)
}

fn leg_line(leg: &Leg) -> String {
    let how = match (leg.state, leg.outcome) {
        (LegState::Placed, _) => "not rung yet".to_owned(),
        (LegState::Ringing, _) => "ringing".to_owned(),
        (LegState::Connected, _) => "in the call".to_owned(),
        (LegState::Ended, outcome) => leg_ending(outcome.unwrap_or(Outcome::Unknown)).to_owned(),
    };
    format!("• {}: {how}", leg.person)
}

/// How one callee's part ended.
pub(super) const fn leg_ending(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Completed => "left the call",
        Outcome::Declined => "declined",
        Outcome::NoAnswer => "did not answer",
        Outcome::Busy => "is in another call",
        Outcome::Cancelled => "was not waited for",
        Outcome::Dropped => "was cut off",
        Outcome::Offline => "is offline",
        Outcome::Unknown => "did not join",
        Outcome::Failed => "was not rung",
    }
}

fn trouble(call: &Call) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(until) = call.last_late_look() {
        lines.push(format!(
            "Whoever answered all the same is in no record before they hang up: we look again until {}.",
            clock_time(until)
        ));
    }
    if call.has_ended() {
        return lines;
    }
    match &call.dial {
        DialState::Held { why, tries, next } => lines.push(format!(
            "The engine did not take it: {}. Tried {}, next try at {}.",
            escape(why.trim_end_matches('.'), REASON_SHOWN_MAX),
            times(*tries),
            clock_time(*next)
        )),
        DialState::Unsettled { why, .. } => lines.push(format!(
            "Nobody can say yet whether it rings: {}. The engine's records tell by {}; it is not dialled twice.",
            escape(why.trim_end_matches('.'), REASON_SHOWN_MAX),
            call.known_by().map_or_else(|| "its end".to_owned(), clock_time)
        )),
        DialState::Waiting
        | DialState::Sent { .. }
        | DialState::Unrecorded { .. }
        | DialState::Settled => {}
    }
    if let Some(since) = call.unreachable_since {
        let who = if call.engine_call_id.is_some() {
            "The engine has not answered"
        } else {
            "The engine's records have not told"
        };
        lines.push(format!("{who} since {}. We keep asking.", clock_time(since)));
    }
    if let Some(by) = &call.hung_up_by {
        lines.push(match call.engine_call_id {
            Some(_) => format!("{by} hangs up…"),
            None => format!("{by} hangs up as soon as the engine says which call it is."),
        });
    }
    lines
}

fn times(tries: u32) -> String {
    match tries {
        0 => "not at all yet".to_owned(),
        1 => "once".to_owned(),
        _ => format!("{tries} times"),
    }
}

fn buttons(call: &Call) -> Vec<Button> {
    match call.state {
        CallState::Ended
            if call.again.is_none() && call.purpose == Purpose::Talk && call.page().is_none() =>
        {
            vec![Button::RingAgain]
        }
        CallState::Ended => Vec::new(),
        _ if call.hung_up_by.is_some() => Vec::new(),
        _ => vec![Button::HangUp],
    }
}
