//! From what people write or press to the page they mean.

use crate::domain::ids::{CardId, PageId, PersonId};
use crate::domain::inbound::Inbound;
use crate::domain::page::{Page, PageState};
use crate::domain::refusal::PageRefusal;
use crate::usecase::Context;
use crate::usecase::intake::Stop;

/// Most pages named when several may be meant.
const NAMED_MAX: usize = 5;
/// Pages of somebody's that are looked at: more than ring anybody at a time.
const MINE_MAX: usize = 100;
/// Cards looked at that stand in one thread, those of open pages first: when several are open, it is asked which.
const OF_THREAD_MAX: usize = 20;

/// Which of their pages somebody may mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meant {
    /// One that waits for somebody, of those that rang them if there are any.
    Waiting,
    /// Any. To close one that nobody looked at, in the place of one's own, would be to lose it.
    Any,
}

impl Meant {
    /// What of `mine` may be meant.
    fn among(self, mine: Vec<Page>, person: &PersonId) -> Vec<Page> {
        if self == Self::Any {
            return mine;
        }
        let waits = |page: &Page| matches!(page.state, PageState::Triggered | PageState::Exhausted);
        let (waiting, others): (Vec<Page>, Vec<Page>) = mine.into_iter().partition(waits);
        let theirs = if waiting.is_empty() { others } else { waiting };
        let (paged, started): (Vec<Page>, Vec<Page>) =
            theirs.into_iter().partition(|page| page.was_paged(person));
        if paged.is_empty() { started } else { paged }
    }
}

impl Context {
    /// The page with this id, or the one whose id starts so.
    pub(in crate::usecase) async fn page_like(&self, text: &str) -> Result<Page, Stop> {
        let text = text.trim().to_ascii_lowercase();
        if let Some(page) = self.store.page(&PageId::new(text.clone())).await? {
            return Ok(page);
        }
        if text.len() < 2 {
            return Err(PageRefusal::NoSuch(text).into());
        }
        let mut pages = self.store.pages_like(&text, NAMED_MAX).await?;
        match pages.len() {
            0 => Err(PageRefusal::NoSuch(text).into()),
            1 => Ok(pages.remove(0)),
            _ => Err(PageRefusal::which(&pages).into()),
        }
    }

    /// The page whose card this is.
    pub(in crate::usecase) async fn card_page(&self, card: &CardId) -> Result<Page, Stop> {
        let id = card.page().map(|(id, _)| id);
        let page = match &id {
            Some(id) => self.store.page(id).await?,
            None => None,
        };
        page.ok_or_else(|| PageRefusal::NoSuch(card.to_string()).into())
    }

    /// The page that somebody means who names none: that of the thread, or the only one that may be.
    pub(super) async fn page_meant(
        &self,
        inbound: &Inbound,
        (id, person): (Option<&str>, &PersonId),
        meant: Meant,
    ) -> Result<Page, Stop> {
        if let Some(id) = id {
            return self.page_like(id).await;
        }
        let mine = self.store.pages_of(person, MINE_MAX).await?;
        if let Some(thread) = &inbound.place.thread {
            return self.page_of_thread((&inbound.place.channel, thread), mine).await;
        }
        let mut may_be = meant.among(mine, person);
        match may_be.len() {
            0 => Err(PageRefusal::NoneOfYours.into()),
            1 => Ok(may_be.remove(0)),
            _ => Err(PageRefusal::which(&may_be[..may_be.len().min(NAMED_MAX)]).into()),
        }
    }

    /// The page that a thread is about. In a thread that is about none, nothing is guessed: whoever writes there may mean
    /// another one than `mine`.
    async fn page_of_thread(&self, (channel, thread): (&str, &str), mine: Vec<Page>) -> Result<Page, Stop> {
        let mut pages: Vec<Page> = Vec::new();
        for card in self.store.cards_of_thread(channel, thread, OF_THREAD_MAX).await? {
            let id = card.id.page().map(|(id, _)| id);
            if let Some(id) = id.filter(|id| pages.iter().all(|page| page.id != *id)) {
                pages.extend(self.store.page(&id).await?);
            }
        }
        let ids = |pages: Vec<Page>| pages.into_iter().map(|page| page.id).collect();
        let (mut open, over): (Vec<Page>, Vec<Page>) = pages.into_iter().partition(Page::is_open);
        match open.len() {
            0 => {
                let last = over.into_iter().max_by_key(|page| page.opened_at);
                last.ok_or_else(|| {
                    PageRefusal::NoneOfThread(ids(mine.into_iter().take(NAMED_MAX).collect())).into()
                })
            }
            1 => Ok(open.remove(0)),
            _ => Err(PageRefusal::which(&open).into()),
        }
    }
}
