//! Ends ringing and feeding in time, and lets callbacks go that were held back: one task sleeps for the next
//! of all instants.

use std::sync::Arc;

use jiff::Timestamp;

use super::Sandbox;
use crate::clock::{Busy, Clock};
use crate::task::{TaskHandle, spawn};

pub(super) fn start(sandbox: Arc<Sandbox>) -> TaskHandle {
    spawn("sandbox-rings", run(sandbox))
}

async fn run(sandbox: Arc<Sandbox>) {
    loop {
        let (due, rearmed) = {
            let mut state = sandbox.lock();
            (state.next_due(), state.rearm.take())
        };
        tokio::select! {
            biased;
            () = sleep(&sandbox.clock, due) => sandbox.change(|state, now| state.board.ring_out(now)),
            () = sandbox.wake.notified() => {}
            // Polled last: by now the sleep is known to the clock, so time may move again.
            () = release(rearmed) => {}
        }
    }
}

async fn sleep(clock: &Clock, due: Option<Timestamp>) {
    match due {
        Some(due) => clock.sleep_until(due).await,
        None => std::future::pending().await,
    }
}

async fn release(busy: Option<Busy>) {
    drop(busy);
    std::future::pending().await
}
