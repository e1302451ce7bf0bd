//! The code that a ring showed, typed or entered by a button: the proof of a link.

use super::Context;
use super::intake::Stop;
use super::link::{audit, delivery, is_conflict, link_of, linkable};
use super::resume::later_button;
use crate::domain::audit::Deed;
use crate::domain::call::{Call, CallEvent};
use crate::domain::change::Change;
use crate::domain::ids::CardId;
use crate::domain::inbound::{Inbound, Receipt};
use crate::domain::link::{Attempt, Code, Linking};
use crate::domain::person::Proof;
use crate::domain::refusal::LinkRefusal;
use crate::domain::report::{linked_now, linked_to_you, wrong_code};
use crate::domain::settings::Settings;
use crate::ports::StoreError;

/// How often a code is judged anew because another one was judged meanwhile: there are five tries.
const CONFLICTS_MAX: usize = 8;

/// Whether the code is meant for this ring.
type IsMeant<'a> = dyn Fn(&Attempt) -> bool + Send + Sync + 'a;

impl Context {
    /// *Enter code* on the receipt of the ring.
    pub(super) async fn press_code(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        card: &CardId,
        text: Option<&str>,
    ) -> Result<Receipt, Stop> {
        let text = text.unwrap_or_default();
        let code = Code::of_text(text).ok_or_else(|| LinkRefusal::NotACode(text.to_owned()))?;
        self.enter_code(inbound, settings, &|attempt: &Attempt| attempt.card == *card, &code).await
    }

    pub(super) async fn enter_code(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        is_meant: &IsMeant<'_>,
        code: &Code,
    ) -> Result<Receipt, Stop> {
        for _ in 0..CONFLICTS_MAX {
            match self.judge_code(inbound, settings, is_meant, code).await {
                Err(stop) if is_conflict(&stop) => {}
                judged => return judged,
            }
        }
        Err(StoreError::Conflict.into())
    }

    async fn judge_code(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        is_meant: &IsMeant<'_>,
        code: &Code,
    ) -> Result<Receipt, Stop> {
        let linking = self.store.linking(&inbound.who.user).await?.ok_or(LinkRefusal::NoCodeAwaited)?;
        let attempt = linking.attempt.clone().filter(|attempt| is_meant(attempt));
        let attempt = attempt.ok_or(LinkRefusal::NoCodeAwaited)?;
        let call = self.store.call(&attempt.call).await?;
        let Some(call) = call.filter(|_| !attempt.is_old(inbound.at)) else {
            return Err(LinkRefusal::CodeOld(attempt.person).into());
        };
        if call.was_declined() {
            return Err(LinkRefusal::Declined(attempt.person).into());
        }
        match call.purpose.link().is_some_and(|ring| ring.code == *code) {
            true => self.right_code(inbound, settings, linking, call).await,
            false => self.wrong_code(inbound, settings, linking, attempt).await,
        }
    }

    async fn wrong_code(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        mut linking: Linking,
        attempt: Attempt,
    ) -> Result<Receipt, Stop> {
        let tries_left = attempt.tries_left.saturating_sub(1);
        let receipt = Receipt::private(wrong_code(&attempt.person, tries_left, &settings.commands));
        let mut change = Change { delivery: Some(delivery(inbound, &receipt)), ..Change::default() };
        if tries_left == 0 {
            let deed = Deed::LinkGuessed { who: inbound.who.clone(), person: attempt.person.clone() };
            change.people().audit.push(audit(inbound, deed));
        }
        linking.attempt = (tries_left > 0).then_some(Attempt { tries_left, ..attempt });
        linking.at = inbound.at;
        change.people().linkings.push(linking);
        self.commit(change).await?;
        Ok(receipt)
    }

    /// The link, its proof and the end of the ring are one commit, which a decline that came meanwhile refuses.
    async fn right_code(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        mut linking: Linking,
        call: Call,
    ) -> Result<Receipt, Stop> {
        let person =
            linkable(settings, &inbound.who.user, call.by.person().ok_or(LinkRefusal::NoCodeAwaited)?)?;
        let asked = linking.asked_at(inbound.at).cloned();
        let receipt = Receipt::private(linked_now(&person.id, asked.as_ref().map(|asked| &asked.said)));
        let receipt = later_button(receipt, asked.as_ref());
        let mut change = Change { delivery: Some(delivery(inbound, &receipt)), ..Change::default() };
        let proof = Proof::Ring(call.id.clone());
        change.people().links.push(link_of(&inbound.who, person, inbound, proof.clone()));
        let deed = Deed::Linked { who: inbound.who.clone(), person: person.id.clone(), proof };
        change.people().audit.push(audit(inbound, deed));
        self.replace_links(&mut change, settings, inbound, (&inbound.who, person));
        (linking.attempt, linking.at) = (None, inbound.at);
        change.people().linkings.push(linking);
        self.show_confirmed(&call.id, &mut change).await?;
        let told = linked_to_you(&inbound.who, &settings.commands);
        self.tell_of_link(&mut change, settings, (inbound, person), &told);
        self.tell_as_read(call, CallEvent::HangUp(person.id.clone().into()), change).await?;
        Ok(receipt)
    }
}
