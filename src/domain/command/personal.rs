//! Reads what follows `/callout link`, `unlink` and `quiet`.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::error::{ParseError, Problem};
use super::table::{OptionKind, Root};
use super::{Command, LinkBy, People, QuietWish, UserWord, callees, words};
use crate::domain::ids::{PersonId, UserId};
use crate::domain::link::Code;
use crate::domain::span::{Misread, parse_span, show_span};

/// How long somebody may ask not to be disturbed: what lasts longer would be forgotten, and hides that hours are meant.
const QUIET_FOR: RangeInclusive<Duration> = Duration::from_secs(60)..=Duration::from_secs(7 * 86_400);

/// Longest id of a chat user, in bytes: Discord's has 20, Slack's 11, the desk's 32.
const USER_MAX: usize = 32;

/// The chats that may stand before a user: `discord:80351110224678912`.
const CHATS: [&str; 3] = ["desk", "slack", "discord"];

/// `<account> [code|@user]`.
pub(super) fn link(text: &str, people: &dyn People) -> Result<Command, ParseError> {
    let usage = |problem| ParseError::Usage { root: Root::Callout, sub: Some("link"), problem };
    let Some((word, rest)) = words::first(text) else {
        return Err(usage(Problem::Missing(OptionKind::Account)));
    };
    let person = account(word, people)?;
    let rest = rest.trim();
    if rest.is_empty() {
        return Ok(Command::Link(person, LinkBy::Ring));
    }
    if let Some(code) = Code::of_text(rest) {
        return Ok(Command::Link(person, LinkBy::Code(code)));
    }
    match words::first(rest) {
        Some((word, more)) if more.trim().is_empty() => match user(word) {
            Some(user) => Ok(Command::Link(person, LinkBy::Admin(user))),
            None => Err(usage(Problem::Misread(not_a_code(word)))),
        },
        _ => Err(usage(Problem::Misread(not_a_code(rest)))),
    }
}

/// What is no code, and no user either.
pub(super) fn not_a_code(text: &str) -> Misread {
    Misread::new(format!("“{text}” is not a code"), "type the six digits that the phone shows")
}

/// `[@user]`.
pub(super) fn unlink(word: Option<&str>) -> Result<Command, ParseError> {
    let Some(word) = word else { return Ok(Command::Unlink(None)) };
    let misread = || {
        let problem = format!("“{word}” is no user of a chat");
        let problem =
            Problem::Misread(Misread::new(problem, "mention one, or write it as in discord:8035111022"));
        ParseError::Usage { root: Root::Callout, sub: Some("unlink"), problem }
    };
    user(word).map(|user| Command::Unlink(Some(user))).ok_or_else(misread)
}

/// `[@who] [22:00-07:00 | off | for 2h | default]`.
pub(super) fn quiet(text: &str, people: &dyn People) -> Result<Command, ParseError> {
    let (who, rest) = match words::first(text) {
        Some((word, rest)) if word.starts_with('@') || word.starts_with("<@") => {
            (Some(callees::person(word, people)?), rest)
        }
        _ => (None, text),
    };
    let wish = quiet_wish(rest).map_err(|misread| ParseError::Usage {
        root: Root::Callout,
        sub: Some("quiet"),
        problem: Problem::Misread(misread),
    })?;
    Ok(Command::Quiet(who, wish))
}

fn quiet_wish(text: &str) -> Result<QuietWish, Misread> {
    let typed: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    let typed: Vec<&str> = typed.iter().map(String::as_str).collect();
    match typed.as_slice() {
        [] => Ok(QuietWish::Show),
        ["off"] => Ok(QuietWish::Off),
        ["default"] => Ok(QuietWish::Default),
        ["for", span] => quiet_for(span),
        [hours] if hours.contains(':') => hours.parse().map(QuietWish::Hours),
        _ => {
            let problem = format!("“{}” is not understood", text.trim());
            Err(Misread::new(problem, "write it as in 22:00-07:00, off, for 2h or default"))
        }
    }
}

fn quiet_for(text: &str) -> Result<QuietWish, Misread> {
    let span = parse_span(text)?;
    if QUIET_FOR.contains(&span) {
        return Ok(QuietWish::For(span));
    }
    let (least, most) = (show_span(*QUIET_FOR.start()), show_span(*QUIET_FOR.end()));
    Err(Misread::new(format!("{text} is too short or too long"), format!("choose {least} to {most}")))
}

/// A person by their id, a mention, or their account at the engine.
fn account(word: &str, people: &dyn People) -> Result<PersonId, ParseError> {
    callees::person(word, people).or_else(|error| people.by_account(word).ok_or(error))
}

/// `<@U123>`, `@eve`, `discord:80351110224678912`.
fn user(word: &str) -> Option<UserWord> {
    let (chat, id, label) = match (words::mention(word), word.strip_prefix('@')) {
        (Some(mention), _) => (None, mention.user, mention.label),
        (None, Some(id)) => (None, id, None),
        (None, None) => word.split_once(':').map(|(chat, id)| (Some(chat.to_ascii_lowercase()), id, None))?,
    };
    let is_chat = chat.as_deref().is_none_or(|chat| CHATS.contains(&chat));
    let is_user = (1..=USER_MAX).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    (is_chat && is_user).then(|| UserWord { chat, id: UserId::new(id), name: label.unwrap_or(id).to_owned() })
}

#[cfg(test)]
mod tests {
    use super::super::kit::{read, told};
    use super::*;

    fn linked(line: &str) -> Command {
        read(line).unwrap_or_else(|error| panic!("{line}: {error:?}"))
    }

    fn user_word(chat: Option<&str>, id: &str, name: &str) -> UserWord {
        UserWord { chat: chat.map(str::to_owned), id: UserId::new(id), name: name.to_owned() }
    }

    #[test]
    fn a_link_is_asked_for_proved_or_made_by_an_admin() {
        let jack = PersonId::new("jack");
        for line in
            ["/callout link jack", "/callout link @JACK", "/callout link acc_jack", "/callout link <@U1>"]
        {
            assert_eq!(linked(line), Command::Link(jack.clone(), LinkBy::Ring), "{line}");
        }
        for line in
            ["/callout link jack 123456", "/callout link acc_jack 123 456", "/callout link jack 123-456"]
        {
            let by = LinkBy::Code(Code::of_number(123_456));
            assert_eq!(linked(line), Command::Link(jack.clone(), by), "{line}");
        }
        let by = |line: &str| match linked(line) {
            Command::Link(_, LinkBy::Admin(user)) => user,
            other => panic!("{line}: {other:?}"),
        };
        assert_eq!(by("/callout link jack @eve"), user_word(None, "eve", "eve"));
        assert_eq!(by("/callout link jack <@U9|eve b>"), user_word(None, "U9", "eve b"));
        assert_eq!(by("/callout link jack Discord:80351110224678912").chat.as_deref(), Some("discord"));
    }

    #[test]
    fn what_is_no_link_is_said() {
        insta::assert_snapshot!(told("/callout link"), @"/callout link needs a person or their account. Usage: /callout link &lt;account&gt; [code] [@user]");
        insta::assert_snapshot!(told("/callout link jakc"), @"“jakc” is nobody's name. Did you mean jack?");
        insta::assert_snapshot!(told("/callout link jack 12345"), @"/callout link: “12345” is not a code, type the six digits that the phone shows. Usage: /callout link &lt;account&gt; [code] [@user]");
        insta::assert_snapshot!(told("/callout link jack please now"), @"/callout link: “please now” is not a code, type the six digits that the phone shows. Usage: /callout link &lt;account&gt; [code] [@user]");
        insta::assert_snapshot!(told("/callout unlink irc:eve"), @"/callout unlink: “irc:eve” is no user of a chat, mention one, or write it as in discord:8035111022. Usage: /callout unlink [@user]");
    }

    #[test]
    fn quiet_is_hours_off_a_while_or_the_files() {
        let wish = |line: &str| match linked(line) {
            Command::Quiet(who, wish) => (who.map(|who| who.to_string()), wish),
            other => panic!("{line}: {other:?}"),
        };
        assert_eq!(wish("/callout quiet"), (None, QuietWish::Show));
        assert_eq!(wish("/callout quiet OFF"), (None, QuietWish::Off));
        assert_eq!(wish("/callout quiet default"), (None, QuietWish::Default));
        assert_eq!(wish("/callout quiet for 2h"), (None, QuietWish::For(Duration::from_secs(7200))));
        let hours = QuietWish::Hours("22:00-07:00".parse().unwrap());
        assert_eq!(wish("/callout quiet 22:00-07:00"), (None, hours));
        assert_eq!(wish("/callout quiet @mira 22:00-07:00"), (Some("mira".to_owned()), hours));
        assert_eq!(wish("/callout quiet @mira"), (Some("mira".to_owned()), QuietWish::Show));
    }

    #[test]
    fn what_is_not_quiet_is_said() {
        insta::assert_snapshot!(told("/callout quiet please"), @"/callout quiet: “please” is not understood, write it as in 22:00-07:00, off, for 2h or default. Usage: /callout quiet [@who] [22:00-07:00|off|for 2h|default]");
        insta::assert_snapshot!(told("/callout quiet 22:00"), @"/callout quiet: “22:00” is not a span of hours, write local times as in 22:00-07:00. Usage: /callout quiet [@who] [22:00-07:00|off|for 2h|default]");
        insta::assert_snapshot!(told("/callout quiet for 9d"), @"/callout quiet: 9d is too short or too long, choose 1m to 1w. Usage: /callout quiet [@who] [22:00-07:00|off|for 2h|default]");
        insta::assert_snapshot!(told("/callout quiet for ever"), @"/callout quiet: “ever” is not a duration, write a whole number and a unit, as in 90s, 2m, 1h, 1d or 2w. Usage: /callout quiet [@who] [22:00-07:00|off|for 2h|default]");
        insta::assert_snapshot!(told("/callout quiet <@U9|zoe> off"), @"“zoe” is not listed here. An admin can add them.");
    }
}
