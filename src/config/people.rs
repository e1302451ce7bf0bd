//! `[[person]]`.

use std::collections::HashMap;

use toml::Spanned;

use super::raw::{RawPerson, Text};
use super::reader::Reader;
use super::words;
use crate::domain::ids::Account;
use crate::domain::oncall::Window;
use crate::domain::person::{Directory, Person, Role, Roles, check_person_id, is_account};
use crate::domain::span::Misread;

/// Everyone in the file who could be read; a person with findings is left out.
pub(super) fn people(reader: &mut Reader<'_>, raw: &[Spanned<RawPerson>]) -> Directory {
    once_each(reader, raw);
    let read: Vec<Person> = raw.iter().filter_map(|raw| person(reader, raw.get_ref())).collect();
    let admins = read.iter().any(|person| person.roles.administers());
    if raw.is_empty() {
        let misread = Misread::new("nobody is listed, so nobody can be rung", "add a [[person]]");
        reader.error(0..0, misread);
    } else if !admins && read.len() == raw.len() {
        let advice = "add roles = [\"admin\"] to somebody, or nobody can administer";
        reader.warn(raw[0].span(), Misread::new("no person is an admin", advice));
    }
    // What a directory refuses was found above, with its line.
    Directory::new(read).unwrap_or_default()
}

fn person(reader: &mut Reader<'_>, raw: &RawPerson) -> Option<Person> {
    let id = reader.take("id", &raw.id, check_person_id);
    let account = reader.take("account", &raw.account, account);
    let slack = optional(raw.slack.as_ref(), |text| reader.take("slack", text, words::slack_user));
    let discord = optional(raw.discord.as_ref(), |text| reader.take("discord", text, words::discord_user));
    let timezone = optional(raw.timezone.as_ref(), |text| reader.take("timezone", text, words::zone));
    let quiet = optional(raw.quiet_hours.as_ref(), |text| reader.take("quiet_hours", text, str::parse));
    let works = raw.working_hours.iter().map(|text| reader.take("working_hours", text, Window::read));
    let works: Option<Vec<Window>> = works.collect::<Vec<_>>().into_iter().collect();
    let roles = roles(reader, &raw.roles);
    let mut person = Person::new(id?, account?);
    (person.slack, person.discord, person.quiet_hours) = (slack?, discord?, quiet?);
    person.timezone = timezone?.unwrap_or(person.timezone);
    (person.roles, person.working_hours) = (roles?, works?);
    Some(person)
}

/// What may be left out, but must be right: the outer `None` means that it was wrong.
fn optional<T>(text: Option<&Text>, read: impl FnOnce(&Text) -> Option<T>) -> Option<Option<T>> {
    text.map_or(Some(None), |text| read(text).map(Some))
}

fn account(text: &str) -> Result<Account, Misread> {
    if is_account(text) {
        return Ok(Account::new(text));
    }
    let advice = "use the user id at the engine: 1 to 32 of a-z, A-Z, 0-9, _ and -";
    Err(Misread::new(format!("`{text}` cannot be an account"), advice))
}

fn roles(reader: &mut Reader<'_>, names: &[Text]) -> Option<Roles> {
    let mut roles = Vec::new();
    for name in names {
        let unknown =
            |text: &str| Misread::new(format!("there is no role `{text}`"), "use admin, member or viewer");
        roles.push(reader.take("roles", name, |text| Role::of_name(text).ok_or_else(|| unknown(text))));
    }
    let roles: Vec<Role> = roles.into_iter().collect::<Option<_>>()?;
    let read = Roles::of(&roles);
    if let (None, Some(first)) = (read, names.first()) {
        let problem = "roles: a viewer may only see, and can be nothing else";
        reader.error(first.span(), Misread::new(problem, "drop viewer, or the other role"));
    }
    read
}

/// Nobody shares an id, an account or a chat user with somebody else.
fn once_each(reader: &mut Reader<'_>, raw: &[Spanned<RawPerson>]) {
    let mut seen: HashMap<(&str, &str), &Text> = HashMap::new();
    for person in raw {
        let person = person.get_ref();
        let own = [("id", Some(&person.id)), ("account", Some(&person.account))];
        let own =
            own.into_iter().chain([("slack", person.slack.as_ref()), ("discord", person.discord.as_ref())]);
        for (key, text) in own {
            let Some(text) = text else { continue };
            let Some(first) = seen.insert((key, text.get_ref()), text) else { continue };
            let problem =
                format!("{key}: `{}` is taken in line {}", text.get_ref(), reader.line(first.span().start));
            reader.error(text.span(), Misread::new(problem, "give each person their own"));
        }
    }
}
