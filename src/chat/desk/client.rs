//! The desk as the bot posts to it.

use std::sync::Arc;

use async_trait::async_trait;

use super::channel::{Channel, Gone, Note};
use crate::clock::Clock;
use crate::domain::ids::{DeliveryKey, UserId};
use crate::domain::inbound::Receipt;
use crate::domain::report::{Card, Place};
use crate::ports::{Chat, ChatError, Line, LineAt, Posted};

/// Implements [`Chat`] for the desk.
#[derive(Debug)]
pub struct DeskChat {
    channel: Arc<Channel>,
    clock: Clock,
}

impl DeskChat {
    /// Posts to `channel`.
    #[must_use]
    pub const fn new(channel: Arc<Channel>, clock: Clock) -> Self {
        Self { channel, clock }
    }
}

impl From<Gone> for ChatError {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

#[async_trait]
impl Chat for DeskChat {
    fn name(&self) -> &'static str {
        super::NAME
    }

    async fn post_card(&self, _place: &Place, card: &Card) -> Result<Posted, ChatError> {
        Ok(self.channel.post(card, self.clock.now()))
    }

    async fn edit_card(&self, _place: &Place, message: &str, card: &Card) -> Result<(), ChatError> {
        Ok(self.channel.edit(message, card)?)
    }

    async fn remove_card(&self, _place: &Place, message: &str) -> Result<(), ChatError> {
        Ok(self.channel.delete(message)?)
    }

    async fn post_line(&self, _place: &Place, message: &str, line: &Line) -> Result<LineAt, ChatError> {
        self.channel.say(message, line)?;
        Ok(LineAt::Thread)
    }

    async fn whisper(
        &self,
        _key: &DeliveryKey,
        _place: &Place,
        to: &UserId,
        said: &Receipt,
    ) -> Result<(), ChatError> {
        self.channel.whisper(to.as_str(), Note::new(said, self.clock.now()));
        Ok(())
    }

    async fn ready(&self) -> Result<(), ChatError> {
        Ok(())
    }
}
