//! Puts the rooms together: the only place that knows them all.

mod check_online;
mod cloud;
mod run;
mod sandbox;
mod serve;
mod signals;

use std::fmt;
use std::io::{ErrorKind, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpListener;

pub use self::check_online::{OnlineReport, check_online};
pub use self::run::run;
pub use self::sandbox::{SandboxOptions, sandbox};
pub use self::serve::{App, Parts};
use self::signals::{Asked, Signals};
use crate::ports::NoSteps;
use crate::store::sqlite::Sqlite;

/// Why the program could not run: one clear line, exit code 2.
#[derive(Debug)]
pub struct CannotRun(pub String);

impl fmt::Display for CannotRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CannotRun {}

async fn listen(address: SocketAddr, advice: &str) -> Result<TcpListener, CannotRun> {
    TcpListener::bind(address).await.map_err(|error| {
        CannotRun(match error.kind() {
            ErrorKind::AddrInUse => format!("{address} is in use by another program: {advice}"),
            ErrorKind::PermissionDenied => format!("{address} may not be used by this user: {advice}"),
            _ => format!("{address} can't be listened on ({error}): {advice}"),
        })
    })
}

fn open_store(file: &Path) -> Result<Arc<Sqlite>, CannotRun> {
    Sqlite::open(file, Arc::new(NoSteps)).map(Arc::new).map_err(|error| CannotRun(error.to_string()))
}

/// Says where to go next. Nobody may be listening any more: that is no reason to stop.
fn say(lines: [String; 3]) {
    let _unheard = writeln!(std::io::stdout(), "{}", lines.join("\n"));
}

/// Stops `app`; a second signal ends it at once.
async fn stop_within(app: App, mut signals: Signals) {
    tracing::info!("stopping; a second signal ends it at once");
    let again = async { while signals.next().await == Asked::Reload {} };
    tokio::select! {
        () = app.stop() => {}
        () = again => tracing::warn!("stopped at once"),
    }
}
