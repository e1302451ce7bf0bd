//! What a stranger asked for: it waits until we know who they are, and is judged anew then.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::Context;
use super::intake::Stop;
use super::link::{delivery, is_conflict};
use crate::domain::change::Change;
use crate::domain::command::LINE_MAX_CHARS;
use crate::domain::ids::CardId;
use crate::domain::inbound::{Inbound, Receipt, Said};
use crate::domain::link::{Asked, Linking};
use crate::domain::permit;
use crate::domain::refusal::{LinkRefusal, Refusal};
use crate::domain::report::{Button, stranger};
use crate::domain::settings::Settings;
use crate::ports::StoreError;

/// How often an offer is made anew because another one was stored meanwhile.
const CONFLICTS_MAX: usize = 8;

impl Context {
    /// Offers a stranger to be linked, and keeps what they asked for.
    pub(super) async fn offer_link(&self, inbound: &Inbound, settings: &Settings) -> Result<Receipt, Stop> {
        let name = &inbound.who.name;
        if !can_wait(&inbound.said) {
            return Err(Refusal::Stranger(name.clone()).into());
        }
        let receipt = Receipt::private(stranger(name, true, &settings.commands));
        for _ in 0..CONFLICTS_MAX {
            let before = self.store.linking(&inbound.who.user).await?;
            let mut linking = before.unwrap_or_else(|| Linking::new(inbound.who.clone(), inbound.at));
            linking.at = inbound.at;
            linking.asked = Some(Asked {
                key: inbound.key.clone(),
                place: inbound.place.clone(),
                said: inbound.said.clone(),
                at: inbound.at,
            });
            let mut change = Change { delivery: Some(delivery(inbound, &receipt)), ..Change::default() };
            change.people().linkings.push(linking);
            match self.commit(change).await.map_err(Stop::from) {
                Ok(()) => return Ok(receipt),
                Err(stop) if is_conflict(&stop) => {}
                Err(stop) => return Err(stop),
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// *Do it now*: as if it were asked at this moment, but done once, however often it is pressed.
    pub(super) fn do_it_now<'a>(
        &'a self,
        inbound: &'a Inbound,
        settings: &'a Settings,
        card: &'a CardId,
    ) -> BoxFuture<'a, Result<Receipt, Stop>> {
        async move {
            permit::listed(&inbound.who, &settings.people)?;
            let linking = self.store.linking(&inbound.who.user).await?.ok_or(LinkRefusal::NothingWaits)?;
            let asked = linking.asked_at(inbound.at).filter(|asked| asked.card() == *card);
            let asked = asked.ok_or(LinkRefusal::NothingWaits)?;
            let again = Inbound {
                key: asked.done_as(),
                at: inbound.at,
                place: asked.place.clone(),
                who: inbound.who.clone(),
                said: asked.said.clone(),
            };
            self.decide_once(&again, settings).await
        }
        .boxed()
    }
}

/// The receipt, with the button for what was asked before.
pub(super) fn later_button(receipt: Receipt, asked: Option<&Asked>) -> Receipt {
    match asked {
        Some(asked) => Receipt { card: Some(asked.card()), buttons: vec![Button::DoItNow], ..receipt },
        None => receipt,
    }
}

/// Not what is about a link itself, and nothing longer than a line.
fn can_wait(said: &Said) -> bool {
    let fits = |text: &str| text.len() <= LINE_MAX_CHARS;
    match said {
        Said::Line(line) => fits(line),
        Said::Pressed { button, text, .. } => {
            let is_of_link = matches!(Button::of_label(button), Some(Button::EnterCode | Button::DoItNow));
            !is_of_link && fits(button) && text.as_deref().is_none_or(fits)
        }
        Said::Thread { text, .. } => fits(text),
    }
}
