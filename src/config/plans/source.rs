//! `[[source]]`.

use std::collections::HashMap;

use toml::Spanned;

use super::{Known, check_known};
use crate::config::raw::{RawRule, RawSource, Text};
use crate::config::reader::Reader;
use crate::config::words;
use crate::domain::span::Misread;

/// What can send alerts.
const KINDS: [&str; 4] = ["alertmanager", "grafana", "pagerduty", "generic"];

const URGENCIES: [&str; 2] = ["high", "low"];

/// Alerts of one delivery: what fits into the 16 MiB that the door takes.
const ALERTS_MAX: i64 = 100_000;

pub(super) fn check_all(reader: &mut Reader<'_>, sources: &[Spanned<RawSource>], known: &Known<'_>) {
    let mut seen: HashMap<&str, &Text> = HashMap::new();
    for raw in sources {
        check(reader, raw, known);
        let keys = &raw.get_ref().keys_env;
        if let Some(first) = seen.insert(keys.get_ref(), keys) {
            // Not quoted: it may be a key.
            let problem = format!("keys_env: the variable of line {}", reader.line(first.span().start));
            let advice = "give each source its own keys: the key tells which source it is";
            reader.error(keys.span(), Misread::new(problem, advice));
        }
    }
}

fn check(reader: &mut Reader<'_>, raw: &Spanned<RawSource>, known: &Known<'_>) {
    let source = raw.get_ref();
    one_of(reader, "kind", &source.kind, &KINDS);
    reader.take("keys_env", &source.keys_env, variable);
    check_known(reader, "policy", &source.policy, ("policy", &known.policies));
    if source.post.is_empty() {
        let advice = "add post = [\"slack:C0123456\"], or its alerts are seen on phones only";
        reader.warn(raw.span(), Misread::new("the source posts to no chat", advice));
    }
    for post in &source.post {
        reader.take("post", post, words::place);
    }
    for label in &source.group_by {
        reader.take("group_by", label, label_name);
    }
    if let Some(alerts) = &source.max_alerts {
        let _alerts: Option<i64> = reader.number("max_alerts", alerts, 1..=ALERTS_MAX);
    }
    for rule in &source.rule {
        check_rule(reader, rule.get_ref(), known);
    }
}

fn check_rule(reader: &mut Reader<'_>, rule: &RawRule, known: &Known<'_>) {
    if rule.matches.get_ref().is_empty() {
        let advice = "name a label and its value, as in { severity = \"warning\" }";
        reader.error(
            rule.matches.span(),
            Misread::new("match: the rule matches nothing in particular", advice),
        );
    }
    if let Some(policy) = &rule.policy {
        check_known(reader, "policy", policy, ("policy", &known.policies));
    }
    if let Some(urgency) = &rule.urgency {
        one_of(reader, "urgency", urgency, &URGENCIES);
    }
    for post in &rule.post {
        reader.take("post", post, words::place);
    }
}

fn one_of(reader: &mut Reader<'_>, key: &str, text: &Text, words: &[&str]) {
    let unknown =
        |text: &str| Misread::new(format!("`{text}` is unknown"), format!("use {}", words.join(", ")));
    reader.take(key, text, |text| words.contains(&text).then_some(()).ok_or_else(|| unknown(text)));
}

/// The name of an environment variable: keys themselves do not belong in a file.
fn variable(text: &str) -> Result<(), Misread> {
    let plain = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    let good = text.bytes().next().is_some_and(|b| b.is_ascii_uppercase()) && text.bytes().all(plain);
    // Not quoted: it may be the key itself.
    let bad =
        || Misread::new("not the name of an environment variable", "write its name, as in ALERT_KEYS_PROD");
    good.then_some(()).ok_or_else(bad)
}

fn label_name(text: &str) -> Result<(), Misread> {
    let bad = || Misread::new("a label without a name", "write labels as in group_by = [\"service\"]");
    (!text.trim().is_empty()).then_some(()).ok_or_else(bad)
}
