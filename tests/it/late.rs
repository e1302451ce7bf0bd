//! A lost dial that was answered: the engine has no record of it before its end, so "nothing rang" may be wrong.

use callout::domain::settings::{AnnouncementRule, RoomNumbers, Settings};
use serde_json::json;

use crate::kit::{EDITS, World, secs, world, world_with};

/// Ana's call to jack, whose dial's answer is lost, as is every callback; jack has answered it.
async fn talked_unseen(w: &World) -> String {
    w.faults(json!({ "lose_answer": 1, "drop_callbacks": 1000 })).await;
    let card = w.desk("ana").types("/call jack").await.card();
    w.advance(secs(5)).await;
    w.handset("jack").does("answer").await;
    w.advance(secs(65)).await;
    card
}

/// The engine's news that a call is in the room of `card`, late.
async fn hears_of(w: &World, card: &str) {
    let engine_call = w.rings()[0].call.clone();
    let info = json!({ "CallId": engine_call, "RoomId": format!("co_{card}"), "RoomIdType": 2 });
    let told = json!({ "CallbackCommand": "Call.CallbackAfterStartCall", "CallInfo": info });
    w.post("/engine/tencent/s3cret?SdkAppid=1400000000", &told).await;
    w.settle().await;
}

#[tokio::test]
async fn a_talk_that_is_told_of_while_the_records_are_read_goes_on() {
    world(async |w| {
        let slow = json!({ "times": 1, "on": "get_record_by_filter" });
        w.faults(json!({ "lose_answer": 1, "drop_callbacks": 1000, "slow_ms": 3000, "slow": slow })).await;
        let card = w.desk("ana").types("/call jack").await.card();
        w.advance(secs(5)).await;
        w.handset("jack").does("answer").await;
        w.advance(secs(61)).await;
        hears_of(w, &card).await;
        w.advance(secs(60)).await;
        let call = w.call(&card).await;
        assert_eq!((call["state"].as_str(), call["outcome"].as_str()), (Some("connected"), None));
        insta::assert_snapshot!(w.card(&card).await, @"ana calls jack (audio): jack is in the call.");
        w.desk("ana").presses(&card, "Hang up").await;
        assert_eq!(w.handset("jack").state().await, "idle");
        w.advance(secs(10)).await;
        insta::assert_snapshot!(w.card(&card).await, @"ana calls jack (audio): ended after 2 min 1 s.");
    })
    .await;
}

#[tokio::test]
async fn a_talk_that_is_told_of_late_has_the_times_of_its_record() {
    world(async |w| {
        let card = talked_unseen(w).await;
        w.advance(secs(532)).await;
        hears_of(w, &card).await;
        w.advance(EDITS).await;
        insta::assert_snapshot!(w.card(&card).await, @"ana calls jack (audio): jack is in the call.");
        w.advance(secs(16)).await;
        w.handset("jack").does("hangup").await;
        w.advance(secs(20)).await;
        insta::assert_snapshot!(w.card(&card).await, @"ana calls jack (audio): ended after 10 min 15 s.");
    })
    .await;
}

#[tokio::test]
async fn a_talk_that_no_record_showed_yet_is_told_when_one_does() {
    world(async |w| {
        let card = talked_unseen(w).await;
        assert_eq!(w.handset("jack").state().await, "in_call");
        insta::assert_snapshot!(w.card(&card).await, @"
        ana calls jack (audio): failed: nothing rang, as far as the engine's records tell.
        Whoever answered all the same is in no record before they hang up: we look again until 16:01:05 UTC.
        ");
        assert_eq!(w.buttons(&card).await, ["Ring again"]);
        w.handset("jack").does("hangup").await;
        w.advance(secs(600)).await;
        insta::assert_snapshot!(w.card(&card).await, @"ana calls jack (audio): ended after 1 min 5 s.");
        insta::assert_snapshot!(w.thread(&card).await, @"
        It may be ringing: The engine did not answer within 10 s.
        Failed: nothing rang, as far as the engine's records tell (Failed).
        It rang after all: the engine has a record of it by now.
        jack answered (audio).
        Ended after 1 min 5 s (Completed).
        ");
        let call = w.call(&card).await;
        assert_eq!((call["outcome"].as_str(), call["failure"].as_str()), (Some("Completed"), None));
        assert_eq!(w.rings().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn it_is_told_after_a_restart_too() {
    world(async |w| {
        let card = talked_unseen(w).await;
        assert_eq!(w.outcome(&card).await, "Failed");
        w.crash();
        w.handset("jack").does("hangup").await;
        w.advance(secs(3 * 3600)).await;
        w.start().await;
        w.advance(secs(1)).await;
        assert_eq!(w.outcome(&card).await, "Completed");
    })
    .await;
}

#[tokio::test]
async fn a_talk_that_a_late_callback_tells_of_is_live_again_and_can_be_hung_up() {
    let mut settings = Settings::sandbox(&["ana", "jack", "mira"]).unwrap();
    settings.announcement = Some(AnnouncementRule {
        say: None,
        audio: Some("https://media.example/chime.mp3".to_owned()),
        video: None,
        page: None,
        repeats: 3,
        voice: None,
        rooms: RoomNumbers::Tutorial,
    });
    world_with(settings, async |w| {
        let card = talked_unseen(w).await;
        assert_eq!(w.outcome(&card).await, "Failed");
        hears_of(w, &card).await;
        w.advance(secs(3)).await;
        let call = w.call(&card).await;
        assert_eq!((call["state"].as_str(), call["outcome"].as_str()), (Some("connected"), None));
        assert_eq!(w.buttons(&card).await, ["Hang up"]);
        assert!(w.engine.ingests().is_empty(), "it is too late for the alert");
        assert!(w.desk("mira").types("/calls").await.text.starts_with("1 live call:"));
        w.desk("ana").presses(&card, "Hang up").await;
        assert_eq!(w.handset("jack").state().await, "idle");
        w.advance(secs(10)).await;
        assert_eq!(w.outcome(&card).await, "Completed");
        assert!(w.desk("mira").types("/calls").await.text.starts_with("No call is live."));
        assert_eq!(w.rings().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn looking_for_a_record_comes_to_an_end() {
    world(async |w| {
        w.faults(json!({ "dial_502": 1 })).await;
        let card = w.desk("ana").types("/call jack").await.card();
        w.advance(secs(90)).await;
        assert_eq!((w.outcome(&card).await.as_str(), w.rows("timer")), ("Failed", 1));
        assert!(w.card(&card).await.contains("we look again until"), "{}", w.card(&card).await);
        w.advance(secs(3600)).await;
        insta::assert_snapshot!(w.card(&card).await, @"ana calls jack (audio): failed: nothing rang, as far as the engine's records tell.");
        assert_eq!((w.outcome(&card).await.as_str(), w.rows("timer")), ("Failed", 0));
    })
    .await;
}

#[tokio::test]
async fn a_last_look_that_the_engine_did_not_answer_is_done_again() {
    world(async |w| {
        let card = talked_unseen(w).await;
        w.advance(secs(3000)).await;
        w.handset("jack").does("hangup").await;
        w.faults(json!({ "bad_gateway": { "times": 100, "on": "get_record_by_filter" } })).await;
        w.advance(secs(1200)).await;
        assert_eq!(
            (w.outcome(&card).await.as_str(), w.rows("timer")),
            ("Failed", 1),
            "nobody has said anything"
        );
        w.faults(json!({ "bad_gateway": { "times": 0, "on": "get_record_by_filter" } })).await;
        w.advance(secs(400)).await;
        assert_eq!((w.outcome(&card).await.as_str(), w.rows("timer")), ("Completed", 0));
    })
    .await;
}

#[tokio::test]
async fn rung_again_meanwhile_it_offers_no_second_button() {
    world(async |w| {
        let card = talked_unseen(w).await;
        let again = w.desk("ana").presses(&card, "Ring again").await.card();
        w.advance(secs(15)).await;
        assert_eq!(w.outcome(&again).await, "Busy", "jack talks");
        w.handset("jack").does("hangup").await;
        w.advance(secs(600)).await;
        assert_eq!(w.outcome(&card).await, "Completed");
        assert_eq!(w.buttons(&card).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn several_are_looked_for_one_after_the_other() {
    world(async |w| {
        w.faults(json!({ "lose_answer": 3, "drop_callbacks": 1000 })).await;
        let mut cards = Vec::new();
        for callee in ["ana", "jack", "mira"] {
            cards.push(w.desk("ana").types(&format!("/call {callee}")).await.card());
            w.handset(callee).does("answer").await;
        }
        w.advance(secs(70)).await;
        for callee in ["ana", "jack", "mira"] {
            w.handset(callee).does("hangup").await;
        }
        w.advance(secs(180)).await;
        for card in cards {
            assert_eq!(w.outcome(&card).await, "Completed", "{}", w.thread(&card).await);
        }
    })
    .await;
}

#[tokio::test]
async fn records_that_tell_nothing_are_said_once() {
    world(async |w| {
        let unread = json!({ "times": 2, "on": "get_record_by_filter" });
        w.faults(json!({ "dial_502": 1, "bad_gateway": unread })).await;
        let card = w.desk("ana").types("/call jack").await.card();
        w.advance(secs(70)).await;
        insta::assert_snapshot!(w.card(&card).await, @"
        ana calls jack (audio): may be ringing.
        Nobody can say yet whether it rings: The engine's gateway failed (HTTP 502). The engine's records tell by 15:01:05 UTC; it is not dialled twice.
        The engine's records have not told since 15:01:05 UTC. We keep asking.
        ");
        w.advance(secs(40)).await;
        insta::assert_snapshot!(w.thread(&card).await, @"
        It may be ringing: The engine's gateway failed (HTTP 502).
        The engine's records don't tell yet whether it rang (The engine's gateway failed (HTTP 502)). We keep asking.
        Failed: nothing rang, as far as the engine's records tell (Failed).
        ");
    })
    .await;
}
