//! Hostile bodies spoil nothing but themselves.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::tests::{event, read, source};
use super::*;
use crate::domain::alert::{AlertNews, Mapping};

/// Some JSON, deep and odd.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(json!("0001-01-01T00:00:00Z")),
        Just(json!("+999999-12-31T23:59:59Z")),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(field(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Names that the formats know.
const KNOWN: &[&str] = &[
    "alerts",
    "status",
    "labels",
    "annotations",
    "startsAt",
    "endsAt",
    "generatorURL",
    "fingerprint",
    "groupKey",
    "truncatedAlerts",
    "key",
    "title",
    "urgency",
    "link",
    "event_action",
    "dedup_key",
    "payload",
    "summary",
    "severity",
    "custom_details",
    "links",
    "href",
    "routing_key",
];

/// Mostly names that the formats know.
fn field() -> impl Strategy<Value = String> {
    prop_oneof![4 => prop::sample::select(KNOWN).prop_map(str::to_owned), 1 => any::<String>()]
}

/// Within bounds, whatever it was made from.
fn assert_bounded(news: &AlertNews) {
    use crate::domain::alert::{FINGERPRINT_MAX, LINK_MAX, TITLE_MAX, check_labels};
    assert!((1..=FINGERPRINT_MAX).contains(&news.fingerprint.as_str().len()), "{news:?}");
    assert!(
        !news.title.is_empty() && news.title.chars().count() <= TITLE_MAX.max(FINGERPRINT_MAX),
        "{news:?}"
    );
    assert!(news.link.as_ref().is_none_or(|link| link.len() <= LINK_MAX), "{news:?}");
    assert_eq!(check_labels(&news.labels), Ok(()));
    assert!(news.starts_at.is_none_or(|at| at > jiff::Timestamp::UNIX_EPOCH));
}

proptest! {
    #[test]
    fn a_hostile_body_is_refused_or_bounded(body in any_json(), kind in prop::sample::select(&Kind::ALL[..])) {
        if let Ok(delivery) = read(kind, &body) {
            delivery.alerts.iter().for_each(assert_bounded);
            for refused in &delivery.refused {
                prop_assert!(refused.why.chars().count() <= 201 && !refused.why.contains(char::is_control));
            }
        }
        if let Ok(news) = event(&body) {
            assert_bounded(&news);
        }
    }

    #[test]
    fn bytes_that_are_no_json_are_refused(body in prop::collection::vec(any::<u8>(), 0..200)) {
        for kind in Kind::ALL {
            if let Err(why) = decode(kind, &body, &source(kind, Mapping::default())) {
                prop_assert!(why.chars().count() <= 300 && !why.contains(char::is_control), "{}", why);
            }
        }
    }

    #[test]
    fn a_bad_alert_spoils_none_of_the_good(bad in any_json(), place in 0_usize..3) {
        let good = |n: u32| json!({ "status": "firing", "fingerprint": format!("f{n}"), "labels": { "n": n.to_string() } });
        let mut alerts = vec![good(1), good(2)];
        alerts.insert(place, bad);
        let delivery = read(Kind::Alertmanager, &json!({ "alerts": alerts })).unwrap();
        let found = |id: &str| delivery.alerts.iter().filter(|news| news.fingerprint.as_str() == id).count();
        prop_assert!(found("f1") >= 1 && found("f2") >= 1);
        prop_assert_eq!(delivery.alerts.len() + delivery.refused.len(), 3);
    }
}

#[test]
fn a_body_nested_beyond_reason_is_refused() {
    let mut body = b"{\"alerts\":".to_vec();
    body.extend(b"[".repeat(100_000));
    for kind in Kind::ALL {
        assert!(decode(kind, &body, &source(kind, Mapping::default())).is_err());
    }
}
