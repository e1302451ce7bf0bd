//! The port's verbs on the wire.

use serde_json::json;

use super::*;
use crate::clock::Clock;
use crate::domain::call::{Media, Verdict};
use crate::engine::tencent::Tencent;
use crate::engine::tencent::stub::{Say, Stub, code, response, settings};

fn to(callees: &[&str]) -> Dial {
    Dial {
        callees: callees.iter().map(|callee| Account::new(*callee)).collect(),
        media: Media::Video,
        room: RoomId::new("co_c1"),
        ring: Duration::from_secs(45),
        title: "Ana calls".to_owned(),
        text: "standup".to_owned(),
        user_data: "{}".to_owned(),
    }
}

fn id(text: &str) -> EngineCallId {
    EngineCallId::new(text)
}

#[tokio::test]
async fn a_dial_sends_all_that_a_phone_needs() {
    let said = json!({"CallId": "c-1", "CallResult": [{"Callee_Account": "jack", "ResultCode": 0}]});
    let stub = Stub::saying([response(said)]).await;
    let dialed = stub.client().dial(&to(&["jack"]), Turn::granted()).await.unwrap();
    assert_eq!(dialed, Dialed { call: Some(id("c-1")), refused: Vec::new() });
    let asked = &stub.asked()[0];
    assert_eq!(asked.path, "/v4/call_engine_http_srv/start_call_by_robot");
    let push = crate::engine::tencent::push::Push::new(None).unwrap();
    let push = serde_json::to_value(push.of("Ana calls", "standup")).unwrap();
    assert_eq!(
        asked.body,
        json!({
            "Robot_Account": "oncall_robot", "CalleeList_Account": ["jack"], "Timeout": 45_000, "UserData": "{}",
            "CallInfo": {"MediaType": "Video", "RoomId": "co_c1", "RoomIdType": 2}, "OfflinePushInfo": push,
        })
    );
}

#[tokio::test]
async fn success_without_a_response_has_no_call() {
    let stub = Stub::saying([code(0)]).await;
    let dialed = stub.client().dial(&to(&["jack"]), Turn::granted()).await.unwrap();
    assert_eq!(dialed, Dialed { call: None, refused: Vec::new() });
}

#[tokio::test]
async fn those_who_were_not_rung_are_named_with_their_number() {
    let said = json!({"CallId": "c-1", "CallResult": [
        {"Callee_Account": "jack", "ResultCode": 0},
        {"Callee_Account": 144_115_216_238_579_641_u64, "ResultCode": "7"},
    ]});
    let stub = Stub::saying([response(said)]).await;
    let dialed = stub.client().dial(&to(&["jack", "144115216238579641"]), Turn::granted()).await.unwrap();
    assert_eq!(dialed.refused, [(Account::new("144115216238579641"), 7)]);
}

#[tokio::test]
async fn a_dial_that_went_wrong_is_sorted() {
    let error = async |say: Say| {
        let stub = Stub::saying([say]).await;
        stub.client().dial(&to(&["jack"]), Turn::granted()).await.unwrap_err()
    };
    assert!(matches!(error(Say::Page(502)).await, EngineError::Unsettled(_)));
    assert!(matches!(error(Say::Raw(String::new())).await, EngineError::Unsettled(_)));
    assert!(matches!(error(code(60_008)).await, EngineError::Unsettled(_)));
    assert!(matches!(error(code(60_007)).await, EngineError::Temporary(_)));
    assert!(matches!(error(code(60_020)).await, EngineError::Permanent(_)));
    let gone = Tencent::new(settings("http://127.0.0.1:1"), Clock::system()).unwrap();
    assert!(matches!(gone.dial(&to(&["jack"]), Turn::granted()).await, Err(EngineError::Temporary(_))));
}

#[tokio::test]
async fn what_is_out_of_range_is_never_sent() {
    let stub = Stub::saying([]).await;
    let client = stub.client();
    let long = "x".repeat(33);
    let wrong = [
        Dial { ring: Duration::from_millis(9_999), ..to(&["jack"]) },
        Dial { ring: Duration::from_millis(600_001), ..to(&["jack"]) },
        to(&[]),
        to(&["jack", ""]),
        to(&[&long]),
        Dial { room: RoomId::new("123"), ..to(&["jack"]) },
        Dial { room: RoomId::new("co/1"), ..to(&["jack"]) },
        Dial { room: RoomId::new("c".repeat(65)), ..to(&["jack"]) },
    ];
    for dial in wrong {
        let error = client.dial(&dial, Turn::granted()).await.unwrap_err();
        assert!(matches!(error, EngineError::Permanent(_)), "{dial:?}");
    }
    assert!(stub.asked().is_empty());
    client.dial(&Dial { ring: RING_MIN, ..to(&["jack"]) }, Turn::granted()).await.unwrap();
    client.dial(&Dial { ring: RING_MAX, ..to(&["jack"]) }, Turn::granted()).await.unwrap();
}

#[tokio::test]
async fn long_texts_are_cut_where_the_engine_would() {
    let stub = Stub::saying([]).await;
    let dial =
        Dial {
            user_data: "ü".repeat(501), title: "🚨".repeat(40), text: "x".repeat(601), ..to(&["jack"])
        };
    stub.client().dial(&dial, Turn::granted()).await.unwrap();
    let body = &stub.asked()[0].body;
    assert_eq!(body["UserData"].as_str().unwrap().len(), 1000);
    assert_eq!(body["OfflinePushInfo"]["Title"], format!("{}…", "🚨".repeat(29)));
    assert_eq!(body["OfflinePushInfo"]["Desc"], format!("{}…", "x".repeat(599)));
    assert_eq!(
        dial.user_data[..dial.user_data.floor_char_boundary(999)].len(),
        998,
        "never inside a character"
    );
    assert_eq!(shortened("exactly", 7), "exactly");
}

#[tokio::test]
async fn a_live_call_shows_everybody_but_the_robot() {
    let said = json!({"CallInfo": {"CallId": "c-1", "RoomId": "", "RoomIdType": 0}, "UserList": [
        {"User_Account": "oncall_robot", "Status": "Calling"},
        {"User_Account": "jack", "Status": "Waiting"}, {"User_Account": 7, "Status": "calling"},
    ]});
    let stub = Stub::saying([response(said)]).await;
    let member = |account, in_call| Member { account: Account::new(account), in_call };
    let seen = stub.client().look(&id("c-1")).await.unwrap();
    assert_eq!(seen, Sight::Live(vec![member("jack", false), member("7", true)]));
    assert_eq!(stub.asked()[0].body, json!({"CallId": "c-1"}));
}

#[tokio::test]
async fn over_is_a_sight_and_no_error() {
    let stub = Stub::saying([code(101_004), code(101_004), code(101_050), code(0)]).await;
    let client = stub.client();
    assert_eq!(client.look(&id("c")).await, Ok(Sight::Over));
    assert_eq!(client.end(&id("c")).await, Ok(()));
    assert_eq!(client.record(&id("c")).await, Ok(None));
    assert_eq!(client.end(&id("c")).await, Ok(()));
    assert_eq!(stub.asked()[1].path, "/v4/call_engine_http_srv/end_call");
}

#[tokio::test]
async fn a_look_without_the_list_says_nothing_of_the_members() {
    let empty = response(json!({"UserList": null}));
    let stub = Stub::saying([code(0), Say::Page(502), code(60_008), empty]).await;
    let client = stub.client();
    for _ in 0..3 {
        assert!(matches!(client.look(&id("c")).await, Err(EngineError::Temporary(_))));
    }
    assert_eq!(client.look(&id("c")).await, Ok(Sight::Live(Vec::new())));
}

#[tokio::test]
async fn a_record_is_read_in_our_words() {
    let said = json!({"CallRecord": {"CallId": "c-1", "Caller_Account": "oncall_robot", "CallResult": "CallBusy",
        "StartTime": 10, "EndTime": 20, "AcceptTime": 0, "CalleeList_Account": ["oncall_robot", "jack"]}});
    let stub = Stub::saying([response(said)]).await;
    let record = stub.client().record(&id("c-1")).await.unwrap().unwrap();
    assert_eq!(record.verdict, Verdict::Busy);
    assert_eq!(record.callees, [Account::new("jack")]);
    assert_eq!(stub.asked()[0].path, "/v4/call_record_http_srv/get_record_by_callid");
}

#[tokio::test]
async fn the_ceiling_is_of_each_command() {
    let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
    let stub = Stub::saying([]).await;
    let slow = std::num::NonZeroU32::MIN;
    let slow = crate::engine::tencent::TencentSettings { rate_per_second: slow, ..settings(&stub.root) };
    let client = Tencent::new(slow, clock.clone()).unwrap();
    client.end(&id("a")).await.unwrap();
    client.record(&id("a")).await.unwrap();
    let second = async {
        let _busy = clock.busy();
        client.end(&id("b")).await.unwrap();
    };
    let passing = async {
        tokio::task::yield_now().await;
        assert_eq!((stub.asked().len(), clock.in_flight()), (2, 0), "the second waits, and holds up no time");
        assert!(clock.advance_to(crate::clock::later(Timestamp::UNIX_EPOCH, Duration::from_secs(1))));
    };
    tokio::join!(second, passing);
    assert_eq!(stub.asked().len(), 3);
}
