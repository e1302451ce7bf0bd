//! The answer to a question: *Ring anyway*, or not.

use std::time::Duration;

use super::Context;
use super::intake::Stop;
use super::start_call::{Asking, Placing, quiet_others};
use crate::clock::later;
use crate::domain::ask::{Ask, AskWhy};
use crate::domain::call::Purpose;
use crate::domain::change::{Change, Delivery};
use crate::domain::ids::{CallId, CardId};
use crate::domain::inbound::{Inbound, Receipt};
use crate::domain::permit;
use crate::domain::person::Person;
use crate::domain::refusal::Refusal;
use crate::domain::report::NOBODY_RUNG;
use crate::domain::settings::Settings;
use crate::ports::StoreError;

/// A question is void after this: "it is 03:12 for jack" is not true any more.
const ASK_LIVES: Duration = Duration::from_secs(15 * 60);
/// Longest reason kept, in characters.
const REASON_MAX: usize = 200;

impl Context {
    pub(super) async fn ring_anyway(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        card: &CardId,
        text: Option<&str>,
    ) -> Result<Receipt, Stop> {
        let may = permit::may_call(&inbound.who, &settings.people)?;
        let ask = self.open_ask(inbound, may.person(), card).await?;
        if matches!(ask.why, AskWhy::NotACallee(_)) {
            let quiet = quiet_others(settings, &ask.wish.callees, inbound, &may);
            if !quiet.is_empty() {
                // One question is answered; the hour is another one.
                let Ask { wish, again_of, id, place, .. } = ask;
                let asking =
                    Asking { wish, why: AskWhy::QuietHours(quiet), again_of, answers: Some(id), place };
                return self.ask(inbound, settings, asking).await.map_err(gone);
            }
        }
        let given = text.map(str::trim).filter(|text| !text.is_empty());
        let reason = match ask.why {
            AskWhy::QuietHours(_) => Some(given.unwrap_or("none given").chars().take(REASON_MAX).collect()),
            AskWhy::NotACallee(_) => None,
        };
        // The command's own delivery: two presses can't make two calls.
        let id = CallId::of_delivery(&ask.key);
        let again_of = ask.again_of.clone();
        let mut with = match &again_of {
            Some(old) => self.rung_again(&self.card_call(&old.card()).await?, &id, inbound)?,
            None => Change::default(),
        };
        with.answered.push(ask.id);
        let placing = Placing { id, wish: ask.wish, purpose: Purpose::Talk, place: ask.place, reason, with };
        let placed = self.place(inbound, settings, &may, placing).await;
        if let (Err(Stop::Store(StoreError::Conflict)), Some(old)) = (&placed, again_of) {
            // Another question about the same call may have been answered first.
            self.not_rung_again(&old).await?;
        }
        placed.map_err(gone)
    }

    pub(super) async fn dont_ring(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        card: &CardId,
    ) -> Result<Receipt, Stop> {
        let person = permit::listed(&inbound.who, &settings.people)?;
        let ask = self.open_ask(inbound, person, card).await?;
        let receipt = Receipt::private(NOBODY_RUNG);
        let delivery = Delivery { key: inbound.key.clone(), at: inbound.at, receipt: receipt.clone() };
        let change = Change { delivery: Some(delivery), answered: vec![ask.id], ..Change::default() };
        self.commit(change).await.map_err(Stop::Store).map_err(gone)?;
        Ok(receipt)
    }

    async fn open_ask(&self, inbound: &Inbound, by: &Person, card: &CardId) -> Result<Ask, Stop> {
        let ask = self.store.ask(card).await?.ok_or(Refusal::AskGone)?;
        if by.id != ask.person {
            return Err(Refusal::NotAsked(ask.person).into());
        }
        if inbound.at > later(ask.asked_at, ASK_LIVES) {
            return Err(Refusal::AskGone.into());
        }
        Ok(ask)
    }
}

/// Somebody else's press was first.
fn gone(stop: Stop) -> Stop {
    match stop {
        Stop::Store(StoreError::Conflict) => Stop::Refused(Refusal::AskGone),
        other => other,
    }
}
