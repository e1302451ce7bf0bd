//! A world whose people are on Discord.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use callout::domain::ids::{CallId, CardId, DeliveryKey};
use callout::domain::report::Place;
use serde_json::{Value, json};

use super::super::guild::Guild;
use super::super::people::Said;
use super::super::typed::typed;
use super::super::world::World;
use super::{called_as_at_desk, escaped};
use crate::discord::{Discord as Model, Heard, Id, RateLimits, Seen, Settings as Rules};

/// The people's Discord.
pub(in super::super) struct Arm {
    guild: Guild,
    /// Users whom the configuration does not list.
    strangers: Mutex<BTreeMap<String, Id>>,
    /// What was delivered under which key.
    delivered: Mutex<HashMap<(String, String), Id>>,
    /// The messages of cards and questions that somebody was shown.
    shown: Mutex<HashMap<String, Id>>,
    /// Messages that answered what somebody did.
    answers: Mutex<BTreeSet<Id>>,
}

impl Arm {
    pub(super) async fn open(world: &mut World) -> Self {
        let rules = Rules { limits: RateLimits::none(), ..Rules::default() };
        let guild = Guild::open(world, rules).await;
        let (strangers, delivered) = (Mutex::default(), Mutex::default());
        Self { guild, strangers, delivered, shown: Mutex::default(), answers: Mutex::default() }
    }

    fn model(&self) -> &Arc<Model> {
        &self.guild.model
    }

    /// How many sessions there were.
    pub(super) fn sessions(&self) -> u32 {
        self.model().identifies()
    }

    /// Returns once a Callout that was started after `before` sessions is there.
    pub(super) async fn is_ready(&self, world: &World, before: u32) {
        let is_new = |model: &Model| (model.identifies() > before).then_some(());
        self.model().until("a new session", is_new).await;
        self.guild.is_ready(world).await;
    }

    pub(super) fn listed(&self, person: &str) -> Option<String> {
        self.guild.listed(person).map(|user| user.to_string())
    }

    pub(super) fn user(&self, person: &str) -> Id {
        if let Some(user) = self.guild.listed(person) {
            return user;
        }
        *self
            .strangers
            .lock()
            .unwrap()
            .entry(person.to_owned())
            .or_insert_with(|| self.model().add_user(person))
    }

    /// Types a line; one that the platform delivers under `key` comes again under the same key.
    pub(super) async fn types(&self, world: &World, person: &str, (line, key): (&str, Option<&str>)) -> Said {
        let delivery = key.map(|key| (person.to_owned(), key.to_owned()));
        let known = delivery.as_ref().and_then(|key| self.delivered.lock().unwrap().get(key).copied());
        if let Some(known) = known {
            self.model().deliver_again(known);
            return self.said(world, known, None).await;
        }
        let commands = self.model().commands(Some(self.model().guild()));
        let line = typed(line, &commands).unwrap_or_else(|why| panic!("{line}: not on Discord: {why}"));
        let asked = self.model().slash(self.user(person), self.guild.ops, &line);
        let asked = asked.unwrap_or_else(|why| panic!("{line}: {why}"));
        if let Some(delivery) = delivery {
            self.delivered.lock().unwrap().insert(delivery, asked);
        }
        self.said(world, asked, None).await
    }

    /// Presses a button of a card or a question. A form that comes is filled in with `text`.
    pub(super) async fn presses(
        &self,
        world: &World,
        person: &str,
        (card, button, text): (&str, &str, Option<&str>),
    ) -> Said {
        let before = world.call_ids();
        let (model, user) = (self.model(), self.user(person));
        let message = self.message_of(world, card).unwrap_or_else(|| panic!("no message of {card}"));
        let id = format!("c:{card}:{button}");
        // The last edit may not have reached them yet.
        let pressed = model.click(user, message, &id).or_else(|_| model.click_late(user, message, &id));
        let pressed = pressed.unwrap_or_else(|why| panic!("{button} of {card}: {why}"));
        let said = self.said(world, pressed, Some(&before)).await;
        if !matches!(model.heard(pressed), Heard::Form(..)) {
            return said;
        }
        let sent = model.submit(pressed, &[("text", text.unwrap_or_default())]).unwrap();
        self.said(world, sent, Some(&before)).await
    }

    /// Says something in a card's thread: on Discord, the command that does it is typed there.
    pub(super) async fn says(&self, world: &World, person: &str, (card, text): (&str, &str)) -> Said {
        assert!(text.starts_with("hang up"), "{text}: no command of Discord's does that");
        let thread = self.message_of(world, card).unwrap_or_else(|| panic!("no message of {card}"));
        let line = format!("/calls hangup id:{card}");
        let asked = self.model().slash(self.user(person), thread, &line);
        self.said(world, asked.unwrap_or_else(|why| panic!("{line}: {why}")), None).await
    }

    /// The first answer to an interaction; `before` are the calls that were there when a button was pressed.
    async fn said(&self, world: &World, asked: Id, before: Option<&BTreeSet<String>>) -> Said {
        let is_heard = |model: &Model| (model.heard(asked) != Heard::Nothing).then_some(());
        self.model().until("an answer", is_heard).await;
        let Some(seen) = self.model().first_answer(asked) else {
            return Said { text: String::new(), private: true, card: None, buttons: Vec::new() };
        };
        self.answers.lock().unwrap().insert(seen.id);
        let key = DeliveryKey::new(format!("discord:{asked}"));
        let card = match (card_of(&seen), before) {
            (Some(card), _) => Some(card),
            (None, Some(before)) => {
                world.settle().await;
                world.call_ids().difference(before).next().cloned()
            }
            // A board is posted beside the answer.
            (None, None) if seen.is_private => {
                let board = CardId::of_delivery("board", &key).to_string();
                seen.text.starts_with("The board is posted").then_some(board)
            }
            (None, None) => world.page_of(&key).or_else(|| Some(CallId::of_delivery(&key).to_string())),
        };
        if let Some(card) = card.as_ref().filter(|_| !seen.buttons.is_empty()) {
            self.shown.lock().unwrap().insert(card.clone(), seen.id);
        }
        Said {
            text: self.as_at_desk(&seen.text),
            private: seen.is_private,
            card,
            buttons: seen.buttons.into_iter().map(|button| button.label).collect(),
        }
    }

    /// The message of a card as it is stored, or of a question as it was shown.
    fn message_of(&self, world: &World, card: &str) -> Option<Id> {
        let stored = world.card_messages().remove(card).and_then(|message| id_of(&message));
        stored.or_else(|| self.shown.lock().unwrap().get(card).copied())
    }

    /// The messages of the channel, as the desk lists cards.
    pub(super) fn channel(&self, world: &World) -> Vec<Value> {
        let cards: HashMap<Id, String> =
            world.card_messages().into_iter().filter_map(|(card, at)| Some((id_of(&at)?, card))).collect();
        let messages = self.guild.cards().into_iter().filter(|seen| seen.author == "callout");
        let card = |seen: Seen| {
            let thread = seen.thread.map(|thread| self.guild.seen(thread)).unwrap_or_default();
            let lines = thread.iter().flat_map(|line| line.text.lines());
            let lines: Vec<Value> = lines.map(|line| json!({ "text": self.as_at_desk(line) })).collect();
            let labels: Vec<&String> = seen.buttons.iter().map(|button| &button.label).collect();
            json!({
                "id": cards.get(&seen.id), "text": self.as_at_desk(&seen.text), "buttons": labels, "thread": lines,
            })
        };
        messages.map(card).collect()
    }

    pub(super) fn heard(&self, person: &str) -> Option<String> {
        let user = self.user(person);
        let here = self.model().sees(user, self.guild.ops).into_iter().filter(|seen| seen.is_private);
        let mut told: Vec<Seen> = here.chain(self.model().sees(user, self.model().direct(user))).collect();
        told.sort_by_key(|seen| seen.id);
        told.pop().map(|seen| self.as_at_desk(&seen.text))
    }

    /// What only they were told unasked: as a direct message, or behind an answer of theirs.
    pub(super) fn told(&self, person: &str) -> Vec<Said> {
        let user = self.user(person);
        let answers = self.answers.lock().unwrap().clone();
        let here = self.model().sees(user, self.guild.ops).into_iter().filter(|seen| seen.is_private);
        let direct = self.model().sees(user, self.model().direct(user));
        let mut told: Vec<Seen> = here.filter(|seen| !answers.contains(&seen.id)).chain(direct).collect();
        told.sort_by_key(|seen| seen.id);
        told.into_iter().map(|seen| self.unasked(seen)).collect()
    }

    fn unasked(&self, seen: Seen) -> Said {
        let card = card_of(&seen);
        if let Some(card) = &card {
            self.shown.lock().unwrap().insert(card.clone(), seen.id);
        }
        let buttons = seen.buttons.into_iter().map(|button| button.label).collect();
        Said { text: self.as_at_desk(&seen.text), private: true, card, buttons }
    }

    pub(super) fn place(&self) -> Place {
        Place { chat: "discord".to_owned(), channel: self.guild.ops.to_string(), thread: None }
    }

    fn as_at_desk(&self, text: &str) -> String {
        self.names_at_desk(escaped(text))
    }

    pub(super) fn names_at_desk(&self, text: String) -> String {
        let strangers = self.strangers.lock().unwrap();
        let people = self.guild.everybody().chain(strangers.iter());
        called_as_at_desk(text, "discord", people.map(|(name, id)| (name.clone(), *id)))
    }

    /// Somebody deletes the message of a card.
    pub(super) fn deletes(&self, world: &World, card: &str) {
        self.model().delete_message(self.message_of(world, card).expect("a message"));
    }

    pub(super) fn ends_well(&self) {
        self.model().is_to_the_letter();
    }
}

/// The message of a card, from how the adapter stores it.
fn id_of(stored: &str) -> Option<Id> {
    Id::read(stored.split_once('/')?.1)
}

/// The card whose buttons are under a message.
fn card_of(seen: &Seen) -> Option<String> {
    let id = &seen.buttons.first()?.custom_id;
    Some(id.strip_prefix("c:")?.split_once(':')?.0.to_owned())
}
