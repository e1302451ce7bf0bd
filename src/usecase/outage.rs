//! A chat was away: admins are told what may be lost.

use super::Context;
use crate::domain::change::{Change, Effect};
use crate::domain::ids::{CardId, DeliveryKey};
use crate::domain::report::{Place, outage};
use crate::ports::Outage;

impl Context {
    /// Tells the admins' channel, where there is one, of a gap in what a chat has brought.
    pub(super) async fn tell_of_outage(&self, news: &Outage) {
        self.tell_admins(&format!("{}:{}", news.chat, news.from), &outage(&news.chat, news.from, news.until))
            .await;
    }

    /// Says `text` (escaped) in the admins' channel once for each `key`. Without such a channel the log has to do.
    pub async fn tell_admins(&self, key: &str, text: &str) {
        let Some(place) = self.settings.get().admin_channel.clone() else { return };
        self.tell_place(&place, key, text).await;
    }

    /// Says `text` (escaped) in a channel once for each `key`.
    pub(super) async fn tell_place(&self, place: &Place, key: &str, text: &str) {
        if !self.chats.contains_key(&place.chat) {
            tracing::warn!(
                chat = place.chat,
                "a channel that is to be told something is in a chat that is not served"
            );
            return;
        }
        let mut change = Change::default();
        let card = CardId::of_delivery("tell", &DeliveryKey::new(key));
        change.act(Effect::Tell { card, place: place.clone(), text: text.to_owned() }, self.clock.now());
        if let Err(error) = self.commit(change).await {
            tracing::error!(%error, "a channel could not be told");
        }
    }
}
