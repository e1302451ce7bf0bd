//! What is heard of the gateway: serenity's events, and how the connection is.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serenity::all::{ConnectionStage, Event, GuildId, Interaction, ShardManager};
use serenity::client::{Context, RawEventHandler};
use tokio::sync::mpsc;

use super::gateway::wait;
use super::link::{Gap, Link};
use super::serve::Open;
use crate::clock::{Busy, Clock};

/// Interactions that wait to be taken: more than can be answered in time.
const WAITING_MAX: usize = 10_000;
/// Places beyond those, which interactions don't get: news of the connection are few, and none may be lost.
const RESERVED: usize = 100;
/// A session that lasted so long was a good one.
pub(super) const LASTS: Duration = Duration::from_secs(60);
/// Sessions in a row that serenity begins by itself, 5 s after one another: when none of them lasts, it is stopped.
pub(super) const SESSIONS_MAX: u32 = 3;
/// A session that is away for so long is given up: by then it is resumed, or never. serenity would begin a new one after
/// 5 s, again and again, for ever.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(4);
/// How long the first connection may take to stand.
const STANDS_WITHIN: Duration = Duration::from_secs(10);
/// Between two looks at the connection: serenity does not tell of a heartbeat that was lost.
const WATCH_EVERY: Duration = Duration::from_millis(500);

/// What comes from the gateway. Holds simulated time up until it is taken care of.
#[derive(Debug)]
pub(super) struct News {
    pub(super) what: What,
    /// When it was heard.
    pub(super) at: Timestamp,
    pub(super) busy: Busy,
    /// Counts it as unanswered.
    pub(super) open: Open,
}

#[derive(Debug)]
pub(super) enum What {
    /// Somebody did something.
    Interaction(Box<Interaction>),
    /// Somebody did something that serenity cannot read.
    Unread(serde_json::Value),
    /// A session began, in these servers; the one before it may have lost something.
    Began(u64, Vec<GuildId>, Gap),
    /// The bot was invited to a server, for the first time or again.
    Joined,
    /// It is lost, and tried again.
    Lost,
    /// Discord will not have us.
    Refused(String),
}

/// Hears what serenity hears, and passes it on.
#[derive(Clone)]
pub(super) struct Ears {
    news: mpsc::Sender<News>,
    pub(super) link: Arc<Link>,
    clock: Clock,
    /// The servers that the bot is in.
    servers: Arc<Mutex<HashSet<GuildId>>>,
    open: Arc<AtomicUsize>,
    /// Sessions in a row that this connection had, and looks that found the last one standing.
    began: Arc<AtomicU32>,
    stood: Arc<AtomicU32>,
}

#[async_trait]
impl RawEventHandler for Ears {
    async fn raw_event(&self, _context: Context, event: Event) {
        let busy = self.clock.busy();
        let now = self.clock.now();
        let what = match event {
            Event::Ready(ready) => {
                let guilds: Vec<GuildId> = ready.ready.guilds.iter().map(|guild| guild.id).collect();
                *self.servers() = guilds.iter().copied().collect();
                self.began.fetch_add(1, Ordering::Relaxed);
                What::Began(ready.ready.application.id.get(), guilds, self.link.began(now))
            }
            Event::Resumed(_) => {
                self.link.resumed(now);
                tracing::info!("the session with Discord goes on; nothing was lost");
                return;
            }
            // Each server of the session's beginning comes once more, with its particulars.
            Event::GuildCreate(created) if self.servers().insert(created.guild.id) => What::Joined,
            // One that is only away for a while stays.
            Event::GuildDelete(gone) if !gone.guild.unavailable => {
                self.servers().remove(&gone.guild.id);
                return self.link.heard(now);
            }
            Event::InteractionCreate(created) => What::Interaction(Box::new(created.interaction)),
            Event::Unknown(unknown) if unknown.kind == "INTERACTION_CREATE" => What::Unread(unknown.value),
            _ => return self.link.heard(now),
        };
        self.link.heard(now);
        self.pass(News { what, at: now, busy, open: Open::new(&self.open) });
    }
}

impl Ears {
    pub(super) fn new(link: Arc<Link>, clock: Clock, open: Arc<AtomicUsize>) -> (Self, mpsc::Receiver<News>) {
        let (sender, news) = mpsc::channel(WAITING_MAX + RESERVED);
        let (servers, began, stood) = (Arc::default(), Arc::default(), Arc::default());
        (Self { news: sender, link, clock, servers, open, began, stood }, news)
    }

    /// How many sessions in a row the last connection had, and how long the last of them lasted.
    pub(super) fn sessions(&self) -> (u32, Duration) {
        (self.began.load(Ordering::Relaxed), WATCH_EVERY * self.stood.load(Ordering::Relaxed))
    }

    fn servers(&self) -> MutexGuard<'_, HashSet<GuildId>> {
        self.servers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tell(&self, what: What) {
        let (at, busy) = (self.clock.now(), self.clock.busy());
        self.pass(News { what, at, busy, open: Open::new(&self.open) });
    }

    fn pass(&self, news: News) {
        let is_from_people = matches!(news.what, What::Interaction(_) | What::Unread(_));
        // Nobody else sends: what is free stays free.
        if is_from_people && self.news.capacity() <= RESERVED {
            tracing::error!("{WAITING_MAX} interactions wait: one more is lost");
            return;
        }
        if let Err(mpsc::error::TrySendError::Full(news)) = self.news.try_send(news) {
            tracing::error!(news = ?news.what, "news of the connection to Discord could not be passed on");
        }
    }

    pub(super) fn lost(&self) {
        if self.link.lost(self.clock.now()) {
            self.tell(What::Lost);
        }
    }

    /// Looks at the connection until it has to be given up.
    pub(super) async fn watch(&self, manager: &ShardManager) {
        let (mut latency, mut away) = (None, Duration::ZERO);
        self.began.store(0, Ordering::Relaxed);
        self.stood.store(0, Ordering::Relaxed);
        let mut known = 0;
        loop {
            wait(WATCH_EVERY).await;
            let (sessions, lasted) = self.sessions();
            if sessions > known {
                if known > 0 && lasted >= LASTS {
                    self.began.store(1, Ordering::Relaxed);
                } else if sessions >= SESSIONS_MAX {
                    return;
                }
                known = self.began.load(Ordering::Relaxed);
                self.stood.store(0, Ordering::Relaxed);
            }
            let (is_connected, now_latency) = {
                let runners = manager.runners.lock().await;
                let runner = runners.values().next();
                (
                    runner.is_some_and(|runner| runner.stage == ConnectionStage::Connected),
                    runner.and_then(|runner| runner.latency),
                )
            };
            if now_latency.is_some() && now_latency != latency {
                // A heartbeat was answered.
                latency = now_latency;
                self.link.heard(self.clock.now());
            }
            if is_connected {
                self.stood.fetch_add(1, Ordering::Relaxed);
                away = Duration::ZERO;
                continue;
            }
            self.lost();
            away += WATCH_EVERY;
            let has_stood = self.stood.load(Ordering::Relaxed) > 0;
            if away >= if has_stood { GIVEN_UP_AFTER } else { STANDS_WITHIN } {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_full_of_interactions_still_takes_news_of_the_connection_and_all_are_counted() {
        let (clock, open) = (Clock::simulated(Timestamp::UNIX_EPOCH), Arc::default());
        let (ears, mut news) = Ears::new(Arc::default(), clock, Arc::clone(&open));
        (0..WAITING_MAX + 10).for_each(|_| ears.tell(What::Unread(serde_json::Value::Null)));
        assert_eq!(open.load(Ordering::SeqCst), WAITING_MAX, "what waits to be taken is unanswered");
        ears.tell(What::Began(1, Vec::new(), Gap::None));
        ears.tell(What::Refused("no".into()));
        let mut came = Vec::new();
        while let Ok(News { what, .. }) = news.try_recv() {
            came.push(what);
        }
        assert_eq!(came.len(), WAITING_MAX + 2);
        assert!(matches!(came[WAITING_MAX..], [What::Began(..), What::Refused(_)]));
        assert_eq!(open.load(Ordering::SeqCst), 0);
    }
}
