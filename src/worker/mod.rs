//! Carries out what was recorded. One queue an outside party, one wheel for what is due later, one poller.

mod hand;
mod lease;
mod poller;
mod posts;
mod queue;
mod wheel;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, watch};

use crate::domain::call::Call;
use crate::domain::change::EffectRow;
use crate::ports::{Lease, StoreError};
use crate::task::{self, TaskHandle};
use crate::usecase::{BOARD_PAUSE, Context};

use self::hand::Item;
pub use self::hand::{Hand, Health, Mail};
pub use self::posts::POSTS_AT_ONCE;
pub use self::queue::EFFECTS_AT_ONCE;

/// Between two looks at the table for what a crash, or a full memory, left behind.
const CLAIM_EVERY: Duration = Duration::from_secs(5);
/// Between two sweeps of old rows.
const SWEEP_EVERY: Duration = Duration::from_secs(3600);
/// Effects claimed at a time.
const CLAIM_MAX: usize = 1_000;
/// Timers claimed at a time: each turn waits for the disk once, and after a crash a hundred thousand pages wait for theirs.
/// One of them costs the writer some 5 µs.
const CLAIM_TIMERS_MAX: usize = 20_000;
/// A board whose calls don't change is still looked at: somebody may have deleted it.
const BOARD_EVERY: Duration = Duration::from_secs(60);

/// The running workers. Dropping it stops them at once.
#[derive(Debug)]
pub struct Workers {
    tasks: Vec<TaskHandle>,
    stop: watch::Sender<bool>,
    hand: Arc<Hand>,
}

/// Timers are armed and fire; nothing leaves for outside yet.
#[derive(Debug)]
pub struct Armed {
    workers: Workers,
    context: Arc<Context>,
    queues: Vec<(String, mpsc::UnboundedReceiver<Item<EffectRow>>)>,
    poller: mpsc::UnboundedReceiver<Arc<Call>>,
    boards: mpsc::Receiver<()>,
}

/// Claims what an earlier process left, and lets its timers fire from now on: what a page decides is committed in time,
/// however many calls have to be compared with the engine. What is to be done outside waits for [`Armed::work`].
///
/// # Errors
/// When the store failed.
pub async fn arm(context: Arc<Context>, hand: Arc<Hand>, mail: Mail) -> Result<Armed, StoreError> {
    let Mail { queues, wheel, timers, page_timers, poller, boards } = mail;
    let mut workers = Workers { tasks: Vec::new(), stop: watch::channel(false).0, hand: Arc::clone(&hand) };
    let with = || (Arc::clone(&context), Arc::clone(&hand));
    let ((a, b), (c, d), (e, f), (g, h)) = (with(), with(), with(), with());
    workers.run("wheel", wheel::run(a, b, wheel).boxed());
    workers.run("timers", wheel::fire_all(c, d, timers).boxed());
    workers.run("page timers", wheel::fire_all(e, f, page_timers).boxed());
    workers.run("leases", lease::keep(g, h).boxed());
    claim(&context, &hand, 0).await?;
    Ok(Armed { workers, context, queues, poller, boards })
}

impl Armed {
    /// Claims effects as well, and starts every other worker: every open call was compared with the engine.
    ///
    /// # Errors
    /// When the store failed.
    pub async fn work(self) -> Result<Workers, StoreError> {
        let Self { mut workers, context, queues, poller, boards: changed } = self;
        workers.hand.posts.serve();
        claim(&context, &workers.hand, CLAIM_MAX).await?;
        let (hand, stopped) = (Arc::clone(&workers.hand), workers.stop.subscribe());
        let per_second = context.settings.get().engine_per_second;
        for (name, items) in queues {
            workers.run("queue", queue::run(Arc::clone(&context), Arc::clone(&hand), name, items).boxed());
        }
        workers.run("poller", poller::run(Arc::clone(&context), poller, per_second).boxed());
        workers.run("boards", boards(Arc::clone(&context), changed).boxed());
        workers.run("posts", posts::run(Arc::clone(&context), Arc::clone(&hand), stopped.clone()).boxed());
        workers.run("claims", claims(Arc::clone(&context), Arc::clone(&hand), stopped).boxed());
        workers.run("sweep", sweeps(context).boxed());
        hand.begin();
        Ok(workers)
    }
}

/// What a worker does for as long as the program runs.
type Work = BoxFuture<'static, ()>;

struct EndNote(Arc<Hand>, &'static str);

impl Drop for EndNote {
    fn drop(&mut self) {
        self.0.note(Health::Ended(self.1));
    }
}

impl Workers {
    /// Starts `work`; that it ended, or panicked, shows in `/readyz`.
    fn run(&mut self, name: &'static str, work: Work) {
        let note = EndNote(Arc::clone(&self.hand), name);
        self.tasks.push(task::spawn(name, async move {
            let _note = note;
            work.await;
        }));
    }

    /// Takes no further work from the table. What is in hand goes on.
    pub fn stop_intake(&self) {
        self.stop.send_replace(true);
    }

    /// How many effects and timers are being carried out, or wait for their turn now.
    #[must_use]
    pub fn in_hand(&self) -> usize {
        self.hand.in_hand()
    }
}

/// Hands over what nobody holds: all timers, and effects `at_a_time`, or none of them if that is 0. Webhooks for which
/// something waits are asked for it.
async fn claim(context: &Context, hand: &Hand, at_a_time: usize) -> Result<(), StoreError> {
    let _busy = context.clock.busy();
    if at_a_time > 0 {
        for webhook in context.store.waiting_webhooks().await? {
            hand.posts.ask(webhook, &context.clock);
        }
    }
    loop {
        let Some(lease) = hand.free_lease(context.clock.now()) else { return Ok(()) };
        let effects = match at_a_time {
            0 => Vec::new(),
            most => context.store.claim_effects(&lease, most).await?,
        };
        let timers = context.store.claim_timers(&lease, CLAIM_TIMERS_MAX).await?;
        let full = (effects.len() == at_a_time && at_a_time > 0) || timers.len() == CLAIM_TIMERS_MAX;
        hand.take(effects, timers);
        if !full {
            return Ok(());
        }
    }
}

async fn claims(context: Arc<Context>, hand: Arc<Hand>, stopped: watch::Receiver<bool>) {
    loop {
        context.clock.sleep(CLAIM_EVERY).await;
        if *stopped.borrow() {
            continue;
        }
        if let Err(error) = claim(&context, &hand, CLAIM_MAX).await {
            tracing::error!(%error, "what was left behind could not be claimed");
        }
    }
}

async fn sweeps(context: Arc<Context>) {
    let busy = context.clock.busy();
    if let Err(error) = context.show_new_policies().await {
        tracing::error!(%error, "open pages may not show that their policies were changed");
    }
    drop(busy);
    loop {
        context.clock.sleep(SWEEP_EVERY).await;
        let _busy = context.clock.busy();
        match context.sweep().await {
            Ok(rows) => tracing::debug!(rows, "old rows were forgotten"),
            Err(error) => tracing::error!(%error, "old rows could not be forgotten"),
        }
    }
}

/// Brings boards up to date when calls changed, at most once in [`BOARD_PAUSE`].
async fn boards(context: Arc<Context>, mut changed: mpsc::Receiver<()>) {
    let mut is_first = true;
    loop {
        // At the start at once: what changed last may not have reached the boards.
        if !std::mem::take(&mut is_first) {
            let waited = context.clock.timeout(BOARD_EVERY, changed.recv()).await;
            if matches!(waited, Ok(None)) {
                return;
            }
        }
        while changed.try_recv().is_ok() {}
        let busy = context.clock.busy();
        if let Err(error) = context.refresh_boards().await {
            tracing::error!(%error, "the boards could not be brought up to date");
        }
        drop(busy);
        context.clock.sleep(BOARD_PAUSE).await;
    }
}

/// What the store did not take is tried again after this.
const STORE_PAUSE: Duration = Duration::from_secs(1);
/// What panicked will most likely panic again: it is tried again after this, seldom enough not to fill the log.
const PANIC_PAUSE: Duration = Duration::from_secs(60);

/// Why a piece of work was not done.
#[derive(Debug, thiserror::Error)]
enum Undone {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("it panicked")]
    Panicked,
}

impl Undone {
    const fn pause(&self) -> Duration {
        match self {
            Self::Store(_) => STORE_PAUSE,
            Self::Panicked => PANIC_PAUSE,
        }
    }
}

/// Logs why an effect was not carried out, and gives it back to the wheel.
fn later_again(context: &Context, hand: &Hand, mut row: EffectRow, why: &Undone) {
    tracing::error!(effect = row.effect.id(), %why, "an effect is carried out again later");
    row.due = crate::clock::later(context.clock.now(), why.pause());
    hand.take(vec![row], Vec::new());
}

/// One piece of work that panics must not end the worker of all: it counts as not done.
async fn unless_panicked(work: impl Future<Output = Result<(), StoreError>>) -> Result<(), Undone> {
    let done = AssertUnwindSafe(work).catch_unwind().await;
    done.map_or(Err(Undone::Panicked), |done| Ok(done?))
}

/// The lease's owner and length.
pub(crate) fn lease(owner: &str, now: jiff::Timestamp) -> Lease {
    Lease { owner: owner.to_owned(), now, until: crate::clock::later(now, lease::LEASE) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_tried_again_less_often_than_a_store_that_failed() {
        let panicked = unless_panicked(async { panic!("boom") }).await.unwrap_err();
        let failed = unless_panicked(async { Err(StoreError::Failed("disk full".to_owned())) }).await;
        assert_eq!(panicked.to_string(), "it panicked");
        assert_eq!((panicked.pause(), failed.unwrap_err().pause()), (PANIC_PAUSE, STORE_PAUSE));
        assert!(unless_panicked(async { Ok(()) }).await.is_ok());
    }
}
