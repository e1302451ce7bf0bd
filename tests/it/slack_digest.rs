//! Calls that are over before their turn comes: they are told together, each by name.

use std::time::Duration;

use callout::domain::call::CallState;
use callout::domain::ids::CardId;
use callout::domain::report::{Card, Place};
use callout::ports::ChatError;

use crate::kit::{Way, Workspace, World, free, secs, workspace_with};
use crate::slack::{Fault, Limits, Settings as Rules};

/// Slack with all its limits.
fn limited() -> Rules {
    Rules { limits: Limits::usual(), ..free() }
}

/// Cards of calls that are over, posted at once in one channel. Returns their messages.
async fn posts_ended(w: &World, s: &Workspace, which: std::ops::Range<usize>) -> Vec<String> {
    let (chat, place) =
        (w.chat("slack"), Place { chat: "slack".into(), channel: s.ops.clone(), thread: None });
    let card = |n: usize| Card {
        id: CardId::new(format!("c{n}")),
        text: format!("ana calls jack (audio): no answer, the {n}th time."),
        buttons: Vec::new(),
        state: Some(CallState::Ended),
    };
    let cards: Vec<Card> = which.map(card).collect();
    let posting = cards.iter().map(|card| async {
        loop {
            let busy = w.clock.busy();
            match chat.post_card(&place, card).await {
                Err(ChatError::NotBefore(due)) => {
                    drop(busy);
                    w.clock.sleep_until(due).await;
                }
                done => return done,
            }
        }
    });
    let posting = futures_util::future::join_all(posting);
    tokio::pin!(posting);
    let posted = loop {
        tokio::select! {
            biased;
            posted = &mut posting => break posted,
            () = w.advance(secs(1)) => {}
        }
    };
    posted.into_iter().map(|posted| posted.unwrap().message).collect()
}

#[tokio::test]
async fn what_waits_too_long_is_told_together_and_each_is_named() {
    workspace_with(
        (Way::Http, limited()),
        |_, _| {},
        async |w, s| {
            let posted = posts_ended(w, s, 0..300).await;
            let digests = posted.iter().filter(|message| message.ends_with("/digest")).count();
            assert_eq!(digests, 250, "fifty have messages of their own");
            let texts: Vec<String> = s.cards().into_iter().map(|seen| seen.text).collect();
            assert_eq!(texts.iter().filter(|text| text.contains("calls came to an end")).count(), 3);
            let all = texts.join("\n");
            for n in 0..300 {
                assert_eq!(all.matches(&format!("the {n}th time.")).count(), 1, "{n}");
            }
        },
    )
    .await;
}

#[tokio::test]
async fn a_message_that_tells_of_several_loses_none_while_it_is_edited() {
    workspace_with(
        (Way::Http, limited()),
        |_, _| {},
        async |w, s| {
            posts_ended(w, s, 0..70).await;
            w.advance(secs(60)).await;
            s.model.next("chat.update", 1, Fault::Late(Duration::from_secs(6)));
            let later = async {
                w.clock.sleep(secs(4)).await;
                posts_ended(w, s, 130..150).await
            };
            futures_util::join!(posts_ended(w, s, 70..130), later);
            let texts: Vec<String> = s.cards().into_iter().map(|seen| seen.text).collect();
            let all = texts.join("\n");
            for n in 0..150 {
                assert_eq!(all.matches(&format!("the {n}th time.")).count(), 1, "{n}: {texts:#?}");
            }
        },
    )
    .await;
}

#[tokio::test]
async fn a_message_that_tells_of_several_and_is_gone_is_followed_by_another() {
    workspace_with(
        (Way::Http, limited()),
        |_, _| {},
        async |w, s| {
            let digest = posts_ended(w, s, 0..60).await.pop().unwrap();
            let ts = digest.split('/').nth(1).unwrap().to_owned();
            w.advance(secs(60)).await;
            s.model.delete(&s.ops, &ts);
            let posted = posts_ended(w, s, 60..120).await;
            let second = posted.last().unwrap();
            assert!(second.ends_with("/digest") && !second.contains(&ts), "{second}");
            let texts: Vec<String> = s.cards().into_iter().map(|seen| seen.text).collect();
            assert!(texts.iter().any(|text| text.contains("the 119th time.")), "{texts:#?}");
        },
    )
    .await;
}
