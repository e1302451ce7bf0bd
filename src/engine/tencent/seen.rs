//! Remembers which callbacks came before: the vendor may deliver one several times.

use std::collections::{HashSet, VecDeque};

/// How many are remembered: some ten minutes of a busy day; copies come within seconds.
const SEEN_MAX: usize = 4096;

/// What makes two callbacks one: the digest of command, call, time, and who did what.
pub(super) type Key = [u8; 32];

/// The last keys.
#[derive(Debug, Default)]
pub(super) struct Seen {
    known: HashSet<Key>,
    order: VecDeque<Key>,
}

impl Seen {
    pub(super) fn has(&self, key: &Key) -> bool {
        self.known.contains(key)
    }

    pub(super) fn add(&mut self, key: Key) {
        if !self.known.insert(key) {
            return;
        }
        self.order.push_back(key);
        if self.order.len() > SEEN_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_is_bounded() {
        let mut seen = Seen::default();
        let key = |n: usize| {
            let mut key = [0; 32];
            key[..8].copy_from_slice(&n.to_le_bytes());
            key
        };
        (0..=SEEN_MAX).for_each(|n| seen.add(key(n)));
        seen.add(key(SEEN_MAX));
        assert_eq!((seen.known.len(), seen.order.len()), (SEEN_MAX, SEEN_MAX));
        assert!(!seen.has(&key(0)) && seen.has(&key(1)) && seen.has(&key(SEEN_MAX)));
    }
}
