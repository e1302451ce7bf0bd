//! A hundred thousand open pages whose chains begin spread evenly over 15 minutes: each decides in time, people are answered
//! meanwhile, and after `kill -9` all of their timers are armed again at once.
//!
//! The pages come in by the door for JSON, as alerts that are given some time to be over by themselves: whoever watches sees in
//! the store's file, from outside the program, when the call appears that a page then places. So a decision counts from the
//! instant at which its timer is due until it is committed, and until the watcher's next look.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use callout::clock::{Clock, later, until};
use hyper::Method;
use jiff::Timestamp;
use rusqlite::{Connection as Db, OpenFlags, OptionalExtension as _};
use serde_json::json;
use tempfile::TempDir;

use crate::client::{Connection, Typed};
use crate::run::Percentiles;
use crate::server::{Process, sandbox};

/// Sources, and bodies that each sends: 100,240 pages.
const SOURCES: usize = 16;
const BODIES: usize = 7;
/// Pages of a body, one for each second of 15 minutes, or nearly: a source has at most a thousand rules.
const OF_A_BODY: usize = 895;
/// Between two bodies of a source: longer than a phone rings, so that nobody is rung for two pages at once.
const BODY_EVERY: Duration = Duration::from_secs(14);
/// From the first body until the first page is due.
const DUE_AFTER: Duration = Duration::from_secs(105);
/// People of a source, who are rung in turn, a second each.
const PEOPLE: usize = 100;
/// Rules of a source: how long a page may wait, in seconds.
const SLOTS: usize = 1_000;
/// How long decisions are watched; another length in seconds by `CALLOUT_BENCH_PAGES_SECONDS`.
const WATCHED: Duration = Duration::from_secs(120);
/// Between two looks of the watcher into the file.
const LOOK: Duration = Duration::from_millis(3);
/// How far back it looks for calls: commits come in another order than their instants.
const BACK_US: i64 = 3_000_000;

/// From a timer's instant to its decision in the file, in milliseconds (p99).
const DECIDED_MS: f64 = 100.0;
/// To answer `/oncall`, in milliseconds (p99).
const ONCALL_MS: f64 = 50.0;
/// From the start of the program after `kill -9` until every timer is armed, in milliseconds.
const ARMED_MS: f64 = 2_000.0;

/// The page that a timer is of, and the instant at which it is due, in microseconds since the Unix epoch.
type Dues = HashMap<String, i64>;

pub(crate) async fn run() -> anyhow::Result<()> {
    let home = TempDir::new()?;
    std::fs::write(home.path().join("load.toml"), config())?;
    let process = Process::start(sandbox(home.path()))?;
    let first_due = later(now(), DUE_AFTER);
    let took = open_all(&process.address, first_due).await?;
    let dues = dues(&store(home.path())?)?;
    println!(
        "  {} pages are open; a body of {OF_A_BODY} was recorded within p50 {:.0}, p99 {:.0} ms",
        dues.len(),
        took.at(0.5),
        took.at(0.99)
    );
    anyhow::ensure!(dues.len() == SOURCES * BODIES * OF_A_BODY, "some page is missing");
    sleep(until(now(), first_due)).await;
    let watched = std::env::var("CALLOUT_BENCH_PAGES_SECONDS").ok();
    let watched = watched.map_or(Ok(WATCHED), |text| text.parse().map(Duration::from_secs))?;
    let mut bounds = watch(home.path(), &process.address, (dues, watched)).await?;
    bounds.push(restart(home.path(), process).await?);
    bounds.into_iter().try_for_each(|(what, p99, bound)| crate::held(what, p99, bound))
}

/// Something that was measured, and less than what it shall be, in milliseconds. All are measured before one fails.
type Bound = (&'static str, f64, f64);

/// Decisions and answers while pages are due.
async fn watch(home: &Path, address: &str, (dues, length): (Dues, Duration)) -> anyhow::Result<Vec<Bound>> {
    let stop = Arc::new(AtomicBool::new(false));
    let watcher = {
        let (home, stop) = (home.to_owned(), Arc::clone(&stop));
        std::thread::spawn(move || seen(&home, &dues, &stop))
    };
    let oncall = typed(address, length, Duration::from_millis(50));
    let status = status(address, length);
    let (oncall, status) = tokio::join!(oncall, status);
    stop.store(true, Ordering::SeqCst);
    let (decided, missing) = watcher.join().map_err(|_| anyhow::anyhow!("the watcher panicked"))??;
    let (oncall, status) = (oncall?, status?);
    let per_second = decided.len() as f64 / length.as_secs_f64();
    println!(
        "  {} decisions in {} s, {per_second:.0}/s, committed after p50 {:.1}, p99 {:.1}, p99.9 {:.1} ms",
        decided.len(),
        length.as_secs(),
        decided.at(0.5),
        decided.at(0.99),
        decided.at(0.999)
    );
    println!("  /oncall      p50 {:.1}, p99 {:.1} ms", oncall.at(0.5), oncall.at(0.99));
    println!("  /api/pages   p50 {:.1}, p99 {:.1} ms", status.at(0.5), status.at(0.99));
    anyhow::ensure!(missing == 0, "{missing} pages have not decided");
    Ok(vec![("a page's decision", decided.at(0.99), DECIDED_MS), ("/oncall", oncall.at(0.99), ONCALL_MS)])
}

/// Kills it, and starts it again.
async fn restart(home: &Path, process: Process) -> anyhow::Result<Bound> {
    let db = store(home)?;
    let epoch = |db: &Db| db.query_row("SELECT value FROM epoch", [], |row| row.get::<_, i64>(0));
    let before = epoch(&db)?;
    drop(process);
    let live: i64 = db.query_row("SELECT count(*) FROM call WHERE ended_at IS NULL", [], |row| row.get(0))?;
    let timers: i64 = db.query_row("SELECT count(*) FROM timer", [], |row| row.get(0))?;
    let from = now();
    let home_again: PathBuf = home.to_owned();
    let starting = std::thread::spawn(move || Process::start(sandbox(&home_again)));
    let free = "SELECT 1 FROM timer WHERE holder IS NULL LIMIT 1";
    let is_armed = |db: &Db| -> anyhow::Result<bool> {
        // While the file is locked for its recovery, it tells nothing.
        let Ok(now) = epoch(db) else { return Ok(false) };
        Ok(now > before && db.query_row(free, [], |_| Ok(())).optional()?.is_none())
    };
    while !is_armed(&db)? {
        anyhow::ensure!(until(from, now()) < Duration::from_secs(60), "its timers are not armed");
        sleep(LOOK).await;
    }
    let armed = until(from, now());
    let process = starting.join().map_err(|_| anyhow::anyhow!("the starter panicked"))??;
    println!(
        "  after kill -9, {timers} timers are armed again in {:.2} s; {live} live calls are compared with the engine in {:.1} s",
        armed.as_secs_f64(),
        until(from, now()).as_secs_f64()
    );
    drop(process);
    Ok(("to arm every timer", armed.as_secs_f64() * 1e3, ARMED_MS))
}

/// Sends every body in its turn. Returns what each took.
async fn open_all(address: &str, first_due: Timestamp) -> anyhow::Result<Percentiles> {
    let mut connection = Connection::open(address).await?;
    let (from, mut took) = (now(), Percentiles::default());
    let apart = BODY_EVERY / SOURCES as u32;
    for n in 0..SOURCES * BODIES {
        sleep((apart * n as u32).saturating_sub(until(from, now()))).await;
        let (source, body) = (n % SOURCES, n / SOURCES);
        let ahead = until(now(), first_due);
        anyhow::ensure!(!ahead.is_zero(), "it took too long to open the pages");
        let alert = |second: usize| {
            let slot = ahead.as_secs() as usize + second;
            json!({ "key": format!("{body}-{second}"), "title": "the load is high", "labels": { "slot": slot.to_string() } })
        };
        let alerts: Vec<_> = (0..OF_A_BODY).map(alert).collect();
        let headers = vec![("authorization", format!("Bearer sandbox-key-of-load{source}"))];
        let sent = now();
        let typed = Typed { path: "/alerts/generic".to_owned(), headers, body: serde_json::to_vec(&alerts)? };
        connection.send_typed(Method::POST, typed).await?;
        took.add(until(sent, now()));
    }
    Ok(took)
}

/// Every decision that was due since the watch began, and how many were not seen.
fn seen(home: &Path, dues: &Dues, stop: &AtomicBool) -> anyhow::Result<(Percentiles, usize)> {
    let db = store(home)?;
    let from = now().as_microsecond();
    let mut open: BTreeMap<&str, i64> =
        dues.iter().filter(|(_, due)| **due > from).map(|(page, due)| (page.as_str(), *due)).collect();
    let mut decided = Percentiles::default();
    let sql = "SELECT by_person FROM call WHERE ended_at IS NULL AND placed_at > ?1";
    let mut calls = db.prepare(sql)?;
    loop {
        let is_over = stop.load(Ordering::SeqCst);
        let at = now().as_microsecond();
        let mut rows = calls.query([at - BACK_US])?;
        while let Some(row) = rows.next()? {
            let by: String = row.get(0)?;
            if let Some(due) = by.strip_prefix("page:").and_then(|page| open.remove(page)) {
                decided.add(Duration::from_micros(u64::try_from(at - due).unwrap_or_default()));
            }
        }
        if is_over {
            // What was due within the last moment may still be under way.
            return Ok((decided, open.values().filter(|due| **due < at - 1_000_000).count()));
        }
        pause(LOOK);
    }
}

/// Types `/oncall` every so often. Returns what each answer took.
async fn typed(address: &str, length: Duration, every: Duration) -> anyhow::Result<Percentiles> {
    let mut connection = Connection::open(address).await?;
    let (from, mut took) = (now(), Percentiles::default());
    while until(from, now()) < length {
        let (sent, body) = (now(), json!({ "text": "/oncall team" }));
        let answer = connection.send(Method::POST, "/sandbox/desk/p0", body.to_string().into_bytes()).await?;
        took.add(until(sent, now()));
        anyhow::ensure!(String::from_utf8_lossy(&answer).contains("p0"), "/oncall names nobody");
        sleep(every).await;
    }
    Ok(took)
}

/// Reads what an open status page reads, as often as that does at most. Returns what each answer took.
async fn status(address: &str, length: Duration) -> anyhow::Result<Percentiles> {
    let mut connection = Connection::open(address).await?;
    let (from, mut took) = (now(), Percentiles::default());
    while until(from, now()) < length {
        let sent = now();
        connection.send(Method::GET, "/api/pages?limit=100", Vec::new()).await?;
        took.add(until(sent, now()));
        connection.send(Method::GET, "/metrics", Vec::new()).await?;
        sleep(Duration::from_secs(1)).await;
    }
    Ok(took)
}

fn dues(db: &Db) -> anyhow::Result<Dues> {
    let mut timers = db.prepare("SELECT id, due FROM timer")?;
    let rows = timers.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
    let of_pages = rows.filter_map(|row| {
        row.map(|(id, due)| id.strip_prefix("page:").map(|page| (page.to_owned(), due))).transpose()
    });
    Ok(of_pages.collect::<Result<_, _>>()?)
}

/// The program's file, to be read.
fn store(home: &Path) -> anyhow::Result<Db> {
    let db = Db::open_with_flags(home.join("sandbox").join("callout.db"), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    db.busy_timeout(Duration::from_secs(5))?;
    Ok(db)
}

fn config() -> String {
    let mut text = String::from(
        "[limits]\nring_of_callee = [\"1000000/h\"]\nengine = \"100000/s\"\nmax_open_calls = 100000\n[call]\nring = \"10s\"\n",
    );
    for source in 0..SOURCES {
        for person in (0..PEOPLE).map(|person| source * PEOPLE + person) {
            let _infallible = write!(
                text,
                "[[person]]\nid = \"p{person}\"\naccount = \"p{person}\"\n[[policy]]\nid = \"a{person}\"\nrepeat = 100\nstep = [{{ ring = [\"p{person}\"], wait = \"15m\" }}]\n"
            );
        }
        let _infallible = write!(
            text,
            "[[source]]\nid = \"load{source}\"\nkind = \"generic\"\nkeys_env = \"KEYS_{source}\"\npolicy = \"a0\"\npost = [\"desk:general\"]\nrule = [\n"
        );
        for slot in 1..=SLOTS {
            let person = source * PEOPLE + slot % PEOPLE;
            let _infallible = writeln!(
                text,
                "{{ match = {{ slot = \"{slot}\" }}, policy = \"a{person}\", delay = \"{slot}s\" }},"
            );
        }
        text.push_str("]\n");
    }
    text.push_str("[[schedule]]\nid = \"team\"\ntimezone = \"Europe/Berlin\"\nrotation = [{ participants = [\"p0\"], every = \"1w\", handoff = \"09:00\", start = \"2026-01-05\" }]\n");
    text
}

fn now() -> Timestamp {
    Clock::system().now()
}

async fn sleep(length: Duration) {
    Clock::system().sleep(length).await;
}

#[expect(clippy::disallowed_methods, reason = "a bench, in real time, on a thread of its own")]
fn pause(length: Duration) {
    std::thread::sleep(length);
}
