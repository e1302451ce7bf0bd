//! Crashes the process at a chosen step.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use callout::clock::later;
use callout::ports::Steps;

use super::World;

/// Dies at the step that was chosen: by its number, or by its name.
#[derive(Debug, Default)]
pub(crate) struct CrashSteps {
    left: AtomicU64,
    named: Mutex<Option<&'static str>>,
    dead: AtomicBool,
    place: Mutex<Option<&'static str>>,
}

impl CrashSteps {
    pub(crate) fn at(count: u64) -> Arc<Self> {
        Arc::new(Self { left: AtomicU64::new(count), ..Self::default() })
    }

    /// Dies at the `count`-th step from now.
    pub(crate) fn arm(&self, count: u64) {
        self.left.store(count, Ordering::SeqCst);
    }

    /// Dies at the next step of this name.
    pub(crate) fn arm_at(&self, name: &'static str) {
        *self.named.lock().unwrap() = Some(name);
    }

    /// Where it died.
    pub(crate) fn died_at(&self) -> Option<&'static str> {
        *self.place.lock().unwrap()
    }

    /// Lets nothing go on from now.
    pub(crate) fn kill(&self) {
        self.dead.store(true, Ordering::SeqCst);
    }
}

/// A disk that takes its time: nothing is committed while it is shut.
#[derive(Debug, Default)]
pub(crate) struct SlowDisk(AtomicBool);

impl SlowDisk {
    pub(crate) fn shuts(&self, is_shut: bool) {
        self.0.store(is_shut, Ordering::SeqCst);
    }
}

impl Steps for SlowDisk {
    fn reached(&self, name: &'static str) -> bool {
        while name == "store.before_commit" && self.0.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        true
    }
}

impl Steps for CrashSteps {
    fn reached(&self, name: &'static str) -> bool {
        if self.dead.load(Ordering::SeqCst) {
            return false;
        }
        let last = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if last != Ok(1) && *self.named.lock().unwrap() != Some(name) {
            return true;
        }
        *self.place.lock().unwrap() = Some(name);
        self.dead.store(true, Ordering::SeqCst);
        false
    }
}

impl World {
    /// Waits for something while time passes; whoever else waits meanwhile waits in vain.
    pub(crate) async fn while_time_passes<T>(&self, something: impl Future<Output = T>) -> T {
        let time_passes = async {
            loop {
                tokio::task::yield_now().await;
                while self.clock.advance_to(later(self.clock.now(), Duration::from_millis(1))) {}
            }
        };
        tokio::select! {
            came = something => came,
            () = time_passes => unreachable!("time passes for ever"),
        }
    }
}
