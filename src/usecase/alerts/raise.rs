//! What a source has sent becomes one commit: its alerts, the pages that they open, join and end, and whatever those
//! pages do because of it.

use std::collections::HashSet;
use std::sync::Arc;

use super::fold::{Fold, Judged, Work};
use crate::domain::alert::{AlertDelivery, Item, Source, Verdict, items, parts};
use crate::domain::change::{Change, Spent};
use crate::domain::ids::{Fingerprint, PageId, PolicyId};
use crate::domain::page::PageHappened;
use crate::domain::settings::Settings;
use crate::ports::{Raised, StoreError, pass};
use crate::usecase::Context;

/// How often a delivery is decided anew because somebody else changed a row first: every call of its pages may.
const CONFLICTS_MAX: usize = 64;

impl Context {
    /// Records what `source` has sent, part by part. Stops early when `is_given_up`: the sender comes again, and finds what
    /// was recorded.
    ///
    /// # Errors
    /// [`StoreError`] when not all of it was recorded.
    pub(super) async fn raise(
        &self,
        source: &Source,
        delivery: AlertDelivery,
        is_given_up: impl Fn() -> bool,
    ) -> Result<Raised, StoreError> {
        pass(&*self.steps, "alerts.decoded").await;
        let AlertDelivery { group, alerts, truncated, .. } = delivery;
        let mut raised = Raised { accepted: alerts.len(), ..Raised::default() };
        let mut named = HashSet::new();
        for part in parts(items(source, group.as_deref(), alerts)) {
            for page in self.raise_part(source, (&part, truncated), &is_given_up, &mut named).await? {
                if !raised.pages.contains(&page) {
                    raised.pages.push(page);
                }
            }
        }
        Ok(raised)
    }

    /// One commit of a delivery, of whose alerts the pages in `named` have names already. Returns the pages that the alerts are part of.
    async fn raise_part(
        &self,
        source: &Source,
        (items, truncated): (&[Item], u64),
        is_given_up: impl Fn() -> bool,
        named: &mut HashSet<PageId>,
    ) -> Result<Vec<PageId>, StoreError> {
        let groups: Vec<_> = items.iter().map(Item::group).collect();
        let turns = self.alert_turns.of(&source.id);
        let _turns = turns.enter(&groups).await;
        for _ in 0..CONFLICTS_MAX {
            if is_given_up() {
                break;
            }
            match self.fold(source, (items, truncated), named).await {
                // People and calls do not wait for our turn.
                Err(StoreError::Conflict) => {}
                done => return done,
            }
        }
        Err(StoreError::Conflict)
    }

    /// Decides on what is known, and commits that. Returns the pages that the alerts are part of.
    async fn fold(
        &self,
        source: &Source,
        (items, left_out): (&[Item], u64),
        named: &mut HashSet<PageId>,
    ) -> Result<Vec<PageId>, StoreError> {
        let fingerprints: Vec<Fingerprint> = items.iter().map(|item| item.news.fingerprint.clone()).collect();
        let known = self.store.known_alerts(&source.id, fingerprints).await?;
        let (settings, now) = (self.settings.get(), self.clock.now());
        let judged: Vec<Judged<'_>> =
            items.iter().zip(&known).map(|(item, known)| Judged::of(item, known.as_ref(), now)).collect();
        let mut fold = Fold::new(source, now);
        self.load_pages(&mut fold, (&judged, left_out)).await?;
        for policy in fold.opening(&judged) {
            let policy = settings.policies.get(policy.as_str());
            let policy = policy.ok_or_else(|| StoreError::Failed("a policy is gone".to_owned()))?;
            let out = self.setting_out(&settings, policy, now).await?;
            fold.sets_out(Arc::clone(policy), out);
        }
        fold.begin(&judged);
        for judged in &judged {
            fold.go_on(judged);
            fold.leave(judged);
            fold.note(judged);
        }
        fold.settle();
        fold.leave_out(left_out);
        let pages = fold.pages_of(&judged);
        self.commit_fold(fold, &settings, named).await?;
        self.alerts_heard.recorded(&source.id, &judged);
        Ok(pages)
    }

    /// The pages that anything new concerns; that alerts were left out of the body, or are not any more, is news as well.
    async fn load_pages<'a>(
        &self,
        fold: &mut Fold<'a>,
        (judged_all, left_out): (&[Judged<'a>], u64),
    ) -> Result<(), StoreError> {
        for judged in judged_all {
            let page = judged.known.and_then(|known| known.alert.page.as_ref());
            let is_truncated_anew = judged.known.is_some_and(|known| known.left_out != left_out);
            if judged.verdict.comes().is_some() && fold.asks_of(judged) {
                let (policy, group) = judged.item.group();
                let wanted = wanted(judged_all, Whose::Group((policy, group)));
                let found = self.store.page_of_group((&fold.source.id, policy, group), &wanted).await?;
                found.into_iter().for_each(|found| fold.take_open(judged, found));
            }
            let is_concerned = match judged.verdict {
                Verdict::Louder | Verdict::Acknowledged | Verdict::Ends { .. } => true,
                Verdict::Begins { .. } | Verdict::Moves { .. } => judged.leaves(),
                Verdict::GoesOn | Verdict::GoesOnSince { .. } => is_truncated_anew,
                Verdict::Late => self.alerts_heard.is_first_late(&fold.source.id, judged),
                _ => false,
            };
            if let Some(page) = page.filter(|page| is_concerned && !fold.has(page)) {
                let wanted = wanted(judged_all, Whose::Page(page));
                let found = self.store.page_and_calls(page, &wanted).await?;
                found.into_iter().for_each(|found| fold.take(found));
            }
        }
        Ok(())
    }

    /// Lets the pages decide, and commits all of it.
    async fn commit_fold(
        &self,
        fold: Fold<'_>,
        settings: &Settings,
        named: &mut HashSet<PageId>,
    ) -> Result<(), StoreError> {
        let Fold { now, works, rows, outs, .. } = fold;
        let mut names = Vec::new();
        let (mut change, mut all_spent) = (Change::default(), Vec::<Spent>::new());
        for Work { before, mut moved, calls, .. } in works {
            let (mut moved, spent) = self.dealt(settings, now, |deck| {
                moved.play(&calls, deck, now);
                moved
            });
            all_spent.extend(spent.iter().cloned());
            if named.contains(&moved.page.id) {
                moved.happened = PageHappened::counted(moved.happened);
            } else if before.is_none() || moved.happened.iter().any(PageHappened::names_an_alert) {
                names.push(moved.page.id.clone());
            }
            self.follow_page((before.as_ref(), moved), (&calls, spent), settings, &mut change);
        }
        for turns in outs.values().filter_map(|(policy, out)| out.turns(&policy.id)) {
            change.pages().turns.push(turns);
        }
        if !rows.is_empty() {
            change.pages().alerts = rows;
        }
        if change == Change::default() {
            return Ok(());
        }
        self.commit(change).await.inspect_err(|_| self.limits.give_back(&all_spent))?;
        named.extend(names);
        Ok(())
    }
}

/// By what a page is looked for.
enum Whose<'a> {
    Page(&'a PageId),
    Group((&'a PolicyId, &'a str)),
}

/// Alerts that the page may have, and to which something happens: which page a group's is, is not known before.
fn wanted(judged: &[Judged<'_>], whose: Whose<'_>) -> Vec<Fingerprint> {
    let is_wanted = |judged: &&Judged<'_>| {
        let Some(page) = judged.known.and_then(|known| known.alert.page.as_ref()) else { return false };
        match (judged.verdict, &whose) {
            (
                Verdict::GoesOn | Verdict::GoesOnSince { .. } | Verdict::WasOver { .. } | Verdict::Nothing,
                _,
            ) => false,
            (Verdict::Begins { .. }, Whose::Group(group)) => judged.leaves() || judged.item.group() == *group,
            (Verdict::Louder | Verdict::Acknowledged | Verdict::Ends { .. }, Whose::Page(id)) => page == *id,
            _ => true,
        }
    };
    judged.iter().filter(is_wanted).map(|judged| judged.item.news.fingerprint.clone()).collect()
}
