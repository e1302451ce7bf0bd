//! Effects: claimed by one, carried out once, asked for again without loss.

use std::collections::BTreeSet;

use callout::domain::change::{Change, EffectRow};
use callout::ports::Store;
use futures_util::future::join_all;

use super::Home;
use super::sample::{act, at, dial, effect, effect_ids, lease};

async fn done(store: &dyn Store, id: &str, rev: i64) {
    store.commit(Change { done: vec![(id.to_owned(), rev)], ..Change::default() }).await.unwrap();
}

async fn claim(store: &dyn Store, owner: &str, now: i64) -> Vec<EffectRow> {
    store.claim_effects(&lease(owner, now), 100).await.unwrap()
}

pub(crate) async fn only_due_effects_are_claimed_in_order(home: &dyn Home) {
    let store = home.open().await;
    let mut late = effect(dial("late"), 20);
    late.attempts = 4;
    act(&*store, vec![late, effect(dial("b"), 5), effect(dial("a"), 5), effect(dial("z"), 1)]).await;
    let first = store.claim_effects(&lease("one", 10), 2).await.unwrap();
    assert_eq!(effect_ids(&first), ["dial:z", "dial:a"], "the longest due first");
    assert_eq!(effect_ids(&claim(&*store, "one", 10).await), ["dial:b"], "what is held is not claimed again");
    let last = claim(&*store, "one", 20).await;
    assert_eq!(effect_ids(&last), ["dial:late"], "due means: at its instant, not after it");
    assert_eq!((last[0].attempts, last[0].due), (4, at(20)));
    assert_eq!(last[0].lease, Some(("one".to_owned(), at(50))));
}

pub(crate) async fn an_effect_asked_for_again_while_it_runs_stays(home: &dyn Home) {
    let store = home.open().await;
    let written = act(&*store, vec![effect(dial("c1"), 0)]).await;
    let running = claim(&*store, "one", 0).await;
    assert_eq!(written, running[0].rev, "a commit tells what a claim will");
    let again = act(&*store, vec![effect(dial("c1"), 3)]).await;
    assert!(again > running[0].rev);
    done(&*store, "dial:c1", running[0].rev).await;
    let waiting = claim(&*store, "two", 3).await;
    assert_eq!((waiting.len(), waiting[0].rev), (1, again), "it waits, free, and once");
    assert_eq!(waiting[0].due, at(3));
    done(&*store, "dial:c1", waiting[0].rev).await;
    assert_eq!(claim(&*store, "two", 999).await, vec![]);
}

pub(crate) async fn a_revision_never_comes_twice(home: &dyn Home) {
    let store = home.open().await;
    let first = act(&*store, vec![effect(dial("c1"), 0)]).await;
    done(&*store, "dial:c1", first).await;
    let second = act(&*store, vec![effect(dial("c1"), 0)]).await;
    // A straggler that still works for the first one.
    done(&*store, "dial:c1", first).await;
    assert_eq!(claim(&*store, "one", 0).await.len(), 1, "{first} is not {second}");
    done(&*store, "dial:c1", second).await;
    drop(store);
    let store = home.open().await;
    let third = act(&*store, vec![effect(dial("c1"), 0)]).await;
    assert!(![first, second].contains(&third), "nor after a restart");
}

pub(crate) async fn a_lease_that_ended_is_claimable_again(home: &dyn Home) {
    let store = home.open().await;
    act(&*store, vec![effect(dial("c1"), 0)]).await;
    let first = claim(&*store, "one", 0).await;
    assert_eq!(claim(&*store, "two", 29).await, vec![], "it is held until 30");
    let second = claim(&*store, "two", 30).await;
    assert_eq!(effect_ids(&second), ["dial:c1"]);
    assert_eq!(second[0].rev, first[0].rev, "a claim is not asking again");
}

pub(crate) async fn a_renewed_lease_holds(home: &dyn Home) {
    let store = home.open().await;
    act(&*store, vec![effect(dial("c1"), 0), effect(dial("c2"), 40)]).await;
    assert_eq!(claim(&*store, "one", 0).await.len(), 1);
    store.renew(&lease("one", 20)).await.unwrap();
    store.renew(&lease("two", 90)).await.unwrap();
    assert_eq!(effect_ids(&claim(&*store, "two", 49).await), ["dial:c2"], "c1 is held until 50");
    assert_eq!(effect_ids(&claim(&*store, "two", 50).await), ["dial:c1"]);
}

pub(crate) async fn catalogue_01_two_claimants_never_share_a_row(home: &dyn Home) {
    let store = home.open().await;
    act(&*store, (0..100).map(|n| effect(dial(&format!("c{n}")), 0)).collect()).await;
    let claim = |n: usize| {
        let store = &store;
        async move { store.claim_effects(&lease(&format!("owner {}", n % 4), 0), 10).await.unwrap() }
    };
    let claims = join_all((0..12).map(claim)).await;
    let all: Vec<String> = claims.iter().flat_map(|rows| effect_ids(rows)).collect();
    assert_eq!(all.len(), 100);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 100);
}

pub(crate) async fn an_effect_written_under_a_lease_is_held(home: &dyn Home) {
    let store = home.open().await;
    let held = EffectRow { lease: Some(("one".to_owned(), at(30))), ..effect(dial("c1"), 0) };
    let rev = act(&*store, vec![held]).await;
    assert_eq!(claim(&*store, "two", 29).await, vec![]);
    assert_eq!(claim(&*store, "two", 30).await[0].rev, rev);
    // Asked for again without a lease, it is free at once.
    act(&*store, vec![effect(dial("c1"), 31)]).await;
    assert_eq!(claim(&*store, "three", 31).await.len(), 1);
}

pub(crate) async fn an_effect_done_and_asked_for_in_one_change_waits(home: &dyn Home) {
    let store = home.open().await;
    let rev = act(&*store, vec![effect(dial("c1"), 0)]).await;
    let change = Change {
        done: vec![("dial:c1".to_owned(), rev)],
        effects: vec![EffectRow { attempts: 1, ..effect(dial("c1"), 9) }],
        ..Change::default()
    };
    store.commit(change).await.unwrap();
    let waiting = claim(&*store, "one", 9).await;
    assert_eq!((waiting.len(), waiting[0].attempts), (1, 1));
}
