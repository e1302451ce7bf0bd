//! What people do to a page.

use std::time::Duration;

use jiff::Timestamp;

use super::kit::{Gate, Played, policy, step};
use crate::clock::later;
use crate::domain::call::Outcome;
use crate::domain::escalation::Policy;
use crate::domain::ids::PersonId;
use crate::domain::page::{AckRefused, PageState, Taking};

fn person(id: &str) -> PersonId {
    PersonId::new(id)
}

fn acknowledges(page: &mut Played, id: &str, promise: Option<u64>) -> Result<Taking, AckRefused> {
    page.does(|moved, _, now| {
        moved.acknowledge(&person(id), promise.map(|s| later(now, Duration::from_secs(s))), now)
    })
}

#[test]
fn catalogue_06_an_acknowledgement_stops_everyone() {
    // 6.
    let all = step(&["jack", "mira", "ana"], 120, Some((2, 10)));
    let gate = Gate { held: [("mira", 600)].into(), ..Gate::default() };
    let mut page = Played::with(policy(0, vec![all]), gate);
    page.rings("jack");
    page.rings("ana");
    page.answers("ana");
    assert_eq!(acknowledges(&mut page, "ana", None), Ok(Taking::Taken));
    assert!(page.call("jack").hung_up_by.is_some(), "jack's phone stops");
    assert!(page.call("ana").hung_up_by.is_none(), "who talks may go on");
    assert!(page.page.holds.is_empty() && page.page.wake().is_none());
    page.until(10_000);
    assert_eq!(page.rung, ["+0s jack", "+0s ana"]);
    assert!(page.is(PageState::Acknowledged));
}

#[test]
fn catalogue_29_the_second_one_hears_who_was_first() {
    let mut page = Played::of(policy(0, vec![step(&["jack"], 120, None)]));
    acknowledges(&mut page, "mira", None).unwrap();
    let Err(AckRefused::Taken(taken)) = acknowledges(&mut page, "jack", None) else { panic!() };
    assert_eq!((taken.by, taken.at), (person("mira"), Timestamp::UNIX_EPOCH));
    assert!(matches!(acknowledges(&mut page, "mira", None), Err(AckRefused::Taken(_))));
}

#[test]
fn a_promise_is_silence_until_then_and_then_that_person_first() {
    let mut page = Played::of(policy(0, vec![step(&["jack"], 60, None), step(&["mira"], 60, None)]));
    page.rings("jack");
    page.until(10);
    acknowledges(&mut page, "ana", Some(1_800)).unwrap();
    page.until(1_809);
    assert_eq!(page.rung, ["+0s jack"]);
    page.until(1_810);
    assert_eq!(page.rung, ["+0s jack", "+1810s ana"]);
    assert!(page.is(PageState::Triggered));
    page.until(1_930);
    assert_eq!(page.rung[2], "+1930s jack", "then the chain, from its first step");
    page.until(1_940);
    acknowledges(&mut page, "ana", None).unwrap();
    page.until(100_000);
    assert_eq!(page.rung.len(), 3);
}

#[test]
fn a_promise_can_be_prolonged() {
    let mut page = Played::of(policy(0, vec![step(&["jack"], 60, None)]));
    acknowledges(&mut page, "jack", Some(60)).unwrap();
    assert_eq!(acknowledges(&mut page, "jack", Some(600)), Ok(Taking::Promised));
    page.until(599);
    assert!(page.is(PageState::Acknowledged));
    page.until(600);
    assert!(page.is(PageState::Triggered));
}

#[test]
fn acknowledged_and_forgotten_rings_again() {
    let ack_timeout = Some(Duration::from_secs(300));
    let steps = vec![step(&["jack"], 60, None)];
    let mut page = Played::of(Policy { ack_timeout, ..policy(0, steps) });
    page.rings("jack");
    acknowledges(&mut page, "mira", None).unwrap();
    page.until(300);
    assert_eq!(page.rung, ["+0s jack", "+300s mira"]);
    page.until(305);
    page.ends("mira", Outcome::Declined);
    assert_eq!(page.rung[2], "+305s jack");
}

#[test]
fn catalogue_28_whoever_is_called_in_stops_only_their_own_phone() {
    // 28.
    let mut page = Played::of(policy(0, vec![step(&["jack"], 60, None)]));
    acknowledges(&mut page, "mira", None).unwrap();
    page.until(5);
    assert!(page.does(|moved, deck, now| moved.call_in(deck, (&person("mira"), &person("zoe")), now)));
    page.rings("zoe");
    assert!(!page.does(|moved, deck, now| moved.call_in(deck, (&person("mira"), &person("zoe")), now)));
    assert!(page.call("zoe").hung_up_by.is_none(), "it goes on although somebody has it");
    assert_eq!(acknowledges(&mut page, "zoe", None), Ok(Taking::Helps));
    assert!(page.call("zoe").hung_up_by.is_some());
    assert_eq!(page.page.acknowledged_by().unwrap().by, person("mira"));
}

#[test]
fn escalating_starts_the_next_step_or_the_chain_anew() {
    let mut page = Played::of(policy(0, vec![step(&["jack"], 600, None), step(&["mira"], 600, None)]));
    let escalates = |page: &mut Played| page.does(|moved, _, now| moved.escalate(&person("ana"), now));
    page.rings("jack");
    page.until(3);
    assert!(escalates(&mut page));
    assert_eq!(page.rung, ["+0s jack", "+3s mira"]);
    acknowledges(&mut page, "mira", None).unwrap();
    page.until(50);
    assert!(escalates(&mut page));
    assert_eq!(page.rung[2], "+50s jack", "it was at its last step");
    assert!(page.is(PageState::Triggered));
    page.does(|moved, _, now| moved.close(Some(person("ana")), now));
    assert!(!escalates(&mut page));
    assert!(page.is(PageState::Closed) && page.page.wake().is_none());
}

#[test]
fn a_held_ring_goes_out_when_somebody_says_so_and_never_after_an_acknowledgement() {
    let gate = || Gate { held: [("jack", 600)].into(), ..Gate::default() };
    let mut page = Played::with(policy(0, vec![step(&["jack"], 60, None)]), gate());
    let rung = page.does(|moved, deck, now| moved.ring_held(deck, &person("ana"), now));
    assert_eq!((rung.unwrap(), page.rung.as_slice()), (vec![person("jack")], &["+0s jack".to_owned()][..]));
    let mut page = Played::with(policy(0, vec![step(&["jack"], 60, None)]), gate());
    page.until(60);
    assert!(page.is(PageState::Exhausted), "nobody was reached, and that is said in time");
    page.until(100);
    acknowledges(&mut page, "ana", None).unwrap();
    page.until(10_000);
    assert_eq!(page.rung, [""; 0]);
}

#[test]
fn a_ring_that_is_heard_of_late_stops_too() {
    use crate::domain::call::CallEvent;
    use crate::domain::ids::EngineCallId;
    let mut page = Played::of(policy(0, vec![step(&["jack"], 120, None)]));
    page.tell("jack", [CallEvent::Sending, CallEvent::Unsettled("no answer".to_owned())]);
    acknowledges(&mut page, "ana", None).unwrap();
    page.until(20);
    page.tell("jack", [CallEvent::Found(EngineCallId::new("e9"))]);
    assert!(page.call("jack").hung_up_by.is_some());
}

#[test]
fn what_was_closed_may_be_opened_again() {
    let mut page = Played::of(policy(0, vec![step(&["jack"], 60, None)]));
    let reopens = |page: &mut Played| page.does(|moved, _, now| moved.reopen(&person("ana"), now));
    assert!(!reopens(&mut page), "it is open");
    page.does(|moved, _, now| moved.close(Some(person("ana")), now));
    page.until(100);
    assert!(reopens(&mut page));
    assert_eq!(page.rung, ["+0s jack", "+100s jack"]);
    assert_eq!((page.page.closed_at, page.page.closed_by.clone()), (None, None));
}

#[test]
fn a_chain_goes_on_by_the_policy_that_it_started_with_until_somebody_says_otherwise() {
    let newer = policy(0, vec![step(&["jack"], 60, None), step(&["mira"], 60, None)]);
    let mut page = Played::of(policy(0, vec![step(&["jack"], 60, None)]));
    let applies = |page: &mut Played, policy: &Policy| {
        page.does(|moved, _, now| moved.apply_policy(&person("ana"), policy, now))
    };
    page.rings("jack");
    page.until(30);
    assert!(applies(&mut page, &newer));
    assert!(!applies(&mut page, &newer), "it does by now");
    page.until(60);
    assert_eq!(page.rung, ["+0s jack", "+60s mira"]);
    assert!(applies(&mut page, &policy(0, vec![step(&["jack"], 60, None)])));
    page.until(120);
    assert!(page.is(PageState::Exhausted), "it was beyond what is left of it");
}
