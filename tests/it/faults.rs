//! Ten thousand calls through an engine that misbehaves in every way we know: right outcomes, none lost, none
//! doubled, no feed left.
//!
//! `cargo test` runs a tenth of them; `CALLOUT_FAULT_CALLS=10000` all.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use callout::domain::settings::{AnnouncementRule, RoomNumbers, Settings};
use callout::engine::sandbox::IngestEnd;
use jiff::Timestamp;
use serde_json::json;

use crate::kit::{World, secs, world_with};

/// Calls when nobody asks for more.
const CALLS: usize = 1_000;
/// As many as show every fault, also the rare ones.
const MANY: usize = 4_000;
/// Calls at a time: each callee has one.
const WAVE: usize = 50;
/// Threads, each with its own world.
const THREADS: usize = 2;

/// How long those talk who do so for a moment.
const SHORT: Duration = secs(4);
/// Longer than it takes until the engine must have a record of a call that was not answered.
const LONG: Duration = secs(60);

/// What a callee does, and how the call ends then, if it rang.
const ACTIONS: [(&str, &str); 5] = [
    ("answer", "Completed"),
    ("decline", "Declined"),
    ("ignore", "NoAnswer"),
    ("busy", "Busy"),
    ("offline", "Offline"),
];

fn settings() -> Settings {
    let callees: Vec<String> = (0..WAVE).flat_map(|n| [format!("q{n}"), format!("r{n}")]).collect();
    let mut people = vec!["ana"];
    people.extend(callees.iter().map(String::as_str));
    let mut settings = Settings::sandbox(&people).unwrap();
    settings.call_by_caller.clear();
    settings.ring_of_callee.clear();
    settings.open_calls_max = 100_000;
    settings.ring = secs(10);
    settings.announcement = Some(AnnouncementRule {
        // Each note is a text of its own.
        say: Some("{by} calls: {note}".to_owned()),
        audio: Some("https://media.example/chime.mp3".to_owned()),
        video: None,
        // Longer than anybody talks.
        page: None,
        repeats: 9,
        voice: None,
        rooms: RoomNumbers::Tutorial,
    });
    settings
}

#[test]
fn calls_through_a_fault_mix_end_as_they_should() {
    let wanted =
        std::env::var("CALLOUT_FAULT_CALLS").ok().and_then(|text| text.parse().ok()).unwrap_or(CALLS);
    let share = wanted / THREADS;
    let threads: Vec<_> = (0..THREADS).map(|seed| std::thread::spawn(move || run(seed, share))).collect();
    let mut tally = Tally::default();
    for thread in threads {
        let one = thread.join().unwrap();
        add(&mut tally.outcomes, one.outcomes);
        add(&mut tally.events, one.events);
        add(&mut tally.feeds, one.feeds);
    }
    println!("{wanted} calls: {tally:?}");
    assert_eq!(tally.outcomes.values().sum::<usize>(), share * THREADS);
    for kind in ["Busy", "Completed", "Declined", "Failed", "NoAnswer", "Offline"] {
        assert!(tally.outcomes.contains_key(kind), "no call ended {kind}");
    }
    for fault in ["unsettled", "settled", "held", "announced", "reopened"] {
        assert!(tally.events.contains_key(fault), "the faults did not strike: nothing was {fault}");
    }
    // That no text comes in time is one in a thousand: nothing to ask of few calls.
    let rare = (wanted >= MANY).then_some("the sound");
    for kind in ["spoken", "adrift"].into_iter().chain(rare) {
        assert!(tally.feeds.contains_key(kind), "the cloud's faults did not strike: no feed was {kind}");
    }
}

fn add(sum: &mut BTreeMap<String, usize>, more: BTreeMap<String, usize>) {
    more.into_iter().for_each(|(key, count)| *sum.entry(key).or_default() += count);
}

/// What was seen.
#[derive(Debug, Default)]
struct Tally {
    outcomes: BTreeMap<String, usize>,
    events: BTreeMap<String, usize>,
    /// What feeds played, and those whose start nobody was told of.
    feeds: BTreeMap<String, usize>,
    /// Calls that know the task of their feed.
    announced: HashSet<String>,
    /// When each call ended, by its room.
    over: HashMap<String, Timestamp>,
}

fn run(seed: usize, calls: usize) -> Tally {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut tally = Tally::default();
    runtime.block_on(world_with(settings(), async |w| {
        w.faults(json!({
            "seed": seed, "dial_502": 0.05, "lose_answer": 0.05, "no_response": 0.02, "rate_limited": 0.05,
            "drop_callbacks": 0.1, "double_callbacks": 0.1, "reorder_callbacks": 0.2,
            "cloud_502": 0.02, "cloud_internal": 0.03, "cloud_lost": 0.05, "cloud_slow": 0.05, "slow_ms": 2_000,
        }))
        .await;
        let mut left = calls;
        while left > WAVE {
            let talk = if (left / WAVE).is_multiple_of(4) { LONG } else { SHORT };
            wave(w, WAVE, left, talk, &mut tally).await;
            left -= WAVE;
        }
        // Nothing comes through: what is talked on is found by its late record alone.
        w.faults(json!({ "lose_answer": 1.0, "drop_callbacks": 1.0 })).await;
        wave(w, left, left, LONG, &mut tally).await;
        let mut rung: HashMap<(String, String), usize> = HashMap::new();
        for ring in w.rings() {
            *rung.entry((ring.room.to_string(), ring.account.to_string())).or_default() += 1;
        }
        assert!(rung.values().all(|times| *times == 1), "doubled");
        check_feeds(w, &mut tally);
    }));
    tally
}

/// People hang up long before a feed has come to its own end: whose task is known is stopped. One whose start's
/// answer was lost, and that no later one has replaced, ends after its repeats.
fn check_feeds(w: &World, tally: &mut Tally) {
    for feed in w.engine.ingests() {
        let over = tally.over.get(&feed.room).unwrap_or_else(|| panic!("whose is it? {feed:?}"));
        assert!(feed.started <= *over, "started after the end at {over}: {feed:?}");
        let (_, end) = feed.ended.unwrap_or_else(|| panic!("unended: {feed:?}"));
        let kind = if feed.url().contains("/media/") { "spoken" } else { "the sound" };
        *tally.feeds.entry(kind.to_owned()).or_default() += 1;
        if !matches!(end, IngestEnd::Stopped | IngestEnd::Replaced) {
            let is_known = tally.announced.contains(&feed.room);
            assert!(end == IngestEnd::Finished && !is_known, "left to play to its end: {feed:?}");
            *tally.feeds.entry("adrift".to_owned()).or_default() += 1;
        }
    }
}

/// One call to each of `size` people, each with a mind of their own. Who answers talks for `talk`.
async fn wave(w: &World, size: usize, turn: usize, talk: Duration, tally: &mut Tally) {
    let action = |callee: usize| ACTIONS[(callee + turn / WAVE) % ACTIONS.len()];
    for callee in 0..size {
        let phone = w.handset(&format!("q{callee}"));
        if ["busy", "offline"].contains(&action(callee).0) {
            phone.does(action(callee).0).await;
        }
    }
    let mut cards = Vec::new();
    for callee in 0..size {
        let other = if is_group(callee) { format!(" r{callee}") } else { String::new() };
        let line = format!("/call q{callee}{other} audio note {turn} {callee}");
        cards.push(w.desk("ana").types_at_once(&line).await.card());
    }
    w.advance(secs(3)).await;
    for callee in 0..size {
        if ["answer", "decline"].contains(&action(callee).0) {
            w.handset(&format!("q{callee}")).tries(action(callee).0).await;
        }
    }
    w.advance(talk).await;
    for callee in 0..size {
        w.handset(&format!("q{callee}"))
            .tries(if action(callee).0 == "answer" { "hangup" } else { "online" })
            .await;
    }
    // After a long one, late records are looked for, one at a time.
    w.advance(secs(120) + 10 * talk.saturating_sub(SHORT)).await;
    let rung: Vec<String> = w.rings().iter().map(|ring| ring.room.to_string()).collect();
    let rung: HashSet<&String> = rung.iter().collect();
    for (callee, card) in cards.iter().enumerate() {
        let call = w.call(card).await;
        let outcome = call["outcome"].as_str().unwrap_or_else(|| panic!("lost: {call:#}")).to_owned();
        tally.over.insert(format!("co_{card}"), call["ended_at"].as_str().unwrap().parse().unwrap());
        for event in call["timeline"].as_array().unwrap() {
            let event = event["event"].as_str().unwrap();
            if event == "announced" {
                tally.announced.insert(format!("co_{card}"));
            }
            *tally.events.entry(event.to_owned()).or_default() += 1;
        }
        if is_group(callee) && rung.contains(&format!("co_{card}")) {
            check_legs(&call, action(callee).1);
            *tally.outcomes.entry(format!("group {outcome}")).or_default() += 1;
            continue;
        }
        let (action, expected) = action(callee);
        let expected = if rung.contains(&format!("co_{card}")) { expected } else { "Failed" };
        // A phone that cannot ring may be told by the engine before it is on any list of rings.
        let is_right = outcome == expected
            || (["busy", "offline"].contains(&action)
                && outcome == ACTIONS[3 + usize::from(action == "offline")].1);
        assert!(is_right, "{action}: {outcome}, not {expected}: {call:#}");
        *tally.outcomes.entry(outcome).or_default() += 1;
    }
}

/// The other one of a group call never answers.
const fn is_group(callee: usize) -> bool {
    callee % 10 == 3
}

/// Nobody may have told us how a leg of a group call ended, but nothing wrong is said of it.
fn check_legs(call: &serde_json::Value, first: &str) {
    for (leg, right) in call["legs"].as_array().unwrap().iter().zip([first, "NoAnswer"]) {
        let outcome = leg["outcome"].as_str().unwrap();
        assert!([right, "Unknown"].contains(&outcome), "{outcome}, not {right}: {call:#}");
    }
}
