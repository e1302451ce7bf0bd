//! The signature, as Standard Webhooks 1.0 says: `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

use crate::ports::Told;

/// What precedes a secret that is base64.
const PREFIX: &str = "whsec_";

/// What the receiver compares with its own.
pub(super) fn signature(secret: &SecretString, told: &Told<'_>) -> String {
    let text = secret.expose_secret();
    let key = text.strip_prefix(PREFIX).and_then(|text| STANDARD.decode(text).ok());
    let key = key.unwrap_or_else(|| text.as_bytes().to_vec());
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) else { return String::new() };
    mac.update(format!("{}.{}.", told.id, told.at.as_second()).as_bytes());
    mac.update(told.body.as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    /// The vector that the specification's libraries are tested with.
    #[test]
    fn it_is_signed_as_receivers_expect() {
        let secret = SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned());
        let at = Timestamp::from_second(1_614_265_330).unwrap();
        let told = Told { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body: "{\"test\": 2432232314}" };
        assert_eq!(signature(&secret, &told), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
