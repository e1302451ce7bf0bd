//! Answers to interactions: within 3 s, and only after what was asked is stored.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serenity::all::{ChannelId, CreateInteractionResponse, MessageId};
use serenity::http::{LightMethod, Route};

use super::client::{Answered, Post};
use super::complete;
use super::counts::Counted;
use super::decode::{Asked, Ticket, What};
use super::message::{LateTicket, MessageRef};
use super::render::{form, shown};
use super::rest::{Urgency, with_body};
use super::serve::Doors;
use super::{Discord, NAME};
use crate::clock::later;
use crate::domain::ids::{CardId, DeliveryKey};
use crate::domain::inbound::{Inbound, Receipt, Said};
use crate::domain::report::{EMPTY_FORM, NOT_HERE, UNKNOWN_BUTTON, form_words, unreadable};
use crate::ports::pass;

/// What was not answered by then is deferred: Discord gives 3 s, and the way to it takes its share.
const DEFER_AFTER: Duration = Duration::from_millis(1_800);
/// How long a late answer may follow where the person typed. Later it comes as a direct message, which is seen.
const LATE_WITHIN: Duration = Duration::from_secs(120);

/// Types of answers (Discord, "Interaction Callback Type").
const MESSAGE: u8 = 4;
const DEFERRED: u8 = 5;
const REPLACEMENT: u8 = 7;

/// An answer with a message.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    #[serde(rename = "type")]
    kind: u8,
    data: Post<'a>,
}

/// What Discord says an answer became, when it is asked to.
#[derive(Debug, Default, Deserialize)]
struct Became {
    resource: Option<Resource>,
}

#[derive(Debug, Deserialize)]
struct Resource {
    message: Option<BecameMessage>,
}

#[derive(Debug, Deserialize)]
struct BecameMessage {
    id: MessageId,
    channel_id: ChannelId,
}

impl Discord {
    /// Does what was asked, and answers.
    pub(super) async fn take(self: &Arc<Self>, asked: Asked, doors: &Doors) {
        let settings = (doors.settings)();
        let is_allowed = |guild: u64| settings.guilds.iter().any(|known| *known == guild.to_string());
        let Asked { ticket, guild, who, place, what } = asked;
        // A direct message is ours: only the buttons of what we wrote to somebody can be pressed there.
        let what = match guild {
            Some(guild) if !is_allowed(guild.get()) => {
                tracing::warn!(%guild, "a server that is not on the list was refused: see [discord] guilds");
                return match what {
                    What::Complete { .. } | What::Nothing => self.complete(&ticket, Vec::new()).await,
                    _ => self.say_privately(&ticket, NOT_HERE).await,
                };
            }
            _ => what,
        };
        match what {
            What::Nothing => {}
            What::Complete { kind, typed } => {
                let choices =
                    kind.map(|kind| complete::choices(kind, &typed, &settings.people, &*doors.live));
                self.complete(&ticket, choices.unwrap_or_default()).await;
            }
            What::Form { custom_id, button } => {
                let (title, label) = form_words(button);
                let response = CreateInteractionResponse::Modal(form(&custom_id, title, label));
                self.respond(&ticket, &response).await;
            }
            What::EmptyForm => self.say_privately(&ticket, EMPTY_FORM).await,
            What::UnknownButton => self.say_privately(&ticket, UNKNOWN_BUTTON).await,
            What::Said(said) => {
                let key = DeliveryKey::new(format!("{NAME}:{}", ticket.id));
                self.deliver(&ticket, Inbound { key, at: self.clock.now(), place, who, said }, doors).await;
            }
        }
    }

    /// Answers what serenity could not read, so that the person is told.
    pub(super) async fn answer_unread(&self, raw: &serde_json::Value) {
        self.counts.add(Counted::Unreadable);
        let text = |name: &str| raw.get(name).and_then(serde_json::Value::as_str);
        let id = text("id").and_then(super::message::number);
        let reference =
            CardId::of_delivery("r", &DeliveryKey::new(format!("{NAME}:{}", id.unwrap_or_default())));
        let kind = raw.get("type").and_then(serde_json::Value::as_u64);
        tracing::error!(%reference, kind, "an interaction of Discord's could not be read");
        let application = text("application_id").and_then(super::message::number);
        let (Some(id), Some(application), Some(token)) = (id, application, text("token")) else { return };
        let ticket = Ticket {
            id: id.into(),
            application: application.into(),
            token: token.to_owned(),
            replaces: false,
        };
        self.say_privately(&ticket, &unreadable(reference.as_str())).await;
    }

    async fn deliver(&self, ticket: &Ticket, inbound: Inbound, doors: &Doors) {
        self.remember(ticket, &inbound);
        let presses = matches!(inbound.said, Said::Pressed { .. });
        let stored = doors.intake.person(inbound);
        tokio::pin!(stored);
        match self.clock.timeout(DEFER_AFTER, &mut stored).await {
            Ok(receipt) => {
                pass(&*doors.steps, "discord.answer").await;
                self.receipt(ticket, &receipt, presses && ticket.replaces, doors).await;
            }
            Err(_) => {
                let deferred = Answer { kind: DEFERRED, data: Post::private(shown("", None, &[])) };
                self.respond(ticket, &deferred).await;
                self.fill_in(ticket, &stored.await).await;
            }
        }
    }

    /// For an answer that comes late.
    fn remember(&self, ticket: &Ticket, inbound: &Inbound) {
        let late = LateTicket {
            application: ticket.application,
            token: ticket.token.clone(),
            until: later(inbound.at, LATE_WITHIN),
        };
        self.memory.tickets.put((inbound.who.user.id.clone(), inbound.place.channel.clone()), late);
    }

    /// A public receipt becomes the card's message; a pressed private message makes way for the answer to it.
    async fn receipt(&self, ticket: &Ticket, receipt: &Receipt, replaces: bool, doors: &Doors) {
        let buttons = if receipt.private { receipt.buttons.as_slice() } else { &[] };
        let shown = shown(&receipt.text, receipt.card.as_ref(), buttons);
        if replaces {
            let mut data = Post::private(shown);
            data.flags = None;
            self.respond(ticket, &Answer { kind: REPLACEMENT, data }).await;
            return;
        }
        let mut data = Post::private(shown);
        let Some(card) = receipt.card.as_ref().filter(|_| !receipt.private) else {
            self.respond(ticket, &Answer { kind: MESSAGE, data }).await;
            return;
        };
        data.flags = None;
        let answer = self.memory.expect(card);
        let became = match self.respond(ticket, &Answer { kind: MESSAGE, data }).await.flatten() {
            // It may be there all the same: its answer was late, or lost.
            None => self.original(ticket.application, &ticket.token).await.ok(),
            became => became,
        };
        if let Some(message) = became {
            doors.intake.answered(card, &message.to_string()).await;
        }
        answer.tell(became);
    }

    /// Replaces a deferred answer.
    async fn fill_in(&self, ticket: &Ticket, receipt: &Receipt) {
        let route = Route::WebhookOriginalInteractionResponse {
            application_id: ticket.application,
            token: &ticket.token,
        };
        let shown = shown(&receipt.text, receipt.card.as_ref(), &receipt.buttons);
        let done =
            self.rest.send::<Answered>(Urgency::Receipt, with_body(route, LightMethod::Patch, &shown)).await;
        if let Err(error) = done {
            tracing::warn!(interaction = %ticket.id, %error, "a deferred answer could not be filled in");
        }
    }

    async fn say_privately(&self, ticket: &Ticket, text: &str) {
        let data = Post::private(shown(text, None, &[]));
        self.respond(ticket, &Answer { kind: MESSAGE, data }).await;
    }

    async fn complete(&self, ticket: &Ticket, choices: Vec<(String, String)>) {
        let response = CreateInteractionResponse::Autocomplete(complete::response(choices));
        self.respond(ticket, &response).await;
    }

    /// Sends the first answer. `None`: Discord did not take it. Or else the message that it became, if that was said.
    async fn respond(&self, ticket: &Ticket, answer: &impl Serialize) -> Option<Option<MessageRef>> {
        let route = Route::InteractionResponse { interaction_id: ticket.id, token: &ticket.token };
        let request = with_body(route, LightMethod::Post, answer);
        let request = request.params(Some(vec![("with_response", "true".to_owned())]));
        match self.rest.send::<Option<Became>>(Urgency::Receipt, request).await {
            Ok(became) => Some(became.and_then(|became| became.resource?.message).map(MessageRef::from)),
            // A try of ours whose answer was lost.
            Err(error) if error.is_answered() => Some(None),
            Err(error) => {
                if error.is_too_late() {
                    self.counts.add(Counted::Late);
                }
                tracing::warn!(interaction = %ticket.id, %error, "an interaction was not answered; what was stored stands");
                None
            }
        }
    }
}

impl From<BecameMessage> for MessageRef {
    fn from(BecameMessage { id, channel_id }: BecameMessage) -> Self {
        Self { channel: channel_id, message: id }
    }
}
