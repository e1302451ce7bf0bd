//! Keeps the last callbacks that could not be read, for whoever has to find out what the vendor sends.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use super::wire::without_secrets;

/// How many are kept.
pub(super) const KEPT_MAX: usize = 16;
/// How much of each, in bytes.
pub(super) const BODY_MAX: usize = 4 * 1024;

/// A callback that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadCallback {
    /// When it came, by our clock.
    pub at: Timestamp,
    /// What was wrong with it.
    pub why: String,
    /// Its body: the first 4 KiB, without anything that may be a secret.
    pub body: String,
}

/// The last of them, oldest first.
#[derive(Debug, Default)]
pub(super) struct Unread(Mutex<VecDeque<UnreadCallback>>);

impl Unread {
    /// Keeps one, and forgets the oldest when there are too many. Returns what it kept of the body.
    pub(super) fn keep(&self, at: Timestamp, why: String, body: &[u8]) -> String {
        let body = shown(body);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT_MAX {
            kept.pop_front();
        }
        kept.push_back(UnreadCallback { at, why, body: body.clone() });
        body
    }

    /// All that are kept, oldest first.
    pub(super) fn all(&self) -> Vec<UnreadCallback> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// A body as a text that does no harm where it is shown: bounded, in one line, without secrets.
fn shown(body: &[u8]) -> String {
    let start = &body[..body.len().min(BODY_MAX)];
    let text = without_secrets(&String::from_utf8_lossy(start));
    let mut text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.truncate(text.floor_char_boundary(BODY_MAX));
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_last_are_kept_without_their_secrets() {
        let unread = Unread::default();
        for n in 0..20 {
            unread.keep(Timestamp::UNIX_EPOCH, format!("why {n}"), b"{\"a\":\t1,");
        }
        let kept = unread.all();
        assert_eq!((kept.len(), kept[0].why.as_str(), kept[15].why.as_str()), (16, "why 4", "why 19"));
        assert_eq!(kept[0].body, "{\"a\": 1,");
        let secret = format!("sig {} at https://a.example/engine/tencent/hookpath now", "eJw9".repeat(30));
        assert_eq!(shown(secret.as_bytes()), "sig … at … now");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_bytes_are_kept_within_bounds(raw in proptest::collection::vec(any::<u8>(), 0..6_000)) {
            let text = shown(&raw);
            prop_assert!(text.len() <= BODY_MAX && !text.contains(char::is_control));
        }
    }
}
