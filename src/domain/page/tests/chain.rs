//! How rings that end drive the chain. Numbers are those of the defect catalogue.

use super::kit::{Gate, Played, no_dial, policy, step};
use crate::domain::call::{CallEvent, Outcome};
use crate::domain::page::{Notice, PageState};

#[test]
fn catalogue_04_repeat_n_means_exactly_n_extra_rounds() {
    // 4.
    let mut page = Played::of(policy(2, vec![step(&["ana"], 60, None), step(&["jack"], 90, None)]));
    page.nobody_answers();
    assert_eq!(page.rung, ["+0s ana", "+60s jack", "+150s ana", "+210s jack", "+300s ana", "+360s jack"]);
    assert!(page.is(PageState::Exhausted));
    assert_eq!(page.now.as_secs(), 450);
    assert!(page.notices.contains(&Notice::Exhausted { reached: true }));
}

#[test]
fn catalogue_12_an_empty_step_is_skipped_at_once_and_visibly() {
    // 12.
    let mut page = Played::of(policy(0, vec![step(&["oncall:gone"], 600, None), step(&["jack"], 60, None)]));
    assert_eq!(page.rung, ["+0s jack"]);
    assert!(
        page.told
            .iter()
            .any(|line| line.starts_with("Step 1 of round 1 is skipped at once: nobody is on call for gone")),
        "{:?}",
        page.told
    );
    page.rings("jack");
    page.until(60);
    assert!(page.is(PageState::Exhausted));
}

#[test]
fn catalogue_12_a_chain_that_is_empty_is_loud() {
    // 7 and 12.
    let page =
        Played::of(policy(3, vec![step(&["oncall:gone"], 600, None), step(&["oncall:gone"], 60, None)]));
    assert!(page.is(PageState::Exhausted) && page.rung.is_empty());
    assert_eq!(page.notices, [Notice::Exhausted { reached: false }]);
    assert!(page.told.iter().any(|line| line.contains("it reached nobody")), "{:?}", page.told);
}

#[test]
fn who_left_the_file_is_said_and_not_rung() {
    let gate = Gate { unlisted: ["ana"].into(), ..Gate::default() };
    let page =
        Played::with(policy(0, vec![step(&["ana"], 60, None), step(&["jack", "ana"], 60, None)]), gate);
    assert_eq!(page.rung, ["+0s jack"]);
    assert_eq!(page.told.iter().filter(|line| line.contains("ana is listed no more")).count(), 2);
}

#[test]
fn declined_means_the_next_step_now() {
    let mut page = Played::of(policy(0, vec![step(&["jack"], 120, None), step(&["mira"], 120, None)]));
    page.until(7);
    page.ends("jack", Outcome::Declined);
    assert_eq!(page.rung, ["+0s jack", "+7s mira"]);
    assert!(
        page.told.iter().any(|line| line.starts_with("jack declined, and nobody else")),
        "{:?}",
        page.told
    );
}

#[test]
fn declined_waits_for_whoever_may_still_answer() {
    let mut page =
        Played::of(policy(0, vec![step(&["jack", "ana"], 120, Some((1, 30))), step(&["mira"], 120, None)]));
    page.rings("ana");
    page.until(7);
    page.ends("jack", Outcome::Declined);
    page.until(45);
    page.ends("ana", Outcome::NoAnswer);
    assert_eq!(page.rung, ["+0s jack", "+0s ana"], "ana is rung once more");
    page.until(75);
    page.rings("ana");
    page.until(80);
    page.ends("ana", Outcome::NoAnswer);
    assert_eq!(page.rung, ["+0s jack", "+0s ana", "+75s ana", "+80s mira"]);
}

#[test]
fn offline_means_the_next_step_at_once_and_says_so() {
    let mut page = Played::of(policy(0, vec![step(&["jack"], 120, None), step(&["mira"], 120, None)]));
    page.until(2);
    page.ends("jack", Outcome::Offline);
    assert_eq!(page.rung, ["+0s jack", "+2s mira"]);
    assert!(
        page.told.iter().any(|line| line.starts_with("jack is offline, and nobody else")),
        "{:?}",
        page.told
    );
}

#[test]
fn busy_is_tried_three_times_fifteen_seconds_apart() {
    let mut page = Played::of(policy(0, vec![step(&["jack"], 120, Some((2, 10)))]));
    for second in [1, 17, 33, 49] {
        page.until(second);
        page.ends("jack", Outcome::Busy);
    }
    page.until(119);
    assert_eq!(page.rung, ["+0s jack", "+16s jack", "+32s jack", "+48s jack"]);
}

#[test]
fn no_answer_is_redialled_as_the_step_says() {
    let mut page =
        Played::of(policy(0, vec![step(&["jack"], 200, Some((2, 30))), step(&["mira"], 60, None)]));
    page.nobody_answers();
    assert_eq!(page.rung, ["+0s jack", "+75s jack", "+150s jack", "+200s mira"]);
    let outcomes = [Outcome::Dropped, Outcome::Unknown];
    for outcome in outcomes {
        let mut page = Played::of(policy(0, vec![step(&["jack"], 200, Some((1, 30)))]));
        if outcome == Outcome::Dropped {
            page.rings("jack");
            page.answers("jack");
        }
        page.until(10);
        page.ends("jack", outcome);
        page.until(199);
        assert_eq!(page.rung, ["+0s jack", "+40s jack"], "{outcome}");
    }
}

#[test]
fn catalogue_11_a_redial_that_does_not_fit_is_dropped_when_the_step_ends() {
    let mut page = Played::of(policy(0, vec![step(&["jack"], 75, Some((2, 30))), step(&["mira"], 60, None)]));
    page.nobody_answers();
    assert_eq!(page.rung, ["+0s jack", "+75s mira"]);
}

#[test]
fn failed_reaches_the_same_person_by_another_way() {
    let mut page = Played::of(policy(0, vec![step(&["jack"], 120, None), step(&["mira"], 120, None)]));
    page.until(3);
    page.tell("jack", [CallEvent::Refused("no such account".to_owned())]);
    assert_eq!(page.notices, [Notice::InsteadOfRing("jack".into_person())]);
    page.until(119);
    assert_eq!(page.rung, ["+0s jack"], "they were written to, and have their time");
    let jack = "jack".into_person();
    let why = Some("no such account".to_owned());
    let no_dial = Notice::NoDial { people: vec![jack.clone()], know: vec![jack], why };
    assert_eq!(page.notices[1..], [no_dial], "for the owner: jack knows");
    assert!(page.told.contains(&"jack could not be rung (Failed): no such account.".to_owned()));
}

#[test]
fn catalogue_18_answered_is_not_acknowledged() {
    // 18.
    let mut page = Played::of(policy(0, vec![step(&["ana"], 60, None), step(&["ana", "jack"], 60, None)]));
    page.rings("ana");
    page.until(20);
    page.answers("ana");
    page.until(60);
    assert_eq!(page.rung, ["+0s ana", "+60s jack"], "ana talks, and is not rung twice");
    page.until(70);
    page.ends("ana", Outcome::Completed);
    assert!(page.is(PageState::Triggered));
    page.until(120);
    assert!(page.is(PageState::Exhausted));
}

#[test]
fn thirty_seconds_without_a_dial_are_said_once() {
    let mut page = Played::of(policy(1, vec![step(&["jack"], 60, None)]));
    let next = jiff::Timestamp::UNIX_EPOCH;
    page.tell("jack", [CallEvent::Sending, CallEvent::Held { why: "503".to_owned(), tries: 1, next }]);
    page.until(29);
    assert!(page.notices.is_empty());
    page.until(30);
    assert_eq!(page.notices, [no_dial(vec!["jack".into_person()], Some("503"))]);
    assert!(page.told.iter().any(|line| line.contains("The engine: 503.")), "{:?}", page.told);
    page.until(119);
    assert_eq!(page.notices.len(), 1);
    page.rings("jack");
    assert_eq!(page.page.silence, None);
}

#[test]
fn an_unsettled_dial_does_not_stop_the_chain() {
    let mut page = Played::of(policy(
        0,
        vec![step(&["jack"], 30, None), step(&["jack", "mira"], 30, None), step(&["jack"], 30, None)],
    ));
    page.tell("jack", [CallEvent::Sending, CallEvent::Unsettled("no answer".to_owned())]);
    page.until(30);
    assert_eq!(page.rung, ["+0s jack", "+30s mira"], "jack's phone may be ringing until 56 s");
    page.until(60);
    assert_eq!(page.rung, ["+0s jack", "+30s mira", "+56s jack"]);
}

#[test]
fn catalogue_21_a_held_ring_is_visible_and_released_on_time() {
    // 21.
    let gate = Gate { held: [("jack", 100)].into(), ..Gate::default() };
    let mut page =
        Played::with(policy(0, vec![step(&["jack"], 60, None), step(&["jack", "mira"], 60, None)]), gate);
    assert!(
        page.told.iter().any(|line| line.starts_with("jack is held back until 00:01:40 UTC")),
        "{:?}",
        page.told
    );
    page.until(60);
    page.rings("mira");
    assert_eq!(page.rung, ["+60s mira"], "the step's timer runs on, and jack is held once");
    page.until(100);
    assert_eq!(page.rung, ["+60s mira", "+100s jack"]);
    assert!(page.page.holds.is_empty());
}

#[test]
fn urgent_may_exceed_the_first_limit_once() {
    let held = [("jack", 1_000)].into();
    let gate = Gate { held, first_only: ["jack"].into(), ..Gate::default() };
    let mut page = Played::with(policy(1, vec![step(&["jack"], 60, None)]), gate);
    assert_eq!(page.rung, ["+0s jack"]);
    page.until(10);
    page.ends("jack", Outcome::NoAnswer);
    page.until(60);
    assert_eq!((page.rung.len(), page.page.holds.len()), (1, 1), "the second one is held");
}

#[test]
fn catalogue_05_a_chain_of_hours_is_still_alive() {
    // 5.
    let steps = (0..30).map(|_| step(&["jack"], 900, None)).collect();
    let mut page = Played::of(policy(0, steps));
    page.nobody_answers();
    assert_eq!((page.rung.len(), page.now.as_secs()), (30, 30 * 900));
}

trait IntoPerson {
    fn into_person(self) -> crate::domain::ids::PersonId;
}

impl IntoPerson for &str {
    fn into_person(self) -> crate::domain::ids::PersonId {
        crate::domain::ids::PersonId::new(self)
    }
}
