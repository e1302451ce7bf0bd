//! What senders say of when an alert began: finer than instants are kept, or by a clock that is a day ahead.

use callout::domain::settings::Settings;
use serde_json::{Value, json};

use crate::alerts::open_pages;
use crate::kit::{World, body, key_of, secs, with_keys, world_with};

const FILE: &str = r#"
[[person]]
id = "ana"
account = "ana"
roles = ["admin"]
[limits]
ring_of_callee = ["1000/h"]
[[policy]]
id = "p"
[[policy.step]]
ring = ["ana"]
wait = "5m"
[[source]]
id = "am"
kind = "alertmanager"
keys_env = "KEYS_AM"
policy = "p"
[[source]]
id = "pd"
kind = "pagerduty"
keys_env = "KEYS_PD"
policy = "p"
[[source]]
id = "json"
kind = "generic"
keys_env = "KEYS_JSON"
policy = "p"
"#;

fn settings() -> Settings {
    with_keys(callout::config::parse("callout.toml", FILE).0.expect("the file is good").settings)
}

/// The same alert, as each kind of source says it; only Alertmanager says when it was over.
fn said(kind: &str, is_over: bool, starts: &str, ends: &str) -> Value {
    match kind {
        "am" => {
            let (status, ends) =
                if is_over { ("resolved", ends) } else { ("firing", "0001-01-01T00:00:00Z") };
            let alert = json!({
                "status": status, "fingerprint": "f", "startsAt": starts, "endsAt": ends,
                "labels": { "alertname": "db" },
            });
            body("g", &[alert])
        }
        "pd" => json!({
            "routing_key": key_of("pd"), "event_action": if is_over { "resolve" } else { "trigger" },
            "dedup_key": "f",
            "payload": { "summary": "db", "source": "x", "severity": "critical", "timestamp": starts },
        }),
        _ => json!({
            "key": "f", "title": "db", "status": if is_over { "resolved" } else { "firing" },
            "starts_at": starts,
        }),
    }
}

async fn tells(w: &World, kind: &'static str, is_over: bool, starts: &str) -> Vec<String> {
    let ends = w.clock.now().to_string();
    w.source(kind).sends(&said(kind, is_over, starts, &ends)).await.pages()
}

#[tokio::test]
async fn catalogue_13_an_alert_whose_beginning_has_nanoseconds_is_not_later_than_itself() {
    for kind in ["am", "pd", "json"] {
        world_with(settings(), async |w| {
            let starts = "2026-03-10T14:59:59.739266876Z";
            let id = tells(w, kind, false, starts).await.remove(0);
            w.advance(secs(5)).await;
            assert_eq!(tells(w, kind, false, starts).await, std::slice::from_ref(&id), "{kind}: a repeat");
            assert_eq!(w.rows("alert WHERE version = 1"), 1, "{kind}: a repeat is not written");
            assert_eq!(tells(w, kind, true, starts).await, std::slice::from_ref(&id), "{kind}");
            assert_eq!(tells(w, kind, false, starts).await, Vec::<String>::new(), "{kind}: a late copy");
            assert_eq!((open_pages(w).await, w.rings().len()), (0, 1), "{kind}");
        })
        .await;
    }
}

#[tokio::test]
async fn what_a_person_closed_does_not_come_back_by_a_clock_that_is_ahead_and_says_nanoseconds() {
    world_with(settings(), async |w| {
        let starts = "2026-03-10T15:01:00.123456789Z";
        let id = tells(w, "am", false, starts).await.remove(0);
        w.desk("ana").types(&format!("/close {id}")).await;
        for _ in 0..3 {
            assert_eq!(tells(w, "am", false, starts).await, Vec::<String>::new());
        }
        assert_eq!((open_pages(w).await, w.rings().len()), (0, 1));
    })
    .await;
}

#[tokio::test]
async fn an_alert_that_began_by_a_clock_a_day_ahead_is_heard_again_once_that_is_right() {
    for is_closed_by_hand in [false, true] {
        world_with(settings(), async |w| {
            let tomorrow = "2026-03-11T15:00:00Z";
            let id = tells(w, "am", false, tomorrow).await.remove(0);
            w.advance(secs(5)).await;
            if is_closed_by_hand {
                w.desk("ana").types(&format!("/close {id}")).await;
            } else {
                let over = said("am", true, tomorrow, "2026-03-11T15:05:00Z");
                assert_eq!(w.source("am").sends(&over).await.pages(), std::slice::from_ref(&id));
            }
            w.advance(secs(60)).await;
            assert_eq!(tells(w, "am", false, tomorrow).await, Vec::<String>::new(), "the same again");
            // Its clock is put right, and it fires.
            let now = w.clock.now().to_string();
            assert_ne!(tells(w, "am", false, &now).await, [id], "by hand: {is_closed_by_hand}");
            assert_eq!((open_pages(w).await, w.rings().len()), (1, 2), "by hand: {is_closed_by_hand}");
        })
        .await;
    }
}
