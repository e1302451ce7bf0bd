//! Slack's signature of what comes over HTTP (its documentation, "Verifying requests from Slack").

use std::time::Duration;

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

/// How far Slack's clock and ours may be apart, and how old a request may be.
const AGE_MAX: Duration = Duration::from_secs(300);
/// The scheme, as it stands before the signature.
const SCHEME: &str = "v0=";

/// Why a request is not believed. It is logged, and the sender is told nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unsigned {
    #[error("it has no signature, or no time")]
    Missing,
    #[error("it was signed more than five minutes ago, or this machine's clock is wrong")]
    Old,
    #[error("its signature is wrong: compare SLACK_SIGNING_SECRET with the app's page at Slack")]
    Wrong,
}

/// Checks the signature over the raw `body`. `time` and `signature` are the headers as they came.
pub(super) fn verify(
    secret: &SecretString,
    (time, signature): (Option<&str>, Option<&str>),
    body: &[u8],
    now: Timestamp,
) -> Result<(), Unsigned> {
    let (Some(time), Some(signature)) = (time, signature) else { return Err(Unsigned::Missing) };
    let seconds: i64 = time.parse().map_err(|_| Unsigned::Missing)?;
    if now.as_second().abs_diff(seconds) > AGE_MAX.as_secs() {
        return Err(Unsigned::Old);
    }
    let given = signature.strip_prefix(SCHEME).ok_or(Unsigned::Wrong)?;
    let ours = HEXLOWER.encode(&mac(secret, time, body));
    if bool::from(ours.as_bytes().ct_eq(given.as_bytes())) { Ok(()) } else { Err(Unsigned::Wrong) }
}

fn mac(secret: &SecretString, time: &str, body: &[u8]) -> [u8; 32] {
    // A key of any length is taken: an error cannot come.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else {
        return [0; 32];
    };
    mac.update(b"v0:");
    mac.update(time.as_bytes());
    mac.update(b":");
    mac.update(body);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of Slack's own page; its libraries make the same.
    const BODY: &str = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V\
                        &channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=\
                        &response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F\
                        96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    const SIGNATURE: &str = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
    const TIME: i64 = 1_531_420_618;

    fn check(time: &str, signature: &str, body: &str, now: i64) -> Result<(), Unsigned> {
        let secret = "8f742231b10e8888abcd99yyyzzz85a5".into();
        let now = Timestamp::from_second(now).unwrap();
        verify(&secret, (Some(time), Some(signature)), body.as_bytes(), now)
    }

    #[test]
    fn the_published_example_is_believed_for_five_minutes() {
        let time = TIME.to_string();
        for now in [TIME - 300, TIME, TIME + 300] {
            assert_eq!(check(&time, SIGNATURE, BODY, now), Ok(()));
        }
        for now in [TIME - 301, TIME + 301] {
            assert_eq!(check(&time, SIGNATURE, BODY, now), Err(Unsigned::Old));
        }
    }

    /// What Slack's own library for Python made.
    #[test]
    fn what_slacks_library_signs_is_believed() {
        let vectors = include_str!("../../../tests/data/slack-signatures.json");
        let vectors: Vec<std::collections::HashMap<String, String>> = serde_json::from_str(vectors).unwrap();
        assert!(vectors.len() >= 3);
        for vector in vectors {
            let now = Timestamp::from_second(vector["timestamp"].parse().unwrap()).unwrap();
            let secret = vector["secret"].clone().into();
            let headers = (Some(vector["timestamp"].as_str()), Some(vector["signature"].as_str()));
            assert_eq!(verify(&secret, headers, vector["body"].as_bytes(), now), Ok(()), "{vector:?}");
            assert_eq!(
                verify(&"another".into(), headers, vector["body"].as_bytes(), now),
                Err(Unsigned::Wrong)
            );
        }
    }

    #[test]
    fn whatever_else_is_not() {
        let time = TIME.to_string();
        assert_eq!(check(&time, SIGNATURE, &BODY.replace("T1D", "T2D"), TIME), Err(Unsigned::Wrong));
        assert_eq!(check(&(TIME + 1).to_string(), SIGNATURE, BODY, TIME), Err(Unsigned::Wrong));
        for signature in ["", "v0=", "v1=a2114d57", &SIGNATURE[..66], &SIGNATURE.to_uppercase()] {
            assert_eq!(check(&time, signature, BODY, TIME), Err(Unsigned::Wrong), "{signature}");
        }
        assert_eq!(check("soon", SIGNATURE, BODY, TIME), Err(Unsigned::Missing));
        let secret = "x".into();
        assert_eq!(
            verify(&secret, (None, Some(SIGNATURE)), b"", Timestamp::UNIX_EPOCH),
            Err(Unsigned::Missing)
        );
    }
}
