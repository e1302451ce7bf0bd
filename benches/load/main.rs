//! The load bench: commands and alerts per second through the real HTTP path, with the store on.
//!
//! `cargo bench --bench load` starts the built program as `callout sandbox` in a process of its own, types
//! `/call` at the desk's route at a fixed rate (open loop: a late answer does not slow the sender down, and
//! counts from the instant at which it should have been sent), and reads the modelled engine's list of
//! dials. Beside it stands the machine's floor: an empty axum handler, and a bare fsync.
//!
//! Then the same over Slack's HTTP doors: `callout run` in a process of its own, signed commands from 1,000 channels, and
//! the modelled Slack of the tests, in the process of the bench; once more while it answers 429 to every second post.
//! Then alerts, each a page that rings. Then a hundred thousand open pages, each of which decides within 15 minutes, and their
//! restart (`pages.rs`), and the largest pages and schedules that there may be (`large.rs`). `cargo bench --bench load -- slack`
//! does only the second, `-- desk` only the first, `-- alerts`, `-- pages` and `-- large` only those. It fails when a call is
//! lost or doubled, and when the steady rate takes longer than it may; `CALLOUT_BENCH_BOUNDS=off` lets it take its time, on a
//! machine that does other things as well.

mod client;
mod door;
mod floor;
mod large;
mod pages;
mod run;
mod server;
#[cfg(test)]
#[expect(dead_code, unused_imports, reason = "a bench needs little of the tests' model")]
#[path = "../../tests/sim/slack/mod.rs"]
mod slack;

use std::time::Duration;

use door::Door;
use run::{Load, Outcome};

/// The rate and length that must hold (receipt p99 < 10 ms, command to dial p99 < 15 ms).
const STEADY: Load = Load { rate: 500, length: Duration::from_secs(30) };
/// What 99 of 100 receipts and dials may take at that rate, in milliseconds (issue 5).
const RECEIPT_MS: f64 = 10.0;
const DIAL_MS: f64 = 15.0;
/// On a machine that does other things as well, `off` prints the times and holds none of them.
const BOUNDS: &str = "CALLOUT_BENCH_BOUNDS";
/// From the instant at which an alert is sent to its dial, at the steady rate, in milliseconds (p99).
const ALERT_TO_DIAL_MS: f64 = 50.0;
/// Rates tried for the highest one with receipt p99 < 100 ms.
const RATES: &[u32] = &[1_000, 1_250, 1_500, 1_750, 2_000, 2_500, 3_000, 4_000];
/// Length of each of those.
const STEP: Duration = Duration::from_secs(10);
/// The bound of the highest rate, in milliseconds.
const RECEIPT_BOUND_MS: f64 = 100.0;

fn main() -> anyhow::Result<()> {
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let wants = |name: &str| only.as_deref().is_none_or(|only| only == name);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        println!("floor");
        println!("  bare fsync of 4 KiB      {}", floor::fsync()?);
        println!("  empty axum handler       {}", floor::handler(STEADY).await?);
        if wants("desk") {
            climb("at the desk", async || Door::Desk).await?;
        }
        if wants("slack") {
            climb("over Slack's doors", async || Door::slack(false).await).await?;
            println!("\nover Slack's doors, while every second post is refused\n{}", Outcome::HEAD);
            let door = Door::slack(true).await;
            let outcome = steady(&door).await?;
            anyhow::ensure!(door.refused_half(), "Slack did not refuse half of the posts");
            in_time(&outcome)?;
        }
        if wants("alerts") {
            println!("\nalerts, each a page\n{}", Outcome::HEAD);
            let p99 = steady(&Door::Alerts).await?.dial.at(0.99);
            held("from an alert to its dial", p99, ALERT_TO_DIAL_MS)?;
        }
        if wants("pages") {
            println!("\na hundred thousand open pages");
            pages::run().await?;
        }
        if wants("large") {
            println!("\nthe largest pages and schedules");
            large::run().await?;
        }
        Ok(())
    })
}

/// The rate that must hold, and then the highest one that holds.
async fn climb(title: &str, door: impl AsyncFn() -> Door) -> anyhow::Result<()> {
    println!("\n{title}\n{}", Outcome::HEAD);
    let first = steady(&door().await).await?;
    let mut best = None;
    for &rate in RATES {
        let outcome = run::run(&door().await, Load { rate, length: STEP }).await?;
        println!("{outcome}");
        if !outcome.holds(RECEIPT_BOUND_MS) {
            break;
        }
        best = Some(rate);
    }
    println!("highest rate tried with receipt p99 < {RECEIPT_BOUND_MS} ms: {best:?} commands/s");
    in_time(&first)
}

/// Whether the rate that must hold has held.
fn in_time(steady: &Outcome) -> anyhow::Result<()> {
    held("receipt", steady.receipt.at(0.99), RECEIPT_MS)?;
    held("command to dial", steady.dial.at(0.99), DIAL_MS)
}

fn held(what: &str, p99: f64, bound: f64) -> anyhow::Result<()> {
    if std::env::var(BOUNDS).is_ok_and(|bounds| bounds == "off") {
        return Ok(());
    }
    anyhow::ensure!(
        p99 < bound,
        "{what}: p99 {p99:.1} ms is over {bound} ms. On a busy machine: {BOUNDS}=off"
    );
    Ok(())
}

async fn steady(door: &Door) -> anyhow::Result<Outcome> {
    let steady = run::run(door, STEADY).await?;
    println!("{steady}");
    anyhow::ensure!(steady.lost == 0 && steady.doubled == 0, "calls were lost or doubled");
    anyhow::ensure!(steady.refused == 0, "{} commands were refused", steady.refused);
    Ok(steady)
}
