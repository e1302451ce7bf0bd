//! Alert sources: what sends, and which policy takes it.

use std::fmt;
use std::time::Duration;

use regex::{Regex, RegexBuilder};
use sha2::{Digest as _, Sha256};

use super::{AlertNews, Labels};
use crate::domain::ids::{PolicyId, SourceId};
use crate::domain::listed::{Listed, Named};
use crate::domain::page::Urgency;
use crate::domain::report::Place;
use crate::domain::span::Misread;

/// Longest name of a group that is kept as it is, in bytes. A longer one is known by its hash.
const GROUP_MAX: usize = 256;

/// Most memory that one pattern may compile to, in bytes: far more than a label needs.
const PATTERN_BYTES_MAX: usize = 256 * 1024;

/// Something that sends alerts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Which.
    pub id: SourceId,
    /// What it sends.
    pub kind: Kind,
    /// The environment variable that has its keys.
    pub keys_env: String,
    /// Who is rung, unless a rule says otherwise.
    pub policy: PolicyId,
    /// Channels that see its pages, unless a rule says otherwise.
    pub post: Vec<Place>,
    /// Labels that make alerts one page; empty: the sender's own grouping.
    pub group_by: Vec<String>,
    /// Alerts of one delivery at most.
    pub max_alerts: usize,
    /// How long a page of it waits before it rings anybody: what is over by then rings nobody.
    pub delay: Option<Duration>,
    /// The first that matches counts.
    pub rules: Vec<Rule>,
    /// Where a [`Kind::Generic`] sender has what; the default for all others.
    pub map: Mapping,
}

/// Every source of the file.
pub type Sources = Listed<Source>;

impl Named for Source {
    fn name(&self) -> &str {
        self.id.as_str()
    }
}

/// What a source sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Prometheus' Alertmanager, its webhook of version 4 or 3.
    Alertmanager,
    /// Grafana's own alerting, its webhook.
    Grafana,
    /// Whatever speaks `PagerDuty`'s Events API v2.
    PagerDuty,
    /// Whatever sends JSON.
    Generic,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Alertmanager, Self::Grafana, Self::PagerDuty, Self::Generic];

    /// As the file names it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Alertmanager => "alertmanager",
            Self::Grafana => "grafana",
            Self::PagerDuty => "pagerduty",
            Self::Generic => "generic",
        }
    }

    /// Where its alerts go.
    #[must_use]
    pub const fn door(self) -> &'static str {
        match self {
            Self::Alertmanager => "/alerts/alertmanager",
            Self::Grafana => "/alerts/grafana",
            Self::PagerDuty => "/v2/enqueue",
            Self::Generic => "/alerts/generic",
        }
    }
}

/// Where a generic sender has what: names, with dots between those of objects in objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// A list of alerts; `None`: the body is one alert, or a list of them.
    pub alerts: Option<String>,
    /// What makes two of them one alert.
    pub key: String,
    /// What it does.
    pub status: String,
    /// One line for people.
    pub title: String,
    /// An object of names and values.
    pub labels: String,
    /// `high` or `low`.
    pub urgency: String,
    /// Where people find out more.
    pub link: String,
    /// Since when it fires: RFC 3339.
    pub starts_at: String,
    /// Further words for an alert that goes on, in lower case.
    pub firing: Vec<String>,
    /// Further words for one that is over, in lower case.
    pub resolved: Vec<String>,
}

impl Default for Mapping {
    /// The names of our own format.
    fn default() -> Self {
        let [key, status, title, labels, urgency, link, starts_at] =
            ["key", "status", "title", "labels", "urgency", "link", "starts_at"].map(str::to_owned);
        let (firing, resolved) = (Vec::new(), Vec::new());
        Self { alerts: None, key, status, title, labels, urgency, link, starts_at, firing, resolved }
    }
}

/// Sends some alerts of a source elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Labels and what they must be; all of them.
    pub matches: Vec<(String, Matcher)>,
    /// Instead of the source's own.
    pub policy: Option<PolicyId>,
    /// Instead of what the sender says.
    pub urgency: Option<Urgency>,
    /// Instead of the source's own.
    pub post: Option<Vec<Place>>,
    /// Instead of the source's own.
    pub delay: Option<Duration>,
}

/// What the value of a label must be. A label that an alert has not is the empty text.
#[derive(Debug, Clone)]
pub enum Matcher {
    /// This.
    Is(String),
    /// Something that the pattern fits as a whole, as in Prometheus.
    Like(Regex),
}

impl Matcher {
    /// `text` itself, or the pattern after a `~`.
    ///
    /// # Errors
    /// [`Misread`] when it is no pattern, or one that is too large.
    pub fn read(text: &str) -> Result<Self, Misread> {
        let Some(pattern) = text.strip_prefix('~') else { return Ok(Self::Is(text.to_owned())) };
        let build = |text: &str| RegexBuilder::new(text).size_limit(PATTERN_BYTES_MAX).build();
        // Alone first: `a)|(b` would be one only between brackets, and then not fit as a whole.
        let built = build(pattern).and_then(|_| build(&format!("^(?s:{pattern})$")));
        built.map(Self::Like).map_err(|error| {
            let why = match error {
                regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
                // What is wrong stands in the last line, below the pattern and a mark.
                error => error.to_string().lines().last().unwrap_or_default().trim().to_owned(),
            };
            let problem = format!("`{pattern}` is not a pattern ({})", why.trim_start_matches("error: "));
            Misread::new(problem, "write a regular expression, as in \"~critical|page\"")
        })
    }

    fn fits(&self, value: &str) -> bool {
        match self {
            Self::Is(text) => text == value,
            Self::Like(pattern) => pattern.is_match(value),
        }
    }

    fn text(&self) -> (&str, bool) {
        match self {
            Self::Is(text) => (text, false),
            Self::Like(pattern) => (pattern.as_str(), true),
        }
    }
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for Matcher {}

impl Rule {
    fn fits(&self, labels: &Labels) -> bool {
        let value = |name: &str| labels.get(name).map_or("", String::as_str);
        self.matches.iter().all(|(name, matcher)| matcher.fits(value(name)))
    }
}

/// Where an alert goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Who is rung.
    pub policy: PolicyId,
    /// How urgent it is.
    pub urgency: Urgency,
    /// Which channels see it.
    pub post: Vec<Place>,
    /// How long its page waits before it rings anybody.
    pub delay: Option<Duration>,
    /// What it is one page with: alerts of the same source, policy and group.
    pub group: String,
    /// The rule that says so, from 1; `None`: the source itself.
    pub rule: Option<usize>,
}

impl Source {
    /// Whether a rule or the grouping goes by the label `name`.
    #[must_use]
    pub fn goes_by(&self, name: &str) -> bool {
        let of_rule = |rule: &Rule| rule.matches.iter().any(|(label, _)| label == name);
        self.group_by.iter().any(|label| label == name) || self.rules.iter().any(of_rule)
    }

    /// Where `news` goes that came in a delivery of the sender's group `group`.
    #[must_use]
    pub fn route(&self, news: &AlertNews, group: Option<&str>) -> Route {
        let found = (1..).zip(&self.rules).find(|(_, rule)| rule.fits(&news.labels));
        let rule = found.map(|(_, rule)| rule);
        let urgency = rule.and_then(|rule| rule.urgency).or(news.urgency).unwrap_or(Urgency::High);
        Route {
            policy: rule.and_then(|rule| rule.policy.as_ref()).unwrap_or(&self.policy).clone(),
            urgency,
            post: rule.and_then(|rule| rule.post.as_ref()).unwrap_or(&self.post).clone(),
            delay: rule.and_then(|rule| rule.delay).or(self.delay),
            group: self.group(news, group),
            rule: found.map(|(place, _)| place),
        }
    }

    /// What `news` is one page with: by labels where the file names some, or else as the sender says; without either
    /// it is alone.
    fn group(&self, news: &AlertNews, group: Option<&str>) -> String {
        if self.group_by.is_empty() {
            return bounded(group.unwrap_or(news.fingerprint.as_str()));
        }
        let value = |name: &String| (name.clone(), news.labels.get(name).cloned().unwrap_or_default());
        let labels: Labels = self.group_by.iter().map(value).collect();
        // Quoted, so that no two sets of values read the same.
        bounded(&labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect::<Vec<_>>().join(","))
    }
}

fn bounded(group: &str) -> String {
    if group.len() <= GROUP_MAX {
        return group.to_owned();
    }
    format!("sha256:{}", data_encoding::HEXLOWER.encode(&Sha256::digest(group.as_bytes())))
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::super::AlertStatus;
    use super::*;
    use crate::domain::ids::Fingerprint;

    fn news(labels: &[(&str, &str)]) -> AlertNews {
        AlertNews {
            fingerprint: Fingerprint::new("f1"),
            status: AlertStatus::Firing,
            labels: labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            title: "disk full".to_owned(),
            urgency: None,
            link: None,
            starts_at: None,
            ends_at: None,
        }
    }

    fn rule(matches: &[(&str, &str)], policy: &str) -> Rule {
        let read = |(name, text): &(&str, &str)| ((*name).to_owned(), Matcher::read(text).unwrap());
        let matches = matches.iter().map(read).collect();
        Rule {
            matches,
            policy: Some(PolicyId::new(policy)),
            urgency: Some(Urgency::Low),
            post: None,
            delay: None,
        }
    }

    fn source(rules: Vec<Rule>, group_by: &[&str]) -> Source {
        Source {
            id: SourceId::new("prod"),
            kind: Kind::Alertmanager,
            keys_env: "ALERT_KEYS_PROD".to_owned(),
            policy: PolicyId::new("payments"),
            post: Vec::new(),
            group_by: group_by.iter().map(|label| (*label).to_owned()).collect(),
            max_alerts: 10,
            delay: Some(Duration::from_secs(60)),
            rules,
            map: Mapping::default(),
        }
    }

    #[test]
    fn the_first_rule_that_matches_counts() {
        let rules = vec![
            rule(&[("severity", "warning"), ("team", "~web|shop")], "daytime"),
            rule(&[("severity", "~warn.*")], "later"),
            rule(&[("team", "")], "nobody"),
        ];
        let source = source(rules, &[]);
        let goes = |labels: &[(&str, &str)]| {
            let route = source.route(&news(labels), None);
            (route.policy.to_string(), route.urgency, route.rule)
        };
        let low = |policy: &str, rule| (policy.to_owned(), Urgency::Low, Some(rule));
        assert_eq!(goes(&[("severity", "warning"), ("team", "shop")]), low("daytime", 1));
        assert_eq!(goes(&[("severity", "warning"), ("team", "shops")]), low("later", 2), "the whole value");
        assert_eq!(goes(&[("severity", "page")]), low("nobody", 3), "a label that is not there is empty");
        assert_eq!(goes(&[("team", "db")]), ("payments".to_owned(), Urgency::High, None));
    }

    #[test]
    fn what_the_sender_says_of_urgency_counts_where_no_rule_says_otherwise() {
        let mut low = news(&[]);
        low.urgency = Some(Urgency::Low);
        assert_eq!(source(Vec::new(), &[]).route(&low, None).urgency, Urgency::Low);
        let mut rules = vec![rule(&[("team", "")], "x")];
        rules[0].urgency = Some(Urgency::High);
        rules[0].delay = Some(Duration::from_secs(5));
        let route = source(rules, &[]).route(&low, None);
        assert_eq!((route.urgency, route.delay), (Urgency::High, Some(Duration::from_secs(5))));
        assert_eq!(source(Vec::new(), &[]).route(&low, None).delay, Some(Duration::from_secs(60)));
    }

    #[test]
    fn alerts_are_one_page_as_the_file_says_or_the_sender() {
        let alone = source(Vec::new(), &[]);
        assert_eq!(alone.route(&news(&[]), None).group, "f1");
        assert_eq!(alone.route(&news(&[]), Some("{}:{job=\"x\"}")).group, "{}:{job=\"x\"}");
        let by = source(Vec::new(), &["service", "zone"]);
        let group = |labels: &[(&str, &str)]| by.route(&news(labels), Some("theirs")).group;
        assert_eq!(group(&[("zone", "b"), ("service", "a"), ("pod", "7")]), r#"service="a",zone="b""#);
        assert_ne!(group(&[("service", "a\",zone=\"b")]), group(&[("service", "a"), ("zone", "b")]));
        let long = alone.route(&news(&[]), Some(&"x".repeat(GROUP_MAX + 1))).group;
        assert_eq!(long.len(), "sha256:".len() + 64);
    }

    #[test]
    fn a_pattern_that_is_none_is_told() {
        let said = |text: &str| Matcher::read(text).unwrap_err().to_string();
        insta::assert_snapshot!(said("~crit(ical"), @r#"`crit(ical` is not a pattern (unclosed group), write a regular expression, as in "~critical|page""#);
        insta::assert_snapshot!(said("~(a{500}){500}"), @r#"`(a{500}){500}` is not a pattern (it is too large), write a regular expression, as in "~critical|page""#);
        insta::assert_snapshot!(said("~a)|(b"), @r#"`a)|(b` is not a pattern (unopened group), write a regular expression, as in "~critical|page""#);
        assert_eq!(Matcher::read("~a.c"), Matcher::read("~a.c"));
        assert_ne!(Matcher::read("~a.c"), Matcher::read("^(?s:a.c)$"));
        assert!(Matcher::read("~a.c").unwrap().fits("a\nc") && !Matcher::read("~a").unwrap().fits("aa"));
        assert!(!Matcher::read("~a|b").unwrap().fits("ab"), "each side of it is the whole");
    }
}
