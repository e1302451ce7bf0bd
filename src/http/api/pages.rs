//! Pages as JSON.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Api, EntryJson, to_the_millisecond, unavailable};
use crate::domain::call::Outcome;
use crate::domain::ids::{PageId, PersonId, SourceId};
use crate::domain::page::{
    AT_HAND, AlertState, Opener, Page, PageAlert, PageEntry, PageState, RingWhy, Urgency,
};
use crate::domain::report::page_lines;
use crate::problem::Problem;

/// Most open pages in one answer; all are counted.
const PAGES_MAX: usize = 1_000;

/// Most alerts of a page in the list of pages; all are counted, and the page itself has all.
const ALERTS_LISTED_MAX: usize = AT_HAND;

#[derive(Serialize)]
struct PageJson<'a> {
    id: &'a str,
    policy: &'a str,
    state: PageState,
    step: usize,
    round: u32,
    urgency: Urgency,
    source: Option<&'a str>,
    /// The person who started it, if one did.
    by: Option<&'a str>,
    title: &'a str,
    opened_at: Timestamp,
    closed_at: Option<Timestamp>,
    closed_by: Option<&'a str>,
    acknowledged_by: Option<&'a str>,
    acknowledged_at: Option<Timestamp>,
    /// When whoever has it is rung again, if it is still open.
    promised_until: Option<Timestamp>,
    calls: Vec<&'a str>,
    rings: Vec<RingJson<'a>>,
    holds: Vec<HoldJson<'a>>,
    /// Nothing of it rings before then; `None`: its chain has begun.
    held_until: Option<Timestamp>,
    /// Why, as whoever planned that wrote it.
    why: Option<&'a str>,
    firing: usize,
    alerts_total: usize,
    alerts: Vec<AlertJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeline: Option<Vec<EntryJson>>,
}

#[derive(Serialize)]
struct RingJson<'a> {
    at: Timestamp,
    person: &'a str,
    call: &'a str,
    why: &'a RingWhy,
    rang_at: Option<Timestamp>,
    answered_at: Option<Timestamp>,
    outcome: Option<Outcome>,
    ended_at: Option<Timestamp>,
}

/// A ring that a limit keeps back.
#[derive(Serialize)]
struct HoldJson<'a> {
    person: &'a str,
    until: Timestamp,
    rule: &'a str,
}

#[derive(Serialize)]
struct AlertJson<'a> {
    fingerprint: &'a str,
    state: AlertState,
    labels: &'a BTreeMap<String, String>,
    title: &'a str,
    urgency: Urgency,
    link: Option<&'a str>,
    starts_at: Timestamp,
}

impl<'a> PageJson<'a> {
    /// With the first of its alerts.
    fn of(page: &'a Page) -> Self {
        let taken = page.acknowledged_by();
        let by = match &page.by {
            Opener::Person(person) => Some(person.as_str()),
            Opener::Source(_) => None,
        };
        Self {
            id: page.id.as_str(),
            policy: page.policy.id.as_str(),
            state: page.state,
            step: page.chain.step,
            round: page.chain.round,
            urgency: page.urgency,
            source: page.source().map(SourceId::as_str),
            by,
            title: page.about(),
            opened_at: page.opened_at,
            closed_at: page.closed_at,
            closed_by: page.closed_by.as_ref().map(PersonId::as_str),
            acknowledged_by: taken.map(|taken| taken.by.as_str()),
            acknowledged_at: taken.map(|taken| taken.at),
            promised_until: taken.and_then(|taken| taken.until),
            calls: page.rings.iter().map(|ring| ring.call.as_str()).collect(),
            rings: rings(page),
            holds: holds(page),
            held_until: page.resting().map(|rest| rest.until),
            why: page.resting().map(|rest| rest.why.as_str()),
            firing: page.firing(),
            alerts_total: page.alerts.len() + usize::try_from(page.forgotten).unwrap_or_default(),
            alerts: alerts(page.alerts.iter().take(ALERTS_LISTED_MAX)),
            timeline: None,
        }
    }
}

fn rings(page: &Page) -> Vec<RingJson<'_>> {
    let ring = page.rings.iter().map(|ring| RingJson {
        at: ring.at,
        person: ring.person.as_str(),
        call: ring.call.as_str(),
        why: &ring.why,
        rang_at: ring.rang_at,
        answered_at: ring.answered_at,
        outcome: ring.outcome,
        ended_at: ring.ended_at,
    });
    ring.collect()
}

fn holds(page: &Page) -> Vec<HoldJson<'_>> {
    let hold = page.holds.iter();
    hold.map(|hold| HoldJson { person: hold.person.as_str(), until: hold.until, rule: &hold.rule }).collect()
}

fn alerts<'a>(alerts: impl Iterator<Item = &'a PageAlert>) -> Vec<AlertJson<'a>> {
    let alert = alerts.map(|alert| AlertJson {
        fingerprint: &alert.fingerprint,
        state: alert.state,
        labels: &alert.labels,
        title: &alert.title,
        urgency: alert.urgency,
        link: alert.link.as_deref(),
        starts_at: alert.starts_at,
    });
    alert.collect()
}

impl From<PageEntry> for EntryJson {
    fn from(entry: PageEntry) -> Self {
        Self { at: to_the_millisecond(entry.at), event: entry.event.as_str(), detail: entry.detail }
    }
}

/// How many of the newest are wanted; all, if it says nothing.
#[derive(Deserialize)]
pub(super) struct Wanted {
    limit: Option<usize>,
}

pub(super) async fn pages(
    State(api): State<Api>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Json<serde_json::Value>, Problem> {
    let no = |_| Problem::new(StatusCode::BAD_REQUEST, "limit is a whole number");
    let Query(wanted) = wanted.map_err(no)?;
    let limit = wanted.limit.unwrap_or(PAGES_MAX).min(PAGES_MAX);
    let found = api.store.open_pages(limit).await;
    let (pages, total) = found.map_err(|error| unavailable(&error.to_string()))?;
    let pages: Vec<PageJson<'_>> = pages.iter().map(PageJson::of).collect();
    Ok(Json(serde_json::json!({ "pages": pages, "total": total })))
}

pub(super) async fn page(
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<Json<serde_json::Value>, Problem> {
    let id = PageId::new(id);
    let found = api.store.page(&id).await.map_err(|error| unavailable(&error.to_string()))?;
    let Some(found) = found else { return Err(Problem::not_found("there is no such page")) };
    let timeline = api.store.page_timeline(&id).await.map_err(|error| unavailable(&error.to_string()))?;
    let lines = page_lines(0, timeline).into_iter();
    let timeline = Some(lines.map(|line| EntryJson::from(line.entry)).collect());
    let all = api.store.page_alerts(&id).await.map_err(|error| unavailable(&error.to_string()))?;
    let json = PageJson { timeline, alerts: alerts(all.iter()), ..PageJson::of(&found) };
    serde_json::to_value(json).map(Json).map_err(|error| unavailable(&error.to_string()))
}
