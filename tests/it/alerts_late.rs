//! What an alert's identity swallows is told once, and counted.

use crate::alerts::{open_pages, page, settings, state};
use crate::kit::{World, body, secs, world_with};

async fn lines(w: &World, id: &str) -> Vec<String> {
    let page = page(w, id).await;
    let lines = page["timeline"].as_array().unwrap().iter();
    lines.map(|line| line["detail"].as_str().unwrap().to_owned()).collect()
}

async fn counted(w: &World, verdict: &str) -> u64 {
    let text = String::from_utf8(w.get_raw("/metrics").await.2).unwrap();
    let name = format!("callout_alerts_total{{source=\"prod\",verdict=\"{verdict}\"}} ");
    text.lines().find_map(|line| line.strip_prefix(&name)).map_or(0, |count| count.parse().unwrap())
}

#[tokio::test]
async fn what_is_told_of_an_alert_after_its_end_is_one_line_of_its_page() {
    world_with(settings(), async |w| {
        let fires = [w.source("prod").alert("db", "firing")];
        let id = w.source("prod").sends(&body("g", &fires)).await.page();
        w.advance(secs(5)).await;
        w.desk("jack").presses(&id, "Close").await;
        w.advance(secs(600)).await;
        let before = lines(w, &id).await.len();
        for _ in 0..3 {
            assert_eq!(w.source("prod").sends(&body("g", &fires)).await.pages(), Vec::<String>::new());
        }
        let told = lines(w, &id).await;
        assert_eq!(told.len(), before + 1, "not one a repeat: {told:?}");
        insta::assert_snapshot!(told.last().unwrap(), @"Still told by prod, and nobody is rung for it: it began at 2026-03-10 15:00:00 UTC, and was over at 2026-03-10 15:00:05 UTC: db is down");
        let shown = w.desk("ana").types(&format!("/pages show {id}")).await.text;
        assert!(shown.ends_with(told.last().unwrap()), "{shown}");
        assert_eq!((counted(w, "begins").await, counted(w, "late").await), (1, 3));

        // Another process does not know that it was said; the page does.
        w.crash();
        w.start().await;
        w.source("prod").sends(&body("g", &fires)).await;
        assert_eq!(lines(w, &id).await.len(), before + 1);

        // Another end is said once more.
        w.desk("jack").presses(&id, "Reopen").await;
        w.advance(secs(5)).await;
        w.desk("jack").presses(&id, "Close").await;
        let before = lines(w, &id).await.len();
        for _ in 0..2 {
            w.source("prod").sends(&body("g", &fires)).await;
        }
        assert_eq!(lines(w, &id).await.len(), before + 1);
        assert_eq!((open_pages(w).await, state(w, &id).await.as_str()), (0, "closed"));
    })
    .await;
}

#[tokio::test]
async fn each_alert_that_is_over_has_its_line_and_many_at_once_are_counted() {
    world_with(settings(), async |w| {
        let prod = w.source("prod");
        let fires: Vec<_> = (0..25).map(|n| prod.alert(&format!("a{n}"), "firing")).collect();
        let id = prod.sends(&body("g", &fires)).await.page();
        w.advance(secs(5)).await;
        let over: Vec<_> = (0..24).map(|n| w.source("prod").alert(&format!("a{n}"), "resolved")).collect();
        w.source("prod").sends(&body("g", &over)).await;
        assert_eq!(state(w, &id).await, "triggered");
        let before = lines(w, &id).await.len();
        for _ in 0..2 {
            assert_eq!(w.source("prod").sends(&body("g", &fires)).await.pages(), std::slice::from_ref(&id));
        }
        let told = lines(w, &id).await;
        assert_eq!(told.len(), before + 21);
        assert_eq!(told.last().unwrap(), "… 4 more that are over are still told: the card counts them all.");
        assert_eq!(
            (counted(w, "late").await, counted(w, "goes_on").await, counted(w, "ends").await),
            (48, 2, 24)
        );
    })
    .await;
}
