//! A delivery, alert by alert: where each goes, and what is new about it.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{Alert, AlertDelivery, AlertNews, AlertStatus, Known, Route, Source, Verdict, judge};
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

/// Every alert of `delivery`, each once: of two lines about one the last counts, in the place of the first.
#[must_use]
pub fn items(source: &Source, delivery: &AlertDelivery) -> Vec<Item> {
    let mut places: HashMap<&Fingerprint, usize> = HashMap::with_capacity(delivery.alerts.len());
    let mut items: Vec<Item> = Vec::with_capacity(delivery.alerts.len());
    for news in &delivery.alerts {
        let item = Item { route: source.route(news, delivery.group.as_deref()), news: news.clone() };
        match places.get(&news.fingerprint) {
            Some(place) => items[*place] = item,
            None => {
                places.insert(&news.fingerprint, items.len());
                items.push(item);
            }
        }
    }
    items
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
        judge(known, &self.news, self.route.urgency, now)
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
        }
    }

    /// Its row from now on, as part of `page`.
    #[must_use]
    pub fn row(&self, source: &SourceId, page: PageId, known: Option<&Known>, starts_at: Timestamp) -> Alert {
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
