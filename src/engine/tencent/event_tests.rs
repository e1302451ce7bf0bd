//! Callbacks as the vendor's pages show them, and worse.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::domain::call::Verdict;
use crate::engine::tencent::wire::tests::junk;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn read(body: &str, command: Option<&str>) -> Result<EngineEvent, Unreadable> {
    heard(body, command).map(|heard| heard.event)
}

fn heard(body: &str, command: Option<&str>) -> Result<Heard, Unreadable> {
    Reader { robot: "oncall_robot", now: NOW }.read(body.as_bytes(), command)
}

fn ms(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap()
}

#[test]
fn a_started_call_names_our_room() {
    for media in ["CallMediaType", "MediaType"] {
        let body = json!({
            "CallbackCommand": "Call.CallbackAfterStartCall",
            "CallInfo": {"CallId": "c", media: "Audio", "ChatGroupId": "", "RoomId": "co_1", "RoomIdType": 2},
            "UserList": [{"User_Account": 144_115_216_238_579_641_u64, "Status": "Waiting"}],
            "EventTime": 1_740_464_128_807_i64,
        });
        let room = Some(RoomId::new("co_1"));
        let event = EngineEvent::Started { call: EngineCallId::new("c"), room, at: ms(1_740_464_128_807) };
        assert_eq!(read(&body.to_string(), None), Ok(event));
    }
}

fn changed(action: &str) -> Vec<(Account, Move)> {
    let body = json!({
        "CallbackCommand": "Call.CallbackAfterMemberChanged", "CallId": "c",
        "UserList": [{"User_Account": "oncall_robot", "Status": "Calling"}],
        "ChangedUserList": [
            {"User_Account": "oncall_robot", "ActionType": action},
            {"User_Account": 144_115_216_238_579_641_u64, "ActionType": action},
        ],
        "EventTime": "1740464128807",
    });
    match read(&body.to_string(), None) {
        Ok(EngineEvent::Changed { moves, at, .. }) if at == ms(1_740_464_128_807) => moves,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_spelling_of_an_action_is_understood() {
    let spellings = [
        ("Accept", Move::Answered),
        ("Answer", Move::Answered),
        ("Join", Move::Answered),
        ("Reject", Move::Declined),
        ("NotAnswer", Move::RangOut),
        ("Hangup", Move::HungUp),
        ("HangUp", Move::HungUp),
        ("Hang Up", Move::HungUp),
        ("hang-up", Move::HungUp),
        ("Offline", Move::Offline),
        ("Invite", Move::Other("Invite".to_owned())),
        ("Invited", Move::Other("Invited".to_owned())),
        ("Cancel_Invite", Move::Other("Cancel_Invite".to_owned())),
        ("Canncel_Invite", Move::Other("Canncel_Invite".to_owned())),
        ("Sneeze", Move::Other("Sneeze".to_owned())),
    ];
    for (said, meant) in spellings {
        assert_eq!(changed(said), [(Account::new("144115216238579641"), meant)], "{said}");
    }
}

#[test]
fn an_ended_call_brings_its_record() {
    let body = json!({
        "CallbackCommand": "Call.CallbackAfterEndCall",
        "CallRecord": {
            "CallId": "c", "Caller_Account": "oncall_robot", "MediaType": "Audio", "CallType": "SingleCall",
            "StartTime": 1_741_231_146, "EndTime": 1_741_231_206, "AcceptTime": 0, "CallResult": "NotAnswer",
            "CalleeList_Account": ["oncall_robot", "jack"], "RoomId": "co_1", "RoomIdType": 2,
        },
        "EventTime": 1_741_231_206_780_i64,
    });
    let Ok(EngineEvent::Ended { call, record }) = read(&body.to_string(), None) else { panic!("not ended") };
    assert_eq!(call, EngineCallId::new("c"));
    assert_eq!((record.verdict, record.answered_at), (Verdict::RangOut, None));
    assert_eq!(record.callees, [Account::new("jack")]);
    assert_eq!(record.ended_at, ms(1_741_231_206_000));
}

#[test]
fn the_query_names_the_command_when_the_body_does_not() {
    let body = r#"{"CallId": "c", "EventTime": 0}"#;
    let event = read(body, Some("call.callbackaftermemberchanged")).unwrap();
    assert_eq!(event, EngineEvent::Changed { call: EngineCallId::new("c"), moves: Vec::new(), at: NOW });
    assert_eq!(read(body, None), Err(Unreadable::Command));
    assert_eq!(read(body, Some("Group.CallbackAfterSendMsg")), Err(Unreadable::Command));
}

#[test]
fn two_callbacks_are_one_only_when_all_is_the_same() {
    let body = |call: &str, time: i64, account: u64, action: &str| {
        json!({
            "CallbackCommand": COMMANDS[1], "CallId": call, "EventTime": time,
            "ChangedUserList": [{"User_Account": account, "ActionType": action}],
        })
    };
    let key = |body: Value| heard(&body.to_string(), None).unwrap().key;
    let first = key(body("c", 1, 7, "HangUp"));
    assert_eq!(first, key(body("c", 1, 7, "Hang Up")), "spelling is no difference");
    assert!(first.is_some());
    for other in [
        body("d", 1, 7, "HangUp"),
        body("c", 2, 7, "HangUp"),
        body("c", 1, 8, "HangUp"),
        body("c", 1, 7, "Accept"),
    ] {
        assert_ne!(first, key(other));
    }
    assert_eq!(key(body("c", 0, 7, "HangUp")), None, "without a time nothing is a copy");
    let bare = json!({"CallId": "c", "EventTime": 1, "CallRecord": {"CallId": "c"}});
    let keys: Vec<_> = COMMANDS.map(|command| heard(&bare.to_string(), Some(command)).unwrap().key).to_vec();
    assert!(keys[0] != keys[1] && keys[1] != keys[2] && keys[0] != keys[2]);
}

#[test]
fn what_tells_nothing_is_refused_with_the_reason() {
    assert_eq!(read("", None), Err(Unreadable::NotJson));
    assert_eq!(read("{\"CallId\": \"c\",}", Some(COMMANDS[0])), Err(Unreadable::NotJson));
    for command in COMMANDS {
        assert_eq!(read("{}", Some(command)), Err(Unreadable::NoCall));
        assert_eq!(read("[]", Some(command)), Err(Unreadable::NoCall));
        assert_eq!(read(r#"{"CallId": 1.5}"#, Some(command)), Err(Unreadable::NoCall));
    }
    assert_eq!(read(&"[".repeat(100_000), Some(COMMANDS[0])), Err(Unreadable::NotJson), "too deep");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes_are_read_or_refused(raw in proptest::collection::vec(any::<u8>(), 0..300), which in 0..3_usize) {
        let _ = Reader { robot: "r", now: NOW }.read(&raw, Some(COMMANDS[which]));
    }

    #[test]
    fn any_json_is_read_or_refused(value in junk(), inner in junk(), place in 0..7_usize, which in 0..3_usize) {
        let names = ["CallId", "CallInfo", "CallRecord", "ChangedUserList", "EventTime", "CallbackCommand", "UserList"];
        let mut whole = json!({"CallId": "c"});
        whole[names[place]] = json!([{"User_Account": inner, "ActionType": inner, "CallId": inner}, value]);
        let _ = read(&whole.to_string(), Some(COMMANDS[which]));
        whole[names[place]] = value;
        let _ = read(&whole.to_string(), Some(COMMANDS[which]));
    }

    #[test]
    fn any_values_are_read(account in any::<u64>(), time in any::<i64>(), word in ".{0,200}", which in 0..3_usize) {
        let whole = json!({
            "CallId": word, "EventTime": time, "ChangedUserList": [{"User_Account": account, "ActionType": word}, time],
            "CallRecord": {"CallId": account, "StartTime": time, "EndTime": word, "CallResult": word},
        });
        let _ = read(&whole.to_string(), Some(COMMANDS[which]));
    }
}
