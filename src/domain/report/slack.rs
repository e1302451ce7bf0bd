//! What is said in Slack alone: its forms, its shortcuts, where a card went.

use super::super::settings::CommandNames;
use super::lists::{count, left_out};

/// Calls that one message tells of together. More get another one.
pub const DIGEST_LINES_MAX: usize = 100;

/// Typed or pressed by somebody of a workspace that is not on the list.
pub const NOT_IN_WORKSPACE: &str = "I don't work for your workspace. Whoever runs me can allow it, in the list of \
                                    workspaces of my configuration.";
/// The form came back without anybody to ring.
pub const NOBODY_CHOSEN: &str = "Choose somebody, or write an id below.";
/// An id in the form is nobody's.
pub const UNKNOWN_IDS: &str =
    "One of these is nobody's id or mention, so nobody was rung. Ids are as in “jack” or “oncall:payments”.";
/// The shortcut of a message.
pub const CALL_ABOUT_TITLE: &str = "Call about this";
/// What the shortcut does.
pub const CALL_ABOUT_WHAT: &str = "Ring somebody, with this message as the note";
/// The shortcut of a message that shall wake somebody.
pub const PAGE_ABOUT_TITLE: &str = "Page about this";
/// What it does.
pub const PAGE_ABOUT_WHAT: &str = "Ring whoever is on call about this message, until somebody takes it";
/// The form came back with nobody to page.
pub const NOBODY_TO_PAGE: &str = "Choose a policy or a person, or write an id.";
/// The form came back with more than one to page.
pub const ONE_TO_PAGE: &str = "A page goes to one policy or one person: leave the others empty.";
/// The form came back with nothing to tell them.
pub const NOTHING_TO_TELL: &str = "Say what it is about.";

/// Words of the form that asks whom to call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallForm {
    /// Above it.
    pub title: &'static str,
    /// On the button that sends it in.
    pub submit: &'static str,
    /// Beside the people.
    pub who: &'static str,
    /// Beside the ids.
    pub ids: &'static str,
    /// Below the ids.
    pub ids_hint: &'static str,
    /// Beside `audio` and `video`.
    pub media: &'static str,
    /// Beside the note.
    pub note: &'static str,
}

/// The form that asks whom to call.
pub const CALL_FORM: CallForm = CallForm {
    title: "Call somebody",
    submit: "Call",
    who: "Who shall be rung?",
    ids: "Or by id",
    ids_hint: "Ids of people, with spaces between. Several people make one group call.",
    media: "How?",
    note: "What is it about? (Shown on their phone)",
};

/// Words of the form that asks whom to page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageForm {
    /// Above it.
    pub title: &'static str,
    /// On the button that sends it in.
    pub submit: &'static str,
    /// Beside the policies.
    pub policy: &'static str,
    /// Beside the people.
    pub who: &'static str,
    /// Beside the id.
    pub id: &'static str,
    /// Below the id.
    pub id_hint: &'static str,
    /// Beside the message.
    pub message: &'static str,
}

/// The form that asks whom to page.
pub const PAGE_FORM: PageForm = PageForm {
    title: "Page somebody",
    submit: "Page",
    policy: "Which policy?",
    who: "Or one person",
    id: "Or by id",
    id_hint: "The id of a policy or of a person. A person is rung alone, without anybody after them.",
    message: "What is it about? (Shown on their phones)",
};

/// A form that Slack did not open.
#[must_use]
pub fn no_form(why: &str) -> String {
    format!("I could not open the form: {}. Try again, or type the whole command.", super::chat::reason(why))
}

/// To whoever speaks to the bot where it has no card.
#[must_use]
pub fn no_card_here(names: &CommandNames) -> String {
    format!(
        "In the thread of a call's card I understand “hangup”, in a page's “ack”, “ack 30m” and “close”. Anywhere I \
         understand commands, as in “{} jack”. “/{} help” lists them.",
        names.name("call"),
        names.name("callout")
    )
}

/// In the thread of a card that can't be edited any more.
#[must_use]
pub fn goes_on_anew(chat: &str) -> String {
    format!(
        "{} takes no more edits of this card. A new one in the channel tells the rest.",
        super::chat::chat_name(chat)
    )
}

/// Calls that came to their end while nothing could be posted, a line each (escaped), oldest first.
#[must_use]
pub fn digest_of(lines: &[String]) -> String {
    let shown = &lines[..lines.len().min(DIGEST_LINES_MAX)];
    let mut said = vec![format!(
        "{} came to an end while too much waited to be posted here, and are told together:",
        count(lines.len(), "call")
    )];
    said.extend(shown.iter().map(|line| format!("• {line}")));
    said.extend(left_out(lines.len(), shown.len()));
    said.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_in_slack_alone() {
        let names = CommandNames::default();
        insta::assert_snapshot!(no_card_here(&names), @"In the thread of a call's card I understand “hangup”, in a page's “ack”, “ack 30m” and “close”. Anywhere I understand commands, as in “call jack”. “/callout help” lists them.");
        insta::assert_snapshot!(goes_on_anew("slack"), @"Slack takes no more edits of this card. A new one in the channel tells the rest.");
        insta::assert_snapshot!(no_form("Slack did not take it within 2 s."), @"I could not open the form: Slack did not take it within 2 s. Try again, or type the whole command.");
        insta::assert_snapshot!(digest_of(&["ana called jack: no answer. (c1)".into(), "x (c2)".into()]), @r"
        2 calls came to an end while too much waited to be posted here, and are told together:
        • ana called jack: no answer. (c1)
        • x (c2)
        ");
        let many: Vec<String> = (0..150).map(|n| n.to_string()).collect();
        assert!(digest_of(&many).ends_with("• 99\n… and 50 more"));
    }
}
