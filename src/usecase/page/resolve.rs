//! From what people write or press to the page they mean.

use crate::domain::ids::{CardId, PageId, PersonId};
use crate::domain::inbound::Inbound;
use crate::domain::page::{Page, PageState};
use crate::domain::refusal::PageRefusal;
use crate::usecase::Context;
use crate::usecase::intake::Stop;

/// Most pages named when several may be meant.
const NAMED_MAX: usize = 5;

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
            _ => Err(PageRefusal::Which(pages.into_iter().map(|page| page.id).collect()).into()),
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

    /// The page that somebody means who names none: that of the thread, or the one of theirs that waits for somebody.
    pub(super) async fn page_meant(
        &self,
        inbound: &Inbound,
        (id, person): (Option<&str>, &PersonId),
    ) -> Result<Page, Stop> {
        if let Some(id) = id {
            return self.page_like(id).await;
        }
        if let Some(page) = self.page_of_thread(inbound).await? {
            return Ok(page);
        }
        let mine = self.store.pages_of(person, NAMED_MAX).await?;
        let waits = |page: &&Page| matches!(page.state, PageState::Triggered | PageState::Exhausted);
        let waiting: Vec<&Page> = mine.iter().filter(waits).collect();
        match (waiting.as_slice(), mine.as_slice()) {
            ([one], _) => Ok((*one).clone()),
            ([], [one]) => Ok(one.clone()),
            ([], []) => Err(PageRefusal::NoneOfYours.into()),
            ([], several) => {
                Err(PageRefusal::Which(several.iter().map(|page| page.id.clone()).collect()).into())
            }
            (several, _) => {
                Err(PageRefusal::Which(several.iter().map(|page| page.id.clone()).collect()).into())
            }
        }
    }

    async fn page_of_thread(&self, inbound: &Inbound) -> Result<Option<Page>, Stop> {
        let Some(thread) = &inbound.place.thread else { return Ok(None) };
        // Where threads hang on messages, a thread has the id of its message.
        let message = format!("{}/{thread}", inbound.place.channel);
        let card = self.store.card_of_message(&message).await?;
        match card.and_then(|card| card.id.page()) {
            Some((id, _)) => Ok(self.store.page(&id).await?),
            None => Ok(None),
        }
    }
}
