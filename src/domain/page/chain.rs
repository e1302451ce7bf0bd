//! The chain: step after step, until a person says "mine". How a ring ended decides what comes next.

use jiff::Timestamp;

use super::{
    Again, Chain, Hold, Moved, NO_DIAL_AFTER, Notice, PLACES_MAX, Page, PageHappened, PageState, Ring,
    RingWhy, Silence, Stage, StepTells, Urgency,
};
use crate::clock::later;
use crate::domain::call::Call;
use crate::domain::escalation::{DEFAULT_WAIT, Found, Scene, Step};
use crate::domain::ids::{PageId, PersonId, WebhookId};

/// What a page decides with: who is on call, and the limits.
#[expect(missing_debug_implementations, reason = "it lends what is asked while a page decides")]
pub struct Deck<'a> {
    /// Schedules and what is laid over them.
    pub scene: Scene<'a>,
    /// The limits of rings.
    pub gate: &'a mut dyn Turnstile,
}

/// The limits of rings, as a page asks them. What is allowed is used up.
pub trait Turnstile {
    /// Whether somebody has this id, and may be rung at all.
    fn is_listed(&self, person: &PersonId) -> bool;
    /// Whether a chat that is served knows `person`: they can be written to.
    fn can_write(&self, person: &PersonId) -> bool;
    /// Whether somebody may be rung now.
    fn ask(&mut self, asked: &Asked<'_>) -> Verdict;
    /// `person` is rung, whatever the limits say.
    fn force(&mut self, person: &PersonId);
}

/// A ring that the limits are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// For which page.
    pub page: &'a PageId,
    /// Whose.
    pub person: &'a PersonId,
    /// Since when it is wanted: of several that are held back, the oldest goes first.
    pub since: Timestamp,
    /// Although the first limit says no.
    pub beyond: bool,
}

/// What the limits say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Rings,
    /// Not by this limit, the first; but it was asked to be lenient.
    Beyond(String),
    /// Not before then, by this limit.
    Held(Timestamp, String),
}

impl Moved {
    /// Decides what follows from what became of `calls`, the page's, and from its being `now`.
    pub fn play(&mut self, calls: &[Call], deck: &mut Deck<'_>, now: Timestamp) {
        self.see(calls, deck, now);
        self.wait_no_longer(now);
        self.recall_if_due(deck, now);
        // An acknowledgement forgot the holds before it: what a page that somebody has holds was asked for since.
        if self.page.is_open() {
            self.release_holds(deck, now);
        }
        // Each turn starts a step, or ends the chain: no more than a round of empty steps, and one.
        while self.page.state == PageState::Triggered && self.is_step_over(now) {
            self.next_step(deck, now);
        }
        if self.page.is_open() {
            self.ring_again(deck, now);
        }
        self.stop_late_rings();
        self.note_silence(deck, now);
    }

    /// Whose earlier ring nobody knows anything of, and can't ring any more, is rung for this turn.
    fn wait_no_longer(&mut self, now: Timestamp) {
        let page = &mut self.page;
        if page.state != PageState::Triggered {
            return;
        }
        let rings =
            |person: &PersonId| page.rings.iter().any(|ring| ring.person == *person && ring.is_live(now));
        let (waiting, free) = std::mem::take(&mut page.chain.waiting).into_iter().partition(rings);
        page.chain.waiting = waiting;
        let free: Vec<PersonId> = free;
        page.again.extend(free.into_iter().map(|person| Again { person, at: now, why: RingWhy::Step }));
    }

    pub(super) fn step(&self) -> Option<&Step> {
        self.page.policy.steps.get(self.page.chain.step.checked_sub(1)?)
    }

    fn is_step_over(&self, now: Timestamp) -> bool {
        let chain = &self.page.chain;
        let is_time = chain.ends_at.is_none_or(|ends_at| ends_at <= now);
        // Whoever was asked for while it rests decides nothing for the chain.
        let gives_way = chain.gives_way.is_some() && self.page.resting().is_none();
        is_time || (gives_way && self.nobody_may_answer(now))
    }

    /// Whether nobody of this turn may still answer before its time is over.
    fn nobody_may_answer(&self, now: Timestamp) -> bool {
        let (page, turn) = (&self.page, self.page.chain.turn);
        let counts = |ring: &Ring| ring.turn == turn || page.chain.waiting.contains(&ring.person);
        let waits = page.rings.iter().any(|ring| counts(ring) && ring.is_live(now));
        let ends_at = page.chain.ends_at.unwrap_or(now);
        !waits
            && page.again.is_empty()
            && page.holds.iter().all(|hold| hold.turn != turn || hold.until >= ends_at)
    }

    fn next_step(&mut self, deck: &mut Deck<'_>, now: Timestamp) {
        self.page.again.clear();
        let before_time = self.page.chain.ends_at.is_some_and(|ends_at| ends_at > now);
        if let Some((person, outcome)) = self.page.chain.gives_way.take().filter(|_| before_time) {
            self.happened.push(PageHappened::MovedOn(person, outcome));
        }
        let (steps, chain) = (self.page.policy.steps.len(), &mut self.page.chain);
        if chain.step < steps {
            chain.step += 1;
        } else if self.page.may_repeat() {
            let chain = &mut self.page.chain;
            (chain.round, chain.step, chain.round_rings) = (chain.round + 1, 1, false);
        } else {
            return self.exhaust();
        }
        self.start_step(deck, now);
    }

    fn start_step(&mut self, deck: &mut Deck<'_>, now: Timestamp) {
        let Some(step) = self.step().cloned() else { return };
        let chain = &mut self.page.chain;
        chain.turn += 1;
        (chain.started_at, chain.ends_at) = (Some(now), Some(now));
        chain.waiting.clear();
        chain.instead = None;
        let at = Stage { step: chain.step, round: chain.round };
        if step.urgency > self.page.urgency {
            return self.happened.push(PageHappened::PassedOver(at));
        }
        let found = step.ring.iter().map(|target| Found::of(target, &deck.scene, now)).collect();
        let found = self.listed(found, deck);
        let mut picked = step.pick(found, &deck.scene, (self.page.nth, now));
        let people = std::mem::take(&mut picked.people);
        // One that only tells is no empty step.
        if people.is_empty() && !step.ring.is_empty() {
            self.happened.push(PageHappened::Skipped { at, picked });
            // Somebody has to see that.
            return self.tell_others(step, at);
        }
        let chain = &mut self.page.chain;
        (chain.ends_at, chain.round_rings) = (Some(later(now, step.wait)), true);
        let (busy, free): (Vec<PersonId>, Vec<PersonId>) =
            people.into_iter().partition(|person| self.page.has_in_hand(person, now));
        let rung = |person: &&PersonId| {
            self.page.rings.iter().any(|ring| ring.person == **person && ring.is_live(now))
        };
        self.page.chain.waiting = busy.iter().filter(rung).cloned().collect();
        let turn = self.page.chain.turn;
        let held = self.page.holds.iter_mut().filter(|hold| busy.contains(&hold.person));
        held.for_each(|hold| hold.turn = turn);
        self.happened.push(PageHappened::Step { picked, busy });
        self.tell_others(step, at);
        for person in free {
            self.ring(&person, RingWhy::Step, deck, now);
        }
    }

    /// Shows the page in the channels of `step`, and tells its webhooks.
    fn tell_others(&mut self, step: Step, stage: Stage) {
        let mut places = Vec::new();
        for place in step.post {
            if self.page.places.len() < PLACES_MAX && !self.page.places.contains(&place) {
                self.page.places.push(place.clone());
                places.push(place);
            }
        }
        if !places.is_empty() || !step.webhook.is_empty() {
            let turn = self.page.chain.turn;
            let tells = |webhook: &WebhookId| StepTells { webhook: webhook.clone(), stage, turn };
            self.tell.extend(step.webhook.iter().map(tells));
            let told = &mut self.page.told;
            let new: Vec<_> =
                step.webhook.iter().filter(|webhook| !told.contains(webhook)).cloned().collect();
            told.extend(new);
            self.happened.push(PageHappened::Tells(places, step.webhook));
        }
    }

    /// Without whoever is listed no more, which is said once.
    fn listed(&mut self, mut found: Vec<Found>, deck: &Deck<'_>) -> Vec<Found> {
        let mut gone: Vec<PersonId> = Vec::new();
        for found in &mut found {
            let (people, others) =
                std::mem::take(&mut found.people).into_iter().partition(|person| deck.gate.is_listed(person));
            found.people = people;
            gone.extend(others);
        }
        for (index, person) in gone.iter().enumerate() {
            if !gone[..index].contains(person) {
                self.happened.push(PageHappened::Unlisted(person.clone()));
            }
        }
        found
    }

    /// Rings `person`, or holds the ring back, as the limits say.
    pub(super) fn ring(&mut self, person: &PersonId, why: RingWhy, deck: &mut Deck<'_>, now: Timestamp) {
        self.ring_wanted((person, why), now, deck, now);
    }

    /// The same, for a ring that is wanted `since` then.
    fn ring_wanted(
        &mut self,
        (person, why): (&PersonId, RingWhy),
        since: Timestamp,
        deck: &mut Deck<'_>,
        now: Timestamp,
    ) {
        if !deck.gate.is_listed(person) {
            return self.happened.push(PageHappened::Unlisted(person.clone()));
        }
        let lenient = self.page.urgency == Urgency::High && !self.page.beyond.contains(person);
        let asked = Asked { page: &self.page.id, person, since, beyond: lenient };
        match deck.gate.ask(&asked) {
            Verdict::Rings => self.happened.push(PageHappened::Rung(person.clone(), why.clone())),
            Verdict::Beyond(rule) => {
                self.page.beyond.push(person.clone());
                self.happened.push(PageHappened::RungBeyond(person.clone(), rule));
            }
            Verdict::Held(until, rule) => return self.hold((person, why), (until, rule), (since, now)),
        }
        self.place(person, why, now);
    }

    pub(super) fn place(&mut self, person: &PersonId, why: RingWhy, now: Timestamp) {
        let call = self.page.id.call(self.page.rings.len());
        let turn = self.page.chain.turn;
        self.page.rings.push(Ring::new(person.clone(), call.clone(), why, (turn, now)));
        self.page.silence.get_or_insert(Silence { since: now, told: false, people: Vec::new() });
        self.place.push(call);
    }

    fn hold(
        &mut self,
        (person, why): (&PersonId, RingWhy),
        (until, rule): (Timestamp, String),
        (since, now): (Timestamp, Timestamp),
    ) {
        let person = || person.clone();
        let turn = self.page.chain.turn;
        // An older one went first: the card has the new time, and the thread need not hear of each.
        if since == now {
            self.happened.push(PageHappened::Held { person: person(), until, rule: rule.clone() });
        }
        self.page.holds.push(Hold { person: person(), since, until, rule, turn, why: Some(why) });
    }

    fn release_holds(&mut self, deck: &mut Deck<'_>, now: Timestamp) {
        let holds = std::mem::take(&mut self.page.holds);
        let (due, kept) = holds.into_iter().partition(|hold| hold.until <= now);
        self.page.holds = kept;
        let due: Vec<Hold> = due;
        for hold in due.iter().filter(|hold| !self.page.has_in_hand(&hold.person, now)).collect::<Vec<_>>() {
            // A redial that was held back is still the n-th one.
            let why = hold.why.clone().filter(|why| matches!(why, RingWhy::Redial(_) | RingWhy::Busy(_)));
            self.ring_wanted((&hold.person, why.unwrap_or(RingWhy::Released)), hold.since, deck, now);
        }
    }

    fn ring_again(&mut self, deck: &mut Deck<'_>, now: Timestamp) {
        let again = std::mem::take(&mut self.page.again);
        let (due, kept): (Vec<Again>, Vec<Again>) = again.into_iter().partition(|again| again.at <= now);
        self.page.again = kept;
        for Again { person, why, .. } in due {
            if !self.page.has_in_hand(&person, now) {
                self.ring(&person, why, deck, now);
            }
        }
    }

    /// Whoever has it is rung first when they did not close it in time; then the chain begins.
    fn recall_if_due(&mut self, deck: &mut Deck<'_>, now: Timestamp) {
        let Some(taken) = self.page.acknowledged_by().cloned() else { return };
        if taken.until.is_none_or(|until| until > now) {
            return;
        }
        self.forget_acknowledged();
        if taken.is_at_source() {
            self.happened.push(PageHappened::Recalled { person: taken.by, promised: false });
            return self.start_again(now);
        }
        let (person, promised) = (taken.by, taken.promised);
        self.happened.push(PageHappened::Recalled { person: person.clone(), promised });
        self.start_again(now);
        self.page.chain.turn += 1;
        (self.page.chain.started_at, self.page.chain.ends_at) = (Some(now), Some(later(now, DEFAULT_WAIT)));
        if !deck.gate.is_listed(&person) {
            self.page.chain.ends_at = Some(now);
        }
        if !self.page.has_in_hand(&person, now) {
            self.ring(&person, RingWhy::Recall, deck, now);
        }
    }

    /// The chain begins anew, at its first step.
    pub(super) fn start_again(&mut self, _now: Timestamp) {
        if self.page.state == PageState::Exhausted {
            self.happened.push(PageHappened::Restarted);
        }
        self.page.state = PageState::Triggered;
        self.page.again.clear();
        let turn = self.page.chain.turn;
        self.page.chain = Chain { turn, run: turn + 1, round: 1, ..Chain::default() };
        self.page.rest = None;
    }

    fn exhaust(&mut self) {
        self.page.state = PageState::Exhausted;
        self.page.chain.ends_at = None;
        let reached = self.page.reached();
        self.happened.push(PageHappened::Exhausted { reached });
        self.notices.push(Notice::Exhausted { reached });
    }

    /// What rang before a person took it, or before it was over, stops, however late it is heard of.
    fn stop_late_rings(&mut self) {
        let before = match self.page.state {
            PageState::Closed => Timestamp::MAX,
            PageState::Acknowledged => self.page.taken.as_ref().map_or(Timestamp::MIN, |taken| taken.at),
            PageState::Triggered | PageState::Exhausted => return,
        };
        let late = self.page.rings.iter().filter(|ring| ring.is_ringing() && ring.at <= before);
        let late: Vec<_> =
            late.map(|ring| ring.call.clone()).filter(|call| !self.end.contains(call)).collect();
        self.end.extend(late);
    }
}

impl Page {
    /// When it has to decide again although nothing is heard; `None`: never.
    #[must_use]
    pub fn wake(&self) -> Option<Timestamp> {
        let silence = self.unrung().map(|ring| later(ring.at, NO_DIAL_AFTER)).min();
        let released = self.holds.iter().map(|hold| hold.until);
        match self.state {
            PageState::Closed => None,
            PageState::Acknowledged => {
                let again = self.again.iter().map(|again| again.at);
                let until = self.taken.as_ref().and_then(|taken| taken.until);
                until.into_iter().chain(silence).chain(released).chain(again).min()
            }
            PageState::Exhausted => {
                let again = self.again.iter().map(|again| again.at);
                silence.into_iter().chain(released).chain(again).min()
            }
            PageState::Triggered => {
                let again = self.again.iter().map(|again| again.at);
                let step = self.chain.ends_at.or(Some(self.opened_at));
                step.into_iter().chain(silence).chain(released).chain(again).chain(self.settling()).min()
            }
        }
    }

    /// When a ring of somebody that this turn waits for can't ring any more, whatever became of it.
    fn settling(&self) -> impl Iterator<Item = Timestamp> {
        let last = |person: &PersonId| self.rings.iter().rev().find(|ring| ring.person == *person);
        let live = self.chain.waiting.iter().filter_map(last).filter(|ring| !ring.is_over());
        live.filter_map(|ring| ring.unsettled_until)
    }
}
