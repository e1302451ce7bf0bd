//! What is said of when somebody is not to be disturbed.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::ids::PersonId;
use super::super::person::{HoursChoice, Person, Quiet, show_time};
use super::when::local_time;

/// What holds for `person`, who reads it, and why.
#[must_use]
pub fn my_quiet(person: &Person, now: Timestamp) -> String {
    quiet_of(person, now, "You asked", "you")
}

/// What holds for `person`, said to somebody else.
#[must_use]
pub fn their_quiet(person: &Person, now: Timestamp) -> String {
    format!("{}: {}", person.id, quiet_of(person, now, "Asked", "them"))
}

/// To `person`, for whom the admin `by` has chosen.
#[must_use]
pub fn chosen_for_you(by: &PersonId, person: &Person, now: Timestamp) -> String {
    format!("{by} chose for you: {}", my_quiet(person, now))
}

fn quiet_of(person: &Person, now: Timestamp, asked: &str, whom: &str) -> String {
    let file = match person.quiet_hours {
        Some(hours) => format!("callout.toml says {hours}"),
        None => "callout.toml has none".to_owned(),
    };
    let hours = match (person.choice.hours, person.quiet_hours) {
        (HoursChoice::Hours(hours), _) => format!("Quiet hours: {hours}, chosen here ({file})."),
        (HoursChoice::Off, Some(_)) => format!("No quiet hours: turned off here ({file})."),
        (HoursChoice::File, Some(hours)) => format!("Quiet hours: {hours}, as callout.toml says."),
        (HoursChoice::Off | HoursChoice::File, None) => "No quiet hours.".to_owned(),
    };
    let until = person
        .quiet_until(now)
        .map(|until| format!(" {asked} not to be disturbed until {}.", local_time(until, &person.timezone)));
    let asks = until.is_some() || person.hours().is_some();
    let then =
        if asks { format!(" Calls ask then before they ring {whom}; pages do not.") } else { String::new() };
    format!("{hours}{}{then}", until.unwrap_or_default())
}

/// Why a ring is unusual now: one sentence for each of `people`, for a reader in `zone`.
pub(super) fn disturbs(people: &[(PersonId, Quiet)], zone: &TimeZone) -> String {
    let why = people.iter().map(|(person, quiet)| match (quiet.is_asked, quiet.ends) {
        (true, Some(ends)) => {
            format!("{person} asked not to be disturbed until {}.", local_time(ends, zone))
        }
        _ => format!("It is {} for {person}.", show_time(quiet.local)),
    });
    why.collect::<Vec<_>>().join(" ")
}

/// Why a stranger does not have a phone rung now.
pub(super) fn not_now(person: &PersonId, quiet: &Quiet, zone: &TimeZone) -> String {
    let why = disturbs(&[(person.clone(), *quiet)], zone);
    match quiet.ends {
        Some(ends) => {
            format!("{why} Ask again after {}, or ask an admin to link you.", local_time(ends, zone))
        }
        None => format!("{why} Ask an admin to link you."),
    }
}
