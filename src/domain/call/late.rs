//! A lost dial that left no record when its ring was over, and yet was answered: a talk has no record before its end.

use std::time::Duration;

use jiff::Timestamp;

use super::super::ids::EngineCallId;
use super::{Applied, Call, CallState, DialState, Happened, LegState};
use crate::clock::later;

/// How long after the end a record of our room is looked for once more: rarer with time, and few, because each look
/// reads all of the engine's records since the dial. A talk longer than the last one is told by its callback or never.
const LATE_LOOKS: [Duration; 4] =
    [Duration::from_secs(60), Duration::from_secs(300), Duration::from_secs(900), Duration::from_secs(3600)];

impl Call {
    /// Whether it ended because the engine had no record of it, which late news may contradict.
    #[must_use]
    pub const fn is_unrecorded(&self) -> bool {
        matches!((self.state, &self.dial), (CallState::Ended, DialState::Unrecorded { .. }))
    }

    /// When a record of it is looked for after `now`; `None` when that was done often enough.
    #[must_use]
    pub fn next_late_look(&self, now: Timestamp) -> Option<Timestamp> {
        self.late_looks().find(|at| *at > now)
    }

    /// When a record of it is looked for the last time.
    #[must_use]
    pub fn last_late_look(&self) -> Option<Timestamp> {
        self.late_looks().last()
    }

    fn late_looks(&self) -> impl Iterator<Item = Timestamp> {
        let is_looked_for = matches!(self.dial, DialState::Unrecorded { given_up: false, .. });
        let ended = self.ended_at.filter(|_| self.has_ended() && is_looked_for);
        ended.into_iter().flat_map(|ended| LATE_LOOKS.into_iter().map(move |pause| later(ended, pause)))
    }
}

impl Applied {
    /// The engine had no record of the dial, which is no proof.
    pub(super) fn leave_unrecorded(&mut self) {
        if let DialState::Unsettled { at, .. } | DialState::Sent { at } = self.call.dial {
            self.call.dial = DialState::Unrecorded { at, given_up: false };
        }
    }

    /// A record was looked for often enough.
    pub(super) fn give_up_records(&mut self) {
        if let DialState::Unrecorded { given_up, .. } = &mut self.call.dial {
            *given_up = true;
        }
    }

    /// The engine has the call after all, as `engine`: it is as one that rings. Its alert is not played: by now they
    /// have talked for a minute.
    pub(super) fn reopen(&mut self, engine: EngineCallId, now: Timestamp) {
        let call = &mut self.call;
        call.state = CallState::Placed;
        call.outcome = None;
        call.failure = None;
        call.ended_at = None;
        call.announcement = None;
        call.engine_call_id = Some(engine.clone());
        for leg in &mut call.legs {
            leg.state = LegState::Placed;
            leg.outcome = None;
        }
        self.happened.push(Happened::Reopened);
        self.rings(engine, now);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{CallEvent, EventKind, Outcome, Record, Verdict};
    use super::*;
    use crate::domain::ids::{Account, PersonId};
    use crate::domain::report::story;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn told(call: Call, events: impl IntoIterator<Item = (i64, CallEvent)>) -> Call {
        events.into_iter().fold(call, |call, (second, event)| match call.apply(event, at(second)) {
            Some(applied) => applied.call,
            None => call,
        })
    }

    fn unrecorded() -> Call {
        let lost = CallEvent::Unsettled("no answer".to_owned());
        told(Call::sample(&["jack"]), [(0, CallEvent::Sending), (10, lost), (65, CallEvent::NoRecord)])
    }

    fn record(answered: Option<i64>, verdict: Verdict) -> CallEvent {
        CallEvent::Ended(Record {
            call: EngineCallId::new("e1"),
            room: None,
            callees: Vec::new(),
            started_at: at(1),
            answered_at: answered.map(at),
            ended_at: at(200),
            verdict,
        })
    }

    #[test]
    fn what_left_no_record_is_looked_for_rarer_and_rarer() {
        let call = unrecorded();
        assert_eq!((call.outcome, call.is_unrecorded()), (Some(Outcome::Failed), true));
        let mut looks = Vec::new();
        while let Some(next) = call.next_late_look(looks.last().map_or(at(65), |last| at(*last))) {
            looks.push(next.as_second());
        }
        assert_eq!(looks, [125, 365, 965, 3665]);
        assert_eq!(call.last_late_look(), Some(at(3665)));
    }

    #[test]
    fn a_record_corrects_the_outcome_with_its_own_times() {
        let call = unrecorded();
        let applied = call.apply(record(Some(5), Verdict::Normal), at(365)).unwrap();
        let kinds: Vec<EventKind> =
            applied.happened.iter().map(|happened| story(&applied.call, happened, at(365)).event).collect();
        assert_eq!(kinds, [EventKind::Reopened, EventKind::Answered, EventKind::Ended]);
        let call = applied.call;
        assert_eq!((call.outcome, call.failure.as_ref()), (Some(Outcome::Completed), None));
        assert_eq!((call.answered_at, call.ended_at), (Some(at(5)), Some(at(200))));
        assert_eq!((call.is_unrecorded(), call.last_late_look()), (false, None));
        assert_eq!(call.apply(record(None, Verdict::Busy), at(400)), None, "now it is known");
    }

    #[test]
    fn no_record_says_nothing_of_a_call_that_is_known_meanwhile() {
        let lost = CallEvent::Unsettled("no answer".to_owned());
        let found = CallEvent::Found(EngineCallId::new("e1"));
        let news = [
            (0, CallEvent::Sending),
            (10, lost),
            (20, CallEvent::Unreachable("no answer".to_owned())),
            (66, found),
            (67, CallEvent::Answered(Account::new("jack"))),
        ];
        let call = told(Call::sample(&["jack"]), news);
        assert_eq!(call.apply(CallEvent::NoRecord, at(68)), None);
        assert_eq!(call.apply(CallEvent::GaveUp, at(68)), None, "the engine has told us something");
    }

    #[test]
    fn the_answer_to_its_dial_opens_it_again() {
        let call = told(Call::sample(&["jack"]), [(0, CallEvent::Sending), (65, CallEvent::NoRecord)]);
        assert_eq!((call.outcome, call.is_unrecorded()), (Some(Outcome::Failed), true));
        let answer = CallEvent::Dialed(Some(EngineCallId::new("e1")), Vec::new());
        let call = told(call, [(70, answer)]);
        assert_eq!((call.state, call.engine_call_id), (CallState::Ringing, Some(EngineCallId::new("e1"))));
    }

    #[test]
    fn when_no_record_is_looked_for_any_more_the_engine_may_still_tell_of_it() {
        let call = told(unrecorded(), [(3665, CallEvent::LookedEnough)]);
        assert_eq!((call.last_late_look(), call.next_late_look(at(70))), (None, None));
        let found = CallEvent::Found(EngineCallId::new("e1"));
        assert_eq!(told(call, [(9000, found)]).state, CallState::Ringing);
    }

    #[test]
    fn what_was_refused_stays_refused() {
        let refused = CallEvent::Refused("no".to_owned());
        let call = told(Call::sample(&["jack"]), [(0, CallEvent::Sending), (1, refused)]);
        assert_eq!(call.apply(CallEvent::Found(EngineCallId::new("e1")), at(70)), None);
        assert_eq!(call.last_late_look(), None);
    }

    #[test]
    fn who_hung_up_meanwhile_still_wants_to() {
        let by = PersonId::new("ana");
        let lost = CallEvent::Unsettled("no answer".to_owned());
        let news = [
            (0, CallEvent::Sending),
            (10, lost),
            (20, CallEvent::HangUp(by.into())),
            (65, CallEvent::NoRecord),
        ];
        let before = told(Call::sample(&["jack"]), news);
        let after = told(before.clone(), [(70, CallEvent::Found(EngineCallId::new("e1")))]);
        assert_eq!((after.state, after.outcome), (CallState::Ringing, None));
        let mut change = crate::domain::change::Change::default();
        super::super::follow(&before, &after, at(70), &mut change);
        let effects: Vec<String> = change.effects.iter().map(|row| row.effect.id()).collect();
        assert_eq!(effects, ["end:c1"]);
    }
}
