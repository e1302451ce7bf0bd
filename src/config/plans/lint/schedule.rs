//! Gaps, overlaps, starts that are no hand-off, local times that clocks skip or repeat.

use jiff::civil::DateTime;
use toml::Spanned;

use super::person::could_not_acknowledge;
use super::{Year, first_of, local, tell_odd, times, told_if_odd};
use crate::config::raw::{RawRotation, RawSchedule};
use crate::config::reader::Reader;
use crate::domain::command::Root;
use crate::domain::ids::PersonId;
use crate::domain::oncall::{Rotation, Schedule, Shift, Unit};
use crate::domain::span::Misread;

pub(super) fn lint(reader: &mut Reader<'_>, raw: &RawSchedule, year: &Year<'_>) {
    let Some(schedule) = year.settings.schedules.get(raw.id.get_ref()) else { return };
    let id = raw.id.get_ref();
    if Root::OnCall.has_word(id) {
        let problem = format!("id: `/oncall {id}` is a command");
        reader.warn(
            raw.id.span(),
            Misread::new(problem, "choose another id, or nobody can ask who is on call"),
        );
    }
    let is_used =
        year.settings.policies.iter().any(|policy| policy.schedules().any(|used| *used == schedule.id));
    if !is_used {
        let advice = format!("fine, if it is for /oncall and /call oncall:{id} only");
        reader.note(raw.id.span(), Misread::new(format!("no policy rings `{id}`"), advice));
    }
    covered(reader, raw, schedule, year);
    for (raw, rotation) in raw.rotation.iter().zip(&schedule.rotations) {
        start(reader, raw.get_ref(), rotation);
        viewers(reader, raw.get_ref(), year);
        odd_times(reader, raw, (schedule, rotation), year);
    }
}

/// Gaps, and spans in which several are on call.
fn covered(reader: &mut Reader<'_>, raw: &RawSchedule, schedule: &Schedule, year: &Year<'_>) {
    let zone = &schedule.timezone;
    let told = |shift: &Shift| format!("{} to {}", local(shift.start, zone), local(shift.end, zone));
    let (mut gaps, mut overlaps) = (Vec::new(), Vec::new());
    for shift in year.shifts(&schedule.id) {
        match shift.people.len() {
            0 => gaps.push(told(shift)),
            1 => {}
            _ => overlaps.push(told(shift)),
        }
    }
    if !gaps.is_empty() && !raw.allow_gaps {
        let problem = format!("nobody is on call {} within a year: {}", times(gaps.len()), first_of(&gaps));
        let advice = "add a rotation for these, or write allow_gaps = true if they are meant";
        reader.warn(raw.id.span(), Misread::new(problem, advice));
    }
    if !overlaps.is_empty() {
        let problem = format!(
            "several are on call at once {} within a year: {}",
            times(overlaps.len()),
            first_of(&overlaps)
        );
        reader.note(raw.id.span(), Misread::new(problem, "all of them are rung then"));
    }
}

/// The first shift starts later than `start` says.
fn start(reader: &mut Reader<'_>, raw: &RawRotation, rotation: &Rotation) {
    let (Some(start), Some(first)) = (&raw.start, rotation.local(0)) else { return };
    if first.date() != rotation.start {
        let problem = format!("start: no turn changes on {}", rotation.start);
        let first = first.strftime("%a %Y-%m-%d %H:%M");
        let advice = format!("the first shift starts on {first}: write that date, or another handoff");
        reader.warn(start.span(), Misread::new(problem, advice));
    }
}

/// Who may only see cannot say "mine".
fn viewers(reader: &mut Reader<'_>, raw: &RawRotation, year: &Year<'_>) {
    for person in raw.participants.get_ref() {
        could_not_acknowledge(reader, ("participants", person), &PersonId::new(person.get_ref()), year);
    }
}

/// Hand-offs and edges of windows that fall into an hour which clocks skip or repeat.
fn odd_times(
    reader: &mut Reader<'_>,
    raw: &Spanned<RawRotation>,
    (schedule, rotation): (&Schedule, &Rotation),
    year: &Year<'_>,
) {
    let odd = |local: &DateTime| told_if_odd(&schedule.timezone, *local);
    let handoffs: Vec<String> = handoffs(schedule, rotation, year).iter().filter_map(odd).collect();
    let at = raw.get_ref().handoff.as_ref().map_or(raw.span(), Spanned::span);
    tell_odd(reader, at, "handoff", &handoffs);
    let days = year.days(&schedule.timezone);
    for (text, window) in raw.get_ref().only.iter().flatten().zip(&rotation.only) {
        let edges = days.iter().filter_map(|day| window.on(*day)).flat_map(|(start, end)| [start, end]);
        let edges: Vec<String> = edges.filter_map(|edge| odd(&edge)).collect();
        tell_odd(reader, text.span(), "only", &edges);
    }
}

/// Local times of the hand-offs of the year. Turns in hours have one, the first, from which all others are counted.
fn handoffs(schedule: &Schedule, rotation: &Rotation, year: &Year<'_>) -> Vec<DateTime> {
    if rotation.every.unit() == Unit::Hours {
        return rotation.local(0).into_iter().collect();
    }
    let last = schedule.timezone.to_datetime(year.to);
    let from = rotation.index(&schedule.timezone, year.from).map_or(0, |last| last + 1);
    (from..).map_while(|n| rotation.local(n)).take_while(|local| *local <= last).collect()
}
