//! Timers: watched by one, over once, armed anew without loss.

use callout::domain::change::{Change, TimerRow};
use callout::ports::Store;

use super::Home;
use super::sample::{at, lease, timer};

async fn arm(store: &dyn Store, timers: Vec<TimerRow>) {
    store.commit(Change { timers, ..Change::default() }).await.unwrap();
}

async fn claim(store: &dyn Store, owner: &str, now: i64) -> Vec<String> {
    let rows = store.claim_timers(&lease(owner, now), 100).await.unwrap();
    rows.iter()
        .map(|row| format!("{} {}", row.timer.id(), (row.due.as_second() - at(0).as_second())))
        .collect()
}

pub(crate) async fn every_free_timer_is_claimed_the_next_one_first(home: &dyn Home) {
    let store = home.open().await;
    let held = TimerRow { lease: Some(("one".to_owned(), at(30))), ..timer("held", 1) };
    arm(&*store, vec![timer("c", 900), timer("b", 5), timer("a", 5), held]).await;
    let two = store.claim_timers(&lease("one", 0), 2).await.unwrap();
    assert_eq!(
        two,
        [("a", 5), ("b", 5)].map(|(id, due)| TimerRow {
            lease: Some(("one".to_owned(), at(30))),
            rev: two[0].rev,
            ..timer(id, due)
        })
    );
    assert_eq!(claim(&*store, "two", 0).await, ["ring_over:c 900"], "due or not");
    store.renew(&lease("one", 10)).await.unwrap();
    assert_eq!(claim(&*store, "three", 39).await, ["ring_over:c 900"], "its lease ended at 30");
    assert_eq!(claim(&*store, "three", 40).await, ["ring_over:held 1", "ring_over:a 5", "ring_over:b 5"]);
}

pub(crate) async fn a_timer_armed_anew_outlives_the_old_one(home: &dyn Home) {
    let store = home.open().await;
    arm(&*store, vec![timer("c1", 5)]).await;
    arm(&*store, vec![timer("c1", 60)]).await;
    let fired = vec![("ring_over:c1".to_owned(), at(5))];
    store.commit(Change { fired, ..Change::default() }).await.unwrap();
    assert_eq!(claim(&*store, "one", 5).await, ["ring_over:c1 60"]);
    // Over and armed for the same instant in one change: armed.
    let fired = vec![("ring_over:c1".to_owned(), at(60))];
    let change = Change { fired: fired.clone(), timers: vec![timer("c1", 60)], ..Change::default() };
    store.commit(change).await.unwrap();
    assert_eq!(claim(&*store, "two", 60).await, ["ring_over:c1 60"]);
    store.commit(Change { fired, ..Change::default() }).await.unwrap();
    assert_eq!(claim(&*store, "two", 999).await, [] as [&str; 0]);
}

pub(crate) async fn a_timer_is_disarmed_whatever_its_instant(home: &dyn Home) {
    let store = home.open().await;
    arm(&*store, vec![timer("c1", 50), timer("c2", 40)]).await;
    let disarmed = vec!["ring_over:c1".to_owned(), "ring_over:never_armed".to_owned()];
    store.commit(Change { disarmed, ..Change::default() }).await.unwrap();
    assert_eq!(claim(&*store, "one", 0).await, ["ring_over:c2 40"]);
}

pub(crate) async fn a_timer_moves(home: &dyn Home) {
    let store = home.open().await;
    arm(&*store, vec![timer("c1", 50), timer("c2", 40)]).await;
    arm(&*store, vec![timer("c1", 30)]).await;
    assert_eq!(claim(&*store, "one", 0).await, ["ring_over:c1 30", "ring_over:c2 40"]);
}
