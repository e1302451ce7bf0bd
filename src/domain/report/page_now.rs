//! What a page does now, in a few words: for lists and receipts.

use super::super::ids::PersonId;
use super::super::page::{Page, Ring};
use super::oncall::names;
use super::text::escape;
use super::when::{day_time, time_near};

/// Longest reason shown, in characters.
const WHY_SHOWN_MAX: usize = 200;

/// `ringing jack; mira is held back until 16:02:00 UTC: rung 3/15m already`, or why nothing rings yet. `None`: nobody is
/// rung or held back now.
pub(super) fn who_is_rung(page: &Page) -> Option<String> {
    if let Some(rest) = page.resting() {
        let why = escape(&rest.why, WHY_SHOWN_MAX);
        return Some(format!("nothing rings before {}: {why}", day_time(rest.until)));
    }
    let those = |is_meant: fn(&Ring) -> bool| {
        let rings = page.rings.iter().filter(|ring| is_meant(ring));
        rings.map(|ring| ring.person.clone()).collect::<Vec<PersonId>>()
    };
    let rung = those(Ring::is_ringing);
    let talk = those(|ring| !ring.is_over() && !ring.is_ringing());
    let rung = (!rung.is_empty()).then(|| format!("ringing {}", names(&rung)));
    let talk = (!talk.is_empty()).then(|| format!("{} answered", names(&talk)));
    let held = page.holds.iter().map(|hold| {
        format!(
            "{} is held back until {}: rung {} already",
            hold.person,
            time_near(hold.until, hold.since),
            hold.rule
        )
    });
    let all: Vec<String> = rung.into_iter().chain(talk).chain(held).collect();
    (!all.is_empty()).then(|| all.join("; "))
}
