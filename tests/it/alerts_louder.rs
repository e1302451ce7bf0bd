//! An alert that gets worse: it is routed anew, and whoever has to hear of it then is rung.

use callout::domain::settings::Settings;
use serde_json::{Value, json};

use crate::alerts::{alerts_of, open_pages, page, state};
use crate::kit::{World, key_of, secs, with_keys, world_with};

/// Warnings are for office hours, and these are over: the stories begin on Tuesday, 10 March 2026, at 15:00 UTC.
const FILE: &str = r#"
[[person]]
id = "ana"
account = "ana"
roles = ["admin"]
[[person]]
id = "jack"
account = "jack"
working_hours = ["Mon-Fri 09:00-12:00"]
[[person]]
id = "mira"
account = "mira"
[limits]
ring_of_callee = ["1000/h"]

[[policy]]
id = "daytime"
[[policy.step]]
ring = ["jack"]
working_hours = true
wait = "2m"

[[policy]]
id = "payments"
[[policy.step]]
ring = ["mira"]
wait = "2m"

[[source]]
id = "pd"
kind = "pagerduty"
keys_env = "KEYS_PD"
policy = "payments"
post = ["desk:general"]
group_by = ["component"]
[[source.rule]]
match = { severity = "warning" }
policy = "daytime"
urgency = "low"
[[source.rule]]
match = { severity = "critical", class = "named" }
urgency = "high"

[[maintenance]]
from = "2026-03-10 14:00"
to = "2026-03-10 18:00"
policies = ["daytime"]
why = "the office moves"
"#;

fn settings() -> Settings {
    let file = FILE.split("\n[[maintenance]]").next().unwrap();
    with_keys(callout::config::parse("callout.toml", file).0.expect("the file is good").settings)
}

fn event(action: &str, key: &str, severity: &str, class: &str) -> Value {
    json!({
        "routing_key": key_of("pd"), "event_action": action, "dedup_key": key,
        "payload": {
            "summary": format!("{key} is down"), "source": "x", "severity": severity, "component": "c",
            "class": class,
        },
    })
}

async fn triggers(w: &World, key: &str, severity: &str, class: &str) -> String {
    w.source("pd").sends(&event("trigger", key, severity, class)).await.page()
}

async fn lines(w: &World, id: &str) -> Vec<String> {
    let told = w.desk("ana").types(&format!("/pages show {id}")).await.text;
    told.lines().skip(1).map(|line| line.split_once(' ').unwrap().1.to_owned()).collect()
}

#[tokio::test]
async fn a_warning_that_becomes_critical_at_night_rings_whoever_critical_alerts_ring() {
    world_with(settings(), async |w| {
        let warned = triggers(w, "k1", "warning", "").await;
        assert_eq!((state(w, &warned).await.as_str(), w.rings().len()), ("exhausted", 0), "nobody works");
        w.advance(secs(60)).await;

        let critical = triggers(w, "k1", "critical", "named").await;
        assert_ne!(critical, warned);
        let told = page(w, &critical).await;
        assert_eq!((&told["policy"], &told["urgency"]), (&json!("payments"), &json!("high")));
        assert_eq!((w.rings().len(), w.rings()[0].account.as_str()), (1, "mira"));
        assert_eq!(
            (state(w, &warned).await.as_str(), open_pages(w).await),
            ("closed", 1),
            "it has no other alert"
        );
        let story = |lines: Vec<String>| lines.join("\n").replace(&critical, "p2");
        insta::assert_snapshot!(story(lines(w, &warned).await[4..].to_vec()), @r"
        More urgent now, so that it goes to p2 of payments, by rule 2 (0 of 1 go on here): k1 is down
        Its last alert is another page's: it is over.
        ");
        w.advance(secs(3)).await;
        assert!(
            w.card(&warned).await.contains("its last alert is another page's"),
            "{}",
            w.card(&warned).await
        );
        let opened = "Page payments: k1 is down, by source:pd, by rule 2.".to_owned();
        assert!(lines(w, &critical).await.contains(&opened), "{:?}", lines(w, &critical).await);

        // Repeats, and a warning that is told late, change nothing; its end is the new page's.
        assert_eq!(triggers(w, "k1", "critical", "named").await, critical);
        assert_eq!(triggers(w, "k1", "warning", "").await, critical, "what gets no worse stays where it is");
        assert_eq!((w.rings().len(), open_pages(w).await), (1, 1));
        let over = event("resolve", "k1", "critical", "");
        assert_eq!(w.source("pd").sends(&over).await.pages(), std::slice::from_ref(&critical));
        assert_eq!((state(w, &critical).await.as_str(), open_pages(w).await), ("closed", 0));
    })
    .await;
}

#[tokio::test]
async fn what_gets_worse_joins_the_open_page_and_leaves_the_others_where_they_are() {
    world_with(settings(), async |w| {
        let warned = triggers(w, "k1", "warning", "").await;
        assert_eq!(triggers(w, "k2", "warning", "").await, warned);
        let critical = triggers(w, "k3", "critical", "").await;
        assert_ne!(critical, warned);
        w.advance(secs(5)).await;
        w.desk("mira").presses(&critical, "Acknowledge").await;

        assert_eq!(triggers(w, "k1", "critical", "").await, critical);
        assert_eq!(alerts_of(w, &critical).await, "k3 firing, k1 firing");
        assert_eq!(alerts_of(w, &warned).await, "k1 resolved, k2 firing");
        let told = lines(w, &critical).await;
        assert_eq!(told.last().unwrap(), "Another alert joins (2 by now): k1 is down");
        let told = lines(w, &warned).await;
        let last = format!(
            "More urgent now, so that it goes to {critical} of payments (1 of 2 go on here): k1 is down"
        );
        assert_eq!(told.last().unwrap(), &last);
        assert_eq!((state(w, &warned).await.as_str(), w.rings().len()), ("exhausted", 1), "mira has it");

        w.source("pd").sends(&event("resolve", "k3", "critical", "")).await;
        assert_eq!(state(w, &critical).await, "acknowledged");
        w.source("pd").sends(&event("resolve", "k1", "critical", "")).await;
        assert_eq!((state(w, &critical).await.as_str(), open_pages(w).await), ("closed", 1));
    })
    .await;
}

#[tokio::test]
async fn what_gets_worse_where_it_is_names_the_rule_that_says_so() {
    let file = FILE.replace("policy = \"daytime\"\nurgency", "urgency");
    let file = file.split("\n[[maintenance]]").next().unwrap();
    let settings =
        with_keys(callout::config::parse("callout.toml", file).0.expect("the file is good").settings);
    world_with(settings, async |w| {
        let id = triggers(w, "k1", "warning", "").await;
        assert_eq!(triggers(w, "k1", "critical", "named").await, id);
        let told = lines(w, &id).await;
        assert_eq!(told.last().unwrap(), "An alert is more urgent now, by rule 2: k1 is down");
        assert_eq!((state(w, &id).await.as_str(), w.rings().len()), ("triggered", 1));
    })
    .await;
}

#[tokio::test]
async fn a_page_that_planned_work_keeps_back_does_not_begin_because_one_of_its_alerts_is_anothers_now() {
    let settings = callout::config::parse("callout.toml", FILE).0.expect("the file is good").settings;
    world_with(with_keys(settings), async |w| {
        let warned = triggers(w, "k1", "warning", "").await;
        triggers(w, "k2", "warning", "").await;
        assert_eq!(state(w, &warned).await, "triggered", "it rests");
        w.advance(secs(60)).await;
        triggers(w, "k1", "critical", "").await;
        assert_eq!((w.rings().len(), w.rings()[0].account.as_str()), (1, "mira"));
        w.advance(secs(60)).await;
        assert_eq!((state(w, &warned).await.as_str(), w.rings().len()), ("triggered", 1), "it rests on");
        assert_eq!(alerts_of(w, &warned).await, "k1 resolved, k2 firing");
    })
    .await;
}
