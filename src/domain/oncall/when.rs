//! An instant as people write it: RFC 3339, or local time.

use std::time::Duration;

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::local::{Oddity, both_passes, first_at, oddity};
use super::words::weekday;
use crate::clock::later;
use crate::domain::person::parse_time;
use crate::domain::span::{Misread, parse_span};

/// Longest text that is read: the longest form, with a fraction of a second and an offset.
const TEXT_MAX: usize = 40;

/// Days among which the next `Mon 09:00` is, today included; one more, since today's may be over.
const DAYS_AHEAD: i64 = 8;

/// Reads an instant: `2026-03-29T02:30:00+01:00`, or in the local time of `zone` `2026-03-29 02:30`,
/// `2026-03-29`, `Sun 02:30` and `02:30` (the next one), or `2h` (from `now`).
///
/// # Errors
/// [`Misread`] for anything else, and for what is outside the calendar.
pub fn parse_when(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, Misread> {
    let text = text.trim();
    let bad = || {
        let shown: String = text.chars().take(TEXT_MAX).collect();
        Misread::new(
            format!("`{shown}` is not a time"),
            "write it as in 2026-03-29T02:30:00+01:00, 2026-03-29 02:30, Sun 02:30, 02:30 or 2h",
        )
    };
    // The library would also take a zone in brackets, and then there would be two.
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"+-:. ".contains(&b);
    if text.len() > TEXT_MAX || !text.bytes().all(plain) {
        return Err(bad());
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    if let Ok(span) = parse_span(&text.to_ascii_lowercase()) {
        return Ok(later(now, span));
    }
    let local = local(text).and_then(|local| first_at(zone, local));
    local.or_else(|| next(text, now, zone)).ok_or_else(bad)
}

/// The local time that `text` names, if clocks in `zone` skip it: [`parse_when`] reads the next one that exists.
#[must_use]
pub fn skipped(text: &str, zone: &TimeZone) -> Option<DateTime> {
    local(text.trim()).filter(|local| oddity(zone, *local) == Some(Oddity::Skipped))
}

/// Reads two instants, each as [`parse_when`] does and of one or two words: `Mon 09:00 Tue 17:00`, `now 2h`. The
/// second one is read from the first on.
///
/// # Errors
/// [`Misread`] when the words are no two instants, or only one: `2026-03-10 18:00` has no end.
pub fn parse_from_to(text: &str, now: Timestamp, zone: &TimeZone) -> Result<(Timestamp, Timestamp), Misread> {
    let words: Vec<&str> = text.split_ascii_whitespace().take(WORDS_MAX + 1).collect();
    let both = |split: usize| {
        let (from, to) = (words[..split].join(" "), words[split..].join(" "));
        let from = if from.eq_ignore_ascii_case("now") { now } else { parse_when(&from, now, zone).ok()? };
        let to_from = |since| parse_when(&to, since, zone).ok();
        // `Mon 09:00 Mon 09:00` is a week, not nothing.
        let next = || to_from(later(from, Duration::from_secs(1)));
        Some((from, if to_from(from)? == from { next()? } else { to_from(from)? }))
    };
    let is_one = parse_when(&words.join(" "), now, zone).is_ok();
    let found = (1..words.len()).filter(|_| words.len() <= WORDS_MAX && !is_one).find_map(both);
    found.ok_or_else(|| {
        let shown: String = text.chars().take(TEXT_MAX).collect();
        let advice =
            "write from and to, as in now 2h, Mon 09:00 Tue 17:00 or 2026-03-29 02:30 2026-03-29 08:00";
        Misread::new(format!("`{shown}` is no span of time"), advice)
    })
}

/// Words of two instants.
const WORDS_MAX: usize = 4;

/// `2026-03-29T02:30`, `2026-03-29 02:30:15`, `2026-03-29`.
fn local(text: &str) -> Option<DateTime> {
    let (date, time) = text.split_once(['T', 't', ' ']).map_or((text, None), |(d, t)| (d, Some(t)));
    let date = Some(date).filter(|date| date.len() == 10)?.parse::<Date>().ok()?;
    let Some(time) = time else { return Some(date.at(0, 0, 0, 0)) };
    let seconds = time.len() == 8 && time.bytes().all(|b| b.is_ascii_digit() || b == b':');
    let time = parse_time(time).or_else(|| seconds.then(|| time.parse().ok()).flatten())?;
    Some(date.to_datetime(time))
}

/// The next `Sun 02:30` or `02:30`; in an hour that comes twice, the second pass once the first is over.
fn next(text: &str, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let (day, time) = match text.split_once(' ') {
        Some((day, time)) => (Some(weekday(&capital(day))?), parse_time(time)?),
        None => (None, parse_time(text)?),
    };
    let today = zone.to_datetime(now).date();
    let days = (0..=DAYS_AHEAD).filter_map(|n| today.checked_add(SignedDuration::from_hours(24 * n)).ok());
    let fits = |date: &Date| day.is_none_or(|day: Weekday| date.weekday() == day);
    let passes = days.filter(fits).flat_map(|date| both_passes(zone, date.to_datetime(time)));
    passes.into_iter().find(|at| *at >= now)
}

/// People also write `sun` and `SUN`.
fn capital(word: &str) -> String {
    let lower = word.to_ascii_lowercase();
    let mut letters = lower.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, Misread> {
        // A Tuesday, 16:00 in Berlin.
        read_at(text, "2026-03-10T15:00:00Z")
    }

    fn read_at(text: &str, now: &str) -> Result<String, Misread> {
        let now = now.parse().unwrap();
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        parse_when(text, now, &zone).map(|at| at.to_string())
    }

    #[test]
    fn an_instant_is_written_in_many_ways() {
        for (text, at) in [
            ("2026-03-29T02:30:00Z", "2026-03-29T02:30:00Z"),
            ("2026-03-29T02:30:00+05:30", "2026-03-28T21:00:00Z"),
            ("2026-03-29T01:30", "2026-03-29T00:30:00Z"),
            ("2026-03-29 01:30:15", "2026-03-29T00:30:15Z"),
            ("2026-03-29 02:30", "2026-03-29T01:00:00Z"),
            ("2026-10-25 02:30", "2026-10-25T00:30:00Z"),
            ("2026-03-29", "2026-03-28T23:00:00Z"),
            ("16:00", "2026-03-10T15:00:00Z"),
            ("15:59", "2026-03-11T14:59:00Z"),
            ("Tue 15:59", "2026-03-17T14:59:00Z"),
            ("sun 02:30", "2026-03-15T01:30:00Z"),
            (" 2h ", "2026-03-10T17:00:00Z"),
            ("2H", "2026-03-10T17:00:00Z"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(at), "{text}");
        }
    }

    #[test]
    fn in_an_hour_that_comes_twice_the_next_pass_is_meant() {
        let next = |text: &str, now: &str| read_at(text, now).unwrap();
        // Berlin's clocks go back from 03:00 to 02:00 at 01:00 UTC.
        assert_eq!(next("02:30", "2026-10-25T00:10:00Z"), "2026-10-25T00:30:00Z");
        assert_eq!(next("02:30", "2026-10-25T00:40:00Z"), "2026-10-25T01:30:00Z");
        assert_eq!(next("Sun 02:30", "2026-10-25T01:10:00Z"), "2026-10-25T01:30:00Z");
        assert_eq!(next("02:30", "2026-10-25T01:40:00Z"), "2026-10-26T01:30:00Z");
        assert_eq!(next("02:30", "2026-03-29T00:40:00Z"), "2026-03-29T01:00:00Z");
    }

    #[test]
    fn two_instants_are_told_apart() {
        let read = |text: &str| {
            let zone = TimeZone::get("Europe/Berlin").unwrap();
            let now = "2026-03-10T15:00:00Z".parse().unwrap();
            parse_from_to(text, now, &zone).map(|(from, to)| format!("{from} {to}"))
        };
        for (text, span) in [
            ("now 2h", "2026-03-10T15:00:00Z 2026-03-10T17:00:00Z"),
            ("Mon 09:00 Tue 17:00", "2026-03-16T08:00:00Z 2026-03-17T16:00:00Z"),
            ("Mon 09:00 8h", "2026-03-16T08:00:00Z 2026-03-16T16:00:00Z"),
            ("Mon 09:00 Mon 09:00", "2026-03-16T08:00:00Z 2026-03-23T08:00:00Z"),
            ("22:00 06:00", "2026-03-10T21:00:00Z 2026-03-11T05:00:00Z"),
            ("2026-03-29 02:30 2026-03-29 08:00", "2026-03-29T01:00:00Z 2026-03-29T06:00:00Z"),
            ("2026-03-28 2026-03-30", "2026-03-27T23:00:00Z 2026-03-29T22:00:00Z"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(span), "{text}");
        }
        for text in [
            "",
            "now",
            "2h",
            "Mon Tue",
            "Mon 09:00",
            "2026-03-10 18:00",
            "2026-03-12  09:00",
            "Mon 09:00 Tue 17:00 Wed",
            "a b c d e f",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_instant_is_refused() {
        for text in [
            "",
            "soon",
            "2026-02-30",
            "2026-03-29T25:00",
            "2026-03-29T01:30[Europe/Berlin]",
            "2026-3-29",
            "Sunday 02:30",
            "2026-03-29 02:30 02:30",
            "24:00",
            "2026-03-29T02:30:00Z2026-03-29T02:30:00Z2026",
            "99999w",
            "９:00",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        insta::assert_snapshot!(read("tomorrow").unwrap_err(), @"`tomorrow` is not a time, write it as in 2026-03-29T02:30:00+01:00, 2026-03-29 02:30, Sun 02:30, 02:30 or 2h");
    }
}
