//! Hostile bodies spoil nothing but themselves.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::pagerduty::Event;
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
        prop::sample::select(WORDS).prop_map(Value::from),
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

/// Values that the formats know.
const WORDS: &[&str] = &["firing", "resolved", "trigger", "acknowledge", "resolve", "critical", "high"];

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
    use crate::domain::alert::{
        FINGERPRINT_MAX, LABEL_NAME_MAX, LABEL_VALUE_MAX, LABELS_MAX, LINK_MAX, TITLE_MAX,
    };
    assert!((1..=FINGERPRINT_MAX).contains(&news.fingerprint.as_str().len()), "{news:?}");
    assert!(
        !news.title.is_empty() && news.title.chars().count() <= TITLE_MAX.max(FINGERPRINT_MAX),
        "{news:?}"
    );
    assert!(news.link.as_ref().is_none_or(|link| link.len() <= LINK_MAX), "{news:?}");
    let fits = |(name, value): (&String, &String)| {
        (1..=LABEL_NAME_MAX).contains(&name.len()) && value.len() <= LABEL_VALUE_MAX
    };
    assert!(news.labels.len() <= LABELS_MAX && news.labels.iter().all(fits), "{news:?}");
    assert!(news.starts_at.is_none_or(|at| at > jiff::Timestamp::UNIX_EPOCH));
}

/// What looks like an alert of `kind`, but for some of its fields.
fn nearly(kind: Kind, odd: BTreeMap<String, Value>) -> Value {
    let mut alert = match kind {
        Kind::PagerDuty => json!({
            "routing_key": "k", "event_action": "trigger", "dedup_key": "d",
            "payload": { "summary": "s", "source": "x", "severity": "critical" },
        }),
        Kind::Generic => json!({ "key": "k", "status": "firing", "title": "t" }),
        Kind::Alertmanager | Kind::Grafana => json!({
            "status": "firing", "fingerprint": "f", "labels": { "alertname": "a" }, "startsAt": "2026-03-10T15:00:00Z",
        }),
    };
    alert.as_object_mut().unwrap().extend(odd);
    match kind {
        Kind::Alertmanager | Kind::Grafana => json!({ "alerts": [alert] }),
        Kind::PagerDuty | Kind::Generic => alert,
    }
}

/// Reads `body` by the door of `kind`, and holds what comes of it to its bounds. Returns how many alerts were taken.
fn taken(kind: Kind, body: &Value) -> usize {
    if kind == Kind::PagerDuty {
        return event(body).map_or(0, |news| {
            assert_bounded(&news);
            1
        });
    }
    let Ok(delivery) = read(kind, body) else { return 0 };
    delivery.alerts.iter().for_each(assert_bounded);
    for refused in &delivery.refused.named {
        assert!(refused.why.chars().count() <= 201 && !refused.why.contains(char::is_control));
    }
    delivery.alerts.len()
}

/// Every kind takes some of what is nearly an alert: else the bounds above were held to nothing.
#[test]
fn hostile_alerts_are_taken_within_bounds_or_refused() {
    let mut runner = TestRunner::deterministic();
    let odd = prop::collection::btree_map(field(), any_json(), 0..4);
    for kind in Kind::ALL {
        let (mut sent, mut accepted) = (0, 0);
        for _ in 0..500 {
            let odd = odd.new_tree(&mut runner).unwrap().current();
            accepted += taken(kind, &nearly(kind, odd));
            sent += 1;
        }
        assert!((100..sent).contains(&accepted), "{kind}: {accepted} of {sent} were taken");
    }
}

proptest! {
    #[test]
    fn a_hostile_body_is_refused_or_bounded(body in any_json(), kind in prop::sample::select(&Kind::ALL[..])) {
        taken(kind, &body);
    }

    #[test]
    fn bytes_that_are_no_json_are_refused(start in "[^\\[{0-9nft \t\r\n\"-]", rest in prop::collection::vec(any::<u8>(), 0..200)) {
        let body = [start.as_bytes(), &rest].concat();
        for kind in Kind::ALL {
            let read = match kind {
                Kind::PagerDuty => Event::read(&body).map(drop),
                _ => decode(kind, &body, &source(kind, Mapping::default())).map(drop),
            };
            let why = read.expect_err("no JSON begins so");
            prop_assert!(why.chars().count() <= 300 && !why.contains(char::is_control), "{}", why);
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
        prop_assert_eq!(delivery.alerts.len() + delivery.refused.count, 3);
    }
}

#[test]
fn a_body_nested_beyond_reason_is_refused() {
    for name in ["alerts", "payload", "labels"] {
        let nested =
            |depth: usize| format!("{{\"{name}\":{}{}}}", "[".repeat(depth), "]".repeat(depth)).into_bytes();
        for body in [nested(100_000), nested(100_000)[..50_000].to_vec()] {
            let of_pager = source(Kind::PagerDuty, Mapping::default());
            let event = Event::read(&body).and_then(|event| event.news(&body, &of_pager));
            assert!(event.is_err(), "{name}");
            for kind in [Kind::Alertmanager, Kind::Grafana, Kind::Generic] {
                let taken = decode(kind, &body, &source(kind, Mapping::default()));
                assert!(taken.map_or(true, |delivery| delivery.alerts.is_empty()), "{kind}, {name}");
            }
        }
    }
}
