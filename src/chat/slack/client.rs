//! Slack as the bot posts to it: always with its own token, so that no card ever depends on a delivery's address.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::api::{ApiError, Ask, Lane, Meaning};
use super::line_up::{Stand, Wish};
use super::message::MessageRef;
use super::render::{Shown, shown};
use super::{NAME, Slack};
use crate::chat::turns::Urgency;
use crate::domain::call::CallState;
use crate::domain::ids::{DeliveryKey, UserId};
use crate::domain::inbound::Receipt;
use crate::domain::report::{Button, Card, Place, goes_on_anew, no_thread};
use crate::ports::{Chat, ChatError, Line, LineAt, Posted};

/// A new message.
#[derive(Debug, Serialize)]
struct Post<'a> {
    channel: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    thread_ts: Option<&'a str>,
    /// Of a private one.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    #[serde(flatten)]
    shown: Shown,
    unfurl_links: bool,
    unfurl_media: bool,
}

/// An edit.
#[derive(Debug, Serialize)]
struct Edit<'a> {
    channel: &'a str,
    ts: &'a str,
    #[serde(flatten)]
    shown: Shown,
}

/// What is read of a posted message.
#[derive(Debug, Deserialize)]
struct Answered {
    channel: String,
    ts: String,
}

impl From<ApiError> for ChatError {
    fn from(error: ApiError) -> Self {
        match error.meaning() {
            Meaning::Gone => Self::Gone,
            Meaning::Later | Meaning::Token => Self::Temporary(error.to_string()),
            _ => Self::Permanent(error.to_string()),
        }
    }
}

fn is_board(card: &Card) -> bool {
    card.buttons.contains(&Button::RemoveBoard)
}

/// A card that was stored by something else than this version.
fn message_ref(message: &str) -> Result<MessageRef, ChatError> {
    message.parse().map_err(|_| ChatError::Gone)
}

impl Slack {
    /// Posts into a channel, or into a thread there; with a number that was drawn before, if there is one.
    pub(super) async fn post(
        &self,
        (urgency, number): (Urgency, Option<u64>),
        (channel, thread): (&str, Option<&str>),
        shown: Shown,
    ) -> Result<MessageRef, ApiError> {
        let post =
            Post { channel, thread_ts: thread, user: None, shown, unfurl_links: false, unfurl_media: false };
        let ask = Ask::json("chat.postMessage", urgency, &post);
        let ask = ask.counted(Lane::Channel(channel.to_owned())).numbered(number);
        let Answered { channel, ts } = self.api.ask(ask).await?;
        Ok(MessageRef::new(channel, ts))
    }

    /// Stands in line, and posts when it is its turn. `None`: it is told with others.
    async fn post_in_line(
        &self,
        wish: Wish<'_>,
        thread: Option<&str>,
        shown: Shown,
    ) -> Result<Option<MessageRef>, InLine> {
        let now = self.clock.now();
        let draw = || self.api.number();
        let number = match self.line_up.stand(wish, draw, (self.settings.pace.post_every, now)) {
            Stand::Now(number) => number,
            Stand::Together => return Ok(None),
            Stand::Later(due) => return Err(InLine::NotBefore(due)),
        };
        let done = self.post((wish.urgency, Some(number)), (wish.channel, thread), shown).await;
        match done {
            Err(error) if matches!(error.meaning(), Meaning::Later | Meaning::Token) => {
                let (asked, pace) =
                    ((wish.channel, wish.key), (self.settings.pace.post_every, self.clock.now()));
                let until = self.line_up.failed(asked, error.said(), pace);
                tracing::info!(channel = wish.channel, %error, %until, "a channel takes nothing; it is tried again");
                Err(InLine::NotBefore(until))
            }
            done => {
                self.line_up.served(wish.channel, wish.key);
                done.map(Some).map_err(InLine::Refused)
            }
        }
    }

    /// Replaces what a message shows.
    pub(super) async fn edit(
        &self,
        urgency: Urgency,
        message: &MessageRef,
        shown: Shown,
    ) -> Result<(), ApiError> {
        let edit = Edit { channel: &message.channel, ts: &message.ts, shown };
        let ask = Ask::json("chat.update", urgency, &edit).counted(Lane::Edits);
        self.api.ask::<IgnoredAny>(ask).await.map(|_| ())
    }

    /// Tells one person something where they are, so that only they see it; where that can't be, as a direct message.
    pub(super) async fn tell(&self, place: &Place, to: &UserId, said: &Receipt) -> Result<(), ChatError> {
        if !place.channel.is_empty() {
            let shown = receipt_shown(said);
            let thread = place.thread.as_deref();
            let user = Some(to.as_str());
            let post = Post {
                channel: &place.channel,
                thread_ts: thread,
                user,
                shown,
                unfurl_links: false,
                unfurl_media: false,
            };
            match self.api.ask::<IgnoredAny>(Ask::json("chat.postEphemeral", Urgency::News, &post)).await {
                Ok(_) => return Ok(()),
                Err(error) => {
                    tracing::debug!(%error, "a private message could not be shown where it was asked for")
                }
            }
        }
        self.tell_directly(to, said).await
    }

    async fn tell_directly(&self, to: &UserId, said: &Receipt) -> Result<(), ChatError> {
        let channel = self.direct_channel(to).await?;
        self.post((Urgency::of_word(said), None), (&channel, None), receipt_shown(said)).await?;
        Ok(())
    }

    async fn direct_channel(&self, to: &UserId) -> Result<String, ChatError> {
        #[derive(Deserialize)]
        struct Opened {
            channel: Channel,
        }
        #[derive(Deserialize)]
        struct Channel {
            id: String,
        }
        if let Some(known) = self.memory.direct.get(to) {
            return Ok(known);
        }
        let users = serde_json::json!({ "users": to.as_str() });
        let opened: Opened = self.api.ask(Ask::json("conversations.open", Urgency::News, &users)).await?;
        self.memory.direct.put(to.clone(), opened.channel.id.clone());
        Ok(opened.channel.id)
    }

    /// Where the lines of a card go: the thread that the card is in, or its own.
    async fn say(&self, place: &Place, card: &MessageRef, line: &Line) -> Result<(), InLine> {
        let key = card.to_string();
        let thread = match self.memory.threadless.get(&key) {
            Some(()) => None,
            None => Some(place.thread.as_deref().unwrap_or(&card.ts)),
        };
        let (channel, key) = (card.channel.as_str(), line_key(card, line));
        let wish = Wish { channel, key: &key, urgency: Urgency::Line, is_card: false, may_join: false };
        self.post_in_line(wish, thread, shown(&line.text, None, &[])).await.map(|_| ())
    }

    fn lines_at(&self, card: &MessageRef) -> LineAt {
        let is_beside = self.memory.threadless.get(&card.to_string()).is_some();
        if is_beside { LineAt::Beside } else { LineAt::Thread }
    }

    /// Says once, beside the card, why its thread can't be used.
    async fn no_thread(&self, card: &MessageRef, why: &ApiError) -> Result<(), ApiError> {
        tracing::warn!(message = %card, error = %why, "a card has no thread; its lines go into the channel");
        self.post(
            (Urgency::News, None),
            (&card.channel, None),
            shown(&no_thread(&why.to_string()), None, &[]),
        )
        .await?;
        self.memory.threadless.put(card.to_string(), ());
        Ok(())
    }

    /// The old message takes no more edits: its thread says so.
    async fn say_where_it_goes_on(&self, old: &MessageRef) {
        let shown = shown(&goes_on_anew(NAME), None, &[]);
        if let Err(error) = self.post((Urgency::News, None), (&old.channel, Some(&old.ts)), shown).await {
            tracing::debug!(%error, "the old thread could not be told where the card goes on");
        }
    }

    /// A board that takes no more edits goes: people shall find one, and it is not the one that stands still.
    async fn take_away(&self, board: &MessageRef) {
        let gone = serde_json::json!({ "channel": board.channel, "ts": board.ts });
        let Err(error) = self.api.ask::<IgnoredAny>(Ask::json("chat.delete", Urgency::News, &gone)).await
        else {
            return;
        };
        if error.meaning() == Meaning::Gone {
            return;
        }
        tracing::info!(message = %board, %error, "an old board stays, and is unpinned");
        let pin = serde_json::json!({ "channel": board.channel, "timestamp": board.ts });
        if let Err(error) = self.api.ask::<IgnoredAny>(Ask::json("pins.remove", Urgency::Board, &pin)).await
            && !matches!(error.meaning(), Meaning::Done | Meaning::Gone)
        {
            tracing::warn!(message = %board, %error, "an old board stays pinned");
        }
    }
}

/// Why something was not posted in its turn.
enum InLine {
    /// Others come first, or the channel takes nothing now.
    NotBefore(Timestamp),
    /// Slack says no.
    Refused(ApiError),
}

impl From<InLine> for ChatError {
    fn from(why: InLine) -> Self {
        match why {
            InLine::NotBefore(due) => Self::NotBefore(due),
            InLine::Refused(error) => error.into(),
        }
    }
}

fn line_key(card: &MessageRef, line: &Line) -> String {
    format!("{card}:{}", line.key)
}

/// A receipt as it is shown to one person.
pub(super) fn receipt_shown(said: &Receipt) -> Shown {
    let buttons = if said.private { said.buttons.as_slice() } else { &[] };
    shown(&said.text, said.card.as_ref(), buttons)
}

#[async_trait]
impl Chat for Slack {
    fn name(&self) -> &'static str {
        NAME
    }

    fn edit_pause(&self) -> std::time::Duration {
        let now = self.clock.now();
        let (used, most) = self.api.edits(now);
        self.changing.pause(now, used, most)
    }

    async fn post_card(&self, place: &Place, card: &Card) -> Result<Posted, ChatError> {
        let may_join = card.state == Some(CallState::Ended) && card.id.page().is_none();
        let (channel, key) = (place.channel.as_str(), card.id.as_str());
        let wish = Wish { channel, key, urgency: Urgency::of(card), is_card: true, may_join };
        let shown = shown(&card.text, Some(&card.id), &card.buttons);
        let Some(message) = self.post_in_line(wish, place.thread.as_deref(), shown).await? else {
            return self.told_together(channel, card).await;
        };
        self.memory.cards.put(message.to_string(), card.id.clone());
        if let Some(thread) = &place.thread {
            // Whoever speaks there means the newest.
            self.memory.cards.put(MessageRef::new(&place.channel, thread).to_string(), card.id.clone());
        }
        if let Some(old) = self.memory.worn_out.take(&card.id) {
            self.say_where_it_goes_on(&old).await;
        }
        Ok(Posted { message: message.to_string(), is_new: true })
    }

    async fn edit_card(&self, _place: &Place, message: &str, card: &Card) -> Result<(), ChatError> {
        let message = message_ref(message)?;
        if message.is_digest {
            return Ok(());
        }
        let done =
            self.edit(Urgency::of(card), &message, shown(&card.text, Some(&card.id), &card.buttons)).await;
        match done {
            Err(error) if error.meaning() == Meaning::WornOut && is_board(card) => {
                self.take_away(&message).await;
                Err(ChatError::Gone)
            }
            Err(error) if error.meaning() == Meaning::WornOut => {
                self.memory.worn_out.put(card.id.clone(), message);
                Err(ChatError::Gone)
            }
            Err(error) => Err(error.into()),
            Ok(()) => {
                self.memory.cards.put(message.to_string(), card.id.clone());
                if card.state != Some(CallState::Ended) {
                    self.changing.note(&card.id, self.clock.now());
                }
                Ok(())
            }
        }
    }

    async fn remove_card(&self, _place: &Place, message: &str) -> Result<(), ChatError> {
        let MessageRef { channel, ts, .. } = message_ref(message)?;
        let gone = serde_json::json!({ "channel": channel, "ts": ts });
        self.api.ask::<IgnoredAny>(Ask::json("chat.delete", Urgency::News, &gone)).await?;
        Ok(())
    }

    fn pins(&self) -> bool {
        true
    }

    async fn pin(&self, _place: &Place, message: &str) -> Result<(), ChatError> {
        let MessageRef { channel, ts, .. } = message_ref(message)?;
        let pin = serde_json::json!({ "channel": channel, "timestamp": ts });
        match self.api.ask::<IgnoredAny>(Ask::json("pins.add", Urgency::Board, &pin)).await {
            Err(error) if error.meaning() != Meaning::Done => Err(error.into()),
            _ => Ok(()),
        }
    }

    async fn post_line(&self, place: &Place, message: &str, line: &Line) -> Result<LineAt, ChatError> {
        let card = message_ref(message)?;
        let key = line_key(&card, line);
        if line.beside {
            self.memory.threadless.put(card.to_string(), ());
        }
        if card.is_digest || self.memory.lines.get(&key).is_some() {
            return Ok(self.lines_at(&card));
        }
        match self.say(place, &card, line).await {
            Err(InLine::Refused(error))
                if error.meaning() == Meaning::Shut
                    && self.memory.threadless.get(&card.to_string()).is_none() =>
            {
                // If the channel is shut too, that is what this says.
                self.no_thread(&card, &error).await?;
                self.say(place, &card, line).await?;
            }
            done => done?,
        }
        self.memory.lines.put(key, ());
        Ok(self.lines_at(&card))
    }

    async fn whisper(
        &self,
        key: &DeliveryKey,
        place: &Place,
        to: &UserId,
        said: &Receipt,
    ) -> Result<(), ChatError> {
        let ticket = self.memory.tickets.take(&(to.clone(), place.channel.clone()));
        if let Some(ticket) = ticket.filter(|ticket| self.clock.now() < ticket.until)
            && self
                .api
                .respond(&ticket.url, &super::answer::Late::in_thread(said, ticket.thread))
                .await
                .is_ok()
        {
            return Ok(());
        }
        let channel = self.direct_channel(to).await?;
        let urgency = Urgency::of_word(said);
        let wish = Wish { channel: &channel, key: key.as_str(), urgency, is_card: false, may_join: false };
        self.post_in_line(wish, None, receipt_shown(said)).await?;
        Ok(())
    }

    async fn ready(&self) -> Result<(), ChatError> {
        if self.api.is_refused() {
            return Err(ApiError::Token("SLACK_BOT_TOKEN").into());
        }
        if self.state.is_to_be_asked(self.clock.now()) {
            // What it says is in the state; that it says nothing is no news.
            let _said = self.myself().await;
        }
        self.state.ready(self.settings.signing_secret.is_some()).map_err(ChatError::Temporary)
    }
}
