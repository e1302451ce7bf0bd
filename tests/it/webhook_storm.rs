//! Many pages at once, and a receiver that hangs: no other webhook waits, and little is in memory.

use callout::domain::settings::Settings;
use callout::worker::POSTS_AT_ONCE;
use serde_json::{Value, json};

use crate::kit::{CrashSteps, World, desk_world_with, secs, with_keys};
use crate::webhooks::{Receiver, closes_all, endpoint_at};

/// Every alert is a page, and each page tells two webhooks, and rings nobody.
const FILE: &str = r#"
[[person]]
id = "ana"
account = "ana"
roles = ["admin"]

[[webhook]]
id = "away"
url_env = "AWAY_URL"
secret_env = "AWAY_SECRET"
[[webhook]]
id = "well"
url_env = "WELL_URL"
secret_env = "WELL_SECRET"

[[policy]]
id = "p"
[[policy.step]]
webhook = ["away", "well"]
wait = "2h"

[[source]]
id = "json"
kind = "generic"
keys_env = "KEYS_JSON"
policy = "p"
group_by = ["service"]
"#;

const STORM: usize = 100;

fn settings() -> Settings {
    with_keys(callout::config::parse("callout.toml", FILE).0.expect("the file is good").settings)
}

async fn storm(w: &World) {
    let alert =
        |n: usize| json!({ "key": format!("a{n}"), "title": "t", "labels": { "service": format!("s{n}") } });
    let storm: Vec<Value> = (0..STORM).map(alert).collect();
    let answered = w.source("json").sends_at_once(serde_json::to_vec(&storm).unwrap()).await;
    assert_eq!(answered.pages().len(), STORM);
}

fn rows(w: &World, table: &str) -> usize {
    usize::try_from(w.rows(table)).unwrap()
}

fn different(ids: Vec<String>) -> usize {
    ids.into_iter().collect::<std::collections::BTreeSet<_>>().len()
}

#[tokio::test]
async fn one_that_hangs_through_a_storm_delays_no_other_and_fills_no_memory() {
    desk_world_with(settings(), async |w| {
        let (away, well) = (Receiver::default(), Receiver::default());
        *away.hangs.lock().unwrap() = Some(secs(14));
        let (away_url, _away) = away.open(w.clock.clone()).await;
        let (well_url, _well) = well.open(w.clock.clone()).await;
        w.reload(endpoint_at(endpoint_at(settings(), "away", &away_url), "well", &well_url)).await;
        storm(w).await;
        w.advance(secs(1)).await;
        assert_eq!(well.ids().len(), STORM, "who is well waits for nobody");
        // What is in hand of the other is bounded; the rest is in the store, and nobody holds it.
        assert_eq!(*away.open.lock().unwrap(), (POSTS_AT_ONCE, POSTS_AT_ONCE));
        assert_eq!(rows(w, "effect WHERE webhook = 'away'"), STORM);
        assert_eq!(rows(w, "effect WHERE webhook = 'away' AND holder IS NOT NULL"), POSTS_AT_ONCE);
        assert_eq!(rows(w, "telling WHERE webhook = 'well'"), 0);
        // Each waits for its turn, whatever waits for another try before it.
        w.advance(secs(14 * STORM.div_ceil(POSTS_AT_ONCE) as u64)).await;
        assert_eq!(different(away.ids()), STORM, "each was tried once before any was tried thrice");
        assert_eq!(away.open.lock().unwrap().1, POSTS_AT_ONCE, "never more at once");
        *away.hangs.lock().unwrap() = None;
        w.advance(secs(180)).await;
        assert_eq!(rows(w, "telling"), 0, "back again, it is told everything");
        assert_eq!(rows(w, "effect WHERE webhook IS NOT NULL"), 0);
        closes_all(w).await;
    })
    .await;
}

/// Killed in the midst of it: the rest is found in the store, and what was under way is told again by its id.
#[tokio::test]
async fn a_storm_goes_on_after_a_death() {
    let well = Receiver::default();
    let mut w = World::at_desk(settings()).await;
    let (url, _serving) = well.open(w.clock.clone()).await;
    let told_at = endpoint_at(endpoint_at(settings(), "away", &url), "well", &url);
    let steps = CrashSteps::at(0);
    assert!(w.start_to_crash(steps.clone()).await);
    w.reload(told_at).await;
    steps.arm_at("post.answered");
    tokio::select! {
        () = storm(&w) => {}
        () = w.dies() => {}
    }
    w.dies().await;
    assert_eq!(steps.died_at(), Some("post.answered"));
    w.crash();
    assert!(different(well.ids()) < 2 * STORM, "it died in the midst");
    w.start().await;
    // Its sender may have got no answer.
    storm(&w).await;
    w.advance(secs(1)).await;
    assert_eq!(different(well.ids()), 2 * STORM, "none is lost");
    assert_eq!(rows(&w, "telling"), 0);
    closes_all(&w).await;
    w.ends_clean().await;
}
