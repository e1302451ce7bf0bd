//! What `callout check` says of plans that are well formed: who is on call, and who is rung, in the year to come.

mod keys;
mod maintenance;
mod person;
mod policy;
mod schedule;
mod source;
mod webhook;
mod year;

use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use self::year::Year;
use crate::config::env::Lookup;
use crate::config::raw::RawFile;
use crate::config::reader::Reader;
use crate::domain::oncall::{Oddity, first_at, oddity};
use crate::domain::settings::Settings;
use crate::domain::span::Misread;

/// How many of a kind are named; the others are counted.
const NAMED_MAX: usize = 3;

/// Judges schedules and policies, which were read into `settings` without an error, for the year from `now`, and the
/// keys of sources.
pub(in crate::config) fn lint(
    reader: &mut Reader<'_>,
    raw: &RawFile,
    settings: &Settings,
    (lookup, now): (Lookup<'_>, Timestamp),
) {
    let year = Year::new(settings, now);
    raw.person.iter().for_each(|raw| person::lint(reader, raw.get_ref(), &year));
    raw.schedule.iter().for_each(|raw| schedule::lint(reader, raw.get_ref(), &year));
    raw.policy.iter().for_each(|raw| policy::lint(reader, raw.get_ref(), &year));
    raw.maintenance.iter().for_each(|raw| maintenance::lint(reader, raw.get_ref()));
    keys::lint(reader, &raw.source, lookup);
    webhook::lint(reader, &raw.webhook, settings, lookup);
    source::lint(reader, &raw.source, settings);
}

/// `Sat 2026-03-14 17:00`, in local time; with the offset where that time comes twice.
fn local(at: Timestamp, zone: &TimeZone) -> String {
    let shown = zone.to_datetime(at);
    let offset = if oddity(zone, shown) == Some(Oddity::Twice) { " %:z" } else { "" };
    at.to_zoned_datetime(zone.clone()).strftime(&format!("%a %Y-%m-%d %H:%M{offset}")).to_string()
}

/// A local time that clocks skip or repeat, as it is meant.
fn told_if_odd(zone: &TimeZone, shown: DateTime) -> Option<String> {
    let (time, day) = (shown.strftime("%H:%M"), shown.strftime("%a %Y-%m-%d"));
    Some(match oddity(zone, shown)? {
        Oddity::Skipped => {
            let then = first_at(zone, shown)?;
            format!("{time} does not exist on {day} and means {}", local(then, zone))
        }
        Oddity::Twice => format!("{time} comes twice on {day} and means the first pass"),
    })
}

/// Notes local times of a key that clocks skip or repeat.
fn tell_odd(reader: &mut Reader<'_>, at: Range<usize>, key: &str, odd: &[String]) {
    if !odd.is_empty() {
        let problem = format!("{key}: {}", first_of(odd));
        reader.note(at, Misread::new(problem, "nothing to do, unless another hour is meant"));
    }
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
