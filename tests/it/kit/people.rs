//! People at desks, and their handsets.

use serde_json::{Value, json};

use super::World;

/// A person who types.
pub(crate) struct Desk<'a> {
    pub(crate) world: &'a World,
    pub(crate) person: String,
}

/// What the desk answered.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) private: bool,
    pub(crate) card: Option<String>,
    pub(crate) buttons: Vec<String>,
}

impl Said {
    pub(crate) fn card(&self) -> String {
        self.card.clone().unwrap_or_else(|| panic!("no card came of: {}", self.text))
    }
}

impl World {
    pub(crate) fn desk(&self, person: &str) -> Desk<'_> {
        Desk { world: self, person: person.to_owned() }
    }

    pub(crate) fn handset(&self, account: &str) -> Handset<'_> {
        Handset { world: self, account: account.to_owned() }
    }
}

impl Desk<'_> {
    /// Types a line and lets everything settle.
    pub(crate) async fn types(&self, line: &str) -> Said {
        let said = self.types_at_once(line).await;
        self.world.settle().await;
        said
    }

    /// Types a line and returns with the receipt, whatever is still under way.
    pub(crate) async fn types_at_once(&self, line: &str) -> Said {
        if let Some(arm) = self.world.arm_of(&self.person) {
            return arm.types(self.world, &self.person, (line, None)).await;
        }
        self.sends("", json!({ "text": self.world.typed_at_desk(line) })).await
    }

    /// Types a line that the platform delivers under `key`.
    pub(crate) async fn types_as(&self, line: &str, key: &str) -> Said {
        let said = self.delivers(line, key).await;
        self.world.settle().await;
        said
    }

    pub(crate) async fn presses(&self, card: &str, button: &str) -> Said {
        self.presses_with(card, button, None).await
    }

    pub(crate) async fn presses_with(&self, card: &str, button: &str, text: Option<&str>) -> Said {
        let said = match self.world.arm_of(&self.person) {
            Some(arm) => arm.presses(self.world, &self.person, (card, button, text)).await,
            None => self.sends("/press", json!({ "card": card, "button": button, "text": text })).await,
        };
        self.world.settle().await;
        said
    }

    pub(crate) async fn says(&self, card: &str, text: &str) -> Said {
        let said = match self.world.arm_of(&self.person) {
            Some(arm) => arm.says(self.world, &self.person, (card, text)).await,
            None => self.sends("/say", json!({ "card": card, "text": text })).await,
        };
        self.world.settle().await;
        said
    }

    /// The last private note that they got unasked.
    pub(crate) async fn heard(&self) -> String {
        let last = match self.world.arm_of(&self.person) {
            Some(arm) => arm.heard(&self.person),
            None => {
                let seen = self.world.get(&format!("/sandbox/channel?person={}", self.person)).await;
                seen["notes"].as_array().unwrap().last().map(|note| note["text"].as_str().unwrap().to_owned())
            }
        };
        last.unwrap_or_else(|| panic!("{} heard nothing", self.person))
    }

    /// Types a line at a Callout that may die meanwhile. Returns the card, if it lived to promise one.
    pub(crate) async fn tries(&self, line: &str, key: &str) -> Option<String> {
        let said = tokio::select! {
            biased;
            said = self.delivers(line, key) => said,
            () = self.world.dies() => return None,
        };
        self.world.settle().await;
        said.card
    }

    async fn delivers(&self, line: &str, key: &str) -> Said {
        match self.world.arm_of(&self.person) {
            Some(arm) => arm.types(self.world, &self.person, (line, Some(key))).await,
            None => self.sends("", json!({ "text": self.world.typed_at_desk(line), "delivery": key })).await,
        }
    }

    async fn sends(&self, door: &str, body: Value) -> Said {
        let answer = self.world.post(&format!("/sandbox/desk/{}{door}", self.person), &body).await;
        let receipt = &answer["receipt"];
        Said {
            text: self
                .world
                .at_desk_words(receipt["text"].as_str().unwrap_or_else(|| panic!("no receipt: {answer}"))),
            private: receipt["private"].as_bool().unwrap(),
            card: receipt["card"].as_str().map(str::to_owned),
            buttons: strings(&receipt["buttons"]),
        }
    }
}

/// A person's phone.
pub(crate) struct Handset<'a> {
    pub(crate) world: &'a World,
    pub(crate) account: String,
}

impl Handset<'_> {
    pub(crate) async fn state(&self) -> String {
        self.shows().await["state"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn shows(&self) -> Value {
        self.world.get_engine(&format!("/sandbox/handset/{}", self.account)).await
    }

    /// Does it if the phone is in a state for it.
    pub(crate) async fn tries(&self, action: &str) {
        self.world.tries_engine(&format!("/sandbox/handset/{}/{action}", self.account)).await;
        self.world.settle().await;
    }

    /// `answer`, `decline`, `hangup`, `ignore`, `busy`, `offline`, `online`; then everything settles.
    pub(crate) async fn does(&self, action: &str) {
        self.world.post_engine(&format!("/sandbox/handset/{}/{action}", self.account), &json!({})).await;
        self.world.settle().await;
    }
}

pub(crate) fn strings(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect()
}
