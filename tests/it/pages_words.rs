//! What people say to a page beside "mine": later, not mine, somebody else; and what the card offers by itself.

use callout::domain::settings::Settings;

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
id = "mira"
account = "mira"
[[person]]
id = "zoe"
account = "zoe"
[limits]
call_by_caller = "100/h burst 100"
ring_of_callee = ["100/h"]

[[policy]]
id = "payments"
[[policy.step]]
ring = ["jack"]
wait = "1m"
[[policy.step]]
ring = ["mira"]
wait = "1m"

[[policy]]
id = "turns"
[[policy.step]]
ring = ["jack", "mira", "zoe"]
pick = "one"
"#;

fn settings_of(toml: &str) -> Settings {
    callout::config::parse("callout.toml", toml).0.expect("the file is good").settings
}

async fn phones(w: &World) -> String {
    let mut ringing = Vec::new();
    for account in ["jack", "mira", "zoe"] {
        if w.handset(account).state().await == "ringing" {
            ringing.push(account);
        }
    }
    ringing.join(" ")
}

/// "Not mine, it is zoe's": from the card, by command, and in the thread.
#[tokio::test]
async fn a_page_is_handed_over_to_somebody_else() {
    world_with(settings_of(FILE), async |w| {
        let card = w.desk("ana").types("/page payments db is down").await.card();
        w.advance(EDITS).await;
        assert_eq!(phones(w).await, "jack");
        let said = w.desk("jack").presses_with(&card, "Hand over", Some("zoe")).await;
        insta::assert_snapshot!(said.text.replace(&card, "p1"), @"p1: zoe is rung instead. Step 2 at 15:01:02 UTC.");
        w.advance(secs(1)).await;
        assert_eq!(phones(w).await, "zoe");
        let said = w.desk("zoe").types(&format!("/escalate {card} to jack")).await;
        assert!(said.text.contains("jack is rung instead"), "{}", said.text);
        w.advance(secs(1)).await;
        assert_eq!(phones(w).await, "jack");
        w.advance(secs(59)).await;
        assert_eq!(phones(w).await, "mira", "the chain goes on from the step it was at");
        w.desk("mira").types(&format!("/ack {card}")).await;
        let said = w.desk("ana").types(&format!("/escalate {card} to mira")).await;
        assert_eq!(said.text.replace(&card, "p1"), "mira has p1.");
        let said = w.desk("mira").types(&format!("/escalate {card} to zo")).await;
        assert!(said.text.contains("zo"), "{}", said.text);
        assert_eq!(phones(w).await, "");
        w.desk("mira").types(&format!("/escalate {card} to zoe")).await;
        w.advance(EDITS).await;
        assert_eq!(phones(w).await, "zoe", "who has it may hand it over, too");
        let told = w.card(&card).await;
        assert!(told.contains("Nobody has it yet. zoe is rung instead. The chain is over at 15:02:"), "{told}");
    })
    .await;
}

/// Pressed where no form asks for a name.
#[tokio::test]
async fn who_hands_a_page_over_is_asked_to_whom() {
    desk_world_with(settings_of(FILE), async |w| {
        let card = w.desk("ana").types("/page payments db is down").await.card();
        w.advance(EDITS).await;
        let asked = w.desk("jack").presses(&card, "Hand over").await;
        assert_eq!(asked.text, "To whom? Write their id beside the button, or say: /escalate to @who");
        assert_eq!(
            (asked.buttons.as_slice(), phones(w).await.as_str()),
            (["Hand over".to_owned()].as_slice(), "jack")
        );
        let said = w.desk("jack").presses_with(&asked.card(), "Hand over", Some("@zoe")).await;
        assert!(said.text.contains("zoe is rung instead"), "{}", said.text);
    })
    .await;
}

#[tokio::test]
async fn the_thread_understands_what_people_say_at_night() {
    desk_world_with(settings_of(FILE), async |w| {
        let card = w.desk("ana").types("/page payments db is down").await.card();
        w.advance(EDITS).await;
        let said = w.desk("jack").says(&card, "Not mine, → @zoe").await;
        assert!(said.text.contains("zoe is rung instead"), "{}", said.text);
        let said = w.desk("zoe").says(&card, "escalate").await;
        assert!(said.text.contains("Step 2 of 2"), "{}", said.text);
        let said = w.desk("mira").says(&card, "in 10m").await;
        insta::assert_snapshot!(said.text.replace(&card, "p1"), @"p1 is yours: nothing else rings. Still open at 15:10:02 UTC, you are rung first.");
        w.advance(secs(599)).await;
        assert_eq!(phones(w).await, "");
        w.advance(secs(1)).await;
        assert_eq!(phones(w).await, "mira", "she said so");
        let said = w.desk("mira").says(&card, "what now?").await;
        insta::assert_snapshot!(said.text, @"“what now?” is not understood here. In this thread, say: ack, ack 30m, in 10m, escalate, escalate @who, not mine @who, or close");
        let said = w.desk("mira").says(&card, "not mine @nobody").await;
        assert!(said.text.contains("nobody"), "{}", said.text);
        assert_eq!(phones(w).await, "mira");
    })
    .await;
}

/// One press: silence for half an hour, then whoever pressed it is rung first.
#[tokio::test]
async fn snooze_is_a_promise_of_half_an_hour() {
    world_with(settings_of(FILE), async |w| {
        let card = w.desk("ana").types("/page payments db is down").await.card();
        w.advance(EDITS).await;
        let said = w.desk("jack").presses(&card, "Snooze").await;
        assert_eq!(
            said.text.replace(&card, "p1"),
            "p1 is yours: nothing else rings. Still open at 15:30:02 UTC, you are rung first."
        );
        w.advance(secs(1799)).await;
        assert_eq!(phones(w).await, "");
        w.advance(secs(1)).await;
        assert_eq!(phones(w).await, "jack");
        let said = w.desk("jack").types(&format!("/ack {card} snooze 2h")).await;
        assert!(said.text.contains("Still open at 17:30:02 UTC"), "{}", said.text);
    })
    .await;
}

/// Nothing else has to become of a page before its card offers the policy as it is now.
#[tokio::test]
async fn a_reload_shows_on_the_cards_of_open_pages() {
    world_with(settings_of(FILE), async |w| {
        let card = w.desk("ana").types("/page payments db is down").await.card();
        let other = w.desk("ana").types("/page turns db is down").await.card();
        w.desk("jack").types(&format!("/ack {card}")).await;
        w.advance(EDITS).await;
        w.reload(settings_of(&FILE.replace("wait = \"1m\"", "wait = \"3m\""))).await;
        w.advance(EDITS).await;
        assert!(
            w.buttons(&card).await.contains(&"Apply the new policy".to_owned()),
            "{:?}",
            w.buttons(&card).await
        );
        assert!(!w.buttons(&other).await.contains(&"Apply the new policy".to_owned()));
        w.reload(settings_of(FILE)).await;
        w.advance(EDITS).await;
        assert!(!w.buttons(&card).await.contains(&"Apply the new policy".to_owned()), "it is as it was");
    })
    .await;
}

/// The same where the file was changed while nothing ran.
#[tokio::test]
async fn a_restart_with_another_file_shows_on_the_cards_of_open_pages() {
    world_with(settings_of(FILE), async |w| {
        let card = w.desk("ana").types("/page payments db is down").await.card();
        w.desk("jack").types(&format!("/ack {card}")).await;
        w.advance(EDITS).await;
        w.starts_anew_with(settings_of(&FILE.replace("wait = \"1m\"", "wait = \"3m\""))).await;
        w.advance(EDITS).await;
        let buttons = w.buttons(&card).await;
        assert!(buttons.contains(&"Apply the new policy".to_owned()), "{buttons:?}");
    })
    .await;
}

/// Two pages at once ring two people.
#[tokio::test]
async fn turns_are_taken_once_each_whatever_comes_at_once() {
    desk_world_with(settings_of(FILE), async |w| {
        let (ana, jack) = (w.desk("ana"), w.desk("jack"));
        let (one, two) =
            tokio::join!(ana.types_at_once("/page turns a"), jack.types_at_once("/page turns b"));
        w.settle().await;
        assert_eq!(phones(w).await, "jack mira");
        w.desk("ana").types("/page turns c").await;
        assert_eq!(phones(w).await, "jack mira zoe");
        for (by, card) in [("ana", one.card()), ("jack", two.card())] {
            w.desk(by).types(&format!("/close {card}")).await;
        }
        w.advance(secs(1)).await;
        w.desk("ana").types("/page turns d").await;
        assert_eq!(phones(w).await, "jack zoe", "and then from the first on");
    })
    .await;
}

/// 25, with a time: who was not paged is asked, and what they promise holds all the same.
#[tokio::test]
async fn who_was_not_paged_and_snoozes_is_rung_when_they_said() {
    desk_world_with(settings_of(FILE), async |w| {
        let card = w.desk("ana").types("/page payments db is down").await.card();
        w.advance(EDITS).await;
        let asked = w.desk("mira").presses(&card, "Snooze").await;
        assert_eq!(
            (asked.buttons.as_slice(), phones(w).await.as_str()),
            (["Snooze anyway".to_owned()].as_slice(), "jack")
        );
        w.desk("mira").presses(&asked.card(), "Snooze anyway").await;
        w.advance(secs(1799)).await;
        assert_eq!(phones(w).await, "");
        w.advance(secs(1)).await;
        assert_eq!(phones(w).await, "mira", "she said so");
        // Who types a time has clicked nothing.
        let said = w.desk("zoe").types(&format!("/ack {card} 10m")).await;
        assert!(said.text.contains("is yours: nothing else rings. Still open at"), "{}", said.text);
        w.advance(secs(600)).await;
        assert_eq!(phones(w).await, "zoe");
    })
    .await;
}

/// Nobody's phone stops for whoever could not say "mine".
#[tokio::test]
async fn a_page_is_not_handed_over_to_who_may_only_look() {
    let file = format!("{FILE}[[person]]\nid = \"vera\"\naccount = \"vera\"\nroles = [\"viewer\"]\n");
    desk_world_with(settings_of(&file), async |w| {
        let card = w.desk("ana").types("/page payments db is down").await.card();
        let said = w.desk("jack").types(&format!("/escalate {card} to vera")).await;
        assert_eq!(said.text, "vera may only look, and could not acknowledge.");
        w.advance(secs(1)).await;
        assert_eq!(phones(w).await, "jack");
    })
    .await;
}
