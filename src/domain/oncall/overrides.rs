//! Replacements for a span of time.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::ids::{OverrideId, PersonId, ScheduleId};

/// A replacement for a span, `[from, to)`. Where several hold at once, each is laid over those before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// The first instant at which it holds.
    pub from: Timestamp,
    /// The first at which it holds no more.
    pub to: Timestamp,
    /// What it does.
    pub what: Replacement,
}

/// What an override does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Replacement {
    /// Somebody is on call as well.
    Add(PersonId),
    /// Somebody is not on call.
    Remove(PersonId),
    /// Nobody is on call.
    Nobody,
    /// One stands in for another, whenever that one would be on call.
    Replace {
        /// Who stands in.
        who: PersonId,
        /// For whom.
        instead_of: PersonId,
    },
    /// One is on call instead of everybody.
    Take(PersonId),
}

/// An override as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Laid {
    /// What people name it by.
    pub id: OverrideId,
    /// The schedule that it is laid over.
    pub schedule: ScheduleId,
    /// Who made it.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
    /// What it does, and for which span.
    pub over: Override,
}

/// The overrides of every schedule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// In the order in which they were made.
    all: Vec<Laid>,
    /// Who is not listed any more. Nobody can ring them, so what puts them on call has no effect.
    unlisted: HashSet<PersonId>,
    schedules: HashMap<ScheduleId, Vec<Override>>,
}

impl Overrides {
    /// All of these, in the order in which they were made.
    #[must_use]
    pub fn new(all: Vec<Laid>) -> Self {
        Self::without_people(all, HashSet::new())
    }

    /// These, of which those have no effect that put somebody on call who is not listed.
    #[must_use]
    pub fn among(self, is_listed: impl Fn(&PersonId) -> bool) -> Self {
        let named = self.all.iter().filter_map(|laid| laid.over.what.puts_on_call());
        let unlisted = named.filter(|person| !is_listed(person)).cloned().collect();
        Self::without_people(self.all, unlisted)
    }

    fn without_people(all: Vec<Laid>, unlisted: HashSet<PersonId>) -> Self {
        let mut schedules: HashMap<ScheduleId, Vec<Override>> = HashMap::new();
        for laid in all.iter().filter(|laid| has_effect(laid, &unlisted)) {
            schedules.entry(laid.schedule.clone()).or_default().push(laid.over.clone());
        }
        Self { all, unlisted, schedules }
    }

    /// Those without effect, as they are kept.
    pub fn idle(&self) -> impl Iterator<Item = &Laid> {
        self.all.iter().filter(|laid| !has_effect(laid, &self.unlisted))
    }

    /// Those of one schedule, in the order in which they were made.
    #[must_use]
    pub fn of(&self, schedule: &ScheduleId) -> &[Override] {
        self.schedules.get(schedule).map(Vec::as_slice).unwrap_or_default()
    }

    /// Those of one schedule that hold at `at` or later, as they are kept; also those without effect.
    pub fn ahead(&self, schedule: &ScheduleId, at: Timestamp) -> impl Iterator<Item = &Laid> {
        self.all.iter().filter(move |laid| laid.schedule == *schedule && laid.over.to > at)
    }

    /// Those of one schedule that hold at `at` and have effect, as they are kept.
    pub fn holding(&self, schedule: &ScheduleId, at: Timestamp) -> impl Iterator<Item = &Laid> {
        self.ahead(schedule, at).filter(move |laid| laid.over.holds(at) && has_effect(laid, &self.unlisted))
    }

    /// Whom it would put on call if they were listed: who is not makes it idle.
    #[must_use]
    pub fn missing(&self, laid: &Laid) -> Option<PersonId> {
        laid.over.what.puts_on_call().filter(|person| self.unlisted.contains(*person)).cloned()
    }

    /// All, in the order in which they were made.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Laid> {
        self.all.iter()
    }

    /// The one of this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Laid> {
        self.all.iter().find(|laid| laid.id.as_str() == id)
    }

    /// These with one more, or with one that is replaced; what was over at `now` is left out.
    #[must_use]
    pub fn with(&self, laid: Laid, now: Timestamp) -> Self {
        let mut all: Vec<Laid> = self.all.iter().filter(|laid| laid.over.to > now).cloned().collect();
        match all.iter_mut().find(|known| known.id == laid.id) {
            Some(known) => *known = laid,
            None => all.push(laid),
        }
        Self::without_people(all, self.unlisted.clone())
    }

    /// These without one.
    #[must_use]
    pub fn without(&self, id: &OverrideId) -> Self {
        let others = self.all.iter().filter(|laid| laid.id != *id).cloned().collect();
        Self::without_people(others, self.unlisted.clone())
    }
}

fn has_effect(laid: &Laid, unlisted: &HashSet<PersonId>) -> bool {
    laid.over.what.puts_on_call().is_none_or(|person| !unlisted.contains(person))
}

impl Override {
    /// Whether it holds at `at`.
    #[must_use]
    pub fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }

    /// Its first edge after `at`.
    pub(super) fn next_edge(&self, at: Timestamp) -> Option<Timestamp> {
        [self.from, self.to].into_iter().filter(|edge| *edge > at && self.from < self.to).min()
    }
}

impl Replacement {
    /// Who is on call because of it.
    #[must_use]
    pub const fn puts_on_call(&self) -> Option<&PersonId> {
        match self {
            Self::Add(who) | Self::Replace { who, .. } | Self::Take(who) => Some(who),
            Self::Remove(_) | Self::Nobody => None,
        }
    }

    /// Everybody whom it names.
    pub fn named(&self) -> impl Iterator<Item = &PersonId> {
        let other = match self {
            Self::Remove(who) | Self::Replace { instead_of: who, .. } => Some(who),
            Self::Add(_) | Self::Nobody | Self::Take(_) => None,
        };
        self.puts_on_call().into_iter().chain(other)
    }

    /// Lays it over `people`, each of whom stays there once.
    pub(super) fn apply(&self, people: &mut Vec<PersonId>) {
        match self {
            Self::Add(who) => people.push(who.clone()),
            Self::Remove(who) => people.retain(|person| person != who),
            Self::Nobody => people.clear(),
            Self::Replace { who, instead_of } => {
                people.iter_mut().filter(|person| *person == instead_of).for_each(|person| {
                    person.clone_from(who);
                });
            }
            Self::Take(who) => *people = vec![who.clone()],
        }
        once_each(people);
    }
}

/// Drops whoever stands there already.
pub(super) fn once_each(people: &mut Vec<PersonId>) {
    let mut kept: Vec<PersonId> = Vec::with_capacity(people.len());
    for person in people.drain(..) {
        if !kept.contains(&person) {
            kept.push(person);
        }
    }
    *people = kept;
}
