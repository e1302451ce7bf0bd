//! The signature that the vendor's sibling products put on callbacks (wire reference section 3.6).

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// How far the time that is signed may be from ours, in seconds.
const OFF_MAX: u64 = 5 * 60;

/// Whether `sign` is `hex(sha256(token + time))`, and `time` (Unix seconds) is about now.
pub(super) fn is_signed(token: &SecretString, time: &str, sign: &str, now: Timestamp) -> bool {
    let is_fresh = time.parse::<i64>().is_ok_and(|time| time.abs_diff(now.as_second()) <= OFF_MAX);
    let ours =
        HEXLOWER.encode(&Sha256::new().chain_update(token.expose_secret()).chain_update(time).finalize());
    let is_same: bool = ours.as_bytes().ct_eq(sign.to_ascii_lowercase().as_bytes()).into();
    is_fresh && is_same
}

#[cfg(test)]
mod tests {
    use super::*;

    const VECTOR: &str = "17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061";

    fn signed(token: &str, time: &str, sign: &str, now: i64) -> bool {
        is_signed(&token.into(), time, sign, Timestamp::from_second(now).unwrap())
    }

    #[test]
    fn the_vendors_vector_is_verified() {
        assert!(signed("xxxxyyyy", "1669872112", VECTOR, 1_669_872_112));
        assert!(signed("xxxxyyyy", "1669872112", &VECTOR.to_uppercase(), 1_669_872_112));
        assert!(!signed("xxxxyyyz", "1669872112", VECTOR, 1_669_872_112));
        assert!(!signed("xxxxyyyy", "1669872113", VECTOR, 1_669_872_112));
        assert!(!signed("xxxxyyyy", "1669872112", &VECTOR[..63], 1_669_872_112));
        assert!(!signed("xxxxyyyy", "", "", 1_669_872_112));
    }

    #[test]
    fn five_minutes_off_is_too_far() {
        for off in [-300, 300] {
            assert!(signed("xxxxyyyy", "1669872112", VECTOR, 1_669_872_112 + off));
        }
        for off in [-301, 301] {
            assert!(!signed("xxxxyyyy", "1669872112", VECTOR, 1_669_872_112 + off));
        }
    }
}
