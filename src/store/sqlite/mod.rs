//! The store in one SQLite file, owned by one process.
//!
//! - **One writer thread** holds the only connection that writes. It takes whatever waits, carries it out in one
//!   transaction (each job in a savepoint of its own, unless it is alone), commits once, so with one fsync, and then answers all.
//! - **One checkpoint thread** moves the log into the file meanwhile.
//! - **Reader threads** hold connections that can't write. A read sees every commit that was answered before it.
//! - **One process owns the file**, held by a lock on `<file>-lock`. So a lease found at start belongs to a
//!   process that is gone, and is free at once.
//! - **Instants** are kept in microseconds: what is finer is cut off, except inside bodies (JSON).

mod alerts;
mod apply;
mod checkpoint;
mod claim;
mod duty;
mod lines;
mod news;
mod open;
mod page_alerts;
mod pages;
mod peek;
mod people;
mod prepare;
mod query;
mod read;
mod sweep;
mod tellings;
mod write;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::Connection;
use tokio::sync::oneshot;

use self::checkpoint::Checkpointer;
pub use self::open::OpenError;
pub use self::peek::peek_overrides;
use self::prepare::Prepared;
use self::read::Readers;
use self::write::Writer;
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
use crate::ports::{
    CardAndCall, CardAndPage, ClaimedPosts, Committed, Lease, NextTelling, Old, PageAndCalls, Steps, Store,
    StoreError,
};

/// The store in one SQLite file. Dropping it ends its threads, after what waits was carried out.
pub struct Sqlite {
    shared: Arc<Shared>,
    writer: Writer,
    readers: Readers,
}

/// What the threads and their callers both know.
#[derive(Debug, Default)]
struct Shared {
    /// A test "killed the process": nobody is answered any more.
    dead: AtomicBool,
    /// The writer shall end.
    closing: AtomicBool,
    /// COMMITs done.
    commits: AtomicU64,
    /// The writer shall move the rest of the log into the file, so that the log starts anew.
    log_is_long: AtomicBool,
}

impl Sqlite {
    /// Opens the database at `path`, makes it if there is none, and brings its schema up to date. Blocks.
    ///
    /// `steps` is asked at `store.before_commit` and `store.after_commit` of each group; a *no* stops the writer
    /// for good, as a killed process would, and whoever waits then waits for ever.
    ///
    /// # Errors
    /// [`OpenError`], one line for people: another process has it, it is from a newer program, it can't be written.
    pub fn open(path: &Path, steps: Arc<dyn Steps>) -> Result<Self, OpenError> {
        let opened = open::open(path)?;
        let shared = Arc::new(Shared::default());
        let readers = Readers::start(path, opened.readers, Arc::clone(&shared))?;
        let checkpoints = Checkpointer::start(path, opened.checkpoints, Arc::clone(&shared))?;
        let writer = Writer::start(path, (opened.owned, checkpoints), Arc::clone(&shared), steps)?;
        Ok(Self { shared, writer, readers })
    }

    /// Gives the file back although somebody may still hold this store: what is asked of it from now fails.
    /// The thread ends soon after, once the group under way is done.
    pub fn close(&self) {
        self.shared.closing.store(true, Ordering::SeqCst);
        self.writer.nudge();
    }

    /// How many COMMITs were done: one for each group, however many changes it held.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.shared.commits.load(Ordering::Relaxed)
    }
}

impl Shared {
    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    fn die(&self) {
        self.dead.store(true, Ordering::SeqCst);
    }

    /// The answer to a job. A thread that is gone drops it: for a "killed process" that is no answer at all.
    async fn answer<T>(&self, answer: oneshot::Receiver<Result<T, StoreError>>) -> Result<T, StoreError> {
        match answer.await {
            Ok(done) => self.unless_dead(done).await,
            Err(_) => self.unless_dead(Err(StoreError::Failed("its thread has ended".to_owned()))).await,
        }
    }

    async fn unless_dead<T>(&self, done: T) -> T {
        if self.dead.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        done
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sqlite").field("shared", &self.shared).finish_non_exhaustive()
    }
}

#[async_trait]
impl Store for Sqlite {
    async fn commit(&self, change: Change) -> Result<Committed, StoreError> {
        let prepared = Prepared::of(change)?;
        self.writer.write(move |tx| apply::apply(tx, prepared)).await
    }

    async fn receipt(&self, key: &DeliveryKey) -> Result<Option<Receipt>, StoreError> {
        let key = key.clone();
        self.readers.read(move |db| query::receipt(db, &key)).await
    }

    async fn call(&self, id: &CallId) -> Result<Option<Call>, StoreError> {
        let id = id.clone();
        self.readers.read(move |db| query::call(db, &id)).await
    }

    async fn call_of_engine(&self, id: &EngineCallId) -> Result<Option<Call>, StoreError> {
        let id = id.clone();
        self.readers.read(move |db| query::call_of_engine(db, &id)).await
    }

    async fn calls_of_room(&self, room: &RoomId, limit: usize) -> Result<Vec<Call>, StoreError> {
        let room = room.clone();
        self.readers.read(move |db| query::calls_of_room(db, &room, limit)).await
    }

    async fn open_calls(&self) -> Result<Vec<Call>, StoreError> {
        self.readers.read(query::open_calls).await
    }

    async fn ended_calls(&self, who: Option<&PersonId>, limit: usize) -> Result<Vec<Call>, StoreError> {
        let who = who.cloned();
        self.readers.read(move |db| query::ended_calls(db, who.as_ref(), limit)).await
    }

    async fn calls_like(&self, prefix: &str, limit: usize) -> Result<Vec<Call>, StoreError> {
        let prefix = prefix.to_owned();
        self.readers.read(move |db| query::calls_like(db, &prefix, limit)).await
    }

    async fn timeline(&self, id: &CallId) -> Result<Vec<TimelineEntry>, StoreError> {
        let id = id.clone();
        self.readers.read(move |db| query::timeline(db, &id)).await
    }

    async fn ask(&self, id: &CardId) -> Result<Option<Ask>, StoreError> {
        let id = id.clone();
        self.readers.read(move |db| query::ask(db, &id)).await
    }

    async fn linking(&self, user: &ChatUser) -> Result<Option<Linking>, StoreError> {
        let user = user.clone();
        self.readers.read(move |db| people::linking(db, &user)).await
    }

    async fn links(&self) -> Result<Vec<Link>, StoreError> {
        self.readers.read(people::links).await
    }

    async fn choices(&self) -> Result<Vec<(PersonId, QuietChoice)>, StoreError> {
        self.readers.read(people::choices).await
    }

    async fn audit(&self, limit: usize) -> Result<Vec<Audit>, StoreError> {
        self.readers.read(move |db| people::audit(db, limit)).await
    }

    async fn card(&self, id: &CardId) -> Result<Option<CardState>, StoreError> {
        let id = id.clone();
        self.readers.read(move |db| query::card(db, &id)).await
    }

    async fn card_and_call(&self, id: &CardId) -> Result<Option<CardAndCall>, StoreError> {
        let id = id.clone();
        self.readers.read(move |db| query::card_and_call(db, &id)).await
    }

    async fn boards(&self) -> Result<Vec<CardState>, StoreError> {
        self.readers.read(query::boards).await
    }

    async fn overrides(&self, since: Timestamp) -> Result<Vec<Laid>, StoreError> {
        self.readers.read(move |db| query::overrides(db, since)).await
    }

    async fn page(&self, id: &PageId) -> Result<Option<Page>, StoreError> {
        let id = id.clone();
        self.readers.read(move |db| pages::page(&*db.unchecked_transaction()?, &id)).await
    }

    async fn page_and_calls(
        &self,
        id: &PageId,
        wanted: &[Fingerprint],
    ) -> Result<Option<PageAndCalls>, StoreError> {
        let (id, wanted) = (id.clone(), wanted.to_vec());
        self.readers.read(move |db| pages::page_and_calls(db, &id, &wanted)).await
    }

    async fn page_of_group(
        &self,
        (source, policy, group): (&SourceId, &PolicyId, &str),
        wanted: &[Fingerprint],
    ) -> Result<Option<PageAndCalls>, StoreError> {
        let (source, policy, group) = (source.clone(), policy.clone(), group.to_owned());
        let wanted = wanted.to_vec();
        let of_group = move |db: &Connection| {
            pages::page_of_group(db, (source.as_str(), policy.as_str(), &group), &wanted)
        };
        self.readers.read(of_group).await
    }

    async fn page_alerts(&self, id: &PageId) -> Result<Vec<PageAlert>, StoreError> {
        let id = id.clone();
        self.readers.read(move |db| page_alerts::all(db, &id)).await
    }

    async fn turn_of_policy(&self, policy: &PolicyId) -> Result<u64, StoreError> {
        let policy = policy.to_string();
        self.readers.read(move |db| pages::turn_of_policy(db, &policy)).await
    }

    async fn open_pages_of_policy(
        &self,
        policy: &PolicyId,
        after: &PageId,
        limit: usize,
    ) -> Result<Vec<Page>, StoreError> {
        let (policy, after) = (policy.to_string(), after.to_string());
        self.readers.read(move |db| pages::open_pages_of_policy(db, (&policy, &after), limit)).await
    }

    async fn known_alerts(
        &self,
        source: &SourceId,
        fingerprints: Vec<Fingerprint>,
    ) -> Result<Vec<Option<Known>>, StoreError> {
        let source = source.clone();
        self.readers.read(move |db| alerts::known(db, &source, &fingerprints)).await
    }

    async fn open_pages(&self, limit: usize) -> Result<(Vec<Page>, usize), StoreError> {
        self.readers.read(move |db| pages::open_pages(db, limit)).await
    }

    async fn pages_of(&self, person: &PersonId, limit: usize) -> Result<Vec<Page>, StoreError> {
        let person = person.clone();
        self.readers.read(move |db| pages::pages_of(db, &person, limit)).await
    }

    async fn pages_like(&self, prefix: &str, limit: usize) -> Result<Vec<Page>, StoreError> {
        let prefix = prefix.to_owned();
        self.readers.read(move |db| pages::pages_like(db, &prefix, limit)).await
    }

    async fn page_timeline(&self, id: &PageId) -> Result<Vec<PageLine>, StoreError> {
        let id = id.clone();
        self.readers.read(move |db| lines::of(db, &id, 0)).await
    }

    async fn card_and_page(&self, id: &CardId) -> Result<Option<CardAndPage>, StoreError> {
        let id = id.clone();
        self.readers.read(move |db| pages::card_and_page(db, &id)).await
    }

    async fn cards_of_thread(
        &self,
        channel: &str,
        thread: &str,
        limit: usize,
    ) -> Result<Vec<CardState>, StoreError> {
        let (channel, thread) = (channel.to_owned(), thread.to_owned());
        self.readers.read(move |db| pages::cards_of_thread(db, (&channel, &thread), limit)).await
    }

    async fn card_in_thread(&self, channel: &str, thread: &str) -> Result<Option<CardState>, StoreError> {
        let (channel, thread) = (channel.to_owned(), thread.to_owned());
        self.readers.read(move |db| pages::card_in_thread(db, (&channel, &thread))).await
    }

    async fn spent_since(&self, since: Timestamp) -> Result<Vec<Spent>, StoreError> {
        self.readers.read(move |db| query::spent_since(db, since)).await
    }

    async fn claim_effects(&self, lease: &Lease, limit: usize) -> Result<Vec<EffectRow>, StoreError> {
        let lease = lease.clone();
        self.writer.write(move |tx| claim::effects(tx, &lease, limit)).await
    }

    async fn claim_posts(
        &self,
        lease: &Lease,
        webhook: &WebhookId,
        (limit, but): (usize, Vec<String>),
    ) -> Result<ClaimedPosts, StoreError> {
        let (lease, webhook) = (lease.clone(), webhook.clone());
        self.writer.write(move |tx| tellings::claim(tx, &lease, &webhook, (limit, &but))).await
    }

    async fn waiting_webhooks(&self) -> Result<Vec<WebhookId>, StoreError> {
        self.readers.read(tellings::waiting).await
    }

    async fn next_telling(
        &self,
        webhook: &WebhookId,
        page: &PageId,
    ) -> Result<Option<NextTelling>, StoreError> {
        let (webhook, page) = (webhook.clone(), page.clone());
        self.readers.read(move |db| tellings::next(db, &webhook, &page)).await
    }

    async fn claim_timers(&self, lease: &Lease, limit: usize) -> Result<Vec<TimerRow>, StoreError> {
        let lease = lease.clone();
        self.writer.write(move |tx| claim::timers(tx, &lease, limit)).await
    }

    async fn renew(&self, lease: &Lease) -> Result<(), StoreError> {
        let lease = lease.clone();
        self.writer.write(move |tx| claim::renew(tx, &lease)).await
    }

    async fn sweep(&self, old: Old) -> Result<usize, StoreError> {
        let mut gone = 0;
        loop {
            let turn = self.writer.write(move |tx| sweep::turn(tx.db, old)).await?;
            gone += turn.gone;
            if !turn.more {
                return Ok(gone);
            }
        }
    }

    async fn keep(&self, key: &str, value: &str) -> Result<(), StoreError> {
        let (key, value) = (key.to_owned(), value.to_owned());
        self.writer.write(move |tx| apply::keep(tx.db, &key, &value)).await
    }

    async fn kept(&self, key: &str) -> Result<Option<String>, StoreError> {
        let key = key.to_owned();
        self.readers.read(move |db| query::kept(db, &key)).await
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.writer.write(|tx| write::touch(tx.db)).await
    }
}
