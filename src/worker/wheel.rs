//! What is due later. The rows are the truth; this is only the wake-up.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use tokio::sync::mpsc;

use super::Hand;
use super::hand::{Item, ToWheel};
use crate::clock::later;
use crate::domain::change::{EffectRow, TimerRow};
use crate::usecase::Context;

/// Timers carried out at once in a lane: of pages, one group of the store's commits.
const AT_ONCE: usize = 256;

#[derive(Debug)]
enum Due {
    Effect(EffectRow),
    Timer(TimerRow),
}

/// The revision of what is watched, and its place in the order.
#[derive(Debug, Clone, Copy)]
struct Place {
    rev: i64,
    key: (Timestamp, u64),
}

#[derive(Default)]
struct Wheel {
    next_seq: u64,
    by_due: BTreeMap<(Timestamp, u64), Due>,
    /// Where the newest of an id stands: arming again moves it.
    places: HashMap<String, Place>,
}

impl Wheel {
    /// Two commits may be handed over in the wrong order: the later one's row counts.
    fn put(&mut self, id: String, rev: i64, due: Timestamp, what: Due) {
        if self.places.get(&id).is_some_and(|known| known.rev > rev) {
            return;
        }
        self.next_seq += 1;
        let key = (due, self.next_seq);
        if let Some(old) = self.places.insert(id, Place { rev, key }) {
            self.by_due.remove(&old.key);
        }
        self.by_due.insert(key, what);
    }

    fn forget(&mut self, id: &str) {
        if let Some(place) = self.places.remove(id) {
            self.by_due.remove(&place.key);
        }
    }

    fn take(&mut self, told: ToWheel) {
        match told {
            ToWheel::Effect(row) => self.put(row.effect.id(), row.rev, row.due, Due::Effect(row)),
            ToWheel::Timer(row) => self.put(row.timer.id(), row.rev, row.due, Due::Timer(row)),
            ToWheel::Again(row, wake) => self.put(row.timer.id(), row.rev, wake, Due::Timer(row)),
            ToWheel::Outdated(id, rev) => {
                if self.places.get(&id).is_some_and(|known| known.rev < rev) {
                    self.forget(&id);
                }
            }
        }
    }

    fn pop_due(&mut self, now: Timestamp) -> Option<Due> {
        let entry = self.by_due.first_entry().filter(|entry| entry.key().0 <= now)?;
        let due = entry.remove();
        let id = match &due {
            Due::Effect(row) => row.effect.id(),
            Due::Timer(row) => row.timer.id(),
        };
        self.places.remove(&id);
        Some(due)
    }
}

/// Wakes what is due, until the senders are gone.
pub(super) async fn run(context: Arc<Context>, hand: Arc<Hand>, mut told: mpsc::UnboundedReceiver<ToWheel>) {
    let mut wheel = Wheel::default();
    loop {
        let next = wheel.by_due.first_key_value().map_or(Timestamp::MAX, |((due, _), _)| *due);
        tokio::select! {
            biased;
            news = told.recv() => {
                let Some(news) = news else { return };
                wheel.take(news);
            }
            () = context.clock.sleep_until(next) => {
                while let Some(due) = wheel.pop_due(context.clock.now()) {
                    match due {
                        Due::Effect(row) => hand.act(row),
                        Due::Timer(row) => hand.fire(row),
                    }
                }
            }
        }
    }
}

/// Carries out timers that are due, until the senders are gone.
pub(super) async fn fire_all(
    context: Arc<Context>,
    hand: Arc<Hand>,
    mut items: mpsc::UnboundedReceiver<Item<TimerRow>>,
) {
    let mut running = FuturesUnordered::new();
    loop {
        tokio::select! {
            Some(()) = running.next() => {}
            item = items.recv(), if running.len() < AT_ONCE => {
                let Some(item) = item else { return };
                running.push(fire(Arc::clone(&context), Arc::clone(&hand), item));
            }
        }
    }
}

async fn fire(context: Arc<Context>, hand: Arc<Hand>, item: Item<TimerRow>) {
    let done = super::unless_panicked(context.fire(&item.row)).await;
    if let Err(why) = done {
        tracing::error!(timer = item.row.timer.id(), %why, "a timer fires again later");
        hand.fire_later(item.row.clone(), later(context.clock.now(), why.pause()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::change::Timer;
    use crate::domain::ids::CallId;

    fn armed(rev: i64, due: i64) -> TimerRow {
        let due = Timestamp::from_second(due).unwrap();
        TimerRow { timer: Timer::RingOver(CallId::new("c1")), due, rev, lease: None }
    }

    #[test]
    fn a_timer_armed_after_the_end_outlives_its_late_hand_over() {
        let mut wheel = Wheel::default();
        wheel.take(ToWheel::Timer(armed(2, 10)));
        wheel.take(ToWheel::Outdated(armed(2, 10).timer.id(), 1));
        assert!(wheel.pop_due(Timestamp::from_second(10).unwrap()).is_some(), "its row would stay for ever");
        wheel.take(ToWheel::Timer(armed(2, 10)));
        wheel.take(ToWheel::Outdated(armed(2, 10).timer.id(), 3));
        assert!(wheel.pop_due(Timestamp::from_second(10).unwrap()).is_none());
    }

    #[test]
    fn the_later_commit_counts_whatever_the_order() {
        for order in [[armed(1, 10), armed(2, 20)], [armed(2, 20), armed(1, 10)]] {
            let mut wheel = Wheel::default();
            order.into_iter().for_each(|row| wheel.take(ToWheel::Timer(row)));
            assert!(wheel.pop_due(Timestamp::from_second(15).unwrap()).is_none());
            assert!(wheel.pop_due(Timestamp::from_second(20).unwrap()).is_some());
            assert!(wheel.places.is_empty() && wheel.by_due.is_empty());
        }
    }
}
