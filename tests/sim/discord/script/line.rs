//! A slash command as it is typed into Discord's own field: `/calls show id:abc`, `/call callees:jack note:a word`.

use serde_json::{Value, json};

use super::super::check::{GROUP, SUB};

/// What became of a line.
#[derive(Debug)]
pub(super) struct Typed {
    /// The command's name with its sub-command.
    pub(super) name: String,
    /// As the interaction carries them.
    pub(super) options: Vec<Value>,
}

/// Turns the text of an option into its value: a mention into an id, a number into a number.
pub(super) type Read<'a> = &'a dyn Fn(u64, &str) -> Result<Value, String>;

/// Reads what follows the command's name, as the client does: it sends nothing that the command does not take.
/// With `is_partial`, the last option is still being typed, and what is required may be missing.
pub(super) fn typed(command: &Value, rest: &str, read: Read<'_>, is_partial: bool) -> Result<Typed, String> {
    let mut name = command["name"].as_str().unwrap_or_default().to_owned();
    let (mut leaf, mut rest, mut frames) = (command, rest.trim(), Vec::new());
    while is_frame(leaf) {
        let (word, tail) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let inner = options_of(leaf).iter().find(|option| option["name"] == word);
        leaf = inner.ok_or_else(|| format!("/{name} has no sub-command {word:?}"))?;
        frames.push(leaf);
        name = format!("{name} {word}");
        rest = tail.trim();
    }
    let mut options = values(leaf, rest, read, is_partial).map_err(|why| format!("/{name}: {why}"))?;
    for frame in frames.into_iter().rev() {
        options = vec![json!({ "name": frame["name"], "type": frame["type"], "options": options })];
    }
    Ok(Typed { name, options })
}

fn options_of(item: &Value) -> &[Value] {
    item["options"].as_array().map_or(&[], Vec::as_slice)
}

fn is_frame(item: &Value) -> bool {
    options_of(item).iter().any(|option| matches!(option["type"].as_u64(), Some(SUB | GROUP)))
}

/// Where each option's value starts and ends in `rest`.
fn slices<'t>(known: &[Value], rest: &'t str) -> Result<Vec<(usize, &'t str)>, String> {
    let mut starts: Vec<(usize, usize, usize)> = Vec::new();
    for (which, option) in known.iter().enumerate() {
        let mark = format!("{}:", option["name"].as_str().unwrap_or_default());
        let begins = |at: usize| rest[..at].chars().next_back().is_none_or(char::is_whitespace);
        let found = rest.match_indices(&mark).map(|(at, _)| at).find(|at| begins(*at));
        starts.extend(found.map(|at| (at, at + mark.len(), which)));
    }
    starts.sort_unstable();
    let first = starts.first().map_or(rest.len(), |(at, ..)| *at);
    if !rest[..first].trim().is_empty() {
        return Err(format!("{:?} belongs to no option", rest[..first].trim()));
    }
    let ends = starts.iter().skip(1).map(|(at, ..)| *at).chain([rest.len()]);
    Ok(starts.iter().zip(ends).map(|((_, from, which), to)| (*which, rest[*from..to].trim())).collect())
}

fn values(leaf: &Value, rest: &str, read: Read<'_>, is_partial: bool) -> Result<Vec<Value>, String> {
    let known = options_of(leaf);
    let slices = slices(known, rest)?;
    let missing = known.iter().enumerate().find(|(which, option)| {
        let text = slices.iter().find(|(slice, _)| slice == which).map_or("", |(_, text)| *text);
        option["required"] == true && text.is_empty()
    });
    if let Some((_, missing)) = missing.filter(|_| !is_partial) {
        return Err(format!("{} is required", missing["name"]));
    }
    let last = slices.len().saturating_sub(1);
    let mut options = Vec::new();
    for (at, (which, text)) in slices.into_iter().enumerate() {
        let option = &known[which];
        let is_focused = is_partial && at == last;
        if is_focused && option["autocomplete"] != true {
            return Err(format!("{} completes nothing", option["name"]));
        }
        // What is still being typed is a text, whatever it will be.
        let value = if is_focused { json!(text) } else { value(option, text, read)? };
        let mut given = json!({ "name": option["name"], "type": option["type"], "value": value });
        if is_focused {
            given["focused"] = json!(true);
        }
        options.push(given);
    }
    Ok(options)
}

fn value(option: &Value, text: &str, read: Read<'_>) -> Result<Value, String> {
    let name = &option["name"];
    let value = read(option["type"].as_u64().unwrap_or(0), text).map_err(|why| format!("{name}: {why}"))?;
    if let Some(choices) = option["choices"].as_array().filter(|choices| !choices.is_empty()) {
        let chosen = choices.iter().find(|choice| choice["name"] == text || choice["value"] == value);
        let names =
            choices.iter().filter_map(|choice| choice["name"].as_str()).collect::<Vec<_>>().join(", ");
        return chosen.map(|choice| choice["value"].clone()).ok_or_else(|| format!("{name}: one of {names}"));
    }
    if let Some(written) = value.as_str() {
        let len = written.chars().count() as u64;
        let (least, most) = (option["min_length"].as_u64(), option["max_length"].as_u64());
        if least.is_some_and(|least| len < least) || len > most.unwrap_or(6000) {
            return Err(format!("{name}: {len} characters do not fit"));
        }
    }
    if let Some(number) = value.as_f64() {
        let (least, most) = (option["min_value"].as_f64(), option["max_value"].as_f64());
        if least.is_some_and(|least| number < least) || most.is_some_and(|most| number > most) {
            return Err(format!("{name}: {number} is out of range"));
        }
    }
    Ok(value)
}
