//! The keys that open the doors to alert sources.

use std::collections::HashMap;
use std::fmt;

use sha2::{Digest as _, Sha256};
use subtle::{ConditionallySelectable as _, ConstantTimeEq as _};

use crate::domain::ids::SourceId;

/// Shortest key, in bytes: not to be found by trying. A routing key of PagerDuty has 32.
const KEY_MIN: usize = 16;

/// Longest key, in bytes: it fits into a header.
const KEY_MAX: usize = 512;

/// Keys of one source: two while one is replaced by the other, and some for senders that have their own.
const KEYS_MAX: usize = 100;

/// Which key is which source's. Holds digests, so that no key can be printed from it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Keyring(Vec<(Digest, SourceId)>);

type Digest = [u8; 32];

/// What is wrong with the keys of a source. Says no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Its variable has none.
    #[error("it has no key, write one or several with commas between them")]
    None,
    /// More than `KEYS_MAX`.
    #[error("it has {0} keys, at most {KEYS_MAX} are taken")]
    Many(usize),
    /// Shorter than `KEY_MIN` or longer than `KEY_MAX`.
    #[error("its key {0} has fewer than {KEY_MIN} or more than {KEY_MAX} characters, choose another")]
    Length(usize),
    /// A character that a header or an address cannot carry as it is.
    #[error("its key {0} has a character that is not plain, use a-z, A-Z, 0-9, -, _, . and ~")]
    Character(usize),
    /// The key tells which source it is, so it can be one source's only.
    #[error("its key {0} is a key of the source `{1}` as well, give each source its own")]
    Twice(usize, SourceId),
}

impl Keyring {
    /// Adds the keys of `source`, comma separated. A source that names one twice has it once.
    ///
    /// # Errors
    /// [`KeyError`]: then none of them was added. Keys are counted from 1.
    pub fn add(&mut self, source: &SourceId, keys: &str) -> Result<(), KeyError> {
        let keys: Vec<&str> = keys.split(',').map(str::trim).filter(|key| !key.is_empty()).collect();
        if keys.is_empty() {
            return Err(KeyError::None);
        }
        if keys.len() > KEYS_MAX {
            return Err(KeyError::Many(keys.len()));
        }
        let known: HashMap<Digest, SourceId> = self.0.iter().cloned().collect();
        let mut new: Vec<(Digest, SourceId)> = Vec::with_capacity(keys.len());
        for (place, key) in (1..).zip(keys) {
            let digest = digest(check(place, key)?);
            match known.get(&digest) {
                Some(other) if other != source => return Err(KeyError::Twice(place, other.clone())),
                Some(_) => {}
                None if new.iter().any(|(other, _)| *other == digest) => {}
                None => new.push((digest, source.clone())),
            }
        }
        self.0.extend(new);
        Ok(())
    }

    /// The source that `key` opens. Takes as long for each key, and looks at all of them.
    #[must_use]
    pub fn source_of(&self, key: &str) -> Option<&SourceId> {
        let sent = digest(key);
        let mut found = u32::MAX;
        for (place, (known, _)) in (0..).zip(&self.0) {
            found.conditional_assign(&place, known.ct_eq(&sent));
        }
        self.0.get(usize::try_from(found).ok()?).map(|(_, source)| source)
    }

    /// Whether there is no key at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring({} keys)", self.0.len())
    }
}

fn check(place: usize, key: &str) -> Result<&str, KeyError> {
    if !(KEY_MIN..=KEY_MAX).contains(&key.len()) {
        return Err(KeyError::Length(place));
    }
    // What needs no escape in an address either: `?key=…`.
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
    key.bytes().all(is_plain).then_some(key).ok_or(KeyError::Character(place))
}

fn digest(key: &str) -> Digest {
    Sha256::digest(key.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "an-old-key-of-length";
    const NEW: &str = "a-new-key-of-length";

    fn ring(keys: &[(&str, &str)]) -> Result<Keyring, KeyError> {
        let mut ring = Keyring::default();
        keys.iter().try_for_each(|(source, keys)| ring.add(&SourceId::new(*source), keys)).map(|()| ring)
    }

    #[test]
    fn keys_rotate_by_adding_and_then_removing() {
        let opens = |keys: &str, key: &str| {
            ring(&[("prod", keys)]).unwrap().source_of(key).map(|source| source.as_str().to_owned())
        };
        let prod = Some("prod".to_owned());
        assert_eq!(opens(OLD, OLD), prod);
        let both = format!(" {OLD} , {NEW},");
        assert_eq!((opens(&both, OLD), opens(&both, NEW)), (prod.clone(), prod.clone()));
        assert_eq!((opens(NEW, OLD), opens(NEW, NEW)), (None, prod));
    }

    #[test]
    fn each_key_opens_its_own_source_and_another_none() {
        let ring = ring(&[("prod", OLD), ("test", NEW)]).unwrap();
        assert_eq!(ring.source_of(NEW).map(SourceId::as_str), Some("test"));
        for wrong in ["", "an-old-key-of-lengt", "an-old-key-of-length-", "AN-OLD-KEY-OF-LENGTH"] {
            assert_eq!(ring.source_of(wrong), None, "{wrong}");
        }
        assert_eq!(Keyring::default().source_of(""), None);
    }

    #[test]
    fn what_is_wrong_with_keys_is_said_without_them() {
        let said = |keys: &[(&str, &str)]| {
            let said = ring(keys).unwrap_err().to_string();
            assert!(!said.contains(OLD) && !said.contains("short"), "{said}");
            said
        };
        insta::assert_snapshot!(said(&[("prod", OLD), ("test", &format!("{NEW},{OLD}"))]), @"its key 2 is a key of the source `prod` as well, give each source its own");
        insta::assert_snapshot!(said(&[("prod", &format!("{OLD},short-key"))]), @"its key 2 has fewer than 16 or more than 512 characters, choose another");
        insta::assert_snapshot!(said(&[("prod", "a key with blanks in it")]), @"its key 1 has a character that is not plain, use a-z, A-Z, 0-9, -, _, . and ~");
        insta::assert_snapshot!(said(&[("prod", " ,")]), @"it has no key, write one or several with commas between them");
        assert!(ring(&[("prod", &format!("{OLD},{OLD}"))]).is_ok(), "twice of the same source does no harm");
        let printed = format!("{:?}", ring(&[("prod", OLD)]).unwrap());
        assert_eq!(printed, "Keyring(1 keys)");
    }
}
