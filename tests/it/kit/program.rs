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
