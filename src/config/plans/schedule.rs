//! `[[schedule]]`.

use std::collections::HashSet;

use toml::Spanned;

use super::{Known, check_known};
use crate::config::raw::{RawRotation, RawSchedule};
use crate::config::reader::Reader;
use crate::config::words;
use crate::domain::span::Misread;

pub(super) fn check(reader: &mut Reader<'_>, raw: &Spanned<RawSchedule>, known: &Known<'_>) {
    let schedule = raw.get_ref();
    if let Some(zone) = &schedule.timezone {
        reader.take("timezone", zone, words::zone);
    }
    if schedule.rotation.is_empty() {
        reader.error(raw.span(), Misread::new("the schedule has no rotation", "add a [[schedule.rotation]]"));
    }
    for rotation in &schedule.rotation {
        check_rotation(reader, rotation.get_ref(), known);
    }
}

fn check_rotation(reader: &mut Reader<'_>, rotation: &RawRotation, known: &Known<'_>) {
    let participants = rotation.participants.get_ref();
    if participants.is_empty() {
        let misread = Misread::new("participants: nobody takes a turn", "name at least one person");
        reader.error(rotation.participants.span(), misread);
    }
    let mut seen = HashSet::new();
    for person in participants {
        check_known(reader, "participants", person, ("person", &known.people));
        if !seen.insert(person.get_ref()) {
            let problem = format!("participants: `{}` is named twice", person.get_ref());
            reader.warn(
                person.span(),
                Misread::new(problem, "drop one, unless two turns in a round are meant"),
            );
        }
    }
    let unit = rotation.every.as_ref().map(|every| reader.take("every", every, words::every));
    let unit = unit.unwrap_or(Some(words::Unit::Weeks));
    if let (Some(handoff), Some(unit)) = (&rotation.handoff, unit) {
        reader.take("handoff", handoff, |text| words::handoff(text, unit));
    }
    if let Some(start) = &rotation.start {
        reader.take("start", start, words::date);
    }
    for only in rotation.only.iter().flatten() {
        reader.take("only", only, words::window);
    }
}
