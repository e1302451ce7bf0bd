//! Puts the rooms together: the only place that knows them all.

mod check_online;
mod cloud;
mod counted;
mod discord;
mod offline;
mod run;
mod sandbox;
mod serve;
mod signals;
mod slack;

use std::fmt;
use std::io::{ErrorKind, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpListener;

pub use self::check_online::{OnlineReport, check_online};
pub use self::offline::{Question, Told, now, on_call, simulate};
pub use self::run::{all_missing, run};
pub use self::sandbox::{SandboxOptions, sandbox};
pub use self::serve::{App, Parts};
use self::signals::{Asked, Signals};
use crate::config::env::EnvironmentError;
use crate::config::{self, Config, ConfigError};
use crate::domain::settings::Settings;
use crate::engine::tencent::check_push;
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

/// Judges the configuration file offline, with what of it only the engine can judge.
///
/// # Errors
/// [`ConfigError`] when it could not be judged at all: exit code 2.
pub fn check(file: &Path) -> Result<config::Report, ConfigError> {
    config::check(file, &check_push, &config::env::process, now())
}

/// Reads the configuration file, with what of it only the engine can judge.
///
/// # Errors
/// [`ConfigError`]: whole or not at all.
pub fn load(file: &Path) -> Result<Config, ConfigError> {
    config::load(file, &check_push)
}

/// Adds what the file does not have: the keys of alert sources, where webhooks are and what signs for them.
type Secrets<'a> = &'a (dyn Fn(&mut Settings) -> Result<(), EnvironmentError> + Sync);

/// Reads the configuration file, and what it names variables for.
fn load_with(secrets: Secrets<'_>, file: &Path) -> Result<Config, CannotRun> {
    let mut loaded = load(file).map_err(|error| CannotRun(error.to_string()))?;
    secrets(&mut loaded.settings).map_err(|error| CannotRun(format!("not started:\n{error}")))?;
    Ok(loaded)
}

/// Reads the file again for a program that was started with `started`: refused whole, or in force.
async fn reload(app: &App, started: &Settings, (secrets, file): (Secrets<'_>, &Path)) {
    let done = match load_with(secrets, file) {
        Ok(loaded) => {
            let late = started.need_restart(&loaded.settings).join(", ");
            app.reload(loaded.settings).await.map(|()| late)
        }
        Err(error) => Err(error.into()),
    };
    let file = file.display();
    match done {
        Ok(late) if late.is_empty() => tracing::info!(%file, "the configuration was read again"),
        Ok(late) => {
            tracing::warn!(%file, settings = late, "the configuration was read again, but these count only after a restart");
        }
        Err(error) => {
            tracing::error!(%file, %error, "refused; the configuration stays as it was");
            app.tell_admins_of_reload(&error.to_string()).await;
        }
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_push_that_the_engine_would_refuse_is_found_before_a_start() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("callout.toml");
        let jack = "[[person]]\nid = \"jack\"\naccount = \"jack\"\nroles = [\"admin\"]\n\n[engine]\n";
        std::fs::write(&file, format!("{jack}push = {{ PushFlag = 2 }}\n")).unwrap();
        let said = check(&file).unwrap().findings[0].to_string();
        assert_eq!(load(&file).unwrap_err().to_string(), said);
        let said = said.replace(&file.display().to_string(), "callout.toml");
        insta::assert_snapshot!(said, @"callout.toml:7: push.PushFlag must be one of [0, 1], correct it, or leave it out");
        std::fs::write(&file, format!("{jack}push = {{ PushFlag = 1 }}\n")).unwrap();
        assert!(check(&file).unwrap().is_clean() && load(&file).is_ok());
    }
}
