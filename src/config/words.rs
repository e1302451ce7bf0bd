//! The words that only the file uses: places, zones, chat users.
//!
//! Durations, limits and the words of schedules are read by the domain.

use jiff::tz::TimeZone;

use crate::domain::person::ChatUser;
use crate::domain::report::Place;
use crate::domain::span::Misread;

/// Chats that a place can be in.
const CHATS: [&str; 3] = ["desk", "slack", "discord"];

/// Longest name of a channel that is taken, in bytes. Slack's and Discord's ids have about 20.
const CHANNEL_MAX: usize = 64;

/// `slack:C0123456`: a chat and a channel in it.
pub(super) fn place(text: &str) -> Result<Place, Misread> {
    let bad = || {
        let problem = format!("`{text}` is not a channel");
        Misread::new(
            problem,
            "write a chat and a channel, as in slack:C0123456, discord:1122334455 or desk:general",
        )
    };
    let (chat, channel) = text.split_once(':').ok_or_else(bad)?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    let named = (1..=CHANNEL_MAX).contains(&channel.len()) && channel.bytes().all(plain);
    if !CHATS.contains(&chat) || !named {
        return Err(bad());
    }
    Ok(Place { chat: chat.to_owned(), channel: channel.to_owned(), thread: None })
}

/// A zone by its IANA name.
pub(super) fn zone(text: &str) -> Result<TimeZone, Misread> {
    TimeZone::get(text).map_err(|_| {
        let near = jiff::tz::db().available().map(|name| (zone_distance(text, name.as_str()), name));
        let near = near.filter(|(distance, _)| *distance <= 2).min_by_key(|(distance, _)| *distance);
        let advice = near.map_or_else(
            || "write an IANA name, as in Europe/Berlin".to_owned(),
            |(_, name)| format!("did you mean `{name}`?"),
        );
        Misread::new(format!("there is no zone `{text}`"), advice)
    })
}

fn zone_distance(typed: &str, name: &str) -> usize {
    // The city alone is what people remember.
    let city = name.rsplit('/').next().unwrap_or(name);
    let typed = typed.replace(' ', "_").to_lowercase();
    let distance = |name: &str| strsim::damerau_levenshtein(&typed, &name.to_lowercase());
    distance(name).min(distance(city))
}

/// A user id of Slack, `U01ABCDEF`.
pub(super) fn slack_user(text: &str) -> Result<String, Misread> {
    let advice = "copy the member id from the Slack profile, as in U01ABCDEF";
    if ChatUser::new("slack", text).is_possible() {
        Ok(text.to_owned())
    } else {
        Err(Misread::new(format!("`{text}` is not a Slack user"), advice))
    }
}

/// A workspace's id in Slack, `T01ABCDEF`; an organisation's is `E01ABCDEF`.
pub(super) fn slack_workspace(text: &str) -> Result<String, Misread> {
    let rest = text.strip_prefix(['T', 'E']).unwrap_or_default();
    let good =
        (2..=30).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let advice = "copy it from the workspace's address in a browser, app.slack.com/client/T01ABCDEF";
    good.then(|| text.to_owned())
        .ok_or_else(|| Misread::new(format!("`{text}` is not a Slack workspace"), advice))
}

/// A user id of Discord, `80351110224678912`.
pub(super) fn discord_user(text: &str) -> Result<String, Misread> {
    discord_id(text, "user")
}

/// A server's id in Discord, `41771983423143937`.
pub(super) fn discord_guild(text: &str) -> Result<String, Misread> {
    discord_id(text, "server")
}

fn discord_id(text: &str, what: &str) -> Result<String, Misread> {
    // Servers have ids of the same form.
    if ChatUser::new("discord", text).is_possible() {
        return Ok(text.to_owned());
    }
    let advice = format!("copy the {what} id in Discord's developer mode, as in 80351110224678912");
    Err(Misread::new(format!("`{text}` is not a Discord {what}"), advice))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said<T: std::fmt::Debug>(read: Result<T, Misread>) -> String {
        read.unwrap_err().to_string()
    }

    #[test]
    fn a_place_is_a_chat_and_a_channel() {
        let general = Place { chat: "desk".into(), channel: "general".into(), thread: None };
        assert_eq!(place("desk:general"), Ok(general));
        for text in ["", "general", "irc:general", "slack:", "slack:a b", "slack:<!channel>", "Slack:C01"] {
            assert!(place(text).is_err(), "{text}");
        }
        insta::assert_snapshot!(said(place("#ops")), @"`#ops` is not a channel, write a chat and a channel, as in slack:C0123456, discord:1122334455 or desk:general");
    }

    #[test]
    fn a_zone_has_an_iana_name() {
        assert_eq!(zone("Europe/Berlin").unwrap().iana_name(), Some("Europe/Berlin"));
        insta::assert_snapshot!(said(zone("Europe/Berln")), @"there is no zone `Europe/Berln`, did you mean `Europe/Berlin`?");
        insta::assert_snapshot!(said(zone("Berlin")), @"there is no zone `Berlin`, did you mean `Europe/Berlin`?");
        insta::assert_snapshot!(said(zone("Middle Earth")), @"there is no zone `Middle Earth`, write an IANA name, as in Europe/Berlin");
    }

    #[test]
    fn chat_users_are_ids_not_names() {
        assert!(slack_user("U01ABCDEF").is_ok() && slack_user("W01ABCDEF").is_ok());
        assert!(slack_user("jack").is_err() && slack_user("U").is_err() && slack_user("C01ABCDEF").is_err());
        assert!(discord_user("80351110224678912").is_ok());
        assert!(discord_user("jack#1234").is_err() && discord_user("99999999999999999999").is_err());
    }
}
