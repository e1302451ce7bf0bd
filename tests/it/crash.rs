//! 1,000 seeded crashes in process: at any step, nothing accepted is lost and nobody is rung twice.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use callout::domain::settings::{AnnouncementRule, RoomNumbers, Settings};
use serde_json::json;

use crate::kit::{CrashSteps, World, secs};

/// Crashes tried, if `CALLOUT_CRASHES` does not say otherwise. Each dies at another step of its own story.
const SEEDS: u64 = 1_000;
/// They are shared out among so many threads.
const THREADS: u64 = 2;
/// Steps of the longest story: later crash points are never reached.
const STEPS_MAX: u64 = 100;
/// The same for the second half of a story.
const LATE_STEPS_MAX: u64 = 40;
/// The same for its very end, where timers are due and records are fetched.
const LAST_STEPS_MAX: u64 = 15;
/// Steps at which it dies in any case, so that no kind of them is left to chance where few seeds are played.
const NAMED: [&str; 12] = [
    "dial.turn",
    "dial.marked",
    "dial.answered",
    "effect.before",
    "end.before",
    "end.answered",
    "hear.before",
    "intake.decoded",
    "look.answered",
    "record.answered",
    "report.shown",
    "timer.before",
];
/// The same for a restart.
const RECOVERY_STEPS_MAX: u64 = 21;

#[test]
fn a_thousand_crashes_lose_nothing_and_double_nothing() {
    let wanted = std::env::var("CALLOUT_CRASHES").ok().and_then(|text| text.parse().ok()).unwrap_or(SEEDS);
    let threads: Vec<_> =
        (0..THREADS).map(|first| std::thread::spawn(move || crash_many(first, wanted))).collect();
    let mut places: BTreeMap<&'static str, u32> = BTreeMap::new();
    let mut survived = 0;
    for place in threads.into_iter().flat_map(|thread| thread.join().unwrap()) {
        match place {
            Some(place) => *places.entry(place).or_default() += 1,
            None => survived += 1,
        }
    }
    println!("crashed at {places:?}; {survived} stories ended before their step");
    assert!(places.len() >= 15, "too few kinds of crash points were hit: {places:?}");
    assert!(survived < wanted / 4, "too many stories never crashed: {survived}");
}

fn crash_many(first: u64, wanted: u64) -> Vec<Option<&'static str>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let seeds = (0..wanted).filter(|seed| seed % THREADS == first);
    seeds.map(|seed| runtime.block_on(crash_once(seed))).collect()
}

async fn crash_once(seed: u64) -> Option<&'static str> {
    let mut settings = Settings::sandbox(&["ana", "jack", "mira"]).unwrap();
    settings.call_by_caller.clear();
    settings.ring_of_callee.clear();
    settings.ring = secs(10);
    settings.announcement = seed.is_multiple_of(3).then(announcement);
    let mut w = World::new(settings).await;
    // A third of the stories die only in their second half: with a hang-up, a ring that is over, a record.
    let dies_late = seed % 3 == 2;
    // Two of twelve die at the first step of a name, in a story with a hang-up.
    let named = (!dies_late && seed % 4 == 2).then(|| {
        let nth = 2 * (seed / 12) + u64::from(seed % 12 == 10);
        NAMED[nth as usize % NAMED.len()]
    });
    let is_counted = !dies_late && named.is_none();
    let steps = CrashSteps::at(if is_counted { 1 + (seed * 7919) % STEPS_MAX } else { 0 });
    if let Some(name) = named {
        steps.arm_at(name);
    }
    let mut accepted = BTreeSet::new();
    if w.start_to_crash(steps.clone()).await {
        begin(&w, seed, &mut accepted).await;
        if dies_late && seed.is_multiple_of(2) {
            steps.arm(1 + (seed * 31) % LATE_STEPS_MAX);
        }
        go_on(&w, seed, &accepted).await;
        if dies_late && seed % 2 == 1 {
            steps.arm(1 + (seed / 6) % LAST_STEPS_MAX);
        }
        w.advance(secs(seed % 40)).await;
    }
    let place = steps.died_at();
    w.crash();
    w.advance(secs(seed % 7)).await;
    if seed.is_multiple_of(4) {
        // It dies once more, while it recovers.
        w.start_to_crash(CrashSteps::at(1 + seed % RECOVERY_STEPS_MAX)).await;
        w.crash();
    }
    w.start().await;
    w.advance(secs(60)).await;
    check(&w, seed, place, &accepted).await;
    w.ends_clean().await;
    place
}

fn announcement() -> AnnouncementRule {
    AnnouncementRule {
        say: Some("{by} calls".to_owned()),
        audio: None,
        video: Some("https://media.example/alert.mp4".to_owned()),
        page: None,
        repeats: 3,
        voice: None,
        rooms: RoomNumbers::Tutorial,
    }
}

/// Two calls; the process may be gone at any point.
async fn begin(w: &World, seed: u64, accepted: &mut BTreeSet<String>) {
    if seed % 5 == 1 {
        w.faults(json!({ "lose_answer": 1 })).await;
    }
    if seed % 5 == 2 {
        w.faults(json!({ "drop_callbacks": 1000 })).await;
    }
    accepted.extend(w.desk("ana").tries("/call jack video", &format!("a{seed}")).await);
    accepted.extend(w.desk("mira").tries("/call mira", &format!("b{seed}")).await);
}

/// What people do with them.
async fn go_on(w: &World, seed: u64, accepted: &BTreeSet<String>) {
    let action = ["answer", "decline", "ignore", "offline"][(seed % 4) as usize];
    w.handset("jack").tries(action).await;
    w.advance(Duration::from_secs(seed % 11)).await;
    if let Some(card) = accepted.first().filter(|_| seed.is_multiple_of(2)) {
        w.desk("ana").tries(&format!("/calls hangup {card}"), &format!("h{seed}")).await;
    }
    w.handset("jack").tries("hangup").await;
}

async fn check(w: &World, seed: u64, place: Option<&str>, accepted: &BTreeSet<String>) {
    let context = format!("seed {seed}, died at {place:?}");
    for card in accepted {
        let call = w.call(card).await;
        assert_eq!(call["state"], "ended", "{context}: lost: {call}");
        assert!(call["outcome"].is_string(), "{context}: no outcome: {call}");
        let text = w.card(card).await;
        assert!(!text.contains("dialling"), "{context}: the card tells an old story: {text}");
    }
    let mut rung = BTreeSet::new();
    for ring in w.rings() {
        let key = format!("{} in {}", ring.account, ring.room);
        assert!(rung.insert(key.clone()), "{context}: doubled: {key}");
    }
}
