//! Who may command the engine: the query of a request and its UserSig.
//!
//! Written from the wire reference (sections 1.1, 5 and 7.1) and not shared with the client's signer:
//! what both got wrong would otherwise agree.

use std::collections::HashMap;
use std::io::Read as _;

use axum::extract::Query;
use axum::http::Uri;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::ZlibDecoder;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use sha2::Sha256;

use super::wire::Refused;

/// Longest UserSig that is inflated, and longest content of one, in bytes.
const SIG_MAX: usize = 64 * 1024;

/// Whose application this is.
#[derive(Debug)]
pub(super) struct Application {
    pub(super) id: u32,
    pub(super) key: SecretString,
    pub(super) admin: String,
}

/// What a UserSig says (7.1, step 4).
#[derive(Debug, Deserialize)]
struct UserSig {
    #[serde(rename = "TLS.ver")]
    version: String,
    #[serde(rename = "TLS.identifier")]
    identifier: String,
    #[serde(rename = "TLS.sdkappid")]
    app: u64,
    #[serde(rename = "TLS.time")]
    time: i64,
    #[serde(rename = "TLS.expire")]
    life_s: i64,
    #[serde(rename = "TLS.userbuf")]
    user_buf: Option<String>,
    #[serde(rename = "TLS.sig")]
    signature: String,
}

impl Application {
    /// Lets a request of the application's admin pass.
    pub(super) fn check(&self, uri: &Uri, now: Timestamp) -> Result<(), Refused> {
        let query = Query::<HashMap<String, String>>::try_from_uri(uri);
        let Ok(Query(query)) = query else { return Err(Refused::new(60002, "the URL cannot be parsed")) };
        let app = query.get("sdkappid").ok_or_else(|| Refused::new(60012, "sdkappid is missing"))?;
        if app.parse() != Ok(self.id) {
            return Err(Refused::new(60006, "sdkappid is invalid"));
        }
        let get = |name: &str| query.get(name).filter(|value| !value.is_empty());
        let need = |name: &str| {
            get(name).ok_or_else(|| Refused::new(60025, format!("{name} is missing from the query")))
        };
        let (identifier, sig) = (need("identifier")?, need("usersig")?);
        if need("random")?.parse::<u32>().is_err() {
            return Err(Refused::new(60025, "random is not an integer from 0 to 4294967295"));
        }
        if need("contenttype")? != "json" {
            return Err(Refused::new(60025, "contenttype is not json"));
        }
        self.check_sig(sig, identifier, now)?;
        if *identifier == self.admin {
            Ok(())
        } else {
            Err(Refused::new(60010, "identifier is not an admin of the application"))
        }
    }

    /// Whether `sig` is a UserSig of `identifier` that is good now.
    pub(super) fn check_sig(&self, sig: &str, identifier: &str, now: Timestamp) -> Result<(), Refused> {
        let sig = UserSig::decode(sig).ok_or_else(|| Refused::new(70003, "UserSig is malformed"))?;
        if sig.app != u64::from(self.id) {
            return Err(Refused::new(70014, "sdkappid is not the UserSig's"));
        }
        if sig.identifier != identifier {
            return Err(Refused::new(70013, "identifier is not the UserSig's"));
        }
        if !sig.is_signed_with(self.key.expose_secret()) {
            return Err(Refused::new(70009, "UserSig was made with another key"));
        }
        if sig.time.saturating_add(sig.life_s) <= now.as_second() {
            return Err(Refused::new(70001, "UserSig has expired"));
        }
        Ok(())
    }
}

impl UserSig {
    fn decode(text: &str) -> Option<Self> {
        let alphabet = |c: char| c.is_ascii_alphanumeric() || matches!(c, '*' | '-' | '_');
        if text.len() > SIG_MAX || !text.chars().all(alphabet) {
            return None;
        }
        let usual: String = text.chars().map(usual_letter).collect();
        let packed = STANDARD.decode(usual).ok()?;
        let mut content = Vec::new();
        ZlibDecoder::new(&packed[..]).take(SIG_MAX as u64).read_to_end(&mut content).ok()?;
        let sig: Self = serde_json::from_slice(&content).ok()?;
        (sig.version == "2.0" && sig.life_s > 0).then_some(sig)
    }

    fn is_signed_with(&self, key: &str) -> bool {
        let Ok(signature) = STANDARD.decode(&self.signature) else { return false };
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return false };
        mac.chain_update(self.content()).verify_slice(&signature).is_ok()
    }

    /// What was signed (7.1, step 2).
    fn content(&self) -> String {
        let buf = self.user_buf.as_ref().map(|buf| format!("TLS.userbuf:{buf}\n")).unwrap_or_default();
        format!(
            "TLS.identifier:{}\nTLS.sdkappid:{}\nTLS.time:{}\nTLS.expire:{}\n{buf}",
            self.identifier, self.app, self.time, self.life_s
        )
    }
}

/// From the UserSig's alphabet back to that of plain base64 (7.1, step 6).
const fn usual_letter(letter: char) -> char {
    match letter {
        '*' => '+',
        '-' => '/',
        '_' => '=',
        other => other,
    }
}

#[cfg(test)]
#[path = "auth_tests.rs"]
mod tests;
