//! Threads under cards: opened for the first line, used, and done without where they can't be.

use serde::Serialize;
use serde::de::IgnoredAny;
use serenity::all::ChannelId;
use serenity::http::{LightMethod, Route};

use super::Discord;
use super::client::{Opened, Post};
use super::limits::{THREAD_NAME_MAX, cut};
use super::message::{LinesTo, MessageRef, channel_id, nonce};
use super::render::shown;
use super::rest::{RestError, Urgency, with_body};
use crate::domain::report::{Place, goes_on_below, no_thread};
use crate::ports::{ChatError, Line};

/// Minutes without a line after which Discord puts a thread away: a day, one of the values that it takes.
const ARCHIVE_AFTER_MIN: u16 = 1_440;

impl Discord {
    /// Where the lines of a card go; a thread is opened for the first of them.
    pub(super) async fn lines_to(
        &self,
        place: &Place,
        card: MessageRef,
        line: &Line,
    ) -> Result<LinesTo, ChatError> {
        if place.thread.as_deref().and_then(channel_id) == Some(card.channel) {
            // The card is in a thread itself.
            return Ok(LinesTo::Replies);
        }
        if line.beside {
            return Ok(LinesTo::Beside);
        }
        if let Some(known) = self.memory.lines(card) {
            return Ok(known);
        }
        match self.open_thread(card, &line.title).await {
            Ok(thread) => {
                self.memory.lines_go(card, LinesTo::Thread(thread));
                Ok(LinesTo::Thread(thread))
            }
            Err(error) if error.is_gone() || error.is_temporary() => Err(error.into()),
            Err(error) => self.no_thread(card, &error).await,
        }
    }

    async fn open_thread(&self, card: MessageRef, title: &str) -> Result<ChannelId, RestError> {
        #[derive(Serialize)]
        struct Thread {
            name: String,
            auto_archive_duration: u16,
        }
        let name = cut(title, THREAD_NAME_MAX);
        let thread = Thread { name, auto_archive_duration: ARCHIVE_AFTER_MIN };
        let MessageRef { channel: channel_id, message: message_id } = card;
        let route = Route::ChannelMessageThreads { channel_id, message_id };
        match self.rest.send::<Opened>(Urgency::News, with_body(route, LightMethod::Post, &thread)).await {
            Ok(opened) => Ok(opened.id),
            // A try of ours whose answer was lost, or somebody else's: a message's thread has its id.
            Err(error) if error.has_thread() => Ok(ChannelId::new(message_id.get())),
            Err(error) => Err(error),
        }
    }

    /// Says once, under the card, why its thread can't be used.
    pub(super) async fn no_thread(&self, card: MessageRef, why: &RestError) -> Result<LinesTo, ChatError> {
        tracing::warn!(message = %card, error = %why, "a card has no thread; its lines go under it");
        let nonce = nonce(&["no thread", &card.to_string()]);
        let post = Post::new(shown(&no_thread(&why.to_string()), None, &[]), &nonce).reply_to(Some(card));
        self.post(Urgency::News, card.channel, &post).await?;
        self.memory.lines_go(card, LinesTo::Beside);
        Ok(LinesTo::Beside)
    }

    pub(super) async fn say(&self, card: MessageRef, to: LinesTo, line: &Line) -> Result<(), RestError> {
        let nonce = nonce(&["line", &card.to_string(), &line.key]);
        let post = Post::new(shown(&line.text, None, &[]), &nonce);
        let (channel, post) = match to {
            LinesTo::Thread(thread) => (thread, post),
            LinesTo::Replies | LinesTo::Beside => (card.channel, post.reply_to(Some(card))),
        };
        self.post(Urgency::News, channel, &post).await.map(|_| ())
    }

    /// Takes a thread out of the archive; whether that could be done. A locked one stays.
    pub(super) async fn wake(&self, urgency: Urgency, thread: ChannelId) -> bool {
        #[derive(Serialize)]
        struct Wake {
            archived: bool,
        }
        let request =
            with_body(Route::Channel { channel_id: thread }, LightMethod::Patch, &Wake { archived: false });
        let woken = self.rest.send::<IgnoredAny>(urgency, request).await;
        woken
            .inspect_err(|error| tracing::debug!(%thread, %error, "a thread could not be opened again"))
            .is_ok()
    }

    /// The old message takes no more edits: its thread says where it goes on.
    pub(super) async fn say_where_it_goes_on(&self, old: MessageRef) {
        let Some(LinesTo::Thread(thread)) = self.memory.lines(old) else { return };
        let nonce = nonce(&["goes on", &old.to_string()]);
        let post = Post::new(shown(&goes_on_below(super::NAME), None, &[]), &nonce);
        if let Err(error) = self.post(Urgency::News, thread, &post).await {
            tracing::debug!(%error, "the old thread could not be told where the card goes on");
        }
    }
}
