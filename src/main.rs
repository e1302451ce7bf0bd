//! The program: see `callout --help`.

use std::path::PathBuf;
use std::process::ExitCode;

use callout::app::{self, CannotRun, SandboxOptions};
use callout::config::{self, env::Environment};
use callout::telemetry;
use clap::{Parser, Subcommand};

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
    },
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
        Command::Check { config } => check(config),
        Command::Run => {
            load_dotenv()?;
            let environment = Environment::for_run(&config::env::process)
                .map_err(|error| CannotRun(format!("not started:\n{error}")))?;
            environment.logging.init().map_err(CannotRun)?;
            block_on(app::run(environment))
        }
        Command::Sandbox { port, people, config, data } => {
            start_telemetry()?;
            block_on(app::sandbox(SandboxOptions { port, people, config, data }))
        }
    }
}

fn block_on(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(work).map(|()| ExitCode::SUCCESS)
}

fn check(file: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    load_dotenv()?;
    let file = file.unwrap_or_else(|| config::env::config_path(&config::env::process));
    let report = config::check(&file).map_err(|error| CannotRun(error.to_string()))?;
    print!("{report}");
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::from(FINDINGS) })
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
