//! A world whose people are in Slack.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use callout::domain::ids::{CallId, CardId, DeliveryKey};
use callout::domain::report::Place;
use serde_json::{Value, json};

use super::super::people::Said;
use super::super::workspace::{Way, Workspace, free};
use super::super::world::World;
use super::{called_as_at_desk, escaped};
use crate::slack::{Heard, Nr, Seen, Slack as Model};

/// What parts a mark from its word, so that Slack takes it for none.
const JOINER: char = '\u{2060}';

/// The people's Slack.
pub(in super::super) struct Arm {
    workspace: Workspace,
    way: Way,
    /// Users whom the configuration does not list.
    strangers: Mutex<BTreeMap<String, String>>,
    /// What was delivered under which key.
    delivered: Mutex<HashMap<(String, String), Nr>>,
    /// Where the messages of questions are that somebody was shown: their channel and time.
    shown: Mutex<HashMap<String, (String, String)>>,
    /// Messages that answered what somebody did.
    answers: Mutex<BTreeSet<String>>,
}

/// A text as the desk writes it: Slack's has joiners beside each mark.
fn without_joiners(text: &str) -> String {
    let marks = ['*', '_', '~', '`'].into_iter();
    let plain = marks.fold(text.to_owned(), |text, mark| {
        text.replace(&format!("{JOINER}{mark}{JOINER}"), &mark.to_string())
    });
    escaped(&plain)
}

fn labels(seen: &Seen) -> Vec<String> {
    seen.buttons.iter().map(|button| button.label.clone()).collect()
}

impl Arm {
    pub(super) async fn open(world: &mut World, way: Way) -> Self {
        let workspace = Workspace::open(world, way, free()).await;
        let (strangers, delivered) = (Mutex::default(), Mutex::default());
        Self { workspace, way, strangers, delivered, shown: Mutex::default(), answers: Mutex::default() }
    }

    fn model(&self) -> &Arc<Model> {
        &self.workspace.model
    }

    fn ops(&self) -> &str {
        &self.workspace.ops
    }

    pub(super) fn sessions(&self) -> u32 {
        self.model().connections().try_into().unwrap()
    }

    pub(super) async fn is_ready(&self, world: &World, before: u32) {
        if self.way == Way::Socket {
            let is_new = |model: &Model| (model.connections() > before as usize).then_some(());
            self.model().until("a new socket", is_new).await;
        }
        self.workspace.is_ready(world, self.way).await;
    }

    pub(super) fn listed(&self, person: &str) -> Option<String> {
        self.workspace.listed(person).map(str::to_owned)
    }

    pub(super) fn user(&self, person: &str) -> String {
        if let Some(user) = self.workspace.listed(person) {
            return user.to_owned();
        }
        let mut strangers = self.strangers.lock().unwrap();
        let user = strangers.entry(person.to_owned()).or_insert_with(|| {
            let user = self.model().person(person);
            self.model().invite(self.ops(), &user);
            user
        });
        user.clone()
    }

    pub(super) async fn types(&self, world: &World, person: &str, (line, key): (&str, Option<&str>)) -> Said {
        // Whom the desk calls by chat and name is mentioned.
        let line = &line.replace("desk:", "@");
        let delivery = key.map(|key| (person.to_owned(), key.to_owned()));
        let known = delivery.as_ref().and_then(|key| self.delivered.lock().unwrap().get(key).copied());
        let nr = match known {
            Some(known) => self.model().deliver_again(known),
            None => {
                let typed = self.model().types(&self.user(person), self.ops(), line);
                typed.unwrap_or_else(|why| panic!("{line}: not in Slack: {why}"))
            }
        };
        if let Some(delivery) = delivery {
            self.delivered.lock().unwrap().entry(delivery).or_insert(nr);
        }
        let heard = self.model().until("an answer", |model| model.delivery(nr).heard).await;
        match heard {
            Heard::Message(ts) => {
                let seen = self.model().message(self.ops(), &ts).unwrap();
                self.said(seen, self.promised(world, nr))
            }
            Heard::Failed(why) => panic!("{line}: {why}"),
            other => panic!("{line}: no message: {other:?}"),
        }
    }

    /// The card that a command brings.
    fn promised(&self, world: &World, nr: Nr) -> Option<String> {
        let payload = self.model().delivery(nr).payload;
        let key = DeliveryKey::new(format!("slack:{}", payload["trigger_id"].as_str().unwrap()));
        let call = CallId::of_delivery(&key).to_string();
        world.page_of(&key).or_else(|| world.call_ids().contains(&call).then_some(call)).or_else(|| {
            // A board is posted beside the answer.
            let is_board = payload["text"] == "board";
            is_board.then(|| CardId::of_delivery("board", &key).to_string())
        })
    }

    /// What somebody was told in private. In Slack that is every receipt; elsewhere one of a call is for all.
    fn said(&self, seen: Seen, card: Option<String>) -> Said {
        self.answers.lock().unwrap().insert(seen.ts.clone());
        let question = self.question(&seen, self.ops());
        // A ring that shows a code has no card.
        let is_call = card.is_some() && question.is_none() && !seen.text.starts_with("The board is posted");
        let (buttons, text) = (labels(&seen), self.as_at_desk(&seen.text));
        Said { text, private: !is_call, card: question.or(card), buttons }
    }

    pub(super) async fn presses(
        &self,
        world: &World,
        person: &str,
        (card, button, text): (&str, &str, Option<&str>),
    ) -> Said {
        let before = world.call_ids();
        let (model, user) = (self.model(), self.user(person));
        let (channel, ts) = self.message_of(world, card).unwrap_or_else(|| panic!("no message of {card}"));
        let id = format!("callout:{button}");
        // The last edit may not have reached them yet.
        let pressed = model.clicks(&user, &channel, &ts, &id);
        let pressed = pressed.or_else(|_| model.clicks_late(&user, &channel, &ts, &id));
        let pressed = pressed.unwrap_or_else(|why| panic!("{button} of {card}: {why}"));
        let told = model.modal(&user).is_none().then(|| self.private(&user));
        self.workspace.answered(world, pressed).await;
        let Some(seen) = model.answers(pressed).pop() else {
            return self.fills_in(world, &user, (text, &before, told.unwrap_or_default())).await;
        };
        let card = new_call(world, &before);
        self.said(seen, card)
    }

    /// Fills in the form that a button opens, and sends it in.
    async fn fills_in(
        &self,
        world: &World,
        user: &str,
        (text, before, told): (Option<&str>, &BTreeSet<String>, Vec<Seen>),
    ) -> Said {
        let model = self.model();
        assert!(model.modal(user).is_some(), "neither an answer nor a form");
        let sent = model.submits(user, &[("text", text.unwrap_or_default())]).unwrap();
        assert_eq!(self.workspace.answered(world, sent).await, Heard::Form);
        let card = new_call(world, before);
        // The answer stands in the form, or is a private message.
        if let Some(form) = model.modal(user) {
            // And what stays below it: whoever presses a button again has no form in the way.
            while model.modal(user).is_some() {
                model.closes(user).unwrap();
            }
            return Said { text: self.as_at_desk(&form.text), private: true, card, buttons: Vec::new() };
        }
        let new = self.private(user).into_iter().find(|seen| !told.iter().any(|old| old.ts == seen.ts));
        self.said(new.expect("an answer to the form"), card)
    }

    /// What only `user` is told in the channel.
    fn private(&self, user: &str) -> Vec<Seen> {
        self.model().sees(user, self.ops()).into_iter().filter(|seen| seen.is_private).collect()
    }

    pub(super) async fn says(&self, world: &World, person: &str, (card, text): (&str, &str)) -> Said {
        let (_, ts) = self.message_of(world, card).unwrap_or_else(|| panic!("no message of {card}"));
        let user = self.user(person);
        let said = self.model().mentions(&user, self.ops(), Some(&ts), text);
        self.workspace.answered(world, said.unwrap_or_else(|why| panic!("{text}: {why}"))).await;
        let mut thread = self.model().thread(&user, self.ops(), &ts).into_iter();
        let answer = thread.rfind(|seen| seen.is_private).expect("an answer");
        self.said(answer, None)
    }

    /// The message of a card as it is stored, or of a question as it was shown: its channel and time.
    fn message_of(&self, world: &World, card: &str) -> Option<(String, String)> {
        let stored = world.card_messages().remove(card);
        let stored = stored.and_then(|message| {
            let mut parts = message.split('/').map(str::to_owned);
            parts.next().zip(parts.next())
        });
        stored.or_else(|| self.shown.lock().unwrap().get(card).cloned())
    }

    /// The card whose buttons are under a message that somebody is shown.
    fn question(&self, seen: &Seen, channel: &str) -> Option<String> {
        let question = seen.buttons.first()?.value.clone();
        self.shown.lock().unwrap().insert(question.clone(), (channel.to_owned(), seen.ts.clone()));
        Some(question)
    }

    /// What only they were told unasked: as a direct message, or behind an answer of theirs.
    pub(super) fn told(&self, person: &str) -> Vec<Said> {
        let user = self.user(person);
        let answers = self.answers.lock().unwrap().clone();
        let here = self.private(&user).into_iter().filter(|seen| !answers.contains(&seen.ts));
        let direct = self.model().direct(&user);
        let there = self.model().sees(&user, &direct);
        let here = here.map(|seen| (self.ops().to_owned(), seen));
        let mut told: Vec<_> = here.chain(there.into_iter().map(|seen| (direct.clone(), seen))).collect();
        told.sort_by(|(_, a), (_, b)| a.ts.cmp(&b.ts));
        let said = |(channel, seen): (String, Seen)| {
            let card = self.question(&seen, &channel);
            Said { text: self.as_at_desk(&seen.text), private: true, card, buttons: labels(&seen) }
        };
        told.into_iter().map(said).collect()
    }

    pub(super) fn place(&self) -> Place {
        Place { chat: "slack".to_owned(), channel: self.ops().to_owned(), thread: None }
    }

    fn as_at_desk(&self, text: &str) -> String {
        self.names_at_desk(without_joiners(text))
    }

    pub(super) fn names_at_desk(&self, text: String) -> String {
        let strangers = self.strangers.lock().unwrap();
        let people = self.workspace.everybody().chain(strangers.iter());
        called_as_at_desk(text, "slack", people.map(|(name, id)| (name.clone(), id.clone())))
    }

    pub(super) fn channel(&self, world: &World) -> Vec<Value> {
        let cards: HashMap<String, String> =
            world.card_messages().into_iter().map(|(card, message)| (message, card)).collect();
        let messages = self.workspace.cards().into_iter().filter(|seen| seen.author == "Callout");
        let card = |seen: Seen| {
            let thread = self.workspace.thread(&seen);
            let lines = thread.iter().flat_map(|line| line.lines());
            let lines: Vec<Value> = lines.map(|line| json!({ "text": self.as_at_desk(line) })).collect();
            json!({
                "id": cards.get(&format!("{}/{}", self.ops(), seen.ts)), "text": self.as_at_desk(&seen.text),
                "buttons": labels(&seen), "thread": lines,
            })
        };
        messages.map(card).collect()
    }

    pub(super) fn heard(&self, person: &str) -> Option<String> {
        let user = self.user(person);
        let mut told = self.private(&user);
        told.extend(self.model().sees(&user, &self.model().direct(&user)));
        told.sort_by(|a, b| a.ts.cmp(&b.ts));
        told.pop().map(|seen| self.as_at_desk(&seen.text))
    }

    pub(super) fn deletes(&self, world: &World, card: &str) {
        let (channel, ts) = self.message_of(world, card).expect("a message");
        self.model().delete(&channel, &ts);
    }

    pub(super) fn ends_well(&self) {
        assert_eq!(self.model().complaints(), Vec::<String>::new());
    }
}

fn new_call(world: &World, before: &BTreeSet<String>) -> Option<String> {
    world.call_ids().difference(before).next().cloned()
}
