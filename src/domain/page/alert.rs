//! The alerts of a page: what joins it, what resolves.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Moved, PageHappened, PageState};
use crate::domain::ids::SourceId;

/// How urgent an alert is. A page is as urgent as its most urgent alert was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// It can wait a little.
    Low,
    /// It may exceed the first limit of rings once.
    #[default]
    High,
}

/// Whether an alert goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertState {
    /// It does.
    Firing,
    /// Its source says that it is over.
    Resolved,
}

/// One alert, as a page keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageAlert {
    /// Who sent it.
    pub source: SourceId,
    /// What it is at its source, while it is open.
    pub fingerprint: String,
    /// Its labels, as they came.
    pub labels: BTreeMap<String, String>,
    /// One line, as it came.
    pub title: String,
    /// How urgent it is.
    pub urgency: Urgency,
    /// Where to read more, as it came.
    pub link: Option<String>,
    /// Whether it goes on.
    pub state: AlertState,
    /// Since when, as its source says.
    pub starts_at: Timestamp,
    /// The rule of its source that sent it to the page, from 1; `None`: the source itself, or an older row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<usize>,
}

/// What an alert did to a page that it came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joined {
    /// It fired there already: nothing is new.
    Known,
    /// It is one more on card and thread; nothing rings because of it.
    Quietly,
    /// The chain starts again: nobody was acknowledged as having it, or it is more urgent than what was.
    Rings,
}

impl Moved {
    /// Adds a firing `alert`: see [`join_all`](Self::join_all).
    pub fn join(&mut self, alert: PageAlert, now: Timestamp) -> Joined {
        self.join_all(vec![alert], now)
    }

    /// Adds firing `alerts` of the page's source, each once. A page that was acknowledged rings only for one that is more
    /// urgent; one whose chain was over starts again. What fires there already is news only if it is more urgent now.
    pub fn join_all(&mut self, alerts: Vec<PageAlert>, now: Timestamp) -> Joined {
        let before = (self.page.urgency, self.happened.len());
        let mut known: HashMap<String, usize> = HashMap::with_capacity(self.page.alerts.len());
        for (place, alert) in self.page.alerts.iter().enumerate() {
            known.insert(alert.fingerprint.clone(), place);
        }
        let mut gone = BTreeSet::new();
        for alert in alerts {
            let place = known.get(&alert.fingerprint).copied();
            let goes_on = place.and_then(|place| self.page.alerts.get_mut(place));
            let goes_on = goes_on.filter(|known| known.state == AlertState::Firing);
            let is_louder = goes_on.is_some();
            if let Some(known) = goes_on.filter(|known| known.urgency >= alert.urgency) {
                known.labels = alert.labels;
                continue;
            }
            gone.extend(place);
            self.page.urgency = self.page.urgency.max(alert.urgency);
            let (title, total) = (alert.title.clone(), self.page.alerts.len() + 1 - gone.len());
            let joined = PageHappened::Joined { title: title.clone(), total, rule: alert.rule };
            self.happened.push(if is_louder { PageHappened::Louder(title) } else { joined });
            known.insert(alert.fingerprint.clone(), self.page.alerts.len());
            self.page.alerts.push(alert);
        }
        let mut place = 0..;
        self.page.alerts.retain(|_| !place.next().is_some_and(|place| gone.contains(&place)));
        let (urgency, happened) = before;
        if self.happened.len() == happened {
            return Joined::Known;
        }
        let rings = match self.page.state {
            PageState::Exhausted => true,
            PageState::Acknowledged => self.page.urgency > urgency,
            PageState::Triggered | PageState::Closed => false,
        };
        if rings {
            self.start_again(now);
            return Joined::Rings;
        }
        Joined::Quietly
    }

    /// The alert `fingerprint` is over: see [`resolve_all`](Self::resolve_all). `false`: it did not fire here.
    pub fn resolve(&mut self, fingerprint: &str, now: Timestamp) -> bool {
        self.resolve_all(&HashSet::from([fingerprint]), now) > 0
    }

    /// The alerts with these fingerprints are over; with the last one, so is the page. Returns how many fired here.
    pub fn resolve_all(&mut self, fingerprints: &HashSet<&str>, now: Timestamp) -> usize {
        let (mut firing, total) = (self.page.firing(), self.page.alerts.len());
        let is_meant = |alert: &&mut PageAlert| {
            alert.state == AlertState::Firing && fingerprints.contains(alert.fingerprint.as_str())
        };
        let mut over = 0;
        for alert in self.page.alerts.iter_mut().filter(is_meant) {
            alert.state = AlertState::Resolved;
            (firing, over) = (firing - 1, over + 1);
            self.happened.push(PageHappened::Resolved { title: alert.title.clone(), firing, total });
        }
        if over > 0 && self.page.firing() == 0 {
            self.close(None, now);
        }
        over
    }
}
