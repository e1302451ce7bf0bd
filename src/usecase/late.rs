//! Looks once more for the record of a call that ended because there was none: somebody may have answered all the
//! same, and talked on.

use std::time::Duration;

use jiff::Timestamp;

use super::Context;
use super::backoff::pause;
use super::timer::fired;
use crate::clock::later;
use crate::domain::call::{Call, CallEvent};
use crate::domain::change::{Change, TimerRow};
use crate::domain::ids::CallId;
use crate::ports::{StoreError, pass};

/// Pause of a look that finds another under way; a part of it by chance.
const OTHERS_FIRST: Duration = Duration::from_secs(60);

/// Pause after the last look, when the engine could not be asked then.
const ASK_AGAIN: Duration = Duration::from_secs(300);
/// An engine that could not be asked for so long after the last look is asked no more.
const SILENCE_MAX: Duration = Duration::from_secs(24 * 3600);

/// One late look at a time. Each reads all records since its dial, and after an outage there may be thousands to do:
/// the deadlines of other calls must not wait behind them.
#[derive(Debug, Default)]
pub struct LateLooks(tokio::sync::Mutex<()>);

impl Context {
    /// A record corrects the outcome. Without one it is looked for again, a few times; an engine that cannot be asked
    /// has told nothing.
    pub(super) async fn look_late(&self, row: &TimerRow, id: &CallId) -> Result<(), StoreError> {
        let call = self.store.call(id).await?.filter(Call::is_unrecorded);
        let Some((call, since)) = call.and_then(|call| call.dialed_at.map(|since| (call, since))) else {
            return self.commit(fired(row)).await;
        };
        let Ok(_only_one) = self.late_looks.0.try_lock() else {
            return self.late_again(row, later(self.clock.now(), pause(OTHERS_FIRST, OTHERS_FIRST, 0))).await;
        };
        let found = self.engine.records_of_room(&call.room, &call.callees(), since).await;
        pass(&*self.steps, "late.answered").await;
        match found {
            Ok(records) => {
                if let Some(record) = self.record_of(&call, records).await? {
                    return self.tell(id, CallEvent::Ended(record), fired(row)).await.map(|_| ());
                }
            }
            Err(error) => {
                tracing::info!(%id, %error, "a late record could not be looked for");
                return self.late_unasked(row, id, &call).await;
            }
        }
        match call.next_late_look(self.clock.now()) {
            Some(due) => self.late_again(row, due).await,
            None => self.tell(id, CallEvent::LookedEnough, fired(row)).await.map(|_| ()),
        }
    }

    /// An engine that could not be asked has not said that there is none.
    async fn late_unasked(&self, row: &TimerRow, id: &CallId, call: &Call) -> Result<(), StoreError> {
        let now = self.clock.now();
        let due = call.next_late_look(now).unwrap_or_else(|| later(now, ASK_AGAIN));
        match call.last_late_look().filter(|last| due <= later(*last, SILENCE_MAX)) {
            Some(_) => self.late_again(row, due).await,
            None => self.tell(id, CallEvent::LookedEnough, fired(row)).await.map(|_| ()),
        }
    }

    async fn late_again(&self, row: &TimerRow, due: Timestamp) -> Result<(), StoreError> {
        let mut again = Change::default();
        again.arm(row.timer.clone(), due);
        self.commit(again).await
    }
}
