//! What news does to a call. Pure: `None` means that nothing changed (a repeat, or too late).

use jiff::Timestamp;

use super::super::ids::{Account, EngineCallId};
use super::{Call, CallEvent, CallState, Caller, Departure, DialState, Happened, LegState, Outcome};

/// A call after some news, and what happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The call as it is now.
    pub call: Call,
    /// What happened, in order.
    pub happened: Vec<Happened>,
}

impl Call {
    /// What `event`, heard at `now`, makes of this call. `None`: nothing new.
    #[must_use]
    pub fn apply(&self, event: CallEvent, now: Timestamp) -> Option<Applied> {
        let mut next = Applied { call: self.clone(), happened: Vec::new() };
        if next.take_feed(&event, now) {
            // It has a life of its own: it may outlast the call by a moment.
        } else if self.has_ended() {
            next.after_the_end(event, now);
        } else {
            next.take(event, now);
        }
        (!next.happened.is_empty() || next.call != *self).then_some(next)
    }
}

impl Applied {
    fn after_the_end(&mut self, event: CallEvent, now: Timestamp) {
        match event {
            CallEvent::RungAgain(id) if self.call.again.is_none() => {
                self.call.again = Some(id.clone());
                self.happened.push(Happened::RungAgain(id));
            }
            CallEvent::Found(engine) if self.call.is_unrecorded() => self.reopen(engine, now),
            CallEvent::Dialed(Some(engine), refused) if self.call.is_unrecorded() => {
                self.reopen(engine, now);
                self.refused(&refused, now);
            }
            CallEvent::LookedEnough => self.give_up_records(),
            CallEvent::Ended(record) if self.call.is_unrecorded() => {
                self.reopen(record.call.clone(), now);
                self.ended(&record, now);
            }
            _ => {}
        }
    }

    fn take(&mut self, event: CallEvent, now: Timestamp) {
        match event {
            CallEvent::Sending => self.sending(now),
            CallEvent::Dialed(call, refused) => self.dialed(call, &refused, now),
            CallEvent::Held { why, tries, next } => self.held(DialState::Held { why, tries, next }, now),
            CallEvent::Unsettled(why) => self.unsettled(why, now),
            CallEvent::Refused(why) => self.fail(why, now),
            CallEvent::Found(call) => self.found(call, now),
            CallEvent::Answered(account) => self.answered(&account, now),
            CallEvent::Left(account, how) => self.left(&account, how),
            CallEvent::Seen(members) => self.seen(&members, now),
            CallEvent::Over => self.over(now),
            CallEvent::Ended(record) => self.ended(&record, now),
            CallEvent::NoRecord => self.no_record(now),
            CallEvent::GaveUp => self.give_up(now),
            CallEvent::HangUp(by) => self.hang_up(by, now),
            CallEvent::Unreachable(why) => self.unreachable(why, now),
            CallEvent::Recovered => self.recovered(now),
            CallEvent::RungAgain(_)
            | CallEvent::LookedEnough
            | CallEvent::FeedStarting
            | CallEvent::FeedStarted(_)
            | CallEvent::FeedAdrift
            | CallEvent::FeedOver(_)
            | CallEvent::FeedFailed(_)
            | CallEvent::FeedGivenUp(_)
            | CallEvent::FeedNotAnew(_) => {}
        }
    }

    fn sending(&mut self, now: Timestamp) {
        let may_leave = matches!(self.call.dial, DialState::Waiting | DialState::Held { .. });
        if may_leave && self.call.hung_up_by.is_none() {
            self.call.dial = DialState::Sent { at: now };
            self.call.dialed_at = Some(now);
            self.happened.push(Happened::Dialing);
        }
    }

    fn dialed(&mut self, call: Option<EngineCallId>, refused: &[(Account, i64)], now: Timestamp) {
        let Some(call) = call else {
            return self.unsettled("it took the request, but did not say which call it is".into(), now);
        };
        self.rings(call, now);
        self.refused(refused, now);
    }

    fn refused(&mut self, refused: &[(Account, i64)], now: Timestamp) {
        for (account, number) in refused {
            self.not_rung(account, *number);
        }
        if self.call.legs.iter().all(|leg| leg.state == LegState::Ended) && self.call.answered_at.is_none() {
            self.end(Outcome::Failed, now);
            self.call.failure = Some("the engine rang none of them".into());
        }
    }

    fn not_rung(&mut self, account: &Account, number: i64) {
        let legs = self.call.legs.iter_mut();
        for leg in legs.filter(|leg| leg.account == *account && leg.state != LegState::Ended) {
            leg.state = LegState::Ended;
            leg.outcome = Some(Outcome::Failed);
            self.happened.push(Happened::NotRung(leg.person.clone(), number));
        }
    }

    fn held(&mut self, held: DialState, now: Timestamp) {
        if matches!(self.call.dial, DialState::Waiting | DialState::Held { .. } | DialState::Sent { .. }) {
            if self.call.hung_up_by.is_some() {
                // Nothing rang, and nobody wants it to any more.
                self.end_legs(Outcome::Cancelled);
                return self.end(Outcome::Cancelled, now);
            }
            self.call.dial = held;
            self.call.dialed_at = None;
            self.happened.push(Happened::Held);
        }
    }

    fn unsettled(&mut self, why: String, now: Timestamp) {
        if let DialState::Sent { at } = self.call.dial {
            self.call.dial = DialState::Unsettled { at, why };
            self.happened.push(Happened::Unsettled);
        } else if matches!(self.call.dial, DialState::Waiting) {
            self.call.dial = DialState::Unsettled { at: now, why };
            self.happened.push(Happened::Unsettled);
        }
    }

    pub(super) fn found(&mut self, call: EngineCallId, now: Timestamp) {
        if self.call.engine_call_id.is_none() {
            // It has told us something.
            self.call.unreachable_since = None;
            if matches!(self.call.dial, DialState::Unsettled { .. }) {
                self.happened.push(Happened::Settled);
            }
            self.rings(call, now);
        }
    }

    pub(super) fn rings(&mut self, engine: EngineCallId, now: Timestamp) {
        self.call.dial = DialState::Settled;
        self.call.dialed_at.get_or_insert(now);
        if self.call.engine_call_id.is_none() {
            self.call.engine_call_id = Some(engine);
            self.happened.push(Happened::Dialed);
        }
        if self.call.state == CallState::Placed {
            self.call.state = CallState::Ringing;
            self.call.rang_at = Some(now);
        }
        for leg in self.call.legs.iter_mut().filter(|leg| leg.state == LegState::Placed) {
            leg.state = LegState::Ringing;
        }
    }

    fn answered(&mut self, account: &Account, now: Timestamp) {
        let legs = self.call.legs.iter_mut();
        let open = legs.filter(|leg| leg.account == *account && leg.answered_at.is_none());
        for leg in open.filter(|leg| leg.outcome.is_none_or(|outcome| outcome == Outcome::Unknown)) {
            leg.state = LegState::Connected;
            leg.outcome = None;
            leg.answered_at = Some(now);
            self.call.unreachable_since = None;
            self.call.state = CallState::Connected;
            self.call.answered_at.get_or_insert(now);
            self.happened.push(Happened::Answered(leg.person.clone()));
        }
    }

    fn left(&mut self, account: &Account, how: Departure) {
        let legs = self.call.legs.iter_mut();
        let open = legs.filter(|leg| leg.account == *account);
        for leg in open.filter(|leg| leg.outcome.is_none_or(|outcome| outcome == Outcome::Unknown)) {
            let outcome = how.outcome(leg.answered_at.is_some());
            leg.state = LegState::Ended;
            if leg.outcome != Some(outcome) {
                leg.outcome = Some(outcome);
                self.happened.push(Happened::LegEnded(leg.person.clone(), outcome));
            }
        }
    }

    fn seen(&mut self, members: &[(Account, bool)], now: Timestamp) {
        self.call.unreachable_since = None;
        let in_call: Vec<Account> =
            members.iter().filter(|(_, in_call)| *in_call).map(|(account, _)| account.clone()).collect();
        for account in &in_call {
            self.answered(account, now);
        }
        let is_listed = |account: &Account| members.iter().any(|(listed, _)| listed == account);
        let rung = |state| matches!(state, LegState::Ringing | LegState::Connected);
        for leg in self.call.legs.iter_mut().filter(|leg| rung(leg.state) && !is_listed(&leg.account)) {
            // Absent while the call lives: left, or else nobody has told us why yet.
            let answered = leg.answered_at.is_some();
            leg.state = LegState::Ended;
            leg.outcome = Some(if answered { Outcome::Completed } else { Outcome::Unknown });
            if answered {
                self.happened.push(Happened::LegEnded(leg.person.clone(), Outcome::Completed));
            }
        }
    }

    fn hang_up(&mut self, by: Caller, now: Timestamp) {
        if self.call.hung_up_by.is_some() {
            return;
        }
        self.call.hung_up_by = Some(by.clone());
        self.happened.push(Happened::HangUp(by));
        if matches!(self.call.dial, DialState::Waiting | DialState::Held { .. }) {
            self.end_legs(Outcome::Cancelled);
            self.end(Outcome::Cancelled, now);
        }
    }

    fn unreachable(&mut self, why: String, now: Timestamp) {
        if self.call.unreachable_since.is_none() {
            self.call.unreachable_since = Some(now);
            self.happened.push(Happened::Unreachable(why));
        }
    }

    fn recovered(&mut self, now: Timestamp) {
        self.happened.push(Happened::Recovered);
        if matches!(self.call.dial, DialState::Sent { .. }) {
            self.unsettled("we were restarted while dialling".into(), now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Record, Verdict};
    use super::*;
    use crate::domain::ids::{PersonId, RoomId};

    #[test]
    fn what_was_hung_up_while_dialling_is_not_tried_again() {
        let now = Timestamp::UNIX_EPOCH;
        let sent = Call::sample(&["jack"]).apply(CallEvent::Sending, now).unwrap().call;
        let hung_up = sent.apply(CallEvent::HangUp(PersonId::new("ana").into()), now).unwrap().call;
        let held = CallEvent::Held { why: "too many".into(), tries: 1, next: now };
        let after = hung_up.apply(held, now).unwrap().call;
        assert_eq!(after.outcome, Some(Outcome::Cancelled));
        assert_eq!(after.apply(CallEvent::Sending, now), None);
    }

    #[test]
    fn a_hang_up_that_overtakes_its_answer_is_no_cancellation() {
        let now = Timestamp::UNIX_EPOCH;
        let jack = Account::new("jack");
        let tell = |call: Call, event| call.apply(event, now).map_or(call, |applied| applied.call);
        let news = [
            CallEvent::Sending,
            CallEvent::Dialed(Some(EngineCallId::new("e1")), Vec::new()),
            CallEvent::Left(jack.clone(), Departure::HungUp),
            CallEvent::Answered(jack.clone()),
            CallEvent::Ended(Record {
                call: EngineCallId::new("e1"),
                room: Some(RoomId::new("co_c1")),
                callees: vec![jack, Account::new("mira")],
                started_at: now,
                answered_at: Some(now),
                ended_at: now,
                verdict: Verdict::Normal,
            }),
        ];
        let ended = news.into_iter().fold(Call::sample(&["jack", "mira"]), tell);
        assert_eq!(ended.legs[0].outcome, Some(Outcome::Completed));
        assert_eq!(ended.outcome, Some(Outcome::Completed));
    }
}
