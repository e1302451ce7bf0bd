//! From what a clock on the wall shows to the instant that is meant.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

/// Changes of a zone that are looked at to find the end of a local time that is skipped. One is enough for
/// all that has happened; a change that keeps the offset (of the zone's abbreviation only) may stand before it.
const CHANGES_MAX: usize = 4;

/// What is odd about a local time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oddity {
    /// The clocks go forward over it.
    Skipped,
    /// The clocks go back over it: it comes twice.
    Twice,
}

/// The first instant at which a clock in `zone` shows `local` or later. So a time that does not exist moves
/// to the next instant that does, and one that comes twice means its first pass. `None` only at the end of the calendar.
#[must_use]
pub fn first_at(zone: &TimeZone, local: DateTime) -> Option<Timestamp> {
    match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(local).ok(),
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(local).ok(),
        AmbiguousOffset::Gap { after, .. } => {
            // What the new offset makes of it is just before the change.
            let before = after.to_timestamp(local).ok()?;
            let changes = zone.following(before).take(CHANGES_MAX);
            changes.map(|change| change.timestamp()).find(|at| zone.to_datetime(*at) >= local)
        }
    }
}

/// When a clock in `zone` shows `local`, in order: twice where the clocks go back over it, and once elsewhere, as
/// [`first_at`] says; none at the end of the calendar.
pub(super) fn both_passes(zone: &TimeZone, local: DateTime) -> impl Iterator<Item = Timestamp> + use<> {
    let second = match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Fold { after, .. } => after.to_timestamp(local).ok(),
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Gap { .. } => None,
    };
    first_at(zone, local).into_iter().chain(second)
}

/// What is odd about `local` in `zone`.
#[must_use]
pub fn oddity(zone: &TimeZone, local: DateTime) -> Option<Oddity> {
    match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { .. } => None,
        AmbiguousOffset::Gap { .. } => Some(Oddity::Skipped),
        AmbiguousOffset::Fold { .. } => Some(Oddity::Twice),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(zone: &str, local: &str) -> String {
        first_at(&TimeZone::get(zone).unwrap(), local.parse().unwrap()).unwrap().to_string()
    }

    #[test]
    fn a_time_that_does_not_exist_moves_to_the_next_that_does() {
        assert_eq!(first("Europe/Berlin", "2026-03-29T01:59"), "2026-03-29T00:59:00Z");
        for local in ["2026-03-29T02:00", "2026-03-29T02:30", "2026-03-29T03:00"] {
            assert_eq!(first("Europe/Berlin", local), "2026-03-29T01:00:00Z", "{local}");
        }
        // Half an hour is skipped: 02:00 to 02:30.
        assert_eq!(first("Australia/Lord_Howe", "2026-10-04T02:15"), "2026-10-03T15:30:00Z");
        // A whole day is skipped.
        assert_eq!(first("Pacific/Apia", "2011-12-30T09:00"), "2011-12-30T10:00:00Z");
        assert_eq!(first("Pacific/Apia", "2011-12-31T00:00"), "2011-12-30T10:00:00Z");
        // The clocks go forward at midnight.
        assert_eq!(first("America/Sao_Paulo", "2018-11-04T00:00"), "2018-11-04T03:00:00Z");
    }

    #[test]
    fn a_time_that_comes_twice_means_its_first_pass() {
        assert_eq!(first("Europe/Berlin", "2026-10-25T02:30"), "2026-10-25T00:30:00Z");
        assert_eq!(first("Europe/Berlin", "2026-10-25T03:00"), "2026-10-25T02:00:00Z");
        assert_eq!(first("Australia/Lord_Howe", "2026-04-05T01:45"), "2026-04-04T14:45:00Z");
        assert_eq!(first("America/New_York", "2026-11-01T01:00"), "2026-11-01T05:00:00Z");
    }

    #[test]
    fn what_is_odd_is_told() {
        let odd = |zone: &str, local: &str| oddity(&TimeZone::get(zone).unwrap(), local.parse().unwrap());
        assert_eq!(odd("Europe/Berlin", "2026-03-29T02:30"), Some(Oddity::Skipped));
        assert_eq!(odd("Europe/Berlin", "2026-10-25T02:30"), Some(Oddity::Twice));
        assert_eq!(odd("Europe/Berlin", "2026-10-25T09:00"), None);
        assert_eq!(odd("Asia/Kathmandu", "2026-03-29T02:30"), None);
    }

    #[test]
    fn the_end_of_the_calendar_is_no_instant() {
        let zone = TimeZone::get("America/New_York").unwrap();
        assert_eq!(first_at(&zone, jiff::civil::DateTime::MAX), None);
    }
}
