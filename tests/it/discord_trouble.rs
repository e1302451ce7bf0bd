//! What goes wrong on the way to Discord, and where the report goes then.

use std::sync::Arc;
use std::time::Duration;

use callout::domain::ids::{CardId, DeliveryKey};
use callout::domain::inbound::{Inbound, Receipt};
use callout::domain::settings::Settings;
use callout::ports::{EngineEvent, Intake, Outage};

use crate::discord::{Fault, Heard, RateLimits, Seen, Settings as Rules, bits};
use crate::kit::{Guild, World, guild, guild_with, message, secs, text};

/// The texts in `#ops` that everyone sees.
fn told(g: &Guild) -> Vec<String> {
    g.cards().into_iter().map(|seen| seen.text).collect()
}

fn has(seen: &[Seen], text: &str) -> bool {
    seen.iter().any(|seen| seen.text == text)
}

#[tokio::test]
async fn catalogue_27_a_deleted_card_is_posted_anew() {
    guild(async |w, g| {
        g.types(w, "ana", "/call callees:jack").await;
        w.advance(secs(1)).await;
        let first = g.card();
        g.model.delete_message(first.id);
        w.handset("jack").does("answer").await;
        w.advance(secs(3)).await;
        let second = g.cards().into_iter().find(|seen| seen.text.contains("jack answered")).unwrap();
        assert_ne!(second.id, first.id);
        w.handset("jack").does("hangup").await;
        w.advance(secs(10)).await;
        assert!(g.model.message(second.id).unwrap().text.contains("ended after"));
    })
    .await;
}

#[tokio::test]
async fn a_card_that_takes_no_more_edits_is_replied_to_by_a_new_one() {
    guild_with(
        Rules { limits: RateLimits::none(), old_edits: 0, ..Rules::default() },
        |_, _| {},
        async |w, g| {
            g.types(w, "ana", "/call callees:jack").await;
            w.handset("jack").does("answer").await;
            w.advance(secs(3)).await;
            let first = g.card();
            w.advance(secs(3_700)).await;
            w.handset("jack").does("hangup").await;
            w.advance(secs(10)).await;
            let second = g.cards().into_iter().find(|seen| seen.text.contains("ended after")).unwrap();
            assert_ne!(second.id, first.id);
            let last = g.thread(&first).pop().unwrap();
            assert_eq!(
                last,
                "Discord takes no more edits of the card above. A new one replies to it, and tells the rest."
            );
            let post = g
                .model
                .requests("POST /channels/*/messages")
                .into_iter()
                .find(|sent| sent.body["message_reference"]["message_id"] == first.id.to_string());
            assert!(post.is_some(), "the new card replies to the old one");
        },
    )
    .await;
}

#[tokio::test]
async fn without_the_right_to_open_threads_the_lines_stand_under_the_card() {
    guild(async |w, g| {
        g.model.permit_bot(g.ops, 0, bits::CREATE_PUBLIC_THREADS);
        g.types(w, "ana", "/call callees:jack").await;
        w.advance(secs(1)).await;
        insta::assert_snapshot!(told(g).join("\n---\n"), @r"
        ana calls jack (audio): ringing until 15:00:45 UTC.
        ---
        The thread of this card can't be used: Discord says: Missing Permissions (HTTP 403, code 50013). What happens is told here instead.
        ---
        Ringing jack (audio).
        ");
        w.handset("jack").does("answer").await;
        // Longer than Discord knows a nonce.
        w.advance(secs(600)).await;
        w.crash();
        g.model.until_connected(0).await;
        w.start().await;
        g.is_ready(w).await;
        g.presses(w, "ana", (g.cards()[0].id, "Hang up")).await;
        w.advance(secs(10)).await;
        assert!(told(g).iter().any(|text| text.starts_with("Ended after")), "{:#?}", told(g));
        let reasons = told(g).into_iter().filter(|text| text.contains("can't be used")).count();
        assert_eq!(reasons, 1, "said once");
    })
    .await;
}

#[tokio::test]
async fn a_locked_thread_sends_the_lines_to_the_card() {
    guild(async |w, g| {
        g.types(w, "ana", "/call callees:jack").await;
        w.advance(secs(1)).await;
        g.model.lock_thread(g.card().thread.unwrap(), true);
        w.handset("jack").does("answer").await;
        w.advance(secs(3)).await;
        let seen = g.cards();
        assert!(has(&seen, "jack answered (audio)."), "{:#?}", told(g));
        assert!(seen.iter().any(|seen| seen.text.contains("can't be used")), "{:#?}", told(g));
    })
    .await;
}

#[tokio::test]
async fn an_archived_thread_is_opened_by_the_next_line() {
    guild(async |w, g| {
        g.types(w, "ana", "/call callees:jack").await;
        w.advance(secs(1)).await;
        let thread = g.card().thread.unwrap();
        g.model.archive(thread, true);
        w.handset("jack").does("answer").await;
        w.advance(secs(3)).await;
        assert!(has(&g.seen(thread), "jack answered (audio)."), "{:#?}", g.seen(thread));
        assert_eq!(g.cards().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_thread_that_is_there_already_is_used() {
    guild(async |w, g| {
        g.model.next("POST /channels/*/messages/*/threads", 1, Fault::LostAnswer);
        g.types(w, "ana", "/call callees:jack").await;
        w.advance(secs(1)).await;
        assert_eq!(g.thread(&g.card()), ["Ringing jack (audio)."]);
        assert_eq!(g.requests("POST /channels/*/messages/*/threads"), 2);
    })
    .await;
}

#[tokio::test]
async fn catalogue_27_a_channel_that_may_not_be_written_to_sends_the_caller_a_direct_message() {
    guild(async |w, g| {
        g.model.permit_bot(g.ops, 0, bits::VIEW_CHANNEL | bits::SEND_MESSAGES);
        g.types(w, "ana", "/call callees:jack").await;
        w.advance(secs(1)).await;
        assert_eq!(w.rings().len(), 1, "phones ring whatever the chat says");
        w.handset("jack").does("decline").await;
        w.advance(secs(10)).await;
        let direct: Vec<String> =
            g.seen(g.model.direct(g.user("ana"))).into_iter().map(|seen| seen.text).collect();
        assert_eq!(direct.len(), 2, "{direct:#?}");
        assert!(
            direct[0].starts_with("I can't show call c") && direct[0].contains("ringing until"),
            "{direct:#?}"
        );
        assert!(direct[1].ends_with("ana calls jack (audio): jack declined."), "{direct:#?}");
    })
    .await;
}

#[tokio::test]
async fn lost_answers_and_failures_make_no_second_message() {
    guild(async |w, g| {
        g.model.next("POST /channels/*/messages", 1, Fault::LostAnswer);
        g.model.next("POST /channels/*/messages", 1, Fault::Refused(502));
        g.model.next("PATCH /channels/*/messages/*", 2, Fault::Refused(500));
        g.model.next("POST /interactions/*/*/callback", 1, Fault::LostAnswer);
        let receipt = message(g.types(w, "ana", "/call callees:jack").await);
        w.advance(secs(2)).await;
        let card = g.card();
        assert_eq!(card.id, receipt.id, "the answer was lost, and its message is the card all the same");
        assert_eq!(g.thread(&card), ["Ringing jack (audio)."]);
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_was_taken_late_is_the_card_all_the_same() {
    guild(async |w, g| {
        g.model.next("POST /interactions/*/*/callback", 1, Fault::Late(secs(4)));
        let receipt = message(g.types(w, "ana", "/call callees:jack").await);
        w.advance(secs(20)).await;
        let seen = g.cards();
        assert_eq!(seen.len(), 1, "one message, and not a receipt beside a card: {seen:#?}");
        assert_eq!(seen[0].id, receipt.id);
        assert!(seen[0].text.starts_with("ana calls jack (audio): ringing"), "{}", seen[0].text);
    })
    .await;
}

#[tokio::test]
async fn an_old_board_on_which_nothing_changes_is_not_worn_out_by_edits() {
    guild(async |w, g| {
        g.types(w, "ana", "/calls board").await;
        w.advance(secs(3)).await;
        let before = g.card();
        let edits = || g.model.requests("PATCH /channels/*/messages/*").len();
        let at_first = edits();
        w.advance(secs(8_000)).await;
        assert_eq!(edits(), at_first, "it is looked for, not edited");
        g.model.delete_message(before.id);
        w.advance(secs(70)).await;
        assert_eq!(g.card().text, "Live calls: none.", "its deletion is noticed all the same");
        assert_ne!(g.card().id, before.id);
    })
    .await;
}

#[tokio::test]
async fn an_old_board_that_discord_is_slow_to_edit_stays_the_one_board() {
    let rules = Rules { limits: RateLimits::none(), old_edits: 100, ..Rules::default() };
    guild_with(
        rules,
        |_, _| {},
        async |w, g| {
            g.types(w, "ana", "/calls board").await;
            w.advance(secs(3_700)).await;
            let before = g.card();
            g.model.next("PATCH /channels/*/messages/*", 3, Fault::Late(secs(25)));
            g.types(w, "ana", "/call callees:jack").await;
            w.advance(secs(200)).await;
            let is_board = |seen: &Seen| seen.text.starts_with("Live calls");
            let boards: Vec<_> = g.cards().into_iter().filter(is_board).collect();
            assert_eq!(boards.len(), 1, "a slow answer is no refusal: {boards:#?}");
            assert_eq!(boards[0].id, before.id);
        },
    )
    .await;
}

#[tokio::test]
async fn one_route_that_does_not_know_us_silences_no_other() {
    guild(async |w, g| {
        g.types(w, "ana", "/call callees:jack").await;
        w.advance(secs(3)).await;
        g.model.next("PATCH /channels/*/messages/*", 1, Fault::Refused(401));
        w.handset("jack").does("answer").await;
        w.advance(secs(5)).await;
        w.handset("jack").does("hangup").await;
        w.advance(secs(20)).await;
        assert!(g.card().text.contains("ended after"), "{}", g.card().text);
        let heard = g.types(w, "ana", "/calls list").await;
        assert!(!text(&heard).is_empty(), "{heard:?}");
    })
    .await;
}

#[tokio::test]
async fn discord_that_is_away_gets_the_whole_story_later() {
    guild(async |w, g| {
        g.types(w, "ana", "/call callees:jack").await;
        w.advance(secs(1)).await;
        g.model.next("* *", 10_000, Fault::Refused(503));
        w.handset("jack").does("answer").await;
        w.advance(secs(30)).await;
        w.handset("jack").does("hangup").await;
        w.advance(secs(30)).await;
        g.model.clear_faults();
        w.advance(secs(70)).await;
        let card = g.card();
        assert!(card.text.contains("ended after 30 s"), "{}", card.text);
        assert!(g.thread(&card).iter().any(|line| line == "jack answered (audio)."));
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_discord_does_not_take_in_time_loses_no_call() {
    guild(async |w, g| {
        g.model.next("POST /interactions/*/*/callback", 3, Fault::Refused(500));
        let asked = g.model.slash(g.user("ana"), g.ops, "/call callees:jack").unwrap();
        let tried = |model: &crate::discord::Discord| {
            (model.requests("POST /interactions/*/*/callback").len() == 3).then_some(())
        };
        // The pauses between tries pass on the test's clock.
        for _ in 0..4 {
            w.advance(Duration::from_millis(500)).await;
        }
        g.model.until("three tries", tried).await;
        w.advance(secs(2)).await;
        assert_eq!(g.model.heard(asked), Heard::NoResponse);
        assert_eq!(w.rings().len(), 1);
        assert!(g.card().text.starts_with("ana calls jack (audio): ringing"), "a card of its own");
    })
    .await;
}

#[tokio::test]
async fn what_serenity_cannot_read_is_answered_and_counted() {
    guild(async |w, g| {
        g.model.leave_out(&["locale"]);
        let heard = g.types(w, "ana", "/call callees:jack").await;
        assert!(text(&heard).starts_with("I could not read that, so nothing was done."), "{heard:?}");
        g.model.leave_out(&[]);
        let errors = w.errors();
        assert!(errors.len() == 1 && errors[0].contains("could not be read"), "{errors:?}");
        let metrics = String::from_utf8(w.get_raw("/metrics").await.2).unwrap();
        assert!(metrics.contains("callout_discord_unreadable_total 1"), "{metrics}");
        assert!(metrics.contains("callout_discord_connected 1"), "{metrics}");
        assert_eq!(w.rings().len(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_late_answer_follows_where_it_was_typed() {
    guild(async |w, g| {
        g.types(w, "ana", "/calls list").await;
        g.model.close_direct_messages(g.user("ana"));
        // Whoever is told something late is told in the channel, in private.
        let place = callout::domain::report::Place {
            chat: "discord".into(),
            channel: g.ops.to_string(),
            thread: None,
        };
        let to = callout::domain::ids::UserId::new(g.user("ana").to_string());
        let said = callout::domain::inbound::Receipt::private("Here it is.");
        let chat = w.chat("discord");
        chat.whisper(&DeliveryKey::new("d1"), &place, &to, &said).await.unwrap();
        let seen = g.seen(g.ops);
        assert!(seen.iter().any(|seen| seen.text == "Here it is." && seen.is_private), "{seen:#?}");
        w.advance(secs(121)).await;
        assert!(
            chat.whisper(&DeliveryKey::new("d2"), &place, &to, &said).await.is_err(),
            "a direct message, which ana does not take"
        );
    })
    .await;
}

/// Takes two seconds for everything.
#[derive(Debug)]
struct Slow(callout::clock::Clock);

#[async_trait::async_trait]
impl Intake for Slow {
    async fn person(&self, _inbound: Inbound) -> Receipt {
        // Whoever asks is busy meanwhile.
        self.0.sleep_for_waiter(callout::clock::later(self.0.now(), secs(2))).await;
        Receipt::private("Here you are.")
    }

    async fn answered(&self, _card: &CardId, _message: &str) {}

    async fn outage(&self, _outage: Outage) {}

    async fn engine(&self, _event: EngineEvent) {}
}

#[tokio::test]
async fn an_answer_that_takes_long_is_deferred_and_filled_in() {
    let mut w = World::at_desk(Settings::sandbox(&["ana"]).unwrap()).await;
    let g = Guild::open(&mut w, Rules { limits: RateLimits::none(), ..Rules::default() }).await;
    w.discord = None;
    w.start().await;
    let serving = w.serves(&g, Arc::new(Slow(w.clock.clone())));
    g.is_ready(&w).await;
    let asked = g.model.slash(g.user("ana"), g.ops, "/calls list").unwrap();
    w.advance(Duration::from_millis(1_900)).await;
    let heard = g.answered(&w, asked).await;
    assert!(matches!(&heard, Heard::Message(Seen { is_loading: true, is_private: true, .. })), "{heard:?}");
    w.advance(secs(1)).await;
    let filled = |model: &crate::discord::Discord| match model.heard(asked) {
        Heard::Message(seen) if !seen.is_loading => Some(seen.text),
        _ => None,
    };
    assert_eq!(g.model.until("the answer itself", filled).await, "Here you are.");
    drop(serving);
    w.ends_clean().await;
}
