//! Answers to interactions: within 3 s, and only after what was asked is stored.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serenity::all::{ChannelId, CreateInteractionResponse, InteractionId, MessageId};
use serenity::http::{LightMethod, Request, Route};

use super::client::{Answered, Post};
use super::complete;
use super::counts::Counted;
use super::decode::{Asked, Ticket, What};
use super::link::SHARED;
use super::message::{AnswerIs, LateTicket, MessageRef};
use super::render::{form, shown};
use super::rest::{RestError, Urgency, with_body};
use super::serve::Doors;
use super::{Discord, NAME};
use crate::clock::{later, until};
use crate::domain::command::callees_alone;
use crate::domain::command::table::OptionKind;
use crate::domain::ids::{CallId, CardId, DeliveryKey, PageId};
use crate::domain::inbound::{Inbound, Receipt};
use crate::domain::person::ChatUser;
use crate::domain::report::{EMPTY_FORM, NOT_HERE, Reader, UNKNOWN_BUTTON, form_words, unreadable};
use crate::domain::settings::Settings;
use crate::ports::pass;

/// What was not answered by then is deferred: Discord gives 3 s, and the way to it takes its share.
const DEFER_AFTER: Duration = Duration::from_millis(1_800);
/// How long a late answer may follow where the person typed. Later it comes as a direct message, which is seen.
const LATE_WITHIN: Duration = Duration::from_secs(120);

/// Types of answers (Discord, "Interaction Callback Type").
const MESSAGE: u8 = 4;
const DEFERRED: u8 = 5;
const DEFERRED_REPLACEMENT: u8 = 6;
const REPLACEMENT: u8 = 7;

/// The type of an interaction that asks what an option may be (Discord, "Interaction Type").
const AUTOCOMPLETE: u64 = 4;

/// Discord takes a first answer within 3 s; with what its clock and ours may differ by, what has not become a message
/// by then never does.
const SETTLED_AFTER: Duration = Duration::from_millis(3_500);
/// Looks at what an answer became, each twice as long after the one before: half a minute together.
const LOOKS_MAX: u32 = 6;
/// Pause before the second look.
const LOOK_PAUSE: Duration = Duration::from_secs(1);

/// An answer with a message, or the promise of one.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    #[serde(rename = "type")]
    kind: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Post<'a>>,
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
    /// Does what was asked at that time, and answers.
    pub(super) async fn take(self: &Arc<Self>, asked: Asked, at: Timestamp, doors: &Doors) {
        let settings = (doors.settings)();
        let is_allowed = |guild: u64| settings.guilds.iter().any(|known| *known == guild.to_string());
        let Asked { ticket, guild, who, place, what, callees } = asked;
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
                let choices = match kind {
                    Some(kind) => choices(&settings, (kind, &typed), (&who.user, at), doors).await,
                    None => Vec::new(),
                };
                self.complete(&ticket, choices).await;
            }
            What::Form { custom_id, button } => {
                let (title, label) = form_words(button);
                let response = CreateInteractionResponse::Modal(form(&custom_id, title, label));
                self.respond(&ticket, &response).await;
            }
            What::EmptyForm => self.say_privately(&ticket, EMPTY_FORM).await,
            What::UnknownButton => self.say_privately(&ticket, UNKNOWN_BUTTON).await,
            What::Said(said) => match callees_alone(callees.as_deref().unwrap_or_default(), &*settings) {
                Ok(()) => {
                    let inbound = Inbound { key: delivery_key(ticket.id), at, place, who, said };
                    self.deliver(&ticket, inbound, doors).await;
                }
                Err(error) => self.say_privately(&ticket, &error.sentence(&settings.commands)).await,
            },
        }
    }

    /// Answers what serenity could not read, so that the person is told.
    pub(super) async fn answer_unread(&self, raw: &serde_json::Value) {
        self.counts.add(Counted::Unreadable);
        let text = |name: &str| raw.get(name).and_then(serde_json::Value::as_str);
        let id = text("id").and_then(super::message::number);
        let reference = CardId::of_delivery("r", &delivery_key(id.unwrap_or(u64::MAX).into()));
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
        match kind {
            Some(AUTOCOMPLETE) => self.complete(&ticket, Vec::new()).await,
            _ => self.say_privately(&ticket, &unreadable(reference.as_str())).await,
        }
    }

    async fn deliver(&self, ticket: &Ticket, inbound: Inbound, doors: &Doors) {
        self.remember(ticket, &inbound);
        let defer_at = later(inbound.at, DEFER_AFTER);
        // Before it is stored: the card's first report may come as soon as it is.
        let cards = [CallId::of_delivery(&inbound.key).card(), PageId::of_delivery(&inbound.key).card(0)];
        let expected = cards.into_iter().filter(|_| !ticket.replaces);
        let answers: Vec<(CardId, AnswerIs)> =
            expected.filter_map(|card| Some((card.clone(), self.memory.expect(&card)?))).collect();
        let at = inbound.at;
        let stored = doors.intake.person(inbound);
        tokio::pin!(stored);
        match self.clock.timeout(until(self.clock.now(), defer_at), &mut stored).await {
            Ok(receipt) => {
                pass(&*doors.steps, "discord.answer").await;
                match receipt.card.as_ref().filter(|_| !receipt.private && !ticket.replaces) {
                    Some(card) => {
                        let meant = answers.into_iter().find(|(expected, _)| expected == card);
                        let answer = meant.map(|(_, answer)| answer);
                        self.become_card(ticket, &receipt, (card, at, answer), doors).await;
                    }
                    None => self.receipt(ticket, &receipt).await,
                }
            }
            Err(_) => {
                // The card is posted beside it.
                drop(answers);
                self.respond(ticket, &Answer::deferred(ticket)).await;
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

    /// A private receipt. Where a private message was pressed, that one makes way for it.
    async fn receipt(&self, ticket: &Ticket, receipt: &Receipt) {
        let buttons = if receipt.private { receipt.buttons.as_slice() } else { &[] };
        let mut data = Post::private(shown(&receipt.text, receipt.card.as_ref(), buttons));
        let kind = if ticket.replaces { REPLACEMENT } else { MESSAGE };
        if ticket.replaces {
            data.flags = None;
        }
        self.respond(ticket, &Answer { kind, data: Some(data) }).await;
    }

    /// A public receipt becomes the card's message.
    async fn become_card(
        &self,
        ticket: &Ticket,
        receipt: &Receipt,
        (card, at, answer): (&CardId, Timestamp, Option<AnswerIs>),
        doors: &Doors,
    ) {
        let data = Post::public(shown(&receipt.text, Some(card), &[]));
        let became = match self.respond(ticket, &Answer { kind: MESSAGE, data: Some(data) }).await {
            Responded::Became(Some(message)) => Some(message),
            Responded::Became(None) | Responded::Uncertain => self.find_answer(ticket, at).await,
            Responded::Not => None,
        };
        let Some(message) = became else { return };
        match answer {
            Some(answer) if !answer.claim() => self.remove(message).await,
            Some(answer) => {
                doors.intake.answered(card, &message.to_string()).await;
                answer.tell(message);
            }
            None => doors.intake.answered(card, &message.to_string()).await,
        }
    }

    /// The message of an answer whose fate is not known. Discord may still take the answer until its 3 s are over.
    async fn find_answer(&self, ticket: &Ticket, at: Timestamp) -> Option<MessageRef> {
        let settled = later(at, SETTLED_AFTER);
        let mut pause = LOOK_PAUSE;
        for _ in 0..LOOKS_MAX {
            let asked_at = self.clock.now();
            match self.original(ticket.application, &ticket.token).await {
                Ok(message) => return Some(message),
                Err(error) if !error.is_temporary() && asked_at >= settled => return None,
                Err(error) if !error.is_temporary() => self.clock.sleep_for_waiter(settled).await,
                Err(_) => {
                    self.clock.sleep_for_waiter(later(self.clock.now(), pause)).await;
                    pause *= 2;
                }
            }
        }
        tracing::warn!(interaction = %ticket.id, "what an answer became is not known; the card may stand beside it");
        None
    }

    /// Takes away a receipt beside which its card was posted.
    async fn remove(&self, MessageRef { channel: channel_id, message: message_id }: MessageRef) {
        let request = Request::new(Route::ChannelMessage { channel_id, message_id }, LightMethod::Delete);
        if let Err(error) = self.rest.send::<()>(Urgency::News, request).await {
            tracing::warn!(%error, "a receipt beside its card could not be taken away");
        }
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
        let data = Some(Post::private(shown(text, None, &[])));
        self.respond(ticket, &Answer { kind: MESSAGE, data }).await;
    }

    async fn complete(&self, ticket: &Ticket, choices: Vec<(String, String)>) {
        let response = CreateInteractionResponse::Autocomplete(complete::response(choices));
        self.respond(ticket, &response).await;
    }

    /// Sends the first answer.
    async fn respond(&self, ticket: &Ticket, answer: &impl Serialize) -> Responded {
        let is_first = self.memory.is_first(ticket.id);
        let route = Route::InteractionResponse { interaction_id: ticket.id, token: &ticket.token };
        let request = with_body(route, LightMethod::Post, answer);
        let request = request.params(Some(vec![("with_response", "true".to_owned())]));
        let error = match self.rest.send::<Option<Became>>(Urgency::Receipt, request).await {
            Ok(became) => {
                let message = became.and_then(|became| became.resource?.message);
                return Responded::Became(message.map(MessageRef::from));
            }
            Err(error) => error,
        };
        if error.is_answered() {
            if is_first && self.link.shared(self.clock.now()) {
                tracing::error!("{SHARED}");
            }
            // By another delivery, whose answer is looked after there; or by somebody else.
            return if is_first { Responded::Not } else { Responded::Became(None) };
        }
        if error == RestError::AnsweredBefore {
            return Responded::Became(None);
        }
        if error.is_too_late() {
            self.counts.add(Counted::Late);
        }
        tracing::warn!(interaction = %ticket.id, %error, "an interaction was not answered; what was stored stands");
        if error.is_uncertain() { Responded::Uncertain } else { Responded::Not }
    }
}

/// What an option may be, for whoever types.
async fn choices(
    settings: &Settings,
    (kind, typed): (OptionKind, &str),
    (user, now): (&ChatUser, Timestamp),
    doors: &Doors,
) -> Vec<complete::Choice> {
    let person = settings.people.by_chat(user);
    let zone = person.map_or(TimeZone::UTC, |person| person.timezone.clone());
    let pages = match kind {
        OptionKind::PageId => complete::open_pages(person.map(|person| &person.id), &*doors.store).await,
        _ => Vec::new(),
    };
    let overrides = (doors.overrides)();
    let source = complete::Source {
        settings,
        live: &*doors.live,
        pages,
        overrides: &overrides,
        reader: Reader::new(now, zone),
        now,
    };
    complete::choices(kind, typed, &source)
}

impl Answer<'_> {
    /// A promise. A pressed private message stays until it is kept.
    fn deferred(ticket: &Ticket) -> Self {
        match ticket.replaces {
            true => Self { kind: DEFERRED_REPLACEMENT, data: None },
            false => Self { kind: DEFERRED, data: Some(Post::private(shown("", None, &[]))) },
        }
    }
}

/// What came of a first answer.
enum Responded {
    /// Discord took it; perhaps it said which message that became.
    Became(Option<MessageRef>),
    /// Discord may have taken it, or take it yet.
    Uncertain,
    /// Discord did not take it.
    Not,
}

/// The delivery key of an interaction.
pub(super) fn delivery_key(interaction: InteractionId) -> DeliveryKey {
    DeliveryKey::new(format!("{NAME}:{interaction}"))
}

impl From<BecameMessage> for MessageRef {
    fn from(BecameMessage { id, channel_id }: BecameMessage) -> Self {
        Self { channel: channel_id, message: id }
    }
}
