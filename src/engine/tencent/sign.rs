//! UserSig: the vendor's proof of who asks (TLS signature API v2, wire reference section 7).

use std::collections::HashMap;
use std::fmt;
use std::io::{Read as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::clock::later;

/// How long a signature is good for. The vendor advises at least 24 h.
pub const LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// Longest JSON text that [`decode`] inflates, in bytes: a small text can inflate to gigabytes.
pub const DECODED_MAX: u64 = 64 * 1024;

/// What a signature says.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// The call application.
    pub sdk_app_id: u32,
    /// The account that it speaks for.
    pub identifier: &'a str,
    /// When it was made, in Unix seconds.
    pub time: i64,
    /// How long it is good for, in seconds.
    pub expire: u64,
    /// Rights to a room, or other bytes that travel along.
    pub userbuf: Option<&'a [u8]>,
}

impl Claim<'_> {
    /// The text that is signed: each line ends in a line feed, in this order.
    #[must_use]
    pub fn content(&self) -> String {
        let mut text = format!(
            "TLS.identifier:{}\nTLS.sdkappid:{}\nTLS.time:{}\nTLS.expire:{}\n",
            self.identifier, self.sdk_app_id, self.time, self.expire
        );
        if let Some(userbuf) = self.userbuf {
            text.push_str(&format!("TLS.userbuf:{}\n", STANDARD.encode(userbuf)));
        }
        text
    }

    /// The signature of [`content`](Self::content). The key is the text as given, not the bytes it spells in hex.
    #[must_use]
    pub fn sig(&self, key: &SecretString) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(key.expose_secret().as_bytes())
            .expect("HMAC takes a key of any length");
        mac.update(self.content().as_bytes());
        STANDARD.encode(mac.finalize().into_bytes())
    }

    /// The `UserSig`.
    #[must_use]
    pub fn encode(&self, key: &SecretString) -> String {
        let mut fields = json!({
            "TLS.ver": "2.0",
            "TLS.identifier": self.identifier,
            "TLS.sdkappid": self.sdk_app_id,
            "TLS.expire": self.expire,
            "TLS.time": self.time,
            "TLS.sig": self.sig(key),
        });
        if let Some(userbuf) = self.userbuf {
            fields["TLS.userbuf"] = Value::String(STANDARD.encode(userbuf));
        }
        to_url_alphabet(&STANDARD.encode(deflate(fields.to_string().as_bytes())))
    }
}

/// Why a text is no `UserSig`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A character is not of the alphabet, or the padding is wrong.
    #[error("not the base64 of a UserSig")]
    Base64,
    /// It does not inflate, or to more than [`DECODED_MAX`].
    #[error("not the zlib stream of a UserSig")]
    Zlib,
    /// Inside is no JSON.
    #[error("not the JSON of a UserSig")]
    Json,
}

/// Reads what a `UserSig` says. Verifies nothing.
///
/// # Errors
/// [`DecodeError`] when `text` is none.
pub fn decode(text: &str) -> Result<Value, DecodeError> {
    let packed = STANDARD.decode(from_url_alphabet(text)?).map_err(|_| DecodeError::Base64)?;
    let mut plain = Vec::new();
    let mut inflater = ZlibDecoder::new(packed.as_slice()).take(DECODED_MAX + 1);
    inflater.read_to_end(&mut plain).map_err(|_| DecodeError::Zlib)?;
    if u64::try_from(plain.len()).is_ok_and(|size| size > DECODED_MAX) {
        return Err(DecodeError::Zlib);
    }
    serde_json::from_slice(&plain).map_err(|_| DecodeError::Json)
}

fn deflate(plain: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain).and_then(|()| encoder.finish()).expect("writing to memory does not fail")
}

/// The vendor's own alphabet: not base64url, where `-` and `_` mean other things.
fn to_url_alphabet(base64: &str) -> String {
    let swap = |c| match c {
        '+' => '*',
        '/' => '-',
        '=' => '_',
        other => other,
    };
    base64.chars().map(swap).collect()
}

fn from_url_alphabet(text: &str) -> Result<String, DecodeError> {
    let swap = |c| match c {
        '*' => Ok('+'),
        '-' => Ok('/'),
        '_' => Ok('='),
        '+' | '/' | '=' => Err(DecodeError::Base64),
        other => Ok(other),
    };
    text.chars().map(swap).collect()
}

/// Signs for accounts, and keeps each signature for half its life.
pub(super) struct Signer {
    sdk_app_id: u32,
    key: SecretString,
    made: Mutex<HashMap<String, Made>>,
}

#[derive(Clone)]
struct Made {
    sig: Arc<str>,
    at: Timestamp,
    renew_at: Timestamp,
}

impl Signer {
    pub(super) fn new(sdk_app_id: u32, key: SecretString) -> Self {
        Self { sdk_app_id, key, made: Mutex::new(HashMap::new()) }
    }

    /// A signature for `identifier` that is good for at least half its life.
    pub(super) fn sign(&self, identifier: &str, now: Timestamp) -> Arc<str> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        // One from the future was made before the clock was set back: the engine may not take it yet.
        if let Some(known) = made.get(identifier).filter(|known| known.at <= now && now < known.renew_at) {
            return Arc::clone(&known.sig);
        }
        let claim = Claim {
            sdk_app_id: self.sdk_app_id,
            identifier,
            time: now.as_second(),
            expire: LIFE.as_secs(),
            userbuf: None,
        };
        let sig: Arc<str> = claim.encode(&self.key).into();
        let fresh = Made { sig: Arc::clone(&sig), at: now, renew_at: later(now, LIFE / 2) };
        made.insert(identifier.to_owned(), fresh);
        sig
    }

    /// Forgets `sig`, which the engine refused; one that was made meanwhile stays.
    pub(super) fn forget(&self, identifier: &str, sig: &str) {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if made.get(identifier).is_some_and(|known| &*known.sig == sig) {
            made.remove(identifier);
        }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("sdk_app_id", &self.sdk_app_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "sign_tests.rs"]
mod tests;
