//! TC3-HMAC-SHA256: who may use the cloud API (wire reference, 8).
//!
//! Written from the reference and not shared with the client's signer: what both got wrong would otherwise
//! agree.

use std::time::Duration;

use axum::http::{HeaderMap, header};
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use super::CloudRefused;
use crate::clock::until;

const ALGORITHM: &str = "TC3-HMAC-SHA256";
const SERVICE: &str = "trtc";
/// A timestamp may be this far from our time.
const WINDOW: Duration = Duration::from_secs(5 * 60);
/// Says that the body is not part of what was signed.
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// The cloud account's key pair.
#[derive(Debug)]
pub(in crate::engine::sandbox) struct CloudAccount {
    pub(in crate::engine::sandbox) id: String,
    pub(in crate::engine::sandbox) key: SecretString,
}

/// `Authorization`, taken apart.
#[derive(Debug)]
struct Authorization<'a> {
    secret_id: &'a str,
    date: &'a str,
    service: &'a str,
    ending: &'a str,
    signed: Vec<&'a str>,
    signature: &'a str,
}

impl<'a> Authorization<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.strip_prefix(ALGORITHM)?.split(',').map(str::trim);
        let mut part = |name: &str| parts.next()?.strip_prefix(name)?.strip_prefix('=');
        let (credential, signed, signature) =
            (part("Credential")?, part("SignedHeaders")?, part("Signature")?);
        let [secret_id, date, service, ending] = credential.split('/').collect::<Vec<_>>()[..] else {
            return None;
        };
        Some(Self { secret_id, date, service, ending, signed: signed.split(';').collect(), signature })
    }

    /// Lower case, in order, and at least what says which host and what kind of body.
    fn signs_enough(&self) -> bool {
        let plain = |name: &&str| name.chars().all(|c| !c.is_ascii_uppercase());
        self.signed.is_sorted()
            && self.signed.iter().all(plain)
            && ["content-type", "host"].iter().all(|name| self.signed.contains(name))
    }
}

impl CloudAccount {
    /// Lets a request pass that the account has signed.
    pub(super) fn check(&self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<(), CloudRefused> {
        let text = text(headers, header::AUTHORIZATION.as_str());
        let text =
            text.ok_or_else(|| CloudRefused::auth("InvalidAuthorization", "Authorization is missing"))?;
        let authorization = Authorization::parse(text).filter(Authorization::signs_enough);
        let authorization = authorization
            .ok_or_else(|| CloudRefused::auth("InvalidAuthorization", "Authorization is not well-formed"))?;
        if authorization.secret_id != self.id {
            return Err(CloudRefused::auth("SecretIdNotFound", "the SecretId does not exist"));
        }
        let time = timestamp(headers)?;
        let distance = until(now, time).max(until(time, now));
        if distance > WINDOW {
            return Err(CloudRefused::auth("SignatureExpire", "X-TC-Timestamp is more than 5 minutes off"));
        }
        self.verify(&authorization, time, headers, body)
    }

    fn verify(
        &self,
        authorization: &Authorization<'_>,
        time: Timestamp,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<(), CloudRefused> {
        let wrong = |why| CloudRefused::auth("SignatureFailure", why);
        let date = time.strftime("%Y-%m-%d").to_string();
        if authorization.date != date {
            return Err(wrong("the date of the credential is not the UTC day of X-TC-Timestamp"));
        }
        if (authorization.service, authorization.ending) != (SERVICE, "tc3_request") {
            return Err(wrong("the credential is not for trtc/tc3_request"));
        }
        let canonical = canonical(&authorization.signed, headers, body);
        let canonical = canonical.ok_or_else(|| wrong("a signed header is missing"))?;
        let signature = HEXLOWER.decode(authorization.signature.as_bytes());
        let signature = signature.map_err(|_| wrong("the signature is not hexadecimal"))?;
        let mac = self.mac(&date, SERVICE, &string_to_sign(time, &date, SERVICE, &canonical));
        mac.verify_slice(&signature).map_err(|_| wrong("the signature is not that of the request"))
    }

    fn mac(&self, date: &str, service: &str, text: &str) -> Hmac<Sha256> {
        let first = format!("TC3{}", self.key.expose_secret());
        let steps = [date, service, "tc3_request"];
        let key = steps.iter().fold(first.into_bytes(), |key, step| {
            keyed(&key).chain_update(step).finalize().into_bytes().to_vec()
        });
        keyed(&key).chain_update(text)
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes a key of any length")
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn timestamp(headers: &HeaderMap) -> Result<Timestamp, CloudRefused> {
    let missing = || CloudRefused::new("MissingParameter", "X-TC-Timestamp is missing");
    let text = text(headers, "x-tc-timestamp").ok_or_else(missing)?;
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let time = text.parse().ok().filter(|_| digits).and_then(|second| Timestamp::from_second(second).ok());
    time.ok_or_else(|| CloudRefused::new("InvalidParameterValue", "X-TC-Timestamp is no time in seconds"))
}

/// What was hashed before it was signed. `None` when a signed header is not there.
fn canonical(signed: &[&str], headers: &HeaderMap, body: &[u8]) -> Option<String> {
    let mut lines = String::new();
    for name in signed {
        let value = text(headers, name)?.trim();
        match *name {
            "content-type" | "host" => lines.push_str(&format!("{name}:{value}\n")),
            _ => lines.push_str(&format!("{name}:{}\n", value.to_lowercase())),
        }
    }
    let payload = match text(headers, "x-tc-content-sha256") {
        Some(UNSIGNED) => hash(UNSIGNED.as_bytes()),
        _ => hash(body),
    };
    Some(format!("POST\n/\n\n{lines}\n{}\n{payload}", signed.join(";")))
}

fn string_to_sign(time: Timestamp, date: &str, service: &str, canonical: &str) -> String {
    let hash = hash(canonical.as_bytes());
    format!("{ALGORITHM}\n{}\n{date}/{service}/tc3_request\n{hash}", time.as_second())
}

fn hash(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

#[cfg(test)]
#[path = "tc3_tests.rs"]
mod tests;
