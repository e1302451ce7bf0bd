//! What goes wrong on command.

use callout::clock::later;
use serde_json::json;

use super::super::{Fault, Settings};
use super::{Lab, secs};

#[tokio::test]
async fn the_next_requests_of_a_method_go_wrong() {
    let lab = Lab::open().await;
    let body = json!({ "channel": lab.ops, "text": "a" });
    lab.slack.next("chat.*", 2, Fault::Refused(503));
    let (status, page) = lab.call("chat.postMessage", body.clone()).await;
    assert_eq!((status, page.as_str().unwrap().contains("out of order")), (503, true), "no JSON");
    lab.slack.clear_faults();
    lab.does("chat.postMessage", body.clone()).await;
    lab.slack.next("chat.postMessage", 1, Fault::Garbled(502));
    assert_eq!(lab.call("chat.postMessage", body.clone()).await.0, 502);
    assert_eq!(lab.slack.sees(&lab.ana, &lab.ops).len(), 2, "it was carried out");
    lab.slack.next("*", 1, Fault::Error("internal_error"));
    assert_eq!(lab.error("chat.postMessage", body.clone()).await, "internal_error");
    lab.slack.next("chat.postMessage", 1, Fault::TooEarly(secs(7)));
    let url = format!("{}/chat.postMessage", lab.slack.api_url());
    let early = lab.http.post(url).bearer_auth(lab.slack.bot_token()).send().await.unwrap();
    assert_eq!((early.status().as_u16(), &early.headers()["retry-after"]), (429, &"7".parse().unwrap()));
    assert_eq!(lab.slack.sees(&lab.ana, &lab.ops).len(), 2);
    assert_eq!(lab.slack.journal().len(), 5);
}

#[tokio::test]
async fn a_connection_is_cut_before_or_after() {
    let lab = Lab::open().await;
    let post = || {
        let url = format!("{}/chat.postMessage", lab.slack.api_url());
        let body = json!({ "channel": lab.ops, "text": "a" }).to_string();
        let request = lab.http.post(url).bearer_auth(lab.slack.bot_token()).body(body);
        request.header("content-type", "application/json").send()
    };
    lab.slack.next("chat.postMessage", 1, Fault::Cut);
    assert!(post().await.is_err());
    assert_eq!(lab.slack.sees(&lab.ana, &lab.ops).len(), 0);
    lab.slack.next("chat.postMessage", 1, Fault::LostAnswer);
    assert!(post().await.is_err());
    assert_eq!(lab.slack.sees(&lab.ana, &lab.ops).len(), 1);
    assert_eq!(lab.slack.requests("chat.postMessage").iter().map(|e| e.status).collect::<Vec<_>>(), [0, 0]);
    lab.slack.go_down();
    assert!(post().await.is_err());
    lab.slack.come_back();
    assert!(post().await.is_ok());
}

#[tokio::test]
async fn an_answer_comes_late_by_the_models_clock() {
    let lab = Lab::with(Settings::default()).await;
    lab.slack.next("chat.postMessage", 1, Fault::Late(secs(20)));
    // Whoever waits for an answer is busy.
    let busy = lab.clock.busy();
    let posting = lab.does("chat.postMessage", json!({ "channel": lab.ops, "text": "a" }));
    tokio::pin!(posting);
    tokio::select! {
        biased;
        _ = &mut posting => panic!("too early"),
        () = async {
            lab.slack.until("the request", |slack| (slack.journal().len() == 1).then_some(())).await;
            lab.advance(secs(19)).await;
        } => {}
    }
    assert!(lab.clock.advance_to(later(lab.clock.now(), secs(1))), "the answer is due");
    posting.await;
    drop(busy);
    assert_eq!(lab.slack.requests("*")[0].at, "2026-03-10T15:00:00Z".parse().unwrap());
}
