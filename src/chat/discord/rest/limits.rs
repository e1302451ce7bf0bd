//! What Discord's headers say of its limits. Whoever is to wait waits here, before serenity's limiter would have to.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::HeaderMap;
use serenity::http::{LightMethod, RatelimitingBucket};

use crate::clock::{Clock, later};

/// Requests of one bot in a second, wherever they go (Discord, "Rate Limits").
const GLOBAL_PER_SECOND: usize = 50;
/// Buckets remembered: when there are more, those whose time is over are forgotten, or else the one whose time is over
/// next; at worst that costs one refusal.
const BUCKETS_MAX: usize = 10_000;
/// A refusal that does not say for how long.
const UNSAID: Duration = Duration::from_secs(1);
/// The longest wait that is believed: beyond it the request gives up anyway.
const WAIT_MAX: f64 = 3_600.0;

/// What is counted together: Discord has a bucket for each method.
pub(super) type Key = (RatelimitingBucket, LightMethod);

/// What is known of the limits.
pub(super) struct Limits {
    clock: Clock,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    windows: HashMap<Key, Window>,
    /// Nothing at all goes before this.
    closed_until: Timestamp,
    /// When the last requests that count for everybody went.
    gone: VecDeque<Timestamp>,
}

struct Window {
    remaining: u64,
    until: Timestamp,
}

impl Limits {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, known: Mutex::default() }
    }

    /// Until when a request of this key has to wait; `None`: it goes now, and is counted. Answers to interactions do not
    /// count for everybody's limit.
    pub(super) fn must_wait(&self, key: Key, counts: bool) -> Option<Timestamp> {
        let now = self.clock.now();
        let mut known = self.lock();
        if known.closed_until > now {
            return Some(known.closed_until);
        }
        let window = known.windows.get(&key).filter(|window| window.until > now);
        if let Some(until) = window.filter(|window| window.remaining == 0).map(|window| window.until) {
            return Some(until);
        }
        if counts {
            while known.gone.front().is_some_and(|at| later(*at, Duration::from_secs(1)) <= now) {
                known.gone.pop_front();
            }
            if known.gone.len() >= GLOBAL_PER_SECOND {
                return known.gone.front().map(|at| later(*at, Duration::from_secs(1)));
            }
            known.gone.push_back(now);
        }
        if let Some(window) = known.windows.get_mut(&key) {
            window.remaining = window.remaining.saturating_sub(1);
        }
        None
    }

    /// Takes in what the headers of an answer say.
    pub(super) fn learn(&self, key: Key, headers: &HeaderMap) {
        let remaining = number(headers, "x-ratelimit-remaining");
        let Some((remaining, after)) = remaining.zip(number(headers, "x-ratelimit-reset-after")) else {
            return;
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative; a count")]
        let remaining = remaining as u64;
        let until = later(self.clock.now(), seconds(after));
        self.lock().put(key, Window { remaining, until }, self.clock.now());
    }

    /// A refusal for a limit: nothing goes there, or nowhere, before its time.
    pub(super) fn refused(&self, key: Key, retry_after: Option<f64>, is_global: bool) {
        let now = self.clock.now();
        let until = later(now, retry_after.map_or(UNSAID, seconds));
        let mut known = self.lock();
        if is_global {
            known.closed_until = known.closed_until.max(until);
        } else {
            known.put(key, Window { remaining: 0, until }, now);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn put(&mut self, key: Key, window: Window, now: Timestamp) {
        if self.windows.len() >= BUCKETS_MAX && !self.windows.contains_key(&key) {
            self.windows.retain(|_, window| window.until > now);
        }
        if self.windows.len() >= BUCKETS_MAX && !self.windows.contains_key(&key) {
            let next = self.windows.iter().min_by_key(|(_, window)| window.until).map(|(key, _)| *key);
            next.and_then(|next| self.windows.remove(&next));
        }
        self.windows.insert(key, window);
    }
}

/// A number that is a time or a count: not negative, not endless.
fn number(headers: &HeaderMap, name: &str) -> Option<f64> {
    let number: f64 = headers.get(name)?.to_str().ok()?.trim().parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some(number)
}

/// What a 429 says of when to try again: its header, or else its body.
pub(super) fn retry_after(headers: &HeaderMap, body: Option<f64>) -> Option<f64> {
    // The body is more precise: the header has whole seconds.
    body.or_else(|| number(headers, "retry-after"))
}

fn seconds(number: f64) -> Duration {
    Duration::try_from_secs_f64(number.clamp(0.0, WAIT_MAX)).unwrap_or(UNSAID)
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;
    use serenity::all::ChannelId;
    use serenity::http::Route;

    use super::*;

    fn key(channel: u64) -> Key {
        let route = Route::ChannelMessages { channel_id: ChannelId::new(channel) };
        (route.ratelimiting_bucket(), LightMethod::Post)
    }

    fn headers(remaining: &'static str, after: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("x-ratelimit-remaining", HeaderValue::from_static(remaining));
        headers.insert("x-ratelimit-reset-after", HeaderValue::from_static(after));
        headers
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(millis).unwrap()
    }

    fn limits() -> (Limits, Clock) {
        let clock = Clock::simulated(at(0));
        (Limits::new(clock.clone()), clock)
    }

    #[test]
    fn a_bucket_that_is_empty_waits_for_its_time_and_no_other_does() {
        let (limits, clock) = limits();
        limits.learn(key(1), &headers("1", "2.5"));
        assert_eq!(limits.must_wait(key(1), true), None);
        assert_eq!(limits.must_wait(key(1), true), Some(at(2_500)));
        assert_eq!(limits.must_wait(key(2), true), None);
        assert!(!clock.advance_to(at(2_500)));
        assert_eq!(limits.must_wait(key(1), true), None);
    }

    #[test]
    fn a_refusal_closes_its_bucket_or_everything() {
        let (limits, _clock) = limits();
        limits.refused(key(1), Some(1.0), false);
        assert_eq!(limits.must_wait(key(1), true), Some(at(1_000)));
        assert_eq!(limits.must_wait(key(2), true), None);
        limits.refused(key(1), None, true);
        assert_eq!(limits.must_wait(key(2), false), Some(at(1_000)));
        limits.refused(key(3), Some(f64::MAX), true);
        assert_eq!(limits.must_wait(key(2), false), Some(at(3_600_000)));
    }

    #[test]
    fn fifty_a_second_but_for_answers_to_interactions() {
        let (limits, clock) = limits();
        (0..50).for_each(|channel| assert_eq!(limits.must_wait(key(channel + 1), true), None));
        assert_eq!(limits.must_wait(key(99), true), Some(at(1_000)));
        assert_eq!(limits.must_wait(key(99), false), None);
        assert!(!clock.advance_to(at(1_000)));
        assert_eq!(limits.must_wait(key(99), true), None);
    }

    #[test]
    fn no_more_buckets_are_remembered_than_the_bound() {
        let (limits, _clock) = limits();
        for channel in 1..=BUCKETS_MAX as u64 + 5 {
            limits.refused(key(channel), Some(1.0 + channel as f64 / 1_000.0), false);
        }
        assert_eq!(limits.lock().windows.len(), BUCKETS_MAX);
        assert_eq!(limits.must_wait(key(1), false), None, "the one whose time was over next is forgotten");
        assert!(limits.must_wait(key(BUCKETS_MAX as u64), false).is_some());
    }

    #[test]
    fn nonsense_is_not_learned() {
        let (limits, _clock) = limits();
        for (remaining, after) in [("-1", "1"), ("x", "1"), ("0", "NaN"), ("0", "-5"), ("0", "inf")] {
            limits.learn(key(1), &headers(remaining, after));
        }
        assert_eq!(limits.must_wait(key(1), true), None);
        assert_eq!(retry_after(&headers("0", "1"), Some(0.25)), Some(0.25));
        assert_eq!(retry_after(&headers("0", "1"), None), None);
    }
}
