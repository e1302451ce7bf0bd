//! The checkpoint thread: moves what is committed from the log into the file, so that the writer need not.
//!
//! A checkpoint of some thousand pages takes as long as hundreds of commits. It is allowed beside a writer, but
//! then never quite catches up with it, and the log would grow for ever: so once the log is long, the writer
//! itself moves the short rest, after which SQLite starts the log anew.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;

use super::Shared;
use super::open::{OpenError, unusable};

/// Commits between two checkpoints: a group touches some ten to a hundred pages of 4 KiB.
const EVERY_COMMITS: u64 = 512;

/// Length of the log, in pages of 4 KiB, from which it shall start anew: 64 MiB, read through within a moment at the
/// next start.
pub(super) const LOG_MAX: i64 = 16_384;

/// Checkpoints in a row before the writer moves the rest: each leaves what was committed during it, so the rest gets
/// shorter each time.
const PASSES: u32 = 4;

/// The way to the checkpoint thread.
pub(super) struct Checkpointer {
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    commits: u64,
}

impl Checkpointer {
    pub(super) fn start(path: &Path, db: Connection, shared: Arc<Shared>) -> Result<Self, OpenError> {
        let (wake, woken) = sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("store-checkpoint".to_owned())
            .spawn(move || run(&db, &woken, &shared))
            .map_err(|why| unusable(path, &why))?;
        Ok(Self { wake: Some(wake), thread: Some(thread), commits: 0 })
    }

    /// Counts a commit, and wakes the thread now and then.
    pub(super) fn committed(&mut self) {
        self.commits += 1;
        if self.commits.is_multiple_of(EVERY_COMMITS)
            && let Some(wake) = &self.wake
        {
            // Full means that it is awake.
            let _ = wake.try_send(());
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        drop(self.wake.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was printed when it happened; the log is then moved at the next opening.
            let _ = thread.join();
        }
    }
}

fn run(db: &Connection, woken: &Receiver<()>, shared: &Shared) {
    while woken.recv().is_ok() && !shared.is_closing() {
        match shorten(db) {
            Ok(true) => shared.log_is_long.store(true, Ordering::Relaxed),
            Ok(false) => {}
            Err(why) => tracing::warn!(%why, "the store's log could not be moved into its file"),
        }
    }
}

/// Moves the log into the file. Returns whether the writer shall move the rest: made short before, as everybody
/// waits for that.
fn shorten(db: &Connection) -> rusqlite::Result<bool> {
    if checkpoint(db)? <= LOG_MAX {
        return Ok(false);
    }
    for _ in 1..PASSES {
        checkpoint(db)?;
    }
    Ok(true)
}

/// Moves what can be moved without making anybody wait. Returns the log's length in pages.
pub(super) fn checkpoint(db: &Connection) -> rusqlite::Result<i64> {
    db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(1))
}
