//! Tells another program of a page.

use std::time::Duration;

use crate::clock::{later, until};
use crate::domain::change::{Change, EffectRow};
use crate::domain::ids::{PageId, WebhookId};
use crate::domain::page::{Notice, Page, PageHappened, Posted};
use crate::domain::report::page_story;
use crate::domain::webhook::{Telling, Tried};
use crate::ports::{NextTelling, NotTaken, StoreError, Told, pass};
use crate::usecase::Context;
use crate::usecase::backoff::pause;
use crate::usecase::dial::done;

/// Pause before a program that did not take it is told again; it doubles.
const PAUSE_FIRST: Duration = Duration::from_secs(2);
/// The longest such pause.
const PAUSE_MAX: Duration = Duration::from_secs(120);
/// How long after the first try the last one is: a receiver that was restarted or deployed is back by then, and whoever
/// looks after it knows of a longer outage. What waits behind it is not too old by then.
const TOLD_FOR: Duration = Duration::from_secs(15 * 60);

impl Context {
    /// Tells `webhook` the first of what it shall hear of `page`, once, and stores what became of it. After a lost answer it is
    /// told the same again, by the same id. What follows waits until that was taken, or is given up.
    pub(in crate::usecase) async fn post(
        &self,
        row: &EffectRow,
        (webhook, page): (&WebhookId, &PageId),
    ) -> Result<(), StoreError> {
        let Some(NextTelling { telling, has_more }) = self.store.next_telling(webhook, page).await? else {
            return self.commit(done(row)).await;
        };
        let posted = self.try_telling(&telling).await;
        pass(&*self.steps, "post.answered").await;
        tracing::debug!(%webhook, id = telling.id, ?posted, "a webhook was told");
        let mut change = self.after(row, &telling, (&posted, has_more));
        // What is tried for long is said once, and then how it ended.
        if !matches!(posted, Posted::Again { .. } if telling.tried.is_some())
            && let Some(page) = self.store.page(page).await?
        {
            self.note_posted(&page, (&telling, posted), &mut change);
        }
        self.commit(change).await
    }

    async fn try_telling(&self, telling: &Telling) -> Posted {
        let tried = telling.tried.unwrap_or(Tried { since: self.clock.now(), times: 0 });
        let (tries, last) = (tried.times.saturating_add(1), later(tried.since, TOLD_FOR));
        let answer = self.tell_webhook(telling).await;
        let now = self.clock.now();
        match answer {
            Ok(status) => Posted::Took { status, tries },
            Err(Untold { why, is_final }) if is_final || now >= last => {
                Posted::GivenUp { why, tries, span: until(tried.since, now) }
            }
            Err(Untold { why, .. }) => {
                let at = later(now, pause(PAUSE_FIRST, PAUSE_MAX, tried.times)).min(last);
                Posted::Again { why, at, tried: Tried { times: tries, ..tried } }
            }
        }
    }

    /// What is stored of it: it waits, or the next one's turn is now, or nothing waits any more.
    fn after(&self, row: &EffectRow, telling: &Telling, (posted, has_more): (&Posted, bool)) -> Change {
        let again = |due, attempts| EffectRow { due, attempts, lease: None, ..row.clone() };
        let mut change = match posted {
            Posted::Again { at, tried, .. } => {
                Change { effects: vec![again(*at, tried.times)], ..Change::default() }
            }
            Posted::Took { .. } | Posted::GivenUp { .. } if has_more => {
                Change { effects: vec![again(self.clock.now(), 0)], ..Change::default() }
            }
            Posted::Took { .. } | Posted::GivenUp { .. } => done(row),
        };
        match posted {
            Posted::Again { tried, .. } => change.pages().tried.push((telling.id.clone(), *tried)),
            Posted::Took { .. } | Posted::GivenUp { .. } => change.pages().told.push(telling.id.clone()),
        }
        change
    }

    async fn tell_webhook(&self, Telling { id, webhook, body, .. }: &Telling) -> Result<u16, Untold> {
        let settings = self.settings.get();
        let Some(endpoint) = settings.endpoints.get(webhook) else {
            let why = "the configuration has no such webhook any more".to_owned();
            return Err(Untold { why, is_final: true });
        };
        let told = Told { id, at: self.clock.now(), body };
        let answer = self.webhooks.tell(endpoint, &told).await;
        answer.map_err(|NotTaken(why)| Untold { why, is_final: false })
    }

    /// A line for the page's timeline; the owner hears of what was given up.
    fn note_posted(&self, page: &Page, (telling, posted): (&Telling, Posted), change: &mut Change) {
        let (webhook, news) = (&telling.webhook, telling.news);
        let now = self.clock.now();
        let is_trouble = !matches!(posted, Posted::Took { .. });
        if matches!(posted, Posted::GivenUp { .. }) {
            let settings = self.settings.get();
            self.tell_of_page(page, &Notice::NotPosted(webhook.clone(), news), &settings, change);
        }
        let entry = page_story(page, &PageHappened::Posted(webhook.clone(), news, posted), now);
        change.pages().lines.push((page.id.clone(), entry));
        if is_trouble {
            super::turn::report(page, now, change);
        }
    }
}

/// Why a program was not told.
struct Untold {
    why: String,
    /// It will not be by trying again.
    is_final: bool,
}
