//! The two kinds of media rooms, and the numbers that the vendor's APIs give them.
//!
//! Each API numbers them in its own way, and the vendor's documents disagree about one (wire reference section 6.3).
//! So every API has a number type of its own here, and only this file knows which number means what.

use serde::Serialize;

/// A kind of media room. `"123"` and `123` are two different rooms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RoomKind {
    /// Named by a number, 1 to 4294967294. We use none.
    Integer,
    /// Named by a text.
    String,
}

/// `RoomIdType` as the Call commands number it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(super) struct CallRoomType(u8);

impl RoomKind {
    /// For `CallInfo.RoomIdType`.
    pub(super) const fn for_call(self) -> CallRoomType {
        match self {
            Self::Integer => CallRoomType(1),
            Self::String => CallRoomType(2),
        }
    }
}
