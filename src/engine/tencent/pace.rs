//! Keeps each command under its ceiling, on our clock. Pages go before everything else.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::clock::Reference as _;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::sync::oneshot::{self, Sender};

use crate::clock::{Busy, Clock, Excused, Tick, later};
use crate::ports::Priority;
use crate::task::spawn;

/// Highest rate, per second: the limiter counts in nanoseconds and must not reach zero between two requests.
const RATE_MAX: NonZeroU32 = NonZeroU32::new(1_000_000).expect("not zero");

/// A hundredth of the rate may go at once, so that no span of a second exceeds the ceiling by more than 1 %.
const BURST_SHARE: u32 = 100;

/// One command's turns: pages first, each kind in order of arrival.
pub(super) struct Pace(Arc<Lane>);

type Limiter = RateLimiter<NotKeyed, InMemoryState, Clock, NoOpMiddleware<Tick>>;

/// A place in the queue: in the order of the keys.
type Place = (Reverse<Priority>, u64);

struct Lane {
    clock: Clock,
    interval: Duration,
    limiter: Limiter,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    waiting: BTreeMap<Place, Waiter>,
    next: u64,
    /// Whether a task calls the waiting up.
    is_driven: bool,
}

/// One who waits: excused from holding simulated time up until it is called up.
struct Waiter {
    excused: Excused,
    call_up: Sender<()>,
}

impl Pace {
    pub(super) fn new(rate_per_second: NonZeroU32, clock: Clock) -> Self {
        let rate = rate_per_second.min(RATE_MAX);
        let burst = NonZeroU32::new(rate.get() / BURST_SHARE).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(rate).allow_burst(burst);
        let limiter = RateLimiter::direct_with_clock(quota, clock.clone());
        let interval = Duration::from_secs(1) / rate.get();
        Self(Arc::new(Lane { clock, interval, limiter, queue: Mutex::default() }))
    }

    /// Returns when the next request may go. One that gives up while waiting leaves no trace.
    pub(super) async fn turn(&self, priority: Priority) {
        let (_place, called_up) = {
            let mut queue = self.0.lock();
            if queue.waiting.is_empty() && self.0.limiter.check().is_ok() {
                return;
            }
            if !queue.is_driven {
                queue.is_driven = true;
                let (lane, busy) = (Arc::clone(&self.0), self.0.clock.busy());
                // Ends by itself, one interval after the last has gone.
                spawn("engine-turns", drive(lane, busy)).detach();
            }
            let (call_up, called_up) = oneshot::channel();
            let place = queue.push(priority, Waiter { excused: self.0.clock.excuse(), call_up });
            (Held { lane: &self.0, place }, called_up)
        };
        let _gone = called_up.await;
    }
}

/// Calls up one after the other, whoever is first at that moment, until nobody waits.
async fn drive(lane: Arc<Lane>, _busy: Busy) {
    while let Some(wait) = lane.call_up() {
        // The first never has to wait for longer than one interval, unless the clock was set back: then the
        // limiter stays shut until the old time comes round, and one request each interval is right as well.
        lane.clock.sleep_for_waiter(later(lane.clock.now(), lane.interval.min(wait))).await;
        if wait > lane.interval {
            lane.lock().call_up_first();
        }
    }
}

impl Lane {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls up all that may go now. Returns how long the next has to wait; `None` when there is none.
    fn call_up(&self) -> Option<Duration> {
        let mut queue = self.lock();
        while !queue.waiting.is_empty() {
            if let Err(not_until) = self.limiter.check() {
                let now = Tick::of(self.clock.now());
                return Some(not_until.earliest_possible().duration_since(now).into());
            }
            queue.call_up_first();
        }
        queue.is_driven = false;
        None
    }
}

impl Queue {
    fn push(&mut self, priority: Priority, waiter: Waiter) -> Place {
        let place = (Reverse(priority), self.next);
        self.next += 1;
        self.waiting.insert(place, waiter);
        place
    }

    fn call_up_first(&mut self) {
        while let Some((_, Waiter { excused, call_up })) = self.waiting.pop_first() {
            // Counted again before it is woken: or time could move on before it has run.
            drop(excused);
            if call_up.send(()).is_ok() {
                return;
            }
        }
    }
}

/// A place in the queue, given up when dropped.
struct Held<'a> {
    lane: &'a Lane,
    place: Place,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.lane.lock().waiting.remove(&self.place);
    }
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pace").field("interval", &self.0.interval).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "pace_tests.rs"]
mod tests;
