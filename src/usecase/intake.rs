//! The one door for people and the engine: dedupe, dispatch, answer.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jiff::tz::TimeZone;
use tokio::sync::{Semaphore, oneshot};
use tokio_util::sync::CancellationToken;

use super::Context;
use super::repeats::Repeats;
use crate::domain::change::{Change, Effect};
use crate::domain::command::{Bounds, Command, ParseError, parse};
use crate::domain::ids::CardId;
use crate::domain::inbound::{Inbound, Receipt, Said};
use crate::domain::refusal::{LinkRefusal, PageRefusal, Refusal};
use crate::domain::report::{Button, NOT_RECORDED_YET, went_wrong};
use crate::domain::settings::Settings;
use crate::ports::{EngineEvent, Intake, Outage, StoreError, pass};
use crate::task;

/// Platforms give 3 s for the first answer; half of it is ours.
const RECEIPT_WITHIN: Duration = Duration::from_millis(1500);

/// Deliveries of alerts under way at once: some seconds of what the store can take. Who comes then is told to come again.
const DELIVERIES_MAX: usize = 2_000;

/// Implements [`Intake`] for the adapters.
#[derive(Clone)]
pub struct Door {
    pub(super) context: Arc<Context>,
    /// Ends what is still under way when the program ends.
    pub(super) ends: CancellationToken,
    /// Counts commands under way.
    open: Arc<AtomicUsize>,
    repeats: Arc<Repeats>,
    /// Deliveries of alerts that may be under way.
    pub(super) deliveries: Arc<Semaphore>,
}

/// Why a command ended without being carried out.
#[derive(Debug)]
pub(super) enum Stop {
    /// A person is told why.
    Refused(Refusal),
    /// The store failed, or knows the delivery.
    Store(StoreError),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<PageRefusal> for Stop {
    fn from(refusal: PageRefusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<LinkRefusal> for Stop {
    fn from(refusal: LinkRefusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Door {
    /// The door to `context`, until `ends`.
    #[must_use]
    pub fn new(context: Arc<Context>, ends: CancellationToken) -> Self {
        let deliveries = Arc::new(Semaphore::new(DELIVERIES_MAX));
        Self { context, ends, open: Arc::default(), repeats: Arc::default(), deliveries }
    }

    /// One more command or delivery under way.
    pub(super) fn counted(&self) -> Counted {
        Counted::new(&self.open)
    }

    /// Whether a command is still under way, though its sender may have been answered "not recorded yet".
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.open.load(Ordering::SeqCst) > 0
    }
}

/// One command or delivery under way.
pub(super) struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(count))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Door")
    }
}

#[async_trait]
impl Intake for Door {
    async fn person(&self, inbound: Inbound) -> Receipt {
        let (answer, answered) = oneshot::channel();
        let (context, ends) = (Arc::clone(&self.context), self.ends.clone());
        let (busy, counted) = (context.clock.busy(), self.counted());
        let turn = self.repeats.enter(&inbound.key);
        let work = async move {
            let (_busy, _counted) = (busy, counted);
            let _first_come = turn.lock.lock().await;
            let receipt = match turn.is_repeat {
                true => context.answer_again(&inbound).await,
                false => context.answer(&inbound).await,
            };
            if let Err(late) = answer.send(receipt) {
                context.answer_late(&inbound, late).await;
            }
        };
        task::spawn("command", async move {
            let _ended = ends.run_until_cancelled_owned(Box::pin(work)).await;
        })
        .detach();
        match self.context.clock.timeout(RECEIPT_WITHIN, answered).await {
            Ok(Ok(receipt)) => receipt,
            Ok(Err(_)) => Receipt::private(went_wrong("panic")),
            Err(_) => Receipt::private(NOT_RECORDED_YET),
        }
    }

    async fn answered(&self, card: &CardId, message: &str) {
        let _ended = self.ends.run_until_cancelled(self.context.card_is(card, message)).await;
    }

    async fn outage(&self, outage: Outage) {
        let _ended = self.ends.run_until_cancelled(self.context.tell_of_outage(&outage)).await;
    }

    async fn engine(&self, event: EngineEvent) {
        let heard = self.ends.run_until_cancelled(self.context.hear(event)).await;
        if let Some(Err(error)) = heard {
            tracing::warn!(%error, "the engine's news could not be stored; polling will find it");
        }
    }
}

impl Context {
    /// The first answer, if there was one; what was not stored may be asked anew.
    async fn answer_again(&self, inbound: &Inbound) -> Receipt {
        match self.store.receipt(&inbound.key).await {
            Ok(Some(first)) => first,
            Ok(None) => self.answer(inbound).await,
            Err(error) => self.failed(inbound, &error.to_string()),
        }
    }

    async fn answer(&self, inbound: &Inbound) -> Receipt {
        pass(&*self.steps, "intake.decoded").await;
        let settings = self.settings.get();
        match self.decide_once(inbound, &settings).await {
            Ok(receipt) => receipt,
            Err(Stop::Refused(refusal)) => {
                Receipt::private(refusal.sentence(&zone_of(inbound, &settings), &settings.commands))
            }
            Err(Stop::Store(error)) => self.failed(inbound, &error.to_string()),
        }
    }

    /// Decides. A repeat gets the first answer, also when it would be refused for what its first delivery did.
    pub(super) async fn decide_once(&self, inbound: &Inbound, settings: &Settings) -> Result<Receipt, Stop> {
        let stop = match self.decide(inbound, settings).await {
            Ok(receipt) => return Ok(receipt),
            Err(stop) => stop,
        };
        if matches!(stop, Stop::Refused(_) | Stop::Store(StoreError::Duplicate))
            && let Some(first) = self.store.receipt(&inbound.key).await?
        {
            return Ok(first);
        }
        match stop {
            Stop::Refused(Refusal::Stranger(_)) => self.offer_link(inbound, settings).await,
            stop => Err(stop),
        }
    }

    /// One line for the person with a reference, one line for the log with the reason.
    fn failed(&self, inbound: &Inbound, why: &str) -> Receipt {
        let reference = CardId::of_delivery("r", &inbound.key);
        tracing::error!(%reference, why, "a command could not be carried out");
        Receipt::private(went_wrong(reference.as_str()))
    }

    /// The person was told "not recorded yet": the outcome follows, by the card or by a whisper.
    async fn answer_late(&self, inbound: &Inbound, receipt: Receipt) {
        let to = &inbound.who.user.id;
        if !receipt.private {
            return;
        }
        let (key, place) = (inbound.key.clone(), inbound.place.clone());
        let mut change = Change::default();
        let whisper = Effect::Whisper { key, place: place.clone(), to: to.clone(), said: receipt.clone() };
        change.act(whisper, self.clock.now());
        let Err(error) = self.commit(change).await else { return };
        tracing::error!(%error, "a late answer could not be stored; it is said once");
        let Some(chat) = self.chats.get(&place.chat) else { return };
        if let Err(error) = chat.whisper(&inbound.key, &place, to, &receipt).await {
            tracing::warn!(%error, "a late answer could not be said");
        }
    }

    async fn decide(&self, inbound: &Inbound, settings: &Settings) -> Result<Receipt, Stop> {
        match &inbound.said {
            Said::Line(line) => self.command(inbound, settings, line).await,
            Said::Pressed { card, button, text } => {
                let pressed =
                    Button::of_label(button).ok_or_else(|| Refusal::NoSuchButton(button.clone()))?;
                self.press(inbound, settings, (card, pressed), text.as_deref()).await
            }
            Said::Thread { card, text } => self.say(inbound, settings, card, text).await,
        }
    }

    async fn command(&self, inbound: &Inbound, settings: &Settings, line: &str) -> Result<Receipt, Stop> {
        let bounds = Bounds { callees_max: settings.callees_max, note_max_chars: settings.note_max };
        let command = match parse(line, &settings.commands, settings, bounds) {
            Ok(command) => command,
            Err(ParseError::LooksLikeCallee { word, wish: Some(line), .. }) => {
                return self.ask_about_note(inbound, settings, word, line).await;
            }
            Err(error) => return Err(Refusal::Unreadable(error).into()),
        };
        if let Some(receipt) = self.page_command(inbound, settings, &command).await? {
            return Ok(receipt);
        }
        match command {
            Command::Call(line) => self.start_call(inbound, settings, line).await,
            Command::Take { schedule, until } => {
                self.take_shift(inbound, settings, (&schedule, &until)).await
            }
            Command::Override { schedule, what, span } => {
                self.override_shifts(inbound, settings, (&schedule, what, &span)).await
            }
            Command::Undo(id) => self.undo_override(inbound, settings, &id).await,
            Command::Board => self.open_board(inbound, settings).await,
            Command::HangUp(id) => {
                let call = self.resolve(&id).await?;
                self.hang_up(inbound, settings, call).await
            }
            Command::Test => self.test_call(inbound, settings).await,
            Command::Quiet(who, wish) => self.quiet(inbound, settings, who, wish).await,
            Command::Link(person, by) => self.link(inbound, settings, &person, by).await,
            Command::Unlink(user) => self.unlink(inbound, settings, user).await,
            other => self.read(inbound, settings, other).await,
        }
    }

    async fn press(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        (card, button): (&CardId, Button),
        text: Option<&str>,
    ) -> Result<Receipt, Stop> {
        if card.page().is_some() {
            return self.page_press(inbound, settings, (card, button), text).await;
        }
        match button {
            Button::HangUp => {
                let call = self.card_call(card).await?;
                self.hang_up(inbound, settings, call).await
            }
            Button::RingAgain => {
                let call = self.card_call(card).await?;
                self.ring_again(inbound, settings, call).await
            }
            Button::RingAnyway | Button::RingAnywayNote => {
                self.ring_anyway(inbound, settings, card, text).await
            }
            Button::DontRing => self.dont_ring(inbound, settings, card).await,
            Button::RemoveBoard => self.remove_board(inbound, settings, card).await,
            Button::EnterCode => self.press_code(inbound, settings, card, text).await,
            Button::DoItNow => self.do_it_now(inbound, settings, card).await,
            Button::Confirm => self.confirm_link(inbound, settings, card).await,
            Button::Acknowledge
            | Button::AcknowledgeAnyway
            | Button::Snooze
            | Button::SnoozeAnyway
            | Button::HandOver
            | Button::ReopenAnyway
            | Button::Escalate
            | Button::EscalateAnyway
            | Button::Close
            | Button::CloseAnyway
            | Button::Reopen
            | Button::ApplyPolicy => Err(Refusal::NoSuchButton(button.label().to_owned()).into()),
        }
    }

    /// What a thread understands.
    async fn say(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        card: &CardId,
        text: &str,
    ) -> Result<Receipt, Stop> {
        if card.page().is_some() {
            return self.page_say(inbound, settings, (card, text)).await;
        }
        let word: String = text.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect();
        if word != "hangup" {
            return Err(Refusal::NotUnderstood(text.to_owned()).into());
        }
        let call = self.card_call(card).await?;
        self.hang_up(inbound, settings, call).await
    }
}

/// The zone in which times are said to whoever asked.
pub(super) fn zone_of(inbound: &Inbound, settings: &Settings) -> TimeZone {
    let person = settings.people.by_chat(&inbound.who.user);
    person.map_or(TimeZone::UTC, |person| person.timezone.clone())
}
