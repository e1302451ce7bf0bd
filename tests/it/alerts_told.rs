//! What is said of alerts, and to whom: on cards, at the source's door, to an open status page.

use callout::clock::Clock;
use callout::domain::settings::Settings;
use serde_json::{Value, json};

use crate::alerts::{alerts, alerts_of, open_pages, page, settings, state};
use crate::kit::{World, body, desk_world_with, key_of, secs, with_keys, world_with};

/// The line of a card that says how many alerts were left out.
async fn left_out(w: &mut World, id: &str) -> Option<String> {
    w.advance(secs(3)).await;
    w.card(id).await.lines().find(|line| line.contains("left")).map(str::to_owned)
}

#[tokio::test]
async fn alerts_that_the_sender_leaves_out_later_are_said_and_so_is_that_it_does_not_any_more() {
    alerts(async |w| {
        let body_of = |w: &World, truncated: u64| {
            let alert = w.source("prod").alert("db", "firing");
            let mut body = body("g", &[alert]);
            body["truncatedAlerts"] = json!(truncated);
            body
        };
        let said = body_of(w, 0);
        let id = w.source("prod").sends(&said).await.page();
        assert_eq!(left_out(w, &id).await, None);
        let rows = w.rows("page_line");
        let said = body_of(w, 5);
        assert_eq!(w.source("prod").sends(&said).await.page(), id, "nothing else is new in it");
        let line = left_out(w, &id).await;
        insta::assert_snapshot!(line.unwrap_or_default(), @"The sender left 5 more alerts out: raise max_alerts in its webhook_config.");
        let version = |w: &World| (0..100).find(|n| w.rows(&format!("page WHERE version = {n}")) > 0);
        let before = version(w);
        w.source("prod").sends(&said).await;
        assert_eq!(version(w), before, "the same again is not written");
        let said = body_of(w, 0);
        w.source("prod").sends(&said).await;
        assert_eq!((left_out(w, &id).await, w.rows("page_line"), w.rings().len()), (None, rows, 1));
    })
    .await;
}

#[tokio::test]
async fn an_end_that_comes_before_its_beginning_rings_nobody() {
    alerts(async |w| {
        let prod = w.source("prod");
        let mut fires = prod.alert("db", "firing");
        w.advance(secs(5)).await;
        let prod = w.source("prod");
        let over = prod.alert("db", "resolved");
        assert_eq!(prod.sends(&body("g", &[over])).await.pages(), Vec::<String>::new());
        assert_eq!(prod.sends(&body("g", std::slice::from_ref(&fires))).await.pages(), Vec::<String>::new());
        assert_eq!((open_pages(w).await, w.rings().len()), (0, 0), "it was over by then");
        w.advance(secs(5)).await;
        fires["startsAt"] = json!(w.clock.now().to_string());
        let id = w.source("prod").sends(&body("g", &[fires])).await.page();
        assert_eq!(
            (alerts_of(w, &id).await.as_str(), w.rings().len()),
            ("fp-db firing", 1),
            "it begins again"
        );
    })
    .await;
}

#[tokio::test]
async fn who_opens_again_what_its_source_has_ended_is_asked_first() {
    desk_world_with(settings(), async |w| {
        let id = w.source("prod").tells("g", &[("db", "firing")]).await.page();
        w.advance(secs(5)).await;
        w.desk("jack").presses(&id, "Close").await;
        w.source("prod").tells("g", &[("db", "resolved")]).await;
        let asked = w.desk("jack").presses(&id, "Reopen").await;
        insta::assert_snapshot!(asked.text.replace(&id, "p1"), @"No alert of p1 goes on in it: each is over, its sources say, or another page's by now. Opened again, it rings people until somebody closes it.");
        assert_eq!((state(w, &id).await.as_str(), w.rings().len()), ("closed", 1));
        w.desk("jack").presses(&id, "Reopen anyway").await;
        assert_eq!((state(w, &id).await.as_str(), w.rings().len()), ("triggered", 2));
    })
    .await;
}

#[tokio::test]
async fn who_opens_again_an_older_page_of_what_began_again_and_ended_is_asked_too() {
    desk_world_with(settings(), async |w| {
        let older = w.source("prod").tells("g", &[("db", "firing")]).await.page();
        w.advance(secs(5)).await;
        w.desk("jack").presses(&older, "Close").await;
        w.advance(secs(5)).await;
        let newer = w.source("prod").tells("g", &[("db", "firing")]).await.page();
        assert_eq!(alerts_of(w, &older).await, "fp-db resolved");
        let told = page(w, &older).await;
        let last = told["timeline"].as_array().unwrap().last().unwrap()["detail"].as_str().unwrap();
        assert_eq!(last, format!("It began again, and is part of {newer} of p by now: db is down"));
        let refused = w.desk("jack").presses(&older, "Reopen").await.text;
        assert_eq!(refused, format!("The same alerts have another page by now: {newer}."));

        w.advance(secs(5)).await;
        w.source("prod").tells("g", &[("db", "resolved")]).await;
        assert_eq!(state(w, &newer).await, "closed");
        let asked = w.desk("jack").presses(&older, "Reopen").await;
        assert!(asked.text.starts_with(&format!("No alert of {older} goes on in it")), "{}", asked.text);
        assert_eq!((state(w, &older).await.as_str(), w.rings().len()), ("closed", 2));
    })
    .await;
}

const PAGER: &str = r#"
[[person]]
id = "ana"
account = "ana"
roles = ["admin"]
[limits]
ring_of_callee = ["1000/h"]
[[policy]]
id = "p"
ack_timeout = "10m"
[[policy.step]]
ring = ["ana"]
wait = "5m"
[[source]]
id = "pd"
kind = "pagerduty"
keys_env = "KEYS_PD"
policy = "p"
post = ["desk:general"]
group_by = ["component"]
"#;

fn pager() -> Settings {
    with_keys(callout::config::parse("callout.toml", PAGER).0.expect("the file is good").settings)
}

async fn event(w: &World, action: &str, key: &str) -> Vec<String> {
    let event = json!({
        "routing_key": key_of("pd"), "event_action": action, "dedup_key": key,
        "payload": { "summary": format!("{key} is down"), "source": "x", "severity": "critical", "component": "c" },
    });
    w.source("pd").sends(&event).await.pages()
}

#[tokio::test]
async fn what_is_acknowledged_at_its_source_is_quiet_until_its_time_is_out() {
    desk_world_with(pager(), async |w| {
        let id = event(w, "trigger", "web").await.remove(0);
        event(w, "trigger", "db").await;
        assert_eq!(w.handset("ana").state().await, "ringing");
        assert_eq!(event(w, "acknowledge", "web").await, std::slice::from_ref(&id));
        w.advance(secs(1)).await;
        assert_eq!(w.handset("ana").state().await, "ringing", "nobody has the other one");
        event(w, "acknowledge", "db").await;
        w.advance(secs(1)).await;
        assert_eq!(
            (state(w, &id).await.as_str(), w.handset("ana").state().await.as_str()),
            ("acknowledged", "idle")
        );
        w.advance(secs(3)).await;
        insta::assert_snapshot!(w.card(&id).await.replace(&id, "p1"), @r"
        Page p: web is down
        Acknowledged at pd since 15:00:01 UTC: nothing rings here. Still open at 15:10:01 UTC, the chain begins again.
        • ana is not rung any more (15:00:01 UTC)
        2 of 2 alerts going on:
        • web is down
        • db is down
        p1 of source:pd.
        ");
        event(w, "acknowledge", "db").await;
        w.advance(secs(540)).await;
        assert_eq!(w.rings().len(), 1);
        w.advance(secs(60)).await;
        assert_eq!((state(w, &id).await.as_str(), w.rings().len()), ("triggered", 2), "still open");
        let told = page(w, &id).await;
        let lines: Vec<&str> = told["timeline"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| line["detail"].as_str().unwrap())
            .collect();
        let of_source: Vec<&&str> = lines.iter().filter(|line| line.contains("cknowledged at")).collect();
        let said = of_source.iter().map(|line| **line).collect::<Vec<_>>().join("\n");
        insta::assert_snapshot!(said, @r"
        Acknowledged at pd: web is down
        Acknowledged at pd: db is down
        It was acknowledged at pd, and is still open: the chain begins again.
        ");
    })
    .await;
}

#[tokio::test]
async fn somebody_here_takes_what_was_acknowledged_at_its_source_and_what_is_new_rings() {
    desk_world_with(pager(), async |w| {
        let id = event(w, "trigger", "web").await.remove(0);
        event(w, "acknowledge", "web").await;
        w.advance(secs(1)).await;
        event(w, "trigger", "db").await;
        w.advance(secs(1)).await;
        assert_eq!(
            (state(w, &id).await.as_str(), w.rings().len()),
            ("triggered", 2),
            "nobody has the new one"
        );
        event(w, "acknowledge", "db").await;
        w.advance(secs(3)).await;
        w.desk("ana").presses(&id, "Acknowledge").await;
        assert_eq!(page(w, &id).await["acknowledged_by"], "ana");
        event(w, "resolve", "web").await;
        event(w, "resolve", "db").await;
        assert_eq!(state(w, &id).await, "closed");
    })
    .await;
}

#[tokio::test]
async fn an_open_status_page_hears_of_a_page_that_no_call_changes() {
    let mut settings = settings();
    let policy = settings.maintenance.len();
    assert_eq!(policy, 0);
    let now: jiff::Timestamp = "2026-03-10T14:00:00Z".parse().unwrap();
    settings.maintenance.push(callout::domain::escalation::Maintenance {
        from: now,
        to: callout::clock::later(now, secs(36_000)),
        policies: Vec::new(),
        why: "work".to_owned(),
    });
    world_with(settings, async |w| {
        let mut line = w.http.get(w.address() + "/sandbox/events").send().await.unwrap();
        let hello = line.chunk().await.unwrap().unwrap();
        assert!(hello.starts_with(b"event: hello"), "{hello:?}");
        let id = w.source("prod").tells("g", &[("db", "firing")]).await.page();
        assert_eq!((w.rings().len(), state(w, &id).await.as_str()), (0, "triggered"));
        let mut heard = String::new();
        while !heard.contains("event: pages") {
            let chunk = Clock::system().timeout(secs(10), line.chunk()).await;
            let chunk = chunk.expect("it is told").unwrap().unwrap();
            heard.push_str(&String::from_utf8_lossy(&chunk));
        }
        let few: Value = w.get("/api/pages?limit=0").await;
        assert_eq!((few["pages"].as_array().unwrap().len(), &few["total"]), (0, &json!(1)));
    })
    .await;
}
