//! Private answers that list or explain: `/calls`, `history`, `show`, `me`, `status`.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::ask::{Ask, AskWhy};
use super::super::call::{Call, TimelineEntry};
use super::super::ids::PersonId;
use super::super::person::{Link, Person, Quiet, show_time};
use super::call::{and, media, phrase, subject};
use super::link::link_line;
use super::quiet::{disturbs, my_quiet};
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
        return "No call is live. Start one: /call &lt;person&gt; [audio|video] [note]".to_owned();
    }
    let mut lines = vec![format!("{}:", count(total, "live call"))];
    lines.extend(calls.iter().map(|call| live_line(call, now)));
    lines.extend(left_out(total, calls.len()));
    lines.join("\n")
}

pub(super) fn live_line(call: &Call, now: Timestamp) -> String {
    let since = call.since();
    format!("• {}: {}: {} for {}", call.id, subject(call), phrase(call), span(since, now))
}

/// What ends a list of `shown` things of `total`, if some are not shown.
#[must_use]
pub fn left_out(total: usize, shown: usize) -> Option<String> {
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
        format!("• {} {}: {}: {}", day_time(call.placed_at), call.id, subject(call), phrase(call))
    }));
    lines.join("\n")
}

/// `/calls show`: one call's timeline.
#[must_use]
pub fn timeline(call: &Call, entries: &[TimelineEntry]) -> String {
    let mut lines = vec![format!("{}: {}: {}", call.id, subject(call), phrase(call))];
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

/// The question before an unusual ring, for a reader in `zone`.
#[must_use]
pub fn question(ask: &Ask, people: &[(PersonId, Quiet)], zone: &TimeZone) -> String {
    match &ask.why {
        AskWhy::QuietHours(_) => {
            format!("{} Ring anyway? (You may add a reason; it is kept.)", disturbs(people, zone))
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

/// `/callout me`, with their stored links and whether each is used.
#[must_use]
pub fn about_me(person: &Person, links: &[(&Link, bool)], now: Timestamp) -> String {
    let may = if person.roles.administers() {
        "You may call, page, see and administer."
    } else if !person.roles.acts() {
        "You may see, but not call."
    } else {
        "You may call, page and see."
    };
    let (zone, local) = (zone_name(&person.timezone), person.timezone.to_datetime(now).time());
    let mut lines = vec![
        format!("You are {}, account {} at the call engine.", person.id, escape(person.account.as_str(), 64)),
        format!("It is {} for you ({zone}). {}", show_time(local), my_quiet(person, now)),
    ];
    let in_file = ["slack", "discord"].into_iter().filter_map(|chat| {
        Some(format!("Linked: {chat}:{}, as callout.toml says.", escape(person.in_file(chat)?, 64)))
    });
    lines.extend(in_file);
    lines.extend(links.iter().map(|(link, is_used)| link_line(link, *is_used)));
    lines.push(may.to_owned());
    lines.join("\n")
}

fn zone_name(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or("UTC")
}
