//! Carries out `Report`: brings a card and its thread up to date with the row as it is now.
//!
//! A report can be late, but never wrong or out of order, because it renders what is stored.

use std::time::Duration;

use super::Context;
use super::dial::done;
use crate::clock::later;
use crate::domain::call::{Call, TimelineEntry};
use crate::domain::change::{Change, EffectRow};
use crate::domain::ids::CardId;
use crate::domain::report::{
    BOARD_CALLS_MAX, Card, CardKind, CardState, THREAD_LINES_MAX, board_card, call_card, is_told_in_thread,
    thread_is_full,
};
use crate::ports::{CardAndCall, Chat, ChatError, Line, StoreError, pass};

/// A board that was shown longer ago is edited even when nothing on it has changed.
const BOARD_LOOK: Duration = Duration::from_secs(60);

/// What became of one effect.
#[derive(Debug)]
pub(super) enum Reported {
    /// Shown and stored.
    Done,
    /// The chat could not take it: later.
    Later(String),
}

impl Context {
    /// Shows `card` as it is now.
    pub(super) async fn report(&self, row: &EffectRow, card: &CardId) -> Result<Reported, StoreError> {
        let Some(CardAndCall { card: mut state, call, timeline }) = self.store.card_and_call(card).await?
        else {
            return self.commit(done(row)).await.map(|()| Reported::Done);
        };
        let Some(chat) = self.chats.get(&state.place.chat) else {
            tracing::warn!(chat = state.place.chat, "a card belongs to a chat that is not served");
            return self.commit(done(row)).await.map(|()| Reported::Done);
        };
        let shown = match (state.kind, call) {
            (CardKind::Call, Some(call)) => self.show_call(&**chat, &mut state, &call, &timeline).await,
            (CardKind::Call, None) => Ok(()),
            (CardKind::Board, _) => self.show_board(&**chat, &mut state).await,
        };
        pass(&*self.steps, "report.shown").await;
        let (reported, mut change) = match shown {
            Ok(()) => (Reported::Done, done(row)),
            Err(ChatError::Temporary(why)) => (Reported::Later(why), Change::default()),
            Err(error) => {
                tracing::warn!(%card, %error, "a card could not be shown");
                (Reported::Done, done(row))
            }
        };
        change.shown.push(state.clone());
        self.commit(change).await?;
        self.take_back_if_removed(&**chat, &state).await?;
        Ok(reported)
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
    ) -> Result<(), ChatError> {
        self.show(chat, state, &call_card(call)).await?;
        let mut told = u32::try_from(
            entries
                .iter()
                .take(state.lines as usize)
                .filter(|entry| is_told_in_thread(call, entry.event))
                .count(),
        )
        .unwrap_or(u32::MAX);
        for (index, entry) in entries.iter().enumerate().skip(state.lines as usize) {
            if is_told_in_thread(call, entry.event) {
                told += 1;
                if let Some(line) = line(call, entry, index, told) {
                    post_line(chat, state, &line).await?;
                }
            }
            state.lines += 1;
        }
        Ok(())
    }

    async fn show_board(&self, chat: &dyn Chat, state: &mut CardState) -> Result<(), ChatError> {
        let now = self.clock.now();
        if state.shown_at.is_none_or(|at| later(at, BOARD_LOOK) <= now) {
            // Somebody may have deleted it: only an edit finds out.
            state.shown = None;
        }
        let (calls, total) = self.live.newest(BOARD_CALLS_MAX);
        self.show(chat, state, &board_card(&state.id, &calls, total)).await
    }

    /// Posts the card, or edits it when what people see has changed. A deleted one is posted anew.
    async fn show(&self, chat: &dyn Chat, state: &mut CardState, card: &Card) -> Result<(), ChatError> {
        let digest = card.digest();
        if let Some(message) = &state.message {
            if state.shown.as_ref() == Some(&digest) {
                return Ok(());
            }
            match chat.edit_card(&state.place, message, card).await {
                Ok(()) => {}
                Err(ChatError::Gone) => state.message = None,
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
        state.shown = Some(digest);
        state.shown_at = Some(self.clock.now());
        Ok(())
    }
}

async fn post_line(chat: &dyn Chat, state: &CardState, line: &Line) -> Result<(), ChatError> {
    let Some(message) = &state.message else { return Ok(()) };
    match chat.post_line(&state.place, message, line).await {
        // The card was deleted: its story is in the timeline.
        Err(ChatError::Gone) | Ok(()) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The line for `entry`, the `told`-th of its thread; the last one that fits says that more has happened.
fn line(call: &Call, entry: &TimelineEntry, index: usize, told: u32) -> Option<Line> {
    let text = match told.cmp(&THREAD_LINES_MAX) {
        std::cmp::Ordering::Less => entry.detail.clone(),
        std::cmp::Ordering::Equal => thread_is_full(call),
        std::cmp::Ordering::Greater => return None,
    };
    Some(Line { key: format!("{index}"), at: entry.at, text })
}
