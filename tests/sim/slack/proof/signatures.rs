//! `slack_sdk` signs as the model does, and takes what the model signs.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};

use super::super::deliver::sign;
use super::{here, python};

/// A secret, a time and a body of every kind that goes over the wire.
const CASES: &[(&str, i64, &str)] = &[
    ("8f742231b10e8888abcd99yyyzzz85a5", 1_531_420_618, "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J"),
    ("0123456789abcdef0123456789abcdef", 1_773_154_800, ""),
    ("0123456789abcdef0123456789abcdef", 1_773_154_800, "text=a+b%26c%3D%C3%BC&command=%2Fcall"),
    ("a secret with spaces", 0, "{\"type\":\"event_callback\",\"text\":\"ü <@U1> \u{1f4de}\"}"),
];

/// What Slack's library says of these cases.
fn asked(what: &str, cases: &[Value]) -> Option<Vec<Value>> {
    let mut command = python("slacksdk")?;
    command.arg(here("sign.py")).arg(what).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("starts");
    let sent = json!(cases).to_string();
    child.stdin.take().expect("is piped").write_all(sent.as_bytes()).expect("is read");
    let said = child.wait_with_output().expect("ends");
    assert!(said.status.success());
    Some(serde_json::from_slice(&said.stdout).expect("JSON"))
}

#[test]
fn slacks_library_signs_as_the_model_does() {
    let cases: Vec<Value> =
        CASES.iter().map(|(secret, at, body)| json!([secret, at.to_string(), body])).collect();
    let Some(made) = asked("make", &cases) else { return };
    let ours: Vec<Value> = CASES.iter().map(|(secret, at, body)| sign(secret, *at, body).into()).collect();
    assert_eq!(made, ours);
}

#[test]
fn slacks_library_takes_what_the_model_signs_and_nothing_else() {
    let case = |(secret, at, body): &(&str, i64, &str), signature: &str| {
        json!([secret, at.to_string(), body, signature])
    };
    let good = CASES.iter().map(|of| case(of, &sign(of.0, of.1, of.2)));
    let bad = CASES.iter().map(|of| case(of, &sign(of.0, of.1 + 1, of.2)));
    let cases: Vec<Value> = good.chain(bad).collect();
    let Some(told) = asked("check", &cases) else { return };
    let wanted = [vec![true; CASES.len()], vec![false; CASES.len()]].concat();
    assert_eq!(told, wanted);
}

/// What others' doors are tested with: the same cases, with the signatures that Slack's library made.
#[test]
fn the_file_of_vectors_holds_what_slacks_library_made() {
    let file = std::fs::read_to_string("tests/data/slack-signatures.json").expect("is there");
    let vectors: Vec<Value> = serde_json::from_str(&file).expect("JSON");
    let part = |vector: &Value, name: &str| vector[name].as_str().unwrap_or_default().to_owned();
    for vector in &vectors {
        let timestamp: i64 = part(vector, "timestamp").parse().expect("a number");
        let signature = sign(&part(vector, "secret"), timestamp, &part(vector, "body"));
        assert_eq!(signature, part(vector, "signature"));
    }
    let cases = vectors.iter().map(|v| json!([part(v, "secret"), part(v, "timestamp"), part(v, "body")]));
    let cases: Vec<Value> = cases.collect();
    assert!(cases.len() >= CASES.len());
    let Some(made) = asked("make", &cases) else { return };
    assert_eq!(made, vectors.iter().map(|vector| vector["signature"].clone()).collect::<Vec<_>>());
}
