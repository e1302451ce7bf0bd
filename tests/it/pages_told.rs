//! What a page says, so that people can act: whom it is from, what goes on, who stopped what.

use serde_json::json;

use crate::alerts::{alerts, page};
use crate::kit::{EDITS, World, secs};

/// A push of a phone that rings, as its owner reads it.
async fn push(w: &World, account: &'static str) -> String {
    w.handset(account).shows().await["text"].as_str().unwrap_or_default().to_owned()
}

/// What goes on is what is shown, and said to whoever is rung now; each alert with its link and where it is.
#[tokio::test]
async fn an_alert_is_shown_with_its_link_and_where_and_a_page_is_about_what_goes_on() {
    alerts(async |w| {
        let sent = |host: &str, status: &str| {
            json!({
                "key": host, "status": status, "title": format!("{host} is unreachable"),
                "labels": { "service": "db", "instance": format!("{host}:9100"), "team": "storage" },
                "link": format!("https://runbooks.example/{host}"),
            })
        };
        let id = w.source("json").sends(&json!([sent("n1", "firing"), sent("n2", "firing")])).await.page();
        w.advance(EDITS).await;
        let card = w.card(&id).await;
        assert!(card.starts_with("Page p: n1 is unreachable\n"), "{card}");
        assert!(
            card.contains(
                "\n• n2 is unreachable (instance=n2:9100, service=db) https://runbooks.example/n2\n"
            ),
            "{card}"
        );
        assert!(push(w, "jack").await.contains("n1 is unreachable"));
        w.source("json").sends(&json!([sent("n1", "resolved")])).await;
        w.advance(secs(120)).await;
        assert!(push(w, "mira").await.contains("n2 is unreachable"), "{}", push(w, "mira").await);
        let card = w.card(&id).await;
        assert!(card.starts_with("Page p: n2 is unreachable\n"), "{card}");
        let shown = w.desk("ana").types(&format!("/pages show {id}")).await.text;
        let listed: Vec<&str> =
            shown.lines().filter(|line| line.contains("https://runbooks.example")).collect();
        assert_eq!(
            listed,
            ["• n2 is unreachable (instance=n2:9100, service=db) https://runbooks.example/n2"]
        );
        assert_eq!(page(w, &id).await["title"], "n2 is unreachable");
    })
    .await;
}
