//! What a policy would do if nobody answered. Rings nobody.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use jiff::Timestamp;

use super::{Maintenance, Picked, Policy, Redial, Rest, Step, Target, rest};
use crate::clock::{later, until};
use crate::domain::ids::{OverrideId, PersonId, ScheduleId};
use crate::domain::oncall::{Overrides, Schedules, duty_at};
use crate::domain::page::RANG_OUT_BEFORE;
use crate::domain::person::Directory;

/// What a simulation is played on.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// Who is on call when.
    pub schedules: &'a Schedules,
    /// What is laid over them.
    pub overrides: &'a Overrides,
    /// Who works when.
    pub people: &'a Directory,
    /// How long a phone rings.
    pub ring: Duration,
}

/// What would happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simulation {
    /// When it was started.
    pub at: Timestamp,
    /// What it waits for before its first step, if it waits.
    pub rest: Option<Rest>,
    /// Every ring, and every step that rings nobody, in order.
    pub rung: Vec<Rung>,
    /// When the last wait is over, from the start.
    pub ends_after: Duration,
    /// Whether anybody was rung at all. A round that reaches nobody is the last one, since no time passes in it.
    pub reached: bool,
}

/// One moment of a simulation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rung {
    /// From the start.
    pub after: Duration,
    /// The step, from 1.
    pub step: usize,
    /// The round, from 1.
    pub round: u32,
    /// Whose phones ring; nobody's, and `why` says why.
    pub ring: Vec<PersonId>,
    /// The reason.
    pub why: Why,
}

/// Why somebody is rung, or nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The step starts.
    Step {
        /// What its targets came to.
        picked: Picked,
        /// Who is not rung again, because their phone rings already.
        ringing: Vec<PersonId>,
    },
    /// Their phone rang already when the step began, and has just rung out.
    Again,
    /// Nobody has answered.
    Redial {
        /// Which, from 1.
        n: u32,
        /// What the policy says.
        redial: Redial,
    },
}

/// What a target came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// As the policy names it.
    pub target: Target,
    /// Who that is.
    pub people: Vec<PersonId>,
    /// Until when, where a schedule says so; `None`: no change was found, within a year or less.
    pub until: Option<Timestamp>,
    /// The changes of the schedule that hold then, and who made them.
    pub laid: Vec<(OverrideId, PersonId)>,
}

/// Plays `policy` from `at` on, for an urgent page with which everybody's turns begin, and which waits for what is
/// `planned` then. Limits on how often a phone may ring are not counted.
#[must_use]
pub fn simulate(
    policy: &Policy,
    (scene, planned): (&Scene<'_>, &[Maintenance]),
    at: Timestamp,
) -> Simulation {
    let rest = rest(planned, &policy.id, at);
    let now = rest.as_ref().map_or(Duration::ZERO, |rest| until(at, rest.until));
    let result = Simulation { at, rest, rung: Vec::new(), ends_after: Duration::ZERO, reached: false };
    let mut play = Play { scene, result, now, ringing: HashMap::new(), known: HashMap::new() };
    for round in 1..=policy.repeat.saturating_add(1) {
        let before = play.now;
        for (index, step) in policy.steps.iter().enumerate() {
            play.step((round, index + 1), step);
        }
        if play.now == before {
            break;
        }
        play.result.reached |= play.result.rung.iter().any(|rung| !rung.ring.is_empty());
    }
    play.result.ends_after = play.now;
    play.result
}

struct Play<'a> {
    scene: &'a Scene<'a>,
    result: Simulation,
    now: Duration,
    /// Until when phones ring.
    ringing: HashMap<PersonId, Duration>,
    /// What a schedule said last, which holds until it changes.
    known: HashMap<ScheduleId, Found>,
}

impl Play<'_> {
    fn step(&mut self, (round, number): (u32, usize), step: &Step) {
        let found: Vec<Found> = step.ring.iter().map(|target| self.find(target)).collect();
        let mut picked = step.pick(found, self.scene, (0, later(self.result.at, self.now)));
        let people = std::mem::take(&mut picked.people);
        let is_empty = people.is_empty();
        let is_ringing = |person: &PersonId| self.ringing.get(person).is_some_and(|until| *until > self.now);
        let (ringing, ring): (Vec<PersonId>, Vec<PersonId>) = people.into_iter().partition(is_ringing);
        let start = self.now;
        let again = self.again(step, &ring, &ringing);
        self.ring(start, (round, number), &ring, Why::Step { picked, ringing });
        if is_empty && !step.ring.is_empty() {
            return;
        }
        for (after, n, people) in again {
            let redial = step.redial.filter(|_| n > 0);
            let why = redial.map_or(Why::Again, |redial| Why::Redial { n, redial });
            self.ring(after, (round, number), &people, why);
        }
        self.now = start.saturating_add(step.wait);
    }

    /// Who is rung again within `step`, which begins now: when, and as the how-manieth redial; 0: because the ring that they
    /// had when it began was no ring of it. How that one ends decides for this step otherwise, as a page has it.
    fn again(
        &self,
        step: &Step,
        rung: &[PersonId],
        ringing: &[PersonId],
    ) -> Vec<(Duration, u32, Vec<PersonId>)> {
        let (start, lasts) = (self.now, self.scene.ring);
        let (end, mut again) = (start.saturating_add(step.wait), BTreeMap::new());
        let mut ring = |at: Duration, n: u32, person: &PersonId| {
            let fits = at < end;
            if fits {
                again.entry((at, n)).or_insert_with(Vec::new).push(person.clone());
            }
            fits
        };
        let old = ringing.iter().filter_map(|person| Some((person, *self.ringing.get(person)?)));
        for (person, mut over) in rung.iter().map(|person| (person, start + lasts)).chain(old) {
            if over <= start + RANG_OUT_BEFORE && ringing.contains(person) {
                if !ring(over, 0, person) {
                    continue;
                }
                over += lasts;
            }
            for (n, redial) in
                step.redial.iter().flat_map(|redial| (1..=redial.times).map(move |n| (n, redial)))
            {
                let at = over + redial.after;
                if !ring(at, n, person) {
                    break;
                }
                over = at + lasts;
            }
        }
        again.into_iter().map(|((at, n), people)| (at, n, people)).collect()
    }

    fn ring(&mut self, after: Duration, (round, step): (u32, usize), ring: &[PersonId], why: Why) {
        let until = after.saturating_add(self.scene.ring);
        self.ringing.extend(ring.iter().map(|person| (person.clone(), until)));
        self.result.rung.push(Rung { after, step, round, ring: ring.to_vec(), why });
    }

    fn find(&mut self, target: &Target) -> Found {
        let at = later(self.result.at, self.now);
        match target {
            Target::OnCall(id) => self.on_call(id, at),
            Target::Person(_) | Target::Everyone(_) => Found::of(target, self.scene, at),
        }
    }

    fn on_call(&mut self, id: &ScheduleId, at: Timestamp) -> Found {
        if let Some(known) = self.known.get(id).filter(|known| known.until.is_none_or(|until| at < until)) {
            // The people are the same; the changes that hold need not be.
            return Found { laid: holding(id, self.scene, at), ..known.clone() };
        }
        let found = Found::on_call(id, self.scene, at);
        self.known.insert(id.clone(), found.clone());
        found
    }
}

impl Found {
    /// What `target` comes to at `at`.
    #[must_use]
    pub fn of(target: &Target, scene: &Scene<'_>, at: Timestamp) -> Self {
        let (people, until) = match target {
            Target::Person(person) => (vec![person.clone()], None),
            Target::Everyone(id) => {
                let schedule = scene.schedules.get(id.as_str());
                (schedule.map(|schedule| schedule.everyone()).unwrap_or_default(), None)
            }
            Target::OnCall(id) => return Self::on_call(id, scene, at),
        };
        Self { target: target.clone(), people, until, laid: Vec::new() }
    }

    /// Who is on call for the schedule `id` at `at`; nobody for one that is not there.
    #[must_use]
    pub fn on_call(id: &ScheduleId, scene: &Scene<'_>, at: Timestamp) -> Self {
        let laid = scene.overrides.of(id);
        let schedule = scene.schedules.get(id.as_str());
        let (people, until) = schedule.map_or_else(Default::default, |schedule| {
            let (people, ahead) = duty_at(schedule, laid, at);
            (people, ahead.change())
        });
        Self { target: Target::OnCall(id.clone()), people, until, laid: holding(id, scene, at) }
    }
}

fn holding(id: &ScheduleId, scene: &Scene<'_>, at: Timestamp) -> Vec<(OverrideId, PersonId)> {
    scene.overrides.holding(id, at).map(|laid| (laid.id.clone(), laid.by.clone())).collect()
}
