//! What rings phones, and what callees hear.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::domain::call::{Media, Record};
use crate::domain::ids::{Account, EngineCallId, IngestId, RoomId};

/// What rings phones.
#[async_trait]
pub trait Engine: Send + Sync + fmt::Debug {
    /// Waits until one dial may leave under the engine's ceiling: pages first, each kind in order of arrival.
    async fn turn(&self, priority: Priority) -> Turn;
    /// Rings every callee of `dial` once. Not idempotent: see [`EngineError::Unsettled`].
    async fn dial(&self, dial: &Dial, turn: Turn) -> Result<Dialed, EngineError>;
    /// The state of a call that may be live.
    async fn look(&self, call: &EngineCallId) -> Result<Sight, EngineError>;
    /// Ends a call for everyone. Success when it was already over.
    async fn end(&self, call: &EngineCallId) -> Result<(), EngineError>;
    /// The record of an ended call; `None` while the engine has none (it appears some 5 s after the end).
    async fn record(&self, call: &EngineCallId) -> Result<Option<Record>, EngineError>;
    /// The records of ended calls in `room` that started at or after `since`. Whom they rang, `callees`, tells what
    /// can't be one of them although its room can't be read.
    async fn records_of_room(
        &self,
        room: &RoomId,
        callees: &[Account],
        since: Timestamp,
    ) -> Result<Vec<Record>, EngineError>;
    /// Whether the engine answers at all, for `/readyz`.
    async fn ready(&self) -> Result<(), EngineError>;
    /// Until when the engine is sent nothing at all: what fails meanwhile was not tried, and may wait until then.
    fn rests_until(&self) -> Option<Timestamp> {
        None
    }
}

/// Whose dial goes first when the engine's ceiling makes them wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// A person asked for it by hand, and may ask again.
    AdHoc,
    /// Production is broken.
    Page,
}

/// The right to dial once, now. Taken before a dial is marked as sent: what waits for its turn was not sent.
#[derive(Debug)]
#[must_use = "a place under the engine's ceiling was used up for it"]
pub struct Turn(());

impl Turn {
    /// For an engine, when it is time.
    pub const fn granted() -> Self {
        Self(())
    }
}

/// One request to ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dial {
    /// Who is rung: one, or several for a group call.
    pub callees: Vec<Account>,
    /// Sound only, or with picture.
    pub media: Media,
    /// Our room.
    pub room: RoomId,
    /// How long phones ring.
    pub ring: Duration,
    /// First line of the push notification.
    pub title: String,
    /// Second line of the push notification.
    pub text: String,
    /// Passed to the callee's client, at most 1000 bytes.
    pub user_data: String,
}

/// The engine took the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialed {
    /// The engine's id of the call; some answers lack it.
    pub call: Option<EngineCallId>,
    /// Callees that were not rung, with the engine's number for why.
    pub refused: Vec<(Account, i64)>,
}

/// What the engine says of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// It lives; these members are in it.
    Live(Vec<Member>),
    /// It is over, or never was. The record has the outcome.
    Over,
}

/// A member of a live call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub account: Account,
    /// In the call; or else still ringing.
    pub in_call: bool,
}

/// Why the engine did not do as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// Nothing rang; the same request may succeed later.
    #[error("{0}")]
    Temporary(String),
    /// Nothing rang, and nothing will until an operator acts; the text says what to do.
    #[error("{0}")]
    Permanent(String),
    /// The request may have been carried out: no usable answer came back.
    #[error("{0}")]
    Unsettled(String),
}

/// What the engine tells us unasked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EngineEvent {
    /// A call exists: how a dial whose answer was lost is settled.
    Started {
        /// The engine's id.
        call: EngineCallId,
        /// Our room, if the engine says it.
        room: Option<RoomId>,
        /// When, by the engine's clock.
        at: Timestamp,
    },
    /// Members changed.
    Changed {
        /// The engine's id.
        call: EngineCallId,
        /// Who did what.
        moves: Vec<(Account, Move)>,
        /// When, by the engine's clock.
        at: Timestamp,
    },
    /// The call is over.
    Ended {
        /// The engine's id.
        call: EngineCallId,
        /// The record that came with the news.
        record: Record,
    },
}

impl EngineEvent {
    /// The engine's id of the call that it is about.
    #[must_use]
    pub const fn call(&self) -> &EngineCallId {
        match self {
            Self::Started { call, .. } | Self::Changed { call, .. } | Self::Ended { call, .. } => call,
        }
    }

    /// When its call started, or did what it tells, by the engine's clock.
    #[must_use]
    pub const fn began(&self) -> Timestamp {
        match self {
            Self::Started { at, .. } | Self::Changed { at, .. } => *at,
            Self::Ended { record, .. } => record.started_at,
        }
    }
}

/// What a member did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    /// Accepted the call, or joined it by oneself.
    Answered,
    /// Refused it.
    Declined,
    /// Did not answer in time.
    RangOut,
    /// Left after answering.
    HungUp,
    /// The engine lost the member's heartbeat.
    Offline,
    /// Anything that changes nothing for us, in the engine's words.
    Other(String),
}

/// Feeds sound or pictures into the room of a call: the robot account itself has no voice.
#[async_trait]
pub trait Announcer: Send + Sync + fmt::Debug {
    /// Starts a feed. Not idempotent; one whose answer was lost ends by itself after its repeats.
    async fn start(&self, feed: &Feed) -> Result<Started, EngineError>;
    /// Makes a feed begin anew, with another source. `false` when it was over.
    async fn switch(&self, task: &IngestId, url: &str) -> Result<bool, EngineError>;
    /// Ends a feed. Success when it was already over.
    async fn stop(&self, task: &IngestId) -> Result<(), EngineError>;
    /// Whether a feed still plays.
    async fn plays(&self, task: &IngestId) -> Result<bool, EngineError>;
    /// Renders `text` as an MP3 file.
    async fn speak(&self, text: &str) -> Result<Vec<u8>, EngineError>;
}

/// How a feed plays that was to be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Started {
    /// By this task, which has to be ended.
    Task(IngestId),
    /// By the task of an earlier start, whose answer was lost: nobody can end it, and it ends after its repeats.
    Adrift,
}

/// What is played, where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// Our room: a string room.
    pub room: RoomId,
    /// What the engine's media servers fetch; it may hold a secret path, so it is never logged.
    pub url: String,
    /// How often it is played: finite, so that a feed nobody stops ends by itself.
    pub repeats: u32,
}
