//! `/oncall take`, `override` and `undo`: who is on call instead, for a span.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::Context;
use super::duty_news::DutyNews;
use super::intake::{Stop, zone_of};
use super::link::{audit, delivery, is_conflict};
use crate::clock::{later, until};
use crate::domain::audit::Deed;
use crate::domain::change::{Change, DutyChange};
use crate::domain::ids::{OverrideId, PersonId, ScheduleId};
use crate::domain::inbound::{Inbound, Receipt};
use crate::domain::oncall::{
    Impact, Laid, Override, Overrides, Replacement, Schedule, impact, parse_from_to, parse_when,
};
use crate::domain::permit;
use crate::domain::refusal::{CoverTrouble, Refusal, SpanTrouble};
use crate::domain::report::{Reader, laid, laid_news, lifted, lifted_news};
use crate::domain::settings::Settings;
use crate::ports::StoreError;

/// Longest that one change may last: what is longer belongs into the file.
const SPAN_MAX: Duration = Duration::from_secs(366 * 86_400);

/// Changes of one schedule that may be ahead: each is looked at whenever somebody asks who is on call.
const AHEAD_MAX: usize = 100;

/// Longer ids of one change that are tried when the shorter ones are taken: there are no more.
const IDS_MAX: usize = 6;

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
        self.lay(inbound, Laying { schedule, by, over }).await
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
        self.lay(inbound, Laying { schedule, by, over }).await
    }

    async fn lay(&self, inbound: &Inbound, laying: Laying<'_>) -> Result<Receipt, Stop> {
        let Laying { schedule: id, by, over } = laying;
        let _turn = self.overrides_turn.lock().await;
        // The file may have been read again while others had their turn.
        let settings = self.settings.get();
        let schedule = settings.schedules.get(id.as_str());
        let schedule = schedule.ok_or_else(|| Refusal::no_schedule(id, &settings.schedules))?;
        let before = self.overrides.get();
        checked(&over, &before, id, inbound)?;
        may_cover(&over, &settings)?;
        let mut kept = Laid {
            id: OverrideId::of_delivery(&inbound.key, |id| before.get(id.as_str()).is_some()),
            schedule: id.clone(),
            by,
            at: inbound.at,
            over,
        };
        let mut taken = Vec::new();
        loop {
            match self.lay_one((inbound, &settings), schedule, (&before, &kept)).await {
                // One that is over keeps its row, and its id, for a while.
                Err(stop) if is_conflict(&stop) && taken.len() < IDS_MAX => taken.push(kept.id.clone()),
                done => return done,
            }
            kept.id = OverrideId::of_delivery(&inbound.key, |id| {
                before.get(id.as_str()).is_some() || taken.contains(id)
            });
        }
    }

    async fn lay_one(
        &self,
        (inbound, settings): (&Inbound, &Settings),
        schedule: &Schedule,
        (before, kept): (&Overrides, &Laid),
    ) -> Result<Receipt, Stop> {
        let after = before.with(kept.clone(), inbound.at);
        let impact = impact(schedule, [before, &after], (kept.over.from, kept.over.to));
        let duty = DutyChange { laid: vec![kept.clone()], ..DutyChange::default() };
        let mut change = Change { duty: Some(Box::new(duty)), ..Change::default() };
        change.people().audit.push(audit(inbound, Deed::Laid(kept.clone())));
        let text = |reader: &Reader| laid_news(kept, reader);
        let news = DutyNews::of(inbound, concerned(kept, &impact, &kept.by), &text);
        let untold = self.tell_of_duty(&mut change, settings, &news);
        let reader = Reader::new(inbound.at, zone_of(inbound, settings));
        let receipt = Receipt::private(laid(kept, (&impact, &untold), &reader));
        change.delivery = Some(delivery(inbound, &receipt));
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
        let after = before.without(&kept.id);
        let mut change = Change::default();
        let deed = Deed::Lifted { laid: kept.clone(), by: person.id.clone() };
        change.people().audit.push(audit(inbound, deed));
        let mut untold = Vec::new();
        if let Some(schedule) = settings.schedules.get(kept.schedule.as_str()) {
            let span = (kept.over.from.max(inbound.at), kept.over.to);
            let impact = impact(schedule, [&*before, &after], span);
            let text = |reader: &Reader| lifted_news(&kept, &person.id, reader);
            let news = DutyNews::of(inbound, concerned(&kept, &impact, &person.id), &text);
            untold = self.tell_of_duty(&mut change, settings, &news);
        }
        let reader = Reader::new(inbound.at, zone_of(inbound, settings));
        let receipt = Receipt::private(lifted(&kept, &untold, &reader));
        change.delivery = Some(delivery(inbound, &receipt));
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

    /// Puts `settings` in force, looks anew at whom the changes name, and returns what was in force before. All of it
    /// in one turn, or a change that comes meanwhile could name somebody who is not listed any more.
    pub(super) async fn replace_settings(&self, settings: Settings) -> (Arc<Settings>, Arc<Overrides>) {
        let _turn = self.overrides_turn.lock().await;
        let before = (self.settings.get(), self.overrides.get());
        self.lay_over((*before.1).clone(), &settings);
        self.settings.replace(settings);
        before
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
    if until(over.from, over.to) > SPAN_MAX {
        return Err(Refusal::BadSpan(SpanTrouble::Longer(SPAN_MAX)));
    }
    if over.from > later(inbound.at, SPAN_MAX) {
        return Err(Refusal::BadSpan(SpanTrouble::Later(SPAN_MAX)));
    }
    if before.ahead(id, inbound.at).count() >= AHEAD_MAX {
        return Err(Refusal::TooManyOverrides(id.clone(), AHEAD_MAX));
    }
    Ok(())
}

/// Whoever is put on call must be able to say "mine".
fn may_cover(over: &Override, settings: &Settings) -> Result<(), Refusal> {
    let Some(who) = over.what.puts_on_call() else { return Ok(()) };
    match settings.people.person(who) {
        None => Err(Refusal::CannotCover(who.clone(), CoverTrouble::Unlisted)),
        Some(person) if !person.roles.acts() => Err(Refusal::CannotCover(who.clone(), CoverTrouble::Viewer)),
        Some(_) => Ok(()),
    }
}

/// Whom a change concerns beside `by`, whose doing it is: whoever it puts on call or takes off, and whom it names.
fn concerned(laid: &Laid, impact: &Impact, by: &PersonId) -> Vec<PersonId> {
    let mut people: Vec<PersonId> = Vec::new();
    for person in impact.people.iter().chain(laid.over.what.named()) {
        if person != by && !people.contains(person) {
            people.push(person.clone());
        }
    }
    people
}
