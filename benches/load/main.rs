//! The load bench: commands per second through the real HTTP path, with the store on.
//!
//! `cargo bench --bench load` starts the built program as `callout sandbox` in a process of its own, types
//! `/call` at the desk's route at a fixed rate (open loop: a late answer does not slow the sender down, and
//! counts from the instant at which it should have been sent), and reads the modelled engine's list of
//! dials. Beside it stands the machine's floor: an empty axum handler, and a bare fsync.

mod client;
mod floor;
mod run;
mod server;

use std::time::Duration;

use run::{Load, Outcome};

/// The rate and length that must hold (receipt p99 < 10 ms, command to dial p99 < 15 ms).
const STEADY: Load = Load { rate: 500, length: Duration::from_secs(30) };
/// Rates tried for the highest one with receipt p99 < 100 ms.
const RATES: &[u32] = &[1_000, 1_250, 1_500, 1_750, 2_000, 2_500, 3_000, 4_000];
/// Length of each of those.
const STEP: Duration = Duration::from_secs(10);
/// The bound of the highest rate, in milliseconds.
const RECEIPT_BOUND_MS: f64 = 100.0;

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        println!("floor");
        println!("  bare fsync of 4 KiB      {}", floor::fsync()?);
        println!("  empty axum handler       {}", floor::handler(STEADY).await?);
        println!();
        println!("{}", Outcome::HEAD);
        let steady = run::run(STEADY).await?;
        println!("{steady}");
        let mut best = None;
        for &rate in RATES {
            let outcome = run::run(Load { rate, length: STEP }).await?;
            println!("{outcome}");
            if !outcome.holds(RECEIPT_BOUND_MS) {
                break;
            }
            best = Some(rate);
        }
        println!();
        println!("highest rate tried with receipt p99 < {RECEIPT_BOUND_MS} ms: {best:?} commands/s");
        anyhow::ensure!(steady.lost == 0 && steady.doubled == 0, "calls were lost or doubled");
        Ok(())
    })
}
