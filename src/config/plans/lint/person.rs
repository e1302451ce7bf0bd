//! People: working hours at odd times, and who is rung and could not be written to, or could not acknowledge.

use toml::Spanned;

use super::{Year, tell_odd, told_if_odd};
use crate::config::raw::RawPerson;
use crate::config::reader::Reader;
use crate::domain::escalation::Target;
use crate::domain::ids::PersonId;
use crate::domain::person::Person;
use crate::domain::span::Misread;

pub(super) fn lint(reader: &mut Reader<'_>, raw: &RawPerson, year: &Year<'_>) {
    let Some(person) = year.settings.people.person(&PersonId::new(raw.id.get_ref())) else { return };
    let days = year.days(&person.timezone);
    for (text, window) in raw.working_hours.iter().zip(&person.working_hours) {
        let edges = days.iter().filter_map(|day| window.on(*day)).flat_map(|(start, end)| [start, end]);
        let odd: Vec<String> = edges.filter_map(|edge| told_if_odd(&person.timezone, edge)).collect();
        tell_odd(reader, text.span(), "working_hours", &odd);
    }
    // A file that names nobody's user anywhere leaves that to links, or is for the sandbox.
    let is_named = |person: &Person| person.slack.is_some() || person.discord.is_some();
    if !is_named(person) && year.settings.people.iter().any(is_named) && is_paged(&person.id, year) {
        let id = &person.id;
        let problem = format!("id: no chat knows `{id}`, whom a policy rings or tells");
        let advice = format!("add slack or discord, or let them link: /callout link {id}");
        reader.note(raw.id.span(), Misread::new(problem, advice));
    }
}

/// Whether any policy may ring them, or tells them as its owner.
fn is_paged(person: &PersonId, year: &Year<'_>) -> bool {
    let schedules = &year.settings.schedules;
    let rings = |target: &Target| match target {
        Target::Person(id) => id == person,
        Target::OnCall(id) | Target::Everyone(id) => {
            schedules.get(id.as_str()).is_some_and(|schedule| schedule.everyone().contains(person))
        }
    };
    year.settings.policies.iter().any(|policy| {
        policy.owner.as_ref() == Some(person) || policy.steps.iter().flat_map(|step| &step.ring).any(rings)
    })
}

/// Warns of a viewer, who can't say "mine", where `key` names somebody who should.
pub(super) fn could_not_acknowledge(
    reader: &mut Reader<'_>,
    (key, text): (&str, &Spanned<String>),
    id: &PersonId,
    year: &Year<'_>,
) {
    if year.settings.people.person(id).is_some_and(|person| !person.roles.acts()) {
        let problem = format!("{key}: `{id}` is a viewer, and could not acknowledge");
        reader.warn(text.span(), Misread::new(problem, "drop the role viewer, or name somebody else"));
    }
}
