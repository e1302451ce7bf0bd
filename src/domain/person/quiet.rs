//! Hours of a day: those in which an ad-hoc call asks before it rings, and those of a rotation's windows.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::domain::oncall::first_at;
use crate::domain::span::{Misread, whole_number};

/// A span of local time each day, `[from, to)`; it may go over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct QuietHours {
    from: Time,
    /// Midnight here is the end of the day: read from `24:00` or `00:00`.
    to: Time,
}

impl QuietHours {
    /// Where it begins and ends; `None`: at the end of the day.
    #[must_use]
    pub fn edges(self) -> (Time, Option<Time>) {
        (self.from, Some(self.to).filter(|to| *to != Time::midnight()))
    }

    /// Whether local `time` is inside.
    #[must_use]
    pub fn covers(self, time: Time) -> bool {
        if self.from < self.to {
            self.from <= time && time < self.to
        } else {
            time >= self.from || time < self.to
        }
    }

    /// When the span that covers `now` ends; `None` for one that is the whole day.
    pub(super) fn ends(self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        if self.from == self.to {
            return None;
        }
        let local = zone.to_datetime(now);
        let today = self.to > local.time();
        let date = if today { local.date() } else { local.date().tomorrow().ok()? };
        let ends = date.to_datetime(self.to);
        // The hour that comes twice is covered twice: then its second pass ends it.
        first_at(zone, ends).filter(|at| *at > now).or_else(|| zone.to_ambiguous_timestamp(ends).later().ok())
    }
}

impl FromStr for QuietHours {
    type Err = Misread;

    /// Reads `22:00-07:00`. `24:00` may be the end; `00:00-24:00` is the whole day.
    fn from_str(text: &str) -> Result<Self, Misread> {
        let window = || {
            let (from, to) = text.split_once('-')?;
            Some((parse_time(from)?, if to == "24:00" { None } else { Some(parse_time(to)?) }))
        };
        let bad =
            |what: &str| Misread::new(format!("`{text}` {what}"), "write local times as in 22:00-07:00");
        let (from, to) = window().ok_or_else(|| bad("is not a span of hours"))?;
        if to == Some(from) {
            return Err(bad("covers no time at all"));
        }
        Ok(Self { from, to: to.unwrap_or(Time::midnight()) })
    }
}

impl TryFrom<String> for QuietHours {
    type Error = Misread;

    fn try_from(text: String) -> Result<Self, Misread> {
        text.parse()
    }
}

impl From<QuietHours> for String {
    fn from(hours: QuietHours) -> Self {
        hours.to_string()
    }
}

impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let to = if self.to == Time::midnight() { "24:00".to_owned() } else { show_time(self.to) };
        write!(f, "{}-{to}", show_time(self.from))
    }
}

/// Reads `HH:MM`, two digits each.
#[must_use]
pub fn parse_time(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let part = |text: &str| whole_number(text).filter(|_| text.len() == 2).and_then(|n| i8::try_from(n).ok());
    Time::new(part(hour)?, part(minute)?, 0, 0).ok()
}

/// Writes `HH:MM`.
#[must_use]
pub fn show_time(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;

    use super::*;

    fn hours(text: &str) -> QuietHours {
        text.parse().unwrap()
    }

    #[test]
    fn a_night_goes_over_midnight() {
        let night = hours("22:00-07:00");
        assert!(
            night.covers(time(22, 0, 0, 0))
                && night.covers(time(0, 0, 0, 0))
                && night.covers(time(6, 59, 59, 0))
        );
        assert!(!night.covers(time(7, 0, 0, 0)) && !night.covers(time(21, 59, 59, 0)));
    }

    #[test]
    fn a_day_may_end_at_midnight_or_be_whole() {
        let evening = hours("20:00-24:00");
        assert!(evening.covers(time(23, 59, 59, 0)) && !evening.covers(time(0, 0, 0, 0)));
        assert!(hours("00:00-24:00").covers(time(12, 0, 0, 0)));
        assert!(!hours("12:00-13:00").covers(time(0, 0, 0, 0)));
    }

    #[test]
    fn it_is_written_as_it_is_read() {
        for text in ["22:00-07:00", "20:00-24:00", "00:00-24:00", "09:05-09:06"] {
            assert_eq!(hours(text).to_string(), text);
        }
    }

    #[test]
    fn what_is_no_span_of_hours_is_refused() {
        for text in
            ["", "22:00", "22-07", "22:00-7:00", "24:00-07:00", "22:60-07:00", "-1:00-07:00", "22:00 - 07:00"]
        {
            assert!(text.parse::<QuietHours>().is_err(), "{text}");
        }
        let empty = "08:00-08:00".parse::<QuietHours>().unwrap_err();
        insta::assert_snapshot!(empty, @"`08:00-08:00` covers no time at all, write local times as in 22:00-07:00");
        assert!("00:00-00:00".parse::<QuietHours>().is_err());
    }
}
