//! Rows in hand are ours while we live: their leases are prolonged all together.

use std::sync::Arc;
use std::time::Duration;

use super::Hand;
use crate::usecase::Context;

/// How long a process that died keeps its rows from others.
pub(super) const LEASE: Duration = Duration::from_secs(60);
/// Between two prolongations: two may fail.
const RENEW_EVERY: Duration = Duration::from_secs(20);

pub(super) async fn keep(context: Arc<Context>, hand: Arc<Hand>) {
    loop {
        context.clock.sleep(RENEW_EVERY).await;
        let _busy = context.clock.busy();
        if let Err(error) = context.store.renew(&super::lease(hand.owner(), context.clock.now())).await {
            tracing::error!(%error, "leases could not be prolonged");
        }
    }
}
