//! How a chat user is linked to a person: a ring shows a code on the person's phone, and whoever types it is them.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::{CallId, CardId, DeliveryKey, PersonId};
use super::inbound::{Said, Who};
use super::report::Place;
use crate::clock::later;

/// A code is void after this: time to find the phone and to type six digits.
pub const CODE_LIVES: Duration = Duration::from_secs(10 * 60);
/// Codes typed for one ring. With a million codes and six rings of a person a day, guessing takes decades.
pub const TRIES_MAX: u32 = 5;
/// What was asked by somebody not linked yet may be done within this. Whoever wants it later, asks again.
pub const ASKED_LIVES: Duration = Duration::from_secs(15 * 60);
/// How many codes there are: six digits.
pub const CODES: u32 = 1_000_000;

/// The six digits that a ring shows. Its `Debug` shows none: it is not to be logged.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Code(String);

impl Code {
    /// The code of a random `number`, of which the last six digits count.
    #[must_use]
    pub fn of_number(number: u32) -> Self {
        Self(format!("{:06}", number % CODES))
    }

    /// Reads what was typed: six digits, with blanks or a hyphen between them as people like.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        let is_code = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_code.then_some(Self(digits))
    }

    /// With a pause after each digit, to be spoken.
    #[must_use]
    pub fn spelled(&self) -> String {
        self.0.chars().map(String::from).collect::<Vec<_>>().join(", ")
    }

    /// All six together, for a program.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }
}

/// `123 456`.
impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.0.split_at_checked(3).unwrap_or((&self.0, ""));
        write!(f, "{first} {second}")
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code([REDACTED])")
    }
}

/// What waits for a chat user to be linked. One for each chat user; kept for some days after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Linking {
    /// Who it is to the chat.
    pub who: Who,
    /// What they asked for before we knew them: the last of it.
    pub asked: Option<Asked>,
    /// The ring whose code they may type.
    pub attempt: Option<Attempt>,
    /// When it was last touched: what is older than some days is forgotten.
    pub at: Timestamp,
    /// The stored row's version; 0 for one that was never stored.
    #[serde(skip)]
    pub version: i64,
}

/// Something that somebody asked for before we knew them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Its delivery: what is done then derives from it, so that two presses do it once.
    pub key: DeliveryKey,
    /// Where it was asked.
    pub place: Place,
    /// What.
    pub said: Said,
    /// When.
    pub at: Timestamp,
}

/// A ring that shows a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The receipt whose button takes the code.
    pub card: CardId,
    /// Who they say they are.
    pub person: PersonId,
    /// The ring.
    pub call: CallId,
    /// Since when.
    pub at: Timestamp,
    /// Codes that may still be typed.
    pub tries_left: u32,
}

impl Linking {
    /// Nothing waits yet.
    #[must_use]
    pub const fn new(who: Who, at: Timestamp) -> Self {
        Self { who, asked: None, attempt: None, at, version: 0 }
    }

    /// What was asked before, if it is not too old at `now`.
    #[must_use]
    pub fn asked_at(&self, now: Timestamp) -> Option<&Asked> {
        self.asked.as_ref().filter(|asked| now <= later(asked.at, ASKED_LIVES))
    }
}

impl Asked {
    /// The delivery under which it is done, whatever is pressed how often.
    #[must_use]
    pub fn done_as(&self) -> DeliveryKey {
        DeliveryKey::new(format!("{}/done", self.key))
    }

    /// The button that does it.
    #[must_use]
    pub fn card(&self) -> CardId {
        CardId::of_delivery("later", &self.key)
    }
}

impl Attempt {
    /// Whether its code is void at `now`.
    #[must_use]
    pub fn is_old(&self, now: Timestamp) -> bool {
        now > later(self.at, CODE_LIVES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_six_digits_however_they_are_typed() {
        let code = Code::of_number(4_000_123);
        assert_eq!((code.to_string().as_str(), code.digits()), ("000 123", "000123"));
        for text in ["000123", "000 123", " 000-123 ", "0 0 0 1 2 3"] {
            assert_eq!(Code::of_text(text), Some(code.clone()), "{text}");
        }
        for text in ["", "00123", "0001234", "abc123", "00012٣", "+00123"] {
            assert_eq!(Code::of_text(text), None, "{text}");
        }
        assert_eq!(code.spelled(), "0, 0, 0, 1, 2, 3");
    }

    #[test]
    fn a_code_is_not_logged() {
        assert_eq!(format!("{:?}", Code::of_number(123_456)), "Code([REDACTED])");
    }
}
