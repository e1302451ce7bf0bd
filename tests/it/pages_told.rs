//! What a page says, so that people can act: whom it is from, what goes on, who stopped what.

use callout::domain::settings::Settings;
use serde_json::json;

use crate::alerts::{alerts, page};
use crate::announce::announcing;
use crate::kit::{EDITS, World, body, desk_world_with, secs};

/// Who answers a page hears who pages them and what to do, and not the name of a policy.
#[tokio::test]
async fn who_answers_a_page_hears_who_pages_them_and_that_it_is_not_theirs_yet() {
    desk_world_with(announcing(Some("{by} calls you. {note}")), async |w| {
        w.desk("ana").types("/page mira come and help").await;
        w.handset("mira").does("answer").await;
        let url = w.handset("mira").shows().await["hears"].as_str().unwrap().to_owned();
        let (_, _, audio) = w.get_raw(url.strip_prefix(&w.address()).expect("it is ours")).await;
        let heard = String::from_utf8_lossy(&audio);
        assert!(heard.contains("ana pages you. come and help. To answer is not enough"), "{heard}");
        w.handset("mira").does("hangup").await;
    })
    .await;
}

/// Alerts come and go by the dozen: the thread still says who has it, and that it is over.
#[tokio::test]
async fn forty_alerts_leave_room_in_the_thread_for_who_has_it() {
    alerts(async |w| {
        let id = w.source("prod").tells("g", &[("db", "firing")]).await.page();
        for n in 0..40 {
            let name = format!("web{n}");
            let alert = w.source("prod").alert(&name, "firing");
            w.source("prod").sends(&body("g", &[alert])).await;
            w.advance(secs(3)).await;
        }
        w.desk("mira").types(&format!("/ack {id}")).await;
        w.advance(EDITS).await;
        w.desk("mira").types(&format!("/close {id}")).await;
        w.advance(EDITS).await;
        let thread = w.thread(&id).await;
        let said = |words: &str| thread.lines().filter(|line| line.contains(words)).count();
        assert_eq!((said("Another alert joins"), said("More alerts come and go")), (5, 1), "{thread}");
        assert_eq!((said("mira has it"), said("mira closes it")), (1, 1), "{thread}");
    })
    .await;
}

/// What happens for long uses the thread up, but for what decides.
#[tokio::test]
async fn a_long_night_leaves_room_in_the_thread_for_who_has_it() {
    let mut settings = Settings::sandbox(&["ana", "jack"]).unwrap();
    settings.ring_of_callee.clear();
    desk_world_with(settings, async |w| {
        let id = w.desk("ana").types("/page jack look").await.card();
        for _ in 0..6 {
            w.advance(secs(600)).await;
            w.desk("ana").types(&format!("/escalate {id}")).await;
        }
        w.desk("jack").types(&format!("/ack {id}")).await;
        w.advance(EDITS).await;
        let thread = w.thread(&id).await;
        let full = thread.lines().filter(|line| line.starts_with("More has happened than fits here")).count();
        assert_eq!((full, thread.lines().count() <= 25), (1, true), "{thread}");
        assert!(thread.lines().any(|line| line.starts_with("jack has it")), "{thread}");
    })
    .await;
}

/// A ring that somebody hangs up is said with who did it, and is no acknowledgement.
#[tokio::test]
async fn who_hangs_up_a_ring_of_a_page_is_named_and_told_that_nobody_has_it() {
    alerts(async |w| {
        let id = w.source("prod").tells("g", &[("db", "firing")]).await.page();
        let call = page(w, &id).await["calls"][0].as_str().unwrap().to_owned();
        let said = w.desk("ana").types(&format!("/calls hangup {call}")).await;
        let said = said.text.replace(&call, "c1").replace(&id, "p1");
        insta::assert_snapshot!(said, @"Hanging up c1. That acknowledges nothing: /ack p1");
        w.advance(EDITS).await;
        let (card, thread) = (w.card(&id).await, w.thread(&id).await);
        assert!(card.contains("• ana stopped jack's ring (15:00:0"), "{card}");
        let line = thread.lines().last().unwrap();
        insta::assert_snapshot!(line, @"ana stopped jack's ring. Nobody has it: Step 1 of 2, round 1 of 1. Step 2 at 15:02:00 UTC.");
        w.advance(secs(120)).await;
        w.desk("mira").types(&format!("/ack {id}")).await;
        w.advance(EDITS).await;
        let card = w.card(&id).await;
        assert!(card.contains("mira is not rung any more"), "whose phone stops because she has it: {card}");
    })
    .await;
}

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

/// Who opens a sender's door in a browser, or asks for what has no such door, reads why nothing comes.
#[tokio::test]
async fn a_door_that_is_asked_in_a_wrong_way_says_so() {
    alerts(async |w| {
        let (status, kind, body) = w.get_raw("/alerts/generic").await;
        assert_eq!((status, kind.as_str()), (405, "application/json"));
        assert_eq!(String::from_utf8(body).unwrap(), r#"{"error":"GET is not taken here"}"#);
    })
    .await;
}
