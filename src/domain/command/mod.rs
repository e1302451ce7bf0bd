//! What people type: one table of commands, and the grammar that reads a line by it.

mod callees;
mod error;
mod help;
mod oncall;
mod options;
mod pages;
mod parse;
mod personal;
mod sorry;
mod spec;
pub mod table;
mod words;

use std::time::Duration;

pub use self::callees::callees_alone;
pub use self::error::{ParseError, Problem};
pub use self::help::{help, help_of};
pub use self::pages::{SNOOZE, page_word, promise, someone};
pub use self::parse::parse;
pub use self::table::Root;
pub(super) use self::words::nearest;
use super::call::Media;
use super::ids::{PersonId, ScheduleId, UserId};
use super::link::Code;
use super::oncall::Replacement;
use super::person::QuietHours;

/// Characters of a line at most. Discord takes 6,000 in an option and Slack some 4,000 in a message.
pub const LINE_MAX_CHARS: usize = 4_000;

/// How many edits still make two words look alike.
pub const EDITS_MAX: usize = 2;

/// A command that was understood. Whether it is permitted is judged elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Ring somebody.
    Call(CallLine),
    /// List the live calls.
    Calls,
    /// Put up a board that stays current.
    Board,
    /// List past calls: everyone's, or one person's.
    History(Option<PersonId>),
    /// Show one call's timeline. The id in lower case, as typed: it may name nothing.
    Show(String),
    /// End a call. The id as in [`Command::Show`].
    HangUp(String),
    /// Show who is on call: for one schedule, or for each.
    OnCall(Option<ScheduleId>),
    /// Show what a policy would do, or a page of one person. The time as typed.
    Simulate {
        /// The policy or person, in lower case.
        policy: String,
        /// When; `None`: now.
        when: Option<String>,
    },
    /// Be on call instead of everybody.
    Take {
        /// For which schedule.
        schedule: ScheduleId,
        /// Until when, as typed.
        until: String,
    },
    /// Change who is on call for a span.
    Override {
        /// For which schedule.
        schedule: ScheduleId,
        /// What changes.
        what: Replacement,
        /// From when to when, as typed.
        span: String,
    },
    /// Take such a change back. The id in lower case, as typed: it may name nothing.
    Undo(String),
    /// Explain all commands, or one.
    Help(Option<Root>),
    /// Show my own settings.
    Me,
    /// Show how the bot is. For admins.
    Status,
    /// Link somebody to a person.
    Link(PersonId, LinkBy),
    /// Undo a link: that of whoever says so, or another one.
    Unlink(Option<UserWord>),
    /// Ring me.
    Test,
    /// Show or choose when somebody is not to be disturbed: me, or another one.
    Quiet(Option<PersonId>, QuietWish),
    /// Show who changed what. For admins.
    Audit,
    /// Start a page.
    Page {
        /// The policy or person, in lower case.
        target: String,
        /// What it is about, as typed.
        message: String,
    },
    /// List the open pages.
    Pages,
    /// Show one page's timeline. The id as in [`Command::Show`].
    ShowPage(String),
    /// Take a page.
    Ack {
        /// Which, as in [`Command::Show`]; `None`: the one that is meant here.
        id: Option<String>,
        /// For how long nothing shall ring.
        promise: Option<Duration>,
    },
    /// End a page; which, as in [`Command::Ack`].
    Close(Option<String>),
    /// Go on to a page's next step, or ring somebody as well.
    Escalate {
        /// Which, as in [`Command::Ack`].
        id: Option<String>,
        /// Who is rung.
        who: Option<PersonId>,
        /// Instead of whoever is rung now, and not as well.
        instead: bool,
    },
}

/// What is said in a page's thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageWord {
    /// Take it.
    Ack(Option<Duration>),
    /// It is over.
    Close,
    /// It is not over.
    Reopen,
    /// Go on to the next step, or ring this person as well.
    Escalate(Option<PersonId>),
    /// Hand it over to this person; or to somebody, who is not said.
    To(Option<PersonId>),
}

/// How a chat user is to be linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkBy {
    /// The person's phone shows a code.
    Ring,
    /// This is the code that it showed.
    Code(Code),
    /// An admin says that it is this chat user.
    Admin(UserWord),
}

/// A chat user as somebody wrote them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserWord {
    /// Which chat; `None`: the one where it was written.
    pub chat: Option<String>,
    /// The chat's own id of them.
    pub id: UserId,
    /// What they are called there, if the chat said so; or else the id.
    pub name: String,
}

/// When somebody is not to be disturbed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuietWish {
    /// As it is: only show it.
    Show,
    /// In these hours each day.
    Hours(QuietHours),
    /// Never.
    Off,
    /// From now for so long.
    For(Duration),
    /// As the file says.
    Default,
}

/// What follows `/call`. Who is on call is known only at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallLine {
    /// Who shall be rung, each named once.
    pub callees: Vec<Callee>,
    /// With what.
    pub media: Media,
    /// The note.
    pub note: Option<String>,
}

/// Somebody who shall be rung.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Callee {
    /// This person.
    Person(PersonId),
    /// Whoever is on call for it.
    OnCall(ScheduleId),
}

/// How much one command may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Callees of one call at most, each counted once.
    pub callees_max: usize,
    /// Characters of a note at most.
    pub note_max_chars: usize,
}

/// What the commands are called here. All names are in lower case and without the slash.
pub trait Names {
    /// The configured name of the command with this default name.
    fn name<'a>(&'a self, command: &'a str) -> &'a str;

    /// The default name of the command that is called `name` here.
    fn command(&self, name: &str) -> Option<&'static str>;
}

/// Who and what is listed. Ids are in lower case.
pub trait People {
    /// Whether somebody has this id (in lower case).
    fn is_person(&self, id: &str) -> bool;

    /// Whom a mistyped word may mean, closest first.
    fn nearest(&self, word: &str) -> Vec<PersonId>;

    /// The person with this account at the engine, as it is written there.
    fn by_account(&self, account: &str) -> Option<PersonId>;

    /// The person behind a mentioned chat user: `U123` of `<@U123|name>`, `123` of `<@!123>`.
    fn by_mention(&self, user: &str) -> Option<PersonId>;

    /// Whether there is such a schedule.
    fn is_schedule(&self, id: &str) -> bool;

    /// Which schedules a mistyped word may mean, closest first.
    fn nearest_schedules(&self, word: &str) -> Vec<String>;

    /// Whether there is such a policy.
    fn is_policy(&self, id: &str) -> bool;

    /// Which policies a mistyped word may mean, closest first.
    fn nearest_policies(&self, word: &str) -> Vec<String>;
}

/// Every command under its default name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DefaultNames;

impl Names for DefaultNames {
    fn name<'a>(&'a self, command: &'a str) -> &'a str {
        command
    }

    fn command(&self, name: &str) -> Option<&'static str> {
        Root::of_name(name).map(Root::name)
    }
}

#[cfg(test)]
mod kit;
#[cfg(test)]
mod tests;
