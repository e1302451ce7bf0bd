//! The desk's channel: what a chat platform would keep of us.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::domain::call::CallState;
use crate::domain::ids::CardId;
use crate::domain::inbound::Receipt;
use crate::domain::report::{Button, Card};
use crate::journal::{Journal, JournalError};
use crate::ports::{Line, Posted};

/// Most cards kept. The oldest go first, as in a channel that nobody scrolls back.
const CARDS_MAX: usize = 50_000;
/// Most private notes kept for a person.
const NOTES_MAX: usize = 50;

/// A posted message.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Message {
    pub(super) seq: u64,
    pub(super) at: Timestamp,
    pub(super) id: String,
    pub(super) text: String,
    pub(super) buttons: Vec<Button>,
    pub(super) state: Option<CallState>,
    pub(super) thread: Vec<Said>,
}

/// A line of a thread.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Said {
    pub(super) key: String,
    pub(super) at: Timestamp,
    pub(super) text: String,
}

/// Something said to one person alone.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Note {
    at: Timestamp,
    text: String,
    /// Whose buttons these are.
    card: Option<CardId>,
    buttons: Vec<String>,
}

impl Note {
    pub(super) fn new(said: &Receipt, at: Timestamp) -> Self {
        let buttons = said.buttons.iter().map(|button| button.label().to_owned()).collect();
        Self { at, text: said.text.clone(), card: said.card.clone(), buttons }
    }
}

#[derive(Debug, Default)]
struct Kept {
    next_seq: u64,
    order: BTreeMap<u64, String>,
    cards: HashMap<String, Message>,
    notes: HashMap<String, VecDeque<Note>>,
}

/// The channel. Survives `kill -9` when it has a file.
pub struct Channel {
    kept: Mutex<Kept>,
    journal: Journal,
    changed: watch::Sender<u64>,
}

/// The message is not there any more, or never was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gone;

impl Channel {
    /// Opens the channel kept in `file`, or one in memory.
    ///
    /// # Errors
    /// When the file can't be read or written.
    pub fn open(file: Option<&Path>) -> Result<Self, JournalError> {
        let (journal, left) = Journal::open::<Message>(file, "message")?;
        let mut kept = Kept::default();
        for (id, posted) in left {
            kept.next_seq = kept.next_seq.max(posted.seq + 1);
            kept.order.insert(posted.seq, id.clone());
            kept.cards.insert(id, posted);
        }
        Ok(Self { kept: Mutex::new(kept), journal, changed: watch::Sender::new(0) })
    }

    /// Told whenever something in the channel changed.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    pub(super) fn post(&self, card: &Card, at: Timestamp) -> Posted {
        let id = card.id.to_string();
        let mut kept = self.lock();
        if kept.cards.contains_key(&id) {
            return Posted { message: id, is_new: false };
        }
        let seq = kept.next_seq;
        kept.next_seq += 1;
        let posted = Message {
            seq,
            at,
            id: id.clone(),
            text: card.text.clone(),
            buttons: card.buttons.clone(),
            state: card.state,
            thread: Vec::new(),
        };
        self.write(&posted);
        kept.order.insert(seq, id.clone());
        kept.cards.insert(id.clone(), posted);
        self.drop_oldest(&mut kept);
        drop(kept);
        self.bump();
        Posted { message: id, is_new: true }
    }

    pub(super) fn edit(&self, id: &str, card: &Card) -> Result<(), Gone> {
        self.change(id, |posted| {
            posted.text.clone_from(&card.text);
            posted.buttons.clone_from(&card.buttons);
            posted.state = card.state;
        })
    }

    pub(super) fn say(&self, id: &str, line: &Line) -> Result<(), Gone> {
        self.change(id, |posted| {
            if posted.thread.iter().all(|said| said.key != line.key) {
                posted.thread.push(Said { key: line.key.clone(), at: line.at, text: line.text.clone() });
            }
        })
    }

    /// Deletes a message, as a person or the bot may.
    pub(super) fn delete(&self, id: &str) -> Result<(), Gone> {
        let mut kept = self.lock();
        let message = kept.cards.remove(id).ok_or(Gone)?;
        kept.order.remove(&message.seq);
        self.journal.remove(id);
        drop(kept);
        self.bump();
        Ok(())
    }

    pub(super) fn whisper(&self, to: &str, note: Note) {
        let mut kept = self.lock();
        let notes = kept.notes.entry(to.to_owned()).or_default();
        notes.push_back(note);
        if notes.len() > NOTES_MAX {
            notes.pop_front();
        }
        drop(kept);
        self.bump();
    }

    /// The newest `limit` messages, oldest of them first, and how many there are before them.
    pub(super) fn newest(&self, limit: usize) -> (Vec<Message>, usize) {
        let kept = self.lock();
        let newest = kept.order.values().rev().filter_map(|id| kept.cards.get(id));
        let mut shown: Vec<Message> = newest.take(limit).cloned().collect();
        shown.reverse();
        let more = kept.order.len().saturating_sub(shown.len());
        (shown, more)
    }

    pub(super) fn notes(&self, person: &str) -> Vec<Note> {
        self.lock().notes.get(person).map(|notes| notes.iter().cloned().collect()).unwrap_or_default()
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut Message)) -> Result<(), Gone> {
        let mut kept = self.lock();
        let posted = kept.cards.get_mut(id).ok_or(Gone)?;
        change(posted);
        self.write(posted);
        drop(kept);
        self.bump();
        Ok(())
    }

    fn drop_oldest(&self, kept: &mut Kept) {
        while kept.order.len() > CARDS_MAX {
            let Some((_, id)) = kept.order.pop_first() else { return };
            kept.cards.remove(&id);
            self.journal.remove(&id);
        }
    }

    fn write(&self, posted: &Message) {
        self.journal.put(&posted.id, posted);
    }

    fn bump(&self) {
        self.changed.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("desk.db");
        let card = |id: &str, text: &str| Card {
            id: CardId::new(id),
            text: text.to_owned(),
            buttons: vec![Button::HangUp],
            state: Some(CallState::Ringing),
        };
        let channel = Channel::open(Some(&file)).unwrap();
        for id in ["c1", "c2"] {
            assert!(channel.post(&card(id, "rings"), Timestamp::UNIX_EPOCH).is_new);
        }
        channel.edit("c1", &card("c1", "talks")).unwrap();
        let line = Line {
            key: "1".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            text: "jack answered.".to_owned(),
            title: String::new(),
            beside: false,
        };
        channel.say("c1", &line).unwrap();
        channel.delete("c2").unwrap();
        drop(channel);
        let channel = Channel::open(Some(&file)).unwrap();
        let (shown, more) = channel.newest(9);
        assert_eq!((shown.len(), more), (1, 0));
        assert_eq!((shown[0].text.as_str(), shown[0].thread[0].text.as_str()), ("talks", "jack answered."));
        assert!(!channel.post(&card("c1", "rings"), Timestamp::UNIX_EPOCH).is_new, "it is known");
    }
}
