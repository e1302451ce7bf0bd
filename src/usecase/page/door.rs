//! Which verb a command, a button or a word about a page is.

use super::people::Hand;
use crate::domain::command::{Command, PageWord, SNOOZE, page_word, someone};
use crate::domain::ids::CardId;
use crate::domain::inbound::{Inbound, Receipt};
use crate::domain::page::Page;
use crate::domain::refusal::{PageRefusal, Refusal};
use crate::domain::report::{Button, TO_WHOM};
use crate::domain::settings::Settings;
use crate::usecase::Context;
use crate::usecase::intake::Stop;

impl Context {
    /// Carries out a command about a page. `None`: it is none.
    pub(in crate::usecase) async fn page_command(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        command: &Command,
    ) -> Result<Option<Receipt>, Stop> {
        let hand = |id| Hand { inbound, settings, page: None, id };
        let receipt = match command {
            Command::Page { target, message } => {
                self.start_page(inbound, settings, (target, message)).await?
            }
            Command::Ack { id: Some(all), promise } if all == "all" => {
                self.acknowledge_all(&hand(None), *promise).await?
            }
            // Who says until when has said what they mean: that is no click.
            Command::Ack { id, promise } => {
                self.acknowledge(hand(id.as_deref()), *promise, promise.is_some()).await?
            }
            Command::Close(id) => self.close_page(hand(id.as_deref()), false).await?,
            Command::Escalate { id, who: Some(who), instead: true } => {
                self.hand_over(hand(id.as_deref()), who).await?
            }
            Command::Escalate { id, who: Some(who), .. } => self.call_in(hand(id.as_deref()), who).await?,
            Command::Escalate { id, who: None, .. } => self.escalate(hand(id.as_deref()), false).await?,
            _ => return Ok(None),
        };
        Ok(Some(receipt))
    }

    /// Carries out a button of a page's card.
    pub(in crate::usecase) async fn page_press(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        (card, button): (&CardId, Button),
        text: Option<&str>,
    ) -> Result<Receipt, Stop> {
        let hand = Hand { inbound, settings, page: Some(self.card_page(card).await?), id: None };
        match button {
            Button::Acknowledge => self.acknowledge(hand, None, false).await,
            Button::AcknowledgeAnyway => self.acknowledge(hand, None, true).await,
            Button::SnoozeAnyway => self.acknowledge(hand, Some(SNOOZE), true).await,
            Button::Snooze => self.acknowledge(hand, Some(SNOOZE), false).await,
            Button::HandOver if hand.page.as_ref().is_some_and(|page| !page.is_open()) => {
                let over = hand.page.as_ref().map(PageRefusal::over);
                Err(over
                    .map_or_else(|| Refusal::NoSuchButton(button.label().to_owned()), Refusal::from)
                    .into())
            }
            Button::HandOver => {
                let who = someone(text.unwrap_or_default(), settings).map_err(Refusal::Unreadable)?;
                match who {
                    Some(who) => self.hand_over(hand, &who).await,
                    None => Ok(asked_to_whom(card)),
                }
            }
            Button::Escalate => self.escalate(hand, false).await,
            Button::EscalateAnyway => self.escalate(hand, true).await,
            Button::Close => self.close_page(hand, false).await,
            Button::CloseAnyway => self.close_page(hand, true).await,
            Button::RingAnyway => self.ring_held(hand).await,
            Button::Reopen => self.reopen(hand, false).await,
            Button::ReopenAnyway => self.reopen(hand, true).await,
            Button::ApplyPolicy => self.apply_policy(hand).await,
            other => Err(Refusal::NoSuchButton(other.label().to_owned()).into()),
        }
    }

    /// Carries out a word said in a page's thread: `ack`, `ack 30m`, `to @zoe`, `close`.
    pub(in crate::usecase) async fn page_say(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        (card, text): (&CardId, &str),
    ) -> Result<Receipt, Stop> {
        let hand = Hand { inbound, settings, page: Some(self.card_page(card).await?), id: None };
        match page_word(text, settings).map_err(Refusal::Unreadable)? {
            Some(PageWord::Ack(promise)) => self.acknowledge(hand, promise, promise.is_some()).await,
            Some(PageWord::Close) => self.close_page(hand, false).await,
            Some(PageWord::Reopen) => self.reopen(hand, false).await,
            Some(PageWord::Escalate(None)) => self.escalate(hand, false).await,
            Some(PageWord::Escalate(Some(who))) => self.call_in(hand, &who).await,
            Some(PageWord::To(Some(who))) => self.hand_over(hand, &who).await,
            Some(PageWord::To(None)) => Ok(asked_to_whom(card)),
            None => {
                let is_open = hand.page.as_ref().is_some_and(Page::is_open);
                Err(PageRefusal::NotUnderstood { text: text.to_owned(), is_open }.into())
            }
        }
    }
}

/// *Hand over* was pressed where no form asks for a name.
fn asked_to_whom(card: &CardId) -> Receipt {
    let buttons = vec![Button::HandOver];
    Receipt { card: Some(card.clone()), buttons, ..Receipt::private(TO_WHOM) }
}
