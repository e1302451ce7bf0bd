//! The log: what is written, in which form, to standard error.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// What is logged when nobody says otherwise.
const DEFAULT_FILTER: &str = "info";
/// What nobody can turn up: serenity's spans hold whole interactions, with the tokens that answer them. What goes to `log`
/// instead, as tungstenite's frames and addresses with tickets do, is taken in by nobody: keep it so (`tests/it/secrets.rs`).
const HELD_DOWN: &str = "serenity=warn";

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For machines: one JSON object a line.
    Json,
}

/// How to log, from `RUST_LOG` and `LOG_FORMAT`. Both are right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logging {
    filter: String,
    format: Format,
}

impl Default for Logging {
    fn default() -> Self {
        Self { filter: DEFAULT_FILTER.to_owned(), format: Format::Text }
    }
}

impl Logging {
    /// Reads both variables; what is not set has its default.
    ///
    /// # Errors
    /// One line for each variable that is wrong.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, Vec<String>> {
        let set = |name: &str| lookup(name).filter(|value| !value.trim().is_empty());
        let filter = set("RUST_LOG").unwrap_or_else(|| DEFAULT_FILTER.to_owned());
        let mut problems = Vec::new();
        if let Err(error) = EnvFilter::builder().parse(&filter) {
            problems.push(format!("RUST_LOG: {error}, write a filter as in info or info,callout=debug"));
        }
        let format = match set("LOG_FORMAT").as_deref() {
            None | Some("text") => Format::Text,
            Some("json") => Format::Json,
            Some(other) => {
                problems.push(format!("LOG_FORMAT: `{other}` is unknown, use text or json"));
                Format::Text
            }
        };
        if problems.is_empty() { Ok(Self { filter, format }) } else { Err(problems) }
    }

    /// How a line looks.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// Starts logging. Once in a process.
    ///
    /// # Errors
    /// One line, when the filter is wrong or logging has started before.
    pub fn init(&self) -> Result<(), String> {
        let filter = format!("{},{HELD_DOWN}", self.filter);
        let filter = EnvFilter::builder().parse(filter).map_err(|error| format!("RUST_LOG: {error}"))?;
        let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
        // Colours are for a terminal; a file would keep their codes.
        let log = log.with_ansi(std::io::stderr().is_terminal());
        let started = match self.format {
            Format::Text => log.try_init(),
            Format::Json => log.json().flatten_event(true).try_init(),
        };
        started.map_err(|error| format!("cannot start the log: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(filter: Option<&str>, format: Option<&str>) -> Result<Logging, Vec<String>> {
        let value = |name: &str| if name == "RUST_LOG" { filter } else { format };
        Logging::read(&|name| value(name).map(str::to_owned))
    }

    #[test]
    fn what_is_not_said_has_its_default() {
        assert_eq!(read(None, None), Ok(Logging::default()));
        assert_eq!(read(Some(""), Some("")), Ok(Logging::default()));
        assert_eq!(read(Some("info,callout=debug"), Some("json")).map(|log| log.format()), Ok(Format::Json));
    }

    #[test]
    fn what_is_wrong_is_said_at_once() {
        let said = read(Some("callout=loud"), Some("xml")).unwrap_err().join("\n");
        insta::assert_snapshot!(said, @r#"
        RUST_LOG: error parsing level filter: expected one of "off", "error", "warn", "info", "debug", "trace", or a number 0-5, write a filter as in info or info,callout=debug
        LOG_FORMAT: `xml` is unknown, use text or json
        "#);
    }
}
