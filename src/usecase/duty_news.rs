//! Whoever is put on call, or taken off, and did not ask for it, hears of it in private.

use std::sync::Arc;

use jiff::Timestamp;

use super::Context;
use crate::domain::change::{Change, Effect};
use crate::domain::ids::{DeliveryKey, PersonId, ScheduleId};
use crate::domain::inbound::{Inbound, Receipt};
use crate::domain::oncall::{Overrides, Shifted, on_call};
use crate::domain::report::{Place, Reader, duty_by_file};
use crate::domain::settings::Settings;
use crate::ports::StoreError;

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
    /// Whoever is on call since the file was read again, or not any more, is told, each once. `before` was in force.
    pub(super) async fn tell_of_other_duty(
        &self,
        (settings, overrides): (Arc<Settings>, Arc<Overrides>),
    ) -> Result<(), StoreError> {
        let (now, at) = (self.settings.get(), self.clock.now());
        let shifted = shifted((&settings, &overrides), (&now, &self.overrides.get()), at);
        let mut change = Change::default();
        for person in concerned(&shifted) {
            let theirs = |shifted: &&Shifted| shifted.concerns(&person);
            let theirs: Vec<Shifted> = shifted.iter().filter(theirs).cloned().collect();
            let text = |reader: &Reader| duty_by_file(&theirs, reader);
            let key = format!("reload:{}", at.as_microsecond());
            let news = DutyNews { key: &key, at, place: None, people: vec![person], text: &text };
            for person in self.tell_of_duty(&mut change, &now, &news) {
                tracing::warn!(%person, "who is on call has changed with the file, and no chat here knows them");
            }
        }
        if change == Change::default() { Ok(()) } else { self.commit(change).await }
    }

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

/// The schedules for which others are on call now, of those before or now, in their order.
fn shifted(
    (before, laid_before): (&Settings, &Overrides),
    (now, laid_now): (&Settings, &Overrides),
    at: Timestamp,
) -> Vec<Shifted> {
    let who = |settings: &Settings, laid: &Overrides, id: &ScheduleId| {
        let schedule = settings.schedules.get(id.as_str());
        schedule.map(|schedule| on_call(schedule, laid.of(id), at)).unwrap_or_default()
    };
    let gone = before.schedules.iter().filter(|one| now.schedules.get(one.id.as_str()).is_none());
    let all = now.schedules.iter().chain(gone).map(|schedule| schedule.id.clone());
    let changed = all.map(|id| {
        let (without, with) = (who(before, laid_before, &id), who(now, laid_now, &id));
        Shifted { schedule: id, without, with }
    });
    changed.filter(|shifted| shifted.people().next().is_some()).collect()
}

/// Everybody who is on call now and was not, or was and is not, each once.
fn concerned(shifted: &[Shifted]) -> Vec<PersonId> {
    let mut people: Vec<PersonId> = Vec::new();
    for person in shifted.iter().flat_map(Shifted::people) {
        if !people.contains(person) {
            people.push(person.clone());
        }
    }
    people
}
