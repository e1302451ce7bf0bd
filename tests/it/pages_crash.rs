//! Seeded deaths at every step of a page: it is never lost, nobody is rung twice for it, and what was taken stays taken.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use callout::domain::settings::Settings;
use serde_json::json;

use crate::kit::{CrashSteps, World, secs};

/// Deaths tried, if `CALLOUT_CRASHES` does not say otherwise: each at another step, in another story.
const SEEDS: u64 = 120;
/// Steps of the longest story.
const STEPS_MAX: u64 = 90;
/// Steps from an acknowledgement on.
const ACK_STEPS_MAX: u64 = 24;

/// Steps at which it dies in any case.
const NAMED: [&str; 9] = [
    "commit.before",
    "commit.after",
    "dial.turn",
    "dial.marked",
    "dial.answered",
    "effect.before",
    "page.before",
    "report.shown",
    "timer.before",
];
/// And, while phones are stopped because somebody takes the page.
const NAMED_AT_END: [&str; 2] = ["end.before", "end.answered"];

/// Each of them is rung once, and for 10 s: whoever is rung twice was doubled.
const FILE: &str = r#"
[[person]]
id = "ana"
account = "ana"
roles = ["admin"]
[[person]]
id = "jack"
account = "jack"
[[person]]
id = "mira"
account = "mira"
[call]
ring = "10s"
[limits]
ring_of_callee = ["100/h"]
[[policy]]
id = "payments"
[[policy.step]]
ring = ["jack"]
wait = "20s"
[[policy.step]]
ring = ["mira"]
wait = "20s"
"#;

const PAGE: &str = "/page payments db is down";

fn settings() -> Settings {
    callout::config::parse("callout.toml", FILE).0.expect("the file is good").settings
}

#[test]
fn catalogue_17_deaths_lose_no_page_and_ring_nobody_twice() {
    let wanted = std::env::var("CALLOUT_CRASHES").ok().and_then(|text| text.parse().ok()).unwrap_or(SEEDS);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut places: BTreeMap<&'static str, u32> = BTreeMap::new();
    for seed in 0..wanted {
        if let Some(place) = runtime.block_on(dies_once(seed)) {
            *places.entry(place).or_default() += 1;
        }
    }
    println!("died at {places:?}");
    let missed: Vec<_> =
        NAMED.iter().chain(&NAMED_AT_END).filter(|name| !places.contains_key(*name)).collect();
    assert!(missed.is_empty(), "{missed:?} were never struck: {places:?}");
}

async fn dies_once(seed: u64) -> Option<&'static str> {
    let mut w = World::at_desk(settings()).await;
    let takes = seed % 3 == 2;
    // A quarter of the others dies at a step of a name, the first time that it comes to it.
    let named = (seed % 4 == 3 && !takes).then(|| {
        // Two of each twelve seeds come here.
        let nth = 2 * (seed / 12) + u64::from(seed % 12 == 7);
        NAMED[nth as usize % NAMED.len()]
    });
    let steps = CrashSteps::at(if takes || named.is_some() { 0 } else { 1 + (seed * 53) % STEPS_MAX });
    if let Some(name) = named {
        steps.arm_at(name);
    }
    let (mut page, mut taken) = (None, false);
    if w.start_to_crash(steps.clone()).await {
        page = begins(&w, seed).await;
        if let Some(page) = page.as_ref().filter(|_| takes) {
            match seed % 4 {
                3 => steps.arm_at(NAMED_AT_END[(seed / 12) as usize % NAMED_AT_END.len()]),
                _ => steps.arm(1 + (seed * 31) % ACK_STEPS_MAX),
            }
            taken = w.desk("jack").tries(&format!("/ack {page}"), &format!("ack{seed}")).await.is_some();
        }
        w.advance(secs(seed % 25)).await;
    }
    let place = steps.died_at();
    w.crash();
    w.advance(secs(seed % 7)).await;
    w.start().await;
    let restarted = w.clock.now();
    w.advance(secs(1)).await;
    if taken {
        assert_eq!(ringing(&w).await, BTreeSet::new(), "seed {seed}: it was taken, and phones ring");
    }
    // Whoever got no answer is asked again by the platform: that is the same page, whether or not it was recorded.
    let page = match page {
        Some(page) => page,
        None => w.desk("ana").types_as(PAGE, &format!("page{seed}")).await.card(),
    };
    w.advance(secs(120)).await;
    let context = format!("seed {seed}, died at {place:?}");
    let listed = w.desk("ana").types("/pages").await.text;
    let line = listed.lines().find(|line| line.contains(page.as_str()));
    let line = line.unwrap_or_else(|| panic!("{context}: the page is lost: {listed}"));
    let over = if taken { "jack has it" } else { "the chain is over" };
    assert!(line.contains(over) || (takes && line.contains("jack has it")), "{context}: {line}");
    let mut rung = BTreeSet::new();
    for ring in w.rings() {
        assert!(rung.insert(ring.account.clone()), "{context}: {} was rung twice", ring.account);
        assert!(!taken || ring.at <= restarted, "{context}: {} was rung after it was taken", ring.account);
    }
    w.ends_clean().await;
    place
}

async fn ringing(w: &World) -> BTreeSet<String> {
    let mut ringing = BTreeSet::new();
    for account in ["jack", "mira"] {
        if w.handset(account).state().await == "ringing" {
            ringing.insert(account.to_owned());
        }
    }
    ringing
}

/// A page, and what jack does with it; the process may be gone at any point.
async fn begins(w: &World, seed: u64) -> Option<String> {
    if seed % 5 == 1 {
        w.faults(json!({ "lose_answer": 1 })).await;
    }
    if seed % 5 == 2 {
        w.faults(json!({ "drop_callbacks": 1000 })).await;
    }
    let page = w.desk("ana").tries(PAGE, &format!("page{seed}")).await;
    w.advance(Duration::from_secs(seed % 11)).await;
    let action = ["answer", "decline", "ignore", "ignore"][(seed % 4) as usize];
    w.handset("jack").tries(action).await;
    w.advance(Duration::from_secs(seed % 13)).await;
    w.handset("jack").tries("hangup").await;
    page
}
