//! The door for alerts: durable within two seconds, or the sender comes again.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::oneshot;

use crate::domain::alert::{AlertDelivery, Refused, Source};
use crate::ports::{Alerts, InHand, NotRecorded, Raised};
use crate::task;
use crate::usecase::Door;

/// How long a sender waits for the commit. With what it has waited for room, this is two seconds; senders give up after some
/// ten themselves, and come again.
const RECORDED_WITHIN: Duration = Duration::from_millis(1_500);

#[async_trait]
impl Alerts for Door {
    fn source(&self, key: &str) -> Option<Arc<Source>> {
        let settings = self.context.settings.get();
        settings.sources.get(settings.keys.source_of(key)?.as_str()).cloned()
    }

    async fn raise(
        &self,
        source: Arc<Source>,
        delivery: AlertDelivery,
        room: InHand,
    ) -> Result<Raised, NotRecorded> {
        let turn = Arc::clone(&self.deliveries).try_acquire_owned().map_err(|_| NotRecorded)?;
        let (context, ends) = (Arc::clone(&self.context), self.ends.clone());
        let (answer, answered) = oneshot::channel();
        let (busy, counted) = (context.clock.busy(), self.counted());
        // A task of its own: it goes on when the sender goes away.
        let work = async move {
            let (_room, _turn, _busy, _counted) = (room, turn, busy, counted);
            let refused = delivery.refused.clone();
            let raised = context.raise(&source, delivery, || answer.is_closed()).await;
            if let Err(error) = &raised
                && let Some(times) = context.alert_turns.trouble(context.clock.now())
            {
                tracing::error!(%error, source = %source.id, times, "alerts could not be recorded; they are sent again");
            }
            let is_recorded = raised.is_ok();
            // Nobody may wait any more: they were told to come again.
            let _unheard = answer.send(raised);
            if is_recorded {
                context.tell_refused(&source, &refused, true).await;
            }
        };
        task::spawn("alerts", async move {
            let _ended = ends.run_until_cancelled_owned(Box::pin(work)).await;
        })
        .detach();
        match self.context.clock.timeout(RECORDED_WITHIN, answered).await {
            Ok(Ok(Ok(raised))) => Ok(raised),
            Ok(_) | Err(_) => Err(NotRecorded),
        }
    }

    async fn refused(&self, source: Arc<Source>, refused: Refused) {
        let _ended = self.ends.run_until_cancelled(self.context.tell_refused(&source, &refused, false)).await;
    }

    async fn too_large(&self, source: Arc<Source>) {
        let _ended = self.ends.run_until_cancelled(self.context.tell_too_large(&source)).await;
    }
}
