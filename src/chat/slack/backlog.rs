//! What waits to be posted in a channel. A long wait is bounded by meaning: calls that are over by then are told together.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

use super::Slack;
use super::message::MessageRef;
use super::render::shown;
use crate::chat::turns::Urgency;
use crate::clock::later;
use crate::domain::report::{Card, digest_of};
use crate::ports::{ChatError, Posted};

/// Cards that wait in one channel, each to be posted as its own message.
const WAITING_MAX: usize = 50;
/// How long more are waited for, before those that are told together are told.
const GATHER: Duration = Duration::from_secs(3);
/// How long one that is told with others waits for them: as long as a last state may take, and the gathering.
const TOLD_WITHIN: Duration = Duration::from_secs(90);
/// How long a message that tells of several cards takes in more of them.
const OPEN_FOR: Duration = Duration::from_secs(600);

/// The channels in which something waits.
#[derive(Debug, Default)]
pub(super) struct Backlog(Arc<Mutex<HashMap<String, Waiting>>>);

#[derive(Debug, Default)]
struct Waiting {
    /// Cards that wait for their turn.
    count: usize,
    /// What the digest says so far, and where it is.
    lines: Vec<String>,
    posted: Option<(MessageRef, Timestamp)>,
    /// The ones that are being gathered; each is told what became of them.
    gathering: Option<watch::Sender<Option<Told>>>,
}

type Told = Result<MessageRef, ChatError>;

/// One card that waits, until it is dropped.
#[derive(Debug)]
pub(super) struct Waits {
    backlog: Arc<Mutex<HashMap<String, Waiting>>>,
    channel: String,
    before: usize,
}

impl Waits {
    pub(super) const fn is_too_long(&self) -> bool {
        self.before >= WAITING_MAX
    }
}

impl Drop for Waits {
    fn drop(&mut self) {
        let mut channels = self.backlog.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(waiting) = channels.get_mut(&self.channel) else { return };
        waiting.count = waiting.count.saturating_sub(1);
        if waiting.count == 0 && waiting.gathering.is_none() && waiting.posted.is_none() {
            channels.remove(&self.channel);
        }
    }
}

impl Backlog {
    /// One more card waits in `channel`.
    pub(super) fn enter(&self, channel: &str) -> Waits {
        let mut channels = self.lock();
        let waiting = channels.entry(channel.to_owned()).or_default();
        let before = waiting.count;
        waiting.count += 1;
        Waits { backlog: Arc::clone(&self.0), channel: channel.to_owned(), before }
    }

    /// Adds a line to what is gathered. Returns whether the caller is the first, and has to tell it.
    fn gather(&self, channel: &str, line: String, now: Timestamp) -> (bool, watch::Receiver<Option<Told>>) {
        let mut channels = self.lock();
        let waiting = channels.entry(channel.to_owned()).or_default();
        if waiting.posted.as_ref().is_some_and(|(_, at)| later(*at, OPEN_FOR) < now) {
            (waiting.posted, waiting.lines) = (None, Vec::new());
        }
        waiting.lines.push(line);
        match &waiting.gathering {
            Some(sender) => (false, sender.subscribe()),
            None => {
                let (sender, told) = watch::channel(None);
                waiting.gathering = Some(sender);
                (true, told)
            }
        }
    }

    /// What is to be said now, and where it was said before. From here on others gather anew.
    fn close(&self, channel: &str) -> (Vec<String>, Option<MessageRef>, Option<watch::Sender<Option<Told>>>) {
        let mut channels = self.lock();
        let waiting = channels.entry(channel.to_owned()).or_default();
        let before = waiting.posted.as_ref().map(|(message, _)| message.clone());
        (waiting.lines.clone(), before, waiting.gathering.take())
    }

    fn posted(&self, channel: &str, message: &MessageRef, now: Timestamp) {
        self.lock().entry(channel.to_owned()).or_default().posted = Some((message.clone(), now));
    }

    /// The digest could not be said: whoever was in it tries again.
    fn failed(&self, channel: &str) {
        if let Some(waiting) = self.lock().get_mut(channel) {
            (waiting.posted, waiting.lines, waiting.gathering) = (None, Vec::new(), None);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slack {
    /// Tells of a card that came to its end while too many waited, together with others.
    pub(super) async fn digest(&self, channel: &str, card: &Card) -> Result<Posted, ChatError> {
        let line = format!("{} ({})", card.text.lines().next().unwrap_or_default(), card.id);
        let (is_first, mut told) = self.backlog.gather(channel, line, self.clock.now());
        if is_first {
            self.tell_digest(channel).await;
        }
        let excused = self.clock.excuse();
        let said = self.clock.timeout(TOLD_WITHIN, told.wait_for(Option::is_some)).await;
        drop(excused);
        let said = said.ok().and_then(|said| said.ok()?.clone());
        let message = said.unwrap_or_else(|| {
            self.backlog.failed(channel);
            Err(ChatError::Temporary("whoever was to tell it did not".to_owned()))
        })?;
        Ok(Posted { message: message.to_string(), is_new: true })
    }

    async fn tell_digest(&self, channel: &str) {
        self.clock.sleep_for_waiter(later(self.clock.now(), GATHER)).await;
        let (lines, before, sender) = self.backlog.close(channel);
        let shown = shown(&digest_of(&lines), None, &[]);
        let done = match &before {
            Some(message) => self.edit(Urgency::End, message, shown).await.map(|()| message.clone()),
            None => self.post(Urgency::End, (channel, None), shown).await,
        };
        let told = match done {
            Ok(message) => {
                let message = MessageRef { is_digest: true, ..message };
                self.backlog.posted(channel, &message, self.clock.now());
                Ok(message)
            }
            Err(error) => {
                self.backlog.failed(channel);
                Err(error.into())
            }
        };
        if let Some(sender) = sender {
            sender.send_replace(Some(told));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fifty_first_waits_too_long_and_nothing_is_kept_of_a_free_channel() {
        let backlog = Backlog::default();
        let waits: Vec<Waits> = (0..=WAITING_MAX).map(|_| backlog.enter("C1")).collect();
        assert!(waits[..WAITING_MAX].iter().all(|one| !one.is_too_long()));
        assert!(waits[WAITING_MAX].is_too_long() && !backlog.enter("C2").is_too_long());
        drop(waits);
        assert!(backlog.lock().is_empty());
    }

    #[test]
    fn the_first_tells_for_all() {
        let (backlog, now) = (Backlog::default(), Timestamp::UNIX_EPOCH);
        let (first, _) = backlog.gather("C1", "a".into(), now);
        let (second, told) = backlog.gather("C1", "b".into(), now);
        assert!(first && !second);
        let (lines, before, sender) = backlog.close("C1");
        assert_eq!((lines, before), (vec!["a".to_owned(), "b".to_owned()], None));
        let message = MessageRef { is_digest: true, ..MessageRef::new("C1", "1.2") };
        backlog.posted("C1", &message, now);
        sender.unwrap().send_replace(Some(Ok(message.clone())));
        assert_eq!(*told.borrow(), Some(Ok(message.clone())));
        let (again, _) = backlog.gather("C1", "c".into(), now);
        let (lines, before, _) = backlog.close("C1");
        assert_eq!((again, lines.len(), before), (true, 3, Some(message)), "later ones are added to it");
        let much_later = later(now, OPEN_FOR * 2);
        backlog.gather("C1", "d".into(), much_later);
        assert_eq!(backlog.close("C1").0, ["d"]);
    }
}
