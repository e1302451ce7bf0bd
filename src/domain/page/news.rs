//! What a page hears of its rings, and what the end of one means for its chain.

use std::time::Duration;

use jiff::Timestamp;

use super::{Again, Deck, Moved, Notice, PageHappened, PageState, Ring, RingWhy};
use crate::clock::later;
use crate::domain::call::{Call, Caller, Outcome};
use crate::domain::ids::PersonId;

/// How often somebody in another call is tried again.
const BUSY_TRIES: usize = 3;
/// Between two such tries.
const BUSY_AFTER: Duration = Duration::from_secs(15);
/// A ring that ended so soon after a step began was the step's before: phones ring a moment longer than they are asked to.
pub const RANG_OUT_BEFORE: Duration = Duration::from_secs(3);

/// Whether how a ring ended is to be decided on: it is heard of, or it is told otherwise and what was told before
/// asked for nothing. Nobody is rung again twice for one ring.
fn decided_nothing(before: Option<Outcome>, after: Option<Outcome>) -> bool {
    let led_nowhere = matches!(before, None | Some(Outcome::Completed | Outcome::Failed));
    led_nowhere && before != after
}

impl Moved {
    /// Takes over what became of `calls`, and decides what follows for the chain.
    pub(super) fn see(&mut self, calls: &[Call], deck: &Deck<'_>, now: Timestamp) {
        for index in 0..self.page.rings.len() {
            let before = self.page.rings[index].clone();
            let Some(call) = calls.iter().find(|call| call.id == before.call) else { continue };
            if self.page.rings[index].see(call, now) {
                self.page.rings[index].stopped_by = self.stopped(index, call);
                self.tell(&before, index);
                let ring = self.page.rings[index].clone();
                if let Some(outcome) = ring.outcome.filter(|_| decided_nothing(before.outcome, ring.outcome))
                {
                    // A phone that was in use, or that the engine refused, alerted nobody.
                    if before.outcome.is_none() && matches!(outcome, Outcome::Busy | Outcome::Failed) {
                        self.unrung.push((ring.person.clone(), ring.at));
                    }
                    if outcome == Outcome::Failed && self.write_instead(&ring, deck) {
                        self.page.rings[index].written_at = Some(now);
                    }
                    self.decide(ring, outcome, now);
                }
            }
        }
    }

    /// What is new about a ring.
    fn tell(&mut self, before: &Ring, index: usize) {
        let ring = &self.page.rings[index];
        let person = || ring.person.clone();
        let rings_now = ring.rang() && before.rang_at.is_none();
        if rings_now && self.page.silence.as_ref().is_some_and(|silence| ring.at >= silence.since) {
            self.page.silence = None;
        }
        let reopened = before.outcome.is_some() && ring.outcome.is_none();
        // Told otherwise after its end, only how it ended is news.
        let is_late = before.outcome.is_some() && ring.outcome.is_some();
        if ring.rang() && (before.rang_at.is_none() || reopened) && !is_late {
            self.happened.push(PageHappened::Rings(person()));
        }
        if let Some(until) = ring.unsettled_until.filter(|_| before.unsettled_until.is_none()) {
            self.happened.push(PageHappened::Unsettled(person(), until));
        }
        if ring.answered_at.is_some() && before.answered_at.is_none() && !is_late {
            self.happened.push(PageHappened::Answered(person()));
        }
        if let Some(outcome) = ring.outcome.filter(|_| before.outcome != ring.outcome) {
            self.happened.push(match ring.stopped_by.clone() {
                Some(by) => PageHappened::Stopped { by, person: person() },
                None => PageHappened::RingOver(person(), outcome),
            });
        }
    }

    /// Who hung up a ring that nobody had answered, although nobody has the page: not we, because somebody took it.
    fn stopped(&self, index: usize, call: &Call) -> Option<PersonId> {
        let ring = &self.page.rings[index];
        let was_known = ring.stopped_by.clone();
        let waits = matches!(self.page.state, PageState::Triggered | PageState::Exhausted);
        let by = match &call.hung_up_by {
            Some(Caller::Person(by)) if waits && ring.outcome == Some(Outcome::Cancelled) => Some(by.clone()),
            _ => None,
        };
        was_known.or(by).filter(|_| ring.outcome == Some(Outcome::Cancelled))
    }

    /// Whether `ring` was asked for by somebody since the page was acknowledged, or its chain was over: it goes on
    /// beside that.
    fn is_asked(&self, ring: &Ring) -> bool {
        let is_extra = !matches!(ring.why, RingWhy::Step | RingWhy::Redial(_));
        let chain_is_over = self.page.state == PageState::Exhausted && is_extra;
        chain_is_over || self.page.acknowledged_by().is_some_and(|taken| ring.at > taken.at)
    }

    /// A person who could not be rung is written to, unless somebody has it, or their phone rings by now. Says whether.
    fn write_instead(&mut self, ring: &Ring, deck: &Deck<'_>) -> bool {
        let nobody_has_it = matches!(self.page.state, PageState::Triggered | PageState::Exhausted);
        let others =
            || self.page.rings.iter().filter(|one| one.person == ring.person && one.call != ring.call);
        if !(nobody_has_it || self.is_asked(ring))
            || others().any(|one| one.outcome.is_none() && one.rang_at.is_some())
        {
            return false;
        }
        if !deck.gate.can_write(&ring.person) {
            self.happened.push(PageHappened::NoWay(ring.person.clone()));
            self.notices.push(Notice::NoWay(ring.person.clone()));
            return false;
        }
        self.happened.push(PageHappened::Written(ring.person.clone()));
        self.notices.push(Notice::InsteadOfRing(ring.person.clone()));
        true
    }

    /// How a ring of this turn ended decides what comes next, and so does one that this turn waited for; any other of
    /// an earlier turn decides nothing.
    fn decide(&mut self, mut ring: Ring, outcome: Outcome, now: Timestamp) {
        if self.is_asked(&ring) && outcome == Outcome::Busy {
            return self.plan_again(&ring, now, |n| (n <= BUSY_TRIES).then_some(BUSY_AFTER));
        }
        if self.page.state != PageState::Triggered {
            return;
        }
        if ring.turn != self.page.chain.turn {
            let waited = self.page.chain.waiting.iter().position(|person| *person == ring.person);
            let Some(index) = waited else { return };
            let person = self.page.chain.waiting.remove(index);
            if self.was_over_before(&ring, outcome) {
                return self.page.again.push(Again { person, at: now, why: RingWhy::Step });
            }
            ring.turn = self.page.chain.turn;
        }
        self.follow(&ring, outcome, now);
    }

    /// Whether an earlier ring was no ring of this turn: we stopped it, nothing rang, or it rang out as the step began.
    fn was_over_before(&self, ring: &Ring, outcome: Outcome) -> bool {
        let began = self.page.chain.started_at.map(|at| later(at, RANG_OUT_BEFORE));
        let rang_out = matches!(outcome, Outcome::NoAnswer | Outcome::Unknown);
        matches!(outcome, Outcome::Cancelled | Outcome::Failed) || (rang_out && ring.ended_at <= began)
    }

    fn follow(&mut self, ring: &Ring, outcome: Outcome, now: Timestamp) {
        match outcome {
            Outcome::Declined | Outcome::Offline => {
                self.page.chain.gives_way.get_or_insert((ring.person.clone(), outcome));
            }
            Outcome::Busy => self.plan_again(ring, now, |n| (n <= BUSY_TRIES).then_some(BUSY_AFTER)),
            Outcome::NoAnswer | Outcome::Dropped | Outcome::Unknown => {
                let redial = self.step().and_then(|step| step.redial);
                let within = |n: usize| redial.filter(|redial| n <= redial.times as usize);
                self.plan_again(ring, now, |n| within(n).map(|redial| redial.after));
            }
            Outcome::Completed | Outcome::Cancelled | Outcome::Failed => {}
        }
    }

    /// The same person again, `pause(n)` after the end of the ring if this is the n-th time, unless the step is over first.
    fn plan_again(&mut self, ring: &Ring, now: Timestamp, pause: impl Fn(usize) -> Option<Duration>) {
        let is_busy = ring.outcome == Some(Outcome::Busy);
        let of_kind = |why: &RingWhy| match why {
            RingWhy::Busy(_) => is_busy,
            RingWhy::Redial(_) => !is_busy,
            _ => false,
        };
        let rings = self.page.rings.iter();
        let tried =
            rings.filter(|one| one.turn == ring.turn && one.person == ring.person && of_kind(&one.why));
        let n = tried.count() + 1;
        let Some(pause) = pause(n) else { return };
        let at = later(ring.ended_at.unwrap_or(now), pause).max(now);
        let is_asked = self.is_asked(ring);
        if !is_asked && self.page.chain.ends_at.is_none_or(|ends_at| at >= ends_at) {
            return;
        }
        let n = u32::try_from(n).unwrap_or(u32::MAX);
        let why = if is_busy { RingWhy::Busy(n) } else { RingWhy::Redial(n) };
        self.happened.push(PageHappened::AgainAt(ring.person.clone(), why.clone(), at));
        self.page.again.push(Again { person: ring.person.clone(), at, why });
    }
}
