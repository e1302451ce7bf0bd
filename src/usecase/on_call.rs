//! `/oncall`: who is on call, and what a policy would do. Changes nothing.

use std::sync::Arc;

use jiff::Timestamp;

use super::Context;
use super::intake::{Stop, zone_of};
use crate::domain::escalation::{Policy, Scene, simulate};
use crate::domain::ids::{PersonId, ScheduleId};
use crate::domain::inbound::Inbound;
use crate::domain::oncall::{Laid, Overrides, Schedule, outlook, parse_when, skipped};
use crate::domain::refusal::Refusal;
use crate::domain::report::{LISTED_MAX, Reader, duties, duty, no_such_time, simulated};
use crate::domain::settings::Settings;

impl Context {
    /// Who is on call for one schedule, or for each.
    pub(super) fn on_call(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        id: Option<&ScheduleId>,
    ) -> Result<String, Stop> {
        let (overrides, reader) = (self.overrides.get(), Reader::new(inbound.at, zone_of(inbound, settings)));
        let seen = |schedule: &Schedule| {
            let laid = overrides.of(&schedule.id);
            (schedule.id.clone(), outlook(schedule, laid, inbound.at))
        };
        let Some(id) = id else {
            let first = settings.schedules.iter().take(LISTED_MAX);
            let all: Vec<_> = first.map(|schedule| seen(schedule)).collect();
            return Ok(duties(&all, settings.schedules.len(), &reader));
        };
        let schedule = settings.schedules.get(id.as_str());
        let (id, outlook) = seen(schedule.ok_or_else(|| Refusal::no_schedule(id, &settings.schedules))?);
        let ahead = overrides.ahead(&id, inbound.at).map(|laid| (laid, overrides.missing(laid)));
        let ahead: Vec<(&Laid, Option<PersonId>)> = ahead.collect();
        Ok(duty(&id, &outlook, &ahead, &reader))
    }

    /// What a policy, or a person's own page, would do.
    pub(super) async fn simulate(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        (id, when): (&str, Option<&str>),
    ) -> Result<String, Stop> {
        let zone = zone_of(inbound, settings);
        let at = match when {
            Some(text) => parse_when(text, inbound.at, &zone).map_err(Refusal::NoTime)?,
            None => inbound.at,
        };
        let policy = match settings.policies.get(id) {
            Some(policy) => policy.as_ref().clone(),
            None => Policy::of_person(PersonId::new(id)),
        };
        let overrides = self.overrides_at(at, (inbound, settings)).await?;
        let scene = Scene {
            schedules: &settings.schedules,
            overrides: &overrides,
            people: &settings.people,
            ring: settings.ring,
        };
        let played = simulate(&policy, (&scene, &settings.maintenance), at);
        let moved = when.and_then(|text| skipped(text, &zone));
        let moved = moved.map(|local| format!("{}\n", no_such_time(local, at, &zone)));
        Ok(moved.unwrap_or_default() + &simulated(&policy, &played, &Reader::new(inbound.at, zone)))
    }

    /// What was, is or will be laid over the schedules from `at` on. Memory has what is not over; the store has more.
    async fn overrides_at(
        &self,
        at: Timestamp,
        (inbound, settings): (&Inbound, &Settings),
    ) -> Result<Arc<Overrides>, Stop> {
        if at >= inbound.at {
            return Ok(self.overrides.get());
        }
        let kept = Overrides::new(self.store.overrides(at).await?);
        Ok(Arc::new(kept.among(|person| settings.people.person(person).is_some())))
    }
}
