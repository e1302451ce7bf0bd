//! Announcements: whoever answers hears the alert, and nobody else.

use callout::domain::settings::{AnnouncementRule, RoomNumbers, Settings};
use callout::engine::sandbox::{Ingest, IngestEnd};
use serde_json::json;

use crate::kit::{EDITS, World, desk_world_with, secs, world_with};

const FILM: &str = "https://media.example/alert.mp4";
const SOUND: &str = "https://media.example/chime.mp3";

pub(crate) fn announcing(say: Option<&str>) -> Settings {
    let mut settings = Settings::sandbox(&["ana", "jack", "mira"]).unwrap();
    settings.announcement = Some(AnnouncementRule {
        say: say.map(str::to_owned),
        audio: Some(SOUND.to_owned()),
        video: Some(FILM.to_owned()),
        page: None,
        repeats: 3,
        voice: None,
        rooms: RoomNumbers::Tutorial,
    });
    settings
}

pub(crate) fn ends(w: &World) -> Vec<Option<IngestEnd>> {
    w.engine.ingests().iter().map(|ingest| ingest.ended.map(|(_, end)| end)).collect()
}

fn urls(w: &World) -> Vec<String> {
    w.engine.ingests().iter().map(|ingest| ingest.url().to_owned()).collect()
}

/// Ana calls jack, who answers as soon as it rings, whatever is still under way.
async fn is_answered_at_once(w: &World) {
    w.desk("ana").types_at_once("/call jack").await;
    while w.handset("jack").shows().await["state"] != "ringing" {
        tokio::task::yield_now().await;
    }
    w.handset("jack").tries("answer").await;
}

#[tokio::test]
async fn jack_sees_the_film_from_his_answer_to_his_hang_up() {
    world_with(announcing(None), async |w| {
        let card = w.desk("ana").types("/call jack video").await.card();
        w.advance(secs(5)).await;
        assert!(w.engine.ingests().is_empty(), "it would play to an empty room");
        w.handset("jack").does("answer").await;
        assert_eq!(w.handset("jack").shows().await["hears"], FILM);
        w.advance(EDITS).await;
        insta::assert_snapshot!(w.card(&card).await, @"
        ana calls jack (video): jack answered at 15:00:05 UTC.
        ♪ playing the alert to jack.
        ");
        w.advance(secs(2)).await;
        w.handset("jack").does("hangup").await;
        assert_eq!(ends(w), [Some(IngestEnd::Stopped)]);
        w.advance(secs(10)).await;
        let timeline = w.call(&card).await["timeline"].as_array().unwrap().clone();
        let lines = timeline
            .iter()
            .map(|line| format!("{}: {}", line["event"].as_str().unwrap(), line["detail"].as_str().unwrap()));
        // The end of the announcement and the end of the call come at one instant, in either order.
        let (over, told): (Vec<String>, Vec<String>) =
            lines.partition(|line| line.starts_with("announcement_over"));
        assert_eq!(over, ["announcement_over: The alert is not played any more."]);
        insta::assert_snapshot!(told.join("\n"), @"
        placed: ana calls jack (video).
        dialing: The request to ring leaves.
        dialed: Ringing jack (video).
        answered: jack answered (video).
        announced: Now playing the alert to jack.
        leg_ended: jack left the call.
        ended: Ended after 4 s (Completed).
        ");
    })
    .await;
}

#[tokio::test]
async fn a_text_is_spoken_once_and_fetched_under_an_unguessable_name() {
    world_with(announcing(Some("{by} calls you: {note}")), async |w| {
        w.desk("ana").types("/call jack db is down").await;
        w.handset("jack").does("answer").await;
        let url = w.handset("jack").shows().await["hears"].as_str().unwrap().to_owned();
        let path = url.strip_prefix(&w.address()).expect("it is ours");
        assert!(path.starts_with("/media/") && path.len() > 36, "{path}");
        let (status, kind, audio) = w.get_raw(path).await;
        assert_eq!((status, kind.as_str()), (200, "audio/mpeg"));
        assert!(audio.windows(13).any(|part| part == b"ana calls you"), "the model's MP3 carries its text");
        assert_eq!(w.get_raw("/media/00000000000000000000000000000000.mp3").await.0, 404);
        w.handset("jack").does("hangup").await;
    })
    .await;
}

#[tokio::test]
async fn who_answers_later_hears_it_from_the_beginning() {
    world_with(announcing(None), async |w| {
        w.desk("ana").types("/call jack mira").await;
        w.handset("jack").does("answer").await;
        w.advance(secs(12)).await;
        w.handset("mira").does("answer").await;
        let ingests = w.engine.ingests();
        let [Ingest { sources, .. }] = ingests.as_slice() else { panic!("{ingests:?}") };
        assert_eq!(sources.len(), 2, "one task a room, started again");
        w.advance(secs(60)).await;
        assert_eq!(ends(w), [Some(IngestEnd::Finished)]);
        w.handset("jack").does("hangup").await;
        w.handset("mira").does("hangup").await;
    })
    .await;
}

#[tokio::test]
async fn the_card_says_when_it_has_come_to_its_end() {
    world_with(announcing(None), async |w| {
        let card = w.desk("ana").types("/call jack").await.card();
        w.handset("jack").does("answer").await;
        w.advance(EDITS).await;
        assert!(w.card(&card).await.contains("playing the alert to jack"));
        w.advance(secs(50)).await;
        assert!(!w.card(&card).await.contains("playing"), "{}", w.card(&card).await);
        w.handset("jack").does("hangup").await;
        assert_eq!(ends(w), [Some(IngestEnd::Finished)]);
    })
    .await;
}

#[tokio::test]
async fn without_the_package_one_line_says_so_and_the_call_goes_on() {
    world_with(announcing(None), async |w| {
        w.faults(json!({ "not_ability": true })).await;
        let card = w.desk("ana").types("/call jack").await.card();
        w.handset("jack").does("answer").await;
        w.advance(secs(30)).await;
        insta::assert_snapshot!(w.thread(&card).await, @"
        Ringing jack (audio).
        jack answered (audio).
        The alert can't be played: The RTC-Engine package is missing: buy or activate it, or leave announcements off (FailedOperation.NotAbility). The call goes on without it.
        ");
        assert_eq!(w.handset("jack").state().await, "in_call");
        w.handset("jack").does("hangup").await;
        w.advance(secs(10)).await;
        assert_eq!(w.outcome(&card).await, "Completed");
        assert!(w.engine.ingests().is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_other_numbering_of_rooms_is_found_and_remembered() {
    world_with(announcing(None), async |w| {
        w.faults(json!({ "string_room": 0 })).await;
        for callee in ["jack", "mira"] {
            w.desk("ana").types(&format!("/call {callee}")).await;
            w.handset(callee).does("answer").await;
            assert_eq!(w.handset(callee).shows().await["hears"], SOUND);
            w.handset(callee).does("hangup").await;
        }
        assert_eq!(ends(w), [Some(IngestEnd::Stopped), Some(IngestEnd::Stopped)]);
    })
    .await;
}

#[tokio::test]
async fn a_text_that_cannot_be_spoken_is_replaced_by_the_sound() {
    world_with(announcing(Some("{by} calls")), async |w| {
        w.faults(json!({ "cloud_internal": { "share": 1.0, "on": "TextToSpeech" } })).await;
        w.desk("ana").types("/call jack").await;
        w.handset("jack").does("answer").await;
        assert_eq!(urls(w), [SOUND]);
        w.handset("jack").does("hangup").await;
    })
    .await;
}

#[tokio::test]
async fn a_stop_of_the_program_ends_what_it_plays() {
    world_with(announcing(None), async |w| {
        w.desk("ana").types("/call jack").await;
        w.handset("jack").does("answer").await;
        w.stop().await;
        assert_eq!(ends(w), [Some(IngestEnd::Stopped)]);
        w.start().await;
        assert_eq!(w.handset("jack").state().await, "in_call", "the call itself goes on");
        w.handset("jack").does("hangup").await;
    })
    .await;
}

#[tokio::test]
async fn after_a_crash_it_is_still_ended_with_the_call() {
    world_with(announcing(None), async |w| {
        w.desk("ana").types("/call jack").await;
        w.handset("jack").does("answer").await;
        w.crash();
        w.handset("jack").does("hangup").await;
        assert_eq!(ends(w), [None], "nobody was there to end it");
        w.start().await;
        assert_eq!(ends(w), [Some(IngestEnd::Stopped)]);
    })
    .await;
}

#[tokio::test]
async fn a_start_whose_answer_was_lost_is_tried_again_and_plays_once() {
    world_with(announcing(None), async |w| {
        w.faults(json!({ "cloud_lost": { "times": 1, "on": "StartStreamIngest" } })).await;
        w.desk("ana").types("/call jack").await;
        w.handset("jack").does("answer").await;
        w.advance(secs(20)).await;
        let live = w.engine.ingests().iter().filter(|ingest| ingest.is_live()).count();
        assert_eq!(live, 1, "{:?}", ends(w));
        w.handset("jack").does("hangup").await;
        assert!(w.engine.ingests().iter().all(|ingest| !ingest.is_live()), "{:?}", ends(w));
    })
    .await;
}

#[tokio::test]
async fn nothing_is_played_to_an_empty_room_while_another_phone_rings() {
    world_with(announcing(None), async |w| {
        let card = w.desk("ana").types("/call jack mira").await.card();
        w.handset("jack").does("answer").await;
        w.advance(secs(2)).await;
        w.handset("jack").does("hangup").await;
        assert!(w.engine.ingests().iter().all(|ingest| !ingest.is_live()), "{:?}", ends(w));
        w.advance(EDITS).await;
        assert!(!w.card(&card).await.contains("playing"), "{}", w.card(&card).await);
    })
    .await;
}

/// At a desk: simulated time runs while the program stops, and a connection to Discord takes real time to close.
#[tokio::test]
async fn what_begins_to_play_during_a_stop_is_ended_too() {
    desk_world_with(announcing(None), async |w| {
        w.desk("ana").types("/call jack").await;
        w.faults(json!({ "slow_ms": 2000, "cloud_slow": { "times": 1, "on": "StartStreamIngest" } })).await;
        w.tries_engine("/sandbox/handset/jack/answer").await;
        while w.engine.ingests().is_empty() {
            tokio::task::yield_now().await;
        }
        w.stop().await;
        assert_eq!(ends(w), [Some(IngestEnd::Stopped)], "its answer was still on the way");
        w.start().await;
        w.handset("jack").does("hangup").await;
    })
    .await;
}

#[tokio::test]
async fn what_is_spoken_too_slowly_is_not_played_to_an_empty_room() {
    world_with(announcing(Some("{by} calls")), async |w| {
        let slow = json!({ "times": 9, "on": "TextToSpeech" });
        let lost = json!({ "times": 1, "on": "StartStreamIngest" });
        w.faults(json!({ "slow_ms": 4000, "cloud_slow": slow, "cloud_lost": lost })).await;
        is_answered_at_once(w).await;
        w.advance(secs(1)).await;
        w.handset("jack").tries("hangup").await;
        w.advance(secs(60)).await;
        assert_eq!(urls(w), Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn who_has_answered_does_not_wait_long_for_a_text() {
    world_with(announcing(Some("{by} calls")), async |w| {
        let slow = json!({ "times": 9, "on": "TextToSpeech" });
        w.faults(json!({ "slow_ms": 9000, "cloud_slow": slow })).await;
        is_answered_at_once(w).await;
        w.advance(secs(6)).await;
        assert_eq!(urls(w), [SOUND]);
        w.advance(secs(6)).await;
        w.desk("ana").types("/call mira").await;
        w.handset("mira").does("answer").await;
        let left = w.get_engine("/sandbox/engine/faults").await;
        assert_eq!(left["cloud_slow"]["times"], 8, "the text was ready for who called next, rendered once");
        w.handset("mira").does("hangup").await;
        w.handset("jack").does("hangup").await;
    })
    .await;
}

/// jack hears a feed to its end; mira answers before anybody has seen that it is over.
#[tokio::test]
async fn a_text_is_rendered_once_also_when_the_answer_overtakes_it() {
    world_with(announcing(Some("{by} calls")), async |w| {
        let slow = json!({ "times": 9, "on": "TextToSpeech" });
        w.faults(json!({ "slow_ms": 2000, "cloud_slow": slow })).await;
        is_answered_at_once(w).await;
        w.advance(secs(6)).await;
        let left = w.get_engine("/sandbox/engine/faults").await;
        assert_eq!(left["cloud_slow"]["times"], 8, "rendered more than once");
        assert_ne!(urls(w), [SOUND], "the text is heard");
    })
    .await;
}
