//! The configuration file, the environment, and what `callout check` says about them.

mod announcement;
mod check;
mod engine;
pub mod env;
mod finding;
mod people;
mod plans;
mod product;
mod prune;
mod raw;
mod reader;
mod words;

use std::fmt::Write as _;
use std::io::ErrorKind;
use std::path::Path;

use serde_json::{Map, Value};

pub use self::check::{Report, check};
pub use self::finding::Finding;
use self::raw::RawFile;
use self::reader::Reader;
use crate::domain::settings::Settings;
use crate::domain::span::Misread;

/// Largest file that is read, in bytes. 20,000 people take about 4 MB.
const FILE_MAX: u64 = 16 * 1024 * 1024;

/// A file that is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// For the use cases.
    pub settings: Settings,
    /// What may stay, but should be known.
    pub warnings: Vec<Finding>,
}

/// Why there is no configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// There is no such file.
    #[error(
        "there is no configuration file {0}: begin with `cp callout.example.toml {0}`, then list your people in it"
    )]
    Missing(String),
    /// It is there, and cannot be read.
    #[error("cannot read {file}: {why}")]
    Unreadable {
        /// The file.
        file: String,
        /// What the system says.
        why: String,
    },
    /// It was read, and is wrong: all that was found, warnings too.
    #[error("{}", lines(.0))]
    Wrong(Vec<Finding>),
}

/// Judges what `[engine] push` passes to the engine: which fields there may be is not ours to know.
pub type PushJudge<'a> = &'a dyn Fn(&Map<String, Value>) -> Result<(), Misread>;

/// Reads the file at `path`; `push` judges what is passed to the engine as it is.
///
/// # Errors
/// [`ConfigError`]: whole or not at all. A file with no more than warnings loads.
pub fn load(path: &Path, push: PushJudge<'_>) -> Result<Config, ConfigError> {
    let (config, findings) = judged(&path.display().to_string(), &read(path)?, push);
    config.ok_or(ConfigError::Wrong(findings))
}

/// Judges the text of `file`, but not what it passes to the engine. There is a configuration when no finding is more
/// than a warning.
#[must_use]
pub fn parse(file: &str, text: &str) -> (Option<Config>, Vec<Finding>) {
    judged(file, text, &|_| Ok(()))
}

fn judged(file: &str, text: &str, push: PushJudge<'_>) -> (Option<Config>, Vec<Finding>) {
    let mut reader = Reader::new(file, text, push);
    let read = read_whole(&mut reader).map(|(_, settings)| settings);
    let right = reader.is_right();
    let (findings, _) = reader.findings();
    let config = read.filter(|_| right).map(|settings| Config { settings, warnings: findings.clone() });
    (config, findings)
}

/// What is in the file, with what could be made of it.
fn read_whole(reader: &mut Reader<'_>) -> Option<(RawFile, Settings)> {
    let raw = reader.shape()?;
    let mut settings = Settings::new(people::people(reader, &raw.person));
    product::product(reader, &raw, &mut settings);
    plans::plans(reader, &raw, &mut settings);
    Some((raw, settings))
}

fn read(path: &Path) -> Result<String, ConfigError> {
    let file = path.display().to_string();
    let unreadable = |why: String| ConfigError::Unreadable { file: file.clone(), why };
    let size = match std::fs::metadata(path) {
        Ok(about) => about.len(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(ConfigError::Missing(file)),
        Err(error) => return Err(unreadable(error.to_string())),
    };
    if size > FILE_MAX {
        return Err(unreadable(format!("it has {size} bytes, more than {FILE_MAX}")));
    }
    std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))
}

/// One finding a line.
fn lines(findings: &[Finding]) -> String {
    let mut text = String::new();
    for (index, finding) in findings.iter().enumerate() {
        let _infallible = write!(text, "{}{finding}", if index == 0 { "" } else { "\n" });
    }
    text
}

#[cfg(test)]
mod tests;
