//! Pages on Discord: their cards, threads and buttons, what is told in private, and what a phone can complete.

use callout::domain::settings::Settings;

use crate::discord::{Heard, Id, RateLimits, Seen, Settings as Rules};
use crate::kit::{Guild, World, guild_with, message, secs, text, with_keys};

/// jack is rung first, then mira.
pub(crate) const FILE: &str = r#"
[[person]]
id = "ana"
account = "ana"
[[person]]
id = "jack"
account = "jack"
[[person]]
id = "mira"
account = "mira"
[limits]
ring_of_callee = ["100/h"]

[[policy]]
id = "payments"
[[policy.step]]
ring = ["jack"]
wait = "2m"
[[policy.step]]
ring = ["mira"]
wait = "2m"

[[policy]]
id = "quick"
[[policy.step]]
ring = ["jack"]
wait = "30s"
"#;

/// A story with the policies and limits of `toml`, of the guild's own people.
pub(crate) async fn pages_of(
    toml: impl FnOnce(&Guild) -> String,
    story: impl AsyncFnOnce(&mut World, &Guild),
) {
    let adapt = |settings: &mut Settings, guild: &Guild| {
        let file = callout::config::parse("callout.toml", &toml(guild)).0.expect("the file is good").settings;
        let file = with_keys(file);
        (settings.policies, settings.ring_of_callee) = (file.policies, file.ring_of_callee);
        (settings.sources, settings.keys) = (file.sources, file.keys);
    };
    guild_with(Rules { limits: RateLimits::none(), ..Rules::default() }, adapt, story).await;
}

pub(crate) async fn pages(story: impl AsyncFnOnce(&mut World, &Guild)) {
    pages_of(|_| FILE.to_owned(), story).await;
}

/// `/page` in `#ops` by ana: the page's id.
async fn page(w: &World, g: &Guild, target: &str, about: &str) -> String {
    let heard = message(g.types(w, "ana", &format!("/page policy:{target} message:{about}")).await);
    w.settle().await;
    id_in(&heard.text)
}

/// The page's id, wherever it stands in a text.
pub(crate) fn id_in(text: &str) -> String {
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let id = words.rfind(|word| word.starts_with('p') && word.len() == 13);
    id.unwrap_or_else(|| panic!("no id in {text:?}")).to_owned()
}

pub(crate) async fn state(w: &World, page: &str) -> String {
    w.get(&format!("/api/pages/{page}")).await["state"].as_str().unwrap().to_owned()
}

pub(crate) fn card_of(g: &Guild, page: &str) -> Seen {
    let is_meant = |seen: &Seen| seen.text.contains(page);
    g.cards().into_iter().rfind(is_meant).unwrap_or_else(|| panic!("no card of {page}"))
}

pub(crate) fn labels(seen: &Seen) -> Vec<&str> {
    seen.buttons.iter().map(|button| button.label.as_str()).collect()
}

async fn choices(w: &World, g: &Guild, who: &str, line: &str) -> Vec<String> {
    let asked = g.model.autocomplete(g.user(who), g.ops, line).unwrap();
    match g.answered(w, asked).await {
        Heard::Choices(choices) => choices,
        other => panic!("no choices: {other:?}"),
    }
}

/// A thread that is about no page: a call's.
pub(crate) async fn another_thread(w: &World, g: &Guild) -> Id {
    let card = message(g.types(w, "ana", "/call callees:mira").await);
    w.advance(secs(1)).await;
    w.handset("mira").does("decline").await;
    w.advance(secs(10)).await;
    g.model.message(card.id).unwrap().thread.unwrap()
}

#[tokio::test]
async fn a_page_is_one_message_and_its_thread_takes_commands_without_an_id() {
    pages(async |w, g| {
        let id = page(w, g, "payments", "db < 3 is down").await;
        w.advance(secs(1)).await;
        let card = g.card();
        insta::assert_snapshot!(card.text.replace(&id, "p1"), @r"
        Page payments: db < 3 is down
        Nobody has it yet. Step 1 of 2, round 1 of 1. Step 2 at 15:02:00 UTC.
        • jack is being rung since 15:00:00 UTC
        p1 of ana.
        ");
        assert_eq!(labels(&card), ["Acknowledge", "Snooze", "Hand over", "Escalate", "Close"]);
        let (_, name, _) = &g.model.threads(g.ops)[0];
        assert_eq!(name, "Page payments: db < 3 is down");
        let shown =
            g.model.requests("PATCH /channels/*/messages/*").pop().expect("the receipt became the card");
        assert_eq!(shown.body["components"][0]["components"][0]["style"], 1, "blue: it is found at three");

        let thread = card.thread.expect("a thread");
        let took = message(g.types_in(w, "jack", (thread, "/ack")).await);
        assert_eq!(
            (took.text.replace(&id, "p1").as_str(), took.is_private),
            ("p1 is yours: nothing else rings.", true)
        );
        w.advance(secs(3)).await;
        assert_eq!(w.handset("jack").state().await, "idle");
        assert_eq!(labels(&g.card()), ["Hand over", "Escalate", "Close"]);
        let next = message(g.types_in(w, "jack", (thread, "/escalate")).await);
        assert!(next.text.replace(&id, "p1").starts_with("p1: "), "{next:?}");
        w.advance(secs(3)).await;
        assert_eq!(w.handset("mira").state().await, "ringing", "the next step");
        let closed = message(g.types_in(w, "ana", (thread, "/close")).await);
        assert_eq!(closed.text.replace(&id, "p1"), "p1 is closed: nothing rings any more.");
        w.advance(secs(3)).await;
        assert!(g.card().text.contains("Closed by ana"), "{}", g.card().text);
        assert_eq!(g.cards().len(), 1, "one message from the receipt to the end");
    })
    .await;
}

#[tokio::test]
async fn the_buttons_of_a_page_are_judged_by_who_presses() {
    pages(async |w, g| {
        let id = page(w, g, "payments", "db is down").await;
        w.advance(secs(1)).await;
        let card = g.card().id;
        let asked = message(g.presses(w, "mira", (card, "Acknowledge")).await);
        insta::assert_snapshot!(asked.text.replace(&id, "p1"), @"You were not paged for p1: jack was. Take it from them?");
        assert!(asked.is_private && labels(&asked) == ["Acknowledge anyway"], "{asked:?}");
        let stranger = message(g.presses(w, "zoe", (card, "Acknowledge")).await);
        assert!(stranger.is_private && stranger.text.contains("not linked"), "{stranger:?}");
        assert_eq!(state(w, &id).await, "triggered");
        g.presses(w, "mira", (asked.id, "Acknowledge anyway")).await;
        assert_eq!(state(w, &id).await, "acknowledged");
        w.advance(secs(3)).await;
        assert_eq!(w.handset("jack").state().await, "idle");
        let late = g.model.click_late(g.user("jack"), card, &format!("c:{id}:Acknowledge")).unwrap();
        let second = text(&g.answered(w, late).await).to_owned();
        assert!(second.starts_with("mira has it, "), "{second}");
    })
    .await;
}

/// jack and mira are the only ones whom the second page may not surprise.
#[tokio::test]
async fn the_thread_of_a_card_that_was_replaced_is_still_about_its_page() {
    pages(async |w, g| {
        let first = page(w, g, "payments", "db is down").await;
        w.advance(secs(1)).await;
        let old = g.card();
        g.presses(w, "jack", (old.id, "Acknowledge")).await;
        w.advance(secs(3)).await;
        g.model.delete_message(old.id);
        g.types_in(w, "jack", (old.thread.unwrap(), "/ack for:30m")).await;
        w.advance(secs(3)).await;
        assert_ne!(card_of(g, &first).id, old.id, "it was posted anew");
        let second = page(w, g, "jack", "cache is down").await;
        w.advance(secs(1)).await;
        assert_eq!(w.handset("jack").state().await, "ringing");

        w.crash();
        g.model.until_connected(0).await;
        w.start().await;
        g.is_ready(w).await;
        let closed = message(g.types_in(w, "jack", (old.thread.unwrap(), "/close")).await);
        assert_eq!(closed.text, format!("{first} is closed: nothing rings any more."));
        assert_eq!(
            (state(w, &first).await.as_str(), state(w, &second).await.as_str()),
            ("closed", "triggered")
        );
        let over = message(g.types_in(w, "jack", (old.thread.unwrap(), "/ack")).await);
        assert!(over.text.starts_with(&format!("{first} is over: jack closed it at")), "{}", over.text);
    })
    .await;
}

#[tokio::test]
async fn in_a_thread_nothing_is_guessed() {
    pages(async |w, g| {
        let thread = another_thread(w, g).await;
        let none = message(g.types_in(w, "jack", (thread, "/ack")).await);
        assert_eq!(none.text, "This thread is about no page. Name one: /pages lists them.");
        let id = page(w, g, "payments", "db is down").await;
        for line in ["/ack", "/close", "/escalate"] {
            let asked = message(g.types_in(w, "jack", (thread, line)).await);
            assert_eq!(asked.text, format!("This thread is about no page. Name one; yours: {id}."), "{line}");
        }
        assert_eq!(state(w, &id).await, "triggered");
        // Where people talk of anything, whoever is rung by one page means that one.
        let took = message(g.types(w, "jack", "/ack").await);
        assert_eq!(took.text, format!("{id} is yours: nothing else rings."));
    })
    .await;
}

#[tokio::test]
async fn a_page_that_was_started_in_a_thread_is_meant_there() {
    pages(async |w, g| {
        let thread = another_thread(w, g).await;
        let elsewhere = page(w, g, "mira", "cache is down").await;
        let said = message(g.types_in(w, "ana", (thread, "/page policy:payments message:db is down")).await);
        let here = id_in(&said.text);
        w.advance(secs(1)).await;
        let took = message(g.types_in(w, "jack", (thread, "/ack")).await);
        assert_eq!(took.text, format!("{here} is yours: nothing else rings."));
        // ana has started both; in the thread she means the one that is there.
        let closed = message(g.types_in(w, "ana", (thread, "/close")).await);
        assert_eq!(closed.text, format!("{here} is closed: nothing rings any more."));
        assert_eq!(state(w, &elsewhere).await, "triggered");
    })
    .await;
}

#[tokio::test]
async fn open_pages_are_completed_ones_own_first() {
    pages(async |w, g| {
        let jacks = page(w, g, "payments", "db is down").await;
        w.advance(secs(1)).await;
        let miras = page(w, g, "mira", "cache is down").await;
        w.advance(secs(1)).await;
        let (first, second) =
            (format!("{jacks}: payments: db is down"), format!("{miras}: mira: cache is down"));
        for line in ["/ack id:", "/close id:", "/escalate id:", "/pages show id:"] {
            assert_eq!(choices(w, g, "jack", line).await, [first.as_str(), &second], "{line}");
            assert_eq!(choices(w, g, "mira", line).await, [second.as_str(), &first], "{line}");
        }
        assert_eq!(choices(w, g, "jack", "/ack id:CACHE").await, [second.as_str()]);
        assert_eq!(choices(w, g, "jack", &format!("/ack id:{jacks}")).await, [first.as_str()]);
        assert_eq!(choices(w, g, "zoe", "/ack id:").await.len(), 2, "who is not listed may see");
        g.types(w, "ana", &format!("/close id:{jacks}")).await;
        assert_eq!(
            choices(w, g, "jack", "/ack id:").await,
            [second.as_str()],
            "what is over is offered no more"
        );
    })
    .await;
}

/// A form would stand between a person and a ring that they want at once.
#[tokio::test]
async fn ring_anyway_on_a_page_asks_for_no_reason() {
    let held = |_: &Guild| FILE.replace("\"100/h\"", "\"1/10m\", \"2/h\"");
    pages_of(held, async |w, g| {
        for about in ["one", "two"] {
            let id = page(w, g, "quick", about).await;
            w.handset("jack").does("decline").await;
            g.types(w, "ana", &format!("/close id:{id}")).await;
        }
        let id = page(w, g, "quick", "three").await;
        w.advance(secs(3)).await;
        let card = card_of(g, &id);
        assert!(card.text.contains("jack is held back until"), "{}", card.text);
        assert_eq!(w.handset("jack").state().await, "idle");
        let heard = g.presses(w, "ana", (card.id, "Ring anyway")).await;
        assert_eq!(text(&heard), "Ringing jack, whatever the limits say.");
        assert_eq!(w.handset("jack").state().await, "ringing");
    })
    .await;
}

#[tokio::test]
async fn every_channel_of_a_step_has_a_card_of_its_own() {
    let posts = |g: &Guild| {
        let other = g.model.add_channel("leads");
        FILE.replacen("ring = [\"mira\"]", &format!("ring = [\"mira\"]\npost = [\"discord:{other}\"]"), 1)
    };
    pages_of(posts, async |w, g| {
        let id = page(w, g, "payments", "db is down").await;
        w.handset("jack").does("decline").await;
        w.advance(secs(3)).await;
        let channels = g.model.requests("POST /channels/*/messages");
        let leads = channels.iter().find_map(|sent| {
            let is_card = sent.body["content"].as_str().is_some_and(|text| text.contains(&id));
            is_card.then(|| Id::read(&sent.parts[1])).flatten()
        });
        let leads = leads.expect("a card in #leads");
        assert_ne!(leads, g.ops);
        let there = g.seen(leads).remove(0);
        let thread = there.thread.expect("it has a thread of its own");
        let took = message(g.types_in(w, "mira", (thread, "/ack")).await);
        assert_eq!(took.text, format!("{id} is yours: nothing else rings."));
        w.advance(secs(3)).await;
        for text in [g.model.message(there.id).unwrap().text, g.card().text] {
            assert!(text.contains("mira has it since"), "{text}");
        }
        g.presses(w, "jack", (there.id, "Close")).await;
        w.advance(secs(3)).await;
        assert_eq!(labels(&g.card()), ["Reopen"]);
    })
    .await;
}
