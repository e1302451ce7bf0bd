use serde_json::json;

use super::*;

const LOOK: &str = "get_call_info";

fn with(wish: &Value) -> FaultBox {
    let faults = FaultBox::default();
    faults.change(wish.to_string().as_bytes()).unwrap();
    faults
}

#[test]
fn faults_are_used_up_one_by_one() {
    let faults = with(&json!({"dial_502": 1, "rate_limited": 1, "slow": 1, "drop_callbacks": 1}));
    assert_eq!(faults.early(LOOK), None, "they strike dials alone");
    assert_eq!(faults.early(DIAL), Some(Early::Gateway));
    assert_eq!(faults.early(DIAL), Some(Early::Code(60007)));
    assert_eq!(faults.early(DIAL), None);
    assert_eq!(faults.late(DIAL).slow, Some(Duration::from_millis(3500)));
    assert_eq!(faults.late(DIAL), Late::default());
    assert_eq!((faults.fate("x", false).copies, faults.fate("x", false).copies), (0, 1));
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest() {
    let faults = FaultBox::default();
    let error = faults.change(br#"{"down": true, "dial_503": 1}"#).unwrap_err();
    assert!(error.contains("dial_503") && error.contains("nearest is dial_502"), "{error}");
    assert!(!faults.now().awaits(Fault::Down), "nothing of a refused wish is carried out");
    let error = faults.change(br#"{"code_60077": 1}"#).unwrap_err();
    assert!(error.contains("nearest is code_600"), "{error}");
    assert!(faults.change(b"[]").is_err() && faults.change(br#"{"clear": 1}"#).is_err());
    faults.change(br#"{"down": true, "slow_ms": 9}"#).unwrap();
    assert_eq!(faults.early(LOOK), Some(Early::Down));
    assert_eq!(faults.change(br#"{"clear": true}"#).unwrap(), Faults::default());
}

#[test]
fn what_is_shown_can_be_asked_for_again() {
    let faults = with(&json!({
        "dial_502": 0.05, "down": true, "code_101001": {"times": 2, "on": "end_call"}, "region": "seoul",
        "results": {"Cancel": "Interrupt"}, "call_limit_code": 60011, "not_imported": "result_code",
    }));
    let shown = serde_json::to_value(faults.now()).unwrap();
    assert_eq!(
        (&shown["dial_502"], &shown["slow"], &shown["slow_ms"]),
        (&json!(0.05), &json!(0), &json!(3500))
    );
    assert_eq!((&shown["down"], &shown["not_ability"]), (&json!(true), &json!(false)));
    assert_eq!(shown["code_101001"], json!({"times": 2, "on": "end_call"}));
    assert_eq!(serde_json::to_value(with(&shown).now()).unwrap(), shown);
}

#[test]
fn settings_out_of_range_are_refused_by_name() {
    for (name, value) in [
        ("string_room", json!(2)),
        ("call_limit_code", json!(60008)),
        ("region", json!("mars")),
        ("seed", json!(-1)),
        ("results", json!(["x"])),
        ("not_imported", json!("70108")),
    ] {
        let error = FaultBox::default().change(json!({name: value}).to_string().as_bytes()).unwrap_err();
        assert!(error.starts_with(name), "{error}");
    }
}

#[test]
fn codes_strike_before_or_after_the_command() {
    let faults = with(&json!({"code_70001": 1, "late_code_60008": {"times": 1, "on": LOOK}}));
    assert_eq!(faults.early(LOOK), Some(Early::Code(70001)));
    assert_eq!(faults.early(LOOK), None);
    assert_eq!(faults.late(DIAL).code, None);
    assert_eq!(faults.late(LOOK).code, Some(60008));
}

#[test]
fn the_seed_decides_which_callbacks_go_wrong() {
    let wish = |seed| {
        json!({"seed": seed, "drop_callbacks": 0.1, "double_callbacks": 0.1, "reorder_callbacks": 0.2,
               "late_callbacks": 0.1, "garbled_callbacks": 0.1})
    };
    let fates = |seed| {
        let faults = with(&wish(seed));
        (0..1_000).map(|_| faults.fate("x", true)).collect::<Vec<_>>()
    };
    let (first, again, other) = (fates(1), fates(1), fates(2));
    assert_eq!(first, again);
    assert_ne!(first, other);
    let count = |wanted: fn(&Fate) -> bool| first.iter().filter(|fate| wanted(fate)).count();
    assert!((70..130).contains(&count(|fate| fate.copies == 0)));
    assert!((60..120).contains(&count(|fate| fate.copies == 2)));
    assert!((140..220).contains(&count(|fate| fate.delay.is_some())));
    assert!((60..120).contains(&count(|fate| fate.after_end)));
    let delays = first.iter().filter_map(|fate| fate.delay);
    assert!(delays.into_iter().all(|delay| OVERTAKEN_MS.contains(&millis(delay))));
    assert!(!with(&wish(1)).fate("x", false).after_end);
}

#[test]
fn the_missing_package_concerns_the_start_alone_unless_told_otherwise() {
    let faults = with(&json!({"not_ability": true, "cloud_limited": {"times": 1, "on": "StopStreamIngest"}}));
    assert_eq!(faults.cloud_early("StartStreamIngest"), Some(CloudEarly::NotAbility));
    assert_eq!(faults.cloud_early("TextToSpeech"), None);
    assert_eq!(faults.cloud_early("StopStreamIngest"), Some(CloudEarly::Limited));
    assert_eq!(faults.cloud_early("StopStreamIngest"), None);
    let faults = with(&json!({"not_ability": {"on": "any"}}));
    assert_eq!(faults.cloud_early("DescribeStreamIngest"), Some(CloudEarly::NotAbility));
}
