//! `[announcement]`: what callees hear who answer.

use reqwest::Url;
use toml::Spanned;

use super::env::is_loopback;
use super::raw::{RawAnnouncement, Text};
use super::reader::Reader;
use crate::domain::settings::{AnnouncementRule, REPEATS_RANGE, RoomNumbers, SPOKEN_MAX};
use crate::domain::span::Misread;

/// How often it is played when nobody says so: once may pass before the phone is at the ear.
const REPEATS: u32 = 3;

/// What `say` may have in braces.
const PLACES: [&str; 2] = ["{by}", "{note}"];

/// Longest name of a voice, in bytes: the vendor's have some 20.
const VOICE_MAX: usize = 64;

/// What the section says; `None` when nothing of it can be announced.
pub(super) fn announcement(
    reader: &mut Reader<'_>,
    section: &Spanned<RawAnnouncement>,
) -> Option<AnnouncementRule> {
    let raw = section.get_ref();
    if raw.say.is_none() && raw.page.is_none() && raw.audio.is_none() && raw.video.is_none() {
        let advice = "add say, audio or video, or remove the section";
        reader.error(section.span(), Misread::new("[announcement] announces nothing", advice));
    }
    let range = i64::from(*REPEATS_RANGE.start())..=i64::from(*REPEATS_RANGE.end());
    let repeats = raw.repeats.as_ref().and_then(|number| reader.number("repeats", number, range));
    let rooms = raw.rooms.as_ref().and_then(|text| reader.take("rooms", text, rooms));
    Some(AnnouncementRule {
        say: raw.say.as_ref().and_then(|text| reader.take("say", text, spoken)),
        page: raw.page.as_ref().and_then(|text| reader.take("page", text, spoken)),
        audio: address(reader, "audio", raw.audio.as_ref()),
        video: address(reader, "video", raw.video.as_ref()),
        repeats: repeats.unwrap_or(REPEATS),
        voice: raw.voice.as_ref().and_then(|text| reader.take("voice", text, voice)),
        rooms: rooms.unwrap_or_default(),
    })
}

fn address(reader: &mut Reader<'_>, key: &str, text: Option<&Text>) -> Option<String> {
    reader.take(key, text?, media)
}

/// A text that the cloud can speak, with places that we can fill in.
fn spoken(text: &str) -> Result<String, Misread> {
    let length = text.chars().count();
    if text.trim().is_empty() {
        return Err(Misread::new("there is nothing to say", "write a text, or leave it out"));
    }
    if length > SPOKEN_MAX {
        let problem = format!("{length} characters are too many");
        return Err(Misread::new(problem, format!("say it in {SPOKEN_MAX}")));
    }
    if let Some(place) = places(text).find(|place| !PLACES.contains(place)) {
        let advice = "{by} and {note} stand for who calls and why";
        return Err(Misread::new(format!("`{place}` stands for nothing"), advice));
    }
    Ok(text.to_owned())
}

/// Everything in braces, with them.
fn places(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('{').filter_map(|(at, _)| {
        let rest = &text[at..];
        let end = rest.find('}')?;
        // In "{ {by}" only the inner ones belong together.
        (!rest[1..end].contains('{')).then_some(&rest[..=end])
    })
}

/// Where the engine's media servers fetch a sound or a film. A query may be its signature.
fn media(text: &str) -> Result<String, Misread> {
    // Not quoted: an address may hold a secret.
    let wrong = |problem: String| Misread::new(problem, "write https://…, where everybody can fetch it");
    let url: Url = text.parse().map_err(|error| wrong(format!("not an address ({error})")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("the address has a user or a password".to_owned()));
    }
    match url.scheme() {
        "https" => Ok(text.to_owned()),
        "http" if is_loopback(&url) => Ok(text.to_owned()),
        "http" => Err(wrong("plain http is for this machine only".to_owned())),
        other => Err(wrong(format!("`{other}` is not a scheme for it"))),
    }
}

fn voice(text: &str) -> Result<String, Misread> {
    let good = (1..=VOICE_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    let bad = || {
        Misread::new(
            format!("`{text}` is not a voice"),
            "copy its id from the vendor's list, or leave it out",
        )
    };
    good.then(|| text.to_owned()).ok_or_else(bad)
}

fn rooms(text: &str) -> Result<RoomNumbers, Misread> {
    match text {
        "tutorial" => Ok(RoomNumbers::Tutorial),
        "reference" => Ok(RoomNumbers::Reference),
        other => Err(Misread::new(format!("`{other}` is unknown"), "use tutorial or reference")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JACK: &str = "[[person]]\nid = \"jack\"\naccount = \"jack\"\nroles = [\"admin\"]\n";

    fn said<T: std::fmt::Debug>(read: Result<T, Misread>) -> String {
        read.unwrap_err().to_string()
    }

    /// What a file with these lines below an admin's four decides, or what is wrong with it.
    fn decided(lines: &str) -> Result<Option<AnnouncementRule>, String> {
        let (config, findings) = crate::config::parse("callout.toml", &format!("{JACK}{lines}"));
        let found = findings.iter().map(ToString::to_string).collect::<Vec<String>>().join("\n");
        config.map(|config| config.settings.announcement).ok_or(found)
    }

    #[test]
    fn what_is_written_is_taken() {
        let rule = AnnouncementRule {
            say: Some("{by} calls: {note}".to_owned()),
            audio: None,
            video: None,
            page: None,
            repeats: REPEATS,
            voice: None,
            rooms: RoomNumbers::Tutorial,
        };
        assert_eq!(decided("[call]\nring = \"45s\"\n"), Ok(None));
        assert_eq!(decided("[announcement]\nsay = \"{by} calls: {note}\"\n"), Ok(Some(rule)));
        let all = "[announcement]\naudio = \"https://a.example/a.mp3\"\nvideo = \"https://a.example/v.mp4\"\n\
                   repeats = 20\nvoice = \"v-1\"\nrooms = \"reference\"\n";
        let rule = AnnouncementRule {
            say: None,
            audio: Some("https://a.example/a.mp3".to_owned()),
            video: Some("https://a.example/v.mp4".to_owned()),
            page: None,
            repeats: 20,
            voice: Some("v-1".to_owned()),
            rooms: RoomNumbers::Reference,
        };
        assert_eq!(decided(all), Ok(Some(rule)));
    }

    #[test]
    fn what_is_wrong_is_found_where_it_stands() {
        let wrong = "[announcement]\nsay = \"{who}\"\naudio = \"http://a.example/\"\nvideo = \"film\"\nrepeats = 0\n\
                     voice = \"a voice\"\nrooms = \"both\"\n[engine]\npush = { Ext = 2026-01-05 }\n";
        insta::assert_snapshot!(decided(wrong).unwrap_err(), @r"
        callout.toml:6: say: `{who}` stands for nothing, {by} and {note} stand for who calls and why
        callout.toml:7: audio: plain http is for this machine only, write https://…, where everybody can fetch it
        callout.toml:8: video: not an address (relative URL without a base), write https://…, where everybody can fetch it
        callout.toml:9: repeats: 0 is out of range, choose 1 to 20
        callout.toml:10: voice: `a voice` is not a voice, copy its id from the vendor's list, or leave it out
        callout.toml:11: rooms: `both` is unknown, use tutorial or reference
        callout.toml:13: push: `2026-01-05` cannot be sent, write dates in quotes
        ");
        let nothing = "[call]\nring = \"45s\"\n[announcement]\nrepeats = 2\n";
        insta::assert_snapshot!(decided(nothing).unwrap_err(), @"callout.toml:7: [announcement] announces nothing, add say, audio or video, or remove the section");
        let shapes = "[announcement]\nsay = 3\n[engine]\npush = \"loud\"\n";
        insta::assert_snapshot!(decided(shapes).unwrap_err(), @r#"
        callout.toml:6: `say` must be text in quotes, see callout.example.toml
        callout.toml:8: `push` must be a table, as in { Key = "value" }, see callout.example.toml
        "#);
    }

    #[test]
    fn a_text_has_places_that_we_can_fill_in() {
        for text in
            ["{by} calls: {note}", "Wake up.", "{ {by}", "}{by}{", "{", "é".repeat(SPOKEN_MAX).as_str()]
        {
            assert_eq!(spoken(text).as_deref(), Ok(text));
        }
        insta::assert_snapshot!(said(spoken("{by} calls {whom}")), @"`{whom}` stands for nothing, {by} and {note} stand for who calls and why");
        insta::assert_snapshot!(said(spoken("{} calls")), @"`{}` stands for nothing, {by} and {note} stand for who calls and why");
        insta::assert_snapshot!(said(spoken(&"é".repeat(256))), @"256 characters are too many, say it in 255");
        insta::assert_snapshot!(said(spoken("  ")), @"there is nothing to say, write a text, or leave it out");
    }

    #[test]
    fn a_source_is_public_or_of_this_machine() {
        for text in [
            "https://a.example/x.mp3?sign=1",
            "http://127.0.0.1:9/x.mp3",
            "http://[::1]/x",
            "http://localhost/x",
        ] {
            assert_eq!(media(text).as_deref(), Ok(text));
        }
        insta::assert_snapshot!(said(media("http://a.example/x.mp3")), @"plain http is for this machine only, write https://…, where everybody can fetch it");
        insta::assert_snapshot!(said(media("chime.mp3")), @"not an address (relative URL without a base), write https://…, where everybody can fetch it");
        insta::assert_snapshot!(said(media("ftp://a.example/x")), @"`ftp` is not a scheme for it, write https://…, where everybody can fetch it");
        let user = said(media("https://me:pa55@a.example/x"));
        assert!(user.starts_with("the address has a user") && !user.contains("pa55"), "{user}");
    }
}
