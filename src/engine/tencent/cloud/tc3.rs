//! TC3-HMAC-SHA256: how the vendor's cloud API knows who asks (wire reference section 8).

use std::fmt;

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

const ALGORITHM: &str = "TC3-HMAC-SHA256";

/// The pair that belongs to the cloud account. Not the application's SecretKey, which makes UserSigs.
#[derive(Clone)]
pub(super) struct Credential {
    /// `SecretId`.
    pub(super) id: SecretString,
    /// `SecretKey`.
    pub(super) key: SecretString,
}

/// What is signed of a request: the bytes exactly as they are sent.
#[derive(Clone, Copy)]
pub(super) struct Signable<'a> {
    /// The `Host` header.
    pub(super) host: &'a str,
    /// The product: `trtc`, on every host.
    pub(super) service: &'a str,
    /// The `Content-Type` header, letter for letter.
    pub(super) content_type: &'a str,
    /// The `X-TC-Action` header, if it is signed too; it need not be.
    pub(super) action: Option<&'a str>,
    /// The body.
    pub(super) payload: &'a [u8],
    /// The `X-TC-Timestamp` header, in Unix seconds.
    pub(super) timestamp: i64,
}

impl Signable<'_> {
    /// The request in the one form that both sides hash.
    pub(super) fn canonical_request(&self) -> String {
        let action = self.action.map(|action| format!("x-tc-action:{}\n", action.to_lowercase()));
        format!(
            "POST\n/\n\ncontent-type:{}\nhost:{}\n{}\n{}\n{}",
            self.content_type,
            self.host,
            action.unwrap_or_default(),
            self.signed_headers(),
            hex_of_hash(self.payload)
        )
    }

    /// The text that is signed.
    pub(super) fn string_to_sign(&self) -> String {
        let hash = hex_of_hash(self.canonical_request().as_bytes());
        format!("{ALGORITHM}\n{}\n{}\n{hash}", self.timestamp, self.scope())
    }

    /// The `Authorization` header.
    pub(super) fn authorization(&self, credential: &Credential) -> String {
        let secret = format!("TC3{}", credential.key.expose_secret());
        let date = mac(secret.as_bytes(), &self.utc_date());
        let signing = mac(&mac(&date, self.service), "tc3_request");
        let signature = HEXLOWER.encode(&mac(&signing, &self.string_to_sign()));
        format!(
            "{ALGORITHM} Credential={}/{}, SignedHeaders={}, Signature={signature}",
            credential.id.expose_secret(),
            self.scope(),
            self.signed_headers()
        )
    }

    const fn signed_headers(&self) -> &'static str {
        if self.action.is_some() { "content-type;host;x-tc-action" } else { "content-type;host" }
    }

    fn scope(&self) -> String {
        format!("{}/{}/tc3_request", self.utc_date(), self.service)
    }

    fn utc_date(&self) -> String {
        let at = Timestamp::from_second(self.timestamp).unwrap_or(Timestamp::MAX);
        at.strftime("%Y-%m-%d").to_string()
    }
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex_of_hash(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").finish_non_exhaustive()
    }
}

/// Without the body: it may hold a UserSig.
impl fmt::Debug for Signable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signable").field("host", &self.host).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Vectors {
        vectors: Vec<Vector>,
    }

    #[derive(Deserialize)]
    struct Vector {
        name: String,
        secret_id: String,
        secret_key: String,
        host: String,
        service: String,
        action: String,
        timestamp: i64,
        utc_date: String,
        content_type: String,
        signed_headers: String,
        payload: String,
        payload_sha256: String,
        canonical_request: String,
        canonical_request_sha256: String,
        string_to_sign: String,
        authorization: String,
    }

    fn each(check: impl Fn(&Vector, Signable<'_>)) {
        let file: Vectors =
            serde_json::from_str(include_str!("../../../../tests/data/tc3-vectors.json")).unwrap();
        assert!(file.vectors.len() >= 4, "every vector is there");
        for vector in &file.vectors {
            let signs_action = vector.signed_headers.ends_with("x-tc-action");
            let signable = Signable {
                host: &vector.host,
                service: &vector.service,
                content_type: &vector.content_type,
                action: signs_action.then_some(&vector.action),
                payload: vector.payload.as_bytes(),
                timestamp: vector.timestamp,
            };
            check(vector, signable);
        }
    }

    #[test]
    fn every_step_is_the_vendors_to_the_byte() {
        each(|vector, signable| {
            let name = &vector.name;
            assert_eq!(hex_of_hash(signable.payload), vector.payload_sha256, "{name}");
            assert_eq!(signable.utc_date(), vector.utc_date, "{name}");
            assert_eq!(signable.signed_headers(), vector.signed_headers, "{name}");
            assert_eq!(signable.canonical_request(), vector.canonical_request, "{name}");
            let hash = hex_of_hash(signable.canonical_request().as_bytes());
            assert_eq!(hash, vector.canonical_request_sha256, "{name}");
            assert_eq!(signable.string_to_sign(), vector.string_to_sign, "{name}");
        });
    }

    #[test]
    fn every_authorization_is_the_vendors_to_the_byte() {
        each(|vector, signable| {
            let id = vector.secret_id.clone().into();
            let credential = Credential { id, key: vector.secret_key.clone().into() };
            assert_eq!(signable.authorization(&credential), vector.authorization, "{}", vector.name);
        });
    }

    #[test]
    fn the_date_is_that_of_greenwich() {
        let signable = |timestamp| Signable {
            host: "h",
            service: "trtc",
            content_type: "application/json",
            action: None,
            payload: b"{}",
            timestamp,
        };
        assert_eq!(signable(1_735_689_599).utc_date(), "2024-12-31");
        assert_eq!(signable(1_735_689_600).utc_date(), "2025-01-01");
    }

    #[test]
    fn debug_shows_no_secret() {
        let credential = Credential { id: "AKIDx".into(), key: "cloudsecret".into() };
        assert_eq!(format!("{credential:?}"), "Credential { .. }");
    }
}
