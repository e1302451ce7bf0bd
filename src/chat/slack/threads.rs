//! Which card a thread belongs to: Slack tells only where something was said.

use std::time::Duration;

use super::Slack;
use super::message::MessageRef;
use super::serve::Doors;
use crate::domain::ids::CardId;

/// Live calls that are looked through after a restart, newest first: what is said in a thread is about one of those.
const LOOKED_THROUGH_MAX: usize = 500;
/// How long that may take: the delivery is to be acknowledged within 3 s, whatever the store does.
const LOOK_WITHIN: Duration = Duration::from_millis(500);

impl Slack {
    /// The card whose thread it is. After a restart only live calls are known, until their cards are edited.
    pub(super) async fn card_of_thread(&self, channel: &str, thread: &str, doors: &Doors) -> Option<CardId> {
        let message = MessageRef::new(channel, thread).to_string();
        if let Some(known) = self.memory.cards.get(&message) {
            return Some(known);
        }
        let looking = self.look_through((channel, thread), &message, doors);
        let found = self.clock.timeout(LOOK_WITHIN, looking).await.ok().flatten()?;
        self.memory.cards.put(message, found.clone());
        Some(found)
    }

    /// A card is the thread's first message, or was asked for in the thread and stands in it.
    async fn look_through(
        &self,
        (channel, thread): (&str, &str),
        message: &str,
        doors: &Doors,
    ) -> Option<CardId> {
        let (calls, _) = doors.live.newest(LOOKED_THROUGH_MAX);
        for call in calls {
            let Ok(Some(card)) = doors.store.card(&call.id.card()).await else { continue };
            let is_first = card.message.as_deref() == Some(message);
            let is_within = card.place.channel == channel && card.place.thread.as_deref() == Some(thread);
            if card.place.chat == super::NAME && (is_first || is_within) {
                return Some(card.id);
            }
        }
        None
    }
}
