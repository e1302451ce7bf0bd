//! After a start: every open call is compared with the engine before anything is rung again.

use futures_util::{StreamExt as _, stream};

use super::Context;
use crate::domain::call::{Call, CallEvent};
use crate::domain::change::Change;
use crate::ports::{StoreError, pass};

/// Calls that are compared with the engine at the same time.
const AT_ONCE: usize = 16;

impl Context {
    /// Fills the map, the limits and what we know of people from the store. Returns the calls that had not ended.
    ///
    /// # Errors
    /// When the store failed.
    pub async fn load(&self) -> Result<Vec<Call>, StoreError> {
        self.warm_people().await?;
        self.warm_limits(&self.settings.get()).await?;
        self.load_overrides().await?;
        let calls = self.store.open_calls().await?;
        for call in &calls {
            self.live.absorb(call);
        }
        Ok(calls)
    }

    /// Asks the engine about every one of `calls`, which were open at the start.
    ///
    /// # Errors
    /// When the store failed.
    pub async fn reconcile_all(&self, calls: Vec<Call>) -> Result<(), StoreError> {
        let mut compared = stream::iter(calls).map(|call| self.reconcile(call)).buffer_unordered(AT_ONCE);
        while let Some(done) = compared.next().await {
            done?;
        }
        Ok(())
    }

    async fn reconcile(&self, call: Call) -> Result<(), StoreError> {
        pass(&*self.steps, "recover.before").await;
        let event = self.sight(&call.id).await?;
        if let Some(event) = event {
            self.tell(&call.id, event, Change::default()).await?;
        }
        self.tell(&call.id, CallEvent::Recovered, Change::default()).await.map(|_| ())
    }
}
