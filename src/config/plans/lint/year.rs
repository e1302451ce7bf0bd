//! The year to come: who is on call and who works when, each worked out once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::domain::escalation::Target;
use crate::domain::ids::{PersonId, ScheduleId};
use crate::domain::oncall::{Shift, first_at, shifts};
use crate::domain::person::Person;
use crate::domain::settings::Settings;

/// How far ahead is looked: a year, so that each hand-off of each season comes once.
const AHEAD: Duration = Duration::from_secs(365 * 86_400);

/// Spans of time, in order, that do not touch.
pub(super) type Spans = Vec<(Timestamp, Timestamp)>;

/// What a year is looked at for.
pub(super) struct Year<'a> {
    pub(super) settings: &'a Settings,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    shifts: HashMap<ScheduleId, Vec<Shift>>,
    /// When each person does not work who has working hours; everybody else always does.
    off: HashMap<PersonId, Spans>,
    /// When a target comes to nobody, in working hours or at all: many steps name the same.
    unreached: RefCell<HashMap<(Target, bool), Rc<Spans>>>,
}

impl<'a> Year<'a> {
    pub(super) fn new(settings: &'a Settings, from: Timestamp) -> Self {
        let to = from.checked_add(AHEAD).unwrap_or(Timestamp::MAX);
        let all = settings.schedules.iter();
        let shifts = all.map(|one| (one.id.clone(), shifts(one, &[], from, to).collect())).collect();
        let works = settings.people.iter().filter(|person| !person.working_hours.is_empty());
        let off = works.map(|person| (person.id.clone(), off((from, to), person))).collect();
        Self { settings, from, to, shifts, off, unreached: RefCell::default() }
    }

    /// The shifts of a schedule; none of one that is not there.
    pub(super) fn shifts(&self, id: &ScheduleId) -> &[Shift] {
        self.shifts.get(id).map(Vec::as_slice).unwrap_or_default()
    }

    /// Its days in `zone`.
    pub(super) fn days(&self, zone: &TimeZone) -> Vec<Date> {
        days((self.from, self.to), zone)
    }

    /// When `target` comes to nobody; with `working_hours`, to nobody who works then.
    pub(super) fn unreached(&self, target: &Target, working_hours: bool) -> Rc<Spans> {
        let key = (target.clone(), working_hours);
        if let Some(known) = self.unreached.borrow().get(&key) {
            return Rc::clone(known);
        }
        let spans = Rc::new(match target {
            Target::Person(person) if working_hours => self.all_off(&[person], (self.from, self.to)),
            Target::Everyone(id) if working_hours => {
                let schedule = self.settings.schedules.get(id.as_str());
                let people = schedule.map(|schedule| schedule.everyone()).unwrap_or_default();
                self.all_off(&people.iter().collect::<Vec<_>>(), (self.from, self.to))
            }
            Target::Person(_) | Target::Everyone(_) => Vec::new(),
            Target::OnCall(id) => self.unmanned(id, working_hours),
        });
        self.unreached.borrow_mut().insert(key, Rc::clone(&spans));
        spans
    }

    fn unmanned(&self, id: &ScheduleId, working_hours: bool) -> Spans {
        let mut all = Vec::new();
        for shift in self.shifts(id) {
            let span = (shift.start, shift.end);
            if shift.people.is_empty() {
                all.push(span);
            } else if working_hours {
                all.extend(self.all_off(&shift.people.iter().collect::<Vec<_>>(), span));
            }
        }
        joined(all)
    }

    /// When none of `people` works, in `span`.
    fn all_off(&self, people: &[&PersonId], span: (Timestamp, Timestamp)) -> Spans {
        let mut spans = vec![span];
        for person in people {
            let off = self.off.get(*person).map(Vec::as_slice).unwrap_or_default();
            spans = both(&spans, overlapping(off, span));
        }
        spans
    }
}

/// Those of `spans` that are in `span`, at least in part.
fn overlapping(spans: &[(Timestamp, Timestamp)], span: (Timestamp, Timestamp)) -> &[(Timestamp, Timestamp)] {
    let first = spans.partition_point(|(_, to)| *to <= span.0);
    let last = spans.partition_point(|(from, _)| *from < span.1);
    spans.get(first..last).unwrap_or_default()
}

/// When `person` does not work between two instants.
fn off((from, to): (Timestamp, Timestamp), person: &Person) -> Spans {
    let zone = &person.timezone;
    let windows = days((from, to), zone)
        .into_iter()
        .flat_map(|day| person.working_hours.iter().filter_map(move |window| window.on(day)));
    let mut works: Spans =
        windows.filter_map(|(start, end)| Some((first_at(zone, start)?, first_at(zone, end)?))).collect();
    works.sort_unstable();
    let (mut off, mut at) = (Vec::new(), from);
    for (start, end) in works.into_iter().filter(|(start, end)| start < end) {
        if start > at {
            off.push((at, start.min(to)));
        }
        at = at.max(end);
        if at >= to {
            return off;
        }
    }
    off.push((at, to));
    off
}

/// Local days between two instants, and those before them on which a window may have begun.
fn days((from, to): (Timestamp, Timestamp), zone: &TimeZone) -> Vec<Date> {
    let [first, last] = [from, to].map(|at| zone.to_datetime(at).date());
    let first = first.yesterday().unwrap_or(first);
    std::iter::successors(Some(first), |day| day.tomorrow().ok()).take_while(|day| *day <= last).collect()
}

/// Spans in order, of which those that touch become one.
fn joined(spans: Spans) -> Spans {
    let mut all: Spans = Vec::with_capacity(spans.len());
    for (from, to) in spans {
        match all.last_mut() {
            Some(last) if last.1 >= from => last.1 = last.1.max(to),
            _ => all.push((from, to)),
        }
    }
    all
}

/// What is in both.
pub(super) fn both(one: &[(Timestamp, Timestamp)], other: &[(Timestamp, Timestamp)]) -> Spans {
    let (mut both, mut at) = (Vec::new(), (0, 0));
    while let (Some(a), Some(b)) = (one.get(at.0), other.get(at.1)) {
        let (from, to) = (a.0.max(b.0), a.1.min(b.1));
        if from < to {
            both.push((from, to));
        }
        if a.1 <= b.1 { at.0 += 1 } else { at.1 += 1 }
    }
    both
}
