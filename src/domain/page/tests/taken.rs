//! Somebody has the page, and others want it otherwise; the chain is over, and somebody is asked for.

use std::collections::HashSet;
use std::time::Duration;

use super::alerts::alert;
use super::kit::{Gate, Played, at, policy, step};
use crate::clock::later;
use crate::domain::call::Outcome;
use crate::domain::ids::PersonId;
use crate::domain::page::{Notice, PageState, Urgency};

fn person(id: &str) -> PersonId {
    PersonId::new(id)
}

fn two_steps() -> Played {
    Played::of(policy(0, vec![step(&["jack"], 60, None), step(&["ana"], 60, None)]))
}

fn takes(page: &mut Played, by: &str) {
    page.does(|moved, _, now| moved.acknowledge(&person(by), None, now)).unwrap();
}

fn calls_in(page: &mut Played, who: &str) {
    assert!(page.does(|moved, deck, now| moved.call_in(deck, (&person("ana"), &person(who)), now)));
}

fn hands_over(page: &mut Played, by: &str, to: &str) -> bool {
    page.does(|moved, deck, now| moved.hand_over(deck, (&person(by), &person(to)), now))
}

#[test]
fn whoever_has_it_hears_that_others_are_wanted() {
    let taken = |to: Option<&str>| Notice::TakenFrom {
        from: person("mira"),
        by: person("jack"),
        to: to.map(PersonId::new),
    };
    let mut page = two_steps();
    takes(&mut page, "mira");
    page.does(|moved, _, now| moved.escalate(&person("jack"), now));
    assert_eq!(page.notices, [taken(None)]);
    let mut page = two_steps();
    takes(&mut page, "mira");
    assert!(hands_over(&mut page, "jack", "zoe"));
    assert_eq!(page.notices, [taken(Some("zoe"))]);
}

#[test]
fn who_gives_it_away_needs_no_word() {
    let mut page = two_steps();
    takes(&mut page, "mira");
    page.does(|moved, _, now| moved.escalate(&person("mira"), now));
    assert_eq!(page.notices, []);
    takes(&mut page, "mira");
    assert!(hands_over(&mut page, "mira", "zoe"));
    assert_eq!(page.notices, []);
}

/// A person here wants somebody here: what was acknowledged at the source before counts no more.
#[test]
fn whom_it_is_handed_to_is_not_silenced_by_its_source() {
    let mut page = two_steps();
    page.does(|moved, _, now| {
        moved.join_all(vec![alert("f1", Urgency::High), alert("f2", Urgency::High)], now)
    });
    page.does(|moved, _, now| moved.acknowledge_at_source(&HashSet::from(["f1", "f2"]), now));
    assert!(page.is(PageState::Acknowledged));
    assert!(hands_over(&mut page, "ana", "zoe"));
    page.rings("zoe");
    page.does(|moved, _, now| moved.resolve("f2", now));
    assert!(page.is(PageState::Triggered), "f1 goes on, and zoe's phone rings");
    assert!(!page.call("zoe").has_ended());
    page.does(|moved, _, now| moved.acknowledge_at_source(&HashSet::from(["f1"]), now));
    assert!(page.is(PageState::Acknowledged), "said anew, it counts");
}

#[test]
fn who_talks_already_may_have_it_handed_over() {
    let mut page = two_steps();
    page.rings("jack");
    page.answers("jack");
    page.until(40);
    assert!(hands_over(&mut page, "ana", "jack"));
    page.until(99);
    assert_eq!(page.rung, ["+0s jack"], "ana's step is put off while jack talks about it");
    page.until(100);
    assert_eq!(page.rung, ["+0s jack", "+100s ana"]);
}

#[test]
fn who_is_busy_is_tried_again_also_when_the_chain_is_over() {
    let mut page = Played::of(policy(0, vec![step(&["jack"], 60, None)]));
    page.nobody_answers();
    assert!(page.is(PageState::Exhausted));
    let now = page.now.as_secs();
    calls_in(&mut page, "mira");
    page.ends("mira", Outcome::Busy);
    page.until(now + 14);
    assert_eq!(page.rung.len(), 2);
    page.until(now + 15);
    assert_eq!(page.rung[2], format!("+{}s mira", now + 15));
    page.ends("mira", Outcome::Declined);
    page.until(now + 600);
    assert_eq!((page.rung.len(), page.is(PageState::Exhausted)), (3, true), "no chain begins by that");
}

#[test]
fn the_new_policy_has_its_word_on_who_has_it() {
    let with = |timeout: Option<u64>| {
        let mut policy = policy(0, vec![step(&["jack"], 60, None), step(&["ana"], 60, None)]);
        policy.ack_timeout = timeout.map(Duration::from_secs);
        policy
    };
    let mut page = Played::of(with(None));
    takes(&mut page, "jack");
    page.until(10);
    assert!(page.does(|moved, _, now| moved.apply_policy(&person("ana"), &with(Some(100)), now)));
    page.until(99);
    assert_eq!(page.rung, ["+0s jack"]);
    page.until(100);
    assert_eq!(page.rung, ["+0s jack", "+100s jack"], "since jack has it, not since it was applied");
    // A promise is the person's own.
    let promise = at(Duration::from_secs(5_000));
    page.does(|moved, _, now| moved.acknowledge(&person("jack"), Some(promise), now)).unwrap();
    page.does(|moved, _, now| moved.apply_policy(&person("ana"), &with(Some(1)), now));
    page.until(4_999);
    assert_eq!(page.rung.len(), 2);
    assert_eq!(page.page.wake(), Some(later(at(Duration::ZERO), Duration::from_secs(5_000))));
}

/// An older one went first: the card has the new time, and the thread does not hear of each.
#[test]
fn a_ring_that_is_held_again_is_told_once_and_keeps_its_place() {
    let mut page = Played::with(
        policy(0, vec![step(&["jack"], 900, None)]),
        Gate { held: [("jack", 100)].into(), ..Gate::default() },
    );
    page.gate.held.insert("jack", 200);
    page.until(150);
    assert_eq!(page.page.holds[0].until, at(Duration::from_secs(200)));
    assert_eq!(page.page.holds[0].since, at(Duration::ZERO));
    assert_eq!(page.told.iter().filter(|line| line.contains("is held back")).count(), 1, "{:?}", page.told);
    page.until(200);
    assert_eq!(page.rung, ["+200s jack"]);
}
