//! Walks a schedule from change to change.

use std::iter::FusedIterator;
use std::time::Duration;

use jiff::Timestamp;

use super::Schedule;
use super::overrides::{Override, once_each};
use super::rotation::{Turn, earlier};
use crate::clock::later;
use crate::domain::ids::PersonId;

/// How far ahead a change is looked for: a year and a day, so that each season is in it.
const AHEAD: Duration = Duration::from_secs(366 * 86_400);

/// Rotations and windows that are asked anew in search of a change before it is given up. A year of an office by day
/// and others by night asks some 3,000; so many take a millisecond or two, and `/oncall` searches for 20 schedules.
const ASKED_MAX: usize = 3_000;

/// A span in which the same people are on call, `[start, end)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// The first instant.
    pub start: Timestamp,
    /// The first instant that is not in it any more.
    pub end: Timestamp,
    /// Who is on call, in the order of the file at its start; nobody: a gap.
    pub people: Vec<PersonId>,
}

/// Who is on call for `schedule` at `at`, each once, in the order of the file. Constant time a rotation.
#[must_use]
pub fn on_call(schedule: &Schedule, overrides: &[Override], at: Timestamp) -> Vec<PersonId> {
    Walk::new(schedule, overrides, at).people()
}

/// What is ahead of an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ahead {
    /// From this instant on somebody else is on call.
    Change(Timestamp),
    /// Nobody else is on call before this one, which is as far as was looked: a year, or less where there is more to
    /// be looked at.
    NoneBefore(Timestamp),
    /// Nobody else ever is.
    Never,
}

impl Ahead {
    /// When somebody else is on call, if that was found.
    #[must_use]
    pub const fn change(self) -> Option<Timestamp> {
        match self {
            Self::Change(at) => Some(at),
            Self::NoneBefore(_) | Self::Never => None,
        }
    }
}

/// The first instant after `at` at which somebody else is on call, as far as it is looked for.
#[must_use]
pub fn next_change(schedule: &Schedule, overrides: &[Override], at: Timestamp) -> Ahead {
    duty_at(schedule, overrides, at).1
}

/// Who is on call for `schedule` at `at`, and what is ahead of that: [`on_call`] and [`next_change`] in one walk.
#[must_use]
pub fn duty_at(schedule: &Schedule, overrides: &[Override], at: Timestamp) -> (Vec<PersonId>, Ahead) {
    let mut walk = Walk::new(schedule, overrides, at);
    let people = walk.people();
    let ahead = walk.until_other_than(&people);
    (people, ahead)
}

/// The shifts of `schedule` in `[from, to)`: clipped to it, without a hole between them, gaps as shifts of nobody.
pub fn shifts<'a>(
    schedule: &'a Schedule,
    overrides: &'a [Override],
    from: Timestamp,
    to: Timestamp,
) -> impl FusedIterator<Item = Shift> + 'a {
    Shifts { walk: Walk::new(schedule, overrides, from), to }
}

struct Shifts<'a> {
    walk: Walk<'a>,
    to: Timestamp,
}

impl Iterator for Shifts<'_> {
    type Item = Shift;

    fn next(&mut self) -> Option<Shift> {
        let start = self.walk.at;
        if start >= self.to {
            return None;
        }
        let people = self.walk.people();
        loop {
            let edge = self.walk.next_edge().map_or(self.to, |edge| edge.min(self.to));
            self.walk.advance(edge);
            if edge == self.to || !same_people(&self.walk.people(), &people) {
                return Some(Shift { start, end: edge, people });
            }
        }
    }
}

impl FusedIterator for Shifts<'_> {}

/// A schedule at one instant. Of its rotations only those are asked anew that may have changed.
pub(super) struct Walk<'a> {
    schedule: &'a Schedule,
    overrides: &'a [Override],
    turns: Vec<Turn<'a>>,
    at: Timestamp,
}

impl<'a> Walk<'a> {
    pub(super) fn new(schedule: &'a Schedule, overrides: &'a [Override], at: Timestamp) -> Self {
        let turns = schedule.rotations.iter().map(|rotation| rotation.turn(&schedule.timezone, at));
        Self { schedule, overrides, turns: turns.collect(), at }
    }

    pub(super) fn people(&self) -> Vec<PersonId> {
        let mut people: Vec<PersonId> = self.turns.iter().filter_map(|turn| turn.person).cloned().collect();
        once_each(&mut people);
        for laid in self.overrides.iter().filter(|laid| laid.holds(self.at)) {
            laid.what.apply(&mut people);
        }
        people
    }

    /// The next instant at which anything may change.
    pub(super) fn next_edge(&self) -> Option<Timestamp> {
        let turns = self.turns.iter().map(|turn| turn.until);
        turns.chain(self.overrides.iter().map(|laid| laid.next_edge(self.at))).fold(None, earlier)
    }

    /// Goes on until others than `people` are on call, or as far as that is looked for.
    fn until_other_than(&mut self, people: &[PersonId]) -> Ahead {
        let (end, mut asked) = (later(self.at, AHEAD), 0);
        loop {
            let Some(edge) = self.next_edge() else { return Ahead::Never };
            if edge > end || asked > ASKED_MAX {
                return Ahead::NoneBefore(edge.min(end));
            }
            asked += self.advance(edge);
            if !same_people(&self.people(), people) {
                return Ahead::Change(edge);
            }
        }
    }

    /// Goes on, and returns how many rotations and windows were asked for it.
    pub(super) fn advance(&mut self, to: Timestamp) -> usize {
        let mut asked = 0;
        for (turn, rotation) in self.turns.iter_mut().zip(&self.schedule.rotations) {
            if turn.until.is_some_and(|until| until <= to) {
                *turn = rotation.turn(&self.schedule.timezone, to);
                asked += 1 + rotation.only.len();
            }
        }
        self.at = to;
        asked
    }
}

/// Whether these are the same people, whatever their order; each stands there once.
pub(super) fn same_people(some: &[PersonId], others: &[PersonId]) -> bool {
    some.len() == others.len() && some.iter().all(|person| others.contains(person))
}
