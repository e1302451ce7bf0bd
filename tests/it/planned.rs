//! Planned work: what an alert begins again meanwhile waits for its end; what a person wants does not.

use callout::clock::later;
use callout::domain::escalation::Maintenance;
use callout::domain::settings::Settings;

use crate::alerts::{page, settings, state};
use crate::kit::{World, secs, world_with};

/// The database moves from the 20th to the 80th minute of a story.
fn planned() -> Settings {
    let mut settings = settings();
    let begins: jiff::Timestamp = "2026-03-10T15:00:00Z".parse().unwrap();
    settings.maintenance.push(Maintenance {
        from: later(begins, secs(1_200)),
        to: later(begins, secs(4_800)),
        policies: Vec::new(),
        why: "the database moves".to_owned(),
    });
    settings
}

/// jack and mira were rung, and nobody answered, before the work began.
async fn exhausted(w: &mut World) -> String {
    let id = w.source("prod").tells("g", &[("low-db", "firing")]).await.page();
    w.advance(secs(1_800)).await;
    assert_eq!((state(w, &id).await.as_str(), w.rings().len()), ("exhausted", 2));
    id
}

async fn told(w: &World, id: &str) -> Vec<String> {
    let page = page(w, id).await;
    let lines = page["timeline"].as_array().unwrap().iter();
    lines.map(|line| line["detail"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn what_joins_an_exhausted_page_meanwhile_rings_when_the_work_is_over() {
    world_with(planned(), async |w| {
        let id = exhausted(w).await;
        assert_eq!(w.source("prod").tells("g", &[("low-web", "firing")]).await.page(), id);
        assert_eq!((state(w, &id).await.as_str(), w.rings().len()), ("triggered", 2));
        w.advance(secs(3)).await;
        let card = w.card(&id).await;
        assert!(card.contains("Nothing rings before 2026-03-10 16:20:00 UTC: the database moves."), "{card}");
        insta::assert_snapshot!(told(w, &id).await[10..].join("\n"), @r"
        Another alert joins (2 by now, by rule 1): low-web is down
        The chain of p begins again.
        Nothing rings before 2026-03-10 16:20:00 UTC: the database moves. “Ring anyway” begins at once.
        ");
        w.crash();
        w.start().await;
        w.advance(secs(2_996)).await;
        assert_eq!(w.rings().len(), 2, "16:19:59");
        w.advance(secs(1)).await;
        assert_eq!(w.rings()[2].account, "jack");
        w.advance(secs(300)).await;
        assert_eq!((state(w, &id).await.as_str(), w.rings().len()), ("exhausted", 4), "the whole chain");
    })
    .await;
}

#[tokio::test]
async fn what_is_over_before_the_work_is_has_rung_nobody() {
    world_with(planned(), async |w| {
        let id = exhausted(w).await;
        w.source("prod").tells("g", &[("low-web", "firing")]).await;
        w.advance(secs(600)).await;
        w.source("prod").tells("g", &[("low-web", "resolved"), ("low-db", "resolved")]).await;
        w.advance(secs(4_800)).await;
        assert_eq!((state(w, &id).await.as_str(), w.rings().len()), ("closed", 2));
    })
    .await;
}

#[tokio::test]
async fn a_louder_alert_of_a_page_that_somebody_has_waits_too_and_ring_anyway_does_not() {
    world_with(planned(), async |w| {
        let id = w.source("prod").tells("g", &[("low-db", "firing")]).await.page();
        w.desk("jack").presses(&id, "Acknowledge").await;
        w.advance(secs(1_800)).await;
        w.source("prod").tells("g", &[("web", "firing")]).await;
        w.advance(secs(60)).await;
        assert_eq!((state(w, &id).await.as_str(), w.rings().len()), ("triggered", 1));
        w.desk("mira").presses(&id, "Ring anyway").await;
        w.advance(secs(1)).await;
        assert_eq!((w.rings().len(), w.rings()[1].account.as_str()), (2, "jack"));
        let card = w.card(&id).await;
        assert!(!card.contains("the database moves"), "{card}");
    })
    .await;
}

#[tokio::test]
async fn who_escalates_or_promised_is_not_kept_back() {
    world_with(planned(), async |w| {
        let id = exhausted(w).await;
        w.source("prod").tells("g", &[("low-web", "firing")]).await;
        w.desk("ana").presses(&id, "Escalate").await;
        w.advance(secs(1)).await;
        assert_eq!(w.rings()[2].account, "jack");
        w.desk("jack").types(&format!("/ack {id} 10m")).await;
        w.advance(secs(601)).await;
        assert_eq!((w.rings().len(), w.rings()[3].account.as_str()), (4, "jack"), "16:00 is within the work");
    })
    .await;
}

/// Wherever pages are listed, it is said until when nothing rings, and why.
#[tokio::test]
async fn a_page_that_rests_says_until_when_and_why_wherever_it_is_listed() {
    world_with(planned(), async |w| {
        w.advance(secs(1_500)).await;
        let said = w.desk("ana").types("/page p look").await;
        let id = said.card();
        let rests = "nothing rings before 2026-03-10 16:20:00 UTC: the database moves";
        let first = said.text.replace(&id, "p1");
        let why = rests.replacen("nothing", "Nothing", 1);
        assert!(first.starts_with(&format!("Paging p: nobody is rung yet. {why}.")), "{first}");
        let list = w.desk("ana").types("/pages").await.text;
        assert!(list.ends_with(&format!("Page p: look: nobody has it, {rests}")), "{list}");
        let json = page(w, &id).await;
        assert_eq!(
            (json["held_until"].as_str(), json["why"].as_str()),
            (Some("2026-03-10T16:20:00Z"), Some("the database moves"))
        );
        w.advance(secs(3_300)).await;
        let list = w.desk("ana").types("/pages").await.text;
        assert!(list.ends_with("nobody has it, ringing jack"), "{list}");
        assert!(page(w, &id).await["held_until"].is_null());
    })
    .await;
}
