//! The first answer to what people do on Discord: when it counts from, what it replaces, what it becomes.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use callout::clock::{Clock, later};
use callout::domain::change::{Change, Effect};
use callout::domain::ids::{CardId, DeliveryKey, UserId};
use callout::domain::inbound::{Inbound, Receipt, Said};
use callout::domain::person::Directory;
use callout::domain::report::{Button, Place};
use callout::domain::settings::Settings;
use callout::ports::{EngineEvent, Intake, Outage};
use jiff::Timestamp;

use crate::discord::{Discord as Model, Fault, Heard, Id, RateLimits, Seen, Settings as Rules};
use crate::kit::{Guild, World, guild, guild_with, message, secs, text};

fn free() -> Rules {
    Rules { limits: RateLimits::none(), ..Rules::default() }
}

/// Answers everything in private, after a while of its own, and remembers when what came.
#[derive(Debug)]
struct Slow {
    clock: Clock,
    answer: Duration,
    outage: Duration,
    came: Mutex<Vec<Timestamp>>,
}

impl Slow {
    fn new(clock: &Clock, answer: Duration, outage: Duration) -> Arc<Self> {
        Arc::new(Self { clock: clock.clone(), answer, outage, came: Mutex::default() })
    }

    async fn wait(&self, span: Duration) {
        // Whoever asks is busy meanwhile.
        self.clock.sleep_for_waiter(later(self.clock.now(), span)).await;
    }
}

#[async_trait::async_trait]
impl Intake for Slow {
    async fn person(&self, inbound: Inbound) -> Receipt {
        self.came.lock().unwrap().push(inbound.at);
        self.wait(self.answer).await;
        match inbound.said {
            Said::Line(_) => Receipt {
                card: Some(CardId::new("ask_1")),
                buttons: vec![Button::DontRing],
                ..Receipt::private("Ring?")
            },
            _ => Receipt::private("Nobody was rung."),
        }
    }

    async fn answered(&self, _card: &CardId, _message: &str) {}

    async fn outage(&self, _outage: Outage) {
        self.wait(self.outage).await;
    }

    async fn engine(&self, _event: EngineEvent) {}
}

/// Hears nothing: for what is about the connection alone.
#[derive(Debug)]
pub(crate) struct Deaf;

#[async_trait::async_trait]
impl Intake for Deaf {
    async fn person(&self, _inbound: Inbound) -> Receipt {
        Receipt::private("What?")
    }

    async fn answered(&self, _card: &CardId, _message: &str) {}

    async fn outage(&self, _outage: Outage) {}

    async fn engine(&self, _event: EngineEvent) {}
}

/// A server whose every word goes to a slow intake.
async fn slow(answer: Duration, outage: Duration) -> (World, Guild, Arc<Slow>) {
    let mut w = World::at_desk(Settings::sandbox(&["ana", "jack"]).unwrap()).await;
    let g = Guild::open(&mut w, free()).await;
    w.discord = None;
    w.start().await;
    let intake = Slow::new(&w.clock, answer, outage);
    (w, g, intake)
}

/// The answer to an interaction, once it is more than a promise.
fn filled(asked: Id) -> impl FnMut(&Model) -> Option<Seen> {
    move |model| match model.heard(asked) {
        Heard::Message(seen) if !seen.is_loading => Some(seen),
        _ => None,
    }
}

#[tokio::test]
async fn a_press_that_takes_long_still_replaces_its_question() {
    let (mut w, g, intake) = slow(secs(2), Duration::ZERO).await;
    let serving = w.serves(&g, intake);
    g.is_ready(&w).await;
    let asked = g.model.slash(g.user("ana"), g.ops, "/call callees:jack").unwrap();
    w.advance(secs(3)).await;
    let question = g.model.until("the question", filled(asked)).await;
    assert_eq!((question.text.as_str(), question.buttons.len()), ("Ring?", 1));
    let pressed = g.model.press(g.user("ana"), question.id, "Don't ring").unwrap();
    w.advance(secs(3)).await;
    assert_eq!(g.answered(&w, pressed).await, Heard::Done, "an update, and no second message");
    let question = g.model.message(question.id).unwrap();
    assert_eq!((question.text.as_str(), question.buttons.len()), ("Nobody was rung.", 0));
    drop(serving);
    w.ends_clean().await;
}

#[tokio::test]
async fn what_comes_while_an_outage_is_recorded_is_not_held_up() {
    let (mut w, g, intake) = slow(Duration::ZERO, secs(30)).await;
    let serving = w.serves(&g, Arc::clone(&intake) as _);
    g.is_ready(&w).await;
    g.types(&w, "ana", "/calls list").await;
    w.advance(secs(60)).await;
    g.model.op9(false);
    g.model.until("a second session", |model| (model.identifies() == 2).then_some(())).await;
    let typed = w.clock.now();
    let asked = g.model.slash(g.user("ana"), g.ops, "/calls list").unwrap();
    assert!(matches!(g.answered(&w, asked).await, Heard::Message(_)));
    assert_eq!(intake.came.lock().unwrap().last(), Some(&typed));
    w.advance(secs(40)).await;
    drop(serving);
    w.ends_clean().await;
}

#[tokio::test]
async fn completion_that_cannot_be_read_is_answered_with_no_choices() {
    guild(async |w, g| {
        g.model.leave_out(&["locale"]);
        let asked = g.model.autocomplete(g.user("ana"), g.ops, "/call callees:ja").unwrap();
        assert_eq!(g.answered(w, asked).await, Heard::Choices(Vec::new()));
        g.model.leave_out(&[]);
        assert_eq!(w.errors().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn with_media_of_its_own_the_field_of_callees_takes_callees_alone() {
    guild(async |w, g| {
        let heard = message(g.types(w, "ana", "/call callees:jack pls media:video").await);
        assert!(heard.is_private);
        insta::assert_snapshot!(heard.text, @"“pls” names nobody, and media and note have fields of their own here. Nobody was rung.");
        let heard = message(g.types(w, "ana", "/call callees:jack video media:audio").await);
        assert!(heard.is_private, "{heard:?}");
        let heard = message(g.types(w, "ana", "/call callees:jack pls note:the db").await);
        assert!(heard.is_private, "{heard:?}");
        assert_eq!(w.rings().len(), 0);
        // Typed alone, it is read as everywhere.
        g.types(w, "ana", "/call callees:jack pls").await;
        w.advance(secs(1)).await;
        assert!(g.card().text.ends_with("Note: pls"), "{}", g.card().text);
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_discord_takes_after_we_gave_up_leaves_no_second_message() {
    guild(async |w, g| {
        g.model.next("POST /interactions/*/*/callback", 1, Fault::Held(Duration::from_millis(2_800)));
        g.model.slash(g.user("ana"), g.ops, "/call callees:jack").unwrap();
        w.advance(secs(20)).await;
        let seen = g.card();
        assert!(seen.text.starts_with("ana calls jack (audio): ringing"), "{}", seen.text);
    })
    .await;
}

#[tokio::test]
async fn the_answer_to_a_page_is_its_card_however_slow_discord_is() {
    for held in [0, 200, 2_800] {
        guild(async |w, g| {
            g.model.next("POST /interactions/*/*/callback", 1, Fault::Held(Duration::from_millis(held)));
            g.model.slash(g.user("ana"), g.ops, "/page policy:jack message:the db is down").unwrap();
            w.advance(secs(20)).await;
            let seen = g.card();
            assert!(seen.text.starts_with("Page jack: the db is down"), "{held} ms: {}", seen.text);
            let buttons: Vec<&str> = seen.buttons.iter().map(|button| button.label.as_str()).collect();
            assert_eq!(buttons, ["Acknowledge", "Snooze", "Hand over", "Escalate", "Close"], "{held} ms");
            let posts = g.model.requests("POST /channels/*/messages");
            let beside = posts.iter().filter(|sent| sent.parts.get(1) == Some(&g.ops.to_string())).count();
            assert_eq!(beside, 0, "{held} ms: the answer is the card");
            g.presses(w, "jack", (seen.id, "Acknowledge")).await;
            w.advance(secs(10)).await;
            assert!(g.card().text.contains("jack has it since"), "{held} ms: {}", g.card().text);
        })
        .await;
    }
}

#[tokio::test]
async fn what_was_asked_long_ago_and_is_done_from_a_direct_message_is_shown_where_it_was_asked() {
    let adapt = |settings: &mut Settings, _: &Guild| {
        let people = settings.people.iter().cloned().map(|mut person| {
            person.discord = person.discord.filter(|_| person.id.as_str() != "jack");
            person
        });
        settings.people = Arc::new(Directory::new(people.collect()).unwrap());
    };
    guild_with(free(), adapt, async |w, g| {
        g.types(w, "zoe", "/call callees:mira").await;
        w.advance(secs(130)).await;
        g.types(w, "ana", "/callout link account:jack user:@zoe").await;
        w.advance(secs(1)).await;
        let direct = g.model.direct(g.user("zoe"));
        let told = g.model.sees(g.user("zoe"), direct).pop().unwrap();
        let pressed = g.model.press(g.user("zoe"), told.id, "Do it now").unwrap();
        g.answered(w, pressed).await;
        w.advance(secs(1)).await;
        assert!(g.card().text.starts_with("jack calls mira (audio): ringing"), "{}", g.card().text);
        let direct = g.model.sees(g.user("zoe"), direct);
        assert_eq!((direct.len(), direct[0].text.as_str()), (1, "Calling mira (audio)."), "{direct:#?}");
        assert!(direct[0].buttons.is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_same_sentence_at_another_time_is_told_again_and_a_retry_is_not() {
    guild(async |w, g| {
        let tells = async |key: &str| {
            let said = Receipt::private("Your shift begins.");
            let (place, to) = (Place::direct("discord"), UserId::new(g.user("ana").to_string()));
            let mut change = Change::default();
            change.act(Effect::Whisper { key: DeliveryKey::new(key), place, to, said }, w.clock.now());
            w.commits(change).await;
            w.advance(secs(5)).await;
        };
        g.model.next("POST /channels/*/messages", 1, Fault::LostAnswer);
        tells("first").await;
        tells("second").await;
        let direct = g.seen(g.model.direct(g.user("ana")));
        assert_eq!(direct.len(), 2, "{direct:#?}");
        assert!(direct.iter().all(|seen| seen.text == "Your shift begins."));
    })
    .await;
}

#[tokio::test]
async fn another_process_with_the_same_token_is_noticed() {
    let (mut w, g, slow) = slow(secs(1), Duration::ZERO).await;
    let fast = Slow::new(&w.clock, Duration::ZERO, Duration::ZERO);
    let (loser, winner) = (w.bot(&g.model), w.bot(&g.model));
    let serving = (w.serves_as(&loser, slow), w.serves_as(&winner, fast));
    g.model.until_connected(2).await;
    w.settle().await;
    for _ in 0..2 {
        let asked = g.model.slash(g.user("ana"), g.ops, "/calls list").unwrap();
        w.advance(secs(2)).await;
        assert!(text(&g.answered(&w, asked).await).starts_with("Ring?"));
    }
    use callout::ports::Chat as _;
    assert_eq!(winner.ready().await, Ok(()));
    insta::assert_snapshot!(loser.ready().await.unwrap_err(), @"another process answers with the same DISCORD_TOKEN, and each command may ring twice: stop one of the two");
    let errors = w.errors();
    assert_eq!(errors.len(), 1, "said once: {errors:?}");
    w.advance(secs(3_600)).await;
    assert_eq!(loser.ready().await, Ok(()), "nobody was met for an hour");
    drop(serving);
    w.ends_clean().await;
}
