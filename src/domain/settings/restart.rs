//! What a reload can't put in force.

use super::Settings;

impl Settings {
    /// What of `next` differs from these, with which the program was started, and is taken only at a start: as the
    /// file names it.
    #[must_use]
    pub fn need_restart(&self, next: &Self) -> Vec<&'static str> {
        let voice = |settings: &Self| settings.announcement.as_ref().and_then(|rule| rule.voice.clone());
        let rooms =
            |settings: &Self| settings.announcement.as_ref().map(|rule| rule.rooms).unwrap_or_default();
        let differs = [
            ("[announcement] voice", voice(self) != voice(next)),
            ("[announcement] rooms", rooms(self) != rooms(next)),
            ("[engine] push", self.push != next.push),
            ("[engine] replace_callback", self.replace_callback != next.replace_callback),
            ("[limits] engine", self.engine_per_second != next.engine_per_second),
        ];
        differs.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{AnnouncementRule, RoomNumbers};
    use super::*;

    fn announcing(voice: Option<&str>, rooms: RoomNumbers) -> Option<AnnouncementRule> {
        let say = Some("{by} calls".to_owned());
        let voice = voice.map(str::to_owned);
        Some(AnnouncementRule { say, page: None, audio: None, video: None, repeats: 3, voice, rooms })
    }

    #[test]
    fn only_what_the_clients_were_made_with_needs_a_restart() {
        let old = Settings::sandbox(&["ana"]).unwrap();
        let with = |change: &dyn Fn(&mut Settings)| {
            let mut next = Settings::sandbox(&["ana", "jack"]).unwrap();
            next.note_max = 7;
            change(&mut next);
            old.need_restart(&next).join(", ")
        };
        assert_eq!(with(&|next| next.announcement = announcing(None, RoomNumbers::Tutorial)), "");
        let rooms = announcing(Some("v-1"), RoomNumbers::Reference);
        assert_eq!(
            with(&|next| next.announcement = rooms.clone()),
            "[announcement] voice, [announcement] rooms"
        );
        assert_eq!(with(&|next| next.push = Some(serde_json::Map::new())), "[engine] push");
        assert_eq!(with(&|next| next.replace_callback = true), "[engine] replace_callback");
        assert_eq!(with(&|next| next.engine_per_second = 7), "[limits] engine");
    }
}
