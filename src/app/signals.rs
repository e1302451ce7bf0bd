//! Stop and reload, as an operator asks for them.

use anyhow::Context as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What an operator asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// `SIGTERM` or `Ctrl-C`.
    Stop,
    /// `SIGHUP`.
    Reload,
}

/// The signals we listen to.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    pub(super) fn listen() -> anyhow::Result<Self> {
        let on = |kind| signal(kind).context("signals can't be listened to");
        Ok(Self {
            terminate: on(SignalKind::terminate())?,
            interrupt: on(SignalKind::interrupt())?,
            hang_up: on(SignalKind::hangup())?,
        })
    }

    /// Runs `work`, unless an operator asks to stop meanwhile: then it is dropped.
    pub(super) async fn unless_stopped<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        let stop = async { while self.next().await == Asked::Reload {} };
        tokio::select! {
            biased;
            () = stop => None,
            done = work => Some(done),
        }
    }

    pub(super) async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.terminate.recv() => Asked::Stop,
            _ = self.interrupt.recv() => Asked::Stop,
            _ = self.hang_up.recv() => Asked::Reload,
        }
    }
}
