//! Private answers that list or explain: `/calls`, `history`, `show`, `me`, `status`.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::ask::{Ask, AskWhy};
use super::super::call::{Call, TimelineEntry};
use super::super::ids::PersonId;
use super::super::person::Person;
use super::call::{and, media, phrase, whom};
use super::text::escape;
use super::when::{day_time, span};

/// Most calls in a list.
pub const LISTED_MAX: usize = 20;
/// Most lines of a timeline in a receipt.
const TIMELINE_SHOWN_MAX: usize = 40;

/// `/calls`: what lives now.
#[must_use]
pub fn live_list(calls: &[Arc<Call>], total: usize, now: Timestamp) -> String {
    if calls.is_empty() {
        return "No call is live. Start one: /call <person> [audio|video] [note]".to_owned();
    }
    let mut lines = vec![format!("{}:", count(total, "live call"))];
    lines.extend(calls.iter().map(|call| live_line(call, now)));
    lines.extend(left_out(total, calls.len()));
    lines.join("\n")
}

pub(super) fn live_line(call: &Call, now: Timestamp) -> String {
    let since = call.answered_at.or(call.rang_at).unwrap_or(call.placed_at);
    format!("• {}: {} calls {}: {} for {}", call.id, call.by, whom(call), phrase(call), span(since, now))
}

pub(super) fn left_out(total: usize, shown: usize) -> Option<String> {
    (total > shown).then(|| format!("… and {} more", total - shown))
}

pub(super) fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// `/calls history`: what is over, newest first.
#[must_use]
pub fn history_list(calls: &[Call], who: Option<&PersonId>) -> String {
    let of = who.map(|who| format!(" of {who}")).unwrap_or_default();
    if calls.is_empty() {
        return format!("No past call{of}.");
    }
    let mut lines = vec![format!("Past calls{of}, newest first:")];
    lines.extend(calls.iter().map(|call| {
        format!(
            "• {} {}: {} calls {}: {}",
            day_time(call.placed_at),
            call.id,
            call.by,
            whom(call),
            phrase(call)
        )
    }));
    lines.join("\n")
}

/// `/calls show`: one call's timeline.
#[must_use]
pub fn timeline(call: &Call, entries: &[TimelineEntry]) -> String {
    let mut lines = vec![format!("{}: {} calls {}: {}", call.id, call.by, whom(call), phrase(call))];
    if let Some(engine) = &call.engine_call_id {
        lines.push(format!("Room {}, engine call {}", call.room, escape(engine.as_str(), 80)));
    }
    let skipped = entries.len().saturating_sub(TIMELINE_SHOWN_MAX);
    if skipped > 0 {
        lines.push(format!(
            "… {skipped} earlier lines are left out here; /api/calls/{} has them all",
            call.id
        ));
    }
    lines.extend(
        entries
            .iter()
            .skip(skipped)
            .map(|entry| format!("{} {}", entry.at.strftime("%H:%M:%S%.3f"), entry.detail)),
    );
    lines.join("\n")
}

/// The question before an unusual ring. One line a reason.
#[must_use]
pub fn question(ask: &Ask, people: &[(PersonId, String)]) -> String {
    match &ask.why {
        AskWhy::QuietHours(_) => {
            let times = people.iter().map(|(person, time)| format!("It is {time} for {person}."));
            let times: Vec<String> = times.collect();
            format!("{} Ring anyway? (You may add a reason; it is kept.)", times.join(" "))
        }
        AskWhy::NotACallee(word) => format!(
            "“{}” is nobody we know, so nobody rings yet. Ring {} ({}) with the note “{}”?",
            escape(word, 60),
            and(&ask.wish.callees.iter().collect::<Vec<_>>()),
            media(ask.wish.media),
            escape(ask.wish.note.as_deref().unwrap_or_default(), 200)
        ),
    }
}

/// `/callout me`.
#[must_use]
pub fn about_me(person: &Person, local_now: &str) -> String {
    let may = if person.roles.administers() {
        "You may call, page, see and administer."
    } else if !person.roles.acts() {
        "You may see, but not call."
    } else {
        "You may call, page and see."
    };
    let zone = zone_name(&person.timezone);
    let quiet = match &person.quiet_hours {
        Some(quiet) => format!("Quiet hours: {quiet}; people are asked before they ring you then."),
        None => "No quiet hours.".to_owned(),
    };
    format!(
        "You are {}, account {} at the call engine.\nIt is {local_now} for you ({zone}). {quiet}\n{may}",
        person.id,
        escape(person.account.as_str(), 64)
    )
}

fn zone_name(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or("UTC")
}
