//! The reader threads.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::Shared;
use super::open::{OpenError, unusable};
use crate::ports::StoreError;

/// Reads that may wait. Who comes then waits to get in.
const QUEUE: usize = 1_000;

type Job = Box<dyn FnOnce(&Connection) + Send>;
type Waiting = Arc<Mutex<mpsc::Receiver<Job>>>;

/// The way to the reader threads.
pub(super) struct Readers {
    jobs: Option<mpsc::Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
    shared: Arc<Shared>,
}

impl Readers {
    pub(super) fn start(
        path: &Path,
        connections: Vec<Connection>,
        shared: Arc<Shared>,
    ) -> Result<Self, OpenError> {
        let (jobs, waiting) = mpsc::channel(QUEUE);
        let waiting: Waiting = Arc::new(Mutex::new(waiting));
        let start = |db: Connection| {
            let waiting = Arc::clone(&waiting);
            std::thread::Builder::new().name("store-reader".to_owned()).spawn(move || run(&db, &waiting))
        };
        let threads: Result<_, _> = connections.into_iter().map(start).collect();
        let threads = threads.map_err(|why| unusable(path, &why))?;
        Ok(Self { jobs: Some(jobs), threads, shared })
    }

    /// Runs `work`, which sees every commit answered by now.
    pub(super) async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |db| {
            // Nobody may wait any more: then the answer is for nobody.
            let _ = reply.send(work(db));
        });
        if let Some(jobs) = &self.jobs {
            // Refused only when the threads are gone: then `reply` is dropped with the job, which `answer` sees.
            let _ = jobs.send(job).await;
        }
        self.shared.answer(answer).await
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        drop(self.jobs.take());
        for thread in self.threads.drain(..) {
            // A panic of the thread was printed when it happened, and its callers have been told.
            let _ = thread.join();
        }
    }
}

fn run(db: &Connection, waiting: &Waiting) {
    loop {
        // One waits for the next job, the other for the lock.
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        let Some(job) = next else { return };
        job(db);
    }
}
