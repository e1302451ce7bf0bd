//! What `callout check` says of plans that are well formed: who is on call, and who is rung, in the year to come.

mod keys;
mod policy;
mod schedule;

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::config::env::Lookup;
use crate::config::raw::RawFile;
use crate::config::reader::Reader;
use crate::domain::oncall::{Oddity, oddity};
use crate::domain::settings::Settings;

/// How far ahead is looked: a year, so that each hand-off of each season comes once.
const AHEAD: Duration = Duration::from_secs(365 * 86_400);

/// How many of a kind are named; the others are counted.
const NAMED_MAX: usize = 3;

/// What a year is looked at for.
struct Year<'a> {
    settings: &'a Settings,
    from: Timestamp,
    to: Timestamp,
}

/// Judges schedules and policies, which were read into `settings` without an error, for the year from `now`, and the
/// keys of sources.
pub(in crate::config) fn lint(
    reader: &mut Reader<'_>,
    raw: &RawFile,
    settings: &Settings,
    (lookup, now): (Lookup<'_>, Timestamp),
) {
    let year = Year { settings, from: now, to: now.checked_add(AHEAD).unwrap_or(Timestamp::MAX) };
    raw.schedule.iter().for_each(|raw| schedule::lint(reader, raw.get_ref(), &year));
    raw.policy.iter().for_each(|raw| policy::lint(reader, raw.get_ref(), &year));
    keys::lint(reader, &raw.source, lookup);
}

/// `Sat 2026-03-14 17:00`, in local time; with the offset where that time comes twice.
fn local(at: Timestamp, zone: &TimeZone) -> String {
    let shown = zone.to_datetime(at);
    let offset = if oddity(zone, shown) == Some(Oddity::Twice) { " %:z" } else { "" };
    at.to_zoned_datetime(zone.clone()).strftime(&format!("%a %Y-%m-%d %H:%M{offset}")).to_string()
}

/// Names the first of many and counts them: `a; b; c; and 4 more`.
fn first_of(named: &[String]) -> String {
    let more = named.len().saturating_sub(NAMED_MAX);
    let first = named.iter().take(NAMED_MAX).cloned();
    first.chain((more > 0).then(|| format!("and {more} more"))).collect::<Vec<_>>().join("; ")
}

fn times(count: usize) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

#[cfg(test)]
mod tests;
