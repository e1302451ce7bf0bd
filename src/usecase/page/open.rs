//! `/page`: permitted, recorded, and let decide in the same commit.

use super::SettingOut;
use crate::domain::change::{Change, Delivery};
use crate::domain::escalation::Policy;
use crate::domain::ids::{PageId, PersonId};
use crate::domain::inbound::{Inbound, Receipt};
use crate::domain::page::{NewPage, Opener, Page, Urgency};
use crate::domain::permit;
use crate::domain::report::paging;
use crate::domain::settings::Settings;
use crate::usecase::Context;
use crate::usecase::intake::Stop;

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
            None => Policy::of_person(PersonId::new(target)),
        };
        let now = self.clock.now();
        let SettingOut { nth, rest } = self.setting_out(settings, &policy, now).await?;
        let new = NewPage {
            id: PageId::of_delivery(&inbound.key),
            by: Opener::Person(by),
            policy,
            group: String::new(),
            urgency: Urgency::High,
            title: message.to_owned(),
            places: vec![inbound.place.clone()],
            alerts: Vec::new(),
            nth,
            rest,
        };
        let (moved, spent) = self.dealt(settings, now, |deck| {
            let mut moved = Page::open(new, now);
            moved.play(&[], deck, now);
            moved
        });
        let receipt = Receipt::public(paging(&moved.page), moved.page.id.card(0));
        let delivery = Delivery { key: inbound.key.clone(), at: inbound.at, receipt: receipt.clone() };
        let mut change = Change { delivery: Some(delivery), ..Change::default() };
        self.follow_page((None, moved), (&[], spent.clone()), settings, &mut change);
        if let Err(error) = self.commit(change).await {
            self.limits.give_back(&spent);
            return Err(error.into());
        }
        Ok(receipt)
    }
}
