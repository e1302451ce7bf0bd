//! `[call]`, `[limits]`, `[commands]`, `[admin]`, `[discord]`, `[slack]` and `[store]`; the others have files of their own.

use std::ops::RangeInclusive;
use std::time::Duration;

use toml::Spanned;

use super::announcement::announcement;
use super::engine::engine;
use super::raw::{OneOrMany, RawCommands, RawFile, RawLimits, Text};
use super::reader::Reader;
use super::words;
use crate::domain::settings::{
    COMMANDS, CommandNames, KEEP_RANGE, LimitRule, RING_RANGE, Settings, check_name,
};
use crate::domain::span::{Misread, parse_span, show_span};

/// Callees of one command: a group call that a person can still oversee.
const CALLEES_RANGE: RangeInclusive<i64> = 1..=50;

/// Characters of a note: with the rest of a call's data it stays under the engine's 1000 bytes.
const NOTE_RANGE: RangeInclusive<i64> = 1..=500;

/// Calls that one person may have open.
const OPEN_RANGE: RangeInclusive<i64> = 1..=1_000_000;

/// Rules of one limit: each costs a look at every command.
const RULES_MAX: usize = 8;

/// Fills in what the file says over the defaults in `settings`.
pub(super) fn product(reader: &mut Reader<'_>, raw: &RawFile, settings: &mut Settings) {
    set(&mut settings.ring, raw.call.ring.as_ref(), |text| span(reader, "ring", text, &RING_RANGE));
    let keep = raw.store.keep_calls.as_ref();
    set(&mut settings.keep_calls, keep, |text| span(reader, "keep_calls", text, &KEEP_RANGE));
    let channel = raw.admin.channel.as_ref();
    settings.admin_channel = channel.and_then(|text| reader.take("channel", text, words::place));
    settings.guilds = once(reader, "guilds", &raw.discord.guilds, words::discord_guild);
    settings.workspaces = once(reader, "workspaces", &raw.slack.workspaces, words::slack_workspace);
    limits(reader, &raw.limits, settings);
    commands(reader, &raw.commands, settings);
    settings.announcement = raw.announcement.as_ref().and_then(|raw| announcement(reader, raw));
    engine(reader, &raw.engine, settings);
}

/// Puts what `read` makes of a value that is there and right.
fn set<T, R>(target: &mut T, raw: Option<R>, read: impl FnOnce(R) -> Option<T>) {
    if let Some(value) = raw.and_then(read) {
        *target = value;
    }
}

/// A duration within `range`.
pub(super) fn span(
    reader: &mut Reader<'_>,
    key: &str,
    text: &Text,
    range: &RangeInclusive<Duration>,
) -> Option<Duration> {
    reader.take(key, text, |text| {
        let span = parse_span(text)?;
        let advice = || format!("choose {} to {}", show_span(*range.start()), show_span(*range.end()));
        let out = || Misread::new(format!("{text} is out of range"), advice());
        range.contains(&span).then_some(span).ok_or_else(out)
    })
}

/// Each server or workspace once.
fn once(
    reader: &mut Reader<'_>,
    key: &str,
    texts: &[Text],
    read: fn(&str) -> Result<String, Misread>,
) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for text in texts {
        let Some(id) = reader.take(key, text, read) else { continue };
        if ids.contains(&id) {
            reader.warn(text.span(), Misread::new(format!("{key}: `{id}` stands twice"), "drop one"));
        } else {
            ids.push(id);
        }
    }
    ids
}

fn limits(reader: &mut Reader<'_>, raw: &RawLimits, settings: &mut Settings) {
    let caller = raw.call_by_caller.as_ref();
    set(&mut settings.call_by_caller, caller, |list| rules(reader, "call_by_caller", list));
    let callee = raw.ring_of_callee.as_ref();
    set(&mut settings.ring_of_callee, callee, |list| rules(reader, "ring_of_callee", list));
    let engine = raw.engine.as_ref();
    set(&mut settings.engine_per_second, engine, |text| reader.take("engine", text, per_second));
    let callees = raw.max_callees.as_ref();
    set(&mut settings.callees_max, callees, |n| reader.number("max_callees", n, CALLEES_RANGE));
    set(&mut settings.note_max, raw.max_note.as_ref(), |n| reader.number("max_note", n, NOTE_RANGE));
    let open = raw.max_open_calls.as_ref();
    set(&mut settings.open_calls_max, open, |n| reader.number("max_open_calls", n, OPEN_RANGE));
}

fn per_second(text: &str) -> Result<u32, Misread> {
    let rule: LimitRule = text.parse()?;
    if rule.window == Duration::from_secs(1) && rule.burst.is_none() {
        return Ok(rule.count);
    }
    Err(Misread::new(format!("`{text}` is not a rate of requests"), "write it as in 200/s"))
}

fn rules(reader: &mut Reader<'_>, key: &str, list: &Spanned<OneOrMany>) -> Option<Vec<LimitRule>> {
    let texts = &list.get_ref().0;
    if texts.is_empty() || texts.len() > RULES_MAX {
        let problem =
            format!("{key}: {} rules are too {}", texts.len(), if texts.is_empty() { "few" } else { "many" });
        reader
            .error(list.span(), Misread::new(problem, format!("write 1 to {RULES_MAX}, as in 10/h burst 3")));
        return None;
    }
    let rules = texts.iter().map(|text| {
        let text = Spanned::new(list.span(), text.clone());
        reader.take(key, &text, str::parse)
    });
    // Every bad rule is found, not only the first.
    rules.collect::<Vec<Option<LimitRule>>>().into_iter().collect()
}

fn commands(reader: &mut Reader<'_>, raw: &RawCommands, settings: &mut Settings) {
    let RawCommands { call, calls, page, pages, ack, close, escalate, oncall, callout } = raw;
    let texts = [call, calls, page, pages, ack, close, escalate, oncall, callout];
    let renames = COMMANDS.into_iter().zip(texts).filter_map(|(name, text)| Some((name, text.as_ref()?)));
    let renames: Vec<(&str, &Text)> = renames.collect();
    let named = renames.iter().map(|(key, text)| reader.take(key, text, check_name));
    if named.collect::<Vec<Option<()>>>().contains(&None) {
        return;
    }
    let pairs: Vec<(&str, &str)> =
        renames.iter().map(|(key, text)| (*key, text.get_ref().as_str())).collect();
    match (CommandNames::new(&pairs), renames.last()) {
        (Ok(names), _) => settings.commands = names,
        (Err(misread), Some((_, last))) => reader.error(last.span(), misread),
        (Err(_), None) => {}
    }
}
