//! `[[schedule]]`, `[[policy]]`, `[[maintenance]]`, `[[source]]` and `[[webhook]]`.

mod lint;
mod maintenance;
mod policy;
mod schedule;
mod source;
mod webhook;

use std::collections::{HashMap, HashSet};

pub(super) use self::lint::lint;
use super::raw::{RawFile, Text};
use super::reader::Reader;
use crate::domain::ids::is_person_id;
use crate::domain::listed::Listed;
use crate::domain::settings::Settings;
use crate::domain::span::Misread;

/// Every id of the file that another section may name, also of what has findings of its own.
struct Known<'a> {
    people: HashSet<&'a str>,
    schedules: HashSet<&'a str>,
    policies: HashSet<&'a str>,
    webhooks: HashSet<&'a str>,
}

/// Fills in schedules, policies and sources; those with findings are left out.
pub(super) fn plans(reader: &mut Reader<'_>, raw: &RawFile, settings: &mut Settings) {
    let schedules: Vec<&Text> = raw.schedule.iter().map(|raw| &raw.get_ref().id).collect();
    let policies: Vec<&Text> = raw.policy.iter().map(|raw| &raw.get_ref().id).collect();
    let sources: Vec<&Text> = raw.source.iter().map(|raw| &raw.get_ref().id).collect();
    let webhooks: Vec<&Text> = raw.webhook.iter().map(|raw| &raw.get_ref().id).collect();
    for ids in [&schedules, &policies, &sources, &webhooks] {
        check_ids(reader, ids);
    }
    let known = Known {
        people: raw.person.iter().map(|raw| raw.get_ref().id.get_ref().as_str()).collect(),
        schedules: schedules.iter().map(|id| id.get_ref().as_str()).collect(),
        policies: policies.iter().map(|id| id.get_ref().as_str()).collect(),
        webhooks: webhooks.iter().map(|id| id.get_ref().as_str()).collect(),
    };
    let read = raw.schedule.iter().filter_map(|raw| schedule::schedule(reader, raw, &known));
    settings.schedules = Listed::new(read.collect());
    let read = raw.policy.iter().filter_map(|raw| policy::policy(reader, raw, &known));
    settings.policies = Listed::new(read.collect());
    settings.maintenance = maintenance::maintenance(reader, &raw.maintenance, &known);
    let read = raw.webhook.iter().filter_map(|raw| webhook::webhook(reader, raw.get_ref()));
    settings.webhooks = Listed::new(read.collect());
    settings.sources = Listed::new(source::sources(reader, &raw.source, &known));
}

fn check_ids(reader: &mut Reader<'_>, ids: &[&Text]) {
    let mut seen: HashMap<&str, &Text> = HashMap::new();
    for id in ids {
        let bad = |text: &str| {
            Misread::new(format!("`{text}` cannot be an id"), "use 1 to 32 of a-z, 0-9, _ and - (lower case)")
        };
        reader.take("id", id, |text| is_person_id(text).then_some(()).ok_or_else(|| bad(text)));
        if let Some(first) = seen.insert(id.get_ref(), id) {
            let line = reader.line(first.span().start);
            let problem = format!("id: `{}` is taken in line {line}", id.get_ref());
            reader.error(id.span(), Misread::new(problem, "choose another id"));
        }
    }
}

/// Finds a reference to what is not there.
fn check_known(
    reader: &mut Reader<'_>,
    key: &str,
    text: &Text,
    (what, known): (&str, &HashSet<&str>),
) -> Option<()> {
    reader.take(key, text, |text| {
        let missing = || {
            let near = known.iter().map(|id| (strsim::damerau_levenshtein(id, text), *id)).min();
            let near = near.filter(|(distance, _)| *distance <= 2);
            let advice = near.map_or_else(
                || format!("add it as [[{what}]], or name another"),
                |(_, id)| format!("did you mean `{id}`?"),
            );
            Misread::new(format!("there is no {what} `{text}`"), advice)
        };
        known.contains(text).then_some(()).ok_or_else(missing)
    })
}

#[cfg(test)]
mod tests;
