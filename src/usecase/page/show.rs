//! Brings a page's card and thread up to date in one of its places.

use super::turn::is_newer;
use crate::domain::change::{Change, EffectRow};
use crate::domain::ids::CardId;
use crate::domain::page::{Page, PageLine};
use crate::domain::report::text::plain;
use crate::domain::report::{
    CardState, DECISIVE_LINES, THREAD_LINES_MAX, page_card, page_lines, page_subject, page_tells,
    page_thread_is_full,
};
use crate::ports::{CardAndPage, Chat, ChatError, StoreError, pass};
use crate::usecase::Context;
use crate::usecase::dial::done;
use crate::usecase::report::{Reported, Shown, Thread, Told, show_thread};

impl Context {
    /// Shows a page's `card` as the page is now. A chat that never takes it changes nothing for the phones.
    pub(in crate::usecase) async fn report_page(
        &self,
        row: &EffectRow,
        card: &CardId,
    ) -> Result<Reported, StoreError> {
        let found = self.store.card_and_page(card).await?;
        let Some(CardAndPage { card: mut state, page, timeline }) = found else {
            return self.commit(done(row)).await.map(|()| Reported::Done);
        };
        let Some(chat) = self.chats.get(&state.place.chat) else {
            tracing::warn!(chat = state.place.chat, "a page's card belongs to a chat that is not served");
            return self.commit(done(row)).await.map(|()| Reported::Done);
        };
        let lines = page_lines(state.unread().unwrap_or_default(), timeline);
        let shown = self.show_page(&**chat, &mut state, &page, &lines).await;
        pass(&*self.steps, "report.shown").await;
        let (reported, mut change) = match shown {
            Ok(Shown::AsItIs) => (Reported::Done, done(row)),
            Ok(Shown::Before(due)) => (Reported::Again(due), Change::default()),
            Err(ChatError::NotBefore(due)) => (Reported::Again(due), Change::default()),
            Err(ChatError::Temporary(why)) => (Reported::Later(why), Change::default()),
            Err(error) => {
                tracing::warn!(%card, %error, "a page's card could not be shown");
                let mut change = done(row);
                self.page_is_unshown(&mut change, (row, &mut state), &page, &error);
                (Reported::Done, change)
            }
        };
        change.shown.push(state);
        self.commit(change).await?;
        Ok(reported)
    }

    async fn show_page(
        &self,
        chat: &dyn Chat,
        state: &mut CardState,
        page: &Page,
        lines: &[PageLine],
    ) -> Result<Shown, ChatError> {
        let n = state.id.page().map_or(0, |(_, n)| n);
        let shown = self.show(chat, state, &page_card(page, n, is_newer(&self.settings.get(), page))).await?;
        let told = lines.iter().map(|PageLine { n, entry }| Told {
            n: *n,
            at: entry.at,
            text: &entry.detail,
            weight: page_tells(entry.event),
        });
        let title = plain(&page_subject(page));
        let usual = THREAD_LINES_MAX - DECISIVE_LINES;
        let thread = Thread { told: told.collect(), usual, full: page_thread_is_full(page), title };
        show_thread(chat, state, &thread).await?;
        Ok(shown)
    }
}
