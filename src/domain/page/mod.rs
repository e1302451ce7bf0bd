//! One run of an escalation policy: who is rung, until a person says "mine".
//!
//! Pure. A page hears of its calls, of people and of time by one function, [`Moved::play`], which decides on what is
//! known: calling it once more at the same instant changes nothing.

mod alert;
mod alerts;
mod chain;
mod hand;
mod line;
mod moved;
mod news;
mod ring;
mod silence;
#[cfg(test)]
mod tests;
mod timeline;

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::alert::{
    AlertState, FIRING_MAX, Joined, LABELS_BYTES_MAX, PageAlert, RESOLVED_KEPT_MAX, StillTold, Urgency,
};
pub use self::alerts::{AT_HAND, Alerts};
pub use self::chain::{Asked, Deck, Turnstile, Verdict};
pub use self::hand::{AckRefused, Taking};
pub use self::line::{ALERT_LINES_KEPT, CHAIN_LINES_KEPT, FIRST_LINES_KEPT, PageEntry, PageEvent, PageLine};
pub use self::moved::{Moved, Notice, StepTells};
pub use self::news::RANG_OUT_BEFORE;
pub use self::ring::{Again, Hold, Ring, RingWhy};
pub use self::silence::NO_DIAL_AFTER;
pub use self::timeline::{PageHappened, Posted, Stage, Whither};
use super::escalation::{Policy, Rest};
use super::ids::{PageId, PersonId, SourceId, WebhookId};
use super::report::Place;

/// Most channels that show one page: its own, and those that its steps tell as well.
pub const PLACES_MAX: usize = 16;

/// How far a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageState {
    /// Its chain rings people.
    Triggered,
    /// A person has it: nothing rings.
    Acknowledged,
    /// It is over.
    Closed,
    /// Its chain is over, and nobody acknowledged.
    Exhausted,
}

/// Who started a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Opener {
    /// A person, by `/page`.
    Person(PersonId),
    /// An alert of this source.
    Source(SourceId),
}

/// Where the chain is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    /// The step, from 1; 0 before the first, and while whoever had it is rung first.
    pub step: usize,
    /// The round, from 1.
    pub round: u32,
    /// The first turn since the chain began, or began again.
    #[serde(default)]
    pub run: u32,
    /// Counts every start of a step: what belongs to an earlier one decides nothing any more.
    pub turn: u32,
    /// When the step began; `None` before the first.
    pub started_at: Option<Timestamp>,
    /// When the next one begins.
    pub ends_at: Option<Timestamp>,
    /// Whether this round had a step that was not empty.
    pub round_rings: bool,
    /// Who declined or could not be reached in this turn, first: the chain goes on when nobody else may still answer.
    pub gives_way: Option<(PersonId, super::call::Outcome)>,
    /// Who is rung in this turn instead of whoever its step rings.
    #[serde(default)]
    pub instead: Option<PersonId>,
    /// Whose earlier ring was not over when the step began: how that ends decides for this turn.
    #[serde(default)]
    pub waiting: Vec<PersonId>,
}

/// Who has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Who.
    pub by: PersonId,
    /// Since when.
    pub at: Timestamp,
    /// When they are rung again if it is still open; `None`: never.
    pub until: Option<Timestamp>,
    /// They promised that instant themselves.
    pub promised: bool,
}

impl Taken {
    /// Who has what was acknowledged at `source`: nobody of ours. No person's id has a colon.
    #[must_use]
    pub fn at_source(source: &SourceId) -> PersonId {
        PersonId::new(format!("source:{source}"))
    }

    /// The source at which somebody has it.
    #[must_use]
    pub fn source(&self) -> Option<&str> {
        self.by.as_str().strip_prefix("source:")
    }

    /// Whether somebody has it elsewhere, and nobody here.
    #[must_use]
    pub fn is_at_source(&self) -> bool {
        self.source().is_some()
    }
}

/// Since when no dial has gone through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// The first ring that was asked for since.
    pub since: Timestamp,
    /// People have been told in another way.
    pub told: bool,
    /// Which people: each once.
    #[serde(default)]
    pub people: Vec<PersonId>,
}

/// One run of an escalation policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Derived from what started it.
    pub id: PageId,
    /// Who started it.
    pub by: Opener,
    /// The policy as it was when the page started.
    pub policy: Policy,
    /// What of its source belongs together: alerts of the same source, policy and group are one page while it is open.
    pub group: String,
    /// As urgent as the most urgent alert was.
    pub urgency: Urgency,
    /// One line about it, as it came.
    pub title: String,
    /// Where its cards are: none for a source that posts nowhere.
    pub places: Vec<Place>,
    /// Channels of its alerts in which it is not shown: there is no room for more. Beyond [`PLACES_MAX`] they are not counted.
    #[serde(default)]
    pub unshown: Vec<Place>,
    /// How far it is.
    pub state: PageState,
    /// Where its chain is.
    pub chain: Chain,
    /// How many pages of its policy were before it: whoever takes turns is rung by one of them each.
    #[serde(default)]
    pub nth: u64,
    /// Why nothing rings before its first step; `None`: that begins at once.
    #[serde(default)]
    pub rest: Option<Rest>,
    /// Every ring, oldest first.
    pub rings: Vec<Ring>,
    /// Who is rung again in this turn.
    pub again: Vec<Again>,
    /// Rings that limits keep back.
    pub holds: Vec<Hold>,
    /// Every alert of it, in order of arrival; not all are at hand.
    pub alerts: Alerts,
    /// Alerts that its sender left out of the last body that said anything new.
    #[serde(default)]
    pub left_out: u64,
    /// Alerts of it that are over, and whose lines in the timeline are all that is kept of them.
    #[serde(default)]
    pub forgotten: u64,
    /// Alerts that it has no room for: they were more than [`FIRING_MAX`] at once.
    #[serde(default)]
    pub crowded_out: u64,
    /// Webhooks that its steps have told: they hear what becomes of it.
    #[serde(default)]
    pub told: Vec<WebhookId>,
    /// Who has it, or had it last.
    pub taken: Option<Taken>,
    /// No dial goes through.
    pub silence: Option<Silence>,
    /// Who was rung beyond the first limit: once each.
    pub beyond: Vec<PersonId>,
    /// When it was started.
    pub opened_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// Who closed it; `None`: nobody, or its last alert did.
    pub closed_by: Option<PersonId>,
    /// It is over because its last alert is another page's.
    #[serde(default)]
    pub emptied: bool,
    /// The stored row's version; 0 for a page that was never stored.
    #[serde(skip)]
    pub version: i64,
}

/// What a new page is made of.
#[derive(Debug, Clone)]
pub struct NewPage {
    /// Derived from what starts it.
    pub id: PageId,
    /// Who starts it.
    pub by: Opener,
    /// As it is now.
    pub policy: Policy,
    /// What of its source belongs together; empty for a person's.
    pub group: String,
    /// How urgent it is.
    pub urgency: Urgency,
    /// One line about it.
    pub title: String,
    /// Where its cards go.
    pub places: Vec<Place>,
    /// What fires already.
    pub alerts: Vec<PageAlert>,
    /// How many pages of its policy were before it.
    pub nth: u64,
    /// Why nothing rings yet; `None`: its first step begins at once.
    pub rest: Option<Rest>,
}

impl Page {
    /// Starts a page at `now`. [`Moved::play`] then rings.
    #[must_use]
    pub fn open(new: NewPage, now: Timestamp) -> Moved {
        let page = Self {
            id: new.id,
            by: new.by,
            policy: new.policy,
            group: new.group,
            urgency: new.urgency,
            title: new.title,
            places: Vec::new(),
            unshown: Vec::new(),
            state: PageState::Triggered,
            chain: Chain { round: 1, ends_at: new.rest.as_ref().map(|rest| rest.until), ..Chain::default() },
            nth: new.nth,
            rest: new.rest,
            rings: Vec::new(),
            again: Vec::new(),
            holds: Vec::new(),
            alerts: new.alerts.into_iter().collect(),
            left_out: 0,
            forgotten: 0,
            crowded_out: 0,
            told: Vec::new(),
            taken: None,
            silence: None,
            beyond: Vec::new(),
            opened_at: now,
            closed_at: None,
            closed_by: None,
            emptied: false,
            version: 0,
        };
        let rest = page.rest.clone().map(PageHappened::Rests);
        let mut moved = Moved::of(page);
        moved.show_in(&new.places);
        moved.happened.push(PageHappened::Opened);
        moved.happened.extend(rest);
        moved
    }

    /// Whether it is not over: an exhausted one is open.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        !matches!(self.state, PageState::Closed)
    }

    /// Why nothing rings before its first step, while that is so.
    #[must_use]
    pub fn resting(&self) -> Option<&Rest> {
        let is_before = self.chain.started_at.is_none() && self.state == PageState::Triggered;
        self.rest.as_ref().filter(|_| is_before)
    }

    /// Whether it rests, and nobody who was asked for meanwhile is held back.
    #[must_use]
    pub fn rests_as_a_whole(&self) -> bool {
        self.resting().is_some() && self.holds.is_empty()
    }

    /// Whether an alert that joins it may have to wait: it rests, or its chain would begin again.
    #[must_use]
    pub fn may_rest(&self) -> bool {
        self.resting().is_some() || matches!(self.state, PageState::Exhausted | PageState::Acknowledged)
    }

    /// Whether it waits for the same ring as `hold`, perhaps for longer by now.
    #[must_use]
    pub fn waits_with(&self, hold: &Hold) -> bool {
        self.holds.iter().any(|one| (&one.person, one.since) == (&hold.person, hold.since))
    }

    /// How many of its alerts go on.
    #[must_use]
    pub const fn firing(&self) -> usize {
        self.alerts.firing()
    }

    /// Who has it now.
    #[must_use]
    pub fn acknowledged_by(&self) -> Option<&Taken> {
        self.taken.as_ref().filter(|_| self.state == PageState::Acknowledged)
    }

    /// Whether it concerns `person`: it rang them, would have, or they started it.
    #[must_use]
    pub fn concerns(&self, person: &PersonId) -> bool {
        self.was_paged(person) || self.by == Opener::Person(person.clone())
    }

    /// Whether it rang `person`, or would have. Who started it was not paged.
    #[must_use]
    pub fn was_paged(&self, person: &PersonId) -> bool {
        self.rung_or_held().any(|paged| paged == person)
    }

    /// Whether somebody is rung, or will be, beside whoever has it.
    #[must_use]
    pub fn rings_beside(&self) -> bool {
        let since = self.acknowledged_by().map_or(Timestamp::MAX, |taken| taken.at);
        let rings = self.rings.iter().any(|ring| ring.is_ringing() && ring.at > since);
        rings || !self.holds.is_empty() || !self.again.is_empty()
    }

    /// Everybody whom it rang or would have rung, and who started it, each once.
    #[must_use]
    pub fn people(&self) -> Vec<&PersonId> {
        let opener = match &self.by {
            Opener::Person(person) => Some(person),
            Opener::Source(_) => None,
        };
        once(opener.into_iter().chain(self.rung_or_held()))
    }

    /// Everybody whom it rang or would have rung, each once.
    #[must_use]
    pub fn paged(&self) -> Vec<&PersonId> {
        once(self.rung_or_held())
    }

    fn rung_or_held(&self) -> impl Iterator<Item = &PersonId> {
        let rung = self.rings.iter().map(|ring| &ring.person);
        rung.chain(self.holds.iter().map(|hold| &hold.person))
    }

    /// Whether a phone rang since the chain began, or none was meant to.
    #[must_use]
    pub fn reached(&self) -> bool {
        let run = self.chain.run;
        self.rings.iter().any(|ring| ring.turn >= run && ring.reached()) || !self.policy.rings_anybody()
    }

    /// The source that started it, if one did.
    #[must_use]
    pub const fn source(&self) -> Option<&SourceId> {
        match &self.by {
            Opener::Source(source) => Some(source),
            Opener::Person(_) => None,
        }
    }
}

/// Each of `people` once, in their order.
fn once<'a>(people: impl Iterator<Item = &'a PersonId>) -> Vec<&'a PersonId> {
    let mut once: Vec<&PersonId> = Vec::new();
    people.for_each(|person| {
        if !once.contains(&person) {
            once.push(person)
        }
    });
    once
}

impl fmt::Display for Opener {
    /// `ana`, or `source:prod`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(person) => write!(f, "{person}"),
            Self::Source(source) => write!(f, "source:{source}"),
        }
    }
}
