//! What rang and what was dialled, in order: how a test or a bench proves that nothing is lost or doubled.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::Serialize;

/// Entries kept of each list, so that a load run cannot fill the memory.
const KEPT_MAX: usize = 200_000;

/// A phone that started to ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ring {
    /// When.
    pub at: Timestamp,
    /// Whose phone.
    pub account: String,
    /// The room of the call.
    pub room: String,
    /// The engine's id of the call.
    pub call: String,
}

/// A dial that the engine accepted, whether or not a phone was free.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DialSeen {
    /// When the request arrived, in microseconds since the Unix epoch.
    pub at_us: i64,
    /// The room of the call.
    pub room: String,
    /// The engine's id of the call.
    pub call: String,
    /// The known accounts among those that were to be rung.
    pub callees: Vec<String>,
}

/// An append-only list that forgets its oldest entries.
#[derive(Debug)]
pub(super) struct Log<T> {
    items: VecDeque<T>,
    /// The number of the first entry that is still here.
    first: usize,
}

impl<T> Default for Log<T> {
    fn default() -> Self {
        Self { items: VecDeque::new(), first: 0 }
    }
}

impl<T: Clone> Log<T> {
    pub(super) fn push(&mut self, item: T) {
        if self.items.len() == KEPT_MAX {
            self.items.pop_front();
            self.first += 1;
        }
        self.items.push_back(item);
    }

    pub(super) fn all(&self) -> Vec<T> {
        self.items.iter().cloned().collect()
    }

    /// At most `limit` entries from number `since` on, and the number of the next one.
    pub(super) fn page(&self, since: usize, limit: usize) -> (Vec<T>, usize) {
        let skip = since.saturating_sub(self.first);
        let items: Vec<T> = self.items.iter().skip(skip).take(limit).cloned().collect();
        let next = self.first + skip.min(self.items.len()) + items.len();
        (items, next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other() {
        let mut log = Log::default();
        (0..5).for_each(|n| log.push(n));
        assert_eq!(log.page(0, 3), (vec![0, 1, 2], 3));
        assert_eq!(log.page(3, 3), (vec![3, 4], 5));
        assert_eq!(log.page(5, 3), (vec![], 5));
    }

    #[test]
    fn the_oldest_are_forgotten_and_numbers_stay() {
        let mut log = Log::default();
        (0..KEPT_MAX + 2).for_each(|n| log.push(n));
        assert_eq!(log.page(0, 1), (vec![2], 3));
        assert_eq!(log.page(KEPT_MAX + 1, 9), (vec![KEPT_MAX + 1], KEPT_MAX + 2));
    }
}
