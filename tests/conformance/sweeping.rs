//! Forgetting what is old, and nothing else.

use callout::domain::call::EventKind;
use callout::domain::change::Change;
use callout::domain::ids::{CallId, CardId, DeliveryKey, PersonId};
use callout::domain::report::CardKind;
use callout::ports::Old;

use super::Home;
use super::sample::{
    ask, at, call, card, delivery, dial, effect, ended, ids, lease, line, put, spent, timer,
};

fn old(deliveries: i64, calls: i64) -> Old {
    Old { deliveries: at(deliveries), spent: at(deliveries), calls: at(calls), audit: at(0) }
}

pub(crate) async fn sweeping_keeps_what_is_young_or_open(home: &dyn Home) {
    let store = home.open().await;
    for (n, seconds) in [(1, 10), (2, 100)] {
        let change = Change {
            delivery: Some(delivery(&format!("desk:{n}"), seconds)),
            asks: vec![ask(&format!("ask_{n}"), seconds)],
            spent: vec![spent(seconds, "caller:ana")],
            cards: vec![card(&format!("board_{n}"), CardKind::Board)],
            effects: vec![effect(dial(&format!("c{n}")), seconds)],
            timers: vec![timer(&format!("c{n}"), seconds)],
            ..Change::default()
        };
        store.commit(change).await.unwrap();
    }
    put(&*store, vec![call("open", "ana", &["jack"], 0)]).await;
    assert_eq!(
        store.sweep(old(100, 100)).await.unwrap(),
        3,
        "one delivery, one question, one use of a limit"
    );
    assert_eq!(store.receipt(&DeliveryKey::new("desk:1")).await.unwrap(), None);
    assert!(store.receipt(&DeliveryKey::new("desk:2")).await.unwrap().is_some());
    assert_eq!(store.ask(&CardId::new("ask_1")).await.unwrap(), None);
    assert!(store.ask(&CardId::new("ask_2")).await.unwrap().is_some());
    assert_eq!(store.spent_since(at(0)).await.unwrap(), [spent(100, "caller:ana")]);
    assert_eq!(store.boards().await.unwrap().len(), 2, "boards stay until they are retired");
    assert_eq!(ids(&store.open_calls().await.unwrap()), ["open"], "however old");
    assert_eq!(store.claim_effects(&lease("one", 200), 10).await.unwrap().len(), 2);
    assert_eq!(store.claim_timers(&lease("one", 200), 10).await.unwrap().len(), 2);
    assert_eq!(store.sweep(old(100, 100)).await.unwrap(), 0);
}

pub(crate) async fn sweeping_takes_all_of_a_call(home: &dyn Home) {
    let store = home.open().await;
    for (id, end) in [("old", 50), ("young", 60)] {
        let change = Change {
            calls: vec![ended(call(id, "ana", &["jack"], 0), end)],
            timeline: vec![(CallId::new(id), line(0, EventKind::Placed, "one"))],
            cards: vec![card(id, CardKind::Call)],
            ..Change::default()
        };
        store.commit(change).await.unwrap();
    }
    assert!(store.sweep(old(0, 60)).await.unwrap() > 0);
    assert_eq!(store.call(&CallId::new("old")).await.unwrap(), None);
    assert_eq!(store.timeline(&CallId::new("old")).await.unwrap(), []);
    assert_eq!(store.card(&CardId::new("old")).await.unwrap(), None);
    let history = store.ended_calls(Some(&PersonId::new("jack")), 10).await.unwrap();
    assert_eq!(ids(&history), ["young"]);
    assert_eq!(store.timeline(&CallId::new("young")).await.unwrap().len(), 1);
    assert!(store.card(&CardId::new("young")).await.unwrap().is_some());
}

pub(crate) async fn sweeping_takes_more_than_one_turn(home: &dyn Home) {
    const MANY: usize = 1_500;
    let store = home.open().await;
    let uses = (0..MANY).map(|_| spent(1, "caller:ana")).collect();
    store.commit(Change { spent: uses, ..Change::default() }).await.unwrap();
    let calls = (0..600).map(|n| ended(call(&format!("c{n}"), "ana", &["jack"], 0), 1)).collect();
    put(&*store, calls).await;
    // Each by itself: one kind of row must not bring the turns that the other needs.
    assert!(store.sweep(old(0, 2)).await.unwrap() >= 600, "a call, and its rows");
    assert_eq!(store.ended_calls(None, 1).await.unwrap(), []);
    assert_eq!(store.sweep(old(2, 2)).await.unwrap(), MANY);
    assert_eq!(store.spent_since(at(0)).await.unwrap(), []);
}
