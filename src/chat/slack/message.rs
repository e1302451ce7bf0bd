//! Which message a card is, and what is remembered of it: all of it may be forgotten.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::chat::lately::Lately;
use crate::clock::later;
use crate::domain::ids::{CardId, UserId};

/// Cards, threads and people remembered. More would only be asked for once again.
const REMEMBERED_MAX: usize = 10_000;
/// What ends the name of a message that tells of several cards.
const DIGEST: &str = "digest";
/// A card counts as changing for so long after an edit.
const CHANGING: Duration = Duration::from_secs(60);
/// A card that changes is edited at most this often.
const PAUSE_MIN: Duration = Duration::from_secs(2);

/// A message, with the channel it is in: `<channel>/<ts>` where it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct MessageRef {
    pub(super) channel: String,
    pub(super) ts: String,
    /// It tells of other cards too, and is no card's own.
    pub(super) is_digest: bool,
}

/// Not a message of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoMessage;

impl MessageRef {
    pub(super) fn new(channel: impl Into<String>, ts: impl Into<String>) -> Self {
        Self { channel: channel.into(), ts: ts.into(), is_digest: false }
    }
}

impl fmt::Display for MessageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.channel, self.ts)?;
        if self.is_digest { write!(f, "/{DIGEST}") } else { Ok(()) }
    }
}

impl FromStr for MessageRef {
    type Err = NoMessage;

    fn from_str(text: &str) -> Result<Self, NoMessage> {
        let (channel, rest) = text.split_once('/').ok_or(NoMessage)?;
        let (ts, is_digest) = rest.split_once('/').map_or((rest, false), |(ts, kind)| (ts, kind == DIGEST));
        if channel.is_empty() || ts.is_empty() {
            return Err(NoMessage);
        }
        Ok(Self { channel: channel.to_owned(), ts: ts.to_owned(), is_digest })
    }
}

/// An address at which one person can still be told something where they typed.
#[derive(Clone)]
pub(super) struct LateTicket {
    pub(super) url: String,
    /// The thread in which they pressed.
    pub(super) thread: Option<String>,
    pub(super) until: Timestamp,
}

/// What is remembered. After a restart it is found again, or done without.
#[derive(Debug)]
pub(super) struct Memory {
    /// The card that a message is.
    pub(super) cards: Lately<String, CardId>,
    /// The message that takes no more edits, until the next one is there.
    pub(super) worn_out: Lately<CardId, MessageRef>,
    /// Cards whose thread cannot be used, and that was said.
    pub(super) threadless: Lately<String, ()>,
    /// Lines that were said: one whose commit failed is not said again.
    pub(super) lines: Lately<String, ()>,
    pub(super) direct: Lately<UserId, String>,
    pub(super) tickets: Lately<(UserId, String), LateTicket>,
}

impl Memory {
    pub(super) fn new() -> Self {
        Self {
            cards: Lately::new(REMEMBERED_MAX),
            worn_out: Lately::new(REMEMBERED_MAX),
            threadless: Lately::new(REMEMBERED_MAX),
            lines: Lately::new(REMEMBERED_MAX),
            direct: Lately::new(REMEMBERED_MAX),
            tickets: Lately::new(REMEMBERED_MAX),
        }
    }
}

/// Which cards change: they share the edits that Slack allows in a minute.
#[derive(Debug, Default)]
pub(super) struct Changing(Mutex<HashMap<CardId, Timestamp>>);

impl Changing {
    /// A card was edited, and has not come to its end.
    pub(super) fn note(&self, card: &CardId, now: Timestamp) {
        let mut cards = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cards.retain(|_, at| later(*at, CHANGING) > now);
        if cards.len() < REMEMBERED_MAX {
            cards.insert(card.clone(), now);
        }
    }

    /// How long a card waits after an edit for the next one, so that all together stay within `most` in a minute, of
    /// which `used` went in the last one. While half of them are left, nobody waits for others.
    pub(super) fn pause(&self, now: Timestamp, used: usize, most: usize) -> Duration {
        if used * 2 < most {
            return PAUSE_MIN;
        }
        let mut cards = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cards.retain(|_, at| later(*at, CHANGING) > now);
        let share = u32::try_from(most.max(1)).unwrap_or(u32::MAX);
        let count = u32::try_from(cards.len()).unwrap_or(u32::MAX);
        (CHANGING / share).saturating_mul(count).clamp(PAUSE_MIN, CHANGING)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_back() {
        let message = MessageRef::new("C1", "1700000000.000100");
        assert_eq!(message.to_string().parse(), Ok(message.clone()));
        let digest = MessageRef { is_digest: true, ..message };
        assert_eq!(digest.to_string(), "C1/1700000000.000100/digest");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        for bad in ["", "C1", "C1/", "/1.2"] {
            assert_eq!(bad.parse::<MessageRef>(), Err(NoMessage), "{bad}");
        }
    }

    #[test]
    fn many_cards_share_the_edits_of_a_minute() {
        let (changing, at) = (Changing::default(), |s| Timestamp::from_second(s).unwrap());
        for n in 0..20 {
            changing.note(&CardId::new(format!("c{n}")), at(0));
        }
        assert_eq!(changing.pause(at(1), 10, 40), Duration::from_secs(2), "half of them are left");
        assert_eq!(changing.pause(at(1), 30, 40), Duration::from_secs(30), "20 cards, 40 edits a minute");
        assert_eq!(changing.pause(at(61), 30, 40), Duration::from_secs(2), "nothing changes any more");
    }
}
