//! The program under load, in a process of its own; away from the desk, the modelled engine in another one.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::Context as _;
use tempfile::TempDir;

use crate::door::{Door, Workspace};

/// People who may be rung: enough that nobody is rung twice in a run.
pub(crate) const PEOPLE: u32 = 40_000;
/// People who call, in turn.
pub(crate) const CALLERS: u32 = 1_000;

/// Alert sources, and the rules of each: as many policies as alerts in a run, so that nobody is rung twice.
pub(crate) const SOURCES: u64 = 20;
pub(crate) const RULES: u64 = 1_000;

/// What is running. Killed when dropped.
pub(crate) struct Server {
    /// Where commands go.
    pub(crate) address: String,
    /// Where the modelled engine is.
    pub(crate) engine: String,
    _processes: Vec<Process>,
    _home: TempDir,
}

pub(crate) struct Process {
    child: Child,
    pub(crate) address: String,
    _output: BufReader<ChildStdout>,
}

impl Server {
    pub(crate) fn start(door: &Door) -> anyhow::Result<Self> {
        let home = TempDir::new()?;
        let slack = match door {
            Door::Desk | Door::Alerts => None,
            Door::Slack(workspace) => Some(&**workspace),
        };
        let mut file = people(slack);
        if matches!(door, Door::Alerts) {
            (0..SOURCES).for_each(|source| add_source(&mut file, source));
        }
        std::fs::write(home.path().join("load.toml"), file)?;
        let mut processes = vec![Process::start(sandbox(home.path()))?];
        let engine = processes[0].address.clone();
        if let Some(workspace) = slack {
            processes.push(Process::start(run(home.path(), &engine, workspace))?);
        }
        let address = processes.last().map_or_else(|| engine.clone(), |process| process.address.clone());
        Ok(Self { address, engine, _processes: processes, _home: home })
    }
}

impl Process {
    /// Returns once it has said where it listens.
    pub(crate) fn start(mut command: Command) -> anyhow::Result<Self> {
        let mut child = command.env("RUST_LOG", "error").stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().context("no output")?);
        output.read_line(&mut line)?;
        let (_, address) = line.trim().split_once("http://").context("no address in the first line")?;
        Ok(Self { child, address: address.trim_end_matches('/').to_owned(), _output: output })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn callout(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callout"));
    command.current_dir(home);
    command
}

pub(crate) fn sandbox(home: &Path) -> Command {
    let mut command = callout(home);
    command.args(["sandbox", "--port", "0", "--config", "load.toml", "--data", "sandbox"]);
    command
}

fn run(home: &Path, engine: &str, workspace: &Workspace) -> Command {
    let mut command = callout(home);
    command
        .arg("run")
        .env("CALLOUT_CONFIG", "load.toml")
        .env("DATABASE_URL", "sqlite://run.db")
        .env("LISTEN_ADDR", "127.0.0.1:0")
        .env("TENCENT_SDK_APP_ID", "1400000000")
        .env("TENCENT_USERSIG_KEY", "sandbox-key-that-opens-nothing-else")
        .env("TENCENT_ADMIN_ACCOUNT", "administrator")
        .env("TENCENT_ROBOT_ACCOUNT", "callout")
        .env("TENCENT_CALL_URL", format!("http://{engine}/sandbox/engine"))
        .env("SLACK_BOT_TOKEN", workspace.model.bot_token())
        .env("SLACK_SIGNING_SECRET", workspace.model.signing_secret())
        .env("SLACK_API_URL", workspace.model.api_url());
    command
}

fn people(slack: Option<&Workspace>) -> String {
    let mut text = String::from(
        "[limits]\ncall_by_caller = \"1000000/h burst 1000000\"\nring_of_callee = [\"1000000/h\"]\n\
         engine = \"100000/s\"\nmax_open_calls = 100000\n",
    );
    if let Some(workspace) = slack {
        let _infallible = write!(text, "[slack]\nworkspaces = [\"{}\"]\n", workspace.model.team());
    }
    for person in 0..PEOPLE {
        let _infallible = write!(text, "[[person]]\nid = \"p{person}\"\naccount = \"p{person}\"\n");
        if let Some(user) = slack.and_then(|workspace| workspace.users.get(person as usize)) {
            let _infallible = writeln!(text, "slack = \"{user}\"");
        }
    }
    text
}

/// A source whose every rule has a policy of its own, which rings somebody of its own.
fn add_source(text: &mut String, source: u64) {
    let ids = || (0..RULES).map(|rule| (rule, source * RULES + rule));
    for (_, id) in ids() {
        let _infallible = write!(text, "[[policy]]\nid = \"a{id}\"\nstep = [{{ ring = [\"p{id}\"] }}]\n");
    }
    let head = format!("id = \"load{source}\"\nkind = \"alertmanager\"\nkeys_env = \"KEYS_{source}\"");
    let _infallible = write!(text, "[[source]]\n{head}\npolicy = \"a0\"\npost = [\"desk:general\"]\n");
    for (rule, id) in ids() {
        let head = format!("match = {{ service = \"s{rule}\" }}");
        let _infallible = write!(text, "[[source.rule]]\n{head}\npolicy = \"a{id}\"\n");
    }
}
