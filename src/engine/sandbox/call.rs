//! A live call and its legs.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ingest::{Room, RoomKind};

/// What is asked of the switchboard by a dial. Every callee is a known account, named once.
#[derive(Debug, Clone)]
pub(super) struct Dial {
    pub(super) robot: String,
    pub(super) callees: Vec<String>,
    /// Several callees were asked for, even if only one of them is known.
    pub(super) group: bool,
    pub(super) ring: std::time::Duration,
    pub(super) show: Show,
}

/// What a phone shows, and where the call is heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Show {
    pub(super) media: String,
    pub(super) room: String,
    /// 1 integer room, 2 string room, 0 none.
    pub(super) room_kind: u8,
    pub(super) title: String,
    pub(super) text: String,
}

impl Show {
    /// The media room, if the dial named one.
    pub(super) fn media_room(&self) -> Option<Room> {
        let kind = match self.room_kind {
            1 => RoomKind::Integer,
            2 => RoomKind::String,
            _ => return None,
        };
        Some(Room { kind, name: self.room.clone() })
    }
}

/// A call that is not over.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Call {
    pub(super) id: String,
    /// Order of arrival.
    pub(super) serial: u64,
    pub(super) robot: String,
    pub(super) group: bool,
    pub(super) show: Show,
    pub(super) started: Timestamp,
    /// Phones stop ringing at this instant.
    pub(super) ring_until: Timestamp,
    /// When the first callee answered.
    pub(super) accepted: Option<Timestamp>,
    pub(super) legs: Vec<Leg>,
}

/// One callee's part of a call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Leg {
    pub(super) account: String,
    pub(super) state: LegState,
    /// Its phone started to ring; a busy or switched-off one never does.
    pub(super) rang: bool,
    /// The callee silenced it; it rings on until the time is over.
    pub(super) ignored: bool,
    pub(super) since: Timestamp,
}

/// How far a leg is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum LegState {
    Waiting,
    InCall,
    Gone,
}

/// Why a leg ended while its call lived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leave {
    Declined,
    RangOut,
    HungUp,
    Busy,
    Offline,
}

/// How a call ended: `CallResult` of the wire reference, 3.5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Ending {
    NormalEnd,
    NotAnswer,
    Reject,
    CallBusy,
    Cancel,
    Offline,
}

impl Ending {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::NormalEnd => "NormalEnd",
            Self::NotAnswer => "NotAnswer",
            Self::Reject => "Reject",
            Self::CallBusy => "CallBusy",
            Self::Cancel => "Cancel",
            Self::Offline => "Offline",
        }
    }
}

impl Leave {
    /// The call's result when this was its last leg.
    pub(super) const fn ending(self, answered: bool) -> Ending {
        match self {
            Self::Offline => Ending::Offline,
            _ if answered => Ending::NormalEnd,
            Self::Declined => Ending::Reject,
            Self::RangOut => Ending::NotAnswer,
            Self::Busy => Ending::CallBusy,
            Self::HungUp => Ending::NormalEnd,
        }
    }

    /// `ActionType` of the member's callback; the reference knows none for busy.
    pub(super) const fn action(self) -> Option<&'static str> {
        match self {
            Self::Declined => Some("Reject"),
            Self::RangOut => Some("NotAnswer"),
            Self::HungUp => Some("Hangup"),
            Self::Offline => Some("Offline"),
            Self::Busy => None,
        }
    }
}

impl Call {
    /// Everybody who is in the call or rung by it: the account, and whether it is in the call. The robot
    /// is in it from the start to the end.
    pub(super) fn members(&self) -> Vec<(String, bool)> {
        let legs = self.legs.iter().filter(|leg| leg.state != LegState::Gone);
        let callees = legs.map(|leg| (leg.account.clone(), leg.state == LegState::InCall));
        std::iter::once((self.robot.clone(), true)).chain(callees).collect()
    }

    pub(super) fn leg(&self, account: &str) -> Option<&Leg> {
        self.legs.iter().find(|leg| leg.account == account)
    }

    pub(super) fn leg_mut(&mut self, account: &str) -> Option<&mut Leg> {
        self.legs.iter_mut().find(|leg| leg.account == account)
    }

    pub(super) fn rings(&self) -> bool {
        self.legs.iter().any(|leg| leg.state == LegState::Waiting)
    }

    pub(super) fn is_deserted(&self) -> bool {
        self.legs.iter().all(|leg| leg.state == LegState::Gone)
    }
}
