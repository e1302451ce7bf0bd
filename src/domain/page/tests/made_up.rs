//! Made-up stories: whatever happens, some things hold.

use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;

use super::alerts::alert;
use super::kit::{Gate, Played, policy, step};
use crate::clock::later;
use crate::domain::call::{Call, CallEvent, DialState, LegState, Outcome};
use crate::domain::escalation::{Policy, Rung, Scene, Step, simulate};
use crate::domain::ids::{EngineCallId, PersonId};
use crate::domain::oncall::{Overrides, Schedules};
use crate::domain::page::{Page, PageState, Urgency};
use crate::domain::person::Directory;

const PEOPLE: [&str; 3] = ["ana", "jack", "mira"];

#[derive(Debug, Clone)]
enum Does {
    Passes(u64),
    Rings(usize),
    Ends(usize, Outcome),
    Answers(usize),
    Loses(usize),
    HasNoRecord(usize),
    Tells(usize),
    Acknowledges(usize, Option<u64>),
    Escalates,
    CallsIn(usize),
    RingsHeld,
    Closes,
    Reopens,
    Joins(bool),
    AppliesAnother,
}

fn does() -> impl Strategy<Value = Does> {
    let who = || 0..PEOPLE.len();
    let outcome = prop_oneof![
        Just(Outcome::Declined),
        Just(Outcome::NoAnswer),
        Just(Outcome::Busy),
        Just(Outcome::Offline),
        Just(Outcome::Unknown),
        Just(Outcome::Completed),
        Just(Outcome::Dropped),
        Just(Outcome::Cancelled),
    ];
    prop_oneof![
        6 => (1_u64..90).prop_map(Does::Passes),
        4 => who().prop_map(Does::Rings),
        4 => (who(), outcome).prop_map(|(who, outcome)| Does::Ends(who, outcome)),
        2 => who().prop_map(Does::Answers),
        1 => who().prop_map(Does::Loses),
        1 => who().prop_map(Does::HasNoRecord),
        1 => who().prop_map(Does::Tells),
        1 => (who(), proptest::option::of(60_u64..600)).prop_map(|(who, p)| Does::Acknowledges(who, p)),
        1 => Just(Does::Escalates),
        1 => who().prop_map(Does::CallsIn),
        1 => Just(Does::RingsHeld),
        1 => Just(Does::Closes),
        1 => Just(Does::Reopens),
        1 => any::<bool>().prop_map(Does::Joins),
        1 => Just(Does::AppliesAnother),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let target = prop_oneof![Just("ana"), Just("jack"), Just("mira"), Just("oncall:gone")];
    let ring = proptest::collection::vec(target, 1..4);
    let one = (ring, 1_u64..120, proptest::option::of((1_u32..4, 1_u64..60)));
    proptest::collection::vec(one.prop_map(|(ring, wait, redial)| step(&ring, wait, redial)), 1..4)
}

fn carry_out(page: &mut Played, does: &Does) {
    let person = |who: usize| PersonId::new(PEOPLE[who]);
    let is_rung =
        |page: &Played, who: usize| page.calls.iter().any(|call| call.legs[0].person.as_str() == PEOPLE[who]);
    match *does {
        Does::Passes(seconds) => page.until(page.now.as_secs() + seconds),
        Does::Rings(who) if is_rung(page, who) => page.rings(PEOPLE[who]),
        Does::Ends(who, outcome) if is_rung(page, who) && !page.call(PEOPLE[who]).has_ended() => {
            page.ends(PEOPLE[who], outcome);
        }
        Does::Answers(who) if is_rung(page, who) => page.answers(PEOPLE[who]),
        Does::Loses(who) if is_rung(page, who) => {
            page.tell(PEOPLE[who], [CallEvent::Sending, CallEvent::Unsettled("lost".to_owned())]);
        }
        Does::HasNoRecord(who) if is_rung(page, who) => page.tell(PEOPLE[who], [CallEvent::NoRecord]),
        Does::Tells(who) if is_rung(page, who) => {
            let engine = EngineCallId::new(format!("e-{}", page.call(PEOPLE[who]).id));
            page.tell(PEOPLE[who], [CallEvent::Found(engine)]);
        }
        Does::Acknowledges(who, promise) => {
            let _refused = page.does(|moved, _, now| {
                let until = promise.map(|s| later(now, Duration::from_secs(s)));
                moved.acknowledge(&person(who), until, now)
            });
        }
        Does::Escalates => _ = page.does(|moved, _, now| moved.escalate(&person(0), now)),
        Does::CallsIn(who) if page.page.is_open() => {
            page.does(|moved, deck, now| moved.call_in(deck, (&person(0), &person(who)), now));
        }
        Does::RingsHeld => _ = page.does(|moved, deck, now| moved.ring_held(deck, &person(0), now)),
        Does::Closes => page.does(|moved, _, now| moved.close(Some(person(0)), now)),
        Does::Reopens => _ = page.does(|moved, _, now| moved.reopen(&person(0), now)),
        Does::Joins(is_louder) if page.page.is_open() => {
            let urgency = if is_louder { Urgency::High } else { Urgency::Low };
            let alert = alert(&format!("f{}", page.page.alerts.len()), urgency);
            page.does(|moved, _, now| moved.join(alert, now));
        }
        Does::AppliesAnother => {
            let another = policy(1, vec![step(&["mira", "jack"], 40, Some((1, 10)))]);
            page.does(|moved, _, now| moved.apply_policy(&person(0), &another, now));
        }
        _ => {}
    }
}

/// Whether the phone may ring, or is talked on, as its call tells: a dial that nobody answered, for 45 s after the 10 s
/// and one that its request may have taken.
fn may_ring(call: &Call, now: Timestamp) -> bool {
    let over = call.has_ended() || call.legs[0].state == LegState::Ended;
    let sent = match call.dial {
        DialState::Unsettled { at, .. } => Some(at),
        _ => None,
    };
    !over && sent.is_none_or(|at| now < later(at, Duration::from_secs(45 + 11)))
}

fn holds(page: &Played) {
    let now = later(Timestamp::UNIX_EPOCH, page.now);
    for person in PEOPLE {
        let theirs = page.calls.iter().filter(|call| call.legs[0].person.as_str() == person);
        assert!(theirs.filter(|call| may_ring(call, now)).count() <= 1, "{person} is rung twice at a time");
        let held = page.page.holds.iter().filter(|hold| hold.person.as_str() == person).count();
        assert!(held <= 1, "{person} is held twice");
    }
    assert!(page.page.wake().is_none_or(|wake| wake > now), "it would be woken for ever");
    assert!(page.page.chain.round <= page.page.policy.repeat + 1, "it goes round too often");
    let quiet = matches!(page.page.state, PageState::Acknowledged | PageState::Closed);
    let taken = page.page.taken.as_ref().map(|taken| taken.at);
    for ring in page.page.rings.iter().filter(|ring| quiet && ring.is_ringing()) {
        let call = page.calls.iter().find(|call| call.id == ring.call).unwrap();
        let called_in = page.page.state == PageState::Acknowledged && taken.is_some_and(|at| ring.at > at);
        assert!(called_in || call.hung_up_by.is_some(), "{} still rings", ring.person);
    }
}

/// Every ring that `policy` comes to if nobody answers, as `+75s jack`.
fn simulated(policy: &Policy) -> Vec<String> {
    let (schedules, overrides, people) = (Schedules::default(), Overrides::default(), Directory::default());
    let ring = Duration::from_secs(45);
    let scene = Scene { schedules: &schedules, overrides: &overrides, people: &people, ring };
    let played = simulate(policy, (&scene, &[]), Timestamp::UNIX_EPOCH);
    let told = |rung: &Rung| {
        let at = rung.after.as_secs();
        rung.ring.iter().map(move |person| format!("+{at}s {person}")).collect::<Vec<_>>()
    };
    let mut rung: Vec<String> = played.rung.iter().flat_map(told).collect();
    rung.sort_unstable();
    rung
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_simulation_rings_whom_a_page_rings_and_when(steps in steps(), repeat in 0_u32..3) {
        let policy = policy(repeat, steps);
        let mut page = Played::of(policy.clone());
        page.nobody_answers();
        page.rung.sort_unstable();
        prop_assert_eq!(simulated(&policy), page.rung);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..Default::default() })]

    #[test]
    fn whatever_happens_nobody_is_rung_twice_and_it_comes_to_an_end(
        steps in steps(),
        repeat in 0_u32..3,
        held in proptest::option::of(1_u64..300),
        is_slow in any::<bool>(),
        story in proptest::collection::vec(does(), 0..40),
    ) {
        let held = held.map(|until| [("jack", until)].into()).unwrap_or_default();
        let mut page = Played::with(policy(repeat, steps), Gate { held, ..Gate::default() });
        page.is_slow = is_slow;
        for does in &story {
            carry_out(&mut page, does);
            page.decide();
            holds(&page);
            // What was decided is decided: asked again at the same instant, it has nothing to say.
            let (before, rung, told) = (page.page.clone(), page.rung.len(), page.told.len());
            page.decide();
            prop_assert_eq!(&page.page, &before);
            prop_assert_eq!((page.rung.len(), page.told.len()), (rung, told));
            let stored = serde_json::to_string(&before).unwrap();
            let mut read = serde_json::from_str::<Page>(&stored).unwrap();
            // Its alerts are rows beside it.
            for (place, alert) in before.alerts.changes() {
                read.alerts.lay(place, alert.cloned().unwrap());
            }
            prop_assert_eq!(read, before, "as it was stored");
        }
        page.nobody_answers();
        prop_assert!(!page.is(PageState::Triggered));
    }
}
