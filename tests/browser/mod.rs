//! The page in a real browser, in front of the built program. Nothing here sleeps: each step waits for what a person
//! would wait for.

mod kit;
mod layout;

use fantoccini::key::Key;
use serde_json::{Value, json};

use kit::{Page, World, story};

const RINGS: &str = "[data-account=jack][data-state=ringing]";
const TALKS: &str = "[data-account=jack][data-state=in_call]";
const RESTS: &str = "[data-account=jack][data-state=idle]";

/// Looks for what keeps people out: controls without a name, double ids, dangling references, pale text.
const BARRIERS: &str = include_str!("barriers.js");

/// Places `/call jack video` with nothing but keys.
async fn call_jack(page: &Page) {
    page.tab_to("Skip to the command box").await;
    page.key(Key::Enter).await;
    page.until("document.activeElement.id === 'command'").await;
    page.types("/call jack video").await;
    page.key(Key::Enter).await;
    page.shows(RINGS).await;
}

async fn press(page: &Page, name: &str) {
    page.tab_to(name).await;
    page.key(Key::Enter).await;
}

/// Presses a button of the newest card, which is named after it: there may be more cards with such a button.
async fn press_on_card(page: &Page, label: &str) {
    let card = page.value("document.querySelector('.card').ariaLabel.replace('Card of ', '')").await;
    press(page, &format!("{label}, {}", card.as_str().unwrap_or_default())).await;
}

async fn card_becomes(page: &Page, word: &str) {
    page.until(&format!("document.querySelector('.card .badge-word')?.textContent === {word:?}")).await;
}

async fn phone_of_jack(world: &World) -> Value {
    world.sandbox.get("sandbox/handset/jack").await
}

#[tokio::test]
async fn a_call_typed_by_keyboard_rings_is_answered_and_hung_up() {
    story(async |world| {
        let page = &world.page;
        call_jack(page).await;
        page.until("document.title === '☎ jack is ringing'").await;
        page.until("document.querySelector('#announce').textContent.includes('jack')").await;
        let title = phone_of_jack(world).await["title"].as_str().unwrap_or_default().to_owned();
        assert!(!title.is_empty(), "a push has a title");
        assert_eq!(page.text(&format!("{RINGS} .push-title")).await, title);
        assert_eq!(enabled_keys(page).await, json!(["answer", "decline", "ignore", "offline"]));

        press(page, "Answer, jack").await;
        page.shows(TALKS).await;
        card_becomes(page, "in call").await;
        page.until("document.querySelector('.card .lines').textContent.includes('jack')").await;
        page.until("document.querySelector('#map-rows .leg[data-state=connected]')").await;
        page.until("document.title === 'Callout sandbox'").await;

        press(page, "Hang up, jack").await;
        page.shows(RESTS).await;
        card_becomes(page, "ended").await;
        page.until("document.querySelector('#map-rows').children.length === 0").await;
        page.until("document.querySelector('.card > .buttons').textContent === 'Ring again'").await;
    })
    .await;
}

async fn enabled_keys(page: &Page) -> Value {
    let keys = format!("[...document.querySelectorAll('{RINGS} [data-verb]:enabled:not([hidden])')]");
    page.value(&format!("{keys}.map((key) => key.dataset.verb)")).await
}

#[tokio::test]
async fn a_declined_call_ends_and_can_be_rung_again() {
    story(async |world| {
        let page = &world.page;
        call_jack(page).await;
        press(page, "Decline, jack").await;
        card_becomes(page, "ended").await;
        page.until("/declined/i.test(document.querySelector('.card').textContent)").await;
        press_on_card(page, "Ring again").await;
        page.shows(RINGS).await;
        page.until("document.querySelectorAll('.card').length === 2").await;
        page.shows(".card:first-child[data-state=ringing]").await;
        press_on_card(page, "Hang up").await;
        page.shows(RESTS).await;
    })
    .await;
}

#[tokio::test]
async fn the_command_box_completes_and_remembers() {
    story(async |world| {
        let page = &world.page;
        page.tab_to("Skip to the command box").await;
        page.key(Key::Enter).await;
        page.types("/call ja").await;
        page.shows("#options:not([hidden]) [role=option]").await;
        page.key(Key::Tab).await;
        assert_eq!(page.value("document.querySelector('#command').value").await, json!("/call jack "));
        page.types("<b>&amp;</b>").await;
        page.key(Key::Enter).await;
        page.shows(RINGS).await;
        // The bot puts a word joiner behind a bracket, so that no chat takes it for a mention.
        page.until(
            "document.querySelector('.card').textContent.replaceAll('\\u2060', '').includes('<b>&amp;</b>')",
        )
        .await;
        assert_eq!(
            page.value("document.querySelector('.card .body b')").await,
            Value::Null,
            "text stays text"
        );
        page.until("document.querySelector('#command').value === ''").await;
        page.key(Key::Up).await;
        assert_eq!(
            page.value("document.querySelector('#command').value").await,
            json!("/call jack <b>&amp;</b>")
        );
        page.key(Key::Down).await;
        assert_eq!(page.value("document.querySelector('#command').value").await, json!(""));

        page.types("/oncall sup").await;
        page.shows("#options:not([hidden]) [role=option]").await;
        page.key(Key::Tab).await;
        assert_eq!(page.value("document.querySelector('#command').value").await, json!("/oncall support "));
        page.key(Key::Enter).await;
        page.until("document.querySelector('.desk .receipt .text')?.textContent.includes('on call')").await;
        page.until("document.querySelector('#command').value === ''").await;

        page.types("/esc").await;
        page.key(Key::Tab).await;
        assert_eq!(page.value("document.querySelector('#command').value").await, json!("/escalate "));
        page.value("document.querySelector('#command').select()").await;
        page.types("/page sup").await;
        page.key(Key::Tab).await;
        assert_eq!(page.value("document.querySelector('#command').value").await, json!("/page support "));
        page.types("db is down").await;
        page.key(Key::Enter).await;
        page.until("document.querySelector('#command').value === ''").await;
        page.shows("#pages-rows .id").await;
        page.types("/close p").await;
        page.shows("#options:not([hidden]) [role=option]").await;
        page.key(Key::Tab).await;
        let page_id = page.text("#pages-rows .id").await;
        assert_eq!(page.text("#options .option-text").await, "");
        assert_eq!(
            page.value("document.querySelector('#command').value").await,
            json!(format!("/close {page_id} "))
        );
        page.key(Key::Enter).await;
        page.until("document.querySelector('#command').value === ''").await;

        page.types("/call jakc").await;
        page.key(Key::Enter).await;
        page.until("document.querySelector('.desk .receipt .text')?.textContent.includes('jakc')").await;
    })
    .await;
}

#[tokio::test]
async fn a_sample_alert_pages_somebody_and_its_end_stops_the_phone() {
    story(async |world| {
        let page = &world.page;
        page.shows("#pages-empty:not([hidden])").await;
        press(page, "Raise a sample alert").await;
        page.shows("#pages-rows tr[data-state=triggered]").await;
        page.shows(".handset[data-state=ringing]").await;
        page.until("document.querySelector('#pages-note').textContent === '1 open page'").await;
        page.until("document.querySelector('#pages-rows .leg[data-state=ringing]')").await;
        let id = page.text("#pages-rows .id").await;
        page.shows(&format!(".card[data-id={id}][data-state=triggered] .badge:not([hidden])")).await;
        page.shows(&format!(".card [aria-label='Acknowledge, page {id}'].solid")).await;
        for (scheme, width) in [("light", 1280), ("dark", 390)] {
            page.looks(scheme, width, 900).await;
            assert_eq!(page.value(BARRIERS).await, json!([]), "{scheme}, {width} px");
        }
        page.looks("light", 1400, 900).await;
        press(page, &format!("Timeline of page {id}")).await;
        page.until("document.querySelector('#story-facts').textContent.includes('support, step 1, round 1')")
            .await;
        assert_eq!(page.value(BARRIERS).await, json!([]), "in its story");
        page.key(Key::Escape).await;
        press(page, &format!("Resolve the alerts of page {id}")).await;
        page.until("document.querySelector('#pages-rows').children.length === 0").await;
        page.until("!document.querySelector('.handset[data-state=ringing]')").await;
        page.until("document.querySelector('.card').textContent.includes('Over at')").await;
        page.until("document.querySelector('.card > .buttons').textContent === ''").await;
    })
    .await;
}

#[tokio::test]
async fn a_reload_in_mid_call_keeps_everything() {
    story(async |world| {
        let page = &world.page;
        call_jack(page).await;
        press(page, "Answer, jack").await;
        card_becomes(page, "in call").await;
        page.tab_to("Skip to the command box").await;
        page.key(Key::Enter).await;
        page.types("/calls sh").await;
        let card = page.value("document.querySelector('.card').dataset.id").await;

        page.reload().await;
        page.shows(TALKS).await;
        card_becomes(page, "in call").await;
        assert_eq!(page.value("document.querySelector('.card').dataset.id").await, card);
        assert_eq!(page.value("document.querySelectorAll('.card').length").await, json!(1));
        assert_eq!(page.value("document.querySelector('#command').value").await, json!("/calls sh"));
        page.shows("#map-rows [data-state=connected]").await;

        press(page, "Hang up, jack").await;
        card_becomes(page, "ended").await;
    })
    .await;
}

#[tokio::test]
async fn a_lost_connection_is_said_and_heals_by_itself() {
    story(async |world| {
        call_jack(&world.page).await;
        card_becomes(&world.page, "ringing").await;
        world.sandbox.stop();
        world
            .page
            .until("document.querySelector('#banner').innerText === 'Connection lost. Trying again…'")
            .await;

        world.page.tab_to("Skip to the command box").await;
        world.page.key(Key::Enter).await;
        world.page.types("/calls").await;
        world.page.key(Key::Enter).await;
        world.page.shows(".desk .receipt.trouble").await;
        assert_eq!(world.page.value("document.querySelector('#command').value").await, json!("/calls"));

        world.sandbox.restart();
        let page = &world.page;
        page.until("document.querySelector('#banner').hidden").await;
        page.until("document.documentElement.dataset.line === 'up'").await;
        page.until("document.querySelectorAll('.card').length === 1").await;
        page.tab_to("Skip to the command box").await;
        page.key(Key::Enter).await;
        page.key(Key::Enter).await;
        page.shows(".desk .receipt:not(.trouble)").await;
    })
    .await;
}

#[tokio::test]
async fn nobody_is_kept_out() {
    story(async |world| {
        let page = &world.page;
        let mut found = Vec::new();
        for moment in ["idle", "ringing", "in a call"] {
            match moment {
                "ringing" => call_jack(page).await,
                "in a call" => press(page, "Answer, jack").await,
                _ => {}
            }
            for (scheme, width, height) in
                [("light", 1400, 900), ("dark", 1400, 900), ("light", 360, 740), ("dark", 390, 844)]
            {
                page.looks(scheme, width, height).await;
                page.until(&format!("matchMedia('(prefers-color-scheme: {scheme})').matches")).await;
                let barriers = page.value(BARRIERS).await;
                let barriers = barriers.as_array().cloned().unwrap_or_default();
                found.extend(
                    barriers.iter().map(|barrier| format!("{moment}, {scheme}, {width} px: {barrier}")),
                );
            }
            page.looks("light", 1400, 900).await;
        }
        assert!(found.is_empty(), "barriers: {found:#?}");
    })
    .await;
}

#[tokio::test]
async fn the_status_page_asks_for_the_token_and_follows_a_call() {
    story(async |world| {
        let token = "status-page-token-0123";
        let (_program, address) = world.sandbox.runs_beside(token);
        let page = &world.page;
        page.opens(&address).await;
        page.until("document.activeElement.id === 'token'").await;
        assert_eq!(page.value(BARRIERS).await, json!([]));
        page.types("not the token").await;
        page.key(Key::Enter).await;
        page.until("document.querySelector('#problem').textContent.startsWith('That is not the token.')")
            .await;
        page.until("document.activeElement.id === 'token'").await;
        page.types(token).await;
        page.key(Key::Enter).await;
        page.until("document.querySelector('#health').textContent === 'Everything works.'").await;
        page.shows("#map-empty:not([hidden])").await;

        let call = json!({ "text": "/call jack the db is slow" });
        let desk = format!("{address}sandbox/desk/ana");
        reqwest::Client::new().post(desk).json(&call).send().await.expect("is placed");
        page.until("document.querySelector('#map-rows .leg')?.textContent === 'jack ringing'").await;
        for (scheme, width) in [("light", 1280), ("dark", 390)] {
            page.looks(scheme, width, 900).await;
            assert_eq!(page.value(BARRIERS).await, json!([]), "{scheme}, {width} px");
        }
        let since = "getComputedStyle(document.querySelector('#map-rows td:last-child'), '::before').content";
        assert_eq!(page.value(since).await, json!("\"Since\""), "each cell of a phone's row says what it is");
        let id = page.text("#map-rows .id").await;
        press(page, &format!("Timeline of call {id}")).await;
        page.until("document.querySelector('#story-timeline').textContent.includes('Ringing jack')").await;
        press(page, "Close").await;
        let answers = format!("{}sandbox/handset/jack/decline", world.sandbox.address);
        reqwest::Client::new().post(answers).send().await.expect("declines");
        page.shows("#map-empty:not([hidden])").await;

        press(page, "Log out").await;
        page.until("document.querySelector('#token')").await;
    })
    .await;
}
