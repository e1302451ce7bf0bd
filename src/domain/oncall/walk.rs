//! Walks a schedule from change to change.

use std::iter::FusedIterator;

use jiff::Timestamp;

use super::Schedule;
use super::overrides::{Override, once_each};
use super::rotation::{Turn, earlier};
use crate::domain::ids::PersonId;

/// Edges (hand-offs, windows, overrides) that are passed in search of a change before it is given up: a year
/// and more of hand-offs each hour, and still milliseconds.
const EDGES_MAX: usize = 10_000;

/// A span in which the same people are on call, `[start, end)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// The first instant.
    pub start: Timestamp,
    /// The first instant that is not in it any more.
    pub end: Timestamp,
    /// Who is on call, in the order of the file; nobody: a gap.
    pub people: Vec<PersonId>,
}

/// Who is on call for `schedule` at `at`, each once, in the order of the file. Constant time a rotation.
#[must_use]
pub fn on_call(schedule: &Schedule, overrides: &[Override], at: Timestamp) -> Vec<PersonId> {
    Walk::new(schedule, overrides, at).people()
}

/// The first instant after `at` at which somebody else is on call; `None`: none that could be found
/// within 10,000 hand-offs.
#[must_use]
pub fn next_change(schedule: &Schedule, overrides: &[Override], at: Timestamp) -> Option<Timestamp> {
    let mut walk = Walk::new(schedule, overrides, at);
    let people = walk.people();
    for _ in 0..EDGES_MAX {
        let edge = walk.next_edge()?;
        walk.advance(edge);
        if walk.people() != people {
            return Some(edge);
        }
    }
    None
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
            if edge == self.to || self.walk.people() != people {
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

    pub(super) fn advance(&mut self, to: Timestamp) {
        for (turn, rotation) in self.turns.iter_mut().zip(&self.schedule.rotations) {
            if turn.until.is_some_and(|until| until <= to) {
                *turn = rotation.turn(&self.schedule.timezone, to);
            }
        }
        self.at = to;
    }
}

/// Whether these are the same people.
pub(super) fn same_people(some: &[PersonId], others: &[PersonId]) -> bool {
    some == others
}
