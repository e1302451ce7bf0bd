//! Looks at live calls in turn: every 2 s while ringing and 5 s in a call when few are live, stretched
//! evenly beyond that. Memory only: after a start every open call is compared anyway.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use tokio::sync::mpsc;

use crate::clock::later;
use crate::domain::call::Call;
use crate::domain::ids::CallId;
use crate::usecase::{Context, poll_pause};

/// Most looks a second: half of what the engine documents for this command (wire reference, 1.1).
const LOOKS_PER_SECOND_MAX: u32 = 100;
/// Looks under way at once.
const AT_ONCE: usize = 256;

#[derive(Default)]
struct Turns {
    due: BTreeSet<(Timestamp, CallId)>,
    /// The call's place in the order, and its pause.
    places: HashMap<CallId, (Timestamp, Duration)>,
}

impl Turns {
    /// A call changed: news postpones the next look, an end cancels it.
    fn take(&mut self, call: &Call, now: Timestamp) {
        self.forget(&call.id);
        if let Some(pause) = poll_pause(call) {
            let at = later(now, pause);
            self.places.insert(call.id.clone(), (at, pause));
            self.due.insert((at, call.id.clone()));
        }
    }

    /// The news of its end came before older news.
    fn forget(&mut self, id: &CallId) {
        if let Some((at, _)) = self.places.remove(id) {
            self.due.remove(&(at, id.clone()));
        }
    }

    /// The next call, if one is due. Its turn comes round again after its pause.
    fn pop(&mut self, now: Timestamp) -> Option<CallId> {
        let first = self.due.first().filter(|(at, _)| *at <= now)?.clone();
        self.due.remove(&first);
        let (_, id) = first;
        if let Some((at, pause)) = self.places.get_mut(&id) {
            *at = later(now, *pause);
            self.due.insert((*at, id.clone()));
        }
        Some(id)
    }
}

/// Looks at live calls, until the senders are gone.
pub(super) async fn run(
    context: Arc<Context>,
    mut calls: mpsc::UnboundedReceiver<Arc<Call>>,
    per_second: u32,
) {
    let gap = Duration::from_secs(1) / (per_second / 2).clamp(1, LOOKS_PER_SECOND_MAX);
    let mut turns = Turns::default();
    let mut looks = FuturesUnordered::new();
    let mut free_at = Timestamp::MIN;
    loop {
        let next = turns.due.first().map_or(Timestamp::MAX, |(at, _)| (*at).max(free_at));
        tokio::select! {
            call = calls.recv() => {
                let Some(call) = call else { return };
                turns.take(&call, context.clock.now());
            }
            Some(()) = looks.next() => {}
            () = context.clock.sleep_until(next), if looks.len() < AT_ONCE => {
                let now = context.clock.now();
                if let Some(id) = turns.pop(now) {
                    if context.live.get(&id).and_then(|call| poll_pause(&call)).is_none() {
                        turns.forget(&id);
                        continue;
                    }
                    free_at = later(now, gap);
                    looks.push(look(Arc::clone(&context), id));
                }
            }
        }
    }
}

async fn look(context: Arc<Context>, id: CallId) {
    let _busy = context.clock.busy();
    if let Err(error) = super::unless_panicked(context.look_at(&id)).await {
        tracing::error!(%id, %error, "what was seen of a call could not be stored");
    }
}
