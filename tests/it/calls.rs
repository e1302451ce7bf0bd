//! Lists, boards, restarts, and an engine that misbehaves.

use serde_json::json;

use crate::kit::{secs, world};

#[tokio::test]
async fn lists_show_what_lives_and_what_was() {
    world(async |w| {
        insta::assert_snapshot!(w.desk("mira").types("/calls").await.text,
            @"No call is live. Start one: /call &lt;person&gt; [audio|video] [note]");
        let card = w.desk("ana").types("/call jack").await.card();
        w.advance(secs(3)).await;
        let list = w.desk("mira").types("/calls").await;
        assert!(list.private);
        assert_eq!(list.text, format!("1 live call:\n• {card}: ana calls jack (audio): ringing for 3 s"));
        w.handset("jack").does("decline").await;
        let history = w.desk("mira").types("/calls history @jack").await.text;
        assert_eq!(
            history,
            format!("Past calls of jack, newest first:\n• 2026-03-10 15:00:00 UTC {card}: ana calls jack (audio): jack declined")
        );
        let none = w.desk("mira").types("/calls history @mira").await.text;
        assert_eq!(none, "No past call of mira.");
        let shown = w.desk("mira").types(&format!("/calls show {card}")).await.text;
        assert!(shown.contains("15:00:00.000 Ringing jack (audio)."), "{shown}");
        assert!(shown.contains("15:00:03.000 Jack declined (Declined).") || shown.contains("jack declined (Declined)."), "{shown}");
    })
    .await;
}

#[tokio::test]
async fn a_board_stays_current_through_restart_and_deletion() {
    world(async |w| {
        let board = w.desk("mira").types("/calls board").await.card();
        insta::assert_snapshot!(w.card(&board).await, @"Live calls: none.");
        let card = w.desk("ana").types("/call jack").await.card();
        w.advance(secs(2)).await;
        let line = format!("1 live call:\n• ana calls jack (audio): ringing since 15:00:00 UTC ({card})");
        assert_eq!(w.card(&board).await, line);

        w.crash();
        w.start().await;
        w.handset("jack").does("answer").await;
        w.advance(secs(2)).await;
        assert!(w.card(&board).await.contains("answered by jack since"), "{}", w.card(&board).await);

        w.deletes(&board).await;
        w.handset("jack").does("hangup").await;
        w.advance(secs(10)).await;
        assert_eq!(w.card(&board).await, "Live calls: none.");

        let twice = w.desk("ana").types("/calls board").await.text;
        assert_eq!(twice, "This channel has a board already; it stays current by itself.");
        w.desk("mira").presses(&board, "Remove board").await;
        assert!(w.channel().await.iter().all(|shown| shown["id"] != board.as_str()));
    })
    .await;
}

#[tokio::test]
async fn two_boards_asked_for_at_once_are_one() {
    world(async |w| {
        let (mira, ana) = (w.desk("mira"), w.desk("ana"));
        let (one, other) =
            tokio::join!(mira.types_at_once("/calls board"), ana.types_at_once("/calls board"));
        w.settle().await;
        let posted = [&one, &other].iter().filter(|said| said.text.contains("The board is posted")).count();
        assert_eq!(posted, 1, "{one:?} {other:?}");
    })
    .await;
}

#[tokio::test]
async fn a_restart_recovers_a_live_call() {
    world(async |w| {
        let card = w.desk("ana").types("/call jack").await.card();
        w.crash();
        w.handset("jack").does("answer").await;
        w.advance(secs(3)).await;
        w.start().await;
        insta::assert_snapshot!(w.thread(&card).await, @"
        Ringing jack (audio).
        jack answered (audio).
        Recovered after a restart: still in the call.
        ");
        w.handset("jack").does("hangup").await;
        w.advance(secs(10)).await;
        assert_eq!(w.outcome(&card).await, "Completed");
        assert_eq!(w.rings().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_engine_that_is_down_is_tried_again_and_the_card_says_when() {
    world(async |w| {
        w.faults(json!({ "rate_limited": 1 })).await;
        let card = w.desk("ana").types("/call jack").await.card();
        let held = w.card(&card).await;
        assert!(
            held.starts_with("ana calls jack (audio): waiting for the engine.\nThe engine did not take it:"),
            "{held}"
        );
        assert!(held.contains("Tried once, next try at 15:00:0"), "{held}");
        w.advance(secs(1)).await;
        assert_eq!(w.handset("jack").state().await, "ringing");
        assert_eq!(w.rings().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_is_never_dialled_twice() {
    world(async |w| {
        w.faults(json!({ "lose_answer": 1, "drop_callbacks": 1 })).await;
        let card = w.desk("ana").types("/call jack").await.card();
        assert_eq!(w.handset("jack").state().await, "ringing");
        w.advance(secs(11)).await;
        let lost = w.card(&card).await;
        assert!(lost.starts_with("ana calls jack (audio): may be ringing."), "{lost}");
        w.advance(secs(70)).await;
        assert_eq!(w.outcome(&card).await, "NoAnswer");
        assert_eq!(w.rings().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_is_settled_by_the_callback() {
    world(async |w| {
        w.faults(json!({ "lose_answer": 1 })).await;
        let card = w.desk("ana").types("/call jack").await.card();
        w.handset("jack").does("answer").await;
        w.advance(secs(1)).await;
        assert_eq!(w.call(&card).await["state"], "connected");
        w.handset("jack").does("hangup").await;
        w.advance(secs(20)).await;
        assert_eq!(w.outcome(&card).await, "Completed");
        assert_eq!(w.rings().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_gateway_error_that_rang_nobody_ends_failed_and_says_so() {
    world(async |w| {
        w.faults(json!({ "dial_502": 1 })).await;
        let card = w.desk("ana").types("/call jack").await.card();
        assert!(w.card(&card).await.contains("may be ringing"), "{}", w.card(&card).await);
        w.advance(secs(90)).await;
        assert_eq!(w.outcome(&card).await, "Failed");
        insta::assert_snapshot!(w.card(&card).await, @"
        ana calls jack (audio): failed: nothing rang, as far as the engine's records tell.
        Whoever answered all the same is in no record before they hang up: we look again until 16:01:05 UTC.
        ");
        assert_eq!(w.rings().len(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_slow_answer_is_waited_for() {
    world(async |w| {
        w.faults(json!({ "slow": 1, "slow_ms": 3500 })).await;
        let card = w.desk("ana").types("/call jack").await.card();
        w.advance(secs(4)).await;
        assert_eq!(w.call(&card).await["state"], "ringing");
        assert_eq!(w.rings().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn success_without_a_response_is_settled_by_the_callback() {
    world(async |w| {
        w.faults(json!({ "no_response": 1 })).await;
        let card = w.desk("ana").types("/call jack").await.card();
        w.advance(secs(1)).await;
        assert_eq!(w.call(&card).await["state"], "ringing");
        w.handset("jack").does("decline").await;
        assert_eq!(w.outcome(&card).await, "Declined");
    })
    .await;
}

#[tokio::test]
async fn a_stop_finishes_what_is_in_flight() {
    world(async |w| {
        let card = w.desk("ana").types("/call jack").await.card();
        w.stop().await;
        assert_eq!(w.rows("effect"), 0);
        w.start().await;
        assert_eq!(w.call(&card).await["state"], "ringing");
        assert_eq!(w.rings().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_hang_up_while_dialling_is_not_followed_by_a_late_ring() {
    world(async |w| {
        w.faults(json!({ "slow": 1, "slow_ms": 3000 })).await;
        let card = w.desk("ana").types("/call jack").await.card();
        w.desk("ana").presses(&card, "Hang up").await;
        w.advance(secs(20)).await;
        assert_eq!(w.handset("jack").state().await, "idle");
        assert_eq!(w.outcome(&card).await, "Cancelled");
        assert_eq!(w.rings().len(), 1);
    })
    .await;
}

/// Row 3 of the wire reference's section 11: the number alone does not say that nobody was rung.
#[tokio::test]
async fn row_03_whom_the_engine_refuses_but_lists_was_rung() {
    world(async |w| {
        w.faults(json!({ "false_result": 1 })).await;
        let card = w.desk("ana").types("/call jack").await.card();
        assert_eq!(w.handset("jack").state().await, "ringing");
        assert!(w.card(&card).await.contains("ringing"), "{}", w.card(&card).await);
        w.handset("jack").does("answer").await;
        w.handset("jack").does("hangup").await;
        w.advance(secs(10)).await;
        assert_eq!(w.outcome(&card).await, "Completed");
        assert_eq!(w.call(&card).await["legs"][0]["agreed"], true, "callback and record say the same");
    })
    .await;
}

/// Row 11: whether any callback comes for robot calls is not documented.
#[tokio::test]
async fn row_11_a_call_without_any_callback_goes_its_way() {
    world(async |w| {
        w.faults(json!({ "drop_callbacks": 1000 })).await;
        let card = w.desk("ana").types("/call jack").await.card();
        w.handset("jack").does("answer").await;
        w.advance(secs(3)).await;
        assert!(w.card(&card).await.contains("answered"), "{}", w.card(&card).await);
        w.handset("jack").does("hangup").await;
        w.advance(secs(15)).await;
        assert_eq!(w.outcome(&card).await, "Completed");
    })
    .await;
}

/// Row 13: a doubtful refusal may be the signature: renewed once, then two further tries, then it stops.
#[tokio::test]
async fn row_13_a_doubtful_refusal_costs_four_requests_at_most() {
    world(async |w| {
        w.faults(json!({ "code_60004": { "times": 3, "on": "start_call_by_robot" } })).await;
        w.desk("ana").types("/call jack").await;
        w.advance(secs(20)).await;
        assert_eq!(w.rings().len(), 1, "the fourth request is taken");
        w.handset("jack").does("decline").await;

        w.faults(json!({ "code_60004": { "times": 5, "on": "start_call_by_robot" } })).await;
        let card = w.desk("ana").types("/call jack").await.card();
        w.advance(secs(30)).await;
        assert_eq!(w.outcome(&card).await, "Failed");
        insta::assert_snapshot!(w.card(&card).await, @"ana calls jack (audio): failed: tried 4 times, last: The engine could not check account or signature: check TENCENT_ADMIN_ACCOUNT and TENCENT_USERSIG_KEY if it stays (60004).");
        let left = w.get_engine("/sandbox/engine/faults").await;
        assert_eq!(left["code_60004"]["times"], 1, "four requests");
        w.faults(json!({ "code_60004": false })).await;
    })
    .await;
}

/// Row 20: the record appears some seconds after the end.
#[tokio::test]
async fn row_20_a_record_is_asked_for_until_it_is_there() {
    world(async |w| {
        w.faults(
            json!({ "drop_callbacks": 1000, "code_101050": { "times": 3, "on": "get_record_by_callid" } }),
        )
        .await;
        let card = w.desk("ana").types("/call jack").await.card();
        w.handset("jack").does("decline").await;
        w.advance(secs(8)).await;
        assert_eq!(w.outcome(&card).await, "none yet");
        w.advance(secs(30)).await;
        assert_eq!(w.outcome(&card).await, "Declined");
    })
    .await;
}

/// Too many bad signatures: the engine is left alone for a minute, which counts as no try.
#[tokio::test]
async fn an_engine_that_wants_to_be_left_alone_is_called_afterwards() {
    world(async |w| {
        w.faults(json!({ "code_70050": { "times": 1, "on": "start_call_by_robot" } })).await;
        let card = w.desk("ana").types("/call jack").await.card();
        w.advance(secs(30)).await;
        assert!(w.rings().is_empty());
        assert!(w.card(&card).await.contains("next try at"), "{}", w.card(&card).await);
        w.advance(secs(45)).await;
        assert_eq!(w.rings().len(), 1, "{}", w.card(&card).await);
        w.handset("jack").does("decline").await;
    })
    .await;
}
