//! Calls: versions, and the ways to find them.

use callout::domain::call::{Call, CallState, EventKind};
use callout::domain::change::Change;
use callout::domain::ids::{CallId, EngineCallId, PersonId, RoomId};
use callout::ports::{Store, StoreError};
use futures_util::future::join_all;

use super::Home;
use super::sample::{call, ended, ids, line, put};

async fn load(store: &dyn Store, id: &str) -> Call {
    store.call(&CallId::new(id)).await.unwrap().expect("it was stored")
}

pub(crate) async fn a_call_comes_back_as_it_was(home: &dyn Home) {
    let store = home.open().await;
    let mut expected = call("c1", "ana", &["jack", "mira"], 0);
    put(&*store, vec![expected.clone()]).await;
    expected.version = 1;
    assert_eq!(load(&*store, "c1").await, expected);
    expected.state = CallState::Ringing;
    expected.engine_call_id = Some(EngineCallId::new("e1"));
    put(&*store, vec![expected.clone()]).await;
    expected.version = 2;
    assert_eq!(load(&*store, "c1").await, expected);
    assert_eq!(store.call(&CallId::new("c2")).await.unwrap(), None);
}

pub(crate) async fn of_concurrent_changes_one_wins(home: &dyn Home) {
    let store = home.open().await;
    put(&*store, vec![call("c1", "ana", &["jack"], 0)]).await;
    let loaded = load(&*store, "c1").await;
    let commit = |n: usize| {
        let call = Call { failure: Some(n.to_string()), ..loaded.clone() };
        store.commit(Change { calls: vec![call], ..Change::default() })
    };
    let all = join_all((0..20).map(commit)).await;
    let winners: Vec<usize> = (0..20).filter(|n| all[*n].is_ok()).collect();
    assert_eq!(winners.len(), 1);
    assert!(all.iter().all(|done| matches!(done, Ok(_) | Err(StoreError::Conflict))));
    let now = load(&*store, "c1").await;
    assert_eq!((now.version, now.failure), (2, Some(winners[0].to_string())));
}

pub(crate) async fn a_new_call_never_replaces_one(home: &dyn Home) {
    let store = home.open().await;
    put(&*store, vec![call("c1", "ana", &["jack"], 0)]).await;
    let twice = Change { calls: vec![call("c1", "mira", &["jack"], 1)], ..Change::default() };
    assert_eq!(store.commit(twice).await, Err(StoreError::Conflict));
    let never =
        Change { calls: vec![Call { version: 1, ..call("c2", "mira", &["jack"], 1) }], ..Change::default() };
    assert_eq!(store.commit(never).await, Err(StoreError::Conflict), "there is no such row");
    assert_eq!(load(&*store, "c1").await.by, PersonId::new("ana").into());
}

pub(crate) async fn a_call_is_found_by_what_the_engine_knows(home: &dyn Home) {
    let store = home.open().await;
    let mut stored = call("c1", "ana", &["jack"], 0);
    put(&*store, vec![stored.clone()]).await;
    assert_eq!(store.call_of_engine(&EngineCallId::new("e1")).await.unwrap(), None);
    stored.version = 1;
    stored.engine_call_id = Some(EngineCallId::new("e1"));
    put(&*store, vec![stored]).await;
    let by_engine = store.call_of_engine(&EngineCallId::new("e1")).await.unwrap().expect("known by now");
    let by_room = store.calls_of_room(&RoomId::new("co_c1"), 9).await.unwrap().remove(0);
    assert_eq!((by_engine.id.as_str(), by_engine.version), ("c1", 2));
    assert_eq!(by_room, by_engine);
    assert_eq!(store.calls_of_room(&RoomId::new("co_c2"), 9).await.unwrap(), Vec::new());
}

pub(crate) async fn the_call_that_lives_is_found_first(home: &dyn Home) {
    let store = home.open().await;
    let shared = |id, placed| {
        let room = RoomId::new("co_page");
        let engine_call_id = Some(EngineCallId::new("e1"));
        Call { room, engine_call_id, ..call(id, "ana", &["jack"], placed) }
    };
    let over = [ended(shared("c1", 1), 60), ended(shared("c3", 3), 61)];
    put(&*store, vec![over[0].clone(), shared("c2", 2), over[1].clone()]).await;
    let room = RoomId::new("co_page");
    assert_eq!(ids(&store.calls_of_room(&room, 9).await.unwrap()), ["c2", "c3", "c1"]);
    let engine = EngineCallId::new("e1");
    assert_eq!(store.call_of_engine(&engine).await.unwrap().unwrap().id.as_str(), "c2");
    put(&*store, vec![Call { version: 1, ..ended(shared("c2", 2), 62) }]).await;
    assert_eq!(ids(&store.calls_of_room(&room, 1).await.unwrap()), ["c3"], "then the latest");
}

pub(crate) async fn open_calls_come_oldest_first(home: &dyn Home) {
    let store = home.open().await;
    let over = ended(call("c2", "ana", &["jack"], 2), 9);
    put(&*store, vec![call("c3", "ana", &["jack"], 3), over, call("c9", "ana", &["jack"], 1)]).await;
    assert_eq!(ids(&store.open_calls().await.unwrap()), ["c9", "c3"]);
    put(&*store, vec![Call { version: 1, ..ended(call("c9", "ana", &["jack"], 1), 20) }]).await;
    assert_eq!(ids(&store.open_calls().await.unwrap()), ["c3"]);
}

pub(crate) async fn history_is_of_caller_and_callee(home: &dyn Home) {
    let store = home.open().await;
    let first = call("c1", "ana", &["jack", "mira"], 1);
    let calls = vec![
        first.clone(),
        ended(call("c2", "jack", &["mira"], 2), 20),
        ended(call("c3", "mira", &["jack", "mira"], 3), 15),
        call("c4", "jack", &["ana"], 4),
    ];
    put(&*store, calls).await;
    put(&*store, vec![Call { version: 1, ..ended(first, 30) }]).await;
    let history = async |who: Option<&str>, limit: usize| {
        let who = who.map(PersonId::new);
        let found = store.ended_calls(who.as_ref(), limit).await.unwrap();
        ids(&found).join(" ")
    };
    assert_eq!(history(None, 10).await, "c1 c2 c3");
    assert_eq!(history(None, 2).await, "c1 c2");
    assert_eq!(history(Some("jack"), 10).await, "c1 c2 c3");
    assert_eq!(history(Some("jack"), 1).await, "c1");
    assert_eq!(history(Some("ana"), 10).await, "c1");
    assert_eq!(history(Some("mira"), 10).await, "c1 c2 c3");
    assert_eq!(history(Some("nobody"), 10).await, "");
}

pub(crate) async fn what_was_opened_again_is_no_history(home: &dyn Home) {
    let store = home.open().await;
    let open = call("c1", "ana", &["jack"], 1);
    put(&*store, vec![open.clone()]).await;
    put(&*store, vec![Call { version: 1, ..ended(open.clone(), 20) }]).await;
    put(&*store, vec![Call { version: 2, ..open.clone() }]).await;
    let ana = PersonId::new("ana");
    for who in [None, Some(&ana)] {
        assert_eq!(store.ended_calls(who, 9).await.unwrap(), Vec::new());
    }
    assert_eq!(ids(&store.open_calls().await.unwrap()), ["c1"]);
    put(&*store, vec![Call { version: 3, ..ended(open, 90) }]).await;
    assert_eq!(store.ended_calls(Some(&ana), 9).await.unwrap()[0].ended_at, Some(super::sample::at(90)));
}

pub(crate) async fn a_prefix_is_taken_literally(home: &dyn Home) {
    let store = home.open().await;
    let names = ["cab1", "cab2", "cac1", "c%b1", "c_b1", "c\\b1", "CAB1", "c*b1", "c'b1"];
    put(&*store, names.iter().map(|id| call(id, "ana", &["jack"], 0)).collect()).await;
    let like = async |prefix: &str, limit: usize| {
        let found = store.calls_like(prefix, limit).await.unwrap();
        ids(&found).join(" ")
    };
    assert_eq!(like("cab", 10).await, "cab1 cab2");
    assert_eq!(like("cab", 1).await, "cab1");
    assert_eq!(like("cab2", 10).await, "cab2", "all of an id is a prefix too");
    assert_eq!(like("c%", 10).await, "c%b1");
    assert_eq!(like("c_", 10).await, "c_b1");
    assert_eq!(like("c\\", 10).await, "c\\b1");
    assert_eq!(like("c*", 10).await, "c*b1");
    assert_eq!(like("c'", 10).await, "c'b1");
    assert_eq!(like("%", 10).await, "");
    assert_eq!(like("", 100).await.split(' ').count(), names.len());
}

pub(crate) async fn a_timeline_is_in_order(home: &dyn Home) {
    let store = home.open().await;
    let id = CallId::new("c1");
    let mut lines = vec![
        line(0, EventKind::Placed, "one"),
        line(1, EventKind::Dialing, "two"),
        line(1, EventKind::Dialed, "three"),
        line(2, EventKind::LegEnded, "four"),
    ];
    let calls = vec![call("c1", "ana", &["jack"], 0), call("c2", "ana", &["jack"], 0)];
    let first = lines[..3].iter().map(|line| (id.clone(), line.clone())).collect();
    store.commit(Change { calls, timeline: first, ..Change::default() }).await.unwrap();
    let other = (CallId::new("c2"), line(0, EventKind::Placed, "other"));
    let second = vec![other, (id.clone(), lines[3].clone())];
    store.commit(Change { timeline: second, ..Change::default() }).await.unwrap();
    assert_eq!(store.timeline(&id).await.unwrap(), lines);
    // What is told late stands where it happened.
    let late = line(1, EventKind::Answered, "late");
    store.commit(Change { timeline: vec![(id.clone(), late.clone())], ..Change::default() }).await.unwrap();
    lines.insert(3, late);
    assert_eq!(store.timeline(&id).await.unwrap(), lines);
}
