//! `[[policy]]`.

use std::collections::HashSet;
use std::ops::Range;
use std::time::Duration;

use toml::Spanned;

use super::{Known, check_known};
use crate::config::product::span;
use crate::config::raw::{RawPolicy, RawRedial, RawStep, Text};
use crate::config::reader::Reader;
use crate::config::words;
use crate::domain::escalation::{DEFAULT_WAIT, Pick, Policy, Redial, Step, Target};
use crate::domain::ids::{PersonId, PolicyId, WebhookId};
use crate::domain::page::{PLACES_MAX, Urgency};
use crate::domain::report::Place;
use crate::domain::span::{Misread, SPAN_MAX};

/// Further rounds of a policy: more than anyone will sit through.
const REPEAT_MAX: i64 = 100;

/// Redials of one step.
const REDIALS_MAX: i64 = 20;

/// Steps of one policy: with rounds and redials, what one page can come to stays within 106,050 rings.
const STEPS_MAX: usize = 50;

/// Targets, channels and webhooks of one step: a whole team, and its channels.
const TARGETS_MAX: usize = 100;

/// The shortest that a step may wait, or a redial be put off: 1 s.
const SHORTEST: Duration = Duration::from_secs(1);

/// The policy, if all of it could be read.
pub(super) fn policy(reader: &mut Reader<'_>, raw: &Spanned<RawPolicy>, known: &Known<'_>) -> Option<Policy> {
    let policy = raw.get_ref();
    let repeat = match &policy.repeat {
        Some(repeat) => reader.number("repeat", repeat, 0..=REPEAT_MAX),
        None => Some(0),
    };
    let ack_timeout = match &policy.ack_timeout {
        Some(timeout) => span(reader, "ack_timeout", timeout, &(SHORTEST..=SPAN_MAX)).map(Some),
        None => Some(None),
    };
    let owner = match &policy.owner {
        Some(owner) => check_known(reader, "owner", owner, ("person", &known.people))
            .map(|()| Some(PersonId::new(owner.get_ref()))),
        None => Some(None),
    };
    if policy.step.is_empty() {
        reader.error(raw.span(), Misread::new("the policy has no step", "add a [[policy.step]] with ring"));
    }
    let few = reader.at_most(STEPS_MAX, policy.step.len(), "steps", raw.span());
    let steps = policy.step.iter().map(|raw| step(reader, raw, known));
    // Every step is judged, not only those before the first that is wrong.
    let steps: Option<Vec<Step>> = steps.collect::<Vec<_>>().into_iter().collect();
    let steps = steps.filter(|steps| few && !steps.is_empty())?;
    if !channels(reader, raw, &steps) {
        return None;
    }
    let id = PolicyId::new(policy.id.get_ref());
    Some(Policy { id, repeat: repeat?, ack_timeout: ack_timeout?, owner: owner?, steps })
}

fn step(reader: &mut Reader<'_>, raw: &Spanned<RawStep>, known: &Known<'_>) -> Option<Step> {
    let (raw, at) = (raw.get_ref(), raw.span());
    let ring = rung(reader, raw, &at, known);
    let wait = match &raw.wait {
        Some(wait) => span(reader, "wait", wait, &(SHORTEST..=SPAN_MAX)),
        None => Some(DEFAULT_WAIT),
    };
    let redial = match &raw.redial {
        Some(raw) => redial(reader, raw).map(Some),
        None => Some(None),
    };
    let few = reader.at_most(TARGETS_MAX, raw.post.len().max(raw.webhook.len()), "targets", at);
    let post: Vec<_> = raw.post.iter().map(|post| reader.take("post", post, words::place)).collect();
    let webhook: Vec<_> = raw.webhook.iter().map(|id| webhook(reader, id, known)).collect();
    let urgency = match &raw.urgency {
        Some(text) => reader.take("urgency", text, urgency),
        None => Some(Urgency::Low),
    };
    let pick = match &raw.pick {
        Some(text) => reader.take("pick", text, pick),
        None => Some(Pick::All),
    };
    let ring = ring.filter(|_| few)?;
    let post = post.into_iter().collect::<Option<_>>()?;
    let mut webhook: Vec<WebhookId> = webhook.into_iter().collect::<Option<_>>()?;
    let mut seen = HashSet::new();
    webhook.retain(|id| seen.insert(id.clone()));
    let (wait, redial, urgency, pick) = (wait?, redial?, urgency?, pick?);
    let working_hours = raw.working_hours;
    Some(Step { ring, post, webhook, wait, redial, urgency, pick, working_hours })
}

/// Whom a step rings: nobody, where it tells a channel or another program.
fn rung(reader: &mut Reader<'_>, raw: &RawStep, at: &Range<usize>, known: &Known<'_>) -> Option<Vec<Target>> {
    let only_tells = !(raw.post.is_empty() && raw.webhook.is_empty());
    let Some(ring) = &raw.ring else {
        if !only_tells {
            let misread =
                Misread::new("the step rings nobody, and tells nobody", "add ring, post or webhook");
            reader.error(at.clone(), misread);
            return None;
        }
        let idle = [("redial", raw.redial.is_some()), ("pick", raw.pick.is_some())];
        for (key, _) in idle.into_iter().chain([("working_hours", raw.working_hours)]).filter(|(_, is)| *is) {
            let problem = format!("{key}: the step rings nobody");
            reader.error(at.clone(), Misread::new(problem, format!("leave {key} out, or add ring")));
        }
        return Some(Vec::new());
    };
    let targets = ring.get_ref();
    if targets.is_empty() {
        let advice = if only_tells {
            "leave ring out: the step only tells"
        } else {
            "name a person or oncall:<schedule>"
        };
        reader.error(ring.span(), Misread::new("ring: the step rings nobody", advice));
    }
    let few = reader.at_most(TARGETS_MAX, targets.len(), "targets", ring.span());
    let ring: Vec<Option<Target>> = targets.iter().map(|text| target(reader, text, known)).collect();
    let ring: Option<Vec<Target>> = ring.into_iter().collect();
    ring.filter(|ring| few && !ring.is_empty())
}

fn webhook(reader: &mut Reader<'_>, id: &Text, known: &Known<'_>) -> Option<WebhookId> {
    check_known(reader, "webhook", id, ("webhook", &known.webhooks)).map(|()| WebhookId::new(id.get_ref()))
}

/// A page is shown in so many channels, and its own is one of them.
fn channels(reader: &mut Reader<'_>, raw: &Spanned<RawPolicy>, steps: &[Step]) -> bool {
    let all: HashSet<&Place> = steps.iter().flat_map(|step| &step.post).collect();
    reader.at_most(PLACES_MAX - 1, all.len(), "channels of one policy", raw.span())
}

fn urgency(text: &str) -> Result<Urgency, Misread> {
    match text {
        "high" => Ok(Urgency::High),
        "low" => Ok(Urgency::Low),
        _ => Err(Misread::new(format!("`{text}` is unknown"), "use high or low")),
    }
}

fn pick(text: &str) -> Result<Pick, Misread> {
    match text {
        "one" => Ok(Pick::One),
        "all" => Ok(Pick::All),
        _ => Err(Misread::new(format!("`{text}` is unknown"), "use all, or one: each page the next in turn")),
    }
}

fn redial(reader: &mut Reader<'_>, raw: &RawRedial) -> Option<Redial> {
    let times = reader.number("times", &raw.times, 1..=REDIALS_MAX);
    let after = span(reader, "after", &raw.after, &(SHORTEST..=SPAN_MAX));
    Some(Redial { times: times?, after: after? })
}

/// A person, whoever a schedule says, or everyone of it.
fn target(reader: &mut Reader<'_>, text: &Text, known: &Known<'_>) -> Option<Target> {
    let target = Target::read(text.get_ref());
    let (id, what) = match &target {
        Target::Person(id) => (id.as_str(), ("person", &known.people)),
        Target::OnCall(id) | Target::Everyone(id) => (id.as_str(), ("schedule", &known.schedules)),
    };
    let id = Spanned::new(text.span(), id.to_owned());
    check_known(reader, "ring", &id, what).map(|()| target)
}
