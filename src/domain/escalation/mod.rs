//! Escalation policies: who is rung, in which order, until a person says "mine".

mod maintenance;
mod pick;
mod simulate;

use std::fmt;
use std::time::Duration;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

pub use self::maintenance::{Maintenance, Rest, rest};
pub use self::pick::Picked;
pub use self::simulate::{Found, Rung, Scene, Simulation, Why, simulate};
use super::ids::{PersonId, PolicyId, ScheduleId, WebhookId};
use super::listed::{Listed, Named};
use super::oncall::Schedules;
use super::page::Urgency;
use super::person::Directory;
use super::report::Place;

/// How long a step waits that does not say: as the one step of `/page <person>` does.
pub const DEFAULT_WAIT: Duration = Duration::from_secs(120);

/// Steps that ring one after the other. A page keeps the one that it started with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// What people type.
    pub id: PolicyId,
    /// Further rounds after the first one.
    pub repeat: u32,
    /// Acknowledged, and not closed within this: it rings again. `None`: never.
    pub ack_timeout: Option<Duration>,
    /// Who is told when a page of it reaches nobody, or no dial goes through; `None`: every admin.
    #[serde(default)]
    pub owner: Option<PersonId>,
    /// At least one.
    pub steps: Vec<Step>,
}

/// One step of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Whom it rings, all at once; nobody for a step that only tells.
    pub ring: Vec<Target>,
    /// Channels that are told.
    pub post: Vec<Place>,
    /// Other programs that are told, each time that it begins.
    #[serde(default)]
    pub webhook: Vec<WebhookId>,
    /// From its start to the next step; at least 1 s.
    pub wait: Duration,
    /// Whether whoever does not answer is rung again.
    pub redial: Option<Redial>,
    /// Pages that are less urgent pass it over.
    #[serde(default = "any_urgency")]
    pub urgency: Urgency,
    /// How many of those it comes to are rung.
    #[serde(default)]
    pub pick: Pick,
    /// Whoever does not work at that hour is left out.
    #[serde(default)]
    pub working_hours: bool,
}

const fn any_urgency() -> Urgency {
    Urgency::Low
}

/// How many of the people that a step comes to are rung.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    /// All, at once.
    #[default]
    All,
    /// One: each page of the policy the next in turn.
    One,
}

/// The same person again. Dropped when the step's wait is over first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redial {
    /// How often; at least once.
    pub times: u32,
    /// From the end of the ring before; at least 1 s.
    pub after: Duration,
}

/// Whom a step rings.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// This person.
    Person(PersonId),
    /// Whoever is on call when the step starts.
    OnCall(ScheduleId),
    /// Everyone who ever has a turn.
    Everyone(ScheduleId),
}

/// Every policy of the file.
pub type Policies = Listed<Policy>;

impl Named for Policy {
    fn name(&self) -> &str {
        self.id.as_str()
    }
}

impl Target {
    /// `jack`, `oncall:payments`, `all:payments`. Whether they exist is for the caller to know.
    #[must_use]
    pub fn read(text: &str) -> Self {
        match text.split_once(':') {
            Some(("oncall", schedule)) => Self::OnCall(ScheduleId::new(schedule)),
            Some(("all", schedule)) => Self::Everyone(ScheduleId::new(schedule)),
            _ => Self::Person(PersonId::new(text)),
        }
    }

    /// The schedule that it asks, if it asks one.
    #[must_use]
    pub const fn schedule(&self) -> Option<&ScheduleId> {
        match self {
            Self::Person(_) => None,
            Self::OnCall(schedule) | Self::Everyone(schedule) => Some(schedule),
        }
    }
}

impl fmt::Display for Target {
    /// As it is read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(person) => write!(f, "{person}"),
            Self::OnCall(schedule) => write!(f, "oncall:{schedule}"),
            Self::Everyone(schedule) => write!(f, "all:{schedule}"),
        }
    }
}

/// Further rounds of a person's own page.
const PERSON_REPEAT: u32 = 2;

impl Policy {
    /// What `/page <person>` means: one step, rung in three rounds.
    #[must_use]
    pub fn of_person(person: PersonId) -> Self {
        let id = PolicyId::new(person.as_str());
        let ring = vec![Target::Person(person)];
        let step = Step { ring, ..Step::default() };
        Self { id, repeat: PERSON_REPEAT, ack_timeout: None, owner: None, steps: vec![step] }
    }

    /// Whether any of its steps is there to ring somebody.
    #[must_use]
    pub fn rings_anybody(&self) -> bool {
        self.steps.iter().any(|step| !step.ring.is_empty())
    }

    /// The zone that its times are told in, for it has none of its own: that of the first schedule that its steps ask, or else
    /// of the first person they name.
    #[must_use]
    pub fn zone(&self, schedules: &Schedules, people: &Directory) -> TimeZone {
        let schedule = self.schedules().find_map(|id| schedules.get(id.as_str()));
        let named = || {
            self.steps.iter().flat_map(|step| &step.ring).find_map(|target| match target {
                Target::Person(id) => people.person(id),
                Target::OnCall(_) | Target::Everyone(_) => None,
            })
        };
        let zone = schedule.map(|schedule| schedule.timezone.clone());
        zone.or_else(|| named().map(|person| person.timezone.clone())).unwrap_or(TimeZone::UTC)
    }

    /// Every schedule that its steps ask, in their order.
    pub fn schedules(&self) -> impl Iterator<Item = &ScheduleId> {
        self.steps.iter().flat_map(|step| &step.ring).filter_map(Target::schedule)
    }
}

impl Default for Step {
    /// As a step is of which the file says nothing but whom it rings.
    fn default() -> Self {
        Self {
            ring: Vec::new(),
            post: Vec::new(),
            webhook: Vec::new(),
            wait: DEFAULT_WAIT,
            redial: None,
            urgency: any_urgency(),
            pick: Pick::All,
            working_hours: false,
        }
    }
}

impl Redial {
    /// When the `n`-th redial (from 1) rings, from the start of its step, if every ring lasts `ring`.
    #[must_use]
    pub fn rings_after(self, n: u32, ring: Duration) -> Duration {
        (ring + self.after).saturating_mul(n)
    }
}

#[cfg(test)]
mod tests;
