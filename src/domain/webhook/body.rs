//! The body that a webhook gets: JSON. Receivers are built on its names, so that none is changed or taken away.

use jiff::Timestamp;
use serde::Serialize;

use super::event::{Cause, PageNews};
use crate::domain::call::Outcome;
use crate::domain::ids::{PageId, PersonId, PolicyId, WebhookId};
use crate::domain::page::{Page, PageAlert, PageState, Stage, Urgency};

/// Alerts told in one body, the first; a program that wants all asks `/api/pages`.
const ALERTS_MAX: usize = 50;

/// Rings told in one body, the latest: a page may come to thousands.
const RINGS_MAX: usize = 50;

/// Longest body, in bytes. Labels come from outside and may be long: without its alerts, a body is shorter.
pub const BODY_MAX: usize = 256 * 1024;

#[derive(Serialize)]
struct Body<'a> {
    id: &'a str,
    event: String,
    webhook: &'a WebhookId,
    at: Timestamp,
    #[serde(flatten)]
    cause: &'a Cause,
    page: PageBody<'a>,
}

#[derive(Serialize)]
struct PageBody<'a> {
    id: &'a PageId,
    policy: &'a PolicyId,
    title: &'a str,
    state: PageState,
    urgency: Urgency,
    step: usize,
    round: u32,
    by: String,
    opened_at: Timestamp,
    acknowledged_by: Option<&'a PersonId>,
    acknowledged_until: Option<Timestamp>,
    closed_at: Option<Timestamp>,
    closed_by: Option<&'a PersonId>,
    rings: Vec<RingBody<'a>>,
    rings_total: usize,
    alerts: Vec<&'a PageAlert>,
    alerts_total: usize,
}

#[derive(Serialize)]
struct RingBody<'a> {
    at: Timestamp,
    person: &'a PersonId,
    outcome: Option<Outcome>,
}

/// What a body says beside the page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head<'a> {
    pub(super) id: &'a str,
    pub(super) webhook: &'a WebhookId,
    pub(super) news: PageNews,
    pub(super) cause: &'a Cause,
    pub(super) stage: Stage,
    pub(super) at: Timestamp,
}

/// The body: texts as they came, since who reads them is a program.
pub(super) fn body(page: &Page, head: Head<'_>) -> String {
    let body = written(page, head, ALERTS_MAX);
    if body.len() <= BODY_MAX { body } else { written(page, head, 0) }
}

fn written(page: &Page, head: Head<'_>, alerts: usize) -> String {
    let rings = page.rings.iter().skip(page.rings.len().saturating_sub(RINGS_MAX));
    let taken = page.acknowledged_by();
    let told = PageBody {
        id: &page.id,
        policy: &page.policy.id,
        title: &page.title,
        state: page.state,
        urgency: page.urgency,
        step: head.stage.step,
        round: head.stage.round,
        by: page.by.to_string(),
        opened_at: page.opened_at,
        acknowledged_by: taken.map(|taken| &taken.by),
        acknowledged_until: taken.and_then(|taken| taken.until),
        closed_at: page.closed_at,
        closed_by: page.closed_by.as_ref(),
        rings: rings
            .map(|ring| RingBody { at: ring.at, person: &ring.person, outcome: ring.outcome })
            .collect(),
        rings_total: page.rings.len(),
        alerts: page.alerts.iter().take(alerts).collect(),
        alerts_total: page.alerts.len(),
    };
    let Head { id, webhook, news, cause, at, .. } = head;
    let body = Body { id, event: format!("page.{}", news.as_str()), webhook, at, cause, page: told };
    // Nothing of it can fail to be written: its keys are texts, its numbers whole.
    serde_json::to_string(&body).unwrap_or_default()
}
