//! Deaths at every step of a command from Slack: nothing is lost, nothing rings twice.

use std::collections::BTreeSet;
use std::sync::Arc;

use callout::domain::settings::Settings;

use crate::kit::{CrashSteps, Way, Workspace, World, free, secs};
use crate::slack::Heard;

/// More steps than a command, its ring and its end have.
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
    for step in 1..STEPS_MAX {
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
    // Slack keeps no keys: only a card that was posted and not written down is posted again (ADR 10).
    let again = usize::from(!cards(&s).is_empty() && !is_written_down(&w));
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
    let shown = cards(&s);
    assert_eq!(shown.len(), 1 + again, "{place:?}: {shown:?}");
    assert!(shown.last().is_some_and(|text| !text.contains("ringing")), "{place:?}: {shown:?}");
    assert!(
        was_answered || rings == 1 || shown.iter().any(|text| text.contains("failed")),
        "{place:?}: {shown:?}"
    );
    w.ends_clean().await;
    place
}

/// The cards of calls in #ops.
fn cards(s: &Workspace) -> Vec<String> {
    s.cards().into_iter().map(|seen| seen.text).filter(|text| text.starts_with("ana calls")).collect()
}

/// Whether it is stored which message a card is.
fn is_written_down(w: &World) -> bool {
    let database = rusqlite::Connection::open(w.database()).unwrap();
    let sql = "SELECT count(*) FROM card WHERE json_extract(body, '$.message') IS NOT NULL";
    database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap() > 0
}

#[tokio::test]
async fn whatever_step_it_dies_at_there_is_one_board_and_it_is_pinned() {
    let mut places = BTreeSet::new();
    for step in 1..STEPS_MAX {
        let Some(place) = board_dies_at(step).await else { break };
        places.insert(place);
    }
    assert!(places.contains("report.shown") && places.len() >= 5, "died at too few steps: {places:?}");
}

/// Asks a Callout for a board that dies at a step from then. `None`: it lived.
async fn board_dies_at(step: u64) -> Option<&'static str> {
    let mut w = World::at_desk(Settings::sandbox(&["ana", "jack"]).unwrap()).await;
    let s = Workspace::open(&mut w, Way::Http, free()).await;
    let steps = CrashSteps::at(u64::MAX);
    assert!(w.start_to_crash(Arc::clone(&steps)).await);
    s.is_ready(&w, Way::Http).await;
    w.advance(secs(5)).await;
    steps.arm(step);
    let asked = s.model.types(s.user("ana"), &s.ops, "/calls board").unwrap();
    tokio::select! {
        biased;
        () = w.dies() => {}
        () = async {
            s.model.until("an answer", |model| model.delivery(asked).heard).await;
            w.advance(secs(3)).await;
        } => {}
    }
    let place = steps.died_at();
    let was_answered = matches!(s.model.delivery(asked).heard, Some(Heard::Message(_)));
    let again = usize::from(!s.cards().is_empty() && !is_written_down(&w));
    w.crash();
    w.start().await;
    s.is_ready(&w, Way::Http).await;
    if !was_answered {
        s.model.deliver_again(asked);
    }
    w.advance(secs(10)).await;
    let boards = s.cards();
    assert_eq!(boards.len(), 1 + again, "{place:?}: {boards:#?}");
    let pinned: Vec<bool> = boards.iter().map(|board| board.is_pinned).collect();
    assert_eq!(pinned.iter().filter(|pinned| **pinned).count(), 1, "{place:?}: {pinned:?}");
    assert!(pinned.last().is_some_and(|pinned| *pinned), "{place:?}: the one that stays current is pinned");
    w.ends_clean().await;
    place
}
