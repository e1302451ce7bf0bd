//! Who a call is on behalf of.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::ids::{PageId, PersonId};

/// How a page is written where a person could stand. No person's id holds a colon.
const PAGE: &str = "page:";

/// Whose command a call is, or who hung it up: a person, or a page that rings or stops by itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Caller {
    /// Somebody.
    Person(PersonId),
    /// A page.
    Page(PageId),
}

impl Caller {
    /// The person, if it is one.
    #[must_use]
    pub const fn person(&self) -> Option<&PersonId> {
        match self {
            Self::Person(person) => Some(person),
            Self::Page(_) => None,
        }
    }

    /// The page, if it is one.
    #[must_use]
    pub const fn page(&self) -> Option<&PageId> {
        match self {
            Self::Person(_) => None,
            Self::Page(page) => Some(page),
        }
    }
}

impl fmt::Display for Caller {
    /// `ana`, or `page:p…`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(person) => write!(f, "{person}"),
            Self::Page(page) => write!(f, "{PAGE}{page}"),
        }
    }
}

impl From<PersonId> for Caller {
    fn from(person: PersonId) -> Self {
        Self::Person(person)
    }
}

impl From<PageId> for Caller {
    fn from(page: PageId) -> Self {
        Self::Page(page)
    }
}

impl From<String> for Caller {
    fn from(text: String) -> Self {
        match text.strip_prefix(PAGE) {
            Some(page) => Self::Page(PageId::new(page)),
            None => Self::Person(PersonId::new(text)),
        }
    }
}

impl From<Caller> for String {
    fn from(caller: Caller) -> Self {
        caller.to_string()
    }
}
