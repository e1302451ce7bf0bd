//! Carries out effects: which use case does what a row asks for.

use std::time::Duration;

use jiff::Timestamp;

use super::Context;
use super::backoff::pause;
use super::dial::done;
use super::report::Reported;
use crate::clock::later;
use crate::domain::change::{Change, Effect, EffectRow};
use crate::domain::report::Card;
use crate::ports::{ChatError, Priority, StoreError, pass};

/// Pause before a chat that could not take a message is tried again; it doubles.
const CHAT_PAUSE_FIRST: Duration = Duration::from_secs(1);
/// The longest such pause.
const CHAT_PAUSE_MAX: Duration = Duration::from_secs(60);
/// A small message that could not be delivered so often is given up: it is some four hours old by then, and chats that are
/// away for longer are in the news.
const SMALL_TRIES_MAX: u32 = 300;

impl Context {
    /// Carries out one effect. What is to be done later is stored so, and handed over like anything new.
    ///
    /// # Errors
    /// When the store failed; the row is still there then.
    pub async fn carry_out(&self, row: &EffectRow) -> Result<(), StoreError> {
        pass(&*self.steps, "effect.before").await;
        match &row.effect {
            Effect::Dial(id) => self.dial(row, id, Priority::AdHoc).await,
            Effect::DialForPage(id) => self.dial(row, id, Priority::Page).await,
            Effect::EndCall(id) => self.end_call(row, id).await,
            Effect::Advance(id) => self.advance(id, done(row)).await,
            Effect::Speak(id) => self.speak(row, id).await,
            Effect::StartFeed(id) => self.start_feed(row, id).await,
            Effect::RestartFeed(id) => self.restart_feed(row, id).await,
            Effect::StopFeed(id) => self.stop_feed(row, id).await,
            Effect::Report { card, .. } => match self.report(row, card).await? {
                Reported::Done => Ok(()),
                Reported::Later(why) => self.chat_later(row, &why).await,
                Reported::Again(due) => {
                    let mut change = Change::default();
                    change.act(row.effect.clone(), due);
                    self.commit(change).await
                }
            },
            Effect::TakeDown { place, message, .. } => {
                let Some(chat) = self.chats.get(&place.chat) else { return self.commit(done(row)).await };
                self.sent(row, chat.remove_card(place, message).await).await
            }
            Effect::Pin { place, message, .. } => {
                let Some(chat) = self.chats.get(&place.chat) else { return self.commit(done(row)).await };
                self.sent(row, chat.pin(place, message).await).await
            }
            Effect::Tell { card, place, text } => {
                let Some(chat) = self.chats.get(&place.chat) else { return self.commit(done(row)).await };
                let card = Card { id: card.clone(), text: text.clone(), buttons: Vec::new(), state: None };
                self.sent(row, chat.post_card(place, &card).await.map(|_| ())).await
            }
            Effect::Post { webhook, page } => self.post(row, (webhook, page)).await,
            Effect::Whisper { key, place, to, said } => {
                let Some(chat) = self.chats.get(&place.chat) else { return self.commit(done(row)).await };
                self.sent(row, chat.whisper(key, place, to, said).await).await
            }
        }
    }

    /// Stores what became of a small message.
    async fn sent(&self, row: &EffectRow, answer: Result<(), ChatError>) -> Result<(), StoreError> {
        match answer {
            Ok(()) | Err(ChatError::Gone) => self.commit(done(row)).await,
            Err(ChatError::NotBefore(due)) => {
                let mut change = Change::default();
                change.act(row.effect.clone(), due);
                self.commit(change).await
            }
            Err(ChatError::Temporary(why)) if row.attempts < SMALL_TRIES_MAX => {
                self.chat_later(row, &why).await
            }
            Err(error) => {
                tracing::warn!(effect = row.effect.id(), %error, "a message could not be delivered");
                self.commit(done(row)).await
            }
        }
    }

    async fn chat_later(&self, row: &EffectRow, why: &str) -> Result<(), StoreError> {
        let due = self.chat_pause(row.attempts);
        tracing::info!(queue = row.effect.queue(), why, %due, "the chat is tried again later");
        let mut change = Change::default();
        change.effects.push(EffectRow { due, attempts: row.attempts + 1, lease: None, ..row.clone() });
        self.commit(change).await
    }

    fn chat_pause(&self, attempts: u32) -> Timestamp {
        later(self.clock.now(), pause(CHAT_PAUSE_FIRST, CHAT_PAUSE_MAX, attempts))
    }
}
