//! One delivery, one change: all of it, once, or nothing.

use std::sync::Arc;

use callout::domain::call::EventKind;
use callout::domain::change::{Change, PeopleChange};
use callout::domain::ids::{CallId, CardId, DeliveryKey};
use callout::domain::report::CardKind;
use callout::ports::{Store, StoreError};
use futures_util::future::join_all;

use super::overrides::{duty, laid};
use super::sample::{act, ask, at, call, card, delivery, dial, effect, lease, line, put, spent, timer};
use super::{Home, people};

pub(crate) async fn a_delivery_is_taken_once(home: &dyn Home) {
    let store = home.open().await;
    let first = Change { delivery: Some(delivery("desk:1", 0)), ..Change::default() };
    store.commit(first.clone()).await.unwrap();
    let again = Change {
        delivery: Some(delivery("desk:1", 5)),
        calls: vec![call("c1", "ana", &["jack"], 5)],
        ..Change::default()
    };
    assert_eq!(store.commit(again).await, Err(StoreError::Duplicate));
    let receipt = store.receipt(&DeliveryKey::new("desk:1")).await.unwrap();
    assert_eq!(receipt, first.delivery.map(|delivery| delivery.receipt), "the first receipt stands");
    assert_eq!(store.call(&CallId::new("c1")).await.unwrap(), None);
    assert_eq!(store.receipt(&DeliveryKey::new("desk:2")).await.unwrap(), None);
}

pub(crate) async fn concurrent_deliveries_of_one_key_are_taken_once(home: &dyn Home) {
    let store = home.open().await;
    let change = Change { delivery: Some(delivery("desk:1", 0)), ..Change::default() };
    let all = join_all((0..50).map(|_| store.commit(change.clone()))).await;
    assert_eq!(all.iter().filter(|done| done.is_ok()).count(), 1);
    assert!(all.iter().all(|done| matches!(done, Ok(_) | Err(StoreError::Duplicate))));
}

/// Everything that a change can hold, around one call.
fn full(key: &str, id: &str) -> Change {
    Change {
        delivery: Some(delivery(key, 0)),
        calls: vec![call(id, "ana", &["jack"], 0)],
        timeline: vec![(CallId::new(id), line(0, EventKind::Placed, "ana asked to ring jack."))],
        cards: vec![card(id, CardKind::Call), card(&format!("board_{id}"), CardKind::Board)],
        shown: Vec::new(),
        asks: vec![ask(&format!("ask_{id}"), 0)],
        answered: Vec::new(),
        people: Some(Box::new(people::of_call(id))),
        duty: duty(vec![laid(&format!("o{id}"), 10, 20)]),
        pages: None,
        spent: vec![spent(0, &format!("caller:{id}"))],
        effects: vec![effect(dial(id), 0)],
        done: Vec::new(),
        timers: vec![timer(id, 45)],
        fired: Vec::new(),
        disarmed: Vec::new(),
    }
}

async fn has_all(store: &dyn Store, key: &str, id: &str) {
    let change = full(key, id);
    let call = CallId::new(id);
    let receipt = store.receipt(&DeliveryKey::new(key)).await.unwrap();
    assert_eq!(receipt, change.delivery.map(|delivery| delivery.receipt));
    assert_eq!(store.call(&call).await.unwrap().map(|call| call.version), Some(1));
    assert_eq!(store.timeline(&call).await.unwrap(), vec![change.timeline[0].1.clone()]);
    assert_eq!(store.card(&CardId::new(id)).await.unwrap(), Some(change.cards[0].clone()));
    assert_eq!(store.boards().await.unwrap(), vec![change.cards[1].clone()]);
    assert_eq!(store.ask(&change.asks[0].id).await.unwrap(), Some(change.asks[0].clone()));
    assert_eq!(people::stored(store, id).await, people::of_call(id));
    assert_eq!(store.spent_since(at(0)).await.unwrap(), change.spent);
    let effects = store.claim_effects(&lease("one", 0), 10).await.unwrap();
    assert_eq!(effects.into_iter().map(|row| row.effect).collect::<Vec<_>>(), vec![dial(id)]);
    let timers = store.claim_timers(&lease("one", 0), 10).await.unwrap();
    assert_eq!(timers.into_iter().map(|row| row.timer).collect::<Vec<_>>(), vec![timer(id, 45).timer]);
}

/// Nothing but the call `id`, at its first version.
async fn has_only_call(store: &dyn Store, id: &str) {
    assert_eq!(store.receipt(&DeliveryKey::new("desk:2")).await.unwrap(), None);
    assert_eq!(store.open_calls().await.unwrap().len(), 1);
    assert_eq!(store.timeline(&CallId::new(id)).await.unwrap(), vec![]);
    assert_eq!(store.boards().await.unwrap(), vec![]);
    for id in [id, "c2"] {
        assert_eq!(store.card(&CardId::new(id)).await.unwrap(), None);
        assert_eq!(store.ask(&CardId::new(format!("ask_{id}"))).await.unwrap(), None);
        assert_eq!(people::stored(store, id).await, PeopleChange::default());
    }
    assert_eq!(store.spent_since(at(0)).await.unwrap(), vec![]);
    assert_eq!(store.claim_effects(&lease("one", 99), 10).await.unwrap(), vec![]);
    assert_eq!(store.claim_timers(&lease("one", 99), 10).await.unwrap(), vec![]);
    assert_eq!(store.overrides(at(0)).await.unwrap(), []);
}

pub(crate) async fn a_failing_change_leaves_nothing(home: &dyn Home) {
    let store = home.open().await;
    put(&*store, vec![call("c1", "ana", &["jack"], 0)]).await;
    // The call is there already, and everything else in the change is new.
    assert_eq!(store.commit(full("desk:2", "c1")).await, Err(StoreError::Conflict));
    has_only_call(&*store, "c1").await;
    // The same when another call of the change is the one that moved on.
    let mut two = full("desk:2", "c2");
    two.calls.push(call("c1", "ana", &["jack"], 0));
    assert_eq!(store.commit(two).await, Err(StoreError::Conflict));
    has_only_call(&*store, "c1").await;
    // And when a question was answered by somebody else.
    let mut gone_ask = full("desk:2", "c2");
    gone_ask.answered = vec![CardId::new("ask_gone")];
    assert_eq!(store.commit(gone_ask).await, Err(StoreError::Conflict));
    has_only_call(&*store, "c1").await;
}

pub(crate) async fn a_failing_change_spoils_no_other(home: &dyn Home) {
    let store = home.open().await;
    put(&*store, vec![call("c1", "ana", &["jack"], 0)]).await;
    let commit = |n: usize| {
        let bad = n.is_multiple_of(3);
        let id = if bad { "c1".to_owned() } else { format!("n{n}") };
        let store = Arc::clone(&store);
        async move {
            let change = Change {
                delivery: Some(delivery(&format!("desk:{n}"), 0)),
                calls: vec![call(&id, "ana", &["jack"], 1)],
                ..Change::default()
            };
            (n, bad, store.commit(change).await)
        }
    };
    for (n, bad, done) in join_all((0..60).map(commit)).await {
        let receipt = store.receipt(&DeliveryKey::new(format!("desk:{n}"))).await.unwrap();
        assert_eq!((done.is_err(), receipt.is_none()), (bad, bad), "change {n}: {done:?}");
    }
    assert_eq!(store.open_calls().await.unwrap().len(), 41);
}

pub(crate) async fn what_was_spent_is_counted(home: &dyn Home) {
    let store = home.open().await;
    // Two at one instant are two.
    let spent =
        vec![spent(5, "callee:jack"), spent(5, "callee:jack"), spent(2, "caller:ana"), spent(1, "old")];
    store.commit(Change { spent: spent.clone(), ..Change::default() }).await.unwrap();
    let expected = vec![spent[2].clone(), spent[0].clone(), spent[1].clone()];
    assert_eq!(store.spent_since(at(2)).await.unwrap(), expected);
}

pub(crate) async fn reopening_keeps_everything(home: &dyn Home) {
    let store = home.open().await;
    store.commit(full("desk:1", "c1")).await.unwrap();
    drop(store);
    let store = home.open().await;
    has_all(&*store, "desk:1", "c1").await;
    let rev = act(&*store, vec![effect(dial("c2"), 0)]).await;
    assert!(rev > 0, "and it takes more");
}
