//! The one place that reads the wall clock and sleeps.
//!
//! Everything else is handed a [`Clock`]. Its simulated arm moves only when a test moves it, and never
//! while somebody is [`busy`](Clock::busy): so a test sees the world only when nothing is in flight.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicIsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use jiff::Timestamp;

/// Longest single sleep of the system arm: a stepped wall clock is noticed after at most this long.
const SLEEP_MAX: Duration = Duration::from_secs(30);

/// Tells the time and sleeps. Cheap to clone.
#[derive(Clone)]
pub struct Clock(Arm);

#[derive(Clone)]
enum Arm {
    System,
    Simulated(Arc<Sim>),
}

struct Sim {
    busy: AtomicIsize,
    state: Mutex<SimState>,
}

struct SimState {
    now: Timestamp,
    next_id: u64,
    sleepers: BTreeMap<(Timestamp, u64), Option<Waker>>,
}

/// The time ran out before the work was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("timed out")]
pub struct Elapsed;

/// Held while work is in flight. Simulated time stands still until it is dropped.
#[derive(Debug)]
#[must_use = "simulated time moves on as soon as this is dropped"]
pub struct Busy(Option<Arc<Sim>>);

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub const fn system() -> Self {
        Self(Arm::System)
    }

    /// A clock that stands at `start` until [`advance_to`](Self::advance_to) moves it.
    #[must_use]
    pub fn simulated(start: Timestamp) -> Self {
        let state = SimState { now: start, next_id: 0, sleepers: BTreeMap::new() };
        Self(Arm::Simulated(Arc::new(Sim { busy: AtomicIsize::new(0), state: Mutex::new(state) })))
    }

    /// The time now, in whole microseconds: as it is stored, so that what is read back compares equal.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Arm::System => {
                let now = Timestamp::now();
                Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
            }
            Arm::Simulated(sim) => sim.lock().now,
        }
    }

    /// Sleeps until `due`; returns at once when that is past.
    pub async fn sleep_until(&self, due: Timestamp) {
        match &self.0 {
            Arm::System => self.sleep_system(due).await,
            Arm::Simulated(sim) => SimSleep::new(sim, due).await,
        }
    }

    /// Sleeps for `span`.
    pub async fn sleep(&self, span: Duration) {
        self.sleep_until(later(self.now(), span)).await;
    }

    /// Sleeps until `due` on behalf of somebody who is [`busy`](Self::busy) with nothing but waiting for us.
    ///
    /// Their guard does not hold simulated time up meanwhile.
    pub async fn sleep_for_waiter(&self, due: Timestamp) {
        let _excused = self.excuse();
        self.sleep_until(due).await;
    }

    /// Says, until the guard is dropped, that one who is [`busy`](Self::busy) does nothing but wait for time
    /// to pass. Free on the system arm.
    pub fn excuse(&self) -> Excused {
        match &self.0 {
            Arm::System => Excused(None),
            Arm::Simulated(sim) => Excused::of(sim),
        }
    }

    /// Runs `work` for at most `span`.
    ///
    /// # Errors
    /// [`Elapsed`] when the time ran out; `work` is dropped then.
    pub async fn timeout<F: Future>(&self, span: Duration, work: F) -> Result<F::Output, Elapsed> {
        tokio::select! {
            biased;
            done = work => Ok(done),
            () = self.sleep(span) => Err(Elapsed),
        }
    }

    /// Says that work is in flight until the guard is dropped. Free on the system arm.
    pub fn busy(&self) -> Busy {
        match &self.0 {
            Arm::System => Busy(None),
            Arm::Simulated(sim) => Busy::of(sim),
        }
    }

    /// How many pieces of work are in flight. Always 0 on the system arm.
    #[must_use]
    pub fn in_flight(&self) -> isize {
        match &self.0 {
            Arm::System => 0,
            Arm::Simulated(sim) => sim.busy.load(Ordering::SeqCst),
        }
    }

    /// Moves a simulated clock to the next sleeper due by `to` and wakes it, or else to `to`.
    ///
    /// Returns whether a sleeper was woken. The caller lets the work settle, then calls again.
    /// Does nothing on the system arm.
    #[must_use]
    pub fn advance_to(&self, to: Timestamp) -> bool {
        let Arm::Simulated(sim) = &self.0 else { return false };
        let mut state = sim.lock();
        let next = state.sleepers.iter().find(|(_, waker)| waker.is_some()).map(|(&(due, _), _)| due);
        let Some(due) = next.filter(|due| *due <= to) else {
            state.now = state.now.max(to);
            return false;
        };
        state.now = state.now.max(due);
        let now = state.now;
        let due = state.sleepers.range_mut(..=(now, u64::MAX)).filter_map(|(_, waker)| waker.take());
        let wakers: Vec<Waker> = due.collect();
        // Counted until the sleeper has run: or the next step would be taken before it has.
        sim.busy.fetch_add(wakers.len().cast_signed(), Ordering::SeqCst);
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
        true
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that sleeps on the machine's clock")]
    async fn sleep_system(&self, due: Timestamp) {
        loop {
            let left = until(self.now(), due);
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(SLEEP_MAX)).await;
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Arm::System => f.write_str("Clock::System"),
            Arm::Simulated(sim) => write!(f, "Clock::Simulated({})", sim.lock().now),
        }
    }
}

impl fmt::Debug for Sim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sim").field("busy", &self.busy).finish_non_exhaustive()
    }
}

impl Sim {
    fn lock(&self) -> MutexGuard<'_, SimState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Busy {
    fn of(sim: &Arc<Sim>) -> Self {
        sim.busy.fetch_add(1, Ordering::SeqCst);
        Self(Some(Arc::clone(sim)))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        if let Some(sim) = &self.0 {
            sim.busy.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// The opposite of [`Busy`]: takes one waiter out of the count.
#[derive(Debug)]
#[must_use = "the waiter is counted again as soon as this is dropped"]
pub struct Excused(Option<Arc<Sim>>);

impl Excused {
    fn of(sim: &Arc<Sim>) -> Self {
        sim.busy.fetch_sub(1, Ordering::SeqCst);
        Self(Some(Arc::clone(sim)))
    }
}

impl Drop for Excused {
    fn drop(&mut self) {
        if let Some(sim) = &self.0 {
            sim.busy.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// A sleeper of the simulated clock. `None` in the table means: woken, but it has not run yet.
struct SimSleep {
    sim: Arc<Sim>,
    key: (Timestamp, u64),
}

impl SimSleep {
    fn new(sim: &Arc<Sim>, due: Timestamp) -> Self {
        let mut state = sim.lock();
        state.next_id += 1;
        let key = (due, state.next_id);
        state.sleepers.insert(key, Some(Waker::noop().clone()));
        drop(state);
        Self { sim: Arc::clone(sim), key }
    }
}

impl Future for SimSleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.sim.lock();
        if self.key.0 <= state.now {
            return Poll::Ready(());
        }
        state.sleepers.insert(self.key, Some(context.waker().clone()));
        Poll::Pending
    }
}

impl Drop for SimSleep {
    fn drop(&mut self) {
        let woken = matches!(self.sim.lock().sleepers.remove(&self.key), Some(None));
        if woken {
            self.sim.busy.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// `at` plus `span`, held at the end of time.
#[must_use]
pub fn later(at: Timestamp, span: Duration) -> Timestamp {
    at.checked_add(span).unwrap_or(Timestamp::MAX)
}

/// From `now` until `due`; zero when that is past.
#[must_use]
pub fn until(now: Timestamp, due: Timestamp) -> Duration {
    Duration::try_from(due.duration_since(now)).unwrap_or(Duration::ZERO)
}

/// An instant as governor counts it: nanoseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tick(u64);

impl Tick {
    /// The tick of an instant; before 1970 it is the first one.
    #[must_use]
    pub fn of(at: Timestamp) -> Self {
        Self(u64::try_from(at.as_nanosecond()).unwrap_or(0))
    }
}

impl std::ops::Add<governor::nanos::Nanos> for Tick {
    type Output = Self;

    fn add(self, span: governor::nanos::Nanos) -> Self {
        Self(self.0.saturating_add(span.as_u64()))
    }
}

impl governor::clock::Reference for Tick {
    fn duration_since(&self, earlier: Self) -> governor::nanos::Nanos {
        governor::nanos::Nanos::new(self.0.saturating_sub(earlier.0))
    }

    fn saturating_sub(&self, span: governor::nanos::Nanos) -> Self {
        Self(self.0.saturating_sub(span.as_u64()))
    }
}

impl governor::clock::Clock for Clock {
    type Instant = Tick;

    fn now(&self) -> Tick {
        Tick::of(Self::now(self))
    }
}
