//! What people do to a page: take it, hand it on, ring somebody all the same.

use jiff::Timestamp;

use super::{Deck, Moved, Notice, Page, PageHappened, PageState, RingWhy, Taken};
use crate::clock::later;
use crate::domain::escalation::{DEFAULT_WAIT, Policy};
use crate::domain::ids::PersonId;

/// What an acknowledgement came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taking {
    /// It is theirs now.
    Taken,
    /// It was theirs, and they promise something else.
    Promised,
    /// It stays whose it was; their own phone stops.
    Helps,
}

/// Why nobody has it by this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AckRefused {
    /// It is over.
    Closed,
    /// Somebody has it.
    Taken(Taken),
}

impl Moved {
    /// `by` has it: every ring stops. With `promise`, they are rung again then if it is still open.
    ///
    /// # Errors
    /// [`AckRefused`] when somebody else was first, or it is over.
    pub fn acknowledge(
        &mut self,
        by: &PersonId,
        promise: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Taking, AckRefused> {
        match self.page.state {
            PageState::Closed => return Err(AckRefused::Closed),
            PageState::Acknowledged if !self.page.taken.as_ref().is_some_and(Taken::is_at_source) => {
                return self.acknowledge_again(by, promise);
            }
            PageState::Triggered | PageState::Exhausted | PageState::Acknowledged => {}
        }
        self.quieten();
        self.page.state = PageState::Acknowledged;
        let timeout = self.page.policy.ack_timeout.map(|timeout| later(now, timeout));
        let (until, promised) = (promise.or(timeout), promise.is_some());
        self.page.taken = Some(Taken { by: by.clone(), at: now, until, promised });
        if let Some(ring) = self.page.rings.iter_mut().rev().find(|ring| ring.person == *by) {
            ring.took_at = Some(now);
        }
        self.happened.push(PageHappened::Acknowledged { by: by.clone(), until: promise });
        Ok(Taking::Taken)
    }

    fn acknowledge_again(&mut self, by: &PersonId, promise: Option<Timestamp>) -> Result<Taking, AckRefused> {
        let Some(taken) = &mut self.page.taken else { return Err(AckRefused::Closed) };
        if let Some(until) = promise.filter(|_| taken.by == *by) {
            (taken.until, taken.promised) = (Some(until), true);
            self.happened.push(PageHappened::Promised(by.clone(), until));
            return Ok(Taking::Promised);
        }
        let theirs = self.page.rings.iter().filter(|ring| ring.person == *by && ring.is_ringing());
        let theirs: Vec<_> = theirs.filter(|ring| ring.at > taken.at).map(|ring| ring.call.clone()).collect();
        // What would have rung them later does not, either.
        let planned = self.page.holds.len() + self.page.again.len();
        self.page.holds.retain(|hold| hold.person != *by);
        self.page.again.retain(|again| again.person != *by);
        if theirs.is_empty() && planned == self.page.holds.len() + self.page.again.len() {
            return Err(AckRefused::Taken(taken.clone()));
        }
        self.end.extend(theirs);
        self.happened.push(PageHappened::Helps(by.clone()));
        Ok(Taking::Helps)
    }

    /// The next step begins now, or the chain anew where it was at its end. `false`: the page is over.
    pub fn escalate(&mut self, by: &PersonId, now: Timestamp) -> bool {
        let has_it = self.page.acknowledged_by().filter(|taken| !taken.is_at_source());
        let from = has_it.map(|taken| taken.by.clone());
        let at_its_end = self.page.chain.step >= self.page.policy.steps.len() && !self.page.may_repeat();
        match self.page.state {
            PageState::Closed => return false,
            PageState::Exhausted => self.start_again(now),
            PageState::Triggered | PageState::Acknowledged if at_its_end => {
                self.takes_from(by, None);
                self.start_again(now);
            }
            PageState::Triggered | PageState::Acknowledged => {
                self.takes_from(by, None);
                self.page.state = PageState::Triggered;
                self.page.chain.gives_way = None;
                self.page.chain.ends_at = Some(now);
            }
        }
        self.forget_acknowledged();
        self.happened.push(PageHappened::Escalated { by: by.clone(), from });
        true
    }

    /// Whoever has it hears that `by` wants somebody else rung, unless that is they, or it is `to` them.
    fn takes_from(&mut self, by: &PersonId, to: Option<&PersonId>) {
        let taken = self.page.acknowledged_by().filter(|taken| !taken.is_at_source());
        let from = taken.map(|taken| taken.by.clone()).filter(|from| from != by && Some(from) != to);
        self.notices.extend(from.map(|from| Notice::TakenFrom { from, by: by.clone(), to: to.cloned() }));
    }

    /// It goes on by `policy`, as that is now: from where the chain is, or its last step and round. `false`: nothing is new.
    pub fn apply_policy(&mut self, by: &PersonId, policy: &Policy, now: Timestamp) -> bool {
        if !self.page.is_open() || self.page.policy == *policy {
            return false;
        }
        self.page.policy = policy.clone();
        let chain = &mut self.page.chain;
        chain.step = chain.step.min(policy.steps.len());
        chain.round = chain.round.min(policy.repeat + 1);
        // A promise is the person's own word.
        if let Some(taken) = self.page.taken.as_mut().filter(|taken| !taken.promised) {
            taken.until = policy.ack_timeout.map(|timeout| later(taken.at, timeout).max(now));
        }
        self.happened.push(PageHappened::PolicyApplied(by.clone()));
        true
    }

    /// It is not over after all: the chain begins again. `false`: it was not over.
    pub fn reopen(&mut self, by: &PersonId, now: Timestamp) -> bool {
        if self.page.is_open() {
            return false;
        }
        (self.page.closed_at, self.page.closed_by, self.page.emptied) = (None, None, false);
        self.forget_acknowledged();
        self.start_again(now);
        self.happened.push(PageHappened::Reopened(by.clone()));
        true
    }

    /// `by` wants `person` rung for it as well. `false`: their phone rings for it already.
    pub fn call_in(
        &mut self,
        deck: &mut Deck<'_>,
        (by, person): (&PersonId, &PersonId),
        now: Timestamp,
    ) -> bool {
        if self.page.has_in_hand(person, now) {
            return false;
        }
        self.happened.push(PageHappened::Called { by: by.clone(), person: person.clone() });
        self.ring(person, RingWhy::Asked(by.clone()), deck, now);
        true
    }

    /// `by` has `person` rung instead of whoever is rung now; when the step's wait is over, the chain goes on from there.
    /// `false`: nobody else is rung, and their phone rings already.
    pub fn hand_over(
        &mut self,
        deck: &mut Deck<'_>,
        (by, person): (&PersonId, &PersonId),
        now: Timestamp,
    ) -> bool {
        if !deck.gate.is_listed(person) {
            // Nobody's phone stops for somebody who is not there.
            self.happened.push(PageHappened::Unlisted(person.clone()));
            return true;
        }
        let has_it = self.page.acknowledged_by().is_some_and(|taken| taken.by == *person);
        let in_hand = self.page.has_in_hand(person, now);
        // Who talks already may have it all the same: how that ends decides.
        let rings = self.page.rings.iter().any(|ring| ring.person == *person && ring.is_ringing());
        let rings = rings || self.page.holds.iter().any(|hold| hold.person == *person);
        let ringing = self.page.rings.iter().filter(|ring| ring.is_ringing());
        let others = ringing.filter(|ring| ring.person != *person);
        let others: Vec<_> = others.map(|ring| (ring.person.clone(), ring.call.clone())).collect();
        let is_alone = others.is_empty() && self.page.again.is_empty();
        if has_it || (in_hand && rings && is_alone && self.page.state == PageState::Triggered) {
            return false;
        }
        let is_rung = self.page.rings.iter().any(|ring| ring.person == *person && ring.is_live(now));
        self.page.again.clear();
        self.page.holds.retain(|hold| hold.person == *person);
        self.takes_from(by, Some(person));
        self.forget_acknowledged();
        self.page.state = PageState::Triggered;
        let wait = self.step().map_or(DEFAULT_WAIT, |step| step.wait);
        let chain = &mut self.page.chain;
        chain.turn += 1;
        (chain.started_at, chain.ends_at) = (Some(now), Some(later(now, wait)));
        (chain.gives_way, chain.instead) = (None, Some(person.clone()));
        // How a ring ends that they have already, decides for this turn.
        chain.waiting = if is_rung { vec![person.clone()] } else { Vec::new() };
        let turn = chain.turn;
        self.page.holds.iter_mut().for_each(|hold| hold.turn = turn);
        self.happened.push(PageHappened::HandedOver { by: by.clone(), to: person.clone() });
        if !in_hand {
            self.ring(person, RingWhy::Instead(by.clone()), deck, now);
        }
        let (people, calls): (Vec<PersonId>, Vec<_>) = others.into_iter().unzip();
        if self.page.holds.iter().any(|hold| hold.person == *person) {
            // A phone that rings is not given up for one that does not yet.
            self.page.chain.waiting.extend(people);
        } else {
            self.end.extend(calls);
        }
        true
    }

    /// Rings whoever is held back, whatever the limits say; or begins, where only the page is held back as a whole.
    /// Returns whom; `None`: nobody is held back.
    pub fn ring_held(&mut self, deck: &mut Deck<'_>, by: &PersonId, now: Timestamp) -> Option<Vec<PersonId>> {
        if self.page.rests_as_a_whole() {
            self.escalate(by, now);
            return Some(Vec::new());
        }
        let held: Vec<PersonId> = self.page.holds.drain(..).map(|hold| hold.person).collect();
        let is_any = !held.is_empty();
        let (held, gone): (Vec<_>, Vec<_>) = held.into_iter().partition(|person| deck.gate.is_listed(person));
        self.happened.extend(gone.into_iter().map(PageHappened::Unlisted));
        for person in &held {
            deck.gate.force(person);
            self.happened.push(PageHappened::Rung(person.clone(), RingWhy::Anyway(by.clone())));
            self.place(person, RingWhy::Anyway(by.clone()), now);
        }
        is_any.then_some(held)
    }
}

impl Page {
    /// Whether `person` is being rung for it, talks, or is held back.
    #[must_use]
    pub fn has_in_hand(&self, person: &PersonId, now: Timestamp) -> bool {
        let lives = self.rings.iter().any(|ring| ring.person == *person && ring.is_live(now));
        lives || self.holds.iter().any(|hold| hold.person == *person)
    }

    /// Whether a further round begins after this one. One that reached nobody is the last: no time passed in it.
    #[must_use]
    pub const fn may_repeat(&self) -> bool {
        self.chain.round <= self.policy.repeat && self.chain.round_rings
    }
}
