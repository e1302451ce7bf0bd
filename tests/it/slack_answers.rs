//! Answers of Slack's that do not come, or are none; and boards, which stand for so long that they wear out.

use std::time::Duration;

use crate::kit::{Workspace, World, secs, workspace};
use crate::slack::Fault;

/// What Slack does with a request whose answer does not come, or is none.
const UNANSWERED: [Fault; 3] = [Fault::LostAnswer, Fault::Garbled(502), Fault::Late(Duration::from_secs(9))];

#[tokio::test]
async fn a_post_whose_answer_does_not_come_is_seen_twice_and_never_lost() {
    for fault in UNANSWERED {
        workspace(async |w, s| {
            s.model.next("chat.postMessage", 1, fault.clone());
            s.types(w, "ana", "/call jack").await;
            w.advance(secs(1)).await;
            w.handset("jack").does("decline").await;
            w.advance(secs(40)).await;
            let cards = s.cards();
            // Slack has no keys for posts (ADR 10): the first one is nobody's.
            assert_eq!(cards.len(), 2, "{fault:?}: {cards:#?}");
            assert!(cards[1].text.contains("declined"), "{fault:?}: {}", cards[1].text);
            assert!(s.thread(&cards[1]).iter().any(|line| line.contains("declined")), "{fault:?}");
            assert_eq!(w.rings().len(), 1, "{fault:?}");
            let old = s.model.clicks(s.user("ana"), &s.ops, &cards[0].ts, "callout:Hang up").unwrap();
            s.answered(w, old).await;
            assert!(s.model.answers(old)[0].text.contains("is over"), "{fault:?}: its button answers kindly");
        })
        .await;
    }
}

#[tokio::test]
async fn a_line_whose_answer_does_not_come_is_seen_twice_at_most() {
    for fault in UNANSWERED {
        workspace(async |w, s| {
            s.types(w, "ana", "/call jack").await;
            w.advance(secs(2)).await;
            s.model.next("chat.postMessage", 1, fault.clone());
            w.handset("jack").does("decline").await;
            w.advance(secs(40)).await;
            let thread = s.thread(&s.card());
            let told = thread.iter().filter(|line| line.contains("declined")).count();
            assert_eq!(told, 2, "{fault:?}: {thread:#?}");
            assert!(s.card().text.contains("declined"), "{fault:?}");
        })
        .await;
    }
}

#[tokio::test]
async fn an_edit_whose_answer_does_not_come_is_made_again_and_changes_nothing() {
    for fault in UNANSWERED {
        workspace(async |w, s| {
            s.types(w, "ana", "/call jack").await;
            w.advance(secs(2)).await;
            s.model.next("chat.update", 2, fault.clone());
            w.handset("jack").does("decline").await;
            w.advance(secs(60)).await;
            assert!(s.card().text.contains("declined"), "{fault:?}: {}", s.card().text);
            let thread = s.thread(&s.card());
            assert_eq!(thread.iter().filter(|line| line.contains("declined")).count(), 1, "{thread:#?}");
        })
        .await;
    }
}

/// A board that stood for so long that Slack takes no more edits of it, and then changes.
async fn worn_out_board(w: &World, s: &Workspace) -> String {
    s.types(w, "ana", "/calls board").await;
    w.advance(secs(2)).await;
    let first = s.card();
    assert!(first.is_pinned, "{first:?}");
    s.model.set(|rules| rules.edit_window = Some(Duration::from_secs(60)));
    w.advance(secs(30)).await;
    first.ts
}

#[tokio::test]
async fn a_board_that_takes_no_more_edits_makes_room_for_the_next() {
    workspace(async |w, s| {
        let first = worn_out_board(w, s).await;
        w.advance(secs(300)).await;
        let boards = s.cards();
        assert_eq!(boards.len(), 1, "{boards:#?}");
        assert!(boards[0].ts != first && boards[0].is_pinned, "{boards:#?}");
        assert_eq!(s.model.pins(&s.ops), [boards[0].ts.clone()]);
    })
    .await;
}

#[tokio::test]
async fn an_old_board_that_cannot_be_taken_away_is_unpinned() {
    workspace(async |w, s| {
        let first = worn_out_board(w, s).await;
        s.model.next("chat.delete", 1, Fault::Error("cant_delete_message"));
        w.advance(secs(60)).await;
        let boards = s.cards();
        assert_eq!(boards.len(), 2, "{boards:#?}");
        assert_eq!((boards[0].ts.as_str(), boards[0].is_pinned), (first.as_str(), false), "{boards:#?}");
        assert_eq!(s.model.pins(&s.ops), [boards[1].ts.clone()]);
    })
    .await;
}
