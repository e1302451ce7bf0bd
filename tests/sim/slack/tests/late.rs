//! Late answers at a `response_url`.

use serde_json::{Value, json};

use super::super::Settings;
use super::{Lab, read, secs};

impl Lab {
    async fn late(&self, url: &Value, body: Value) -> (u16, Value) {
        let request = self.http.post(url.as_str().unwrap()).header("content-type", "application/json");
        read(request.body(body.to_string())).await
    }

    /// Where ana's command may be answered late.
    fn url(&self) -> Value {
        let nr = self.slack.types(&self.ana, &self.ops, "/calls").unwrap();
        self.slack.delivery(nr).payload["response_url"].clone()
    }
}

fn error((status, body): (u16, Value)) -> (u16, String) {
    (status, body["error"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn five_answers_within_half_an_hour() {
    let lab = Lab::open().await;
    let url = lab.url();
    for n in 0..5 {
        let told = lab.late(&url, json!({ "text": n.to_string() })).await;
        assert_eq!(told, (200, json!("ok")));
    }
    assert_eq!(error(lab.late(&url, json!({ "text": "6" })).await), (404, "used_url".to_owned()));
    let url = lab.url();
    lab.advance(secs(30 * 60)).await;
    assert_eq!(lab.late(&url, json!({ "text": "a" })).await.0, 200);
    lab.advance(secs(1)).await;
    assert_eq!(error(lab.late(&url, json!({ "text": "a" })).await), (404, "expired_url".to_owned()));
    let unknown = json!(url.as_str().unwrap().replace("/commands/", "/commands/x"));
    assert_eq!(lab.late(&unknown, json!({ "text": "a" })).await.0, 404);
    assert_eq!(lab.slack.requests("response_url").len(), 9);
}

#[tokio::test]
async fn an_answer_is_for_one_or_for_all() {
    let lab = Lab::open().await;
    lab.slack.kick(&lab.ops, &lab.slack.bot());
    let url = lab.url();
    lab.late(&url, json!({ "text": "for ana" })).await;
    lab.late(&url, json!({ "text": "for all", "response_type": "in_channel" })).await;
    let of = |user: &str| {
        let seen = lab.slack.sees(user, &lab.ops).into_iter().filter(|seen| seen.author == "Callout");
        seen.map(|seen| seen.text).collect::<Vec<_>>()
    };
    assert_eq!(of(&lab.ana), ["for ana", "for all"]);
    assert_eq!(of(&lab.jack), ["for all"]);
    assert_eq!(error(lab.late(&url, json!({})).await), (400, "no_text".to_owned()));
    let bad = lab.late(&url, json!({ "blocks": [{ "type": "section" }] })).await;
    assert_eq!(error(bad), (400, "invalid_blocks".to_owned()));
    let form =
        lab.http.post(url.as_str().unwrap()).header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(error(read(form.body("text=a")).await), (400, "invalid_payload".to_owned()));
    let broken = lab.http.post(url.as_str().unwrap()).header("content-type", "application/json");
    assert_eq!(error(read(broken.body("{")).await).1, "invalid_json");
}

#[tokio::test]
async fn a_clicked_message_is_replaced_or_deleted() {
    let lab = Lab::open().await;
    let blocks = json!([{ "type": "actions", "elements": [super::button("Yes", "yes", "1")] }]);
    let body = json!({ "channel": lab.ops, "user": lab.ana, "text": "Sure?", "blocks": blocks });
    let ts = lab.does("chat.postEphemeral", body).await["message_ts"].as_str().unwrap().to_owned();
    let nr = lab.slack.clicks(&lab.ana, &lab.ops, &ts, "yes").unwrap();
    let told = lab.slack.delivery(nr).payload;
    assert_eq!((&told["container"]["is_ephemeral"], told.get("message")), (&json!(true), None));
    let url = told["response_url"].clone();
    lab.late(&url, json!({ "text": "Done.", "replace_original": true })).await;
    let seen = lab.slack.message(&lab.ops, &ts).unwrap();
    assert_eq!(
        (seen.text.as_str(), seen.buttons.len()),
        ("Done.", 0),
        "a whisper is replaced in no other way"
    );
    lab.late(&url, json!({ "delete_original": true })).await;
    assert_eq!(lab.slack.message(&lab.ops, &ts), None);
    let gone = lab.late(&url, json!({ "text": "Done.", "replace_original": true })).await;
    assert_eq!(error(gone), (400, "message_not_found".to_owned()));
    let card = lab.posted("card").await;
    lab.late(&url, json!({ "text": "here", "thread_ts": card })).await;
    assert_eq!(lab.slack.thread(&lab.ana, &lab.ops, &card)[0].text, "here");
}

#[tokio::test]
async fn answers_have_a_pace() {
    let lab = Lab::with(Settings::default()).await;
    let url = lab.url();
    let other = lab.url();
    for _ in 0..5 {
        lab.late(&url, json!({ "text": "a" })).await;
    }
    assert_eq!(lab.late(&other, json!({ "text": "a" })).await.0, 200, "each address by itself");
    assert_eq!(error(lab.late(&url, json!({ "text": "a" })).await).1, "used_url");
}
