//! Who asks first where a platform counts requests together: the most urgent, and each kind in order of arrival.
//!
//! One request at a time for each bucket. Whoever waits there for a limit would make the others wait as well; so they
//! wait here, where the order can still be changed.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::clock::{Clock, Excused};

/// How urgent a request is, most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Urgency {
    /// Somebody waits for it with three seconds on the clock.
    Receipt,
    /// A card that shows how it ended.
    End,
    /// Any other card, a line, a private word.
    News,
    /// A board, a registration, a look at something.
    Board,
}

impl Urgency {
    /// How long one may take, with tries, waits for its turn and for limits. A receipt is worth nothing after 3 s.
    pub(super) const fn within(self) -> Duration {
        match self {
            Self::Receipt => Duration::from_millis(2_500),
            Self::End | Self::News => Duration::from_secs(10),
            Self::Board => Duration::from_secs(20),
        }
    }
}

/// Everybody's turns.
pub(super) struct Turns<B> {
    clock: Clock,
    lanes: Mutex<Lanes<B>>,
}

struct Lanes<B> {
    next: u64,
    /// Buckets that are asked something now, and who waits there.
    busy: HashMap<B, BTreeMap<(Urgency, u64), Waiter>>,
}

/// One who waits: excused from holding simulated time up until it is called up.
struct Waiter {
    excused: Excused,
    call_up: oneshot::Sender<()>,
}

/// The right to ask. The next one is called up when it is dropped.
pub(super) struct Turn<'a, B: Clone + Eq + Hash> {
    turns: &'a Turns<B>,
    bucket: B,
}

impl<B: Clone + Eq + Hash> Turns<B> {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, lanes: Mutex::new(Lanes { next: 0, busy: HashMap::new() }) }
    }

    /// Waits until `bucket` may be asked.
    pub(super) async fn enter(&self, bucket: B, urgency: Urgency) -> Turn<'_, B> {
        if let Some((place, called)) = self.queue(&bucket, urgency) {
            let waiting = Waiting { turns: self, bucket: &bucket, place, is_called: false };
            // The sender is dropped only with all turns.
            let _called = called.await;
            waiting.called();
        }
        Turn { turns: self, bucket }
    }

    /// How many wait for `bucket`.
    pub(super) fn waiting(&self, bucket: &B) -> usize {
        self.lock().busy.get(bucket).map_or(0, BTreeMap::len)
    }

    /// A place in the queue; `None`: nobody is before us.
    fn queue(&self, bucket: &B, urgency: Urgency) -> Option<((Urgency, u64), oneshot::Receiver<()>)> {
        let mut lanes = self.lock();
        lanes.next += 1;
        let place = (urgency, lanes.next);
        match lanes.busy.get_mut(bucket) {
            None => {
                lanes.busy.insert(bucket.clone(), BTreeMap::new());
                None
            }
            Some(waiting) => {
                let (call_up, called) = oneshot::channel();
                waiting.insert(place, Waiter { excused: self.clock.excuse(), call_up });
                Some((place, called))
            }
        }
    }

    fn leave(&self, bucket: &B) {
        let mut lanes = self.lock();
        let Some(waiting) = lanes.busy.get_mut(bucket) else { return };
        while let Some((_, Waiter { excused, call_up })) = waiting.pop_first() {
            // Counted again before it is woken: or simulated time could move on before it has run.
            drop(excused);
            if call_up.send(()).is_ok() {
                return;
            }
        }
        lanes.busy.remove(bucket);
    }

    fn lock(&self) -> MutexGuard<'_, Lanes<B>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<B: Clone + Eq + Hash> Drop for Turn<'_, B> {
    fn drop(&mut self) {
        self.turns.leave(&self.bucket);
    }
}

/// A place in the queue, given up when dropped.
struct Waiting<'a, B: Clone + Eq + Hash> {
    turns: &'a Turns<B>,
    bucket: &'a B,
    place: (Urgency, u64),
    is_called: bool,
}

impl<B: Clone + Eq + Hash> Waiting<'_, B> {
    fn called(mut self) {
        self.is_called = true;
    }
}

impl<B: Clone + Eq + Hash> Drop for Waiting<'_, B> {
    fn drop(&mut self) {
        if self.is_called {
            return;
        }
        let was_waiting = {
            let mut lanes = self.turns.lock();
            lanes.busy.get_mut(self.bucket).and_then(|waiting| waiting.remove(&self.place)).is_some()
        };
        // Called up and given up at the same moment: the turn was ours, and goes to the next.
        if !was_waiting {
            self.turns.leave(self.bucket);
        }
    }
}

impl<B> fmt::Debug for Turns<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turns").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::task::spawn;

    async fn let_run() {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }

    fn asks(
        turns: &Arc<Turns<u8>>,
        (bucket, urgency): (u8, Urgency),
        name: &'static str,
        order: &Arc<Mutex<Vec<&'static str>>>,
    ) -> crate::task::TaskHandle {
        let (turns, order) = (Arc::clone(turns), Arc::clone(order));
        spawn("ask", async move {
            let _turn = turns.enter(bucket, urgency).await;
            order.lock().unwrap().push(name);
        })
    }

    #[tokio::test]
    async fn the_most_urgent_goes_first_and_who_gives_up_holds_nobody_up() {
        let turns = Arc::new(Turns::new(Clock::simulated(jiff::Timestamp::UNIX_EPOCH)));
        let order = Arc::default();
        let first = turns.enter(1, Urgency::Board).await;
        let gives_up = asks(&turns, (1, Urgency::Receipt), "gave up", &order);
        let waiting = [
            asks(&turns, (1, Urgency::Board), "board", &order),
            asks(&turns, (1, Urgency::News), "news", &order),
            asks(&turns, (1, Urgency::End), "end", &order),
            asks(&turns, (2, Urgency::Board), "elsewhere", &order),
        ];
        let_run().await;
        assert_eq!(*order.lock().unwrap(), ["elsewhere"]);
        drop(gives_up);
        let_run().await;
        drop(first);
        let_run().await;
        assert_eq!(*order.lock().unwrap(), ["elsewhere", "end", "news", "board"]);
        assert!(turns.lock().busy.is_empty(), "nothing is kept of buckets that are not asked");
        drop(waiting);
    }
}
