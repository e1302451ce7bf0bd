//! Carries out `Report`: brings a card and its thread up to date with the row as it is now.
//!
//! A report can be late, but never wrong or out of order, because it renders what is stored.

use std::time::Duration;

use jiff::Timestamp;

use super::Context;
use super::dial::done;
use crate::clock::later;
use crate::domain::call::{Call, CallState, TimelineEntry};
use crate::domain::change::{Change, Effect, EffectRow};
use crate::domain::ids::CardId;
use crate::domain::report::{
    ALERT_LINES_MAX, ALERTS_COME_AND_GO, BOARD_CALLS_MAX, Card, CardKind, CardState, THREAD_LINES_MAX,
    Weight, board_card, call_card, is_told_in_thread, link_card, subject, thread_is_full,
};
use crate::ports::{CardAndCall, Chat, ChatError, Line, LineAt, StoreError, pass};

/// A board that was shown longer ago is looked for even when nothing on it has changed: somebody may have deleted it.
const BOARD_LOOK: Duration = Duration::from_secs(60);

/// What people see of a card now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// As it is.
    AsItIs,
    /// As it was; to be shown at that time.
    Before(Timestamp),
}

/// What became of one effect.
#[derive(Debug)]
pub(super) enum Reported {
    /// Shown and stored.
    Done,
    /// The chat could not take it: later.
    Later(String),
    /// A card was edited a moment ago, or others come first: its next state is shown then.
    Again(Timestamp),
}

impl Context {
    /// Shows `card` as it is now.
    pub(super) async fn report(&self, row: &EffectRow, card: &CardId) -> Result<Reported, StoreError> {
        if card.page().is_some() {
            return self.report_page(row, card).await;
        }
        let Some(CardAndCall { card: mut state, call, timeline }) = self.store.card_and_call(card).await?
        else {
            return self.commit(done(row)).await.map(|()| Reported::Done);
        };
        let Some(chat) = self.chats.get(&state.place.chat) else {
            tracing::warn!(chat = state.place.chat, "a card belongs to a chat that is not served");
            return self.commit(done(row)).await.map(|()| Reported::Done);
        };
        let before = state.message.clone();
        let shown = match (state.kind, &call) {
            (CardKind::Call, Some(call)) => self.show_call(&**chat, &mut state, call, &timeline).await,
            (CardKind::Link, Some(call)) => self.show_link(&**chat, &mut state, call).await,
            (CardKind::Call | CardKind::Link, None) | (CardKind::Page, _) => Ok(Shown::AsItIs),
            (CardKind::Board, _) => self.show_board(&**chat, &mut state).await,
        };
        pass(&*self.steps, "report.shown").await;
        let (reported, mut change) = match shown {
            Ok(Shown::AsItIs) => (Reported::Done, done(row)),
            Ok(Shown::Before(due)) => (Reported::Again(due), Change::default()),
            Err(ChatError::NotBefore(due)) => (Reported::Again(due), Change::default()),
            Err(ChatError::Temporary(why)) => (Reported::Later(why), Change::default()),
            Err(error) => {
                tracing::warn!(%card, %error, "a card could not be shown");
                let mut change = done(row);
                match (state.kind, &call) {
                    (CardKind::Board, _) => self.board_is_unshown(&mut change, (row, &mut state), &error),
                    (CardKind::Call, Some(call)) => {
                        self.call_is_unshown(&mut change, (row, &mut state), call, &error)
                    }
                    (CardKind::Link, Some(call)) => self.link_is_unshown(&mut change, &mut state, call),
                    (CardKind::Link | CardKind::Call, None) | (CardKind::Page, _) => {}
                }
                (Reported::Done, change)
            }
        };
        if state.kind == CardKind::Board && chat.pins() && state.message != before {
            pin(&mut change, &state, self.clock.now());
        }
        change.shown.push(state.clone());
        self.commit(change).await?;
        self.take_back_if_removed(&**chat, &state).await?;
        Ok(reported)
    }

    /// A call's or page's card, also one that was never shown.
    async fn known_card(&self, card: &CardId) -> Result<Option<CardState>, StoreError> {
        if card.page().is_some() {
            return Ok(self.store.card_and_page(card).await?.map(|found| found.card));
        }
        Ok(self.store.card_and_call(card).await?.map(|found| found.card))
    }

    /// The message of `card` is there already: the answer to its command.
    pub(super) async fn card_is(&self, card: &CardId, message: &str) {
        let done = async {
            let Some(mut state) = self.known_card(card).await? else { return Ok(()) };
            if let Some(known) = &state.message {
                // The card was posted before its answer was known of: people shall see one.
                if known != message
                    && let Some(chat) = self.chats.get(&state.place.chat)
                    && let Err(error) = chat.remove_card(&state.place, message).await
                {
                    tracing::debug!(%card, %error, "a second message of a card could not be taken away");
                }
                return Ok(());
            }
            state.message = Some(message.to_owned());
            self.commit(Change { shown: vec![state], ..Change::default() }).await
        };
        if let Err(error) = done.await {
            tracing::warn!(%card, %error, "a card's message could not be noted; after a crash it is posted again");
        }
    }

    /// A board that was removed while it was being posted is taken away again.
    async fn take_back_if_removed(&self, chat: &dyn Chat, state: &CardState) -> Result<(), StoreError> {
        let Some(message) = state.message.as_ref().filter(|_| state.kind == CardKind::Board) else {
            return Ok(());
        };
        if self.store.card(&state.id).await?.is_none()
            && let Err(error) = chat.remove_card(&state.place, message).await
        {
            tracing::debug!(card = %state.id, %error, "a removed board was not there to be taken away");
        }
        Ok(())
    }

    async fn show_call(
        &self,
        chat: &dyn Chat,
        state: &mut CardState,
        call: &Call,
        entries: &[TimelineEntry],
    ) -> Result<Shown, ChatError> {
        let shown = self.show(chat, state, &call_card(call)).await?;
        let weight = |entry: &TimelineEntry| is_told_in_thread(call, entry.event).then_some(Weight::Usual);
        let told = (0..).zip(entries).map(|(n, entry)| Told {
            n,
            at: entry.at,
            text: &entry.detail,
            weight: weight(entry),
        });
        let (told, usual) = (told.collect(), THREAD_LINES_MAX);
        let thread = Thread { told, usual, full: thread_is_full(call), title: subject(call) };
        show_thread(chat, state, &thread).await?;
        Ok(shown)
    }

    async fn show_link(
        &self,
        chat: &dyn Chat,
        state: &mut CardState,
        call: &Call,
    ) -> Result<Shown, ChatError> {
        let Some(ring) = call.purpose.link() else { return Ok(Shown::AsItIs) };
        let settings = self.settings.get();
        self.show(chat, state, &link_card(call, ring, settings.people.link(&ring.who.user))).await
    }

    async fn show_board(&self, chat: &dyn Chat, state: &mut CardState) -> Result<Shown, ChatError> {
        let (calls, total) = self.live.newest(BOARD_CALLS_MAX);
        self.show(chat, state, &board_card(&state.id, &calls, total)).await
    }

    /// Posts the card, or edits it when what people see has changed. A deleted one is posted anew.
    pub(super) async fn show(
        &self,
        chat: &dyn Chat,
        state: &mut CardState,
        card: &Card,
    ) -> Result<Shown, ChatError> {
        let digest = card.digest();
        if let Some(message) = &state.message {
            let is_shown = state.shown.as_ref() == Some(&digest);
            if is_shown && !self.is_to_be_looked_for(state) {
                return Ok(Shown::AsItIs);
            }
            if let Some(due) = self.must_wait(chat, state, card) {
                return Ok(Shown::Before(due));
            }
            let found = if is_shown {
                chat.find_card(&state.place, message, card).await
            } else {
                chat.edit_card(&state.place, message, card).await
            };
            match found {
                Ok(()) => {}
                Err(ChatError::Gone) => state.give_up_message(),
                Err(error) => return Err(error),
            }
        }
        if state.message.is_none() {
            let posted = chat.post_card(&state.place, card).await?;
            if !posted.is_new {
                // An earlier life of ours posted it, and did not live to write that down.
                chat.edit_card(&state.place, &posted.message, card).await?;
            }
            state.message = Some(posted.message);
        }
        state.told.clear();
        state.told_over = false;
        state.shown = Some(digest);
        state.shown_at = Some(self.clock.now());
        Ok(Shown::AsItIs)
    }

    fn is_to_be_looked_for(&self, state: &CardState) -> bool {
        let is_old = state.shown_at.is_none_or(|at| later(at, BOARD_LOOK) <= self.clock.now());
        state.kind == CardKind::Board && is_old
    }

    /// Until when a card that changes often is left as it is; its last state is never kept back.
    fn must_wait(&self, chat: &dyn Chat, state: &CardState, card: &Card) -> Option<Timestamp> {
        let due = later(state.shown_at?, chat.edit_pause());
        (card.state != Some(CallState::Ended) && due > self.clock.now()).then_some(due)
    }
}

/// A board that was posted is pinned once that is stored: a crash before posts no second one for the pin's sake.
fn pin(change: &mut Change, state: &CardState, now: Timestamp) {
    if let Some(message) = state.message.clone() {
        change.act(Effect::Pin { card: state.id.clone(), place: state.place.clone(), message }, now);
    }
}

/// All that a thread may show, oldest first.
pub(super) struct Thread<'a> {
    /// What happened, as far as the thread may lack it.
    pub(super) told: Vec<Told<'a>>,
    /// Lines of it that what is not decisive may take.
    pub(super) usual: u32,
    /// Its line when that is full.
    pub(super) full: String,
    /// What it is called, where threads have names.
    pub(super) title: String,
}

/// One thing that happened.
pub(super) struct Told<'a> {
    /// How many things happened before it.
    pub(super) n: u32,
    /// When.
    pub(super) at: Timestamp,
    /// The sentence, escaped.
    pub(super) text: &'a str,
    /// How the thread shows it; `None`: the timeline alone does.
    pub(super) weight: Option<Weight>,
}

/// Adds the lines that are new. Where the chat takes none, the card is there all the same, and says how far it is: that
/// is logged, and tried again with the next line.
pub(super) async fn show_thread(
    chat: &dyn Chat,
    state: &mut CardState,
    thread: &Thread<'_>,
) -> Result<(), ChatError> {
    match add_lines(chat, state, thread).await {
        Err(ChatError::Permanent(why)) => {
            tracing::warn!(card = %state.id, why, "a card is shown, and its thread takes no lines");
            Ok(())
        }
        done => done,
    }
}

/// Where one does not fit, one says that more has happened.
async fn add_lines(chat: &dyn Chat, state: &mut CardState, thread: &Thread<'_>) -> Result<(), ChatError> {
    let before = || thread.told.iter().filter(|told| told.n < state.lines && told.weight.is_some()).count();
    let count = state.told_lines.unwrap_or_else(|| u32::try_from(before()).unwrap_or(u32::MAX));
    state.told_lines = Some(count);
    let known = state.lines;
    for told in thread.told.iter().filter(|told| told.n >= known) {
        // Stored with the count: a line that the chat does not take is tried again as the same one.
        let mut next = state.clone();
        if let Some(text) = told.weight.and_then(|weight| fit(&mut next, weight, told.text, thread)) {
            let (text, title) = (text.to_owned(), thread.title.clone());
            let (key, beside) = (told.n.to_string(), state.beside);
            post_line(chat, &mut next, &Line { key, at: told.at, text, title, beside }).await?;
        }
        next.lines = told.n + 1;
        *state = next;
    }
    Ok(())
}

/// What stands in the thread for `text`, and counts as a line of it; `None`: nothing does.
fn fit<'a>(state: &mut CardState, weight: Weight, text: &'a str, thread: &'a Thread<'_>) -> Option<&'a str> {
    let line = state.told_lines.unwrap_or_default().saturating_add(1);
    let last = match weight {
        Weight::Decisive => THREAD_LINES_MAX,
        Weight::Turning => thread.usual.midpoint(THREAD_LINES_MAX),
        Weight::Usual | Weight::Alert => thread.usual,
    };
    let is_one_too_many = weight == Weight::Alert && state.alert_lines > ALERT_LINES_MAX;
    if line > THREAD_LINES_MAX || is_one_too_many || (line > last && state.said_full) {
        return None;
    }
    state.told_lines = Some(line);
    state.alert_lines += u32::from(weight == Weight::Alert);
    if line >= last && !state.said_full {
        state.said_full = true;
        return Some(thread.full.as_str());
    }
    let comes_and_goes = weight == Weight::Alert && state.alert_lines > ALERT_LINES_MAX;
    Some(if comes_and_goes { ALERTS_COME_AND_GO } else { text })
}

async fn post_line(chat: &dyn Chat, state: &mut CardState, line: &Line) -> Result<(), ChatError> {
    let Some(message) = &state.message else { return Ok(()) };
    match chat.post_line(&state.place, message, line).await {
        Ok(at) => {
            state.beside |= at == LineAt::Beside;
            Ok(())
        }
        // The card was deleted: its story is in the timeline.
        Err(ChatError::Gone) => Ok(()),
        Err(error) => Err(error),
    }
}
