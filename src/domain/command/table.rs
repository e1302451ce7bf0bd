//! The one table of commands. Grammar and help are made from it, and so are the chats' registrations.
//!
//! It lists what works. What is designed and not built yet is known by name, to be answered kindly.

use super::options::{
    A_PAGE, A_SCHEDULE, ACCOUNT, ALSO, CALLEES, CODE, FROM_TO, ID, LINKED_USER, MEDIA, MESSAGE, NOTE,
    OVERRIDE, PAGE, PAGED, POLICY, PROMISE, QUIET, QUIET_WHO, REPLACEMENT, SCHEDULE, TO, TOPIC,
    UNLINKED_USER, UNTIL, WHEN, WHO,
};
pub use super::spec::{CommandSpec, Form, FormSpec, OptionKind, OptionSpec, Root};

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
        forms: &[bare(
            Form::Escalate,
            &[PAGE, ALSO, TO],
            "the next step now; or ring this person as well, or instead",
        )],
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
        assert_eq!(usage(Root::Escalate, None), "/escalate [id] [@who] [to @who]");
        assert_eq!(Root::of_name("page"), Some(Root::Page));
    }
}
