//! The check against Discord's document sees what is wrong.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::{Exchange, Schema};

fn exchange(line: &str, body: Value, status: u16, answer: Value) -> Exchange {
    let (method, path) = line.split_once(" /").unwrap();
    Exchange {
        at: Timestamp::UNIX_EPOCH,
        method: method.to_owned(),
        parts: path.split('/').map(str::to_owned).collect(),
        query: Vec::new(),
        is_authorized: true,
        body,
        status,
        answer,
    }
}

#[test]
fn a_planted_violation_is_seen() {
    let Some(schema) = Schema::found() else { return };
    let said = |exchange: Exchange| schema.problems(&[exchange]).join("\n");
    let gateway = json!({ "url": "wss://gateway.example" });
    assert_eq!(said(exchange("GET /gateway", Value::Null, 200, gateway)), "");
    let lacks = said(exchange("GET /gateway", Value::Null, 200, json!({})));
    assert_eq!(lacks, "GET /gateway: answer 200: : \"url\" is a required property");
    assert_eq!(said(exchange("GET /gate", Value::Null, 200, json!({}))), "GET /gate: no such operation");
    let post = "POST /channels/1/messages";
    let unknown = json!({ "code": 10003, "message": "Unknown Channel" });
    let too_long = json!({ "embeds": [{ "title": "x".repeat(257) }] });
    let said_of_request = said(exchange(post, too_long.clone(), 404, unknown.clone()));
    assert!(
        said_of_request.starts_with("POST /channels/1/messages: request: /embeds/0/title"),
        "{said_of_request}"
    );
    let malformed = json!({
        "code": 50035, "message": "Invalid Form Body",
        "errors": { "embeds": { "0": { "title": { "_errors": [{ "code": "X", "message": "y" }] } } } },
    });
    assert_eq!(said(exchange(post, too_long, 400, malformed)), "", "it was refused");
    assert!(said(exchange(post, Value::Null, 429, unknown)).contains("retry_after"));
    let edit = "PATCH /webhooks/1/t/messages/@original";
    assert!(said(exchange(edit, json!({ "content": 5 }), 204, Value::Null)).contains("request: /content"));
    assert!(
        said(exchange("DELETE /channels/1/messages/1", Value::Null, 204, json!({}))).contains("has a body")
    );
    assert!(
        said(exchange("DELETE /channels/1/messages/1", Value::Null, 201, json!({})))
            .contains("not documented")
    );
    let table = json!([{ "name": "x", "description": "y", "default_member_permissions": "8" }]);
    assert_eq!(
        said(exchange("PUT /applications/1/commands", table, 200, json!([]))),
        "",
        "as clients send it"
    );
}
