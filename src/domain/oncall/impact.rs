//! What a change of a schedule does to whoever is on call.

use jiff::Timestamp;

use super::overrides::once_each;
use super::rotation::earlier;
use super::walk::{Walk, same_people};
use super::{Overrides, Schedule};
use crate::domain::ids::{PersonId, ScheduleId};

/// Edges (hand-offs, windows, overrides) at which both are compared: six weeks of hand-offs each hour, by which
/// everybody has had a turn, and a few milliseconds.
const EDGES_MAX: usize = 1_000;

/// What a change of a schedule does in its span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Impact {
    /// Who is on call at its start without it.
    pub at_start: Vec<PersonId>,
    /// Where it is first seen that somebody else is on call; `None`: nowhere before [`Impact::seen_to`].
    pub first: Option<Differs>,
    /// Whoever is put on call by it or taken off, at any time of what was looked at, each once.
    pub people: Vec<PersonId>,
    /// How far was looked: to the end of the span, or for a thousand edges.
    pub seen_to: Timestamp,
}

/// An instant at which somebody else is on call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differs {
    /// From when on.
    pub at: Timestamp,
    /// Who is on call without the change.
    pub without: Vec<PersonId>,
    /// Who is with it.
    pub with: Vec<PersonId>,
}

/// Compares `schedule` under the overrides `before` and `after` in `[from, to)`.
#[must_use]
pub fn impact(
    schedule: &Schedule,
    [before, after]: [&Overrides; 2],
    (from, to): (Timestamp, Timestamp),
) -> Impact {
    let [mut one, mut other] =
        [before, after].map(|overrides| Walk::new(schedule, overrides.of(&schedule.id), from));
    let mut found = Impact { at_start: one.people(), first: None, people: Vec::new(), seen_to: to };
    let mut at = from;
    for edges in 0.. {
        found.compare(at, one.people(), other.people());
        let next = earlier(one.next_edge(), other.next_edge()).filter(|edge| *edge < to);
        let Some(edge) = next else { break };
        if edges == EDGES_MAX {
            found.seen_to = edge;
            break;
        }
        one.advance(edge);
        other.advance(edge);
        at = edge;
    }
    found
}

impl Impact {
    fn compare(&mut self, at: Timestamp, without: Vec<PersonId>, with: Vec<PersonId>) {
        if same_people(&without, &with) {
            return;
        }
        self.people.extend(exchanged(&without, &with).cloned());
        once_each(&mut self.people);
        self.first.get_or_insert(Differs { at, without, with });
    }
}

/// A schedule for which others are on call than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shifted {
    /// Which.
    pub schedule: ScheduleId,
    /// Who was on call.
    pub without: Vec<PersonId>,
    /// Who is.
    pub with: Vec<PersonId>,
}

impl Shifted {
    /// Whoever is on call and was not, or was and is not.
    pub fn people(&self) -> impl Iterator<Item = &PersonId> {
        exchanged(&self.without, &self.with)
    }

    /// Whether this person is among them.
    #[must_use]
    pub fn concerns(&self, person: &PersonId) -> bool {
        self.people().any(|one| one == person)
    }
}

/// Whoever is only in one of them: first who is off, then who is on.
fn exchanged<'a>(without: &'a [PersonId], with: &'a [PersonId]) -> impl Iterator<Item = &'a PersonId> {
    let off = without.iter().filter(|person| !with.contains(person));
    off.chain(with.iter().filter(|person| !without.contains(person)))
}
