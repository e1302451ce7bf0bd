//! One rotation: whose turn it is at an instant, in constant time.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::local::first_at;
use super::window::Window;
use super::words::{Every, Handoff, HandoffDay, Unit};
use crate::domain::ids::PersonId;

/// Months of a year.
const MONTHS: i64 = 12;

/// People who take turns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// In their order; the first one has the first turn. At least one; somebody named twice has two turns.
    pub participants: Vec<PersonId>,
    /// How long a turn is.
    pub every: Every,
    /// When turns change.
    pub handoff: Handoff,
    /// The first turn starts at the first hand-off on or after this local date.
    pub start: Date,
    /// When it covers; empty: always.
    pub only: Vec<Window>,
}

/// Who covers for a rotation at an instant, and until when that is surely so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn<'a> {
    pub(super) person: Option<&'a PersonId>,
    /// The next instant at which it may change; `None`: it never does.
    pub(super) until: Option<Timestamp>,
}

impl Rotation {
    /// Who covers at `at`, with local times in `zone`.
    pub(super) fn turn(&self, zone: &TimeZone, at: Timestamp) -> Turn<'_> {
        let Some(n) = self.index(zone, at) else {
            return Turn { person: None, until: self.instant(zone, 0).filter(|first| *first > at) };
        };
        let handoff = if self.takes_turns() { self.instant(zone, n + 1) } else { None };
        let person = self.participant(n);
        if self.only.is_empty() {
            return Turn { person, until: handoff };
        }
        let windows = self.only.iter().map(|window| window.at(zone, at));
        let (covers, edge) = windows.fold((false, None), |(covers, edge), window| {
            (covers || window.covers, earlier(edge, window.until))
        });
        match covers {
            true => Turn { person, until: earlier(handoff, edge) },
            false => Turn { person: None, until: edge },
        }
    }

    /// The instant of the first hand-off, at which the first turn starts.
    #[must_use]
    pub fn first(&self, zone: &TimeZone) -> Option<Timestamp> {
        self.instant(zone, 0)
    }

    /// The local time of the `n`-th hand-off, from 0. Of turns in hours, only the first one has one.
    #[must_use]
    pub fn local(&self, n: i64) -> Option<DateTime> {
        let steps = n.checked_mul(self.every.count())?;
        let day = match self.every.unit() {
            Unit::Hours if n == 0 => self.start,
            Unit::Hours => return None,
            Unit::Days => days_later(self.first_day()?, steps)?,
            Unit::Weeks => days_later(self.first_day()?, steps.checked_mul(7)?)?,
            Unit::Months => self.day_of_month(self.first_month().checked_add(steps)?)?,
        };
        Some(day.to_datetime(self.handoff.time))
    }

    /// The number of the hand-off that was the last one at or before `at`, from 0; `None` before the first.
    #[must_use]
    pub fn index(&self, zone: &TimeZone, at: Timestamp) -> Option<i64> {
        let first = self.instant(zone, 0)?;
        if at < first {
            return None;
        }
        let guess = self.guess(zone, at, first)?.max(0);
        // What the clock shows is within a day or two of it, whatever a zone does.
        let is_due = |n: i64| self.instant(zone, n).is_some_and(|handoff| handoff <= at);
        let back = (0..=guess).rev().find(|n| is_due(*n))?;
        (back..).find(|n| !is_due(n + 1))
    }

    /// About how many turns have passed since the first hand-off.
    fn guess(&self, zone: &TimeZone, at: Timestamp, first: Timestamp) -> Option<i64> {
        let today = zone.to_datetime(at).date();
        let units = match self.every.unit() {
            Unit::Hours => at.duration_since(first).as_secs() / 3600,
            Unit::Days => days_between(self.first_day()?, today),
            Unit::Weeks => days_between(self.first_day()?, today).div_euclid(7),
            Unit::Months => month_of(today) - self.first_month(),
        };
        Some(units.div_euclid(self.every.count()))
    }

    /// The instant of the `n`-th hand-off, from 0; `None` only beyond the end of the calendar.
    fn instant(&self, zone: &TimeZone, n: i64) -> Option<Timestamp> {
        if self.every.unit() != Unit::Hours {
            return first_at(zone, self.local(n)?);
        }
        let hours = n.checked_mul(self.every.count())?;
        let span = SignedDuration::from_secs(hours.checked_mul(3600)?);
        first_at(zone, self.local(0)?)?.checked_add(span).ok()
    }

    fn participant(&self, n: i64) -> Option<&PersonId> {
        let count = i64::try_from(self.participants.len()).ok()?;
        self.participants.get(usize::try_from(n.checked_rem(count)?).ok()?)
    }

    /// Whether a hand-off ever changes who covers.
    fn takes_turns(&self) -> bool {
        self.participants.iter().any(|person| Some(person) != self.participants.first())
    }

    /// The day of the first hand-off of turns in days and weeks.
    fn first_day(&self) -> Option<Date> {
        match self.handoff.day {
            HandoffDay::Week(day) => days_later(self.start, self.start.weekday().until(day).into()),
            _ => Some(self.start),
        }
    }

    /// The month of the first hand-off of turns in months, counted from year 0.
    fn first_month(&self) -> i64 {
        let month = month_of(self.start);
        let is_past = self.day_of_month(month).is_some_and(|day| day < self.start);
        if is_past { month + 1 } else { month }
    }

    /// The day of the hand-off in a month that is counted from year 0.
    fn day_of_month(&self, month: i64) -> Option<Date> {
        let wanted = match self.handoff.day {
            HandoffDay::Month(day) => day,
            _ => self.start.day(),
        };
        let year = i16::try_from(month.div_euclid(MONTHS)).ok()?;
        let first = Date::new(year, i8::try_from(month.rem_euclid(MONTHS)).ok()? + 1, 1).ok()?;
        Date::new(first.year(), first.month(), wanted.min(first.days_in_month())).ok()
    }
}

/// The earlier of two instants that may never come.
pub(super) fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}

fn month_of(day: Date) -> i64 {
    i64::from(day.year()) * MONTHS + i64::from(day.month()) - 1
}

fn days_later(day: Date, days: i64) -> Option<Date> {
    let hours = days.checked_mul(24)?;
    let span = SignedDuration::from_secs(hours.checked_mul(3600)?);
    day.checked_add(span).ok()
}

fn days_between(from: Date, to: Date) -> i64 {
    to.duration_since(from).as_hours() / 24
}
