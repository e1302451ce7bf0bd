//! What people do to a page: take it, close it, hand it on, ring somebody all the same.

use std::time::Duration;

use jiff::Timestamp;

use super::resolve::Meant;
use super::turn::Turned;
use crate::clock::later;
use crate::domain::change::{Change, Delivery};
use crate::domain::ids::PersonId;
use crate::domain::inbound::{Inbound, Receipt};
use crate::domain::page::{AckRefused, Deck, Moved, Page, Taken, Taking};
use crate::domain::permit;
use crate::domain::refusal::{PageRefusal, Refusal};
use crate::domain::report::{
    Button, called_in, closes_for_others, handed_over, not_paged, nothing_goes_on, page_is, rung_anyway,
    takes_from, took, took_all,
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
        let page = self.page_of((&hand, &person), Meant::Waiting).await?;
        let waits = page.is_open() && page.acknowledged_by().is_none_or(Taken::is_at_source);
        // Where nobody was paged, as where a step only tells a channel, it is anybody's.
        if !sure && waits && !page.paged().is_empty() && !page.was_paged(&person) {
            // What they promise is not forgotten over the question: silence would have no end.
            let anyway = promise.map_or(Button::AcknowledgeAnyway, |_| Button::SnoozeAnyway);
            return Ok(asked(&page, anyway, not_paged(&page)));
        }
        let at = hand.inbound.at;
        let verb = |moved: &mut Moved, _: &mut Deck<'_>, now: Timestamp| {
            let until = promise.map(|promise| later(now, promise));
            let refused = |refused| match refused {
                AckRefused::Closed => PageRefusal::over(&page),
                AckRefused::Taken(taken) if taken.by == person => PageRefusal::IsYours(page.id.clone()),
                AckRefused::Taken(taken) => PageRefusal::Taken { taken, at },
            };
            moved.acknowledge(&person, until, now).map_err(|why| refused(why).into())
        };
        self.by_hand(&hand, &page, verb, |turned| took(&turned.page, turned.said)).await
    }

    /// `/close`: it is over. Who neither was paged nor has it, nor started it, is asked first, unless they are `sure`.
    pub(in crate::usecase) async fn close_page(&self, hand: Hand<'_>, sure: bool) -> Result<Receipt, Stop> {
        let person = hand.person()?;
        let page = self.page_of((&hand, &person), Meant::Any).await?;
        let has_it = page.acknowledged_by().is_some_and(|taken| taken.by == person);
        if !sure && page.is_open() && !page.paged().is_empty() && !page.concerns(&person) && !has_it {
            return Ok(asked(&page, Button::CloseAnyway, closes_for_others(&page)));
        }
        let verb = |moved: &mut Moved, _: &mut Deck<'_>, now: Timestamp| {
            if !moved.page.is_open() {
                return Err(PageRefusal::over(&moved.page).into());
            }
            moved.close(Some(person.clone()), now);
            Ok(())
        };
        self.by_hand(&hand, &page, verb, |turned| page_is(&turned.page)).await
    }

    /// `/escalate`: the next step now. Where somebody else has it, it is asked first, unless they are `sure`.
    pub(in crate::usecase) async fn escalate(&self, hand: Hand<'_>, sure: bool) -> Result<Receipt, Stop> {
        let person = hand.person()?;
        let page = self.page_of((&hand, &person), Meant::Any).await?;
        let at = hand.inbound.at;
        let others = |page: &Page| {
            let taken = page.acknowledged_by().filter(|_| !sure);
            taken.filter(|taken| taken.by != person && !taken.is_at_source()).cloned()
        };
        if let Some(taken) = others(&page) {
            return Ok(asked(&page, Button::EscalateAnyway, takes_from(&page, &taken, at)));
        }
        let verb = |moved: &mut Moved, _: &mut Deck<'_>, now: Timestamp| {
            if !moved.page.is_open() {
                return Err(PageRefusal::over(&moved.page).into());
            }
            if let Some(taken) = others(&moved.page) {
                return Err(PageRefusal::Taken { taken, at }.into());
            }
            moved.escalate(&person, now);
            Ok(())
        };
        self.by_hand(&hand, &page, verb, |turned| page_is(&turned.page)).await
    }

    /// `/escalate` with a name: `who` is rung as well.
    pub(in crate::usecase) async fn call_in(&self, hand: Hand<'_>, who: &PersonId) -> Result<Receipt, Stop> {
        let person = hand.person()?;
        let page = self.page_of((&hand, &person), Meant::Any).await?;
        let verb = |moved: &mut Moved, deck: &mut Deck<'_>, now: Timestamp| {
            if !moved.page.is_open() {
                return Err(PageRefusal::over(&moved.page).into());
            }
            may_take(hand.settings, who)?;
            let done = moved.call_in(deck, (&person, who), now).then_some(());
            done.ok_or_else(|| PageRefusal::in_hand(&moved.page, who).into())
        };
        self.by_hand(&hand, &page, verb, |turned| called_in(&turned.page, who)).await
    }

    /// *Hand over*: `who` instead of whoever is rung now.
    pub(in crate::usecase) async fn hand_over(
        &self,
        hand: Hand<'_>,
        who: &PersonId,
    ) -> Result<Receipt, Stop> {
        let person = hand.person()?;
        let page = self.page_of((&hand, &person), Meant::Any).await?;
        let verb = |moved: &mut Moved, deck: &mut Deck<'_>, now: Timestamp| {
            if !moved.page.is_open() {
                return Err(PageRefusal::over(&moved.page).into());
            }
            may_take(hand.settings, who)?;
            if moved.page.acknowledged_by().is_some_and(|taken| taken.by == *who) {
                return Err(PageRefusal::IsTheirs(moved.page.id.clone(), who.clone()).into());
            }
            let done = moved.hand_over(deck, (&person, who), now).then_some(());
            done.ok_or_else(|| PageRefusal::in_hand(&moved.page, who).into())
        };
        self.by_hand(&hand, &page, verb, |turned| handed_over(&turned.page, who)).await
    }

    /// *Ring anyway*: whoever a limit holds back.
    pub(in crate::usecase) async fn ring_held(&self, hand: Hand<'_>) -> Result<Receipt, Stop> {
        let person = hand.person()?;
        let page = self.page_of((&hand, &person), Meant::Any).await?;
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
        let page = self.page_of((&hand, &person), Meant::Any).await?;
        if let Some(source) = page.source() {
            let other = self.store.page_of_group((source, &page.policy.id, &page.group), &[]).await?;
            if let Some(other) = other.filter(|other| other.page.id != page.id) {
                return Err(PageRefusal::OtherOpen(other.page.id).into());
            }
        }
        if !sure && !page.is_open() && !page.alerts.is_empty() && page.firing() == 0 {
            return Ok(asked(&page, Button::ReopenAnyway, nothing_goes_on(&page)));
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
        let page = self.page_of((&hand, &person), Meant::Any).await?;
        let now = hand.settings.policies.get(page.policy.id.as_str());
        let verb = |moved: &mut Moved, _: &mut Deck<'_>, at: Timestamp| {
            let done = now.filter(|now| moved.apply_policy(&person, now, at)).map(|_| ());
            done.ok_or_else(|| PageRefusal::SamePolicy(moved.page.id.clone()).into())
        };
        self.by_hand(&hand, &page, verb, |turned| page_is(&turned.page)).await
    }

    /// `/ack all`: every page that rang them and waits for somebody; with a promise, also what is theirs already. One that
    /// somebody else takes meanwhile is theirs.
    pub(in crate::usecase) async fn acknowledge_all(
        &self,
        hand: &Hand<'_>,
        promise: Option<Duration>,
    ) -> Result<Receipt, Stop> {
        let person = hand.person()?;
        let (mut taken, mut before, mut until) = (Vec::new(), Vec::new(), None);
        for page in self.store.pages_of(&person, ALL_MAX).await? {
            let by = page.acknowledged_by().filter(|by| !by.is_at_source());
            let is_theirs = by.is_some_and(|by| by.by == person);
            // The same delivery may have taken it before a crash.
            if is_theirs && by.is_some_and(|by| by.at >= hand.inbound.at) {
                until = by.and_then(|by| by.until);
                taken.push(page.id);
                continue;
            }
            if by.is_some() && !(is_theirs && promise.is_some()) || !(is_theirs || page.was_paged(&person)) {
                before.extend(is_theirs.then_some(page.id));
                continue;
            }
            let verb = |moved: &mut Moved, _: &mut Deck<'_>, now: Timestamp| {
                let until = promise.map(|promise| later(now, promise));
                Ok(matches!(moved.acknowledge(&person, until, now), Ok(Taking::Taken | Taking::Promised)))
            };
            let turned = self.turn_page(&page.id, |_| Change::default(), verb).await?;
            if turned.said {
                until = turned.page.taken.as_ref().and_then(|taken| taken.until);
                taken.push(page.id);
            }
        }
        if taken.is_empty() {
            let none =
                if before.is_empty() { PageRefusal::NoneOfYours } else { PageRefusal::AllYours(before) };
            return Err(none.into());
        }
        // Those that wait come first.
        let rest = self.store.pages_of(&person, ALL_MAX).await?;
        let is_all = !rest.iter().any(|page| page.acknowledged_by().is_none() && page.was_paged(&person));
        let until = until.filter(|_| promise.is_some());
        let receipt = Receipt::private(took_all(&taken, is_all, until));
        let (key, at) = (hand.inbound.key.clone(), hand.inbound.at);
        let delivery = Some(Delivery { key, at, receipt: receipt.clone() });
        self.commit(Change { delivery, ..Change::default() }).await?;
        Ok(receipt)
    }

    async fn page_of(&self, (hand, person): (&Hand<'_>, &PersonId), meant: Meant) -> Result<Page, Stop> {
        match &hand.page {
            Some(page) => Ok(page.clone()),
            None => self.page_meant(hand.inbound, (hand.id, person), meant).await,
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

/// A question about `page`, with the one button that says yes.
fn asked(page: &Page, yes: Button, question: String) -> Receipt {
    Receipt { card: Some(page.id.card(0)), buttons: vec![yes], ..Receipt::private(question) }
}

/// Nobody is rung for what they could not acknowledge.
pub(super) fn may_take(settings: &Settings, who: &PersonId) -> Result<(), Refusal> {
    match settings.people.person(who).is_some_and(|person| !person.roles.acts()) {
        true => Err(PageRefusal::OnlyLooks(who.clone()).into()),
        false => Ok(()),
    }
}
