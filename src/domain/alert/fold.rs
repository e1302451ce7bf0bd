//! A delivery, alert by alert: where each goes, and what is new about it.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{Alert, AlertNews, AlertStatus, Known, Route, Source, Verdict, judge};
use crate::domain::ids::{Fingerprint, PageId, PolicyId, SourceId};
use crate::domain::page::{AlertState, PageAlert};

/// One alert of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What its source says of it.
    pub news: AlertNews,
    /// Where it goes.
    pub route: Route,
}

/// Groups of a delivery that are one commit. A page costs the store some 0.2 ms: so nobody waits long for a large body.
const GROUPS_A_PART: usize = 100;

/// Every alert of `alerts`, which the sender has put into `group`, each once: of two lines about one the last counts, in the
/// place of the first.
#[must_use]
pub fn items(source: &Source, group: Option<&str>, alerts: Vec<AlertNews>) -> Vec<Item> {
    let mut places: HashMap<Fingerprint, usize> = HashMap::with_capacity(alerts.len());
    let mut items: Vec<Item> = Vec::with_capacity(alerts.len());
    for news in alerts {
        let place = *places.entry(news.fingerprint.clone()).or_insert(items.len());
        let item = Item { route: source.route(&news, group), news };
        match items.get_mut(place) {
            Some(known) => *known = item,
            None => items.push(item),
        }
    }
    items
}

/// The same in parts of whole groups, each small enough to be one commit. What is sent again finds the parts that were
/// recorded.
#[must_use]
pub fn parts(items: Vec<Item>) -> Vec<Vec<Item>> {
    let mut groups: HashMap<(PolicyId, String), usize> = HashMap::new();
    let mut parts: Vec<Vec<Item>> = Vec::new();
    for item in items {
        let next = groups.len();
        let key = (item.route.policy.clone(), item.route.group.clone());
        let part = *groups.entry(key).or_insert(next) / GROUPS_A_PART;
        if part == parts.len() {
            parts.push(Vec::new());
        }
        parts[part].push(item);
    }
    parts
}

impl Item {
    /// What it is one page with: alerts of one source, policy and group.
    #[must_use]
    pub fn group(&self) -> (&PolicyId, &str) {
        (&self.route.policy, &self.route.group)
    }

    /// What is new about it at `now`, by what is known.
    #[must_use]
    pub fn judge(&self, known: Option<&Known>, now: Timestamp) -> Verdict {
        let verdict = judge(known, &self.news, self.route.urgency, now);
        match known {
            Some(known) if verdict == Verdict::Louder && self.is_of_another_policy(known) => {
                Verdict::Moves { starts_at: self.goes_on_since(&known.alert) }
            }
            _ => verdict,
        }
    }

    fn is_of_another_policy(&self, known: &Known) -> bool {
        known.page_policy.as_ref().is_some_and(|policy| *policy != self.route.policy)
    }

    /// The latest beginning that was told of an alert that goes on.
    #[must_use]
    pub fn goes_on_since(&self, known: &Alert) -> Timestamp {
        self.news.starts_at.map_or(known.starts_at, |at| at.max(known.starts_at))
    }

    /// As its page keeps it.
    #[must_use]
    pub fn of_page(&self, source: &SourceId, starts_at: Timestamp) -> PageAlert {
        PageAlert {
            source: source.clone(),
            fingerprint: self.news.fingerprint.as_str().to_owned(),
            labels: self.news.labels.clone(),
            title: self.news.title.clone(),
            urgency: self.route.urgency,
            link: self.news.link.clone(),
            state: match self.news.status {
                AlertStatus::Firing | AlertStatus::Acknowledged => AlertState::Firing,
                AlertStatus::Resolved => AlertState::Resolved,
            },
            starts_at,
            rule: self.route.rule,
            acknowledged: false,
            told_late: None,
        }
    }

    /// Its row from now on, as part of `page`.
    #[must_use]
    pub fn row(
        &self,
        source: &SourceId,
        page: Option<PageId>,
        known: Option<&Known>,
        starts_at: Timestamp,
    ) -> Alert {
        Alert {
            source: source.clone(),
            fingerprint: self.news.fingerprint.clone(),
            page,
            starts_at,
            resolved_at: None,
            urgency: self.route.urgency,
            version: known.map_or(0, |known| known.alert.version),
        }
    }
}
