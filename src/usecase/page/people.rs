//! What people do to a page: take it, close it, hand it on, ring somebody all the same.

use std::time::Duration;

use jiff::Timestamp;

use super::turn::Turned;
use crate::clock::later;
use crate::domain::change::{Change, Delivery};
use crate::domain::ids::PersonId;
use crate::domain::inbound::{Inbound, Receipt};
use crate::domain::page::{AckRefused, Deck, Moved, Page, Taken, Taking};
use crate::domain::permit;
use crate::domain::refusal::{PageRefusal, Refusal};
use crate::domain::report::{
    Button, called_in, handed_over, not_paged, nothing_goes_on, page_is, rung_anyway, took, took_all,
};
use crate::domain::settings::Settings;
use crate::usecase::Context;
use crate::usecase::intake::Stop;

/// Pages that one `/ack all` takes: more than ring anybody at a time.
const ALL_MAX: usize = 100;

/// Which page somebody means, and who they are.
pub(in crate::usecase) struct Hand<'a> {
    /// Their delivery.
    pub(in crate::usecase) inbound: &'a Inbound,
    /// The settings in force.
    pub(in crate::usecase) settings: &'a Settings,
    /// The page, if it is known by a card or a thread.
    pub(in crate::usecase) page: Option<Page>,
    /// Its id, or how that begins, as typed.
    pub(in crate::usecase) id: Option<&'a str>,
}

impl Hand<'_> {
    fn person(&self) -> Result<PersonId, Refusal> {
        Ok(permit::may_call(&self.inbound.who, &self.settings.people)?.person().id.clone())
    }
}

impl Context {
    /// `/ack`: somebody has it. Who was not paged is asked first, unless they are `sure`.
    pub(in crate::usecase) async fn acknowledge(
        &self,
        hand: Hand<'_>,
        promise: Option<Duration>,
        sure: bool,
    ) -> Result<Receipt, Stop> {
        let person = hand.person()?;
        let page = self.page_of(&hand, &person).await?;
        let waits = page.is_open() && page.acknowledged_by().is_none_or(Taken::is_at_source);
        // Where nobody was paged, as where a step only tells a channel, it is anybody's.
        if !sure && waits && !page.paged().is_empty() && !page.concerns(&person) {
            let card = Some(page.id.card(0));
            // What they promise is not forgotten over the question: silence would have no end.
            let anyway = promise.map_or(Button::AcknowledgeAnyway, |_| Button::SnoozeAnyway);
            let buttons = vec![anyway];
            return Ok(Receipt { card, buttons, ..Receipt::private(not_paged(&page)) });
        }
        let at = hand.inbound.at;
        let verb = |moved: &mut Moved, _: &mut Deck<'_>, now: Timestamp| {
            let until = promise.map(|promise| later(now, promise));
            let refused = |refused| match refused {
                AckRefused::Closed => PageRefusal::Over(page.id.clone()),
                AckRefused::Taken(taken) if taken.by == person => PageRefusal::IsYours(page.id.clone()),
                AckRefused::Taken(taken) => PageRefusal::Taken { taken, at },
            };
            moved.acknowledge(&person, until, now).map_err(|why| refused(why).into())
        };
        self.by_hand(&hand, &page, verb, |turned| took(&turned.page, turned.said)).await
    }

    /// `/close`: it is over.
    pub(in crate::usecase) async fn close_page(&self, hand: Hand<'_>) -> Result<Receipt, Stop> {
        let person = hand.person()?;
        let page = self.page_of(&hand, &person).await?;
        let verb = |moved: &mut Moved, _: &mut Deck<'_>, now: Timestamp| {
            if !moved.page.is_open() {
                return Err(PageRefusal::Over(moved.page.id.clone()).into());
            }
            moved.close(Some(person.clone()), now);
            Ok(())
        };
        self.by_hand(&hand, &page, verb, |turned| page_is(&turned.page)).await
    }

    /// `/escalate`: the next step now; or `who` as well.
    pub(in crate::usecase) async fn escalate(
        &self,
        hand: Hand<'_>,
        who: Option<&PersonId>,
    ) -> Result<Receipt, Stop> {
        let person = hand.person()?;
        let page = self.page_of(&hand, &person).await?;
        let verb = |moved: &mut Moved, deck: &mut Deck<'_>, now: Timestamp| {
            if !moved.page.is_open() {
                return Err(PageRefusal::Over(moved.page.id.clone()).into());
            }
            match who {
                Some(who) if !moved.call_in(deck, (&person, who), now) => {
                    Err(PageRefusal::RingsAlready(who.clone()).into())
                }
                Some(_) => Ok(()),
                None => {
                    moved.escalate(&person, now);
                    Ok(())
                }
            }
        };
        let says = |turned: &Turned<()>| match who {
            Some(who) => called_in(&turned.page, who),
            None => page_is(&turned.page),
        };
        self.by_hand(&hand, &page, verb, says).await
    }

    /// *Hand over*: `who` instead of whoever is rung now.
    pub(in crate::usecase) async fn hand_over(
        &self,
        hand: Hand<'_>,
        who: &PersonId,
    ) -> Result<Receipt, Stop> {
        let person = hand.person()?;
        let page = self.page_of(&hand, &person).await?;
        let verb = |moved: &mut Moved, deck: &mut Deck<'_>, now: Timestamp| {
            if !moved.page.is_open() {
                return Err(PageRefusal::Over(moved.page.id.clone()).into());
            }
            if hand.settings.people.person(who).is_some_and(|person| !person.roles.acts()) {
                return Err(PageRefusal::OnlyLooks(who.clone()).into());
            }
            if moved.page.acknowledged_by().is_some_and(|taken| taken.by == *who) {
                return Err(PageRefusal::IsTheirs(moved.page.id.clone(), who.clone()).into());
            }
            let done = moved.hand_over(deck, (&person, who), now).then_some(());
            done.ok_or_else(|| PageRefusal::RingsAlready(who.clone()).into())
        };
        self.by_hand(&hand, &page, verb, |turned| handed_over(&turned.page, who)).await
    }

    /// *Ring anyway*: whoever a limit holds back.
    pub(in crate::usecase) async fn ring_held(&self, hand: Hand<'_>) -> Result<Receipt, Stop> {
        let person = hand.person()?;
        let page = self.page_of(&hand, &person).await?;
        let verb = |moved: &mut Moved, deck: &mut Deck<'_>, now: Timestamp| {
            let rests = moved.page.rests_as_a_whole();
            let rung = moved.ring_held(deck, &person, now).map(|rung| (rests, rung));
            rung.ok_or_else(|| PageRefusal::NobodyHeld(moved.page.id.clone()).into())
        };
        let says = |turned: &Turned<(bool, Vec<PersonId>)>| match &turned.said {
            (true, _) => page_is(&turned.page),
            (false, rung) => rung_anyway(rung),
        };
        self.by_hand(&hand, &page, verb, says).await
    }

    /// *Reopen*: it is not over. What its sources say is over would ring for ever, so somebody is asked first unless they
    /// are `sure`.
    pub(in crate::usecase) async fn reopen(&self, hand: Hand<'_>, sure: bool) -> Result<Receipt, Stop> {
        let person = hand.person()?;
        let page = self.page_of(&hand, &person).await?;
        if !sure && !page.is_open() && !page.alerts.is_empty() && page.firing() == 0 {
            let (card, buttons) = (Some(page.id.card(0)), vec![Button::ReopenAnyway]);
            return Ok(Receipt { card, buttons, ..Receipt::private(nothing_goes_on(&page)) });
        }
        if let Some(source) = page.source() {
            let other = self.store.page_of_group((source, &page.policy.id, &page.group)).await?;
            if let Some(other) = other.filter(|other| other.page.id != page.id) {
                return Err(PageRefusal::OtherOpen(other.page.id).into());
            }
        }
        let verb = |moved: &mut Moved, _: &mut Deck<'_>, now: Timestamp| {
            let done = moved.reopen(&person, now).then_some(());
            done.ok_or_else(|| PageRefusal::NotOver(moved.page.id.clone()).into())
        };
        self.by_hand(&hand, &page, verb, |turned| page_is(&turned.page)).await
    }

    /// *Apply the new policy*: it goes on by the policy as that is now.
    pub(in crate::usecase) async fn apply_policy(&self, hand: Hand<'_>) -> Result<Receipt, Stop> {
        let person = hand.person()?;
        let page = self.page_of(&hand, &person).await?;
        let now = hand.settings.policies.get(page.policy.id.as_str());
        let verb = |moved: &mut Moved, _: &mut Deck<'_>, at: Timestamp| {
            let done = now.filter(|now| moved.apply_policy(&person, now, at)).map(|_| ());
            done.ok_or_else(|| PageRefusal::SamePolicy(moved.page.id.clone()).into())
        };
        self.by_hand(&hand, &page, verb, |turned| page_is(&turned.page)).await
    }

    /// `/ack all`: every page of theirs that waits for somebody. One that somebody else takes meanwhile is theirs.
    pub(in crate::usecase) async fn acknowledge_all(
        &self,
        hand: &Hand<'_>,
        promise: Option<Duration>,
    ) -> Result<Receipt, Stop> {
        let person = hand.person()?;
        let mut taken = Vec::new();
        for page in self.store.pages_of(&person, ALL_MAX).await? {
            if let Some(by) = page.acknowledged_by() {
                // The same delivery may have taken it before a crash.
                if by.by == person && by.at >= hand.inbound.at {
                    taken.push(page.id);
                }
                continue;
            }
            let verb = |moved: &mut Moved, _: &mut Deck<'_>, now: Timestamp| {
                let until = promise.map(|promise| later(now, promise));
                Ok(moved.page.acknowledged_by().is_none()
                    && moved.acknowledge(&person, until, now) == Ok(Taking::Taken))
            };
            let turned = self.turn_page(&page.id, |_| Change::default(), verb).await?;
            if turned.said {
                taken.push(page.id);
            }
        }
        if taken.is_empty() {
            return Err(PageRefusal::NoneOfYours.into());
        }
        // Those that wait come first.
        let rest = self.store.pages_of(&person, 1).await?;
        let is_all = rest.iter().all(|page| page.acknowledged_by().is_some());
        let receipt = Receipt::private(took_all(&taken, is_all));
        let (key, at) = (hand.inbound.key.clone(), hand.inbound.at);
        let delivery = Some(Delivery { key, at, receipt: receipt.clone() });
        self.commit(Change { delivery, ..Change::default() }).await?;
        Ok(receipt)
    }

    async fn page_of(&self, hand: &Hand<'_>, person: &PersonId) -> Result<Page, Stop> {
        match &hand.page {
            Some(page) => Ok(page.clone()),
            None => self.page_meant(hand.inbound, (hand.id, person)).await,
        }
    }

    /// Does `verb`, and commits it together with the delivery and its receipt.
    async fn by_hand<T>(
        &self,
        hand: &Hand<'_>,
        page: &Page,
        verb: impl Fn(&mut Moved, &mut Deck<'_>, Timestamp) -> Result<T, Refusal>,
        says: impl Fn(&Turned<T>) -> String,
    ) -> Result<Receipt, Stop> {
        let receipt = |turned: &Turned<T>| Receipt {
            card: Some(turned.page.id.card(0)),
            ..Receipt::private(says(turned))
        };
        let with = |turned: &Turned<T>| {
            let (key, at) = (hand.inbound.key.clone(), hand.inbound.at);
            let delivery = Delivery { key, at, receipt: receipt(turned) };
            Change { delivery: Some(delivery), ..Change::default() }
        };
        let turned = self.turn_page(&page.id, with, verb).await?;
        Ok(receipt(&turned))
    }
}
