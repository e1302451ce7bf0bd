//! A small team to test with.

use super::{Bounds, Command, DefaultNames, Names, ParseError, People, Root, parse, words};
use crate::domain::ids::PersonId;

pub(super) const BOUNDS: Bounds = Bounds { callees_max: 3, note_max_chars: 20 };

/// ana, jack (`U1` and `42` in the chats), mira, rob and jill; schedule payments, policy checkout.
pub(super) struct Team;

const IDS: [&str; 5] = ["ana", "jack", "mira", "rob", "jill"];

impl People for Team {
    fn is_person(&self, id: &str) -> bool {
        IDS.contains(&id)
    }

    fn nearest(&self, word: &str) -> Vec<PersonId> {
        words::nearest(word, IDS.into_iter().map(|id| (id, PersonId::new(id))))
    }

    fn by_account(&self, account: &str) -> Option<PersonId> {
        (account == "acc_jack").then(|| PersonId::new("jack"))
    }

    fn by_mention(&self, user: &str) -> Option<PersonId> {
        matches!(user, "U1" | "42").then(|| PersonId::new("jack"))
    }

    fn is_schedule(&self, id: &str) -> bool {
        id == "payments"
    }

    fn nearest_schedules(&self, word: &str) -> Vec<String> {
        words::nearest(word, std::iter::once(("payments", "payments".to_owned())))
    }

    fn is_policy(&self, id: &str) -> bool {
        id == "checkout"
    }

    fn nearest_policies(&self, word: &str) -> Vec<String> {
        words::nearest(word, std::iter::once(("checkout", "checkout".to_owned())))
    }
}

/// `/call` is `/ring` here, and `/callout` is `/bot`.
pub(super) struct Renamed;

impl Names for Renamed {
    fn name<'a>(&'a self, command: &'a str) -> &'a str {
        match command {
            "call" => "ring",
            "callout" => "bot",
            other => other,
        }
    }

    fn command(&self, name: &str) -> Option<&'static str> {
        Root::ALL.into_iter().map(Root::name).find(|command| self.name(command) == name)
    }
}

pub(super) fn read(line: &str) -> Result<Command, ParseError> {
    parse(line, &DefaultNames, &Team, BOUNDS)
}

/// What a person is told.
pub(super) fn told(line: &str) -> String {
    read(line).unwrap_err().sentence(&DefaultNames)
}
