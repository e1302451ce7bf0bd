//! Discord as the bot posts to it: always with its own token, so that no card ever depends on an interaction's.

use std::time::Duration;

use async_trait::async_trait;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serenity::all::{ApplicationId, ChannelId, MessageId, UserId as DiscordUserId};
use serenity::http::{LightMethod, Request, Route};

use super::Discord;
use super::message::{LateTicket, LinesTo, MessageRef, channel_id, nonce, number};
use super::render::{Shown, shown};
use super::rest::{RestError, Urgency, with_body};
use crate::clock::later;
use crate::domain::ids::{DeliveryKey, UserId};
use crate::domain::inbound::Receipt;
use crate::domain::report::{Card, Place};
use crate::ports::{Chat, ChatError, Line, LineAt, Posted};

/// Hides a message from everyone but one person (Discord, "Message Flags": EPHEMERAL).
const PRIVATE: u64 = 1 << 6;
/// A message that is older may be edited a few times more (Discord, code 30046).
const OLD_AFTER: Duration = Duration::from_secs(3_600);
/// A new message.
#[derive(Debug, Serialize)]
pub(super) struct Post<'a> {
    #[serde(flatten)]
    pub(super) shown: Shown,
    /// With `enforce_nonce`, Discord answers a repeat with the first message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) nonce: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) enforce_nonce: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_reference: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) flags: Option<u64>,
}

/// What a message replies to.
#[derive(Debug, Serialize)]
struct Reference {
    channel_id: ChannelId,
    message_id: MessageId,
    fail_if_not_exists: bool,
}

/// What is read of a message.
#[derive(Debug, Deserialize)]
pub(super) struct Answered {
    pub(super) id: MessageId,
    #[serde(default)]
    content: String,
}

/// What is read of a channel.
#[derive(Debug, Deserialize)]
pub(super) struct Opened {
    pub(super) id: ChannelId,
}

impl<'a> Post<'a> {
    pub(super) fn new(shown: Shown, nonce: &'a str) -> Self {
        Self { shown, nonce: Some(nonce), enforce_nonce: true, message_reference: None, flags: None }
    }

    /// One that only the person sees who commanded.
    pub(super) fn private(shown: Shown) -> Self {
        Self { shown, nonce: None, enforce_nonce: false, message_reference: None, flags: Some(PRIVATE) }
    }

    /// An answer that everyone sees: it has no nonce, Discord takes only one.
    pub(super) fn public(shown: Shown) -> Self {
        Self { flags: None, ..Self::private(shown) }
    }

    pub(super) fn reply_to(self, message: Option<MessageRef>) -> Self {
        let reference = message.map(|MessageRef { channel, message }| Reference {
            channel_id: channel,
            message_id: message,
            fail_if_not_exists: false,
        });
        Self { message_reference: reference, ..self }
    }
}

impl From<RestError> for ChatError {
    fn from(error: RestError) -> Self {
        match error {
            _ if error.is_gone() => Self::Gone,
            _ if error.is_temporary() => Self::Temporary(error.to_string()),
            _ => Self::Permanent(error.to_string()),
        }
    }
}

fn no_such_place(place: &Place) -> ChatError {
    ChatError::Permanent(format!("Discord has no channel `{}`", place.channel))
}

/// A card that was stored by something else than this version.
fn message_ref(message: &str) -> Result<MessageRef, ChatError> {
    message.parse().map_err(|_| ChatError::Gone)
}

impl Discord {
    pub(super) async fn post(
        &self,
        urgency: Urgency,
        channel: ChannelId,
        post: &Post<'_>,
    ) -> Result<Answered, RestError> {
        let route = Route::ChannelMessages { channel_id: channel };
        match self.rest.send(urgency, with_body(route, LightMethod::Post, post)).await {
            Err(error) if error.is_no_history() => {
                let alone = Post { shown: post.shown.clone(), message_reference: None, ..*post };
                self.rest.send(urgency, with_body(route, LightMethod::Post, &alone)).await
            }
            done => done,
        }
    }

    /// Replaces what a message shows. One in a thread that was put away is shown again with it: a new message would be, too.
    async fn edit(&self, urgency: Urgency, message: MessageRef, shown: &Shown) -> Result<(), RestError> {
        match self.edit_once(urgency, message, shown).await {
            Err(error) if error.is_shut() && self.wake(urgency, message.channel).await => {
                self.edit_once(urgency, message, shown).await
            }
            done => done,
        }
    }

    async fn edit_once(&self, urgency: Urgency, message: MessageRef, shown: &Shown) -> Result<(), RestError> {
        let MessageRef { channel: channel_id, message: message_id } = message;
        let route = Route::ChannelMessage { channel_id, message_id };
        let request = with_body(route, LightMethod::Patch, shown);
        let done = if self.is_old(message) {
            // serenity's limiter takes "too many edits" for a limit, and waits it out for ever.
            self.rest.send_unguarded::<Answered>(urgency, request).await
        } else {
            self.rest.send::<Answered>(urgency, request).await
        };
        done.map(|_| ())
    }

    /// serenity's limiter waits for what never comes when an old message was edited too often.
    fn is_old(&self, MessageRef { message, .. }: MessageRef) -> bool {
        let made = jiff::Timestamp::from_second(message.created_at().unix_timestamp()).unwrap_or_default();
        later(made, OLD_AFTER) < self.clock.now()
    }

    /// In private where the person typed, while Discord still takes it.
    async fn follow_up(&self, ticket: &LateTicket, said: &Receipt) -> Result<(), RestError> {
        let LateTicket { application: application_id, token, .. } = ticket;
        let route = Route::WebhookFollowupMessages { application_id: *application_id, token };
        let post = Post::private(shown(&said.text, said.card.as_ref(), &said.buttons));
        self.rest
            .send::<Answered>(Urgency::Receipt, with_body(route, LightMethod::Post, &post))
            .await
            .map(|_| ())
    }

    /// The channel, or the thread, goes with its messages.
    fn or_gone(&self, card: &Card, done: Result<(), RestError>) -> Result<(), ChatError> {
        if done.as_ref().is_err_and(|error| error.is_gone() || error.is_no_channel()) {
            self.memory.give_up(&card.id, None);
            return Err(ChatError::Gone);
        }
        Ok(done?)
    }

    async fn direct_channel(&self, to: &UserId) -> Result<ChannelId, ChatError> {
        #[derive(Serialize)]
        struct Direct {
            // Discord's word, not ours.
            #[serde(rename = "recipient_id")]
            to: DiscordUserId,
        }
        if let Some(known) = self.memory.direct.get(to) {
            return Ok(known);
        }
        let user = number(to.as_str()).map(DiscordUserId::new);
        let user = user.ok_or_else(|| ChatError::Permanent(format!("Discord has no user `{to}`")))?;
        let request = with_body(Route::UserMeDmChannels, LightMethod::Post, &Direct { to: user });
        let opened: Opened = self.rest.send(Urgency::News, request).await?;
        self.memory.direct.put(to.clone(), opened.id);
        Ok(opened.id)
    }

    /// The message that an interaction's first answer became.
    pub(super) async fn original(
        &self,
        application: ApplicationId,
        token: &str,
    ) -> Result<MessageRef, RestError> {
        #[derive(Deserialize)]
        struct Original {
            id: MessageId,
            channel_id: ChannelId,
        }
        let route = Route::WebhookOriginalInteractionResponse { application_id: application, token };
        let request = Request::new(route, LightMethod::Get);
        let Original { id, channel_id } = self.rest.send(Urgency::Receipt, request).await?;
        Ok(MessageRef { channel: channel_id, message: id })
    }
}

#[async_trait]
impl Chat for Discord {
    fn name(&self) -> &'static str {
        super::NAME
    }

    fn edit_pause(&self) -> Duration {
        super::EDIT_PAUSE
    }

    async fn post_card(&self, place: &Place, card: &Card) -> Result<Posted, ChatError> {
        if let Some(message) = self.memory.answer(&card.id, &self.clock).await {
            return Ok(Posted { message: message.to_string(), is_new: false });
        }
        let channel = place.thread.as_deref().unwrap_or(&place.channel);
        let channel = channel_id(channel).ok_or_else(|| no_such_place(place))?;
        if let Some(message) = self.left_behind(channel, card).await? {
            return Ok(Posted { message: message.to_string(), is_new: false });
        }
        let nonce = self.memory.nonce(&card.id);
        let shown = shown(&card.text, Some(&card.id), &card.buttons);
        let content = shown.content().to_owned();
        let old = self.memory.replies_to(&card.id);
        let post = Post::new(shown, &nonce).reply_to(old);
        let answered = self.post(Urgency::of(card), channel, &post).await?;
        if let Some(old) = self.memory.replied(&card.id) {
            self.say_where_it_goes_on(old).await;
        }
        let message = MessageRef { channel, message: answered.id };
        // A nonce that Discord knows brings the earlier message, as it was then.
        // An embed is not read back: then it is edited, to be sure.
        let is_new = !content.is_empty() && answered.content == content;
        Ok(Posted { message: message.to_string(), is_new })
    }

    async fn edit_card(&self, _place: &Place, message: &str, card: &Card) -> Result<(), ChatError> {
        let message = message_ref(message)?;
        let shown = shown(&card.text, Some(&card.id), &card.buttons);
        match self.edit(Urgency::of(card), message, &shown).await {
            Err(error) if error.is_worn_out() => {
                self.memory.give_up(&card.id, Some(message));
                Err(ChatError::Gone)
            }
            done => self.or_gone(card, done),
        }
    }

    /// Reads it: few edits of an old message are allowed, and they are for what changes.
    async fn find_card(&self, _place: &Place, message: &str, card: &Card) -> Result<(), ChatError> {
        let MessageRef { channel: channel_id, message: message_id } = message_ref(message)?;
        let route = Route::ChannelMessage { channel_id, message_id };
        match self.rest.send::<IgnoredAny>(Urgency::of(card), Request::new(route, LightMethod::Get)).await {
            // Where nothing may be read, an edit will tell when there is something to show.
            Err(error) if error.is_forbidden() => Ok(()),
            found => self.or_gone(card, found.map(|_| ())),
        }
    }

    async fn remove_card(&self, _place: &Place, message: &str) -> Result<(), ChatError> {
        let MessageRef { channel: channel_id, message: message_id } = message_ref(message)?;
        let route = Route::ChannelMessage { channel_id, message_id };
        let remove = || self.rest.send::<()>(Urgency::News, Request::new(route, LightMethod::Delete));
        match remove().await {
            Err(error) if error.is_shut() && self.wake(Urgency::News, channel_id).await => {
                Ok(remove().await?)
            }
            done => Ok(done?),
        }
    }

    async fn post_line(&self, place: &Place, message: &str, line: &Line) -> Result<LineAt, ChatError> {
        let card = message_ref(message)?;
        let mut to = self.lines_to(place, card, line).await?;
        match self.say(card, to, line).await {
            Err(error)
                if matches!(to, LinesTo::Thread(_))
                    && (error.is_shut() || error.is_forbidden() || error.is_no_channel()) =>
            {
                to = self.no_thread(card, &error).await?;
                self.say(card, to, line).await?;
            }
            done => done?,
        }
        Ok(if to == LinesTo::Beside { LineAt::Beside } else { LineAt::Thread })
    }

    async fn whisper(
        &self,
        key: &DeliveryKey,
        place: &Place,
        to: &UserId,
        said: &Receipt,
    ) -> Result<(), ChatError> {
        let ticket = self.memory.tickets.get(&(to.clone(), place.channel.clone()));
        if let Some(ticket) = ticket.filter(|ticket| self.clock.now() < ticket.until)
            && self.follow_up(&ticket, said).await.is_ok()
        {
            return Ok(());
        }
        let channel = self.direct_channel(to).await?;
        let nonce = nonce(&["whisper", to.as_str(), key.as_str()]);
        let shown = shown(&said.text, said.card.as_ref(), &said.buttons);
        self.post(Urgency::of_word(said), channel, &Post::new(shown, &nonce)).await?;
        Ok(())
    }

    async fn ready(&self) -> Result<(), ChatError> {
        if self.rest.is_refused() {
            return Err(ChatError::Temporary(RestError::Token.to_string()));
        }
        self.link.ready(self.clock.now()).map_err(ChatError::Temporary)
    }
}
