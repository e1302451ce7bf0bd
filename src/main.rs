//! The program: see `callout --help`.

use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use callout::app::{self, CannotRun, Question, SandboxOptions, Told};
use callout::config::{self, env::Environment};
use callout::telemetry;
use clap::{Args, Parser, Subcommand};

/// Exit code for findings.
const FINDINGS: u8 = 1;
/// Exit code when it could not run.
const COULD_NOT_RUN: u8 = 2;

/// Rings people from chat: slash commands become calls, and alerts ring until a person says "mine".
#[derive(Debug, Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the chats and the engine that the environment configures (also: no sub-command)
    Run,
    /// Everything in one process with no credential: a modelled engine, desks and handsets in a page
    Sandbox {
        /// Port on 127.0.0.1; 0 picks a free one
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// Who is there; the first is an admin
        #[arg(long, value_delimiter = ',', default_value = "ana,jack,mira")]
        people: Vec<String>,
        /// People, policies and limits of your own
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Where to keep the data [default: a temporary folder]
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
    },
    /// Validate the configuration file and print what is wrong with it, as file:line
    Check {
        /// The file [default: CALLOUT_CONFIG, or callout.toml]
        #[arg(value_name = "FILE")]
        config: Option<PathBuf>,
        /// Also ask the engine and the cloud that the environment configures; changes nothing there
        #[arg(long)]
        online: bool,
    },
    /// Print who is on call, and when that changes, from the configuration file
    Oncall {
        /// The schedule
        schedule: String,
        /// From when: RFC 3339, or local to the schedule as 2026-03-29T02:30 [default: now]
        #[arg(long, value_name = "T")]
        from: Option<String>,
        /// Until when [default: four weeks later]
        #[arg(long, value_name = "T")]
        to: Option<String>,
        /// With the changes made in chat, which the store keeps (DATABASE_URL)
        #[arg(long)]
        store: bool,
        #[command(flatten)]
        asked: Asked,
    },
    /// Print who would be rung, when and why, if nobody answered; rings nobody
    Simulate {
        /// The policy, or a person
        policy: String,
        /// When: RFC 3339, or local to the policy's first schedule as 2026-03-29T02:30 [default: now]
        #[arg(long, value_name = "T")]
        at: Option<String>,
        #[command(flatten)]
        asked: Asked,
    },
}

#[derive(Debug, Args)]
struct Asked {
    /// As JSON
    #[arg(long)]
    json: bool,
    /// The configuration file [default: CALLOUT_CONFIG, or callout.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Asked {
    fn of(self, id: String) -> anyhow::Result<Question> {
        load_dotenv()?;
        let config = self.config.unwrap_or_else(|| config::env::config_path(&config::env::process));
        Ok(Question { config, id, json: self.json })
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match carry_out(arguments.command.unwrap_or(Command::Run)) {
        Ok(code) => code,
        Err(error) => {
            match error.downcast_ref::<CannotRun>() {
                Some(line) => eprintln!("callout: {line}"),
                None => eprintln!("callout: {error:#}"),
            }
            ExitCode::from(COULD_NOT_RUN)
        }
    }
}

fn carry_out(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Check { config, online: false } => check(config),
        Command::Check { config, online: true } => check_online(config),
        Command::Oncall { schedule, from, to, store, asked } => {
            let question = asked.of(schedule)?;
            let store = store.then(|| config::env::database_path(&config::env::process)).transpose();
            let store = store.map_err(|error| CannotRun(format!("--store:\n{error}")))?;
            let span = (from.as_deref(), to.as_deref());
            tell(app::on_call(&question, span, store.as_deref(), app::now())?)
        }
        Command::Simulate { policy, at, asked } => {
            tell(app::simulate(&asked.of(policy)?, at.as_deref(), app::now())?)
        }
        Command::Run => {
            load_dotenv()?;
            let environment = Environment::for_run(&config::env::process)
                .map_err(|error| CannotRun(format!("not started:\n{}", app::all_missing(error))))?;
            environment.logging.init().map_err(CannotRun)?;
            block_on(app::run(environment)).map(|()| ExitCode::SUCCESS)
        }
        Command::Sandbox { port, people, config, data } => {
            start_telemetry()?;
            let options = SandboxOptions { port, people, config, data };
            block_on(app::sandbox(options)).map(|()| ExitCode::SUCCESS)
        }
    }
}

/// The answer goes to standard output, and a reader that has seen enough is no failure.
fn tell(told: Told) -> anyhow::Result<ExitCode> {
    if let Some(aside) = told.aside {
        eprintln!("callout: {aside}");
    }
    match std::io::stdout().write_all(told.answer.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(ExitCode::SUCCESS),
    }
}

fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(work)
}

fn check(file: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    load_dotenv()?;
    let file = file.unwrap_or_else(|| config::env::config_path(&config::env::process));
    let report = app::check(&file).map_err(|error| CannotRun(error.to_string()))?;
    print!("{report}");
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::from(FINDINGS) })
}

/// The same, then what the outside says. Nobody outside is asked about a file that is wrong.
fn check_online(file: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    load_dotenv()?;
    let environment = Environment::for_run(&config::env::process);
    let mut environment = environment.map_err(|error| CannotRun(format!("not checked:\n{error}")))?;
    environment.logging.init().map_err(CannotRun)?;
    environment.config = file.unwrap_or(environment.config);
    let offline = app::check(&environment.config).map_err(|error| CannotRun(error.to_string()))?;
    print!("{offline}");
    let Ok(loaded) = app::load(&environment.config) else { return Ok(ExitCode::from(FINDINGS)) };
    let online = block_on(app::check_online(&environment, &loaded.settings))?;
    print!("{online}");
    let is_clean = offline.is_clean() && online.is_clean();
    Ok(if is_clean { ExitCode::SUCCESS } else { ExitCode::from(FINDINGS) })
}

/// Reads `.env`, if there is one. What the environment says already stands.
fn load_dotenv() -> Result<(), CannotRun> {
    match dotenvy::dotenv() {
        Ok(_) => Ok(()),
        Err(error) if error.not_found() => Ok(()),
        Err(error) => Err(CannotRun(format!(".env can't be read: {error}"))),
    }
}

fn start_telemetry() -> Result<(), CannotRun> {
    let logging = telemetry::Logging::read(&config::env::process);
    let logging = logging.map_err(|lines| CannotRun(lines.join("\n")))?;
    logging.init().map_err(CannotRun)
}
