//! What can be heard of a call, and what can happen to it.

use jiff::Timestamp;

use super::super::ids::{Account, CallId, EngineCallId, IngestId, PersonId};
use super::{Caller, Outcome, Record};

/// News about a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallEvent {
    /// The request to ring is about to leave.
    Sending,
    /// The engine took it; these callees were not rung, with the engine's number for why.
    Dialed(Option<EngineCallId>, Vec<(Account, i64)>),
    /// Nothing rang; it is tried again.
    Held {
        /// What the engine said.
        why: String,
        /// How often it was tried.
        tries: u32,
        /// When it is tried again.
        next: Timestamp,
    },
    /// It may be ringing: no usable answer came back.
    Unsettled(String),
    /// Nothing rang, and nothing will.
    Refused(String),
    /// The engine has a call in our room.
    Found(EngineCallId),
    /// A callee answered.
    Answered(Account),
    /// A callee's part ended.
    Left(Account, Departure),
    /// The engine lists these members: who, and whether in the call (or else ringing).
    Seen(Vec<(Account, bool)>),
    /// The engine says that it is over; the record tells how.
    Over,
    /// The engine's record.
    Ended(Record),
    /// The engine has no record of our room: as far as that tells, nothing rang.
    NoRecord,
    /// The engine could not tell us for too long, or never had the record of a call that is over.
    GaveUp,
    /// A record was looked for after the end, often enough.
    LookedEnough,
    /// Somebody asked to hang up.
    HangUp(Caller),
    /// The engine could not be asked.
    Unreachable(String),
    /// Picked up after a restart of ours.
    Recovered,
    /// *Ring again* placed this call.
    RungAgain(CallId),
    /// The request to play the announcement is about to leave.
    FeedStarting,
    /// The engine plays it, by this task.
    FeedStarted(IngestId),
    /// The engine plays it, and nobody knows by which task: it ends by itself.
    FeedAdrift,
    /// This task plays no more.
    FeedOver(IngestId),
    /// It can't be played.
    FeedFailed(String),
    /// It can't be played now; whoever answers later may hear it.
    FeedGivenUp(String),
    /// It plays, but could not begin anew for who answered later.
    FeedNotAnew(String),
}

/// How a callee left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    /// Refused.
    Declined,
    /// Did not answer in time.
    RangOut,
    /// Hung up.
    HungUp,
    /// The engine lost the callee's heartbeat.
    Offline,
}

/// What happened, for the timeline and the thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// The command was recorded.
    Placed,
    /// The request to ring leaves.
    Dialing,
    /// Phones ring.
    Dialed,
    /// The engine could not be reached.
    Held,
    /// It may be ringing.
    Unsettled,
    /// The engine told us which call it is.
    Settled,
    /// A callee was not rung: the engine's number for why.
    NotRung(PersonId, i64),
    /// A callee answered.
    Answered(PersonId),
    /// A callee's part ended.
    LegEnded(PersonId, Outcome),
    /// Somebody of ours hung up.
    HangUp(Caller),
    /// The engine says that it is over.
    Over,
    /// The record says otherwise than the news did.
    Disagreement(PersonId, Outcome, Outcome),
    /// The engine could not be asked.
    Unreachable(String),
    /// Picked up after a restart.
    Recovered,
    /// It had ended without a record; the engine has it after all.
    Reopened,
    /// Placed again.
    RungAgain(CallId),
    /// The announcement plays.
    Announced,
    /// It plays, and nobody knows by which task.
    AnnouncementAdrift,
    /// It plays no more.
    AnnouncementOver,
    /// It can't be played.
    AnnouncementFailed(String),
    /// It plays on where it was, although somebody else has answered.
    AnnouncementNotAnew(String),
    /// It is over.
    Ended(Outcome),
}

impl Departure {
    pub(super) const fn outcome(self, answered: bool) -> Outcome {
        match (self, answered) {
            (Self::Declined, _) => Outcome::Declined,
            (Self::RangOut, _) => Outcome::NoAnswer,
            // Nobody hangs up who did not answer: the news of the answer comes late, or not at all.
            (Self::HungUp, _) => Outcome::Completed,
            (Self::Offline, true) => Outcome::Dropped,
            (Self::Offline, false) => Outcome::Offline,
        }
    }
}
