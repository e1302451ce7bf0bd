//! What people see in the channel, wherever that is.

use serde_json::Value;

use super::World;
use super::people::strings;

impl World {
    /// The cards of the channel.
    pub(crate) async fn channel(&self) -> Vec<Value> {
        if let Some(arm) = &self.arm {
            return arm.channel(self);
        }
        self.get("/sandbox/channel").await["cards"].as_array().unwrap().clone()
    }

    /// A card as people see it.
    pub(crate) async fn card(&self, id: &str) -> String {
        self.card_json(id).await["text"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn buttons(&self, id: &str) -> Vec<String> {
        strings(&self.card_json(id).await["buttons"])
    }

    /// The thread under a card, a line a line.
    pub(crate) async fn thread(&self, id: &str) -> String {
        let card = self.card_json(id).await;
        let lines = card["thread"].as_array().unwrap().iter().map(|line| line["text"].as_str().unwrap());
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Somebody deletes the message of a card.
    pub(crate) async fn deletes(&self, card: &str) {
        match &self.arm {
            Some(arm) => arm.deletes(self, card),
            None => assert_eq!(self.delete(&format!("/sandbox/channel/{card}")).await, 204),
        }
        self.settle().await;
    }

    async fn card_json(&self, id: &str) -> Value {
        let cards = self.channel().await;
        let found = cards.iter().find(|card| card["id"] == id);
        found.unwrap_or_else(|| panic!("no card {id} among {cards:?}")).clone()
    }
}
