//! The desk's HTTP door: what a person types, presses and says becomes one `Inbound`.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{delete, get, post};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::channel::{Channel, Message};
use crate::clock::Clock;
use crate::domain::call::CallState;
use crate::domain::ids::{CardId, DeliveryKey, is_person_id};
use crate::domain::inbound::{Inbound, Receipt, Said, Who};
use crate::domain::report::{Button, Place};
use crate::ports::Intake;
use crate::problem::{BODY_MAX, Problem, json};

/// Most cards in one answer of `GET /sandbox/channel`.
const CARDS_SHOWN_MAX: usize = 100;
/// Longest delivery key taken, in bytes.
const DELIVERY_MAX: usize = 200;

#[derive(Clone)]
struct Desk {
    channel: Arc<Channel>,
    intake: Arc<dyn Intake>,
    clock: Clock,
}

/// The routes under `/sandbox/desk` and `/sandbox/channel`.
pub fn router(channel: Arc<Channel>, intake: Arc<dyn Intake>, clock: Clock) -> Router {
    Router::new()
        .route("/sandbox/desk/{person}", post(typed))
        .route("/sandbox/desk/{person}/press", post(pressed))
        .route("/sandbox/desk/{person}/say", post(said))
        .route("/sandbox/channel", get(shown))
        .route("/sandbox/channel/{card}", delete(deleted))
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .with_state(Desk { channel, intake, clock })
}

#[derive(Deserialize)]
struct Typed {
    text: String,
    delivery: Option<String>,
}

#[derive(Deserialize)]
struct Pressed {
    card: String,
    button: String,
    text: Option<String>,
    delivery: Option<String>,
}

#[derive(Deserialize)]
struct InThread {
    card: String,
    text: String,
    delivery: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    receipt: Receipt,
    delivery: String,
}

async fn typed(
    State(desk): State<Desk>,
    Path(person): Path<String>,
    body: Bytes,
) -> Result<Json<Answer>, Problem> {
    let typed: Typed = json(&body)?;
    desk.deliver(&person, typed.delivery, Said::Line(typed.text)).await
}

async fn pressed(
    State(desk): State<Desk>,
    Path(person): Path<String>,
    body: Bytes,
) -> Result<Json<Answer>, Problem> {
    let pressed: Pressed = json(&body)?;
    let said = Said::Pressed { card: CardId::new(pressed.card), button: pressed.button, text: pressed.text };
    desk.deliver(&person, pressed.delivery, said).await
}

async fn said(
    State(desk): State<Desk>,
    Path(person): Path<String>,
    body: Bytes,
) -> Result<Json<Answer>, Problem> {
    let said: InThread = json(&body)?;
    let in_thread = Said::Thread { card: CardId::new(said.card), text: said.text };
    desk.deliver(&person, said.delivery, in_thread).await
}

impl Desk {
    async fn deliver(
        &self,
        person: &str,
        delivery: Option<String>,
        said: Said,
    ) -> Result<Json<Answer>, Problem> {
        let at = self.clock.now();
        let person = person.to_ascii_lowercase();
        if !is_person_id(&person) {
            return Err(Problem::not_found("a person's id is 1 to 32 of a-z, 0-9, _ and -"));
        }
        let delivery = delivery.unwrap_or_else(|| format!("{:032x}", rand::random::<u128>()));
        if delivery.is_empty() || delivery.len() > DELIVERY_MAX {
            let error = format!("a delivery key has 1 to {DELIVERY_MAX} bytes");
            return Err(Problem::new(StatusCode::BAD_REQUEST, error));
        }
        let _busy = self.clock.busy();
        let inbound = Inbound {
            // A key is the person's own: nobody can take another's delivery for theirs.
            key: DeliveryKey::new(format!("desk:{person}:{delivery}")),
            at,
            place: Place { chat: super::NAME.into(), channel: super::CHANNEL.into(), thread: None },
            who: Who::new(super::NAME, person.clone(), person),
            said,
        };
        let receipt = self.intake.person(inbound).await;
        Ok(Json(Answer { receipt, delivery }))
    }
}

#[derive(Deserialize)]
struct Reader {
    person: Option<String>,
}

#[derive(Serialize)]
struct Shown {
    cards: Vec<ShownCard>,
    notes: Vec<super::channel::Note>,
    more: usize,
}

#[derive(Serialize)]
struct ShownCard {
    id: String,
    at: Timestamp,
    kind: &'static str,
    state: Option<CallState>,
    text: String,
    buttons: Vec<Button>,
    thread: Vec<ShownLine>,
}

#[derive(Serialize)]
struct ShownLine {
    at: Timestamp,
    text: String,
}

async fn shown(State(desk): State<Desk>, Query(reader): Query<Reader>) -> Json<Shown> {
    let (cards, more) = desk.channel.newest(CARDS_SHOWN_MAX);
    let notes = reader.person.map(|person| desk.channel.notes(&person)).unwrap_or_default();
    Json(Shown { cards: cards.into_iter().map(ShownCard::from).collect(), notes, more })
}

async fn deleted(State(desk): State<Desk>, Path(card): Path<String>) -> Result<StatusCode, Problem> {
    match desk.channel.delete(&card) {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(super::channel::Gone) => Err(Problem::not_found("there is no such message")),
    }
}

impl From<Message> for ShownCard {
    fn from(posted: Message) -> Self {
        let kind = match posted.state {
            _ if CardId::new(posted.id.clone()).page().is_some() => "page",
            Some(_) => "call",
            None => "board",
        };
        let thread = posted.thread.into_iter().map(|said| ShownLine { at: said.at, text: said.text });
        Self {
            id: posted.id,
            at: posted.at,
            kind,
            state: posted.state,
            text: posted.text,
            buttons: posted.buttons,
            thread: thread.collect(),
        }
    }
}
