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
