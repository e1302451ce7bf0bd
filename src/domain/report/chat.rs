//! What is said of the chats themselves: what could not be read, what was lost, where a report went instead.

use jiff::Timestamp;

use super::super::ids::CallId;
use super::super::page::Page;
use super::Button;
use super::text::{escape, escape_lines};
use super::when::{clock_time, day_time};

/// Longest reason of a chat shown, in characters.
const REASON_MAX: usize = 200;

/// Longest list of findings shown, in characters.
const LONG_MAX: usize = 1_500;

/// Typed or pressed where the bot does not work.
pub const NOT_HERE: &str =
    "I don't work in this server. Whoever runs me can allow it, in the list of servers of my configuration.";
/// A form came back without its field.
pub const EMPTY_FORM: &str = "The form arrived empty, so nothing was done. Press the button again.";
/// A button that is not one of ours, or of a version long ago.
pub const UNKNOWN_BUTTON: &str = "I don't know that button any more. Nothing was done.";

/// A delivery that could not be read; the log has the same reference.
#[must_use]
pub fn unreadable(reference: &str) -> String {
    format!(
        "I could not read that, so nothing was done. Try again, or tell an admin. (Reference {reference})"
    )
}

/// What may have been lost while a chat was not connected.
#[must_use]
pub fn outage(chat: &str, from: Timestamp, until: Timestamp) -> String {
    let day = |at: Timestamp| at.strftime("%F").to_string();
    // Without a date, a day and an hour would read as an hour.
    let time = if day(from) == day(until) { clock_time } else { day_time };
    format!(
        "{} was not connected from {} to {}. What was typed or pressed there meanwhile has not reached me: it has to be done again.",
        chat_name(chat),
        time(from),
        time(until)
    )
}

/// A configuration file that was not taken.
#[must_use]
pub fn reload_refused(why: &str) -> String {
    format!(
        "The configuration was read again and refused as a whole; the old one stays in force.\n{}",
        escape_lines(why, LONG_MAX)
    )
}

/// Why what happens is told under the card instead of in a thread.
#[must_use]
pub fn no_thread(why: &str) -> String {
    format!("The thread of this card can't be used: {}. What happens is told here instead.", reason(why))
}

/// The last line under a card that can't be edited any more.
#[must_use]
pub fn goes_on_below(chat: &str) -> String {
    format!(
        "{} takes no more edits of the card above. A new one replies to it, and tells the rest.",
        chat_name(chat)
    )
}

/// Why the caller is told of a call in private.
#[must_use]
pub fn not_shown(call: &CallId, why: &str, card: &str) -> String {
    format!("I can't show call {call} in its channel: {}. So you are told here.\n{card}", reason(why))
}

/// Why people are told of a page in private: those whom it concerns, with its buttons.
#[must_use]
pub fn page_not_shown(page: &Page, why: &str, card: &str) -> String {
    let channel = if page.places.len() > 1 { "one of its channels" } else { "its channel" };
    format!("I can't show page {} in {channel}: {}. So you are told here.\n{card}", page.id, reason(why))
}

/// Why whoever asked for a board is told so in private.
#[must_use]
pub fn board_not_shown(why: &str) -> String {
    format!(
        "I can't show your board in its channel: {}. It appears as soon as that is mended; “Remove board” ends it.",
        reason(why)
    )
}

/// Title of the form that asks for the text of `button`, and the name of its field.
#[must_use]
pub const fn form_words(button: Button) -> (&'static str, &'static str) {
    match button {
        Button::RingAnyway => ("Ring in quiet hours", "Why? It is shown on the card"),
        Button::HandOver => ("Hand a page over", "To whom? Their id or their name here"),
        Button::EnterCode => ("Link to a person", "The code that the phone shows"),
        other => (other.label(), "Text"),
    }
}

/// `discord` as people write it.
pub(super) fn chat_name(chat: &str) -> &str {
    match chat {
        "discord" => "Discord",
        "slack" => "Slack",
        "desk" => "The desk",
        other => other,
    }
}

pub(super) fn reason(why: &str) -> String {
    escape(why.trim_end_matches('.'), REASON_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_chats() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let lost = outage("discord", at("2026-03-10T15:00:07Z"), at("2026-03-10T15:00:53Z"));
        insta::assert_snapshot!(lost, @"Discord was not connected from 15:00:07 UTC to 15:00:53 UTC. What was typed or pressed there meanwhile has not reached me: it has to be done again.");
        let overnight = outage("discord", at("2026-03-10T23:59:00Z"), at("2026-03-12T00:01:00Z"));
        assert!(overnight.starts_with(
            "Discord was not connected from 2026-03-10 23:59:00 UTC to 2026-03-12 00:01:00 UTC."
        ));
        insta::assert_snapshot!(no_thread("Discord says: Missing Permissions."), @"The thread of this card can't be used: Discord says: Missing Permissions. What happens is told here instead.");
        insta::assert_snapshot!(goes_on_below("discord"), @"Discord takes no more edits of the card above. A new one replies to it, and tells the rest.");
        insta::assert_snapshot!(not_shown(&CallId::new("c1"), "Missing Access", "ana calls jack (video): ringing."), @r"
        I can't show call c1 in its channel: Missing Access. So you are told here.
        ana calls jack (video): ringing.
        ");
        insta::assert_snapshot!(unreadable("r_1"), @"I could not read that, so nothing was done. Try again, or tell an admin. (Reference r_1)");
    }
}
