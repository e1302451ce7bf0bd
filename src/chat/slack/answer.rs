//! Answers to deliveries: the same for both ways in, within 3 s, and only after what was asked is stored.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::api::{ApiError, Ask};
use super::client::receipt_shown;
use super::counts::Counted;
use super::decode::{AnswerBy, Asked, FormOf, Kind, What, asked};
use super::forms::{IDS, call_form, lacks, text_form, told};
use super::message::LateTicket;
use super::page_form::page_form;
use super::render::Shown;
use super::serve::Doors;
use super::{NAME, Slack};
use crate::chat::turns::Urgency;
use crate::clock::later;
use crate::domain::ids::{CardId, DeliveryKey, UserId};
use crate::domain::inbound::{Inbound, Receipt, Said};
use crate::domain::report::{
    Button, NOT_IN_WORKSPACE, Place, UNKNOWN_BUTTON, UNKNOWN_IDS, no_card_here, unreadable,
};
use crate::ports::{ChatError, pass};
use crate::task;

/// How long a late answer may follow where the person typed. Later it comes as a direct message, which is seen. (Slack
/// takes five within half an hour.)
const LATE_WITHIN: Duration = Duration::from_secs(120);

/// An answer in a body, or at an address that Slack gave for it.
#[derive(Debug, Serialize)]
pub(super) struct Late {
    response_type: &'static str,
    replace_original: bool,
    /// Without it, an answer to a press in a thread would stand outside of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    thread_ts: Option<String>,
    #[serde(flatten)]
    shown: Shown,
}

impl Late {
    /// One that only the person sees who asked.
    pub(super) fn private(said: &Receipt) -> Self {
        Self {
            response_type: "ephemeral",
            replace_original: false,
            thread_ts: None,
            shown: receipt_shown(said),
        }
    }

    /// The same, in the thread where it was asked for.
    pub(super) fn in_thread(said: &Receipt, thread_ts: Option<String>) -> Self {
        Self { thread_ts, ..Self::private(said) }
    }

    /// One to a press, in the thread where that was; it may take the place of what was pressed.
    fn to_press(said: &Receipt, replace_original: bool, place: &Place) -> Self {
        Self { replace_original, ..Self::in_thread(said, place.thread.clone()) }
    }
}

impl Slack {
    /// Does what a delivery asks for. Returns what is said in its acknowledgement; null: nothing.
    pub(super) async fn arrived(self: &Arc<Self>, kind: Kind, payload: &Value, doors: &Arc<Doors>) -> Value {
        self.counts.add(Counted::Deliveries);
        let settings = (doors.settings)();
        let Some(asked) = asked(kind, payload, &settings.commands) else {
            return self.unread(kind, payload);
        };
        if asked.what == What::Nothing {
            return Value::Null;
        }
        if !settings.workspaces.contains(&asked.team) {
            tracing::warn!(
                team = asked.team,
                "a workspace that is not on the list was refused: see [slack] workspaces"
            );
            return self.answer(&asked, &Receipt::private(NOT_IN_WORKSPACE));
        }
        self.take(asked, doors).await
    }

    /// What could not be read: the person is told, with a reference that the log has too.
    fn unread(self: &Arc<Self>, kind: Kind, payload: &Value) -> Value {
        self.counts.add(Counted::Unreadable);
        let text = |name: &str| payload.get(name).and_then(Value::as_str).unwrap_or_default();
        let id = [text("trigger_id"), text("event_id")].concat();
        let reference = CardId::of_delivery("r", &DeliveryKey::new(format!("{NAME}:{id}")));
        tracing::error!(%reference, ?kind, r#type = text("type"), "a delivery of Slack's could not be read");
        let said = Late::private(&Receipt::private(unreadable(reference.as_str())));
        match kind {
            Kind::Command => json!(said),
            Kind::Interaction => {
                self.respond_later(text("response_url").to_owned(), said, None);
                Value::Null
            }
            Kind::Event => Value::Null,
        }
    }

    async fn take(self: &Arc<Self>, asked: Asked, doors: &Arc<Doors>) -> Value {
        match &asked.what {
            What::Nothing => Value::Null,
            What::UnknownButton => self.answer(&asked, &Receipt::private(UNKNOWN_BUTTON)),
            What::Unfilled(block, what) => lacks(block, what),
            What::Home => {
                self.show_home(asked.who.user.clone(), doors);
                Value::Null
            }
            What::AskText { trigger, about } => {
                self.remember(&asked);
                self.open(trigger.clone(), text_form(about), &asked);
                Value::Null
            }
            What::Ask { trigger, about, form, note } => {
                self.remember(&asked);
                let settings = (doors.settings)();
                let form = match form {
                    FormOf::Call => call_form(about, note, settings.note_max),
                    FormOf::Page => page_form(about, note, &settings),
                };
                self.open(trigger.clone(), form, &asked);
                Value::Null
            }
            What::Mentioned(text) => match self.said_in_thread(&asked.place, text, doors).await {
                Some(said) => self.deliver(&asked, said, doors).await,
                None => {
                    let names = (doors.settings)();
                    self.answer(&asked, &Receipt::private(no_card_here(&names.commands)))
                }
            },
            What::Said(said) => self.deliver(&asked, said.clone(), doors).await,
        }
    }

    async fn deliver(self: &Arc<Self>, asked: &Asked, said: Said, doors: &Arc<Doors>) -> Value {
        self.remember(asked);
        let (key, place, who) = (asked.key.clone(), asked.place.clone(), asked.who.clone());
        let receipt = doors.intake.person(Inbound { key, at: self.clock.now(), place, who, said }).await;
        pass(&*doors.steps, "slack.answer").await;
        self.answer(asked, &receipt)
    }

    /// For an answer that comes late.
    fn remember(&self, asked: &Asked) {
        let (AnswerBy::Body { url } | AnswerBy::Url { url, .. }) = &asked.answer else { return };
        if !self.settings.root.takes_answer(url) {
            return;
        }
        let until = later(self.clock.now(), LATE_WITHIN);
        let late = LateTicket { url: url.clone(), thread: asked.place.thread.clone(), until };
        self.memory.tickets.put((asked.who.user.id.clone(), asked.place.channel.clone()), late);
    }

    /// Answers in the way that the delivery takes. Returns what is said in its acknowledgement.
    fn answer(self: &Arc<Self>, asked: &Asked, receipt: &Receipt) -> Value {
        match &asked.answer {
            AnswerBy::Body { .. } => json!(Late::private(receipt)),
            AnswerBy::Url { url, replaces } => {
                let late = Late::to_press(receipt, *replaces, &asked.place);
                let else_tell = (asked.place.clone(), asked.who.user.id.clone(), receipt.clone());
                self.respond_later(url.clone(), late, Some(else_tell));
                Value::Null
            }
            // It stays, with what is wrong beside the field.
            AnswerBy::Form { .. } if receipt.buttons.contains(&Button::RingAnywayNote) => {
                lacks(IDS, UNKNOWN_IDS)
            }
            AnswerBy::Form { .. } if !receipt.private || !receipt.buttons.is_empty() => {
                self.tell_later(asked, receipt.clone());
                json!({ "response_action": "clear" })
            }
            AnswerBy::Form { title } => {
                // The form stays below it, with what was filled in.
                json!({ "response_action": "push", "view": told(title, &receipt.text) })
            }
            AnswerBy::Message => {
                self.tell_later(asked, receipt.clone());
                Value::Null
            }
        }
    }

    /// After the acknowledgement: Slack takes it only then, and nobody waits for it. Where the address is not good any
    /// more, the person is told as a message, if it is known who and what.
    fn respond_later(self: &Arc<Self>, url: String, late: Late, else_tell: Option<(Place, UserId, Receipt)>) {
        let slack = Arc::clone(self);
        self.later("slack-answer", async move {
            let mut done = slack.respond(&url, &late).await.map_err(ChatError::from);
            if let (Err(error), Some((place, to, receipt))) = (&done, else_tell) {
                tracing::info!(%error, "an answer goes as a message");
                done = slack.tell(&place, &to, &receipt).await;
            }
            if let Err(error) = done {
                tracing::warn!(%error, "an answer did not reach Slack; what was stored stands");
            }
        });
    }

    async fn respond(&self, url: &str, body: &impl Serialize) -> Result<(), ApiError> {
        if !self.settings.root.takes_answer(url) {
            return Err(ApiError::Unreached("the address for an answer is not Slack's".to_owned()));
        }
        self.api.respond(url, body).await
    }

    /// What could not be said in an acknowledgement. Slack tells the person that it failed; this tells how it stands.
    pub(super) async fn answer_after_all(&self, payload: &Value, said: &Value) {
        let url = payload.get("response_url").and_then(Value::as_str).unwrap_or_default();
        if url.is_empty() || said.get("response_type").is_none() {
            tracing::warn!("a delivery's socket went before it was acknowledged; what was stored stands");
        } else if let Err(error) = self.respond(url, said).await {
            tracing::warn!(%error, "an answer did not reach Slack; what was stored stands");
        }
    }

    fn tell_later(self: &Arc<Self>, asked: &Asked, receipt: Receipt) {
        let (slack, place, to) = (Arc::clone(self), asked.place.clone(), asked.who.user.id.clone());
        self.later("slack-answer", async move {
            if let Err(error) = slack.tell(&place, &to, &receipt).await {
                tracing::warn!(%error, "an answer did not reach Slack; what was stored stands");
            }
        });
    }

    /// Opens a form: Slack takes that for 3 s.
    fn open(self: &Arc<Self>, trigger: String, view: Value, asked: &Asked) {
        let (slack, place, to) = (Arc::clone(self), asked.place.clone(), asked.who.user.id.clone());
        self.later("slack-form", async move {
            let open = json!({ "trigger_id": trigger, "view": view });
            if let Err(error) =
                slack.api.ask::<IgnoredAny>(Ask::json("views.open", Urgency::Receipt, &open)).await
            {
                tracing::warn!(%error, "a form could not be opened");
                let said = Receipt::private(crate::domain::report::no_form(&error.to_string()));
                if let Err(error) = slack.tell(&place, &to, &said).await {
                    tracing::warn!(%error, "nobody could be told that a form could not be opened");
                }
            }
        });
    }

    /// Starts work that nobody waits for. It ends by itself: every request it makes has a time-out.
    pub(super) fn later(&self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        let (busy, open) = (self.clock.busy(), super::serve::Open::new(&self.open));
        let gone = self.gone.clone();
        let counted = async move {
            let (_busy, _open) = (busy, open);
            let _done = gone.run_until_cancelled(work).await;
        };
        task::spawn(name, Box::pin(counted)).detach();
    }

    /// What was said to the bot: a command's line, or a word about the card of the thread. `None`: neither.
    async fn said_in_thread(&self, place: &Place, text: &str, doors: &Doors) -> Option<Said> {
        let settings = (doors.settings)();
        let first = text.split_whitespace().next().unwrap_or_default().trim_start_matches('/').to_lowercase();
        let is_command = settings.commands.command(&first).is_some();
        let is_about_card = matches!(first.as_str(), "ack" | "close" | "hangup" | "hang");
        let line = || Said::Line(format!("/{}", text.trim_start().trim_start_matches('/')));
        if is_command && !is_about_card {
            return Some(line());
        }
        let card = match place.thread.as_deref() {
            Some(thread) => self.card_of_thread(&place.channel, thread, doors).await,
            None => None,
        };
        match card {
            Some(card) => Some(Said::Thread { card, text: text.to_owned() }),
            None if is_command => Some(line()),
            None => None,
        }
    }
}
