//! Where things are on the screen: what people press is on top, and what they read is as wide as it needs to be.

use fantoccini::key::Key;
use serde_json::json;

use super::kit::{Page, story, story_with};

/// Keys that can be pressed, and lie under something else.
const COVERED: &str = include_str!("covered.js");

/// Types a line into the command box, and waits until it was taken.
async fn says(page: &Page, line: &str) {
    page.value("document.querySelector('#command').focus()").await;
    page.types(line).await;
    page.key(Key::Enter).await;
    page.until("document.querySelector('#command').value === ''").await;
}

/// Scrolls to that part of the page's height, and waits until it is there.
async fn scrolls_to(page: &Page, part: f64) {
    let top = format!("(document.documentElement.scrollHeight - innerHeight) * {part}");
    // Again for as long as the page still grows.
    let scrolls = format!("scrollTo({{ top: {top}, behavior: 'instant' }})");
    page.until(&format!("({scrolls}, Math.abs(scrollY - {top}) < 2)")).await;
}

#[tokio::test]
async fn no_key_of_a_phone_lies_under_anything() {
    story(async |world| {
        let page = &world.page;
        says(page, "/page mira the first").await;
        says(page, "/page jack the second").await;
        page.shows("[data-account=jack][data-state=ringing]").await;
        page.shows("[data-account=mira][data-state=ringing]").await;
        page.shows("#pages-rows tr:nth-child(2)").await;
        for height in [900, 600] {
            page.looks("light", 1280, height).await;
            for part in [0.0, 0.5, 1.0] {
                scrolls_to(page, part).await;
                assert_eq!(page.value(COVERED).await, json!([]), "{height} px high, scrolled by {part}");
            }
            // Where no phone is seen that rings, the strip says that it does, and leads there.
            page.until("document.querySelector('#ringing-now').checkVisibility()").await;
            page.value("document.querySelector('#ringing-now').click()").await;
            let at = "document.querySelector(location.hash).getBoundingClientRect()";
            page.until(&format!("{at}.top > 0 && {at}.bottom < innerHeight")).await;
        }
    })
    .await;
}

const PEOPLE: &str = r#"
[[person]]
id = "ana"
account = "ana"
roles = ["admin"]
[[person]]
id = "jack"
account = "jack"
"#;

/// What a policy's owner is told who was not reached herself.
const POLICY: &str = r#"
[[policy]]
id = "night"
owner = "ana"
[[policy.step]]
ring = ["jack"]
wait = "1s"
"#;

#[tokio::test]
async fn a_message_to_one_person_is_read_in_whole_lines_and_ends_with_its_page() {
    story_with(&format!("{PEOPLE}{POLICY}"), async |world| {
        let page = &world.page;
        says(page, "/page night the disk is full and nobody knows why it fills").await;
        page.shows("[data-account=jack][data-state=ringing]").await;
        world.sandbox.post("sandbox/handset/jack/decline", json!({})).await;
        page.shows(".note .buttons button").await;
        for (width, part) in [(1280, 0.5), (390, 0.5)] {
            page.looks("light", width, 844).await;
            let wide = "document.querySelector('.note .text').getBoundingClientRect().width";
            let all = "document.querySelector('.note').getBoundingClientRect().width";
            page.until(&format!("{wide} >= {all} * {part}")).await;
        }
        page.looks("light", 1280, 844).await;
        let id = page.text("#pages-rows .id").await;
        says(page, &format!("/close {id}")).await;
        page.until("!document.querySelector('.note .buttons button')?.checkVisibility()").await;
    })
    .await;
}

/// Work that is planned for as long as this is tested.
const PLANNED: &str = r#"
[[policy]]
id = "night"
[[policy.step]]
ring = ["jack"]
[[maintenance]]
from = "2026-01-01 00:00"
to = "2035-01-01 00:00"
policies = ["night"]
why = "the database moves to another house, and nobody shall be rung for what it loses"
"#;

#[tokio::test]
async fn nothing_is_wider_than_a_small_phone() {
    story_with(&format!("{PEOPLE}{PLANNED}"), async |world| {
        let page = &world.page;
        says(page, "/page night it rests").await;
        says(page, "/page jack something that takes more than one line on a phone").await;
        page.shows("[data-account=jack][data-state=ringing]").await;
        page.shows(".card > .buttons button").await;
        page.until("document.querySelector('#pages').textContent.includes('another house')").await;
        for width in [320, 390] {
            page.looks("dark", width, 700).await;
            let beyond = "(node) => node.getBoundingClientRect().right > innerWidth";
            let all = format!("[...document.querySelectorAll('main *')].filter({beyond})");
            assert_eq!(
                page.value(&format!("{all}.map((node) => node.className)")).await,
                json!([]),
                "{width} px"
            );
            let scrolls = page.value("document.documentElement.scrollWidth > innerWidth").await;
            assert_eq!(scrolls, json!(false), "{width} px");
        }
    })
    .await;
}
