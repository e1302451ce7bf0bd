//! Takes what is wrong out of a parsed file, so that the rest can be judged as well.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Takes out the key that stands at `at`, with its value. Tells whether it was there.
pub(super) fn remove_key(table: &mut DeTable<'_>, at: &Range<usize>) -> bool {
    let before = table.len();
    *table = std::mem::take(table).into_iter().filter(|(key, _)| key.span() != *at).collect();
    table.len() < before
        || table.iter_mut().flat_map(|(_, value)| tables(value.get_mut())).any(|table| remove_key(table, at))
}

/// Takes out the section, or the one entry of a repeated section, that holds `at`. Tells whether there is one.
pub(super) fn remove_entry(table: &mut DeTable<'_>, at: &Range<usize>) -> bool {
    let Some((_, value)) = table.iter_mut().find(|(_, value)| holds(value, at)) else { return false };
    if let DeValue::Array(list) = value.get_mut()
        && let Some(index) = list.iter().position(|entry| holds(entry, at))
    {
        let all = std::mem::replace(list, std::iter::empty().collect());
        let rest = all.into_iter().enumerate().filter(|(place, _)| *place != index);
        *list = rest.map(|(_, entry)| entry).collect();
        return true;
    }
    *table = std::mem::take(table).into_iter().filter(|(_, value)| !holds(value, at)).collect();
    true
}

/// The key whose value, or an item of it, stands at `at`.
pub(super) fn key_of<'t>(table: &'t DeTable<'_>, at: &Range<usize>) -> Option<&'t str> {
    let (key, value) = table.iter().find(|(_, value)| holds(value, at))?;
    let entries: Vec<&DeTable<'_>> = match value.get_ref() {
        DeValue::Table(table) => vec![table],
        DeValue::Array(list) => list.iter().filter_map(|value| value.get_ref().as_table()).collect(),
        _ => Vec::new(),
    };
    let inner = entries.into_iter().find_map(|table| key_of(table, at));
    Some(inner.unwrap_or_else(|| key.get_ref().as_ref()))
}

/// The tables directly inside `value`, also those in a list.
fn tables<'t, 'i>(value: &'t mut DeValue<'i>) -> Vec<&'t mut DeTable<'i>> {
    match value {
        DeValue::Table(table) => vec![table],
        DeValue::Array(list) => list.iter_mut().flat_map(|value| tables(value.get_mut())).collect(),
        _ => Vec::new(),
    }
}

fn holds(value: &Spanned<DeValue<'_>>, at: &Range<usize>) -> bool {
    value.span() == *at
        || match value.get_ref() {
            DeValue::Table(table) => table.iter().any(|(key, value)| key.span() == *at || holds(value, at)),
            DeValue::Array(list) => list.iter().any(|value| holds(value, at)),
            _ => false,
        }
}
