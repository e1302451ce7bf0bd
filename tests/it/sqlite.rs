//! SQLite against the stores' conformance suite, and what is SQLite's alone.

use std::sync::Arc;

use async_trait::async_trait;
use callout::domain::change::{Change, EffectRow, TimerRow};
use callout::domain::ids::DeliveryKey;
use callout::ports::{NoSteps, Steps, Store, StoreError};
use callout::store::{OpenError, Sqlite};
use futures_util::future::join_all;
use tempfile::TempDir;
use tokio::sync::Notify;

use crate::conformance::Home;
use crate::conformance::sample::{act, at, delivery, dial, effect, lease, timer};

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn try_open(&self, steps: Arc<dyn Steps>) -> Result<Sqlite, OpenError> {
        Sqlite::open(&self.0.path().join("callout.db"), steps)
    }
}

#[async_trait]
impl Home for Folder {
    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(self.try_open(Arc::new(NoSteps)).unwrap())
    }
}

crate::conformance!(Folder::new());

#[tokio::test]
async fn leases_of_a_process_that_is_gone_are_free_at_once() {
    let home = Folder::new();
    let store = home.open().await;
    let held = Some(("one".to_owned(), at(30)));
    act(&*store, vec![EffectRow { lease: held.clone(), ..effect(dial("c1"), 0) }]).await;
    let timers = vec![TimerRow { lease: held, ..timer("c1", 0) }];
    store.commit(Change { timers, ..Change::default() }).await.unwrap();
    assert_eq!(store.claim_effects(&lease("two", 0), 9).await.unwrap(), []);
    assert_eq!(store.claim_timers(&lease("two", 0), 9).await.unwrap(), []);
    drop(store);
    let store = home.open().await;
    assert_eq!(store.claim_effects(&lease("two", 0), 9).await.unwrap().len(), 1);
    assert_eq!(store.claim_timers(&lease("two", 0), 9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_keeps_no_other_from_its_turn() {
    let home = Folder::new();
    let store = home.open().await;
    act(&*store, vec![effect(dial("c1"), 0), effect(dial("c2"), 0)]).await;
    let timers = vec![timer("c1", 0), timer("c2", 0)];
    store.commit(Change { timers, ..Change::default() }).await.unwrap();
    drop(store);
    let database = rusqlite::Connection::open(home.0.path().join("callout.db")).unwrap();
    for table in ["effect", "timer"] {
        let newer = format!("UPDATE {table} SET body = '\"FromTheFuture\"' WHERE id LIKE '%c1'");
        assert_eq!(database.execute(&newer, []).unwrap(), 1);
    }
    drop(database);
    let store = home.open().await;
    assert_eq!(store.claim_effects(&lease("one", 0), 9).await.unwrap().len(), 1);
    assert_eq!(store.claim_timers(&lease("one", 0), 9).await.unwrap().len(), 1);
    assert_eq!(store.claim_effects(&lease("one", 9), 9).await.unwrap(), [], "it is left as it is");
}

fn delivered(n: usize) -> Change {
    Change { delivery: Some(delivery(&format!("desk:{n}"), 0)), ..Change::default() }
}

#[tokio::test]
async fn concurrent_commits_share_their_fsyncs() {
    let home = Folder::new();
    let store = home.try_open(Arc::new(NoSteps)).unwrap();
    let before = store.commits();
    let all = join_all((0..200).map(|n| store.commit(delivered(n)))).await;
    assert!(all.iter().all(Result::is_ok));
    let groups = store.commits() - before;
    assert!((1..=20).contains(&groups), "{groups} commits for 200 changes");
}

#[tokio::test]
async fn it_says_that_it_is_ready() {
    let home = Folder::new();
    let store = home.open().await;
    assert_eq!(store.ready().await, Ok(()));
}

/// "Kills the process" at one step.
#[derive(Debug)]
struct DieAt {
    step: &'static str,
    died: Notify,
}

impl Steps for DieAt {
    fn reached(&self, name: &'static str) -> bool {
        if name == self.step {
            self.died.notify_one();
        }
        name != self.step
    }
}

/// Dies at `step` of the first commit; whether a later process finds the delivery.
async fn survives(step: &'static str) -> bool {
    let home = Folder::new();
    let steps = Arc::new(DieAt { step, died: Notify::new() });
    let ghost = home.try_open(steps.clone()).unwrap();
    tokio::select! {
        biased;
        done = ghost.commit(delivered(1)) => panic!("answered by the dead: {done:?}"),
        () = steps.died.notified() => {}
    }
    tokio::select! {
        biased;
        done = ghost.commit(delivered(2)) => panic!("answered by the dead: {done:?}"),
        done = ghost.open_calls() => panic!("answered by the dead: {done:?}"),
        () = tokio::task::yield_now() => {}
    }
    drop(ghost);
    let store = home.open().await;
    assert_eq!(store.receipt(&DeliveryKey::new("desk:2")).await, Ok(None));
    store.receipt(&DeliveryKey::new("desk:1")).await.unwrap().is_some()
}

#[tokio::test]
async fn death_before_a_commit_leaves_nothing_and_after_it_everything() {
    assert!(!survives("store.before_commit").await);
    assert!(survives("store.after_commit").await);
}

#[tokio::test]
async fn dropping_it_carries_out_what_waits() {
    let home = Folder::new();
    let store = home.try_open(Arc::new(NoSteps)).unwrap();
    let mut waiting: Vec<_> = (0..50).map(|n| store.commit(delivered(n))).collect();
    for commit in &mut waiting {
        // Polled once: handed to the writer, and perhaps not answered.
        let _ = futures_util::poll!(commit.as_mut());
    }
    drop(waiting);
    drop(store);
    let store = home.open().await;
    assert_eq!(store.commit(delivered(49)).await, Err(StoreError::Duplicate));
}

#[test]
fn a_database_has_one_owner() {
    let home = Folder::new();
    let owner = home.try_open(Arc::new(NoSteps)).unwrap();
    let why = home.try_open(Arc::new(NoSteps)).unwrap_err().to_string();
    assert!(why.starts_with("another callout uses the database "), "{why}");
    assert!(why.ends_with("callout.db: stop it first, or choose another file"), "{why}");
    drop(owner);
    home.try_open(Arc::new(NoSteps)).unwrap();
}

#[test]
fn a_database_of_a_newer_program_is_refused() {
    let home = Folder::new();
    drop(home.try_open(Arc::new(NoSteps)).unwrap());
    let db = rusqlite::Connection::open(home.0.path().join("callout.db")).unwrap();
    let sql = "INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
               VALUES (999, 'later', '2026-01-01T00:00:00Z', '1')";
    db.execute(sql, []).unwrap();
    drop(db);
    let why = home.try_open(Arc::new(NoSteps)).unwrap_err().to_string();
    assert!(why.contains("is from a newer callout (schema 999, this one knows "), "{why}");
}

#[test]
fn what_cannot_be_used_is_said_in_one_line() {
    let home = Folder::new();
    let file = home.0.path().join("callout.db");
    let nowhere = Sqlite::open(&home.0.path().join("nowhere/callout.db"), Arc::new(NoSteps));
    std::fs::write(&file, "this is a letter, not a database; it is long enough to have a header").unwrap();
    let letter = home.try_open(Arc::new(NoSteps));
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    let folder = home.try_open(Arc::new(NoSteps));
    for (refused, word) in [(nowhere, "No such file"), (letter, "not a database"), (folder, "open")] {
        let why = refused.unwrap_err().to_string();
        assert!(why.starts_with("can't use the database ") && why.contains(word), "{why}");
        assert!(!why.contains('\n'), "{why}");
    }
}
