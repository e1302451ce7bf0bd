//! An independent model of the schedules' arithmetic: it walks minute by minute, and shares no code with the
//! rules that it judges. Of the program it uses the words of a schedule only, of the zones only their offsets.
//!
//! It keeps one number: the latest local minute that a clock has shown so far (`shown`). A local time is due
//! from the first minute at which the clock has shown it or something later. That alone makes a time that is
//! skipped move on, and one that comes twice count once.

mod made_up;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::tests::{at, rotation, schedule};
use super::{Ahead, Override, Replacement, next_change, on_call, shifts};
use crate::domain::ids::PersonId;

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60;

/// Zones with their reasons: two changes a year; the other hemisphere's half hour; half past; changes around
/// Ramadan; a skipped day; no change at all.
const ZONES: [&str; 7] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Asia/Kathmandu",
];

/// Days since 1970-01-01 of a date, by counting years and months.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let years: i64 = (1970..year).map(|year| 365 + i64::from(is_leap(year))).sum();
    let months: i64 = (1..month).map(|month| month_days(year, month)).sum();
    years + months + day - 1
}

fn month_days(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// 0 is Monday; 1970-01-01 was a Thursday.
fn weekday(day: i64) -> i64 {
    (day + 3).rem_euclid(7)
}

fn weekday_named(name: &str) -> i64 {
    ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].iter().position(|day| *day == name).unwrap() as i64
}

fn minutes_of(time: &str) -> i64 {
    let (hour, minute) = time.split_once(':').unwrap();
    hour.parse::<i64>().unwrap() * 60 + minute.parse::<i64>().unwrap()
}

/// A rotation as it is written, with its state while time passes.
#[derive(Debug, Clone)]
struct Walker {
    names: Vec<String>,
    /// `h`, `d`, `w` or `mo`, and how many.
    unit: String,
    count: i64,
    /// Of turns in months: the day wanted, and the month of the next hand-off.
    wanted_day: i64,
    month: (i64, i64),
    /// The next hand-off: a local minute, of hours the first one only.
    next_local: i64,
    /// Of hours: minutes that have passed since the first hand-off.
    elapsed: Option<i64>,
    /// Turns begun.
    turns: i64,
    windows: Vec<([bool; 7], i64, i64)>,
}

impl Walker {
    fn new(words: [&str; 4], only: &[&str]) -> Self {
        let [names, every, handoff, start] = words;
        let digits = every.find(|c: char| !c.is_ascii_digit()).unwrap();
        let (count, unit) = every.split_at(digits);
        let date: Vec<i64> = start.split('-').map(|part| part.parse().unwrap()).collect();
        let words: Vec<&str> = handoff.split(' ').collect();
        let time = minutes_of(words.last().unwrap());
        let mut day = days(date[0], date[1], date[2]);
        let mut month = (date[0], date[1]);
        let mut wanted_day = 0;
        if words.len() == 2 {
            while weekday(day) != weekday_named(words[0]) {
                day += 1;
            }
        } else if words.len() == 3 {
            wanted_day = words[1].parse().unwrap();
            while clamped(month, wanted_day) < day {
                month = following(month);
            }
            day = clamped(month, wanted_day);
        }
        Self {
            names: names.split(' ').map(str::to_owned).collect(),
            unit: unit.to_owned(),
            count: count.parse().unwrap(),
            wanted_day,
            month,
            next_local: day * DAY + time,
            elapsed: None,
            turns: 0,
            windows: only.iter().map(|window| read_window(window)).collect(),
        }
    }

    /// One minute later: the clock has `shown` this local minute, or this is the latest it has.
    fn tick(&mut self, shown: i64) {
        if self.unit == "h" {
            match &mut self.elapsed {
                Some(elapsed) => *elapsed += 1,
                None if shown >= self.next_local => self.elapsed = Some(0),
                None => {}
            }
            self.turns = self.elapsed.map_or(0, |elapsed| elapsed / (60 * self.count) + 1);
            return;
        }
        while shown >= self.next_local {
            self.turns += 1;
            self.next_local += match self.unit.as_str() {
                "d" => self.count * DAY,
                "w" => self.count * 7 * DAY,
                _ => {
                    let before = clamped(self.month, self.wanted_day);
                    for _ in 0..self.count {
                        self.month = following(self.month);
                    }
                    (clamped(self.month, self.wanted_day) - before) * DAY
                }
            };
        }
    }

    /// Whose turn it is, by their place, while a window is open.
    fn covering(&self, shown: i64) -> Option<usize> {
        let is_open = self.windows.is_empty()
            || self.windows.iter().any(|(on, from, to)| {
                (shown / DAY - 2..=shown / DAY).any(|day| {
                    let ends = if from < to { day * DAY + to } else { (day + 1) * DAY + to };
                    day * DAY + from <= shown && shown < ends && on[weekday(day) as usize]
                })
            });
        (self.turns > 0 && is_open).then(|| ((self.turns - 1) % self.names.len() as i64) as usize)
    }
}

fn following((year, month): (i64, i64)) -> (i64, i64) {
    if month == 12 { (year + 1, 1) } else { (year, month + 1) }
}

fn clamped((year, month): (i64, i64), wanted: i64) -> i64 {
    days(year, month, wanted.min(month_days(year, month)))
}

fn read_window(text: &str) -> ([bool; 7], i64, i64) {
    let (named, hours) = text.split_once(' ').unwrap_or(("Mon-Sun", text));
    let mut on = [false; 7];
    for span in named.split(',') {
        let (from, to) = span.split_once('-').unwrap_or((span, span));
        let (from, to) = (weekday_named(from), weekday_named(to));
        for day in from..from + 7 {
            on[(day % 7) as usize] = true;
            if day % 7 == to {
                break;
            }
        }
    }
    let (from, to) = hours.split_once('-').unwrap();
    (on, minutes_of(from), minutes_of(to))
}

/// For each minute of `[from, to)` the latest local minute that a clock has shown. It begins two days
/// earlier, so that a time that comes twice is known as such from the first minute on.
fn shown(zone: &str, from: Timestamp, to: Timestamp) -> Vec<i64> {
    let zone = TimeZone::get(zone).unwrap();
    let minute = |at: i64| {
        let offset = zone.to_offset(Timestamp::from_second(at).unwrap()).seconds();
        assert_eq!(offset % 60, 0, "an offset of whole minutes");
        (at + i64::from(offset)).div_euclid(MINUTE)
    };
    let (from, to) = (from.as_second(), to.as_second());
    let mut latest = (from - 2 * DAY * MINUTE..from).step_by(60).map(minute).max().unwrap();
    (from..to)
        .step_by(60)
        .map(|at| {
            latest = latest.max(minute(at));
            latest
        })
        .collect()
}

/// A rotation in words.
type Words<'a> = ([&'a str; 4], Vec<&'a str>);

/// Compares what a schedule says with the model, for every minute from `from` on.
fn compare(zone: &str, words: &[Words<'_>], overrides: &[Override], (from, shown): (Timestamp, &[i64])) {
    let rotations = words.iter().map(|(words, only)| rotation(*words, only)).collect();
    let schedule = schedule(zone, rotations);
    let minute = |index: usize| Timestamp::from_second(from.as_second() + index as i64 * MINUTE).unwrap();
    let mut model = Model::new(words, overrides);
    let to = minute(shown.len());
    let mut told = shifts(&schedule, overrides, from, to);
    let mut shift = told.next().unwrap();
    assert_eq!(shift.start, from);
    for (index, shown) in shown.iter().enumerate() {
        let now = minute(index);
        let before = model.people.clone();
        let is_change = model.tick(*shown, now) && index > 0;
        assert_eq!(
            is_change,
            now == shift.end,
            "{zone} {words:?} {overrides:?} at {now}: {:?}",
            model.people
        );
        if is_change {
            let next = told.next().unwrap();
            assert_eq!(next.start, shift.end);
            shift = next;
            let second = Timestamp::from_second(now.as_second() - 1).unwrap();
            assert_eq!(on_call(&schedule, overrides, second), before, "{zone} {words:?} at {second}");
            assert_eq!(next_change(&schedule, overrides, second), Ahead::Change(now), "{zone} {words:?}");
        }
        if is_change || index % SAMPLED == 0 {
            assert_eq!(
                sorted(&shift.people),
                sorted(&model.people),
                "{zone} {words:?} {overrides:?} at {now}"
            );
            assert_eq!(on_call(&schedule, overrides, now), model.people, "{zone} {words:?} at {now}");
        }
    }
    assert_eq!((shift.end, told.next()), (to, None), "{zone} {words:?}");
}

/// Every how many minutes `on_call` is asked between changes: a prime, so that all minutes of a day come.
const SAMPLED: usize = 127;

/// A schedule while time passes.
struct Model<'a> {
    walkers: Vec<Walker>,
    overrides: &'a [Override],
    /// Whose turns they are, and which overrides hold: people are only looked at when this changes.
    key: Vec<Option<usize>>,
    people: Vec<PersonId>,
}

impl<'a> Model<'a> {
    fn new(words: &[Words<'_>], overrides: &'a [Override]) -> Self {
        let walkers = words.iter().map(|(words, only)| Walker::new(*words, only)).collect();
        Self { walkers, overrides, key: Vec::new(), people: Vec::new() }
    }

    /// One minute later. Tells whether somebody else is on call now.
    fn tick(&mut self, shown: i64, now: Timestamp) -> bool {
        self.walkers.iter_mut().for_each(|walker| walker.tick(shown));
        let mut key: Vec<Option<usize>> = self.walkers.iter().map(|walker| walker.covering(shown)).collect();
        key.extend(self.overrides.iter().map(|laid| (laid.from <= now && now < laid.to).then_some(0)));
        if key == self.key {
            return false;
        }
        self.key = key;
        let people = self.expected();
        let is_change = sorted(&people) != sorted(&self.people);
        self.people = people;
        is_change
    }

    fn expected(&self) -> Vec<PersonId> {
        let (turns, held) = self.key.split_at(self.walkers.len());
        let covering =
            self.walkers.iter().zip(turns).filter_map(|(walker, turn)| Some(&walker.names[(*turn)?]));
        let mut people: Vec<&str> = covering.map(String::as_str).collect();
        once(&mut people);
        for (laid, _) in self.overrides.iter().zip(held).filter(|(_, holds)| holds.is_some()) {
            match &laid.what {
                Replacement::Add(who) => people.push(who.as_str()),
                Replacement::Remove(who) => people.retain(|person| *person != who.as_str()),
                Replacement::Nobody => people = Vec::new(),
                Replacement::Take(who) => people = vec![who.as_str()],
                Replacement::Replace { who, instead_of } => {
                    if let Some(place) = people.iter().position(|person| *person == instead_of.as_str()) {
                        people[place] = who.as_str();
                    }
                }
            }
            once(&mut people);
        }
        people.into_iter().map(PersonId::new).collect()
    }
}

/// Another order is no change.
fn sorted(people: &[PersonId]) -> Vec<&str> {
    let mut people: Vec<&str> = people.iter().map(PersonId::as_str).collect();
    people.sort_unstable();
    people
}

fn once(people: &mut Vec<&str>) {
    let mut seen = std::collections::HashSet::new();
    people.retain(|person| seen.insert(*person));
}

/// Two years of one zone, from the first of January.
fn two_years(zone: &str, year: i64) {
    let (from, to) = (at(&format!("{year}-01-01T00:00:00Z")), at(&format!("{}-01-01T00:00:00Z", year + 2)));
    let shown = shown(zone, from, to);
    let start = format!("{year}-01-07");
    let words: [Words<'_>; 4] = [
        (["ana jack mira", "1w", "Mon 02:15", "2009-03-04"], vec![]),
        (
            ["zoe rob", "7h", "01:30", &start],
            vec!["Sat-Mon 22:00-02:15", "Wed 02:00-02:30", "Fri 00:00-24:00"],
        ),
        (["kim lee", "1d", "02:30", &start], vec!["Mon,Thu-Sat 01:45-03:30"]),
        (["max eve", "2mo", "day 31 00:00", "2008-12-31"], vec!["20:00-20:05"]),
    ];
    compare(zone, &words, &[], (from, &shown));
}

#[test]
fn two_years_of_berlin() {
    two_years(ZONES[0], 2026);
}

#[test]
fn two_years_of_new_york() {
    two_years(ZONES[1], 2026);
}

#[test]
fn two_years_of_lord_howe() {
    two_years(ZONES[2], 2026);
}

#[test]
fn two_years_of_st_johns() {
    two_years(ZONES[3], 2010);
}

#[test]
fn two_years_of_casablanca() {
    two_years(ZONES[4], 2026);
}

#[test]
fn two_years_of_apia_with_the_day_it_skipped() {
    two_years(ZONES[5], 2011);
}
