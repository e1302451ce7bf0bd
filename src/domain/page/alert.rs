//! The alerts of a page: what joins it, what resolves.

use std::collections::BTreeMap;

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
    /// Adds a firing `alert`. A page that was acknowledged rings only for one that is more urgent; one whose chain was
    /// over starts again.
    pub fn join(&mut self, alert: PageAlert, now: Timestamp) -> Joined {
        let is_firing = |known: &&mut PageAlert| known.is(&alert) && known.state == AlertState::Firing;
        if let Some(known) = self.page.alerts.iter_mut().find(is_firing) {
            known.labels = alert.labels;
            return Joined::Known;
        }
        let (louder, title) = (alert.urgency > self.page.urgency, alert.title.clone());
        self.page.urgency = self.page.urgency.max(alert.urgency);
        self.page.alerts.retain(|known| !known.is(&alert));
        self.page.alerts.push(alert);
        self.happened.push(PageHappened::Joined(title));
        let rings = match self.page.state {
            PageState::Exhausted => true,
            PageState::Acknowledged => louder,
            PageState::Triggered | PageState::Closed => false,
        };
        if rings {
            self.start_again(now);
            return Joined::Rings;
        }
        Joined::Quietly
    }

    /// The alert `fingerprint` is over; with the last one, so is the page. `false`: it did not fire here.
    pub fn resolve(&mut self, fingerprint: &str, now: Timestamp) -> bool {
        let mut alerts = self.page.alerts.iter_mut();
        let firing =
            |known: &&mut PageAlert| known.fingerprint == fingerprint && known.state == AlertState::Firing;
        let Some(known) = alerts.find(firing) else { return false };
        known.state = AlertState::Resolved;
        let title = known.title.clone();
        self.happened.push(PageHappened::Resolved(title));
        if self.page.firing() == 0 {
            self.close(None, now);
        }
        true
    }
}

impl PageAlert {
    fn is(&self, other: &Self) -> bool {
        self.source == other.source && self.fingerprint == other.fingerprint
    }
}
