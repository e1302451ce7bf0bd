//! `/call`: permitted, asked about if unusual, limited, recorded. Nothing was dialled when this returns.

use std::time::Duration;

use super::Context;
use super::commit::{new_call, report_of};
use super::intake::{Stop, zone_of};
use super::limits::Wanted;
use crate::clock::later;
use crate::domain::ask::{Ask, AskWhy, CallWish};
use crate::domain::call::{Call, NewCall, Purpose};
use crate::domain::change::{Change, Delivery};
use crate::domain::command::CallLine;
use crate::domain::ids::{Account, CallId, CardId, PersonId};
use crate::domain::inbound::{Inbound, Receipt};
use crate::domain::oncall::wish_at;
use crate::domain::permit::{self, MayCall};
use crate::domain::person::Quiet;
use crate::domain::refusal::Refusal;
use crate::domain::report::{Button, Place, TEST_TITLE, calling, question};
use crate::domain::settings::Settings;

/// A dial that is answered within this is shown at once as what it is: one message, not a message and an edit.
const FIRST_REPORT_AFTER: Duration = Duration::from_millis(50);

/// A call that is about to be recorded.
pub(super) struct Placing {
    /// Derived from the delivery that first asked for it.
    pub(super) id: CallId,
    /// Who, with what, why.
    pub(super) wish: CallWish,
    /// What it is for.
    pub(super) purpose: Purpose,
    /// Where its card goes.
    pub(super) place: Place,
    /// Why in spite of the quiet hours.
    pub(super) reason: Option<String>,
    /// What else is committed with it.
    pub(super) with: Change,
}

/// What a person is to be asked.
pub(super) struct Asking {
    /// What they want.
    pub(super) wish: CallWish,
    /// What is unusual about it.
    pub(super) why: AskWhy,
    /// The call that is to be rung again.
    pub(super) again_of: Option<CallId>,
    /// The question that this one follows from.
    pub(super) answers: Option<CardId>,
    /// Where the call's card will go.
    pub(super) place: Place,
}

impl Asking {
    /// A question about a command.
    pub(super) fn about(wish: CallWish, why: AskWhy, inbound: &Inbound) -> Self {
        Self { wish, why, again_of: None, answers: None, place: inbound.place.clone() }
    }
}

impl Context {
    pub(super) async fn start_call(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        line: CallLine,
    ) -> Result<Receipt, Stop> {
        let may = permit::may_call(&inbound.who, &settings.people)?;
        let wish = self.wish(inbound, settings, line)?;
        let quiet = quiet_others(settings, &wish.callees, inbound, &may);
        if !quiet.is_empty() {
            return self
                .ask(inbound, settings, Asking::about(wish, AskWhy::QuietHours(quiet), inbound))
                .await;
        }
        let placing = Placing {
            id: CallId::of_delivery(&inbound.key),
            wish,
            purpose: Purpose::Talk,
            place: inbound.place.clone(),
            reason: None,
            with: Change::default(),
        };
        self.place(inbound, settings, &may, placing).await
    }

    /// Some word looked like a callee: it may be the note, but a person has to say so.
    pub(super) async fn ask_about_note(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        word: String,
        line: CallLine,
    ) -> Result<Receipt, Stop> {
        permit::may_call(&inbound.who, &settings.people)?;
        let wish = self.wish(inbound, settings, line)?;
        self.ask(inbound, settings, Asking::about(wish, AskWhy::NotACallee(word), inbound)).await
    }

    /// Whom the line means at the instant it came.
    fn wish(&self, inbound: &Inbound, settings: &Settings, line: CallLine) -> Result<CallWish, Refusal> {
        let plans = (&settings.schedules, &*self.overrides.get());
        wish_at(line, plans, settings.callees_max, inbound.at)
    }

    pub(super) async fn ask(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        asking: Asking,
    ) -> Result<Receipt, Stop> {
        let person = permit::listed(&inbound.who, &settings.people)?.id.clone();
        let Asking { wish, why, again_of, answers, place } = asking;
        let yes = match why {
            AskWhy::QuietHours(_) => Button::RingAnyway,
            AskWhy::NotACallee(_) => Button::RingAnywayNote,
        };
        let ask = Ask {
            id: CardId::of_delivery("ask", &inbound.key),
            key: inbound.key.clone(),
            person,
            place,
            asked_at: inbound.at,
            wish,
            why,
            again_of,
        };
        let receipt = Receipt {
            text: question(&ask, &quiet(settings, &ask.wish.callees, inbound), &zone_of(inbound, settings)),
            private: true,
            card: Some(ask.id.clone()),
            buttons: vec![yes, Button::DontRing],
        };
        let delivery = Delivery { key: inbound.key.clone(), at: inbound.at, receipt: receipt.clone() };
        let answered = answers.into_iter().collect();
        let change = Change { delivery: Some(delivery), asks: vec![ask], answered, ..Change::default() };
        self.commit(change).await?;
        Ok(receipt)
    }

    /// Limits the call and records it: delivery, call, card, effects and the limits' arrival time in one commit.
    pub(super) async fn place(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        may: &MayCall<'_>,
        placing: Placing,
    ) -> Result<Receipt, Stop> {
        let by = may.person().id.clone();
        let callees = accounts(settings, &placing.wish.callees)?;
        let _place = self.limits.reserve(&by, &*self.live, settings.open_calls_max)?;
        let spent = self
            .limits
            .take(&Wanted { by: &by, callees: &placing.wish.callees, at: inbound.at }, settings)?;
        let note = match placing.purpose {
            Purpose::Test => Some(TEST_TITLE),
            _ => placing.wish.note.as_deref(),
        };
        let announcement = self.announcement(settings, by.as_str(), (placing.wish.media, note));
        let call = Call::place(
            NewCall {
                id: placing.id,
                by: by.into(),
                purpose: placing.purpose,
                place: placing.place,
                media: placing.wish.media,
                note: placing.wish.note,
                reason: placing.reason,
                ring: settings.ring,
                callees,
                announcement,
                duties: placing.wish.duties,
            },
            inbound.at,
        );
        let receipt = Receipt::public(calling(&call), call.id.card());
        let mut change = placing.with;
        change.delivery =
            Some(Delivery { key: inbound.key.clone(), at: inbound.at, receipt: receipt.clone() });
        let new = new_call(&call, inbound.at);
        change.timeline.extend(new.timeline);
        change.effects.extend(new.effects);
        change.act(report_of(&call), later(self.clock.now(), FIRST_REPORT_AFTER));
        change.spent.clone_from(&spent);
        change.calls.push(call);
        if let Err(error) = self.commit(change).await {
            self.limits.give_back(&spent);
            return Err(error.into());
        }
        Ok(receipt)
    }
}

fn accounts(settings: &Settings, callees: &[PersonId]) -> Result<Vec<(PersonId, Account)>, Refusal> {
    let account = |id: &PersonId| {
        let person = settings.people.person(id).ok_or_else(|| Refusal::Unlisted(id.clone()))?;
        Ok((person.id.clone(), person.account.clone()))
    };
    callees.iter().map(account).collect()
}

/// Who of `callees` but the caller has quiet hours now.
pub(super) fn quiet_others(
    settings: &Settings,
    callees: &[PersonId],
    inbound: &Inbound,
    may: &MayCall<'_>,
) -> Vec<PersonId> {
    let quiet = quiet(settings, callees, inbound).into_iter().map(|(id, _)| id);
    quiet.filter(|person| *person != may.person().id).collect()
}

/// Who of `callees` is not to be disturbed now, and why.
fn quiet(settings: &Settings, callees: &[PersonId], inbound: &Inbound) -> Vec<(PersonId, Quiet)> {
    let people = callees.iter().filter_map(|id| settings.people.person(id));
    people.filter_map(|person| Some((person.id.clone(), person.quiet_at(inbound.at)?))).collect()
}
