//! A long wait is bounded by meaning: calls that are over before their turn comes are told together.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

use super::Slack;
use super::api::{ApiError, Meaning};
use super::limits::cut;
use super::message::MessageRef;
use super::render::shown;
use crate::chat::turns::Urgency;
use crate::clock::later;
use crate::domain::report::{Card, DIGEST_LINES_MAX, digest_of};
use crate::ports::{ChatError, Posted};

/// How long more are waited for, before those that are told together are told.
const GATHER: Duration = Duration::from_secs(3);
/// How long one that is told with others waits for them: as long as a last state may take, and the gathering.
const TOLD_WITHIN: Duration = Duration::from_secs(90);
/// Of a call's line in it, in characters: with their ids a hundred fit into one message.
const LINE_MAX: usize = 95;
/// How long a message that tells of several cards takes in more of them.
const OPEN_FOR: Duration = Duration::from_secs(600);

/// What is told together, by channel.
#[derive(Debug, Default)]
pub(super) struct Backlog(Mutex<HashMap<String, Gathered>>);

#[derive(Debug, Default)]
struct Gathered {
    /// The message that told of several last, and all that it says.
    last: Option<Digest>,
    /// Those that are being gathered, oldest first. Who began one tells it.
    rounds: Vec<Round>,
    /// Rounds so far.
    number: u64,
    /// Whoever has it tells: the next one builds on what the message says then.
    turn: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Debug, Clone)]
struct Digest {
    message: MessageRef,
    at: Timestamp,
    lines: Vec<String>,
}

#[derive(Debug)]
struct Round {
    number: u64,
    lines: Vec<String>,
    /// Each is told what became of it.
    told: watch::Sender<Option<Told>>,
}

type Told = Result<MessageRef, ChatError>;

impl Backlog {
    /// Adds a line to what is gathered. Returns the number of the round that the caller has begun, and has to tell.
    fn gather(&self, channel: &str, line: String) -> (Option<u64>, watch::Receiver<Option<Told>>) {
        let mut channels = self.lock();
        let waiting = channels.entry(channel.to_owned()).or_default();
        if let Some(round) = waiting.rounds.last_mut().filter(|round| round.lines.len() < DIGEST_LINES_MAX) {
            round.lines.push(line);
            return (None, round.told.subscribe());
        }
        waiting.number += 1;
        let (told, receiver) = watch::channel(None);
        waiting.rounds.push(Round { number: waiting.number, lines: vec![line], told });
        (Some(waiting.number), receiver)
    }

    /// The right to tell in a channel.
    fn turn(&self, channel: &str) -> Arc<tokio::sync::Mutex<()>> {
        Arc::clone(&self.lock().entry(channel.to_owned()).or_default().turn)
    }

    /// Ends a round. Returns it, and the message that has room for it.
    fn close(&self, channel: &str, number: u64, now: Timestamp) -> Option<(Round, Option<Digest>)> {
        let mut channels = self.lock();
        let waiting = channels.get_mut(channel)?;
        let at = waiting.rounds.iter().position(|round| round.number == number)?;
        let round = waiting.rounds.remove(at);
        let has_room = |digest: &&Digest| {
            later(digest.at, OPEN_FOR) >= now && digest.lines.len() + round.lines.len() <= DIGEST_LINES_MAX
        };
        let digest = waiting.last.as_ref().filter(has_room).cloned();
        Some((round, digest))
    }

    /// What the newest message says now; `None`: it may be gone, and no more is added to it.
    fn told(&self, channel: &str, digest: Option<Digest>) {
        self.lock().entry(channel.to_owned()).or_default().last = digest;
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Gathered>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slack {
    /// Tells of a card that came to its end while too many waited, together with others.
    async fn digest(&self, channel: &str, card: &Card) -> Result<Posted, ChatError> {
        let first = cut(card.text.lines().next().unwrap_or_default(), LINE_MAX);
        let (begun, mut told) = self.backlog.gather(channel, format!("{first} ({})", card.id));
        if let Some(number) = begun {
            self.tell_digest(channel, number).await;
        }
        let excused = self.clock.excuse();
        let said = self.clock.timeout(TOLD_WITHIN, told.wait_for(Option::is_some)).await;
        drop(excused);
        let said = said.ok().and_then(|said| said.ok()?.clone());
        let message =
            said.unwrap_or_else(|| Err(ChatError::Temporary("whoever was to tell it did not".to_owned())))?;
        Ok(Posted { message: message.to_string(), is_new: true })
    }

    async fn tell_digest(&self, channel: &str, number: u64) {
        let ending = Ending { backlog: &self.backlog, channel, number };
        self.clock.sleep_for_waiter(later(self.clock.now(), GATHER)).await;
        let (turn, excused) = (self.backlog.turn(channel), self.clock.excuse());
        let _turn = turn.lock().await;
        drop(excused);
        let Some((round, before)) = self.backlog.close(channel, number, self.clock.now()) else { return };
        drop(ending);
        let told = match self.digest_with(channel, before, round.lines).await {
            Ok(digest) => {
                let message = digest.message.clone();
                self.backlog.told(channel, Some(digest));
                Ok(message)
            }
            Err(error) => {
                self.backlog.told(channel, None);
                Err(error.into())
            }
        };
        round.told.send_replace(Some(told));
    }

    /// Adds `more` to the message that told of several before; one that is not there any more, or takes no more edits, is
    /// followed by another.
    async fn digest_with(
        &self,
        channel: &str,
        before: Option<Digest>,
        more: Vec<String>,
    ) -> Result<Digest, ApiError> {
        if let Some(mut digest) = before {
            digest.lines.extend(more.iter().cloned());
            let shown = shown(&digest_of(&digest.lines), None, &[]);
            match self.edit(Urgency::End, &digest.message, shown).await {
                Ok(()) => return Ok(digest),
                Err(error) if matches!(error.meaning(), Meaning::Gone | Meaning::WornOut) => {}
                Err(error) => return Err(error),
            }
        }
        let shown = shown(&digest_of(&more), None, &[]);
        let message = self.post((Urgency::End, None), (channel, None), shown).await?;
        let message = MessageRef { is_digest: true, ..message };
        Ok(Digest { message, at: self.clock.now(), lines: more })
    }

    /// Tells of a card together with others. It keeps its place until that is done.
    pub(super) async fn told_together(&self, channel: &str, card: &Card) -> Result<Posted, ChatError> {
        let (key, done) = (card.id.as_str(), self.digest(channel, card).await);
        if let Err(ChatError::Temporary(_)) = &done {
            let pace = (self.settings.pace.post_every, self.clock.now());
            return Err(ChatError::NotBefore(self.line_up.failed((channel, key), None, pace)));
        }
        self.line_up.served(channel, key);
        done
    }
}

/// A round whose teller was given up ends with them: the others try again.
struct Ending<'a> {
    backlog: &'a Backlog,
    channel: &'a str,
    number: u64,
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        let _round = self.backlog.close(self.channel, self.number, Timestamp::UNIX_EPOCH);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(lines: &[&str], at: Timestamp) -> Digest {
        let message = MessageRef { is_digest: true, ..MessageRef::new("C1", "1.2") };
        Digest { message, at, lines: lines.iter().map(|line| (*line).to_owned()).collect() }
    }

    #[test]
    fn the_first_tells_for_all_and_later_ones_are_added() {
        let (backlog, now) = (Backlog::default(), Timestamp::UNIX_EPOCH);
        let (first, _) = backlog.gather("C1", "a".into());
        let (second, told) = backlog.gather("C1", "b".into());
        assert_eq!((first, second), (Some(1), None));
        let (round, before) = backlog.close("C1", 1, now).unwrap();
        assert_eq!((round.lines, before.is_none()), (vec!["a".to_owned(), "b".to_owned()], true));
        let posted = digest(&["a", "b"], now);
        backlog.told("C1", Some(posted.clone()));
        round.told.send_replace(Some(Ok(posted.message.clone())));
        assert_eq!(*told.borrow(), Some(Ok(posted.message)));
        assert_eq!(backlog.gather("C1", "c".into()).0, Some(2));
        assert_eq!(backlog.close("C1", 2, now).unwrap().1.unwrap().lines, ["a", "b"]);
        backlog.gather("C1", "d".into());
        assert!(backlog.close("C1", 3, later(now, OPEN_FOR * 2)).unwrap().1.is_none(), "that one is old");
    }

    #[test]
    fn a_full_message_is_followed_by_another_and_a_failed_round_takes_no_other_with_it() {
        let (backlog, now) = (Backlog::default(), Timestamp::UNIX_EPOCH);
        let begun: Vec<u64> =
            (0..=DIGEST_LINES_MAX).filter_map(|n| backlog.gather("C1", n.to_string()).0).collect();
        assert_eq!(begun, [1, 2]);
        assert_eq!(backlog.close("C1", 1, now).unwrap().0.lines.len(), DIGEST_LINES_MAX);
        backlog.told("C1", None);
        let (_, waits) = backlog.gather("C1", "x".into());
        assert_eq!(backlog.close("C1", 2, now).unwrap().0.lines, [DIGEST_LINES_MAX.to_string(), "x".into()]);
        assert!(waits.has_changed().is_err(), "a round that ends untold tells those who wait");
        assert!(backlog.close("C1", 2, now).is_none(), "nothing is told twice, or of nobody");
    }
}
