//! Tells another program of a page.

use std::time::Duration;

use crate::clock::later;
use crate::domain::change::{Change, EffectRow};
use crate::domain::ids::{PageId, WebhookId};
use crate::domain::page::{Notice, Page, PageHappened, Posted};
use crate::domain::report::page_story;
use crate::ports::{NotTaken, StoreError, Told, pass};
use crate::usecase::Context;
use crate::usecase::backoff::pause;
use crate::usecase::dial::done;

/// Pause before a program that did not take it is told again; it doubles.
const PAUSE_FIRST: Duration = Duration::from_secs(2);
/// The longest such pause.
const PAUSE_MAX: Duration = Duration::from_secs(120);
/// A program that did not take it so often is not told any more: two to twelve minutes have passed by then, as the
/// pauses fell, and a person has more to say of the page than it.
const TRIES_MAX: u32 = 12;

/// What is told, and to whom.
#[derive(Debug, Clone, Copy)]
pub(in crate::usecase) struct Post<'a> {
    /// The same at each try.
    pub(in crate::usecase) id: &'a str,
    /// The program.
    pub(in crate::usecase) webhook: &'a WebhookId,
    /// Of which page.
    pub(in crate::usecase) page: &'a PageId,
    /// JSON.
    pub(in crate::usecase) body: &'a str,
}

impl Context {
    /// Tells a program once, and stores what became of it. After a lost answer it is told the same again, by the same id.
    pub(in crate::usecase) async fn post(&self, row: &EffectRow, post: Post<'_>) -> Result<(), StoreError> {
        let tries = row.attempts.saturating_add(1);
        let posted = match self.tell_webhook(post).await {
            Ok(status) => Posted::Took { status, tries },
            Err(Untold { why, is_final }) if is_final || tries >= TRIES_MAX => Posted::GivenUp { why, tries },
            Err(Untold { why, .. }) => {
                let at = later(self.clock.now(), pause(PAUSE_FIRST, PAUSE_MAX, row.attempts));
                Posted::Again { why, at }
            }
        };
        pass(&*self.steps, "post.answered").await;
        tracing::debug!(webhook = %post.webhook, id = post.id, ?posted, "a webhook was told");
        let mut change = match &posted {
            Posted::Again { at, .. } => {
                let again = EffectRow { due: *at, attempts: tries, lease: None, ..row.clone() };
                Change { effects: vec![again], ..Change::default() }
            }
            Posted::Took { .. } | Posted::GivenUp { .. } => done(row),
        };
        // What is tried for long is said once, and then how it ended.
        if !matches!(posted, Posted::Again { .. } if row.attempts > 0)
            && let Some(page) = self.store.page(post.page).await?
        {
            self.note_posted(&page, (post.webhook, posted), &mut change);
        }
        self.commit(change).await
    }

    async fn tell_webhook(&self, Post { id, webhook, body, .. }: Post<'_>) -> Result<u16, Untold> {
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
    fn note_posted(&self, page: &Page, (webhook, posted): (&WebhookId, Posted), change: &mut Change) {
        let now = self.clock.now();
        let is_trouble = !matches!(posted, Posted::Took { .. });
        if matches!(posted, Posted::GivenUp { .. }) {
            let settings = self.settings.get();
            self.tell_of_page(page, &Notice::NotPosted(webhook.clone()), &settings, change);
        }
        let entry = page_story(page, &PageHappened::Posted(webhook.clone(), posted), now);
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
