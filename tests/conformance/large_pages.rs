//! Pages that go on for long: what they read and keep.

use std::collections::HashSet;

use callout::domain::call::{Call, Outcome};
use callout::domain::change::Change;
use callout::domain::ids::{CardId, Fingerprint, PageId, PersonId};
use callout::domain::page::{AT_HAND, Moved, Page, PageAlert, PageEntry, PageEvent, Urgency};
use callout::domain::report::{CardKind, CardState, page_card};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::Home;
use super::pages::{page, put, rung, source};
use super::sample::{at, call, card, ended};

/// An end is read until the page has it as it is, once; told otherwise, once more; and nothing of it in between.
pub(crate) async fn an_end_is_read_until_the_page_has_heard_of_it(home: &dyn Home) {
    let store = home.open().await;
    let mut page = rung(page("p1", source(), "db", 0), "jack", "c1");
    put(&*store, vec![page.clone()]).await.unwrap();
    let mut one = call("c1", "ana", &["jack"], 1);
    one.room = page.id.room();
    let tell = async |call: &Call| {
        store.commit(Change { calls: vec![call.clone()], ..Change::default() }).await.unwrap();
    };
    let reads = async || {
        let found = store.page_and_calls(&PageId::new("p1"), &[]).await.unwrap().expect("it was stored");
        found.calls.iter().map(|call| (call.has_ended(), call.outcome)).collect::<Vec<_>>()
    };
    tell(&one).await;
    assert_eq!(reads().await, [(false, None)]);
    for (version, outcome) in [(1, Outcome::NoAnswer), (2, Outcome::Declined)] {
        one = Call { version, outcome: Some(outcome), ..ended(one, 9) };
        tell(&one).await;
        assert_eq!(reads().await, [(true, Some(outcome))]);
        assert_eq!(reads().await, [(true, Some(outcome))], "until it is written that it was heard");
        (page.version, page.rings[0].outcome) = (version, Some(outcome));
        put(&*store, vec![page.clone()]).await.unwrap();
        assert_eq!(reads().await, [], "heard once");
    }
    let again = call("c1", "ana", &["jack"], 1);
    tell(&Call { version: 3, room: page.id.room(), ..again }).await;
    assert_eq!(reads().await, [(false, None)], "opened again, it is live");
}

/// However long a page goes on: its first lines and its latest stay, and whatever people did.
pub(crate) async fn a_long_timeline_keeps_its_ends_and_what_people_did(home: &dyn Home) {
    let store = home.open().await;
    put(&*store, vec![page("p1", source(), "db", 0)]).await.unwrap();
    let id = PageId::new("p1");
    let event = |n: u32| match n {
        0 => PageEvent::Opened,
        n if n % 1_000 == 500 => PageEvent::Acknowledged,
        n if n % 1_000 == 501 => PageEvent::Escalated,
        9_502 => PageEvent::Closed,
        n if n % 4 == 1 => PageEvent::Rung,
        _ => PageEvent::Alert,
    };
    for from in (0..12_000).step_by(50) {
        let mut change = Change::default();
        let entry = |n| PageEntry { at: at(i64::from(n)), event: event(n), detail: format!("{n}") };
        change.pages().lines.extend((from..from + 50).map(|n| (id.clone(), entry(n))));
        store.commit(change).await.unwrap();
    }
    let kept = store.page_timeline(&id).await.unwrap();
    assert!(kept.len() < 3_200, "{} lines are kept", kept.len());
    assert!(kept.iter().all(|line| line.entry.detail == line.n.to_string()), "each where it stood");
    assert!(kept.windows(2).all(|two| two[0].n < two[1].n));
    let of =
        |wanted: PageEvent| kept.iter().filter(move |line| line.entry.event == wanted).map(|line| line.n);
    assert_eq!(kept.iter().filter(|line| line.n < 200).count(), 200, "its beginning");
    assert_eq!(kept.iter().filter(|line| line.n >= 11_300).count(), 700, "its latest");
    assert_eq!(of(PageEvent::Acknowledged).count(), 12);
    assert_eq!(of(PageEvent::Escalated).count(), 12);
    assert_eq!(of(PageEvent::Closed).collect::<Vec<_>>(), [9_502]);
    let rung: Vec<u32> = of(PageEvent::Rung).filter(|n| *n >= 200).collect();
    assert!((2_000..2_100).contains(&rung.len()) && rung[0] > 3_000, "the latest of its chain");
    // A thread that has all but the last of them reads on where it was.
    let shown = CardState { lines: 11_998, told_lines: Some(3), ..card("p1", CardKind::Page) };
    store.commit(Change { shown: vec![shown], ..Change::default() }).await.unwrap();
    let found = store.card_and_page(&CardId::new("p1")).await.unwrap().expect("it was shown");
    assert_eq!(found.timeline.iter().map(|line| line.n).collect::<Vec<_>>(), [11_998, 11_999]);
}

/// What anybody is told of a page and its alerts, as far as they are at hand of any page.
fn told(page: &Page) -> impl PartialEq + std::fmt::Debug {
    let first: Vec<_> = page.alerts.iter().take(AT_HAND).cloned().collect();
    let going_on: Vec<_> = page.alerts.going_on().take(AT_HAND).cloned().collect();
    let counts = (page.alerts.len(), page.firing(), page.alerts.loose(), page.forgotten);
    (page.state, page.urgency, counts, first, going_on, page_card(page, 0, false).text)
}

/// What is decided with few alerts at hand is what is decided with all of them.
pub(crate) async fn a_page_of_many_alerts_decides_as_if_all_were_at_hand(home: &dyn Home) {
    let store = home.open().await;
    let mut random = StdRng::seed_from_u64(12);
    let mut all = page("p1", source(), "db", 0);
    put(&*store, vec![all.clone()]).await.unwrap();
    let first = all.alerts.iter().next().unwrap().clone();
    let alert = |n: &usize, urgency| {
        let (fingerprint, title) = (format!("a{n}"), format!("the {n}th"));
        PageAlert { fingerprint, title, urgency, ..first.clone() }
    };
    let mut beyond_hand = 0;
    for step in 0..120 {
        let verb = random.random_range(0..8);
        let most = if verb < 5 { 150 } else { 500 };
        let names: Vec<usize> = (0..most).map(|_| random.random_range(0..3_000)).collect();
        let urgency = if random.random_bool(0.1) { Urgency::High } else { Urgency::Low };
        let wanted: Vec<Fingerprint> = names.iter().map(|n| Fingerprint::new(format!("a{n}"))).collect();
        let found = store.page_and_calls(&all.id, &wanted).await.unwrap().expect("it was stored");
        beyond_hand += found.page.alerts.len() - found.page.alerts.iter().count();
        let does = |page: Page| {
            let mut moved = Moved::of(page);
            let named: HashSet<&str> = wanted.iter().map(Fingerprint::as_str).collect();
            match verb {
                0..=3 => {
                    moved.join_all(names.iter().map(|n| alert(n, urgency)).collect(), at(step));
                }
                4 => moved.acknowledge_at_source(&named, at(step)),
                5 | 6 => {
                    moved.resolve_all(&named, at(step));
                }
                _ => {
                    moved.escalate(&PersonId::new("ana"), at(step));
                }
            }
            moved
        };
        let (few, whole) = (does(found.page), does(all));
        assert_eq!(few.happened, whole.happened, "step {step}");
        assert_eq!(told(&few.page), told(&whole.page), "step {step}");
        put(&*store, vec![few.page]).await.unwrap();
        all = whole.page;
        let read = store.page(&all.id).await.unwrap().expect("it was stored");
        assert_eq!(told(&read), told(&all), "step {step}, as it was read");
    }
    let kept = store.page_alerts(&all.id).await.unwrap();
    assert!(kept.iter().eq(all.alerts.iter()), "all of them are there");
    assert!(
        all.forgotten > 0 && beyond_hand > 10_000,
        "{} {} {beyond_hand}",
        all.alerts.len(),
        all.forgotten
    );
}
