//! What once went wrong: rings that overlap, holds and silence beside an acknowledgement, words of a card.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::kit::{Gate, Played, no_dial, policy, step};
use crate::domain::call::{CallEvent, Outcome};
use crate::domain::ids::{PersonId, SourceId};
use crate::domain::page::{AlertState, Notice, PageAlert, PageState, Urgency};
use crate::domain::report::{Place, called_in, page_card, rung_anyway};

fn person(id: &str) -> PersonId {
    PersonId::new(id)
}

fn acknowledges(page: &mut Played, id: &str) {
    page.does(|moved, _, now| moved.acknowledge(&person(id), None, now)).unwrap();
}

fn calls_in(page: &mut Played, id: &str) {
    assert!(page.does(|moved, deck, now| moved.call_in(deck, (&person("ana"), &person(id)), now)));
}

fn card(page: &Played) -> String {
    page_card(&page.page, 0, false).text
}

fn is_held_back(page: &mut Played) {
    page.tell("jack", [CallEvent::Sending, dials_fail()]);
}

fn dials_fail() -> CallEvent {
    CallEvent::Held { why: "503".to_owned(), tries: 1, next: Timestamp::UNIX_EPOCH }
}

#[test]
fn a_phone_that_is_just_being_stopped_is_rung_once_it_has_stopped() {
    let mut page = Played::of(policy(0, vec![step(&["jack"], 60, None)]));
    page.is_slow = true;
    page.rings("jack");
    page.until(5);
    page.does(|moved, _, now| moved.close(Some(person("ana")), now));
    assert!(page.does(|moved, _, now| moved.reopen(&person("ana"), now)));
    assert_eq!(page.rung, ["+0s jack"], "the first ring may still be heard");
    page.until(9);
    page.ends("jack", Outcome::Cancelled);
    assert_eq!(page.rung, ["+0s jack", "+9s jack"]);
}

#[test]
fn a_ring_that_was_over_as_the_next_round_began_does_not_stand_for_that() {
    let mut page = Played::of(policy(1, vec![step(&["jack"], 45, None)]));
    page.rings("jack");
    page.until(46);
    page.ends("jack", Outcome::NoAnswer);
    assert_eq!(page.rung, ["+0s jack", "+46s jack"]);
    // One that rang on well into the step does.
    let mut page = Played::of(policy(1, vec![step(&["jack"], 30, None)]));
    page.rings("jack");
    page.until(45);
    page.ends("jack", Outcome::NoAnswer);
    page.until(59);
    assert_eq!(page.rung, ["+0s jack"]);
}

#[test]
fn who_declines_an_earlier_ring_gives_way_in_this_step() {
    let steps = vec![step(&["jack"], 30, None), step(&["jack"], 300, None), step(&["mira"], 60, None)];
    let mut page = Played::of(policy(0, steps));
    page.rings("jack");
    page.until(40);
    page.ends("jack", Outcome::Declined);
    assert_eq!(page.rung, ["+0s jack", "+40s mira"]);
}

#[test]
fn who_is_asked_for_on_a_page_that_somebody_has_is_rung_when_the_limit_allows() {
    let gate = Gate { held: [("zoe", 100)].into(), ..Gate::default() };
    let mut page = Played::with(policy(0, vec![step(&["jack"], 60, None)]), gate);
    acknowledges(&mut page, "ana");
    page.until(5);
    calls_in(&mut page, "zoe");
    assert_eq!(
        called_in(&page.page, &person("zoe")),
        "p1: zoe is held back until 00:01:40 UTC: rung 3/15m already. “Ring anyway” on the card rings at once."
    );
    page.until(99);
    assert_eq!(page.rung, ["+0s jack"]);
    page.until(100);
    assert_eq!(page.rung, ["+0s jack", "+100s zoe"]);
    assert_eq!(called_in(&page.page, &person("zoe")), "p1: zoe is rung as well.");
    assert!(page.is(PageState::Acknowledged));
}

#[test]
fn who_is_asked_for_is_tried_again_and_written_to_although_somebody_has_the_page() {
    let mut page = Played::of(policy(0, vec![step(&["jack"], 60, None)]));
    acknowledges(&mut page, "ana");
    page.until(5);
    calls_in(&mut page, "zoe");
    page.until(6);
    page.ends("zoe", Outcome::Busy);
    page.until(21);
    assert_eq!(page.rung, ["+0s jack", "+5s zoe", "+21s zoe"]);
    page.tell("zoe", [CallEvent::Refused("no such account".to_owned())]);
    assert_eq!(page.notices, [Notice::InsteadOfRing(person("zoe"))]);
    page.until(22);
    calls_in(&mut page, "jack");
    page.rings("jack");
    page.until(30);
    calls_in(&mut page, "mira");
    page.tell("mira", [CallEvent::Sending, dials_fail()]);
    page.until(60);
    assert!(
        matches!(&page.notices[1], Notice::NoDial { people, .. } if people.contains(&person("mira"))),
        "{:?}",
        page.notices
    );
    assert!(page.is(PageState::Acknowledged));
}

#[test]
fn the_end_of_an_earlier_ring_is_no_dial_that_went_through() {
    let mut page = Played::of(policy(0, vec![step(&["mira"], 30, None), step(&["jack"], 300, None)]));
    page.rings("mira");
    page.until(30);
    is_held_back(&mut page);
    page.until(45);
    page.ends("mira", Outcome::NoAnswer);
    page.until(60);
    assert_eq!(page.notices, [no_dial(vec![person("jack")], Some("503"))]);
}

#[test]
fn who_comes_later_is_told_of_the_silence_too_and_each_once() {
    let mut page = Played::of(policy(2, vec![step(&["jack"], 40, None), step(&["mira"], 60, None)]));
    is_held_back(&mut page);
    page.until(40);
    page.tell("mira", [CallEvent::Sending, dials_fail()]);
    page.until(69);
    assert_eq!(page.notices, [no_dial(vec![person("jack")], Some("503"))]);
    page.until(250);
    assert_eq!(page.notices[1..], [Notice::StillNoDial(person("mira"))]);
}

#[test]
fn the_card_says_written_to_only_of_whom_was() {
    let mut page = Played::of(policy(0, vec![step(&["jack"], 30, None), step(&["mira"], 300, None)]));
    page.tell("jack", [CallEvent::Refused("no such account".to_owned())]);
    assert!(
        card(&page).contains("jack could not be rung, and was written to at 00:00:00 UTC"),
        "{}",
        card(&page)
    );
    page.until(30);
    page.tell("mira", [CallEvent::Sending]);
    acknowledges(&mut page, "ana");
    page.until(31);
    page.tell("mira", [CallEvent::Refused("no such account".to_owned())]);
    let text = card(&page);
    assert!(!text.contains("mira could not be rung, and was written to"), "{text}");
    assert!(!page.notices.contains(&Notice::InsteadOfRing(person("mira"))), "{:?}", page.notices);
}

#[test]
fn who_is_told_of_a_failed_ring_hears_it_in_any_step() {
    let mut page = Played::of(policy(0, vec![step(&["jack"], 30, None), step(&["mira"], 300, None)]));
    page.tell("jack", [CallEvent::Sending]);
    page.until(40);
    page.tell("jack", [CallEvent::Refused("no such account".to_owned())]);
    assert!(page.notices.contains(&Notice::InsteadOfRing(person("jack"))), "{:?}", page.notices);
}

#[test]
fn who_took_it_and_hangs_up_did_acknowledge() {
    let mut page = Played::of(policy(0, vec![step(&["ana"], 60, None)]));
    page.rings("ana");
    page.answers("ana");
    page.until(10);
    acknowledges(&mut page, "ana");
    page.until(20);
    page.ends("ana", Outcome::Completed);
    assert!(card(&page).contains("ana answered, and hung up at 00:00:20 UTC"), "{}", card(&page));
    let said = page.told.join("\n");
    assert!(said.contains("ana answered, and hung up (") && !said.contains("did not acknowledge"), "{said}");
}

#[test]
fn nobody_who_left_the_file_is_rung_anyway() {
    let gate = Gate { held: [("jack", 600)].into(), ..Gate::default() };
    let mut page = Played::with(policy(0, vec![step(&["jack"], 60, None)]), gate);
    page.gate.unlisted.insert("jack");
    let rung = page.does(|moved, deck, now| moved.ring_held(deck, &person("ana"), now)).unwrap();
    assert_eq!(rung_anyway(&rung), "Nobody is rung: whoever was held back is listed no more.");
    assert!(page.rung.is_empty() && page.page.holds.is_empty() && page.page.rings.is_empty());
}

#[test]
fn a_step_that_comes_to_nobody_is_still_shown_where_it_says() {
    let place = |channel: usize| Place { chat: "desk".into(), channel: format!("c{channel}"), thread: None };
    let mut first = step(&["oncall:gone"], 60, None);
    first.post = (0..17).map(place).collect();
    let page = Played::of(policy(0, vec![first]));
    assert_eq!(page.page.places.len(), 16);
    let text = card(&page);
    assert!(
        text.contains("A page is shown in 16 channels at most: 2 of its policy and its alerts are left out."),
        "{text}"
    );
}

#[test]
fn each_line_of_an_alert_says_how_many_there_were_then() {
    let alert = |n: usize, urgency| PageAlert {
        source: SourceId::new("prod"),
        fingerprint: format!("f{n}"),
        labels: BTreeMap::new(),
        title: format!("a{n}"),
        urgency,
        link: None,
        state: AlertState::Firing,
        starts_at: Timestamp::UNIX_EPOCH,
        rule: None,
        acknowledged: false,
        told_late: None,
    };
    let mut page = Played::begun(policy(0, vec![step(&["jack"], 600, None)]), Gate::default(), |new| {
        new.urgency = Urgency::Low;
    });
    page.told.clear();
    let all =
        vec![alert(1, Urgency::Low), alert(2, Urgency::Low), alert(1, Urgency::High), alert(3, Urgency::Low)];
    page.does(|moved, _, now| moved.join_all(all, now));
    page.does(|moved, _, now| moved.resolve_all(&["f1", "f2"].into(), now));
    assert_eq!(
        page.told,
        [
            "Another alert joins (1 by now): a1",
            "Another alert joins (2 by now): a2",
            "An alert is more urgent now: a1",
            "Another alert joins (3 by now): a3",
            "Resolved (2 of 3 go on): a2",
            "Resolved (1 of 3 go on): a1",
        ]
    );
}

#[test]
fn a_dial_without_an_answer_may_ring_as_long_as_its_request_took_more() {
    let mut page = Played::of(policy(1, vec![step(&["jack"], 45, None)]));
    page.tell("jack", [CallEvent::Sending, CallEvent::Unsettled("no answer".to_owned())]);
    page.until(55);
    assert_eq!(page.rung, ["+0s jack"], "a request of 10 s that came in the end rings until 55 s");
    page.until(56);
    assert_eq!(page.rung, ["+0s jack", "+56s jack"], "and the second round is not lost for it");
}

#[test]
fn a_round_that_waits_for_a_ring_that_never_was_begins_then() {
    let mut page = Played::of(policy(1, vec![step(&["jack"], 45, None)]));
    page.tell("jack", [CallEvent::Sending, CallEvent::Unsettled("no answer".to_owned())]);
    page.until(50);
    page.tell("jack", [CallEvent::NoRecord]);
    assert_eq!(page.rung, ["+0s jack", "+50s jack"]);
}

#[test]
fn what_is_told_otherwise_is_decided_again() {
    let mut page = Played::of(policy(0, vec![step(&["jack"], 120, Some((2, 5)))]));
    page.rings("jack");
    page.answers("jack");
    page.until(20);
    // He is a member no more: that looks like a hang-up.
    page.tell("jack", [CallEvent::Seen(Vec::new())]);
    page.until(26);
    assert_eq!(page.rung, ["+0s jack"]);
    page.ends("jack", Outcome::Dropped);
    page.until(60);
    assert_eq!(
        page.rung,
        ["+0s jack", "+26s jack"],
        "5 s after the talk was lost, or as soon as that is known"
    );
    assert!(page.told.iter().any(|line| line.contains("jack answered, and was cut off")), "{:?}", page.told);
}
