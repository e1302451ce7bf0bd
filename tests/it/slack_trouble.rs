//! What goes wrong on the way to Slack, and where the report goes then.

use std::time::Duration;

use callout::domain::call::CallState;
use callout::domain::change::Effect;
use callout::domain::ids::{CardId, UserId};
use callout::domain::inbound::Receipt;
use callout::domain::report::{Card, Place};

use crate::kit::{Way, Workspace, World, free, secs, workspace, workspace_with};
use crate::slack::{Fault, Limits, Settings as Rules};

/// Slack with all its limits.
fn limited() -> Rules {
    Rules { limits: Limits::usual(), ..free() }
}

/// A call by ana that jack declines.
async fn declined(w: &World, s: &Workspace) {
    s.types(w, "ana", "/call jack").await;
    w.handset("jack").does("decline").await;
    w.advance(secs(10)).await;
}

#[tokio::test]
async fn catalogue_27_a_deleted_card_is_posted_anew() {
    workspace(async |w, s| {
        s.types(w, "ana", "/call jack").await;
        w.advance(secs(1)).await;
        let first = s.card();
        s.model.delete(&s.ops, &first.ts);
        w.handset("jack").does("answer").await;
        w.advance(secs(3)).await;
        let second = s.cards().into_iter().find(|seen| seen.text.contains("jack answered")).unwrap();
        assert_ne!(second.ts, first.ts);
        w.handset("jack").does("hangup").await;
        w.advance(secs(10)).await;
        assert!(s.model.message(&s.ops, &second.ts).unwrap().text.contains("ended after"));
    })
    .await;
}

#[tokio::test]
async fn a_card_that_takes_no_more_edits_goes_on_in_a_new_one() {
    let rules = Rules { edit_window: Some(Duration::from_secs(60)), ..free() };
    workspace_with(
        (Way::Socket, rules),
        |_, _| {},
        async |w, s| {
            s.types(w, "ana", "/call jack").await;
            w.handset("jack").does("answer").await;
            w.advance(secs(120)).await;
            let first = s.card();
            w.handset("jack").does("hangup").await;
            w.advance(secs(10)).await;
            let second = s.cards().into_iter().find(|seen| seen.text.contains("ended after")).unwrap();
            assert_ne!(second.ts, first.ts);
            let old = s.thread(&first);
            let note = "Slack takes no more edits of this card. A new one in the channel tells the rest.";
            assert!(old.iter().any(|line| line == note), "{old:#?}");
        },
    )
    .await;
}

#[tokio::test]
async fn a_page_in_an_archived_channel_is_told_to_whom_it_concerns() {
    workspace(async |w, s| {
        s.types(w, "ana", "/page jack db is down").await;
        w.advance(secs(1)).await;
        s.model.archive(&s.ops, true);
        w.handset("jack").does("decline").await;
        w.advance(secs(200)).await;
        assert_eq!((s.direct("ana").len(), s.direct("jack").len()), (1, 1), "once each");
        let told = s.direct("jack").remove(0);
        assert!(
            told.starts_with("I can't show page p") && told.contains("the channel is archived"),
            "{told}"
        );
        let (user, channel) = (s.user("jack"), s.model.direct(s.user("jack")));
        let ts = s.model.sees(user, &channel)[0].ts.clone();
        let pressed = s.model.presses(user, &channel, &ts, "Acknowledge").unwrap();
        s.answered(w, pressed).await;
        let pages = w.get("/api/pages").await;
        assert_eq!(pages["pages"][0]["state"], "acknowledged", "{pages}");
        s.model.archive(&s.ops, false);
    })
    .await;
}

#[tokio::test]
async fn catalogue_27_an_archived_channel_sends_the_report_to_the_caller() {
    workspace(async |w, s| {
        s.types(w, "ana", "/call jack").await;
        w.advance(secs(1)).await;
        s.model.archive(&s.ops, true);
        w.handset("jack").does("answer").await;
        w.advance(secs(3)).await;
        let direct = s.direct("ana");
        assert!(
            direct[0].starts_with("I can't show call c") && direct[0].contains("the channel is archived"),
            "{direct:#?}"
        );
        assert!(direct[0].contains("ana calls jack (audio): jack answered"), "{direct:#?}");
        s.model.archive(&s.ops, false);
        w.handset("jack").does("hangup").await;
        w.advance(secs(10)).await;
    })
    .await;
}

#[tokio::test]
async fn where_the_bot_is_not_invited_the_caller_is_told() {
    workspace(async |w, s| {
        let secret = s.model.private_channel("secret", &[s.user("ana"), s.user("jack")]);
        let bot = s.model.bot();
        s.model.kick(&secret, &bot);
        let heard = s.types_in(w, "ana", (&secret, "/call jack")).await;
        assert!(matches!(heard, crate::slack::Heard::Message(_)), "{heard:?}");
        w.advance(secs(2)).await;
        let direct = s.direct("ana");
        assert!(direct[0].contains("/invite me"), "{direct:#?}");
        assert_eq!(w.rings().len(), 1, "it rings all the same");
    })
    .await;
}

#[tokio::test]
async fn a_missing_scope_is_named() {
    workspace(async |w, s| {
        s.model.revoke_scope("chat:write");
        let place = Place { chat: "slack".into(), channel: s.ops.clone(), thread: None };
        let card = Card { id: CardId::new("x"), text: "x".into(), buttons: Vec::new(), state: None };
        let why = w.chat("slack").post_card(&place, &card).await.unwrap_err().to_string();
        insta::assert_snapshot!(why, @"a scope is missing (Slack says missing_scope: add chat:write to the app and install it again)");
    })
    .await;
}

#[tokio::test]
async fn a_limit_is_waited_out_and_nothing_is_lost() {
    workspace(async |w, s| {
        s.model.next("chat.postMessage", 2, Fault::TooEarly(Duration::from_secs(3)));
        s.types(w, "ana", "/call jack").await;
        assert_eq!(w.rings().len(), 1, "a limit of Slack's delays no dial");
        w.advance(secs(12)).await;
        assert!(s.card().text.starts_with("ana calls jack (audio): ringing"), "{}", s.card().text);
        assert_eq!(s.requests("chat.postMessage"), 4, "a card, a line, and two that came too early");
    })
    .await;
}

#[tokio::test]
async fn errors_of_slacks_own_are_tried_again() {
    workspace(async |w, s| {
        for fault in [Fault::Refused(503), Fault::Error("internal_error"), Fault::Cut] {
            s.model.next("chat.postMessage", 1, fault);
        }
        s.types(w, "ana", "/call jack").await;
        w.advance(secs(15)).await;
        assert_eq!(s.cards().len(), 1);
        assert_eq!(s.thread(&s.card()), ["Ringing jack (audio)."]);
    })
    .await;
}

#[tokio::test]
async fn catalogue_22_with_slack_away_for_an_hour_phones_ring_and_the_thread_catches_up_once() {
    workspace_with(
        (Way::Http, free()),
        |_, _| {},
        async |w, s| {
            s.types(w, "ana", "/call jack").await;
            w.advance(secs(1)).await;
            let card = s.card();
            s.model.go_down();
            w.handset("jack").does("answer").await;
            let (chat, key) = ("slack".to_owned(), callout::domain::ids::DeliveryKey::new("late"));
            let place = Place { chat, channel: s.ops.clone(), thread: None };
            let (to, said) = (UserId::new(s.user("mira")), Receipt::private("The outcome."));
            let mut change = callout::domain::change::Change::default();
            change.act(Effect::Whisper { key, place, to, said }, w.clock.now());
            w.commits(change).await;
            w.advance(secs(1_800)).await;
            w.handset("jack").does("hangup").await;
            w.desk("mira").types("/call ana").await;
            w.advance(secs(1_800)).await;
            assert_eq!(w.rings().len(), 2, "phones ring");
            s.model.come_back();
            w.advance(secs(90)).await;
            assert_eq!(s.direct("mira"), ["The outcome."], "what is said in private is not lost either");
            assert!(s.card().text.contains("ended after 30 min"), "{}", s.card().text);
            let thread = s.thread(&card);
            assert_eq!(
                thread.iter().filter(|line| line.starts_with("jack answered")).count(),
                1,
                "{thread:#?}"
            );
            assert!(
                thread[0].starts_with("Ringing") && thread.last().unwrap().contains("nded"),
                "in order: {thread:#?}"
            );
        },
    )
    .await;
}

#[tokio::test]
async fn a_call_that_ended_while_slack_was_away_is_posted_once_in_its_final_state() {
    workspace_with(
        (Way::Http, free()),
        |_, _| {},
        async |w, s| {
            s.model.next("chat.*", 1_000_000, Fault::Refused(503));
            declined(w, s).await;
            s.model.clear_faults();
            w.advance(secs(90)).await;
            assert!(s.card().text.contains("declined"), "{}", s.card().text);
            assert!(!s.card().is_edited, "it was never anything else");
        },
    )
    .await;
}

#[tokio::test]
async fn the_edits_of_a_minute_are_shared_and_last_states_go_first() {
    workspace_with(
        (Way::Http, limited()),
        |_, _| {},
        async |w, s| {
            let (chat, place) =
                (w.chat("slack"), Place { chat: "slack".into(), channel: s.ops.clone(), thread: None });
            let card = |n: usize, state| Card {
                id: CardId::new("c1"),
                text: format!("state {n}"),
                buttons: Vec::new(),
                state: Some(state),
            };
            let _busy = w.clock.busy();
            let posted = chat.post_card(&place, &card(0, CallState::Ringing)).await.unwrap();
            for n in 0..40 {
                chat.edit_card(&place, &posted.message, &card(n, CallState::Ringing)).await.unwrap();
            }
            assert!(chat.edit_pause() >= Duration::from_secs(2));
            let end = card(99, CallState::Ended);
            chat.edit_card(&place, &posted.message, &end).await.unwrap();
            assert_eq!(s.card().text, "state 99", "ten of fifty are kept for last states");
            assert_eq!(s.requests("chat.update"), 41);
        },
    )
    .await;
}

#[tokio::test]
async fn a_last_state_passes_cards_that_wait_for_the_next_minute() {
    workspace_with(
        (Way::Http, limited()),
        |_, _| {},
        async |w, s| {
            let (chat, place) =
                (w.chat("slack"), Place { chat: "slack".into(), channel: s.ops.clone(), thread: None });
            let card = |text: &str, state| Card {
                id: CardId::new("c1"),
                text: text.to_owned(),
                buttons: Vec::new(),
                state: Some(state),
            };
            let busy = w.clock.busy();
            let posted = chat.post_card(&place, &card("0", CallState::Ringing)).await.unwrap().message;
            for n in 0..40 {
                chat.edit_card(&place, &posted, &card(&n.to_string(), CallState::Ringing)).await.unwrap();
            }
            drop(busy);
            w.advance(secs(51)).await;
            let (busy, waits, ends) =
                (w.clock.busy(), card("it waits", CallState::Ringing), card("over", CallState::Ended));
            let waiting = chat.edit_card(&place, &posted, &waits);
            tokio::pin!(waiting);
            for _ in 0..50 {
                assert!(futures_util::poll!(&mut waiting).is_pending());
                tokio::task::yield_now().await;
            }
            let ending = chat.edit_card(&place, &posted, &ends);
            let ended = async {
                tokio::select! {
                    biased;
                    done = ending => done,
                    _ = &mut waiting => panic!("the other went first"),
                }
            };
            ended.await.unwrap();
            assert_eq!(s.card().text, "over", "time has not moved");
            drop(busy);
        },
    )
    .await;
}

#[tokio::test]
async fn a_token_that_is_good_again_is_taken_without_a_restart() {
    workspace_with(
        (Way::Http, free()),
        |_, _| {},
        async |w, s| {
            s.model.next("chat.postMessage", 1, Fault::Error("invalid_auth"));
            s.types(w, "ana", "/call jack").await;
            w.advance(secs(10)).await;
            assert!(w.chat("slack").ready().await.is_err());
            w.advance(secs(400)).await;
            assert_eq!(w.chat("slack").ready().await, Ok(()));
            assert!(s.card().text.contains("no answer"), "{}", s.card().text);
            assert_eq!(w.errors().len(), 1);
        },
    )
    .await;
}

#[tokio::test]
async fn refused_tokens_are_said_and_nothing_is_asked_with_them_any_more() {
    // What could not be posted is left at the end, for the start with a good token.
    let settings = callout::domain::settings::Settings::sandbox(&["ana", "jack"]).unwrap();
    let mut w = World::at_desk(settings).await;
    let s = Workspace::open(&mut w, Way::Http, free()).await;
    w.start().await;
    s.is_ready(&w, Way::Http).await;
    s.model.revoke_tokens();
    s.types(&w, "ana", "/call jack").await;
    w.advance(secs(2)).await;
    let why = w.chat("slack").ready().await.unwrap_err().to_string();
    assert!(why.contains("SLACK_BOT_TOKEN"), "{why}");
    let asked = s.model.journal().len();
    w.advance(secs(30)).await;
    assert_eq!(s.model.journal().len(), asked);
    assert_eq!(w.rings().len(), 1, "phones ring all the same");
    let errors = w.errors();
    assert_eq!(errors.len(), 1, "{errors:?}");
}
