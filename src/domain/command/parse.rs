//! Reads a line by the table.

use std::borrow::Cow;

use super::error::{ParseError, Problem};
use super::table::{CommandSpec, Form, FormSpec, Root, TABLE};
use super::{Bounds, Command, LINE_MAX_CHARS, Names, People, callees, oncall, pages, personal, words};

/// Reads a line as it was typed, the slash and the command's name included. Case does not matter.
///
/// # Errors
/// [`ParseError`]; it can say itself in a sentence.
pub fn parse(
    line: &str,
    names: &dyn Names,
    people: &dyn People,
    bounds: Bounds,
) -> Result<Command, ParseError> {
    let line = checked(line)?;
    let (word, rest) = words::first(&line).ok_or(ParseError::Empty)?;
    let root = root_of(word, names)?;
    let spec = root.spec().ok_or(ParseError::NotBuiltYet { root, sub: None })?;
    if rest.trim().eq_ignore_ascii_case("help") && root != Root::Callout && !people.is_person("help") {
        return Ok(Command::Help(Some(root)));
    }
    let Some((form, rest)) = form_of(spec, rest)? else { return Ok(Command::Help(None)) };
    Reader { names, people, bounds }.read(root, form, rest)
}

/// Not too long, and without NUL, which no store keeps.
fn checked(line: &str) -> Result<Cow<'_, str>, ParseError> {
    let actual = line.chars().count();
    if actual > LINE_MAX_CHARS {
        return Err(ParseError::LineTooLong { actual });
    }
    Ok(if line.contains('\0') { line.replace('\0', "").into() } else { line.into() })
}

fn root_of(word: &str, names: &dyn Names) -> Result<Root, ParseError> {
    let typed = word.strip_prefix('/').map(str::to_ascii_lowercase);
    let known = typed.and_then(|name| names.command(&name)).and_then(Root::of_name);
    known.ok_or_else(|| unknown_command(word, names))
}

fn unknown_command(word: &str, names: &dyn Names) -> ParseError {
    let bare = word.strip_prefix('/').unwrap_or(word).to_ascii_lowercase();
    let here = TABLE.iter().map(|spec| (names.name(spec.root.name()), spec.root));
    // One that is called otherwise here is what is meant by its usual name.
    let nearest = match Root::of_name(&bare).filter(|root| root.spec().is_some()) {
        Some(root) => vec![root],
        None => words::nearest(&bare, here),
    };
    ParseError::UnknownCommand { word: word.to_owned(), nearest }
}

/// The form that `rest` begins with, and what follows; `None` when nothing was asked of a command that
/// does nothing by itself.
fn form_of<'a>(
    spec: &CommandSpec,
    rest: &'a str,
) -> Result<Option<(&'static FormSpec, &'a str)>, ParseError> {
    let word = words::first(rest).filter(|_| spec.has_subs());
    let Some((word, after)) = word else { return Ok(spec.form(None).map(|form| (form, rest))) };
    let sub = word.to_ascii_lowercase();
    if let Some(form) = spec.form(Some(&sub)) {
        return Ok(Some((form, after)));
    }
    if let Some(later) = spec.later.iter().find(|later| **later == sub) {
        return Err(ParseError::NotBuiltYet { root: spec.root, sub: Some(later) });
    }
    // What is no sub-command may be what the bare command takes.
    if let Some(form) = spec.form(None).filter(|form| !form.options.is_empty()) {
        return Ok(Some((form, rest)));
    }
    let subs = spec.forms.iter().filter_map(|form| form.sub.map(|sub| (sub, sub)));
    let problem = Problem::UnknownSub { word: word.to_owned(), nearest: words::nearest(word, subs) };
    Err(ParseError::Usage { root: spec.root, sub: None, problem })
}

/// The one word that a form takes, if it takes one.
fn argument<'a>(root: Root, form: &FormSpec, rest: &'a str) -> Result<Option<&'a str>, ParseError> {
    let usage = |problem| Err(ParseError::Usage { root, sub: form.sub, problem });
    let option = form.options.first();
    let (word, rest) = match (option, words::first(rest)) {
        (Some(option), None) if option.required => return usage(Problem::Missing(option.kind)),
        (Some(_), Some((word, after))) => (Some(word), after),
        _ => (None, rest),
    };
    words::first(rest).map_or(Ok(word), |(extra, _)| usage(Problem::Extra(extra.to_owned())))
}

/// What a form's words are read by.
struct Reader<'a> {
    names: &'a dyn Names,
    people: &'a dyn People,
    bounds: Bounds,
}

impl Reader<'_> {
    fn read(&self, root: Root, form: &FormSpec, rest: &str) -> Result<Command, ParseError> {
        let word = match form.form {
            // These read the rest of the line themselves: it is not counted, or more is said of a word that is wrong.
            Form::Call | Form::OnCall | Form::Simulate | Form::Take | Form::Override => None,
            Form::Link | Form::Quiet | Form::Page | Form::Ack | Form::Escalate => None,
            _ => argument(root, form, rest)?,
        };
        let id = || word.unwrap_or_default().to_ascii_lowercase();
        Ok(match form.form {
            Form::Call => Command::Call(callees::call(rest, self.people, self.bounds)?),
            Form::Calls => Command::Calls,
            Form::Board => Command::Board,
            Form::History => {
                Command::History(word.map(|word| callees::person(word, self.people)).transpose()?)
            }
            Form::Show => Command::Show(id()),
            Form::HangUp => Command::HangUp(id()),
            Form::OnCall => oncall::schedule(rest, self.people)?,
            Form::Simulate => oncall::simulate(form, rest, self.people)?,
            Form::Take => oncall::take(rest, self.people)?,
            Form::Override => oncall::change(rest, self.people)?,
            Form::Undo => Command::Undo(id()),
            Form::Help => Command::Help(word.map(|word| topic(word, self.names)).transpose()?),
            Form::Me => Command::Me,
            Form::Status => Command::Status,
            Form::Link => personal::link(rest, self.people)?,
            Form::Unlink => personal::unlink(word)?,
            Form::Test => Command::Test,
            Form::Quiet => personal::quiet(rest, self.people)?,
            Form::Audit => Command::Audit,
            Form::Page => pages::page(rest, self.people, self.bounds)?,
            Form::Pages => Command::Pages,
            Form::ShowPage => Command::ShowPage(id()),
            Form::Ack => pages::ack(rest)?,
            Form::Close => Command::Close(word.map(str::to_ascii_lowercase)),
            Form::Escalate => pages::escalate(rest, self.people)?,
        })
    }
}

/// A command to explain, typed with or without its slash.
fn topic(word: &str, names: &dyn Names) -> Result<Root, ParseError> {
    let root = root_of(&format!("/{}", word.trim_start_matches('/')), names)?;
    if root.spec().is_some() { Ok(root) } else { Err(ParseError::NotBuiltYet { root, sub: None }) }
}
