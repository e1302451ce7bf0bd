//! What the engine knows of a phone.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::call::{Call, Leave, LegState};
use super::handset::{Handset, HandsetState};

/// A phone. Which call it is part of is kept with the call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Phone {
    pub(super) online: bool,
    /// In a call that is not this engine's.
    pub(super) busy: bool,
    #[serde(skip)]
    pub(super) call: Option<String>,
    /// Switched, or freed, then.
    pub(super) since: Timestamp,
}

impl Phone {
    /// Switched on and free.
    pub(super) const fn new(now: Timestamp) -> Self {
        Self { online: true, busy: false, call: None, since: now }
    }

    /// Starts to ring for `call`, or says why not.
    pub(super) fn reach(&mut self, call: &str, now: Timestamp) -> Result<(), Leave> {
        if !self.online {
            return Err(Leave::Offline);
        }
        if self.busy || self.call.is_some() {
            return Err(Leave::Busy);
        }
        self.call = Some(call.to_owned());
        self.since = now;
        Ok(())
    }

    /// The phone as its owner sees it; `call` is the one it is part of, and `heard` what is fed into its room.
    pub(super) fn view(&self, account: &str, call: Option<&Call>, heard: Option<&str>) -> Handset {
        let leg = call.and_then(|call| call.leg(account));
        let state = match leg {
            _ if !self.online => HandsetState::Offline,
            Some(leg) if leg.state == LegState::InCall => HandsetState::InCall,
            Some(_) => HandsetState::Ringing,
            None if self.busy => HandsetState::Busy,
            None => HandsetState::Idle,
        };
        let show = call.map(|call| &call.show);
        Handset {
            account: account.to_owned(),
            state,
            title: show.map(|show| show.title.clone()).unwrap_or_default(),
            text: show.map(|show| show.text.clone()).unwrap_or_default(),
            media: show.map(|show| show.media.clone()),
            call: call.map(|call| call.id.clone()),
            room: show.map(|show| show.room.clone()),
            hears: heard.filter(|_| state == HandsetState::InCall).map(str::to_owned),
            ignored: leg.is_some_and(|leg| leg.ignored),
            since: leg.map_or(self.since, |leg| leg.since),
        }
    }
}
