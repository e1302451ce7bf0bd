//! *Confirm*: a link that its ring could not prove, on the word of an admin.

use super::Context;
use super::intake::Stop;
use super::page::admins;
use crate::domain::call::{Call, LinkRing};
use crate::domain::change::{Change, Effect};
use crate::domain::ids::{CallId, CardId, DeliveryKey, PersonId};
use crate::domain::inbound::{Inbound, Receipt, Who};
use crate::domain::permit;
use crate::domain::refusal::LinkRefusal;
use crate::domain::report::{CardKind, CardState, Place, link_card};
use crate::domain::settings::Settings;
use crate::ports::StoreError;

/// Calls of a person that are looked through for a ring that they declined since an admin was asked.
const LATER_CALLS_MAX: usize = 500;

/// A link on the word of an admin.
pub(super) struct Confirmed<'a> {
    /// Who is linked.
    pub(super) who: &'a Who,
    /// To whom.
    pub(super) person: &'a PersonId,
    /// The ring that could not prove it, if the word is about one.
    pub(super) ring: Option<&'a CallId>,
}

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
        self.is_not_declined(&call, ring, person).await?;
        let who = Confirmed { who: &ring.who, person, ring: Some(&call.id) };
        self.link_on_word(inbound, settings, &by.id, who).await
    }

    /// A later ring may have been declined: then its owner said that it is not them. Where so many calls have ended since
    /// that nobody can tell, nothing is confirmed by a press.
    async fn is_not_declined(&self, call: &Call, ring: &LinkRing, person: &PersonId) -> Result<(), Stop> {
        let ended = self.store.ended_calls(Some(person), LATER_CALLS_MAX).await?;
        let is_full = ended.len() >= LATER_CALLS_MAX;
        let later: Vec<Call> = ended.into_iter().take_while(|one| one.id != call.id).collect();
        if is_full && later.len() >= LATER_CALLS_MAX {
            return Err(LinkRefusal::NothingWaits.into());
        }
        let theirs = |one: &&Call| one.purpose.link().is_some_and(|other| other.who.user == ring.who.user);
        if later.iter().filter(theirs).any(Call::was_declined) {
            return Err(LinkRefusal::Declined(person.clone()).into());
        }
        Ok(())
    }
}
