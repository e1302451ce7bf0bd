//! Questions and cards.

use callout::domain::change::Change;
use callout::domain::ids::CardId;
use callout::domain::report::{CardKind, CardState};
use callout::ports::{Store, StoreError};
use futures_util::future::join_all;

use super::Home;
use super::sample::{ask, at, card};

async fn show(store: &dyn Store, cards: Vec<CardState>) {
    store.commit(Change { cards, ..Change::default() }).await.unwrap();
}

pub(crate) async fn an_ask_is_answered_once(home: &dyn Home) {
    let store = home.open().await;
    let asked = ask("ask_1", 0);
    store.commit(Change { asks: vec![asked.clone()], ..Change::default() }).await.unwrap();
    assert_eq!(store.ask(&asked.id).await.unwrap(), Some(asked.clone()));
    let press = || store.commit(Change { answered: vec![asked.id.clone()], ..Change::default() });
    let all = join_all((0..10).map(|_| press())).await;
    assert_eq!(all.iter().filter(|done| done.is_ok()).count(), 1);
    assert!(all.iter().all(|done| matches!(done, Ok(_) | Err(StoreError::Conflict))));
    assert_eq!(store.ask(&asked.id).await.unwrap(), None);
}

pub(crate) async fn a_card_is_replaced_and_retired(home: &dyn Home) {
    let store = home.open().await;
    let mut shown = card("c1", CardKind::Call);
    show(&*store, vec![shown.clone()]).await;
    shown.lines = 4;
    shown.message = None;
    shown.shown_at = Some(at(9));
    show(&*store, vec![shown.clone()]).await;
    assert_eq!(store.card(&shown.id).await.unwrap(), Some(shown.clone()));
    show(&*store, vec![CardState { retired: true, ..shown.clone() }]).await;
    assert_eq!(store.card(&shown.id).await.unwrap(), None);
    // What was never there can be retired as well.
    show(&*store, vec![CardState { retired: true, ..card("c2", CardKind::Board) }]).await;
    assert_eq!(store.card(&CardId::new("c2")).await.unwrap(), None);
}

pub(crate) async fn boards_are_listed(home: &dyn Home) {
    let store = home.open().await;
    let (first, second) = (card("board_1", CardKind::Board), card("board_2", CardKind::Board));
    show(&*store, vec![second.clone(), card("c1", CardKind::Call), first.clone()]).await;
    assert_eq!(store.boards().await.unwrap(), [first.clone(), second.clone()]);
    show(&*store, vec![CardState { retired: true, ..first }]).await;
    assert_eq!(store.boards().await.unwrap(), [second]);
}
