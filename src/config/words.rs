//! The words that only the file uses: places, zones, chat users, and the shapes of schedules.
//!
//! Durations and limits are read by the domain, since people type them too.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::domain::person::{QuietHours, parse_time};
use crate::domain::report::Place;
use crate::domain::span::Misread;

/// Chats that a place can be in.
const CHATS: [&str; 3] = ["desk", "slack", "discord"];

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

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
    let rest = text.strip_prefix(['U', 'W']).unwrap_or_default();
    let good =
        (2..=30).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let advice = "copy the member id from the Slack profile, as in U01ABCDEF";
    if good {
        Ok(text.to_owned())
    } else {
        Err(Misread::new(format!("`{text}` is not a Slack user"), advice))
    }
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
    if (15..=20).contains(&text.len()) && text.parse::<u64>().is_ok() {
        return Ok(text.to_owned());
    }
    let advice = format!("copy the {what} id in Discord's developer mode, as in 80351110224678912");
    Err(Misread::new(format!("`{text}` is not a Discord {what}"), advice))
}

/// The unit of a rotation's turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Hours,
    Days,
    Weeks,
    Months,
}

/// `12h`, `1d`, `2w`, `1mo`.
pub(super) fn every(text: &str) -> Result<Unit, Misread> {
    let units = [("mo", Unit::Months), ("h", Unit::Hours), ("d", Unit::Days), ("w", Unit::Weeks)];
    let read = units.iter().find_map(|(name, unit)| Some((text.strip_suffix(name)?, *unit)));
    match read {
        Some((count, unit)) if number(count, 1, 1000).is_some() => Ok(unit),
        _ => Err(Misread::new(format!("`{text}` is not a turn"), "write it as in 12h, 1d, 2w or 1mo")),
    }
}

/// `Mon 09:00`, `09:00` or `day 1 09:00`, as `unit` asks.
pub(super) fn handoff(text: &str, unit: Unit) -> Result<(), Misread> {
    let words: Vec<&str> = text.split(' ').collect();
    let timed = words.last().is_some_and(|time| parse_time(time).is_some());
    let fits = match (words.as_slice(), unit) {
        ([_], Unit::Hours | Unit::Days | Unit::Weeks) => true,
        ([day, _], Unit::Weeks) => WEEKDAYS.contains(day),
        (["day", day, _], Unit::Months) => number(day, 1, 31).is_some(),
        _ => false,
    };
    let (turn, form) = match unit {
        Unit::Hours => ("hours", "09:00"),
        Unit::Days => ("days", "09:00"),
        Unit::Weeks => ("weeks", "Mon 09:00 or 09:00"),
        Unit::Months => ("months", "day 1 09:00"),
    };
    if timed && fits {
        return Ok(());
    }
    Err(Misread::new(
        format!("`{text}` is not a hand-off of a turn in {turn}"),
        format!("write it as in {form}"),
    ))
}

/// A local date.
pub(super) fn date(text: &str) -> Result<Date, Misread> {
    let strict = text.len() == 10;
    let read = text.parse::<Date>().ok().filter(|_| strict);
    read.ok_or_else(|| Misread::new(format!("`{text}` is not a date"), "write it as in 2026-01-05"))
}

/// `09:00-17:00`, `Mon-Fri 09:00-17:00`, `Mon,Wed 20:00-08:00`.
pub(super) fn window(text: &str) -> Result<(), Misread> {
    let (days, hours) = text.split_once(' ').map_or((None, text), |(days, hours)| (Some(days), hours));
    let advice = "write it as in 09:00-17:00, Mon-Fri 09:00-17:00 or Mon,Wed 20:00-08:00";
    let day = |day: &str| WEEKDAYS.contains(&day);
    let span = |days: &str| days.split_once('-').map_or_else(|| day(days), |(from, to)| day(from) && day(to));
    if !days.is_none_or(|days| days.split(',').all(span)) {
        return Err(Misread::new(format!("`{text}` names no days"), advice));
    }
    let hours = hours.parse::<QuietHours>();
    hours.map(|_| ()).map_err(|misread| Misread::new(misread.problem, advice))
}

fn number(text: &str, least: u16, most: u16) -> Option<u16> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|n| digits && (least..=most).contains(n))
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

    #[test]
    fn a_handoff_fits_its_turn() {
        assert_eq!((every("12h"), every("1d")), (Ok(Unit::Hours), Ok(Unit::Days)));
        assert_eq!((every("2w"), every("1mo")), (Ok(Unit::Weeks), Ok(Unit::Months)));
        assert!(every("0d").is_err() && every("1m").is_err() && every("+1d").is_err() && every("d").is_err());
        assert!(handoff("Mon 09:00", Unit::Weeks).is_ok() && handoff("09:00", Unit::Weeks).is_ok());
        assert!(handoff("day 31 09:00", Unit::Months).is_ok() && handoff("09:00", Unit::Hours).is_ok());
        assert!(handoff("day 32 09:00", Unit::Months).is_err() && handoff("24:00", Unit::Days).is_err());
        insta::assert_snapshot!(said(handoff("Mon 09:00", Unit::Days)), @"`Mon 09:00` is not a hand-off of a turn in days, write it as in 09:00");
        insta::assert_snapshot!(said(every("weekly")), @"`weekly` is not a turn, write it as in 12h, 1d, 2w or 1mo");
    }

    #[test]
    fn a_window_has_days_and_hours() {
        for text in ["09:00-17:00", "Mon-Fri 09:00-17:00", "Mon,Wed 20:00-08:00", "Sat-Mon 00:00-24:00"] {
            assert_eq!(window(text), Ok(()), "{text}");
        }
        insta::assert_snapshot!(said(window("Weekdays 09:00-17:00")), @"`Weekdays 09:00-17:00` names no days, write it as in 09:00-17:00, Mon-Fri 09:00-17:00 or Mon,Wed 20:00-08:00");
        insta::assert_snapshot!(said(window("08:00-08:00")), @"`08:00-08:00` covers no time at all, write it as in 09:00-17:00, Mon-Fri 09:00-17:00 or Mon,Wed 20:00-08:00");
        assert!(
            date("2026-01-05").is_ok() && date("2026-02-30").is_err() && date("2026-01-05T00:00").is_err()
        );
    }
}
