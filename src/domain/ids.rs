//! Names of things. Each is its own type, so that a person can't be dialled as an account.

use std::fmt;

use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps a name that was already checked by whoever read it.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    };
}

id!(
    /// What people type: `[a-z0-9_-]{1,32}`.
    PersonId
);
id!(
    /// A user id at the call engine.
    Account
);
id!(
    /// A chat's own id of one of its users.
    UserId
);
id!(
    /// A schedule: `[a-z0-9_-]{1,32}`.
    ScheduleId
);
id!(
    /// A change of a schedule for a span: short, since people type it.
    OverrideId
);
id!(
    /// An escalation policy: `[a-z0-9_-]{1,32}`.
    PolicyId
);
id!(
    /// One page. Derived from what started it.
    PageId
);
id!(
    /// A source of alerts: `[a-z0-9_-]{1,32}`.
    SourceId
);
id!(
    /// A webhook that steps may tell: `[a-z0-9_-]{1,32}`.
    WebhookId
);
id!(
    /// What makes two deliveries of a source one alert: a fingerprint, a dedup key.
    Fingerprint
);
id!(
    /// One call. Derived from the delivery key of the command that placed it.
    CallId
);
id!(
    /// The engine's own id of a call, known only once the engine has answered.
    EngineCallId
);
id!(
    /// A task of the engine's that feeds media into a room.
    IngestId
);
id!(
    /// The media room of a call: ours to choose, `co_…`.
    RoomId
);
id!(
    /// The platform's id of one delivery, unique: the root of idempotency.
    DeliveryKey
);
id!(
    /// One card: a message that is edited in place. A call's card has the call's id, and so have a page's.
    CardId
);

/// What precedes a ring's id in the id of the card that asks an admin about it.
const LINK_CARD: &str = "confirm_";

impl CallId {
    /// The call that the delivery `key` places: the same delivery can never place two.
    ///
    /// Twelve base32 characters (60 bits) of SHA-256, after a `c`.
    #[must_use]
    pub fn of_delivery(key: &DeliveryKey) -> Self {
        Self(format!("c{}", short_hash(key.as_str())))
    }

    /// The room of an ad-hoc call. Holds a letter, as the wire reference's section 6.3 asks.
    #[must_use]
    pub fn room(&self) -> RoomId {
        RoomId::new(format!("co_{}", self.0))
    }

    /// The ad-hoc call whose room it is, if it is one.
    #[must_use]
    pub fn of_room(room: &RoomId) -> Option<Self> {
        room.as_str().strip_prefix("co_").map(Self::new)
    }

    /// The call's card.
    #[must_use]
    pub fn card(&self) -> CardId {
        CardId::new(self.0.clone())
    }

    /// The card by which an admin confirms the link that this ring could not prove.
    #[must_use]
    pub fn link_card(&self) -> CardId {
        CardId::new(format!("{LINK_CARD}{}", self.0))
    }
}

impl PageId {
    /// The page that the delivery `key` starts: the same delivery can never start two.
    ///
    /// Twelve base32 characters (60 bits) of SHA-256, after a `p`.
    #[must_use]
    pub fn of_delivery(key: &DeliveryKey) -> Self {
        Self(format!("p{}", short_hash(key.as_str())))
    }

    /// The room that all calls of the page share.
    #[must_use]
    pub fn room(&self) -> RoomId {
        RoomId::new(format!("co_{}", self.0))
    }

    /// The page whose room it is, if it is one's.
    #[must_use]
    pub fn of_room(room: &RoomId) -> Option<Self> {
        room.as_str().strip_prefix("co_").filter(|id| id.starts_with('p')).map(Self::new)
    }

    /// The page's `n`-th call, from 0.
    #[must_use]
    pub fn call(&self, n: usize) -> CallId {
        CallId(format!("c{}", short_hash(&format!("page:{}:{n}", self.0))))
    }

    /// The page's card in its `n`-th place, from 0.
    #[must_use]
    pub fn card(&self, n: usize) -> CardId {
        CardId::new(if n == 0 { self.0.clone() } else { format!("{}.{n}", self.0) })
    }
}

impl OverrideId {
    /// The override that the delivery `key` makes, beside those whose id `is_taken`.
    ///
    /// Short, because people type it: six base32 characters (30 bits) of SHA-256 after an `o`, and one more as often
    /// as another override begins alike.
    #[must_use]
    pub fn of_delivery(key: &DeliveryKey, is_taken: impl Fn(&Self) -> bool) -> Self {
        let hash = short_hash(key.as_str());
        let mut ids = (6..hash.len()).map(|length| Self(format!("o{}", &hash[..length])));
        ids.find(|id| !is_taken(id)).unwrap_or_else(|| Self(format!("o{hash}")))
    }
}

impl CardId {
    /// A card that is not a call's: a question or a board, made by the delivery `key`.
    #[must_use]
    pub fn of_delivery(prefix: &str, key: &DeliveryKey) -> Self {
        Self(format!("{prefix}_{}", short_hash(key.as_str())))
    }

    /// The page whose card this is, if it is one, and in which of its places.
    #[must_use]
    pub fn page(&self) -> Option<(PageId, usize)> {
        let (id, n) = self.0.split_once('.').unwrap_or((&self.0, "0"));
        // Questions and boards have a `_` behind their first word; a call begins with `c`.
        let is_page = id.starts_with('p') && !id.contains('_');
        Some((PageId::new(id), n.parse().ok()?)).filter(|_| is_page)
    }

    /// The call whose card this is, if it is one; or the ring that it asks an admin about.
    #[must_use]
    pub fn call(&self) -> CallId {
        CallId::new(self.0.strip_prefix(LINK_CARD).unwrap_or(&self.0))
    }
}

/// Whether `text` may be the id of a person, schedule or policy: `[a-z0-9_-]{1,32}`.
#[must_use]
pub fn is_person_id(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
}

fn short_hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    BASE32_NOPAD.encode(&digest[..8]).to_ascii_lowercase()[..12].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overrides_that_begin_alike_have_ids_of_their_own() {
        let key = DeliveryKey::new("desk:1");
        let first = OverrideId::of_delivery(&key, |_| false);
        let second = OverrideId::of_delivery(&key, |id| *id == first);
        assert_eq!((first.as_str().len(), second.as_str().len()), (7, 8));
        assert!(second.as_str().starts_with(first.as_str()), "{first}, {second}");
        let last = OverrideId::of_delivery(&key, |_| true);
        assert_eq!(last.as_str().len(), 13, "there is one whatever is taken");
    }
}
