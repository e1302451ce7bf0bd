//! Deaths at every step of a command from Slack: nothing is lost, nothing rings twice.

use std::collections::BTreeSet;
use std::sync::Arc;

use callout::domain::settings::Settings;

use crate::kit::{CrashSteps, Way, Workspace, World, free, secs};
use crate::slack::Heard;

/// The steps of a command, up to its receipt and its dial.
const FIRST: u64 = 24;
/// Beyond them every seventh, until it is over.
const STEPS_MAX: u64 = 100;

/// Where it shall die.
#[derive(Clone, Copy)]
enum At {
    Step(u64),
    Named(&'static str),
}

#[tokio::test]
async fn whatever_step_it_dies_at_the_call_is_placed_once_and_shown() {
    for way in [Way::Socket, Way::Http] {
        for name in ["intake.decoded", "commit.before", "commit.after", "slack.answer"] {
            assert_eq!(dies_at(way, At::Named(name)).await, Some(name));
        }
    }
    let mut places = BTreeSet::new();
    for step in (1..FIRST).chain((FIRST..STEPS_MAX).step_by(7)) {
        let Some(place) = dies_at(Way::Socket, At::Step(step)).await else { break };
        places.insert(place);
    }
    assert!(places.len() >= 6, "died at too few different steps: {places:?}");
}

/// Types a command at a Callout that dies at a step from then. `None`: it lived.
async fn dies_at(way: Way, at: At) -> Option<&'static str> {
    let mut w = World::at_desk(Settings::sandbox(&["ana", "jack", "mira"]).unwrap()).await;
    let s = Workspace::open(&mut w, way, free()).await;
    let steps = CrashSteps::at(u64::MAX);
    assert!(w.start_to_crash(Arc::clone(&steps)).await);
    s.is_ready(&w, way).await;
    match at {
        At::Step(number) => steps.arm(number),
        At::Named(name) => steps.arm_at(name),
    }
    let asked = s.model.types(s.user("ana"), &s.ops, "/call jack").unwrap();
    tokio::select! {
        biased;
        () = w.dies() => {}
        () = async {
            s.model.until("an answer", |model| model.delivery(asked).heard).await;
            w.advance(secs(60)).await;
        } => {}
    }
    let place = steps.died_at();
    let was_answered = matches!(s.model.delivery(asked).heard, Some(Heard::Message(_)));
    w.crash();
    s.model.until_connected(0).await;
    w.start().await;
    s.is_ready(&w, way).await;
    if !was_answered {
        // Slack does not deliver a command again; whoever does changes nothing.
        s.model.deliver_again(asked);
    }
    w.advance(secs(120)).await;
    let rings = w.rings().len();
    assert!(rings <= 1, "{place:?}: rung {rings} times");
    let shown: Vec<String> =
        s.cards().into_iter().map(|seen| seen.text).filter(|text| text.starts_with("ana calls")).collect();
    // Slack keeps no keys: a card that was posted and not written down is posted again (ADR 10).
    assert!((1..=2).contains(&shown.len()), "{place:?}: {shown:?}");
    assert!(shown.last().is_some_and(|text| !text.contains("ringing")), "{place:?}: {shown:?}");
    assert!(
        was_answered || rings == 1 || shown.iter().any(|text| text.contains("failed")),
        "{place:?}: {shown:?}"
    );
    w.ends_clean().await;
    place
}
