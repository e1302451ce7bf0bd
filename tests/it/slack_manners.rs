//! Slack's own manners: mentions in threads, the app's page, a shortcut, a board that is pinned, who is served.

use crate::kit::{Way, free, over_both, secs, workspace, workspace_with};

#[tokio::test]
async fn in_a_thread_the_bot_understands_hangup() {
    over_both(async |w, s| {
        s.types(w, "ana", "/call jack").await;
        w.advance(secs(1)).await;
        let card = s.card();
        s.mentions(w, "mira", (Some(&card.ts), "hangup")).await;
        let refused = s.model.thread(s.user("mira"), &s.ops, &card.ts).pop().unwrap();
        assert!(refused.is_private && refused.text.contains("Only"), "{refused:?}");
        s.mentions(w, "ana", (Some(&card.ts), "hangup!")).await;
        let told = s.model.thread(s.user("ana"), &s.ops, &card.ts);
        assert!(
            told.iter().any(|seen| seen.is_private && seen.text.starts_with("Hanging up c")),
            "{told:#?}"
        );
        w.advance(secs(10)).await;
        assert!(
            s.card().text.contains("cancelled") || s.card().text.contains("hung up"),
            "{}",
            s.card().text
        );
    })
    .await;
}

#[tokio::test]
async fn after_a_restart_the_thread_of_a_live_call_is_still_known() {
    workspace(async |w, s| {
        s.types(w, "ana", "/call jack").await;
        w.handset("jack").does("answer").await;
        w.advance(secs(3)).await;
        w.crash();
        w.start().await;
        s.model.until_connected(1).await;
        w.advance(secs(3)).await;
        s.mentions(w, "ana", (Some(&s.card().ts), "hangup")).await;
        w.advance(secs(10)).await;
        assert!(s.card().text.contains("ended after"), "{}", s.card().text);
    })
    .await;
}

#[tokio::test]
async fn a_command_can_be_said_to_the_bot_also_in_a_thread() {
    over_both(async |w, s| {
        let (root, _) = s.model.says(s.user("ana"), &s.ops, None, "the db is down").unwrap();
        s.mentions(w, "ana", (Some(&root), "call @jack video look at this")).await;
        w.advance(secs(1)).await;
        let thread = s.model.thread(s.user("mira"), &s.ops, &root);
        let texts: Vec<&str> = thread.iter().map(|seen| seen.text.as_str()).collect();
        assert!(texts.iter().any(|text| text.starts_with("ana calls jack (video): ringing")), "{texts:#?}");
        assert!(texts.contains(&"Ringing jack (video)."), "the lines stand in the same thread: {texts:#?}");
        assert_eq!(s.cards().len(), 1, "and nothing in the channel");
        s.mentions(w, "ana", (None, "hello there")).await;
        insta::allow_duplicates! { insta::assert_snapshot!(s.private("ana").pop().unwrap(), @"In the thread of a call's card I understand “hangup”, in a page's “ack”, “ack 30m” and “close”. Anywhere I understand commands, as in “call jack”. “/callout help” lists them."); }
    })
    .await;
}

#[tokio::test]
async fn the_apps_page_shows_my_calls() {
    over_both(async |w, s| {
        s.types(w, "ana", "/call jack").await;
        w.advance(secs(1)).await;
        let nr = s.model.opens_home(s.user("jack")).unwrap();
        s.answered(w, nr).await;
        let page = s.model.home(s.user("jack")).unwrap().text;
        assert!(page.starts_with("You are jack.") && page.contains("Your 1 live call:"), "{page}");
        assert!(page.contains("ana calls jack (audio): ringing"), "{page}");
        let nr = s.model.opens_home(s.user("zoe")).unwrap();
        s.answered(w, nr).await;
        assert!(s.model.home(s.user("zoe")).unwrap().text.starts_with("You are not linked to anybody here"));
    })
    .await;
}

#[tokio::test]
async fn a_message_becomes_the_note_of_a_call() {
    over_both(async |w, s| {
        let (ts, _) = s.model.says(s.user("mira"), &s.ops, None, "disk <full> on db1").unwrap();
        let nr = s.model.message_shortcut(s.user("ana"), &s.ops, &ts, "call_about").unwrap();
        s.answered(w, nr).await;
        let form = s.model.modal(s.user("ana")).unwrap();
        let note = form.fields.iter().find(|field| field.block_id == "note").unwrap();
        assert!(note.value.contains("disk") && note.value.contains("on db1"), "{note:?}");
        let sent = s.model.submits(s.user("ana"), &[("ids", "jack")]).unwrap();
        s.answered(w, sent).await;
        w.advance(secs(1)).await;
        let card = s.cards().into_iter().find(|seen| seen.text.starts_with("ana calls jack")).unwrap();
        assert!(card.text.contains("Note: disk"), "{}", card.text);
    })
    .await;
}

#[tokio::test]
async fn a_board_is_pinned_and_taken_away() {
    over_both(async |w, s| {
        assert_eq!(
            s.told(w, "ana", "/calls board").await.text,
            "The board is posted. It stays current by itself, whoever calls."
        );
        w.advance(secs(2)).await;
        let board = s.card();
        assert!(board.is_pinned, "{board:?}");
        s.types(w, "ana", "/call jack").await;
        w.advance(secs(5)).await;
        assert!(s.cards()[0].text.starts_with("1 live call"), "{:#?}", s.cards());
        s.presses(w, "ana", (&board.ts, "Remove board")).await;
        w.advance(secs(2)).await;
        assert!(s.cards().iter().all(|seen| seen.ts != board.ts));
        assert!(s.model.pins(&s.ops).is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_workspace_that_is_not_on_the_list_is_refused() {
    let other = |settings: &mut callout::domain::settings::Settings, _: &crate::kit::Workspace| {
        settings.workspaces = vec!["T0000000".to_owned()];
    };
    for way in [Way::Socket, Way::Http] {
        workspace_with((way, free()), other, async |w, s| {
            let said = s.told(w, "ana", "/call jack").await;
            assert!(said.text.starts_with("I don't work for your workspace."), "{said:?}");
            w.advance(secs(2)).await;
            assert_eq!(w.rings().len(), 0);
        })
        .await;
    }
}

#[tokio::test]
async fn old_and_foreign_buttons_answer_kindly() {
    over_both(async |w, s| {
        s.types(w, "ana", "/call jack").await;
        w.handset("jack").does("decline").await;
        w.advance(secs(10)).await;
        let card = s.card();
        assert!(card.buttons.iter().all(|button| button.label != "Hang up"), "{card:?}");
        let late = s.model.clicks_late(s.user("ana"), &s.ops, &card.ts, "callout:Hang up").unwrap();
        s.answered(w, late).await;
        let told = s.model.answers(late).pop().unwrap();
        assert!(told.is_private && told.text.contains("is over"), "{}", told.text);
        let foreign = s.model.posts_as_before(&s.ops, "an older version's card", "other:button");
        let press = s.model.clicks(s.user("ana"), &s.ops, &foreign, "other:button").unwrap();
        s.answered(w, press).await;
        insta::allow_duplicates! { insta::assert_snapshot!(s.model.answers(press).pop().unwrap().text, @"I don't know that button any more. Nothing was done."); }
        assert_eq!(w.rings().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_mention_whose_words_are_changed_is_not_carried_out_again() {
    over_both(async |w, s| {
        let (ts, nr) = s.model.says(s.user("ana"), &s.ops, None, "@callout call jack video teh db").unwrap();
        s.answered(w, nr.unwrap()).await;
        let again = s.model.edits(&s.ops, &ts, "@callout call jack video the db").unwrap();
        s.answered(w, again).await;
        w.advance(secs(1)).await;
        let calls = s.cards().into_iter().filter(|seen| seen.text.starts_with("ana calls")).count();
        assert_eq!((w.rings().len(), calls), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn where_a_call_was_asked_for_in_a_thread_hangup_ends_it() {
    over_both(async |w, s| {
        let (root, _) = s.model.says(s.user("ana"), &s.ops, None, "the db is down").unwrap();
        s.mentions(w, "ana", (Some(&root), "call @jack video")).await;
        w.handset("jack").does("answer").await;
        w.advance(secs(3)).await;
        w.crash();
        w.start().await;
        s.comes_back(w).await;
        s.mentions(w, "ana", (Some(&root), "hangup")).await;
        w.advance(secs(10)).await;
        assert_eq!(w.handset("jack").state().await, "idle");
        let told = s.model.thread(s.user("ana"), &s.ops, &root);
        assert!(told.iter().any(|seen| seen.text.starts_with("Hanging up c")), "{told:#?}");
    })
    .await;
}
