//! How instants and spans are said.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::super::oncall::{Oddity, oddity};

/// Nobody takes a time of day within it for one of another day.
const HALF_A_DAY: Duration = Duration::from_secs(12 * 3600);

/// `16:04:05 UTC`.
pub(super) fn clock_time(at: Timestamp) -> String {
    at.strftime("%H:%M:%S UTC").to_string()
}

/// The same, with the day where `at` is not within half a day of `near`: what else the reader is told of.
pub(super) fn time_near(at: Timestamp, near: Timestamp) -> String {
    let apart = crate::clock::until(at.min(near), at.max(near));
    if apart < HALF_A_DAY { clock_time(at) } else { day_time(at) }
}

/// `2026-11-24 16:04:05 UTC`.
pub(super) fn day_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// `16:04:05 on Tue 24 Nov (Europe/Berlin)`: exact, and never before `at`.
pub(super) fn local_time(at: Timestamp, zone: &TimeZone) -> String {
    let whole = if at.subsec_nanosecond() > 0 {
        at.checked_add(Duration::from_secs(1)).unwrap_or(Timestamp::MAX)
    } else {
        at
    };
    let local = whole.to_zoned_datetime(zone.clone());
    let name = zone.iana_name().unwrap_or("UTC");
    format!("{} ({name})", local.strftime("%H:%M:%S on %a %d %b"))
}

/// `Mon 16 Mar 09:00` in `zone`; with seconds where there are some, and with the offset from UTC where the clock shows that
/// time twice: `Sun 25 Oct 02:30 (+01:00)`. Parts of a second are dropped.
pub(super) fn day_minute(at: Timestamp, zone: &TimeZone) -> String {
    minute(at, zone, "%a %-d %b")
}

/// `Mon 16 Mar 2026 09:00`.
pub(super) fn year_minute(at: Timestamp, zone: &TimeZone) -> String {
    minute(at, zone, "%a %-d %b %Y")
}

fn minute(at: Timestamp, zone: &TimeZone, day: &str) -> String {
    let local = zone.to_datetime(at);
    let time = if local.second() == 0 { "%H:%M" } else { "%H:%M:%S" };
    let told = local.strftime(&format!("{day} {time}")).to_string();
    match oddity(zone, local) {
        Some(Oddity::Twice) => format!("{told} ({})", at.to_zoned_datetime(zone.clone()).strftime("%:z")),
        Some(Oddity::Skipped) | None => told,
    }
}

/// Before an answer about `at`, which was asked for as `local`: a time that clocks in `zone` skip.
#[must_use]
pub fn no_such_time(local: DateTime, at: Timestamp, zone: &TimeZone) -> String {
    let (asked, name) = (local.strftime("%H:%M on %a %-d %b"), zone.iana_name().unwrap_or("UTC"));
    format!("Clocks skip {asked} ({name}): read as {}.", zone.to_datetime(at).strftime("%H:%M"))
}

/// `2 h 5 min`, `3 min 4 s`, `45 s`: the two units that matter.
pub(super) fn span(from: Timestamp, to: Timestamp) -> String {
    duration(crate::clock::until(from, to))
}

/// See [`span`].
pub(super) fn duration(span: Duration) -> String {
    let seconds = span.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, 0) => format!("{m} min"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, 0, _) => format!("{h} h"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_comes_twice_is_said_with_its_offset() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let told = |at: &str| day_minute(at.parse().unwrap(), &zone);
        assert_eq!(told("2026-10-25T00:30:00Z"), "Sun 25 Oct 02:30 (+02:00)");
        assert_eq!(told("2026-10-25T01:30:00Z"), "Sun 25 Oct 02:30 (+01:00)");
        assert_eq!(told("2026-10-25T02:00:00Z"), "Sun 25 Oct 03:00");
        assert_eq!(told("2026-03-29T01:00:00Z"), "Sun 29 Mar 03:00");
        assert_eq!(
            year_minute("2026-10-25T01:30:30Z".parse().unwrap(), &zone),
            "Sun 25 Oct 2026 02:30:30 (+01:00)"
        );
    }
}
