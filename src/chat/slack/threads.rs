//! Which card a thread belongs to: Slack tells only where something was said.

use std::time::Duration;

use super::Slack;
use super::message::MessageRef;
use super::serve::Doors;
use crate::domain::ids::CardId;

/// How long the store may take: the delivery is to be acknowledged within 3 s, whatever the store does.
const LOOK_WITHIN: Duration = Duration::from_millis(500);

impl Slack {
    /// The card whose thread it is, of a call or a page: its first message, or asked for in it.
    pub(super) async fn card_of_thread(&self, channel: &str, thread: &str, doors: &Doors) -> Option<CardId> {
        let message = MessageRef::new(channel, thread).to_string();
        if let Some(known) = self.memory.cards.get(&message) {
            return Some(known);
        }
        match self.clock.timeout(LOOK_WITHIN, doors.store.card_in_thread(channel, thread)).await {
            Ok(Ok(found)) => {
                let found = found?.id;
                self.memory.cards.put(message, found.clone());
                Some(found)
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "the card of a thread could not be looked for");
                None
            }
            Err(_) => {
                tracing::warn!("the store did not say in time which card a thread is of");
                None
            }
        }
    }
}
