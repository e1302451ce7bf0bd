//! What wakes a phone, and what an operator may add to it.

use serde_json::json;

use super::*;

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other}"),
    }
}

fn with(given: Value) -> Result<Push, String> {
    Push::new(Some(&object(given)))
}

#[test]
fn the_push_wakes_both_kinds_of_phone() {
    let sent = serde_json::to_value(Push::new(None).unwrap().of("Ana calls", "standup")).unwrap();
    assert_eq!(
        sent,
        json!({
            "PushFlag": 0, "Title": "Ana calls", "Desc": "standup",
            "AndroidInfo": {"GooglePriority": "high"},
            "ApnsInfo": {"IsVoipPush": 1, "InterruptionLevel": "time-sensitive"},
        })
    );
}

/// The vendor's example in section 2.7, all its fields.
fn sample() -> Value {
    json!({
        "PushFlag": 0, "Ext": "{\"entity\":{\"alert\":\"4711\"}}", "BadgeAddNum": 1,
        "AndroidInfo": {
            "Sound": "alarm", "GooglePriority": "high", "GoogleChannelID": "oncall", "XiaoMiChannelID": "oncall",
            "HuaWeiCategory": "IM", "HonorImportance": "NORMAL", "VIVOCategory": "IM", "OPPOChannelID": "oncall",
            "OPPOCategory": "IM", "OPPONotifyLevel": 16, "MeiZuNoticeMsgType": 1,
        },
        "ApnsInfo": {"IsVoipPush": 1, "Sound": "alarm.caf", "BadgeMode": 0, "InterruptionLevel": "critical",
            "MutableContent": 1},
        "HarmonyInfo": {"Category": "IM", "Sound": "alarm.mp3", "SoundDuration": 30},
    })
}

#[test]
fn what_is_given_is_laid_over_ours_field_by_field() {
    let push = with(sample()).unwrap();
    let mut sent = serde_json::to_value(push.of("t", "d")).unwrap();
    assert_eq!((sent["Title"].take(), sent["Desc"].take()), (json!("t"), json!("d")));
    let mut expected = sample();
    expected["Title"] = Value::Null;
    expected["Desc"] = Value::Null;
    assert_eq!(sent, expected);
    let kept =
        serde_json::to_value(with(json!({"ApnsInfo": {"Sound": "a.caf"}})).unwrap().of("t", "d")).unwrap();
    assert_eq!(kept["ApnsInfo"]["IsVoipPush"], 1, "what is not given stays ours");
}

#[test]
fn what_the_vendor_does_not_document_is_passed_through() {
    let push = with(json!({"NewThing": {"deep": [1]}, "AndroidInfo": {"NokiaTune": true}})).unwrap();
    let sent = serde_json::to_value(push.of("t", "d")).unwrap();
    assert_eq!((&sent["NewThing"]["deep"][0], &sent["AndroidInfo"]["NokiaTune"]), (&json!(1), &json!(true)));
    assert_eq!(sent["AndroidInfo"]["GooglePriority"], "high");
}

#[test]
fn what_is_out_of_range_is_refused_by_its_name() {
    let wrong = [
        (json!({"Title": "mine"}), "push.Title is said by each call"),
        (json!({"Desc": "mine"}), "push.Desc is said by each call"),
        (json!({"PushFlag": 2}), "push.PushFlag must be one of [0, 1]"),
        (json!({"PushFlag": "0"}), "push.PushFlag must be"),
        (json!({"Ext": {"a": 1}}), "push.Ext must be a text of at most 1200 bytes"),
        (json!({"Ext": "ü".repeat(601)}), "push.Ext must be"),
        (json!({"BadgeAddNum": 0}), "from 1 to 99"),
        (json!({"BadgeAddNum": 1.5}), "from 1 to 99"),
        (json!({"BadgeSetNum": 1000}), "from 0 to 999"),
        (json!({"AndroidInfo": []}), "push.AndroidInfo must be an object"),
        (json!({"AndroidInfo": {"Sound": "alarm.mp3"}}), "without its suffix"),
        (json!({"AndroidInfo": {"OPPONotifyLevel": 3}}), "one of [1, 2, 16]"),
        (json!({"AndroidInfo": {"OPPONotifyLevel": 16}}), "needs an OPPOCategory"),
        (json!({"AndroidInfo": {"VIVONotifyType": 4}}), "VIVONotifyType must be one of"),
        (json!({"AndroidInfo": {"HuaWeiImportance": "HIGH"}}), "HuaWeiImportance must be one of"),
        (json!({"AndroidInfo": {"GoogleImage": "http://a.example/b.png"}}), "https://"),
        (json!({"ApnsInfo": {"Sound": "alarm"}}), "with its suffix"),
        (json!({"ApnsInfo": {"InterruptionLevel": "loud"}}), "InterruptionLevel must be one of"),
        (json!({"ApnsInfo": {"LiveActivity": {"LaId": "x".repeat(65)}}}), "at most 64 bytes"),
        (json!({"HarmonyInfo": {"SoundDuration": 61}}), "from 1 to 60"),
        (json!({"MultiLanguageContent": [{"Language": "zh"}]}), "a list of {Language, Title, Desc}"),
        (json!({"NewThing": "x".repeat(17_000)}), "at most 16384"),
    ];
    for (given, said) in wrong {
        let text = with(given.clone()).unwrap_err();
        assert!(text.contains(said), "{given}: {text}");
    }
}
