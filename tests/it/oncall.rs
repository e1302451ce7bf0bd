//! On call: who it is, ringing them, and what a policy would do.

use std::path::Path;
use std::process::Output;
use std::time::Duration;

use callout::domain::ids::PersonId;
use callout::domain::oncall::{Override, Replacement};
use callout::domain::settings::Settings;
use serde_json::{Value, json};

use crate::kit::{callout, desk_world_with, secs, world, world_with};

/// The stories begin on Tuesday, 10 March 2026, at 15:00 UTC: 16:00 in Berlin.
pub(crate) const FILE: &str = r#"
[[person]]
id = "ana"
account = "ana"
timezone = "Europe/Berlin"
roles = ["admin"]
[[person]]
id = "jack"
account = "jack"
[[person]]
id = "mira"
account = "mira"
[limits]
call_by_caller = "100/h burst 100"
ring_of_callee = ["100/h"]
max_callees = 2

[[schedule]]
id = "payments"
timezone = "Europe/Berlin"
[[schedule.rotation]]
participants = ["jack", "mira"]
handoff = "Mon 09:00"
start = "2026-03-02"

[[schedule]]
id = "office"
allow_gaps = true
[[schedule.rotation]]
participants = ["ana"]
start = "2026-03-02"
only = ["Mon-Fri 09:00-12:00"]

[[schedule]]
id = "everybody"
[[schedule.rotation]]
participants = ["jack"]
start = "2026-03-02"
[[schedule.rotation]]
participants = ["mira"]
start = "2026-03-02"
[[schedule.rotation]]
participants = ["ana"]
start = "2026-03-02"
only = ["16:00-17:00"]

[[schedule]]
id = "turns"
timezone = "Europe/Berlin"
[[schedule.rotation]]
participants = ["mira", "jack"]
every = "2h"
handoff = "15:00"
start = "2026-03-10"

[[policy]]
id = "checkout"
repeat = 1
[[policy.step]]
ring = ["oncall:office"]
wait = "5m"
[[policy.step]]
ring = ["oncall:payments"]
wait = "2m"
redial = { times = 1, after = "30s" }
[[policy.step]]
ring = ["all:payments"]
post = ["desk:general"]
wait = "1m"
"#;

pub(crate) fn settings(text: &str) -> Settings {
    let (config, findings) = callout::config::parse("callout.toml", text);
    config.unwrap_or_else(|| panic!("{findings:?}")).settings
}

#[tokio::test]
async fn everybody_may_ask_who_is_on_call() {
    world_with(settings(FILE), async |w| {
        let said = w.desk("ana").types("/oncall payments").await;
        assert!(said.private);
        insta::assert_snapshot!(said.text, @"payments: mira is on call until Mon 16 Mar 09:00, then jack until Mon 23 Mar 09:00. (Times: Europe/Berlin)");
        // jack lives in UTC.
        insta::assert_snapshot!(w.desk("jack").types("/oncall oncall:Payments").await.text, @"payments: mira is on call until Mon 16 Mar 08:00, then jack until Mon 23 Mar 08:00. (Times: UTC)");
        insta::assert_snapshot!(w.desk("jack").types("/oncall office").await.text, @"office: nobody is on call until Wed 11 Mar 09:00, then ana until Wed 11 Mar 12:00. (Times: UTC)");
        insta::assert_snapshot!(w.desk("jack").types("/oncall").await.text, @r"
        On call (times: UTC):
        • payments: mira until Mon 16 Mar 08:00, then jack until Mon 23 Mar 08:00
        • office: nobody until Wed 11 Mar 09:00, then ana until Wed 11 Mar 12:00
        • everybody: jack and mira until Tue 10 Mar 16:00, then jack, mira and ana until Tue 10 Mar 17:00
        • turns: mira until Tue 10 Mar 16:00, then jack until Tue 10 Mar 18:00
        ");
        insta::assert_snapshot!(w.desk("jack").types("/oncall paymnets").await.text, @"There is no schedule “paymnets”. Did you mean /oncall payments?");
    })
    .await;
}

#[tokio::test]
async fn a_team_without_schedules_is_told_how_to_begin() {
    world(async |w| {
        insta::assert_snapshot!(w.desk("jack").types("/oncall").await.text, @"There is no schedule: an admin can add [[schedule]] to callout.toml.");
        insta::assert_snapshot!(w.desk("jack").types("/call oncall:payments").await.text, @"“oncall:payments” looks like a schedule, but there is none of that name. Nobody was rung.");
    })
    .await;
}

#[tokio::test]
async fn whoever_is_on_call_is_rung() {
    world_with(settings(FILE), async |w| {
        let said = w.desk("ana").types("/call oncall:turns video db is down").await;
        insta::assert_snapshot!(said.text, @"Calling mira (video). Rung as oncall:turns (mira, until Tue 10 Mar 17:00 Europe/Berlin).");
        let card = said.card();
        assert_eq!(w.handset("mira").state().await, "ringing");
        assert_eq!(w.handset("jack").state().await, "idle");
        insta::assert_snapshot!(w.card(&card).await, @r"
        ana calls mira (video): ringing until 15:00:45 UTC.
        Rung as oncall:turns (mira, until Tue 10 Mar 17:00 Europe/Berlin).
        Note: db is down
        ");
        insta::assert_snapshot!(w.call(&card).await["timeline"][0]["detail"].as_str().unwrap(), @"ana calls mira (video). Rung as oncall:turns (mira, until Tue 10 Mar 17:00 Europe/Berlin).");
        w.handset("mira").does("decline").await;
        // Behind the hand-off it is jack; *Ring again* still means who was rung.
        w.advance(secs(3600)).await;
        let next = w.desk("ana").types("/call oncall:turns").await;
        assert_eq!(w.handset("jack").state().await, "ringing");
        w.handset("jack").does("decline").await;
        assert!(next.text.starts_with("Calling jack (audio). Rung as oncall:turns (jack, until"), "{}", next.text);
        let again = w.desk("ana").presses(&card, "Ring again").await;
        assert_eq!(again.text, "Calling mira (video).");
        w.handset("mira").does("decline").await;
    })
    .await;
}

#[tokio::test]
async fn all_who_are_on_call_are_rung_together_and_each_once() {
    world_with(settings(FILE), async |w| {
        let said = w.desk("ana").types("/call oncall:everybody mira").await;
        insta::assert_snapshot!(said.text, @"Calling jack and mira (audio). Rung as oncall:everybody (jack and mira, until Tue 10 Mar 16:00 UTC).");
        w.handset("jack").does("decline").await;
        w.handset("mira").does("decline").await;
        assert_eq!(w.rings().len(), 2);
        // From 16:00 on it is one more than a call may ring.
        w.advance(secs(3600)).await;
        let said = w.desk("ana").types("/call oncall:everybody").await;
        insta::assert_snapshot!(said.text, @"That is 3 people, and one call rings at most 2. Nobody was rung.");
        assert_eq!(w.rings().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_schedule_without_anybody_says_who_is_next() {
    world_with(settings(FILE), async |w| {
        let said = w.desk("jack").types("/call oncall:office").await;
        assert!(said.private && said.card.is_none());
        insta::assert_snapshot!(said.text, @"Nobody is on call for office now, so nobody was rung. Next is ana, from Wed 11 Mar 09:00 (UTC).");
        // In the reader's own time.
        insta::assert_snapshot!(w.desk("ana").types("/call jack oncall:office").await.text, @"Nobody is on call for office now, so nobody was rung. Next is ana, from Wed 11 Mar 10:00 (Europe/Berlin).");
        assert_eq!(w.rings().len(), 0);
    })
    .await;
}

#[tokio::test]
async fn who_is_meant_is_decided_when_the_command_comes() {
    let night = FILE.replace("account = \"mira\"", "account = \"mira\"\nquiet_hours = \"00:00-24:00\"");
    world_with(settings(&night), async |w| {
        // Five minutes before the hand-off to jack.
        w.advance(secs(3300)).await;
        let asked = w.desk("ana").types("/call oncall:turns").await;
        insta::assert_snapshot!(asked.text, @"It is 15:55 for mira. Ring anyway? (You may add a reason; it is kept.)");
        w.advance(secs(600)).await;
        let said = w.desk("ana").presses(&asked.card(), "Ring anyway").await;
        assert!(said.text.starts_with("Calling mira (audio)."), "{}", said.text);
        assert_eq!(w.handset("mira").state().await, "ringing");
        w.handset("mira").does("decline").await;
        // A word that looks like a callee asks too, and keeps who was on call.
        let asked = w.desk("ana").types("/call oncall:turns mirra says hi").await;
        assert_eq!(asked.buttons, ["Ring anyway, it is my note", "Don't ring"]);
        let said = w.desk("ana").presses(&asked.card(), "Ring anyway, it is my note").await;
        insta::assert_snapshot!(w.card(&said.card()).await, @r"
        ana calls jack (audio): ringing until 16:05:45 UTC.
        Rung as oncall:turns (jack, until Tue 10 Mar 19:00 Europe/Berlin).
        Note: mirra says hi
        ");
        w.handset("jack").does("decline").await;
    })
    .await;
}

#[tokio::test]
async fn a_policy_is_played_and_rings_nobody() {
    desk_world_with(settings(FILE), async |w| {
        let said = w.desk("jack").types("/oncall simulate checkout").await;
        assert!(said.private);
        insta::assert_snapshot!(said.text, @r"
        A page of checkout at Tue 10 Mar 15:00 (UTC), if nobody answers (this rings nobody):
        • at once, round 1, step 1: nobody. nobody is on call for office until Wed 11 Mar 09:00 UTC; the step is skipped at once
        • at once, round 1, step 2: mira. oncall:payments is mira until Mon 16 Mar 08:00 UTC
        • after 1 min 15 s, round 1, step 2: mira. redial 1 of 1, 30 s after a ring without an answer
        • after 2 min, round 1, step 3: jack and mira. all:payments is jack and mira; desk:general is told as well
        • after 3 min, round 2, step 1: nobody. nobody is on call for office until Wed 11 Mar 09:00 UTC; the step is skipped at once
        • after 3 min, round 2, step 2: mira. oncall:payments is mira until Mon 16 Mar 08:00 UTC
        • after 4 min 15 s, round 2, step 2: mira. redial 1 of 1, 30 s after a ring without an answer
        • after 5 min, round 2, step 3: jack and mira. all:payments is jack and mira; desk:general is told as well
        Then nobody else is rung: it is over after 6 min. How often a phone may ring is not counted in this.
        ");
        // In ana's time, over the hand-off; on the night of the change to summer time.
        let said = w.desk("ana").types("/oncall simulate checkout Mon 08:59").await.text;
        assert!(said.contains("• at once, round 1, step 2: mira. oncall:payments is mira until Mon 16 Mar 09:00"), "{said}");
        assert!(said.contains("round 2, step 2: jack. oncall:payments is jack until Mon 23 Mar 09:00"), "{said}");
        let said = w.desk("ana").types("/oncall simulate checkout 2026-03-29 02:30").await.text;
        let begins = "Clocks skip 02:30 on Sun 29 Mar (Europe/Berlin): read as 03:00.\nA page of checkout at Sun 29 Mar 03:00";
        assert!(said.starts_with(begins), "{said}");
        insta::assert_snapshot!(w.desk("ana").types("/oncall simulate jack 2027-01-01").await.text, @r"
        A page of jack at Fri 1 Jan 2027 00:00 (Europe/Berlin), if nobody answers (this rings nobody):
        • at once, round 1, step 1: jack. jack is named
        • after 2 min, round 2, step 1: jack. jack is named
        • after 4 min, round 3, step 1: jack. jack is named
        Then nobody else is rung: it is over after 6 min. How often a phone may ring is not counted in this.
        ");
        insta::assert_snapshot!(w.desk("ana").types("/oncall simulate checkout tomorrow").await.text, @"“tomorrow” is not a time: write it as in 2026-03-29T02:30:00+01:00, 2026-03-29 02:30, Sun 02:30, 02:30 or 2h.");
        assert_eq!(w.rings().len(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_policy_that_reaches_nobody_says_so() {
    let empty = format!(
        "{FILE}\n[[policy]]\nid = \"lonely\"\nrepeat = 5\n[[policy.step]]\nring = [\"oncall:office\"]\n"
    );
    world_with(settings(&empty), async |w| {
        insta::assert_snapshot!(w.desk("jack").types("/oncall simulate lonely").await.text, @r"
        A page of lonely at Tue 10 Mar 15:00 (UTC), if nobody answers (this rings nobody):
        • at once, round 1, step 1: nobody. nobody is on call for office until Wed 11 Mar 09:00 UTC; the step is skipped at once
        This page would reach nobody: nobody of its steps is there at that time. How often a phone may ring is not counted in this.
        ");
    })
    .await;
}

/// The program, in a folder with the file.
fn run(home: &Path, words: &[&str]) -> Output {
    callout(home).args(words).output().unwrap()
}

fn answer(home: &Path, words: &[&str]) -> String {
    let output = run(home, words);
    let (said, aside) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr).into_owned());
    assert!(output.status.success(), "{said}{aside}");
    said
}

fn refusal(home: &Path, words: &[&str]) -> String {
    let output = run(home, words);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    String::from_utf8(output.stderr).unwrap()
}

pub(crate) fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("callout.toml"), FILE).unwrap();
    home
}

#[test]
fn the_program_prints_the_shifts_of_a_schedule() {
    let home = home();
    let span = ["--from", "2026-03-28T00:00", "--to", "2026-04-07T00:00:00+02:00"];
    let told = answer(home.path(), &[&["oncall", "Payments"], &span[..]].concat());
    insta::assert_snapshot!(told, @r"
    payments (Europe/Berlin), read from the file only: what was changed in chat is not in it.

    from                         until                        on call
    Sat 2026-03-28 00:00 +01:00  Mon 2026-03-30 09:00 +02:00  mira
    Mon 2026-03-30 09:00 +02:00  Mon 2026-04-06 09:00 +02:00  jack
    Mon 2026-04-06 09:00 +02:00  Tue 2026-04-07 00:00 +02:00  mira
    ");
    let output = run(home.path(), &[&["oncall", "payments", "--json"], &span[..]].concat());
    assert!(String::from_utf8_lossy(&output.stderr).contains("read from the file only"));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let shift = |start: &str, end: &str, who: &str| json!({ "start": start, "end": end, "people": [who] });
    assert_eq!(
        told,
        json!([
            shift("2026-03-28T00:00:00+01:00", "2026-03-30T09:00:00+02:00", "mira"),
            shift("2026-03-30T09:00:00+02:00", "2026-04-06T09:00:00+02:00", "jack"),
            shift("2026-04-06T09:00:00+02:00", "2026-04-07T00:00:00+02:00", "mira"),
        ])
    );
    // Gaps are entries without people.
    let gaps = ["oncall", "office", "--json", "--from", "2026-03-13T11:00Z", "--to", "2026-03-16T10:00:00Z"];
    let gaps: Value = serde_json::from_str(&answer(home.path(), &gaps)).unwrap();
    let people: Vec<usize> =
        gaps.as_array().unwrap().iter().map(|s| s["people"].as_array().unwrap().len()).collect();
    assert_eq!((people, &gaps[1]["start"]), (vec![1, 0, 1], &json!("2026-03-13T12:00:00+00:00")));
    // Without a span: four weeks from now on.
    let weeks: Value = serde_json::from_str(&answer(home.path(), &["oncall", "payments", "--json"])).unwrap();
    let at = |edge: &Value| edge.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let (first, last) = (&weeks[0], weeks.as_array().unwrap().last().unwrap());
    assert_eq!(at(&last["end"]).duration_since(at(&first["start"])).as_hours(), 28 * 24);
}

#[test]
fn the_program_plays_a_policy() {
    let home = home();
    let told = answer(home.path(), &["simulate", "checkout", "--at", "2026-03-16T08:58"]);
    insta::assert_snapshot!(told);
    let told = answer(home.path(), &["simulate", "checkout", "--at", "2026-03-11T09:00:00Z", "--json"]);
    let told: Value = serde_json::from_str(&told).unwrap();
    let first = json!({
        "after_s": 0, "step": 1, "round": 1, "ring": ["ana"],
        "why": "oncall:office is ana until Wed 11 Mar 12:00 UTC",
    });
    assert_eq!((told.as_array().unwrap().len(), &told[0]), (8, &first));
    assert_eq!((&told[7]["after_s"], &told[7]["round"]), (&json!(900), &json!(2)));
    assert!(answer(home.path(), &["simulate", "jack"]).contains("jack is named"));
}

#[test]
fn the_program_says_what_it_cannot_answer() {
    let home = home();
    let said = |words: &[&str]| refusal(home.path(), words);
    insta::assert_snapshot!(said(&["oncall", "paymnets"]), @"callout: there is no schedule `paymnets` in callout.toml: did you mean payments?");
    insta::assert_snapshot!(said(&["oncall", "web"]), @"callout: there is no schedule `web` in callout.toml: it has payments, office, everybody, turns");
    insta::assert_snapshot!(said(&["simulate", "chekout"]), @"callout: there is no policy `chekout` in callout.toml: did you mean checkout?");
    insta::assert_snapshot!(said(&["oncall", "payments", "--store"]), @"callout: --store: there is no callout.db: name the store in DATABASE_URL; `callout run` makes it at its first start");
    insta::assert_snapshot!(said(&["oncall", "payments", "--from", "soon"]), @"callout: --from: `soon` is not a time, write it as in 2026-03-29T02:30:00+01:00, 2026-03-29 02:30, Sun 02:30, 02:30 or 2h");
    insta::assert_snapshot!(said(&["oncall", "payments", "--from", "2026-03-02", "--to", "2026-03-02"]), @"callout: --to is not after --from: choose a later one");
    insta::assert_snapshot!(said(&["oncall", "payments", "--from", "2026-03-02", "--to", "2036-03-02"]), @"callout: that is more than 3650d: choose --to closer to --from");
    assert!(
        said(&["oncall", "payments", "--config", "gone.toml"])
            .contains("there is no configuration file gone.toml")
    );
}

/// What a year of three layers may take.
const YEAR_MAX: Duration = Duration::from_millis(5);

/// How much slower a debug build is, on a machine that does other things.
const SLOWER: u32 = if cfg!(debug_assertions) { 10 } else { 1 };

/// Weeks, days and office hours, with as many changes as a schedule may have.
#[test]
#[expect(clippy::disallowed_methods, reason = "measures real time")]
fn a_year_of_three_layers_is_rendered_in_milliseconds() {
    let layer =
        |more: &str| format!("[[schedule.rotation]]\nparticipants = [\"ana\", \"jack\", \"mira\"]\n{more}\n");
    let layers = [
        "handoff = \"Mon 09:00\"\nstart = \"2020-01-06\"",
        "every = \"1d\"\nstart = \"2020-01-06\"",
        "only = [\"Mon-Fri 09:00-17:00\"]",
    ];
    let layers = layers.map(layer).concat();
    let layers = format!("[[schedule]]\nid = \"layers\"\ntimezone = \"Europe/Berlin\"\n{layers}");
    let settings = settings(&format!("{FILE}{layers}"));
    let layers = settings.schedules.get("layers").unwrap();
    let (from, to) = ("2026-01-01T00:00:00Z".parse().unwrap(), "2027-01-01T00:00:00Z".parse().unwrap());
    let over = |n: i64| {
        let from: jiff::Timestamp = from;
        let from = from + secs(u64::try_from(n).unwrap() * 3 * 86_400);
        Override { from, to: from + secs(8 * 3600), what: Replacement::Take(PersonId::new("ana")) }
    };
    let overrides: Vec<Override> = (0..100).map(over).collect();
    let runs = (0..5).map(|_| {
        let start = std::time::Instant::now();
        let count = callout::domain::oncall::shifts(layers, &overrides, from, to).count();
        (start.elapsed(), count)
    });
    let (fastest, count) = runs.min().unwrap();
    println!("a year of three layers and a hundred changes: {count} shifts in {fastest:?}");
    assert!(count > 500, "{count}");
    assert!(fastest < YEAR_MAX * SLOWER, "{fastest:?}");
}
