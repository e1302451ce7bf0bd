//! Reads what follows `/call`: whom, with what, and why.

use super::error::{ParseError, Problem};
use super::oncall::PREFIX;
use super::table::{OptionKind, Root};
use super::{Bounds, CallLine, Callee, People, words};
use crate::domain::call::Media;
use crate::domain::ids::{PersonId, ScheduleId};

/// Shorter words are too often near a name by chance.
const LOOKALIKE_MIN_CHARS: usize = 4;

/// What a word means where callees stand.
enum Meaning {
    Callee(Callee),
    Media(Media),
    /// Like these, as they are typed; or like none, but written as a mention or a schedule.
    Lookalike(Vec<String>),
    Other,
}

/// Leading words that name callees are callees; then perhaps the media; the rest is the note.
pub(super) fn call(text: &str, people: &dyn People, bounds: Bounds) -> Result<CallLine, ParseError> {
    let (mut callees, mut rest) = (Vec::new(), text);
    while let Some((word, after)) = words::first(rest) {
        match meaning(word, people) {
            Meaning::Callee(callee) if callees.contains(&callee) => {}
            Meaning::Callee(callee) => callees.push(callee),
            Meaning::Media(media) => return wish(callees, media, &readable(after, people), bounds),
            Meaning::Lookalike(nearest) => {
                return Err(lookalike(word, nearest, callees, &readable(rest, people), bounds));
            }
            Meaning::Other if callees.is_empty() => return Err(unknown(word, people)),
            Meaning::Other => break,
        }
        rest = after;
    }
    wish(callees, Media::default(), &readable(rest, people), bounds)
}

/// What is wrong with `text` where callees stand alone: a word behind them that names none.
///
/// # Errors
/// [`ParseError`]; it can say itself in a sentence. What is wrong with the first word, the whole line says better.
pub fn callees_alone(text: &str, people: &dyn People) -> Result<(), ParseError> {
    let (mut rest, mut is_first) = (text, true);
    while let Some((word, after)) = words::first(rest) {
        match meaning(word, people) {
            Meaning::Callee(_) => {}
            _ if is_first => return Ok(()),
            Meaning::Lookalike(nearest) => {
                return Err(ParseError::LooksLikeCallee { word: word.to_owned(), nearest, wish: None });
            }
            Meaning::Media(_) | Meaning::Other => return Err(ParseError::NoCallee { word: word.to_owned() }),
        }
        (rest, is_first) = (after, false);
    }
    Ok(())
}

/// The one person that `word` names.
pub(super) fn person(word: &str, people: &dyn People) -> Result<PersonId, ParseError> {
    named(word, people).ok_or_else(|| unknown(word, people))
}

fn meaning(word: &str, people: &dyn People) -> Meaning {
    if let Some(media) = media(word) {
        return Meaning::Media(media);
    }
    if let Some(person) = named(word, people) {
        return Meaning::Callee(Callee::Person(person));
    }
    if let Some(schedule) = word.to_ascii_lowercase().strip_prefix(PREFIX) {
        return on_call(schedule, people);
    }
    let nearest = near(word, people);
    let alike = word.chars().count() >= LOOKALIKE_MIN_CHARS
        && nearest.iter().any(|person| words::edits(word, person.as_str()).is_some());
    let written_so =
        word.len() > 1 && word.starts_with('@') || word.starts_with("<@") || word.starts_with("<!");
    if !alike && !written_so {
        return Meaning::Other;
    }
    Meaning::Lookalike(nearest.iter().map(PersonId::to_string).collect())
}

fn on_call(schedule: &str, people: &dyn People) -> Meaning {
    if people.is_schedule(schedule) {
        return Meaning::Callee(Callee::OnCall(ScheduleId::new(schedule)));
    }
    let nearest = people.nearest_schedules(schedule);
    Meaning::Lookalike(nearest.iter().map(|id| format!("{PREFIX}{id}")).collect())
}

fn media(word: &str) -> Option<Media> {
    match () {
        () if word.eq_ignore_ascii_case("audio") => Some(Media::Audio),
        () if word.eq_ignore_ascii_case("video") => Some(Media::Video),
        () => None,
    }
}

/// `jack`, `@jack`, or a mention.
fn named(word: &str, people: &dyn People) -> Option<PersonId> {
    if let Some(mention) = words::mention(word) {
        return people.by_mention(mention.user);
    }
    // ASCII only: the Kelvin sign is no k.
    let id = word.strip_prefix('@').unwrap_or(word).to_ascii_lowercase();
    people.is_person(&id).then(|| PersonId::new(id))
}

/// Whom a word may mean. A mention is never mistyped, but may show a name.
fn near(word: &str, people: &dyn People) -> Vec<PersonId> {
    match words::mention(word) {
        Some(mention) => mention.label.map(|label| people.nearest(label)).unwrap_or_default(),
        None => people.nearest(word.strip_prefix('@').unwrap_or(word)),
    }
}

fn unknown(word: &str, people: &dyn People) -> ParseError {
    ParseError::UnknownPerson { word: word.to_owned(), nearest: near(word, people) }
}

/// A note as people read it: a chat writes a mention by an id that means nothing elsewhere.
pub(super) fn readable(note: &str, people: &dyn People) -> String {
    let (mut out, mut rest) = (String::new(), note);
    while let Some(start) = rest.find("<@") {
        let end = rest[start..].find('>').map_or(rest.len(), |end| start + end + 1);
        let (before, word) = (&rest[..start], &rest[start..end]);
        out.push_str(before);
        let mention = words::mention(word);
        let person = mention.as_ref().and_then(|mention| people.by_mention(mention.user));
        let label = mention.as_ref().and_then(|mention| mention.label);
        match person.as_ref().map(PersonId::as_str).or(label) {
            Some(shown) => {
                out.push('@');
                out.push_str(shown);
            }
            None => out.push_str(word),
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// Rings nobody; offers the call with `rest`, which begins with the word, as its note.
fn lookalike(
    word: &str,
    nearest: Vec<String>,
    callees: Vec<Callee>,
    rest: &str,
    bounds: Bounds,
) -> ParseError {
    let wish = match callees.is_empty() {
        true => None,
        false => match wish(callees, Media::default(), rest, bounds) {
            Ok(wish) => Some(wish),
            Err(error) => return error,
        },
    };
    ParseError::LooksLikeCallee { word: word.to_owned(), nearest, wish }
}

fn wish(callees: Vec<Callee>, media: Media, note: &str, bounds: Bounds) -> Result<CallLine, ParseError> {
    let note = note.trim();
    let (count, length) = (callees.len(), note.chars().count());
    if count == 0 {
        let problem = Problem::Missing(OptionKind::Callees);
        return Err(ParseError::Usage { root: Root::Call, sub: None, problem });
    }
    if count > bounds.callees_max {
        return Err(ParseError::TooManyCallees { max: bounds.callees_max, actual: count });
    }
    if length > bounds.note_max_chars {
        return Err(ParseError::NoteTooLong { max: bounds.note_max_chars, actual: length });
    }
    Ok(CallLine { callees, media, note: (length > 0).then(|| note.to_owned()) })
}
