//! Schedules that nobody would think of, around the nights on which clocks move.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::{DAY, MINUTE, Override, Replacement, Words, ZONES, at, compare, shown};
use crate::domain::ids::PersonId;

/// Schedules that are made up and compared: `CALLOUT_SCHEDULES=20000` makes a long run of it.
fn cases() -> u32 {
    std::env::var("CALLOUT_SCHEDULES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(150)
}

/// Days that one made-up schedule is followed.
const DAYS: i64 = 21;

/// A made-up rotation: words that `rotation` and `Walker` both read.
#[derive(Debug, Clone)]
struct MadeUp {
    names: &'static str,
    every: String,
    handoff: String,
    /// Days from the first day that is compared to the start.
    start: i64,
    only: Vec<String>,
}

fn times() -> impl Strategy<Value = String> {
    // Often where clocks change.
    prop_oneof![
        2 => (0_i64..5, 0_i64..12).prop_map(|(hour, five)| format!("{hour:02}:{:02}", five * 5)),
        1 => (0_i64..24, 0_i64..60).prop_map(|(hour, minute)| format!("{hour:02}:{minute:02}")),
        1 => Just("00:00".to_owned()),
    ]
}

fn day_names() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"])
}

fn windows() -> impl Strategy<Value = String> {
    let days = prop_oneof![
        Just(String::new()),
        day_names().prop_map(|day| format!("{day} ")),
        (day_names(), day_names()).prop_map(|(from, to)| format!("{from}-{to} ")),
        (day_names(), day_names()).prop_map(|(one, other)| format!("{one},{other} ")),
    ];
    let hours = prop_oneof![
        4 => (times(), times()).prop_map(|(from, to)| format!("{from}-{to}")),
        1 => times().prop_map(|from| format!("{from}-24:00")),
    ];
    let is_empty = |hours: &String| hours.split_once('-').is_some_and(|(from, to)| from == to);
    (days, hours.prop_filter("covers no time", move |hours| !is_empty(hours))).prop_map(|(d, h)| d + &h)
}

fn made_up() -> impl Strategy<Value = MadeUp> {
    let names =
        prop::sample::select(vec!["ana", "ana jack", "jack ana mira", "mira mira jack", "ana jack mira zoe"]);
    let turns = prop_oneof![
        (1_u32..40, times(), 2_i64..9).prop_map(|(n, time, start)| (format!("{n}h"), time, start)),
        (1_u32..5, times(), -90_i64..15).prop_map(|(n, time, start)| (format!("{n}d"), time, start)),
        (1_u32..4, times(), -90_i64..15).prop_map(|(n, time, start)| (format!("{n}w"), time, start)),
        (1_u32..4, day_names(), times(), -90_i64..15).prop_map(|(n, day, time, start)| (
            format!("{n}w"),
            format!("{day} {time}"),
            start
        )),
        (1_u32..3, 1_u32..32, times(), -90_i64..15).prop_map(|(n, day, time, start)| (
            format!("{n}mo"),
            format!("day {day} {time}"),
            start
        )),
    ];
    let only = prop_oneof![1 => Just(Vec::new()), 2 => prop::collection::vec(windows(), 1..4)];
    (names, turns, only).prop_map(|(names, (every, handoff, start), only)| MadeUp {
        names,
        every,
        handoff,
        start,
        only,
    })
}

/// Minutes from the first that is compared, how many, what, who, and for whom.
type Laid = (i64, i64, u8, &'static str, &'static str);

fn laid() -> impl Strategy<Value = Laid> {
    let who = || prop::sample::select(vec!["ana", "jack", "mira", "zoe"]);
    (0..DAYS * DAY, 0..3 * DAY, 0_u8..5, who(), who())
}

fn override_of((start, span, what, who, other): Laid, from: Timestamp) -> Override {
    let minute = |n: i64| Timestamp::from_second(from.as_second() + n * MINUTE).unwrap();
    let (who, instead_of) = (PersonId::new(who), PersonId::new(other));
    let what = match what {
        0 => Replacement::Add(who),
        1 => Replacement::Remove(who),
        2 => Replacement::Nobody,
        3 => Replacement::Take(who),
        _ => Replacement::Replace { who, instead_of },
    };
    Override { from: minute(start), to: minute(start + span), what }
}

/// Ten days before a change of the zone's clocks, or before a date where there is none.
fn around_a_change(zone: &str, from: &str, nth: usize) -> Timestamp {
    let zone = TimeZone::get(zone).unwrap();
    let change = zone.following(at(from)).nth(nth).map_or(at(from), |change| change.timestamp());
    Timestamp::from_second((change.as_second() / MINUTE - DAYS / 2 * DAY) * MINUTE).unwrap()
}

/// The local date, written, `n` days after the local date of `from`.
fn date_after(zone: &str, from: Timestamp, n: i64) -> String {
    let day = TimeZone::get(zone).unwrap().to_datetime(from).date();
    day.checked_add(jiff::SignedDuration::from_hours(24 * n)).unwrap().to_string()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..Default::default() })]

    #[test]
    fn made_up_schedules_agree_with_the_model(
        zone in prop::sample::select(ZONES.to_vec()),
        nth in 0_usize..6,
        rotations in prop::collection::vec(made_up(), 1..4),
        overrides in prop::collection::vec(laid(), 0..4),
    ) {
        let year = if zone == "Pacific/Apia" { "2010-06-01T00:00:00Z" } else { "2025-06-01T00:00:00Z" };
        let from = around_a_change(zone, year, nth);
        let starts: Vec<String> = rotations.iter().map(|made| date_after(zone, from, made.start)).collect();
        let words: Vec<Words<'_>> = rotations.iter().zip(&starts).map(|(made, start)| {
            let only = made.only.iter().map(String::as_str).collect();
            ([made.names, made.every.as_str(), made.handoff.as_str(), start.as_str()], only)
        }).collect();
        let overrides: Vec<Override> = overrides.into_iter().map(|laid| override_of(laid, from)).collect();
        let to = Timestamp::from_second(from.as_second() + DAYS * DAY * MINUTE).unwrap();
        let shown = shown(zone, from, to);
        compare(zone, &words, &overrides, (from, &shown));
    }
}
