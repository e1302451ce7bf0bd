//! 20 real `kill -9` of `callout run` against a modelled engine in another process, in real time.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::kit::{Program, at_engine, engine};

const KILLS: u64 = 20;
const COMMANDS: u64 = 6;
const TOKEN: &str = "kill-test-token-0123";

const PEOPLE: &str = r#"
[call]
ring = "10s"
[limits]
call_by_caller = "100000/h burst 100000"
ring_of_callee = ["100000/h"]
max_open_calls = 100000
"#;

fn run(home: &Path, engine: &Program) -> Program {
    let mut command = at_engine(home, engine, TOKEN);
    command.arg("run").stderr(Stdio::null());
    Program::start(command)
}

fn people() -> String {
    let mut text = PEOPLE.to_owned();
    for person in 0..KILLS * COMMANDS + 20 {
        text.push_str(&format!("[[person]]\nid = \"p{person}\"\naccount = \"p{person}\"\n"));
    }
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_kills_lose_nothing_and_double_nothing() {
    let home = TempDir::new().unwrap();
    std::fs::write(home.path().join("people.toml"), people()).unwrap();
    let engine = engine(home.path());
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5)).build().unwrap();
    let mut accepted = BTreeSet::new();
    for kill in 0..KILLS {
        let program = run(home.path(), &engine);
        accepted.extend(types_and_dies(&http, program, kill).await);
    }
    let program = run(home.path(), &engine);
    all_end(&http, &program, &accepted).await;
    rung_once(&http, &engine, &accepted).await;
    println!("{KILLS} kills, {} accepted calls, none lost, none doubled", accepted.len());
    assert!(
        accepted.len() as u64 > KILLS,
        "too few commands were accepted before the kills: {}",
        accepted.len()
    );
}

/// Types commands while the process is killed; returns the calls that were promised.
async fn types_and_dies(http: &reqwest::Client, mut program: Program, kill: u64) -> Vec<String> {
    let mut typed = Vec::new();
    for command in 0..COMMANDS {
        let callee = 20 + kill * COMMANDS + command;
        let url = format!("{}/sandbox/desk/p{}", program.address, command);
        let body = json!({ "text": format!("/call p{callee}"), "delivery": format!("k{kill}c{command}") });
        let request = http.post(url).json(&body).send();
        #[expect(clippy::disallowed_methods, reason = "a test in real time")]
        typed.push(tokio::spawn(async move {
            let answer: Value = request.await.ok()?.json().await.ok()?;
            answer["receipt"]["card"].as_str().map(str::to_owned)
        }));
    }
    // Anywhere between the first byte and the last effect.
    #[expect(clippy::disallowed_methods, reason = "a test in real time")]
    tokio::time::sleep(Duration::from_micros(500 + kill * kill * 150)).await;
    program.child.kill().unwrap();
    program.child.wait().unwrap();
    let mut cards = Vec::new();
    for typed in typed {
        cards.extend(typed.await.unwrap());
    }
    cards
}

async fn all_end(http: &reqwest::Client, program: &Program, accepted: &BTreeSet<String>) {
    #[expect(clippy::disallowed_methods, reason = "a test in real time")]
    let until = Instant::now() + Duration::from_secs(60);
    for card in accepted {
        loop {
            let url = format!("{}/api/calls/{card}", program.address);
            let call: Value = http.get(url).bearer_auth(TOKEN).send().await.unwrap().json().await.unwrap();
            if call["outcome"].is_string() {
                break;
            }
            #[expect(clippy::disallowed_methods, reason = "a test in real time")]
            let late = Instant::now() > until;
            assert!(!late, "lost: {call}");
            #[expect(clippy::disallowed_methods, reason = "a test in real time")]
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

async fn rung_once(http: &reqwest::Client, engine: &Program, accepted: &BTreeSet<String>) {
    let url = format!("{}/sandbox/engine/dials?since=0", engine.address);
    let page: Value = http.get(url).send().await.unwrap().json().await.unwrap();
    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    for dial in page["dials"].as_array().unwrap() {
        *times.entry(dial["room"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    assert!(times.values().all(|times| *times == 1), "doubled: {times:?}");
    let dialled = accepted.iter().filter(|card| times.contains_key(&format!("co_{card}"))).count();
    println!("{dialled} of {} accepted calls reached the engine", accepted.len());
    assert!(dialled > 0, "nothing was ever dialled");
}
