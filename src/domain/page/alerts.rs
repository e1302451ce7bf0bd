//! The alerts of a page: all are counted, and those that a decision needs are at hand. The others are rows that nobody reads,
//! so that a decision costs the same however many there are.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::{AlertState, PageAlert};

/// How many are at hand of any page, the first, and of those that go on, the first: as many as anybody is shown of a page among
/// others. Whoever does something to further alerts has those at hand as well.
pub const AT_HAND: usize = 100;

/// The alerts of a page.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct Alerts {
    total: usize,
    firing: usize,
    /// Those that go on, and are nobody's at their source.
    loose: usize,
    /// Bytes of the labels of all.
    labels: usize,
    /// The place of the next one; places only grow.
    next: u64,
    /// Which acknowledgements at the source count: those of this era. So all of before are forgotten at once.
    era: u32,
    #[serde(skip)]
    at_hand: BTreeMap<u64, PageAlert>,
    /// Where each of those is, by its fingerprint.
    #[serde(skip)]
    places: HashMap<String, u64>,
    /// Places whose rows are not as they are here.
    #[serde(skip)]
    changed: BTreeSet<u64>,
}

/// As a page's body has them: how many there are, or, of older versions, all of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Counted { total: usize, firing: usize, loose: usize, labels: usize, next: u64, era: u32 },
    All(Vec<PageAlert>),
}

impl From<Stored> for Alerts {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Counted { total, firing, loose, labels, next, era } => {
                Self { total, firing, loose, labels, next, era, ..Self::default() }
            }
            Stored::All(alerts) => alerts.into_iter().collect(),
        }
    }
}

/// As they are known; what of it was written is no part of that.
impl PartialEq for Alerts {
    fn eq(&self, other: &Self) -> bool {
        let counts = |of: &Self| (of.total, of.firing, of.loose, of.labels, of.next, of.era);
        counts(self) == counts(other) && self.at_hand == other.at_hand
    }
}

impl Eq for Alerts {}

impl Alerts {
    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.total
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// How many go on.
    #[must_use]
    pub const fn firing(&self) -> usize {
        self.firing
    }

    /// How many go on, and are nobody's at their source.
    #[must_use]
    pub const fn loose(&self) -> usize {
        self.loose
    }

    /// Which acknowledgements at the source count.
    #[must_use]
    pub const fn era(&self) -> u32 {
        self.era
    }

    /// Bytes of the labels of all.
    pub(super) const fn labels_bytes(&self) -> usize {
        self.labels
    }

    /// Those at hand, in order of arrival: of all and of those that go on, at least the first [`AT_HAND`].
    pub fn iter(&self) -> impl Iterator<Item = &PageAlert> {
        self.at_hand.values()
    }

    /// Those at hand that go on.
    pub fn going_on(&self) -> impl Iterator<Item = &PageAlert> {
        self.iter().filter(|alert| alert.state == AlertState::Firing)
    }

    /// Where the one at hand with this fingerprint is.
    pub(super) fn place_of(&self, fingerprint: &str) -> Option<u64> {
        self.places.get(fingerprint).copied()
    }

    pub(super) fn get(&self, place: u64) -> Option<&PageAlert> {
        self.at_hand.get(&place)
    }

    /// Adds one behind all others.
    pub(super) fn push(&mut self, alert: PageAlert) {
        let place = self.next;
        self.next += 1;
        self.count(&alert);
        self.lay(place, alert);
        self.changed.insert(place);
    }

    /// Takes one away that is at hand.
    pub(super) fn remove(&mut self, place: u64) {
        let Some(alert) = self.at_hand.remove(&place) else { return };
        self.discount(&alert);
        self.places.remove(&alert.fingerprint);
        self.changed.insert(place);
    }

    /// Changes one that is at hand.
    pub(super) fn change(&mut self, place: u64, how: impl FnOnce(&mut PageAlert)) {
        let Some(mut alert) = self.at_hand.remove(&place) else { return };
        self.discount(&alert);
        how(&mut alert);
        self.count(&alert);
        self.at_hand.insert(place, alert);
        self.changed.insert(place);
    }

    /// What was acknowledged at the source until now counts no more.
    pub(super) fn forget_acknowledged(&mut self) {
        if self.loose == self.firing && self.at_hand.values().all(|alert| !alert.acknowledged) {
            return;
        }
        self.era += 1;
        self.loose = self.firing;
        self.at_hand.values_mut().for_each(|alert| alert.acknowledged = false);
    }

    /// Places of those at hand that are over, the first first.
    pub(super) fn over(&self) -> impl Iterator<Item = u64> {
        let over = self.at_hand.iter().filter(|(_, alert)| alert.state == AlertState::Resolved);
        over.map(|(place, _)| *place)
    }

    /// Has the one at hand that is kept at `place`.
    pub fn lay(&mut self, place: u64, alert: PageAlert) {
        self.places.insert(alert.fingerprint.clone(), place);
        self.at_hand.insert(place, alert);
    }

    /// What is to be written: the places that have changed, with what is there by now; `None`: it is kept no more.
    pub fn changes(&self) -> impl Iterator<Item = (u64, Option<&PageAlert>)> {
        self.changed.iter().map(|place| (*place, self.at_hand.get(place)))
    }

    fn count(&mut self, alert: &PageAlert) {
        self.total += 1;
        self.firing += usize::from(alert.state == AlertState::Firing);
        self.loose += usize::from(alert.is_loose());
        self.labels += alert.labels_bytes();
    }

    fn discount(&mut self, alert: &PageAlert) {
        self.total -= 1;
        self.firing -= usize::from(alert.state == AlertState::Firing);
        self.loose -= usize::from(alert.is_loose());
        self.labels -= alert.labels_bytes();
    }
}

impl FromIterator<PageAlert> for Alerts {
    fn from_iter<T: IntoIterator<Item = PageAlert>>(alerts: T) -> Self {
        let mut all = Self::default();
        alerts.into_iter().for_each(|alert| all.push(alert));
        all
    }
}
