//! What the bot says to a line that it did not understand.

use super::error::{ParseError, Problem};
use super::oncall::PREFIX;
use super::table::{OptionKind, Root};
use super::{CallLine, LINE_MAX_CHARS, Names, help, words};
use crate::domain::ids::PersonId;
use crate::domain::report::text::escape;

/// Characters of a typed word that are said again.
const WORD_MAX_CHARS: usize = 60;

/// Characters of what is said about a word that could not be read.
const MISREAD_MAX_CHARS: usize = 200;

/// Suggestions at most.
const NEAREST_MAX: usize = 3;

impl ParseError {
    /// What to tell the person. Escaped; `names` is what the commands are called here.
    #[must_use]
    pub fn sentence(&self, names: &dyn Names) -> String {
        let list = format!("{} help lists what works", slash(Root::Callout, names));
        match self {
            Self::Empty => format!("There is no command in that line. {list}."),
            Self::LineTooLong { actual } => format!(
                "That line has {actual} characters, and I read at most {LINE_MAX_CHARS}. Nothing was done."
            ),
            Self::UnknownCommand { word, nearest } => {
                let near = nearest.iter().map(|root| slash(*root, names));
                format!("There is no command {}. {}", quoted(word), did_you_mean(near, &list))
            }
            Self::NotBuiltYet { root, sub } => {
                let sub = sub.map(|sub| format!(" {sub}")).unwrap_or_default();
                format!("{}{sub} is not built yet. {list} today.", slash(*root, names))
            }
            Self::Usage { root, sub, problem } => {
                let usage = help::usage(*root, *sub, names);
                format!("{} Usage: {usage}", problem.sentence(*root, *sub, names))
            }
            Self::UnknownPerson { word, nearest } => nobody(word, nearest),
            Self::UnknownSchedule { word, nearest } => {
                let command = slash(Root::OnCall, names);
                let near = nearest.iter().map(|near| format!("{command} {}", escape(near, WORD_MAX_CHARS)));
                let otherwise = format!("{command} lists them.");
                format!("There is no schedule {}. {}", quoted(word), did_you_mean(near, &otherwise))
            }
            Self::UnknownPolicy { word, nearest } => {
                let near = nearest.iter().map(|near| escape(near, WORD_MAX_CHARS));
                let hint = did_you_mean(near, "Type the id of a policy or of a person.");
                format!("There is no policy {}. {hint}", quoted(word))
            }
            Self::LooksLikeCallee { word, nearest, wish } => lookalike(word, nearest, wish.as_ref()),
            Self::NoCallee { word } => format!(
                "{} names nobody, and media and note have fields of their own here. Nobody was rung.",
                quoted(word)
            ),
            Self::TooManyCallees { max, actual } => {
                format!("That is {actual} people, and one call rings at most {max}. Nobody was rung.")
            }
            Self::NoteTooLong { max, actual } => {
                format!("The note has {actual} characters, and at most {max} are allowed. Nobody was rung.")
            }
        }
    }
}

impl Problem {
    fn sentence(&self, root: Root, sub: Option<&str>, names: &dyn Names) -> String {
        let sub = sub.map(|sub| format!(" {sub}")).unwrap_or_default();
        let command = format!("{}{sub}", slash(root, names));
        match self {
            Self::Missing(kind) => format!("{command} needs {}.", wanted(*kind)),
            Self::Extra(word) => format!("{command} does not take {}.", quoted(word)),
            Self::Misread(misread) => {
                format!("{command}: {}.", escape(&in_quotes(&misread.to_string()), MISREAD_MAX_CHARS))
            }
            Self::UnknownSub { word, nearest } => {
                let near = nearest.iter().map(|sub| format!("{command} {sub}"));
                let hint = did_you_mean(near, "");
                format!("{command} cannot do {}. {hint}", quoted(word)).trim_end().to_owned()
            }
        }
    }
}

/// What is missing.
fn wanted(kind: OptionKind) -> &'static str {
    match kind {
        OptionKind::Callees => "somebody to ring",
        OptionKind::CallId => "the id of a call",
        OptionKind::Schedule => "a schedule",
        OptionKind::Policy => "a policy or a person",
        OptionKind::When => "a time",
        OptionKind::Replacement => "who is on call instead, or nobody",
        OptionKind::FromTo => "from when to when",
        OptionKind::OverrideId => "the id of a change",
        OptionKind::Person | OptionKind::Instead => "a person",
        OptionKind::Media => "audio or video",
        OptionKind::Note => "a note",
        OptionKind::Topic => "a command",
        OptionKind::Account => "a person or their account",
        OptionKind::Code => "a code",
        OptionKind::ChatUser => "a user of this chat",
        OptionKind::Quiet => "hours",
        OptionKind::PageId => "the id of a page",
        OptionKind::Message => "a message",
        OptionKind::Promise => "a time",
    }
}

fn nobody(word: &str, nearest: &[PersonId]) -> String {
    let (nobody, otherwise) = match words::mention(word) {
        Some(_) => ("is not listed here.", "An admin can add them."),
        None => ("is nobody's name.", "Type a person's id, or mention them."),
    };
    format!("{} {nobody} {}", quoted(word), did_you_mean(people(nearest), otherwise))
}

fn lookalike(word: &str, nearest: &[String], wish: Option<&CallLine>) -> String {
    let near = nearest.iter().map(|near| escape(near, WORD_MAX_CHARS));
    let hint = did_you_mean(near, "Nobody was rung.");
    let rung = if nearest.is_empty() { "" } else { " Nobody was rung." };
    let note =
        if wish.is_some() { " If it begins your note, press “Ring anyway, it is my note”." } else { "" };
    let is_schedule = word.to_ascii_lowercase().starts_with(PREFIX);
    let looks = if is_schedule {
        "looks like a schedule, but there is none of that name"
    } else {
        "looks like somebody to ring, but is nobody's name"
    };
    format!("{} {looks}. {hint}{rung}{note}", quoted(word))
}

fn people(nearest: &[PersonId]) -> impl Iterator<Item = String> + '_ {
    nearest.iter().map(|person| escape(person.as_str(), WORD_MAX_CHARS))
}

/// `Did you mean a, b or c?`, or what else there is to say.
fn did_you_mean(names: impl Iterator<Item = String>, otherwise: &str) -> String {
    let names: Vec<String> = names.take(NEAREST_MAX).collect();
    match names.split_last() {
        Some((last, [])) => format!("Did you mean {last}?"),
        Some((last, firsts)) => format!("Did you mean {} or {last}?", firsts.join(", ")),
        None if otherwise.ends_with('.') || otherwise.is_empty() => otherwise.to_owned(),
        None => format!("{otherwise}."),
    }
}

/// What the file's findings have in backticks, which chats take for mark-up.
fn in_quotes(text: &str) -> String {
    let mut marks = ['“', '”'].into_iter().cycle();
    text.chars().map(|c| if c == '`' { marks.next().unwrap_or(c) } else { c }).collect()
}

/// A typed word; of a mention, the name that the chat showed.
fn quoted(word: &str) -> String {
    let shown = words::mention(word).map_or(word, |mention| mention.label.unwrap_or(mention.user));
    format!("“{}”", escape(shown, WORD_MAX_CHARS))
}

fn slash(root: Root, names: &dyn Names) -> String {
    format!("/{}", names.name(root.name()))
}
