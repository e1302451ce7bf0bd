//! Turning values into what a row holds, and back. Done by the callers, so that the writer thread does not.

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::change::Change;
use crate::domain::page::Page;
use crate::ports::StoreError;

/// A change with its bodies as JSON, each list in the order of the change's own.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) change: Change,
    pub(super) receipt: Option<String>,
    pub(super) calls: Vec<String>,
    pub(super) cards: Vec<String>,
    pub(super) shown: Vec<String>,
    pub(super) asks: Vec<String>,
    pub(super) linkings: Vec<String>,
    pub(super) links: Vec<String>,
    pub(super) choices: Vec<String>,
    pub(super) audit: Vec<String>,
    pub(super) laid: Vec<String>,
    pub(super) moved: Vec<String>,
    pub(super) pages: Vec<String>,
    /// Of each page, the alerts that have changed and are kept.
    pub(super) page_alerts: Vec<Vec<String>>,
    pub(super) effects: Vec<String>,
    pub(super) timers: Vec<String>,
}

impl Prepared {
    pub(super) fn of(change: Change) -> Result<Self, StoreError> {
        let people = || change.people.iter();
        Ok(Self {
            receipt: change.delivery.as_ref().map(|delivery| json(&delivery.receipt)).transpose()?,
            calls: all(change.calls.iter())?,
            cards: all(change.cards.iter())?,
            shown: all(change.shown.iter())?,
            asks: all(change.asks.iter())?,
            linkings: all(people().flat_map(|people| &people.linkings))?,
            links: all(people().flat_map(|people| &people.links))?,
            choices: all(people().flat_map(|people| &people.choices).map(|(_, choice)| choice))?,
            audit: all(people().flat_map(|people| &people.audit))?,
            laid: all(change.duty.iter().flat_map(|duty| &duty.laid))?,
            moved: all(change.duty.iter().flat_map(|duty| &duty.moved))?,
            pages: all(change.pages.iter().flat_map(|change| &change.pages))?,
            page_alerts: change
                .pages
                .iter()
                .flat_map(|change| &change.pages)
                .map(changed)
                .collect::<Result<_, _>>()?,
            effects: all(change.effects.iter().map(|row| &row.effect))?,
            timers: all(change.timers.iter().map(|row| &row.timer))?,
            change,
        })
    }
}

fn changed(page: &Page) -> Result<Vec<String>, StoreError> {
    page.alerts.changes().filter_map(|(_, alert)| alert).map(json).collect()
}

fn all<'a, T: Serialize + 'a>(values: impl Iterator<Item = &'a T>) -> Result<Vec<String>, StoreError> {
    values.map(json).collect()
}

fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|why| StoreError::Failed(format!("can't write a body: {why}")))
}

/// A body as it was.
pub(super) fn parse<T: DeserializeOwned>(body: &str) -> Result<T, StoreError> {
    serde_json::from_str(body).map_err(|why| StoreError::Failed(format!("can't read a body: {why}")))
}

/// An instant as a column holds it.
pub(super) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// An instant as a column held it.
pub(super) fn instant(micros: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(|why| StoreError::Failed(format!("not an instant: {why}")))
}

/// A bound on rows, as SQL takes it.
pub(super) fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

impl From<rusqlite::Error> for StoreError {
    fn from(why: rusqlite::Error) -> Self {
        Self::Failed(why.to_string())
    }
}
