//! *Confirm*: a link that its ring could not prove, on the word of an admin.

use super::Context;
use super::intake::Stop;
use super::page::admins;
use crate::domain::call::{Call, LinkRing};
use crate::domain::change::{Change, Effect};
use crate::domain::ids::{CallId, CardId, DeliveryKey, PersonId};
use crate::domain::inbound::{Inbound, Receipt};
use crate::domain::permit;
use crate::domain::refusal::LinkRefusal;
use crate::domain::report::{CardKind, CardState, Place, link_card};
use crate::domain::settings::Settings;
use crate::ports::StoreError;

impl Context {
    /// The ring of `call` is over and proved nothing: admins are asked, in their channel, or else each in private.
    pub(super) async fn ask_admins(&self, call: &Call, change: &mut Change) -> Result<(), StoreError> {
        let Some((ring, person)) = call.unproved_link().zip(call.by.person()) else { return Ok(()) };
        if self.store.card(&call.id.link_card()).await?.is_some() {
            // It was opened again, and has ended once more: one card is enough.
            return self.show_confirmed(&call.id, change).await;
        }
        let (settings, now) = (self.settings.get(), self.clock.now());
        let served = |place: &&Place| self.chats.contains_key(&place.chat);
        if let Some(place) = settings.admin_channel.as_ref().filter(served) {
            let state = CardState::new(call.id.link_card(), CardKind::Link, place.clone(), person.clone());
            change.act(Effect::Report { card: state.id.clone(), chat: place.chat.clone() }, now);
            change.cards.push(state);
            return Ok(());
        }
        self.ask_each_admin(call, ring, change);
        Ok(())
    }

    /// The card that asks them can't be shown in their channel: each is asked in private, once.
    pub(super) fn link_is_unshown(&self, change: &mut Change, state: &mut CardState, call: &Call) {
        let Some(ring) = call.unproved_link().filter(|_| state.told.is_empty()) else { return };
        let settings = self.settings.get();
        if settings.people.link(&ring.who.user).is_none_or(|link| call.by.person() != Some(&link.person)) {
            state.told = self.ask_each_admin(call, ring, change);
        }
    }

    /// Asks every admin in private. Returns who could be.
    fn ask_each_admin(&self, call: &Call, ring: &LinkRing, change: &mut Change) -> Vec<PersonId> {
        let (settings, now) = (self.settings.get(), self.clock.now());
        let mut asked = Vec::new();
        let card = link_card(call, ring, None);
        let said = Receipt { card: Some(card.id), buttons: card.buttons, ..Receipt::private(card.text) };
        for admin in admins(&settings) {
            let Some(user) = self.reach(&settings, admin, |chat| chat == ring.who.user.chat) else {
                tracing::warn!(call = %call.id, admin = %admin.id, "an admin can't be asked about a link: no chat knows them");
                continue;
            };
            let key = DeliveryKey::new(format!("{}/confirm/{}", call.id, admin.id));
            let place = Place::direct(user.chat.clone());
            change.act(Effect::Whisper { key, place, to: user.id, said: said.clone() }, now);
            asked.push(admin.id.clone());
        }
        asked
    }

    /// The card that asked about the ring `call`, if there is one, shows that it is linked by now.
    pub(super) async fn show_confirmed(&self, call: &CallId, change: &mut Change) -> Result<(), StoreError> {
        if let Some(card) = self.store.card(&call.link_card()).await? {
            change.act(Effect::Report { card: card.id, chat: card.place.chat }, self.clock.now());
        }
        Ok(())
    }

    /// *Confirm*. Whoever presses must be an admin now, whoever was asked.
    pub(super) async fn confirm_link(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        card: &CardId,
    ) -> Result<Receipt, Stop> {
        let by = permit::may_administer(&inbound.who, &settings.people)?;
        let call = self.store.call(&card.call()).await?.ok_or(LinkRefusal::NothingWaits)?;
        let Some((ring, person)) = call.unproved_link().zip(call.by.person()) else {
            return Err(LinkRefusal::NothingWaits.into());
        };
        self.is_not_declined(ring, person).await?;
        self.link_on_word(inbound, settings, &by.id, (&ring.who, person)).await
    }

    /// A later ring may have been declined: then its owner said that it is not them.
    async fn is_not_declined(&self, ring: &LinkRing, person: &PersonId) -> Result<(), Stop> {
        let linking = self.store.linking(&ring.who.user).await?;
        let attempt = linking.and_then(|linking| linking.attempt);
        let Some(attempt) = attempt.filter(|attempt| attempt.person == *person) else { return Ok(()) };
        let last = self.store.call(&attempt.call).await?;
        if last.is_some_and(|call| call.was_declined()) {
            return Err(LinkRefusal::Declined(person.clone()).into());
        }
        Ok(())
    }
}
