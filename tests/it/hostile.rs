//! Random and hostile command lines and bodies: no panic, no 5xx, no live mention, no unescaped text.

use callout::domain::settings::Settings;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;

use crate::kit::desk_world_with;

const LINES: usize = 7_000;
const BODIES: usize = 3_000;

const PIECES: &[&str] = &[
    "/call",
    "/calls",
    "/callout",
    "/page",
    "/oncall",
    "jack",
    "@jack",
    "mira",
    "oncall:x",
    "audio",
    "VIDEO",
    "history",
    "show",
    "hangup",
    "board",
    "help",
    "@everyone",
    "@here",
    "<!channel>",
    "<!here>",
    "<@U123>",
    "<@&99>",
    "<b>",
    "&",
    "&amp;",
    "```",
    "`",
    "\u{202e}",
    "\u{2066}",
    "\0",
    "\u{feff}",
    "💣",
    "é",
    "ﷺ",
    "DROP TABLE call;--",
    "%",
    "_",
    "../..",
    "${x}",
    "{{x}}",
    "<script>alert(1)</script>",
    "\n",
    "\r\n",
    "\t",
    " ",
    "  ",
    "jakc",
    "mirra",
    "",
    "c",
    "café",
    "\u{0301}\u{0301}\u{0301}",
    "https://x/<y>",
];

fn hostile(random: &mut StdRng) -> String {
    let mut line = String::new();
    if random.random_bool(0.6) {
        line.push_str(["/call ", "/calls ", "/call jack ", "/callout "].choose(random).unwrap());
    }
    for _ in 0..random.random_range(0..8) {
        if random.random_bool(0.15) {
            line.extend((0..random.random_range(1..40)).map(|_| random.random::<char>()));
        } else {
            line.push_str(PIECES.choose(random).unwrap());
        }
        if random.random_bool(0.7) {
            line.push(' ');
        }
    }
    if random.random_bool(0.01) {
        line.push_str(&"x".repeat(20_000));
    }
    line
}

/// What people see must hold no live mention and no raw angle bracket of theirs.
fn assert_is_safe(text: &str, line: &str) {
    for live in ["@everyone", "@here", "@channel", "<!", "<@", "<b>", "<script", "\u{202e}", "\u{2066}", "\0"]
    {
        assert!(!text.contains(live), "{live:?} is live in {text:?}, typed {line:?}");
    }
}

#[tokio::test]
async fn ten_thousand_hostile_inputs() {
    let mut settings = Settings::sandbox(&["ana", "jack", "mira"]).unwrap();
    settings.call_by_caller.clear();
    settings.ring_of_callee.clear();
    settings.open_calls_max = 100_000;
    desk_world_with(settings, async |w| {
        let mut random = StdRng::seed_from_u64(20_260_310);
        for _ in 0..LINES {
            let line = hostile(&mut random);
            let body = serde_json::to_vec(&json!({ "text": line })).unwrap();
            let (status, answer) = w.post_raw("/sandbox/desk/ana", body).await;
            assert_eq!(status, 200, "{line:?}: {answer}");
            let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
            assert_is_safe(answer["receipt"]["text"].as_str().unwrap(), &line);
        }
        w.settle().await;
        for card in w.channel().await {
            assert_is_safe(card["text"].as_str().unwrap(), "(a card)");
            for said in card["thread"].as_array().unwrap() {
                assert_is_safe(said["text"].as_str().unwrap(), "(a thread)");
            }
        }
        let doors = [
            "/sandbox/desk/ana",
            "/sandbox/desk/ana/press",
            "/sandbox/desk/ana/say",
            "/sandbox/desk/%F0%9F%92%A3",
            "/engine/tencent/s3cret?SdkAppid=1400000000",
            "/engine/tencent/wrong",
            "/sandbox/desk/ana/nowhere",
        ];
        for _ in 0..BODIES {
            let door = doors.choose(&mut random).unwrap();
            let (status, answer) = w.post_raw(door, hostile_body(&mut random)).await;
            assert!(status < 500, "{door}: {status} {answer}");
        }
        w.settle().await;
        // People hang up what is left by hand in `ends_clean`; so many calls are ended at once here.
        w.advance(std::time::Duration::from_secs(90)).await;
    })
    .await;
}

fn hostile_body(random: &mut StdRng) -> Vec<u8> {
    match random.random_range(0..5) {
        0 => (0..random.random_range(0..300)).map(|_| random.random::<u8>()).collect(),
        1 => b"[".repeat(random.random_range(1..3000)),
        2 => serde_json::to_vec(&json!({ "text": 7, "card": null, "button": [], "CallbackCommand": {} })).unwrap(),
        3 => serde_json::to_vec(&json!({
            "card": hostile(random), "button": hostile(random), "text": hostile(random), "delivery": hostile(random),
            "CallbackCommand": "Call.CallbackAfterEndCall", "CallRecord": { "CallId": hostile(random), "StartTime": -1 },
        }))
        .unwrap(),
        _ => hostile(random).into_bytes(),
    }
}
