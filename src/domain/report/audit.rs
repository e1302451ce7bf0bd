//! `/callout audit`: who changed what.

use jiff::tz::TimeZone;

use super::super::audit::{Audit, Deed};
use super::super::oncall::Laid;
use super::super::person::{HoursChoice, QuietChoice};
use super::link::{chat_user, proof};
use super::oncall::{Reader, laid_news};
use super::text::escape;
use super::when::day_time;

/// Longest user of a chat, in characters.
const USER_MAX: usize = 60;

/// What was changed last, newest first.
#[must_use]
pub fn audit_list(audit: &[Audit]) -> String {
    if audit.is_empty() {
        return "Nothing was changed yet.".to_owned();
    }
    let lines = audit.iter().map(|audit| format!("• {}: {}", day_time(audit.at), deed(&audit.deed)));
    let head = "Changes, newest first:".to_owned();
    std::iter::once(head).chain(lines).collect::<Vec<_>>().join("\n")
}

fn deed(deed: &Deed) -> String {
    match deed {
        Deed::LinkAsked { who, person } => {
            format!("{} had {person}'s phone rung, to be linked.", chat_user(who))
        }
        Deed::LinkDeclined { who, person } => {
            format!("{person}'s phone declined to be linked to {}.", chat_user(who))
        }
        Deed::LinkGuessed { who, person } => {
            format!("{} typed nothing but wrong codes for {person}.", chat_user(who))
        }
        Deed::Linked { who, person, proof: why } => {
            format!("{} was linked to {person}, {}.", chat_user(who), proof(why))
        }
        Deed::Unlinked { user, person, by } => {
            format!("{by} unlinked {} from {person}.", escape(&user.to_string(), USER_MAX))
        }
        Deed::Replaced { user, was, by, person } => {
            let [user, by] = [user, by].map(|user| escape(&user.to_string(), USER_MAX));
            format!("{user} is not linked to {was} any more: {by} is linked to {person}.")
        }
        Deed::Laid(laid) => changed(laid),
        Deed::Lifted { laid, by } => format!("{by} took back: {}", changed(laid)),
        Deed::Quiet { person, by, choice } => format!("{by} chose for {person}: {}.", chosen(choice)),
    }
}

fn changed(laid: &Laid) -> String {
    laid_news(laid, &Reader::new(laid.at, TimeZone::UTC))
}

fn chosen(choice: &QuietChoice) -> String {
    let hours = match choice.hours {
        HoursChoice::File => "quiet hours as in callout.toml".to_owned(),
        HoursChoice::Off => "no quiet hours".to_owned(),
        HoursChoice::Hours(hours) => format!("quiet hours {hours}"),
    };
    match choice.until {
        Some(until) => format!("{hours}, undisturbed until {}", day_time(until)),
        None => hours,
    }
}
