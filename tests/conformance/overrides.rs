//! Changes of schedules.

use callout::domain::change::{Change, DutyChange};
use callout::domain::ids::{OverrideId, PersonId, ScheduleId};
use callout::domain::oncall::{Laid, Override, Replacement};
use callout::ports::{Old, StoreError};

use super::Home;
use super::sample::at;

/// ana stands in for jack from `at(from)` to `at(to)`.
pub(super) fn laid(id: &str, from: i64, to: i64) -> Laid {
    let what = Replacement::Replace { who: PersonId::new("ana"), instead_of: PersonId::new("jack") };
    Laid {
        id: OverrideId::new(id),
        schedule: ScheduleId::new("payments"),
        by: PersonId::new("mira"),
        at: at(0),
        over: Override { from: at(from), to: at(to), what },
    }
}

/// A change that lays these.
pub(super) fn duty(laid: Vec<Laid>) -> Option<Box<DutyChange>> {
    Some(Box::new(DutyChange { laid, ..DutyChange::default() }))
}

/// A change that gives these another span.
fn moved(moved: Vec<Laid>) -> Change {
    Change { duty: Some(Box::new(DutyChange { moved, ..DutyChange::default() })), ..Change::default() }
}

fn ids(laid: &[Laid]) -> Vec<&str> {
    laid.iter().map(|laid| laid.id.as_str()).collect()
}

pub(crate) async fn an_override_comes_back_as_it_was(home: &dyn Home) {
    let store = home.open().await;
    let (first, second) = (laid("ozz", 10, 20), laid("oaa", 5, 15));
    for one in [&first, &second] {
        store.commit(Change { duty: duty(vec![one.clone()]), ..Change::default() }).await.unwrap();
    }
    assert_eq!(store.overrides(at(0)).await.unwrap(), [first.clone(), second], "as they were made");
    assert_eq!(store.overrides(at(15)).await.unwrap(), [first], "those that hold later");
    drop(store);
    assert_eq!(ids(&home.open().await.overrides(at(0)).await.unwrap()), ["ozz", "oaa"]);
}

pub(crate) async fn a_known_override_keeps_its_place(home: &dyn Home) {
    let store = home.open().await;
    let all = vec![laid("oa", 10, 20), laid("ob", 10, 20)];
    store.commit(Change { duty: duty(all), ..Change::default() }).await.unwrap();
    let shorter = laid("oa", 10, 12);
    store.commit(moved(vec![shorter.clone()])).await.unwrap();
    assert_eq!(
        store.commit(moved(vec![laid("oc", 10, 12)])).await,
        Err(StoreError::Conflict),
        "it is not there"
    );
    let found = store.overrides(at(0)).await.unwrap();
    assert_eq!((ids(&found), &found[0]), (vec!["oa", "ob"], &shorter));
    let old = Old { deliveries: at(0), spent: at(0), calls: at(15), audit: at(0) };
    assert_eq!(store.sweep(old).await.unwrap(), 1, "the one that is over");
    assert_eq!(ids(&store.overrides(at(0)).await.unwrap()), ["ob"]);
}

pub(crate) async fn an_override_is_taken_back_once(home: &dyn Home) {
    let store = home.open().await;
    store.commit(Change { duty: duty(vec![laid("oa", 10, 20)]), ..Change::default() }).await.unwrap();
    let lift = || {
        let lifted = DutyChange { lifted: vec![OverrideId::new("oa")], ..DutyChange::default() };
        Change { duty: Some(Box::new(lifted)), ..Change::default() }
    };
    assert!(store.commit(lift()).await.is_ok());
    assert_eq!(store.commit(lift()).await, Err(StoreError::Conflict));
    assert_eq!(store.overrides(at(0)).await.unwrap(), []);
}

pub(crate) async fn a_new_override_never_takes_the_row_of_another(home: &dyn Home) {
    let store = home.open().await;
    let lays = |one: &Laid| Change { duty: duty(vec![one.clone()]), ..Change::default() };
    let (first, over) = (laid("oa", 10, 20), laid("ob", 1, 2));
    for one in [&first, &over] {
        store.commit(lays(one)).await.unwrap();
    }
    for taken in ["oa", "ob"] {
        let other = Laid { by: PersonId::new("jack"), ..laid(taken, 30, 40) };
        assert_eq!(store.commit(lays(&other)).await, Err(StoreError::Conflict), "{taken}");
    }
    assert_eq!(store.overrides(at(0)).await.unwrap(), [first, over], "both are as they were");
}
