//! The path: from a typed line to a phone that rings, and back to the thread.

use std::sync::Arc;

use callout::domain::settings::Settings;

use crate::kit::{EDITS, Said, SlowDisk, World, secs, world};

#[tokio::test]
async fn jack_answers_and_hangs_up() {
    world(async |w| {
        let said = w.desk("ana").types("/call jack video").await;
        insta::assert_snapshot!(said.text, @"Calling jack (video).");
        assert!(!said.private);
        let card = said.card();
        assert_eq!(w.handset("jack").state().await, "ringing");
        assert_eq!(w.handset("jack").shows().await["title"], "ana calls you (video)");
        insta::assert_snapshot!(w.card(&card).await, @"ana calls jack (video): ringing until 15:00:45 UTC.");
        assert_eq!(w.buttons(&card).await, ["Hang up"]);

        w.advance(secs(7)).await;
        w.handset("jack").does("answer").await;
        insta::assert_snapshot!(w.card(&card).await, @"ana calls jack (video): jack answered at 15:00:07 UTC.");

        w.advance(secs(125)).await;
        w.handset("jack").does("hangup").await;
        w.advance(secs(10)).await;
        insta::assert_snapshot!(w.card(&card).await, @"ana calls jack (video): ended after 2 min 5 s.");
        assert_eq!(w.buttons(&card).await, ["Ring again"]);
        insta::assert_snapshot!(w.thread(&card).await, @"
        Ringing jack (video).
        jack answered (video).
        Ended after 2 min 5 s (Completed).
        ");
        assert_eq!(w.rings().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn jack_declines() {
    world(async |w| {
        let card = w.desk("ana").types("/call jack").await.card();
        w.handset("jack").does("decline").await;
        insta::assert_snapshot!(w.card(&card).await, @"ana calls jack (audio): jack declined.");
        assert_eq!(w.outcome(&card).await, "Declined");
    })
    .await;
}

#[tokio::test]
async fn jack_is_busy() {
    world(async |w| {
        w.handset("jack").does("busy").await;
        let card = w.desk("ana").types("/call jack").await.card();
        insta::assert_snapshot!(w.card(&card).await, @"ana calls jack (audio): jack is in another call.");
        assert_eq!(w.outcome(&card).await, "Busy");
    })
    .await;
}

#[tokio::test]
async fn jack_does_not_answer() {
    world(async |w| {
        let card = w.desk("ana").types("/call jack").await.card();
        w.handset("jack").does("ignore").await;
        w.advance(secs(44)).await;
        assert_eq!(w.handset("jack").state().await, "ringing");
        w.advance(secs(2)).await;
        insta::assert_snapshot!(w.card(&card).await, @"ana calls jack (audio): no answer from jack in 45 s.");
        assert_eq!(w.outcome(&card).await, "NoAnswer");
    })
    .await;
}

#[tokio::test]
async fn jack_is_offline() {
    world(async |w| {
        w.handset("jack").does("offline").await;
        let card = w.desk("ana").types("/call jack").await.card();
        insta::assert_snapshot!(w.card(&card).await, @"ana calls jack (audio): jack's phone is offline.");
        assert_eq!(w.outcome(&card).await, "Offline");
    })
    .await;
}

#[tokio::test]
async fn polling_alone_gives_the_same_outcomes_for_one_callee() {
    for (action, outcome) in
        [("answer", "Completed"), ("decline", "Declined"), ("ignore", "NoAnswer"), ("offline", "Offline")]
    {
        world(async |w| {
            w.faults(serde_json::json!({ "drop_callbacks": 1000 })).await;
            let card = w.desk("ana").types("/call jack").await.card();
            w.handset("jack").does(action).await;
            w.advance(secs(5)).await;
            if action == "answer" {
                assert_eq!(w.call(&card).await["state"], "connected");
                w.handset("jack").does("hangup").await;
            }
            w.advance(secs(70)).await;
            assert_eq!(w.outcome(&card).await, outcome, "after {action}");
        })
        .await;
    }
}

#[tokio::test]
async fn a_group_call_tells_of_each() {
    world(async |w| {
        let card = w.desk("ana").types("/call jack mira audio standup").await.card();
        insta::assert_snapshot!(w.card(&card).await, @"
        ana calls jack and mira (audio): ringing until 15:00:45 UTC.
        • jack: ringing
        • mira: ringing
        Note: standup
        ");
        w.handset("mira").does("decline").await;
        w.handset("jack").does("answer").await;
        w.advance(EDITS).await;
        insta::assert_snapshot!(w.card(&card).await, @"
        ana calls jack and mira (audio): jack answered at 15:00:00 UTC.
        • jack: in the call
        • mira: declined
        Note: standup
        ");
        w.handset("jack").does("hangup").await;
        w.advance(secs(10)).await;
        assert_eq!(w.outcome(&card).await, "Completed");
    })
    .await;
}

#[tokio::test]
async fn ana_hangs_up_by_button_command_and_thread() {
    world(async |w| {
        for way in ["button", "command", "thread"] {
            let card = w.desk("ana").types("/call jack").await.card();
            assert_eq!(w.handset("jack").state().await, "ringing");
            match way {
                "button" => w.desk("ana").presses(&card, "Hang up").await,
                "command" => w.desk("ana").types(&format!("/calls hangup {}", &card[..6])).await,
                _ => w.desk("ana").says(&card, "hang up!").await,
            };
            assert_eq!(w.handset("jack").state().await, "idle", "{way}");
            w.advance(secs(10)).await;
            assert_eq!(w.outcome(&card).await, "Cancelled", "{way}");
            let shown = w.card(&card).await;
            insta::allow_duplicates! {
                insta::assert_snapshot!(shown, @"ana calls jack (audio): hung up by ana before an answer.");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_same_delivery_rings_once() {
    world(async |w| {
        let first = w.desk("ana").types_as("/call jack", "d1").await;
        let second = w.desk("ana").types_as("/call jack", "d1").await;
        assert_eq!(first.text, second.text);
        assert_eq!(first.card, second.card);
        assert_eq!(w.rings().len(), 1);
        assert_eq!(w.channel().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn ring_again_rings_once_more_and_only_once() {
    world(async |w| {
        let card = w.desk("ana").types("/call jack video look at this").await.card();
        w.handset("jack").does("decline").await;
        let again = w.desk("mira").presses(&card, "Ring again").await;
        let second = again.card();
        assert_ne!(card, second);
        insta::assert_snapshot!(w.card(&second).await, @"
        mira calls jack (video): ringing until 15:00:45 UTC.
        Note: look at this
        ");
        assert_eq!(w.buttons(&card).await, Vec::<String>::new());
        let thrice = w.desk("ana").presses(&card, "Ring again").await;
        assert!(thrice.text.starts_with("It was rung again already"), "{}", thrice.text);
        assert_eq!(w.rings().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_slow_store_is_said_in_time_and_rings_once_when_it_has_recorded() {
    let mut w = World::at_desk(Settings::sandbox(&["ana", "jack"]).unwrap()).await;
    let disk = Arc::new(SlowDisk::default());
    w.start_with(disk.clone()).await;
    disk.shuts(true);
    let said = types_while_time_passes(&w, "/call jack").await;
    insta::assert_snapshot!(said.text, @"Not recorded yet: nothing rings until it is. The outcome follows here; no need to type it again.");
    assert!(said.private);
    assert_eq!(w.rings().len(), 0);
    disk.shuts(false);
    w.settle().await;
    assert_eq!(w.handset("jack").state().await, "ringing");
    assert_eq!(w.channel().await.len(), 1);
    assert_eq!(w.rings().len(), 1);
    w.ends_clean().await;
}

#[tokio::test]
async fn a_question_that_comes_late_has_its_buttons() {
    let mut w = World::at_desk(Settings::sandbox(&["ana", "jack", "mira"]).unwrap()).await;
    let disk = Arc::new(SlowDisk::default());
    w.start_with(disk.clone()).await;
    disk.shuts(true);
    let said = types_while_time_passes(&w, "/call jack mirra").await;
    assert!(said.text.starts_with("Not recorded yet"), "{}", said.text);
    disk.shuts(false);
    w.settle().await;
    let notes = w.get("/sandbox/channel?person=ana").await["notes"].clone();
    let note = &notes[0];
    assert_eq!(note["buttons"], serde_json::json!(["Ring anyway, it is my note", "Don't ring"]), "{notes}");
    w.desk("ana").presses(note["card"].as_str().unwrap(), "Ring anyway, it is my note").await;
    assert_eq!(w.rings().len(), 1);
    w.ends_clean().await;
}

#[tokio::test]
async fn a_repeat_that_overtakes_its_first_delivery_is_told_nothing_else() {
    let mut settings = Settings::sandbox(&["ana", "jack"]).unwrap();
    settings.call_by_caller = vec!["1/h".parse().unwrap()];
    let mut w = World::new(settings).await;
    let disk = Arc::new(SlowDisk::default());
    w.start_with(disk.clone()).await;
    disk.shuts(true);
    let ana = w.desk("ana");
    let twice = async { tokio::join!(ana.types_as("/call jack", "k"), ana.types_as("/call jack", "k")) };
    let opens = async {
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
        disk.shuts(false);
    };
    let ((one, two), ()) = tokio::join!(twice, opens);
    assert!(one.card.is_some(), "{}", one.text);
    assert_eq!((one.text, one.card), (two.text, two.card));
    assert_eq!(w.rings().len(), 1);
    w.ends_clean().await;
}

/// Types a line; whoever waits meanwhile waits in vain. At a desk: no other way is as short as a millisecond.
async fn types_while_time_passes(w: &World, line: &str) -> Said {
    w.while_time_passes(w.desk("ana").types_at_once(line)).await
}
