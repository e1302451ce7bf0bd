//! Rings that a limit keeps back, and what counts as one: of several pages the oldest goes first, a storm has a bound, and
//! a phone that was in use was not rung. And what the engine says, when it rings nobody.

use callout::domain::settings::Settings;
use serde_json::json;

use crate::kit::{EDITS, World, desk_world_with, secs, world_with};

const FILE: &str = r#"
[[person]]
id = "ana"
account = "ana"
roles = ["admin"]
[[person]]
id = "jack"
account = "jack"
[[person]]
id = "zoe"
account = "zoe"
[limits]
call_by_caller = "100/h burst 100"
ring_of_callee = RULES

[[policy]]
id = "quick"
owner = "zoe"
repeat = 50
[[policy.step]]
ring = ["jack"]
wait = "1h"
"#;

fn settings(rules: &str) -> Settings {
    let file = FILE.replace("RULES", rules);
    callout::config::parse("callout.toml", &file).0.expect("the file is good").settings
}

/// Starts a page, and has jack decline if his phone rings.
async fn page(w: &mut World, title: &str) -> String {
    let card = w.desk("ana").types(&format!("/page quick {title}")).await.card();
    w.advance(secs(1)).await;
    card
}

/// The titles of the pages that rang jack, in order, each ring declined at once.
async fn rung_within(w: &mut World, seconds: u64, cards: &[String]) -> Vec<usize> {
    let mut order = Vec::new();
    for _ in 0..seconds {
        if w.handset("jack").state().await == "ringing" {
            let mut which = None;
            for (nth, card) in cards.iter().enumerate() {
                let rings = w.get(&format!("/api/pages/{card}")).await["rings"].clone();
                if rings.as_array().unwrap().iter().any(|ring| ring["outcome"].is_null()) {
                    which = Some(nth);
                }
            }
            order.push(which.expect("a page has the ring"));
            w.handset("jack").does("ignore").await;
            w.desk("ana").types(&format!("/close {}", cards[*order.last().unwrap()])).await;
        }
        w.advance(secs(1)).await;
    }
    order
}

#[tokio::test]
async fn of_several_pages_that_wait_for_one_person_the_oldest_goes_first() {
    world_with(settings(r#"["1/10m", "2/10m"]"#), async |w| {
        // Two use the limits up: by the rule, and because it is urgent.
        for title in ["one", "two"] {
            let card = page(w, title).await;
            w.desk("ana").types(&format!("/close {card}")).await;
        }
        let mut cards = Vec::new();
        for title in ["first", "second", "third"] {
            cards.push(page(w, title).await);
            w.advance(secs(20)).await;
        }
        w.advance(EDITS).await;
        for card in &cards {
            assert!(
                w.card(card).await.contains("jack is held back until 15:10:00 UTC"),
                "{}",
                w.card(card).await
            );
        }
        let order = rung_within(w, 3_600, &cards).await;
        assert_eq!(order, [0, 1, 2]);
        let thread = w.thread(&cards[2]).await;
        assert_eq!(
            thread.matches("is held back").count(),
            1,
            "a slot that an older one took is no news: {thread}"
        );
    })
    .await;
}

#[tokio::test]
async fn who_gives_up_waiting_leaves_the_slot_to_the_next() {
    world_with(settings(r#"["1/10m", "2/10m"]"#), async |w| {
        for title in ["one", "two"] {
            let card = page(w, title).await;
            w.desk("ana").types(&format!("/close {card}")).await;
        }
        let (first, second) = (page(w, "first").await, page(w, "second").await);
        w.desk("ana").types(&format!("/close {first}")).await;
        let order = rung_within(w, 640, &[first, second]).await;
        assert_eq!(order, [1], "at 15:10, not a slot later");
    })
    .await;
}

#[tokio::test]
async fn a_storm_of_urgent_pages_has_a_bound_with_one_rule_too() {
    desk_world_with(settings(r#"["1/h"]"#), async |w| {
        for n in 0..6 {
            let card = page(w, &format!("storm {n}")).await;
            w.desk("ana").types(&format!("/close {card}")).await;
        }
        assert_eq!(w.rings().len(), 2, "the rule, and once more because it is urgent");
        let held = page(w, "storm 7").await;
        w.advance(EDITS).await;
        assert!(
            w.card(&held).await.contains("jack is held back until 16:00:00 UTC"),
            "{}",
            w.card(&held).await
        );
    })
    .await;
}

#[tokio::test]
async fn a_phone_in_use_was_not_rung_and_does_not_spend_the_limit() {
    let file = FILE.replace("RULES", r#"["3/15m", "7/h"]"#).replace("1h", "2m");
    let settings = callout::config::parse("callout.toml", &file).0.expect("the file is good").settings;
    world_with(settings, async |w| {
        w.handset("jack").does("busy").await;
        let card = page(w, "db is down").await;
        w.advance(secs(50)).await;
        let tried = w.thread(&card).await.matches("jack is in another call").count();
        assert_eq!((tried, w.rings().len()), (4, 0), "and three tries");
        w.handset("jack").does("online").await;
        w.crash();
        w.start().await;
        w.advance(secs(72)).await;
        assert_eq!(w.handset("jack").state().await, "ringing", "{}", w.thread(&card).await);
        let rung = w.thread(&card).await;
        assert!(!rung.contains("is held back") && !rung.contains("used up"), "{rung}");
    })
    .await;
}

/// What the owner needs at three in the morning: the package is unpaid.
#[tokio::test]
async fn why_the_engine_rings_nobody_is_on_the_card_in_the_thread_and_in_the_owners_message() {
    desk_world_with(settings(r#"["100/h"]"#), async |w| {
        w.faults(json!({ "code_60020": 1000 })).await;
        let card = page(w, "db is down").await;
        w.advance(secs(32)).await;
        let why = "The Call package is missing, has expired or is unpaid";
        for text in [w.card(&card).await, w.thread(&card).await, w.notes("zoe").await.join("\n")] {
            assert!(text.contains(why), "{text}");
        }
        let notes = w.notes("jack").await;
        assert_eq!(notes.len(), 1, "nobody is told twice of one thing: {notes:?}");
        insta::assert_snapshot!(w.card(&card).await.replace(&card, "p1"), @r"
        Page quick: db is down
        Nobody has it yet. Step 1 of 1, round 1 of 51. Round 2 at 16:00:00 UTC.
        • jack could not be rung, and was written to at 15:00:00 UTC: The Call package is missing, has expired or is unpaid: buy or renew it (takes 5 min to work) (60020)
        No dial has gone through since 15:00:00 UTC; people are written to.
        p1 of ana.
        ");
        w.faults(json!({ "code_60020": 0, "down": 1000 })).await;
        let lost = page(w, "again").await;
        w.advance(secs(32)).await;
        insta::assert_snapshot!(w.card(&lost).await.replace(&lost, "p2"), @r"
        Page quick: again
        Nobody has it yet. Step 1 of 1, round 1 of 51. Round 2 at 16:00:33 UTC.
        • jack may be ringing until 15:01:29 UTC (The engine's gateway failed (HTTP 503))
        No dial has gone through since 15:00:33 UTC; people are written to.
        p2 of ana.
        ");
        w.faults(json!({ "down": 0 })).await;
    })
    .await;
}
