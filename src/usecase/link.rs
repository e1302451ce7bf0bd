//! `/callout link` and `unlink`: who a chat user is, proved by a ring or said by an admin.

use super::Context;
use super::commit::new_call;
use super::confirm::Confirmed;
use super::intake::Stop;
use super::resume::later_button;
use super::voice::Voice;
use crate::domain::audit::{Audit, Deed};
use crate::domain::call::{Announcement, Call, LinkRing, Media, NewCall, Purpose, Source};
use crate::domain::change::{Change, Delivery, Effect};
use crate::domain::command::{LinkBy, UserWord};
use crate::domain::ids::{CallId, CardId, DeliveryKey, PersonId};
use crate::domain::inbound::{Inbound, Receipt, Who};
use crate::domain::link::{Attempt, CODES, Code, Linking, TRIES_MAX};
use crate::domain::permit;
use crate::domain::person::{ChatUser, Link, Person, Proof};
use crate::domain::refusal::{LinkRefusal, Refusal};
use crate::domain::report::{
    Button, Place, link_asked, link_rings, link_spoken, linked_by_admin, linked_for, linked_to_you, unlinked,
};
use crate::domain::settings::Settings;
use crate::ports::StoreError;

impl Context {
    pub(super) async fn link(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        person: &PersonId,
        by: LinkBy,
    ) -> Result<Receipt, Stop> {
        match by {
            LinkBy::Ring => match self.ring_to_link(inbound, settings, person).await {
                // Another command of theirs was first: what it did is seen now.
                Err(stop) if is_conflict(&stop) => self.ring_to_link(inbound, settings, person).await,
                rung => rung,
            },
            LinkBy::Code(code) => {
                let is_meant = |attempt: &Attempt| attempt.person == *person;
                self.enter_code(inbound, settings, &is_meant, &code).await
            }
            LinkBy::Admin(user) => self.link_as_admin(inbound, settings, person, user).await,
        }
    }

    /// Rings the person's phone with a code. Everything about it is one commit: after a crash it rings, or nobody asked.
    async fn ring_to_link(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        person: &PersonId,
    ) -> Result<Receipt, Stop> {
        let user = &inbound.who.user;
        let person = linkable(settings, user, person)?;
        if let Some(quiet) = person.quiet_at(inbound.at) {
            return Err(LinkRefusal::QuietNow(person.id.clone(), quiet).into());
        }
        let before = self.store.linking(user).await?;
        let mut linking = before.unwrap_or_else(|| Linking::new(inbound.who.clone(), inbound.at));
        if let Some(attempt) = linking.attempt.as_ref().filter(|attempt| self.still_rings(attempt)) {
            return Err(LinkRefusal::CodeAwaited(attempt.person.clone()).into());
        }
        let call = self.link_ring(inbound, settings, person);
        let card = CardId::of_delivery("link", &inbound.key);
        linking.attempt = Some(Attempt {
            card: card.clone(),
            person: person.id.clone(),
            call: call.id.clone(),
            at: inbound.at,
            tries_left: TRIES_MAX,
        });
        (linking.who, linking.at) = (inbound.who.clone(), inbound.at);
        let receipt = Receipt {
            card: Some(card),
            buttons: vec![Button::EnterCode],
            ..Receipt::private(link_rings(&person.id, &settings.commands))
        };
        let mut change = new_call(&call, inbound.at);
        change.delivery = Some(delivery(inbound, &receipt));
        change.people().linkings.push(linking);
        change.calls.push(call);
        change
            .people()
            .audit
            .push(audit(inbound, Deed::LinkAsked { who: inbound.who.clone(), person: person.id.clone() }));
        self.tell_elsewhere(&mut change, settings, (inbound, person), &link_asked(&inbound.who));
        let spent = self.limits.take_link(user, &person.id, inbound.at, settings)?;
        change.spent.clone_from(&spent);
        if let Err(error) = self.commit(change).await {
            self.limits.give_back(&spent);
            return Err(error.into());
        }
        Ok(receipt)
    }

    fn still_rings(&self, attempt: &Attempt) -> bool {
        let call = self.live.get(&attempt.call);
        call.is_some_and(|call| call.over_since.is_none() && !call.was_declined())
    }

    fn link_ring(&self, inbound: &Inbound, settings: &Settings, person: &Person) -> Call {
        let code = Code::of_number(rand::random_range(0..CODES));
        let announcement = self.says(settings).then(|| {
            let repeats = settings.announcement.as_ref().map_or(1, |rule| rule.repeats);
            Announcement::new(Source::Spoken(link_spoken(&code)), None, repeats)
        });
        let new = NewCall {
            id: CallId::of_delivery(&inbound.key),
            by: person.id.clone().into(),
            purpose: Purpose::Link(LinkRing { who: inbound.who.clone(), code }),
            place: inbound.place.clone(),
            media: Media::Audio,
            note: None,
            reason: None,
            ring: settings.ring,
            callees: vec![(person.id.clone(), person.account.clone())],
            announcement,
            duties: Vec::new(),
        };
        Call::place(new, inbound.at)
    }

    /// Whether texts are spoken here.
    fn says(&self, settings: &Settings) -> bool {
        let speaks = self.voice.as_ref().is_some_and(Voice::can_speak);
        speaks && settings.announcement.as_ref().is_some_and(|rule| rule.say.is_some())
    }

    async fn link_as_admin(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        person: &PersonId,
        user: UserWord,
    ) -> Result<Receipt, Stop> {
        let by = permit::may_administer(&inbound.who, &settings.people)?;
        let chat = user.chat.unwrap_or_else(|| inbound.place.chat.clone());
        let who = Who { user: ChatUser { chat, id: user.id }, name: user.name };
        if !who.user.is_possible() {
            return Err(LinkRefusal::NotAUser(who.user).into());
        }
        self.link_on_word(inbound, settings, &by.id, Confirmed { who: &who, person, ring: None }).await
    }

    /// Links `who` to `person` because an admin says so. A card that asks for that shows it.
    pub(super) async fn link_on_word(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        by: &PersonId,
        Confirmed { who, person, ring }: Confirmed<'_>,
    ) -> Result<Receipt, Stop> {
        let person = linkable(settings, &who.user, person)?;
        let waits = self.store.linking(&who.user).await?;
        let asked = waits.as_ref().and_then(|linking| linking.asked_at(inbound.at));
        let receipt = Receipt::private(linked_for(who, &person.id));
        let proof = Proof::Admin(by.clone());
        let mut change = Change { delivery: Some(delivery(inbound, &receipt)), ..Change::default() };
        change.people().links.push(link_of(who, person, inbound, proof.clone()));
        let deed = Deed::Linked { who: who.clone(), person: person.id.clone(), proof };
        change.people().audit.push(audit(inbound, deed));
        self.replace_links(&mut change, settings, inbound, (who, person));
        if self.chats.contains_key(&who.user.chat) {
            let told = linked_by_admin(&person.id, by, asked.map(|asked| &asked.said));
            let told = later_button(Receipt::private(told), asked);
            let place =
                asked.map_or_else(|| Place::direct(who.user.chat.clone()), |asked| asked.place.clone());
            change.act(whisper(inbound, place, &who.user, told), inbound.at);
        }
        let linked_user = Inbound { who: who.clone(), ..inbound.clone() };
        let told = linked_to_you(who, &settings.commands);
        self.tell_of_link(&mut change, settings, (&linked_user, person), &told);
        let last = waits.and_then(|linking| linking.attempt).map(|attempt| attempt.call);
        for ring in ring.into_iter().chain(last.as_ref().filter(|last| ring != Some(*last))) {
            self.show_confirmed(ring, &mut change).await?;
        }
        self.commit(change).await?;
        Ok(receipt)
    }

    pub(super) async fn unlink(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        user: Option<UserWord>,
    ) -> Result<Receipt, Stop> {
        match self.unlink_as(inbound, settings, user.clone()).await {
            // They are linked to somebody else by now, or to nobody.
            Err(stop) if is_conflict(&stop) => self.unlink_as(inbound, &self.settings.get(), user).await,
            done => done,
        }
    }

    async fn unlink_as(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        user: Option<UserWord>,
    ) -> Result<Receipt, Stop> {
        let by = permit::listed(&inbound.who, &settings.people)?;
        let user = match user {
            Some(word) => {
                ChatUser { chat: word.chat.unwrap_or_else(|| inbound.place.chat.clone()), id: word.id }
            }
            None => inbound.who.user.clone(),
        };
        let may = |person: &PersonId| *person == by.id || by.roles.administers();
        let Some(link) = settings.people.link(&user) else {
            return Err(match settings.people.in_file(&user) {
                Some(person) if may(&person.id) => LinkRefusal::OnlyInFile(person.id.clone()).into(),
                _ => LinkRefusal::NotLinked(user).into(),
            });
        };
        if !may(&link.person) {
            return Err(LinkRefusal::NotYours.into());
        }
        let receipt = Receipt::private(unlinked(&user, &link.person, &by.id));
        let mut change = Change { delivery: Some(delivery(inbound, &receipt)), ..Change::default() };
        let deed = Deed::Unlinked { user: user.clone(), person: link.person.clone(), by: by.id.clone() };
        change.people().audit.push(audit(inbound, deed));
        if let Some(person) = settings.people.person(&link.person) {
            self.tell_elsewhere(&mut change, settings, (inbound, person), &receipt.text);
        }
        change.people().unlinked.push((user, link.person.clone()));
        self.commit(change).await?;
        Ok(receipt)
    }

    /// Tells `person` in every chat that is served and knows them, but not where the news come from.
    pub(super) fn tell_elsewhere(
        &self,
        change: &mut Change,
        settings: &Settings,
        (inbound, person): (&Inbound, &Person),
        text: &str,
    ) {
        self.tell_users(change, inbound, settings.people.users_of(person), text);
    }

    /// Tells these users what `inbound` does, where they are served, but not where it comes from.
    pub(super) fn tell_users(
        &self,
        change: &mut Change,
        inbound: &Inbound,
        users: Vec<ChatUser>,
        text: &str,
    ) {
        for user in
            users.into_iter().filter(|user| *user != inbound.who.user && self.chats.contains_key(&user.chat))
        {
            let place = Place::direct(user.chat.clone());
            change.act(whisper(inbound, place, &user, Receipt::private(text)), inbound.at);
        }
    }
}

/// The person, unless the file says otherwise of them or of the user.
pub(super) fn linkable<'a>(
    settings: &'a Settings,
    user: &ChatUser,
    person: &PersonId,
) -> Result<&'a Person, Refusal> {
    let people = &settings.people;
    let found = people.person(person).ok_or_else(|| Refusal::Unlisted(person.clone()))?;
    if let Some(known) = people.in_file(user) {
        return Err(LinkRefusal::InFile(user.clone(), known.id.clone()).into());
    }
    if found.in_file(&user.chat).is_some() {
        return Err(LinkRefusal::OtherInFile(person.clone()).into());
    }
    match people.by_chat(user) {
        Some(linked) if linked.id == *person => Err(LinkRefusal::Already(person.clone()).into()),
        _ => Ok(found),
    }
}

pub(super) fn link_of(who: &Who, person: &Person, inbound: &Inbound, proof: Proof) -> Link {
    Link { user: who.user.clone(), name: who.name.clone(), person: person.id.clone(), at: inbound.at, proof }
}

pub(super) fn delivery(inbound: &Inbound, receipt: &Receipt) -> Delivery {
    Delivery { key: inbound.key.clone(), at: inbound.at, receipt: receipt.clone() }
}

pub(super) const fn audit(inbound: &Inbound, deed: Deed) -> Audit {
    Audit { at: inbound.at, deed }
}

/// Tells one chat user something in private.
pub(super) fn whisper(inbound: &Inbound, place: Place, to: &ChatUser, said: Receipt) -> Effect {
    let key = DeliveryKey::new(format!("{}/to/{to}", inbound.key));
    Effect::Whisper { key, place, to: to.id.clone(), said }
}

/// Somebody else changed the row first.
pub(super) const fn is_conflict(stop: &Stop) -> bool {
    matches!(stop, Stop::Store(StoreError::Conflict))
}
