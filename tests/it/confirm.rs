//! An admin confirms who somebody is to a chat, where a ring could not prove it.

use callout::domain::report::Place;
use callout::domain::settings::Settings;

use crate::kit::{EDITS, World, desk_world, secs, world_where};
use crate::people::{strangers, types};

/// eve asks to be jack, whose phone is offline.
async fn asks_in_vain(w: &World) {
    w.handset("jack").does("offline").await;
    types(w, "eve", "/callout link jack").await;
    w.advance(secs(90)).await;
}

#[tokio::test]
async fn an_admin_confirms_what_a_ring_could_not_prove() {
    strangers(async |w| {
        types(w, "eve", "/call mira").await;
        asks_in_vain(w).await;
        let asked = w.told("ana").await.pop().expect("an admin is asked");
        insta::assert_snapshot!(asked.text, @"desk:eve says to be jack, whose phone could not be rung and may have shown no code. A name in a chat may be anybody's: “Confirm” links them only if you know that it is jack.");
        assert_eq!(asked.buttons, ["Confirm"]);
        assert_eq!(w.notes("mira").await, [""; 0], "who is no admin is not asked");
        let done = w.desk("ana").presses(&asked.card(), "Confirm").await.text;
        assert_eq!(done, "desk:eve is linked to jack.");
        let told = w.told("eve").await.pop().unwrap();
        assert_eq!(told.text, "ana linked you: you are jack here now. You asked for “/call mira”; “Do it now” does it.");
        assert!(w.notes("jack").await.last().unwrap().starts_with("desk:eve is linked to you now"));
        w.desk("eve").presses(&told.card(), "Do it now").await;
        assert_eq!(w.handset("mira").state().await, "ringing");
        w.handset("mira").does("decline").await;
        let twice = w.desk("ana").presses(&asked.card(), "Confirm").await.text;
        assert_eq!(twice, "That is jack already. Nobody was rung.");
        let audit = types(w, "ana", "/callout audit").await.text;
        assert_eq!(audit.matches("was linked to jack, on the word of ana").count(), 1, "{audit}");
    })
    .await;
}

/// The card of the admins' channel that asks about eve.
async fn asking_card(w: &World) -> String {
    let cards = w.channel().await;
    let asks = cards.iter().find(|card| card["text"].as_str().unwrap().contains("jack, whose phone"));
    asks.unwrap_or_else(|| panic!("nobody is asked: {cards:#?}"))["id"].as_str().unwrap().to_owned()
}

/// A story whose admins have a channel.
async fn with_admin_channel(story: impl AsyncFnOnce(&mut World)) {
    let mut settings = Settings::sandbox(&["ana", "jack", "mira", "zoe"]).unwrap();
    let channel = Place { chat: "desk".to_owned(), channel: "general".to_owned(), thread: None };
    settings.admin_channel = Some(channel);
    world_where(&["ana", "mira"], settings, story).await;
}

#[tokio::test]
async fn in_the_admins_channel_whoever_presses_confirm_must_be_an_admin_then() {
    with_admin_channel(async |w| {
        asks_in_vain(w).await;
        let card = asking_card(w).await;
        assert_eq!(w.buttons(&card).await, ["Confirm"]);
        assert_eq!(w.notes("ana").await, [""; 0], "the channel is enough");
        for (who, answer) in [("mira", "Only an admin may do that."), ("eve", "You (eve) are not linked")] {
            let said = w.desk(who).presses(&card, "Confirm").await.text;
            assert!(said.starts_with(answer), "{who}: {said}");
        }
        w.crash();
        w.start().await;
        assert_eq!(w.desk("ana").presses(&card, "Confirm").await.text, "desk:eve is linked to jack.");
        w.advance(EDITS).await;
        assert_eq!(w.card(&card).await, "desk:eve is linked to jack, on the word of ana.");
        assert_eq!(w.buttons(&card).await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn what_was_settled_otherwise_is_not_confirmed() {
    with_admin_channel(async |w| {
        asks_in_vain(w).await;
        let card = asking_card(w).await;
        // jack is back, and says that it is not him.
        w.handset("jack").does("online").await;
        types(w, "eve", "/callout link jack").await;
        w.handset("jack").does("decline").await;
        w.advance(secs(60)).await;
        // What eve asks for since changes nothing of that.
        types(w, "eve", "/callout link zoe").await;
        w.handset("zoe").does("decline").await;
        w.advance(secs(60)).await;
        let said = w.desk("ana").presses(&card, "Confirm").await.text;
        assert!(said.starts_with("jack's phone declined, so the code is void."), "{said}");
        // A command is a word of its own, and the card shows it if that ring was the last.
        assert_eq!(types(w, "ana", "/callout link jack @eve").await.text, "desk:eve is linked to jack.");
        assert_eq!(w.notes("ana").await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn a_card_that_asks_admins_shows_a_link_made_by_a_command() {
    with_admin_channel(async |w| {
        asks_in_vain(w).await;
        let card = asking_card(w).await;
        types(w, "ana", "/callout link jack @eve").await;
        w.advance(EDITS).await;
        assert_eq!(w.card(&card).await, "desk:eve is linked to jack, on the word of ana.");
    })
    .await;
}

#[tokio::test]
async fn the_card_that_was_pressed_shows_it_and_so_does_the_last() {
    with_admin_channel(async |w| {
        asks_in_vain(w).await;
        let first = asking_card(w).await;
        types(w, "eve", "/callout link jack").await;
        w.advance(secs(90)).await;
        let cards = w.channel().await;
        let id = |card: &serde_json::Value| card["id"].as_str().unwrap().to_owned();
        let asks = |card: &&serde_json::Value| card["text"].as_str().unwrap().contains("jack, whose phone");
        let second = cards.iter().filter(asks).map(id).find(|id| *id != first).expect("a card of its own");
        w.desk("ana").presses(&first, "Confirm").await;
        w.advance(EDITS).await;
        for card in [&first, &second] {
            assert_eq!(w.card(card).await, "desk:eve is linked to jack, on the word of ana.");
            assert_eq!(w.buttons(card).await, [""; 0]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_phone_that_shows_no_code_leaves_it_to_an_admin() {
    strangers(async |w| {
        types(w, "eve", "/call mira").await;
        w.handset("jack").does("offline").await;
        types(w, "eve", "/callout link jack").await;
        w.advance(secs(90)).await;
        insta::assert_snapshot!(w.notes("eve").await.join("\n"), @"jack's phone could not be rung, so it may have shown no code. Try again, or ask an admin, who can confirm it.");
        assert_eq!(types(w, "mira", "/callout link jack @eve").await.text, "Only an admin may do that.");
        assert_eq!(types(w, "ana", "/callout link jack @eve").await.text, "desk:eve is linked to jack.");
        let told = w.told("eve").await.pop().unwrap();
        assert_eq!(told.text, "ana linked you: you are jack here now. You asked for “/call mira”; “Do it now” does it.");
        let placed = w.desk("eve").presses(&told.card(), "Do it now").await;
        assert!(w.card(&placed.card()).await.starts_with("jack calls mira"));
        assert!(w.notes("jack").await.last().unwrap().starts_with("desk:eve is linked to you now"));
        w.handset("mira").does("decline").await;
    })
    .await;
}

#[tokio::test]
async fn an_admin_links_a_user_of_another_chat_by_its_id() {
    desk_world(async |w| {
        let name = types(w, "ana", "/callout link jack discord:eve").await.text;
        assert_eq!(
            name,
            "“eve” is no user's id in discord. Mention them, so that the chat itself says who that is."
        );
        let other = types(w, "ana", "/callout link jack discord:80351110224678912").await.text;
        assert_eq!(other, "discord:80351110224678912 is linked to jack.");
        let me = types(w, "jack", "/callout me").await.text;
        assert!(
            me.contains("Linked: discord:80351110224678912, since") && me.contains("on the word of ana"),
            "{me}"
        );
    })
    .await;
}
