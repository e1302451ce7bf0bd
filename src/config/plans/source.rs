//! `[[source]]`.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use toml::Spanned;

use super::{Known, check_known};
use crate::config::product::span;
use crate::config::raw::{RawMap, RawRule, RawSource, Text};
use crate::config::reader::Reader;
use crate::config::words;
use crate::domain::alert::{Kind, Mapping, Matcher, Rule, Source};
use crate::domain::ids::{PolicyId, SourceId};
use crate::domain::page::Urgency;
use crate::domain::report::Place;
use crate::domain::span::Misread;

/// Alerts of one delivery: what fits into the 16 MiB that the door takes.
const ALERTS_MAX: u32 = 100_000;

/// How long a page may wait before it rings: until an hour nobody has forgotten that it does.
const DELAY_RANGE: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(3600);

/// Rules of one source: each alert is held against them in turn.
const RULES_MAX: usize = 1_000;

/// Labels of one rule, or of a group, and further words of a mapping: more than people keep in mind.
const LABELS_MAX: usize = 50;

/// Every source that could be read as a whole.
pub(super) fn sources(
    reader: &mut Reader<'_>,
    sources: &[Spanned<RawSource>],
    known: &Known<'_>,
) -> Vec<Source> {
    let mut seen: HashMap<&str, &Text> = HashMap::new();
    let mut read = Vec::new();
    for raw in sources {
        read.extend(source(reader, raw, known));
        let keys = &raw.get_ref().keys_env;
        if let Some(first) = seen.insert(keys.get_ref(), keys) {
            // Not quoted: it may be a key.
            let problem = format!("keys_env: the variable of line {}", reader.line(first.span().start));
            let advice = "give each source its own keys: the key tells which source it is";
            reader.error(keys.span(), Misread::new(problem, advice));
        }
    }
    read
}

fn source(reader: &mut Reader<'_>, raw: &Spanned<RawSource>, known: &Known<'_>) -> Option<Source> {
    let source = raw.get_ref();
    let kinds = Kind::ALL.map(|kind| (kind.as_str(), kind));
    let kind = one_of(reader, "kind", &source.kind, &kinds);
    let keys_env = reader.take("keys_env", &source.keys_env, variable);
    let policy = check_known(reader, "policy", &source.policy, ("policy", &known.policies));
    if source.post.is_empty() {
        let advice = "add post = [\"slack:C0123456\"], or its alerts are seen on phones only";
        reader.warn(raw.span(), Misread::new("the source posts to no chat", advice));
    }
    let post = places(reader, &source.post);
    let few = reader.at_most(LABELS_MAX, source.group_by.len(), "labels", raw.span())
        & reader.at_most(RULES_MAX, source.rule.len(), "rules", raw.span());
    let group_by = all(source.group_by.iter().map(|label| reader.take("group_by", label, label_name)));
    let max_alerts = match &source.max_alerts {
        Some(alerts) => reader.number("max_alerts", alerts, 1..=i64::from(ALERTS_MAX)),
        None => Some(ALERTS_MAX),
    };
    let delay = source.delay.as_ref().map(|delay| span(reader, "delay", delay, &DELAY_RANGE));
    let map = map(reader, kind, source.map.as_ref());
    let rules = all(source.rule.iter().map(|raw| rule(reader, raw.get_ref(), known)));
    policy.filter(|()| few)?;
    Some(Source {
        id: SourceId::new(source.id.get_ref()),
        kind: kind?,
        keys_env: keys_env?,
        policy: PolicyId::new(source.policy.get_ref()),
        post: post?,
        group_by: group_by?,
        max_alerts: max_alerts.and_then(|alerts| usize::try_from(alerts).ok())?,
        delay: written(delay)?,
        rules: rules?,
        map: map?,
    })
}

fn rule(reader: &mut Reader<'_>, rule: &RawRule, known: &Known<'_>) -> Option<Rule> {
    let labels = rule.matches.get_ref();
    if labels.is_empty() {
        let advice = "name a label and its value, as in { severity = \"warning\" }";
        let misread = Misread::new("match: the rule matches nothing in particular", advice);
        reader.error(rule.matches.span(), misread);
    }
    let few = reader.at_most(LABELS_MAX, labels.len(), "labels", rule.matches.span());
    let matches = all(labels
        .iter()
        .map(|(name, text)| Some((name.clone(), reader.take("match", text, Matcher::read)?))));
    let policy = rule.policy.as_ref().map(|policy| {
        let known = check_known(reader, "policy", policy, ("policy", &known.policies));
        known.map(|()| PolicyId::new(policy.get_ref()))
    });
    let urgencies = [Urgency::High, Urgency::Low].map(|urgency| (urgency.as_str(), urgency));
    let urgency = rule.urgency.as_ref().map(|text| one_of(reader, "urgency", text, &urgencies));
    let post = rule.post.as_ref().map(|post| places(reader, post));
    let delay = rule.delay.as_ref().map(|delay| span(reader, "delay", delay, &DELAY_RANGE));
    let matches = matches.filter(|matches| few && !matches.is_empty())?;
    // What is not written is right; what is written has to be.
    Some(Rule {
        matches,
        policy: written(policy)?,
        urgency: written(urgency)?,
        post: written(post)?,
        delay: written(delay)?,
    })
}

/// Where a generic sender has what. The others have it where their formats say.
fn map(reader: &mut Reader<'_>, kind: Option<Kind>, raw: Option<&Spanned<RawMap>>) -> Option<Mapping> {
    let Some(raw) = raw else { return Some(Mapping::default()) };
    if kind.is_some_and(|kind| kind != Kind::Generic) {
        let problem = "map: only a generic sender has its fields elsewhere";
        reader.error(raw.span(), Misread::new(problem, "leave it out, or write kind = \"generic\""));
    }
    let (raw, at, own) = (raw.get_ref(), raw.span(), Mapping::default());
    let mut field = |name: &str, text: Option<&Text>, own: String| match text {
        Some(text) => reader.take(name, text, path),
        None => Some(own),
    };
    let mapping = Mapping {
        key: field("key", raw.key.as_ref(), own.key)?,
        status: field("status", raw.status.as_ref(), own.status)?,
        title: field("title", raw.title.as_ref(), own.title)?,
        labels: field("labels", raw.labels.as_ref(), own.labels)?,
        urgency: field("urgency", raw.urgency.as_ref(), own.urgency)?,
        link: field("link", raw.link.as_ref(), own.link)?,
        starts_at: field("starts_at", raw.starts_at.as_ref(), own.starts_at)?,
        alerts: written(raw.alerts.as_ref().map(|text| field("alerts", Some(text), String::new())))?,
        firing: lower(&raw.firing),
        resolved: lower(&raw.resolved),
    };
    let few = reader.at_most(LABELS_MAX, raw.firing.len().max(raw.resolved.len()), "words", at.clone());
    if let Some(both) = mapping.firing.iter().find(|word| mapping.resolved.contains(word)) {
        let problem = format!("map: `{both}` is a word for both");
        reader.error(at, Misread::new(problem, "an alert goes on or is over: drop it from one of the lists"));
    }
    few.then_some(mapping)
}

fn lower(words: &[Text]) -> Vec<String> {
    words.iter().map(|word| word.get_ref().trim().to_lowercase()).collect()
}

fn places(reader: &mut Reader<'_>, post: &[Text]) -> Option<Vec<Place>> {
    all(post.iter().map(|post| reader.take("post", post, words::place)))
}

/// All of them, or none. Each is read, not only those before the first that is wrong.
fn all<T>(read: impl Iterator<Item = Option<T>>) -> Option<Vec<T>> {
    read.collect::<Vec<_>>().into_iter().collect()
}

/// `Some(None)`: it is not written. `None`: it is, and wrong.
fn written<T>(read: Option<Option<T>>) -> Option<Option<T>> {
    match read {
        Some(None) => None,
        other => Some(other.flatten()),
    }
}

fn one_of<T: Copy>(reader: &mut Reader<'_>, key: &str, text: &Text, words: &[(&str, T)]) -> Option<T> {
    let unknown = |text: &str| {
        let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        Misread::new(format!("`{text}` is unknown"), format!("use {}", words.join(", ")))
    };
    reader.take(key, text, |text| {
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        found.ok_or_else(|| unknown(text))
    })
}

/// The name of an environment variable: keys themselves do not belong in a file.
pub(super) fn variable(text: &str) -> Result<String, Misread> {
    let plain = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    let good = text.bytes().next().is_some_and(|b| b.is_ascii_uppercase()) && text.bytes().all(plain);
    // Not quoted: it may be the key itself.
    let bad =
        || Misread::new("not the name of an environment variable", "write its name, as in ALERT_KEYS_PROD");
    good.then(|| text.to_owned()).ok_or_else(bad)
}

fn label_name(text: &str) -> Result<String, Misread> {
    let bad = || Misread::new("a label without a name", "write labels as in group_by = [\"service\"]");
    (!text.trim().is_empty()).then(|| text.to_owned()).ok_or_else(bad)
}

/// Where something is in a body: `event.id`.
fn path(text: &str) -> Result<String, Misread> {
    let bad = || {
        let advice = "write the names on the way to it with dots between them, as in \"event.id\"";
        Misread::new(format!("`{text}` leads nowhere"), advice)
    };
    text.split('.').all(|name| !name.is_empty()).then(|| text.to_owned()).ok_or_else(bad)
}
