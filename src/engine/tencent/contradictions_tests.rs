//! What the vendor's pages contradict or leave open, row by row of the wire reference's section 11: each row has a
//! test here that shows what we do about it. (Row 23, the phones' version, is a note in the documents.)

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::cloud::tests::{error, feed, peered};
use super::event::{COMMANDS, Reader};
use super::stub::{Say, Stub, code, response, settings};
use super::*;
use crate::clock::Clock;
use crate::domain::call::{Media, Verdict};
use crate::domain::ids::{Account, EngineCallId, RoomId};
use crate::ports::{
    Announcer as _, Dial, Dialed, Engine as _, EngineError, EngineEvent, Member, Move, Sight, Turn,
};

fn dial() -> Dial {
    Dial {
        callees: vec![Account::new("jack")],
        media: Media::Audio,
        room: RoomId::new("co_c1"),
        ring: Duration::from_secs(45),
        title: "Ana calls".to_owned(),
        text: String::new(),
        user_data: String::new(),
    }
}

fn call() -> EngineCallId {
    EngineCallId::new("c-1")
}

fn heard(body: &Value) -> EngineEvent {
    let reader = Reader { robot: "oncall_robot", now: Timestamp::UNIX_EPOCH };
    reader.read(body.to_string().as_bytes(), None).unwrap().event
}

fn record(changes: &Value) -> Value {
    let mut record = json!({
        "CallId": "c-1", "Caller_Account": "oncall_robot", "MediaType": "Audio", "CallType": "SingleCall",
        "StartTime": 1_739_868_165, "EndTime": 1_739_868_224, "AcceptTime": 1_739_868_171, "CallResult": "NormalEnd",
        "CalleeList_Account": ["oncall_robot", "jack"], "RoomId": "co_c1", "RoomIdType": 2,
    });
    record.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    record
}

#[tokio::test]
async fn row_01_the_number_of_a_string_room_is_the_tutorials_and_else_the_references() {
    let default = peered([]).await;
    default.cloud.start(&feed()).await.unwrap();
    assert_eq!(default.asked()[0].body["RoomIdType"], 1);
    let refusing = peered([error("InvalidParameter.RoomId")]).await;
    refusing.cloud.start(&feed()).await.unwrap();
    assert_eq!(refusing.asked()[1].body["RoomIdType"], 0);
}

#[tokio::test]
async fn row_02_success_without_a_response_is_settled_by_our_room() {
    let found = json!({"TotalNum": 1, "CallRecordList": [record(&json!({}))]});
    let stub = Stub::saying([code(0), response(found)]).await;
    let client = stub.client();
    assert_eq!(client.dial(&dial(), Turn::granted()).await, Ok(Dialed { call: None, refused: Vec::new() }));
    let since = Timestamp::from_second(1_739_868_000).unwrap();
    assert_eq!(client.records_of_room(&dial().room, &dial().callees, since).await.unwrap()[0].call, call());
    let told = json!({"CallbackCommand": COMMANDS[0], "CallInfo": {"CallId": "c-1", "RoomId": "co_c1"}});
    assert!(matches!(heard(&told), EngineEvent::Started { call: id, room: Some(room), .. }
        if id == call() && room == dial().room));
}

#[tokio::test]
async fn row_03_a_number_that_is_not_zero_means_not_rung_and_a_look_may_say_otherwise() {
    let dialed = json!({"CallId": "c-1", "CallResult": [{"Callee_Account": "jack", "ResultCode": 4711}]});
    let seen = json!({"UserList": [{"User_Account": "jack", "Status": "Waiting"}]});
    let stub = Stub::saying([response(dialed), response(seen)]).await;
    let client = stub.client();
    let dialed = client.dial(&dial(), Turn::granted()).await.unwrap();
    assert_eq!(dialed.refused, [(Account::new("jack"), 4711)]);
    let rings = Member { account: Account::new("jack"), in_call: false };
    assert_eq!(client.look(&call()).await, Ok(Sight::Live(vec![rings])));
}

#[tokio::test]
async fn row_04_media_is_sent_capitalised_and_read_in_any_case_and_name() {
    let stub = Stub::saying([]).await;
    for (media, word) in [(Media::Audio, "Audio"), (Media::Video, "Video")] {
        stub.client().dial(&Dial { media, ..dial() }, Turn::granted()).await.unwrap();
        assert_eq!(stub.asked().last().unwrap().body["CallInfo"]["MediaType"], word);
    }
    for name in ["MediaType", "CallMediaType"] {
        for word in [json!("video"), json!("Audio"), json!(7)] {
            let info = json!({"CallId": "c-1", name: word});
            let told = heard(&json!({"CallbackCommand": COMMANDS[0], "CallInfo": info}));
            assert!(matches!(told, EngineEvent::Started { .. }));
        }
    }
}

#[test]
fn row_05_every_spelling_of_an_action_is_understood_and_an_unknown_one_kept() {
    let moved = |action: &str| {
        let who = json!([{"User_Account": "jack", "ActionType": action}]);
        match heard(&json!({"CallbackCommand": COMMANDS[1], "CallId": "c-1", "ChangedUserList": who})) {
            EngineEvent::Changed { moves, .. } => moves[0].1.clone(),
            other => panic!("{other:?}"),
        }
    };
    for (spellings, meant) in [
        (vec!["Accept", "Answer", "Join"], Move::Answered),
        (vec!["Reject"], Move::Declined),
        (vec!["NotAnswer"], Move::RangOut),
        (vec!["Hangup", "HangUp", "Hang Up", "hang_up"], Move::HungUp),
        (vec!["Offline"], Move::Offline),
    ] {
        spellings.into_iter().for_each(|spelling| assert_eq!(moved(spelling), meant, "{spelling}"));
    }
    for kept in ["Invite", "Invited", "Cancel_Invite", "Canncel_Invite", "Busy"] {
        assert_eq!(moved(kept), Move::Other(kept.to_owned()));
    }
}

#[tokio::test]
async fn row_06_numbers_and_texts_may_change_places_and_keep_every_digit() {
    let list = json!([{"User_Account": 144_115_216_238_579_641_u64, "Status": "Calling"}]);
    let swapped = json!({"CallRecord": record(&json!({
        "StartTime": "1739868165", "CallResult": 3, "RoomIdType": "2", "CalleeList_Account": [144_115_216_238_579_641_u64],
    }))});
    let stub = Stub::saying([response(json!({"UserList": list})), response(swapped)]).await;
    let (client, account) = (stub.client(), Account::new("144115216238579641"));
    assert_eq!(
        client.look(&call()).await,
        Ok(Sight::Live(vec![Member { account: account.clone(), in_call: true }]))
    );
    let record = client.record(&call()).await.unwrap().unwrap();
    assert_eq!((record.callees, record.started_at.as_second()), (vec![account], 1_739_868_165));
    assert_eq!(record.verdict, Verdict::Other("3".to_owned()));
    let told = heard(&json!({"CallbackCommand": COMMANDS[1], "CallId": 7, "EventTime": "1740464128807"}));
    let at = Timestamp::from_millisecond(1_740_464_128_807).unwrap();
    assert_eq!(told, EngineEvent::Changed { call: EngineCallId::new("7"), moves: Vec::new(), at });
}

#[tokio::test]
async fn row_07_any_room_type_and_an_empty_room_are_accepted() {
    for kind in [json!(0), json!(9), json!("2"), Value::Null] {
        let info = json!({"CallId": "c-1", "RoomId": "", "RoomIdType": kind});
        let stub = Stub::saying([response(json!({"CallInfo": info, "UserList": []}))]).await;
        assert_eq!(stub.client().look(&call()).await, Ok(Sight::Live(Vec::new())));
        let told = heard(&json!({"CallbackCommand": COMMANDS[0], "CallInfo": info}));
        assert!(matches!(told, EngineEvent::Started { room: None, .. }));
    }
}

#[tokio::test]
async fn row_08_the_caller_is_no_callee() {
    let stub = Stub::saying([response(json!({"CallRecord": record(&json!({}))}))]).await;
    assert_eq!(stub.client().record(&call()).await.unwrap().unwrap().callees, [Account::new("jack")]);
    let ended = heard(&json!({"CallbackCommand": COMMANDS[2], "CallRecord": record(&json!({}))}));
    assert!(matches!(ended, EngineEvent::Ended { record, .. } if record.callees == [Account::new("jack")]));
}

/// Serves the door to `client`'s callbacks, and posts `body` there.
async fn post(client: &Arc<Tencent>, query: &str, body: &str) -> u16 {
    let (root, _server) = stub::serve(callback_router(client, Arc::new(stub::Deaf))).await;
    let url = format!("{root}/engine/tencent/hookpath?SdkAppid=1400000000{query}");
    reqwest::Client::new().post(url).body(body.to_owned()).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn row_09_a_body_that_is_no_json_is_answered_and_kept() {
    let client = Tencent::new(settings("http://127.0.0.1:1"), Clock::system()).unwrap();
    let sample =
        "{\n  \"CallbackCommand\": \"Call.CallbackAfterEndCall\" // a comment\n  \"CallId\": \"c-1\"\n}";
    assert_eq!(post(&client, "", sample).await, 200);
    let kept = client.unread_callbacks();
    assert!(kept.len() == 1 && kept[0].body.contains("a comment"), "{kept:?}");
}

#[tokio::test]
async fn row_10_a_signature_is_verified_where_there_is_one_and_the_path_always() {
    let token = Some("xxxxyyyy".into());
    let settings = TencentSettings { callback_token: token, ..settings("http://127.0.0.1:1") };
    let clock = Clock::simulated(Timestamp::from_second(1_669_872_112).unwrap());
    let client = Tencent::new(settings, clock).unwrap();
    let sign = "17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061";
    assert_eq!(post(&client, &format!("&Sign={sign}&RequestTime=1669872112"), "{}").await, 200);
    assert_eq!(post(&client, &format!("&Sign={sign}&RequestTime=1669872113"), "{}").await, 403);
    assert_eq!(post(&client, "", "{}").await, 200, "the path alone");
}

/// That a call goes on without any callback is shown where calls are driven.
#[tokio::test]
async fn row_11_a_dial_that_was_answered_needs_no_callback() {
    let stub = Stub::saying([response(json!({"CallId": "c-1"}))]).await;
    let dialed = stub.client().dial(&dial(), Turn::granted()).await.unwrap();
    assert_eq!(dialed.call, Some(call()));
}

#[test]
fn row_12_every_host_is_known_and_another_may_be_set_with_https_only() {
    let hosts: Vec<String> = REGIONS.iter().map(|(region, _)| checked_root(region, None).unwrap()).collect();
    assert_eq!(hosts.len(), 6);
    assert!(hosts.iter().all(|host| host.starts_with("https://")));
    assert_eq!(checked_root("china", Some("https://new.example.com")).unwrap(), "https://new.example.com");
    assert!(checked_root("china", Some("http://new.example.com")).is_err());
    assert!(checked_cloud_root("china", Some("http://new.example.com")).is_err());
}

#[tokio::test]
async fn row_13_a_doubted_signature_is_renewed_and_the_dial_tried_again_whatever_came_before() {
    for doubted in [60_004, 60_005] {
        let busy = std::iter::repeat_n(code(60_007), 2);
        let stub = Stub::saying(busy.chain(std::iter::repeat_n(code(doubted), 9))).await;
        let client = stub.client();
        let mut asked = Vec::new();
        for _ in 0..4 {
            let said = client.dial(&dial(), Turn::granted()).await;
            assert!(matches!(said, Err(EngineError::Temporary(_))), "{said:?}");
            asked.push(stub.asked().len());
        }
        assert_eq!(asked, [1, 2, 3, 4]);
    }
}

#[tokio::test]
async fn row_14_the_deprecated_apis_numbers_mean_nothing_here() {
    let said = async |number| {
        let stub = Stub::saying([code(number), code(number)]).await;
        (stub.client().end(&call()).await.unwrap_err().to_string(), stub.asked().len())
    };
    let (expired, asked) = said(70_001).await;
    assert!(expired.contains("expired") && asked == 2, "there: a bad parameter");
    let (broken, asked) = said(70_003).await;
    assert!(broken.contains("broken") && asked == 2, "there: expired");
    for unknown in [70_002, 70_004, 70_005, 50_001, 999] {
        let (text, asked) = said(unknown).await;
        assert!(text.contains("vendor's list") && asked == 1, "{text}");
    }
}

#[tokio::test]
async fn row_15_too_many_callees_is_told_in_the_engines_words() {
    let stub = Stub::saying([code(101_002)]).await;
    let said = stub.client().dial(&dial(), Turn::granted()).await.unwrap_err();
    assert!(matches!(&said, EngineError::Permanent(why) if why.contains("(101002, its words)")), "{said:?}");
}

#[tokio::test]
async fn row_16_records_are_filtered_by_us_too_and_read_in_bounded_pages() {
    let others = json!([record(&json!({"RoomId": "co_c2", "CallId": "c-2"})), record(&json!({}))]);
    let page = |list: Value| response(json!({"TotalNum": 1_000_000, "Page": 1, "CallRecordList": list}));
    let stub = Stub::saying([page(others), page(json!([]))]).await;
    let since = Timestamp::from_second(1_739_868_000).unwrap();
    let found = stub.client().records_of_room(&dial().room, &dial().callees, since).await.unwrap();
    assert_eq!(found.iter().map(|record| record.call.as_str()).collect::<Vec<_>>(), ["c-1"]);
    let asked = stub.asked();
    assert_eq!(
        (asked.len(), &asked[0].body["NumberPerPage"], &asked[0].body["CallResult"]),
        (2, &json!(50), &Value::Null)
    );
}

#[tokio::test]
async fn row_17_whatever_a_call_ended_before_the_answer_is_called_is_read() {
    for (word, verdict) in [
        ("Cancel", Verdict::Cancelled),
        ("NormalEnd", Verdict::Normal),
        ("Vanish", Verdict::Other("Vanish".to_owned())),
    ] {
        let ended = record(&json!({"CallResult": word, "AcceptTime": 0}));
        let stub = Stub::saying([response(json!({"CallRecord": ended}))]).await;
        let record = stub.client().record(&call()).await.unwrap().unwrap();
        assert_eq!((record.verdict, record.answered_at), (verdict, None));
    }
}

#[tokio::test]
async fn row_18_only_what_both_sites_know_is_sent_and_in_the_narrower_range() {
    let peered = peered([json!({"TaskId": "t"}), json!({"Audio": "SUQz"})]).await;
    peered.cloud.start(&feed()).await.unwrap();
    peered.cloud.speak(&"x".repeat(2000)).await.unwrap();
    let asked = peered.asked();
    for field in
        ["Volume", "EnableProgress", "Tempo", "IdleTimeout", "AudioEncodeParams", "VideoEncodeParams"]
    {
        assert!(asked[0].body.get(field).is_none(), "{field}");
    }
    assert_eq!(asked[1].body["Text"].as_str().unwrap().len(), 255);
    assert!(asked[1].body.get("Model").is_none());
}

#[tokio::test]
async fn row_19_offline_is_a_result_everywhere() {
    let offline = record(&json!({"CallResult": "Offline"}));
    let ended = heard(&json!({"CallbackCommand": COMMANDS[2], "CallRecord": offline}));
    assert!(matches!(ended, EngineEvent::Ended { record, .. } if record.verdict == Verdict::Offline));
    let stub = Stub::saying([
        response(json!({"CallRecord": offline})),
        response(json!({"TotalNum": 1, "CallRecordList": [offline]})),
    ])
    .await;
    assert_eq!(stub.client().record(&call()).await.unwrap().unwrap().verdict, Verdict::Offline);
    let found =
        stub.client().records_of_room(&dial().room, &dial().callees, Timestamp::UNIX_EPOCH).await.unwrap();
    assert_eq!(found[0].verdict, Verdict::Offline);
}

/// That the record is asked for again, for a minute, is shown where calls are driven.
#[tokio::test]
async fn row_20_a_record_that_is_not_there_yet_is_no_error() {
    let stub = Stub::saying([code(101_050), response(json!({"CallRecord": record(&json!({}))}))]).await;
    let client = stub.client();
    assert_eq!(client.record(&call()).await, Ok(None));
    assert!(client.record(&call()).await.unwrap().is_some());
}

#[tokio::test]
async fn row_21_a_missing_package_is_told_as_something_to_buy() {
    let stub = Stub::saying([code(60_020)]).await;
    let call_package = stub.client().dial(&dial(), Turn::granted()).await.unwrap_err();
    let feed_package =
        peered([error("FailedOperation.NotAbility")]).await.cloud.start(&feed()).await.unwrap_err();
    for (said, tells) in [(call_package, "buy or renew it"), (feed_package, "buy or activate it")] {
        assert!(matches!(&said, EngineError::Permanent(why) if why.contains(tells)), "{said:?}");
    }
}

#[tokio::test]
async fn row_22_an_account_that_is_not_imported_is_known_beforehand_and_in_all_three_ways_after() {
    let checked = json!({"ErrorCode": 0, "ResultItem": [
        {"UserID": "jack", "ResultCode": 0, "AccountStatus": "NotImported"},
    ]});
    let not_rung = json!({"CallId": "c-1", "CallResult": [{"Callee_Account": "jack", "ResultCode": 70_107}]});
    let stub = Stub::saying([Say::Json(checked), code(70_107), code(101_002), response(not_rung)]).await;
    let (client, jack) = (stub.client(), Account::new("jack"));
    let known = client.check_accounts(std::slice::from_ref(&jack)).await.unwrap();
    assert_eq!(known, [(jack.clone(), Import::NotImported)]);
    let said = client.dial(&dial(), Turn::granted()).await.unwrap_err();
    assert!(
        matches!(&said, EngineError::Permanent(why) if why.contains("import the user first")),
        "{said:?}"
    );
    assert!(matches!(client.dial(&dial(), Turn::granted()).await, Err(EngineError::Permanent(_))));
    assert_eq!(client.dial(&dial(), Turn::granted()).await.unwrap().refused, [(jack, 70_107)]);
}
