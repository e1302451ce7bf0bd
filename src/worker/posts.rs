//! What webhooks are told. Each webhook has a lane of its own, with a few posts under way; whatever else waits for it stays in
//! the store, in the order in which it is due, and nothing of it is in memory. So one that hangs, or is away, delays no other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use tokio::sync::{Notify, watch};

use super::hand::Item;
use super::{Hand, STORE_PAUSE};
use crate::clock::{Busy, Clock, later};
use crate::domain::change::EffectRow;
use crate::domain::ids::WebhookId;
use crate::ports::{ClaimedPosts, StoreError};
use crate::usecase::Context;

/// Posts of one webhook that are under way at once, each with its body in memory: a receiver that answers in 50 ms takes some
/// six hundred a second, and one that hangs has no more than these connections open.
pub const POSTS_AT_ONCE: usize = 32;

/// The webhooks for which something was stored. Until they are served nothing is noted: what is stored then is found in the
/// store.
#[derive(Debug, Default)]
pub(super) struct Asked {
    webhooks: Mutex<Option<BTreeMap<WebhookId, Busy>>>,
    news: Notify,
}

impl Asked {
    /// From now on it is noted who asks.
    pub(super) fn serve(&self) {
        self.lock().get_or_insert_default();
    }

    /// Something waits for `webhook`.
    pub(super) fn ask(&self, webhook: WebhookId, clock: &Clock) {
        if let Some(webhooks) = &mut *self.lock() {
            webhooks.entry(webhook).or_insert_with(|| clock.busy());
        }
        self.news.notify_one();
    }

    /// Who has asked, when somebody has. Simulated time stands still until what is returned is dropped.
    async fn next(&self) -> BTreeMap<WebhookId, Busy> {
        loop {
            let asked = self.lock().as_mut().map(std::mem::take).unwrap_or_default();
            if !asked.is_empty() {
                return asked;
            }
            self.news.notified().await;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<BTreeMap<WebhookId, Busy>>> {
        self.webhooks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One webhook's own.
#[derive(Debug, Default)]
struct Lane {
    /// By the ids of their effects: none is carried out twice at a time.
    under_way: BTreeSet<String>,
    /// The store is being asked.
    looks: bool,
    /// When there may be something in the store; `None`: when somebody says so.
    wake: Option<Timestamp>,
}

impl Lane {
    fn room(&self) -> usize {
        POSTS_AT_ONCE.saturating_sub(self.under_way.len())
    }

    /// When the store is to be asked, if it can be.
    fn wakes(&self) -> Option<Timestamp> {
        self.wake.filter(|_| !self.looks && self.room() > 0)
    }

    fn wake(&mut self, at: Timestamp) {
        self.wake = Some(self.wake.map_or(at, |wake| wake.min(at)));
    }

    fn is_idle(&self) -> bool {
        self.under_way.is_empty() && !self.looks && self.wake.is_none()
    }
}

/// What a look into the store brought, and what held time up meanwhile.
struct Looked {
    webhook: WebhookId,
    found: Result<ClaimedPosts, StoreError>,
    _busy: Busy,
}

/// Tells webhooks what waits for them, for as long as it lives. Nothing new is taken once `stopped`.
pub(super) async fn run(context: Arc<Context>, hand: Arc<Hand>, stopped: watch::Receiver<bool>) {
    let mut lanes: BTreeMap<WebhookId, Lane> = BTreeMap::new();
    let (mut looks, mut posts) = (FuturesUnordered::new(), FuturesUnordered::new());
    // What holds simulated time up until it has led to a look.
    let (mut asked, mut done): (BTreeMap<WebhookId, Busy>, Option<Item<EffectRow>>);
    loop {
        (asked, done) = (BTreeMap::new(), None);
        let next = lanes.values().filter_map(Lane::wakes).min().filter(|_| !*stopped.borrow());
        tokio::select! {
            news = hand.posts.next() => asked = news,
            Some(Looked { webhook, found, _busy }) = looks.next() => {
                let lane = lanes.entry(webhook.clone()).or_default();
                lane.looks = false;
                let rows = match found {
                    Ok(ClaimedPosts { rows, next }) => {
                        next.into_iter().for_each(|next| lane.wake(next));
                        rows
                    }
                    Err(error) => {
                        tracing::error!(%webhook, %error, "what a webhook is to be told could not be claimed");
                        lane.wake(later(context.clock.now(), STORE_PAUSE));
                        Vec::new()
                    }
                };
                for row in rows {
                    lane.under_way.insert(row.effect.id());
                    posts.push(post(Arc::clone(&context), webhook.clone(), hand.item(row)));
                }
            }
            Some((webhook, item)) = posts.next() => {
                let lane = lanes.entry(webhook).or_default();
                lane.under_way.remove(&item.row.effect.id());
                // What was asked for meanwhile was passed over.
                lane.wake(context.clock.now());
                done = Some(item);
            }
            () = context.clock.sleep_until(next.unwrap_or(Timestamp::MAX)), if next.is_some() => {}
        }
        let now = context.clock.now();
        for webhook in asked.keys() {
            lanes.entry(webhook.clone()).or_default().wake(now);
        }
        for (webhook, lane) in &mut lanes {
            if lane.wakes().is_some_and(|wake| wake <= now) && !*stopped.borrow() {
                (lane.looks, lane.wake) = (true, None);
                let wish = (lane.room(), lane.under_way.iter().cloned().collect());
                looks.push(look(Arc::clone(&context), Arc::clone(&hand), webhook.clone(), wish));
            }
        }
        lanes.retain(|_, lane| !lane.is_idle());
        drop((asked, done));
    }
}

/// Claims what is due for `webhook`, as far as it has room.
fn look(
    context: Arc<Context>,
    hand: Arc<Hand>,
    webhook: WebhookId,
    wish: (usize, Vec<String>),
) -> impl Future<Output = Looked> {
    let busy = context.clock.busy();
    async move {
        let lease = super::lease(hand.owner(), context.clock.now());
        let found = context.store.claim_posts(&lease, &webhook, wish).await;
        Looked { webhook, found, _busy: busy }
    }
}

/// Carries out one effect, however often the store must be asked.
async fn post(
    context: Arc<Context>,
    webhook: WebhookId,
    item: Item<EffectRow>,
) -> (WebhookId, Item<EffectRow>) {
    while let Err(why) = super::unless_panicked(Box::pin(context.carry_out(&item.row))).await {
        tracing::error!(effect = item.row.effect.id(), %why, "a webhook is told again later");
        context.clock.sleep_for_waiter(later(context.clock.now(), why.pause())).await;
    }
    (webhook, item)
}
