//! One run: send at a rate, read the dials, count.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use hyper::Method;
use hyper::body::Bytes;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::client::Connection;
use crate::door::Door;
use crate::server::Server;

/// Connections that send in turn: more than are ever in flight at once below saturation.
const CONNECTIONS: usize = 128;
/// After the last command, dials may take this long before they count as lost.
const DRAIN: Duration = Duration::from_secs(20);

/// A rate, in commands per second, and for how long.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) rate: u32,
    pub(crate) length: Duration,
}

/// One command that was sent.
pub(crate) struct Sent {
    pub(crate) index: u64,
    /// When it should have left, in microseconds since the Unix epoch.
    pub(crate) due_us: u64,
    /// From then to its receipt.
    pub(crate) took: Duration,
    pub(crate) answer: Bytes,
}

/// Times, in milliseconds.
#[derive(Default)]
pub(crate) struct Percentiles(Vec<f64>);

impl Percentiles {
    pub(crate) fn add(&mut self, took: Duration) {
        self.0.push(took.as_secs_f64() * 1e3);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn at(&self, part: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let index = ((sorted.len() as f64 - 1.0) * part).round();
        sorted.get(index as usize).copied().unwrap_or(f64::NAN)
    }
}

/// What came of a run.
pub(crate) struct Outcome {
    load: Load,
    accepted: usize,
    pub(crate) refused: usize,
    pub(crate) lost: usize,
    pub(crate) doubled: usize,
    achieved: f64,
    pub(crate) receipt: Percentiles,
    pub(crate) dial: Percentiles,
}

impl Outcome {
    pub(crate) const HEAD: &str = "  rate/s   for s   done/s  accepted  refused  lost  doubled  receipt ms p50/p99/p99.9      to dial ms p50/p99/p99.9";

    pub(crate) fn holds(&self, bound_ms: f64) -> bool {
        self.receipt.at(0.99) < bound_ms && self.lost == 0 && self.doubled == 0 && self.refused == 0
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let three = |times: &Percentiles| {
            format!("{:8.2} {:8.2} {:8.2}", times.at(0.5), times.at(0.99), times.at(0.999))
        };
        write!(
            f,
            "{:8} {:7} {:8.0} {:9} {:8} {:5} {:8} {} {}",
            self.load.rate,
            self.load.length.as_secs(),
            self.achieved,
            self.accepted,
            self.refused,
            self.lost,
            self.doubled,
            three(&self.receipt),
            three(&self.dial),
        )
    }
}

/// Sends `load` at a fresh program and waits for its dials.
pub(crate) async fn run(door: &Door, load: Load) -> anyhow::Result<Outcome> {
    let server = Server::start(door)?;
    let sent = send(&server.address, door, load).await?;
    let mut receipt = Percentiles::default();
    let mut due = HashMap::new();
    let mut refused = 0;
    let mut last_us = 0;
    for sent in &sent {
        receipt.add(sent.took);
        last_us = last_us.max(sent.due_us + sent.took.as_micros() as u64);
        match door.room(sent)? {
            Some(room) => drop(due.insert(room, sent.due_us)),
            None => refused += 1,
        }
    }
    let first_us = sent.iter().map(|sent| sent.due_us).min().unwrap_or(0);
    let achieved = sent.len() as f64 / (last_us.saturating_sub(first_us) as f64 / 1e6);
    let dials = dials(&server.engine, due.len()).await?;
    let mut dial = Percentiles::default();
    let mut times: HashMap<&str, u32> = HashMap::new();
    for (room, at_us) in &dials {
        *times.entry(room).or_default() += 1;
        if let Some(due_us) = due.get(room) {
            dial.add(Duration::from_micros(at_us.saturating_sub(*due_us)));
        }
    }
    let lost = due.keys().filter(|room| !times.contains_key(room.as_str())).count();
    let doubled = times.values().filter(|times| **times > 1).count();
    Ok(Outcome { load, accepted: due.len(), refused, lost, doubled, achieved, receipt, dial })
}

/// Sends at the rate, whatever the answers take.
#[expect(clippy::disallowed_methods, reason = "a bench, in real time")]
pub(crate) async fn send(address: &str, door: &Door, load: Load) -> anyhow::Result<Vec<Sent>> {
    let total = u64::from(load.rate) * load.length.as_secs();
    let next = Arc::new(AtomicU64::new(0));
    let all = Arc::new(Mutex::new(Vec::with_capacity(total as usize)));
    let start = Instant::now() + Duration::from_millis(300);
    let epoch_us = SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros() as u64 + 300_000;
    let mut senders = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut connection = Connection::open(address).await?;
        let (next, all, door) = (Arc::clone(&next), Arc::clone(&all), door.clone());
        senders.push(tokio::spawn(async move {
            let mut mine = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= total {
                    all.lock().await.append(&mut mine);
                    return anyhow::Ok(());
                }
                let offset_us = index * 1_000_000 / u64::from(load.rate);
                let due = start + Duration::from_micros(offset_us);
                tokio::time::sleep_until(due.into()).await;
                let answer = connection.send_typed(Method::POST, door.typed(index)).await?;
                mine.push(Sent { index, due_us: epoch_us + offset_us, took: due.elapsed(), answer });
            }
        }));
    }
    for sender in senders {
        sender.await??;
    }
    Ok(std::mem::take(&mut *all.lock().await))
}

/// Every dial the engine saw, once there are `wanted`, or time is up.
#[expect(clippy::disallowed_methods, reason = "a bench, in real time")]
async fn dials(address: &str, wanted: usize) -> anyhow::Result<Vec<(String, u64)>> {
    let mut connection = Connection::open(address).await?;
    let until = Instant::now() + DRAIN;
    let mut since = 0;
    let mut seen = Vec::new();
    loop {
        let path = format!("/sandbox/engine/dials?since={since}");
        let page: Value = serde_json::from_slice(&connection.send(Method::GET, &path, Vec::new()).await?)?;
        let dials = page["dials"].as_array().cloned().unwrap_or_default();
        since = page["next"].as_u64().unwrap_or(since);
        for dial in &dials {
            let room = dial["room"].as_str().unwrap_or_default().to_owned();
            seen.push((room, dial["at_us"].as_u64().unwrap_or_default()));
        }
        if dials.is_empty() && (seen.len() >= wanted || Instant::now() > until) {
            return Ok(seen);
        }
        if dials.is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
