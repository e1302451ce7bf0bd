//! Announcements to who answers later, and starts that go wrong.

use callout::engine::sandbox::IngestEnd;
use serde_json::json;

use crate::announce::{announcing, ends};
use crate::kit::{World, secs, world_with};

async fn answered_after_the_end(w: &World, fault: serde_json::Value) -> String {
    w.faults(json!({ "source_ms": 4000 })).await;
    let card = w.desk("ana").types("/call jack mira").await.card();
    w.handset("jack").does("answer").await;
    w.advance(secs(13)).await;
    assert_eq!(ends(w), [Some(IngestEnd::Finished)]);
    w.faults(fault).await;
    w.handset("mira").does("answer").await;
    card
}

#[tokio::test]
async fn a_start_for_who_answers_later_is_tried_again() {
    world_with(announcing(None), async |w| {
        let fault = json!({ "cloud_internal": { "times": 1, "on": "StartStreamIngest" } });
        let card = answered_after_the_end(w, fault).await;
        w.advance(secs(2)).await;
        assert_eq!(ends(w), [Some(IngestEnd::Finished), None]);
        assert!(
            w.card(&card).await.contains("playing the alert to jack and mira"),
            "{}",
            w.card(&card).await
        );
        for callee in ["jack", "mira"] {
            w.handset(callee).does("hangup").await;
        }
        assert_eq!(ends(w), [Some(IngestEnd::Finished), Some(IngestEnd::Stopped)]);
    })
    .await;
}

#[tokio::test]
async fn a_start_for_who_answers_later_that_fails_for_good_is_one_line() {
    world_with(announcing(None), async |w| {
        let card = answered_after_the_end(w, json!({ "not_ability": true })).await;
        w.advance(secs(2)).await;
        let thread = w.thread(&card).await;
        assert!(thread.contains("The alert can't be played: The RTC-Engine package is missing"), "{thread}");
        assert!(!w.card(&card).await.contains("playing"), "{}", w.card(&card).await);
    })
    .await;
}

#[tokio::test]
async fn a_start_for_who_answers_later_whose_answer_was_lost_is_ended_with_the_call() {
    world_with(announcing(None), async |w| {
        let fault = json!({ "source_ms": 60_000, "cloud_lost": { "times": 1, "on": "StartStreamIngest" } });
        answered_after_the_end(w, fault).await;
        w.advance(secs(20)).await;
        for callee in ["jack", "mira"] {
            w.handset(callee).does("hangup").await;
        }
        let ended = [IngestEnd::Finished, IngestEnd::Replaced, IngestEnd::Stopped];
        assert_eq!(ends(w), ended.map(Some));
    })
    .await;
}

#[tokio::test]
async fn a_beginning_anew_that_fails_is_tried_again() {
    world_with(announcing(None), async |w| {
        w.desk("ana").types("/call jack mira").await;
        w.handset("jack").does("answer").await;
        w.advance(secs(5)).await;
        w.faults(json!({ "cloud_internal": { "times": 1, "on": "UpdateStreamIngest" } })).await;
        w.handset("mira").does("answer").await;
        w.advance(secs(2)).await;
        let ingests = w.engine.ingests();
        assert_eq!((ingests.len(), ingests[0].sources.len()), (1, 2), "{ingests:?}");
    })
    .await;
}

#[tokio::test]
async fn a_beginning_anew_that_is_refused_is_one_line_and_it_plays_on() {
    world_with(announcing(None), async |w| {
        let card = w.desk("ana").types("/call jack mira").await.card();
        w.handset("jack").does("answer").await;
        w.faults(json!({ "not_ability": { "share": 1.0, "on": "UpdateStreamIngest" } })).await;
        w.advance(secs(5)).await;
        w.handset("mira").does("answer").await;
        let last = w.thread(&card).await.lines().last().unwrap().to_owned();
        insta::assert_snapshot!(last, @"The alert does not begin anew for who answered now: The RTC-Engine package is missing: buy or activate it, or leave announcements off (FailedOperation.NotAbility). It plays on.");
        assert!(w.card(&card).await.contains("playing the alert to jack and mira"), "{}", w.card(&card).await);
    })
    .await;
}

#[tokio::test]
async fn a_start_that_is_refused_because_it_plays_already_is_no_failure() {
    world_with(announcing(None), async |w| {
        let lost = json!({ "times": 1, "on": "StartStreamIngest" });
        w.faults(json!({ "one_feed": true, "cloud_lost": lost })).await;
        let card = w.desk("ana").types("/call jack").await.card();
        w.handset("jack").does("answer").await;
        w.advance(secs(20)).await;
        assert_eq!(ends(w), [None], "it plays");
        assert!(!w.thread(&card).await.contains("can't be played"), "{}", w.thread(&card).await);
        let told = w.call(&card).await["timeline"].as_array().unwrap().clone();
        let told = told.iter().find(|line| line["event"] == "announced").expect("it is told");
        insta::assert_snapshot!(told["detail"].as_str().unwrap(), @"The alert plays already, by an earlier start whose answer was lost. It ends by itself.");
        w.handset("jack").does("hangup").await;
        w.advance(secs(20)).await;
        assert_eq!(ends(w), [Some(IngestEnd::Finished)]);
    })
    .await;
}
