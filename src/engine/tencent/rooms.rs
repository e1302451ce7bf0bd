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

/// `RoomIdType` as the media feeds number it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(super) struct IngestRoomType(u8);

/// Which of the vendor's documents is right about the numbers of the media feeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RoomTypes {
    /// The tutorial for calls with a robot: 0 integer, 1 string.
    #[default]
    Tutorial,
    /// The API's reference and the vendor's SDKs: 0 string, 1 integer.
    Reference,
}

impl RoomKind {
    /// For `CallInfo.RoomIdType`.
    pub(super) const fn for_call(self) -> CallRoomType {
        match self {
            Self::Integer => CallRoomType(1),
            Self::String => CallRoomType(2),
        }
    }

    /// For `StartStreamIngest`, if `types` is right.
    pub(super) const fn for_ingest(self, types: RoomTypes) -> IngestRoomType {
        match (self, types) {
            (Self::Integer, RoomTypes::Tutorial) | (Self::String, RoomTypes::Reference) => IngestRoomType(0),
            (Self::String, RoomTypes::Tutorial) | (Self::Integer, RoomTypes::Reference) => IngestRoomType(1),
        }
    }
}

impl RoomTypes {
    /// The other document.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Tutorial => Self::Reference,
            Self::Reference => Self::Tutorial,
        }
    }

    /// The word for it in the configuration.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Tutorial => "tutorial",
            Self::Reference => "reference",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Do not "fix" this: the default is the tutorial's on purpose, and the client tries the other by itself.
    #[test]
    fn the_mapping_is_the_tutorials_unless_told_otherwise() {
        assert_eq!(RoomTypes::default(), RoomTypes::Tutorial);
        let numbers = |kind: RoomKind, types| (kind.for_call().0, kind.for_ingest(types).0);
        assert_eq!(numbers(RoomKind::Integer, RoomTypes::Tutorial), (1, 0));
        assert_eq!(numbers(RoomKind::String, RoomTypes::Tutorial), (2, 1));
        assert_eq!(numbers(RoomKind::Integer, RoomTypes::Reference), (1, 1));
        assert_eq!(numbers(RoomKind::String, RoomTypes::Reference), (2, 0));
        assert_eq!(RoomTypes::Tutorial.other().other(), RoomTypes::Tutorial);
    }
}
