//! What came lately, so many and no more: the oldest is forgotten first.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A memory of at most so many. What it forgets must be known to the platform, or not be missed.
pub(super) struct Lately<K, V> {
    max: usize,
    kept: Mutex<Kept<K, V>>,
}

struct Kept<K, V> {
    known: HashMap<K, V>,
    order: VecDeque<K>,
}

impl<K: Clone + Eq + Hash, V: Clone> Lately<K, V> {
    pub(super) fn new(max: usize) -> Self {
        Self { max, kept: Mutex::new(Kept { known: HashMap::new(), order: VecDeque::new() }) }
    }

    pub(super) fn get(&self, key: &K) -> Option<V> {
        self.lock().known.get(key).cloned()
    }

    /// Returns whether it was not known.
    pub(super) fn put(&self, key: K, value: V) -> bool {
        let mut kept = self.lock();
        let is_new = kept.known.insert(key.clone(), value).is_none();
        if is_new {
            kept.order.push_back(key);
        }
        if kept.order.len() > self.max
            && let Some(oldest) = kept.order.pop_front()
        {
            kept.known.remove(&oldest);
        }
        is_new
    }

    pub(super) fn take(&self, key: &K) -> Option<V> {
        let mut kept = self.lock();
        let value = kept.known.remove(key)?;
        kept.order.retain(|known| known != key);
        Some(value)
    }

    fn lock(&self) -> MutexGuard<'_, Kept<K, V>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K, V> fmt::Debug for Lately<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lately").field("max", &self.max).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten() {
        let lately = Lately::new(2);
        lately.put("a", 1);
        lately.put("b", 2);
        assert!(!lately.put("a", 3));
        lately.put("c", 4);
        assert_eq!((lately.get(&"a"), lately.get(&"b"), lately.get(&"c")), (None, Some(2), Some(4)));
        assert_eq!((lately.take(&"b"), lately.take(&"b")), (Some(2), None));
        lately.put("d", 5);
        assert_eq!((lately.get(&"c"), lately.get(&"d")), (Some(4), Some(5)));
    }
}
