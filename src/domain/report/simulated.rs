//! What a policy would do.

use super::super::escalation::{Found, Picked, Policy, Rest, Rung, Simulation, Step, Target, Why};
use super::super::ids::{OverrideId, PersonId};
use super::super::page::Urgency;
use super::lists::{LISTED_MAX, left_out};
use super::oncall::{Reader, names};
use super::page::whom_it_tells;
use super::text::escape;
use super::when::duration;

/// Longest reason of planned work that is shown, in characters: as the file allows it.
const WHY_MAX: usize = 200;

/// What a simulation leaves out.
const NOT_COUNTED: &str = "How often a phone may ring is not counted in this.";

/// What was is not known of what the file says.
const FILE_OF_NOW: &str = " The file is taken as it is now.";

/// `held until Tue 10 Mar 18:00 Europe/Berlin: a move of the database`.
#[must_use]
pub fn held_until(rest: &Rest, reader: &Reader) -> String {
    let why = escape(&rest.why, WHY_MAX);
    format!("held until {} {}: {why}", reader.time(rest.until), reader.zone_name())
}

/// `/oncall simulate`.
#[must_use]
pub fn simulated(policy: &Policy, played: &Simulation, reader: &Reader) -> String {
    let at = reader.time(played.at);
    let mut lines = vec![format!(
        "A page of {} at {at} ({}), if nobody answers (this rings nobody):",
        policy.id,
        reader.zone_name()
    )];
    lines.extend(played.rest.iter().map(|rest| format!("• {}.", held_until(rest, reader))));
    lines.extend(played.rung.iter().take(LISTED_MAX).map(|rung| {
        let (round, why) = (rung.round, why(policy, rung, reader));
        let at = if rung.after.is_zero() {
            "at once".to_owned()
        } else {
            format!("after {}", duration(rung.after))
        };
        format!("• {at}, round {round}, step {}: {}. {why}", rung.step, names(&rung.ring))
    }));
    lines.extend(left_out(played.rung.len(), LISTED_MAX));
    let by_now = if played.at < reader.now() { FILE_OF_NOW } else { "" };
    lines.push(format!("{} {NOT_COUNTED}{by_now}", end(policy, played)));
    lines.join("\n")
}

/// `callout simulate`: a ring a line.
#[must_use]
pub fn simulated_lines(policy: &Policy, played: &Simulation, reader: &Reader) -> String {
    let (zone, name) = (reader.zone(), reader.zone_name());
    let at = played.at.to_zoned_datetime(zone.clone()).strftime("%a %Y-%m-%d %H:%M:%S %:z");
    let head = format!(
        "A page of {} at {at} ({name}), if nobody answers. It rings nobody, and is read from the file only: what was \
         changed in chat is not in it.\n\n{:<12}{:<7}{:<6}{:<20}why\n",
        policy.id, "after", "round", "step", "rings"
    );
    let line = |rung: &Rung| {
        let why = why(policy, rung, reader);
        format!(
            "{:<12}{:<7}{:<6}{:<20}{why}\n",
            duration(rung.after),
            rung.round,
            rung.step,
            names(&rung.ring)
        )
    };
    let held = played.rest.iter().map(|rest| format!("{}\n", held_until(rest, reader)));
    let lines: String = held.chain(played.rung.iter().map(line)).collect();
    format!("{head}{lines}\n{} {NOT_COUNTED}\n", end(policy, played))
}

fn end(policy: &Policy, played: &Simulation) -> String {
    if !policy.rings_anybody() {
        return format!("It rings nobody, and only tells: it is over after {}.", duration(played.ends_after));
    }
    if played.reached {
        return format!("Then nobody else is rung: it is over after {}.", duration(played.ends_after));
    }
    "This page would reach nobody: nobody of its steps is there at that time.".to_owned()
}

/// Why somebody is rung, or nobody, as `reader` reads times.
#[must_use]
pub fn why(policy: &Policy, rung: &Rung, reader: &Reader) -> String {
    match &rung.why {
        Why::Again => "the ring that they had when the step began is over".to_owned(),
        Why::Redial { n, redial } => format!(
            "redial {n} of {}, {} after a ring without an answer",
            redial.times,
            duration(redial.after)
        ),
        Why::Step { picked, ringing } => {
            let mut reasons: Vec<String> = picked.found.iter().map(|found| came_to(found, reader)).collect();
            if !ringing.is_empty() {
                reasons.push(format!("{} would be rung, but that phone rings already", names(ringing)));
            }
            reasons.extend(left_out_of(
                picked,
                "each page rings another one of them; here it is the first, not",
            ));
            let step = rung.step.checked_sub(1).and_then(|index| policy.steps.get(index));
            if step.is_some_and(|step| step.urgency == Urgency::High) {
                reasons.push("only for pages of high urgency".to_owned());
            }
            let only_tells = step.is_some_and(|step| step.ring.is_empty());
            if only_tells {
                reasons.push("the step rings nobody".to_owned());
            } else if rung.ring.is_empty() && ringing.is_empty() {
                reasons.push("the step is skipped at once".to_owned());
            }
            reasons.extend(step.and_then(tells));
            reasons.join("; ")
        }
    }
}

/// Who was found, and is not rung all the same; `others` stands before those whose turn it is not.
pub(super) fn left_out_of(picked: &Picked, others: &str) -> Vec<String> {
    let off = (!picked.off.is_empty()).then(|| format!("out of working hours: {}", names(&picked.off)));
    let turns = (!picked.not_now.is_empty()).then(|| format!("{others} {}", names(&picked.not_now)));
    off.into_iter().chain(turns).collect()
}

pub(super) fn came_to(Found { target, people, until, laid }: &Found, reader: &Reader) -> String {
    let until = until.map(|at| format!(" until {} {}", reader.time(at), reader.zone_name()));
    let until = format!("{}{}", until.unwrap_or_default(), by_changes(laid));
    match target {
        Target::Person(person) => format!("{person} is named"),
        Target::OnCall(id) if people.is_empty() => format!("nobody is on call for {id}{until}"),
        Target::OnCall(_) | Target::Everyone(_) => format!("{target} is {}{until}", names(people)),
    }
}

/// Changes of a schedule that are named in one reason.
const CHANGES_NAMED_MAX: usize = 3;

/// `, by the change o3k2xy of jack`.
fn by_changes(laid: &[(OverrideId, PersonId)]) -> String {
    let named = laid.iter().take(CHANGES_NAMED_MAX).map(|(id, by)| format!("{id} of {by}"));
    let more = laid.len().saturating_sub(CHANGES_NAMED_MAX);
    let told: Vec<String> = named.chain((more > 0).then(|| format!("{more} more"))).collect();
    match told.as_slice() {
        [] => String::new(),
        [one] => format!(", by the change {one}"),
        all => format!(", by the changes {}", all.join(", ")),
    }
}

/// Channels and other programs that are told.
fn tells(step: &Step) -> Option<String> {
    let is = match step.post.len() + step.webhook.len() {
        0 => return None,
        1 => "is",
        _ => "are",
    };
    let as_well = if step.ring.is_empty() { "" } else { " as well" };
    Some(format!("{} {is} told{as_well}", whom_it_tells(&step.post, &step.webhook)))
}
