//! Alerts in simulated time: what is one alert, what is one page, and what a page does with news of its alerts. What a
//! story proves of the defect catalogue is in its name.

use callout::domain::settings::Settings;
use serde_json::{Value, json};

use crate::kit::{World, body, secs, with_keys, world_with};

/// jack is rung, then mira. The stories begin on Tuesday, 10 March 2026, at 15:00 UTC.
const FILE: &str = r#"
[[person]]
id = "ana"
account = "ana"
roles = ["admin"]
[[person]]
id = "jack"
account = "jack"
[[person]]
id = "mira"
account = "mira"
[limits]
ring_of_callee = ["1000/h"]

[[policy]]
id = "p"
[[policy.step]]
ring = ["jack"]
wait = "2m"
[[policy.step]]
ring = ["mira"]
wait = "2m"

[[policy]]
id = "other"
[[policy.step]]
ring = ["mira"]
wait = "2m"

[[source]]
id = "prod"
kind = "alertmanager"
keys_env = "KEYS_PROD"
policy = "p"
post = ["desk:general"]
[[source.rule]]
match = { alertname = "~low.*" }
urgency = "low"
[[source.rule]]
match = { alertname = "~other.*" }
policy = "other"

[[source]]
id = "graf"
kind = "grafana"
keys_env = "KEYS_GRAF"
policy = "p"
post = ["desk:general"]

[[source]]
id = "json"
kind = "generic"
keys_env = "KEYS_JSON"
policy = "p"
post = ["desk:general"]
group_by = ["service"]
"#;

pub(crate) fn settings() -> Settings {
    with_keys(callout::config::parse("callout.toml", FILE).0.expect("the file is good").settings)
}

pub(crate) async fn alerts(story: impl AsyncFnOnce(&mut World)) {
    world_with(settings(), story).await;
}

pub(crate) async fn open_pages(w: &World) -> usize {
    w.get("/api/pages").await["pages"].as_array().unwrap().len()
}

pub(crate) async fn page(w: &World, id: &str) -> Value {
    w.get(&format!("/api/pages/{id}")).await
}

pub(crate) async fn state(w: &World, id: &str) -> String {
    page(w, id).await["state"].as_str().unwrap().to_owned()
}

/// The fingerprints of a page's alerts, with their states.
pub(crate) async fn alerts_of(w: &World, id: &str) -> String {
    let page = page(w, id).await;
    let alert = |alert: &Value| {
        format!("{} {}", alert["fingerprint"].as_str().unwrap(), alert["state"].as_str().unwrap())
    };
    page["alerts"].as_array().unwrap().iter().map(alert).collect::<Vec<_>>().join(", ")
}

#[tokio::test]
async fn an_alert_rings_and_its_end_stops_the_phone_within_a_second() {
    alerts(async |w| {
        let id = w.source("prod").tells("g", &[("db", "firing")]).await.page();
        assert_eq!(w.handset("jack").state().await, "ringing");
        let told = page(w, &id).await;
        assert_eq!(
            (&told["state"], &told["policy"], &told["source"]),
            (&json!("triggered"), &json!("p"), &json!("prod"))
        );
        assert_eq!((&told["title"], told["rings"].as_array().unwrap().len()), (&json!("db is down"), 1));
        assert_eq!(told["alerts"][0]["labels"], json!({ "alertname": "db" }));
        let call = w.call(told["calls"][0].as_str().unwrap()).await;
        assert_eq!(call["by"], format!("page:{id}"));

        w.advance(secs(10)).await;
        assert_eq!(
            w.source("prod").tells("g", &[("db", "resolved")]).await.pages(),
            std::slice::from_ref(&id)
        );
        w.advance(secs(1)).await;
        assert_eq!(w.handset("jack").state().await, "idle");
        assert_eq!((state(w, &id).await.as_str(), open_pages(w).await), ("closed", 0));
        w.advance(secs(3)).await;
        assert_eq!(w.buttons(&id).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn catalogue_13_what_two_nodes_send_is_one_page() {
    alerts(async |w| {
        let prod = w.source("prod");
        let (mut one, mut other) = (prod.alert("db", "firing"), prod.alert("db", "firing"));
        // Their Prometheus servers saw it three seconds apart.
        one["startsAt"] = json!("2026-03-10T14:59:57Z");
        other["startsAt"] = json!("2026-03-10T15:00:00Z");
        let bodies = [&one, &other, &one]
            .map(|alert| serde_json::to_vec(&body("g", std::slice::from_ref(alert))).unwrap());
        let [a, b, c] = bodies.map(|body| prod.sends_at_once(body));
        let (a, b, c) = tokio::join!(a, b, c);
        w.settle().await;
        assert_eq!((a.page(), b.page()), (b.page(), c.page()), "at the same instant");
        assert_eq!((open_pages(w).await, w.rings().len()), (1, 1));

        w.advance(secs(30)).await;
        assert_eq!(prod.sends(&body("g", &[other.clone()])).await.page(), a.page(), "a repeat");
        assert_eq!(prod.tells("g", &[("db", "resolved")]).await.pages(), [a.page()]);
        assert_eq!(
            prod.tells("g", &[("db", "resolved")]).await.pages(),
            Vec::<String>::new(),
            "the other node's"
        );
        // The other node has not heard of the end.
        assert_eq!(prod.sends(&body("g", &[other])).await.pages(), Vec::<String>::new(), "a late duplicate");
        assert_eq!((open_pages(w).await, w.rings().len()), (0, 1));

        w.advance(secs(60)).await;
        let again = prod.tells("g", &[("db", "firing")]).await.page();
        assert_ne!(again, a.page(), "it began again");
        assert_eq!(w.rings().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn the_reasons_name_the_rule_that_sent_an_alert_here() {
    alerts(async |w| {
        let prod = w.source("prod");
        let page = prod.tells("g", &[("other", "firing")]).await.page();
        prod.tells("g", &[("other", "firing"), ("other2", "firing")]).await;
        let told = w.desk("ana").types(&format!("/pages show {page}")).await.text;
        assert!(told.contains("Page other: other is down, by source:prod, by rule 2."), "{told}");
        assert!(told.contains("Another alert joins (2 by now, by rule 2): other2 is down"), "{told}");
        let page = prod.tells("h", &[("db", "firing")]).await.page();
        let told = w.desk("ana").types(&format!("/pages show {page}")).await.text;
        assert!(told.contains("Page p: db is down, by source:prod.\n"), "the source itself: {told}");
        let page = prod.tells("i", &[("db2", "firing"), ("low-a", "firing"), ("db3", "firing")]).await.page();
        let told = w.desk("ana").types(&format!("/pages show {page}")).await.text;
        assert!(told.contains("Page p: db2 is down, by source:prod (others by rule 1).\n"), "{told}");
        let page = prod.tells("j", &[("low-b", "firing"), ("db4", "firing")]).await.page();
        let told = w.desk("ana").types(&format!("/pages show {page}")).await.text;
        assert!(told.contains(", by source:prod, by rule 1 (others by the source itself).\n"), "{told}");
    })
    .await;
}

#[tokio::test]
async fn a_page_that_a_person_closed_comes_back_only_for_something_later() {
    world_with(settings(), async |w| {
        let prod = w.source("prod");
        let fires = prod.alert("db", "firing");
        let id = prod.sends(&body("g", std::slice::from_ref(&fires))).await.page();
        w.advance(secs(5)).await;
        w.desk("jack").presses(&id, "Close").await;
        assert_eq!(state(w, &id).await, "closed");
        w.advance(secs(600)).await;
        assert_eq!(prod.sends(&body("g", &[fires])).await.pages(), Vec::<String>::new());
        assert_eq!((open_pages(w).await, w.rings().len()), (0, 1));
        assert_ne!(prod.tells("g", &[("db", "firing")]).await.page(), id);
    })
    .await;
}

#[tokio::test]
async fn catalogue_15_every_alert_of_a_body_is_kept_and_two_with_one_summary_stay_two() {
    alerts(async |w| {
        let graf = w.source("graf");
        let mut list: Vec<Value> = (0..30).map(|n| graf.alert(&format!("a{n}"), "firing")).collect();
        for alert in &mut list {
            alert["annotations"] = json!({ "summary": "the same for all" });
        }
        let answered = graf.sends(&body("g", &list)).await;
        assert_eq!(answered.body["accepted"], 30);
        let told = page(w, &answered.page()).await;
        assert_eq!((told["alerts"].as_array().unwrap().len(), &told["alerts_total"]), (30, &json!(30)));
        assert_eq!(w.rings().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn catalogue_16_a_page_is_over_with_the_last_alert_of_its_group() {
    alerts(async |w| {
        let prod = w.source("prod");
        let id = prod.tells("g", &[("db", "firing"), ("web", "firing")]).await.page();
        w.advance(secs(5)).await;
        assert_eq!(prod.tells("g", &[("db", "resolved"), ("web", "firing")]).await.page(), id);
        assert_eq!(alerts_of(w, &id).await, "fp-db resolved, fp-web firing");
        assert_eq!(
            (state(w, &id).await.as_str(), w.handset("jack").state().await.as_str()),
            ("triggered", "ringing")
        );
        w.advance(secs(5)).await;
        // The last one ends in the body in which another begins: the page goes on.
        assert_eq!(prod.tells("g", &[("web", "resolved"), ("cache", "firing")]).await.page(), id);
        assert_eq!(alerts_of(w, &id).await, "fp-db resolved, fp-web resolved, fp-cache firing");
        assert_eq!((state(w, &id).await.as_str(), w.rings().len()), ("triggered", 1));
        assert_eq!(prod.tells("g", &[("cache", "resolved")]).await.pages(), std::slice::from_ref(&id));
        assert_eq!(state(w, &id).await, "closed");
    })
    .await;
}

#[tokio::test]
async fn groups_policies_and_labels_make_pages_of_their_own() {
    alerts(async |w| {
        let (prod, json) = (w.source("prod"), w.source("json"));
        let one = prod.tells("g1", &[("db", "firing")]).await.page();
        let other = prod.tells("g2", &[("web", "firing")]).await.page();
        let both = prod.tells("g1", &[("cache", "firing"), ("other-x", "firing")]).await.pages();
        assert_eq!((both.len(), &both[0]), (2, &one), "another policy is another page");
        assert_ne!(one, other);
        let sent =
            |key: &str, service: &str| json!({ "key": key, "title": key, "labels": { "service": service } });
        let (a, b) =
            (json.sends(&sent("a", "shop")).await.page(), json.sends(&sent("b", "shop")).await.page());
        let c = json.sends(&sent("c", "web")).await.page();
        assert_eq!(a, b, "group_by");
        assert_ne!(a, c);
        assert_eq!(open_pages(w).await, 5);
    })
    .await;
}

#[tokio::test]
async fn what_joins_an_acknowledged_page_rings_only_if_it_is_more_urgent() {
    world_with(settings(), async |w| {
        let prod = w.source("prod");
        let id = prod.tells("g", &[("low-a", "firing")]).await.page();
        w.advance(secs(5)).await;
        w.desk("jack").presses(&id, "Acknowledge").await;
        assert_eq!(state(w, &id).await, "acknowledged");
        prod.tells("g", &[("low-b", "firing")]).await;
        w.advance(secs(300)).await;
        assert_eq!((state(w, &id).await.as_str(), w.rings().len()), ("acknowledged", 1));
        assert_eq!(prod.tells("g", &[("db", "firing")]).await.page(), id);
        assert_eq!((state(w, &id).await.as_str(), w.rings().len()), ("triggered", 2));
        let told = page(w, &id).await;
        assert_eq!((&told["urgency"], told["alerts"].as_array().unwrap().len()), (&json!("high"), 3));
    })
    .await;
}

#[tokio::test]
async fn what_joins_an_exhausted_page_starts_its_chain_again() {
    alerts(async |w| {
        let prod = w.source("prod");
        let id = prod.tells("g", &[("db", "firing")]).await.page();
        w.advance(secs(600)).await;
        assert_eq!((state(w, &id).await.as_str(), w.rings().len()), ("exhausted", 2));
        prod.tells("g", &[("db", "firing")]).await;
        assert_eq!(w.rings().len(), 2, "the same alert is nothing new");
        assert_eq!(prod.tells("g", &[("web", "firing")]).await.page(), id);
        assert_eq!((state(w, &id).await.as_str(), w.rings().len()), ("triggered", 3));
    })
    .await;
}

#[tokio::test]
async fn alerts_that_the_sender_left_out_are_said_on_the_card() {
    alerts(async |w| {
        let prod = w.source("prod");
        let mut said = body("g", &[prod.alert("db", "firing")]);
        said["truncatedAlerts"] = json!(7);
        let answered = prod.sends(&said).await;
        assert_eq!(answered.body["truncated"], 7);
        w.advance(secs(3)).await;
        let card = w.card(&answered.page()).await;
        insta::assert_snapshot!(card, @r"
        Page p: db is down
        Nobody has it yet. Step 1 of 2, round 1 of 1. Step 2 at 15:02:00 UTC.
        • jack is being rung since 15:00:00 UTC
        1 of 1 alert going on:
        • db is down
        The sender left 7 more alerts out: raise max_alerts in its webhook_config.
        p3w46uuemlbnn of source:prod.
        ");
    })
    .await;
}

#[tokio::test]
async fn what_is_over_within_its_delay_rings_nobody() {
    let mut file = FILE.to_owned();
    file = file.replace("kind = \"grafana\"", "delay = \"2m\"\nkind = \"grafana\"");
    let settings =
        with_keys(callout::config::parse("callout.toml", &file).0.expect("the file is good").settings);
    world_with(settings, async |w| {
        let graf = w.source("graf");
        let id = graf.tells("g", &[("db", "firing")]).await.page();
        w.advance(secs(60)).await;
        assert_eq!((state(w, &id).await.as_str(), w.rings().len()), ("triggered", 0));
        insta::assert_snapshot!(w.card(&id).await.replace(&id, "p1"), @r"
        Page p: db is down
        Nobody has it yet. Nothing rings before 2026-03-10 15:02:00 UTC: alerts of graf are given 2m to be over by themselves. “Ring anyway” begins at once.
        1 of 1 alert going on:
        • db is down
        p1 of source:graf.
        ");
        graf.tells("g", &[("db", "resolved")]).await;
        w.advance(secs(120)).await;
        assert_eq!((state(w, &id).await.as_str(), w.rings().len()), ("closed", 0));
        graf.tells("g", &[("web", "firing")]).await;
        w.advance(secs(119)).await;
        assert_eq!(w.rings().len(), 0);
        w.advance(secs(2)).await;
        assert_eq!(w.rings().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_its_source_ends_after_a_person_closed_it_is_over_and_comes_back_when_it_begins_again() {
    world_with(settings(), async |w| {
        let prod = w.source("prod");
        let id = prod.tells("g", &[("db", "firing")]).await.page();
        w.advance(secs(5)).await;
        w.desk("jack").presses(&id, "Close").await;
        w.advance(secs(5)).await;
        assert_eq!(prod.tells("g", &[("db", "resolved")]).await.pages(), std::slice::from_ref(&id));
        assert_eq!(
            alerts_of(w, &id).await,
            "fp-db resolved",
            "nothing goes on in it, should it be opened again"
        );
        let told = page(w, &id).await;
        assert_eq!((&told["state"], &told["closed_by"]), (&json!("closed"), &json!("jack")));
        w.advance(secs(5)).await;
        assert_ne!(prod.tells("g", &[("db", "firing")]).await.page(), id);
        assert_eq!(w.rings().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn an_urgent_alert_does_not_wait_with_the_page_that_it_joins() {
    let file = FILE.replace("urgency = \"low\"", "urgency = \"low\"\ndelay = \"30m\"");
    let settings =
        with_keys(callout::config::parse("callout.toml", &file).0.expect("the file is good").settings);
    world_with(settings, async |w| {
        let prod = w.source("prod");
        let id = prod.tells("g", &[("low-a", "firing")]).await.page();
        w.advance(secs(60)).await;
        assert_eq!(prod.tells("g", &[("low-b", "firing")]).await.page(), id);
        assert_eq!(w.rings().len(), 0, "another that may be over by itself");
        assert_eq!(prod.tells("g", &[("db", "firing")]).await.page(), id);
        assert_eq!(w.rings().len(), 1, "nothing keeps this one back");
        let rung = w.handset("jack").state().await;
        assert_eq!((state(w, &id).await.as_str(), rung.as_str()), ("triggered", "ringing"));
    })
    .await;
}
