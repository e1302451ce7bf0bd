//! Keeps each command under its ceiling, on our clock.

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::Reference as _;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::sync::Mutex;

use crate::clock::{Clock, Tick, later};

/// Highest rate, per second: the limiter counts in nanoseconds and must not reach zero between two requests.
const RATE_MAX: NonZeroU32 = NonZeroU32::new(1_000_000).expect("not zero");

/// A hundredth of the rate may go at once, so that no span of a second exceeds the ceiling by more than 1 %.
const BURST_SHARE: u32 = 100;

/// One command's turns. First come, first served.
pub(super) struct Pace {
    clock: Clock,
    interval: Duration,
    limiter: Limiter,
    queue: Mutex<()>,
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, Clock, NoOpMiddleware<Tick>>;

impl Pace {
    pub(super) fn new(rate_per_second: NonZeroU32, clock: Clock) -> Self {
        let rate = rate_per_second.min(RATE_MAX);
        let burst = NonZeroU32::new(rate.get() / BURST_SHARE).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(rate).allow_burst(burst);
        let limiter = RateLimiter::direct_with_clock(quota, clock.clone());
        Self { clock, interval: Duration::from_secs(1) / rate.get(), limiter, queue: Mutex::new(()) }
    }

    /// Returns when the next request may go.
    pub(super) async fn turn(&self) {
        // Only the first in the queue asks the limiter: the others would all wake for one place.
        let waits = self.clock.excuse();
        let _first = self.queue.lock().await;
        drop(waits);
        if let Err(not_until) = self.limiter.check() {
            // The first never has to wait for longer than one interval, unless the clock was set back: then the
            // limiter stays shut until the old time comes round, and one request each interval is right as well.
            let wait = not_until.earliest_possible().duration_since(Tick::of(self.clock.now())).into();
            self.clock.sleep_for_waiter(later(self.clock.now(), self.interval.min(wait))).await;
            let _ = self.limiter.check();
        }
    }
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pace").field("interval", &self.interval).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use jiff::Timestamp;

    use super::*;
    use crate::task::{TaskHandle, spawn};

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn millis(ms: u64) -> Timestamp {
        later(START, Duration::from_millis(ms))
    }

    fn flock(pace: &Arc<Pace>, size: usize) -> (Arc<AtomicUsize>, Vec<TaskHandle>) {
        let gone = Arc::new(AtomicUsize::new(0));
        let one = |_| {
            let (pace, gone) = (Arc::clone(pace), Arc::clone(&gone));
            spawn("test", async move {
                pace.turn().await;
                gone.fetch_add(1, Ordering::SeqCst);
            })
        };
        let tasks = (0..size).map(one).collect();
        (gone, tasks)
    }

    async fn run_to(clock: &Clock, to: Timestamp) {
        let settle = || async {
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
        };
        settle().await;
        while clock.advance_to(to) {
            settle().await;
        }
    }

    #[tokio::test]
    async fn a_second_holds_the_ceiling_within_one_percent() {
        let clock = Clock::simulated(START);
        let pace = Arc::new(Pace::new(NonZeroU32::new(200).unwrap(), clock.clone()));
        let (gone, _tasks) = flock(&pace, 500);
        run_to(&clock, millis(0)).await;
        assert_eq!(gone.load(Ordering::SeqCst), 2, "the first go at once");
        run_to(&clock, millis(1000)).await;
        assert_eq!(gone.load(Ordering::SeqCst), 202);
        run_to(&clock, millis(2000)).await;
        assert_eq!(gone.load(Ordering::SeqCst), 402);
        run_to(&clock, millis(2600)).await;
        assert_eq!(gone.load(Ordering::SeqCst), 500);
        assert_eq!(clock.in_flight(), 0);
    }

    #[tokio::test]
    async fn an_idle_lane_saves_up_no_more_than_its_burst() {
        let clock = Clock::simulated(START);
        let pace = Arc::new(Pace::new(NonZeroU32::new(1).unwrap(), clock.clone()));
        run_to(&clock, millis(60_000)).await;
        let (gone, _tasks) = flock(&pace, 3);
        run_to(&clock, millis(60_999)).await;
        assert_eq!(gone.load(Ordering::SeqCst), 1);
        run_to(&clock, millis(62_000)).await;
        assert_eq!(gone.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn one_that_gives_up_leaves_the_queue_moving() {
        let clock = Clock::simulated(START);
        let pace = Arc::new(Pace::new(NonZeroU32::new(1).unwrap(), clock.clone()));
        let (gone, mut tasks) = flock(&pace, 3);
        run_to(&clock, millis(0)).await;
        drop(tasks.remove(1));
        run_to(&clock, millis(1_000)).await;
        assert_eq!(gone.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn the_highest_rate_is_no_panic() {
        let pace = Pace::new(NonZeroU32::MAX, Clock::simulated(START));
        assert_eq!(pace.interval, Duration::from_micros(1));
    }
}
