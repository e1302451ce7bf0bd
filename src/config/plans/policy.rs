//! `[[policy]]`.

use std::time::Duration;

use toml::Spanned;

use super::{Known, check_known};
use crate::config::product::span;
use crate::config::raw::{RawPolicy, RawStep, Text};
use crate::config::reader::Reader;
use crate::config::words;
use crate::domain::span::{Misread, SPAN_MAX};

/// Further rounds of a policy: more than anyone will sit through.
const REPEAT_MAX: i64 = 100;

/// Redials of one step.
const REDIALS_MAX: i64 = 20;

/// The shortest that a step may wait, or a redial be put off: 1 s.
const SHORTEST: Duration = Duration::from_secs(1);

pub(super) fn check(reader: &mut Reader<'_>, raw: &Spanned<RawPolicy>, known: &Known<'_>) {
    let policy = raw.get_ref();
    if let Some(repeat) = &policy.repeat {
        let _rounds: Option<i64> = reader.number("repeat", repeat, 0..=REPEAT_MAX);
    }
    if let Some(timeout) = &policy.ack_timeout {
        span(reader, "ack_timeout", timeout, &(SHORTEST..=SPAN_MAX));
    }
    if policy.step.is_empty() {
        reader.error(raw.span(), Misread::new("the policy has no step", "add a [[policy.step]] with ring"));
    }
    for step in &policy.step {
        check_step(reader, step.get_ref(), known);
    }
}

fn check_step(reader: &mut Reader<'_>, step: &RawStep, known: &Known<'_>) {
    if step.ring.get_ref().is_empty() {
        let misread = Misread::new("ring: the step rings nobody", "name a person or oncall:<schedule>");
        reader.error(step.ring.span(), misread);
    }
    for target in step.ring.get_ref() {
        check_target(reader, target, known);
    }
    if let Some(wait) = &step.wait {
        span(reader, "wait", wait, &(SHORTEST..=SPAN_MAX));
    }
    if let Some(redial) = &step.redial {
        let _times: Option<i64> = reader.number("times", &redial.times, 1..=REDIALS_MAX);
        span(reader, "after", &redial.after, &(SHORTEST..=SPAN_MAX));
    }
    for post in &step.post {
        reader.take("post", post, words::place);
    }
}

/// A person, or whoever a schedule says.
fn check_target(reader: &mut Reader<'_>, target: &Text, known: &Known<'_>) {
    match target.get_ref().strip_prefix("oncall:") {
        Some(schedule) => {
            let schedule = Spanned::new(target.span(), schedule.to_owned());
            check_known(reader, "ring", &schedule, ("schedule", &known.schedules));
        }
        None => check_known(reader, "ring", target, ("person", &known.people)),
    }
}
