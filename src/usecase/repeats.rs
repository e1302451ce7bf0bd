//! Which deliveries came lately: a repeat waits for its first, and gets the same answer.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, PoisonError};

use tokio::sync::Mutex;

use crate::domain::ids::DeliveryKey;

/// Deliveries remembered: platforms repeat within seconds. Older ones are known by the store alone, which is enough;
/// only a limit may then be used for a moment.
const LATELY_MAX: usize = 10_000;

/// The deliveries that came lately.
#[derive(Default)]
pub(super) struct Repeats(std::sync::Mutex<Lately>);

#[derive(Default)]
struct Lately {
    turns: HashMap<DeliveryKey, Arc<Mutex<()>>>,
    order: VecDeque<DeliveryKey>,
}

/// One delivery's turn.
pub(super) struct Turn {
    /// Held while it is answered.
    pub(super) lock: Arc<Mutex<()>>,
    /// It came before.
    pub(super) is_repeat: bool,
}

impl Repeats {
    pub(super) fn enter(&self, key: &DeliveryKey) -> Turn {
        let mut lately = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = lately.turns.get(key) {
            return Turn { lock: Arc::clone(lock), is_repeat: true };
        }
        let lock = Arc::new(Mutex::new(()));
        lately.turns.insert(key.clone(), Arc::clone(&lock));
        lately.order.push_back(key.clone());
        if lately.order.len() > LATELY_MAX
            && let Some(oldest) = lately.order.pop_front()
        {
            lately.turns.remove(&oldest);
        }
        Turn { lock, is_repeat: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeat_is_known_for_a_while() {
        let repeats = Repeats::default();
        let key = |n: usize| DeliveryKey::new(format!("d{n}"));
        assert!(!repeats.enter(&key(0)).is_repeat);
        assert!(repeats.enter(&key(0)).is_repeat);
        (1..=LATELY_MAX).for_each(|n| assert!(!repeats.enter(&key(n)).is_repeat));
        assert!(!repeats.enter(&key(0)).is_repeat, "it was forgotten");
    }
}
