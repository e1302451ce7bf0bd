//! What a webhook hears of a page after the step that told it: in order, and as the documentation says.

use std::collections::BTreeSet;

use callout::domain::settings::Settings;
use serde_json::{Value, json};

use crate::kit::{World, desk_world_with, secs, with_keys};
use crate::webhooks::{Receiver, closes_all, endpoint_at};

const FILE: &str = r#"
[[person]]
id = "ana"
account = "ana"
roles = ["admin"]
[[person]]
id = "jack"
account = "jack"
[limits]
ring_of_callee = ["1000/h"]

[[webhook]]
id = "ticket"
url_env = "TICKET_URL"
secret_env = "TICKET_SECRET"
[[webhook]]
id = "late"
url_env = "LATE_URL"
secret_env = "LATE_SECRET"

[[policy]]
id = "payments"
ack_timeout = "10m"
[[policy.step]]
ring = ["jack"]
webhook = ["ticket"]
wait = "1m"
[[policy.step]]
webhook = ["late"]
wait = "1m"

[[source]]
id = "json"
kind = "generic"
keys_env = "KEYS_JSON"
policy = "payments"
group_by = ["host"]
"#;

fn settings() -> Settings {
    with_keys(callout::config::parse("callout.toml", FILE).0.expect("the file is good").settings)
}

/// A world that tells two receivers.
async fn telling(says: &[u16], story: impl AsyncFnOnce(&mut World, &Receiver, &Receiver)) {
    desk_world_with(settings(), async |w| {
        let (ticket, late) = (Receiver::default(), Receiver::default());
        ticket.says(says);
        let (url, _serving) = ticket.open(w.clock.clone()).await;
        let (late_url, _late) = late.open(w.clock.clone()).await;
        w.reload(endpoint_at(endpoint_at(settings(), "ticket", &url), "late", &late_url)).await;
        story(w, &ticket, &late).await;
        ticket.recovers();
        closes_all(w).await;
    })
    .await;
}

/// `page.closed by ana`, with the reason, and the page's state where that says more.
fn brief(body: &Value) -> String {
    let text = |path: &str| body.pointer(path).and_then(Value::as_str).map(ToOwned::to_owned);
    let mut said = text("/event").unwrap();
    said.extend(text("/by").map(|by| format!(" by {by}")));
    said.extend(text("/page/acknowledged_until").map(|until| format!(" until {}", &until[11..19])));
    said.extend(text("/reason").map(|reason| format!(": {reason}")));
    said
}

async fn alert(w: &World, status: &str) -> String {
    let alert = json!({ "key": "db-1/disk", "title": "db-1 is full", "labels": { "host": "db-1" }, "status": status });
    w.source("json").sends(&alert).await.page()
}

/// A page's whole life, as a ticket system hears it.
#[tokio::test]
async fn a_webhook_hears_what_becomes_of_a_page_that_it_was_told_of() {
    telling(&[], async |w, ticket, late| {
        let card = w.desk("ana").types("/page payments db is down").await.card();
        w.advance(secs(10)).await;
        w.desk("jack").types(&format!("/ack {card}")).await;
        w.advance(secs(600)).await;
        w.desk("jack").types(&format!("/ack {card} 5m")).await;
        w.advance(secs(300)).await;
        w.desk("ana").types(&format!("/escalate {card}")).await;
        w.desk("jack").types(&format!("/ack {card}")).await;
        assert!(late.events().is_empty(), "no step has told it yet");
        w.desk("jack").types(&format!("/escalate {card}")).await;
        w.advance(secs(180)).await;
        w.desk("ana").types(&format!("/escalate {card}")).await;
        w.desk("jack").types(&format!("/close {card}")).await;
        w.desk("jack").presses(&card, "Reopen").await;
        w.desk("jack").types(&format!("/close {card}")).await;
        w.advance(secs(1)).await;
        let bodies = ticket.bodies();
        let told: Vec<String> = bodies.iter().map(brief).collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        page.step
        page.acknowledged by jack until 15:10:10
        page.unacknowledged: ack_timeout
        page.acknowledged by jack until 15:15:10
        page.unacknowledged: promise_over
        page.step
        page.acknowledged by jack until 15:25:10
        page.unacknowledged by jack: escalated
        page.exhausted
        page.restarted by ana: escalated
        page.step
        page.closed by jack
        page.reopened by jack: reopened
        page.step
        page.closed by jack
        ");
        assert_eq!(
            ticket.ids().iter().collect::<BTreeSet<_>>().len(),
            told.len(),
            "each by an id of its own"
        );
        let closed = bodies.last().unwrap();
        assert_eq!(
            (&closed["page"]["state"], &closed["page"]["closed_by"]),
            (&"closed".into(), &"jack".into())
        );
        let shown = w.desk("ana").types(&format!("/pages show {card}")).await.text;
        assert!(shown.contains("The webhook ticket took that it is closed (HTTP 200)."), "{shown}");
    })
    .await;
}

#[tokio::test]
async fn what_its_source_says_of_a_page_is_told_as_well() {
    telling(&[], async |w, ticket, _| {
        alert(w, "firing").await;
        alert(w, "acknowledged").await;
        w.advance(secs(600)).await;
        alert(w, "resolved").await;
        w.advance(secs(1)).await;
        let told: Vec<String> = ticket.bodies().iter().map(brief).collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        page.step
        page.acknowledged by source:json until 15:10:00
        page.unacknowledged: ack_timeout
        page.step
        page.resolved by source:json
        ");
    })
    .await;
}

/// The step was not taken yet when jack has it: he is named after that, whenever that is.
#[tokio::test]
async fn what_is_told_of_a_page_never_overtakes_what_was_told_before() {
    telling(&[503; 6], async |w, ticket, _| {
        let card = w.desk("ana").types("/page payments db is down").await.card();
        w.desk("jack").types(&format!("/ack {card}")).await;
        w.desk("jack").types(&format!("/close {card}")).await;
        w.advance(secs(300)).await;
        let mut events = ticket.events();
        assert_eq!(events.iter().filter(|event| *event == "page.step").count(), 7, "{events:?}");
        events.dedup();
        assert_eq!(events, ["page.step", "page.acknowledged", "page.closed"]);
        assert_eq!(different(&ticket.ids()), 3);
    })
    .await;
}

/// What is given up stands in nobody's way: the next is told then, and has its own fifteen minutes.
#[tokio::test]
async fn what_is_given_up_keeps_nothing_behind_it_for_ever() {
    telling(&[500; 200], async |w, ticket, _| {
        let card = w.desk("ana").types("/page payments db is down").await.card();
        w.desk("jack").types(&format!("/close {card}")).await;
        w.advance(secs(899)).await;
        assert!(ticket.events().iter().all(|event| event == "page.step"), "{:?}", ticket.events());
        w.advance(secs(2)).await;
        assert_eq!(ticket.events().last().unwrap(), "page.closed");
        // Back again, it hears at least that.
        ticket.recovers();
        w.advance(secs(120)).await;
        let shown = w.desk("ana").types(&format!("/pages show {card}")).await.text;
        assert!(shown.contains("The webhook ticket took that it is closed (HTTP 200"), "{shown}");
    })
    .await;
}

fn different(ids: &[String]) -> usize {
    ids.iter().collect::<BTreeSet<_>>().len()
}

const DOCS: &str = include_str!("../../docs/WEBHOOKS.md");

/// The documented example is what is sent, name by name and value by value, but for the page's own id and version.
#[tokio::test]
async fn the_documented_example_is_what_is_sent() {
    let (_, example) = DOCS.split_once("```json").unwrap();
    let example: Value = serde_json::from_str(example.split_once("```").unwrap().0).unwrap();
    telling(&[], async |w, ticket, _| {
        let card = alert(w, "firing").await;
        w.advance(secs(20)).await;
        w.desk("jack").presses(&card, "Acknowledge").await;
        w.settle().await;
        let sent = ticket.bodies().pop().unwrap();
        let version = sent["id"].as_str().unwrap().split('-').nth(1).unwrap().to_owned();
        assert!(version[1..].parse::<u32>().is_ok(), "{version}");
        let sent = sent.to_string().replace(&card, "paaaaaaaaaaaa").replace(&format!("-{version}-"), "-v4-");
        assert_eq!(serde_json::from_str::<Value>(&sent).unwrap(), example);
    })
    .await;
}

/// Every event that is in the code has its line in the documentation, and no other has.
#[test]
fn every_event_is_documented() {
    let documented: BTreeSet<&str> =
        DOCS.lines().filter_map(|line| line.strip_prefix("| `page.")?.split('`').next()).collect();
    let events: BTreeSet<&str> =
        callout::domain::webhook::PageNews::ALL.iter().map(|news| news.as_str()).collect();
    assert_eq!(documented, events);
}
