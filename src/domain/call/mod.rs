//! One attempt to connect: who rang whom, and how it went.

mod apply;
mod caller;
mod end;
mod feed;
mod follow;
mod late;
mod news;
mod outcome;
mod purpose;
mod timeline;

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::apply::Applied;
pub use self::caller::Caller;
pub use self::feed::{Announcement, FeedState, Source};
pub use self::follow::{DIAL_TAKES_MAX, ENGINE_ANSWERS_WITHIN, FEED_LOOK, RECORD_DELAY, RING_GRACE, follow};
pub use self::news::{CallEvent, Departure, Happened};
pub use self::outcome::{Outcome, Record, Verdict};
pub use self::purpose::{LinkRing, Purpose};
pub use self::timeline::{EventKind, TimelineEntry};
use super::ids::{Account, CallId, EngineCallId, PageId, PersonId, RoomId};
use super::oncall::CalledByDuty;
use super::report::Place;

/// What is sent in a call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Media {
    /// Sound only.
    #[default]
    Audio,
    /// Sound and picture.
    Video,
}

/// How far a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// Recorded; the engine has not said that it rings.
    Placed,
    /// Phones ring.
    Ringing,
    /// Somebody answered.
    Connected,
    /// Over. Nothing changes it any more, but late news of a dial that left no record.
    Ended,
}

/// How far the request to ring is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DialState {
    /// Not sent: it may be sent.
    Waiting,
    /// The engine could not be reached, or was too busy; nothing rang.
    Held {
        /// What it said.
        why: String,
        /// How often it was tried.
        tries: u32,
        /// When it is tried again.
        next: Timestamp,
    },
    /// About to be sent, or sent; found so after a crash, it is unsettled.
    Sent {
        /// When.
        at: Timestamp,
    },
    /// Sent, and no usable answer: it may be ringing. Never sent again.
    Unsettled {
        /// When it was sent.
        at: Timestamp,
        /// Why it is not known.
        why: String,
    },
    /// Sent, no usable answer, and no record when the ring was over: nothing rang, as far as the engine tells. A talk
    /// has no record before its end, so late news open the ended call again. Never sent again.
    Unrecorded {
        /// When it was sent.
        at: Timestamp,
        /// A record was looked for often enough: only the engine itself may still tell of it.
        #[serde(default)]
        given_up: bool,
    },
    /// Known: rung, refused or given up.
    Settled,
}

/// How far one callee's part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegState {
    /// Not rung yet.
    Placed,
    /// The phone rings.
    Ringing,
    /// In the call.
    Connected,
    /// Over.
    Ended,
}

/// One callee's part of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    /// Who is rung.
    pub person: PersonId,
    /// Their user id at the engine.
    pub account: Account,
    /// How far it is.
    pub state: LegState,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// Whether what we were told of the end and the engine's record say the same; `None` when only one has spoken.
    #[serde(default)]
    pub agreed: Option<bool>,
    /// When they answered.
    pub answered_at: Option<Timestamp>,
}

/// One attempt to connect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Derived from the delivery key.
    pub id: CallId,
    /// Whose command it was, or which page rings; of a link's ring, whose phone it is.
    pub by: Caller,
    /// What it is for.
    #[serde(default)]
    pub purpose: Purpose,
    /// Where the command was given: the card and thread live there.
    pub place: Place,
    /// Sound only, or with picture.
    pub media: Media,
    /// Why, in the caller's words, as typed.
    pub note: Option<String>,
    /// Why it rings in quiet hours, in the caller's words, as typed.
    pub reason: Option<String>,
    /// Our room.
    pub room: RoomId,
    /// The engine's id, once it is known.
    pub engine_call_id: Option<EngineCallId>,
    /// How long phones ring.
    pub ring: Duration,
    /// One for each callee, in the order typed.
    pub legs: Vec<Leg>,
    /// How far it is.
    pub state: CallState,
    /// How far the request to ring is.
    pub dial: DialState,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// Why it failed, for people.
    pub failure: Option<String>,
    /// Who hung it up from our side.
    pub hung_up_by: Option<Caller>,
    /// The call that *Ring again* placed; it is placed once.
    pub again: Option<CallId>,
    /// The engine could not be asked since.
    pub unreachable_since: Option<Timestamp>,
    /// When it was recorded.
    pub placed_at: Timestamp,
    /// When the request to ring was last sent.
    pub dialed_at: Option<Timestamp>,
    /// When the engine first said that it rings.
    pub rang_at: Option<Timestamp>,
    /// When the first callee answered.
    pub answered_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Seen over by the engine at this instant; the record is awaited since.
    pub over_since: Option<Timestamp>,
    /// What whoever answers hears.
    #[serde(default)]
    pub announcement: Option<Announcement>,
    /// Schedules by which callees were named.
    #[serde(default)]
    pub duties: Vec<CalledByDuty>,
    /// The stored row's version; 0 for a call that was never stored.
    #[serde(skip)]
    pub version: i64,
}

/// What a new call is made of.
#[derive(Debug, Clone)]
pub struct NewCall {
    /// Derived from the delivery key.
    pub id: CallId,
    /// Whose command it was, or which page rings.
    pub by: Caller,
    /// What it is for.
    pub purpose: Purpose,
    /// Where the command was given.
    pub place: Place,
    /// Sound only, or with picture.
    pub media: Media,
    /// Why.
    pub note: Option<String>,
    /// Why in quiet hours.
    pub reason: Option<String>,
    /// How long phones ring.
    pub ring: Duration,
    /// Who is rung.
    pub callees: Vec<(PersonId, Account)>,
    /// What whoever answers hears.
    pub announcement: Option<Announcement>,
    /// Schedules by which callees were named.
    pub duties: Vec<CalledByDuty>,
}

impl Call {
    /// Records a call at `now`. Nothing has been sent when this returns.
    #[must_use]
    pub fn place(new: NewCall, now: Timestamp) -> Self {
        assert!(!new.callees.is_empty(), "a call rings somebody");
        let legs = new.callees.into_iter().map(|(person, account)| Leg {
            person,
            account,
            state: LegState::Placed,
            outcome: None,
            agreed: None,
            answered_at: None,
        });
        Self {
            // Whoever answers a page later lands with the others.
            room: new.by.page().map_or_else(|| new.id.room(), PageId::room),
            id: new.id,
            by: new.by,
            purpose: new.purpose,
            place: new.place,
            media: new.media,
            note: new.note,
            reason: new.reason,
            engine_call_id: None,
            ring: new.ring,
            legs: legs.collect(),
            state: CallState::Placed,
            dial: DialState::Waiting,
            outcome: None,
            failure: None,
            hung_up_by: None,
            again: None,
            unreachable_since: None,
            placed_at: now,
            dialed_at: None,
            rang_at: None,
            answered_at: None,
            ended_at: None,
            over_since: None,
            announcement: new.announcement,
            duties: new.duties,
            version: 0,
        }
    }

    /// Whether it is over.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.state == CallState::Ended
    }

    /// The page that it was placed for, if it was.
    #[must_use]
    pub const fn page(&self) -> Option<&PageId> {
        self.by.page()
    }

    /// Whether it rings several callees at once.
    #[must_use]
    pub fn is_group(&self) -> bool {
        self.legs.len() > 1
    }

    /// The accounts that it rings, in the order typed.
    #[must_use]
    pub fn callees(&self) -> Vec<Account> {
        self.legs.iter().map(|leg| leg.account.clone()).collect()
    }

    /// Whether `person` is rung by it.
    #[must_use]
    pub fn rings(&self, person: &PersonId) -> bool {
        self.legs.iter().any(|leg| leg.person == *person)
    }

    /// Whether a callee refused it: the record says so of the call, and sooner the news of a leg.
    #[must_use]
    pub fn was_declined(&self) -> bool {
        let declined = Some(Outcome::Declined);
        self.outcome == declined || self.legs.iter().any(|leg| leg.outcome == declined)
    }

    /// Whether the engine told of it only when its ring was over, and its record has not come yet: whoever is in it
    /// answered before, and nobody knows when.
    #[must_use]
    pub fn is_told_late(&self) -> bool {
        self.rang_at.zip(self.rings_until()).is_some_and(|(rang_at, until)| rang_at >= until)
    }

    /// Since when it is as far as it is, as far as we know.
    #[must_use]
    pub fn since(&self) -> Timestamp {
        let told_late = self.dialed_at.filter(|_| self.is_told_late());
        told_late.or(self.answered_at).or(self.rang_at).unwrap_or(self.placed_at)
    }

    /// The latest instant at which a phone may still ring because of this call.
    #[must_use]
    pub fn rings_until(&self) -> Option<Timestamp> {
        self.dialed_at.map(|at| crate::clock::later(at, self.ring))
    }
}

#[cfg(test)]
impl Call {
    /// A call of ana's to `callees`, placed at the epoch, for tests.
    pub(crate) fn sample(callees: &[&str]) -> Self {
        let callees = callees.iter().map(|id| (PersonId::new(*id), Account::new(*id)));
        let new = NewCall {
            id: CallId::new("c1"),
            by: PersonId::new("ana").into(),
            purpose: Purpose::Talk,
            place: Place { chat: "desk".into(), channel: "general".into(), thread: None },
            media: Media::Audio,
            note: None,
            reason: None,
            ring: Duration::from_secs(45),
            callees: callees.collect(),
            announcement: None,
            duties: Vec::new(),
        };
        Self::place(new, Timestamp::UNIX_EPOCH)
    }
}
