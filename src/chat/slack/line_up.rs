//! Who waits to be posted in a channel, and in which order.
//!
//! A few posts wait for their turn with the request in hand; all others are told when to come again, and keep their place
//! until then. So a channel that takes little, or nothing, keeps nobody waiting who writes elsewhere, and what comes late
//! comes in order.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::chat::turns::{Place, Urgency};
use crate::clock::later;

/// Posts of a channel that wait with the request in hand: as many as it takes within the time that a request has.
const AT_ONCE: usize = 8;
/// Cards that wait in one channel, each to be posted as its own message.
pub(super) const CARDS_MAX: usize = 50;
/// Posts before one that are counted: whoever has more before it comes again sooner than needed.
const COUNTED_MAX: usize = 600;
/// The longest that one is told to come later, beyond what the channel is left alone for: those before it may go sooner
/// than one by one.
const AGAIN_WITHIN: Duration = Duration::from_secs(15);
/// Of those that are told with others, as many as wait with their cards in hand.
const TOGETHER_AT_ONCE: usize = 100;
/// How long the others wait: until the next are gathered.
const TOGETHER_LATER: Duration = Duration::from_secs(3);
/// How long all wait for one before them who was to come by now: a commit takes a moment.
const LATE: Duration = Duration::from_secs(2);
/// How long a place is kept for whoever does not come when its turn is there: it may wait for the store.
const KEPT: Duration = Duration::from_secs(120);
/// Places in one channel. Who finds no more comes again later, without one.
const PLACES_MAX: usize = 20_000;
/// How long a channel that took nothing is left alone at first; it doubles.
const PAUSE_FIRST: Duration = Duration::from_secs(1);
/// The longest such pause.
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// Doublings counted: more would overflow, and the longest pause is reached before.
const DOUBLINGS_MAX: u32 = 10;
/// How long after a channel may take something again those come that are told together: by then it is known if it does.
const TOGETHER_AFTER: Duration = Duration::from_secs(2);

/// The lines of all channels.
#[derive(Debug, Default)]
pub(super) struct LineUp(Mutex<HashMap<String, Queue>>);

#[derive(Debug, Default)]
struct Queue {
    /// Who comes when.
    order: BTreeMap<Place, Waiter>,
    /// Where each stands.
    places: HashMap<String, Place>,
    /// How often in a row the channel took nothing.
    failures: u32,
    /// Until when it is left alone.
    shut: Option<Timestamp>,
}

#[derive(Debug)]
struct Waiter {
    key: String,
    is_card: bool,
    /// When it came last, or shall come again.
    at: Timestamp,
    /// It waits with the request in hand.
    is_here: bool,
    /// It is being told with others.
    is_together: bool,
    /// It will be, once there is room for it.
    is_bound: bool,
}

/// One who wants to post.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish<'a> {
    pub(super) channel: &'a str,
    /// The same at each try.
    pub(super) key: &'a str,
    pub(super) urgency: Urgency,
    pub(super) is_card: bool,
    /// Shown with others if too many cards are before it.
    pub(super) may_join: bool,
}

/// What one who wants to post does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stand {
    /// Asks, with this number.
    Now(u64),
    /// Comes again then.
    Later(Timestamp),
    /// Is told with others.
    Together,
}

impl LineUp {
    /// Stands in line, at the place of an earlier try or else behind all others of its urgency, with the number that is
    /// drawn. The channel takes a post each `every`; zero: as many as there are.
    pub(super) fn stand(
        &self,
        wish: Wish<'_>,
        draw: impl FnOnce() -> u64,
        (every, now): (Duration, Timestamp),
    ) -> Stand {
        let mut queues = self.lock();
        let queue = queues.entry(wish.channel.to_owned()).or_default();
        queue.forget(now);
        let Some(place) = queue.place(&wish, draw) else { return Stand::Later(later(now, PAUSE_MAX)) };
        let before = queue.order.range(..place).take(COUNTED_MAX).count();
        let is_bound = queue.order.get(&place).is_some_and(|one| one.is_bound);
        let is_last = |cards: usize| wish.may_join && (is_bound || cards >= CARDS_MAX);
        let is_together =
            is_last(queue.order.range(..place).filter(|(_, one)| one.is_card).take(CARDS_MAX).count());
        let is_turn = before < AT_ONCE && !queue.is_expected(place, now);
        let shut = queue.shut.filter(|until| *until > now);
        let is_open = shut.is_none();
        let stand = match shut {
            Some(until) if is_together => Stand::Later(later(until, TOGETHER_AFTER)),
            Some(until) => Stand::Later(later(until, times(every, before).min(AGAIN_WITHIN))),
            None if is_together && queue.tells_enough() => Stand::Later(later(now, TOGETHER_LATER)),
            None if is_together => Stand::Together,
            None if is_turn || every.is_zero() => Stand::Now(place.1),
            None => {
                let posts = (before + 1).saturating_sub(AT_ONCE).max(1);
                Stand::Later(later(now, times(every, posts).min(AGAIN_WITHIN)))
            }
        };
        match stand {
            Stand::Together => queue.tells(place, now),
            Stand::Now(_) => queue.note(place, now, true),
            Stand::Later(due) => queue.note(place, due, false),
        }
        if let Some(waiter) = queue.order.get_mut(&place) {
            waiter.is_bound |= is_together && is_open;
        }
        stand
    }

    /// It was posted, or never will be: the channel answers.
    pub(super) fn served(&self, channel: &str, key: &str) {
        let mut queues = self.lock();
        let Some(queue) = queues.get_mut(channel) else { return };
        queue.leave(key);
        (queue.failures, queue.shut) = (0, None);
        if queue.order.is_empty() {
            queues.remove(channel);
        }
    }

    /// The channel took nothing, and is left alone for a while: as long as Slack has `said`, or longer each time.
    /// Returns when the one who has asked comes again.
    pub(super) fn failed(
        &self,
        (channel, key): (&str, &str),
        said: Option<Duration>,
        (every, now): (Duration, Timestamp),
    ) -> Timestamp {
        let mut queues = self.lock();
        let queue = queues.entry(channel.to_owned()).or_default();
        let until = queue.shuts(said, now);
        let Some(place) = queue.places.get(key).copied() else { return until };
        let before = queue.order.range(..place).take(COUNTED_MAX).count();
        let due = later(until, times(every, before).min(AGAIN_WITHIN));
        queue.note(place, due, false);
        due
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Queue>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// Where `wish` stands: with the number of its first try, and the urgency of now.
    fn place(&mut self, wish: &Wish<'_>, draw: impl FnOnce() -> u64) -> Option<Place> {
        let known = self.places.get(wish.key).copied();
        if known.is_none() && self.order.len() >= PLACES_MAX {
            return None;
        }
        let place = (wish.urgency, known.map_or_else(draw, |(_, number)| number));
        let before = known.and_then(|known| self.order.remove(&known));
        let is_bound = before.is_some_and(|one| one.is_bound);
        let waiter = Waiter {
            key: wish.key.to_owned(),
            is_card: wish.is_card,
            at: Timestamp::MAX,
            is_here: true,
            is_together: false,
            is_bound,
        };
        self.order.insert(place, waiter);
        self.places.insert(wish.key.to_owned(), place);
        Some(place)
    }

    /// Leaves the channel alone for as long as Slack has said, or longer each time. Returns until when. Of those who have
    /// asked together the first one counts.
    fn shuts(&mut self, said: Option<Duration>, now: Timestamp) -> Timestamp {
        let until = match (said, self.shut) {
            (Some(said), _) => later(now, said),
            (None, Some(shut)) if shut > now => shut,
            (None, _) => {
                let whole = times(PAUSE_FIRST, 1 << self.failures.min(DOUBLINGS_MAX)).min(PAUSE_MAX);
                self.failures = self.failures.saturating_add(1);
                later(now, whole.mul_f64(rand::random_range(0.5..=1.0)))
            }
        };
        let until = self.shut.map_or(until, |shut| shut.max(until));
        self.shut = Some(until);
        until
    }

    /// Whether enough are being told together.
    fn tells_enough(&self) -> bool {
        self.order.values().filter(|one| one.is_together).take(TOGETHER_AT_ONCE).count() == TOGETHER_AT_ONCE
    }

    fn tells(&mut self, place: Place, now: Timestamp) {
        self.note(place, now, true);
        if let Some(waiter) = self.order.get_mut(&place) {
            waiter.is_together = true;
        }
    }

    /// Whether one before `place` comes again in a moment.
    fn is_expected(&self, place: Place, now: Timestamp) -> bool {
        let is_near = |one: &Waiter| one.at <= later(now, LATE) && later(one.at, LATE) > now;
        self.order.range(..place).take(AT_ONCE).any(|(_, one)| !one.is_here && is_near(one))
    }

    fn note(&mut self, place: Place, at: Timestamp, is_here: bool) {
        if let Some(waiter) = self.order.get_mut(&place) {
            (waiter.at, waiter.is_here) = (at, is_here);
        }
    }

    fn leave(&mut self, key: &str) {
        if let Some(place) = self.places.remove(key) {
            self.order.remove(&place);
        }
    }

    /// Gives up the places of the first ones who did not come: they would keep all others from their turn.
    fn forget(&mut self, now: Timestamp) {
        while let Some(first) = self.order.first_entry().filter(|first| later(first.get().at, KEPT) < now) {
            let waiter = first.remove();
            self.places.remove(&waiter.key);
        }
    }
}

fn times(span: Duration, count: usize) -> Duration {
    span.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Duration = Duration::from_secs(1);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn wish(key: &str) -> Wish<'_> {
        Wish { channel: "C1", key, urgency: Urgency::News, is_card: true, may_join: false }
    }

    /// Stands in line as the `n`-th.
    fn stand(line_up: &LineUp, n: u64, now: i64) -> Stand {
        line_up.stand(wish(&n.to_string()), || n, (EVERY, at(now)))
    }

    fn fails(line_up: &LineUp, key: &str, said: Option<Duration>, now: i64) -> Timestamp {
        line_up.failed(("C1", key), said, (EVERY, at(now)))
    }

    #[test]
    fn a_few_wait_and_the_others_come_again_to_the_same_place() {
        let line_up = LineUp::default();
        let first: Vec<Stand> = (1..=10).map(|n| stand(&line_up, n, 0)).collect();
        assert_eq!(first[7], Stand::Now(8));
        assert_eq!(first[8..], [Stand::Later(at(1)), Stand::Later(at(2))]);
        line_up.served("C1", "1");
        assert_eq!(
            line_up.stand(wish("9"), || 99, (EVERY, at(1))),
            Stand::Now(9),
            "the number of its first try"
        );
        assert_eq!(stand(&line_up, 11, 1), Stand::Later(at(3)));
        let elsewhere = Wish { channel: "C2", ..wish("12") };
        assert_eq!(line_up.stand(elsewhere, || 12, (EVERY, at(1))), Stand::Now(12));
        (1..=11).for_each(|n: u64| line_up.served("C1", &n.to_string()));
        line_up.served("C2", "12");
        assert!(line_up.lock().is_empty(), "nothing is kept of a channel in which nothing waits");
    }

    #[test]
    fn last_states_and_pages_go_first() {
        let line_up = LineUp::default();
        (1..=20).for_each(|n| assert_ne!(stand(&line_up, n, 0), Stand::Together));
        let ended = Wish { urgency: Urgency::End, ..wish("20") };
        assert_eq!(line_up.stand(ended, || 99, (EVERY, at(0))), Stand::Now(20));
        assert_eq!(stand(&line_up, 9, 0), Stand::Later(at(2)));
    }

    #[test]
    fn who_is_over_and_has_fifty_before_it_is_told_with_others() {
        let line_up = LineUp::default();
        (1..=60).for_each(|n| assert_ne!(stand(&line_up, n, 0), Stand::Together));
        let over = |key| Wish { may_join: true, ..wish(key) };
        let stands = |key| line_up.stand(over(key), || 99, (EVERY, at(0)));
        assert_eq!((stands("51"), stands("50")), (Stand::Together, Stand::Later(at(15))));
        let until = fails(&line_up, "1", None, 0);
        assert_eq!(
            stands("60"),
            Stand::Later(later(until, TOGETHER_AFTER)),
            "not before the channel takes anything"
        );
    }

    #[test]
    fn a_channel_that_takes_nothing_is_left_alone_and_the_order_stays() {
        let line_up = LineUp::default();
        (1..=3).for_each(|n| assert_eq!(stand(&line_up, n, 0), Stand::Now(n)));
        let first = fails(&line_up, "1", None, 0);
        assert_eq!(fails(&line_up, "3", None, 0), later(first, EVERY * 2), "who asked together failed once");
        let mut longest = Duration::ZERO;
        for n in 1..12 {
            let until = fails(&line_up, "1", None, n * 100);
            longest = longest.max(Duration::try_from(until.duration_since(at(n * 100))).unwrap());
        }
        assert!((PAUSE_MAX / 2..=PAUSE_MAX).contains(&longest), "{longest:?}");
        assert_eq!(fails(&line_up, "1", Some(Duration::from_secs(300)), 2_000), at(2_300), "Slack said so");
        let again: Vec<Stand> = (2..=3).rev().map(|n| stand(&line_up, n, 2_001)).collect();
        assert_eq!(again, [Stand::Later(at(2_302)), Stand::Later(at(2_301))]);
        assert_eq!(stand(&line_up, 3, 2_300), Stand::Later(at(2_301)), "the first one comes in a moment");
        assert_eq!(stand(&line_up, 1, 2_300), Stand::Now(1));
        line_up.served("C1", "1");
        assert_eq!(stand(&line_up, 3, 2_301), Stand::Later(at(2_302)), "and so does the second one");
        assert_eq!(stand(&line_up, 3, 2_303), Stand::Now(3), "which is not waited for for ever");
    }

    #[test]
    fn nobody_waits_for_one_who_was_told_to_come_late() {
        let line_up = LineUp::default();
        (1..=300).for_each(|n| drop(format!("{:?}", stand(&line_up, n, 0))));
        (1..300).for_each(|n: u64| line_up.served("C1", &n.to_string()));
        assert_eq!(stand(&line_up, 301, 10), Stand::Now(301), "all others went sooner than one by one");
        assert_eq!(stand(&line_up, 300, 15), Stand::Now(300));
    }

    #[test]
    fn of_those_that_are_told_together_some_wait_and_the_others_come_again() {
        let line_up = LineUp::default();
        let stands = |n: u64| {
            let key = n.to_string();
            line_up.stand(Wish { may_join: true, ..wish(&key) }, || n, (EVERY, at(0)))
        };
        let together = (1..=400).filter(|n| stands(*n) == Stand::Together).count();
        assert_eq!((together, stands(400)), (TOGETHER_AT_ONCE, Stand::Later(at(3))));
        (51..=150).for_each(|n: u64| line_up.served("C1", &n.to_string()));
        assert_eq!(stands(400), Stand::Together);
    }

    #[test]
    fn who_does_not_come_keeps_nobody_waiting_for_ever() {
        let line_up = LineUp::default();
        (1..=9).for_each(|n| drop(format!("{:?}", stand(&line_up, n, 0))));
        assert_eq!(stand(&line_up, 10, 121), Stand::Now(10), "eight were given up, one is kept");
        let queues = line_up.lock();
        assert_eq!(queues["C1"].order.len(), 2);
    }
}
