//! What is said of who a chat user is: the offer to link, the code, links made and undone.

use std::fmt::Display;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::super::call::{Call, CallState, LinkRing, Outcome};
use super::super::ids::PersonId;
use super::super::inbound::{Said, Who};
use super::super::link::{ASKED_LIVES, CODE_LIVES, Code};
use super::super::person::{ChatUser, Link, Proof};
use super::super::refusal::LinkRefusal;
use super::super::settings::CommandNames;
use super::quiet::not_now;
use super::text::escape;
use super::when::{clock_time, day_time, duration};
use super::{Button, Card};
use crate::clock::later;

/// Longest name that a chat gave somebody, in characters.
const NAME_MAX: usize = 60;
/// Longest line that is said again, in characters.
const LINE_MAX: usize = 120;
/// Longest name in a push, in characters: what matters stands behind it.
const PUSH_NAME_MAX: usize = 30;

/// `eve b (discord:80351110224678912)`: the name may be anybody's, the id is theirs.
pub(super) fn chat_user(who: &Who) -> String {
    let user = escape(&who.user.to_string(), NAME_MAX);
    if who.name == who.user.id.as_str() { user } else { format!("{} ({user})", escape(&who.name, NAME_MAX)) }
}

/// To somebody whom we don't know, and what they asked for waits or not.
#[must_use]
pub fn stranger(name: &str, waits: bool, names: &CommandNames) -> String {
    let waits = match waits {
        true => format!(" What you asked can be done then, within {}.", minutes(ASKED_LIVES)),
        false => String::new(),
    };
    format!(
        "You ({}) are not linked to anybody here, so you may look but not ring. If you are listed, type \
         {} &lt;your id&gt;: your phone shows a code that proves it.{waits} Not listed? Ask an admin to add you to \
         callout.toml.",
        escape(name, NAME_MAX),
        link_command(names),
    )
}

/// The receipt while a phone rings to show its code.
#[must_use]
pub fn link_rings(person: &PersonId, names: &CommandNames) -> String {
    format!(
        "{person}'s phone rings and shows a code. Type it within {}: {} {person} &lt;code&gt;, or press “Enter code”. \
         If {person} declines on the phone, the code is void.",
        minutes(CODE_LIVES),
        link_command(names),
    )
}

/// To the person elsewhere: somebody says that they are them.
#[must_use]
pub fn link_asked(who: &Who) -> String {
    format!(
        "{} says to be you, so your phone rings with a code. If that is not you, decline, and tell nobody the code.",
        chat_user(who)
    )
}

/// Title and text of the ring's push. Plain text: phones don't unescape.
pub(super) fn link_push(ring: &LinkRing) -> (String, String) {
    let name: String = ring.who.name.chars().filter(|c| c.is_alphanumeric() || " _-.".contains(*c)).collect();
    let name: String = name.chars().take(PUSH_NAME_MAX).collect();
    let title = format!("Callout code {}", ring.code);
    (title, format!("Not you? Decline. {name} ({}) wants to be you in chat", ring.who.user))
}

/// What whoever answers the ring hears.
#[must_use]
pub fn link_spoken(code: &Code) -> String {
    let code = code.spelled();
    format!("Your Callout code is {code}. Again: {code}. If you did not ask for it, tell nobody.")
}

/// To whoever had the phone rung: what became of it. `None`: nothing that they need to know.
#[must_use]
pub fn link_ring_over(call: &Call) -> Option<String> {
    let person = &call.by;
    let holds = clock_time(later(call.placed_at, CODE_LIVES));
    match call.outcome? {
        Outcome::Declined => Some(format!("{person}'s phone declined, so the code is void.")),
        Outcome::NoAnswer => {
            Some(format!("{person}'s phone rang out. The code that it showed holds until {holds}."))
        }
        Outcome::Busy => Some(format!(
            "{person} is in another call, so the phone may have shown no code. Try again, or ask an admin, who can confirm it."
        )),
        Outcome::Offline | Outcome::Failed | Outcome::Unknown => Some(format!(
            "{person}'s phone could not be rung, so it may have shown no code. Try again, or ask an admin, who can confirm it."
        )),
        Outcome::Completed | Outcome::Dropped | Outcome::Cancelled => None,
    }
}

/// To admins: a link that its ring could not prove. `linked` is what the chat user is by now.
#[must_use]
pub fn link_card(call: &Call, ring: &LinkRing, linked: Option<&Link>) -> Card {
    let (person, who) = (&call.by, chat_user(&ring.who));
    let proved = linked.filter(|link| call.by.person() == Some(&link.person));
    let (text, buttons, state) = match proved {
        Some(link) => (
            format!("{who} is linked to {person}, {}.", proof(&link.proof)),
            Vec::new(),
            Some(CallState::Ended),
        ),
        None => {
            let why = match call.outcome {
                Some(Outcome::Busy) => "is in another call",
                _ => "could not be rung",
            };
            let text = format!(
                "{who} says to be {person}, whose phone {why} and may have shown no code. A name in a chat may be \
                 anybody's: “Confirm” links them only if you know that it is {person}."
            );
            (text, vec![Button::Confirm], None)
        }
    };
    Card { id: call.id.link_card(), text, buttons, state }
}

/// A wrong code.
#[must_use]
pub fn wrong_code(person: &PersonId, tries_left: u32, names: &CommandNames) -> String {
    match tries_left {
        0 => format!(
            "That is not the code either, and it is void now. For a new one: {} {person}",
            link_command(names)
        ),
        1 => "That is not the code. You have one try left.".to_owned(),
        more => format!("That is not the code. You have {more} tries left."),
    }
}

/// The receipt of who was linked, with what they had asked for.
#[must_use]
pub fn linked_now(person: &PersonId, asked: Option<&Said>) -> String {
    format!("You are {person} here now.{}", asked_before(asked))
}

/// To whom an admin linked.
#[must_use]
pub fn linked_by_admin(person: &PersonId, by: &PersonId, asked: Option<&Said>) -> String {
    format!("{by} linked you: you are {person} here now.{}", asked_before(asked))
}

fn asked_before(asked: Option<&Said>) -> String {
    match asked {
        None => String::new(),
        Some(Said::Line(line)) => {
            format!(" You asked for “{}”; “Do it now” does it.", escape(line.trim(), LINE_MAX))
        }
        Some(Said::Pressed { button, .. }) => {
            format!(" You pressed “{}”; “Do it now” does it.", escape(button, LINE_MAX))
        }
        Some(Said::Thread { text, .. }) => {
            format!(" You said “{}” in a thread; “Do it now” does it.", escape(text.trim(), LINE_MAX))
        }
    }
}

/// To the person elsewhere: somebody is them now.
#[must_use]
pub fn linked_to_you(who: &Who, names: &CommandNames) -> String {
    format!(
        "{} is linked to you now, and commands as you. Not you? /{} unlink {}",
        chat_user(who),
        names.name("callout"),
        escape(&who.user.to_string(), NAME_MAX)
    )
}

/// The admin's receipt.
#[must_use]
pub fn linked_for(who: &Who, person: &PersonId) -> String {
    format!("{} is linked to {person}.", chat_user(who))
}

/// The receipt of a link that was undone, and what the person is told elsewhere.
#[must_use]
pub fn unlinked(user: &ChatUser, person: &PersonId, by: &PersonId) -> String {
    format!("{} is not linked to {person} any more: {by} undid it.", escape(&user.to_string(), NAME_MAX))
}

/// What a chat user hears who was `person` until somebody else was linked to them.
#[must_use]
pub fn link_lost(person: &PersonId, by: &Who) -> String {
    format!(
        "You are not {person} here any more: {} is linked to {person} now, and a person has one user in each chat. If \
         that is wrong, tell an admin.",
        chat_user(by)
    )
}

/// What a person hears whose chat user is somebody else now.
#[must_use]
pub fn link_moved(who: &Who, person: &PersonId) -> String {
    format!(
        "{} is linked to {person} now, and commands as you no more. If that is wrong, tell an admin.",
        chat_user(who)
    )
}

/// Why nobody is linked, or unlinked.
pub(super) fn no_link(refusal: &LinkRefusal, zone: &TimeZone, names: &CommandNames) -> String {
    match refusal {
        LinkRefusal::InFile(user, person) => format!(
            "callout.toml says that {} is {person}, and it wins. Nobody was rung.",
            escape(&user.to_string(), NAME_MAX)
        ),
        LinkRefusal::OtherInFile(person) => format!(
            "callout.toml names another user of this chat for {person}, and it wins. An admin can change it there. \
                 Nobody was rung."
        ),
        LinkRefusal::Already(person) => format!("That is {person} already. Nobody was rung."),
        LinkRefusal::CodeAwaited(person) => {
            format!(
                "{person}'s phone rings already and shows the code: {} {person} &lt;code&gt;",
                link_command(names)
            )
        }
        LinkRefusal::NoCodeAwaited => {
            format!("No code is awaited from you. To have one shown: {} &lt;your id&gt;", link_command(names))
        }
        LinkRefusal::CodeOld(person) => {
            format!("That code is too old. For a new one: {} {person}", link_command(names))
        }
        LinkRefusal::Declined(person) => format!(
            "{person}'s phone declined, so the code is void. If it was you: {} {person}",
            link_command(names)
        ),
        LinkRefusal::NotACode(text) => format!(
            "“{}” is not a code: it has the six digits that the phone shows. That was no try.",
            escape(text, 20)
        ),
        LinkRefusal::QuietNow(person, quiet) => format!("{} Nobody was rung.", not_now(person, quiet, zone)),
        LinkRefusal::NotAUser(user) => format!(
            "“{}” is no user's id in {}. Mention them, so that the chat itself says who that is.",
            escape(user.id.as_str(), NAME_MAX),
            escape(&user.chat, NAME_MAX)
        ),
        LinkRefusal::NotLinked(user) => {
            format!("{} is not linked to anybody.", escape(&user.to_string(), 60))
        }
        LinkRefusal::OnlyInFile(person) => {
            format!("It is callout.toml that says who {person} is: only an admin can undo that, there.")
        }
        LinkRefusal::NotYours => "Only who is linked, or an admin, may undo that.".to_owned(),
        LinkRefusal::NothingWaits => {
            "Nothing waits for that button any more: it was too long ago. Type the command again.".to_owned()
        }
    }
}

/// One line of `/callout me`: a stored link, and whether it is used.
pub(super) fn link_line(link: &Link, is_used: bool) -> String {
    let who = chat_user(&Who { user: link.user.clone(), name: link.name.clone() });
    let since = day_time(link.at);
    let proof = proof(&link.proof);
    match is_used {
        true => format!("Linked: {who}, since {since}, {proof}."),
        false => format!("Not used: the link of {who}, because callout.toml says otherwise."),
    }
}

pub(super) fn proof(proof: &Proof) -> String {
    match proof {
        Proof::Ring(call) => format!("proved by the ring {call}"),
        Proof::Admin(by) => format!("on the word of {by}"),
    }
}

/// `10 minutes`.
fn minutes(span: Duration) -> String {
    format!("{}utes", duration(span))
}

fn link_command(names: &CommandNames) -> impl Display {
    format!("/{} link", names.name("callout"))
}
