//! How a call ends: by its record, without one, or because it never rang.

use jiff::Timestamp;

use super::{Applied, CallState, DialState, Happened, LegState, Outcome, Record, Verdict};

impl Applied {
    pub(super) fn over(&mut self, now: Timestamp) {
        if self.call.over_since.is_none() && self.call.engine_call_id.is_some() {
            self.call.unreachable_since = None;
            self.call.over_since = Some(now);
            self.happened.push(Happened::Over);
        }
    }

    pub(super) fn ended(&mut self, record: &Record, now: Timestamp) {
        self.found(record.call.clone(), now);
        let (group, told_late) = (self.call.is_group(), self.call.is_told_late());
        let mut ended_at = now;
        if let Some(at) = record.answered_at
            && !group
            && let Some(leg) = self.call.legs.iter_mut().find(|leg| leg.answered_at.is_none() || told_late)
        {
            // Nobody told us of the answer, or only long after it; the record's time is to the second.
            if leg.answered_at.replace(at).is_none() {
                self.happened.push(Happened::Answered(leg.person.clone()));
            }
            self.call.answered_at = Some(at);
            // So the talk is as long as the record has it.
            ended_at = record.ended_at;
        }
        if told_late {
            // It rang as soon as it was dialled, as the record shows.
            self.call.rang_at = self.call.dialed_at;
        }
        let ours = self.call.hung_up_by.is_some();
        for index in 0..self.call.legs.len() {
            self.end_leg(index, &record.verdict, group, ours);
        }
        let outcome = self.whole_outcome();
        self.end(outcome, ended_at);
    }

    fn end_leg(&mut self, index: usize, verdict: &Verdict, group: bool, ours: bool) {
        let leg = &mut self.call.legs[index];
        leg.state = LegState::Ended;
        let answered = leg.answered_at.is_some();
        let told = leg.outcome.filter(|outcome| *outcome != Outcome::Unknown);
        let outcome = match (told, group) {
            (Some(told), true) => told,
            (None, true) if answered => match verdict.outcome(true) {
                Outcome::Dropped => Outcome::Dropped,
                _ => Outcome::Completed,
            },
            (None, true) if ours => Outcome::Cancelled,
            (None, true) => Outcome::Unknown,
            (_, false) => verdict.outcome(answered),
        };
        leg.agreed = told.filter(|_| !group).map(|told| told == outcome);
        if let Some(told) = told
            && told != outcome
        {
            self.happened.push(Happened::Disagreement(leg.person.clone(), told, outcome));
        }
        if told.is_none() && group {
            self.happened.push(Happened::LegEnded(leg.person.clone(), outcome));
        }
        leg.outcome = Some(outcome);
    }

    /// A group call is as good as its best part.
    fn whole_outcome(&self) -> Outcome {
        let of = |outcome| self.call.legs.iter().any(|leg| leg.outcome == Some(outcome));
        let best = [Outcome::Completed, Outcome::Dropped, Outcome::Cancelled];
        let first = self.call.legs.first().and_then(|leg| leg.outcome).unwrap_or(Outcome::Unknown);
        let same = self.call.legs.iter().all(|leg| leg.outcome == Some(first));
        let mixed = if same { first } else { Outcome::NoAnswer };
        best.into_iter().find(|outcome| of(*outcome)).unwrap_or(mixed)
    }

    /// Says nothing of a call that the engine has told us of meanwhile: that one has its record at its end.
    pub(super) fn no_record(&mut self, now: Timestamp) {
        let may_have_left = matches!(self.call.dial, DialState::Sent { .. } | DialState::Unsettled { .. });
        if self.call.engine_call_id.is_none() && may_have_left {
            self.leave_unrecorded();
            self.fail("nothing rang, as far as the engine's records tell".into(), now);
        }
    }

    /// Nothing has been heard of it for too long; unless something was, while that was found.
    pub(super) fn give_up(&mut self, now: Timestamp) {
        let is_silent = self.call.over_since.or(self.call.unreachable_since).is_some();
        if self.call.engine_call_id.is_some() && !is_silent {
            return;
        }
        self.leave_unrecorded();
        for leg in &mut self.call.legs {
            let answered = leg.answered_at.is_some();
            leg.state = LegState::Ended;
            leg.outcome.get_or_insert(if answered { Outcome::Completed } else { Outcome::Unknown });
        }
        let outcome = self.whole_outcome();
        self.end(outcome, now);
    }

    pub(super) fn fail(&mut self, why: String, now: Timestamp) {
        if self.call.engine_call_id.is_none() {
            self.call.failure = Some(why);
            if !matches!(self.call.dial, DialState::Unrecorded { .. }) {
                self.call.dial = DialState::Settled;
            }
            self.end_legs(Outcome::Failed);
            self.end(Outcome::Failed, now);
        }
    }

    pub(super) fn end_legs(&mut self, outcome: Outcome) {
        for leg in &mut self.call.legs {
            leg.state = LegState::Ended;
            leg.outcome.get_or_insert(outcome);
        }
    }

    pub(super) fn end(&mut self, outcome: Outcome, now: Timestamp) {
        self.call.state = CallState::Ended;
        self.call.outcome = Some(outcome);
        self.call.ended_at = Some(now);
        self.call.unreachable_since = None;
        self.happened.push(Happened::Ended(outcome));
    }
}
