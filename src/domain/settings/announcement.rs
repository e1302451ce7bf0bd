//! What a callee hears, or sees, who answers.

use std::ops::RangeInclusive;

use super::super::call::{Media, Source};

/// How often an announcement may be played: finite, so that one that nobody can stop ends by itself.
pub const REPEATS_RANGE: RangeInclusive<u32> = 1..=20;

/// Longest text that the engine's cloud speaks, in characters (wire reference, 9.2: the narrower of two sites).
pub const SPOKEN_MAX: usize = 255;

/// Which numbers the engine's media service gives to kinds of rooms: its own pages disagree (wire reference, 6.3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RoomNumbers {
    /// As the vendor's tutorial of this very flow says.
    #[default]
    Tutorial,
    /// As the vendor's API reference says.
    Reference,
}

/// What is fed into the room of a call when somebody answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnouncementRule {
    /// A text that is spoken; `{by}` and `{note}` stand for who calls and why.
    pub say: Option<String>,
    /// The same in the call of a page; `None`: our own sentence, where something is spoken.
    pub page: Option<String>,
    /// The public address of a sound, played when nothing is spoken.
    pub audio: Option<String>,
    /// The public address of a film, played in video calls.
    pub video: Option<String>,
    /// How often it is played; within [`REPEATS_RANGE`].
    pub repeats: u32,
    /// Whose voice speaks, by the cloud's name; `None`: the usual one.
    pub voice: Option<String>,
    /// How kinds of rooms are numbered.
    pub rooms: RoomNumbers,
}

/// What is spoken in the call of a page when nobody says otherwise: who answers has to hear that this is not enough.
const PAGE_SAID: &str =
    "{by} pages you. {note}. To answer is not enough: press Acknowledge, or say ack in the thread.";

impl AnnouncementRule {
    /// Whether something of it is spoken.
    #[must_use]
    pub const fn speaks(&self) -> bool {
        self.say.is_some() || self.page.is_some()
    }

    /// What a call by `by` announces; `None` when nothing fits.
    #[must_use]
    pub fn source(&self, media: Media, by: &str, note: Option<&str>) -> Option<Source> {
        if let Some(film) = self.video.as_ref().filter(|_| media == Media::Video) {
            return Some(Source::Url(film.clone()));
        }
        let spoken = self.say.as_ref().map(|text| Source::Spoken(filled_in(text, by, note)));
        spoken.or_else(|| self.audio.clone().map(Source::Url))
    }

    /// What the call of a page about `title` announces, which `by` started: a person, or what sends alerts.
    #[must_use]
    pub fn page_source(&self, by: &str, title: &str) -> Option<Source> {
        let text = self.page.as_deref().or(self.say.as_ref().map(|_| PAGE_SAID));
        let title = title.trim_end_matches(['.', ' ']);
        let spoken = text.map(|text| Source::Spoken(filled_in(text, by, Some(title))));
        spoken.or_else(|| self.audio.clone().map(Source::Url))
    }
}

/// How far from its end a text is cut for a word's sake, in characters: longer than most words. Some languages have no
/// blanks between theirs.
const WORD_BACK_MAX: usize = 40;

/// As much of `text` as may be spoken, up to the end of a word where there is one near.
#[must_use]
pub fn speakable(text: &str) -> &str {
    cut(text, SPOKEN_MAX)
}

fn cut(text: &str, max_chars: usize) -> &str {
    let text = text.trim();
    let Some((end, next)) = text.char_indices().nth(max_chars) else { return text };
    let cut = &text[..end];
    if next.is_whitespace() {
        return cut.trim_end();
    }
    let tail = cut.char_indices().rev().take(WORD_BACK_MAX);
    let blank = tail.into_iter().find(|(_, c)| c.is_whitespace());
    blank.map_or(cut, |(word, _)| cut[..word].trim_end())
}

/// The text with the call's own words in it, short enough to be spoken. The note is cut first: what stands behind it
/// says what to do.
fn filled_in(text: &str, by: &str, note: Option<&str>) -> String {
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = one_line(&text.replace("{by}", by));
    let rest = text.replace("{note}", "").chars().count();
    let room = SPOKEN_MAX.saturating_sub(rest) / text.matches("{note}").count().max(1);
    let note = one_line(note.unwrap_or_default());
    speakable(&one_line(&text.replace("{note}", cut(&note, room)))).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> AnnouncementRule {
        AnnouncementRule {
            say: Some("{by} calls you: {note}".to_owned()),
            audio: Some("https://media.example/chime.mp3".to_owned()),
            video: Some("https://media.example/alert.mp4".to_owned()),
            page: None,
            repeats: 3,
            voice: None,
            rooms: RoomNumbers::Tutorial,
        }
    }

    #[test]
    fn a_video_call_has_the_film_and_another_the_voice_before_the_sound() {
        let of = |rule: &AnnouncementRule, media| rule.source(media, "ana", Some("db {by} down"));
        let all = rule();
        assert_eq!(of(&all, Media::Video), Some(Source::Url("https://media.example/alert.mp4".to_owned())));
        assert_eq!(of(&all, Media::Audio), Some(Source::Spoken("ana calls you: db {by} down".to_owned())));
        let mute = AnnouncementRule { say: None, video: None, ..rule() };
        assert_eq!(of(&mute, Media::Video), Some(Source::Url("https://media.example/chime.mp3".to_owned())));
        assert_eq!(of(&AnnouncementRule { audio: None, ..mute }, Media::Audio), None);
    }

    #[test]
    fn what_is_spoken_is_one_line_that_ends_with_a_whole_word() {
        let spoken = |note: &str| match rule().source(Media::Audio, "ana", Some(note)) {
            Some(Source::Spoken(text)) => text,
            other => panic!("{other:?}"),
        };
        let text = spoken(&"replica ".repeat(40));
        assert!(text.chars().count() <= SPOKEN_MAX && text.ends_with("replica"), "{text}");
        let word = "x".repeat(WORD_BACK_MAX - 1);
        assert_eq!(
            spoken(&format!("{} {word}{word}", "y".repeat(215))),
            format!("ana calls you: {}", "y".repeat(215))
        );
        let text = spoken(&"主数据库已停止响应，".repeat(40));
        assert_eq!(text.chars().count(), SPOKEN_MAX, "no blank ends a word there: {text}");
        assert_eq!(spoken("db\nis  down"), "ana calls you: db is down");
    }

    #[test]
    fn who_is_paged_hears_who_pages_them_and_what_to_do_however_long_the_title_is() {
        let heard = |rule: &AnnouncementRule, title: &str| match rule.page_source("ana", title) {
            Some(Source::Spoken(text)) => text,
            other => panic!("{other:?}"),
        };
        let said = "ana pages you. db-1 is down. To answer is not enough: press Acknowledge, or say ack in the thread.";
        assert_eq!(heard(&rule(), "db-1 is down."), said);
        let long = heard(&rule(), &"replica ".repeat(60));
        assert!(long.chars().count() <= SPOKEN_MAX && long.ends_with("or say ack in the thread."), "{long}");
        let own = AnnouncementRule { page: Some("Alarm von {by}: {note}".to_owned()), ..rule() };
        assert_eq!(heard(&own, "db-1"), "Alarm von ana: db-1");
        let sound = AnnouncementRule { say: None, ..rule() };
        assert!(matches!(sound.page_source("ana", "db-1"), Some(Source::Url(_))), "nobody speaks there");
    }
}
