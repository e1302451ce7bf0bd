use std::future::Future;

use futures_util::future::join4;

use super::*;
use crate::ports::NoSteps;

fn start(prepare: &str) -> (tempfile::TempDir, Writer) {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("callout.db");
    let opened = super::super::open::open(&path).unwrap();
    opened.owned.db.execute_batch(prepare).unwrap();
    let checkpoints = Checkpointer::start(&path, opened.checkpoints, Arc::default()).unwrap();
    let writer =
        Writer::start(&path, (opened.owned, checkpoints), Arc::default(), Arc::new(NoSteps)).unwrap();
    (folder, writer)
}

fn spend(tx: &Tx<'_>, key: &str) -> Result<(), StoreError> {
    execute(tx.db, &format!("INSERT INTO spent (at, key) VALUES (1, '{key}')"))?;
    Ok(())
}

async fn spent(writer: &Writer) -> String {
    let sql = "SELECT COALESCE(group_concat(substr(key, 1, 4), ' '), '') FROM spent";
    writer.write(move |tx| Ok(tx.db.query_row(sql, [], |row| row.get(0))?)).await.unwrap()
}

/// Carries out two jobs in one group: the writer is held by another job until both wait.
async fn in_one_group<A, B>(
    writer: &Writer,
    one: impl Future<Output = A>,
    two: impl Future<Output = B>,
) -> (A, B) {
    let (go, gate) = std::sync::mpsc::channel();
    let hold = writer.write(move |_| {
        gate.recv().unwrap();
        Ok(())
    });
    let (_, one, two, ()) = join4(hold, one, two, async { go.send(()).unwrap() }).await;
    (one, two)
}

#[tokio::test]
async fn when_the_commit_fails_nobody_is_told_otherwise() {
    let (_folder, writer) = start("");
    // Checked only when the transaction ends.
    let orphan = "INSERT INTO timeline (call_id, seq, at, event, detail) VALUES ('none', 1, 1, 'placed', '')";
    let bad = writer.write(move |tx| {
        tx.db.execute_batch("PRAGMA defer_foreign_keys = ON")?;
        Ok(execute(tx.db, orphan)?)
    });
    let good = writer.write(|tx| spend(tx, "good"));
    let (good, bad) = in_one_group(&writer, good, bad).await;
    assert!(matches!(bad, Err(StoreError::Failed(_))), "{bad:?}");
    assert!(matches!(good, Err(StoreError::Failed(_))), "its transaction failed: {good:?}");
    assert_eq!(spent(&writer).await, "");
    assert_eq!(writer.write(|tx| spend(tx, "next")).await, Ok(()), "it goes on");
}

#[tokio::test]
async fn a_failing_job_spoils_no_other_of_its_group() {
    let (_folder, writer) = start("");
    let bad = writer.write(|tx| {
        spend(tx, "bad")?;
        Err::<(), _>(StoreError::Conflict)
    });
    let good = writer.write(|tx| spend(tx, "good"));
    let (bad, good) = in_one_group(&writer, bad, good).await;
    assert_eq!((bad, good), (Err(StoreError::Conflict), Ok(())));
    assert_eq!(spent(&writer).await, "good");
}

#[tokio::test]
async fn a_full_disk_makes_no_promise_that_is_not_kept() {
    let (_folder, writer) = start("PRAGMA max_page_count = 40");
    let long = "x".repeat(400_000);
    let good = writer.write(|tx| spend(tx, "good"));
    let big = writer.write(move |tx| spend(tx, &format!("big {long}")));
    let (good, big) = in_one_group(&writer, good, big).await;
    assert!(matches!(big, Err(StoreError::Failed(_))), "{big:?}");
    let found = spent(&writer).await;
    assert_eq!(good.is_ok(), found == "good", "told {good:?}, found {found:?}");
    assert_eq!(writer.write(|tx| spend(tx, "next")).await, Ok(()), "it goes on");
}

#[tokio::test]
async fn when_the_thread_has_died_callers_are_told() {
    let (_folder, writer) = start("");
    let failed = writer.write(|_| -> Result<(), StoreError> { panic!("a defect") }).await;
    assert!(matches!(failed, Err(StoreError::Failed(_))), "{failed:?}");
    let later = writer.write(|tx| touch(tx.db)).await;
    assert!(matches!(later, Err(StoreError::Failed(_))), "{later:?}");
}
