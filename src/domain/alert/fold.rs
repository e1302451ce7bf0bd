//! A delivery, alert by alert: where each goes, and what is new about it.

use std::cmp::Reverse;
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
/// Alerts of a delivery that are one commit: two rows each, some 20 ms of the store's writer.
const ALERTS_A_PART: usize = 500;

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

/// The same in parts of few groups and alerts, each small enough to be one commit. What is sent again finds the parts that
/// were recorded.
///
/// A group of more alerts than that begins with those that go on, the most urgent first, and ends with those that are over: its
/// page is opened as urgent as it is, and none is over while another of the body is to join it.
#[must_use]
pub fn parts(mut items: Vec<Item>) -> Vec<Vec<Item>> {
    if items.len() > ALERTS_A_PART {
        items.sort_by_key(|item| (item.news.status == AlertStatus::Resolved, Reverse(item.route.urgency)));
    }
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
    parts.into_iter().flat_map(small).collect()
}

/// In order, as many at a time as are one commit.
fn small(items: Vec<Item>) -> Vec<Vec<Item>> {
    let (mut items, mut parts) = (items.into_iter().peekable(), Vec::new());
    while items.peek().is_some() {
        parts.push(items.by_ref().take(ALERTS_A_PART).collect());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::page::Urgency;

    fn item(n: usize, status: AlertStatus, urgency: Urgency) -> Item {
        let news = AlertNews {
            fingerprint: Fingerprint::new(format!("f{n}")),
            status,
            labels: std::collections::BTreeMap::new(),
            title: "disk full".to_owned(),
            urgency: None,
            link: None,
            starts_at: None,
            ends_at: None,
        };
        let (policy, group) = (PolicyId::new("p"), "g".to_owned());
        Item { news, route: Route { policy, urgency, group, post: Vec::new(), delay: None, rule: None } }
    }

    fn names(part: &[Item]) -> Vec<&str> {
        part.iter().map(|item| item.news.fingerprint.as_str()).collect()
    }

    #[test]
    fn a_small_group_is_one_part_as_it_came() {
        let items = vec![
            item(0, AlertStatus::Resolved, Urgency::Low),
            item(1, AlertStatus::Firing, Urgency::Low),
            item(2, AlertStatus::Firing, Urgency::High),
        ];
        let parts = parts(items);
        assert_eq!(parts.iter().map(|part| names(part)).collect::<Vec<_>>(), [["f0", "f1", "f2"]]);
    }

    #[test]
    fn a_large_group_is_several_parts_and_what_is_over_comes_last() {
        let status = |n| if n % 2 == 0 { AlertStatus::Resolved } else { AlertStatus::Firing };
        let urgency = |n| if n == 901 { Urgency::High } else { Urgency::Low };
        let parts = parts((0..2 * ALERTS_A_PART + 10).map(|n| item(n, status(n), urgency(n))).collect());
        assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), [ALERTS_A_PART, ALERTS_A_PART, 10]);
        assert_eq!(names(&parts[0])[..3], ["f901", "f1", "f3"]);
        let over =
            parts.concat().iter().map(|item| item.news.status == AlertStatus::Resolved).collect::<Vec<_>>();
        assert!(over.is_sorted(), "none ends before all have begun");
    }
}
