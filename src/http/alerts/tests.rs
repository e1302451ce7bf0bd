//! What the four formats come to.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::pagerduty::Event;
use super::*;
use crate::domain::alert::{AlertNews, AlertStatus, Labels, Mapping};
use crate::domain::ids::{PolicyId, SourceId};

pub(super) fn source(kind: Kind, map: Mapping) -> Source {
    Source {
        id: SourceId::new("prod"),
        kind,
        keys_env: "ALERT_KEYS_PROD".to_owned(),
        policy: PolicyId::new("payments"),
        post: Vec::new(),
        group_by: Vec::new(),
        max_alerts: 1_000,
        delay: None,
        rules: Vec::new(),
        map,
    }
}

pub(super) fn read(kind: Kind, body: &Value) -> Result<AlertDelivery, String> {
    decode(kind, body.to_string().as_bytes(), &source(kind, Mapping::default()))
}

pub(super) fn event(body: &Value) -> Result<AlertNews, String> {
    let body = body.to_string();
    let source = source(Kind::PagerDuty, Mapping::default());
    Event::read(body.as_bytes()).and_then(|event| event.news(body.as_bytes(), &source))
}

/// One line an alert, as far as its kind fills it.
fn seen(delivery: &AlertDelivery) -> String {
    let mut text = format!("group {:?}, {} left out\n", delivery.group, delivery.truncated);
    for news in &delivery.alerts {
        let AlertNews { fingerprint, status, title, link, .. } = news;
        let _infallible =
            writeln!(text, "{fingerprint} {status:?} `{title}` {}", link.as_deref().unwrap_or("-"));
        let since = |at: Option<jiff::Timestamp>| at.map_or("-".to_owned(), |at| at.to_string());
        let _infallible = writeln!(
            text,
            "  {:?}, {} to {}, {}",
            news.labels,
            since(news.starts_at),
            since(news.ends_at),
            news.urgency.map_or("-", |urgency| urgency.as_str())
        );
    }
    for refused in &delivery.refused.named {
        let _infallible = writeln!(text, "no {}: {}", refused.place, refused.why);
    }
    text
}

/// What Alertmanager 0.28 sends.
fn alertmanager_body() -> Value {
    json!({
        "receiver": "callout", "status": "firing", "externalURL": "http://am:9093", "version": "4",
        "groupKey": "{}:{alertname=\"DiskFull\"}", "truncatedAlerts": 3,
        "groupLabels": { "alertname": "DiskFull" }, "commonLabels": {}, "commonAnnotations": {},
        "alerts": [
            {
                "status": "firing", "fingerprint": "b7b1d7e0c6d0b5b5",
                "labels": { "alertname": "DiskFull", "instance": "db-1" },
                "annotations": { "summary": "db-1 is full", "description": "98 %" },
                "startsAt": "2026-03-10T14:59:30.123Z", "endsAt": "0001-01-01T00:00:00Z",
                "generatorURL": "http://prom:9090/graph?g0.expr=x"
            },
            {
                "status": "resolved", "fingerprint": "b7b1d7e0c6d0b5b6",
                "labels": { "alertname": "DiskFull", "instance": "db-2" }, "annotations": {},
                "startsAt": "2026-03-10T14:00:00Z", "endsAt": "2026-03-10T14:58:00Z", "generatorURL": ""
            }
        ]
    })
}

#[test]
fn alertmanager_4_is_read_whole() {
    insta::assert_snapshot!(seen(&read(Kind::Alertmanager, &alertmanager_body()).unwrap()), @r#"
    group Some("{}:{alertname=\"DiskFull\"}"), 3 left out
    b7b1d7e0c6d0b5b5 Firing `db-1 is full` http://prom:9090/graph?g0.expr=x
      {"alertname": "DiskFull", "instance": "db-1"}, 2026-03-10T14:59:30.123Z to -, -
    b7b1d7e0c6d0b5b6 Resolved `DiskFull` -
      {"alertname": "DiskFull", "instance": "db-2"}, 2026-03-10T14:00:00Z to 2026-03-10T14:58:00Z, -
    "#);
}

#[test]
fn alertmanager_3_has_a_number_for_its_group_and_no_fingerprints() {
    let mut body = alertmanager_body();
    (body["version"], body["groupKey"]) = (json!("3"), json!(12_345_678_901_234_567_890_u64));
    for alert in body["alerts"].as_array_mut().unwrap() {
        alert.as_object_mut().unwrap().remove("fingerprint");
    }
    body.as_object_mut().unwrap().remove("truncatedAlerts");
    let delivery = read(Kind::Alertmanager, &body).unwrap();
    assert_eq!((delivery.group.as_deref(), delivery.truncated), (Some("12345678901234567890"), 0));
    let ids: Vec<&str> = delivery.alerts.iter().map(|news| news.fingerprint.as_str()).collect();
    assert!(ids.iter().all(|id| id.starts_with("labels-")) && ids[0] != ids[1], "{ids:?}");
}

#[test]
fn two_alerts_with_one_summary_stay_two() {
    let mut body = alertmanager_body();
    body["alerts"][1]["annotations"] = json!({ "summary": "db-1 is full" });
    body["alerts"][1]["status"] = json!("firing");
    let alerts = read(Kind::Alertmanager, &body).unwrap().alerts;
    assert_eq!((alerts.len(), &alerts[0].title), (2, &alerts[1].title));
    assert_ne!(alerts[0].fingerprint, alerts[1].fingerprint);
}

#[test]
fn one_bad_alert_among_good_ones_is_refused_alone() {
    let mut body = alertmanager_body();
    let bad = [
        json!(7),
        json!({ "status": "firing", "labels": [7], "fingerprint": "x" }),
        json!({ "status": "firing" }),
        json!({ "status": "maybe\u{1b}", "fingerprint": "x" }),
        json!({ "labels": { "a": "b" } }),
    ];
    body["alerts"].as_array_mut().unwrap().splice(1..1, bad);
    let delivery = read(Kind::Alertmanager, &body).unwrap();
    assert_eq!(delivery.alerts, read(Kind::Alertmanager, &alertmanager_body()).unwrap().alerts);
    let refused: Vec<String> =
        delivery.refused.named.iter().map(|refused| format!("{}: {}", refused.place, refused.why)).collect();
    insta::assert_snapshot!(refused.join("\n"), @r"
    2: it is not an object
    3: invalid type: sequence, expected a map at line 1 column 28
    4: it has neither a fingerprint nor a label
    5: its status `maybe ` is neither firing nor resolved
    6: missing field `status` at line 1 column 20
    ");
}

#[test]
fn what_is_no_body_of_the_kind_is_told() {
    let said = |kind, body: &[u8]| decode(kind, body, &source(kind, Mapping::default())).unwrap_err();
    insta::assert_snapshot!(said(Kind::Alertmanager, b"{}"), @"the body can't be read: missing field `alerts` at line 1 column 2");
    insta::assert_snapshot!(said(Kind::Alertmanager, b"[1]"), @"the body is not an object");
    insta::assert_snapshot!(said(Kind::Grafana, br#"{"ruleId": 7, "state": "alerting"}"#), @"this is what Grafana's legacy alerting sends; unified alerting is needed (Grafana 9 or later)");
    insta::assert_snapshot!(said(Kind::Generic, b"7"), @"an alert is an object; several are a list of them");
    insta::assert_snapshot!(said(Kind::Generic, b"\xff"), @"the body can't be read: expected value at line 1 column 1");
}

/// What Grafana 11 sends, with more than ten alerts.
#[test]
fn grafana_alerts_are_kept_however_many_they_are() {
    let alert = |n: usize| {
        json!({
            "status": "firing", "fingerprint": format!("c6eadffa33fcdf{n:02}"),
            "labels": { "alertname": "High load", "grafana_folder": "Ops", "instance": format!("web-{n}") },
            "annotations": { "description": "load is high" },
            "startsAt": "2026-03-10T15:59:30+01:00", "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "https://grafana.example/alerting/1/edit",
            "silenceURL": "https://grafana.example/alerting/silence/new",
            "dashboardURL": "https://grafana.example/d/1", "panelURL": "https://grafana.example/d/1?viewPanel=2",
            "values": { "B": 44.23 }, "valueString": "[ var='B' value=44.23 ]"
        })
    };
    let body = json!({
        "receiver": "callout", "status": "firing", "orgId": 1, "version": "1", "groupKey": "{}/{}:{}",
        "alerts": (0..25).map(alert).collect::<Vec<_>>(), "truncatedAlerts": 0,
        "title": "[FIRING:25]", "state": "alerting", "message": "**Firing**"
    });
    let mut delivery = read(Kind::Grafana, &body).unwrap();
    assert_eq!((delivery.alerts.len(), delivery.refused.count), (25, 0));
    delivery.alerts.truncate(1);
    insta::assert_snapshot!(seen(&delivery), @r#"
    group Some("{}/{}:{}"), 0 left out
    c6eadffa33fcdf00 Firing `load is high` https://grafana.example/d/1?viewPanel=2
      {"alertname": "High load", "grafana_folder": "Ops", "instance": "web-0"}, 2026-03-10T14:59:30Z to -, -
    "#);
}

#[test]
fn more_alerts_than_the_source_takes_are_counted() {
    let mut few = source(Kind::Alertmanager, Mapping::default());
    few.max_alerts = 1;
    let delivery = decode(Kind::Alertmanager, alertmanager_body().to_string().as_bytes(), &few).unwrap();
    assert_eq!(delivery.alerts.len(), 1);
    insta::assert_snapshot!(&delivery.refused.named[0].why, @"it is beyond the source's max_alerts, 1");
}

#[test]
fn an_event_of_pagerduty_is_one_alert() {
    let trigger = json!({
        "routing_key": "k", "event_action": "trigger", "dedup_key": "srv01/HTTP",
        "payload": {
            "summary": "HTTP is down on srv01", "source": "srv01", "severity": "critical",
            "timestamp": "2026-03-10T14:59:58.000+0000", "component": "nginx", "group": "prod", "class": "ping",
            "custom_details": { "ping time": "1500ms", "load": 0.75, "tags": ["a"], "severity": "mine" }
        },
        "links": [{ "href": "javascript:alert(1)" }, { "href": "https://runbook.example/http" }],
        "client": "Monitoring", "client_url": "https://monitoring.example"
    });
    let one = |news| AlertDelivery { alerts: vec![news], ..AlertDelivery::default() };
    insta::assert_snapshot!(seen(&one(event(&trigger).unwrap())), @r#"
    group None, 0 left out
    srv01/HTTP Firing `HTTP is down on srv01` https://runbook.example/http
      {"class": "ping", "client": "Monitoring", "component": "nginx", "group": "prod", "load": "0.75", "ping time": "1500ms", "severity": "critical", "source": "srv01", "tags": "[\"a\"]"}, 2026-03-10T14:59:58Z to -, high
    "#);
    let resolve = json!({ "routing_key": "k", "event_action": "resolve", "dedup_key": "srv01/HTTP" });
    let resolved = event(&resolve).unwrap();
    assert_eq!((resolved.fingerprint.as_str(), resolved.status), ("srv01/HTTP", AlertStatus::Resolved));
    let acknowledge = json!({ "routing_key": "k", "event_action": "acknowledge", "dedup_key": "srv01/HTTP" });
    assert_eq!(event(&acknowledge).unwrap().status, AlertStatus::Acknowledged);
}

#[test]
fn a_trigger_without_a_key_is_known_by_its_body() {
    let trigger = |summary: &str| json!({ "event_action": "trigger", "payload": { "summary": summary, "source": "x", "severity": "error" } });
    let id = |summary: &str| event(&trigger(summary)).unwrap().fingerprint;
    assert_eq!(id("disk full"), id("disk full"));
    assert_ne!(id("disk full"), id("disk fuller"));
    let source = source(Kind::PagerDuty, Mapping::default());
    let sent = |body: &str| {
        Event::read(body.as_bytes()).unwrap().news(body.as_bytes(), &source).unwrap().fingerprint
    };
    let one = r#"{"routing_key":"old","event_action":"trigger","payload":{"summary":"s","source":"x"}}"#;
    let other = r#"{"payload":{"source":"x","summary":"s"},"event_action":"trigger","routing_key":"new"}"#;
    assert_eq!(sent(one), sent(other), "keys are replaced, and fields have no order");
}

#[test]
fn what_is_no_event_is_told() {
    let said = |body: Value| event(&body).unwrap_err();
    insta::assert_snapshot!(said(json!({ "event_action": "explode" })), @"event_action is trigger, acknowledge or resolve, not `explode`");
    insta::assert_snapshot!(said(json!({ "event_action": "resolve" })), @"dedup_key is needed to acknowledge and to resolve");
    insta::assert_snapshot!(said(json!({ "event_action": "trigger", "payload": { "summary": " " } })), @"payload.summary is needed to trigger");
}

#[test]
fn our_own_format_is_six_fields() {
    let body = json!([
        {
            "key": "db-1/disk", "status": "firing", "title": "disk full", "urgency": "low",
            "labels": { "host": "db-1", "pct": 98, "gone": null }, "link": "https://example.org/x"
        },
        { "key": 17, "status": "OK" },
        { "title": "no key, but labels", "labels": { "host": "db-1" } },
        { "title": "no key" },
        { "key": "a", "status": "sleepy", "title": "x" },
        { "key": "a" },
        { "key": "a", "title": "x", "labels": { "list": [] } },
        "text"
    ]);
    insta::assert_snapshot!(seen(&read(Kind::Generic, &body).unwrap()), @r#"
    group None, 0 left out
    db-1/disk Firing `disk full` https://example.org/x
      {"host": "db-1", "pct": "98"}, - to -, low
    17 Resolved `17` -
      {}, - to -, -
    labels-c13ca06536c15561 Firing `no key, but labels` -
      {"host": "db-1"}, - to -, -
    a Firing `a` -
      {}, - to -, -
    a Firing `x` -
      {"list": "[]"}, - to -, -
    no 4: it has no `key`, nor labels
    no 5: its status `sleepy` is unknown: send firing or resolved, or add the word to firing or resolved in [source.map]
    no 8: it is not an object
    "#);
}

#[test]
fn fields_that_are_elsewhere_are_mapped() {
    let map = Mapping {
        alerts: Some("data.events".to_owned()),
        key: "event.id".to_owned(),
        status: "event.state".to_owned(),
        title: "name".to_owned(),
        labels: "tags".to_owned(),
        starts_at: "since".to_owned(),
        firing: vec!["closed".to_owned()],
        resolved: vec!["done".to_owned()],
        ..Mapping::default()
    };
    let event = |id: u64, state: &str| json!({ "event": { "id": id, "state": state }, "name": "n", "tags": { "a": "b" }, "since": "2026-03-10T15:00:00Z" });
    let body = json!({ "data": { "events": [event(1, "Closed"), event(2, "done"), event(3, "open")] } });
    let source = source(Kind::Generic, map);
    let delivery = decode(Kind::Generic, body.to_string().as_bytes(), &source).unwrap();
    let seen: Vec<_> = delivery.alerts.iter().map(|news| (news.fingerprint.as_str(), news.status)).collect();
    assert_eq!(
        seen,
        [("1", AlertStatus::Firing), ("2", AlertStatus::Resolved), ("3", AlertStatus::Firing)],
        "the file's words win over the usual ones"
    );
    assert!(delivery.alerts[0].starts_at.is_some() && delivery.alerts[0].labels.contains_key("a"));
    let said = decode(Kind::Generic, b"{}", &source).unwrap_err();
    insta::assert_snapshot!(said, @"the body has no `data.events`");
}

#[test]
fn an_answer_names_the_first_refused_and_counts_all() {
    let mut refused = Refused::default();
    (1..=30).for_each(|place| refused.add(place, || "it has no title".to_owned()));
    let raised = Raised { accepted: 2, pages: Vec::new() };
    let said = answer(&raised, &refused, 4);
    assert_eq!((&said["accepted"], &said["refused"], &said["truncated"]), (&json!(2), &json!(30), &json!(4)));
    assert_eq!(said["reasons"].as_array().unwrap().len(), crate::domain::alert::REFUSED_NAMED_MAX);
    assert_eq!(said["reasons"][0], json!({ "alert": 1, "why": "it has no title" }));
    assert_eq!(answer(&raised, &Refused::default(), 0), json!({ "accepted": 2, "pages": [] }));
    insta::assert_snapshot!(none_usable(&refused), @"none of 30 alerts can be taken; number 1: it has no title");
}

#[test]
fn the_key_is_in_the_header_whatever_its_case() {
    let sent = |value: &str| {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, value.parse().unwrap());
        bearer(&headers).map(str::to_owned)
    };
    assert_eq!(sent("Bearer abc").as_deref(), Some("abc"));
    assert_eq!(sent("bearer  abc ").as_deref(), Some("abc"));
    assert_eq!((sent("Basic abc"), sent("abc")), (None, None));
}

#[test]
fn an_alert_is_cut_visibly_and_never_refused_for_what_it_is_known_by() {
    let many: Labels = (0..500).map(|n| (format!("l{n:03}"), "x".to_owned())).collect();
    let mut ruled = source(Kind::Alertmanager, Mapping::default());
    ruled.group_by = vec!["l499".to_owned()];
    let mut labels = json!(many);
    labels["long"] = json!("é".repeat(8_000));
    labels["pct"] = json!(98);
    labels["n".repeat(300)] = json!("a name that is too long");
    let alert = json!({ "status": "firing", "fingerprint": "f".repeat(600), "labels": labels });
    let body = json!({ "alerts": [alert, { "status": "firing", "labels": many }] });
    let delivery = decode(Kind::Alertmanager, body.to_string().as_bytes(), &ruled).unwrap();
    assert_eq!((delivery.alerts.len(), delivery.refused.count), (2, 0));
    let one = &delivery.alerts[0];
    assert!(one.fingerprint.as_str().starts_with("sha256:") && one.fingerprint.as_str().len() == 71);
    assert_eq!(one.labels.len(), 200);
    assert_eq!((one.labels["…"].as_str(), one.labels["l499"].as_str()), ("304 labels more", "x"));
    let few = json!({ "alerts": [{ "status": "firing", "fingerprint": "f", "labels": {
        "long": "é".repeat(8_000), "pct": 98, "gone": null, "list": ["a"],
    } }] });
    let few = read(Kind::Alertmanager, &few).unwrap();
    let labels = &few.alerts[0].labels;
    assert!(labels["long"].ends_with('…') && labels["long"].len() <= 8 * 1024, "{}", labels["long"].len());
    assert_eq!((labels["pct"].as_str(), labels["list"].as_str(), labels.len()), ("98", r#"["a"]"#, 3));
    let details = json!({
        "event_action": "trigger", "dedup_key": "x",
        "payload": { "summary": "s", "source": "s", "severity": "info", "custom_details": many }
    });
    let event = event(&details).unwrap();
    assert_eq!((event.labels.len(), event.labels["…"].as_str()), (200, "303 labels more"));
}

#[test]
fn of_millions_of_items_the_first_are_looked_at_and_all_are_counted() {
    let body = format!("[{}1]", "1,".repeat(299_999));
    let delivery =
        decode(Kind::Generic, body.as_bytes(), &source(Kind::Generic, Mapping::default())).unwrap();
    assert_eq!((delivery.refused.count, delivery.refused.named.len()), (300_000, 20));
}

#[test]
fn one_byte_that_is_no_text_costs_no_alert() {
    let body = b"[{\"key\": \"a\", \"labels\": {\"b\": \"\xff\xfe\", \"c\": \"\\ud800\"}}, {\"key\": \"b\"}]";
    let delivery = decode(Kind::Generic, body, &source(Kind::Generic, Mapping::default())).unwrap();
    assert_eq!((delivery.alerts.len(), delivery.refused.count), (2, 0));
    let labels = &delivery.alerts[0].labels;
    assert_eq!((labels["b"].as_str(), labels["c"].as_str()), ("??", "\u{fffd}"));
}

#[test]
fn fields_that_are_no_texts_cost_no_alert() {
    let odd = event(&json!({
        "event_action": "trigger", "dedup_key": 12_345, "links": "none", "client": null, "client_url": [],
        "payload": { "summary": 7, "source": "x", "component": 5, "group": {}, "class": true, "timestamp": 3 },
    }))
    .unwrap();
    assert_eq!((odd.fingerprint.as_str(), odd.title.as_str(), odd.starts_at), ("12345", "7", None));
    let labels: Vec<String> = odd.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(labels, ["class=true", "component=5", "source=x"]);
    let mut body = alertmanager_body();
    (body["alerts"][0]["startsAt"], body["alerts"][0]["generatorURL"]) = (json!(5), json!(false));
    let delivery = read(Kind::Alertmanager, &body).unwrap();
    assert_eq!((delivery.alerts.len(), delivery.alerts[0].starts_at), (2, None));
}
