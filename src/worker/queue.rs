//! One outside party's queue: many effects at once, one at a time for each card or call.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::sync::mpsc;

use super::Hand;
use super::hand::Item;
use crate::domain::change::EffectRow;
use crate::ports::StoreError;
use crate::usecase::Context;

/// Effects carried out at once in a queue. 200 dials a second that take the engine's full 3 s fit.
const AT_ONCE: usize = 640;

/// Carries out what comes, until the senders are gone.
pub(super) async fn run(
    context: Arc<Context>,
    hand: Arc<Hand>,
    name: String,
    mut items: mpsc::UnboundedReceiver<Item<EffectRow>>,
) {
    tracing::debug!(queue = name, "a queue is served");
    // Under way, by effect id; with what was asked for again meanwhile.
    let mut under_way: HashMap<String, Option<Item<EffectRow>>> = HashMap::new();
    let mut running = FuturesUnordered::new();
    loop {
        tokio::select! {
            Some(id) = running.next() => {
                if let Some(Some(again)) = under_way.remove(&id) {
                    under_way.insert(id, None);
                    running.push(carry_out(Arc::clone(&context), Arc::clone(&hand), again));
                }
            }
            item = items.recv(), if running.len() < AT_ONCE => {
                let Some(item) = item else { return };
                let id = item.row.effect.id();
                if let Some(waiting) = under_way.get_mut(&id) {
                    *waiting = Some(item);
                } else {
                    under_way.insert(id, None);
                    running.push(carry_out(Arc::clone(&context), Arc::clone(&hand), item));
                }
            }
        }
    }
}

async fn carry_out(context: Arc<Context>, hand: Arc<Hand>, item: Item<EffectRow>) -> String {
    // A panic of one effect must not end the queue of all.
    let done = AssertUnwindSafe(context.carry_out(&item.row)).catch_unwind().await;
    if let Err(error) = done.unwrap_or_else(|_| Err(StoreError::Failed("the effect panicked".to_owned()))) {
        super::later_again(&context, &hand, item.row.clone(), &error);
    }
    item.row.effect.id()
}
