//! The Discord bench: from an interaction at the gateway to its answer at Discord's door.
//!
//! `cargo bench --bench discord` starts the built program at the modelled Discord and the modelled engine, and types
//! 2,000 commands in 10 s, of which 200 place a call, 200 start a page and 180 close one. The store is on. The model, which answers a thousand requests a
//! second then, has the same cores.

#[expect(dead_code, unused_imports, reason = "the tests need more of it")]
#[expect(clippy::unwrap_used, reason = "a model for tests: what is not as it should be ends the run")]
#[path = "../../tests/sim/discord/mod.rs"]
mod discord;
#[expect(clippy::unwrap_used, reason = "as above")]
mod kit;

use std::time::Duration;

use kit::scene::{Kind, Storm};

/// What 99 of 100 answers may take (issue 4).
const BOUND: Duration = Duration::from_millis(20);

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let storm = runtime.block_on(Storm::pass());
    println!("{storm}");
    storm.is_whole();
    for kind in [None, Some(Kind::Stores)] {
        let most = storm.share(99, kind);
        anyhow::ensure!(most < BOUND, "{kind:?}: p99 {most:?} is over {BOUND:?}");
    }
    Ok(())
}
