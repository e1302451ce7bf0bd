//! The writer thread: group commit.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::Shared;
use super::checkpoint::{Checkpointer, checkpoint};
use super::open::{OpenError, Owned, unusable};
use crate::ports::{Steps, StoreError};

/// Jobs that may wait for the writer: a second or two of work. Who comes then waits to get in.
const QUEUE: usize = 10_000;

/// Jobs in one transaction: enough to share the fsync, few enough that the first one is answered within some 20 ms.
const BATCH_MAX: usize = 256;

/// The open transaction, as a job sees it.
#[derive(Debug)]
pub(super) struct Tx<'a> {
    pub(super) db: &'a Connection,
    next_rev: &'a mut i64,
    held_until: &'a mut HashMap<String, i64>,
}

/// A lease is prolonged by no less than this, in microseconds: not with every commit.
const HOLD_STEP: i64 = 5_000_000;

impl Tx<'_> {
    /// Says that `holder` holds its rows until `until`, in microseconds, or some seconds less: what was said
    /// already is not said again with every commit.
    pub(super) fn hold(&mut self, holder: &str, until: i64) -> Result<(), StoreError> {
        if self.held_until.get(holder).is_some_and(|known| until - known < HOLD_STEP) {
            return Ok(());
        }
        let sql = "INSERT INTO holder (name, until) VALUES (?1, ?2)
                   ON CONFLICT (name) DO UPDATE SET until = excluded.until";
        self.db.prepare_cached(sql)?.execute(rusqlite::params![holder, until])?;
        self.held_until.insert(holder.to_owned(), until);
        Ok(())
    }

    /// `holder` holds nothing any more.
    pub(super) fn forget_holder(&mut self, holder: &str) {
        self.held_until.remove(holder);
    }

    /// A revision that was never given before.
    pub(super) fn rev(&mut self) -> i64 {
        *self.next_rev += 1;
        *self.next_rev - 1
    }
}

/// Something to do in a transaction, and somebody who waits for its result.
trait Job: Send {
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), StoreError>;
    /// Called once the transaction's fate is known.
    fn answer(self: Box<Self>, fate: Result<(), StoreError>);
}

struct Task<F, T> {
    work: Option<F>,
    done: Option<T>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<F, T> Job for Task<F, T>
where
    F: FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send,
    T: Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        if let Some(work) = self.work.take() {
            self.done = Some(work(tx)?);
        }
        Ok(())
    }

    fn answer(self: Box<Self>, fate: Result<(), StoreError>) {
        let Self { done, reply, .. } = *self;
        let not_run = || StoreError::Failed("not carried out".to_owned());
        // Nobody may wait any more: then the answer is for nobody.
        let _ = reply.send(fate.and_then(|()| done.ok_or_else(not_run)));
    }
}

/// The way to the writer thread.
pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
    shared: Arc<Shared>,
}

impl Writer {
    pub(super) fn start(
        path: &Path,
        (owned, checkpoints): (Owned, Checkpointer),
        shared: Arc<Shared>,
        steps: Arc<dyn Steps>,
    ) -> Result<Self, OpenError> {
        let (jobs, waiting) = mpsc::channel(QUEUE);
        let work = Work { owned, checkpoints, waiting, shared: Arc::clone(&shared), steps };
        let thread = std::thread::Builder::new().name("store-writer".to_owned()).spawn(move || work.run());
        let thread = thread.map_err(|why| unusable(path, &why))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread), shared })
    }

    /// Runs `work` in the next transaction. Answers once that is durable.
    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        F: FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job: Box<dyn Job> = Box::new(Task { work: Some(work), done: None, reply });
        if let Some(jobs) = &self.jobs {
            // Refused only when the thread is gone: then `reply` is dropped with the job, which `answer` sees.
            let _ = jobs.send(job).await;
        }
        self.shared.answer(answer).await
    }

    /// Wakes the thread, so that it sees that it shall end.
    pub(super) fn nudge(&self) {
        let (reply, _) = oneshot::channel();
        let job: Box<dyn Job> = Box::new(Task { work: Some(|_: &mut Tx<'_>| Ok(())), done: None, reply });
        if let Some(jobs) = &self.jobs {
            // A full queue has it awake.
            let _ = jobs.try_send(job);
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was printed when it happened, and its callers have been told.
            let _ = thread.join();
        }
    }
}

/// The thread's own side.
struct Work {
    /// Before the file and its lock: so it is closed first.
    checkpoints: Checkpointer,
    owned: Owned,
    waiting: mpsc::Receiver<Box<dyn Job>>,
    shared: Arc<Shared>,
    steps: Arc<dyn Steps>,
}

impl Work {
    fn run(mut self) {
        while let Some(first) = self.waiting.blocking_recv()
            && !self.shared.is_closing()
        {
            let mut group = vec![first];
            while group.len() < BATCH_MAX
                && let Ok(job) = self.waiting.try_recv()
            {
                group.push(job);
            }
            let Some(fates) = self.commit(&mut group) else { return };
            for (job, fate) in group.into_iter().zip(fates) {
                job.answer(fate);
            }
            self.look_after_log();
        }
        drop(self.checkpoints);
        // Only now may another process have the file.
        drop(self.owned.db);
        drop(self.owned.lock);
    }

    /// Answered first: a checkpoint makes nobody wait who need not.
    fn look_after_log(&mut self) {
        self.checkpoints.committed();
        if self.shared.log_is_long.swap(false, Ordering::Relaxed)
            && let Err(why) = checkpoint(&self.owned.db)
        {
            tracing::warn!(%why, "the store's log could not be moved into its file");
        }
    }

    /// Carries out a group in one transaction: each job's fate, or nothing when the process "died" meanwhile.
    fn commit(&mut self, group: &mut [Box<dyn Job>]) -> Option<Vec<Result<(), StoreError>>> {
        let fates = match self.run_group(group) {
            Ok(fates) => fates,
            Err(failed) => return Some(vec![Err(failed); group.len()]),
        };
        if !self.steps.reached("store.before_commit") {
            self.shared.die();
            return None;
        }
        if let Err(why) = execute(&self.owned.db, "COMMIT") {
            self.roll_back();
            return Some(vec![Err(why.into()); group.len()]);
        }
        self.shared.commits.fetch_add(1, Ordering::Relaxed);
        if !self.steps.reached("store.after_commit") {
            self.shared.die();
            return None;
        }
        Some(fates)
    }

    /// Leaves the transaction open, or none on an error.
    fn run_group(&mut self, group: &mut [Box<dyn Job>]) -> Result<Vec<Result<(), StoreError>>, StoreError> {
        execute(&self.owned.db, "BEGIN IMMEDIATE")?;
        if let [only] = group {
            // Alone, it needs no savepoint: what would be taken back is all.
            return only.run(&mut self.tx()).map(|()| vec![Ok(())]).inspect_err(|_| self.roll_back());
        }
        let fates: Result<Vec<_>, _> = group.iter_mut().map(|job| self.run_one(job.as_mut())).collect();
        fates.inspect_err(|_| self.roll_back())
    }

    /// The job's own fate; or else what broke the whole group.
    fn run_one(&mut self, job: &mut dyn Job) -> Result<Result<(), StoreError>, StoreError> {
        execute(&self.owned.db, "SAVEPOINT job")?;
        let fate = job.run(&mut self.tx());
        if fate.is_err() {
            // What it noted of leases is taken back with the rest.
            self.owned.held_until.clear();
        }
        let db = &self.owned.db;
        if let Err(why) = &fate {
            // A full disk, among others, makes SQLite roll back everything by itself.
            if db.is_autocommit() {
                return Err(why.clone());
            }
            execute(db, "ROLLBACK TO job")?;
        }
        execute(db, "RELEASE job")?;
        Ok(fate)
    }

    fn tx(&mut self) -> Tx<'_> {
        Tx { db: &self.owned.db, next_rev: &mut self.owned.next_rev, held_until: &mut self.owned.held_until }
    }

    fn roll_back(&mut self) {
        // What was noted of leases may be taken back with the rest.
        self.owned.held_until.clear();
        if !self.owned.db.is_autocommit()
            && let Err(why) = execute(&self.owned.db, "ROLLBACK")
        {
            tracing::error!(%why, "the store could not roll back");
        }
    }
}

fn execute(db: &Connection, sql: &str) -> rusqlite::Result<()> {
    db.prepare_cached(sql)?.execute([]).map(drop)
}

/// Writes the same value again: proves that the file can be written to.
pub(super) fn touch(db: &Connection) -> Result<(), StoreError> {
    execute(db, "UPDATE epoch SET value = value")?;
    Ok(())
}

#[cfg(test)]
#[path = "write_tests.rs"]
mod tests;
