//! The settings in force: the file's, with what was stored of people laid over them.
//!
//! A view, as the live map is: the store is the truth, and every commit of ours is taken in after it.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};

use super::Context;
use crate::domain::change::PeopleChange;
use crate::domain::ids::PersonId;
use crate::domain::person::{ChatUser, Directory, Link, QuietChoice};
use crate::domain::settings::Settings;
use crate::ports::StoreError;

/// Settings that can be replaced while the program runs.
#[derive(Debug)]
pub struct Shared(RwLock<Held>);

#[derive(Debug)]
struct Held {
    /// Everyone in it has their links and choices.
    settings: Arc<Settings>,
    /// What was last stored, with the revision of that; `None`: a link that was undone.
    links: HashMap<ChatUser, (i64, Option<Link>)>,
    choices: HashMap<PersonId, (i64, QuietChoice)>,
}

impl Shared {
    /// Starts with `settings`, before anything stored is known.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let (links, choices) = (HashMap::new(), HashMap::new());
        Self(RwLock::new(Held { settings: Arc::new(settings), links, choices }))
    }

    /// The settings in force.
    #[must_use]
    pub fn get(&self) -> Arc<Settings> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner).settings)
    }

    /// Puts others in force; what was stored of people stays.
    pub fn replace(&self, settings: Settings) {
        let mut held = self.lock();
        held.lay_over(settings);
    }

    /// Takes in what a commit of the revision `rev` said of people. One that was overtaken changes nothing.
    pub(super) fn absorb(&self, news: PeopleChange, rev: i64) {
        let mut held = self.lock();
        for (user, _) in news.unlinked {
            held.link(user, None, rev);
        }
        for link in news.links.into_iter().filter(|link| !held.is_overtaken(link, rev)).collect::<Vec<_>>() {
            held.unlink_others(&link, rev);
            held.link(link.user.clone(), Some(link), rev);
        }
        for (person, choice) in news.choices {
            if held.choices.get(&person).is_none_or(|(known, _)| *known < rev) {
                held.choices.insert(person, (rev, choice));
            }
        }
        let settings = (*held.settings).clone();
        held.lay_over(settings);
    }

    fn lock(&self) -> RwLockWriteGuard<'_, Held> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn link(&mut self, user: ChatUser, link: Option<Link>, rev: i64) {
        if self.links.get(&user).is_none_or(|(known, _)| *known < rev) {
            self.links.insert(user, (rev, link));
        }
    }

    /// Whether a later commit has linked the person to another user of that chat.
    fn is_overtaken(&self, link: &Link, rev: i64) -> bool {
        self.links.iter().any(|(user, (known, other))| {
            let is_other = user.chat == link.user.chat && *user != link.user && *known > rev;
            is_other && other.as_ref().is_some_and(|other| other.person == link.person)
        })
    }

    /// A person has one user in each chat.
    fn unlink_others(&mut self, link: &Link, rev: i64) {
        for (user, (known, other)) in &mut self.links {
            let is_other = user.chat == link.user.chat && *user != link.user;
            if is_other && *known < rev && other.as_ref().is_some_and(|other| other.person == link.person) {
                (*known, *other) = (rev, None);
            }
        }
    }

    fn lay_over(&mut self, mut settings: Settings) {
        let links = self.links.values().filter_map(|(_, link)| link.clone());
        let choices = self.choices.iter().map(|(person, (_, choice))| (person, *choice));
        let people: Directory = settings.people.with_links(links).with_choices(choices);
        settings.people = Arc::new(people);
        self.settings = Arc::new(settings);
    }
}

impl Context {
    /// Reads what was stored of people. Who is linked against the file is said once: the file wins.
    pub(super) async fn warm_people(&self) -> Result<(), StoreError> {
        let news = PeopleChange {
            links: self.store.links().await?,
            choices: self.store.choices().await?,
            ..PeopleChange::default()
        };
        // What is committed later has higher revisions.
        self.settings.absorb(news, 0);
        self.tell_of_unused_links();
        Ok(())
    }

    pub(super) fn tell_of_unused_links(&self) {
        let settings = self.settings.get();
        for link in settings.people.unused_links() {
            tracing::warn!(user = %link.user, person = %link.person, "a link is not used: the file says otherwise");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::person::{HoursChoice, Proof};

    fn link(user: &str, person: &str) -> Link {
        let (at, proof) = (jiff::Timestamp::UNIX_EPOCH, Proof::Admin(PersonId::new("ana")));
        let user = ChatUser::new("slack", user);
        Link { user, name: "somebody".into(), person: PersonId::new(person), at, proof }
    }

    fn linked(links: &[Link]) -> PeopleChange {
        PeopleChange { links: links.to_vec(), ..PeopleChange::default() }
    }

    fn who(shared: &Shared, user: &str) -> Option<String> {
        shared.get().people.by_chat(&ChatUser::new("slack", user)).map(|person| person.id.to_string())
    }

    #[test]
    fn commits_may_be_taken_in_in_any_order() {
        let shared = Shared::new(Settings::sandbox(&["ana", "jack"]).unwrap());
        shared.absorb(linked(&[link("U1", "jack")]), 5);
        shared.absorb(linked(&[link("U1", "ana")]), 4);
        assert_eq!(who(&shared, "U1").as_deref(), Some("jack"));
        let undone = vec![(ChatUser::new("slack", "U1"), PersonId::new("jack"))];
        let undone = PeopleChange { unlinked: undone, ..PeopleChange::default() };
        shared.absorb(undone, 7);
        shared.absorb(linked(&[link("U1", "ana")]), 6);
        assert_eq!(who(&shared, "U1"), None);
        let choice = |hours| PeopleChange {
            choices: vec![(PersonId::new("jack"), QuietChoice { hours, until: None })],
            ..PeopleChange::default()
        };
        shared.absorb(choice(HoursChoice::Off), 9);
        shared.absorb(choice(HoursChoice::File), 8);
        let hours = shared.get().people.person(&PersonId::new("jack")).unwrap().choice.hours;
        assert_eq!(hours, HoursChoice::Off);
    }

    #[test]
    fn of_two_links_of_a_person_the_later_commit_counts_whatever_the_order() {
        let shared = Shared::new(Settings::sandbox(&["ana", "jack"]).unwrap());
        shared.absorb(linked(&[link("U2", "jack")]), 2);
        shared.absorb(linked(&[link("U1", "jack")]), 1);
        assert_eq!((who(&shared, "U1"), who(&shared, "U2").as_deref()), (None, Some("jack")));
    }

    #[test]
    fn a_person_has_one_user_in_a_chat_and_a_reload_keeps_it() {
        let shared = Shared::new(Settings::sandbox(&["ana", "jack"]).unwrap());
        shared.absorb(linked(&[link("U1", "jack")]), 1);
        shared.absorb(linked(&[link("U2", "jack")]), 2);
        assert_eq!((who(&shared, "U1"), who(&shared, "U2").as_deref()), (None, Some("jack")));
        shared.replace(Settings::sandbox(&["jack", "mira"]).unwrap());
        assert_eq!(who(&shared, "U2").as_deref(), Some("jack"));
        shared.replace(Settings::sandbox(&["mira"]).unwrap());
        assert_eq!(who(&shared, "U2"), None);
    }
}
