//! Snowflakes: 64-bit ids that are ordered by time.

use std::fmt;

use jiff::Timestamp;
use serde_json::Value;

/// Discord's epoch, 2015-01-01, in milliseconds since 1970.
const EPOCH_MS: i64 = 1_420_070_400_000;
/// The bits below the milliseconds: worker, process, and a count.
const BELOW_MS: u32 = 22;
/// Worker 1, process 0.
const WORKER: u64 = 1 << 17;

/// A snowflake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id(pub(crate) u64);

impl Id {
    /// Reads one as it stands in JSON and in paths: digits without a leading zero.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let is_plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
        text.parse().ok().filter(|_| is_plain).map(Self)
    }

    /// One in JSON, where it is a text.
    pub(super) fn of(value: &Value) -> Option<Self> {
        value.as_str().and_then(Self::read)
    }

    /// As it stands in JSON.
    pub(super) fn json(self) -> Value {
        Value::String(self.to_string())
    }

    /// When it was made.
    pub(super) fn at(self) -> Timestamp {
        let ms = i64::try_from(self.0 >> BELOW_MS).unwrap() + EPOCH_MS;
        Timestamp::from_millisecond(ms).unwrap()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Makes them.
#[derive(Debug, Default)]
pub(super) struct Snowflakes {
    last: u64,
}

impl Snowflakes {
    /// The next one; always greater than all before it.
    pub(super) fn next(&mut self, now: Timestamp) -> Id {
        let ms = u64::try_from(now.as_millisecond() - EPOCH_MS).unwrap();
        self.last = ((ms << BELOW_MS) | WORKER).max(self.last + 1);
        Id(self.last)
    }
}

impl serde::Serialize for Id {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
