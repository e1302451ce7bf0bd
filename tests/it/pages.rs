//! Pages: from `/page` to "mine". A story a test; what each proves of the defect catalogue is in its name.

use callout::domain::settings::Settings;
use serde_json::json;

use crate::kit::{EDITS, World, desk_world_with, secs, world_with};

/// jack is rung first, then mira, then ana. The stories begin on Tuesday, 10 March 2026, at 15:00 UTC.
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
owner = "zoe"
[[policy.step]]
ring = ["jack"]
wait = "2m"
[[policy.step]]
ring = ["mira"]
wait = "2m"
[[policy.step]]
ring = ["ana"]
wait = "1m"
[[policy.step]]
ring = ["jack", "mira"]
wait = "2m"

[[policy]]
id = "quick"
owner = "zoe"
[[policy.step]]
ring = ["jack"]
wait = "30s"
"#;

fn settings() -> Settings {
    settings_of(FILE)
}

fn settings_of(toml: &str) -> Settings {
    callout::config::parse("callout.toml", toml).0.expect("the file is good").settings
}

/// `jack ringing, mira idle, …`.
async fn phones(w: &World) -> String {
    let mut states = Vec::new();
    for account in ["jack", "mira", "ana"] {
        states.push(format!("{account} {}", w.handset(account).state().await));
    }
    states.join(", ")
}

/// The issue's last story: from the page to "mine".
/// Of two who are told the same thing of at one instant, either may come first: here it is jack.
fn jack_first(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    for n in 1..lines.len() {
        if lines[n - 1].contains("mira") && lines[n - 1].replace("mira", "jack") == lines[n] {
            lines.swap(n - 1, n);
        }
    }
    lines.join("\n")
}

#[tokio::test]
async fn from_a_page_to_mine() {
    world_with(settings(), async |w| {
        let said = w.desk("mira").types("/page payments db is down").await;
        assert!(said.text.starts_with("Paging payments: ringing jack."), "{}", said.text);
        let card = said.card();
        assert_eq!(phones(w).await, "jack ringing, mira idle, ana idle");
        // jack's phone rings out, and nobody comes before the step is over.
        w.advance(secs(60)).await;
        assert_eq!(phones(w).await, "jack idle, mira idle, ana idle");
        w.advance(secs(60)).await;
        assert_eq!(phones(w).await, "jack idle, mira ringing, ana idle");
        // mira declines: ana is rung now, two minutes before her time.
        w.advance(secs(4)).await;
        w.handset("mira").does("decline").await;
        w.advance(secs(1)).await;
        assert_eq!(phones(w).await, "jack idle, mira idle, ana ringing");
        // ana answers, and says nothing: the chain goes on.
        w.advance(secs(5)).await;
        w.handset("ana").does("answer").await;
        w.advance(secs(55)).await;
        assert_eq!(phones(w).await, "jack ringing, mira ringing, ana in_call");
        // ana presses the button: everything stops within a second.
        w.advance(secs(3)).await;
        let took = w.desk("ana").presses(&card, "Acknowledge").await;
        w.advance(std::time::Duration::from_millis(900)).await;
        assert_eq!(phones(w).await, "jack idle, mira idle, ana in_call");
        insta::assert_snapshot!(took.text.replace(&card, "p1"), @"p1 is yours: nothing else rings.");
        w.advance(EDITS).await;
        insta::assert_snapshot!("the_card", w.card(&card).await.replace(&card, "p1"));
        insta::assert_snapshot!("the_thread", jack_first(&w.thread(&card).await.replace(&card, "p1")));
        w.advance(secs(3600)).await;
        assert_eq!(w.rings().len(), 5, "nothing rang any more");
        let shown = w.desk("jack").types(&format!("/pages show {card}")).await;
        insta::assert_snapshot!("the_reasons", jack_first(&shown.text.replace(&card, "p1")));
        w.desk("ana").presses(&card, "Close").await;
        w.advance(EDITS).await;
        assert_eq!(w.buttons(&card).await, ["Reopen"]);
        w.desk("mira").presses(&card, "Reopen").await;
        assert_eq!(w.handset("jack").state().await, "ringing", "it was not over");
    })
    .await;
}

/// 6: ack through any transport stops everyone; the second one hears who was first.
#[tokio::test]
async fn catalogue_06_the_second_one_hears_who_was_first() {
    desk_world_with(settings(), async |w| {
        let card = w.desk("mira").types("/page quick db is down").await.card();
        w.desk("ana").types(&format!("/escalate {card} @mira")).await;
        w.advance(secs(2)).await;
        assert_eq!(
            w.desk("mira").types("/ack").await.text.replace(&card, "p1"),
            "p1 is yours: nothing else rings."
        );
        w.advance(std::time::Duration::from_millis(400)).await;
        assert_eq!(w.handset("jack").state().await, "idle");
        assert_eq!(w.desk("jack").types("/ack").await.text, "mira has it, 0.4 s before you.");
        assert!(
            w.desk("mira").says(&card, "close").await.text.ends_with("is closed: nothing rings any more.")
        );
    })
    .await;
}

/// The chain is frozen when the page starts; the card offers the new one.
#[tokio::test]
async fn a_changed_policy_is_offered_and_not_applied_by_itself() {
    world_with(settings(), async |w| {
        let card = w.desk("mira").types("/page quick db is down").await.card();
        w.reload(settings_of(&FILE.replace(
            "ring = [\"jack\"]\nwait = \"30s\"",
            "ring = [\"jack\"]\nwait = \"30s\"\n[[policy.step]]\nring = [\"mira\"]",
        )))
        .await;
        w.handset("jack").does("answer").await;
        w.advance(EDITS).await;
        assert!(
            w.buttons(&card).await.contains(&"Apply the new policy".to_owned()),
            "{}",
            w.card(&card).await
        );
        w.desk("ana").presses(&card, "Apply the new policy").await;
        w.advance(EDITS).await;
        assert!(!w.buttons(&card).await.contains(&"Apply the new policy".to_owned()));
        w.advance(secs(28)).await;
        assert_eq!(w.handset("mira").state().await, "ringing", "the step that was added");
        let said = w.desk("ana").presses(&card, "Apply the new policy").await;
        assert!(said.text.ends_with("goes by its policy as that is now."), "{}", said.text);
    })
    .await;
}

#[tokio::test]
async fn everything_of_mine_is_taken_at_once() {
    world_with(settings(), async |w| {
        for what in ["one", "two"] {
            w.desk("jack").types(&format!("/page quick {what}")).await;
        }
        let said = w.desk("jack").types("/ack all").await;
        assert!(said.text.starts_with("2 pages are yours: "), "{}", said.text);
        w.advance(secs(1)).await;
        assert_eq!(w.handset("jack").state().await, "idle");
        let said = w.desk("jack").types("/ack all").await.text;
        assert!(said.ends_with(" are yours already, and nothing else waits for you."), "{said}");
    })
    .await;
}

/// Pages that somebody has are not what `/ack` means while one waits, however old that is.
#[tokio::test]
async fn ack_means_the_page_that_waits() {
    world_with(settings(), async |w| {
        let first = w.desk("jack").types("/page quick one").await.card();
        for what in ["two", "three", "four", "five", "six"] {
            w.advance(secs(1)).await;
            let card = w.desk("jack").types(&format!("/page quick {what}")).await.card();
            w.desk("jack").types(&format!("/ack {card}")).await;
        }
        assert_eq!(
            w.desk("jack").types("/ack").await.text.replace(&first, "p1"),
            "p1 is yours: nothing else rings."
        );
    })
    .await;
}

/// 25: a click by a person who was not paged.
#[tokio::test]
async fn catalogue_25_who_was_not_paged_is_asked_first() {
    desk_world_with(settings(), async |w| {
        let card = w.desk("ana").types("/page quick db is down").await.card();
        w.advance(EDITS).await;
        let asked = w.desk("mira").presses(&card, "Acknowledge").await;
        insta::assert_snapshot!(asked.text.replace(&card, "p1"), @"You were not paged for p1: jack was. Take it from them?");
        assert_eq!(asked.buttons, ["Acknowledge anyway"]);
        assert_eq!(w.handset("jack").state().await, "ringing");
        w.desk("mira").presses(&asked.card(), "Acknowledge anyway").await;
        w.advance(secs(1)).await;
        assert_eq!(w.handset("jack").state().await, "idle");
    })
    .await;
}

/// 7 and 12: nobody was reached, and that is loud.
#[tokio::test]
async fn catalogue_07_a_page_that_reaches_nobody_goes_to_the_owner() {
    desk_world_with(settings(), async |w| {
        w.handset("jack").does("offline").await;
        let card = w.desk("ana").types("/page quick db is down").await.card();
        w.advance(secs(40)).await;
        let text = w.card(&card).await.replace(&card, "p1");
        insta::assert_snapshot!(text, @r"
        Page quick: db is down
        It reached nobody: no phone rang, and the chain is over. “Hand over” rings somebody by name.
        • jack is offline (15:00:00 UTC)
        p1 of ana.
        ");
        let told: Vec<String> = w.notes("zoe").await;
        insta::assert_snapshot!(told.join("\n").replace(&card, "p1"), @"It reached nobody: no phone rang, and the chain is over. Page quick: db is down. Take it: /ack p1");
    })
    .await;
}

/// 21: a held page is visible, released on time, and cancelled by an acknowledgement.
#[tokio::test]
async fn catalogue_21_a_held_ring_is_on_the_card_until_it_is_released() {
    let toml = FILE.replace("ring_of_callee = [\"100/h\"]", "ring_of_callee = [\"1/10m\", \"2/h\"]");
    world_with(settings_of(&toml), async |w| {
        // The first goes by the limits, the second is urgent, the third is held.
        for _ in 0..2 {
            let card = w.desk("ana").types("/page quick db is down").await.card();
            w.handset("jack").does("decline").await;
            w.desk("ana").types(&format!("/close {card}")).await;
        }
        let card = w.desk("ana").types("/page quick again").await.card();
        w.advance(EDITS).await;
        assert_eq!(w.handset("jack").state().await, "idle");
        assert!(
            w.card(&card).await.contains("jack is held back until 16:00:00 UTC: rung 2/h already"),
            "{}",
            w.card(&card).await
        );
        assert!(w.buttons(&card).await.contains(&"Ring anyway".to_owned()));
        let said = w.desk("ana").presses(&card, "Ring anyway").await;
        assert_eq!(said.text, "Ringing jack, whatever the limits say.");
        assert_eq!(w.handset("jack").state().await, "ringing");
        w.desk("ana").presses(&card, "Acknowledge").await;
        let other = w.desk("ana").types("/page quick once more").await.card();
        w.advance(EDITS).await;
        // What was rung anyway counts on, and so does what was rung before it.
        assert!(w.card(&other).await.contains("held back until 16:00:00 UTC"), "{}", w.card(&other).await);
        let rung = w.rings().len();
        w.advance(secs(3500)).await;
        assert_eq!(w.rings().len(), rung, "nobody was rung before 16:00");
        w.advance(secs(160)).await;
        assert_eq!(w.rings().len(), rung + 1);
        assert!(w.thread(&other).await.contains("jack did not answer"), "{}", w.thread(&other).await);
    })
    .await;
}

/// 17: a crash between the dial and its answer; 10: what waits survives a restart.
#[tokio::test]
async fn catalogue_10_and_17_a_page_goes_on_after_a_crash() {
    world_with(settings(), async |w| {
        let card = w.desk("mira").types("/page payments db is down").await.card();
        w.advance(secs(5)).await;
        w.crash();
        w.advance(secs(30)).await;
        w.start().await;
        assert_eq!(phones(w).await, "jack ringing, mira idle, ana idle");
        assert_eq!(w.rings().len(), 1, "nobody is rung twice");
        w.advance(secs(84)).await;
        assert_eq!(phones(w).await, "jack idle, mira idle, ana idle");
        w.advance(secs(1)).await;
        assert_eq!(phones(w).await, "jack idle, mira ringing, ana idle");
        w.crash();
        w.advance(secs(600)).await;
        w.start().await;
        assert_eq!(
            phones(w).await,
            "jack idle, mira idle, ana ringing",
            "what is overdue happens at once, once"
        );
        w.desk("ana").types(&format!("/ack {card} 30m")).await;
        w.crash();
        w.start().await;
        w.advance(secs(1799)).await;
        assert_eq!(phones(w).await, "jack idle, mira idle, ana idle");
        w.advance(secs(1)).await;
        assert_eq!(phones(w).await, "jack idle, mira idle, ana ringing", "promised is promised");
    })
    .await;
}

/// 18 and 26 of what none of the others has: the engine's answer is lost, and the chain goes on to others.
#[tokio::test]
async fn a_lost_answer_does_not_stop_the_chain() {
    world_with(settings(), async |w| {
        w.faults(json!({ "lose_answer": 1, "drop_callbacks": 1 })).await;
        let card = w.desk("mira").types("/page payments db is down").await.card();
        w.advance(secs(120)).await;
        assert_eq!(phones(w).await, "jack idle, mira ringing, ana idle");
        assert_eq!(w.rings().len(), 2);
        assert!(
            w.thread(&card).await.contains("jack's phone may be ringing until"),
            "{}",
            w.thread(&card).await
        );
    })
    .await;
}

/// 30 s without a dial that went through.
#[tokio::test]
async fn when_nothing_can_be_dialled_people_are_written_to() {
    desk_world_with(settings(), async |w| {
        w.faults(json!({ "down": 1000 })).await;
        let card = w.desk("ana").types("/page payments db is down").await.card();
        w.advance(secs(31)).await;
        assert!(
            w.thread(&card).await.contains("No dial has gone through for 30 s"),
            "{}",
            w.thread(&card).await
        );
        assert_eq!(w.notes("jack").await.len(), 1);
        assert_eq!(w.notes("zoe").await.len(), 1);
        w.faults(json!({ "down": 0 })).await;
    })
    .await;
}
