//! When one person is on call, over all schedules.

use jiff::Timestamp;

use super::{Overrides, Schedules, shifts};
use crate::domain::ids::{PersonId, ScheduleId};

/// A span in which somebody is on call for a schedule, alone or with others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MyShift {
    /// The schedule.
    pub schedule: ScheduleId,
    /// The first instant that was looked at and is in it.
    pub start: Timestamp,
    /// The first instant that is not in it any more; `None`: it goes on beyond what was looked at.
    pub end: Option<Timestamp>,
}

/// The shifts of `person` in `[from, to)`, earliest first, at most `most`.
#[must_use]
pub fn shifts_of(
    person: &PersonId,
    (schedules, overrides): (&Schedules, &Overrides),
    (from, to): (Timestamp, Timestamp),
    most: usize,
) -> Vec<MyShift> {
    let mut mine: Vec<MyShift> = Vec::new();
    for schedule in schedules.iter() {
        let mut found: Vec<MyShift> = Vec::new();
        let theirs = shifts(schedule, overrides.of(&schedule.id), from, to);
        for shift in theirs.filter(|shift| shift.people.contains(person)) {
            let end = (shift.end < to).then_some(shift.end);
            // Only who else is on call has changed.
            if let Some(last) = found.last_mut().filter(|last| last.end == Some(shift.start)) {
                last.end = end;
            } else if found.len() < most {
                found.push(MyShift { schedule: schedule.id.clone(), start: shift.start, end });
            } else {
                break;
            }
        }
        mine.extend(found);
    }
    mine.sort_by_key(|shift| shift.start);
    mine.truncate(most);
    mine
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, rotation, schedule};
    use super::super::{Schedule, Schedules};
    use super::*;

    fn told(schedules: Vec<Schedule>, most: usize) -> Vec<String> {
        let schedules = Schedules::new(schedules);
        let span = (at("2026-03-04T12:00:00Z"), at("2026-03-20T00:00:00Z"));
        let mine = shifts_of(&PersonId::new("jack"), (&schedules, &Overrides::default()), span, most);
        let end = |end: Option<Timestamp>| end.map_or_else(|| "…".to_owned(), |end| end.to_string());
        mine.iter().map(|shift| format!("{} {} {}", shift.schedule, shift.start, end(shift.end))).collect()
    }

    #[test]
    fn shifts_of_all_schedules_come_in_order_and_changes_of_others_do_not_part_them() {
        let with_others = || {
            schedule(
                "UTC",
                vec![
                    rotation(["jack mira", "1w", "Mon 00:00", "2026-03-02"], &[]),
                    rotation(["ana zoe", "1d", "00:00", "2026-03-02"], &[]),
                ],
            )
        };
        let days = schedule("UTC", vec![rotation(["mira jack", "1w", "Mon 00:00", "2026-03-02"], &[])]);
        let days = Schedule { id: ScheduleId::new("days"), ..days };
        assert_eq!(
            told(vec![with_others(), days.clone()], 9),
            [
                "s 2026-03-04T12:00:00Z 2026-03-09T00:00:00Z",
                "days 2026-03-09T00:00:00Z 2026-03-16T00:00:00Z",
                "s 2026-03-16T00:00:00Z …",
            ]
        );
        assert_eq!(told(vec![with_others(), days], 1), ["s 2026-03-04T12:00:00Z 2026-03-09T00:00:00Z"]);
    }
}
