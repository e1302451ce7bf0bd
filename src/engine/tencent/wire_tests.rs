//! Reading what the vendor's pages show, and what they don't.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn reply(value: &Value) -> Reply {
    Reply::read(value.to_string().as_bytes()).unwrap()
}

#[test]
fn a_field_is_taken_from_the_response_and_else_from_the_top() {
    let both = reply(&json!({"ErrorCode": 0, "CallId": "top", "Response": {"CallId": "in"}}));
    assert_eq!(name(both.field("CallId")).as_deref(), Some("in"));
    let top = reply(&json!({"ErrorCode": "0", "CallId": "top", "Response": {}}));
    assert_eq!(name(top.field("CallId")).as_deref(), Some("top"));
    let none = reply(&json!({"ErrorCode": 0, "Response": "nothing"}));
    assert_eq!(none.field("CallId"), None);
}

#[test]
fn an_answer_without_a_code_is_no_envelope() {
    for text in ["<html>502</html>", "", "[]", "{}", r#"{"ErrorCode":null}"#, r#"{"ErrorCode":1.5}"#] {
        assert!(Reply::read(text.as_bytes()).is_none(), "{text}");
    }
}

#[test]
fn numeric_accounts_keep_every_digit() {
    let value: Value =
        serde_json::from_str("[144115216238579641, 18446744073709551615, -7, \"jack\"]").unwrap();
    let read: Vec<_> = list(Some(&value)).iter().filter_map(text).collect();
    assert_eq!(read, ["144115216238579641", "18446744073709551615", "-7", "jack"]);
    let bad: Value = serde_json::from_str("[1.5, 1e30, null, true, {}, []]").unwrap();
    assert_eq!(list(Some(&bad)).iter().filter_map(text).count(), 0);
}

fn record_of(value: &Value) -> Record {
    record(value, "robot", Timestamp::from_second(2_000).unwrap()).unwrap()
}

#[test]
fn a_record_is_read_without_its_caller() {
    let read = record_of(&json!({
        "CallId": "c", "Caller_Account": "oncall_robot", "MediaType": "Audio", "CallType": "SingleCall",
        "StartTime": 1_739_868_165, "EndTime": "1739868224", "AcceptTime": 1_739_868_171,
        "CallResult": "NormalEnd", "CalleeList_Account": ["oncall_robot", "jack"], "RoomId": "co_1", "RoomIdType": "2",
    }));
    assert_eq!(read.callees, [Account::new("jack")]);
    assert_eq!(read.room, Some(RoomId::new("co_1")));
    assert_eq!(read.started_at.as_second(), 1_739_868_165);
    assert_eq!(read.ended_at.as_second(), 1_739_868_224);
    assert_eq!(read.answered_at.map(Timestamp::as_second), Some(1_739_868_171));
    assert_eq!(read.verdict, Verdict::Normal);
}

#[test]
fn a_sparse_record_has_sensible_defaults() {
    let read =
        record_of(&json!({"CallId": "c", "AcceptTime": 0, "RoomId": "", "CalleeList_Account": ["robot", 7]}));
    assert_eq!((read.room, read.answered_at), (None, None));
    assert_eq!((read.started_at.as_second(), read.ended_at.as_second()), (2_000, 2_000));
    assert_eq!(read.callees, [Account::new("7")]);
    assert_eq!(read.verdict, Verdict::Other(String::new()));
    assert!(record(&json!({"CallResult": "Reject"}), "robot", Timestamp::UNIX_EPOCH).is_none());
}

#[test]
fn every_result_has_its_verdict() {
    let words = [
        ("NormalEnd", Verdict::Normal),
        ("Reject", Verdict::Declined),
        ("NotAnswer", Verdict::RangOut),
        ("CallBusy", Verdict::Busy),
        ("Cancel", Verdict::Cancelled),
        ("Interrupt", Verdict::Interrupted),
        ("Offline", Verdict::Offline),
        ("not_answer", Verdict::RangOut),
        ("Eclipse", Verdict::Other("Eclipse".to_owned())),
        ("3", Verdict::Other("3".to_owned())),
    ];
    for (said, meant) in words {
        assert_eq!(verdict(said), meant, "{said}");
    }
}

#[test]
fn what_the_engine_gives_back_holds_no_secret() {
    let said = |info: &str| reply(&json!({"ErrorCode": 1, "ErrorInfo": info})).info;
    assert_eq!(said("bad account jack"), "bad account jack");
    assert_eq!(
        said("call 055662e1-bc8a-469c-a334-1126c8c17d58 is over"),
        "call 055662e1-bc8a-469c-a334-1126c8c17d58 is over"
    );
    assert_eq!(
        said("bad url (https://callout.example.com/engine/tencent/9f2c71d0b6), set another"),
        "bad url … set another"
    );
    assert!(!said(&format!("sig={} x", "eJw9".repeat(30))).contains("eJw9"));
}

#[test]
fn a_word_stays_short_and_on_one_line() {
    assert_eq!(word("a\nb\u{0}c"), "abc");
    assert_eq!(word(&"ü".repeat(500)).chars().count(), WORD_MAX);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes_are_read_or_refused(raw in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Reply::read(&raw);
    }

    #[test]
    fn any_values_in_known_places_are_read(code in any::<i64>(), junk in junk(), place in 0..9_usize) {
        let names = ["CallId", "CalleeList_Account", "StartTime", "EndTime", "AcceptTime", "CallResult", "RoomId",
            "Caller_Account", "Response"];
        let mut whole = json!({"ErrorCode": code, "CallId": "c"});
        whole[names[place]] = junk;
        let read = reply(&whole);
        prop_assert_eq!(read.code, code);
        let _ = read.field("CallId");
        let _ = record(&whole, "robot", Timestamp::UNIX_EPOCH);
    }
}

/// Any JSON, not too deep.
pub(crate) fn junk() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::hash_map(".{0,6}", inner, 0..4).prop_map(|map| map.into_iter().collect()),
        ]
    })
}
