//! What Discord does not let the bot show: where it goes instead, and who is told.

use std::sync::Arc;

use callout::domain::person::Directory;
use callout::domain::report::Place;
use callout::domain::settings::Settings;

use crate::discord::{RateLimits, Seen, Settings as Rules, bits};
use crate::discord_pages::{FILE, another_thread, card_of, id_in, labels, pages, pages_of, state};
use crate::kit::{Guild, World, guild, guild_with, message, secs};

/// What somebody was told as direct messages.
fn told(g: &Guild, who: &str) -> Vec<Seen> {
    g.model.sees(g.user(who), g.model.direct(g.user(who)))
}

#[tokio::test]
async fn a_page_that_its_channel_cannot_show_is_told_in_private_once() {
    pages(async |w, g| {
        g.model.permit_bot(g.ops, 0, bits::VIEW_CHANNEL | bits::SEND_MESSAGES);
        page_nobody_sees(w, g).await;
        w.advance(secs(1)).await;
        let jacks = told(g, "jack");
        assert_eq!(jacks.len(), 1, "{jacks:#?}");
        let id = id_in(&jacks[0].text);
        insta::assert_snapshot!(jacks[0].text.replace(&id, "p1"), @r"
        I can't show page p1 in its channel: Discord says: Missing Access (HTTP 403, code 50001). So you are told here.
        Page payments: db is down
        Nobody has it yet. Step 1 of 2, round 1 of 1. Step 2 at 15:02:00 UTC.
        • jack is being rung since 15:00:00 UTC
        p1 of ana.
        ");
        assert_eq!(labels(&jacks[0]), ["Acknowledge", "Snooze", "Hand over", "Escalate", "Close"]);
        assert_eq!(told(g, "ana").len(), 1, "and so is who started it");
        // It changes, and nobody is told again; who is rung meanwhile is.
        w.handset("jack").does("decline").await;
        w.advance(secs(3)).await;
        assert_eq!(w.handset("mira").state().await, "ringing");
        assert_eq!((told(g, "jack").len(), told(g, "ana").len(), told(g, "mira").len()), (1, 1, 1));
        // It is taken from the direct message.
        let mine = told(g, "mira").remove(0);
        g.presses(w, "mira", (mine.id, "Acknowledge")).await;
        assert_eq!(state(w, &id).await, "acknowledged");
        let mine = g.model.message(mine.id).unwrap();
        assert_eq!((mine.text, mine.buttons.len()), (format!("{id} is yours: nothing else rings."), 0));
        w.advance(secs(3)).await;
        assert_eq!(w.handset("mira").state().await, "idle");
        // It is shown again, and lost again: that is news.
        g.model.permit_bot(g.ops, bits::VIEW_CHANNEL | bits::SEND_MESSAGES, 0);
        g.types(w, "mira", &format!("/ack id:{id} for:30m")).await;
        w.advance(secs(3)).await;
        assert!(card_of(g, &id).text.contains("mira has it"));
        g.model.permit_bot(g.ops, 0, bits::VIEW_CHANNEL | bits::SEND_MESSAGES);
        g.types(w, "mira", &format!("/close id:{id}")).await;
        w.advance(secs(3)).await;
        assert_eq!(told(g, "ana").len(), 2, "{:#?}", told(g, "ana"));
    })
    .await;
}

#[tokio::test]
async fn a_channel_that_takes_edits_and_no_lines_shows_the_card_and_nobody_is_told_otherwise() {
    pages(async |w, g| {
        g.model.permit_bot(g.ops, 0, bits::SEND_MESSAGES | bits::SEND_MESSAGES_IN_THREADS);
        page_nobody_sees(w, g).await;
        w.advance(secs(1)).await;
        w.handset("jack").does("decline").await;
        w.advance(secs(3)).await;
        assert_eq!(w.handset("mira").state().await, "ringing");
        let card = card_of(g, "payments: db is down").text;
        assert!(card.contains("mira is being rung") || card.contains("mira's phone rings"), "{card}");
        assert_eq!((told(g, "jack").len(), told(g, "ana").len(), told(g, "mira").len()), (0, 0, 0));
    })
    .await;
}

#[tokio::test]
async fn whoever_was_told_of_a_page_in_private_hears_once_that_it_is_over() {
    pages(async |w, g| {
        g.model.permit_bot(g.ops, 0, bits::VIEW_CHANNEL | bits::SEND_MESSAGES);
        page_nobody_sees(w, g).await;
        w.advance(secs(1)).await;
        let mine = told(g, "jack").remove(0);
        g.presses(w, "jack", (mine.id, "Close")).await;
        w.advance(secs(60)).await;
        let anas = told(g, "ana");
        assert_eq!(anas.len(), 2, "{anas:#?}");
        assert!(anas[1].text.contains("Closed by jack"), "{}", anas[1].text);
        assert!(!labels(&anas[1]).contains(&"Acknowledge"), "{:?}", labels(&anas[1]));
    })
    .await;
}

/// ana pages where the bot may not write; the answer to her command is seen all the same, by Discord's leave.
async fn page_nobody_sees(w: &World, g: &Guild) {
    g.types(w, "ana", "/page policy:payments message:db is down").await;
}

#[tokio::test]
async fn an_alerts_page_that_no_channel_shows_is_told_to_admins_too() {
    let source = |g: &Guild| {
        let posts = format!("post = [\"discord:{}\"]\n", g.ops);
        format!(
            "{FILE}[[source]]\nid = \"prod\"\nkind = \"alertmanager\"\nkeys_env = \"KEYS\"\npolicy = \"payments\"\n{posts}"
        )
    };
    pages_of(source, async |w, g| {
        g.model.permit_bot(g.ops, 0, bits::VIEW_CHANNEL | bits::SEND_MESSAGES);
        let id = w.source("prod").tells("g", &[("db", "firing")]).await.page();
        w.advance(secs(3)).await;
        for who in ["jack", "ana"] {
            let direct = told(g, who);
            assert_eq!(direct.len(), 1, "{who}: {direct:#?}");
            let starts = format!("I can't show page {id} in its channel: ");
            assert!(
                direct[0].text.starts_with(&starts) && direct[0].text.contains("db is down"),
                "{direct:#?}"
            );
        }
        assert_eq!(told(g, "mira").len(), 0, "she is not rung yet");
        g.presses(w, "jack", (told(g, "jack")[0].id, "Acknowledge")).await;
        assert_eq!(state(w, &id).await, "acknowledged");
    })
    .await;
}

#[tokio::test]
async fn a_board_that_cannot_be_shown_is_told_to_whom_it_belongs() {
    guild(async |w, g| {
        g.types(w, "ana", "/calls board").await;
        w.advance(secs(3)).await;
        g.model.permit_bot(g.ops, 0, bits::VIEW_CHANNEL | bits::SEND_MESSAGES);
        g.types(w, "jack", "/call callees:mira").await;
        w.advance(secs(30)).await;
        let anas = told(g, "ana");
        assert_eq!(anas.len(), 1, "once: {anas:#?}");
        insta::assert_snapshot!(anas[0].text, @"I can't show your board in its channel: Discord says: Missing Access (HTTP 403, code 50001). It appears as soon as that is mended; “Remove board” ends it.");
        g.presses(w, "ana", (anas[0].id, "Remove board")).await;
        assert_eq!(g.model.message(anas[0].id).unwrap().text, "The board is taken away.");
        assert!(w.rows("card WHERE kind = 'board'") == 0);
    })
    .await;
}

#[tokio::test]
async fn a_card_in_a_thread_that_was_put_away_goes_on_in_it() {
    pages(async |w, g| {
        let thread = another_thread(w, g).await;
        let said = message(g.types_in(w, "ana", (thread, "/page policy:payments message:db is down")).await);
        w.advance(secs(3)).await;
        let before = g.seen(thread).len();
        g.model.archive(thread, true);
        g.types(w, "jack", &format!("/ack id:{}", id_in(&said.text))).await;
        w.advance(secs(3)).await;
        let card = g.model.message(said.id).unwrap();
        assert!(card.text.contains("jack has it since"), "{}", card.text);
        assert_eq!(told(g, "ana").len(), 0, "nobody has to be told otherwise");
        let cards = g.seen(thread).into_iter().filter(|seen| !seen.buttons.is_empty()).count();
        assert_eq!((cards, g.seen(thread).len() > before), (1, true));
        // A locked one takes nothing: whom it concerns is told.
        g.model.archive(thread, true);
        g.model.lock_thread(thread, true);
        g.types(w, "jack", &format!("/close id:{}", id_in(&said.text))).await;
        w.advance(secs(3)).await;
        assert!(told(g, "ana")[0].text.starts_with("I can't show page p"), "{:#?}", told(g, "ana"));
    })
    .await;
}

/// Nobody is left unasked because the admins' channel is not there.
#[tokio::test]
async fn a_link_that_the_admins_channel_cannot_show_is_asked_of_each() {
    let adapt = |settings: &mut Settings, g: &Guild| {
        let people = settings.people.iter().cloned().map(|mut person| {
            person.discord = person.discord.filter(|_| person.id.as_str() != "jack");
            person
        });
        settings.people = Arc::new(Directory::new(people.collect()).unwrap());
        let channel = g.model.add_channel("admins");
        settings.admin_channel =
            Some(Place { chat: "discord".to_owned(), channel: channel.to_string(), thread: None });
        g.model.permit_bot(channel, 0, bits::VIEW_CHANNEL);
    };
    guild_with(Rules { limits: RateLimits::none(), ..Rules::default() }, adapt, async |w, g| {
        w.handset("jack").does("offline").await;
        g.types(w, "zoe", "/callout link account:jack").await;
        w.advance(secs(90)).await;
        let asked = told(g, "ana");
        assert_eq!((asked.len(), labels(&asked[0])), (1, vec!["Confirm"]), "{asked:#?}");
        g.presses(w, "ana", (asked[0].id, "Confirm")).await;
        let me = message(g.types(w, "zoe", "/callout me").await);
        assert!(me.text.starts_with("You are jack"), "{}", me.text);
        w.advance(secs(3)).await;
        assert_eq!(told(g, "ana").len(), 1, "asked once");
    })
    .await;
}

/// Its chat has messages, and no threads.
#[tokio::test]
async fn whoever_is_in_a_voice_channel_loses_nothing() {
    pages(async |w, g| {
        let voice = g.model.add_voice_channel("war room");
        let said = message(g.types_in(w, "ana", (voice, "/page policy:payments message:db is down")).await);
        w.advance(secs(3)).await;
        let seen = g.seen(voice);
        assert_eq!(labels(&seen[0]), ["Acknowledge", "Snooze", "Hand over", "Escalate", "Close"]);
        let lines: Vec<&str> = seen[1..].iter().map(|seen| seen.text.as_str()).collect();
        assert!(lines[0].starts_with("The thread of this card can't be used"), "{lines:#?}");
        assert!(lines.iter().any(|line| line.starts_with("Step 1 of 2")), "{lines:#?}");
        let took = message(g.types_in(w, "jack", (voice, "/ack")).await);
        assert_eq!(took.text, format!("{} is yours: nothing else rings.", id_in(&said.text)));
        w.advance(secs(3)).await;
        assert!(g.model.message(said.id).unwrap().text.contains("jack has it since"));
    })
    .await;
}
