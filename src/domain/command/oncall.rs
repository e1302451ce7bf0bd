//! Reads what follows `/oncall`.

use super::callees::person;
use super::error::{ParseError, Problem};
use super::table::{FormSpec, OptionKind, Root};
use super::{Command, People, words};
use crate::domain::ids::ScheduleId;
use crate::domain::oncall::Replacement;

/// How a schedule is written where a callee could stand.
pub(super) const PREFIX: &str = "oncall:";

/// `[<schedule>]`, with or without `oncall:` before it.
pub(super) fn schedule(rest: &str, people: &dyn People) -> Result<Command, ParseError> {
    let Some((word, rest)) = words::first(rest) else { return Ok(Command::OnCall(None)) };
    let id = known(word, people, near)?;
    match words::first(rest) {
        Some((extra, _)) => Err(usage(None, Problem::Extra(extra.to_owned()))),
        None => Ok(Command::OnCall(Some(id))),
    }
}

/// `<schedule> <until>`.
pub(super) fn take(rest: &str, people: &dyn People) -> Result<Command, ParseError> {
    let missing = |kind| usage(Some("take"), Problem::Missing(kind));
    let (word, rest) = words::first(rest).ok_or_else(|| missing(OptionKind::Schedule))?;
    let schedule = known(word, people, near_schedules)?;
    let until = rest.trim();
    if until.is_empty() {
        return Err(missing(OptionKind::When));
    }
    Ok(Command::Take { schedule, until: until.to_owned() })
}

/// `<schedule> <who|nobody> [for @who] <from> <to>`.
pub(super) fn change(rest: &str, people: &dyn People) -> Result<Command, ParseError> {
    let missing = |kind| usage(Some("override"), Problem::Missing(kind));
    let (word, rest) = words::first(rest).ok_or_else(|| missing(OptionKind::Schedule))?;
    let schedule = known(word, people, near_schedules)?;
    let (who, rest) = words::first(rest).ok_or_else(|| missing(OptionKind::Replacement))?;
    let nobody = who.eq_ignore_ascii_case("nobody") && !people.is_person("nobody");
    let who = if nobody { None } else { Some(person(who, people)?) };
    let (other, span) = match words::first(rest) {
        Some((word, rest)) if word.eq_ignore_ascii_case("for") => {
            let (other, rest) = words::first(rest).ok_or_else(|| missing(OptionKind::Person))?;
            (Some(person(other, people)?), rest)
        }
        _ => (None, rest),
    };
    let what = match (who, other) {
        (Some(who), None) => Replacement::Add(who),
        (Some(who), Some(instead_of)) => Replacement::Replace { who, instead_of },
        (None, Some(other)) => Replacement::Remove(other),
        (None, None) => Replacement::Nobody,
    };
    let span = span.trim();
    if span.is_empty() {
        return Err(missing(OptionKind::FromTo));
    }
    Ok(Command::Override { schedule, what, span: span.to_owned() })
}

/// The schedule that `word` names.
fn known(
    word: &str,
    people: &dyn People,
    near: fn(&str, &dyn People) -> Vec<String>,
) -> Result<ScheduleId, ParseError> {
    let id = word.to_ascii_lowercase();
    let id = id.strip_prefix(PREFIX).unwrap_or(&id);
    if people.is_schedule(id) {
        return Ok(ScheduleId::new(id));
    }
    Err(ParseError::UnknownSchedule { word: word.to_owned(), nearest: near(id, people) })
}

fn usage(sub: Option<&'static str>, problem: Problem) -> ParseError {
    ParseError::Usage { root: Root::OnCall, sub, problem }
}

fn near_schedules(word: &str, people: &dyn People) -> Vec<String> {
    people.nearest_schedules(word)
}

/// What may follow instead: a schedule, or a sub-command.
fn near(word: &str, people: &dyn People) -> Vec<String> {
    let subs = Root::OnCall.spec().into_iter().flat_map(|spec| spec.forms).filter_map(|form| form.sub);
    let subs = words::nearest(word, subs.map(|sub| (sub, sub.to_owned())));
    people.nearest_schedules(word).into_iter().chain(subs).collect()
}

/// `<policy> [<when>]`; the time may be two words.
pub(super) fn simulate(form: &FormSpec, rest: &str, people: &dyn People) -> Result<Command, ParseError> {
    let Some((word, when)) = words::first(rest) else {
        let problem = form.options.first().map(|option| Problem::Missing(option.kind));
        let problem = problem.unwrap_or(Problem::Extra(String::new()));
        return Err(ParseError::Usage { root: Root::OnCall, sub: form.sub, problem });
    };
    let id = word.strip_prefix('@').unwrap_or(word).to_ascii_lowercase();
    if !people.is_policy(&id) && !people.is_person(&id) {
        let nearest = people.nearest_policies(&id);
        return Err(ParseError::UnknownPolicy { word: word.to_owned(), nearest });
    }
    let when = Some(when.trim()).filter(|when| !when.is_empty()).map(str::to_owned);
    Ok(Command::Simulate { policy: id, when })
}
