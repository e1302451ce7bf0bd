//! Steps that ring nobody, redials that do not fit, times at which nobody is reached.

use std::time::Duration;

use jiff::Timestamp;
use toml::Spanned;

use super::person::could_not_acknowledge;
use super::year::{Spans, both};
use super::{Year, first_of, local, times};
use crate::config::raw::{RawPolicy, RawStep};
use crate::config::reader::Reader;
use crate::domain::escalation::{Pick, Policy, Step, Target};
use crate::domain::ids::PersonId;
use crate::domain::page::{RANG_OUT_BEFORE, Urgency};
use crate::domain::span::{Misread, show_span};

pub(super) fn lint(reader: &mut Reader<'_>, raw: &RawPolicy, year: &Year<'_>) {
    let Some(policy) = year.settings.policies.get(raw.id.get_ref()) else { return };
    let id = raw.id.get_ref();
    if year.settings.people.person(&PersonId::new(id)).is_some() {
        let advice =
            format!("choose another id: `/page {id}` means the policy, and nobody could page the person");
        reader.warn(raw.id.span(), Misread::new(format!("id: `{id}` is a person as well"), advice));
    }
    if !policy.rings_anybody() {
        let advice = "fine, if it is for what can wait until somebody reads it";
        let problem = format!("`{id}` rings nobody, and only tells");
        reader.note(raw.id.span(), Misread::new(problem, advice));
        return;
    }
    for (raw, step) in raw.step.iter().zip(&policy.steps) {
        never_rings(reader, raw.get_ref(), step, year);
        redials_fit(reader, raw.get_ref(), step, year);
    }
    rings_already(reader, raw, policy, year);
    viewers(reader, raw, policy, year);
    reaches_somebody(reader, raw, policy, year);
    if policy.steps.iter().all(|step| step.urgency == Urgency::High) {
        let problem = "every step is for high urgency: a page of low urgency rings nobody";
        reader.warn(raw.id.span(), Misread::new(problem, "add a step for every page"));
    }
}

/// Who may only see cannot say "mine", nor do anything about what an owner is told.
fn viewers(reader: &mut Reader<'_>, raw: &RawPolicy, policy: &Policy, year: &Year<'_>) {
    for (raw, step) in raw.step.iter().zip(&policy.steps) {
        let ring = raw.get_ref().ring.iter().flat_map(Spanned::get_ref);
        for (text, target) in ring.zip(&step.ring) {
            if let Target::Person(id) = target {
                could_not_acknowledge(reader, ("ring", text), id, year);
            }
        }
    }
    if let Some((text, id)) = raw.owner.as_ref().zip(policy.owner.as_ref()) {
        could_not_acknowledge(reader, ("owner", text), id, year);
    }
}

/// A step that is skipped whenever it comes.
fn never_rings(reader: &mut Reader<'_>, raw: &RawStep, step: &Step, year: &Year<'_>) {
    let Some(ring) = &raw.ring else { return };
    let never = |step: &Step| gaps_of([step], year) == [(year.from, year.to)];
    if !never(step) {
        return;
    }
    let (problem, advice) = match step.working_hours && !never(&always(step)) {
        true => (
            "ring: nobody whom the step rings within a year works then",
            "drop working_hours, or name somebody who works at that time",
        ),
        false => (
            "ring: the step rings nobody within a year",
            "name a person, or a schedule that somebody is on call for",
        ),
    };
    reader.warn(ring.span(), Misread::new(problem, advice));
}

/// The step, if it rang at all hours.
fn always(step: &Step) -> Step {
    Step { working_hours: false, ..step.clone() }
}

/// Steps whose targets are rung already when they begin, unless somebody has answered or declined by then.
fn rings_already(reader: &mut Reader<'_>, raw: &RawPolicy, policy: &Policy, year: &Year<'_>) {
    let ring = year.settings.ring;
    let waits =
        |from: usize, to: usize| policy.steps[from..to].iter().map(|step| step.wait).sum::<Duration>();
    let spans = raw.step.iter().map(|raw| raw.get_ref().ring.as_ref().map(Spanned::span));
    for (n, (step, span)) in policy.steps.iter().zip(spans).enumerate() {
        let Some(span) = span else { continue };
        let rings_in = |earlier: &Step, target: &Target| {
            let is_as_wide = earlier.pick == Pick::All && (step.working_hours || !earlier.working_hours);
            is_as_wide && earlier.urgency <= step.urgency && earlier.ring.contains(target)
        };
        let live = || (0..n).filter(|earlier| waits(*earlier, n) < ring);
        let is_live = |target: &Target| live().any(|earlier| rings_in(&policy.steps[earlier], target));
        let first = live().next().filter(|_| !step.ring.is_empty() && step.ring.iter().all(is_live));
        if let Some(first) = first.filter(|first| !rings_again(step, ring - waits(*first, n))) {
            let problem = format!(
                "ring: whoever the step rings is rung already: it begins {} after step {}, and phones ring for {}",
                show_span(waits(first, n)),
                first + 1,
                show_span(ring)
            );
            reader.warn(span, Misread::new(problem, "lengthen the wait before it, or leave it out"));
        }
    }
}

/// Whether `step` rings those again whose ring from before it lasts `over` into it.
fn rings_again(step: &Step, over: Duration) -> bool {
    let after = step.redial.map(|redial| redial.after);
    let after = if over <= RANG_OUT_BEFORE { Some(Duration::ZERO) } else { after };
    after.is_some_and(|after| over + after < step.wait)
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

/// Times at which no step of a policy rings anybody, for each urgency that some step is for.
fn reaches_somebody(reader: &mut Reader<'_>, raw: &RawPolicy, policy: &Policy, year: &Year<'_>) {
    let of = |urgency: Urgency| {
        let steps: Vec<&Step> = policy.steps.iter().filter(|step| step.urgency <= urgency).collect();
        if steps.is_empty() { Vec::new() } else { gaps_of(steps, year) }
    };
    let (low, high) = (of(Urgency::Low), of(Urgency::High));
    if low == high {
        unreached(reader, raw, (policy, "a page"), (&low, year));
    } else {
        unreached(reader, raw, (policy, "a page of low urgency"), (&low, year));
        unreached(reader, raw, (policy, "a page of high urgency"), (&high, year));
    }
}

fn unreached(
    reader: &mut Reader<'_>,
    raw: &RawPolicy,
    (policy, page): (&Policy, &str),
    (gaps, year): (&Spans, &Year<'_>),
) {
    if gaps.is_empty() {
        return;
    }
    let zone = policy.zone(&year.settings.schedules, &year.settings.people);
    let told =
        |(from, to): &(Timestamp, Timestamp)| format!("{} to {}", local(*from, &zone), local(*to, &zone));
    let told: Vec<String> = gaps.iter().map(told).collect();
    let problem =
        format!("{page} would reach nobody {} within a year: {}", times(told.len()), first_of(&told));
    let advice = match policy.steps.iter().any(|step| step.working_hours) {
        true => "add a step without working_hours that rings a person",
        false => "add a step that rings a person",
    };
    reader.warn(raw.id.span(), Misread::new(problem, advice));
}

/// When none of `steps` rings anybody.
fn gaps_of<'a>(steps: impl IntoIterator<Item = &'a Step>, year: &Year<'_>) -> Spans {
    let mut gaps = vec![(year.from, year.to)];
    for step in steps {
        for target in &step.ring {
            gaps = both(&gaps, &year.unreached(target, step.working_hours));
            if gaps.is_empty() {
                return gaps;
            }
        }
    }
    gaps
}
