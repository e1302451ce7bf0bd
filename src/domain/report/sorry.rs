//! How a refusal is said.

use jiff::tz::TimeZone;

use super::super::ids::PersonId;
use super::super::refusal::{CoverTrouble, Refusal, SpanTrouble, Whose};
use super::super::settings::CommandNames;
use super::super::span::{Misread, show_span};
use super::link::{no_link, stranger};
use super::oncall::{Reader, nobody_on_call};
use super::page_words::no_page;
use super::text::escape;
use super::when::local_time;

impl Refusal {
    /// The sentence people see. Times are in `zone`, the reader's.
    #[must_use]
    pub fn sentence(&self, zone: &TimeZone, names: &CommandNames) -> String {
        match self {
            Self::Unreadable(error) => error.sentence(names),
            Self::Stranger(name) => stranger(name, false, names),
            Self::Link(refusal) => no_link(refusal, zone, names),
            Self::ViewerOnly => "You may look, but not call. Ask an admin for more.".to_owned(),
            Self::NotAdmin => "Only an admin may do that.".to_owned(),
            Self::NotYours(call) => {
                format!("Only the caller, somebody who is rung, or an admin may hang up {call}.")
            }
            Self::TooSoon { whose, rule, next } => {
                too_soon(whose, &rule.to_string(), &local_time(*next, zone))
            }
            Self::TooManyOpen(max) => {
                format!("You have {max} calls open, which is the most. Hang one up first: /calls")
            }
            Self::NoSuchCall(id) => {
                format!("There is no call “{}”. See /calls or /calls history.", escape(id, 40))
            }
            Self::Ambiguous(id, calls) => {
                let calls: Vec<&str> = calls.iter().map(|call| call.as_str()).collect();
                format!("Several calls start with “{}”: {}.", escape(id, 40), calls.join(", "))
            }
            Self::AlreadyEnded(call, outcome) => match outcome {
                Some(outcome) => format!("{call} is over already ({outcome})."),
                None => format!("{call} is over already."),
            },
            Self::AlreadyHungUp(call, by) => format!("{by} hangs {call} up already."),
            Self::AlreadyRungAgain(call) => format!("It was rung again already: {call}."),
            Self::AskGone => {
                "That question was answered already, or is too old. Nobody was rung by it now.".to_owned()
            }
            Self::NotAsked(person) => format!("That question was put to {person}."),
            Self::NoSuchButton(button) => {
                format!("“{}” can't be pressed on this card now.", escape(button, 40))
            }
            Self::NotUnderstood(text) => {
                format!("“{}” is not understood here. In this thread, say: hangup", escape(text, 40))
            }
            Self::Unlisted(person) => format!("{person} is not listed any more, so nobody was rung."),
            Self::NobodyOnCall { schedule, at, outlook } => {
                nobody_on_call(schedule, outlook, &Reader::new(*at, zone.clone()))
            }
            Self::BadSpan(trouble) => bad_span(*trouble),
            Self::CannotCover(person, trouble) => cannot_cover(person, *trouble),
            Self::TooManyOverrides(schedule, most) => format!(
                "{schedule} has {most} changes ahead, which is the most. Take one back first: /oncall {schedule}"
            ),
            Self::NoSuchOverride(id) => format!(
                "There is no change “{}”, or it is over. /oncall with the schedule lists them.",
                escape(id, 40)
            ),
            Self::NotYourOverride(id, by) => {
                format!("Only {by}, who made {id}, or an admin may take it back.")
            }
            Self::NoTime(misread) => no_time(misread),
            Self::Page(refusal) => no_page(refusal),
            Self::BoardIsThere => "This channel has a board already; it stays current by itself.".to_owned(),
        }
    }
}

fn bad_span(trouble: SpanTrouble) -> String {
    let in_file = "change the schedule in callout.toml for that. Nothing was changed.";
    match trouble {
        SpanTrouble::Over => {
            "That span is over before it begins: write from and to, the earlier one first. Nothing was changed."
                .to_owned()
        }
        SpanTrouble::Longer(most) => format!("That is longer than {}: {in_file}", show_span(most)),
        SpanTrouble::Later(most) => format!("That begins more than {} from now: {in_file}", show_span(most)),
    }
}

fn cannot_cover(person: &PersonId, trouble: CoverTrouble) -> String {
    let why = match trouble {
        CoverTrouble::Unlisted => "is not listed any more",
        CoverTrouble::Viewer => "may only look, and could not acknowledge",
    };
    format!("{person} {why}: name somebody else. Nothing was changed.")
}

/// In chat, back ticks would be code.
fn no_time(Misread { problem, advice }: &Misread) -> String {
    let problem = problem.replacen('`', "“", 1).replacen('`', "”", 1);
    format!("{}: {}.", escape(&problem, 80), escape(advice, 200))
}

fn too_soon(whose: &Whose, rule: &str, next: &str) -> String {
    match whose {
        Whose::Caller => {
            format!("You may place {rule} calls. The next one is allowed at {next}. Nobody was rung.")
        }
        Whose::Linker => {
            format!(
                "You may have phones rung {rule} times to be linked. The next ring is allowed at {next}. Nobody was rung."
            )
        }
        Whose::Linked(person) => format!(
            "{person}'s phone may be rung {rule} times by whoever wants to be linked. The next ring is allowed at {next}. \
             An admin can link you at once. Nobody was rung."
        ),
        Whose::Callee(person) => {
            format!("{person} may be rung {rule} times. The next ring is allowed at {next}. Nobody was rung.")
        }
    }
}
