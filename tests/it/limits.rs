//! Limits, roles and quiet hours.

use callout::domain::settings::Settings;

use crate::kit::{World, desk_world_with, secs, world, world_with};

fn people(toml: &str) -> Settings {
    callout::config::parse("callout.toml", toml).0.unwrap().settings
}

async fn call_and_decline(w: &World, line: &str) -> String {
    let said = w.desk("ana").types(line).await;
    if said.card.is_some() {
        w.handset("jack").does("decline").await;
    }
    said.text
}

#[tokio::test]
async fn catalogue_20_a_caller_has_a_burst_then_one_each_six_minutes_and_a_restart_resets_nothing() {
    world(async |w| {
        for callee in ["jack", "mira", "ana"] {
            let said = w.desk("ana").types(&format!("/call {callee}")).await;
            assert_eq!(said.text, format!("Calling {callee} (audio)."));
            w.handset(callee).does("decline").await;
        }
        let refused = "You may place 10/h burst 3 calls. The next one is allowed at 15:06:00 on Tue 10 Mar (UTC). Nobody was rung.";
        assert_eq!(w.desk("ana").types("/call jack").await.text, refused);
        w.crash();
        w.start().await;
        assert_eq!(w.desk("ana").types("/call jack").await.text, refused);
        // Others are not held back by ana's limit.
        let mira = w.desk("mira").types("/call jack").await;
        assert!(mira.card.is_some(), "{}", mira.text);
        w.handset("jack").does("decline").await;
        w.advance(secs(359)).await;
        assert_eq!(w.desk("ana").types("/call mira").await.text, refused);
        w.advance(secs(1)).await;
        assert_eq!(w.desk("ana").types("/call mira").await.text, "Calling mira (audio).");
    })
    .await;
}

#[tokio::test]
async fn a_callee_is_not_rung_over_a_window_of_time() {
    let settings = people(
        r#"
        [[person]]
        id = "ana"
        account = "ana"
        [[person]]
        id = "jack"
        account = "jack"
        [limits]
        call_by_caller = "100/h burst 100"
        ring_of_callee = ["3/15m", "4/h"]
        "#,
    );
    world_with(settings, async |w| {
        for _ in 0..3 {
            assert_eq!(call_and_decline(w, "/call jack").await, "Calling jack (audio).");
            w.advance(secs(60)).await;
        }
        assert_eq!(
            call_and_decline(w, "/call jack").await,
            "jack may be rung 3/15m times. The next ring is allowed at 15:15:00 on Tue 10 Mar (UTC). Nobody was rung."
        );
        w.advance(secs(12 * 60)).await;
        assert_eq!(call_and_decline(w, "/call jack").await, "Calling jack (audio).");
        assert_eq!(
            call_and_decline(w, "/call jack").await,
            "jack may be rung 4/h times. The next ring is allowed at 16:00:00 on Tue 10 Mar (UTC). Nobody was rung."
        );
    })
    .await;
}

#[tokio::test]
async fn nobody_has_more_open_calls_than_allowed() {
    let mut settings = Settings::sandbox(&["ana", "jack", "mira"]).unwrap();
    settings.open_calls_max = 1;
    world_with(settings, async |w| {
        w.desk("ana").types("/call jack").await;
        insta::assert_snapshot!(w.desk("ana").types("/call mira").await.text,
            @"You have 1 calls open, which is the most. Hang one up first: /calls");
        assert_eq!(w.handset("mira").state().await, "idle");
    })
    .await;
}

const NIGHT: &str = r#"
[[person]]
id = "ana"
account = "ana"
roles = ["admin"]
[[person]]
id = "jack"
account = "jack"
timezone = "Asia/Tokyo"
quiet_hours = "22:00-07:00"
[[person]]
id = "vera"
account = "vera"
roles = ["viewer"]
"#;

#[tokio::test]
async fn calls_placed_at_one_moment_count_against_each_other() {
    let mut settings = Settings::sandbox(&["ana", "jack", "mira"]).unwrap();
    settings.open_calls_max = 1;
    world_with(settings, async |w| {
        let ana = w.desk("ana");
        let (one, two) = tokio::join!(ana.types_at_once("/call jack"), ana.types_at_once("/call mira"));
        let placed = [one.card, two.card].into_iter().flatten().count();
        assert_eq!(placed, 1, "{} / {}", one.text, two.text);
    })
    .await;
}

#[tokio::test]
async fn quiet_hours_ask_first_and_the_reason_is_kept() {
    world_with(people(NIGHT), async |w| {
        let asked = w.desk("ana").types("/call jack video db is down").await;
        insta::assert_snapshot!(asked.text, @"It is 00:00 for jack. Ring anyway? (You may add a reason; it is kept.)");
        assert_eq!(asked.buttons, ["Ring anyway", "Don't ring"]);
        assert!(asked.private);
        assert_eq!(w.handset("jack").state().await, "idle");

        let card = w.desk("ana").presses_with(&asked.card(), "Ring anyway", Some("he & mira asked me to")).await.card();
        assert_eq!(w.handset("jack").state().await, "ringing");
        insta::assert_snapshot!(w.card(&card).await, @"
        ana calls jack (video): ringing until 15:00:45 UTC.
        Rung in quiet hours. Reason: he &amp; mira asked me to
        Note: db is down
        ");
        let twice = w.desk("ana").presses(&asked.card(), "Ring anyway").await;
        assert!(twice.text.starts_with("That question was answered already"), "{}", twice.text);
        assert_eq!(w.rings().len(), 1);
        w.handset("jack").does("decline").await;
        w.advance(secs(1)).await;

        let asked = w.desk("ana").types("/call jack").await;
        let not = w.desk("ana").presses(&asked.card(), "Don't ring").await;
        assert_eq!(not.text, "All right, nobody was rung.");
        assert_eq!(w.rings().len(), 1);
    })
    .await;
}

/// Elsewhere nobody else sees it.
#[tokio::test]
async fn a_question_is_put_to_one_person_and_grows_old() {
    desk_world_with(people(NIGHT), async |w| {
        let asked = w.desk("ana").types("/call jack").await;
        let other = w.desk("jack").presses(&asked.card(), "Ring anyway").await;
        assert_eq!(other.text, "That question was put to ana.");
        w.advance(secs(16 * 60)).await;
        let late = w.desk("ana").presses(&asked.card(), "Ring anyway").await;
        assert!(late.text.contains("too old"), "{}", late.text);
        assert_eq!(w.rings().len(), 0);
    })
    .await;
}

#[tokio::test]
async fn the_hour_is_asked_about_even_when_the_note_was() {
    world_with(people(NIGHT), async |w| {
        let note = w.desk("ana").types("/call jack verra please").await;
        let hour = w.desk("ana").presses(&note.card(), "Ring anyway, it is my note").await;
        assert_eq!(hour.buttons, ["Ring anyway", "Don't ring"], "{}", hour.text);
        assert_eq!(w.rings().len(), 0);
        w.desk("ana").presses(&hour.card(), "Ring anyway").await;
        assert_eq!(w.rings().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn ring_again_in_quiet_hours_asks_and_rings_once() {
    world_with(people(NIGHT), async |w| {
        let asked = w.desk("ana").types("/call jack").await;
        let first = w.desk("ana").presses(&asked.card(), "Ring anyway").await.card();
        w.handset("jack").does("decline").await;
        w.advance(secs(30)).await;
        let one = w.desk("ana").presses(&first, "Ring again").await;
        let two = w.desk("ana").presses(&first, "Ring again").await;
        assert_eq!(one.buttons, ["Ring anyway", "Don't ring"]);
        let again = w.desk("ana").presses(&one.card(), "Ring anyway").await.card();
        assert_eq!(w.rings().len(), 2);
        assert_eq!(w.buttons(&first).await, Vec::<String>::new(), "it was rung again");
        let late = w.desk("ana").presses(&two.card(), "Ring anyway").await;
        assert!(late.text.contains(&again), "{}", late.text);
        assert_eq!(w.rings().len(), 2);
        w.handset("jack").does("decline").await;
    })
    .await;
}

#[tokio::test]
async fn a_question_that_follows_a_question_is_asked_once() {
    world_with(people(NIGHT), async |w| {
        let note = w.desk("ana").types("/call jack jakc").await;
        let hour = w.desk("ana").presses(&note.card(), "Ring anyway, it is my note").await;
        assert_eq!(hour.buttons, ["Ring anyway", "Don't ring"], "{}", hour.text);
        let twice = w.desk("ana").presses(&note.card(), "Ring anyway, it is my note").await;
        assert!(twice.text.starts_with("That question was answered already"), "{}", twice.text);
        w.desk("ana").presses(&hour.card(), "Don't ring").await;
        assert_eq!(w.rings().len(), 0);
    })
    .await;
}

#[tokio::test]
async fn roles_decide() {
    world_with(people(NIGHT), async |w| {
        assert_eq!(w.desk("vera").types("/call ana").await.text, "You may look, but not call. Ask an admin for more.");
        assert_eq!(
            w.desk("eve").types("/call ana").await.text,
            "You (eve) are not linked to anybody here, so you may look but not ring. If you are listed, type /callout link &lt;your id&gt;: your phone shows a code that proves it. What you asked can be done then, within 15 minutes. Not listed? Ask an admin to add you to callout.toml."
        );
        assert!(w.desk("eve").types("/calls").await.text.starts_with("No call is live"));
        assert_eq!(w.desk("jack").types("/callout status").await.text, "Only an admin may do that.");
        let status = w.desk("ana").types("/callout status").await.text;
        assert!(status.contains("Store: fine") && status.contains("0 open pages"), "{status}");
        let card = w.desk("ana").types("/call ana").await.card();
        let vera = w.desk("vera").presses(&card, "Hang up").await.text;
        assert_eq!(vera, format!("Only the caller, somebody who is rung, or an admin may hang up {card}."));
        assert_eq!(w.handset("ana").state().await, "ringing");
    })
    .await;
}

#[tokio::test]
async fn a_word_that_looks_like_a_callee_rings_nobody_until_a_person_says_so() {
    world(async |w| {
        let asked = w.desk("ana").types("/call jack miro please").await;
        assert_eq!(asked.buttons, ["Ring anyway, it is my note", "Don't ring"], "{}", asked.text);
        assert_eq!(w.rings().len(), 0);
        let card = w.desk("ana").presses(&asked.card(), "Ring anyway, it is my note").await.card();
        assert!(w.card(&card).await.ends_with("Note: miro please"), "{}", w.card(&card).await);
        assert_eq!(w.rings().len(), 1);
    })
    .await;
}
