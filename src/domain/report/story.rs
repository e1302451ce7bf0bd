//! What happened, a sentence a thing: for the timeline, and the bounded part of it that the thread shows.

use jiff::Timestamp;

use super::super::call::{Call, DialState, EventKind, Happened, Outcome, TimelineEntry};
use super::call::{ending, leg_ending, media, playing, subject, whom};
use super::oncall::by_duty;
use super::text::escape;
use super::when::clock_time;

/// Most lines a thread gets. What follows is in the timeline; the last line says so.
pub const THREAD_LINES_MAX: u32 = 25;
/// Lines of a page's thread that are left for what decides, half of them for who has it and that it is over. A long
/// night's steps and alerts would use all of them up.
pub const DECISIVE_LINES: u32 = 10;
/// Alerts that a page's thread names. They come and go by the dozen, and the card counts them.
pub const ALERT_LINES_MAX: u32 = 5;

/// How much room of its thread a line may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// What everybody has to hear of, whatever was before it: who has it, that it is over.
    Decisive,
    /// Who wants whom, that the chain is over: again and again in a long night.
    Turning,
    /// How it goes on.
    Usual,
    /// An alert that came or went.
    Alert,
}

/// Longest reason of the engine in a line, in characters.
const REASON_MAX: usize = 300;

/// What `happened` to `call` at `at`, as a line of the timeline.
#[must_use]
pub fn story(call: &Call, happened: &Happened, at: Timestamp) -> TimelineEntry {
    let (event, detail) = tell(call, happened);
    TimelineEntry { at, event, detail }
}

/// Whether the thread of `call` shows it. The card shows the rest.
#[must_use]
pub fn is_told_in_thread(call: &Call, event: EventKind) -> bool {
    match event {
        // With one callee, their end is the call's.
        EventKind::LegEnded => call.is_group(),
        EventKind::Placed
        | EventKind::Dialing
        | EventKind::Held
        | EventKind::Over
        | EventKind::Disagreement
        | EventKind::Announced
        | EventKind::AnnouncementOver => false,
        EventKind::Dialed
        | EventKind::Unsettled
        | EventKind::Settled
        | EventKind::Answered
        | EventKind::HangUp
        | EventKind::Unreachable
        | EventKind::Recovered
        | EventKind::Reopened
        | EventKind::RungAgain
        | EventKind::AnnouncementFailed
        | EventKind::Ended => true,
    }
}

/// The thread's last line when it is full.
#[must_use]
pub fn thread_is_full(call: &Call) -> String {
    format!("More has happened than fits here: /calls show {}", call.id)
}

fn tell(call: &Call, happened: &Happened) -> (EventKind, String) {
    match happened {
        Happened::Placed => (EventKind::Placed, format!("{}.{}", subject(call), by_duty(call))),
        Happened::Dialing => (EventKind::Dialing, "The request to ring leaves.".to_owned()),
        Happened::Dialed => (EventKind::Dialed, format!("Ringing {}.", whom(call))),
        Happened::Held => (EventKind::Held, held(call)),
        Happened::Unsettled => (EventKind::Unsettled, unsettled(call)),
        Happened::Settled => (EventKind::Settled, "The engine says: it rings.".to_owned()),
        Happened::NotRung(person, number) => {
            (EventKind::LegEnded, format!("The engine did not ring {person} (its reason: {number})."))
        }
        Happened::Answered(person) => {
            (EventKind::Answered, format!("{person} answered ({}).", media(call.media)))
        }
        Happened::LegEnded(person, outcome) => {
            (EventKind::LegEnded, format!("{person} {}.", leg_ending(*outcome)))
        }
        Happened::HangUp(by) => (EventKind::HangUp, format!("{by} hangs up.")),
        Happened::Over => (EventKind::Over, "The engine says that the call is over.".to_owned()),
        Happened::Disagreement(person, told, recorded) => (
            EventKind::Disagreement,
            format!("{person}: we were told {told}, the engine's record says {recorded}."),
        ),
        Happened::Unreachable(why) => (EventKind::Unreachable, unreachable(call, why)),
        Happened::Recovered => (EventKind::Recovered, recovered(call)),
        Happened::Reopened => (EventKind::Reopened, reopened(call).to_owned()),
        Happened::RungAgain(id) => (EventKind::RungAgain, format!("Rung again as {id}.")),
        Happened::Announced => (EventKind::Announced, format!("Now {}.", playing(call))),
        Happened::AnnouncementAdrift => (EventKind::Announced, adrift().to_owned()),
        Happened::AnnouncementOver => {
            (EventKind::AnnouncementOver, "The alert is not played any more.".to_owned())
        }
        Happened::AnnouncementFailed(why) => (EventKind::AnnouncementFailed, mute(why)),
        Happened::AnnouncementNotAnew(why) => (EventKind::AnnouncementFailed, not_anew(why)),
        Happened::Ended(outcome) => (EventKind::Ended, ended(call, *outcome)),
    }
}

/// One clear line; the call goes on.
fn mute(why: &str) -> String {
    let why = escape(why.trim_end_matches('.'), REASON_MAX);
    format!("The alert can't be played: {why}. The call goes on without it.")
}

const fn adrift() -> &'static str {
    "The alert plays already, by an earlier start whose answer was lost. It ends by itself."
}

fn not_anew(why: &str) -> String {
    let why = escape(why.trim_end_matches('.'), REASON_MAX);
    format!("The alert does not begin anew for who answered now: {why}. It plays on.")
}

/// Before the engine's id is known, its records are asked: they may be there and tell nothing.
fn unreachable(call: &Call, why: &str) -> String {
    let who = match call.engine_call_id {
        Some(_) => "The engine does not answer",
        None => "The engine's records don't tell yet whether it rang",
    };
    format!("{who} ({}). We keep asking.", escape(why.trim_end_matches('.'), REASON_MAX))
}

fn held(call: &Call) -> String {
    match &call.dial {
        DialState::Held { why, tries, next } => format!(
            "Try {tries}: {}. Next try at {}.",
            escape(why.trim_end_matches('.'), REASON_MAX),
            clock_time(*next)
        ),
        _ => "The engine did not take it yet.".to_owned(),
    }
}

fn unsettled(call: &Call) -> String {
    match &call.dial {
        DialState::Unsettled { why, .. } => {
            let why = escape(why.trim_end_matches('.'), REASON_MAX);
            format!("It may be ringing: {why}.")
        }
        _ => "It may be ringing.".to_owned(),
    }
}

fn recovered(call: &Call) -> String {
    use super::super::call::CallState;
    match (call.state, &call.dial) {
        (CallState::Placed, DialState::Unsettled { .. }) => "Recovered after a restart: it may be ringing.",
        (CallState::Placed, _) => "Recovered after a restart: not dialled yet.",
        (CallState::Ringing, _) => "Recovered after a restart: still ringing.",
        (CallState::Connected, _) => "Recovered after a restart: still in the call.",
        (CallState::Ended, _) => "Recovered after a restart: over meanwhile.",
    }
    .to_owned()
}

fn reopened(call: &Call) -> &'static str {
    if call.has_ended() {
        "It rang after all: the engine has a record of it by now."
    } else {
        "It rang after all: the engine has told of it only now."
    }
}

fn ended(call: &Call, outcome: Outcome) -> String {
    let how = ending(call);
    let mut letters = how.chars();
    let first = letters.next().map(|c| {
        if call.legs[0].person.as_str().starts_with(c) { c.to_string() } else { c.to_uppercase().to_string() }
    });
    let said = format!("{}{}", first.unwrap_or_default(), letters.as_str());
    format!("{said} ({outcome}).")
}
