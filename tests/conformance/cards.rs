//! Cards: what was shown, and of what.

use callout::domain::call::EventKind;
use callout::domain::change::Change;
use callout::domain::ids::{CallId, CardId};
use callout::domain::report::{CardKind, CardState};

use super::Home;
use super::sample::{call, card, line, put};

pub(crate) async fn a_calls_card_is_there_with_the_call(home: &dyn Home) {
    let store = home.open().await;
    let id = CardId::new("c1");
    assert_eq!(store.card_and_call(&id).await.unwrap(), None);
    put(&*store, vec![call("c1", "ana", &["jack"], 0)]).await;
    let timeline = vec![(CallId::new("c1"), line(0, EventKind::Placed, "ana calls jack."))];
    store.commit(Change { timeline: timeline.clone(), ..Change::default() }).await.unwrap();
    let unseen = store.card_and_call(&id).await.unwrap().unwrap();
    assert_eq!((unseen.card.message, unseen.card.lines), (None, 0));
    assert_eq!(unseen.call.unwrap().id.as_str(), "c1");
    assert_eq!(unseen.timeline, [timeline[0].1.clone()]);
    let shown = CardState { message: Some("m1".to_owned()), lines: 1, ..card("c1", CardKind::Call) };
    store.commit(Change { shown: vec![shown.clone()], ..Change::default() }).await.unwrap();
    assert_eq!(store.card_and_call(&id).await.unwrap().unwrap().card, shown);
}

pub(crate) async fn a_card_in_a_thread_is_found_the_newest_first(home: &dyn Home) {
    let store = home.open().await;
    let at = |id: &str, message: &str, thread: Option<&str>| {
        let mut known = card(id, CardKind::Call);
        (known.message, known.place.thread) = (Some(format!("main/{message}")), thread.map(str::to_owned));
        known
    };
    let shown = vec![
        at("c1", "100.5", Some("100.1")),
        at("c2", "100.7", Some("100.1")),
        at("c3", "100.8", Some("100.2")),
        at("c4", "100.9", None),
        CardState { kind: CardKind::Board, ..at("board_1", "100.95", Some("100.1")) },
    ];
    put(&*store, vec![call("c1", "ana", &["jack"], 0)]).await;
    store.commit(Change { shown, ..Change::default() }).await.unwrap();
    let found = async |channel: &str, thread: &str| {
        let found = store.card_in_thread(channel, thread).await.unwrap();
        found.map(|card| card.id.to_string())
    };
    assert_eq!(found("main", "100.1").await.as_deref(), Some("c2"));
    assert_eq!(found("main", "100.2").await.as_deref(), Some("c3"));
    assert_eq!(found("main", "100.9").await.as_deref(), Some("c4"), "it is the first message");
    assert_eq!((found("main", "100.3").await, found("mai", "100.1").await), (None, None));
}

pub(crate) async fn a_removed_board_stays_away(home: &dyn Home) {
    let store = home.open().await;
    let board = card("board_1", CardKind::Board);
    let shown = CardState { message: Some("m1".to_owned()), ..board.clone() };
    store.commit(Change { cards: vec![board.clone()], ..Change::default() }).await.unwrap();
    store.commit(Change { shown: vec![shown.clone()], ..Change::default() }).await.unwrap();
    assert_eq!(store.boards().await.unwrap(), std::slice::from_ref(&shown));
    let retired = CardState { retired: true, ..board };
    store.commit(Change { cards: vec![retired], ..Change::default() }).await.unwrap();
    store.commit(Change { shown: vec![shown], ..Change::default() }).await.unwrap();
    assert_eq!(store.boards().await.unwrap(), []);
}
