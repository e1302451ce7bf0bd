//! The largest that a page and the file may be: what one decision of such a page costs, what it does to those of others
//! meanwhile, and how long `/oncall` takes with as many schedules as are listed, each as large as the file may have it.
//!
//! A decision is asked for by `/ack <page> 30m`, said by whoever has it: the page is read, decides, and is written, and no phone
//! rings. So what is timed is the command, its decision and its commit.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use callout::clock::{Clock, until};
use hyper::Method;
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Connection, Typed};
use crate::run::Percentiles;
use crate::server::{Process, sandbox};

/// Alerts of the pages that are tried.
const ALERTS: [usize; 3] = [1_000, 10_000, 100_000];
/// Alerts of a body: one of 16 MiB has room for more.
const OF_A_BODY: usize = 10_000;
/// Steps of a policy that rings in vain, and its rounds, the most there may be: so often does the phone ring.
const STEPS: usize = 5;
const ROUNDS: usize = 101;
const RINGS: usize = STEPS * ROUNDS;
/// Decisions of each page that are timed.
const DECISIONS: usize = 200;
/// As many schedules as `/oncall` lists, their rotations, and the windows of each.
const SCHEDULES: usize = 20;
const ROTATIONS: usize = 50;
const WINDOWS: usize = 30;
/// Between two looks whether something has come about.
const LOOK: Duration = Duration::from_millis(20);
/// How long that may take: an end that comes before the answer to its dial is heard of some seconds later.
const PATIENCE: Duration = Duration::from_secs(300);

/// One decision, of whatever page, alone or beside the largest, in milliseconds (p99; issue 6).
const DECIDED_MS: f64 = 100.0;
/// To answer `/oncall`, in milliseconds (p99; issue 6).
const ONCALL_MS: f64 = 50.0;

pub(crate) async fn run() -> anyhow::Result<()> {
    let home = TempDir::new()?;
    std::fs::write(home.path().join("load.toml"), config())?;
    let process = Process::start(sandbox(home.path()))?;
    let mut desk = Desk::open(&process.address).await?;
    let oncall = desk.oncall().await?;
    println!(
        "  /oncall of {SCHEDULES} schedules of {ROTATIONS} rotations   p50 {:.1}, p99 {:.1} ms",
        oncall.at(0.5),
        oncall.at(0.99)
    );
    let mut bounds = vec![("/oncall", oncall.at(0.99), ONCALL_MS)];
    let small = desk.page("small", 1).await?;
    let alone = desk.decides(&small).await?;
    print("of a page with one alert", &alone);
    let rung = desk.page_that_rang().await?;
    let decided = desk.decides(&rung).await?;
    print(&format!("of a page that rang {RINGS} times"), &decided);
    bounds.push(("a page that rang often", decided.at(0.99), DECIDED_MS));
    for alerts in ALERTS {
        let large = desk.page(&format!("large{alerts}"), alerts).await?;
        let decided = desk.decides(&large).await?;
        print(&format!("of a page with {alerts} alerts"), &decided);
        bounds.push(("a large page", decided.at(0.99), DECIDED_MS));
        let joined = desk.joins(&format!("large{alerts}")).await?;
        print("  to record one alert more there", &joined);
        let beside = beside(&process.address, (&large, &small)).await?;
        print("  of the small one meanwhile", &beside);
        bounds.push(("a page beside a large one", beside.at(0.99), DECIDED_MS));
    }
    bounds.into_iter().try_for_each(|(what, p99, bound)| crate::held(what, p99, bound))
}

fn print(what: &str, took: &Percentiles) {
    println!("  {what:<44} p50 {:6.1}, p99 {:6.1} ms", took.at(0.5), took.at(0.99));
}

/// Decisions of `small` while `large` decides all the time.
async fn beside(address: &str, (large, small): (&str, &str)) -> anyhow::Result<Percentiles> {
    let (mut one, mut other) = (Desk::open(address).await?, Desk::open(address).await?);
    let is_done = AtomicBool::new(false);
    let busy = async {
        while !is_done.load(Ordering::SeqCst) {
            one.decide(large).await?;
        }
        anyhow::Ok(())
    };
    let timed = async {
        let took = other.decides(small).await;
        is_done.store(true, Ordering::SeqCst);
        took
    };
    let ((), took) = tokio::try_join!(busy, timed)?;
    Ok(took)
}

/// Somebody at the desk, and the senders of alerts.
struct Desk {
    connection: Connection,
    alerts: usize,
}

impl Desk {
    async fn open(address: &str) -> anyhow::Result<Self> {
        Ok(Self { connection: Connection::open(address).await?, alerts: 0 })
    }

    async fn says(&mut self, text: &str) -> anyhow::Result<String> {
        let body = json!({ "text": text }).to_string().into_bytes();
        let answer = self.connection.send(Method::POST, "/sandbox/desk/p0", body).await?;
        let answer: Value = serde_json::from_slice(&answer)?;
        Ok(answer["receipt"]["text"].as_str().context("no receipt")?.to_owned())
    }

    async fn decide(&mut self, page: &str) -> anyhow::Result<Duration> {
        let sent = now();
        let said = self.says(&format!("/ack {page} 30m")).await?;
        anyhow::ensure!(said.contains(page) && said.contains("Still open"), "no promise: {said}");
        Ok(until(sent, now()))
    }

    async fn decides(&mut self, page: &str) -> anyhow::Result<Percentiles> {
        let mut took = Percentiles::default();
        for _ in 0..DECISIONS {
            took.add(self.decide(page).await?);
        }
        Ok(took)
    }

    /// Sends `count` new alerts of `group` together. Returns their page.
    async fn sends(&mut self, group: &str, count: usize) -> anyhow::Result<String> {
        let alert = |n: usize| {
            json!({
                "key": format!("{group}-{n}"), "title": format!("{group}: the load of node {n} is high"),
                "link": format!("https://graphs.example/d/node-{n}"),
                "labels": { "group": group, "node": format!("node-{n}.example"), "severity": "critical", "cluster": "one" },
            })
        };
        let alerts: Vec<Value> = (self.alerts..self.alerts + count).map(alert).collect();
        self.alerts += count;
        let headers = vec![("authorization", "Bearer sandbox-key-of-load".to_owned())];
        let typed = Typed { path: "/alerts/generic".to_owned(), headers, body: serde_json::to_vec(&alerts)? };
        let answer: Value = serde_json::from_slice(&self.connection.send_typed(Method::POST, typed).await?)?;
        Ok(answer["pages"][0].as_str().context("no page")?.to_owned())
    }

    /// A page of so many alerts, which p0 has.
    async fn page(&mut self, group: &str, alerts: usize) -> anyhow::Result<String> {
        let mut page = String::new();
        for from in (0..alerts).step_by(OF_A_BODY) {
            page = self.sends(group, OF_A_BODY.min(alerts - from)).await?;
        }
        self.says(&format!("/ack {page}")).await?;
        Ok(page)
    }

    async fn joins(&mut self, group: &str) -> anyhow::Result<Percentiles> {
        let mut took = Percentiles::default();
        for _ in 0..DECISIONS / 10 {
            let sent = now();
            self.sends(group, 1).await?;
            took.add(until(sent, now()));
        }
        Ok(took)
    }

    /// A page whose every ring found a phone that is off, until its chain was over.
    async fn page_that_rang(&mut self) -> anyhow::Result<String> {
        self.connection.send(Method::POST, "/sandbox/handset/p1/offline", Vec::new()).await?;
        let (page, from) = (self.sends("rung", 1).await?, now());
        loop {
            let path = format!("/api/pages/{page}");
            let told: Value =
                serde_json::from_slice(&self.connection.send(Method::GET, &path, Vec::new()).await?)?;
            if told["state"] == "exhausted" {
                let rings = told["rings"].as_array().map_or(0, Vec::len);
                anyhow::ensure!(rings == RINGS, "it rang {rings} times");
                break;
            }
            anyhow::ensure!(until(from, now()) < PATIENCE, "its chain is not over");
            Clock::system().sleep(LOOK).await;
        }
        self.says(&format!("/escalate {page} @p0")).await?;
        self.says(&format!("/ack {page}")).await?;
        Ok(page)
    }

    async fn oncall(&mut self) -> anyhow::Result<Percentiles> {
        let mut took = Percentiles::default();
        for _ in 0..DECISIONS {
            let sent = now();
            let said = self.says("/oncall").await?;
            took.add(until(sent, now()));
            anyhow::ensure!(said.lines().count() == SCHEDULES + 1, "not all are listed: {said}");
        }
        Ok(took)
    }
}

fn config() -> String {
    let mut text = String::from(
        "[limits]\nring_of_callee = [\"1000000/h\"]\nengine = \"100000/s\"\nmax_open_calls = 100000\n[call]\nring = \"10s\"\n\
         [[person]]\nid = \"p0\"\naccount = \"p0\"\n[[person]]\nid = \"p1\"\naccount = \"p1\"\n\
         [[policy]]\nid = \"once\"\nstep = [{ ring = [\"p0\"], wait = \"15m\" }]\n",
    );
    let _infallible = write!(
        text,
        "[[policy]]\nid = \"often\"\nrepeat = {}\nstep = [{}]\n\
         [[source]]\nid = \"load\"\nkind = \"generic\"\nkeys_env = \"KEYS\"\npolicy = \"once\"\npost = [\"desk:general\"]\n\
         group_by = [\"group\"]\nrule = [{{ match = {{ group = \"rung\" }}, policy = \"often\" }}]\n",
        ROUNDS - 1,
        "{ ring = [\"p1\"], wait = \"15m\" },".repeat(STEPS)
    );
    // Windows so close that whoever is asked for has an edge within the hour, and nobody ever changes: the longest search.
    let minute = |minute: usize| format!("{:02}:{:02}", minute / 60, minute % 60);
    let windows = (0..WINDOWS).map(|n| format!("\"{}-{}\"", minute(n * 48), minute((n + 1) * 48)));
    let windows = windows.collect::<Vec<_>>().join(", ");
    for schedule in 0..SCHEDULES {
        let _infallible =
            write!(text, "[[schedule]]\nid = \"large{schedule}\"\ntimezone = \"Europe/Berlin\"\n");
        for _ in 0..ROTATIONS {
            let _infallible = write!(
                text,
                "[[schedule.rotation]]\nparticipants = [\"p0\"]\nevery = \"1h\"\nstart = \"2020-01-06\"\nonly = [{windows}]\n"
            );
        }
    }
    text
}

fn now() -> Timestamp {
    Clock::system().now()
}
