//! The alerts of a page: what joins it, what resolves.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Moved, PLACES_MAX, Page, PageHappened, PageState, Taken, Whither};
use crate::domain::alert::labels_more;
use crate::domain::escalation::Rest;
use crate::domain::ids::SourceId;
use crate::domain::report::Place;

/// Alerts that go on in one page: more than any body has. Further ones ring as others do, but only their number is kept.
pub const FIRING_MAX: usize = 100_000;

/// Alerts of a page that are over and kept, the latest: one that goes on for months has no end of them.
pub const RESOLVED_KEPT_MAX: usize = 1_000;

/// Labels of all alerts of a page that are kept, in bytes: whoever asks for the page gets all.
pub const LABELS_BYTES_MAX: usize = 8 * 1024 * 1024;

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
    /// Somebody has it, its source says.
    #[serde(default)]
    pub acknowledged: bool,
    /// The end after which it was told once more that it fires, if that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_late: Option<Timestamp>,
}

/// An alert that is over, and still told to fire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StillTold {
    /// When it began, as that says.
    pub began: Timestamp,
    /// When it was over.
    pub ended: Timestamp,
}

impl Page {
    /// What it is about now, on one line: as it was started, or, once that alert is over, the first that goes on.
    #[must_use]
    pub fn about(&self) -> &str {
        // Of those at hand: its own is one of the first.
        match self.alerts.going_on().next() {
            Some(first) if self.alerts.going_on().all(|alert| alert.title != self.title) => &first.title,
            Some(_) | None => &self.title,
        }
    }
}

impl PageAlert {
    /// Whether it goes on, and nobody has it.
    pub(super) fn is_loose(&self) -> bool {
        self.state == AlertState::Firing && !self.acknowledged
    }

    pub(super) fn labels_bytes(&self) -> usize {
        self.labels.iter().map(|(name, value)| name.len() + value.len()).sum()
    }

    /// Leaves the labels out, visibly, where there is no `room` for them.
    fn fit_labels(&mut self, room: usize) {
        if self.labels_bytes() > room {
            let left = std::mem::take(&mut self.labels).len();
            self.labels = BTreeMap::from([labels_more(left)]);
        }
    }
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
        alerts.into_iter().for_each(|alert| self.take_in(alert));
        let (urgency, happened) = before;
        if self.happened.len() == happened {
            return Joined::Known;
        }
        let is_louder = self.page.urgency > urgency;
        let rings = match self.page.state {
            PageState::Exhausted => true,
            // Nobody here knows of a page that somebody has elsewhere.
            PageState::Acknowledged => is_louder || self.page.taken.as_ref().is_some_and(Taken::is_at_source),
            PageState::Triggered => is_louder && self.passed_over(urgency),
            PageState::Closed => false,
        };
        if rings {
            if self.page.state == PageState::Triggered {
                self.happened.push(PageHappened::Restarted);
            }
            self.start_again(now);
            return Joined::Rings;
        }
        Joined::Quietly
    }

    /// Adds one, in the place of what is known of it; if it goes on there, and is no more urgent, only its labels are new.
    fn take_in(&mut self, mut alert: PageAlert) {
        let place = self.page.alerts.place_of(&alert.fingerprint);
        let known = place.and_then(|place| self.page.alerts.get(place));
        alert.fit_labels(self.room_for_labels() + known.map_or(0, PageAlert::labels_bytes));
        let goes_on = known.filter(|known| known.state == AlertState::Firing);
        let (is_louder, is_news) =
            (goes_on.is_some(), goes_on.is_none_or(|known| known.urgency < alert.urgency));
        if let Some(place) = place.filter(|_| !is_news) {
            return self.page.alerts.change(place, |known| known.labels = alert.labels);
        }
        if let Some(place) = place {
            self.page.alerts.remove(place);
        }
        self.page.urgency = self.page.urgency.max(alert.urgency);
        let (title, total) = (alert.title.clone(), self.page.alerts.len() + 1);
        let rule = alert.rule;
        self.happened.push(match is_louder {
            true => PageHappened::Louder { title, rule },
            false => PageHappened::Joined { title, total, rule },
        });
        if self.page.firing() == FIRING_MAX {
            self.page.crowded_out += 1;
        } else {
            self.page.alerts.push(alert);
        }
    }

    /// Whether this round passed over a step because the page was only of `urgency`: it would have been that step's.
    fn passed_over(&self, urgency: Urgency) -> bool {
        let before = self.page.policy.steps.iter().take(self.page.chain.step);
        before.into_iter().any(|step| urgency < step.urgency && step.urgency <= self.page.urgency)
    }

    /// What joined would rest until then, by its own delay and planned work: a page that has not begun and would rest for
    /// longer rests no longer than that. `None`: it begins now.
    pub fn rest_no_longer(&mut self, rest: Option<Rest>, now: Timestamp) {
        let begins = rest.as_ref().map_or(now, |rest| rest.until);
        let is_sooner = self.page.chain.ends_at.is_some_and(|ends_at| begins < ends_at);
        if self.page.resting().is_none() || !is_sooner {
            return;
        }
        self.page.chain.ends_at = Some(begins);
        self.happened.extend(rest.clone().map(PageHappened::Rests));
        self.page.rest = rest;
    }

    /// What joined would rest until then: the chain that begins again because of it waits as long.
    pub fn rest_first(&mut self, rest: Option<Rest>) {
        let Some(rest) = rest else { return };
        // How an earlier ring ends does not shorten it.
        self.page.chain.turn += 1;
        self.page.chain.ends_at = Some(rest.until);
        self.happened.push(PageHappened::Rests(rest.clone()));
        self.page.rest = Some(rest);
    }

    /// Shows it in `places` as well, as far as there is room; the others are counted.
    pub fn show_in(&mut self, places: &[Place]) {
        for place in places {
            if self.page.places.contains(place) || self.page.unshown.contains(place) {
                continue;
            }
            let list = match self.page.places.len() < PLACES_MAX {
                true => &mut self.page.places,
                false if self.page.unshown.len() < PLACES_MAX => &mut self.page.unshown,
                false => return,
            };
            list.push(place.clone());
        }
    }

    /// Somebody has the alerts with these fingerprints, their source says. When nothing else of the page goes on, it is
    /// acknowledged on behalf of the source, as a person would.
    pub fn acknowledge_at_source(&mut self, fingerprints: &HashSet<&str>, now: Timestamp) {
        for place in self.places_of(fingerprints, PageAlert::is_loose) {
            self.page.alerts.change(place, |alert| alert.acknowledged = true);
            let alert = self.page.alerts.get(place);
            self.happened.extend(alert.map(|alert| PageHappened::AcknowledgedThere {
                source: alert.source.clone(),
                title: alert.title.clone(),
            }));
        }
        self.take_there(now);
    }

    /// Acknowledges a page that waits for somebody, if all that goes on in it was acknowledged at its source.
    fn take_there(&mut self, now: Timestamp) {
        let waits = matches!(self.page.state, PageState::Triggered | PageState::Exhausted);
        let source = self.page.alerts.going_on().next().map(|alert| Taken::at_source(&alert.source));
        if let Some(source) = source.filter(|_| waits && self.page.alerts.loose() == 0) {
            let _nobody_was_first = self.acknowledge(&source, None, now);
        }
    }

    /// Somebody here wants people rung, or time is out: what was acknowledged at its source counts no more.
    pub(super) fn forget_acknowledged(&mut self) {
        self.page.alerts.forget_acknowledged();
    }

    /// The alert `fingerprint` is over: see [`resolve_all`](Self::resolve_all). `false`: it did not fire here.
    pub fn resolve(&mut self, fingerprint: &str, now: Timestamp) -> bool {
        self.resolve_all(&HashSet::from([fingerprint]), now) > 0
    }

    /// The alerts with these fingerprints are over; with the last one, so is the page. Returns how many fired here.
    pub fn resolve_all(&mut self, fingerprints: &HashSet<&str>, now: Timestamp) -> usize {
        let over = self.end_alerts(fingerprints, |alert, firing, total| {
            Some(PageHappened::Resolved { title: alert.title.clone(), firing, total })
        });
        self.go_on_without(over, PageHappened::Closed(None), now);
        over
    }

    /// The alerts with these fingerprints are other pages' from here on: for this one they are over, and with the last one
    /// it is itself.
    pub fn leave_all(&mut self, leaves: &HashMap<&str, Whither>, now: Timestamp) {
        let over = self.end_alerts(&leaves.keys().copied().collect(), |alert, firing, total| {
            let to = leaves.get(alert.fingerprint.as_str())?.clone();
            Some(PageHappened::Left { title: alert.title.clone(), firing, total, to })
        });
        self.go_on_without(over, PageHappened::Emptied, now);
    }

    /// The alerts with these fingerprints are over, and still told to fire: said once an end, of those that are kept.
    pub fn still_told(&mut self, told: &HashMap<&str, StillTold>) {
        for place in self.places_of(&told.keys().copied().collect(), |_| true) {
            let Some(alert) = self.page.alerts.get(place).cloned() else { continue };
            let Some(StillTold { began, ended }) = told.get(alert.fingerprint.as_str()).copied() else {
                continue;
            };
            if alert.told_late == Some(ended) {
                continue;
            }
            self.page.alerts.change(place, |alert| alert.told_late = Some(ended));
            let (source, title) = (alert.source, alert.title);
            self.happened.push(PageHappened::StillTold { source, title, began, ended });
        }
    }

    /// Ends each of these alerts that goes on and of which `says` has something to say, given how many go on without it, and
    /// of how many. Returns their number.
    fn end_alerts(
        &mut self,
        fingerprints: &HashSet<&str>,
        says: impl Fn(&PageAlert, usize, usize) -> Option<PageHappened>,
    ) -> usize {
        let (total, mut over) = (self.page.alerts.len(), 0);
        for place in self.places_of(fingerprints, |alert| alert.state == AlertState::Firing) {
            let firing = self.page.firing() - 1;
            let said = self.page.alerts.get(place).and_then(|alert| says(alert, firing, total));
            let Some(said) = said else { continue };
            self.page.alerts.change(place, |alert| alert.state = AlertState::Resolved);
            self.happened.push(said);
            over += 1;
        }
        self.forget_resolved();
        over
    }

    /// `over` alerts have ended: with the last one the page is over, as `closed` says.
    fn go_on_without(&mut self, over: usize, closed: PageHappened, now: Timestamp) {
        if over > 0 && self.page.firing() == 0 {
            self.close_as(None, closed, now);
        } else if over > 0 {
            self.take_there(now);
        }
    }

    /// Keeps the latest of the alerts that are over, and counts the others.
    fn forget_resolved(&mut self) {
        let over = self.page.alerts.len() - self.page.firing();
        let surplus = over.saturating_sub(RESOLVED_KEPT_MAX);
        // Whoever ends some has as many at hand that have ended before.
        let first: Vec<u64> = self.page.alerts.over().take(surplus).collect();
        self.page.forgotten += first.len() as u64;
        first.into_iter().for_each(|place| self.page.alerts.remove(place));
    }

    /// Where those with these fingerprints are that are `meant`, in order of arrival.
    fn places_of(&self, fingerprints: &HashSet<&str>, meant: impl Fn(&PageAlert) -> bool) -> Vec<u64> {
        let alerts = &self.page.alerts;
        let places = fingerprints.iter().filter_map(|fingerprint| alerts.place_of(fingerprint));
        let mut places: Vec<u64> = places.filter(|place| alerts.get(*place).is_some_and(&meant)).collect();
        places.sort_unstable();
        places
    }

    /// Bytes of labels that still fit into the page.
    fn room_for_labels(&self) -> usize {
        LABELS_BYTES_MAX.saturating_sub(self.page.alerts.labels_bytes())
    }
}
