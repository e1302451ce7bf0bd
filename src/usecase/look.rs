//! Asks the engine how a call stands: what callbacks promise, polling makes sure of.

use std::time::Duration;

use super::Context;
use crate::domain::call::{Call, CallEvent, CallState};
use crate::domain::change::Change;
use crate::domain::ids::CallId;
use crate::ports::{Sight, StoreError, pass};

/// Between two looks at a call that rings, when few are live.
pub const POLL_RINGING: Duration = Duration::from_secs(2);
/// Between two looks at a call that was answered, when few are live.
pub const POLL_CONNECTED: Duration = Duration::from_secs(5);

/// How long to wait before the next look at `call`; `None` when looking tells nothing.
#[must_use]
pub fn poll_pause(call: &Call) -> Option<Duration> {
    if call.engine_call_id.is_none() || call.over_since.is_some() {
        return None;
    }
    match call.state {
        CallState::Placed | CallState::Ringing => Some(POLL_RINGING),
        CallState::Connected => Some(POLL_CONNECTED),
        CallState::Ended => None,
    }
}

impl Context {
    /// Looks at one live call. What is unknown then is known at the next look.
    ///
    /// # Errors
    /// When what was seen could not be stored.
    pub async fn look_at(&self, id: &CallId) -> Result<(), StoreError> {
        let event = match self.sight(id).await? {
            Some(event) => event,
            None => return Ok(()),
        };
        pass(&*self.steps, "look.answered").await;
        self.tell(id, event, Change::default()).await.map(|_| ())
    }

    /// What the engine says of a live call, as news; `None` when it is not to be asked.
    pub(super) async fn sight(&self, id: &CallId) -> Result<Option<CallEvent>, StoreError> {
        let call = match self.live.get(id) {
            Some(call) => Some((*call).clone()),
            None => self.store.call(id).await?,
        };
        let Some(engine_id) = call.filter(|call| poll_pause(call).is_some()).and_then(|c| c.engine_call_id)
        else {
            return Ok(None);
        };
        Ok(Some(match self.engine.look(&engine_id).await {
            Ok(Sight::Live(members)) => {
                CallEvent::Seen(members.into_iter().map(|member| (member.account, member.in_call)).collect())
            }
            Ok(Sight::Over) => CallEvent::Over,
            Err(error) => CallEvent::Unreachable(error.to_string()),
        }))
    }
}
