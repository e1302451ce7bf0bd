//! What an option may be, while somebody types: people, schedules and policies of the file, calls that live, pages that are
//! open, changes of schedules that are not over.

use jiff::Timestamp;
use serenity::all::{AutocompleteChoice, CreateAutocompleteResponse};

use super::limits::{CHOICE_MAX, CHOICES_MAX, cut, length};
use crate::domain::command::table::OptionKind;
use crate::domain::ids::PersonId;
use crate::domain::oncall::Overrides;
use crate::domain::page::Page;
use crate::domain::person::Directory;
use crate::domain::report::text::plain;
use crate::domain::report::{Reader, change_in_short, page_title, subject};
use crate::domain::settings::Settings;
use crate::ports::{Live, Store};

/// Who an override may put there beside people.
const NOBODY: &str = "nobody";

/// A choice: what is shown, and what it stands for.
pub(super) type Choice = (String, String);

/// What choices are made of.
pub(super) struct Source<'a> {
    /// The file's.
    pub(super) settings: &'a Settings,
    /// The calls that live.
    pub(super) live: &'a dyn Live,
    /// Pages that are open: for an option that takes one.
    pub(super) pages: Vec<Page>,
    /// What is laid over the schedules.
    pub(super) overrides: &'a Overrides,
    /// Who reads the choices.
    pub(super) reader: Reader,
    /// Now.
    pub(super) now: Timestamp,
}

/// The choices for an option of this kind of which `typed` is there already.
pub(super) fn choices(kind: OptionKind, typed: &str, from: &Source<'_>) -> Vec<Choice> {
    let (people, schedules) = (&from.settings.people, &from.settings.schedules);
    let ids = |ids: Vec<String>| ids.into_iter().map(|id| (id.clone(), id)).collect();
    match kind {
        OptionKind::Callees => callees(typed, |word| named(word, people)),
        OptionKind::Replacement => callees(typed, |word| replacements(word, people)),
        OptionKind::PageId => pages(typed, &from.pages),
        OptionKind::Person | OptionKind::Instead | OptionKind::Account => ids(named(typed, people)),
        OptionKind::CallId => calls(typed, from.live),
        OptionKind::Schedule => ids(holding(typed, schedules.iter().map(|schedule| schedule.id.as_str()))),
        OptionKind::Policy => {
            let policies = from.settings.policies.iter().map(|policy| policy.id.as_str());
            let mut found = holding(typed, policies);
            // A policy wins over a person of the same id.
            let people =
                named(typed, people).into_iter().filter(|id| !found.contains(id)).collect::<Vec<_>>();
            found.extend(people);
            ids(found)
        }
        OptionKind::OverrideId => changes(typed, from),
        _ => Vec::new(),
    }
}

/// Ids that begin with what is typed, and then those that hold it. In the order of the file.
fn holding<'a>(typed: &str, ids: impl Iterator<Item = &'a str>) -> Vec<String> {
    let typed = typed.trim().to_lowercase();
    let mut found: Vec<&str> = ids.filter(|id| id.contains(&typed)).collect();
    found.sort_by_key(|id| !id.starts_with(&typed));
    found.into_iter().take(CHOICES_MAX).map(str::to_owned).collect()
}

/// The changes that are not over, newest first: who gave one, wants to take that back.
fn changes(typed: &str, from: &Source<'_>) -> Vec<Choice> {
    let typed = typed.trim().to_lowercase();
    let ahead = from.overrides.iter().rev().filter(|laid| laid.over.to > from.now);
    let shown = ahead.map(|laid| (change_in_short(laid, &from.reader), laid.id.to_string()));
    shown.filter(|(name, _)| name.to_lowercase().contains(&typed)).take(CHOICES_MAX).collect()
}

/// As Discord wants them.
pub(super) fn response(choices: Vec<Choice>) -> CreateAutocompleteResponse {
    let fits = choices.into_iter().filter(|(_, value)| length(value) <= CHOICE_MAX).take(CHOICES_MAX);
    let choices = fits.map(|(name, value)| AutocompleteChoice::new(cut(&name, CHOICE_MAX), value));
    CreateAutocompleteResponse::new().set_choices(choices.collect())
}

/// The open pages that an option may name: those of `mine` first, and then the newest. Not more than are shown: a page may
/// hold thousands of alerts, and somebody is typing.
pub(super) async fn open_pages(mine: Option<&PersonId>, store: &dyn Store) -> Vec<Page> {
    let mut found = match mine {
        Some(person) => store.pages_of(person, CHOICES_MAX).await.unwrap_or_default(),
        None => Vec::new(),
    };
    let (newest, _) = store.open_pages(CHOICES_MAX).await.unwrap_or_default();
    for page in newest {
        if found.iter().all(|known| known.id != page.id) {
            found.push(page);
        }
    }
    found
}

fn pages(typed: &str, pages: &[Page]) -> Vec<Choice> {
    let typed = typed.trim().to_lowercase();
    let named = |page: &Page| (plain(&format!("{}: {}", page.id, page_title(page))), page.id.to_string());
    let shown = pages.iter().map(named);
    shown.filter(|(name, _)| name.to_lowercase().contains(&typed)).take(CHOICES_MAX).collect()
}

/// Whom an override may put there: somebody, or nobody.
fn replacements(word: &str, people: &Directory) -> Vec<String> {
    let nobody = Some(NOBODY.to_owned()).filter(|nobody| nobody.starts_with(&word.trim().to_lowercase()));
    named(word, people).into_iter().take(CHOICES_MAX - 1).chain(nobody).collect()
}

/// Several words may stand there: the last one is being typed, the others stay.
fn callees(typed: &str, named: impl Fn(&str) -> Vec<String>) -> Vec<Choice> {
    let start = typed.trim_end_matches(|c: char| !c.is_whitespace());
    let before: Vec<&str> = start.split_whitespace().collect();
    let fresh = named(&typed[start.len()..]).into_iter().filter(|id| !before.contains(&id.as_str()));
    let line = |id: String| before.iter().copied().chain([id.as_str()]).collect::<Vec<&str>>().join(" ");
    fresh.map(line).map(|line| (line.clone(), line)).collect()
}

/// Whom a beginning may mean; everybody, in the order of the file, where nothing is typed yet.
fn named(typed: &str, people: &Directory) -> Vec<String> {
    let word = typed.trim();
    if word.trim_start_matches('@').is_empty() {
        return people.iter().take(CHOICES_MAX).map(|person| person.id.to_string()).collect();
    }
    people.nearest(word, CHOICES_MAX).iter().map(ToString::to_string).collect()
}

fn calls(typed: &str, live: &dyn Live) -> Vec<Choice> {
    let typed = typed.trim().to_lowercase();
    let (newest, _) = live.newest(CHOICES_MAX);
    let shown = newest.iter().map(|call| (format!("{}: {}", call.id, subject(call)), call.id.to_string()));
    shown.filter(|(name, _)| name.to_lowercase().contains(&typed)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::settings::Settings;

    fn told(typed: &str) -> Vec<String> {
        let people = Settings::sandbox(&["ana", "jack", "jill", "mira"]).unwrap().people;
        callees(typed, |word| named(word, &people)).into_iter().map(|(_, value)| value).collect()
    }

    #[test]
    fn the_last_word_is_completed_and_the_others_stay() {
        assert_eq!(told(""), ["ana", "jack", "jill", "mira"]);
        assert_eq!(told("ja"), ["jack"]);
        assert_eq!(told("@mi"), ["mira"]);
        assert_eq!(told("jack "), ["jack ana", "jack jill", "jack mira"]);
        assert_eq!(told("jack mi"), ["jack mira"]);
        assert_eq!(told("zzzzzz"), [""; 0]);
    }

    #[test]
    fn an_override_puts_somebody_or_nobody_there() {
        let people = Settings::sandbox(&["ana", "jack", "mira"]).unwrap().people;
        let told = |typed: &str| -> Vec<String> {
            let found = callees(typed, |word| replacements(word, &people));
            found.into_iter().map(|(_, value)| value).collect()
        };
        assert_eq!(told(""), ["ana", "jack", "mira", "nobody"]);
        assert_eq!(told("no"), ["nobody"]);
        assert_eq!(told("jack for mi"), ["jack for mira"]);
    }

    #[test]
    fn what_begins_so_comes_first() {
        let ids = ["web-payments", "payments", "office", "pay"];
        assert_eq!(holding("PAY", ids.into_iter()), ["payments", "pay", "web-payments"]);
        assert_eq!(holding(" ", ids.into_iter()), ids);
        assert_eq!(holding("zzz", ids.into_iter()), [""; 0]);
    }

    #[test]
    fn choices_are_few_and_short() {
        let many =
            (0..40).map(|n| (format!("{n:0120}"), format!("{n}"))).chain([("x".into(), "y".repeat(101))]);
        let response = serde_json::to_value(response(many.collect())).unwrap();
        let choices = response["choices"].as_array().unwrap();
        assert_eq!(choices.len(), CHOICES_MAX);
        assert!(choices.iter().all(|choice| choice["name"].as_str().unwrap().chars().count() <= CHOICE_MAX));
    }
}
