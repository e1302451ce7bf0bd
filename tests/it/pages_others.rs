//! Several people and several pages: whose page is meant, who is asked first, and who hears what was taken from them.

use callout::domain::settings::Settings;

use crate::alerts::{page, state};
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
[[person]]
id = "vera"
account = "vera"
roles = ["viewer"]
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
id = "channel"
[[policy.step]]
post = ["desk:ops"]
wait = "5m"
"#;

fn settings() -> Settings {
    callout::config::parse("callout.toml", FILE).0.expect("the file is good").settings
}

async fn paged(w: &mut World) -> String {
    let card = w.desk("ana").types("/page payments db is down").await.card();
    w.advance(secs(1)).await;
    card
}

async fn rings(w: &World, account: &str) -> bool {
    w.handset(account).state().await == "ringing"
}

/// jack works on one page while another rings him: that is not the one he is done with.
#[tokio::test]
async fn close_and_escalate_without_a_name_ask_which_where_several_may_be_meant() {
    world_with(settings(), async |w| {
        let mine = paged(w).await;
        w.desk("jack").types("/ack").await;
        let other = paged(w).await;
        for line in ["/close", "/escalate", "/escalate to @zoe"] {
            let said = w.desk("jack").types(line).await.text;
            assert!(said.starts_with("Several pages may be meant. Name one:"), "{line}: {said}");
            assert!(said.contains(&format!("• {mine}: payments: db is down")), "{said}");
        }
        assert_eq!(
            (state(w, &mine).await.as_str(), state(w, &other).await.as_str()),
            ("acknowledged", "triggered")
        );
        assert!(rings(w, "jack").await, "his phone rings on");
        let took = w.desk("jack").types("/ack").await.text;
        assert_eq!(
            took,
            format!("{other} is yours: nothing else rings."),
            "what waits is what is acknowledged"
        );
    })
    .await;
}

#[tokio::test]
async fn escalate_asks_before_it_takes_a_page_from_somebody_who_is_then_told() {
    desk_world_with(settings(), async |w| {
        let id = paged(w).await;
        w.desk("jack").types(&format!("/ack {id} 30m")).await;
        w.advance(secs(2)).await;
        let asked = w.desk("zoe").presses(&id, "Escalate").await;
        insta::assert_snapshot!(asked.text.replace(&id, "p1"), @"jack has p1, 2.0 s before you, and promised to be done by 15:30:01 UTC. Take it from jack, and ring others?");
        assert_eq!((state(w, &id).await.as_str(), rings(w, "mira").await), ("acknowledged", false));
        assert!(w.notes("jack").await.is_empty());
        let done = w.desk("zoe").presses(&id, "Escalate anyway").await;
        insta::assert_snapshot!(done.text.replace(&id, "p1"), @"p1: ringing mira. Step 2 of 2, round 1 of 1. The chain is over at 15:01:03 UTC: then its owner is told.");
        assert!(rings(w, "mira").await);
        insta::assert_snapshot!(w.notes("jack").await.join("\n").replace(&id, "p1"), @"zoe wants others rung for what you had: it is nobody's now. Page payments: db is down. Take it: /ack p1");
        w.advance(EDITS).await;
        assert!(w.thread(&id).await.contains("zoe escalates. jack had it: it is nobody's now."));
    })
    .await;
}

#[tokio::test]
async fn who_hands_over_what_somebody_has_tells_them() {
    desk_world_with(settings(), async |w| {
        let id = paged(w).await;
        w.desk("jack").presses(&id, "Acknowledge").await;
        w.desk("ana").types(&format!("/escalate {id} to @zoe")).await;
        insta::assert_snapshot!(w.notes("jack").await.join("\n").replace(&id, "p1"), @"ana handed over to zoe what you had. Page payments: db is down. Take it: /ack p1");
        w.desk("zoe").presses(&id, "Acknowledge").await;
        w.advance(EDITS).await;
        let card = w.card(&id).await;
        assert!(!card.contains("did not acknowledge"), "{card}");
    })
    .await;
}

/// A promise is not given for what one has already while something waits.
#[tokio::test]
async fn what_waits_is_meant_before_what_one_has() {
    world_with(settings(), async |w| {
        paged(w).await;
        w.desk("jack").types("/ack").await;
        w.advance(secs(1)).await;
        let own = w.desk("jack").types("/page payments another thing").await.card();
        w.handset("jack").does("decline").await;
        w.advance(secs(1)).await;
        let took = w.desk("jack").types("/ack 30m").await.text;
        assert!(took.starts_with(&format!("{own} is yours: nothing else rings.")), "{took}");
    })
    .await;
}

/// It waits for nobody in particular: nobody is asked whether they were meant.
#[tokio::test]
async fn what_only_a_channel_was_told_of_is_anybodys() {
    world_with(settings(), async |w| {
        let id = w.desk("ana").types("/page channel the build is red").await.card();
        w.advance(EDITS).await;
        let said = w.desk("mira").presses(&id, "Acknowledge").await.text;
        assert_eq!(said, format!("{id} is yours: nothing else rings."));
    })
    .await;
}

/// A misclick of a passer-by would be the end of an alert that goes on.
#[tokio::test]
async fn catalogue_25_who_was_not_paged_is_asked_before_close_too() {
    desk_world_with(settings(), async |w| {
        let id = paged(w).await;
        let asked = w.desk("mira").presses(&id, "Close").await;
        insta::assert_snapshot!(asked.text.replace(&id, "p1"), @"You were not paged for p1: jack was. Close it for them?");
        assert!(rings(w, "jack").await && state(w, &id).await == "triggered");
        assert_eq!(w.desk("mira").types(&format!("/close {id}")).await.text, asked.text, "typed or pressed");
        w.desk("mira").presses(&id, "Close anyway").await;
        assert_eq!(state(w, &id).await, "closed");
        let own = paged(w).await;
        w.desk("ana").presses(&own, "Close").await;
        assert_eq!(state(w, &own).await, "closed", "who started it may take it back");
    })
    .await;
}

#[tokio::test]
async fn who_started_a_page_was_not_paged_for_it() {
    world_with(settings(), async |w| {
        let ids = [paged(w).await, paged(w).await];
        let said = w.desk("ana").types("/ack all").await.text;
        assert_eq!(said, "No open page concerns you. Name one: /pages lists them.");
        let asked = w.desk("ana").presses(&ids[0], "Acknowledge").await.text;
        assert!(asked.starts_with("You were not paged for"), "{asked}");
        assert!(rings(w, "jack").await);
        // What rings her is meant before what she started.
        let hers = w.desk("jack").types("/page ana come and help").await.card();
        let took = w.desk("ana").types("/ack").await.text;
        assert_eq!(took, format!("{hers} is yours: nothing else rings."));
    })
    .await;
}

#[tokio::test]
async fn all_of_mine_are_promised_too_and_what_is_mine_already_is_said() {
    world_with(settings(), async |w| {
        let ids = [paged(w).await, paged(w).await];
        w.desk("jack").types("/ack all").await;
        w.advance(secs(1)).await;
        let said = w.desk("jack").types("/ack all").await.text;
        assert!(said.ends_with("are yours already, and nothing else waits for you."), "{said}");
        let said = w.desk("jack").types("/ack all 30m").await.text;
        assert!(
            said.ends_with("Nothing else rings. Still open at 2026-03-10 15:30:03 UTC, you are rung first."),
            "{said}"
        );
        w.advance(secs(1_801)).await;
        assert!(rings(w, "jack").await && page(w, &ids[0]).await["acknowledged_by"].is_null());
    })
    .await;
}

/// 28: whoever is rung beside the one who has it finds the button that stops their phone, and only theirs.
#[tokio::test]
async fn catalogue_28_who_is_called_in_stops_their_own_phone_by_the_card() {
    world_with(settings(), async |w| {
        let id = paged(w).await;
        w.desk("jack").presses(&id, "Acknowledge").await;
        w.advance(EDITS).await;
        assert!(!w.buttons(&id).await.contains(&"Acknowledge".to_owned()));
        w.desk("jack").types(&format!("/escalate {id} @zoe")).await;
        w.desk("jack").types(&format!("/escalate {id} @mira")).await;
        w.advance(EDITS).await;
        assert!(w.buttons(&id).await.contains(&"Acknowledge".to_owned()));
        let said = w.desk("zoe").presses(&id, "Acknowledge").await.text;
        assert_eq!(said, format!("Your phone stops. jack has {id}."));
        assert_eq!((rings(w, "zoe").await, rings(w, "mira").await), (false, true));
        let calls = page(w, &id).await["calls"].clone();
        let zoes = w.call(calls[1].as_str().unwrap()).await;
        assert!(
            zoes.to_string().contains("zoe hangs up") && !zoes.to_string().contains("jack hangs up"),
            "{zoes}"
        );
    })
    .await;
}

/// A phone at three in the morning for somebody who could not stop it.
#[tokio::test]
async fn who_may_only_look_is_not_rung() {
    world_with(settings(), async |w| {
        let no = "vera may only look, and could not acknowledge.";
        assert_eq!(w.desk("ana").types("/page vera come and help").await.text, no);
        let id = paged(w).await;
        assert_eq!(w.desk("ana").types(&format!("/escalate {id} @vera")).await.text, no);
        assert!(w.rings().iter().all(|ring| ring.account == "jack"));
    })
    .await;
}

#[tokio::test]
async fn who_is_in_hand_already_is_said_with_what_to_do() {
    let file = FILE.replace("[\"100/h\"]", "[\"1/h\", \"1/d\"]");
    let settings = callout::config::parse("callout.toml", &file).0.expect("the file is good").settings;
    world_with(settings, async |w| {
        let id = paged(w).await;
        let again = format!("/escalate {id} @jack");
        assert_eq!(w.desk("ana").types(&again).await.text, "jack's phone rings for it already.");
        w.handset("jack").does("answer").await;
        assert_eq!(
            w.desk("ana").types(&again).await.text,
            "jack answered, and talks: they are not rung twice."
        );
        w.handset("jack").does("hangup").await;
        let held = w.desk("ana").types(&again).await.text;
        insta::assert_snapshot!(held.replace(&id, "p1"), @"p1: jack is held back until 2026-03-11 15:00:00 UTC: rung 1/d already. “Ring anyway” on the card rings at once.");
        let held = w.desk("ana").types(&again).await.text;
        insta::assert_snapshot!(held, @"jack is held back by a limit until 2026-03-11 15:00:00 UTC: “Ring anyway” on the card rings at once.");
        let paging = w.desk("zoe").types("/page jack look at this").await;
        insta::assert_snapshot!(paging.text.replace(&paging.card(), "p2"), @"Paging jack: nobody is rung yet. jack is held back by a limit until 2026-03-11 15:00:00 UTC: “Ring anyway” on the card rings at once. (p2)");
    })
    .await;
}

#[tokio::test]
async fn a_promise_of_days_is_said_with_its_day() {
    world_with(settings(), async |w| {
        let id = paged(w).await;
        let said = w.desk("jack").types(&format!("/ack {id} 6d")).await.text;
        insta::assert_snapshot!(said.replace(&id, "p1"), @"p1 is yours: nothing else rings. Still open at 2026-03-16 15:00:01 UTC, you are rung first.");
        w.advance(EDITS).await;
        insta::assert_snapshot!(w.card(&id).await.lines().nth(1).unwrap_or_default(), @"jack has it since 15:00:01 UTC. Still open at 2026-03-16 15:00:01 UTC, jack is rung first.");
        assert!(w.thread(&id).await.contains("done by 2026-03-16 15:00:01 UTC"), "{}", w.thread(&id).await);
    })
    .await;
}

#[tokio::test]
async fn a_thread_understands_mine_escalate_to_somebody_and_reopen() {
    desk_world_with(settings(), async |w| {
        let id = paged(w).await;
        w.desk("jack").says(&id, "mine!").await;
        assert_eq!(page(w, &id).await["acknowledged_by"], "jack");
        w.advance(secs(1)).await;
        let said = w.desk("jack").says(&id, "escalate @zoe").await.text;
        assert_eq!(said, format!("{id}: zoe is rung as well."));
        w.settle().await;
        assert!(rings(w, "zoe").await && state(w, &id).await == "acknowledged");
        let whom = w.desk("jack").says(&id, "not mine").await.text;
        assert!(whom.starts_with("To whom?"), "{whom}");
        w.desk("jack").says(&id, "close").await;
        let no = w.desk("jack").says(&id, "ack").await.text;
        assert!(
            no.contains("is over: jack closed it at 2026-03-10 15:00:02 UTC. “Reopen” is on its card."),
            "{no}"
        );
        assert_eq!(w.desk("jack").presses(&id, "Hand over").await.text, no);
        let odd = w.desk("jack").says(&id, "hello").await.text;
        assert_eq!(odd, "“hello” is not understood here. In this thread, say: reopen");
        w.desk("jack").says(&id, "reopen").await;
        assert_eq!(state(w, &id).await, "triggered");
    })
    .await;
}
