//! Takes what comes from Slack to the use cases, over either way or both.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio_util::sync::{CancellationToken, DropGuard};

use super::Slack;
use super::socket::Sockets;
use crate::domain::oncall::Overrides;
use crate::domain::settings::Settings;
use crate::ports::{Intake, Live, Steps, Store};
use crate::task::{self, TaskHandle};

/// What the Slack arm is opened to.
#[derive(Clone)]
pub struct Doors {
    /// Gets what people do.
    pub intake: Arc<dyn Intake>,
    /// Knows cards and past calls.
    pub store: Arc<dyn Store>,
    /// The live calls.
    pub live: Arc<dyn Live>,
    /// The settings in force.
    pub settings: Arc<dyn Fn() -> Arc<Settings> + Send + Sync>,
    /// What was changed in who is on call.
    pub overrides: Arc<dyn Fn() -> Arc<Overrides> + Send + Sync>,
    /// Where tests crash.
    pub steps: Arc<dyn Steps>,
}

impl fmt::Debug for Doors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Doors").finish_non_exhaustive()
    }
}

/// The Slack arm at work. Dropping it is as good as killing it; [`Serving::stop`] is the way to end.
#[derive(Debug)]
pub struct Serving {
    ends: CancellationToken,
    open: Arc<AtomicUsize>,
    sockets: Option<TaskHandle>,
    _gone: DropGuard,
}

impl Serving {
    /// Takes nothing more over sockets; what came is still answered.
    pub fn stop(&self) {
        self.ends.cancel();
    }

    /// Whether something that came is still to be answered.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.open.load(Ordering::SeqCst) > 0 || self.sockets.as_ref().is_some_and(|task| !task.is_finished())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.ends.cancel();
    }
}

impl Slack {
    /// Opens Socket Mode, where there is a token for it. The HTTP doors are [`router`](Self::router).
    pub fn serve(self: &Arc<Self>, doors: &Arc<Doors>) -> Serving {
        let ends = CancellationToken::new();
        let sockets = self.settings.app_token.is_some().then(|| {
            self.state.starts();
            let sockets = Sockets::new(Arc::clone(self), Arc::clone(doors), ends.clone());
            task::spawn("slack", sockets.run())
        });
        Serving { ends, open: Arc::clone(&self.open), sockets, _gone: self.gone.clone().drop_guard() }
    }
}

/// One delivery that is being answered.
pub(super) struct Open(Arc<AtomicUsize>);

impl Open {
    pub(super) fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(count))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
