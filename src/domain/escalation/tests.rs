use jiff::Timestamp;

use super::*;
use crate::domain::ids::{Account, OverrideId, WebhookId};
use crate::domain::oncall::{
    Every, Handoff, Laid, Override, Overrides, Replacement, Rotation, Schedule, Schedules,
};
use crate::domain::oncall::{USUAL_START, Window, read_date};
use crate::domain::person::{Directory, Person};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn step(ring: &[&str], wait: u64, redial: Option<(u32, u64)>) -> Step {
    Step {
        ring: ring.iter().map(|target| Target::read(target)).collect(),
        post: Vec::new(),
        wait: Duration::from_secs(wait),
        redial: redial.map(|(times, after)| Redial { times, after: Duration::from_secs(after) }),
        ..Step::default()
    }
}

fn policy(repeat: u32, steps: Vec<Step>) -> Policy {
    Policy { id: PolicyId::new("p"), repeat, ack_timeout: None, owner: None, steps }
}

/// jack and mira in turn, by the day; ana in office hours.
fn schedules() -> Schedules {
    let rotation = |names: &[&str], only: &[&str], start: &str| Rotation {
        participants: names.iter().copied().map(PersonId::new).collect(),
        every: Every::read("1d").unwrap(),
        handoff: Handoff::read("09:00", Every::read("1d").unwrap().unit()).unwrap(),
        start: read_date(start).unwrap(),
        only: only.iter().map(|window| Window::read(window).unwrap()).collect(),
    };
    let schedule = |id, rotation| Schedule {
        id: ScheduleId::new(id),
        timezone: jiff::tz::TimeZone::UTC,
        rotations: vec![rotation],
    };
    Schedules::new(vec![
        schedule("day", rotation(&["jack", "mira"], &[], "2026-03-09")),
        schedule("office", rotation(&["ana"], &["Mon-Fri 09:00-17:00"], "2026-01-05")),
    ])
}

/// ana works in Berlin's office hours; the others whenever.
fn people() -> Directory {
    let mut ana = Person::new(PersonId::new("ana"), Account::new("ana"));
    ana.timezone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
    ana.working_hours = vec![Window::read("Mon-Fri 09:00-17:00").unwrap()];
    let jack = Person::new(PersonId::new("jack"), Account::new("jack"));
    Directory::new(vec![ana, jack]).unwrap()
}

/// Each moment as `+75s 1.1 jack`: when, round and step, who.
fn played(policy: &Policy, overrides: &Overrides, from: &str) -> (Vec<String>, u64, bool) {
    let schedules = schedules();
    let people = people();
    let ring = Duration::from_secs(45);
    let scene = Scene { schedules: &schedules, overrides, people: &people, ring };
    let played = simulate(policy, (&scene, &[]), at(from));
    let told = played.rung.iter().map(|rung| {
        let who: Vec<&str> = rung.ring.iter().map(PersonId::as_str).collect();
        format!("+{}s {}.{} {}", rung.after.as_secs(), rung.round, rung.step, who.join("+"))
    });
    (told.collect(), played.ends_after.as_secs(), played.reached)
}

#[test]
fn who_was_rung_is_reached_although_a_later_round_finds_a_gap() {
    let office = policy(1, vec![step(&["oncall:office"], 600, None)]);
    let (told, after, reached) = played(&office, &Overrides::default(), "2026-03-11T16:55:00Z");
    assert_eq!(told, ["+0s 1.1 ana", "+600s 2.1 "]);
    assert_eq!((after, reached), (600, true));
}

/// A step that only tells lasts, and reaches nobody by that.
#[test]
fn a_step_that_only_tells_is_waited_for() {
    let tells = || Step { webhook: vec![WebhookId::new("ticket")], ..step(&[], 60, None) };
    let both = policy(0, vec![tells(), step(&["jack"], 60, None)]);
    let (told, after, reached) = played(&both, &Overrides::default(), "2026-03-11T16:55:00Z");
    assert_eq!((told, after, reached), (vec!["+0s 1.1 ".to_owned(), "+60s 1.2 jack".to_owned()], 120, true));
    let nobody = policy(0, vec![tells(), step(&["oncall:office"], 60, None)]);
    let (told, after, reached) = played(&nobody, &Overrides::default(), "2026-03-14T12:00:00Z");
    assert_eq!((told.len(), after, reached), (2, 60, false));
}

#[test]
fn catalogue_04_repeat_is_exactly_that_many_further_rounds() {
    // Defect catalogue 4.
    let twice = policy(2, vec![step(&["ana"], 60, None), step(&["jack"], 90, None)]);
    let (told, ends, reached) = played(&twice, &Overrides::default(), "2026-03-10T15:00:00Z");
    assert_eq!(
        told,
        [
            "+0s 1.1 ana",
            "+60s 1.2 jack",
            "+150s 2.1 ana",
            "+210s 2.2 jack",
            "+300s 3.1 ana",
            "+360s 3.2 jack"
        ]
    );
    assert_eq!((ends, reached), (450, true));
}

#[test]
fn redials_count_from_the_end_of_a_ring_and_end_with_the_wait() {
    let redials = policy(0, vec![step(&["ana"], 151, Some((3, 30)))]);
    assert_eq!(
        played(&redials, &Overrides::default(), "2026-03-10T15:00:00Z").0,
        ["+0s 1.1 ana", "+75s 1.1 ana", "+150s 1.1 ana"]
    );
    let cut = policy(0, vec![step(&["ana"], 150, Some((3, 30)))]);
    assert_eq!(
        played(&cut, &Overrides::default(), "2026-03-10T15:00:00Z").0,
        ["+0s 1.1 ana", "+75s 1.1 ana"]
    );
}

#[test]
fn a_schedule_is_asked_when_its_step_starts() {
    let two = policy(0, vec![step(&["oncall:day"], 120, None), step(&["oncall:day", "ana"], 60, None)]);
    let (told, ..) = played(&two, &Overrides::default(), "2026-03-10T08:59:00Z");
    assert_eq!(told, ["+0s 1.1 jack", "+120s 1.2 mira+ana"]);
    let what = Replacement::Take(PersonId::new("zoe"));
    let (from, to) = (at("2026-03-10T08:00:00Z"), at("2026-03-10T08:59:30Z"));
    let overrides = Overrides::new(vec![Laid {
        id: OverrideId::new("o1"),
        schedule: ScheduleId::new("day"),
        by: PersonId::new("zoe"),
        at: from,
        over: Override { from, to, what },
    }]);
    assert_eq!(played(&two, &overrides, "2026-03-10T08:59:00Z").0[0], "+0s 1.1 zoe");
}

#[test]
fn an_empty_step_is_skipped_at_once() {
    // Defect catalogue 12: on a Saturday nobody is on call in the office.
    let weekend = policy(1, vec![step(&["oncall:office"], 600, None), step(&["jack"], 60, None)]);
    let (told, ends, reached) = played(&weekend, &Overrides::default(), "2026-03-14T12:00:00Z");
    assert_eq!(told, ["+0s 1.1 ", "+0s 1.2 jack", "+60s 2.1 ", "+60s 2.2 jack"]);
    assert_eq!((ends, reached), (120, true));
}

#[test]
fn a_chain_that_reaches_nobody_says_so_once() {
    let empty = policy(5, vec![step(&["oncall:office"], 600, None), step(&["oncall:gone"], 60, None)]);
    let (told, ends, reached) = played(&empty, &Overrides::default(), "2026-03-14T12:00:00Z");
    assert_eq!((told, ends, reached), (vec!["+0s 1.1 ".to_owned(), "+0s 1.2 ".to_owned()], 0, false));
}

#[test]
fn a_phone_that_rings_already_is_not_rung_twice() {
    let hasty = policy(
        0,
        vec![step(&["jack"], 30, None), step(&["jack", "ana"], 30, None), step(&["jack"], 30, None)],
    );
    let schedules = schedules();
    let people = people();
    let overrides = Overrides::default();
    let ring = Duration::from_secs(45);
    let scene = Scene { schedules: &schedules, overrides: &overrides, people: &people, ring };
    let played = simulate(&hasty, (&scene, &[]), at("2026-03-10T15:00:00Z"));
    let rings: Vec<usize> = played.rung.iter().map(|rung| rung.ring.len()).collect();
    assert_eq!(rings, [1, 1, 1]);
    let Why::Step { ringing, .. } = &played.rung[1].why else { panic!("{played:?}") };
    assert_eq!(
        (ringing.as_slice(), played.rung[1].ring.as_slice()),
        (&[PersonId::new("jack")][..], &[PersonId::new("ana")][..])
    );
}

#[test]
fn whose_phone_rings_already_is_rung_again_when_that_ring_is_over() {
    let rung = |policy: &Policy| played(policy, &Overrides::default(), "2026-03-10T15:00:00Z").0;
    let redials = policy(0, vec![step(&["jack"], 10, None), step(&["jack"], 160, Some((2, 5)))]);
    assert_eq!(rung(&redials), ["+0s 1.1 jack", "+10s 1.2 ", "+50s 1.2 jack", "+100s 1.2 jack"]);
    let just = policy(0, vec![step(&["jack"], 43, None), step(&["jack", "ana"], 60, None)]);
    assert_eq!(rung(&just), ["+0s 1.1 jack", "+43s 1.2 ana", "+45s 1.2 jack"]);
    let long = policy(0, vec![step(&["jack"], 41, None), step(&["jack", "ana"], 60, None)]);
    assert_eq!(rung(&long), ["+0s 1.1 jack", "+41s 1.2 ana"]);
}

#[test]
fn a_step_for_working_hours_rings_who_works_in_their_own_zone() {
    let mut office = step(&["ana", "jack"], 60, None);
    office.working_hours = true;
    let mut alone = step(&["ana"], 60, None);
    alone.working_hours = true;
    let office = policy(0, vec![office, alone]);
    let rung = |from| played(&office, &Overrides::default(), from).0;
    assert_eq!(
        rung("2026-03-10T15:59:00Z"),
        ["+0s 1.1 ana+jack", "+60s 1.2 "],
        "16:59, then 17:00 in Berlin"
    );
    assert_eq!(rung("2026-03-10T16:00:00Z"), ["+0s 1.1 jack", "+60s 1.2 "]);
    // The clocks have gone forward: 16:59 is 14:59 in UTC.
    assert_eq!(rung("2026-03-30T14:58:00Z"), ["+0s 1.1 ana+jack", "+60s 1.2 ana"]);
}

#[test]
fn one_of_them_is_rung_each_page_in_turn() {
    let mut turns = step(&["all:day", "ana"], 60, None);
    turns.pick = Pick::One;
    let (schedules, people, overrides) = (schedules(), people(), Overrides::default());
    let scene = Scene { schedules: &schedules, overrides: &overrides, people: &people, ring: DEFAULT_WAIT };
    let now = at("2026-03-10T15:00:00Z");
    let rung = (0..4).map(|turn| {
        let found = turns.ring.iter().map(|target| Found::of(target, &scene, now)).collect();
        let picked = turns.pick(found, &scene, (turn, now));
        assert_eq!(picked.not_now.len(), 2);
        picked.people[0].to_string()
    });
    assert_eq!(rung.collect::<Vec<_>>(), ["jack", "mira", "ana", "jack"]);
    turns.working_hours = true;
    let night = at("2026-03-10T23:00:00Z");
    let found: Vec<Found> = turns.ring.iter().map(|target| Found::of(target, &scene, night)).collect();
    let rung = turns.pick(found, &scene, (2, night)).people;
    assert_eq!(rung, [PersonId::new("jack")], "turns are taken by those who work");
    let empty = turns.pick(Vec::new(), &scene, (7, night));
    assert_eq!(empty, Picked::default());
}

#[test]
fn everyone_of_a_schedule_can_be_rung() {
    let all = policy(0, vec![step(&["all:day", "jack"], 30, None)]);
    assert_eq!(played(&all, &Overrides::default(), "2026-03-10T15:00:00Z").0, ["+0s 1.1 jack+mira"]);
    assert_eq!(all.schedules().collect::<Vec<_>>(), [&ScheduleId::new("day")]);
}

#[test]
fn a_policy_is_kept_as_it_was() {
    let mut frozen = policy(2, vec![step(&["jack", "oncall:day", "all:day"], 60, Some((1, 30)))]);
    frozen.steps[0].post = vec![Place { chat: "slack".into(), channel: "C0".into(), thread: None }];
    let kept = serde_json::to_string(&frozen).unwrap();
    assert_eq!(serde_json::from_str::<Policy>(&kept).unwrap(), frozen);
    let names: Vec<String> = frozen.steps[0].ring.iter().map(Target::to_string).collect();
    assert_eq!(names, ["jack", "oncall:day", "all:day"]);
    assert_eq!(USUAL_START.to_string(), "2024-01-01");
}
