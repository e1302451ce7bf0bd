//! Pages that do not ring at once, steps that are not for every page, and turns.

use std::time::Duration;

use super::kit::{Gate, Played, at, policy, step};
use crate::domain::call::Outcome;
use crate::domain::escalation::{Pick, Rest};
use crate::domain::ids::PersonId;
use crate::domain::page::{PageState, Urgency};
use crate::domain::report::{Button, page_card};

/// One that waits for ten minutes.
fn resting() -> Played {
    let steps = vec![step(&["jack"], 60, None), step(&["mira"], 60, None)];
    Played::begun(policy(0, steps), Gate::default(), |new| {
        let until = at(Duration::from_secs(600));
        new.rest = Some(Rest { until, why: "the database moves".to_owned() });
    })
}

#[test]
fn planned_work_keeps_a_page_back_visibly_and_then_it_rings() {
    let mut page = resting();
    assert_eq!(page.page.wake(), Some(at(Duration::from_secs(600))));
    insta::assert_snapshot!(page_card(&page.page, 0, false).text, @r"
    Page p: db is down
    Nobody has it yet. Nothing rings before 1970-01-01 00:10:00 UTC: the database moves. “Ring anyway” begins at once.
    p1 of ana.
    ");
    assert!(page.told.iter().any(|line| line.starts_with("Nothing rings before 1970")), "{:?}", page.told);
    page.until(599);
    assert!(page.rung.is_empty() && page.is(PageState::Triggered));
    page.nobody_answers();
    assert_eq!(page.rung, ["+600s jack", "+660s mira"]);
    assert!(!page_card(&page.page, 0, false).text.contains("Nothing rings before"));
}

#[test]
fn whoever_cannot_wait_for_planned_work_begins_at_once() {
    let mut page = resting();
    page.until(5);
    assert!(page.does(|moved, _, now| moved.escalate(&PersonId::new("ana"), now)));
    assert_eq!(page.rung, ["+5s jack"]);
    page.until(65);
    assert_eq!(page.rung, ["+5s jack", "+65s mira"]);
}

/// A window holds a page as a limit holds a ring: visibly, until a stated time, with the same button.
#[test]
fn who_says_ring_anyway_begins_what_a_window_holds_back() {
    let mut page = resting();
    assert!(page_card(&page.page, 0, false).buttons.contains(&Button::RingAnyway));
    page.until(5);
    let ana = PersonId::new("ana");
    let rung = page.does(|moved, deck, now| moved.ring_held(deck, &ana, now));
    assert_eq!(rung, Some(Vec::new()));
    assert_eq!(page.rung, ["+5s jack"]);
    assert!(!page_card(&page.page, 0, false).buttons.contains(&Button::RingAnyway));
    assert_eq!(
        page.does(|moved, deck, now| moved.ring_held(deck, &ana, now)),
        None,
        "nothing is held any more"
    );
}

/// A second opinion is no chain: who was asked for while it rests decides nothing for it.
#[test]
fn who_is_asked_for_meanwhile_and_declines_begins_nothing() {
    for outcome in [Outcome::Declined, Outcome::Offline, Outcome::NoAnswer] {
        let mut page = resting();
        page.until(5);
        let (ana, zoe) = (PersonId::new("ana"), PersonId::new("zoe"));
        page.does(|moved, deck, now| moved.call_in(deck, (&ana, &zoe), now));
        page.until(10);
        page.ends("zoe", outcome);
        page.until(599);
        assert_eq!(page.rung, ["+5s zoe"], "{outcome}");
        page.until(600);
        assert_eq!(page.rung, ["+5s zoe", "+600s jack"], "{outcome}");
        page.until(659);
        assert_eq!(page.rung.len(), 2, "an end of before does not shorten the first step");
    }
}

#[test]
fn ring_anyway_rings_whoever_is_held_back_first() {
    let mut page = resting();
    page.gate.held.insert("zoe", 300);
    let (ana, zoe) = (PersonId::new("ana"), PersonId::new("zoe"));
    page.does(|moved, deck, now| moved.call_in(deck, (&ana, &zoe), now));
    page.until(5);
    let rung = page.does(|moved, deck, now| moved.ring_held(deck, &ana, now));
    assert_eq!(rung, Some(vec![zoe]));
    assert_eq!(page.rung, ["+5s zoe"]);
    page.does(|moved, deck, now| moved.ring_held(deck, &ana, now));
    assert_eq!(page.rung, ["+5s zoe", "+5s jack"], "and then the page, which is held back as a whole");
}

#[test]
fn what_is_over_before_it_would_ring_rings_nobody() {
    let mut page = resting();
    page.until(300);
    page.does(|moved, _, now| moved.close(None, now));
    page.until(900);
    assert!(page.rung.is_empty() && page.is(PageState::Closed));
    assert_eq!(page.page.wake(), None);
}

#[test]
fn catalogue_08_a_page_of_low_urgency_passes_steps_over_that_are_for_high() {
    let mut urgent = step(&["jack"], 60, None);
    urgent.urgency = Urgency::High;
    let steps = || policy(1, vec![urgent.clone(), step(&["mira"], 60, None)]);
    let mut low = Played::begun(steps(), Gate::default(), |new| new.urgency = Urgency::Low);
    low.nobody_answers();
    assert_eq!(low.rung, ["+0s mira", "+60s mira"]);
    assert!(low.told.iter().any(|line| line == "Step 1 of round 1 is for pages of high urgency only."));
    let mut high = Played::of(steps());
    high.nobody_answers();
    assert_eq!(high.rung, ["+0s jack", "+60s mira", "+120s jack", "+180s mira"]);
    let only = Played::begun(policy(9, vec![urgent]), Gate::default(), |new| new.urgency = Urgency::Low);
    assert!(only.is(PageState::Exhausted) && only.rung.is_empty(), "loud, and once");
}

#[test]
fn whoever_takes_turns_is_rung_by_one_page_each() {
    let mut turns = step(&["ana", "jack", "mira"], 60, None);
    turns.pick = Pick::One;
    let rung = (0..4).map(|nth| {
        let mut page = Played::begun(policy(1, vec![turns.clone()]), Gate::default(), |new| new.nth = nth);
        page.nobody_answers();
        page.rung.join(", ")
    });
    let rung: Vec<String> = rung.collect();
    assert_eq!(rung[..2], ["+0s ana, +60s ana", "+0s jack, +60s jack"], "the same person in each round");
    assert_eq!(rung[3], rung[0]);
    let gone = Gate { unlisted: ["jack"].into(), ..Gate::default() };
    let page = Played::begun(policy(0, vec![turns]), gone, |new| new.nth = 1);
    assert_eq!(page.rung, ["+0s mira"], "who is not listed takes no turn");
}
