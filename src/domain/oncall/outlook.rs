//! Who is on call, until when, and who is next.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Ahead, Override, Overrides, Schedule, Schedules, duty_at};
use crate::domain::ask::CallWish;
use crate::domain::command::{CallLine, Callee, ParseError};
use crate::domain::ids::{PersonId, ScheduleId};
use crate::domain::refusal::Refusal;

/// Shifts behind the present one that are looked at for whoever is next: a gap, and who comes after it.
const AHEAD: usize = 2;

/// Who is on call, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duty {
    /// Who; nobody: a gap.
    pub people: Vec<PersonId>,
    /// What is ahead of them.
    pub ahead: Ahead,
}

/// A schedule seen from one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// Who is on call.
    pub now: Duty,
    /// Who follows: up to the next people who are on call, the gap before them included.
    pub next: Vec<Duty>,
}

/// A callee who was named by a schedule. Kept with the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalledByDuty {
    /// The schedule.
    pub schedule: ScheduleId,
    /// Who was on call when the command came.
    pub people: Vec<PersonId>,
    /// Until when.
    pub until: Option<Timestamp>,
    /// The schedule's zone, by its IANA name.
    pub timezone: String,
}

impl Duty {
    fn of(schedule: &Schedule, overrides: &[Override], at: Timestamp) -> Self {
        let (people, ahead) = duty_at(schedule, overrides, at);
        Self { people, ahead }
    }

    /// The first instant at which somebody else is on call, if that was found.
    #[must_use]
    pub const fn until(&self) -> Option<Timestamp> {
        self.ahead.change()
    }
}

/// What `schedule` looks like at `at`.
#[must_use]
pub fn outlook(schedule: &Schedule, overrides: &[Override], at: Timestamp) -> Outlook {
    let now = Duty::of(schedule, overrides, at);
    let mut next: Vec<Duty> = Vec::new();
    let mut until = now.until();
    while let Some(at) = until.filter(|_| next.len() < AHEAD) {
        let duty = Duty::of(schedule, overrides, at);
        until = duty.until();
        let is_somebody = !duty.people.is_empty();
        next.push(duty);
        if is_somebody {
            break;
        }
    }
    Outlook { now, next }
}

/// Whom a command means at `at`: schedules come to whoever is on call then, and each person is rung once.
///
/// # Errors
/// [`Refusal`] when nobody is on call for one of the schedules, or all of them are more than `max` people.
pub fn wish_at(
    line: CallLine,
    (schedules, overrides): (&Schedules, &Overrides),
    max: usize,
    at: Timestamp,
) -> Result<CallWish, Refusal> {
    let (mut callees, mut duties) = (Vec::new(), Vec::new());
    for callee in line.callees {
        match callee {
            Callee::Person(person) => callees.push(person),
            Callee::OnCall(id) => {
                let duty = called(&id, schedules, overrides, at)?;
                callees.extend(duty.people.iter().cloned());
                duties.push(duty);
            }
        }
    }
    let mut seen = HashSet::new();
    callees.retain(|person: &PersonId| seen.insert(person.clone()));
    if callees.len() > max {
        let error = ParseError::TooManyCallees { max, actual: callees.len() };
        return Err(Refusal::Unreadable(error));
    }
    Ok(CallWish { callees, media: line.media, note: line.note, duties })
}

fn called(
    id: &ScheduleId,
    schedules: &Schedules,
    overrides: &Overrides,
    at: Timestamp,
) -> Result<CalledByDuty, Refusal> {
    // The grammar knows the schedules: one that is not there was taken out meanwhile.
    let schedule = schedules.get(id.as_str()).ok_or_else(|| Refusal::no_schedule(id, schedules))?;
    let outlook = outlook(schedule, overrides.of(id), at);
    if outlook.now.people.is_empty() {
        return Err(Refusal::NobodyOnCall { schedule: id.clone(), at, outlook });
    }
    let (timezone, until) = (schedule.timezone.iana_name().unwrap_or("UTC").to_owned(), outlook.now.until());
    Ok(CalledByDuty { schedule: id.clone(), people: outlook.now.people, until, timezone })
}
