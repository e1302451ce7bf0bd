//! `callout oncall` and `callout simulate`: answers from the file alone, which ring nobody.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::CannotRun;
use crate::clock::{Clock, later, until};
use crate::domain::escalation::{self, Policy, Scene};
use crate::domain::ids::PersonId;
use crate::domain::listed::{Listed, Named};
use crate::domain::oncall::{Laid, Overrides, Shift, parse_when, shifts, skipped};
use crate::domain::report::{Reader, held_until, idle, no_such_time, shift_lines, simulated_lines, why};
use crate::domain::settings::Settings;
use crate::domain::span::{SPAN_MAX, show_span};
use crate::store::sqlite::peek_overrides;

/// How much of a schedule is shown when nobody says until when: four weeks.
const SHOWN: Duration = Duration::from_secs(4 * 7 * 86_400);

/// What is asked of the file.
#[derive(Debug, Clone)]
pub struct Question {
    /// The file.
    pub config: PathBuf,
    /// The schedule, policy or person.
    pub id: String,
    /// As JSON.
    pub json: bool,
}

/// What is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The answer.
    pub answer: String,
    /// What is good to know, and no part of the answer.
    pub aside: Option<String>,
}

const FROM_FILE: &str = "read from the file only: what was changed in chat is not in it";

/// The time, for what is judged by it.
#[must_use]
pub fn now() -> Timestamp {
    Clock::system().now()
}

#[derive(Serialize)]
struct ShiftJson<'a> {
    start: String,
    end: String,
    people: &'a [PersonId],
}

#[derive(Serialize)]
struct RungJson<'a> {
    after_s: u64,
    step: usize,
    round: u32,
    ring: &'a [PersonId],
    why: String,
}

/// The shifts of a schedule from `from` (or `now`) until `to` (or four weeks later), with the changes kept in `store`.
///
/// # Errors
/// [`CannotRun`] when the file is wrong, has no such schedule, the times are none, or the store can't be read.
pub fn on_call(
    question: &Question,
    (from, to): (Option<&str>, Option<&str>),
    store: Option<&Path>,
    now: Timestamp,
) -> Result<Told, CannotRun> {
    let settings = settings(&question.config)?;
    let schedule = find(&settings.schedules, "schedule", question)?;
    let zone = &schedule.timezone;
    let read = |flag: &str, text: Option<&str>| text.map(|text| instant(flag, text, now, zone)).transpose();
    let from = read("--from", from)?.unwrap_or(whole_second(now));
    let to = read("--to", to)?.unwrap_or(later(from, SHOWN));
    if to <= from {
        return Err(CannotRun("--to is not after --from: choose a later one".to_owned()));
    }
    if until(from, to) > SPAN_MAX {
        return Err(CannotRun(format!(
            "that is more than {}: choose --to closer to --from",
            show_span(SPAN_MAX)
        )));
    }
    let overrides = store.map(|file| kept_in(file, from)).transpose()?;
    let overrides = Overrides::new(overrides.unwrap_or_default())
        .among(|person| settings.people.person(person).is_some());
    let ahead = overrides.ahead(&schedule.id, from);
    let without: Vec<_> = ahead.filter_map(|laid| Some((laid, overrides.missing(laid)?))).collect();
    let shifts: Vec<Shift> = shifts(&schedule, overrides.of(&schedule.id), from, to).collect();
    if !question.json {
        return Ok(Told { answer: shift_lines(&schedule, &shifts, store.is_some()), aside: idle(&without) });
    }
    let rows = shifts.iter().map(|shift| ShiftJson {
        start: rfc3339(shift.start, zone),
        end: rfc3339(shift.end, zone),
        people: &shift.people,
    });
    let aside = if store.is_some() { idle(&without) } else { Some(FROM_FILE.to_owned()) };
    json(&rows.collect::<Vec<_>>(), aside)
}

/// What a policy, or a person's own page, would do at `at` (or `now`).
///
/// # Errors
/// [`CannotRun`] when the file is wrong, has no such policy or person, or the time is none.
pub fn simulate(question: &Question, at: Option<&str>, now: Timestamp) -> Result<Told, CannotRun> {
    let settings = settings(&question.config)?;
    let policy = policy(&settings, question)?;
    let zone = policy.zone(&settings.schedules, &settings.people);
    let asked = at.and_then(|text| skipped(text, &zone));
    let at = at.map(|text| instant("--at", text, now, &zone)).transpose()?.unwrap_or(whole_second(now));
    let moved = asked.map(|local| no_such_time(local, at, &zone));
    let overrides = Overrides::default();
    let scene = Scene {
        schedules: &settings.schedules,
        overrides: &overrides,
        people: &settings.people,
        ring: settings.ring,
    };
    let played = escalation::simulate(&policy, (&scene, &settings.maintenance), at);
    let reader = Reader::new(at, zone);
    if !question.json {
        return Ok(Told { answer: simulated_lines(&policy, &played, &reader), aside: moved });
    }
    let rows = played.rung.iter().map(|rung| RungJson {
        after_s: rung.after.as_secs(),
        step: rung.step,
        round: rung.round,
        ring: &rung.ring,
        why: why(&policy, rung, &reader),
    });
    let held = played.rest.as_ref().map(|rest| format!("{}; ", held_until(rest, &reader)));
    let moved = moved.map(|moved| format!("{moved} ")).unwrap_or_default();
    json(&rows.collect::<Vec<_>>(), Some(format!("{moved}{}{FROM_FILE}", held.unwrap_or_default())))
}

/// The changes made in chat that the store in `file` has since `from`.
fn kept_in(file: &Path, from: Timestamp) -> Result<Vec<Laid>, CannotRun> {
    if !file.exists() {
        let file = file.display();
        return Err(CannotRun(format!(
            "--store: there is no {file}: name the store in DATABASE_URL; `callout run` makes it at its first start"
        )));
    }
    peek_overrides(file, from).map_err(|error| CannotRun(format!("--store: {error}")))
}

fn settings(file: &Path) -> Result<Settings, CannotRun> {
    super::load(file).map(|config| config.settings).map_err(|error| CannotRun(error.to_string()))
}

fn policy(settings: &Settings, question: &Question) -> Result<Policy, CannotRun> {
    let person = PersonId::new(question.id.to_ascii_lowercase());
    if settings.policies.get(&question.id).is_none() && settings.people.person(&person).is_some() {
        return Ok(Policy::of_person(person));
    }
    find(&settings.policies, "policy", question).map(|policy| policy.as_ref().clone())
}

fn find<T: Named>(listed: &Listed<T>, what: &str, question: &Question) -> Result<Arc<T>, CannotRun> {
    listed.get(&question.id).cloned().ok_or_else(|| {
        let (id, file) = (&question.id, question.config.display());
        let near = listed.nearest(id);
        let advice = match near.as_slice() {
            [] if listed.is_empty() => format!("add one as [[{what}]]"),
            [] => format!("it has {}", first(listed)),
            near => format!("did you mean {}?", near.join(" or ")),
        };
        CannotRun(format!("there is no {what} `{id}` in {file}: {advice}"))
    })
}

/// Names that are told when none is near.
const NAMES_MAX: usize = 10;

fn first<T: Named>(listed: &Listed<T>) -> String {
    let names: Vec<&str> = listed.iter().take(NAMES_MAX).map(|one| one.name()).collect();
    let more = listed.len().saturating_sub(names.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", names.join(", "))
}

fn instant(flag: &str, text: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, CannotRun> {
    parse_when(text, now, zone).map_err(|misread| CannotRun(format!("{flag}: {misread}")))
}

fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

fn rfc3339(at: Timestamp, zone: &TimeZone) -> String {
    at.display_with_offset(zone.to_offset(at)).to_string()
}

fn json(rows: &impl Serialize, aside: Option<String>) -> Result<Told, CannotRun> {
    let answer = serde_json::to_string_pretty(rows).map_err(|error| CannotRun(error.to_string()))?;
    Ok(Told { answer: format!("{answer}\n"), aside })
}
