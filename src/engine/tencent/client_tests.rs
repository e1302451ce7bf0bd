//! One command on the wire: its address, its signature, and every way it can go wrong.

use proptest::prelude::*;
use serde_json::json;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

use super::*;
use crate::clock::later;
use crate::engine::tencent::sign::decode;
use crate::engine::tencent::stub::{Say, Stub, code, settings};
use crate::task::{TaskHandle, spawn};

async fn ask(client: &Tencent) -> Result<Reply, Fault> {
    client.send(Command::CallInfo, &json!({"CallId": "c"})).await
}

#[tokio::test]
async fn a_request_carries_what_the_vendor_asks_for() {
    let stub = Stub::saying([]).await;
    let client = stub.client();
    ask(&client).await.unwrap();
    ask(&client).await.unwrap();
    let asked = stub.asked();
    assert_eq!(asked[0].path, "/v4/call_engine_http_srv/get_call_info");
    assert_eq!(asked[0].param("sdkappid"), "1400000000");
    assert_eq!(asked[0].param("identifier"), "administrator");
    assert_eq!(asked[0].param("contenttype"), "json");
    assert_eq!(asked[0].body, json!({"CallId": "c"}));
    let sig = decode(asked[0].param("usersig")).unwrap();
    assert_eq!(
        (&sig["TLS.identifier"], &sig["TLS.sdkappid"]),
        (&json!("administrator"), &json!(1_400_000_000))
    );
    assert_eq!(asked[0].param("usersig"), asked[1].param("usersig"), "the signature is kept");
    let random = |at: usize| asked[at].param("random").parse::<u32>().unwrap();
    assert_ne!(random(0), random(1), "fresh for each request");
}

#[tokio::test]
async fn an_odd_account_is_percent_encoded() {
    let stub = Stub::saying([]).await;
    let odd = "a&b=c d/ü+".to_owned();
    let settings = TencentSettings { admin_account: odd.clone(), ..settings(&stub.root) };
    ask(&Tencent::new(settings, Clock::system()).unwrap()).await.unwrap();
    assert_eq!(stub.asked()[0].param("identifier"), odd);
    assert_eq!(percent_encoded("a&b c"), "a%26b%20c");
}

#[tokio::test]
async fn a_refused_signature_is_renewed_once() {
    for refusal in [70_001, 70_003, 60_004, 60_005] {
        let stub = Stub::saying([code(refusal)]).await;
        ask(&stub.client()).await.unwrap();
        assert_eq!(stub.asked().len(), 2);
        let stub = Stub::saying([code(refusal), code(refusal)]).await;
        assert_eq!(ask(&stub.client()).await.unwrap_err().code(), Some(refusal));
        assert_eq!(stub.asked().len(), 2, "not a third time");
    }
}

#[tokio::test]
async fn after_too_many_bad_signatures_nothing_is_sent_for_a_minute() {
    let clock = Clock::simulated(Timestamp::from_second(1_800_000_000).unwrap());
    let stub = Stub::saying([code(70_050)]).await;
    let client = stub.client_at(clock.clone());
    assert_eq!(client.resting_until(), None);
    let said = ask(&client).await.unwrap_err().of_dial();
    assert!(matches!(&said, EngineError::Temporary(why) if why.contains("(70050)")), "{said:?}");
    let _ = clock.advance_to(later(clock.now(), Duration::from_secs(59)));
    let said = ask(&client).await.unwrap_err().of_dial();
    assert!(matches!(&said, EngineError::Temporary(why) if why.contains("08:01:00 UTC")), "{said:?}");
    assert_eq!(client.resting_until().unwrap().as_second(), 1_800_000_060);
    assert_eq!(client.health().await.unwrap_err(), said);
    assert_eq!(stub.asked().len(), 1, "the engine is left alone");
    let _ = clock.advance_to(later(clock.now(), Duration::from_secs(1)));
    ask(&client).await.unwrap();
    ask(&client).await.unwrap();
    let time = |asked: &crate::engine::tencent::stub::Asked| {
        decode(asked.param("usersig")).unwrap()["TLS.time"].clone()
    };
    let times: Vec<_> = stub.asked().iter().map(time).collect();
    assert_eq!(times, [1_800_000_000_i64, 1_800_000_060, 1_800_000_060], "then with a fresh signature");
    assert_eq!(client.resting_until(), None);
}

#[tokio::test]
async fn the_renewed_signature_is_a_new_one() {
    let clock = Clock::simulated(Timestamp::from_second(1_800_000_000).unwrap());
    let stub = Stub::saying([code(0), code(70_001)]).await;
    let client = stub.client_at(clock.clone());
    ask(&client).await.unwrap();
    let _ = clock.advance_to(later(clock.now(), Duration::from_secs(60)));
    ask(&client).await.unwrap();
    let times: Vec<_> = stub
        .asked()
        .iter()
        .map(|asked| decode(asked.param("usersig")).unwrap()["TLS.time"].clone())
        .collect();
    assert_eq!(times, [1_800_000_000_i64, 1_800_000_000, 1_800_000_060]);
}

#[tokio::test]
async fn gateways_are_told_from_the_engine() {
    let fault = async |say| {
        let stub = Stub::saying([say]).await;
        ask(&stub.client()).await.unwrap_err()
    };
    assert!(matches!(fault(Say::Page(502)).await, Fault::Lost(_)));
    assert!(matches!(fault(Say::Page(500)).await, Fault::Lost(_)));
    assert!(matches!(fault(Say::Page(408)).await, Fault::Lost(_)));
    assert!(matches!(fault(Say::Page(404)).await, Fault::Misdirected(_)));
    assert!(matches!(fault(Say::Page(302)).await, Fault::Misdirected(_)));
    assert!(matches!(fault(Say::Page(429)).await, Fault::Unsent(_)));
    assert!(matches!(fault(Say::Raw("<html>".to_owned())).await, Fault::Lost(_)));
    assert!(matches!(fault(Say::Raw("{}".to_owned())).await, Fault::Lost(_)));
    assert!(matches!(fault(Say::Raw(" ".repeat(BOUNDS.bytes + 1))).await, Fault::Lost(_)));
}

/// A port where nobody listens.
async fn deserted() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// A peer that reads a request and hangs up without a word.
async fn rude() -> (String, TaskHandle) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let root = format!("http://{}", listener.local_addr().unwrap());
    let task = spawn("rude", async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await;
        }
    });
    (root, task)
}

#[tokio::test]
async fn nobody_there_means_that_nothing_was_sent() {
    let client = Tencent::new(settings(&deserted().await), Clock::system()).unwrap();
    let fault = ask(&client).await.unwrap_err();
    assert!(matches!(&fault, Fault::Unsent(why) if why.contains("cannot be reached")), "{fault:?}");
}

#[tokio::test]
async fn a_connection_lost_after_sending_leaves_it_open() {
    let (root, _rude) = rude().await;
    let fault = ask(&Tencent::new(settings(&root), Clock::system()).unwrap()).await.unwrap_err();
    assert!(matches!(fault, Fault::Lost(_)), "{fault:?}");
}

#[tokio::test]
async fn no_answer_runs_out_on_our_clock() {
    let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
    let stub = Stub::saying([Say::Nothing]).await;
    let client = stub.client_at(clock.clone());
    let asking = async { ask(&client).await };
    let passing = async {
        while stub.asked().is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(clock.in_flight(), 0, "it holds up no time");
        assert!(clock.advance_to(later(Timestamp::UNIX_EPOCH, BOUNDS.time)));
    };
    let (answer, ()) = tokio::join!(asking, passing);
    assert_eq!(answer.unwrap_err(), Fault::Lost("The engine did not answer within 10 s".to_owned()));
}

#[tokio::test]
async fn no_error_shows_a_secret() {
    let mut faults = Vec::new();
    let echo = json!({"ErrorCode": 101_002, "ErrorInfo": format!("bad usersig {}", "eJw9-".repeat(40))});
    for say in [Say::Page(502), Say::Page(404), Say::Raw("x".to_owned()), code(70_001), Say::Json(echo)] {
        let stub = Stub::saying([say.clone(), say]).await;
        faults.push(ask(&stub.client()).await.unwrap_err());
    }
    let (root, _rude) = rude().await;
    for root in [deserted().await, root, "https://nowhere.invalid".to_owned()] {
        faults.push(ask(&Tencent::new(settings(&root), Clock::system()).unwrap()).await.unwrap_err());
    }
    for fault in faults {
        let said = format!("{fault:?} {} {:?}", fault.clone().of_read(), fault.clone().of_dial());
        for secret in ["usersig=", "eJ", "topsecret", "hookpath", "http", "sdkappid"] {
            assert!(!said.contains(secret), "{secret} in {said}");
        }
    }
}

#[tokio::test]
async fn debug_shows_no_secret() {
    let stub = Stub::saying([]).await;
    let client = stub.client();
    ask(&client).await.unwrap();
    let shown = format!("{client:?}");
    assert!(!shown.contains("topsecret") && !shown.contains("hookpath") && !shown.contains("eJ"), "{shown}");
}

#[tokio::test]
async fn health_is_the_last_requests_fate_and_else_a_probe() {
    let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
    let stub = Stub::saying([code(100_301), code(60_020), code(101_004)]).await;
    let client = stub.client_at(clock.clone());
    client.health().await.unwrap();
    client.health().await.unwrap();
    assert_eq!(stub.asked().len(), 1, "a probe counts for 30 s");
    assert_eq!(stub.asked()[0].path, "/v4/call_config/get_callback");
    let _ = clock.advance_to(later(clock.now(), HEALTH_FRESH));
    let sick = client.health().await.unwrap_err();
    assert!(sick.to_string().contains("(60020)"), "{sick}");
    assert_eq!(client.health().await.unwrap_err(), sick);
    ask(&client).await.unwrap_err();
    client.health().await.unwrap();
    assert_eq!(stub.asked().len(), 3, "a request that was answered is proof enough");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn an_encoded_account_is_read_back(text in ".{0,40}") {
        let url = Url::parse(&format!("http://h/?x={}", percent_encoded(&text))).unwrap();
        prop_assert_eq!(url.query_pairs().next().unwrap().1, text.as_str());
    }
}
