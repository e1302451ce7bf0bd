//! What a policy would do at any instant: inside planned work, in the past, with turns; and how fast it is told.

use std::time::{Duration, Instant};

use crate::kit::{World, callout, desk_world_with, secs, world_with};
use crate::oncall::{FILE, home, settings};

const PLANNED: &str = r#"
[[maintenance]]
from = "2026-03-10 18:00"
to = "2026-03-10 20:00"
policies = ["checkout"]
why = "the database moves"
"#;

#[test]
fn a_policy_without_a_schedule_is_told_in_the_zone_of_whom_it_names() {
    let home = home();
    let file = "[[person]]\nid = \"jack\"\naccount = \"jack\"\ntimezone = \"Europe/Berlin\"\n\
                [[policy]]\nid = \"solo\"\n[[policy.step]]\nring = [\"jack\"]\n";
    std::fs::write(home.path().join("callout.toml"), file).unwrap();
    for id in ["solo", "jack"] {
        let words = ["simulate", id, "--at", "2026-03-10 12:00"];
        let output = callout(home.path()).args(words).output().unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        assert!(told.contains("Tue 2026-03-10 12:00:00 +01:00 (Europe/Berlin)"), "{told}");
    }
}

#[tokio::test]
async fn planned_work_holds_a_simulated_page_as_it_holds_a_real_one() {
    world_with(settings(&format!("{FILE}{PLANNED}")), async |w| {
        // jack takes over while the work goes on: whoever is on call when it is over is rung.
        let said = w.desk("ana").types("/oncall override payments @jack for @mira 20:00 9h").await.text;
        let id = said.rsplit(' ').next().unwrap().to_owned();
        assert!(said.contains("Then jack is on call"), "{said}");
        let said = w.desk("jack").types("/oncall simulate checkout 18:30").await.text;
        let first: Vec<&str> = said.lines().take(4).collect();
        insta::assert_snapshot!(first.join("\n").replace(&id, "o1"), @r"
        A page of checkout at Tue 10 Mar 18:30 (UTC), if nobody answers (this rings nobody):
        • held until Tue 10 Mar 20:00 UTC: the database moves.
        • after 1 h 30 min, round 1, step 1: nobody. nobody is on call for office until Wed 11 Mar 09:00 UTC; the step is skipped at once
        • after 1 h 30 min, round 1, step 2: jack. oncall:payments is jack until Wed 11 Mar 04:00 UTC, by the change o1 of ana
        ");
        assert!(said.ends_with("it is over after 1 h 36 min. How often a phone may ring is not counted in this."), "{said}");
        let said = w.desk("jack").types("/oncall simulate jack 18:30").await.text;
        assert!(said.contains("at once, round 1, step 1: jack"), "work of another policy: {said}");
    })
    .await;
}

#[test]
fn the_program_tells_of_planned_work_too() {
    let home = home();
    std::fs::write(home.path().join("callout.toml"), format!("{FILE}{PLANNED}")).unwrap();
    let simulate = |more: &[&str]| {
        let words = ["simulate", "checkout", "--at", "2026-03-10T18:30:00Z"];
        let output = callout(home.path()).args(words).args(more).output().unwrap();
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap())
    };
    let [told, _] = simulate(&[]);
    assert!(told.contains("\nheld until Tue 10 Mar 20:00 UTC: the database moves\n1 h 30 min"), "{told}");
    let [told, aside] = simulate(&["--json"]);
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&told[0]["after_s"], &told[0]["step"]), (&serde_json::json!(5400), &serde_json::json!(1)));
    assert!(
        aside.starts_with(
            "callout: held until Tue 10 Mar 20:00 UTC: the database moves; read from the file only"
        ),
        "{aside}"
    );
}

#[tokio::test]
async fn the_past_is_as_it_was_and_not_as_memory_has_it() {
    world_with(settings(FILE), async |w| {
        w.desk("jack").types("/oncall take payments 10m").await;
        w.advance(secs(11 * 60)).await;
        // Another change, so that memory forgets what is over.
        w.desk("jack").types("/oncall take payments 1h").await;
        let asks = async |w: &World| {
            w.desk("jack").types("/oncall simulate checkout 2026-03-10T15:05:00Z").await.text
        };
        let said = asks(w).await;
        assert!(said.contains("step 2: jack. oncall:payments is jack until Tue 10 Mar 15:10 UTC"), "{said}");
        assert!(said.ends_with(" The file is taken as it is now."), "{said}");
        w.crash();
        w.start().await;
        assert_eq!(asks(w).await, said);
    })
    .await;
}

#[tokio::test]
async fn turns_are_not_told_as_a_fact() {
    let turns = format!(
        "{FILE}[[policy]]\nid = \"turns\"\n[[policy.step]]\nring = [\"all:payments\"]\npick = \"one\"\n"
    );
    world_with(settings(&turns), async |w| {
        let said = w.desk("jack").types("/oncall simulate turns").await.text;
        assert!(
            said.contains("step 1: jack. all:payments is jack and mira; each page rings another one of them; here it is the first, not mira\n"),
            "{said}"
        );
    })
    .await;
}

/// What `/oncall` may take, of which nothing waits for anything outside.
const ANSWER_MAX: Duration = Duration::from_millis(50);

/// How much slower a debug build is, on a machine that does other things.
const SLOWER: u32 = if cfg!(debug_assertions) { 16 } else { 1 };

/// As many schedules as are listed, as large as the file may have them, and nobody ever changes: the longest search.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "measures real time")]
async fn the_largest_schedules_are_answered_in_a_moment() {
    let windows: Vec<String> = (0..30)
        .map(|n| {
            format!(
                "\"{:02}:{:02}-{:02}:{:02}\"",
                n * 48 / 60,
                n * 48 % 60,
                (n + 1) * 48 / 60,
                (n + 1) * 48 % 60
            )
        })
        .collect();
    let rotation = format!(
        "[[schedule.rotation]]\nparticipants = [\"jack\"]\nevery = \"1h\"\nstart = \"2020-01-06\"\nonly = [{}]\n",
        windows.join(", ")
    );
    let schedule = |n: usize| {
        format!("[[schedule]]\nid = \"large{n}\"\ntimezone = \"Europe/Berlin\"\n{}", rotation.repeat(50))
    };
    let schedules: String = (0..20).map(schedule).collect();
    let people = FILE.split("[[schedule]]").next().unwrap();
    desk_world_with(settings(&format!("{people}{schedules}")), async |w| {
        let mut fastest = Duration::MAX;
        for _ in 0..5 {
            let start = Instant::now();
            let said = w.desk("jack").types_at_once("/oncall").await.text;
            fastest = fastest.min(start.elapsed());
            assert_eq!(said.lines().count(), 21, "{said}");
            w.settle().await;
        }
        println!("20 schedules of 50 rotations of 30 windows: {fastest:?}");
        if std::env::var_os("CALLOUT_TEST_ALONE").is_some() {
            assert!(fastest < ANSWER_MAX * SLOWER, "{fastest:?}");
        }
    })
    .await;
}
