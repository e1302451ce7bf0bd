//! The built program, as a process of its own in real time.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// A process that is killed when dropped.
pub(crate) struct Program {
    pub(crate) child: Child,
    pub(crate) address: String,
    first: String,
    rest: BufReader<ChildStdout>,
}

impl Program {
    /// Returns once it has said where it listens.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let (mut first, mut rest) = (String::new(), BufReader::new(child.stdout.take().unwrap()));
        rest.read_line(&mut first).unwrap();
        let (_, address) =
            first.trim().split_once("http://").unwrap_or_else(|| panic!("not started: {first:?}"));
        let address = format!("http://{}", address.trim_end_matches('/'));
        Self { child, address, first, rest }
    }

    /// Stops it as an operator does. Returns what it wrote to standard output.
    pub(crate) fn stop(mut self) -> String {
        let kill = format!("kill -TERM {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
        let mut said = std::mem::take(&mut self.first);
        self.rest.read_to_string(&mut said).unwrap();
        said
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The program, in `home` and with no variables of ours.
pub(crate) fn callout(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callout"));
    command.current_dir(home).env_clear().env("PATH", "/usr/bin:/bin");
    command
}

/// The sandbox, whose modelled engine stands where Tencent's would be; its people are in `people.toml`.
pub(crate) fn engine(home: &Path) -> Program {
    let mut command = callout(home);
    command
        .args(["sandbox", "--port", "0", "--config", "people.toml", "--data", "engine"])
        .stderr(Stdio::null());
    Program::start(command)
}

/// The program with an account at that engine, a desk and a store of its own.
pub(crate) fn at_engine(home: &Path, engine: &Program, token: &str) -> Command {
    let mut command = callout(home);
    command
        .env("CALLOUT_CONFIG", "people.toml")
        .env("CALLOUT_DESK", "1")
        .env("DATABASE_URL", "sqlite://run.db")
        .env("LISTEN_ADDR", "127.0.0.1:0")
        .env("ADMIN_TOKEN", token)
        .env("TENCENT_SDK_APP_ID", "1400000000")
        .env("TENCENT_USERSIG_KEY", "sandbox-key-that-opens-nothing-else")
        .env("TENCENT_ADMIN_ACCOUNT", "administrator")
        .env("TENCENT_ROBOT_ACCOUNT", "callout")
        .env("TENCENT_CALL_URL", format!("{}/sandbox/engine", engine.address));
    command
}
