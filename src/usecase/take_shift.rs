//! `/oncall take`, `override` and `undo`: who is on call instead, for a span.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::Context;
use super::intake::{Stop, zone_of};
use super::link::{audit, whisper};
use crate::clock::{later, until};
use crate::domain::audit::Deed;
use crate::domain::change::{Change, Delivery, DutyChange};
use crate::domain::ids::{OverrideId, PersonId, ScheduleId};
use crate::domain::inbound::{Inbound, Receipt};
use crate::domain::oncall::{Laid, Override, Overrides, Replacement, on_call, parse_from_to, parse_when};
use crate::domain::permit;
use crate::domain::refusal::{Refusal, SpanTrouble};
use crate::domain::report::{Reader, laid, laid_news, lifted, lifted_news};
use crate::domain::settings::Settings;
use crate::ports::StoreError;

/// Longest that one change may last: what is longer belongs into the file.
const SPAN_MAX: Duration = Duration::from_secs(366 * 86_400);

/// Changes of one schedule that may be ahead: each is looked at whenever somebody asks who is on call.
const AHEAD_MAX: usize = 100;

/// What is laid over the schedules. A copy of what the store keeps; swapped as a whole.
#[derive(Debug, Default)]
pub struct LaidOver(RwLock<Arc<Overrides>>);

impl LaidOver {
    /// What holds.
    #[must_use]
    pub fn get(&self) -> Arc<Overrides> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn replace(&self, overrides: Overrides) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(overrides);
    }
}

/// A change that is about to be recorded.
struct Laying<'a> {
    schedule: &'a ScheduleId,
    by: PersonId,
    over: Override,
}

impl Context {
    /// Whoever asks is on call instead of everybody.
    pub(super) async fn take_shift(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        (schedule, until): (&ScheduleId, &str),
    ) -> Result<Receipt, Stop> {
        let by = permit::may_call(&inbound.who, &settings.people)?.person().id.clone();
        let zone = zone_of(inbound, settings);
        let to = parse_when(until, inbound.at, &zone).map_err(Refusal::NoTime)?;
        let over = Override { from: inbound.at, to, what: Replacement::Take(by.clone()) };
        self.lay(inbound, settings, Laying { schedule, by, over }).await
    }

    /// An admin changes who is on call.
    pub(super) async fn override_shifts(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        (schedule, what, span): (&ScheduleId, Replacement, &str),
    ) -> Result<Receipt, Stop> {
        let by = permit::may_administer(&inbound.who, &settings.people)?.id.clone();
        let zone = zone_of(inbound, settings);
        let (from, to) = parse_from_to(span, inbound.at, &zone).map_err(Refusal::NoTime)?;
        // Nobody was on call in the past but who was.
        let over = Override { from: from.max(inbound.at), to, what };
        self.lay(inbound, settings, Laying { schedule, by, over }).await
    }

    async fn lay(&self, inbound: &Inbound, settings: &Settings, laying: Laying<'_>) -> Result<Receipt, Stop> {
        let Laying { schedule: id, by, over } = laying;
        let schedule = settings.schedules.get(id.as_str());
        let schedule = schedule.ok_or_else(|| Refusal::no_schedule(id, &settings.schedules))?;
        let _turn = self.overrides_turn.lock().await;
        let before = self.overrides.get();
        checked(&over, &before, id, inbound)?;
        let kept = Laid {
            id: OverrideId::of_delivery(&inbound.key, |id| before.get(id.as_str()).is_some()),
            schedule: id.clone(),
            by,
            at: inbound.at,
            over,
        };
        let after = before.with(kept.clone(), inbound.at);
        let people = [&*before, &after].map(|overrides| on_call(schedule, overrides.of(id), kept.over.from));
        let reader = Reader::new(inbound.at, zone_of(inbound, settings));
        let receipt = Receipt::private(laid(&kept, (&people[0], &people[1]), &reader));
        let delivery = Delivery { key: inbound.key.clone(), at: inbound.at, receipt: receipt.clone() };
        let duty = DutyChange { laid: vec![kept.clone()], ..DutyChange::default() };
        let mut change = Change { delivery: Some(delivery), duty: Some(Box::new(duty)), ..Change::default() };
        change.people().audit.push(audit(inbound, Deed::Laid(kept.clone())));
        let news = News { by: &kept.by, people: &people, text: &|reader| laid_news(&kept, reader) };
        tell_others(&mut change, settings, inbound, &news);
        self.commit(change).await?;
        self.overrides.replace(after);
        Ok(receipt)
    }

    /// A change that has not begun is forgotten; one that holds ends now.
    pub(super) async fn undo_override(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        id: &str,
    ) -> Result<Receipt, Stop> {
        let person = permit::may_call(&inbound.who, &settings.people)?.person();
        let _turn = self.overrides_turn.lock().await;
        let before = self.overrides.get();
        let known = before.get(id).filter(|laid| laid.over.to > inbound.at);
        let mut kept = known.cloned().ok_or_else(|| Refusal::NoSuchOverride(id.to_owned()))?;
        if kept.by != person.id && !person.roles.administers() {
            return Err(Refusal::NotYourOverride(kept.id, kept.by).into());
        }
        let reader = Reader::new(inbound.at, zone_of(inbound, settings));
        let receipt = Receipt::private(lifted(&kept, &reader));
        let delivery = Delivery { key: inbound.key.clone(), at: inbound.at, receipt: receipt.clone() };
        let mut change = Change { delivery: Some(delivery), ..Change::default() };
        let deed = Deed::Lifted { laid: kept.clone(), by: person.id.clone() };
        change.people().audit.push(audit(inbound, deed));
        let after = before.without(&kept.id);
        if let Some(schedule) = settings.schedules.get(kept.schedule.as_str()) {
            let at = kept.over.from.max(inbound.at);
            let people =
                [&*before, &after].map(|overrides| on_call(schedule, overrides.of(&kept.schedule), at));
            let text = |reader: &Reader| lifted_news(&kept, &person.id, reader);
            let news = News { by: &person.id, people: &people, text: &text };
            tell_others(&mut change, settings, inbound, &news);
        }
        let mut duty = DutyChange::default();
        if kept.over.from < inbound.at {
            kept.over.to = inbound.at;
            duty.moved.push(kept);
        } else {
            duty.lifted.push(kept.id);
        }
        change.duty = Some(Box::new(duty));
        self.commit(change).await?;
        self.overrides.replace(after);
        Ok(receipt)
    }

    /// Loads what is laid over the schedules.
    pub(super) async fn load_overrides(&self) -> Result<(), StoreError> {
        let kept = self.store.overrides(self.clock.now()).await?;
        self.lay_over(Overrides::new(kept), &self.settings.get());
        Ok(())
    }

    /// Looks anew at whom the changes name, because `settings` list other people.
    pub(super) async fn overrides_among(&self, settings: &Settings) {
        let _turn = self.overrides_turn.lock().await;
        self.lay_over((*self.overrides.get()).clone(), settings);
    }

    fn lay_over(&self, overrides: Overrides, settings: &Settings) {
        let overrides = overrides.among(|person| settings.people.person(person).is_some());
        for Laid { id, schedule, .. } in overrides.idle() {
            tracing::warn!(%id, %schedule, "a change of who is on call has no effect: it names somebody who is not listed");
        }
        self.overrides.replace(overrides);
    }
}

fn checked(over: &Override, before: &Overrides, id: &ScheduleId, inbound: &Inbound) -> Result<(), Refusal> {
    if over.to <= over.from || over.to <= inbound.at {
        return Err(Refusal::BadSpan(SpanTrouble::Over));
    }
    if until(over.from, over.to) > SPAN_MAX || over.from > later(inbound.at, SPAN_MAX) {
        return Err(Refusal::BadSpan(SpanTrouble::Longer(SPAN_MAX)));
    }
    if before.ahead(id, inbound.at).count() >= AHEAD_MAX {
        return Err(Refusal::TooManyOverrides(id.clone(), AHEAD_MAX));
    }
    Ok(())
}

/// A change of who is on call, for whom it concerns.
struct News<'a> {
    /// Whose doing it is.
    by: &'a PersonId,
    /// Who was on call at its start, and who is with it.
    people: &'a [Vec<PersonId>; 2],
    /// What a reader is told.
    text: &'a (dyn Fn(&Reader) -> String + Sync),
}

/// Whoever is on call now, or is not any more, hears of it in private: they did not ask for it.
fn tell_others(change: &mut Change, settings: &Settings, inbound: &Inbound, news: &News<'_>) {
    let [before, after] = news.people;
    let others = before.iter().filter(|person| !after.contains(person));
    let others = others.chain(after.iter().filter(|person| !before.contains(person)));
    for person in others.filter(|person| *person != news.by) {
        let Some(listed) = settings.people.person(person) else { continue };
        let reader = Reader::new(inbound.at, listed.timezone.clone());
        // Where they are known in this chat: elsewhere they were not part of it.
        let users = settings.people.users_of(listed);
        let Some(user) = users.iter().find(|user| user.chat == inbound.place.chat) else { continue };
        let said = Receipt::private((news.text)(&reader));
        let whisper = whisper(inbound, inbound.place.clone(), user, said);
        change.act(whisper, inbound.at);
    }
}
