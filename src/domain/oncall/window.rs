//! Windows of local time in which a rotation covers: `Mon-Fri 09:00-17:00`.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;

use super::local::first_at;
use super::words::weekday;
use crate::domain::person::QuietHours;
use crate::domain::span::Misread;

/// Days before the local date of an instant that may still matter to it: a window that went over midnight
/// began the day before, and a zone may have skipped that day.
const DAYS_BEFORE: i8 = 2;

/// Days after it among which the next edge is: each window comes once a week, and a day may be skipped.
const DAYS_AFTER: i8 = 9;

/// A span of local time on some days of the week. One that goes over midnight belongs to the day it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// From Monday.
    days: [bool; 7],
    hours: QuietHours,
}

/// Whether a window covers an instant, and until when that is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cover {
    pub(super) covers: bool,
    /// The next edge; `None` only at the end of the calendar.
    pub(super) until: Option<Timestamp>,
}

impl Window {
    /// `09:00-17:00`, `Mon-Fri 09:00-17:00`, `Mon,Wed 20:00-08:00`, `Sat-Mon 00:00-24:00`.
    ///
    /// # Errors
    /// [`Misread`] for anything else, and for a window that covers no time at all.
    pub fn read(text: &str) -> Result<Self, Misread> {
        let (days, hours) = text.split_once(' ').map_or((None, text), |(days, hours)| (Some(days), hours));
        let advice = "write it as in 09:00-17:00, Mon-Fri 09:00-17:00 or Mon,Wed 20:00-08:00";
        let days = days.map_or(Some([true; 7]), read_days);
        let days = days.ok_or_else(|| Misread::new(format!("`{text}` names no days"), advice))?;
        let hours = hours.parse::<QuietHours>().map_err(|misread| Misread::new(misread.problem, advice))?;
        Ok(Self { days, hours })
    }

    /// Local times at which it begins and ends when it starts on `day`; `None`: not on that day.
    #[must_use]
    pub fn on(&self, day: Date) -> Option<(DateTime, DateTime)> {
        if !self.days[index(day.weekday())] {
            return None;
        }
        let (from, to) = self.hours.edges();
        let end = match to {
            Some(to) if from < to => day.to_datetime(to),
            to => day.tomorrow().ok()?.to_datetime(to.unwrap_or(Time::midnight())),
        };
        Some((day.to_datetime(from), end))
    }

    /// Whether it covers `at`, in `zone`.
    #[must_use]
    pub fn covers(&self, zone: &TimeZone, at: Timestamp) -> bool {
        self.at(zone, at).covers
    }

    /// Whether it covers `at`, in `zone`, and until when that is so.
    pub(super) fn at(&self, zone: &TimeZone, at: Timestamp) -> Cover {
        let shown = zone.to_datetime(at);
        // From day to day both edges only move on, so the first edge behind `at` is the next one.
        for days in -DAYS_BEFORE..=DAYS_AFTER {
            let edges = plus(shown.date(), days).and_then(|day| self.on(day));
            // What the clock shows has come, and need not be looked up; what it does not show may have come all the
            // same, in an hour that comes twice.
            let Some((start, end)) = edges.filter(|(_, end)| shown < *end) else { continue };
            let begins = (shown < start).then(|| first_at(zone, start));
            if let Some(start) = begins.filter(|start| start.is_none_or(|start| at < start)) {
                return Cover { covers: false, until: start };
            }
            let end = first_at(zone, end);
            if end.is_none_or(|end| at < end) {
                return Cover { covers: true, until: end };
            }
        }
        Cover { covers: false, until: None }
    }
}

fn plus(day: Date, days: i8) -> Option<Date> {
    day.checked_add(jiff::SignedDuration::from_hours(24 * i64::from(days))).ok()
}

/// `Mon-Fri`, `Mon,Wed`, `Sat-Mon`.
fn read_days(text: &str) -> Option<[bool; 7]> {
    let mut days = [false; 7];
    for span in text.split(',') {
        let (from, to) = span.split_once('-').unwrap_or((span, span));
        let (mut day, last) = (weekday(from)?, weekday(to)?);
        days[index(day)] = true;
        while day != last {
            day = day.next();
            days[index(day)] = true;
        }
    }
    Some(days)
}

fn index(day: Weekday) -> usize {
    usize::try_from(day.to_monday_zero_offset()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(window: &str, zone: &str, at: &str) -> bool {
        Window::read(window).unwrap().at(&TimeZone::get(zone).unwrap(), at.parse().unwrap()).covers
    }

    fn until(window: &str, zone: &str, at: &str) -> String {
        let window = Window::read(window).unwrap();
        window.at(&TimeZone::get(zone).unwrap(), at.parse().unwrap()).until.unwrap().to_string()
    }

    #[test]
    fn days_may_be_listed_spanned_and_wrapped() {
        let on = |text: &str| read_days(text).map(|days| days.map(u8::from));
        assert_eq!(on("Mon-Fri"), Some([1, 1, 1, 1, 1, 0, 0]));
        assert_eq!(on("Mon,Wed"), Some([1, 0, 1, 0, 0, 0, 0]));
        assert_eq!(on("Sat-Mon"), Some([1, 0, 0, 0, 0, 1, 1]));
        assert_eq!(on("Sun,Tue-Wed"), Some([0, 1, 1, 0, 0, 0, 1]));
        for text in ["", "mon", "Mon,", "Mon-", "Mon-Fri-Sun", "Monday"] {
            assert_eq!(on(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_window_is_refused() {
        let said = |text| Window::read(text).unwrap_err().to_string();
        insta::assert_snapshot!(said("Weekdays 09:00-17:00"), @"`Weekdays 09:00-17:00` names no days, write it as in 09:00-17:00, Mon-Fri 09:00-17:00 or Mon,Wed 20:00-08:00");
        insta::assert_snapshot!(said("08:00-08:00"), @"`08:00-08:00` covers no time at all, write it as in 09:00-17:00, Mon-Fri 09:00-17:00 or Mon,Wed 20:00-08:00");
        for text in ["", "always", "Mon", "Mon 9:00-17:00", "Mon-Fri  09:00-17:00", "24:00-08:00"] {
            assert!(Window::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_night_belongs_to_the_day_it_starts() {
        // 2026-03-06 is a Friday.
        assert!(covers("Fri 20:00-08:00", "UTC", "2026-03-07T07:59:59Z"));
        assert!(!covers("Fri 20:00-08:00", "UTC", "2026-03-06T07:00:00Z"));
        assert!(!covers("Fri 20:00-08:00", "UTC", "2026-03-07T08:00:00Z"));
        assert_eq!(until("Fri 20:00-08:00", "UTC", "2026-03-07T08:00:00Z"), "2026-03-13T20:00:00Z");
        assert_eq!(until("20:00-08:00", "UTC", "2026-03-07T07:00:00Z"), "2026-03-07T08:00:00Z");
        assert_eq!(until("Sat 00:00-24:00", "UTC", "2026-03-07T07:00:00Z"), "2026-03-08T00:00:00Z");
    }

    #[test]
    fn edges_keep_the_rules_of_the_nights_on_which_clocks_move() {
        // 02:30 does not exist on 29 March: the window begins at 03:00, which is 01:00 UTC.
        assert!(!covers("02:30-05:00", "Europe/Berlin", "2026-03-29T00:59:59Z"));
        assert!(covers("02:30-05:00", "Europe/Berlin", "2026-03-29T01:00:00Z"));
        // A window inside the skipped hour covers nothing that night.
        assert_eq!(until("02:10-02:50", "Europe/Berlin", "2026-03-28T12:00:00Z"), "2026-03-29T01:00:00Z");
        assert!(!covers("02:10-02:50", "Europe/Berlin", "2026-03-29T01:00:00Z"));
        // On 25 October 02:30 comes twice: it ends at the first pass, and begins at the first pass.
        assert!(!covers("01:00-02:30", "Europe/Berlin", "2026-10-25T00:30:00Z"));
        assert!(!covers("01:00-02:30", "Europe/Berlin", "2026-10-25T01:15:00Z"));
        assert!(covers("02:30-03:00", "Europe/Berlin", "2026-10-25T01:15:00Z"));
        // 30 December 2011, a Friday, was skipped as a whole.
        assert!(!covers("Fri 09:00-17:00", "Pacific/Apia", "2011-12-30T10:00:00Z"));
        assert!(!covers("Fri 00:00-24:00", "Pacific/Apia", "2011-12-30T10:00:00Z"));
        assert!(covers("Sat 00:00-24:00", "Pacific/Apia", "2011-12-30T10:00:00Z"));
    }
}
