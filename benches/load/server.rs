//! The program under load, in a process of its own.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::Context as _;
use tempfile::TempDir;

/// People who may be rung: enough that nobody is rung twice in a run.
pub(crate) const PEOPLE: u32 = 40_000;
/// People who call, in turn.
pub(crate) const CALLERS: u32 = 1_000;

/// A running sandbox. Killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    _output: BufReader<ChildStdout>,
    _home: TempDir,
}

impl Server {
    pub(crate) fn start() -> anyhow::Result<Self> {
        let home = TempDir::new()?;
        let config = home.path().join("load.toml");
        std::fs::write(&config, people())?;
        let mut child = Command::new(env!("CARGO_BIN_EXE_callout"))
            .args(["sandbox", "--port", "0", "--config"])
            .arg(&config)
            .arg("--data")
            .arg(home.path())
            .env("RUST_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().context("no output")?);
        output.read_line(&mut line)?;
        let (_, address) = line.trim().split_once("http://").context("no address in the first line")?;
        Ok(Self { child, address: address.trim_end_matches('/').to_owned(), _output: output, _home: home })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn people() -> String {
    let mut text = String::from(
        "[limits]\ncall_by_caller = \"1000000/h burst 1000000\"\nring_of_callee = [\"1000000/h\"]\n\
         engine = \"100000/s\"\nmax_open_calls = 100000\n",
    );
    for person in 0..PEOPLE {
        let _infallible = write!(text, "[[person]]\nid = \"p{person}\"\naccount = \"p{person}\"\n");
    }
    text
}
