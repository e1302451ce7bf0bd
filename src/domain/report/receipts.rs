//! Receipts that are not lists, and what the callee's phone shows.

use super::super::call::{Call, Purpose};
use super::call::{media, whom};
use super::link::link_push;
use super::lists::count;
use super::oncall::by_duty;
use super::text::escape;

/// No commit within the time a receipt has.
pub const NOT_RECORDED_YET: &str =
    "Not recorded yet: nothing rings until it is. The outcome follows here; no need to type it again.";
/// *Don't ring* was pressed.
pub const NOBODY_RUNG: &str = "All right, nobody was rung.";
/// A board was made.
pub const BOARD_POSTED: &str = "The board is posted. It stays current by itself, whoever calls.";
/// A board was taken away.
pub const BOARD_REMOVED: &str = "The board is taken away.";
/// What a test call says of itself, on the phone and aloud.
pub const TEST_TITLE: &str = "Test call: nothing is wrong";
/// Longest push text, in characters: phones cut after some 100 (wire reference, 2.7).
const PUSH_TEXT_MAX: usize = 100;

/// The receipt of a call that was recorded.
#[must_use]
pub fn calling(call: &Call) -> String {
    match call.purpose {
        Purpose::Test => "Ringing your phone: it says “Test call: nothing is wrong”.".to_owned(),
        Purpose::Talk | Purpose::Link(_) => format!("Calling {}.{}", whom(call), by_duty(call)),
    }
}

/// The receipt of a hang-up that was recorded.
#[must_use]
pub fn hanging_up(call: &Call) -> String {
    let hangs_up = format!("Hanging up {}.", call.id);
    match call.page() {
        Some(page) => format!("{hangs_up} That acknowledges nothing: /ack {page}"),
        None => hangs_up,
    }
}

/// Something failed; the log has the same reference.
#[must_use]
pub fn went_wrong(reference: &str) -> String {
    format!(
        "Something went wrong on our side, and it was not recorded: nobody rings. Try again. (Reference {reference})"
    )
}

/// Title and text of the push notification. Plain text: phones don't unescape.
#[must_use]
pub fn call_push(call: &Call) -> (String, String) {
    match &call.purpose {
        Purpose::Talk => {}
        Purpose::Test => return (TEST_TITLE.to_owned(), "You asked for it: answer, or decline".to_owned()),
        Purpose::Link(ring) => return link_push(ring),
    }
    let kind = media(call.media);
    let text = match &call.note {
        Some(note) => note.chars().filter(|c| !c.is_control()).take(PUSH_TEXT_MAX).collect(),
        None => "Tap to answer".to_owned(),
    };
    match call.page() {
        Some(page) => (format!("You are paged ({page})"), text),
        None => (format!("{} calls you ({kind})", call.by), text),
    }
}

/// What `/callout status` shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusFacts {
    /// Calls that have not ended.
    pub live: usize,
    /// Pages that are open.
    pub pages: usize,
    /// People listed.
    pub people: usize,
    /// Boards that are kept current.
    pub boards: usize,
    /// What is wrong with the store.
    pub store: Option<String>,
    /// What is wrong with the engine.
    pub engine: Option<String>,
}

/// `/callout status`.
#[must_use]
pub fn status(facts: &StatusFacts) -> String {
    let health = |name: &str, trouble: &Option<String>| match trouble {
        None => format!("{name}: fine"),
        Some(why) => format!("{name}: {}", escape(why, 200)),
    };
    [
        format!("Callout {}", env!("CARGO_PKG_VERSION")),
        format!(
            "{}, {}, {}, {} listed",
            count(facts.live, "live call"),
            count(facts.pages, "open page"),
            count(facts.boards, "board"),
            facts.people
        ),
        health("Store", &facts.store),
        health("Engine", &facts.engine),
    ]
    .join("\n")
}
