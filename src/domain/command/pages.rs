//! Reads what follows `/page`, `/ack`, `/close` and `/escalate`.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::error::{ParseError, Problem};
use super::table::{OptionKind, Root};
use super::{Bounds, Command, People, callees, words};
use crate::domain::ids::PersonId;
use crate::domain::span::{Misread, parse_span, show_span};

/// What somebody may promise: what is done in less needs no promise, and nobody means more than a week.
const PROMISE: RangeInclusive<Duration> = Duration::from_secs(60)..=Duration::from_secs(7 * 86_400);

/// `<policy or person> <message>`. A policy wins over a person of the same id.
pub(super) fn page(rest: &str, people: &dyn People, bounds: Bounds) -> Result<Command, ParseError> {
    let missing = |kind| usage(Root::Page, Problem::Missing(kind));
    let (word, message) = words::first(rest).ok_or_else(|| missing(OptionKind::Policy))?;
    let target = target(word, people)?;
    let message = message.trim();
    let length = message.chars().count();
    if length == 0 {
        return Err(missing(OptionKind::Message));
    }
    if length > bounds.note_max_chars {
        return Err(ParseError::NoteTooLong { max: bounds.note_max_chars, actual: length });
    }
    Ok(Command::Page { target, message: message.to_owned() })
}

fn target(word: &str, people: &dyn People) -> Result<String, ParseError> {
    let id = word.to_ascii_lowercase();
    if people.is_policy(&id) {
        return Ok(id);
    }
    let unknown = |error| match error {
        ParseError::UnknownPerson { word, nearest } if nearest.is_empty() => {
            let nearest = people.nearest_policies(&id);
            ParseError::UnknownPolicy { word, nearest }
        }
        other => other,
    };
    callees::person(word, people).map(|person| person.to_string()).map_err(unknown)
}

/// `[<id>] [30m]`.
pub(super) fn ack(rest: &str) -> Result<Command, ParseError> {
    let typed: Vec<&str> = rest.split_whitespace().collect();
    let is_span = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    let (id, promise) = match typed.as_slice() {
        [] => (None, None),
        [span] if is_span(span) => (None, Some(*span)),
        [id] => (Some(*id), None),
        [id, span] => (Some(*id), Some(*span)),
        [_, _, extra, ..] => return Err(usage(Root::Ack, Problem::Extra((*extra).to_owned()))),
    };
    let promise =
        promise.map(self::promise).transpose().map_err(|why| usage(Root::Ack, Problem::Misread(why)))?;
    Ok(Command::Ack { id: id.map(str::to_ascii_lowercase), promise })
}

/// `30m`: until when somebody means to be done.
///
/// # Errors
/// [`Misread`] when it is no span, or nothing that anybody means.
pub fn promise(text: &str) -> Result<Duration, Misread> {
    let span = parse_span(text)?;
    if PROMISE.contains(&span) {
        return Ok(span);
    }
    let (least, most) = (show_span(*PROMISE.start()), show_span(*PROMISE.end()));
    Err(Misread::new(format!("{text} is too short or too long"), format!("promise {least} to {most}")))
}

/// `[<id>] [@who]`.
pub(super) fn escalate(rest: &str, people: &dyn People) -> Result<Command, ParseError> {
    let typed: Vec<&str> = rest.split_whitespace().collect();
    let who = |word: &str| callees::person(word, people);
    let is_person = |word: &str| word.starts_with(['@', '<']) || people.is_person(&word.to_ascii_lowercase());
    let (id, who): (Option<&str>, Option<PersonId>) = match typed.as_slice() {
        [] => (None, None),
        [person] if is_person(person) => (None, Some(who(person)?)),
        [id] => (Some(id), None),
        [id, person] => (Some(id), Some(who(person)?)),
        [_, _, extra, ..] => return Err(usage(Root::Escalate, Problem::Extra((*extra).to_owned()))),
    };
    Ok(Command::Escalate { id: id.map(str::to_ascii_lowercase), who })
}

fn usage(root: Root, problem: Problem) -> ParseError {
    ParseError::Usage { root, sub: None, problem }
}
