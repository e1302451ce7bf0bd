//! One person's ring within a page, and what keeps one back.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::clock::later;
use crate::domain::call::{Call, DIAL_TAKES_MAX, DialState, LegState, Outcome};
use crate::domain::ids::{CallId, PersonId};

/// One ring of one person: a call of its own, so that it has an outcome of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ring {
    /// When it was decided.
    pub at: Timestamp,
    /// Who.
    pub person: PersonId,
    /// By which call.
    pub call: CallId,
    /// Why.
    pub why: RingWhy,
    /// In which turn of the chain.
    pub turn: u32,
    /// When the engine first said that it rings.
    pub rang_at: Option<Timestamp>,
    /// When they answered. That is no acknowledgement.
    pub answered_at: Option<Timestamp>,
    /// Nobody knows whether it rings; by then it can't any more.
    pub unsettled_until: Option<Timestamp>,
    /// What the engine said that kept it from ringing, or from being known to, so far.
    pub kept_back: Option<String>,
    /// How it ended; `None` while it has not.
    pub outcome: Option<Outcome>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// When they were written to because it could not ring.
    #[serde(default)]
    pub written_at: Option<Timestamp>,
    /// When they took the page because of it.
    #[serde(default)]
    pub took_at: Option<Timestamp>,
    /// Who hung up before they answered, while nobody had the page.
    #[serde(default)]
    pub stopped_by: Option<PersonId>,
}

/// Why somebody is rung.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RingWhy {
    /// A step of the policy says so.
    Step,
    /// They did not answer: the n-th time again, from 1.
    Redial(u32),
    /// They were in another call: the n-th time again, from 1.
    Busy(u32),
    /// A limit held it until now.
    Released,
    /// Somebody said *Ring anyway*.
    Anyway(PersonId),
    /// They had it, and it is still open.
    Recall,
    /// This person asked for them.
    Asked(PersonId),
    /// This person handed the page over to them.
    Instead(PersonId),
}

/// The same person again, later in the same turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Again {
    /// Who.
    pub person: PersonId,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub why: RingWhy,
}

/// A ring that a limit keeps back, visibly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Who is not rung.
    pub person: PersonId,
    /// Since when.
    pub since: Timestamp,
    /// When it goes out.
    pub until: Timestamp,
    /// The limit, as it is written.
    pub rule: String,
    /// In which turn of the chain.
    pub turn: u32,
    /// Why they would have been rung; `None`: it is older than that is kept.
    #[serde(default)]
    pub why: Option<RingWhy>,
}

impl Ring {
    /// A ring that is being placed.
    #[must_use]
    pub const fn new(person: PersonId, call: CallId, why: RingWhy, (turn, at): (u32, Timestamp)) -> Self {
        Self {
            at,
            person,
            call,
            why,
            turn,
            rang_at: None,
            answered_at: None,
            unsettled_until: None,
            kept_back: None,
            outcome: None,
            ended_at: None,
            written_at: None,
            took_at: None,
            stopped_by: None,
        }
    }

    /// Whether the phone may ring, or is talked on, at `now`: nobody is rung twice for the same page.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.outcome.is_none() && self.unsettled_until.is_none_or(|until| now < until)
    }

    /// Whether it is over, or will never ring: nothing is to be stopped.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.outcome.is_some()
    }

    /// Whether a phone began to ring, as far as anybody knows: not one that the engine refused when it was asked.
    #[must_use]
    pub fn rang(&self) -> bool {
        self.rang_at.is_some() && (self.answered_at.is_some() || self.outcome != Some(Outcome::Failed))
    }

    /// Whether a phone rang, as far as anybody knows.
    #[must_use]
    pub fn reached(&self) -> bool {
        let rang =
            self.rang_at.is_some() && !matches!(self.outcome, Some(Outcome::Offline | Outcome::Failed));
        rang || self.answered_at.is_some()
    }

    /// Whether a phone rings or may ring: not one that was answered.
    #[must_use]
    pub const fn is_ringing(&self) -> bool {
        self.outcome.is_none() && self.answered_at.is_none()
    }

    /// Takes over what is known of `call` by now. Returns whether that is news.
    pub(super) fn see(&mut self, call: &Call, now: Timestamp) -> bool {
        let before = self.clone();
        self.rang_at = call.rang_at;
        self.answered_at = call.legs.iter().find_map(|leg| leg.answered_at);
        let unsettled = call.rings_until().filter(|_| matches!(call.dial, DialState::Unsettled { .. }));
        self.unsettled_until = unsettled.map(|until| later(until, DIAL_TAKES_MAX));
        self.kept_back = match &call.dial {
            DialState::Held { why, .. } | DialState::Unsettled { why, .. } => Some(why.clone()),
            _ => call.failure.clone(),
        };
        self.outcome = how_it_ended(call);
        self.ended_at = match self.outcome {
            None => None,
            Some(_) => before.ended_at.or(call.over_since).or(call.ended_at).or(Some(now)),
        };
        *self != before
    }
}

/// How the one callee's part ended. Told of a leg, it is known before the record comes; that nobody told why is no news yet.
fn how_it_ended(call: &Call) -> Option<Outcome> {
    if call.has_ended() {
        return Some(call.outcome.unwrap_or(Outcome::Unknown));
    }
    let leg = call.legs.first().filter(|leg| leg.state == LegState::Ended)?;
    leg.outcome.filter(|outcome| *outcome != Outcome::Unknown)
}
