//! Which card a thread belongs to: Slack tells only where something was said.

use super::Slack;
use super::message::MessageRef;
use super::serve::Doors;
use crate::domain::ids::CardId;

/// Live calls that are looked through after a restart, newest first: what is said in a thread is about one of those.
const LOOKED_THROUGH_MAX: usize = 500;

impl Slack {
    /// The card whose thread it is. After a restart only live calls are known, until their cards are edited.
    pub(super) async fn card_of_thread(&self, channel: &str, thread: &str, doors: &Doors) -> Option<CardId> {
        let message = MessageRef::new(channel, thread).to_string();
        if let Some(known) = self.memory.cards.get(&message) {
            return Some(known);
        }
        let (calls, _) = doors.live.newest(LOOKED_THROUGH_MAX);
        for call in calls {
            let Ok(Some(card)) = doors.store.card(&call.id.card()).await else { continue };
            if card.place.chat == super::NAME && card.message.as_deref() == Some(&message) {
                self.memory.cards.put(message, card.id.clone());
                return Some(card.id);
            }
        }
        None
    }
}
