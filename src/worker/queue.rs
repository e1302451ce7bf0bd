//! One outside party's queue: many effects at once, one at a time for each card or call.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;

use super::Hand;
use super::hand::Item;
use crate::clock::{Clock, Excused};
use crate::domain::change::EffectRow;
use crate::usecase::Context;

/// Effects carried out at once in a queue. 200 dials a second that take the engine's full 3 s fit.
pub const EFFECTS_AT_ONCE: usize = 640;

/// Carries out what comes, until the senders are gone.
pub(super) async fn run(
    context: Arc<Context>,
    hand: Arc<Hand>,
    name: String,
    mut items: mpsc::UnboundedReceiver<Item<EffectRow>>,
) {
    tracing::debug!(queue = name, "a queue is served");
    // Under way, by effect id; with what was asked for again meanwhile.
    let mut under_way: HashMap<String, Option<Waiting>> = HashMap::new();
    let mut running = FuturesUnordered::new();
    loop {
        tokio::select! {
            Some(id) = running.next() => {
                if let Some(Some(Waiting { excused, item })) = under_way.remove(&id) {
                    drop(excused);
                    under_way.insert(id, None);
                    running.push(carry_out(Arc::clone(&context), Arc::clone(&hand), item));
                }
            }
            item = items.recv(), if running.len() < EFFECTS_AT_ONCE => {
                let Some(item) = item else { return };
                let id = item.row.effect.id();
                if let Some(waiting) = under_way.get_mut(&id) {
                    keep_newest(waiting, item, &context.clock);
                } else {
                    under_way.insert(id, None);
                    running.push(carry_out(Arc::clone(&context), Arc::clone(&hand), item));
                }
            }
        }
    }
}

/// What waits behind one of its own kind: that one alone holds simulated time up, or waits for it to pass.
struct Waiting {
    excused: Excused,
    item: Item<EffectRow>,
}

/// Two commits may be handed over in the wrong order; the row has the later one's revision, and only whoever
/// carries out that one reports it done.
fn keep_newest(waiting: &mut Option<Waiting>, item: Item<EffectRow>, clock: &Clock) {
    if waiting.as_ref().is_none_or(|known| known.item.row.rev <= item.row.rev) {
        *waiting = Some(Waiting { excused: clock.excuse(), item });
    }
}

async fn carry_out(context: Arc<Context>, hand: Arc<Hand>, item: Item<EffectRow>) -> String {
    if let Err(why) = super::unless_panicked(Box::pin(context.carry_out(&item.row))).await {
        super::later_again(&context, &hand, item.row.clone(), &why);
    }
    item.row.effect.id()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::change::Effect;
    use crate::domain::ids::CallId;
    use crate::map::LiveMap;

    #[test]
    fn the_later_commit_counts_whatever_the_order() {
        let clock = Clock::simulated(jiff::Timestamp::UNIX_EPOCH);
        let (hand, _mail) = Hand::new("me".to_owned(), clock.clone(), Arc::new(LiveMap::default()), &[]);
        let item = |rev| {
            let (effect, due) = (Effect::Dial(CallId::new("c1")), clock.now());
            hand.item(EffectRow { effect, due, attempts: 0, rev, lease: None })
        };
        for order in [[1, 2], [2, 1]] {
            let mut waiting = None;
            order.into_iter().for_each(|rev| keep_newest(&mut waiting, item(rev), &clock));
            assert_eq!(waiting.map(|waiting| waiting.item.row.rev), Some(2));
        }
    }
}
