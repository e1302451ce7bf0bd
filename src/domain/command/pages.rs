//! Reads what follows `/page`, `/ack`, `/close` and `/escalate`.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::error::{ParseError, Problem};
use super::table::{OptionKind, Root};
use super::{Bounds, Command, PageWord, People, callees, words};
use crate::domain::ids::PersonId;
use crate::domain::span::{Misread, parse_span, show_span};

/// What somebody may promise: what is done in less needs no promise, and nobody means more than a week.
const PROMISE: RangeInclusive<Duration> = Duration::from_secs(60)..=Duration::from_secs(7 * 86_400);

/// `<policy or person> <message>`. A policy wins over a person of the same id.
pub(super) fn page(rest: &str, people: &dyn People, bounds: Bounds) -> Result<Command, ParseError> {
    let missing = |kind| usage(Root::Page, Problem::Missing(kind));
    let (word, message) = words::first(rest).ok_or_else(|| missing(OptionKind::Policy))?;
    let target = target(word, people)?;
    let message = callees::readable(message.trim(), people);
    let length = message.chars().count();
    if length == 0 {
        return Err(missing(OptionKind::Message));
    }
    if length > bounds.note_max_chars {
        return Err(ParseError::NoteTooLong { max: bounds.note_max_chars, actual: length });
    }
    Ok(Command::Page { target, message })
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

/// For how long nothing rings where somebody does not say: long enough to be somewhere else.
pub const SNOOZE: Duration = Duration::from_secs(30 * 60);

/// `[<id>] [30m]`; `snooze` is 30 min.
pub(super) fn ack(rest: &str) -> Result<Command, ParseError> {
    let typed: Vec<&str> = rest.split_whitespace().collect();
    let is_span = |word: &str| word.starts_with(|c: char| c.is_ascii_digit()) || is_snooze(word);
    let (id, promise) = match typed.as_slice() {
        [] => (None, None),
        [span] if is_span(span) => (None, Some(*span)),
        [snooze, span] if is_snooze(snooze) => (None, Some(*span)),
        [id] => (Some(*id), None),
        [id, span] => (Some(*id), Some(*span)),
        [id, snooze, span] if is_snooze(snooze) => (Some(*id), Some(*span)),
        [_, _, extra, ..] => return Err(usage(Root::Ack, Problem::Extra((*extra).to_owned()))),
    };
    let promise =
        promise.map(self::promise).transpose().map_err(|why| usage(Root::Ack, Problem::Misread(why)))?;
    Ok(Command::Ack { id: id.map(str::to_ascii_lowercase), promise })
}

fn is_snooze(word: &str) -> bool {
    word.eq_ignore_ascii_case("snooze")
}

/// `30m`: until when somebody means to be done.
///
/// # Errors
/// [`Misread`] when it is no span, or nothing that anybody means.
pub fn promise(text: &str) -> Result<Duration, Misread> {
    if is_snooze(text) {
        return Ok(SNOOZE);
    }
    let span = parse_span(text)?;
    if PROMISE.contains(&span) {
        return Ok(span);
    }
    let (least, most) = (show_span(*PROMISE.start()), show_span(*PROMISE.end()));
    Err(Misread::new(format!("{text} is too short or too long"), format!("promise {least} to {most}")))
}

/// `[<id>] [@who]`, or `[<id>] to @who`.
pub(super) fn escalate(rest: &str, people: &dyn People) -> Result<Command, ParseError> {
    let typed: Vec<&str> = rest.split_whitespace().collect();
    let who = |word: &str| callees::person(word, people);
    let is_person = |word: &str| word.starts_with(['@', '<']) || people.is_person(&word.to_ascii_lowercase());
    let (id, who, instead): (Option<&str>, Option<PersonId>, bool) = match typed.as_slice() {
        [] => (None, None, false),
        [to, person] if is_to(to) => (None, Some(who(person)?), true),
        [id, to, person] if is_to(to) => (Some(id), Some(who(person)?), true),
        [to] | [_, to] if is_to(to) && !people.is_person("to") => {
            return Err(usage(Root::Escalate, Problem::Missing(OptionKind::Instead)));
        }
        [person] if is_person(person) => (None, Some(who(person)?), false),
        [id] => (Some(id), None, false),
        [id, person] => (Some(id), Some(who(person)?), false),
        [_, _, extra, ..] => return Err(usage(Root::Escalate, Problem::Extra((*extra).to_owned()))),
    };
    Ok(Command::Escalate { id: id.map(str::to_ascii_lowercase), who, instead })
}

fn is_to(word: &str) -> bool {
    word.eq_ignore_ascii_case("to")
}

/// The person whom `text` names, and nothing else: `zoe`, `@zoe`, a mention. `None`: it names nobody.
///
/// # Errors
/// When nobody is called so.
pub fn someone(text: &str, people: &dyn People) -> Result<Option<PersonId>, ParseError> {
    match text.split_whitespace().collect::<Vec<_>>().as_slice() {
        [] => Ok(None),
        [person] => callees::person(person, people).map(Some),
        [_, extra, ..] => Err(usage(Root::Escalate, Problem::Extra((*extra).to_owned()))),
    }
}

/// What `text`, said in a page's thread, means: `mine`, `ack 30m`, `snooze`, `in 10m`, `escalate`, `escalate @ana`,
/// `not mine @zoe`, `to @zoe`, `close`, `reopen`. `None`: nothing.
///
/// # Errors
/// When it names nobody who is listed, or no time that anybody means.
pub fn page_word(text: &str, people: &dyn People) -> Result<Option<PageWord>, ParseError> {
    let words: Vec<&str> = text.split_whitespace().map(|word| word.trim_matches(['.', '!', ','])).collect();
    let small: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let small: Vec<&str> = small.iter().map(String::as_str).filter(|word| !word.is_empty()).collect();
    let until = |span: &str| {
        let span = promise(span).map_err(|why| usage(Root::Ack, Problem::Misread(why)))?;
        Ok(Some(PageWord::Ack(Some(span))))
    };
    match small.as_slice() {
        ["ack" | "mine"] => Ok(Some(PageWord::Ack(None))),
        ["snooze"] => until("snooze"),
        ["ack" | "snooze" | "in", span] => until(span),
        ["ack", "in" | "snooze", span] => until(span),
        ["close"] => Ok(Some(PageWord::Close)),
        ["reopen"] => Ok(Some(PageWord::Reopen)),
        ["escalate"] => Ok(Some(PageWord::Escalate(None))),
        ["not", "mine"] => Ok(Some(PageWord::To(None))),
        ["escalate", who] if !is_to(who) => {
            let who = words.last().copied().unwrap_or_default();
            callees::person(who, people).map(|who| Some(PageWord::Escalate(Some(who))))
        }
        ["to", _]
        | ["reroute" | "escalate" | "over", "to", _]
        | ["hand", "over", "to", _]
        | ["not", "mine", _]
        | ["not", "mine", "→" | "->" | "to", _] => {
            let who = words.last().copied().unwrap_or_default();
            callees::person(who, people).map(|who| Some(PageWord::To(Some(who))))
        }
        _ => Ok(None),
    }
}

fn usage(root: Root, problem: Problem) -> ParseError {
    ParseError::Usage { root, sub: None, problem }
}
