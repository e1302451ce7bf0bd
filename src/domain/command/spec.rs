//! What a table of commands is made of: commands, their forms, the options of those.

use super::table::TABLE;

/// A slash command, whatever it is called here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Root {
    /// `/call`
    Call,
    /// `/calls`
    Calls,
    /// `/page`
    Page,
    /// `/pages`
    Pages,
    /// `/ack`
    Ack,
    /// `/close`
    Close,
    /// `/escalate`
    Escalate,
    /// `/oncall`
    OnCall,
    /// `/callout`
    Callout,
}

/// One thing that a command does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// Ring somebody.
    Call,
    /// List the live calls.
    Calls,
    /// Put up a board.
    Board,
    /// List past calls.
    History,
    /// Show one call.
    Show,
    /// End a call.
    HangUp,
    /// Show who is on call.
    OnCall,
    /// Show what a policy would do.
    Simulate,
    /// Be on call instead of everybody.
    Take,
    /// Change who is on call.
    Override,
    /// Take that back.
    Undo,
    /// Explain.
    Help,
    /// Show my settings.
    Me,
    /// Show how the bot is.
    Status,
    /// Link a chat user to a person.
    Link,
    /// Undo a link.
    Unlink,
    /// Ring oneself.
    Test,
    /// Show or choose quiet hours.
    Quiet,
    /// Show who changed what.
    Audit,
    /// Start a page.
    Page,
    /// List the open pages.
    Pages,
    /// Show one page.
    ShowPage,
    /// Take a page.
    Ack,
    /// End a page.
    Close,
    /// Hand a page on.
    Escalate,
}

/// What an option takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OptionKind {
    /// One or more people, first in the line.
    Callees,
    /// `audio` or `video`.
    Media,
    /// The rest of the line.
    Note,
    /// One person.
    Person,
    /// One person, after the word `to`.
    Instead,
    /// A call's id.
    CallId,
    /// A schedule's id.
    Schedule,
    /// A policy's id, or a person.
    Policy,
    /// An instant; it may be two words.
    When,
    /// Who is on call instead: `@who`, `nobody`, perhaps `for @who`.
    Replacement,
    /// Two instants.
    FromTo,
    /// The id of such a change.
    OverrideId,
    /// A command's name.
    Topic,
    /// One person, or their account at the engine.
    Account,
    /// Six digits.
    Code,
    /// A user of this chat, listed or not: a mention.
    ChatUser,
    /// A page's id.
    PageId,
    /// What a page is about: the rest of the line.
    Message,
    /// `30m`.
    Promise,
    /// `22:00-07:00`, `off`, `for 2h` or `default`: the rest of the line.
    Quiet,
}

/// One option of a form, in the order typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OptionSpec {
    /// Its name, where a chat shows one.
    pub name: &'static str,
    /// What it takes.
    pub kind: OptionKind,
    /// Whether it must be there.
    pub required: bool,
    /// One line about it.
    pub help: &'static str,
}

/// One form of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormSpec {
    /// What it does.
    pub form: Form,
    /// Its sub-command; `None`: the bare command.
    pub sub: Option<&'static str>,
    /// What follows.
    pub options: &'static [OptionSpec],
    /// One line about it.
    pub help: &'static str,
    /// For admins only.
    pub admin: bool,
}

/// One command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandSpec {
    /// Which.
    pub root: Root,
    /// One line about it.
    pub help: &'static str,
    /// What it does: one bare form, or sub-commands and perhaps a bare form.
    pub forms: &'static [FormSpec],
    /// Sub-commands that are not built yet.
    pub later: &'static [&'static str],
}

impl Root {
    /// Every command, in the order in which they are explained.
    pub const ALL: [Self; 9] = [
        Self::Call,
        Self::Calls,
        Self::Page,
        Self::Pages,
        Self::Ack,
        Self::Close,
        Self::Escalate,
        Self::OnCall,
        Self::Callout,
    ];

    /// The default name, without the slash.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Calls => "calls",
            Self::Page => "page",
            Self::Pages => "pages",
            Self::Ack => "ack",
            Self::Close => "close",
            Self::Escalate => "escalate",
            Self::OnCall => "oncall",
            Self::Callout => "callout",
        }
    }

    /// The command of this default name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|root| root.name() == name)
    }

    /// Whether `word` behind it is one of its sub-commands, built or not, or asks for help.
    #[must_use]
    pub fn has_word(self, word: &str) -> bool {
        let is_word = |spec: &CommandSpec| spec.form(Some(word)).is_some() || spec.later.contains(&word);
        word == "help" || self.spec().is_some_and(is_word)
    }

    /// How it works; `None`: it is not built yet.
    #[must_use]
    pub fn spec(self) -> Option<&'static CommandSpec> {
        TABLE.iter().find(|spec| spec.root == self)
    }
}

impl CommandSpec {
    /// The form of this sub-command; `None` asks for the bare command.
    #[must_use]
    pub fn form(&self, sub: Option<&str>) -> Option<&'static FormSpec> {
        self.forms.iter().find(|form| form.sub == sub)
    }

    /// Whether it has sub-commands.
    #[must_use]
    pub fn has_subs(&self) -> bool {
        self.forms.iter().any(|form| form.sub.is_some())
    }
}

impl FormSpec {
    /// How it is typed after the command's name `name`: `/calls show <id>`. Not escaped.
    #[must_use]
    pub fn usage(&self, name: &str) -> String {
        let sub = self.sub.into_iter().map(str::to_owned);
        let parts = sub.chain(self.options.iter().map(OptionSpec::usage));
        parts.fold(format!("/{name}"), |usage, part| format!("{usage} {part}"))
    }
}

impl OptionSpec {
    /// How it is typed: `<id>`, `[note]`. Not escaped.
    #[must_use]
    pub fn usage(&self) -> String {
        let word = match self.kind {
            OptionKind::Callees => return "<callee>…".to_owned(),
            OptionKind::Media => "audio|video",
            OptionKind::Note => "note",
            OptionKind::Person => "@who",
            OptionKind::Instead => "to @who",
            OptionKind::CallId | OptionKind::PageId => "id",
            OptionKind::Schedule => "schedule",
            OptionKind::Policy => "policy or person",
            OptionKind::When if self.required => "until",
            OptionKind::When => "when",
            OptionKind::Replacement => return "<who|nobody> [for @who]".to_owned(),
            OptionKind::FromTo => return "<from> <to>".to_owned(),
            OptionKind::OverrideId => "id",
            OptionKind::Topic => "command",
            OptionKind::Account => "account",
            OptionKind::Code => "code",
            OptionKind::ChatUser => "@user",
            OptionKind::Message => "message",
            OptionKind::Promise => "30m",
            OptionKind::Quiet => "22:00-07:00|off|for 2h|default",
        };
        if self.required { format!("<{word}>") } else { format!("[{word}]") }
    }
}
