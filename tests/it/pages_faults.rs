//! Pages through a misbehaving engine: nobody is rung again while an earlier ring may be alive, and every chain comes to
//! its end in time.

use std::collections::{BTreeMap, HashMap, HashSet};

use callout::domain::settings::Settings;
use serde_json::json;

use crate::kit::{World, secs, world_with};

/// Pages of one run, one after the other.
const PAGES: usize = 60;
/// How long a phone rings here.
const RING: i64 = 10;

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
ring_of_callee = ["1000000/h"]
[[policy]]
id = "payments"
repeat = 1
[[policy.step]]
ring = ["jack"]
wait = "35s"
redial = { times = 2, after = "2s" }
[[policy.step]]
ring = ["jack", "mira"]
wait = "15s"
"#;

fn settings() -> Settings {
    callout::config::parse("callout.toml", FILE).0.expect("the file is good").settings
}

#[tokio::test]
async fn a_fault_mix_doubles_no_ring_and_loses_no_page() {
    world_with(settings(), async |w| {
        w.faults(json!({
            "seed": 7, "dial_502": 0.1, "lose_answer": 0.15, "no_response": 0.05, "rate_limited": 0.1,
            "drop_callbacks": 0.2, "double_callbacks": 0.2, "reorder_callbacks": 0.2,
        }))
        .await;
        let mut told: BTreeMap<&str, usize> = BTreeMap::new();
        let mut declined = HashSet::new();
        for n in 0..PAGES {
            let card = w.desk("ana").types("/page payments db is down").await.card();
            if n % 3 == 0 {
                w.advance(secs(3)).await;
                w.handset("jack").tries("decline").await;
                declined.insert(format!("co_{card}"));
            }
            w.advance(secs(130)).await;
            let reasons = w.desk("ana").types(&format!("/pages show {card}")).await.text;
            assert!(reasons.contains("The chain is over"), "page {n} does not come to its end:\n{reasons}");
            for word in ["may be ringing", "is rung again", "is written to", "nobody else of the step"] {
                *told.entry(word).or_default() += usize::from(reasons.contains(word));
            }
            w.desk("ana").types(&format!("/close {card}")).await;
        }
        w.faults(json!({ "dial_502": 0, "lose_answer": 0, "no_response": 0, "rate_limited": 0, "drop_callbacks": 0 })).await;
        assert!(told.values().all(|times| *times > 0), "the faults did not strike: {told:?}");
        nobody_is_doubled(w, &declined);
    })
    .await;
}

/// A talk whose dial and callbacks were lost has a record only once it is over: the page hears that it was one.
#[tokio::test]
async fn what_a_late_record_tells_reaches_the_page() {
    world_with(settings(), async |w| {
        w.faults(json!({ "lose_answer": 1, "drop_callbacks": 1000 })).await;
        let card = w.desk("ana").types("/page payments db is down").await.card();
        w.advance(secs(3)).await;
        w.handset("jack").does("answer").await;
        w.advance(secs(30)).await;
        let reasons = w.desk("ana").types(&format!("/pages show {card}")).await.text;
        assert!(reasons.contains("jack could not be rung"), "{reasons}");
        w.handset("jack").does("offline").await;
        w.handset("jack").does("online").await;
        w.desk("jack").types(&format!("/ack {card}")).await;
        w.advance(secs(400)).await;
        let reasons = w.desk("ana").types(&format!("/pages show {card}")).await.text;
        let told = reasons.lines().filter(|line| line.contains("jack")).collect::<Vec<_>>().join("\n");
        insta::assert_snapshot!(told, @"
        15:00:00.000 Step 1 of 2, round 1 of 2. Step 2 at 15:00:35 UTC. Because: jack is named.
        15:00:00.000 Ringing jack.
        15:00:10.000 jack's phone may be ringing until 15:00:21 UTC: the engine's answer was lost. The chain does not wait for it.
        15:00:30.000 jack could not be rung (Failed): nothing rang, as far as the engine's records tell.
        15:00:30.000 jack could not be rung, and is written to instead.
        15:00:33.000 jack has it. Nothing else rings.
        15:01:30.000 jack answered, and was cut off (Dropped).
        ");
        w.faults(json!({ "drop_callbacks": 0 })).await;
    })
    .await;
}

/// A phone rings for 10 s: the next ring of the same page begins after that, but once where jack declined.
fn nobody_is_doubled(w: &World, declined: &HashSet<String>) {
    let mut last: HashMap<(String, String), jiff::Timestamp> = HashMap::new();
    let mut early: HashMap<String, usize> = HashMap::new();
    for ring in w.rings() {
        let key = (ring.room.clone(), ring.account.clone());
        let Some(before) = last.insert(key, ring.at) else { continue };
        let apart = ring.at.duration_since(before).as_secs();
        if apart < RING {
            let may = ring.account == "jack" && declined.contains(&ring.room);
            assert!(may, "{} was rung again after {apart} s in {}", ring.account, ring.room);
            *early.entry(ring.room).or_default() += 1;
        }
    }
    assert!(
        early.values().all(|times| *times == 1),
        "rings came before the end of one that was not declined: {early:?}"
    );
}
