//! How turns and hand-offs are written: `1w`, `Mon 09:00`.

use jiff::civil::{Date, Time, Weekday};

use crate::domain::person::parse_time;
use crate::domain::span::{Misread, whole_number};

/// Most hours, days, weeks or months of one turn.
const COUNT_MAX: u64 = 1000;

/// Weekdays as they are written, from Monday.
const WEEKDAYS: [(&str, Weekday); 7] = [
    ("Mon", Weekday::Monday),
    ("Tue", Weekday::Tuesday),
    ("Wed", Weekday::Wednesday),
    ("Thu", Weekday::Thursday),
    ("Fri", Weekday::Friday),
    ("Sat", Weekday::Saturday),
    ("Sun", Weekday::Sunday),
];

/// The unit of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Elapsed time.
    Hours,
    /// Local calendar days.
    Days,
    /// Local calendar weeks.
    Weeks,
    /// Local calendar months.
    Months,
}

/// How long a turn is; at least one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Every {
    count: u16,
    unit: Unit,
}

/// The day of a hand-off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HandoffDay {
    /// The day on which a turn of hours, days or weeks ends anyway.
    Any,
    /// A day of the week.
    Week(Weekday),
    /// A day of the month, 1 to 31; the last one of a shorter month.
    Month(i8),
}

/// When turns change, in local time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Handoff {
    /// On which day.
    pub day: HandoffDay,
    /// At what time.
    pub time: Time,
}

impl Every {
    /// One day.
    pub const DAY: Self = Self { count: 1, unit: Unit::Days };
    /// One week.
    pub const WEEK: Self = Self { count: 1, unit: Unit::Weeks };

    /// `12h`, `1d`, `2w`, `1mo`.
    ///
    /// # Errors
    /// [`Misread`] for anything else.
    pub fn read(text: &str) -> Result<Self, Misread> {
        let units = [("mo", Unit::Months), ("h", Unit::Hours), ("d", Unit::Days), ("w", Unit::Weeks)];
        let read = units.iter().find_map(|(name, unit)| Some((text.strip_suffix(name)?, *unit)));
        let read = read.and_then(|(count, unit)| Some((whole_number(count)?, unit)));
        let bad = || Misread::new(format!("`{text}` is not a turn"), "write it as in 12h, 1d, 2w or 1mo");
        let (count, unit) = read.filter(|(count, _)| (1..=COUNT_MAX).contains(count)).ok_or_else(bad)?;
        Ok(Self { count: u16::try_from(count).map_err(|_| bad())?, unit })
    }

    /// How many units; at least 1.
    #[must_use]
    pub const fn count(self) -> i64 {
        self.count as i64
    }

    /// Which units.
    #[must_use]
    pub const fn unit(self) -> Unit {
        self.unit
    }
}

impl Handoff {
    /// `Mon 09:00`, `09:00` or `day 1 09:00`, as `unit` asks.
    ///
    /// # Errors
    /// [`Misread`] for a form that does not fit.
    pub fn read(text: &str, unit: Unit) -> Result<Self, Misread> {
        let words: Vec<&str> = text.split(' ').collect();
        let day = match (words.as_slice(), unit) {
            ([_], Unit::Hours | Unit::Days | Unit::Weeks) => Some(HandoffDay::Any),
            ([day, _], Unit::Weeks) => weekday(day).map(HandoffDay::Week),
            (["day", day, _], Unit::Months) => day_of_month(day).map(HandoffDay::Month),
            _ => None,
        };
        let time = words.last().and_then(|time| parse_time(time));
        let (turn, form) = match unit {
            Unit::Hours => ("hours", "09:00"),
            Unit::Days => ("days", "09:00"),
            Unit::Weeks => ("weeks", "Mon 09:00 or 09:00"),
            Unit::Months => ("months", "day 1 09:00"),
        };
        day.zip(time).map(|(day, time)| Self { day, time }).ok_or_else(|| {
            Misread::new(
                format!("`{text}` is not a hand-off of a turn in {turn}"),
                format!("write it as in {form}"),
            )
        })
    }

    /// Where the file names none: 09:00, of turns in weeks on Monday, of turns in months on day 1.
    #[must_use]
    pub const fn usual(unit: Unit) -> Self {
        let day = match unit {
            Unit::Hours | Unit::Days => HandoffDay::Any,
            Unit::Weeks => HandoffDay::Week(Weekday::Monday),
            Unit::Months => HandoffDay::Month(1),
        };
        Self { day, time: Time::constant(9, 0, 0, 0) }
    }
}

/// Where the file names no start: a Monday, and the first of a month, so that every usual hand-off is on it.
pub const USUAL_START: Date = Date::constant(2024, 1, 1);

/// A local date.
///
/// # Errors
/// [`Misread`] for anything but `2026-01-05`.
pub fn read_date(text: &str) -> Result<Date, Misread> {
    let strict = text.len() == 10;
    let read = text.parse::<Date>().ok().filter(|_| strict);
    read.ok_or_else(|| Misread::new(format!("`{text}` is not a date"), "write it as in 2026-01-05"))
}

/// `Mon`.
pub(super) fn weekday(text: &str) -> Option<Weekday> {
    WEEKDAYS.iter().find(|(name, _)| *name == text).map(|(_, day)| *day)
}

fn day_of_month(text: &str) -> Option<i8> {
    whole_number(text).and_then(|day| i8::try_from(day).ok()).filter(|day| (1..=31).contains(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said<T: std::fmt::Debug>(read: Result<T, Misread>) -> String {
        read.unwrap_err().to_string()
    }

    #[test]
    fn a_turn_is_a_count_of_units() {
        let every = |text| Every::read(text).map(|every| (every.count(), every.unit()));
        assert_eq!((every("12h"), every("1d")), (Ok((12, Unit::Hours)), Ok((1, Unit::Days))));
        assert_eq!((every("2w"), every("1mo")), (Ok((2, Unit::Weeks)), Ok((1, Unit::Months))));
        assert_eq!(every("1000h"), Ok((1000, Unit::Hours)));
        for text in ["0d", "1m", "+1d", "d", "1001d", "1 d", "1.5d", ""] {
            assert!(every(text).is_err(), "{text}");
        }
        insta::assert_snapshot!(said(every("weekly")), @"`weekly` is not a turn, write it as in 12h, 1d, 2w or 1mo");
    }

    #[test]
    fn a_handoff_fits_its_turn() {
        let day = |text, unit| Handoff::read(text, unit).map(|handoff| handoff.day);
        assert_eq!(day("Mon 09:00", Unit::Weeks), Ok(HandoffDay::Week(Weekday::Monday)));
        assert_eq!(day("09:00", Unit::Weeks), Ok(HandoffDay::Any));
        assert_eq!(day("09:00", Unit::Hours), Ok(HandoffDay::Any));
        assert_eq!(day("day 31 09:00", Unit::Months), Ok(HandoffDay::Month(31)));
        for (text, unit) in [
            ("day 32 09:00", Unit::Months),
            ("day 0 09:00", Unit::Months),
            ("09:00", Unit::Months),
            ("Mon 09:00", Unit::Months),
            ("24:00", Unit::Days),
            ("mon 09:00", Unit::Weeks),
            ("Mon  09:00", Unit::Weeks),
            ("day 1 09:00", Unit::Weeks),
            ("", Unit::Days),
        ] {
            assert!(Handoff::read(text, unit).is_err(), "{text}");
        }
        insta::assert_snapshot!(said(Handoff::read("Mon 09:00", Unit::Days)), @"`Mon 09:00` is not a hand-off of a turn in days, write it as in 09:00");
    }

    #[test]
    fn a_date_is_whole() {
        assert!(read_date("2026-01-05").is_ok());
        assert!(read_date("2026-02-30").is_err() && read_date("2026-01-05T00:00").is_err());
        assert!(read_date("2026-1-5").is_err());
    }
}
