//! What webhooks are told because a page has moved.

use jiff::Timestamp;

use super::body::{Head, body};
use super::event::{Cause, PageNews};
use crate::domain::ids::{PageId, WebhookId};
use crate::domain::page::{Moved, Page, Stage, StepTells};

/// One thing that a webhook is told of a page, as it was when that was decided: the same whenever it is told again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// Unique: by it the webhook knows what it has.
    pub id: String,
    /// Which webhook.
    pub webhook: WebhookId,
    /// Of which page. What a webhook is told of one page, it is told in order.
    pub page: PageId,
    /// What of it.
    pub news: PageNews,
    /// When it was tried first, and how often, without being taken.
    pub tried: Option<Tried>,
    /// JSON.
    pub body: String,
}

/// Tries that came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tried {
    /// When the first one was.
    pub since: Timestamp,
    /// How many.
    pub times: u32,
}

/// What webhooks are told because of `moved`, in order: its steps', and the others that the page has told before hear what
/// became of it, if they are `known` still.
#[must_use]
pub fn tellings(
    before: Option<&Page>,
    moved: &Moved,
    now: Timestamp,
    known: impl Fn(&WebhookId) -> bool,
) -> Vec<Telling> {
    let page = &moved.page;
    let steps = moved.tell.iter().map(|tells| step(page, tells, now));
    let Some((before, news)) = before.and_then(|before| Some((before, PageNews::of(before, page)?))) else {
        return steps.collect();
    };
    let cause = Cause::of(news, page, &moved.happened);
    let stage = Stage { step: page.chain.step, round: page.chain.round };
    let told = before.told.iter().filter(|webhook| known(webhook)).map(|webhook| {
        // The row's version is of one commit alone.
        let id = format!("{}-v{}-{webhook}", page.id, before.version);
        let head = Head { id: &id, webhook, news, cause: &cause, stage, at: now };
        let body = body(page, head);
        Telling { id, webhook: webhook.clone(), page: page.id.clone(), news, tried: None, body }
    });
    if news.leads() { told.chain(steps).collect() } else { steps.chain(told).collect() }
}

/// What a step tells one of its webhooks.
fn step(page: &Page, tells: &StepTells, now: Timestamp) -> Telling {
    let (id, webhook, news) = (tells.id(&page.id), &tells.webhook, PageNews::Step);
    let head = Head { id: &id, webhook, news, cause: &Cause::default(), stage: tells.stage, at: now };
    let body = body(page, head);
    Telling { id, webhook: webhook.clone(), page: page.id.clone(), news, tried: None, body }
}
