//! Calls placed from Discord: commands, cards, threads, buttons, forms, completion.

use callout::domain::person::Directory;

use crate::discord::{Heard, Id, RateLimits, Settings as Rules};
use crate::kit::{guild, guild_with, message, secs, text};

fn free() -> Rules {
    Rules { limits: RateLimits::none(), ..Rules::default() }
}

#[tokio::test]
async fn a_call_is_a_card_with_a_thread_and_its_buttons_end_it() {
    guild(async |w, g| {
        let receipt = message(g.types(w, "ana", "/call callees:jack media:video note:db is down").await);
        assert!(!receipt.is_private);
        w.advance(secs(1)).await;
        let card = g.card();
        assert_eq!(card.id, receipt.id, "the card is the answer itself");
        insta::assert_snapshot!(card.text, @r"
        ana calls jack (video): ringing until 15:00:45 UTC.
        Note: db is down
        ");
        assert_eq!(card.buttons[0].label, "Hang up");
        assert_eq!(g.thread(&card), ["Ringing jack (video)."]);
        let (_, name, is_open) = &g.model.threads(g.ops)[0];
        assert_eq!((name.as_str(), is_open), ("ana calls jack (video)", &true));
        w.handset("jack").does("answer").await;
        w.advance(secs(3)).await;
        insta::assert_snapshot!(g.card().text, @r"
        ana calls jack (video): jack answered at 15:00:01 UTC.
        Note: db is down
        ");
        let heard = g.presses(w, "jack", (card.id, "Hang up")).await;
        assert!(text(&heard).starts_with("Hanging up c"), "{heard:?}");
        w.advance(secs(10)).await;
        let card = g.card();
        insta::assert_snapshot!(card.text, @r"
        ana calls jack (video): ended after 3 s.
        Note: db is down
        ");
        assert_eq!(card.buttons[0].label, "Ring again");
        assert!(g.model.pings(g.ops).is_empty(), "nobody is pinged");
    })
    .await;
}

#[tokio::test]
async fn lists_and_refusals_are_private() {
    guild(async |w, g| {
        let heard = message(g.types(w, "ana", "/calls list").await);
        assert!(heard.is_private);
        insta::assert_snapshot!(heard.text, @"No call is live. Start one: /call <person> [audio|video] [note]");
        let heard = message(g.types(w, "ana", "/call callees:jakc").await);
        assert!(heard.is_private);
        insta::assert_snapshot!(heard.text, @"“jakc” looks like somebody to ring, but is nobody's name. Did you mean jack? Nobody was rung.");
        let heard = message(g.types(w, "zoe", "/call callees:jack").await);
        assert!(heard.is_private && heard.text.contains("zoe"), "{heard:?}");
        let help = message(g.types(w, "ana", "/callout help").await);
        assert!(help.text.contains("/calls board"), "{help:?}");
        assert_eq!(g.cards().len(), 0);
        assert_eq!(w.rings().len(), 0);
    })
    .await;
}

#[tokio::test]
async fn people_are_mentioned_typed_and_completed() {
    guild(async |w, g| {
        let asked = g.model.autocomplete(g.user("ana"), g.ops, "/call callees:ja").unwrap();
        assert_eq!(g.answered(w, asked).await, Heard::Choices(vec!["jack".into()]));
        let asked = g.model.autocomplete(g.user("ana"), g.ops, "/call callees:jack mi").unwrap();
        assert_eq!(g.answered(w, asked).await, Heard::Choices(vec!["jack mira".into()]));
        g.types(w, "ana", "/call callees:@jack mira").await;
        w.advance(secs(1)).await;
        assert!(g.card().text.starts_with("ana calls jack and mira (audio): ringing"), "{}", g.card().text);
        let asked = g.model.autocomplete(g.user("ana"), g.ops, "/calls hangup id:").unwrap();
        let Heard::Choices(choices) = g.answered(w, asked).await else { panic!("no choices") };
        assert!(choices[0].ends_with(": ana calls jack and mira (audio)"), "{choices:?}");
        let id = choices[0].split(':').next().unwrap().to_owned();
        let heard = g.types(w, "ana", &format!("/calls hangup id:{id}")).await;
        assert_eq!(text(&heard), format!("Hanging up {id}."));
    })
    .await;
}

#[tokio::test]
async fn in_quiet_hours_the_reason_is_asked_by_a_form() {
    let adapt = |settings: &mut callout::domain::settings::Settings, _: &crate::kit::Guild| {
        let people = settings.people.iter().cloned().map(|mut person| {
            if person.id.as_str() == "jack" {
                person.quiet_hours = Some("14:00-18:00".parse().unwrap());
            }
            person
        });
        settings.people = std::sync::Arc::new(Directory::new(people.collect()).unwrap());
    };
    guild_with(free(), adapt, async |w, g| {
        let question = message(g.types(w, "ana", "/call callees:jack").await);
        assert!(question.is_private && question.text.contains("Ring anyway?"), "{question:?}");
        let asked = g.model.press(g.user("ana"), question.id, "Ring anyway").unwrap();
        let form = g.answered(w, asked).await;
        assert_eq!(
            form,
            Heard::Form("Ring in quiet hours".into(), vec!["Why? It is shown on the card".into()])
        );
        assert_eq!(w.rings().len(), 0);
        let sent = g.model.submit(asked, &[("text", "db is down")]).unwrap();
        assert_eq!(g.answered(w, sent).await, Heard::Done);
        w.advance(secs(1)).await;
        let question = g.model.message(question.id).unwrap();
        assert_eq!((question.text.as_str(), question.buttons.len()), ("Calling jack (audio).", 0));
        insta::assert_snapshot!(g.card().text, @r"
        ana calls jack (audio): ringing until 15:00:45 UTC.
        Rung in quiet hours. Reason: db is down
        ");
    })
    .await;
}

#[tokio::test]
async fn a_form_in_the_new_shape_is_empty_and_nothing_is_done() {
    let adapt = |settings: &mut callout::domain::settings::Settings, _: &crate::kit::Guild| {
        let people = settings.people.iter().cloned().map(|mut person| {
            person.quiet_hours = Some("14:00-18:00".parse().unwrap());
            person
        });
        settings.people = std::sync::Arc::new(Directory::new(people.collect()).unwrap());
    };
    guild_with(Rules { submits_labels: true, ..free() }, adapt, async |w, g| {
        let question = message(g.types(w, "ana", "/call callees:jack").await);
        let asked = g.model.press(g.user("ana"), question.id, "Ring anyway").unwrap();
        g.answered(w, asked).await;
        let sent = g.model.submit(asked, &[("text", "db is down")]).unwrap();
        let heard = g.answered(w, sent).await;
        assert_eq!(text(&heard), "The form arrived empty, so nothing was done. Press the button again.");
        assert_eq!(w.rings().len(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_button_is_judged_anew_whoever_made_it_up() {
    guild(async |w, g| {
        let card = message(g.types(w, "ana", "/call callees:jack").await);
        w.advance(secs(1)).await;
        let heard = g.presses(w, "mira", (card.id, "Hang up")).await;
        assert!(text(&heard).contains("Only"), "{heard:?}");
        let id = g.card().buttons[0].custom_id.clone();
        g.presses(w, "ana", (card.id, "Hang up")).await;
        w.advance(secs(10)).await;
        // A client that still shows the old button, and one whose owner makes buttons up.
        let call = id.split(':').nth(1).unwrap().to_owned();
        let story = w.call(&call).await["timeline"].clone();
        let other = "c:caaaaaaaaaaaa:Hang up".to_owned();
        let of_page = id.replace("c:c", "c:p").replace("Hang up", "Close");
        let unknown = id.replace("Hang up", "Format the disk");
        for (made_up, kind_answer) in [
            (&id, "is over already"),
            (&other, "There is no call"),
            (&of_page, "There is no page"),
            (&unknown, "can't be pressed"),
            (&"c:x".to_owned(), "I don't know that button any more. Nothing was done."),
        ] {
            let pressed = g.model.click_made_up(g.user("ana"), card.id, made_up).unwrap();
            let heard = message(g.answered(w, pressed).await);
            assert!(heard.is_private && heard.text.contains(kind_answer), "{made_up}: {heard:?}");
        }
        assert_eq!(w.call(&call).await["timeline"], story, "nothing came of any of it");
        let again = g.presses(w, "mira", (card.id, "Ring again")).await;
        assert!(!message(again).is_private);
        w.advance(secs(1)).await;
        assert_eq!(w.rings().len(), 2);
        assert_eq!(g.cards().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn in_a_thread_the_card_stays_in_the_thread() {
    guild(async |w, g| {
        g.types(w, "ana", "/call callees:jack").await;
        w.advance(secs(1)).await;
        let thread = g.card().thread.unwrap();
        let heard = message(g.types_in(w, "ana", (thread, "/call callees:mira")).await);
        w.advance(secs(1)).await;
        let seen = g.seen(thread);
        let card = seen.iter().find(|seen| seen.id == heard.id).unwrap();
        assert!(card.text.starts_with("ana calls mira (audio): ringing"), "{card:?}");
        assert!(seen.iter().any(|seen| seen.text == "Ringing mira (audio)."), "{seen:#?}");
        assert_eq!(g.model.threads(g.ops).len(), 1, "no thread in a thread");
    })
    .await;
}

#[tokio::test]
async fn a_redelivered_command_rings_once() {
    guild(async |w, g| {
        let asked = g.model.slash(g.user("ana"), g.ops, "/call callees:jack").unwrap();
        g.answered(w, asked).await;
        g.model.deliver_again(asked);
        w.advance(secs(1)).await;
        w.settle().await;
        assert_eq!((w.rings().len(), g.cards().len()), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn a_board_survives_a_restart_and_the_deletion_of_its_message() {
    guild(async |w, g| {
        let heard = message(g.types(w, "ana", "/calls board").await);
        assert!(heard.is_private);
        w.advance(secs(3)).await;
        let board = g.card();
        assert_eq!(board.text, "Live calls: none.");
        w.stop().await;
        g.model.until_connected(0).await;
        g.model.delete_message(board.id);
        w.start().await;
        g.is_ready(w).await;
        w.advance(secs(70)).await;
        let again = g.card();
        assert_ne!(again.id, board.id);
        g.types(w, "ana", "/call callees:jack").await;
        w.advance(secs(5)).await;
        let shown = g.model.message(again.id).unwrap().text;
        assert!(shown.starts_with("1 live call:\n• ana calls jack (audio): ringing since"), "{shown}");
        let heard = g.presses(w, "ana", (again.id, "Remove board")).await;
        assert_eq!(text(&heard), "The board is taken away.");
        w.advance(secs(1)).await;
        assert_eq!(g.model.message(again.id), None);
    })
    .await;
}

#[tokio::test]
async fn what_people_write_is_shown_and_pings_nobody() {
    guild(async |w, g| {
        let line = "/call callees:jack note:@everyone **bold** <@1> `x` [a](https://evil.example) _u_ ||s||";
        g.types(w, "ana", line).await;
        w.advance(secs(1)).await;
        let shown = g.card().text.replace('\u{2060}', "");
        assert!(
            shown.ends_with("Note: @everyone **bold** <@1> ˋxˋ [a](https://evil.example) _u_ ||s||"),
            "{shown}"
        );
        assert!(g.model.pings(g.ops).is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_card_that_changes_often_is_edited_every_two_seconds_and_at_its_end_at_once() {
    guild(async |w, g| {
        g.types(w, "ana", "/call callees:jack mira").await;
        w.advance(secs(1)).await;
        let before = edits(g);
        w.handset("jack").does("answer").await;
        w.handset("mira").does("answer").await;
        w.advance(std::time::Duration::from_millis(500)).await;
        assert_eq!(edits(g), before, "edited a second ago");
        w.advance(secs(2)).await;
        assert_eq!(edits(g), before + 1, "two states, one edit");
        w.handset("jack").does("hangup").await;
        w.handset("mira").does("hangup").await;
        w.advance(secs(6)).await;
        assert!(g.card().text.contains("ended after"), "{}", g.card().text);
    })
    .await;
}

fn edits(g: &crate::kit::Guild) -> usize {
    g.requests("PATCH /channels/*/messages/*")
}

#[tokio::test]
async fn commands_are_registered_once_and_again_when_they_change() {
    guild(async |w, g| {
        assert_eq!(g.requests("PUT /applications/*/guilds/*/commands"), 1);
        w.stop().await;
        g.model.until_connected(0).await;
        w.start().await;
        g.is_ready(w).await;
        assert_eq!(g.requests("PUT /applications/*/guilds/*/commands"), 1, "nothing has changed");
        let mut settings = w.settings();
        settings.commands = callout::domain::settings::CommandNames::new(&[("call", "ring")]).unwrap();
        w.reload(settings).await;
        let renamed = |model: &crate::discord::Discord| {
            model.commands(Some(model.guild())).iter().any(|command| command["name"] == "ring").then_some(())
        };
        g.model.until("the new name", renamed).await;
        w.settle().await;
        let heard = g.types(w, "ana", "/ring callees:jack").await;
        assert!(!message(heard).is_private);
        w.advance(secs(1)).await;
        assert_eq!(w.rings().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_not_on_the_list_is_refused() {
    let adapt = |settings: &mut callout::domain::settings::Settings, _: &crate::kit::Guild| {
        settings.commands = callout::domain::settings::CommandNames::default();
    };
    guild_with(free(), adapt, async |w, g| {
        let mut settings = w.settings();
        settings.guilds = vec![Id(123_456_789_012_345_678).to_string()];
        w.reload(settings).await;
        // The bot is not in that server: the commands cannot be registered there, and `/readyz` says so.
        let refused = |model: &crate::discord::Discord| {
            (model.requests("PUT /applications/*/guilds/*/commands").len() == 2).then_some(())
        };
        g.model.until("a try to register", refused).await;
        w.settle().await;
        let heard = g.types(w, "ana", "/call callees:jack").await;
        assert!(text(&heard).starts_with("I don't work in this server."), "{heard:?}");
        assert_eq!(w.rings().len(), 0);
        let ready = w.get("/readyz").await;
        assert!(ready["parts"]["discord"].as_str().unwrap().contains("invite it again"), "{ready}");
        w.advance(secs(200)).await;
        assert!(g.requests("PUT /applications/*/guilds/*/commands") >= 4, "it is tried again");
        let mut settings = w.settings();
        settings.guilds = vec![g.model.guild().to_string()];
        w.reload(settings).await;
        w.settle().await;
        let errors = w.errors();
        assert!(errors[0].contains("the commands could not be registered"), "{errors:?}");
        assert_eq!(errors.len(), 1, "said once");
        assert_eq!(w.get("/readyz").await["parts"]["discord"], "ok");
    })
    .await;
}

#[tokio::test]
async fn schedules_policies_and_changes_are_completed() {
    let adapt = |settings: &mut callout::domain::settings::Settings, _: &crate::kit::Guild| {
        let file = crate::oncall::settings(crate::oncall::FILE);
        (settings.schedules, settings.policies) = (file.schedules, file.policies);
    };
    guild_with(free(), adapt, async |w, g| {
        let choices = async |line: &str| {
            let asked = g.model.autocomplete(g.user("ana"), g.ops, line).unwrap();
            match g.answered(w, asked).await {
                Heard::Choices(choices) => choices,
                other => panic!("{line}: {other:?}"),
            }
        };
        assert_eq!(choices("/oncall list schedule:pay").await, ["payments"]);
        assert_eq!(choices("/oncall take schedule:off").await, ["office"]);
        assert_eq!(choices("/oncall simulate policy:check").await, ["checkout"]);
        assert_eq!(choices("/oncall simulate policy:jac").await, ["jack"], "a person is paged, too");
        assert_eq!(choices("/oncall undo id:").await, [""; 0]);
        let taken = message(g.types(w, "jack", "/oncall take schedule:payments until:2h").await).text;
        let id = taken.rsplit(' ').next().unwrap().to_owned();
        let found = choices("/oncall undo id:jack").await;
        assert_eq!(
            found,
            [format!(
                "{id}: payments, Tue 10 Mar 15:00 to Tue 10 Mar 17:00, jack is on call instead of everybody"
            )]
        );
        let heard = g.types(w, "jack", &format!("/oncall undo id:{id}")).await;
        assert!(text(&heard).starts_with("Taken back for payments"), "{heard:?}");
        assert_eq!(choices("/oncall undo id:").await, [""; 0], "it is gone");
    })
    .await;
}
