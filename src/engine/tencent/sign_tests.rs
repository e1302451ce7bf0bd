//! `UserSig` against the vendor's own packages, as the vectors' `how_to_compare` says.

use proptest::prelude::*;
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Vectors {
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    sdkappid: u32,
    key: String,
    identifier: String,
    time: i64,
    expire: u64,
    userbuf_base64: Option<String>,
    content_to_sign: String,
    sig_field: String,
    json_before_zlib_python: String,
    json_before_zlib_node: String,
    usersig_python: String,
    usersig_node: String,
}

fn vectors() -> Vec<Vector> {
    let file: Vectors =
        serde_json::from_str(include_str!("../../../tests/data/usersig-vectors.json")).unwrap();
    assert!(file.vectors.len() >= 6, "every vector is there");
    file.vectors
}

fn each(check: impl Fn(&Vector, Claim<'_>, &SecretString)) {
    for vector in vectors() {
        let userbuf = vector.userbuf_base64.as_ref().map(|text| STANDARD.decode(text).unwrap());
        let claim = Claim {
            sdk_app_id: vector.sdkappid,
            identifier: &vector.identifier,
            time: vector.time,
            expire: vector.expire,
            userbuf: userbuf.as_deref(),
        };
        check(&vector, claim, &SecretString::from(vector.key.clone()));
    }
}

#[test]
fn the_signed_content_and_its_signature_are_the_vendors_to_the_byte() {
    each(|vector, claim, key| {
        assert_eq!(claim.content(), vector.content_to_sign, "{}", vector.name);
        assert_eq!(claim.sig(key), vector.sig_field, "{}", vector.name);
    });
}

#[test]
fn both_vendor_packages_are_decoded_to_the_same_json() {
    each(|vector, _, _| {
        let python: Value = serde_json::from_str(&vector.json_before_zlib_python).unwrap();
        let node: Value = serde_json::from_str(&vector.json_before_zlib_node).unwrap();
        assert_eq!(python, node, "{}", vector.name);
        assert_eq!(decode(&vector.usersig_python), Ok(python), "{}", vector.name);
        assert_eq!(decode(&vector.usersig_node), Ok(node), "{}", vector.name);
    });
}

#[test]
fn our_own_says_the_same_in_the_vendors_alphabet() {
    each(|vector, claim, key| {
        let ours = claim.encode(key);
        let alphabet = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'*' | b'-' | b'_');
        assert!(ours.bytes().all(alphabet), "{}: {ours}", vector.name);
        assert_eq!(decode(&ours), decode(&vector.usersig_python), "{}", vector.name);
    });
}

#[test]
fn a_bomb_is_not_inflated() {
    let bomb = to_url_alphabet(&STANDARD.encode(deflate(&vec![b' '; 1024 * 1024])));
    assert_eq!(decode(&bomb), Err(DecodeError::Zlib));
}

#[test]
fn plain_base64_is_not_the_vendors() {
    assert_eq!(decode("a+b="), Err(DecodeError::Base64));
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn signer() -> Signer {
    Signer::new(1_400_000_000, SecretString::from("topsecret"))
}

fn time_of(sig: &str) -> i64 {
    decode(sig).unwrap()["TLS.time"].as_i64().unwrap()
}

#[test]
fn a_signature_is_kept_for_half_its_life() {
    let signer = signer();
    let first = signer.sign("administrator", at(1_000_000));
    assert_eq!(time_of(&first), 1_000_000);
    assert_eq!(signer.sign("administrator", at(1_000_000 + 43_199)), first);
    let second = signer.sign("administrator", at(1_000_000 + 43_200));
    assert_eq!(time_of(&second), 1_043_200);
    assert_eq!(decode(&signer.sign("robot", at(1_000_001))).unwrap()["TLS.identifier"], "robot");
}

#[test]
fn a_clock_set_back_makes_a_new_one() {
    let signer = signer();
    let _ = signer.sign("administrator", at(1_000_000));
    assert_eq!(time_of(&signer.sign("administrator", at(999_000))), 999_000);
}

#[test]
fn only_the_refused_one_is_forgotten() {
    let signer = signer();
    let first = signer.sign("administrator", at(1_000_000));
    signer.forget("administrator", "another");
    assert_eq!(signer.sign("administrator", at(1_000_001)), first);
    signer.forget("administrator", &first);
    assert_eq!(time_of(&signer.sign("administrator", at(1_000_001))), 1_000_001);
}

#[test]
fn the_key_is_not_shown() {
    assert!(!format!("{:?}", signer()).contains("topsecret"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_text_is_decoded_or_refused(text in ".{0,200}", raw in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(&text);
        let _ = decode(&to_url_alphabet(&STANDARD.encode(&raw)));
        let _ = decode(&to_url_alphabet(&STANDARD.encode(deflate(&raw))));
    }

    #[test]
    fn what_is_encoded_is_decoded(identifier in ".{0,40}", userbuf in proptest::option::of(".{0,40}")) {
        let userbuf = userbuf.as_ref().map(|text| text.as_bytes());
        let claim = Claim { sdk_app_id: 1, identifier: &identifier, time: 2, expire: 3, userbuf };
        let back = decode(&claim.encode(&SecretString::from("k"))).unwrap();
        prop_assert_eq!(back["TLS.identifier"].as_str(), Some(identifier.as_str()));
    }
}
