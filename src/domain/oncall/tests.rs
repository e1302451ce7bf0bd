//! Hand-checked schedules: every rule of the arithmetic, with its dates.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::*;
use crate::domain::ids::{PersonId, ScheduleId};

/// `[participants, every, handoff, start]`, then windows.
pub(super) fn rotation(words: [&str; 4], only: &[&str]) -> Rotation {
    let [participants, every, handoff, start] = words;
    let every = Every::read(every).unwrap();
    Rotation {
        participants: participants.split(' ').map(PersonId::new).collect(),
        every,
        handoff: Handoff::read(handoff, every.unit()).unwrap(),
        start: read_date(start).unwrap(),
        only: only.iter().map(|window| Window::read(window).unwrap()).collect(),
    }
}

pub(super) fn schedule(zone: &str, rotations: Vec<Rotation>) -> Schedule {
    Schedule { id: ScheduleId::new("s"), timezone: TimeZone::get(zone).unwrap(), rotations }
}

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The shifts between two instants: their start in UTC, and who.
fn told(schedule: &Schedule, overrides: &[Override], from: &str, to: &str) -> String {
    let lines = shifts(schedule, overrides, at(from), at(to)).map(|shift| {
        let people: Vec<&str> = shift.people.iter().map(PersonId::as_str).collect();
        let people = if people.is_empty() { "nobody".to_owned() } else { people.join("+") };
        format!("{} {people}", shift.start.strftime("%a %Y-%m-%d %H:%M"))
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn one(zone: &str, words: [&str; 4], only: &[&str]) -> Schedule {
    schedule(zone, vec![rotation(words, only)])
}

#[test]
fn weeks_hand_off_at_the_local_hour_on_both_sides_of_the_change() {
    let weekly = one("Europe/Berlin", ["jack mira", "1w", "Mon 09:00", "2026-03-16"], &[]);
    insta::assert_snapshot!(told(&weekly, &[], "2026-03-14T00:00:00Z", "2026-04-08T00:00:00Z"), @r"
    Sat 2026-03-14 00:00 nobody
    Mon 2026-03-16 08:00 jack
    Mon 2026-03-23 08:00 mira
    Mon 2026-03-30 07:00 jack
    Mon 2026-04-06 07:00 mira
    ");
}

#[test]
fn hours_are_elapsed_time() {
    let hourly = one("Europe/Berlin", ["jack mira", "12h", "09:00", "2026-03-28"], &[]);
    insta::assert_snapshot!(told(&hourly, &[], "2026-03-28T08:00:00Z", "2026-03-30T00:00:00Z"), @r"
    Sat 2026-03-28 08:00 jack
    Sat 2026-03-28 20:00 mira
    Sun 2026-03-29 08:00 jack
    Sun 2026-03-29 20:00 mira
    ");
}

#[test]
fn days_are_steps_of_the_local_calendar() {
    let daily = one("Europe/Berlin", ["jack mira", "1d", "02:30", "2026-03-28"], &[]);
    // On the 29th 02:30 does not exist: 03:00 is the next instant that does.
    insta::assert_snapshot!(told(&daily, &[], "2026-03-28T01:30:00Z", "2026-03-31T00:00:00Z"), @r"
    Sat 2026-03-28 01:30 jack
    Sun 2026-03-29 01:00 mira
    Mon 2026-03-30 00:30 jack
    ");
    // On 25 October it comes twice: the first pass counts.
    let daily = one("Europe/Berlin", ["jack mira", "1d", "02:30", "2026-10-24"], &[]);
    insta::assert_snapshot!(told(&daily, &[], "2026-10-24T00:30:00Z", "2026-10-27T00:00:00Z"), @r"
    Sat 2026-10-24 00:30 jack
    Sun 2026-10-25 00:30 mira
    Mon 2026-10-26 01:30 jack
    ");
}

#[test]
fn a_day_that_was_skipped_hands_off_when_the_next_one_begins() {
    let daily = one("Pacific/Apia", ["ana jack mira", "1d", "09:00", "2011-12-28"], &[]);
    insta::assert_snapshot!(told(&daily, &[], "2011-12-28T19:00:00Z", "2012-01-01T00:00:00Z"), @r"
    Wed 2011-12-28 19:00 ana
    Thu 2011-12-29 19:00 jack
    Fri 2011-12-30 10:00 mira
    Fri 2011-12-30 19:00 ana
    Sat 2011-12-31 19:00 jack
    ");
    // At midnight, the turn of the skipped day lasts no time, and the next one has its own place.
    let daily = one("Pacific/Apia", ["ana jack mira", "1d", "00:00", "2011-12-29"], &[]);
    insta::assert_snapshot!(told(&daily, &[], "2011-12-29T10:00:00Z", "2012-01-01T00:00:00Z"), @r"
    Thu 2011-12-29 10:00 ana
    Fri 2011-12-30 10:00 mira
    Sat 2011-12-31 10:00 ana
    ");
}

#[test]
fn months_end_on_their_last_day_and_do_not_drift() {
    let monthly = one("UTC", ["jack mira", "1mo", "day 31 09:00", "2026-01-31"], &[]);
    insta::assert_snapshot!(told(&monthly, &[], "2026-01-31T09:00:00Z", "2026-06-01T00:00:00Z"), @r"
    Sat 2026-01-31 09:00 jack
    Sat 2026-02-28 09:00 mira
    Tue 2026-03-31 09:00 jack
    Thu 2026-04-30 09:00 mira
    Sun 2026-05-31 09:00 jack
    ");
    // In a leap year, and every second month.
    let monthly = one("UTC", ["jack mira", "2mo", "day 30 09:00", "2023-12-31"], &[]);
    insta::assert_snapshot!(told(&monthly, &[], "2024-01-01T00:00:00Z", "2024-06-01T00:00:00Z"), @r"
    Mon 2024-01-01 00:00 nobody
    Tue 2024-01-30 09:00 jack
    Sat 2024-03-30 09:00 mira
    Thu 2024-05-30 09:00 jack
    ");
    let monthly = one("UTC", ["jack mira", "1mo", "day 29 09:00", "2024-02-01"], &[]);
    assert_eq!(monthly.rotations[0].first(&TimeZone::UTC), Some(at("2024-02-29T09:00:00Z")));
}

#[test]
fn the_first_turn_starts_at_the_first_handoff_on_or_after_the_start() {
    let first = |every, handoff, start| {
        let schedule = one("Europe/Berlin", ["jack mira", every, handoff, start], &[]);
        let first = schedule.rotations[0].first(&schedule.timezone).unwrap();
        assert_eq!(on_call(&schedule, &[], first), [PersonId::new("jack")]);
        first.to_string()
    };
    // 2026-01-07 is a Wednesday.
    assert_eq!(first("1w", "Mon 09:00", "2026-01-07"), "2026-01-12T08:00:00Z");
    assert_eq!(first("2w", "Mon 09:00", "2026-01-07"), "2026-01-12T08:00:00Z");
    assert_eq!(first("1w", "Wed 09:00", "2026-01-07"), "2026-01-07T08:00:00Z");
    assert_eq!(first("1w", "09:00", "2026-01-07"), "2026-01-07T08:00:00Z");
    assert_eq!(first("1mo", "day 1 09:00", "2026-01-07"), "2026-02-01T08:00:00Z");
    assert_eq!(first("1mo", "day 7 09:00", "2026-01-07"), "2026-01-07T08:00:00Z");
    assert_eq!(first("3d", "09:00", "2026-01-07"), "2026-01-07T08:00:00Z");
    assert_eq!(first("8h", "00:00", "2026-01-07"), "2026-01-06T23:00:00Z");
}

#[test]
fn windows_leave_gaps_and_a_turn_goes_on_meanwhile() {
    let office = one(
        "Europe/Berlin",
        ["jack mira", "1w", "Wed 12:00", "2026-03-04"],
        &["Mon-Fri 09:00-17:00", "Sat 10:00-12:00"],
    );
    insta::assert_snapshot!(told(&office, &[], "2026-03-10T00:00:00Z", "2026-03-12T12:00:00Z"), @r"
    Tue 2026-03-10 00:00 nobody
    Tue 2026-03-10 08:00 jack
    Tue 2026-03-10 16:00 nobody
    Wed 2026-03-11 08:00 jack
    Wed 2026-03-11 11:00 mira
    Wed 2026-03-11 16:00 nobody
    Thu 2026-03-12 08:00 mira
    ");
    assert_eq!(on_call(&office, &[], at("2026-03-14T10:00:00Z")), [PersonId::new("mira")]);
}

#[test]
fn catalogue_03_a_weekend_window_does_not_drift_when_the_clocks_change() {
    // Defect catalogue 3: it closes at midnight on Monday, local time, before and after.
    let weekend = one("America/New_York", ["jack", "1w", "09:00", "2026-01-05"], &["Sat,Sun 00:00-24:00"]);
    insta::assert_snapshot!(told(&weekend, &[], "2026-03-05T00:00:00Z", "2026-03-17T00:00:00Z"), @r"
    Thu 2026-03-05 00:00 nobody
    Sat 2026-03-07 05:00 jack
    Mon 2026-03-09 04:00 nobody
    Sat 2026-03-14 04:00 jack
    Mon 2026-03-16 04:00 nobody
    ");
}

#[test]
fn everyone_who_covers_is_on_call_once_in_the_order_of_the_file() {
    let layers = schedule(
        "UTC",
        vec![
            rotation(["mira jack", "1d", "00:00", "2026-03-10"], &[]),
            rotation(["ana", "1w", "00:00", "2026-03-02"], &["09:00-17:00"]),
            rotation(["jack mira", "1d", "12:00", "2026-03-10"], &[]),
        ],
    );
    insta::assert_snapshot!(told(&layers, &[], "2026-03-10T00:00:00Z", "2026-03-12T00:00:00Z"), @r"
    Tue 2026-03-10 00:00 mira
    Tue 2026-03-10 09:00 mira+ana
    Tue 2026-03-10 12:00 mira+ana+jack
    Tue 2026-03-10 17:00 mira+jack
    Wed 2026-03-11 00:00 jack
    Wed 2026-03-11 09:00 jack+ana
    Wed 2026-03-11 12:00 jack+ana+mira
    Wed 2026-03-11 17:00 jack+mira
    ");
    assert_eq!(layers.everyone(), ["mira", "jack", "ana"].map(PersonId::new));
}

#[test]
fn overrides_add_remove_replace_and_take() {
    let weekly = schedule(
        "UTC",
        vec![
            rotation(["jack mira", "1w", "Mon 00:00", "2026-03-02"], &[]),
            rotation(["ana", "1w", "Mon 00:00", "2026-03-02"], &["12:00-13:00"]),
        ],
    );
    let laid = |from: &str, to: &str, what: Replacement| Override {
        from: at(&format!("2026-03-10T{from}:00Z")),
        to: at(&format!("2026-03-10T{to}:00Z")),
        what,
    };
    let id = PersonId::new;
    let overrides = [
        laid("08:00", "09:00", Replacement::Take(id("zoe"))),
        laid("10:00", "11:00", Replacement::Nobody),
        laid("12:00", "12:30", Replacement::Replace { who: id("zoe"), instead_of: id("ana") }),
        laid("12:15", "12:45", Replacement::Add(id("rob"))),
        laid("12:40", "13:30", Replacement::Remove(id("mira"))),
        laid("10:30", "10:45", Replacement::Add(id("rob"))),
        laid("15:00", "15:00", Replacement::Nobody),
    ];
    insta::assert_snapshot!(told(&weekly, &overrides, "2026-03-10T00:00:00Z", "2026-03-10T23:00:00Z"), @r"
    Tue 2026-03-10 00:00 mira
    Tue 2026-03-10 08:00 zoe
    Tue 2026-03-10 09:00 mira
    Tue 2026-03-10 10:00 nobody
    Tue 2026-03-10 10:30 rob
    Tue 2026-03-10 10:45 nobody
    Tue 2026-03-10 11:00 mira
    Tue 2026-03-10 12:00 mira+zoe
    Tue 2026-03-10 12:15 mira+zoe+rob
    Tue 2026-03-10 12:30 mira+ana+rob
    Tue 2026-03-10 12:40 ana+rob
    Tue 2026-03-10 12:45 ana
    Tue 2026-03-10 13:00 nobody
    Tue 2026-03-10 13:30 mira
    ");
    assert_eq!(overrides[0], serde_json::from_str(&serde_json::to_string(&overrides[0]).unwrap()).unwrap());
}

#[test]
fn the_next_change_is_one_of_people_not_of_turns() {
    let change = |text: &str| Ahead::Change(at(text));
    let same = one("UTC", ["jack", "1h", "00:00", "2026-03-02"], &[]);
    assert_eq!(next_change(&same, &[], at("2026-03-10T00:30:00Z")), Ahead::Never);
    assert_eq!(next_change(&same, &[], at("2026-02-10T00:30:00Z")), change("2026-03-02T00:00:00Z"));
    let twice = one("UTC", ["jack jack mira", "1h", "00:00", "2026-03-10"], &[]);
    assert_eq!(next_change(&twice, &[], at("2026-03-10T00:30:00Z")), change("2026-03-10T02:00:00Z"));
}

#[test]
fn a_change_is_looked_for_for_a_year_at_most_and_it_is_said_how_far() {
    let now = at("2026-03-10T00:30:00Z");
    let year = at("2027-03-11T00:30:00Z");
    let rotated = ["jack", "1h", "00:00", "2026-03-02"];
    let whole = one("UTC", rotated, &["00:00-12:00", "12:00-24:00"]);
    assert_eq!(next_change(&whole, &[], now), Ahead::NoneBefore(year), "edges, and nobody changes");
    let late = one("UTC", ["jack mira", "1000d", "00:00", "2026-03-02"], &[]);
    assert_eq!(next_change(&late, &[], now), Ahead::NoneBefore(year), "more than a year ahead");
    // 24 edges a day, each of which asks 50 rotations: somewhere it is given up, and never later than it says.
    let hours: Vec<String> = (0..24).map(|h| format!("{h:02}:00-{:02}:00", h + 1)).collect();
    let hours: Vec<&str> = hours.iter().map(String::as_str).collect();
    let much = schedule("Europe/Berlin", vec![rotation(rotated, &hours); 50]);
    let Ahead::NoneBefore(seen_to) = next_change(&much, &[], now) else { panic!("nobody changes") };
    assert!(now < seen_to && seen_to < year, "{seen_to}");
    assert!(shifts(&much, &[], now, seen_to).count() == 1, "as far as it says");
}

#[test]
fn two_who_swap_turns_are_the_same_two() {
    let words = |people| [people, "1d", "09:00", "2026-03-02"];
    let swap = schedule("UTC", vec![rotation(words("jack mira"), &[]), rotation(words("mira jack"), &[])]);
    let told = told(&swap, &[], "2026-03-10T00:00:00Z", "2026-03-13T00:00:00Z");
    assert_eq!(told, "Tue 2026-03-10 00:00 mira+jack");
    assert_eq!(
        next_change(&swap, &[], at("2026-03-10T00:00:00Z")),
        Ahead::NoneBefore(at("2027-03-11T00:00:00Z"))
    );
}

#[test]
fn the_ends_of_the_calendar_are_no_trap() {
    for (every, handoff) in
        [("1h", "09:00"), ("1d", "09:00"), ("1w", "Mon 09:00"), ("1000mo", "day 31 09:00")]
    {
        let schedule = one("America/New_York", ["jack mira", every, handoff, "0001-01-01"], &["09:00-17:00"]);
        for at in [Timestamp::MIN, Timestamp::MAX, Timestamp::UNIX_EPOCH] {
            let _who = on_call(&schedule, &[], at);
            let some: Vec<_> = shifts(&schedule, &[], at, Timestamp::MAX).take(3).collect();
            assert!(some.iter().all(|shift| shift.start < shift.end), "{every} {handoff} {at}: {some:?}");
            assert!(some.windows(2).all(|pair| pair[0].end == pair[1].start), "{some:?}");
        }
        let late = one("America/New_York", ["jack mira", every, handoff, "9999-12-31"], &["09:00-17:00"]);
        assert_eq!(on_call(&late, &[], at("2026-03-10T00:30:00Z")), []);
        assert_eq!(shifts(&late, &[], Timestamp::MAX, Timestamp::MIN).count(), 0);
    }
}

fn laid_over(id: &str, what: Replacement, from: &str, to: &str) -> Laid {
    let over = Override { from: at(from), to: at(to), what };
    let id = crate::domain::ids::OverrideId::new(id);
    Laid { id, schedule: ScheduleId::new("s"), by: PersonId::new("ana"), at: over.from, over }
}

#[test]
fn a_change_concerns_everybody_whom_it_puts_on_call_or_takes_off_at_any_time() {
    let weekly = one("UTC", ["mira jack", "1w", "Mon 09:00", "2026-03-09"], &[]);
    let ids = |people: &[PersonId]| people.iter().map(PersonId::as_str).collect::<Vec<_>>().join(" ");
    let change = |what: Replacement, to: &str| {
        let laid = laid_over("o1", what, "2026-03-10T00:00:00Z", to);
        let span = (laid.over.from, laid.over.to);
        let after = Overrides::default().with(laid, span.0);
        let Impact { at_start, first, people, seen_to } =
            impact(&weekly, [&Overrides::default(), &after], span);
        let first =
            first.map(|first| format!("{}: {} > {}", first.at, ids(&first.without), ids(&first.with)));
        (ids(&at_start), first.unwrap_or_default(), ids(&people), seen_to == span.1)
    };
    let told = |start: &str, first: &str, people: &str, is_whole: bool| {
        (start.to_owned(), first.to_owned(), people.to_owned(), is_whole)
    };
    let who = PersonId::new;
    let stands_in = Replacement::Replace { who: who("ana"), instead_of: who("jack") };
    assert_eq!(
        change(stands_in, "2026-03-19T00:00:00Z"),
        told("mira", "2026-03-16T09:00:00Z: jack > ana", "jack ana", true)
    );
    assert_eq!(
        change(Replacement::Take(who("mira")), "2026-03-24T00:00:00Z"),
        told("mira", "2026-03-16T09:00:00Z: jack > mira", "jack mira", true)
    );
    assert_eq!(change(Replacement::Add(who("mira")), "2026-03-16T09:00:00Z"), told("mira", "", "", true));
    let hourly = one("UTC", ["mira mira", "1h", "00:00", "2026-03-02"], &["00:00-24:00"]);
    let one = [(0, "o2", Replacement::Add(who("mira")))]
        .map(|(_, id, what)| laid_over(id, what, "2026-03-10T00:00:00Z", "2030-03-10T00:00:00Z"));
    let after = Overrides::new(one.to_vec());
    let span = (one[0].over.from, one[0].over.to);
    let seen = impact(&hourly, [&Overrides::default(), &after], span);
    assert_eq!((seen.first, seen.seen_to < span.1), (None, true), "it says how far it looked");
}
