//! The board: a message in a channel that stays current while calls live.

use std::time::Duration;

use super::Context;
use super::intake::Stop;
use crate::domain::change::{Change, Delivery, Effect};
use crate::domain::ids::CardId;
use crate::domain::inbound::{Inbound, Receipt};
use crate::domain::permit;
use crate::domain::refusal::Refusal;
use crate::domain::report::{BOARD_POSTED, BOARD_REMOVED, CardKind, CardState};
use crate::domain::settings::Settings;
use crate::ports::StoreError;

/// A board is brought up to date at most this often, whatever happens.
pub const BOARD_PAUSE: Duration = Duration::from_secs(1);

impl Context {
    pub(super) async fn open_board(&self, inbound: &Inbound, settings: &Settings) -> Result<Receipt, Stop> {
        let by = permit::listed(&inbound.who, &settings.people)?.id.clone();
        let _turn = self.boards_turn.lock().await;
        if self.store.boards().await?.iter().any(|board| board.place == inbound.place) {
            return Err(Refusal::BoardIsThere.into());
        }
        let id = CardId::of_delivery("board", &inbound.key);
        let receipt = Receipt { card: Some(id.clone()), ..Receipt::private(BOARD_POSTED) };
        let mut change = Change {
            delivery: Some(Delivery { key: inbound.key.clone(), at: inbound.at, receipt: receipt.clone() }),
            ..Change::default()
        };
        change.act(Effect::Report { card: id.clone(), chat: inbound.place.chat.clone() }, inbound.at);
        change.cards.push(CardState::new(id, CardKind::Board, inbound.place.clone(), by));
        self.commit(change).await?;
        Ok(receipt)
    }

    pub(super) async fn remove_board(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        card: &CardId,
    ) -> Result<Receipt, Stop> {
        let person = permit::listed(&inbound.who, &settings.people)?;
        let board = self.store.card(card).await?.filter(|card| card.kind == CardKind::Board);
        let mut board = board.ok_or_else(|| Refusal::NoSuchButton("Remove board".into()))?;
        if board.by != person.id && !person.roles.administers() {
            return Err(Refusal::NotAdmin.into());
        }
        let receipt = Receipt::private(BOARD_REMOVED);
        let mut change = Change {
            delivery: Some(Delivery { key: inbound.key.clone(), at: inbound.at, receipt: receipt.clone() }),
            ..Change::default()
        };
        if let Some(message) = board.message.clone() {
            change.act(
                Effect::TakeDown { card: card.clone(), place: board.place.clone(), message },
                inbound.at,
            );
        }
        board.retired = true;
        change.cards.push(board);
        self.commit(change).await?;
        Ok(receipt)
    }

    /// Asks for every board to be brought up to date.
    ///
    /// # Errors
    /// When the store failed.
    pub async fn refresh_boards(&self) -> Result<(), StoreError> {
        let mut change = Change::default();
        for board in self.store.boards().await? {
            change.act(Effect::Report { card: board.id, chat: board.place.chat }, self.clock.now());
        }
        if change.effects.is_empty() { Ok(()) } else { self.commit(change).await }
    }
}
