//! Deaths at every step of a command from Discord: nothing is lost, nothing is doubled.

use std::collections::BTreeSet;

use callout::domain::settings::Settings;

use crate::discord::{Heard, RateLimits, Settings as Rules};
use crate::kit::{CrashSteps, Guild, World, secs};

/// The steps of a command, up to its receipt and its dial.
const FIRST: u64 = 32;
/// Beyond them every fifth, until it is over.
const STEPS_MAX: u64 = 140;

/// Where it shall die.
#[derive(Clone, Copy)]
enum At {
    Step(u64),
    Named(&'static str),
}

/// What is typed, and how the card of it begins.
type Typed = (&'static str, &'static str);
const CALL: Typed = ("/call callees:jack", "ana calls");
const PAGE: Typed = ("/page policy:jack message:db is down", "Page jack: db is down");

#[tokio::test]
async fn whatever_step_it_dies_at_the_call_is_placed_once_and_shown() {
    for name in ["intake.decoded", "commit.before", "commit.after", "discord.answer"] {
        assert_eq!(dies_at(CALL, At::Named(name)).await, Some(name));
    }
    let mut places = BTreeSet::new();
    for step in (1..FIRST).chain((FIRST..STEPS_MAX).step_by(5)) {
        let Some(place) = dies_at(CALL, At::Step(step)).await else { break };
        places.insert(place);
    }
    assert!(places.len() >= 6, "died at too few different steps: {places:?}");
}

#[tokio::test]
async fn whatever_step_it_dies_at_the_page_is_started_once_and_shown() {
    for name in ["intake.decoded", "commit.before", "commit.after", "discord.answer", "report.shown"] {
        assert_eq!(dies_at(PAGE, At::Named(name)).await, Some(name));
    }
    let mut places = BTreeSet::new();
    for step in (1..FIRST).step_by(2) {
        let Some(place) = dies_at(PAGE, At::Step(step)).await else { break };
        places.insert(place);
    }
    assert!(places.len() >= 5, "died at too few different steps: {places:?}");
}

/// Types a command at a Callout that dies at a step from then. `None`: it lived.
async fn dies_at((line, begins): Typed, at: At) -> Option<&'static str> {
    let mut w = World::at_desk(Settings::sandbox(&["ana", "jack", "mira"]).unwrap()).await;
    let rules = Rules { limits: RateLimits::none(), ..Rules::default() };
    let g = Guild::open(&mut w, rules).await;
    let steps = CrashSteps::at(u64::MAX);
    assert!(w.start_to_crash(std::sync::Arc::clone(&steps)).await);
    g.is_ready(&w).await;
    match at {
        At::Step(number) => steps.arm(number),
        At::Named(name) => steps.arm_at(name),
    }
    let asked = g.model.slash(g.user("ana"), g.ops, line).unwrap();
    tokio::select! {
        biased;
        () = w.dies() => {}
        () = lives(&w, &g) => {}
    }
    let place = steps.died_at();
    let was_answered = g.model.heard(asked) != Heard::Nothing;
    w.crash();
    g.model.until_connected(0).await;
    w.start().await;
    g.is_ready(&w).await;
    if !was_answered {
        // Discord does not deliver again; whoever does, by a session that goes on, changes nothing.
        g.model.deliver_again(asked);
    }
    // Longer than a ring, and shorter than a page waits for the next.
    w.advance(secs(100)).await;
    let rings = w.rings().len();
    assert!(rings <= 1, "{place:?}: rung {rings} times");
    let shown: Vec<String> = g.cards().into_iter().map(|seen| seen.text).collect();
    let is_one_card = shown.len() == 1 && shown[0].starts_with(begins);
    assert!(is_one_card, "{place:?}: a card, and no receipt beside it: {shown:?}");
    let is_said = ["failed", "could not be rung"].iter().any(|how| shown[0].contains(how));
    assert!(was_answered || rings == 1 || is_said, "{place:?}: {shown:?}");
    w.ends_clean().await;
    place
}

async fn lives(w: &World, g: &Guild) {
    g.model
        .until("an answer", |model| {
            (model.requests("POST /interactions/*/*/callback").len() == 1).then_some(())
        })
        .await;
    w.advance(secs(60)).await;
}
