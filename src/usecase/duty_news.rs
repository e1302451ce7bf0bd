//! Whoever is put on call, or taken off, and did not ask for it, hears of it in private.

use jiff::Timestamp;

use super::Context;
use crate::domain::change::{Change, Effect};
use crate::domain::ids::{DeliveryKey, PersonId};
use crate::domain::inbound::{Inbound, Receipt};
use crate::domain::report::{Place, Reader};
use crate::domain::settings::Settings;

/// News of who is on call.
pub(super) struct DutyNews<'a> {
    /// What the keys of what is said begin with; unique.
    pub(super) key: &'a str,
    /// When it was decided.
    pub(super) at: Timestamp,
    /// Where, if in a chat.
    pub(super) place: Option<&'a Place>,
    /// Whom it concerns, each once.
    pub(super) people: Vec<PersonId>,
    /// What a reader is told.
    pub(super) text: &'a (dyn Fn(&Reader) -> String + Sync),
}

impl<'a> DutyNews<'a> {
    /// News of what `inbound` does.
    pub(super) fn of(
        inbound: &'a Inbound,
        people: Vec<PersonId>,
        text: &'a (dyn Fn(&Reader) -> String + Sync),
    ) -> Self {
        Self { key: inbound.key.as_str(), at: inbound.at, place: Some(&inbound.place), people, text }
    }
}

impl Context {
    /// Adds to `change` what each of the people is told, and returns those whom nothing here can tell. Who is not
    /// listed is rung by nobody, and told nothing.
    pub(super) fn tell_of_duty(
        &self,
        change: &mut Change,
        settings: &Settings,
        news: &DutyNews<'_>,
    ) -> Vec<PersonId> {
        let mut untold = Vec::new();
        for person in news.people.iter().filter_map(|id| settings.people.person(id)) {
            let is_near = |chat: &str| news.place.is_some_and(|place| place.chat == chat);
            let Some(user) = self.reach(settings, person, is_near) else {
                untold.push(person.id.clone());
                continue;
            };
            let place = news.place.filter(|place| place.chat == user.chat).cloned();
            let place = place.unwrap_or_else(|| Place::direct(user.chat.clone()));
            let said = Receipt::private((news.text)(&Reader::new(news.at, person.timezone.clone())));
            let key = DeliveryKey::new(format!("{}/to/{user}", news.key));
            change.act(Effect::Whisper { key, place, to: user.id, said }, news.at);
        }
        untold
    }
}
