//! Things that the file lists and others name by their id.

use std::collections::HashMap;
use std::sync::Arc;

use super::command::nearest;

/// Names offered for a mistyped one at most.
const NEAREST_MAX: usize = 3;

/// What has an id of its own kind.
pub trait Named {
    /// The id, in lower case.
    fn name(&self) -> &str;
}

/// All of one kind, in the order of the file, found at once by their ids. Never changed, only replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    all: Vec<Arc<T>>,
    places: HashMap<String, usize>,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { all: Vec::new(), places: HashMap::new() }
    }
}

impl<T: Named> Listed<T> {
    /// Lists `all`. Of two with one id the first is found.
    #[must_use]
    pub fn new(all: Vec<T>) -> Self {
        let mut places = HashMap::new();
        for (place, one) in all.iter().enumerate() {
            places.entry(one.name().to_owned()).or_insert(place);
        }
        Self { all: all.into_iter().map(Arc::new).collect(), places }
    }

    /// The one with this id, typed in any case.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Arc<T>> {
        self.all.get(*self.places.get(&id.to_ascii_lowercase())?)
    }

    /// All of them.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<T>> {
        self.all.iter()
    }

    /// The ids of those that `word` may mean, closest first.
    #[must_use]
    pub fn nearest(&self, word: &str) -> Vec<String> {
        let names = self.all.iter().map(|one| (one.name(), one.name().to_owned()));
        nearest(word, names).into_iter().take(NEAREST_MAX).collect()
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Eq)]
    struct One(&'static str);

    impl Named for One {
        fn name(&self) -> &str {
            self.0
        }
    }

    #[test]
    fn they_are_found_by_id_and_offered_by_likeness() {
        let listed = Listed::new(vec![One("payments"), One("web"), One("payment")]);
        assert_eq!(listed.get("Payments").map(|one| one.0), Some("payments"));
        assert_eq!(listed.get("paymentz"), None);
        assert_eq!(listed.nearest("paymentz"), ["payments", "payment"]);
        assert_eq!(listed.nearest("wbe"), ["web"]);
        assert_eq!((listed.len(), listed.is_empty()), (3, false));
        let names: Vec<&str> = listed.iter().map(|one| one.0).collect();
        assert_eq!(names, ["payments", "web", "payment"]);
    }
}
