use axum::http::HeaderName;
use serde_json::Value;

use super::*;

fn vectors() -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("../../../../tests/data/tc3-vectors.json")).unwrap();
    file["vectors"].as_array().unwrap().clone()
}

fn said<'a>(vector: &'a Value, name: &str) -> &'a str {
    vector[name].as_str().unwrap()
}

fn account(vector: &Value) -> CloudAccount {
    CloudAccount { id: said(vector, "secret_id").to_owned(), key: said(vector, "secret_key").into() }
}

fn time(vector: &Value) -> Timestamp {
    Timestamp::from_second(vector["timestamp"].as_i64().unwrap()).unwrap()
}

/// A request of a vector, with some headers changed.
fn headers(vector: &Value, changes: &[(&'static str, Option<&str>)]) -> HeaderMap {
    let time = vector["timestamp"].to_string();
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("content-type", said(vector, "content_type")),
        ("host", said(vector, "host")),
        ("x-tc-action", said(vector, "action")),
        ("x-tc-timestamp", &time),
        ("authorization", said(vector, "authorization")),
    ] {
        headers.insert(name, value.parse().unwrap());
    }
    for (name, value) in changes {
        match value {
            Some(value) => drop(headers.insert(HeaderName::from_static(name), value.parse().unwrap())),
            None => drop(headers.remove(*name)),
        }
    }
    headers
}

fn first() -> Value {
    vectors().into_iter().next().unwrap()
}

fn code(changes: &[(&'static str, Option<&str>)], later_s: i64) -> String {
    let vector = first();
    let now = Timestamp::from_second(time(&vector).as_second() + later_s).unwrap();
    let passed = account(&vector).check(&headers(&vector, changes), said(&vector, "payload").as_bytes(), now);
    passed.map_or_else(|refused| refused.code, |()| "ok".to_owned())
}

#[test]
fn every_vector_has_its_text_and_its_signature() {
    assert!(vectors().len() >= 4);
    for vector in vectors() {
        let name = said(&vector, "name");
        let (headers, payload) = (headers(&vector, &[]), said(&vector, "payload").as_bytes());
        let signed: Vec<&str> = said(&vector, "signed_headers").split(';').collect();
        let canonical = canonical(&signed, &headers, payload).unwrap();
        assert_eq!(canonical, said(&vector, "canonical_request"), "{name}");
        let (date, service) = (said(&vector, "utc_date"), said(&vector, "service"));
        let text = string_to_sign(time(&vector), date, service, &canonical);
        if let Some(expected) = vector["string_to_sign"].as_str() {
            assert_eq!(text, expected, "{name}");
        }
        let authorization = Authorization::parse(said(&vector, "authorization")).unwrap();
        let signature = account(&vector).mac(date, service, &text).finalize().into_bytes();
        assert_eq!(HEXLOWER.encode(&signature), authorization.signature, "{name}");
        let passed = account(&vector).check(&headers, payload, time(&vector));
        let expected =
            if service == "trtc" { Ok(()) } else { Err("AuthFailure.SignatureFailure".to_owned()) };
        assert_eq!(passed.map_err(|refused| refused.code), expected, "{name}");
    }
}

#[test]
fn time_may_be_five_minutes_off() {
    assert_eq!([code(&[], 300), code(&[], -300)], ["ok", "ok"]);
    assert_eq!(code(&[], 301), "AuthFailure.SignatureExpire");
    assert_eq!(code(&[], -301), "AuthFailure.SignatureExpire");
}

#[test]
fn whatever_is_not_what_was_signed_is_refused() {
    let failure = "AuthFailure.SignatureFailure";
    assert_eq!(code(&[("host", Some("trtc.intl.tencentcloudapi.com"))], 0), failure);
    assert_eq!(code(&[("content-type", Some("application/json; charset=utf-8"))], 0), failure);
    assert_eq!(code(&[("x-tc-timestamp", Some("1735689601"))], 0), failure);
    assert_eq!(code(&[("x-tc-timestamp", Some("1735689599"))], 0), failure, "the day before");
    assert_eq!(code(&[("x-tc-content-sha256", Some("UNSIGNED-PAYLOAD"))], 0), failure);
    assert_eq!(code(&[("x-tc-action", Some("StopStreamIngest"))], 0), "ok", "it was not signed");
    let vector = first();
    let wrong_key = CloudAccount { key: "other".into(), ..account(&vector) };
    let refused = wrong_key.check(&headers(&vector, &[]), said(&vector, "payload").as_bytes(), time(&vector));
    assert_eq!(refused.unwrap_err().code, failure);
    let refused = account(&vector).check(&headers(&vector, &[]), b"{}", time(&vector));
    assert_eq!(refused.unwrap_err().code, failure);
}

#[test]
fn what_cannot_be_read_has_its_own_code() {
    let whole = said(&first(), "authorization").to_owned();
    let with = |from: &str, to: &str| code(&[("authorization", Some(&whole.replace(from, to)))], 0);
    assert_eq!(code(&[("authorization", None)], 0), "AuthFailure.InvalidAuthorization");
    assert_eq!(with("TC3-HMAC", "TC1-HMAC"), "AuthFailure.InvalidAuthorization");
    assert_eq!(with("content-type;host", "host"), "AuthFailure.InvalidAuthorization");
    assert_eq!(with("content-type;host", "host;content-type"), "AuthFailure.InvalidAuthorization");
    assert_eq!(with("AKIDEXAMPLE", "AKIDOTHER"), "AuthFailure.SecretIdNotFound");
    assert_eq!(with("/trtc/", "/cvm/"), "AuthFailure.SignatureFailure");
    assert_eq!(with("Signature=7c", "Signature=7C"), "AuthFailure.SignatureFailure");
    assert_eq!(code(&[("x-tc-timestamp", None)], 0), "MissingParameter");
    assert_eq!(code(&[("x-tc-timestamp", Some("+1735689600"))], 0), "InvalidParameterValue");
}

#[test]
fn an_unsigned_body_can_be_anything() {
    let vector = first();
    let headers = headers(&vector, &[("x-tc-content-sha256", Some(UNSIGNED))]);
    let (signed, account) = (["content-type", "host"], account(&vector));
    let canonical = canonical(&signed, &headers, b"whatever").unwrap();
    assert!(canonical.ends_with(&hash(UNSIGNED.as_bytes())));
    let text = string_to_sign(time(&vector), "2025-01-01", "trtc", &canonical);
    let signature = HEXLOWER.encode(&account.mac("2025-01-01", "trtc", &text).finalize().into_bytes());
    let old = Authorization::parse(said(&vector, "authorization")).unwrap().signature.to_owned();
    let authorization = said(&vector, "authorization").replace(&old, &signature);
    let mut headers = headers;
    headers.insert("authorization", authorization.parse().unwrap());
    assert!(account.check(&headers, b"whatever", time(&vector)).is_ok());
}
