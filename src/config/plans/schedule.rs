//! `[[schedule]]`.

use std::collections::HashSet;

use jiff::tz::TimeZone;
use toml::Spanned;

use super::{Known, check_known};
use crate::config::raw::{RawRotation, RawSchedule};
use crate::config::reader::Reader;
use crate::config::words;
use crate::domain::ids::{PersonId, ScheduleId};
use crate::domain::oncall::{Every, Handoff, Rotation, Schedule, USUAL_START, Window, read_date};
use crate::domain::span::Misread;

/// Rotations of one schedule: who is on call is asked of each of them.
const ROTATIONS_MAX: usize = 50;

/// Turns of one round: far more than a team has people.
const PARTICIPANTS_MAX: usize = 1000;

/// Windows of one rotation: three a day of the week, and some.
const WINDOWS_MAX: usize = 30;

/// The schedule, if all of it could be read.
pub(super) fn schedule(
    reader: &mut Reader<'_>,
    raw: &Spanned<RawSchedule>,
    known: &Known<'_>,
) -> Option<Schedule> {
    let schedule = raw.get_ref();
    let zone = match &schedule.timezone {
        Some(zone) => reader.take("timezone", zone, words::zone),
        None => Some(TimeZone::UTC),
    };
    let count = schedule.rotation.len();
    if count == 0 {
        reader.error(raw.span(), Misread::new("the schedule has no rotation", "add a [[schedule.rotation]]"));
    }
    let few = reader.at_most(ROTATIONS_MAX, count, "rotations", raw.span());
    let rotations = schedule.rotation.iter().map(|raw| rotation(reader, raw.get_ref(), known));
    // Every rotation is judged, not only those before the first that is wrong.
    let rotations: Option<Vec<Rotation>> = rotations.collect::<Vec<_>>().into_iter().collect();
    let rotations = rotations.filter(|rotations| few && !rotations.is_empty())?;
    Some(Schedule { id: ScheduleId::new(schedule.id.get_ref()), timezone: zone?, rotations })
}

fn rotation(reader: &mut Reader<'_>, raw: &RawRotation, known: &Known<'_>) -> Option<Rotation> {
    let participants = participants(reader, raw, known);
    let every = match &raw.every {
        Some(every) => reader.take("every", every, Every::read),
        None => Some(Every::WEEK),
    };
    let handoff = every.and_then(|every| match &raw.handoff {
        Some(handoff) => reader.take("handoff", handoff, |text| Handoff::read(text, every.unit())),
        None => Some(Handoff::usual(every.unit())),
    });
    let start = match &raw.start {
        Some(start) => reader.take("start", start, read_date),
        None => Some(USUAL_START),
    };
    let windows = raw.only.iter().flatten();
    let only: Vec<Option<Window>> = windows.map(|only| reader.take("only", only, Window::read)).collect();
    let at = raw.only.iter().flatten().next().map(Spanned::span).unwrap_or_default();
    let few = reader.at_most(WINDOWS_MAX, only.len(), "windows", at);
    let only: Option<Vec<Window>> = only.into_iter().collect();
    let only = only.filter(|_| few)?;
    Some(Rotation { participants: participants?, every: every?, handoff: handoff?, start: start?, only })
}

fn participants(reader: &mut Reader<'_>, raw: &RawRotation, known: &Known<'_>) -> Option<Vec<PersonId>> {
    let list = &raw.participants;
    if list.get_ref().is_empty() {
        let misread = Misread::new("participants: nobody takes a turn", "name at least one person");
        reader.error(list.span(), misread);
    }
    let few = reader.at_most(PARTICIPANTS_MAX, list.get_ref().len(), "participants", list.span());
    let mut seen = HashSet::new();
    for person in list.get_ref() {
        check_known(reader, "participants", person, ("person", &known.people));
        if !seen.insert(person.get_ref()) {
            let problem = format!("participants: `{}` is named twice", person.get_ref());
            let advice = "drop one, unless two turns in a round are meant";
            reader.warn(person.span(), Misread::new(problem, advice));
        }
    }
    let right = few && !seen.is_empty() && seen.iter().all(|id| known.people.contains(id.as_str()));
    right.then(|| list.get_ref().iter().map(|person| PersonId::new(person.get_ref())).collect())
}
