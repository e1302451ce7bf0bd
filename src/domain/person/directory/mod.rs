//! Everyone listed, found at once by id, account or chat user; never changed, only replaced.

use std::collections::HashMap;
use std::sync::Arc;

use super::{ChatUser, Link, Person, QuietChoice, check_person_id};
use crate::domain::ids::{Account, PersonId};
use crate::domain::span::Misread;

/// How many edits still make two words look alike.
const EDITS_MAX: usize = 2;

/// Words this short (in letters) look alike only within one edit, or every short name would.
const SHORT: usize = 3;

/// Chats whose users the file may name. The desk's are people by their ids.
const CHATS_OF_FILE: [&str; 2] = ["slack", "discord"];

/// Everyone listed, in the order of the file, with what was stored of them: links, and what they chose. A copy is cheap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directory {
    people: Vec<Arc<Person>>,
    names: Arc<Names>,
    links: Arc<HashMap<ChatUser, Link>>,
}

/// The ways to people that the file alone decides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Names {
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

impl Directory {
    /// Lists `people`.
    ///
    /// # Errors
    /// [`DirectoryError`] for a bad id, or two people who share an id, an account or a chat user.
    pub fn new(people: Vec<Person>) -> Result<Self, DirectoryError> {
        let (mut listed, mut names) = (Vec::with_capacity(people.len()), Names::default());
        for person in people {
            names.add(&listed, &person)?;
            listed.push(Arc::new(person));
        }
        Ok(Self { people: listed, names: Arc::new(names), links: Arc::default() })
    }

    /// The person of this id.
    #[must_use]
    pub fn person(&self, id: &PersonId) -> Option<&Person> {
        self.at(self.names.ids.get(id))
    }

    /// The person with this account at the engine.
    #[must_use]
    pub fn by_account(&self, account: &Account) -> Option<&Person> {
        self.at(self.names.accounts.get(account))
    }

    /// The person behind a chat's user: whom the file names, or else whom a stored link proves.
    #[must_use]
    pub fn by_chat(&self, user: &ChatUser) -> Option<&Person> {
        self.in_file(user).or_else(|| self.links.get(user).and_then(|link| self.person_of(link)))
    }

    /// The person behind a chat's user as the file has it. At the desk everyone is called by their id.
    #[must_use]
    pub fn in_file(&self, user: &ChatUser) -> Option<&Person> {
        let id = user.id.as_str();
        match user.chat.as_str() {
            "desk" => self.person(&PersonId::new(id)),
            "slack" => self.at(self.names.slack.get(id)),
            "discord" => self.at(self.names.discord.get(id)),
            _ => None,
        }
    }

    /// Whom a stored link proves, unless the file says otherwise of the user or of the person.
    fn person_of(&self, link: &Link) -> Option<&Person> {
        let person = self.person(&link.person)?;
        person.in_file(&link.user.chat).is_none().then_some(person)
    }

    /// The stored link of a chat's user, whether it is used or not.
    #[must_use]
    pub fn link(&self, user: &ChatUser) -> Option<&Link> {
        self.links.get(user)
    }

    /// The stored links to `person`, each with whether it is used: what the file says wins. In order of their users.
    #[must_use]
    pub fn links_to(&self, person: &PersonId) -> Vec<(&Link, bool)> {
        let mut links: Vec<&Link> = self.links.values().filter(|link| link.person == *person).collect();
        links.sort_unstable_by_key(|link| &link.user);
        let is_used = |link: &Link| self.by_chat(&link.user).is_some_and(|found| found.id == *person);
        links.into_iter().map(|link| (link, is_used(link))).collect()
    }

    /// Everywhere that `person` is known, for what concerns nobody else.
    #[must_use]
    pub fn users_of(&self, person: &Person) -> Vec<ChatUser> {
        let in_file =
            CHATS_OF_FILE.into_iter().filter_map(|chat| Some(ChatUser::new(chat, person.in_file(chat)?)));
        let at_desk = ChatUser::new("desk", person.id.as_str());
        let links = self.links_to(&person.id).into_iter().filter(|(_, is_used)| *is_used);
        let linked = links.map(|(link, _)| link.user.clone());
        in_file.chain([at_desk]).chain(linked).collect()
    }

    /// The same people with other links.
    #[must_use]
    pub fn with_links(&self, links: impl IntoIterator<Item = Link>) -> Self {
        let links = links.into_iter().map(|link| (link.user.clone(), link));
        Self { links: Arc::new(links.collect()), ..self.clone() }
    }

    /// The same people, of whom some have chosen otherwise.
    #[must_use]
    pub fn with_choices<'a>(&self, choices: impl IntoIterator<Item = (&'a PersonId, QuietChoice)>) -> Self {
        let mut same = self.clone();
        for (person, choice) in choices {
            let person = self.names.ids.get(person).and_then(|index| same.people.get_mut(*index));
            if let Some(person) = person.filter(|person| person.choice != choice) {
                Arc::make_mut(person).choice = choice;
            }
        }
        same
    }

    /// The stored links that are not used, because the file says otherwise. In order of their users.
    #[must_use]
    pub fn unused_links(&self) -> Vec<&Link> {
        let is_used = |link: &Link| self.by_chat(&link.user).is_some_and(|found| found.id == link.person);
        let mut links: Vec<&Link> = self.links.values().filter(|link| !is_used(link)).collect();
        links.sort_unstable_by_key(|link| &link.user);
        links
    }

    /// The person whom the file names as this user of some chat: a mention does not say of which.
    #[must_use]
    pub fn by_mention(&self, user: &str) -> Option<&Person> {
        CHATS_OF_FILE.into_iter().find_map(|chat| self.by_chat(&ChatUser::new(chat, user)))
    }

    /// Everyone, in the order of the file.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Person> {
        self.people.iter().map(Arc::as_ref)
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
        let ranks = self.people.iter().zip(&self.names.letters).filter_map(|(person, letters)| {
            rank(person.id.as_str(), *letters).map(|rank| (rank, &person.id))
        });
        let mut found: Vec<(usize, &PersonId)> = ranks.collect();
        found.sort_unstable();
        found.into_iter().take(max).map(|(_, id)| id.clone()).collect()
    }

    fn at(&self, index: Option<&usize>) -> Option<&Person> {
        index.and_then(|index| self.people.get(*index)).map(Arc::as_ref)
    }
}

impl Names {
    /// Takes in `person`, who stands behind `listed`.
    fn add(&mut self, listed: &[Arc<Person>], person: &Person) -> Result<(), DirectoryError> {
        check_person_id(person.id.as_str())?;
        let index = listed.len();
        if self.ids.insert(person.id.clone(), index).is_some() {
            return Err(DirectoryError::Twice(person.id.clone()));
        }
        let alone = |earlier: Option<usize>, what: &'static str, value: &str| {
            let Some(first) = earlier.and_then(|index| listed.get(index)) else { return Ok(()) };
            let (first, second) = (first.id.clone(), person.id.clone());
            Err(DirectoryError::Shared { what, value: value.to_owned(), first, second })
        };
        let earlier = self.accounts.insert(person.account.clone(), index);
        alone(earlier, "account", person.account.as_str())?;
        if let Some(user) = &person.slack {
            alone(self.slack.insert(user.clone(), index), "slack", user)?;
        }
        if let Some(user) = &person.discord {
            alone(self.discord.insert(user.clone(), index), "discord", user)?;
        }
        self.letters.push(letters_of(person.id.as_str()));
        Ok(())
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
