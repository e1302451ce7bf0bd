//! What the grammar asks the settings for.

use super::Settings;
use crate::domain::command::People;
use crate::domain::ids::{Account, PersonId};

/// Names offered for a mistyped word at most.
const NEAREST_MAX: usize = 3;

impl People for Settings {
    fn is_person(&self, id: &str) -> bool {
        self.people.person(&PersonId::new(id)).is_some()
    }

    fn nearest(&self, word: &str) -> Vec<PersonId> {
        self.people.nearest(word, NEAREST_MAX)
    }

    fn by_mention(&self, user: &str) -> Option<PersonId> {
        self.people.by_mention(user).map(|person| person.id.clone())
    }

    fn by_account(&self, account: &str) -> Option<PersonId> {
        self.people.by_account(&Account::new(account)).map(|person| person.id.clone())
    }

    fn is_schedule(&self, id: &str) -> bool {
        self.schedules.get(id).is_some()
    }

    fn nearest_schedules(&self, word: &str) -> Vec<String> {
        self.schedules.nearest(word)
    }

    fn is_policy(&self, id: &str) -> bool {
        self.policies.get(id).is_some()
    }

    fn nearest_policies(&self, word: &str) -> Vec<String> {
        self.policies.nearest(word)
    }
}
