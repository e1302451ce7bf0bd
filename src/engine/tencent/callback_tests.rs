//! The door: who gets in, what is answered, and in which order it reaches the use case.

use std::sync::Mutex;

use async_trait::async_trait;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::*;
use crate::domain::ids::EngineCallId;
use crate::domain::inbound::{Inbound, Receipt};
use crate::engine::tencent::TencentSettings;
use crate::engine::tencent::stub::{serve, settings};
use crate::engine::tencent::wire::tests::junk;

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

    async fn answered(&self, _card: &crate::domain::ids::CardId, _message: &str) {}

    async fn outage(&self, _outage: crate::ports::Outage) {}

    async fn engine(&self, event: EngineEvent) {
        self.permits.acquire().await.unwrap().forget();
        self.heard.lock().unwrap().push(event);
    }
}

struct World {
    root: String,
    ear: Arc<Ear>,
    clock: Clock,
    tencent: Arc<Tencent>,
    _server: TaskHandle,
}

async fn world() -> World {
    let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
    let ear = ear();
    world_of(settings("https://engine.example.com"), ear, clock).await
}

async fn world_of(settings: TencentSettings, ear: Arc<Ear>, clock: Clock) -> World {
    let tencent = Tencent::new(settings, clock.clone()).unwrap();
    let (root, server) = serve(callback_router(&tencent, ear.clone())).await;
    World { root, ear, clock, tencent, _server: server }
}

/// A door that is not served, for an intake that is not ours.
fn router(settings: TencentSettings, intake: Arc<dyn Intake>) -> Router {
    callback_router(&Tencent::new(settings, Clock::system()).unwrap(), intake)
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
    let kept = world.tencent.unread_callbacks();
    assert_eq!((kept.len(), kept[1].body.as_str(), kept[1].why.as_str()), (7, "{", "the body is not JSON"));
    assert_eq!(kept[6].body.len(), 4096);
}

#[tokio::test]
async fn too_long_a_body_is_refused() {
    let router = router(settings("https://engine.example.com"), ear());
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

fn door(queue: Sender<Item>, clock: Clock) -> Door {
    Door {
        secret_hash: hash_of("s"),
        token: None,
        seen: Mutex::default(),
        unread: Arc::default(),
        sdk_app_id: "1".to_owned(),
        robot: "robot".to_owned(),
        clock,
        queue,
        _consumer: spawn("none", std::future::pending()),
    }
}

#[tokio::test]
async fn more_than_may_wait_are_dropped() {
    let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
    let (queue, mut waiting) = mpsc::channel(1);
    let door = door(queue, clock.clone());
    for n in 0..3 {
        door.take(&Bytes::from(started(&n.to_string())), None, clock.busy());
    }
    assert_eq!(clock.in_flight(), 1, "what was dropped holds up nothing");
    assert!(waiting.try_recv().is_ok() && waiting.try_recv().is_err());
}

#[tokio::test]
async fn a_copy_is_dropped_and_what_was_lost_is_welcome_again() {
    let world = world().await;
    let body = |time: i64| {
        json!({"CallbackCommand": "Call.CallbackAfterStartCall", "CallInfo": {"CallId": "c"}, "EventTime": time}).to_string()
    };
    for time in [7, 7, 8, 7] {
        assert_eq!(world.post(GOOD, body(time)).await.0, 200);
    }
    assert_eq!(world.settle().await.len(), 2);

    let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
    let (queue, mut waiting) = mpsc::channel(1);
    let door = door(queue, clock.clone());
    for time in [1, 2] {
        door.take(&Bytes::from(body(time)), None, clock.busy());
    }
    assert!(waiting.try_recv().is_ok(), "the second found no room");
    door.take(&Bytes::from(body(2)), None, clock.busy());
    assert!(waiting.try_recv().is_ok());
    door.take(&Bytes::from(body(2)), None, clock.busy());
    assert!(waiting.try_recv().is_err());
}

const SIGN: &str = "17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061";

#[tokio::test]
async fn a_signature_must_be_right_where_a_token_is_configured() {
    let token = Some("xxxxyyyy".into());
    let settings = TencentSettings { callback_token: token, ..settings("https://engine.example.com") };
    let clock = Clock::simulated(Timestamp::from_second(1_669_872_112).unwrap());
    let signed = world_of(settings, ear(), clock).await;
    let status = async |tail: &str| signed.post(&format!("{GOOD}&{tail}"), "{}").await.0;
    assert_eq!(status(&format!("Sign={SIGN}&RequestTime=1669872112")).await, 200);
    assert_eq!(status(&format!("sign={SIGN}&requesttime=1669872112")).await, 200);
    assert_eq!(status("RequestTime=1").await, 200, "the vendor documents no signature: the path alone");
    assert_eq!(status(&format!("Sign={SIGN}&RequestTime=1669872113")).await, 403);
    assert_eq!(status(&format!("Sign={SIGN}")).await, 403);
    assert_eq!(status(&format!("Sign={SIGN}&Sign=00&RequestTime=1669872112")).await, 403);
    assert_eq!(status("Sign=&RequestTime=1669872112").await, 403);
    let _ = signed.clock.advance_to(Timestamp::from_second(1_669_872_413).unwrap());
    assert_eq!(status(&format!("Sign={SIGN}&RequestTime=1669872112")).await, 403, "too old");
    let unsigned = world().await;
    assert_eq!(
        unsigned.post(&format!("{GOOD}&Sign=00&RequestTime=1"), "{}").await.0,
        200,
        "no token, no question"
    );
}

/// Breaks at the first event.
#[derive(Debug, Default)]
struct Brittle(Mutex<usize>);

#[async_trait]
impl Intake for Brittle {
    async fn person(&self, _: Inbound) -> Receipt {
        Receipt::private("nobody")
    }

    async fn answered(&self, _card: &crate::domain::ids::CardId, _message: &str) {}

    async fn outage(&self, _outage: crate::ports::Outage) {}

    async fn engine(&self, _: EngineEvent) {
        let first = {
            let mut heard = self.0.lock().unwrap();
            *heard += 1;
            *heard == 1
        };
        assert!(!first, "planted");
    }
}

#[tokio::test]
async fn a_use_case_that_breaks_takes_no_other_event_along() {
    let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
    let tencent = Tencent::new(settings("https://engine.example.com"), clock.clone()).unwrap();
    let brittle = Arc::new(Brittle::default());
    let (root, _server) = serve(callback_router(&tencent, brittle.clone())).await;
    for n in 0..3 {
        let url = format!("{root}/engine/tencent/{GOOD}");
        let sent = reqwest::Client::new().post(url).body(started(&n.to_string())).send().await.unwrap();
        assert_eq!(sent.status().as_u16(), 200);
    }
    while clock.in_flight() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(*brittle.0.lock().unwrap(), 3);
}

#[tokio::test]
async fn without_a_secret_there_is_no_door() {
    let closed = TencentSettings { callback_secret: None, ..settings("https://engine.example.com") };
    let (root, _server) = serve(router(closed, ear())).await;
    let url = format!("{root}/engine/tencent/x?SdkAppid=1400000000");
    assert_eq!(reqwest::Client::new().post(url).send().await.unwrap().status().as_u16(), 404);
}

#[tokio::test]
async fn the_door_shows_no_secret() {
    let router = router(settings("https://engine.example.com"), ear());
    assert!(!format!("{router:?}").contains("hookpath"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_body_is_taken_or_kept(json in junk(), raw in proptest::collection::vec(any::<u8>(), 0..300)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let _entered = runtime.enter();
        let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
        let (queue, _waiting) = mpsc::channel(4);
        let door = door(queue, clock.clone());
        for body in [Bytes::from(json.to_string()), Bytes::from(raw)] {
            for command in [None, Some("Call.CallbackAfterMemberChanged"), Some("Call.CallbackAfterEndCall")] {
                door.take(&body, command, clock.busy());
            }
        }
        prop_assert!(door.unread.all().len() <= 6 && clock.in_flight() <= 4);
    }
}
