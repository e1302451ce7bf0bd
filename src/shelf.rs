//! The shelf of spoken announcements: unguessable names, a short life, bounded memory.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use data_encoding::HEXLOWER;
use jiff::Timestamp;

use crate::clock::{Clock, later};
use crate::ports::Shelf;

/// How long a sound lies here after it was last asked for: longer than a phone rings and an alert plays.
const LIFE: Duration = Duration::from_secs(3600);
/// Sounds kept at most: some 64 MiB of a quarter of a minute each. The one that would go first makes room.
const SOUNDS_MAX: usize = 256;

/// Spoken announcements, in memory.
pub struct MemoryShelf {
    clock: Clock,
    sounds: Mutex<HashMap<String, Sound>>,
}

struct Sound {
    text: String,
    audio: Bytes,
    until: Timestamp,
}

impl MemoryShelf {
    /// An empty shelf.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { clock, sounds: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Sound>> {
        self.sounds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelf for MemoryShelf {
    fn find(&self, text: &str) -> Option<String> {
        let now = self.clock.now();
        let mut sounds = self.lock();
        let found = sounds.iter_mut().find(|(_, sound)| sound.text == text && now < sound.until);
        found.map(|(token, sound)| {
            sound.until = later(now, LIFE);
            token.clone()
        })
    }

    fn put(&self, text: &str, audio: Vec<u8>) -> String {
        let now = self.clock.now();
        let mut sounds = self.lock();
        sounds.retain(|_, sound| now < sound.until);
        if sounds.len() >= SOUNDS_MAX
            && let Some(first) =
                sounds.iter().min_by_key(|(_, sound)| sound.until).map(|(token, _)| token.clone())
        {
            sounds.remove(&first);
        }
        let token = HEXLOWER.encode(&rand::random::<[u8; 16]>());
        let sound = Sound { text: text.to_owned(), audio: audio.into(), until: later(now, LIFE) };
        sounds.insert(token.clone(), sound);
        token
    }

    fn get(&self, token: &str) -> Option<Bytes> {
        let now = self.clock.now();
        self.lock().get(token).filter(|sound| now < sound.until).map(|sound| sound.audio.clone())
    }
}

impl fmt::Debug for MemoryShelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryShelf").field("sounds", &self.lock().len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_lies_there_for_a_while_and_is_spoken_once() {
        let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
        let shelf = MemoryShelf::new(clock.clone());
        assert_eq!(shelf.find("db is down"), None);
        let token = shelf.put("db is down", vec![1, 2]);
        assert_eq!(token.len(), 32);
        assert_eq!(shelf.find("db is down").as_ref(), Some(&token));
        assert_eq!(shelf.get(&token).as_deref(), Some(&[1, 2][..]));
        assert_eq!(shelf.get("guessed"), None);
        assert!(!clock.advance_to(later(Timestamp::UNIX_EPOCH, LIFE)));
        assert_eq!((shelf.get(&token), shelf.find("db is down")), (None, None));
    }

    #[test]
    fn it_never_holds_more_than_its_bound() {
        let shelf = MemoryShelf::new(Clock::simulated(Timestamp::UNIX_EPOCH));
        for n in 0..SOUNDS_MAX + 5 {
            shelf.put(&format!("{n}"), Vec::new());
        }
        assert_eq!(shelf.lock().len(), SOUNDS_MAX);
    }
}
