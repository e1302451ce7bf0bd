//! Everyone listed, found at once by id, account or chat user; never changed, only replaced.

use std::collections::HashMap;

use super::{ChatUser, Person, check_person_id};
use crate::domain::command::People;
use crate::domain::ids::{Account, PersonId};
use crate::domain::span::Misread;

/// How many edits still make two words look alike.
const EDITS_MAX: usize = 2;

/// Words this short (in letters) look alike only within one edit, or every short name would.
const SHORT: usize = 3;

/// Everyone listed, in the order of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directory {
    people: Vec<Person>,
    /// Which characters each id has: tells most unlike words apart without comparing them.
    letters: Vec<u64>,
    ids: HashMap<PersonId, usize>,
    accounts: HashMap<Account, usize>,
    slack: HashMap<String, usize>,
    discord: HashMap<String, usize>,
}

/// Why people cannot stand in one directory.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryError {
    /// Not an id.
    #[error(transparent)]
    Id(#[from] Misread),
    /// Two people of one id.
    #[error("two people have the id `{0}`")]
    Twice(PersonId),
    /// Two people share what is one's own.
    #[error("`{first}` and `{second}` have the same {what} `{value}`")]
    Shared {
        /// `account`, `slack` or `discord`.
        what: &'static str,
        /// What they share.
        value: String,
        /// The earlier one.
        first: PersonId,
        /// The later one.
        second: PersonId,
    },
}

/// Names offered for a mistyped word at most.
const NEAREST_MAX: usize = 3;

impl People for Directory {
    fn is_person(&self, id: &str) -> bool {
        self.person(&PersonId::new(id)).is_some()
    }

    fn nearest(&self, word: &str) -> Vec<PersonId> {
        self.nearest(word, NEAREST_MAX)
    }

    fn by_mention(&self, user: &str) -> Option<PersonId> {
        let chats = ["slack", "discord"].into_iter().map(|chat| ChatUser::new(chat, user));
        chats.into_iter().find_map(|user| Some(self.by_chat(&user)?.id.clone()))
    }
}

impl Directory {
    /// Lists `people`.
    ///
    /// # Errors
    /// [`DirectoryError`] for a bad id, or two people who share an id, an account or a chat user.
    pub fn new(people: Vec<Person>) -> Result<Self, DirectoryError> {
        let mut directory = Self::default();
        for person in people {
            directory.add(person)?;
        }
        Ok(directory)
    }

    /// The person of this id.
    #[must_use]
    pub fn person(&self, id: &PersonId) -> Option<&Person> {
        self.at(self.ids.get(id))
    }

    /// The person with this account at the engine.
    #[must_use]
    pub fn by_account(&self, account: &Account) -> Option<&Person> {
        self.at(self.accounts.get(account))
    }

    /// The person behind a chat's user. At the desk everyone is called by their id.
    #[must_use]
    pub fn by_chat(&self, user: &ChatUser) -> Option<&Person> {
        let id = user.id.as_str();
        match user.chat.as_str() {
            "desk" => self.person(&PersonId::new(id)),
            "slack" => self.at(self.slack.get(id)),
            "discord" => self.at(self.discord.get(id)),
            _ => None,
        }
    }

    /// Everyone, in the order of the file.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Person> {
        self.people.iter()
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.people.len()
    }

    /// Whether nobody is listed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.people.is_empty()
    }

    /// Whom `text` may mean, closest first, at most `max`: within two edits, then ids that start with it,
    /// then ids that hold it. Case and a leading `@` do not matter.
    #[must_use]
    pub fn nearest(&self, text: &str, max: usize) -> Vec<PersonId> {
        let word = Word::new(text);
        self.ranked(max, |id, letters| word.distance(id, letters).or_else(|| word.part_of(id)))
    }

    /// Whose ids are within two edits of `text` (one edit for up to three letters), closest first.
    #[must_use]
    pub fn alike(&self, text: &str) -> Vec<PersonId> {
        let word = Word::new(text);
        self.ranked(usize::MAX, |id, letters| word.distance(id, letters))
    }

    fn ranked(&self, max: usize, rank: impl Fn(&str, u64) -> Option<usize>) -> Vec<PersonId> {
        let ranks = self.people.iter().zip(&self.letters).filter_map(|(person, letters)| {
            rank(person.id.as_str(), *letters).map(|rank| (rank, &person.id))
        });
        let mut found: Vec<(usize, &PersonId)> = ranks.collect();
        found.sort_unstable();
        found.into_iter().take(max).map(|(_, id)| id.clone()).collect()
    }

    fn at(&self, index: Option<&usize>) -> Option<&Person> {
        index.and_then(|index| self.people.get(*index))
    }

    fn add(&mut self, person: Person) -> Result<(), DirectoryError> {
        check_person_id(person.id.as_str())?;
        let index = self.people.len();
        if self.ids.insert(person.id.clone(), index).is_some() {
            return Err(DirectoryError::Twice(person.id));
        }
        let earlier = self.accounts.insert(person.account.clone(), index);
        self.alone(earlier, "account", person.account.as_str(), &person)?;
        if let Some(user) = &person.slack {
            let earlier = self.slack.insert(user.clone(), index);
            self.alone(earlier, "slack", user, &person)?;
        }
        if let Some(user) = &person.discord {
            let earlier = self.discord.insert(user.clone(), index);
            self.alone(earlier, "discord", user, &person)?;
        }
        self.letters.push(letters_of(person.id.as_str()));
        self.people.push(person);
        Ok(())
    }

    fn alone(
        &self,
        earlier: Option<usize>,
        what: &'static str,
        value: &str,
        person: &Person,
    ) -> Result<(), DirectoryError> {
        let Some(first) = self.at(earlier.as_ref()) else { return Ok(()) };
        let (first, second) = (first.id.clone(), person.id.clone());
        Err(DirectoryError::Shared { what, value: value.to_owned(), first, second })
    }
}

/// A typed word, ready to be compared with many ids.
struct Word {
    text: String,
    length: usize,
    letters: u64,
}

impl Word {
    fn new(typed: &str) -> Self {
        // No id is longer than 32, so nothing behind that can bring a word closer to one.
        let text: String = typed.trim_start_matches('@').chars().take(40).collect::<String>().to_lowercase();
        Self { length: text.chars().count(), letters: letters_of(&text), text }
    }

    /// How many edits away, if few.
    fn distance(&self, id: &str, letters: u64) -> Option<usize> {
        let edits = if self.length <= SHORT { 1 } else { EDITS_MAX };
        // An edit can bring one character in and take one out.
        let unlike = (self.letters ^ letters).count_ones() as usize > 2 * edits;
        if unlike || self.length.abs_diff(id.len()) > edits {
            return None;
        }
        Some(strsim::damerau_levenshtein(&self.text, id)).filter(|distance| *distance <= edits)
    }

    /// Ranks behind every word within the edits.
    fn part_of(&self, id: &str) -> Option<usize> {
        match () {
            () if self.text.is_empty() => None,
            () if id.starts_with(&self.text) => Some(EDITS_MAX + 1),
            () if self.length > 1 && id.contains(&self.text) => Some(EDITS_MAX + 2),
            () => None,
        }
    }
}

/// One bit for each character an id may have, and one for all others together.
fn letters_of(text: &str) -> u64 {
    text.bytes().fold(0, |bits, byte| {
        bits | 1
            << match byte {
                b'a'..=b'z' => byte - b'a',
                b'0'..=b'9' => 26 + byte - b'0',
                b'_' => 36,
                b'-' => 37,
                _ => 38,
            }
    })
}

#[cfg(test)]
mod tests;
