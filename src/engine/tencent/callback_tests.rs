//! The door: who gets in, what is answered, and in which order it reaches the use case.

use std::sync::Mutex;

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::*;
use crate::domain::ids::EngineCallId;
use crate::domain::inbound::{Inbound, Receipt};
use crate::engine::tencent::stub::{serve, settings};

/// Keeps what it is told, one event for each permit.
#[derive(Debug)]
struct Ear {
    heard: Mutex<Vec<EngineEvent>>,
    permits: Semaphore,
}

fn ear() -> Arc<Ear> {
    Arc::new(Ear { heard: Mutex::default(), permits: Semaphore::new(1_000) })
}

#[async_trait]
impl Intake for Ear {
    async fn person(&self, _: Inbound) -> Receipt {
        Receipt::private("nobody")
    }

    async fn engine(&self, event: EngineEvent) {
        self.permits.acquire().await.unwrap().forget();
        self.heard.lock().unwrap().push(event);
    }
}

struct World {
    root: String,
    ear: Arc<Ear>,
    clock: Clock,
    _server: TaskHandle,
}

async fn world() -> World {
    let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
    let ear = ear();
    let router = callback_router(&settings("https://engine.example.com"), ear.clone(), clock.clone());
    let (root, server) = serve(router).await;
    World { root, ear, clock, _server: server }
}

const GOOD: &str = "hookpath?SdkAppid=1400000000&contenttype=json";

impl World {
    async fn post(&self, tail: &str, body: impl Into<reqwest::Body>) -> (u16, String) {
        let url = format!("{}/engine/tencent/{tail}", self.root);
        let response = reqwest::Client::new().post(url).body(body).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    async fn settle(&self) -> Vec<EngineEvent> {
        while self.clock.in_flight() > 0 {
            tokio::task::yield_now().await;
        }
        self.ear.heard.lock().unwrap().clone()
    }
}

fn started(call: &str) -> String {
    json!({"CallbackCommand": "Call.CallbackAfterStartCall", "CallInfo": {"CallId": call}}).to_string()
}

fn calls(events: &[EngineEvent]) -> Vec<String> {
    let of = |event: &EngineEvent| match event {
        EngineEvent::Started { call, .. } => call.as_str().to_owned(),
        other => panic!("{other:?}"),
    };
    events.iter().map(of).collect()
}

#[tokio::test]
async fn a_callback_is_answered_in_the_engines_words_and_passed_on() {
    let world = world().await;
    let (status, said) = world.post(GOOD, started("c")).await;
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((status, said), (200, json!({"ActionStatus": "OK", "ErrorInfo": "", "ErrorCode": 0})));
    let event = EngineEvent::Started { call: EngineCallId::new("c"), room: None, at: world.clock.now() };
    assert_eq!(world.settle().await, [event]);
}

#[tokio::test]
async fn strangers_stay_outside() {
    let world = world().await;
    let status = async |tail: &str| world.post(tail, started("c")).await.0;
    assert_eq!(status("hookpat?SdkAppid=1400000000").await, 404);
    assert_eq!(status("hookpath2?SdkAppid=1400000000").await, 404);
    assert_eq!(status("%ff?SdkAppid=1400000000").await, 404);
    assert_eq!(status("hookpath").await, 403);
    assert_eq!(status("hookpath?SdkAppid=1400000001").await, 403);
    assert_eq!(status("hookpath?SdkAppid=1400000000&sdkappid=1").await, 403);
    assert_eq!(status("hookpath?SDKAPPID=1400000000").await, 200, "names are compared without case");
    assert_eq!(world.settle().await.len(), 1);
}

#[tokio::test]
async fn what_cannot_be_read_is_answered_the_same() {
    let world = world().await;
    for body in ["", "{", "[]", "{\"CallbackCommand\": \"State.StateChange\"}", "\u{0}"] {
        assert_eq!(world.post(GOOD, body).await, (200, OK.to_owned()), "{body}");
    }
    assert_eq!(world.post(GOOD, vec![0xff_u8; 10]).await.0, 200);
    assert_eq!(world.post(GOOD, vec![b' '; BODY_MAX]).await.0, 200);
    assert_eq!(world.settle().await, []);
}

#[tokio::test]
async fn too_long_a_body_is_refused() {
    let router = callback_router(&settings("https://engine.example.com"), ear(), Clock::system());
    let (root, _server) = serve(router).await;
    let client = reqwest::Client::new();
    let sent =
        client.post(format!("{root}/engine/tencent/{GOOD}")).body(vec![b' '; BODY_MAX + 1]).send().await;
    // The peer may hang up before all is sent; then the answer is lost, and that is a refusal too.
    assert!(sent.is_err() || sent.is_ok_and(|response| response.status().as_u16() == 413));
}

#[tokio::test]
async fn the_order_of_arrival_is_kept_and_the_answer_waits_for_nobody() {
    let world = world().await;
    world.ear.permits.forget_permits(1_000);
    for n in 0..20 {
        assert_eq!(world.post(GOOD, started(&n.to_string())).await.0, 200);
    }
    assert_eq!(world.clock.in_flight(), 20, "simulated time waits for what is queued");
    world.ear.permits.add_permits(20);
    let expected: Vec<String> = (0..20).map(|n| n.to_string()).collect();
    assert_eq!(calls(&world.settle().await), expected);
}

#[tokio::test]
async fn more_than_may_wait_are_dropped() {
    let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
    let (queue, mut waiting) = mpsc::channel(1);
    let door = Door {
        secret_hash: hash_of("s"),
        sdk_app_id: "1".to_owned(),
        robot: "robot".to_owned(),
        clock: clock.clone(),
        queue,
        _consumer: spawn("none", std::future::pending()),
    };
    for n in 0..3 {
        door.take(&Bytes::from(started(&n.to_string())), None, clock.busy());
    }
    assert_eq!(clock.in_flight(), 1, "what was dropped holds up nothing");
    assert!(waiting.try_recv().is_ok() && waiting.try_recv().is_err());
}

#[tokio::test]
async fn without_a_secret_there_is_no_door() {
    let closed = TencentSettings { callback_secret: None, ..settings("https://engine.example.com") };
    let (root, _server) = serve(callback_router(&closed, ear(), Clock::system())).await;
    let url = format!("{root}/engine/tencent/x?SdkAppid=1400000000");
    assert_eq!(reqwest::Client::new().post(url).send().await.unwrap().status().as_u16(), 404);
}

#[tokio::test]
async fn the_door_shows_no_secret() {
    let router = callback_router(&settings("https://engine.example.com"), ear(), Clock::system());
    assert!(!format!("{router:?}").contains("hookpath"));
}
