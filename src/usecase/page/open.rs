//! `/page`: permitted, recorded, and let decide in the same commit.

use super::people::may_take;
use crate::domain::change::{Change, Delivery};
use crate::domain::escalation::Policy;
use crate::domain::ids::{PageId, PersonId};
use crate::domain::inbound::{Inbound, Receipt};
use crate::domain::page::{NewPage, Opener, Page, Urgency};
use crate::domain::permit;
use crate::domain::report::paging;
use crate::domain::settings::Settings;
use crate::ports::StoreError;
use crate::usecase::Context;
use crate::usecase::intake::Stop;

/// How often a page is begun anew because another one of its policy took the turn: every one that begins at once may.
const CONFLICTS_MAX: usize = 64;

impl Context {
    /// Starts a page of `target`, a policy or a person.
    pub(in crate::usecase) async fn start_page(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        (target, message): (&str, &str),
    ) -> Result<Receipt, Stop> {
        let by = permit::may_call(&inbound.who, &settings.people)?.person().id.clone();
        let policy = match settings.policies.get(target) {
            Some(policy) => policy.as_ref().clone(),
            None => {
                may_take(settings, &PersonId::new(target))?;
                Policy::of_person(PersonId::new(target))
            }
        };
        for _ in 0..CONFLICTS_MAX {
            match self.try_page(inbound, settings, (&by, &policy, message)).await {
                // Another page took the turn.
                Err(StoreError::Conflict) => {}
                receipt => return Ok(receipt?),
            }
        }
        Err(StoreError::Conflict.into())
    }

    async fn try_page(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        (by, policy, message): (&PersonId, &Policy, &str),
    ) -> Result<Receipt, StoreError> {
        let now = self.clock.now();
        let mut out = self.setting_out(settings, policy, now).await?;
        let new = NewPage {
            id: PageId::of_delivery(&inbound.key),
            by: Opener::Person(by.clone()),
            policy: policy.clone(),
            group: String::new(),
            urgency: Urgency::High,
            title: message.to_owned(),
            places: vec![inbound.place.clone()],
            alerts: Vec::new(),
            nth: out.nth,
            rest: out.rest.clone(),
        };
        out.nth += 1;
        let (moved, spent) = self.dealt(settings, now, |deck| {
            let mut moved = Page::open(new, now);
            moved.play(&[], deck, now);
            moved
        });
        let receipt = Receipt::public(paging(&moved.page), moved.page.id.card(0));
        let delivery = Delivery { key: inbound.key.clone(), at: inbound.at, receipt: receipt.clone() };
        let mut change = Change { delivery: Some(delivery), ..Change::default() };
        change.pages().turns.extend(out.turns(&policy.id));
        self.follow_page((None, moved), (&[], spent.clone()), settings, &mut change);
        self.commit(change).await.inspect_err(|_| self.limits.give_back(&spent))?;
        Ok(receipt)
    }
}
