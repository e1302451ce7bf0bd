//! Steps that ring nobody, redials that do not fit, times at which nobody is reached.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Year, first_of, local, times};
use crate::config::raw::{RawPolicy, RawStep};
use crate::config::reader::Reader;
use crate::domain::escalation::{Policy, Step, Target};
use crate::domain::ids::PersonId;
use crate::domain::oncall::shifts;
use crate::domain::page::Urgency;
use crate::domain::span::{Misread, show_span};

/// Spans of time, in order, that do not touch.
type Spans = Vec<(Timestamp, Timestamp)>;

pub(super) fn lint(reader: &mut Reader<'_>, raw: &RawPolicy, year: &Year<'_>) {
    let Some(policy) = year.settings.policies.get(raw.id.get_ref()) else { return };
    let id = raw.id.get_ref();
    if year.settings.people.person(&PersonId::new(id)).is_some() {
        let advice =
            format!("choose another id: `/page {id}` means the policy, and nobody could page the person");
        reader.warn(raw.id.span(), Misread::new(format!("id: `{id}` is a person as well"), advice));
    }
    for (raw, step) in raw.step.iter().zip(&policy.steps) {
        never_rings(reader, raw.get_ref(), step, year);
        redials_fit(reader, raw.get_ref(), step, year);
    }
    reaches_somebody(reader, raw, policy, year);
    everybody_is_meant(reader, raw, policy);
}

/// Pages that every step passes over, because of what they are or when.
fn everybody_is_meant(reader: &mut Reader<'_>, raw: &RawPolicy, policy: &Policy) {
    let mut warn = |problem: &str, advice: &str| reader.warn(raw.id.span(), Misread::new(problem, advice));
    if policy.steps.iter().all(|step| step.urgency == Urgency::High) {
        warn(
            "every step is for high urgency: a page of low urgency rings nobody",
            "add a step for every page",
        );
    }
    if policy.steps.iter().all(|step| step.working_hours) {
        warn(
            "every step is for working hours: at other times a page may ring nobody",
            "add a step without working_hours",
        );
    }
}

/// A step that is skipped whenever it comes.
fn never_rings(reader: &mut Reader<'_>, raw: &RawStep, step: &Step, year: &Year<'_>) {
    if gaps_of(&step.ring, year) == [(year.from, year.to)] {
        let problem = "ring: the step rings nobody within a year";
        let advice = "name a person, or a schedule that somebody is on call for";
        reader.warn(raw.ring.span(), Misread::new(problem, advice));
    }
}

fn redials_fit(reader: &mut Reader<'_>, raw: &RawStep, step: &Step, year: &Year<'_>) {
    let (Some(raw), Some(redial)) = (&raw.redial, step.redial) else { return };
    let ring = year.settings.ring;
    let fits = (1..=redial.times).filter(|n| redial.rings_after(*n, ring) < step.wait).count();
    let last = redial.rings_after(redial.times, ring);
    if last >= step.wait {
        let problem = format!(
            "times: {fits} of {} redials fit into the step's wait of {}: phones ring for {}, and the last one would \
             start after {}",
            redial.times,
            show_span(step.wait),
            show_span(ring),
            show_span(last)
        );
        reader.warn(raw.times.span(), Misread::new(problem, "lengthen wait, or redial less"));
    }
}

/// Times at which no step of a policy rings anybody.
fn reaches_somebody(reader: &mut Reader<'_>, raw: &RawPolicy, policy: &Policy, year: &Year<'_>) {
    let targets: Vec<Target> = policy.steps.iter().flat_map(|step| step.ring.clone()).collect();
    let gaps = gaps_of(&targets, year);
    if gaps.is_empty() {
        return;
    }
    let schedule = policy.schedules().next().and_then(|id| year.settings.schedules.get(id.as_str()));
    let zone = schedule.map_or(TimeZone::UTC, |schedule| schedule.timezone.clone());
    let told =
        |(from, to): &(Timestamp, Timestamp)| format!("{} to {}", local(*from, &zone), local(*to, &zone));
    let told: Vec<String> = gaps.iter().map(told).collect();
    let problem =
        format!("a page would reach nobody {} within a year: {}", times(told.len()), first_of(&told));
    reader.warn(raw.id.span(), Misread::new(problem, "add a step that rings a person"));
}

/// When none of `targets` comes to anybody.
fn gaps_of(targets: &[Target], year: &Year<'_>) -> Spans {
    let mut gaps = vec![(year.from, year.to)];
    for target in targets {
        gaps = match target {
            Target::Person(_) | Target::Everyone(_) => return Vec::new(),
            Target::OnCall(id) => match year.settings.schedules.get(id.as_str()) {
                Some(schedule) => {
                    let all = shifts(schedule, &[], year.from, year.to);
                    let empty = all.filter(|shift| shift.people.is_empty());
                    both(&gaps, &empty.map(|shift| (shift.start, shift.end)).collect())
                }
                None => gaps,
            },
        };
    }
    gaps
}

/// What is in both.
fn both(one: &Spans, other: &Spans) -> Spans {
    let (mut both, mut at) = (Vec::new(), (0, 0));
    while let (Some(a), Some(b)) = (one.get(at.0), other.get(at.1)) {
        let (from, to) = (a.0.max(b.0), a.1.min(b.1));
        if from < to {
            both.push((from, to));
        }
        if a.1 <= b.1 { at.0 += 1 } else { at.1 += 1 }
    }
    both
}
