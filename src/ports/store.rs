//! What outlives the process.

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::domain::alert::Known;
use crate::domain::call::{Call, TimelineEntry};
use crate::domain::change::{Ask, Audit, Change, EffectRow, Spent, TimerRow};
use crate::domain::ids::{
    CallId, CardId, DeliveryKey, EngineCallId, Fingerprint, PageId, PersonId, PolicyId, RoomId, SourceId,
    WebhookId,
};
use crate::domain::inbound::Receipt;
use crate::domain::link::Linking;
use crate::domain::oncall::Laid;
use crate::domain::page::{Page, PageAlert, PageLine};
use crate::domain::person::{ChatUser, Link, QuietChoice};
use crate::domain::report::CardState;
use crate::domain::webhook::Telling;

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
    /// The calls in this room, at most `limit`: those that have not ended first, then the newest. A page's share one.
    async fn calls_of_room(&self, room: &RoomId, limit: usize) -> Result<Vec<Call>, StoreError>;
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
    /// What waits for a chat user to be linked.
    async fn linking(&self, user: &ChatUser) -> Result<Option<Linking>, StoreError>;
    /// Every link, in order of their users.
    async fn links(&self) -> Result<Vec<Link>, StoreError>;
    /// What people chose about being disturbed, in order of their ids.
    async fn choices(&self) -> Result<Vec<(PersonId, QuietChoice)>, StoreError>;
    /// What was changed last, newest first, at most `limit`.
    async fn audit(&self, limit: usize) -> Result<Vec<Audit>, StoreError>;
    /// What was last shown of a card.
    async fn card(&self, id: &CardId) -> Result<Option<CardState>, StoreError>;
    /// A card with the call it is of and that call's timeline, all of one instant. A call's card that was
    /// never shown is there as soon as the call is.
    async fn card_and_call(&self, id: &CardId) -> Result<Option<CardAndCall>, StoreError>;
    /// Every board.
    async fn boards(&self) -> Result<Vec<CardState>, StoreError>;
    /// Every change of a schedule that holds after `since`, in the order in which they were made.
    async fn overrides(&self, since: Timestamp) -> Result<Vec<Laid>, StoreError>;
    /// One page.
    async fn page(&self, id: &PageId) -> Result<Option<Page>, StoreError>;
    /// One page with those of its calls that it may still have to hear of, all of one instant. Whoever adds, ends or
    /// acknowledges alerts of it names them all, so that they are at hand.
    async fn page_and_calls(
        &self,
        id: &PageId,
        wanted: &[Fingerprint],
    ) -> Result<Option<PageAndCalls>, StoreError>;
    /// The open page of this source, policy and group, in the same way.
    async fn page_of_group(
        &self,
        group: (&SourceId, &PolicyId, &str),
        wanted: &[Fingerprint],
    ) -> Result<Option<PageAndCalls>, StoreError>;
    /// All alerts that a page keeps, in order of arrival.
    async fn page_alerts(&self, id: &PageId) -> Result<Vec<PageAlert>, StoreError>;
    /// The next turn of a policy: each of its pages takes one.
    async fn turn_of_policy(&self, policy: &PolicyId) -> Result<u64, StoreError>;
    /// The open pages of a policy whose ids come after `after`, in their order, at most `limit`.
    async fn open_pages_of_policy(
        &self,
        policy: &PolicyId,
        after: &PageId,
        limit: usize,
    ) -> Result<Vec<Page>, StoreError>;
    /// What is known of the alerts of `source` with these fingerprints, in their order, all of one instant.
    async fn known_alerts(
        &self,
        source: &SourceId,
        fingerprints: Vec<Fingerprint>,
    ) -> Result<Vec<Option<Known>>, StoreError>;
    /// The newest `limit` open pages, newest first, and how many there are.
    async fn open_pages(&self, limit: usize) -> Result<(Vec<Page>, usize), StoreError>;
    /// Open pages that concern `person`, newest first, at most `limit`.
    async fn pages_of(&self, person: &PersonId, limit: usize) -> Result<Vec<Page>, StoreError>;
    /// Pages whose id starts with `prefix`, at most `limit`.
    async fn pages_like(&self, prefix: &str, limit: usize) -> Result<Vec<Page>, StoreError>;
    /// A page's timeline as far as it is kept, oldest first.
    async fn page_timeline(&self, id: &PageId) -> Result<Vec<PageLine>, StoreError>;
    /// A page's card with the page and its timeline, all of one instant. One that was never shown is there as soon as
    /// the page is.
    async fn card_and_page(&self, id: &CardId) -> Result<Option<CardAndPage>, StoreError>;
    /// Pages' cards that a thread is about, at most `limit`: those whose message it hangs on, or hung on before the card got
    /// another one, and those that stand in it. Where threads hang on messages, a thread has the id of its message.
    async fn cards_of_thread(
        &self,
        channel: &str,
        thread: &str,
        limit: usize,
    ) -> Result<Vec<CardState>, StoreError>;
    /// The call's or page's card that was posted last in a thread, or whose message is the first of it, in a chat that
    /// calls its messages `<channel>/<number>`, with numbers that grow. The thread has the number of its first message.
    async fn card_in_thread(&self, channel: &str, thread: &str) -> Result<Option<CardState>, StoreError>;
    /// What was spent of every limit at or after `since`, oldest first.
    async fn spent_since(&self, since: Timestamp) -> Result<Vec<Spent>, StoreError>;
    /// Leases to `owner` up to `limit` effects that are due, that nobody holds at `now`, and that are no webhook's.
    async fn claim_effects(&self, lease: &Lease, limit: usize) -> Result<Vec<EffectRow>, StoreError>;
    /// Leases to `owner` up to `limit` effects of this webhook that are due and that nobody holds at `now`, but for those with
    /// the ids `but`; and says when the next of the others is due.
    async fn claim_posts(
        &self,
        lease: &Lease,
        webhook: &WebhookId,
        wish: (usize, Vec<String>),
    ) -> Result<ClaimedPosts, StoreError>;
    /// The webhooks for which something waits that nobody holds.
    async fn waiting_webhooks(&self) -> Result<Vec<WebhookId>, StoreError>;
    /// What `webhook` is to be told of `page` next.
    async fn next_telling(
        &self,
        webhook: &WebhookId,
        page: &PageId,
    ) -> Result<Option<NextTelling>, StoreError>;
    /// Leases to `owner` up to `limit` timers that nobody holds at `now`.
    async fn claim_timers(&self, lease: &Lease, limit: usize) -> Result<Vec<TimerRow>, StoreError>;
    /// Prolongs every lease of `lease.owner`.
    async fn renew(&self, lease: &Lease) -> Result<(), StoreError>;
    /// Forgets what is `old`. Returns how many rows went.
    async fn sweep(&self, old: Old) -> Result<usize, StoreError>;
    /// Remembers `value` under `key`, in the place of what was there: small things that only an adapter knows.
    async fn keep(&self, key: &str, value: &str) -> Result<(), StoreError>;
    /// What was last kept under `key`.
    async fn kept(&self, key: &str) -> Result<Option<String>, StoreError>;
    /// Whether it can be written to, for `/readyz`.
    async fn ready(&self) -> Result<(), StoreError>;
}

/// What is older than these is not needed any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Old {
    /// Deliveries, questions, and what waited for chat users to be linked.
    pub deliveries: Timestamp,
    /// Uses of limits.
    pub spent: Timestamp,
    /// Ended calls, with their timelines and cards; changes of schedules that were over.
    pub calls: Timestamp,
    /// What admins may read of who changed what.
    pub audit: Timestamp,
}

/// Effects of one webhook.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClaimedPosts {
    /// The claimed ones, the longest due first.
    pub rows: Vec<EffectRow>,
    /// When the next one that is free is due; `None`: there is none.
    pub next: Option<Timestamp>,
}

/// What a webhook is to be told of a page next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextTelling {
    /// The first of what waits.
    pub telling: Telling,
    /// Something waits behind it.
    pub has_more: bool,
}

/// A card, and what it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardAndCall {
    /// What was last shown.
    pub card: CardState,
    /// The call, unless the card is not a call's.
    pub call: Option<Call>,
    /// The call's timeline, oldest first.
    pub timeline: Vec<TimelineEntry>,
}

/// A page, and what rings or talks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageAndCalls {
    /// The page.
    pub page: Page,
    /// Its calls that have not ended, and those whose end it has not heard of.
    pub calls: Vec<Call>,
}

/// A page's card, and what it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardAndPage {
    /// What was last shown.
    pub card: CardState,
    /// The page.
    pub page: Page,
    /// The lines of its timeline that the card's thread may still lack, as far as they are kept, oldest first.
    pub timeline: Vec<PageLine>,
}

/// What became of a committed change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Committed {
    /// The revision of the change, and of every effect and timer written: later commits have higher ones. Whoever is handed an
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
