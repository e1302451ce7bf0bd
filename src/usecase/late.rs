//! Looks once more for the record of a call that ended because there was none: somebody may have answered all the
//! same, and talked on.

use super::Context;
use super::timer::fired;
use crate::domain::call::{Call, CallEvent};
use crate::domain::change::{Change, TimerRow};
use crate::domain::ids::CallId;
use crate::ports::{StoreError, pass};

impl Context {
    /// A record corrects the outcome. Without one it is looked for again, a few times; an engine that cannot be asked
    /// has told nothing.
    pub(super) async fn look_late(&self, row: &TimerRow, id: &CallId) -> Result<(), StoreError> {
        let call = self.store.call(id).await?.filter(Call::is_unrecorded);
        let Some((call, since)) = call.and_then(|call| call.dialed_at.map(|since| (call, since))) else {
            return self.commit(fired(row)).await;
        };
        let found = self.engine.records_of_room(&call.room, since).await;
        pass(&*self.steps, "late.answered").await;
        match found.map(|records| records.into_iter().next()) {
            Ok(Some(record)) => {
                return self.tell(id, CallEvent::Ended(record), fired(row)).await.map(|_| ());
            }
            Ok(None) => {}
            Err(error) => tracing::info!(%id, %error, "a late record could not be looked for"),
        }
        let Some(due) = call.next_late_look(self.clock.now()) else {
            return self.commit(fired(row)).await;
        };
        let mut again = Change::default();
        again.arm(row.timer.clone(), due);
        self.commit(again).await
    }
}
