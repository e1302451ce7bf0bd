//! What alerts do to a page that is there.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::kit::{Played, policy, step};
use crate::domain::ids::{PersonId, SourceId};
use crate::domain::page::{AlertState, Joined, PageAlert, PageState, Urgency};

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
    }
}

fn joins(page: &mut Played, fingerprint: &str, urgency: Urgency) -> Joined {
    page.does(|moved, _, now| moved.join(alert(fingerprint, urgency), now))
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
