//! Whom a step rings: of everybody whom its targets come to, those who are meant at this hour, and in this turn.

use jiff::Timestamp;

use super::{Found, Pick, Scene, Step};
use crate::domain::ids::PersonId;

/// What a step came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picked {
    /// What each target came to.
    pub found: Vec<Found>,
    /// Who does not work at that hour, and is left out.
    pub off: Vec<PersonId>,
    /// Whose turn it is not: another page rings them.
    pub not_now: Vec<PersonId>,
    /// Whom it rings, each once.
    pub people: Vec<PersonId>,
}

impl Step {
    /// Whom it rings at `at`, of the people `found`. `turn` counts the pages of its policy: whoever takes turns is
    /// rung by one of them each.
    #[must_use]
    pub fn pick(&self, found: Vec<Found>, scene: &Scene<'_>, (turn, at): (u64, Timestamp)) -> Picked {
        let mut all: Vec<PersonId> = Vec::new();
        for person in found.iter().flat_map(|found| &found.people) {
            if !all.contains(person) {
                all.push(person.clone());
            }
        }
        // Who is listed no more is for the caller to find out.
        let works = |id: &PersonId| scene.people.person(id).is_none_or(|person| person.works_at(at));
        let (mut people, off): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|person| !self.working_hours || works(person));
        let not_now = match self.pick {
            Pick::All => Vec::new(),
            Pick::One => one_of(&mut people, turn),
        };
        Picked { found, off, not_now, people }
    }
}

/// Leaves the one whose turn it is, and returns the others.
fn one_of(people: &mut Vec<PersonId>, turn: u64) -> Vec<PersonId> {
    let Some(index) = turn.checked_rem(people.len() as u64) else { return Vec::new() };
    let index = usize::try_from(index).unwrap_or_default();
    let one = people.remove(index);
    std::mem::replace(people, vec![one])
}
