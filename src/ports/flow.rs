//! The way in, the hand-over to workers and views, and the points where tests crash.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use super::{EngineEvent, Lease};
use crate::domain::call::Call;
use crate::domain::change::{EffectRow, TimerRow};
use crate::domain::ids::{CallId, CardId, EngineCallId, PersonId, WebhookId};
use crate::domain::inbound::{Inbound, Receipt};

/// What an adapter may ask: implemented by the use cases.
#[async_trait]
pub trait Intake: Send + Sync + fmt::Debug {
    /// A person typed, pressed or said something. Returns only when it is durable, or refused.
    async fn person(&self, inbound: Inbound) -> Receipt;
    /// The answer to a command became the message of `card`, in the chat's words for it. Returns once that is durable:
    /// after a crash the card is edited, and not posted beside it.
    async fn answered(&self, card: &CardId, message: &str);
    /// A chat could not reach us for a while. Returns once it is recorded that admins are told.
    async fn outage(&self, outage: Outage);
    /// The engine said something. Returns at once; what cannot be stored is found by polling.
    async fn engine(&self, event: EngineEvent);
}

/// A while in which a chat could not bring what people did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// Which chat.
    pub chat: String,
    /// Its last sign of life.
    pub from: Timestamp,
    /// When it was back.
    pub until: Timestamp,
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
    /// The commit's revision.
    pub rev: i64,
    /// Calls as they are now.
    pub calls: Vec<Call>,
    /// To do outside.
    pub effects: Vec<EffectRow>,
    /// Due later.
    pub timers: Vec<TimerRow>,
    /// Webhooks for which something waits in the store.
    pub webhooks: BTreeSet<WebhookId>,
    /// A page was opened, or has changed.
    pub of_pages: bool,
}

/// The live call map: a view of the calls that have not ended. Truth is the store.
pub trait Live: Send + Sync + fmt::Debug {
    /// Takes in a call as it is now; an ended one is dropped, an older version is ignored.
    fn absorb(&self, call: &Call);
    /// One live call.
    fn get(&self, id: &CallId) -> Option<Arc<Call>>;
    /// The newest `limit` live calls, newest first, and how many there are.
    fn newest(&self, limit: usize) -> (Vec<Arc<Call>>, usize);
    /// The live call that the engine knows by this id.
    fn of_engine(&self, id: &EngineCallId) -> Option<Arc<Call>>;
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
