//! Calls placed from Slack, over sockets and over HTTP: commands, cards, threads, buttons, forms.

use std::sync::Arc;

use callout::domain::ids::DeliveryKey;
use callout::domain::person::Directory;
use callout::domain::settings::Settings;

use crate::kit::{SlowDisk, Way, Workspace, World, free, over_both, secs, workspace, workspace_with};
use crate::slack::Heard;

/// It is quiet for jack now.
fn jack_is_quiet(settings: &mut Settings, _: &Workspace) {
    let people = settings.people.iter().cloned().map(|mut person| {
        if person.id.as_str() == "jack" {
            person.quiet_hours = Some("14:00-18:00".parse().unwrap());
        }
        person
    });
    settings.people = Arc::new(Directory::new(people.collect()).unwrap());
}

#[tokio::test]
async fn a_call_is_a_card_with_a_thread_and_its_buttons_end_it() {
    over_both(async |w, s| {
        let receipt = s.told(w, "ana", "/call @jack video db <is> down & out").await;
        assert_eq!((receipt.text.as_str(), receipt.is_private), ("Calling jack (video).", true));
        w.advance(secs(1)).await;
        let card = s.card();
        insta::allow_duplicates! { insta::assert_snapshot!(card.text.replace('\u{2060}', ""), @r"
        ana calls jack (video): ringing until 15:00:45 UTC.
        Note: db <is> down & out
        "); }
        assert_eq!(card.buttons.iter().map(|button| button.label.as_str()).collect::<Vec<_>>(), ["Hang up"]);
        assert_eq!(s.thread(&card), ["Ringing jack (video)."]);
        w.handset("jack").does("answer").await;
        w.advance(secs(3)).await;
        assert!(
            s.card().text.starts_with("ana calls jack (video): jack answered at 15:00:01 UTC."),
            "{}",
            s.card().text
        );
        s.presses(w, "jack", (&card.ts, "Hang up")).await;
        assert!(s.private("jack")[0].starts_with("Hanging up c"), "{:?}", s.private("jack"));
        w.advance(secs(10)).await;
        let ended = s.card();
        assert_eq!(ended.ts, card.ts, "edited in place");
        assert!(ended.text.starts_with("ana calls jack (video): ended after 3 s."), "{}", ended.text);
        assert_eq!(ended.buttons[0].label, "Ring again");
        assert!(s.seen().iter().all(|seen| seen.pinged.is_empty()), "nobody is pinged");
    })
    .await;
}

#[tokio::test]
async fn lists_and_refusals_are_private() {
    over_both(async |w, s| {
        let said = s.told(w, "ana", "/calls").await;
        insta::allow_duplicates! { insta::assert_snapshot!(said.text, @"No call is live. Start one: /call <person> [audio|video] [note]"); }
        let said = s.told(w, "ana", "/call jakc").await;
        insta::allow_duplicates! { insta::assert_snapshot!(said.text, @"“jakc” looks like somebody to ring, but is nobody's name. Did you mean jack? Nobody was rung."); }
        let stranger = s.told(w, "zoe", "/call jack").await;
        assert!(stranger.text.contains("You (zoe (slack:") || stranger.text.contains("You (zoe)"), "{stranger:?}");
        let help = s.told(w, "ana", "/callout help").await;
        assert!(help.text.contains("/calls board"), "{help:?}");
        assert!(s.seen().iter().all(|seen| seen.is_private));
        assert_eq!((s.cards().len(), w.rings().len()), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn the_same_command_delivered_eight_times_rings_once() {
    over_both(async |w, s| {
        let first = s.model.types(s.user("ana"), &s.ops, "/call jack").unwrap();
        let again: Vec<_> = (0..7).map(|_| s.model.deliver_again(first)).collect();
        for nr in again.into_iter().chain([first]) {
            let said = s.answered(w, nr).await;
            assert_eq!(s.message(said).text, "Calling jack (audio).");
        }
        w.advance(secs(2)).await;
        assert_eq!((w.rings().len(), s.cards().len()), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn in_quiet_hours_the_reason_is_asked_by_a_form() {
    for way in [Way::Socket, Way::Http] {
        workspace_with((way, free()), jack_is_quiet, async |w, s| {
            let question = s.told(w, "ana", "/call jack").await;
            assert!(question.is_private && question.text.contains("Ring anyway?"), "{question:?}");
            s.presses(w, "ana", (&question.ts, "Ring anyway")).await;
            let form = s.model.modal(s.user("ana")).unwrap();
            assert_eq!(
                (form.title.as_str(), form.fields[0].label.as_str()),
                ("Ring in quiet hours", "Why? It is shown on the card")
            );
            assert_eq!(w.rings().len(), 0);
            let sent = s.model.submits(s.user("ana"), &[("text", "db is down")]).unwrap();
            assert_eq!(s.answered(w, sent).await, Heard::Form);
            w.advance(secs(1)).await;
            insta::allow_duplicates! { insta::assert_snapshot!(s.card().text, @r"
            ana calls jack (audio): ringing until 15:00:45 UTC.
            Rung in quiet hours. Reason: db is down
            "); }
        })
        .await;
    }
}

#[tokio::test]
async fn a_question_makes_way_for_its_answer() {
    workspace_with((Way::Socket, free()), jack_is_quiet, async |w, s| {
        let question = s.told(w, "ana", "/call jack").await;
        s.presses(w, "ana", (&question.ts, "Don't ring")).await;
        let after = s.model.message(&s.ops, &question.ts).unwrap();
        assert_eq!((after.text.as_str(), after.buttons.len()), ("All right, nobody was rung.", 0));
        assert_eq!(w.rings().len(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_call_without_callees_asks_for_them() {
    over_both(async |w, s| {
        assert_eq!(s.types(w, "ana", "/call").await, Heard::Nothing);
        let form = s.model.modal(s.user("ana")).unwrap();
        assert_eq!((form.title.as_str(), form.submit.as_str()), ("Call somebody", "Call"));
        let empty = s.model.submits(s.user("ana"), &[("note", "x")]).unwrap();
        let complaint = vec![("who".to_owned(), "Choose somebody, or write an id below.".to_owned())];
        assert_eq!(s.answered(w, empty).await, Heard::Errors(complaint));
        let wrong = s.model.submits(s.user("ana"), &[("ids", "jakc")]).unwrap();
        s.answered(w, wrong).await;
        let said = s.model.modal(s.user("ana")).unwrap();
        assert!(said.text.contains("Did you mean jack? Nobody was rung."), "{said:?}");
        s.model.closes(s.user("ana")).unwrap();
        s.types(w, "ana", "/call").await;
        let inputs =
            [("ids", "mira"), ("who", s.user("jack")), ("media", "video"), ("note", "video is broken")];
        let sent = s.model.submits(s.user("ana"), &inputs).unwrap();
        assert_eq!(s.answered(w, sent).await, Heard::Form);
        assert_eq!(s.model.modal(s.user("ana")), None);
        w.advance(secs(1)).await;
        insta::allow_duplicates! { insta::assert_snapshot!(s.card().text, @r"
        ana calls jack and mira (video): ringing until 15:00:45 UTC.
        • jack: ringing
        • mira: ringing
        Note: video is broken
        "); }
    })
    .await;
}

#[tokio::test]
async fn a_call_of_slack_and_one_of_discord_stand_on_both_boards() {
    use crate::kit::Guild;
    let mut w = World::at_desk(Settings::sandbox(&["ana", "jack", "mira"]).unwrap()).await;
    let s = Workspace::open(&mut w, Way::Socket, free()).await;
    let rules = crate::discord::Settings { limits: crate::discord::RateLimits::none(), ..Default::default() };
    let g = Guild::open(&mut w, rules).await;
    w.start().await;
    s.is_ready(&w, Way::Socket).await;
    g.is_ready(&w).await;
    s.types(&w, "ana", "/calls board").await;
    g.types(&w, "ana", "/calls board").await;
    w.advance(secs(3)).await;
    s.types(&w, "ana", "/call jack").await;
    g.types(&w, "mira", "/call callees:ana").await;
    w.advance(secs(5)).await;
    let board =
        |text: &str| text.contains("ana calls jack (audio)") && text.contains("mira calls ana (audio)");
    let slack = s.cards().into_iter().find(|seen| seen.text.starts_with("2 live calls")).unwrap();
    let discord = g.cards().into_iter().find(|seen| seen.text.starts_with("2 live calls")).unwrap();
    assert!(board(&slack.text), "{}", slack.text);
    assert!(board(&discord.text), "{}", discord.text);
    w.ends_clean().await;
}

#[tokio::test]
async fn a_late_answer_follows_where_it_was_asked_for() {
    workspace(async |w, s| {
        let place =
            callout::domain::report::Place { chat: "slack".into(), channel: s.ops.clone(), thread: None };
        s.types(w, "ana", "/calls").await;
        let (chat, ana) = (w.chat("slack"), callout::domain::ids::UserId::new(s.user("ana")));
        let late = callout::domain::inbound::Receipt::private("It is done.");
        chat.whisper(&DeliveryKey::new("late"), &place, &ana, &late).await.unwrap();
        assert_eq!(s.private("ana").last().unwrap(), "It is done.");
        chat.whisper(&DeliveryKey::new("late"), &place, &ana, &late).await.unwrap();
        assert_eq!(
            s.direct("ana"),
            ["It is done."],
            "an address is used once, then there are direct messages"
        );
    })
    .await;
}

#[tokio::test]
async fn catalogue_23_a_slow_store_is_said_within_three_seconds_and_the_outcome_follows() {
    for way in [Way::Socket, Way::Http] {
        let mut w = World::at_desk(Settings::sandbox(&["ana", "jack", "mira"]).unwrap()).await;
        let s = Workspace::open(&mut w, way, free()).await;
        let disk = Arc::new(SlowDisk::default());
        w.start_with(disk.clone()).await;
        s.is_ready(&w, way).await;
        disk.shuts(true);
        let both =
            ["/call jack", "/call mira jakc"].map(|line| s.model.types(s.user("ana"), &s.ops, line).unwrap());
        for nr in both {
            let heard =
                w.while_time_passes(s.model.until("an answer", |model| model.delivery(nr).heard)).await;
            let said = s.message(heard).text;
            assert!(said.starts_with("Not recorded yet: nothing rings until it is."), "{said}");
        }
        assert_eq!(w.rings().len(), 0);
        disk.shuts(false);
        w.advance(secs(1)).await;
        assert_eq!((w.rings().len(), s.cards().len()), (1, 1));
        let question =
            s.seen().into_iter().rfind(|seen| !seen.buttons.is_empty() && seen.is_private).unwrap();
        assert!(question.text.contains("Ring mira (audio) with the note “jakc”?"), "{}", question.text);
        s.presses(&w, "ana", (&question.ts, "Ring anyway, it is my note")).await;
        assert_eq!(w.rings().len(), 2);
        w.ends_clean().await;
        assert_eq!(s.model.complaints(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_form_sent_in_again_after_trouble_rings_once() {
    over_both(async |w, s| {
        s.types(w, "ana", "/call").await;
        let inputs = [("who", s.user("jack")), ("media", "video")];
        let first = s.model.submits(s.user("ana"), &inputs).unwrap();
        // Whoever did not see the answer presses once more: another delivery, of the same form.
        let second = s.model.submits(s.user("ana"), &inputs).unwrap();
        s.answered(w, first).await;
        s.answered(w, second).await;
        w.advance(secs(1)).await;
        assert_eq!((w.rings().len(), s.cards().len()), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn an_id_that_nobody_has_is_said_beside_its_field_and_rings_nobody() {
    over_both(async |w, s| {
        s.types(w, "ana", "/call").await;
        let inputs = [("who", s.user("jack")), ("ids", "bob"), ("media", "video"), ("note", "db")];
        let sent = s.model.submits(s.user("ana"), &inputs).unwrap();
        let Heard::Errors(errors) = s.answered(w, sent).await else { panic!("no errors") };
        insta::allow_duplicates! { insta::assert_debug_snapshot!(errors, @r#"
        [
            (
                "ids",
                "One of these is nobody's id or mention, so nobody was rung. Ids are as in “jack” or “oncall:payments”.",
            ),
        ]
        "#); }
        assert_eq!(w.rings().len(), 0);
        let inputs = [("who", s.user("jack")), ("ids", "Mira"), ("media", "video"), ("note", "db")];
        let sent = s.model.submits(s.user("ana"), &inputs).unwrap();
        assert_eq!(s.answered(w, sent).await, Heard::Form);
        w.advance(secs(1)).await;
        assert!(s.card().text.starts_with("ana calls jack and mira (video)"), "{}", s.card().text);
    })
    .await;
}

#[tokio::test]
async fn a_mention_in_a_note_is_a_name() {
    over_both(async |w, s| {
        s.types(w, "ana", "/call @jack video ask @mira or @zoe, now").await;
        w.advance(secs(1)).await;
        let text = s.card().text.replace('\u{2060}', "");
        assert!(text.ends_with("Note: ask @mira or @zoe, now"), "{text}");
        assert!(s.card().pinged.is_empty());
        s.types(w, "ana", "/page jack ask @mira or @zoe, now").await;
        w.advance(secs(1)).await;
        let mut pages = s.cards().into_iter().map(|card| card.text.replace('\u{2060}', ""));
        let page = pages.rfind(|text| text.starts_with("Page jack")).expect("a page's card");
        assert!(page.starts_with("Page jack: ask @mira or @zoe, now"), "{page}");
    })
    .await;
}

#[tokio::test]
async fn a_stranger_is_linked_by_a_ring_and_what_they_asked_is_done() {
    zoe_is_linked(|_| {}).await;
}

#[tokio::test]
async fn catalogue_24_whoever_has_no_name_is_linked_as_well() {
    zoe_is_linked(|s| s.model.has_no_names(s.user("zoe"))).await;
}

/// Over both ways, after `adapt` changed what the workspace says of zoe.
async fn zoe_is_linked(adapt_zoe: impl Fn(&Workspace)) {
    // Whom the file names here needs no link.
    let adapt = |settings: &mut Settings, _: &Workspace| {
        let people = settings.people.iter().cloned().map(|mut person| {
            person.slack = person.slack.filter(|_| person.id.as_str() != "jack");
            person
        });
        settings.people = Arc::new(Directory::new(people.collect()).unwrap());
    };
    for way in [Way::Socket, Way::Http] {
        workspace_with((way, free()), adapt, async |w, s| {
            adapt_zoe(s);
            let offered = s.told(w, "zoe", "/call mira video the db").await;
            assert!(offered.text.contains("/callout link <your id>"), "{}", offered.text);
            let rings = s.told(w, "zoe", "/callout link jack").await;
            let code = crate::people::code_on(w, "jack").await;
            s.presses(w, "zoe", (&rings.ts, "Enter code")).await;
            let sent = s.model.submits(s.user("zoe"), &[("text", &code)]).unwrap();
            assert_eq!(s.answered(w, sent).await, Heard::Form);
            let linked = s
                .model
                .sees(s.user("zoe"), &s.ops)
                .into_iter()
                .rfind(|seen| !seen.buttons.is_empty())
                .unwrap();
            assert!(linked.text.starts_with("You are jack here now."), "{}", linked.text);
            s.presses(w, "zoe", (&linked.ts, "Do it now")).await;
            w.advance(secs(1)).await;
            assert!(s.card().text.starts_with("jack calls mira (video)"), "{}", s.card().text);
            let me = s.told(w, "zoe", "/callout me").await.text;
            assert!(me.starts_with("You are jack"), "{me}");
            let quiet = s.told(w, "zoe", "/callout quiet 22:00-07:00").await.text;
            assert!(quiet.contains("22:00-07:00"), "{quiet}");
        })
        .await;
    }
}
