//! The one table of commands. Grammar and help are made from it, and so are the chats' registrations.
//!
//! It lists what works. What is designed and not built yet is known by name, to be answered kindly.

use super::options::{
    A_PAGE, A_SCHEDULE, ACCOUNT, ALSO, CALLEES, CODE, FROM_TO, ID, LINKED_USER, MEDIA, MESSAGE, NOTE,
    OVERRIDE, PAGE, PAGED, POLICY, PROMISE, QUIET, QUIET_WHO, REPLACEMENT, SCHEDULE, TOPIC, UNLINKED_USER,
    UNTIL, WHEN, WHO,
};

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

const fn form(form: Form, sub: &'static str, options: &'static [OptionSpec], help: &'static str) -> FormSpec {
    FormSpec { form, sub: Some(sub), options, help, admin: false }
}

const fn bare(form: Form, options: &'static [OptionSpec], help: &'static str) -> FormSpec {
    FormSpec { form, sub: None, options, help, admin: false }
}

/// What works.
pub const TABLE: &[CommandSpec] = &[
    CommandSpec {
        root: Root::Call,
        help: "Ring somebody",
        forms: &[bare(Form::Call, &[CALLEES, MEDIA, NOTE], "ring them; several make one group call")],
        later: &[],
    },
    CommandSpec {
        root: Root::Calls,
        help: "Live and past calls",
        forms: &[
            bare(Form::Calls, &[], "the live calls"),
            form(Form::Board, "board", &[], "a message in this channel that keeps showing the live calls"),
            form(Form::History, "history", &[WHO], "past calls"),
            form(Form::Show, "show", &[ID], "what happened in one call"),
            form(Form::HangUp, "hangup", &[ID], "end a call: yours, one you are in, or any as an admin"),
        ],
        later: &[],
    },
    CommandSpec {
        root: Root::Page,
        help: "Ring whoever is on call until somebody takes it",
        forms: &[bare(Form::Page, &[PAGED, MESSAGE], "ring them, step by step, until somebody takes it")],
        later: &[],
    },
    CommandSpec {
        root: Root::Pages,
        help: "Open pages",
        forms: &[
            bare(Form::Pages, &[], "the open pages"),
            form(Form::ShowPage, "show", &[A_PAGE], "what happened in one page, and why"),
        ],
        later: &[],
    },
    CommandSpec {
        root: Root::Ack,
        help: "I have this page: nothing else rings",
        forms: &[bare(
            Form::Ack,
            &[PAGE, PROMISE],
            "I have it; with a time, I am rung first if it is open then",
        )],
        later: &[],
    },
    CommandSpec {
        root: Root::Close,
        help: "A page is over",
        forms: &[bare(Form::Close, &[PAGE], "it is over: nothing rings any more")],
        later: &[],
    },
    CommandSpec {
        root: Root::Escalate,
        help: "Hand a page on",
        forms: &[bare(Form::Escalate, &[PAGE, ALSO], "the next step now; or ring this person as well")],
        later: &[],
    },
    CommandSpec {
        root: Root::OnCall,
        help: "Who is on call",
        forms: &[
            bare(Form::OnCall, &[SCHEDULE], "who is on call, until when, and who is next"),
            form(
                Form::Simulate,
                "simulate",
                &[POLICY, WHEN],
                "who would be rung, when and why; rings nobody",
            ),
            form(Form::Take, "take", &[A_SCHEDULE, UNTIL], "I am on call instead of everybody"),
            FormSpec {
                admin: true,
                ..form(
                    Form::Override,
                    "override",
                    &[A_SCHEDULE, REPLACEMENT, FROM_TO],
                    "change who is on call",
                )
            },
            form(Form::Undo, "undo", &[OVERRIDE], "take a change back: yours, or any as an admin"),
        ],
        later: &["slo"],
    },
    CommandSpec {
        root: Root::Callout,
        help: "The bot itself: help and settings",
        forms: &[
            form(Form::Help, "help", &[TOPIC], "this list, or one command in detail"),
            form(Form::Me, "me", &[], "my settings"),
            form(Form::Test, "test", &[], "ring me: does my phone work?"),
            form(Form::Quiet, "quiet", &[QUIET_WHO, QUIET], "when calls ask before they ring me"),
            form(
                Form::Link,
                "link",
                &[ACCOUNT, CODE, LINKED_USER],
                "say who I am; my phone shows a code to prove it",
            ),
            form(Form::Unlink, "unlink", &[UNLINKED_USER], "undo that"),
            FormSpec { admin: true, ..form(Form::Audit, "audit", &[], "who changed what") },
            FormSpec { admin: true, ..form(Form::Status, "status", &[], "how the bot is") },
        ],
        later: &[],
    },
];

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::is_person_id;

    #[test]
    fn every_chat_can_take_the_table() {
        let mut forms = std::collections::HashSet::new();
        for spec in TABLE {
            assert!(spec.help.len() <= 100 && is_person_id(spec.root.name()), "{spec:?}");
            let subs: Vec<_> = spec.forms.iter().map(|form| form.sub).collect();
            let distinct: std::collections::HashSet<_> = subs.iter().collect();
            assert_eq!(distinct.len(), subs.len(), "{spec:?}");
            assert!(spec.later.iter().all(|later| !subs.contains(&Some(*later))), "{spec:?}");
            for form in spec.forms {
                assert!(forms.insert(form.form), "{form:?} stands twice");
                assert!(form.help.len() <= 100 && form.sub.is_none_or(is_person_id), "{form:?}");
                // Discord wants required options first, and descriptions of at most 100 characters.
                assert!(form.options.is_sorted_by_key(|option| !option.required), "{form:?}");
                assert!(form.options.iter().all(|o| o.help.len() <= 100 && is_person_id(o.name)));
            }
        }
    }

    #[test]
    fn usage_is_made_from_the_options() {
        let usage = |root: Root, sub| root.spec().unwrap().form(sub).unwrap().usage(root.name());
        assert_eq!(usage(Root::Call, None), "/call <callee>… [audio|video] [note]");
        assert_eq!(usage(Root::Calls, Some("history")), "/calls history [@who]");
        assert_eq!(usage(Root::Calls, Some("show")), "/calls show <id>");
        assert_eq!(usage(Root::Page, None), "/page <policy or person> <message>");
        assert_eq!(usage(Root::Ack, None), "/ack [id] [30m]");
        assert_eq!(usage(Root::Escalate, None), "/escalate [id] [@who]");
        assert_eq!(Root::of_name("page"), Some(Root::Page));
    }
}
