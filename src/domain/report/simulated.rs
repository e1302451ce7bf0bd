//! What a policy would do.

use jiff::tz::TimeZone;

use super::super::escalation::{Found, Picked, Policy, Rung, Simulation, Target, Why};
use super::super::page::Urgency;
use super::lists::{LISTED_MAX, left_out};
use super::oncall::{Reader, names};
use super::when::{day_minute, duration};

/// What a simulation leaves out.
const NOT_COUNTED: &str = "How often a phone may ring is not counted in this.";

/// `/oncall simulate`.
#[must_use]
pub fn simulated(policy: &Policy, played: &Simulation, reader: &Reader) -> String {
    let at = reader.time(played.at);
    let mut lines = vec![format!(
        "A page of {} at {at} ({}), if nobody answers (this rings nobody):",
        policy.id,
        reader.zone_name()
    )];
    lines.extend(played.rung.iter().take(LISTED_MAX).map(|rung| {
        let (round, why) = (rung.round, why(policy, rung, reader.zone()));
        let at = if rung.after.is_zero() {
            "at once".to_owned()
        } else {
            format!("after {}", duration(rung.after))
        };
        format!("• {at}, round {round}, step {}: {}. {why}", rung.step, names(&rung.ring))
    }));
    lines.extend(left_out(played.rung.len(), LISTED_MAX));
    lines.push(format!("{} {NOT_COUNTED}", end(played)));
    lines.join("\n")
}

/// `callout simulate`: a ring a line.
#[must_use]
pub fn simulated_lines(policy: &Policy, played: &Simulation, zone: &TimeZone) -> String {
    let name = zone.iana_name().unwrap_or("UTC");
    let at = played.at.to_zoned_datetime(zone.clone()).strftime("%a %Y-%m-%d %H:%M:%S %:z");
    let head = format!(
        "A page of {} at {at} ({name}), if nobody answers. It rings nobody, and is read from the file only: what was \
         changed in chat is not in it.\n\n{:<12}{:<7}{:<6}{:<20}why\n",
        policy.id, "after", "round", "step", "rings"
    );
    let line = |rung: &Rung| {
        let why = why(policy, rung, zone);
        format!(
            "{:<12}{:<7}{:<6}{:<20}{why}\n",
            duration(rung.after),
            rung.round,
            rung.step,
            names(&rung.ring)
        )
    };
    let lines: String = played.rung.iter().map(line).collect();
    format!("{head}{lines}\n{} {NOT_COUNTED}\n", end(played))
}

fn end(played: &Simulation) -> String {
    if played.reached {
        return format!("Then nobody else is rung: it is over after {}.", duration(played.ends_after));
    }
    "This page would reach nobody: the policy needs a step that rings a person.".to_owned()
}

/// Why somebody is rung, or nobody. Times are in `zone`.
#[must_use]
pub fn why(policy: &Policy, rung: &Rung, zone: &TimeZone) -> String {
    match &rung.why {
        Why::Redial { n, redial } => format!(
            "redial {n} of {}, {} after a ring without an answer",
            redial.times,
            duration(redial.after)
        ),
        Why::Step { picked, ringing } => {
            let mut reasons: Vec<String> = picked.found.iter().map(|found| came_to(found, zone)).collect();
            if !ringing.is_empty() {
                reasons.push(format!("{} would be rung, but that phone rings already", names(ringing)));
            }
            reasons.extend(left_out_of(picked));
            if policy.steps.get(rung.step.saturating_sub(1)).is_some_and(|step| step.urgency == Urgency::High)
            {
                reasons.push("only for pages of high urgency".to_owned());
            }
            if rung.ring.is_empty() && ringing.is_empty() {
                reasons.push("the step is skipped at once".to_owned());
            } else if let Some(posts) = posts(policy, rung) {
                reasons.push(posts);
            }
            reasons.join("; ")
        }
    }
}

/// Who was found, and is not rung all the same.
pub(super) fn left_out_of(picked: &Picked) -> Vec<String> {
    let off = (!picked.off.is_empty()).then(|| format!("out of working hours: {}", names(&picked.off)));
    let turns = (!picked.not_now.is_empty())
        .then(|| format!("one of them each page, in turn; not this time: {}", names(&picked.not_now)));
    off.into_iter().chain(turns).collect()
}

pub(super) fn came_to(Found { target, people, until }: &Found, zone: &TimeZone) -> String {
    let name = zone.iana_name().unwrap_or("UTC");
    let until = until.map(|at| format!(" until {} {name}", day_minute(at, zone))).unwrap_or_default();
    match target {
        Target::Person(person) => format!("{person} is named"),
        Target::OnCall(id) if people.is_empty() => format!("nobody is on call for {id}{until}"),
        Target::OnCall(_) | Target::Everyone(_) => format!("{target} is {}{until}", names(people)),
    }
}

/// Channels that are told as well.
fn posts(policy: &Policy, rung: &Rung) -> Option<String> {
    let step = policy.steps.get(rung.step.checked_sub(1)?)?;
    let places: Vec<String> =
        step.post.iter().map(|place| format!("{}:{}", place.chat, place.channel)).collect();
    (!places.is_empty()).then(|| format!("{} is told as well", places.join(", ")))
}
