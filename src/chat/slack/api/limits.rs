//! How often Slack may be asked: what its documentation allows, and what its refusals say.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{HeaderMap, RETRY_AFTER};

use super::super::settings::Pace;
use super::Lane;
use crate::chat::turns::Urgency;
use crate::clock::later;

/// The span in which Slack counts the requests of a method.
const MINUTE: Duration = Duration::from_secs(60);
/// Channels remembered: when there are more, those that are free again are forgotten.
const CHANNELS_MAX: usize = 10_000;
/// A refusal that does not say for how long.
const UNSAID: Duration = Duration::from_secs(1);
/// The longest wait that is believed.
const WAIT_MAX_S: u64 = 3_600;
/// Of all edits of a minute, one in so many is kept for the last states of cards.
const KEPT_SHARE: usize = 5;

/// What is known of the limits.
#[derive(Debug)]
pub(super) struct Limits {
    pace: Pace,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// When a channel would be free of what it has taken, as if it took one message at a time.
    channels: HashMap<String, Timestamp>,
    /// When the edits of the last minute went.
    edits: VecDeque<Timestamp>,
    /// Lanes that Slack has closed, until when.
    closed: HashMap<Lane, Timestamp>,
}

impl Limits {
    pub(super) fn new(pace: Pace) -> Self {
        Self { pace, known: Mutex::default() }
    }

    /// Until when a request must wait; `None`: it goes now, and is counted.
    pub(super) fn must_wait(&self, lane: &Lane, urgency: Urgency, now: Timestamp) -> Option<Timestamp> {
        let mut known = self.lock();
        if let Some(until) = known.closed.get(lane).copied() {
            if until > now {
                return Some(until);
            }
            known.closed.remove(lane);
        }
        match lane {
            Lane::Channel(channel) => known.post(channel, self.pace, now),
            Lane::Edits => known.edit(self.edits_for(urgency), now),
            Lane::Other(_) => None,
        }
    }

    /// Until when nothing goes in this lane, because Slack took nothing.
    pub(super) fn closed(&self, lane: &Lane, now: Timestamp) -> Option<Timestamp> {
        self.lock().closed.get(lane).copied().filter(|until| *until > now)
    }

    /// Slack has refused a request of this lane.
    pub(super) fn refused(&self, lane: &Lane, wait: Duration, now: Timestamp) {
        self.lock().closed.insert(lane.clone(), later(now, wait));
    }

    /// Edits of the last minute, and how many of those there may be that are no last states.
    pub(super) fn edits(&self, now: Timestamp) -> (usize, usize) {
        let mut known = self.lock();
        known.forget_edits(now);
        (known.edits.len(), self.edits_for(Urgency::News))
    }

    /// Edits of the last minute that may have gone before one of this urgency goes.
    fn edits_for(&self, urgency: Urgency) -> usize {
        let all = usize::try_from(self.pace.edits_per_minute).unwrap_or(usize::MAX).max(1);
        match urgency {
            Urgency::Receipt | Urgency::Page | Urgency::End => all,
            Urgency::News | Urgency::Line | Urgency::Board => (all - all / KEPT_SHARE).max(1),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn post(&mut self, channel: &str, pace: Pace, now: Timestamp) -> Option<Timestamp> {
        let free = self.channels.get(channel).copied().unwrap_or(now).max(now);
        let next = later(free, pace.post_every);
        let earliest = later(now, pace.post_every.saturating_mul(pace.post_burst));
        if next > earliest {
            let early = Duration::try_from(next.duration_since(earliest)).unwrap_or_default();
            return Some(later(now, early));
        }
        if self.channels.len() >= CHANNELS_MAX {
            self.channels.retain(|_, free| *free > now);
        }
        self.channels.insert(channel.to_owned(), next);
        None
    }

    fn forget_edits(&mut self, now: Timestamp) {
        while self.edits.front().is_some_and(|first| later(*first, MINUTE) <= now) {
            self.edits.pop_front();
        }
    }

    fn edit(&mut self, most: usize, now: Timestamp) -> Option<Timestamp> {
        self.forget_edits(now);
        if self.edits.len() < most {
            self.edits.push_back(now);
            return None;
        }
        // As soon as so many have left the window that one more fits.
        self.edits.get(self.edits.len() - most).map(|at| later(*at, MINUTE))
    }
}

/// How long a refusal says to wait.
pub(super) fn retry_after(headers: &HeaderMap) -> Duration {
    let seconds = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse::<u64>().ok());
    seconds.map_or(UNSAID, |seconds| Duration::from_secs(seconds.clamp(1, WAIT_MAX_S)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(ms).unwrap()
    }

    #[test]
    fn a_channel_takes_a_burst_and_then_one_a_second() {
        let limits = Limits::new(Pace::default());
        let lane = Lane::Channel("C1".into());
        let wait = |ms| limits.must_wait(&lane, Urgency::News, at(ms));
        assert_eq!((wait(0), wait(0), wait(0)), (None, None, Some(at(1_000))));
        assert_eq!((wait(1_000), wait(1_500)), (None, Some(at(2_000))));
        assert_eq!(limits.must_wait(&Lane::Channel("C2".into()), Urgency::News, at(0)), None);
    }

    #[test]
    fn the_last_edits_of_a_minute_are_for_last_states() {
        let limits = Limits::new(Pace { edits_per_minute: 5, ..Pace::default() });
        let edit = |urgency, ms| limits.must_wait(&Lane::Edits, urgency, at(ms));
        for n in 0..4 {
            assert_eq!(edit(Urgency::News, n), None);
        }
        assert_eq!(edit(Urgency::News, 10), Some(at(60_000)));
        assert_eq!(edit(Urgency::End, 11), None);
        assert_eq!(edit(Urgency::End, 12), Some(at(60_000)));
        assert_eq!(edit(Urgency::News, 12), Some(at(60_001)));
        assert_eq!(edit(Urgency::News, 60_001), None);
    }

    #[test]
    fn what_slack_says_counts() {
        let limits = Limits::new(Pace::default());
        let lane = Lane::Other("views.open");
        limits.refused(&lane, Duration::from_secs(3), at(0));
        assert_eq!(limits.must_wait(&lane, Urgency::Receipt, at(1)), Some(at(3_000)));
        assert_eq!(limits.must_wait(&lane, Urgency::Receipt, at(3_000)), None);
        let mut headers = HeaderMap::new();
        assert_eq!(retry_after(&headers), UNSAID);
        headers.insert(RETRY_AFTER, "30".parse().unwrap());
        assert_eq!(retry_after(&headers), Duration::from_secs(30));
    }
}
