//! The one place that spawns tasks: each has a name, a panic is logged, and a dropped handle aborts.

use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use tokio::task::AbortHandle;

/// Aborts its task when dropped: whoever holds it owns the task.
#[must_use = "the task is aborted when its handle is dropped"]
pub struct TaskHandle {
    name: &'static str,
    abort: AbortHandle,
    detached: bool,
}

impl TaskHandle {
    /// Leaves the task running on its own. Only for short work that ends by itself.
    pub fn detach(mut self) {
        self.detached = true;
    }

    /// Whether the task has ended, for whatever reason.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.abort.is_finished()
    }
}

impl fmt::Debug for TaskHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskHandle").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Drop for TaskHandle {
    fn drop(&mut self) {
        if !self.detached {
            self.abort.abort();
        }
    }
}

/// Does `work`, which takes the processor for a while, where nobody waits for it. `None`: it panicked, which is logged under
/// `name`.
pub async fn blocking<T: Send + 'static>(
    name: &'static str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.inspect_err(|error| tracing::error!(task = name, %error, "a task panicked")).ok()
}

/// Starts `work` under `name`.
#[expect(clippy::disallowed_methods, reason = "the one place that spawns")]
pub fn spawn<F>(name: &'static str, work: F) -> TaskHandle
where
    F: Future<Output = ()> + Send + 'static,
{
    let guarded = async move {
        if AssertUnwindSafe(work).catch_unwind().await.is_err() {
            tracing::error!(task = name, "a task panicked");
        }
    };
    let abort = tokio::spawn(guarded).abort_handle();
    TaskHandle { name, abort, detached: false }
}
