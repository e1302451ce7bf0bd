//! Which message a card is, and what is remembered of it: all of it may be forgotten.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE32_NOPAD;
use serenity::all::{ApplicationId, ChannelId, InteractionId, MessageId};
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;

use super::super::lately::Lately;
use super::limits::NONCE_MAX;
use crate::clock::Clock;
use crate::domain::ids::{CardId, UserId};

/// Cards, threads and people remembered. More would only be asked for once again.
const REMEMBERED_MAX: usize = 10_000;
/// How long a card waits for the answer to its command to become its message.
const ANSWER_WAIT: Duration = Duration::from_secs(5);

/// A message, with the channel it is in: `<channel>/<message>` where it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct MessageRef {
    pub(super) channel: ChannelId,
    pub(super) message: MessageId,
}

/// Not a message of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoMessage;

impl fmt::Display for MessageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.channel, self.message)
    }
}

impl FromStr for MessageRef {
    type Err = NoMessage;

    fn from_str(text: &str) -> Result<Self, NoMessage> {
        let (channel, message) = text.split_once('/').ok_or(NoMessage)?;
        Ok(Self {
            channel: channel_id(channel).ok_or(NoMessage)?,
            message: MessageId::new(number(message).ok_or(NoMessage)?),
        })
    }
}

/// A channel's id; `None`: it is none.
pub(super) fn channel_id(text: &str) -> Option<ChannelId> {
    number(text).map(ChannelId::new)
}

/// An id of Discord's: never 0.
pub(super) fn number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|id| *id != 0)
}

/// Where the lines of a card go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LinesTo {
    /// Into this thread.
    Thread(ChannelId),
    /// Under the card, as replies: it is in a thread itself.
    Replies,
    /// The same, because the thread can't be used, and that was said.
    Beside,
}

/// A token by which one person can still be told something where they typed.
#[derive(Clone)]
pub(super) struct LateTicket {
    pub(super) application: ApplicationId,
    pub(super) token: String,
    pub(super) until: jiff::Timestamp,
}

/// What the answer to a command became.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// It is on its way.
    Awaited,
    /// A message, which is being written down.
    Found,
    /// This message.
    Is(MessageRef),
    /// No message that everyone sees.
    Nothing,
    /// It was waited for too long: the card has a message of its own.
    GivenUp,
}

/// What is remembered. After a restart it is asked of Discord again, or done without.
#[derive(Debug)]
pub(super) struct Memory {
    answers: Lately<CardId, Arc<watch::Sender<Answer>>>,
    /// Interactions that we answered, or tried to.
    taken: Lately<InteractionId, ()>,
    /// How often a card's message was given up: each has a nonce of its own.
    posts: Lately<CardId, u32>,
    /// The message that a new one replies to, because it takes no more edits.
    worn_out: Lately<CardId, MessageRef>,
    lines: Lately<String, LinesTo>,
    pub(super) direct: Lately<UserId, ChannelId>,
    pub(super) tickets: Lately<(UserId, String), LateTicket>,
}

/// Says what an answer became. Dropped unsaid, it became nothing.
pub(super) struct AnswerIs(Arc<watch::Sender<Answer>>);

impl AnswerIs {
    /// A message was found. `false`: too late, the card has another.
    pub(super) fn claim(&self) -> bool {
        self.0.send_if_modified(|answer| {
            let is_awaited = *answer == Answer::Awaited;
            if is_awaited {
                *answer = Answer::Found;
            }
            is_awaited
        })
    }

    /// The message that was found is written down.
    pub(super) fn tell(self, message: MessageRef) {
        self.0.send_replace(Answer::Is(message));
    }
}

impl Drop for AnswerIs {
    fn drop(&mut self) {
        self.0.send_if_modified(|answer| {
            let is_open = matches!(answer, Answer::Awaited | Answer::Found);
            if is_open {
                *answer = Answer::Nothing;
            }
            is_open
        });
    }
}

impl Memory {
    pub(super) fn new() -> Self {
        Self {
            answers: Lately::new(REMEMBERED_MAX),
            taken: Lately::new(REMEMBERED_MAX),
            posts: Lately::new(REMEMBERED_MAX),
            worn_out: Lately::new(REMEMBERED_MAX),
            lines: Lately::new(REMEMBERED_MAX),
            direct: Lately::new(REMEMBERED_MAX),
            tickets: Lately::new(REMEMBERED_MAX),
        }
    }

    /// The answer to a command may become the message of `card`. `None`: the command came before, and its first answer
    /// is the one.
    pub(super) fn expect(&self, card: &CardId) -> Option<AnswerIs> {
        if self.is_expected(card) {
            return None;
        }
        let answer = Arc::new(watch::Sender::new(Answer::Awaited));
        self.answers.put(card.clone(), Arc::clone(&answer));
        Some(AnswerIs(answer))
    }

    /// Whether the card's command came to this life of ours.
    pub(super) fn is_expected(&self, card: &CardId) -> bool {
        self.answers.get(card).is_some()
    }

    /// The message that the answer to the card's command became, once that is known.
    pub(super) async fn answer(&self, card: &CardId, clock: &Clock) -> Option<MessageRef> {
        let answer = self.answers.get(card)?;
        let mut news = answer.subscribe();
        // Whoever answers is busy; we only wait.
        let _excused = clock.excuse();
        let known = |answer: &Answer| !matches!(answer, Answer::Awaited | Answer::Found);
        if clock.timeout(ANSWER_WAIT, news.wait_for(known)).await.is_err() {
            answer.send_if_modified(|answer| {
                let is_awaited = *answer == Answer::Awaited;
                if is_awaited {
                    *answer = Answer::GivenUp;
                }
                is_awaited
            });
            // It was found at the last moment: a commit is all that is left.
            let _written = clock.timeout(ANSWER_WAIT, news.wait_for(known)).await;
        }
        match *answer.borrow() {
            Answer::Is(message) => Some(message),
            _ => None,
        }
    }

    /// Whether this interaction is answered for the first time.
    pub(super) fn is_first(&self, interaction: InteractionId) -> bool {
        self.taken.put(interaction, ())
    }

    /// Whether a message of the card was ever given up.
    pub(super) fn is_given_up(&self, card: &CardId) -> bool {
        self.posts.get(card).is_some()
    }

    /// The message of `card` is given up: the next one is another, and replies to it if it is still to be seen.
    pub(super) fn give_up(&self, card: &CardId, worn_out: Option<MessageRef>) {
        if let Some(answer) = self.answers.get(card) {
            answer.send_replace(Answer::GivenUp);
        }
        self.posts.put(card.clone(), self.posts.get(card).unwrap_or_default() + 1);
        if let Some(message) = worn_out {
            self.worn_out.put(card.clone(), message);
        }
    }

    /// What the next message of `card` replies to.
    pub(super) fn replies_to(&self, card: &CardId) -> Option<MessageRef> {
        self.worn_out.get(card)
    }

    /// The new message is there: nothing has to be replied to any more.
    pub(super) fn replied(&self, card: &CardId) -> Option<MessageRef> {
        self.worn_out.take(card)
    }

    /// The nonce of the card's next message: the same try never makes two.
    pub(super) fn nonce(&self, card: &CardId) -> String {
        nonce(&["card", card.as_str(), &self.posts.get(card).unwrap_or_default().to_string()])
    }

    pub(super) fn lines(&self, message: MessageRef) -> Option<LinesTo> {
        self.lines.get(&message.to_string())
    }

    pub(super) fn lines_go(&self, message: MessageRef, to: LinesTo) {
        self.lines.put(message.to_string(), to);
    }
}

/// A nonce that the same words always have: 120 bits, in as many characters as Discord takes.
pub(super) fn nonce(words: &[&str]) -> String {
    let mut hash = Sha256::new();
    for word in words {
        hash.update(word.len().to_be_bytes());
        hash.update(word.as_bytes());
    }
    let mut text = BASE32_NOPAD.encode(&hash.finalize()[..15]).to_ascii_lowercase();
    text.truncate(NONCE_MAX);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_back() {
        let message = MessageRef { channel: ChannelId::new(7), message: MessageId::new(9) };
        assert_eq!(message.to_string().parse(), Ok(message));
        for bad in ["", "7", "7/", "0/9", "7/0", "a/b"] {
            assert_eq!(bad.parse::<MessageRef>(), Err(NoMessage), "{bad}");
        }
    }

    #[test]
    fn a_nonce_fits_and_differs_where_it_should() {
        assert!(nonce(&["card", "c1", "0"]).len() <= NONCE_MAX);
        assert_ne!(nonce(&["a", "bc"]), nonce(&["ab", "c"]));
        let (memory, card) = (Memory::new(), CardId::new("c1"));
        let first = memory.nonce(&card);
        assert_eq!(memory.nonce(&card), first);
        memory.give_up(&card, None);
        assert_ne!(memory.nonce(&card), first);
    }

    #[tokio::test]
    async fn an_answer_that_became_nothing_is_not_waited_for() {
        let (memory, clock) = (Memory::new(), Clock::simulated(jiff::Timestamp::UNIX_EPOCH));
        let (card, message) =
            (CardId::new("c1"), MessageRef { channel: ChannelId::new(7), message: MessageId::new(9) });
        assert_eq!(memory.answer(&card, &clock).await, None);
        drop(memory.expect(&CardId::new("c0")).unwrap());
        assert_eq!(memory.answer(&CardId::new("c0"), &clock).await, None);
        let answer = memory.expect(&card).unwrap();
        assert!(memory.expect(&card).is_none(), "the first answer is the one");
        assert!(answer.claim());
        answer.tell(message);
        assert_eq!(memory.answer(&card, &clock).await, Some(message));
        memory.give_up(&card, Some(message));
        assert_eq!((memory.answer(&card, &clock).await, memory.replies_to(&card)), (None, Some(message)));
    }

    #[tokio::test]
    async fn an_answer_that_was_waited_for_too_long_is_not_the_card_any_more() {
        let (memory, clock) = (Memory::new(), Clock::simulated(jiff::Timestamp::UNIX_EPOCH));
        let card = CardId::new("c1");
        let answer = memory.expect(&card).unwrap();
        let waits = memory.answer(&card, &clock);
        let moves = async {
            tokio::task::yield_now().await;
            assert!(clock.advance_to(jiff::Timestamp::from_second(5).unwrap()));
        };
        assert_eq!(futures_util::join!(waits, moves).0, None);
        assert!(!answer.claim(), "the card has a message of its own");
    }
}
