//! Who may call what, and how.

use serde_json::json;

use super::super::{Limits, Settings};
use super::{Lab, read, secs};

#[tokio::test]
async fn a_token_has_to_be_there_known_and_of_the_right_kind() {
    let lab = Lab::open().await;
    let url = format!("{}/auth.test", lab.slack.api_url());
    assert_eq!(read(lab.http.post(&url)).await.1["error"], "not_authed");
    assert_eq!(lab.call_as("xoxb-1", "auth.test", json!({})).await.1["error"], "invalid_auth");
    let app_token = lab.slack.app_token();
    let answer =
        lab.call_as(&app_token, "chat.postMessage", json!({ "channel": lab.ops, "text": "a" })).await.1;
    assert_eq!(answer["error"], "not_allowed_token_type");
    assert_eq!(lab.error("apps.connections.open", json!({})).await, "not_allowed_token_type");
    lab.slack.revoke_tokens();
    assert_eq!(lab.error("auth.test", json!({})).await, "token_revoked");
}

#[tokio::test]
async fn a_token_may_be_in_a_form_and_not_in_json() {
    let lab = Lab::open().await;
    let token = lab.slack.bot_token();
    let url = format!("{}/auth.test", lab.slack.api_url());
    let form = lab.http.post(&url).header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(read(form.body(format!("token={token}"))).await.1["ok"], true);
    let json = lab.http.post(&url).header("content-type", "application/json");
    assert_eq!(read(json.body(json!({ "token": token }).to_string())).await.1["error"], "not_authed");
    assert_eq!(read(lab.http.get(format!("{url}?token={token}"))).await.1["ok"], true);
}

#[tokio::test]
async fn auth_test_says_who_the_bot_is_and_what_it_may() {
    let lab = Lab::open().await;
    let url = format!("{}/auth.test", lab.slack.api_url());
    let answer = lab.http.post(url).bearer_auth(lab.slack.bot_token()).send().await.unwrap();
    let scopes = answer.headers()["x-oauth-scopes"].to_str().unwrap().to_owned();
    assert!(scopes.starts_with("commands,chat:write,users:read"), "{scopes}");
    let body: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(body["user_id"], json!(lab.slack.bot()));
    assert_eq!(body["team_id"], json!(lab.slack.team()));
    assert!(body["bot_id"].as_str().unwrap().starts_with('B'), "{body}");
    let of_app = lab.call_as(&lab.slack.app_token(), "auth.test", json!({})).await.1;
    assert!(of_app["app_id"].as_str().unwrap().starts_with('A'), "{of_app}");
}

#[tokio::test]
async fn a_method_needs_its_scope() {
    let lab = Lab::open().await;
    lab.slack.revoke_scope("pins:write");
    let ts = lab.posted("a").await;
    let (_, answer) = lab.call("pins.add", json!({ "channel": lab.ops, "timestamp": ts })).await;
    assert_eq!(answer["error"], "missing_scope");
    assert_eq!(answer["needed"], "pins:write");
    assert_eq!(
        answer["provided"],
        "commands,chat:write,users:read,users:read.email,im:write,app_mentions:read,channels:read,groups:read"
    );
    lab.slack.set(|settings| settings.app_scopes.clear());
    let url = format!("{}/apps.connections.open", lab.slack.api_url());
    let answer = read(lab.http.post(url).bearer_auth(lab.slack.app_token())).await.1;
    assert_eq!(
        (answer["error"].as_str(), answer["needed"].as_str()),
        (Some("missing_scope"), Some("connections:write"))
    );
    let body = json!({ "channel": lab.ops, "text": "a", "username": "Somebody" });
    let answer = lab.call("chat.postMessage", body).await.1;
    assert_eq!(answer["needed"], "chat:write.customize");
}

#[tokio::test]
async fn bodies_are_forms_or_json() {
    let lab = Lab::open().await;
    let answer = lab.form("chat.postMessage", &[("channel", &lab.ops), ("text", "a+b & c")]).await;
    assert_eq!(answer["message"]["text"], "a+b & c");
    let blocks = r#"[{"type":"section","text":{"type":"mrkdwn","text":"x"}}]"#;
    let answer = lab.form("chat.postMessage", &[("channel", &lab.ops), ("blocks", blocks)]).await;
    assert_eq!(answer["message"]["blocks"][0]["text"]["text"], "x");
    let answer = lab.form("chat.postMessage", &[("channel", &lab.ops), ("blocks", "[{")]).await;
    assert_eq!(answer["error"], "invalid_blocks_format");
    let url = format!("{}/api.test", lab.slack.api_url());
    let json = lab.http.post(&url).header("content-type", "application/json").body("{}");
    assert_eq!(read(json).await.1["warning"], "missing_charset");
    let bad = lab.http.post(&url).header("content-type", "application/json").body("{");
    assert_eq!(read(bad).await.1["error"], "invalid_json");
    let odd = lab.http.post(&url).header("content-type", "text/csv").body("a");
    assert_eq!(read(odd).await.1["error"], "invalid_post_type");
    assert_eq!(lab.error("api.test", json!({ "error": "oh" })).await, "oh");
    let last = lab.slack.requests("chat.postMessage");
    assert_eq!(last[1].args["blocks"][0]["type"], "section");
    assert_eq!((last[1].is_json, last[1].error()), (false, None));
    assert_eq!(last[2].error(), Some("invalid_blocks_format"));
    assert!(last.iter().all(|exchange| !exchange.args.contains_key("token")));
    lab.is_content();
}

#[tokio::test]
async fn what_the_model_does_not_know_is_a_complaint() {
    let lab = Lab::open().await;
    assert_eq!(lab.error("chat.shout", json!({})).await, "unknown_method");
    assert_eq!(lab.complaint(), "a method that the model does not know: chat.shout");
    assert_eq!(lab.error("users.info", json!({ "user": lab.ana })).await, "user_not_found");
    assert_eq!(lab.complaint(), "users.info takes no JSON");
    assert_eq!(read(lab.http.get(lab.slack.api_url().replace("/api", "/page"))).await.0, 404);
}

#[tokio::test]
async fn a_method_has_its_tier() {
    let lab = Lab::with(Settings::default()).await;
    for _ in 0..20 {
        assert_eq!(lab.form("users.list", &[]).await["ok"], true);
    }
    let url = format!("{}/users.list", lab.slack.api_url());
    let early = || lab.http.post(&url).bearer_auth(lab.slack.bot_token());
    lab.advance(secs(18)).await;
    let answer = early().send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (429, "42"));
    assert_eq!(answer.json::<serde_json::Value>().await.unwrap()["error"], "ratelimited");
    lab.advance(secs(42)).await;
    assert_eq!(read(early()).await.1["ok"], true);
    lab.slack.set(|settings| {
        settings.limits = Limits { methods: vec![("users.list".into(), 1)], ..Limits::none() }
    });
    assert_eq!(read(early()).await.0, 429);
}
