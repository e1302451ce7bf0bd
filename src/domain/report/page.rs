//! A page's card: what goes on, who is rung, what comes next. A function of the page alone.

use jiff::Timestamp;

use super::super::call::{CallState, Outcome};
use super::super::escalation::Rest;
use super::super::ids::{PersonId, WebhookId};
use super::super::page::{Hold, PLACES_MAX, Page, PageState, Ring, RingWhy, Taken, Urgency};
use super::lists::count;
use super::page_alerts::alert_lines;
use super::text::escape;
use super::when::{clock_time, day_time, duration, time_near};
use super::{Button, Card, Place};

/// Longest title shown, in characters.
pub(super) const TITLE_SHOWN_MAX: usize = 300;
/// Alerts shown. `/pages show` has more, `/api/pages` has all.
const ALERTS_SHOWN_MAX: usize = 5;
/// Rings shown, the latest. `/pages show` has all.
const RINGS_SHOWN_MAX: usize = 8;
/// Longest reason of the engine shown, in characters.
const REASON_SHOWN_MAX: usize = 300;

/// The card of `page` in its `n`-th place, as it is now. `is_newer`: its policy was changed since it started.
#[must_use]
pub fn page_card(page: &Page, n: usize, is_newer: bool) -> Card {
    let mut lines = vec![page_subject(page), standing(page)];
    lines.extend(only_tells(page));
    lines.extend(rings(page));
    lines.extend(page.holds.iter().map(hold_line));
    lines.extend(silence(page));
    lines.extend(unposted(page));
    lines.extend(alert_lines(page, ALERTS_SHOWN_MAX));
    let is_newer = is_newer && page.is_open();
    if is_newer {
        lines.push(format!("{} was changed since this page started.", page.policy.id));
    }
    let urgency = if page.urgency == Urgency::Low { ", of low urgency" } else { "" };
    lines.push(format!("{} of {}{urgency}.", page.id, page.by));
    let over = (!page.is_open()).then_some(CallState::Ended);
    Card { id: page.id.card(n), text: lines.join("\n"), buttons: buttons(page, is_newer), state: over }
}

/// What a page is about: `Page payments: db is down`.
#[must_use]
pub fn page_subject(page: &Page) -> String {
    format!("Page {}", page_title(page))
}

/// The same without a word: `payments: db is down`.
#[must_use]
pub fn page_title(page: &Page) -> String {
    format!("{}: {}", page.policy.id, escape(page.about(), TITLE_SHOWN_MAX))
}

/// How far it is, and what comes next.
fn standing(page: &Page) -> String {
    match page.state {
        PageState::Triggered => format!("Nobody has it yet. {}", next(page)),
        PageState::Exhausted => exhausted(page),
        PageState::Acknowledged => page.taken.as_ref().map_or_else(String::new, |by| taken(page, by)),
        PageState::Closed => closed(page),
    }
}

/// Somebody may be rung all the same: who was held back, or was asked for.
fn exhausted(page: &Page) -> String {
    let is_rung = page.rings.iter().any(Ring::is_ringing) || !page.again.is_empty();
    let (more, is_over) = match (is_rung, page.holds.is_empty()) {
        (true, _) => ("", "and the chain is over"),
        (false, false) => (" Whoever is held back is rung all the same.", "and the chain is over"),
        (false, true) => ("", "and the chain is over: nobody else is rung"),
    };
    if page.reached() || is_rung {
        return format!("Nobody has it, {is_over}.{more}");
    }
    format!(
        "It reached nobody: no phone rang, and the chain is over.{more} “Hand over” rings somebody by name."
    )
}

fn taken(page: &Page, taken: &Taken) -> String {
    let at = time_near(taken.at, page.opened_at);
    let until = taken.until.map(|until| time_near(until, taken.at));
    if let Some(source) = taken.source() {
        let since = format!("Acknowledged at {source} since {at}: nothing rings here.");
        let until = until.map(|until| format!(" Still open at {until}, the chain begins again."));
        return since + until.as_deref().unwrap_or_default();
    }
    let since = format!("{} has it since {at}.", taken.by);
    match until {
        None => since,
        Some(until) => format!("{since} Still open at {until}, {} is rung first.", taken.by),
    }
}

fn closed(page: &Page) -> String {
    let at = page.closed_at.map(|at| time_near(at, page.opened_at)).unwrap_or_default();
    match &page.closed_by {
        Some(by) => format!("Closed by {by} at {at}."),
        None => format!("Over at {at}: {}.", why_over(page.emptied)),
    }
}

/// Why a page is over that nobody closed.
pub(super) const fn why_over(emptied: bool) -> &'static str {
    if emptied { "its last alert is another page's" } else { "its last alert is resolved" }
}

/// `Step 1 of 2, round 1 of 3. Step 2 at 16:02:00 UTC.`
pub(super) fn next(page: &Page) -> String {
    let (chain, steps, rounds) = (&page.chain, page.policy.steps.len(), page.policy.repeat + 1);
    let at = chain.ends_at.map(clock_time).unwrap_or_default();
    if let Some(rest) = page.resting() {
        return rests(rest);
    }
    let instead = chain.instead.as_ref().map(|who| format!("{who} is rung instead. "));
    if let Some(instead) = instead {
        return format!("{instead}{}", then(page, &at));
    }
    if chain.step == 0 {
        let who =
            page.taken.as_ref().map_or_else(String::new, |taken| format!("{} is rung first. ", taken.by));
        return format!("{who}Step 1 at {at}.");
    }
    format!("Step {} of {steps}, round {} of {rounds}. {}", chain.step, chain.round, then(page, &at))
}

/// What comes after the turn that is under way.
fn then(page: &Page, at: &str) -> String {
    let chain = &page.chain;
    if chain.step < page.policy.steps.len() {
        format!("Step {} at {at}.", chain.step + 1)
    } else if page.may_repeat() {
        format!("Round {} at {at}.", chain.round + 1)
    } else {
        format!("The chain is over at {at}: then its owner is told.")
    }
}

/// Nothing rings yet, and why.
pub(super) fn rests(rest: &Rest) -> String {
    let why = escape(&rest.why, REASON_SHOWN_MAX);
    format!("Nothing rings before {}: {why}. “Ring anyway” begins at once.", day_time(rest.until))
}

/// The step that is under way rings nobody, and is not meant to.
pub(super) fn only_tells(page: &Page) -> Option<String> {
    let number = page.chain.step;
    let step = page.policy.steps.get(number.checked_sub(1)?)?;
    let is_now = page.state == PageState::Triggered && step.ring.is_empty();
    is_now.then(|| {
        format!("Step {number} rings nobody: it tells {}.", whom_it_tells(&step.post, &step.webhook))
    })
}

/// `slack:C0123456 and the webhook ticket`.
pub(super) fn whom_it_tells(places: &[Place], webhooks: &[WebhookId]) -> String {
    let places = places.iter().map(|place| format!("{}:{}", place.chat, place.channel));
    let all: Vec<String> =
        places.chain(webhooks.iter().map(|webhook| format!("the webhook {webhook}"))).collect();
    match all.as_slice() {
        [] => "nobody".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn rings(page: &Page) -> Vec<String> {
    let skipped = page.rings.len().saturating_sub(RINGS_SHOWN_MAX);
    let earlier = (skipped > 0).then(|| format!("… {} before", count(skipped, "ring")));
    let shown =
        page.rings.iter().skip(skipped).map(|ring| format!("• {}{}", how(page, ring), again(page, ring)));
    earlier.into_iter().chain(shown).collect()
}

/// How far one ring is.
fn how(page: &Page, ring: &Ring) -> String {
    let person = &ring.person;
    let Some(outcome) = ring.outcome else { return how_far(page, ring) };
    let at = ring.ended_at.map(clock_time).unwrap_or_default();
    match outcome {
        Outcome::Completed if has_it_by(page, ring) => format!("{person} answered, and hung up at {at}"),
        Outcome::Completed => format!("{person} answered, hung up at {at}, and did not acknowledge"),
        Outcome::Dropped => format!("{person} answered, and was cut off at {at}"),
        Outcome::Failed => {
            let said =
                ring.kept_back.as_deref().map(|why| escape(why.trim_end_matches('.'), REASON_SHOWN_MAX));
            let said = said.map(|why| format!(": {why}")).unwrap_or_default();
            match ring.written_at.map(clock_time) {
                Some(at) => format!("{person} could not be rung, and was written to at {at}{said}"),
                None => format!("{person} could not be rung ({at}){said}"),
            }
        }
        outcome => match &ring.stopped_by {
            Some(by) => format!("{} ({at})", stopped(by, person)),
            None => format!("{person} {} ({at})", ring_ending(outcome)),
        },
    }
}

/// Somebody hung up a ring that was not answered.
pub(super) fn stopped(by: &PersonId, person: &PersonId) -> String {
    if by == person { format!("{by} hung up unanswered") } else { format!("{by} stopped {person}'s ring") }
}

/// Whether whom `ring` rang took the page after it began to.
fn has_it_by(page: &Page, ring: &Ring) -> bool {
    ring.took_at.is_some()
        || page.taken.as_ref().is_some_and(|taken| taken.by == ring.person && taken.at >= ring.at)
}

/// How the last ring of `person` ended, for a sentence that begins with them.
pub(super) fn how_it_ended(page: &Page, person: &PersonId, outcome: Outcome) -> &'static str {
    let theirs = page.rings.iter().rev().find(|ring| ring.person == *person);
    match outcome {
        Outcome::Completed if theirs.is_some_and(|ring| has_it_by(page, ring)) => "answered, and hung up",
        outcome => ring_ending(outcome),
    }
}

fn how_far(page: &Page, ring: &Ring) -> String {
    let person = &ring.person;
    match (ring.answered_at, ring.rang_at, ring.unsettled_until, &ring.kept_back) {
        (Some(at), ..) if page.taken.as_ref().is_some_and(|taken| taken.by == *person) => {
            format!("{person} answered at {}", clock_time(at))
        }
        (Some(at), ..) => format!("{person} answered at {}, and has not acknowledged", clock_time(at)),
        (None, Some(at), ..) => format!("{person} is being rung since {}", clock_time(at)),
        (.., Some(until), why) => {
            let why = why.as_deref().map(|why| escape(why.trim_end_matches('.'), REASON_SHOWN_MAX));
            let why = why.map(|why| format!(" ({why})")).unwrap_or_default();
            format!("{person} may be ringing until {}{why}", clock_time(until))
        }
        (.., Some(why)) => {
            format!("{person}: the engine did not take it yet ({})", escape(why, REASON_SHOWN_MAX))
        }
        (None, None, None, None) => format!("{person} is being dialled"),
    }
}

/// How a ring ended, for a sentence that begins with the person.
pub(super) const fn ring_ending(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Completed => "answered, hung up, and did not acknowledge",
        Outcome::Declined => "declined",
        Outcome::NoAnswer => "did not answer",
        Outcome::Busy => "is in another call",
        Outcome::Cancelled => "is not rung any more",
        Outcome::Dropped => "answered, and was cut off",
        Outcome::Offline => "is offline",
        Outcome::Unknown => "did not answer, as far as the engine could tell",
        Outcome::Failed => "could not be rung",
    }
}

fn again(page: &Page, ring: &Ring) -> String {
    let is_last = page.rings.iter().rev().find(|one| one.person == ring.person) == Some(ring);
    let planned = page.again.iter().find(|again| again.person == ring.person).filter(|_| is_last);
    planned.map_or_else(String::new, |again| format!("; again at {}", clock_time(again.at)))
}

fn hold_line(hold: &Hold) -> String {
    let until = time_near(hold.until, hold.since);
    format!(
        "• {} is held back until {until}: rung {} already. Press “Ring anyway”, or wait.",
        hold.person, hold.rule
    )
}

fn silence(page: &Page) -> Option<String> {
    let silence = page.silence.as_ref().filter(|silence| silence.told)?;
    let since = clock_time(silence.since);
    Some(format!("No dial has gone through since {since}; people are written to."))
}

/// ` The engine: the Call package is unpaid.`; nothing where it says nothing.
pub(super) fn engine_says(why: Option<&str>) -> String {
    let why = why.map(|why| escape(why.trim_end_matches('.'), REASON_SHOWN_MAX));
    why.map(|why| format!(" The engine: {why}.")).unwrap_or_default()
}

/// Channels of its policy and its alerts that it is not shown in: a page has room for only so many.
fn unposted(page: &Page) -> Option<String> {
    let mut left: Vec<_> = page.unshown.iter().collect();
    for place in page.policy.steps.iter().flat_map(|step| &step.post) {
        if !page.places.contains(place) && !left.contains(&place) {
            left.push(place);
        }
    }
    let is_full = page.places.len() >= PLACES_MAX && !left.is_empty();
    is_full.then(|| {
        format!(
            "A page is shown in {PLACES_MAX} channels at most: {} of its policy and its alerts are left out.",
            left.len()
        )
    })
}

fn buttons(page: &Page, is_newer: bool) -> Vec<Button> {
    let mut buttons = match page.state {
        PageState::Triggered | PageState::Exhausted => {
            vec![Button::Acknowledge, Button::Snooze, Button::HandOver, Button::Escalate, Button::Close]
        }
        PageState::Acknowledged if page.taken.as_ref().is_some_and(Taken::is_at_source) => {
            vec![Button::Acknowledge, Button::HandOver, Button::Escalate, Button::Close]
        }
        // Whoever is rung beside that stops their own phone so.
        PageState::Acknowledged if page.rings_beside() => {
            vec![Button::Acknowledge, Button::HandOver, Button::Escalate, Button::Close]
        }
        PageState::Acknowledged => vec![Button::HandOver, Button::Escalate, Button::Close],
        // What its last alert closed has no button: a new alert starts a new page.
        PageState::Closed => page.closed_by.iter().map(|_| Button::Reopen).collect(),
    };
    if !page.holds.is_empty() || page.resting().is_some() {
        buttons.push(Button::RingAnyway);
    }
    if is_newer {
        buttons.push(Button::ApplyPolicy);
    }
    buttons
}

/// Why somebody is rung, behind their name: ` (redial 1)`; nothing where a step says so.
pub(super) fn because(why: &RingWhy) -> String {
    match why {
        RingWhy::Step => String::new(),
        RingWhy::Redial(n) => format!(" again: redial {n}"),
        RingWhy::Busy(n) => format!(" again after another call: try {n}"),
        RingWhy::Released => ": the limit allows it again".to_owned(),
        RingWhy::Anyway(by) => format!(" anyway: {by} says so"),
        RingWhy::Recall => " first: it was theirs".to_owned(),
        RingWhy::Asked(by) => format!(": {by} asks for them"),
        RingWhy::Instead(by) => format!(" instead: {by} hands it over"),
    }
}

/// `0.4 s`, or `3 min 4 s`: what lies between two people who were quick.
#[must_use]
pub(super) fn moment(from: Timestamp, to: Timestamp) -> String {
    let span = crate::clock::until(from, to);
    if span.as_secs() >= 60 {
        return duration(span);
    }
    format!("{}.{} s", span.as_secs(), span.subsec_millis() / 100)
}
