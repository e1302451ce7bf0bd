//! What alerts do to a page that is there.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;

use super::kit::{Gate, Played, policy, step};
use crate::domain::ids::{PersonId, SourceId};
use crate::domain::page::{AlertState, FIRING_MAX, Joined, PageAlert, PageState, RESOLVED_KEPT_MAX, Urgency};
use crate::domain::report::{Place, page_card};

pub(super) fn alert(fingerprint: &str, urgency: Urgency) -> PageAlert {
    PageAlert {
        source: SourceId::new("prod"),
        fingerprint: fingerprint.to_owned(),
        labels: BTreeMap::new(),
        title: format!("alert {fingerprint}"),
        urgency,
        link: None,
        state: AlertState::Firing,
        starts_at: Timestamp::UNIX_EPOCH,
        rule: None,
        acknowledged: false,
        told_late: None,
    }
}

fn joins(page: &mut Played, fingerprint: &str, urgency: Urgency) -> Joined {
    page.does(|moved, _, now| moved.join(alert(fingerprint, urgency), now))
}

fn nth(page: &Played, n: usize) -> &PageAlert {
    page.page.alerts.iter().nth(n).unwrap()
}

fn low() -> Played {
    let mut page = Played::of(policy(0, vec![step(&["jack"], 60, None)]));
    page.page.urgency = Urgency::Low;
    joins(&mut page, "f1", Urgency::Low);
    page.rings("jack");
    page
}

#[test]
fn a_new_alert_joins_an_open_page_and_rings_nobody() {
    let mut page = low();
    assert_eq!(joins(&mut page, "f2", Urgency::High), Joined::Quietly);
    assert_eq!(joins(&mut page, "f2", Urgency::High), Joined::Known, "the second of two senders");
    assert_eq!((page.rung.len(), page.page.firing(), page.page.urgency), (1, 2, Urgency::High));
}

#[test]
fn an_acknowledged_page_rings_only_for_a_higher_urgency() {
    let mut page = low();
    let mira = PersonId::new("mira");
    page.does(|moved, _, now| moved.acknowledge(&mira, None, now)).unwrap();
    assert_eq!(joins(&mut page, "f2", Urgency::Low), Joined::Quietly);
    assert!(page.is(PageState::Acknowledged));
    assert_eq!(joins(&mut page, "f3", Urgency::High), Joined::Rings);
    assert!(page.is(PageState::Triggered));
}

#[test]
fn an_exhausted_page_starts_again() {
    let mut page = low();
    page.until(45);
    page.ends("jack", crate::domain::call::Outcome::NoAnswer);
    page.until(60);
    assert!(page.is(PageState::Exhausted));
    page.until(100);
    assert_eq!(joins(&mut page, "f2", Urgency::Low), Joined::Rings);
    assert_eq!(page.rung, ["+0s jack", "+100s jack"]);
}

#[test]
fn the_last_resolve_closes_it_and_stops_the_phones() {
    // 16: a group resolves part by part.
    let mut page = low();
    joins(&mut page, "f2", Urgency::Low);
    assert!(page.does(|moved, _, now| moved.resolve("f1", now)));
    assert!(page.is(PageState::Triggered));
    assert!(!page.does(|moved, _, now| moved.resolve("f1", now)), "once");
    assert!(page.does(|moved, _, now| moved.resolve("f2", now)));
    assert!(page.is(PageState::Closed) && page.call("jack").hung_up_by.is_some());
    assert_eq!(page.page.closed_by, None);
}

#[test]
fn an_alert_of_an_older_row_has_no_rule() {
    let stored = serde_json::to_string(&alert("f1", Urgency::High)).unwrap();
    assert!(!stored.contains("rule"), "{stored}");
    assert_eq!(serde_json::from_str::<PageAlert>(&stored).unwrap().rule, None);
}

#[test]
fn one_of_higher_urgency_goes_back_to_the_steps_that_were_passed_over() {
    let mut urgent = step(&["jack"], 60, None);
    urgent.urgency = Urgency::High;
    let begins = || {
        let steps = vec![urgent.clone(), step(&["mira"], 60, None)];
        Played::begun(policy(0, steps), Gate::default(), |new| new.urgency = Urgency::Low)
    };
    let mut page = begins();
    page.until(5);
    assert_eq!(joins(&mut page, "f2", Urgency::Low), Joined::Quietly);
    assert_eq!(joins(&mut page, "f3", Urgency::High), Joined::Rings);
    assert_eq!(page.rung, ["+0s mira", "+5s jack"]);
    assert_eq!(joins(&mut page, "f4", Urgency::High), Joined::Quietly, "once");
}

#[test]
fn channels_of_what_joins_show_it_as_well_as_far_as_there_is_room() {
    let mut page = low();
    let places: Vec<Place> = (0..20)
        .map(|n| Place { chat: "desk".into(), channel: format!("c{n}").as_str().into(), thread: None })
        .collect();
    page.does(|moved, _, _| moved.show_in(&places));
    page.does(|moved, _, _| moved.show_in(&places));
    assert_eq!((page.page.places.len(), page.page.unshown.len()), (16, 5), "one was there before");
    let card = page_card(&page.page, 0, false).text;
    assert!(card.contains("16 channels at most: 5 of its policy and its alerts are left out."), "{card}");
}

#[test]
fn a_page_stays_small_however_its_alerts_come_and_go() {
    let mut page = low();
    for n in 0..RESOLVED_KEPT_MAX + 50 {
        let id = format!("p{n}");
        joins(&mut page, &id, Urgency::Low);
        assert!(page.does(|moved, _, now| moved.resolve(&id, now)));
    }
    assert_eq!((page.page.alerts.len(), page.page.forgotten), (RESOLVED_KEPT_MAX + 1, 50));
    assert!(nth(&page, 0).fingerprint == "f1" && nth(&page, 1).fingerprint == "p50", "the latest");
    let card = page_card(&page.page, 0, false).text;
    assert!(card.contains("1 of 1051 alerts going on:"), "{card}");
}

#[test]
fn labels_and_alerts_that_do_not_fit_into_a_page_are_left_out_and_counted() {
    let mut page = low();
    let large = |n: usize| {
        let labels = BTreeMap::from([("trace".to_owned(), "x".repeat(1024 * 1024))]);
        PageAlert { labels, ..alert(&format!("l{n}"), Urgency::Low) }
    };
    page.does(|moved, _, now| moved.join_all((0..9).map(large).collect(), now));
    assert_eq!(nth(&page, 7).labels["trace"].len(), 1024 * 1024);
    assert_eq!(nth(&page, 8).labels["…"], "1 label more");
    let many = |from: usize| (from..from + 60_000).map(|n| alert(&format!("m{n}"), Urgency::Low)).collect();
    page.does(|moved, _, now| moved.join_all(many(0), now));
    page.does(|moved, _, now| moved.join_all(many(60_000), now));
    assert_eq!((page.page.firing(), page.page.crowded_out), (FIRING_MAX, 20_010));
    let card = page_card(&page.page, 0, false).text;
    assert!(
        card.contains("20010 more alerts came, and found no room: a page keeps 100000 that go on."),
        "{card}"
    );
}

fn is_acknowledged_there(page: &mut Played, fingerprint: &str) {
    let meant = HashSet::from([fingerprint]);
    page.does(|moved, _, now| moved.acknowledge_at_source(&meant, now));
}

#[test]
fn what_goes_on_is_acknowledged_there_also_because_the_other_one_is_over() {
    let mut page = low();
    joins(&mut page, "f2", Urgency::Low);
    is_acknowledged_there(&mut page, "f1");
    assert!(page.is(PageState::Triggered), "nobody has the other one");
    assert!(page.does(|moved, _, now| moved.resolve("f2", now)));
    assert!(page.is(PageState::Acknowledged) && page.call("jack").hung_up_by.is_some());
    assert!(page.does(|moved, _, now| moved.resolve("f1", now)));
    assert!(page.is(PageState::Closed));
}

#[test]
fn a_page_is_acknowledged_there_once_more_after_its_time_was_out_or_somebody_has_escalated() {
    let mut policy = policy(0, vec![step(&["jack"], 60, None)]);
    policy.ack_timeout = Some(std::time::Duration::from_secs(120));
    let mut page = Played::of(policy);
    joins(&mut page, "f1", Urgency::High);
    joins(&mut page, "f2", Urgency::High);
    for id in ["f1", "f2"] {
        is_acknowledged_there(&mut page, id);
    }
    assert!(page.is(PageState::Acknowledged));
    page.until(121);
    assert!(page.is(PageState::Triggered));
    is_acknowledged_there(&mut page, "f1");
    assert!(page.is(PageState::Triggered), "the other one counts anew as well");
    is_acknowledged_there(&mut page, "f2");
    assert!(page.is(PageState::Acknowledged));
    page.does(|moved, _, now| moved.escalate(&PersonId::new("ana"), now));
    assert!(page.is(PageState::Triggered));
    assert!(page.does(|moved, _, now| moved.resolve("f2", now)));
    assert!(page.is(PageState::Triggered), "whoever escalates wants somebody here");
    is_acknowledged_there(&mut page, "f1");
    assert!(page.is(PageState::Acknowledged));
}
