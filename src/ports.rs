//! What the use cases need from outside, and what the outside may ask of them.
//!
//! `chat`, `engine`, `store`, `http` and `map` know this file and the domain, never each other.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::domain::call::{Call, Media, Record, TimelineEntry};
use crate::domain::change::{Ask, Change, EffectRow, Spent, TimerRow};
use crate::domain::ids::{Account, CallId, CardId, DeliveryKey, EngineCallId, IngestId, PersonId, RoomId};
use crate::domain::inbound::{Inbound, Receipt};
use crate::domain::report::{Card, CardState, Place};

// ---------------------------------------------------------------- the engine

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
    /// The records of ended calls in `room` that started at or after `since`.
    async fn records_of_room(&self, room: &RoomId, since: Timestamp) -> Result<Vec<Record>, EngineError>;
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

// ---------------------------------------------------------------- what callees hear

/// Feeds sound or pictures into the room of a call: the robot account itself has no voice.
#[async_trait]
pub trait Announcer: Send + Sync + fmt::Debug {
    /// Starts a feed. Not idempotent; one whose answer was lost ends by itself after its repeats.
    async fn start(&self, feed: &Feed) -> Result<IngestId, EngineError>;
    /// Makes a feed begin anew, with another source.
    async fn switch(&self, task: &IngestId, url: &str) -> Result<(), EngineError>;
    /// Ends a feed. Success when it was already over.
    async fn stop(&self, task: &IngestId) -> Result<(), EngineError>;
    /// Whether a feed still plays.
    async fn plays(&self, task: &IngestId) -> Result<bool, EngineError>;
    /// Renders `text` as an MP3 file.
    async fn speak(&self, text: &str) -> Result<Vec<u8>, EngineError>;
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

// ---------------------------------------------------------------- the chats

/// A place where cards and threads are posted.
#[async_trait]
pub trait Chat: Send + Sync + fmt::Debug {
    /// Which chat this is, as in [`Place::chat`].
    fn name(&self) -> &'static str;
    /// Posts `card`, keyed by its id so that a repeat makes no second one.
    async fn post_card(&self, place: &Place, card: &Card) -> Result<Posted, ChatError>;
    /// Replaces the text and buttons of a posted card.
    async fn edit_card(&self, place: &Place, message: &str, card: &Card) -> Result<(), ChatError>;
    /// Takes a posted card away.
    async fn remove_card(&self, place: &Place, message: &str) -> Result<(), ChatError>;
    /// Adds a line to the thread under a posted card; `key` makes a repeat harmless.
    async fn post_line(&self, place: &Place, message: &str, line: &Line) -> Result<(), ChatError>;
    /// Tells one person something in private.
    async fn whisper(&self, place: &Place, to: &PersonId, text: &str) -> Result<(), ChatError>;
    /// Whether the chat can be reached, for `/readyz`.
    async fn ready(&self) -> Result<(), ChatError>;
}

/// A card that is in the chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// The chat's id of the message.
    pub message: String,
    /// It was not there before. Or else it shows what it showed, and has to be edited.
    pub is_new: bool,
}

/// One line of a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Unique under its card.
    pub key: String,
    /// When it happened.
    pub at: Timestamp,
    /// The sentence, escaped.
    pub text: String,
}

/// Why a chat did not take a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChatError {
    /// Try again later.
    #[error("{0}")]
    Temporary(String),
    /// The message is gone: post a new one.
    #[error("the message is gone")]
    Gone,
    /// It will never work.
    #[error("{0}")]
    Permanent(String),
}

// ---------------------------------------------------------------- the store

/// Keeps what must outlive the process.
#[async_trait]
pub trait Store: Send + Sync + fmt::Debug {
    /// Makes all of `change` durable, or none of it.
    async fn commit(&self, change: Change) -> Result<Committed, StoreError>;
    /// The receipt of a delivery that was stored before.
    async fn receipt(&self, key: &DeliveryKey) -> Result<Option<Receipt>, StoreError>;
    /// One call.
    async fn call(&self, id: &CallId) -> Result<Option<Call>, StoreError>;
    /// The call that the engine knows by this id.
    async fn call_of_engine(&self, id: &EngineCallId) -> Result<Option<Call>, StoreError>;
    /// The call in this room.
    async fn call_of_room(&self, room: &RoomId) -> Result<Option<Call>, StoreError>;
    /// Every call that has not ended, oldest first.
    async fn open_calls(&self) -> Result<Vec<Call>, StoreError>;
    /// Ended calls, newest first, of `who` (as caller or callee) or of everyone.
    async fn ended_calls(&self, who: Option<&PersonId>, limit: usize) -> Result<Vec<Call>, StoreError>;
    /// Calls whose id starts with `prefix`, at most `limit`.
    async fn calls_like(&self, prefix: &str, limit: usize) -> Result<Vec<Call>, StoreError>;
    /// A call's timeline, oldest first.
    async fn timeline(&self, id: &CallId) -> Result<Vec<TimelineEntry>, StoreError>;
    /// A question that waits for its button.
    async fn ask(&self, id: &CardId) -> Result<Option<Ask>, StoreError>;
    /// What was last shown of a card.
    async fn card(&self, id: &CardId) -> Result<Option<CardState>, StoreError>;
    /// Every board.
    async fn boards(&self) -> Result<Vec<CardState>, StoreError>;
    /// What was spent of every limit at or after `since`, oldest first.
    async fn spent_since(&self, since: Timestamp) -> Result<Vec<Spent>, StoreError>;
    /// Leases to `owner` up to `limit` effects that nobody holds at `now`.
    async fn claim_effects(&self, lease: &Lease, limit: usize) -> Result<Vec<EffectRow>, StoreError>;
    /// Leases to `owner` up to `limit` timers that nobody holds at `now`.
    async fn claim_timers(&self, lease: &Lease, limit: usize) -> Result<Vec<TimerRow>, StoreError>;
    /// Prolongs every lease of `lease.owner`.
    async fn renew(&self, lease: &Lease) -> Result<(), StoreError>;
    /// Forgets deliveries, answered questions and spent limits older than `before`, and calls ended before
    /// `calls_before` with their timelines and cards. Returns how many rows went.
    async fn sweep(&self, before: Timestamp, calls_before: Timestamp) -> Result<usize, StoreError>;
    /// Whether it can be written to, for `/readyz`.
    async fn ready(&self) -> Result<(), StoreError>;
}

/// What became of a committed change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Committed {
    /// The revision of every effect and timer written: later commits have higher ones. Whoever is handed an
    /// effect straight after the commit reports it done by this.
    pub rev: i64,
}

/// Who holds rows, from when, until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The process, by a name that no later process has.
    pub owner: String,
    /// Leases that ended by now are free.
    pub now: Timestamp,
    /// When this one ends.
    pub until: Timestamp,
}

/// Why the store did not do as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The delivery is known: its first receipt stands.
    #[error("the delivery was stored before")]
    Duplicate,
    /// Somebody else changed the row first: load it again and decide anew.
    #[error("the row changed meanwhile")]
    Conflict,
    /// The store failed.
    #[error("store: {0}")]
    Failed(String),
}

// ---------------------------------------------------------------- the way in, and hand-over

/// What an adapter may ask: implemented by the use cases.
#[async_trait]
pub trait Intake: Send + Sync + fmt::Debug {
    /// A person typed, pressed or said something. Returns only when it is durable, or refused.
    async fn person(&self, inbound: Inbound) -> Receipt;
    /// The engine said something. Returns at once; what cannot be stored is found by polling.
    async fn engine(&self, event: EngineEvent);
}

/// Hands what a commit created straight to its worker: the table is for what a crash left behind.
pub trait HandOver: Send + Sync + fmt::Debug {
    /// The lease under which new rows are written; `None` when memory is full and the sweep shall find them.
    fn lease(&self, now: Timestamp) -> Option<Lease>;
    /// This was committed.
    fn committed(&self, done: &Handed);
}

/// What of a commit concerns the workers and the views.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Handed {
    /// Calls as they are now.
    pub calls: Vec<Call>,
    /// To do outside.
    pub effects: Vec<EffectRow>,
    /// Due later.
    pub timers: Vec<TimerRow>,
}

/// The live call map: a view of the calls that have not ended. Truth is the store.
pub trait Live: Send + Sync + fmt::Debug {
    /// Takes in a call as it is now; an ended one is dropped, an older version is ignored.
    fn absorb(&self, call: &Call);
    /// One live call.
    fn get(&self, id: &CallId) -> Option<Arc<Call>>;
    /// The newest `limit` live calls, newest first, and how many there are.
    fn newest(&self, limit: usize) -> (Vec<Arc<Call>>, usize);
    /// How many live calls `person` has placed.
    fn placed_by(&self, person: &PersonId) -> usize;
}

/// Names the points between any two steps, so that a test can crash there. Does nothing in production.
pub trait Steps: Send + Sync + fmt::Debug {
    /// Whether to go on past the step `name`; `false` means that the process has "died".
    fn reached(&self, name: &'static str) -> bool;
}

/// Production: no step ever stops.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSteps;

impl Steps for NoSteps {
    fn reached(&self, _name: &'static str) -> bool {
        true
    }
}

/// Passes the step `name`; never returns when the process has "died" there.
pub async fn pass(steps: &dyn Steps, name: &'static str) {
    if !steps.reached(name) {
        std::future::pending::<()>().await;
    }
}
