//! *Ring again*: the same call once more, by whoever presses.

use super::Context;
use super::commit::report_of;
use super::intake::Stop;
use super::start_call::{Asking, Placing, quiet_others};
use crate::domain::ask::{AskWhy, CallWish};
use crate::domain::call::{Call, CallEvent, Purpose};
use crate::domain::change::Change;
use crate::domain::ids::CallId;
use crate::domain::inbound::{Inbound, Receipt};
use crate::domain::permit;
use crate::domain::refusal::Refusal;
use crate::domain::report::story;
use crate::domain::settings::Settings;
use crate::ports::StoreError;

impl Context {
    pub(super) async fn ring_again(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        call: Call,
    ) -> Result<Receipt, Stop> {
        let may = permit::may_call(&inbound.who, &settings.people)?;
        if call.purpose != Purpose::Talk || call.page().is_some() {
            return Err(Refusal::NoSuchButton("Ring again".into()).into());
        }
        let id = CallId::of_delivery(&inbound.key);
        let with = self.rung_again(&call, &id, inbound)?;
        let wish = CallWish {
            callees: call.legs.iter().map(|leg| leg.person.clone()).collect(),
            media: call.media,
            note: call.note.clone(),
            // The same people, whoever is on call by now.
            duties: Vec::new(),
        };
        let quiet = quiet_others(settings, &wish.callees, inbound, &may);
        if !quiet.is_empty() {
            let why = AskWhy::QuietHours(quiet);
            let asking = Asking { wish, why, again_of: Some(call.id), answers: None, place: call.place };
            return self.ask(inbound, settings, asking).await;
        }
        let place = call.place.clone();
        let placing = Placing { id, wish, purpose: Purpose::Talk, place, reason: None, with };
        let placed = self.place(inbound, settings, &may, placing).await;
        if matches!(placed, Err(Stop::Store(StoreError::Conflict))) {
            self.not_rung_again(&call.id).await?;
        }
        placed
    }

    /// Refuses when the call `old` was rung again by somebody else meanwhile, or turned out to live.
    pub(super) async fn not_rung_again(&self, old: &CallId) -> Result<(), Stop> {
        let old = self.card_call(&old.card()).await?;
        match old.again {
            Some(again) => Err(Refusal::AlreadyRungAgain(again).into()),
            None if !old.has_ended() => Err(Refusal::NoSuchButton("Ring again".into()).into()),
            None => Ok(()),
        }
    }

    /// What marks the ended `call` as rung again by the call `id`.
    pub(super) fn rung_again(&self, call: &Call, id: &CallId, inbound: &Inbound) -> Result<Change, Stop> {
        if let Some(again) = &call.again {
            return Err(Refusal::AlreadyRungAgain(again.clone()).into());
        }
        let Some(applied) = call.apply(CallEvent::RungAgain(id.clone()), inbound.at) else {
            return Err(Refusal::NoSuchButton("Ring again".into()).into());
        };
        let mut with = Change::default();
        let told = applied.happened.iter().map(|happened| story(&applied.call, happened, inbound.at));
        with.timeline.extend(told.map(|entry| (call.id.clone(), entry)));
        with.act(report_of(&applied.call), inbound.at);
        with.calls.push(applied.call);
        Ok(with)
    }
}
