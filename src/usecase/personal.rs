//! `/callout quiet` and `/callout test`: what a person chooses for themselves, and tries.

use super::Context;
use super::intake::Stop;
use super::link::{audit, delivery};
use super::start_call::Placing;
use crate::clock::later;
use crate::domain::ask::CallWish;
use crate::domain::audit::Deed;
use crate::domain::call::{Media, Purpose};
use crate::domain::change::Change;
use crate::domain::command::QuietWish;
use crate::domain::ids::{CallId, PersonId};
use crate::domain::inbound::{Inbound, Receipt};
use crate::domain::permit;
use crate::domain::person::{HoursChoice, Person, QuietChoice};
use crate::domain::refusal::Refusal;
use crate::domain::report::{chosen_for_you, my_quiet, their_quiet};
use crate::domain::settings::Settings;

impl Context {
    /// Rings whoever asks. Their own quiet hours do not hold it: they are awake.
    pub(super) async fn test_call(&self, inbound: &Inbound, settings: &Settings) -> Result<Receipt, Stop> {
        let may = permit::may_call(&inbound.who, &settings.people)?;
        let me = may.person().id.clone();
        let placing = Placing {
            id: CallId::of_delivery(&inbound.key),
            wish: CallWish { callees: vec![me], media: Media::Audio, note: None, duties: Vec::new() },
            purpose: Purpose::Test,
            place: inbound.place.clone(),
            reason: None,
            with: Change::default(),
        };
        self.place(inbound, settings, &may, placing).await
    }

    /// Shows or changes when calls ask before they ring somebody. For somebody else only an admin may.
    pub(super) async fn quiet(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        who: Option<PersonId>,
        wish: QuietWish,
    ) -> Result<Receipt, Stop> {
        let by = permit::listed(&inbound.who, &settings.people)?;
        let other = who.filter(|who| *who != by.id);
        let person = match &other {
            Some(other) => {
                permit::may_administer(&inbound.who, &settings.people)?;
                settings.people.person(other).ok_or_else(|| Refusal::Unlisted(other.clone()))?
            }
            None => by,
        };
        let is_other = other.is_some();
        let _turn = self.choices_turn.lock().await;
        // The command before this one may have changed it since `settings` were read.
        let newest = self.settings.get();
        let person = newest.people.person(&person.id).unwrap_or(person);
        let Some(choice) = chosen(person.choice, wish, inbound) else {
            return Ok(Receipt::private(said(person, is_other, inbound)));
        };
        let after = Person { choice, ..person.clone() };
        let receipt = Receipt::private(said(&after, is_other, inbound));
        let mut change = Change { delivery: Some(delivery(inbound, &receipt)), ..Change::default() };
        change.people().choices.push((person.id.clone(), choice));
        if is_other {
            let deed = Deed::Quiet { person: person.id.clone(), by: by.id.clone(), choice };
            change.people().audit.push(audit(inbound, deed));
            self.tell_elsewhere(
                &mut change,
                settings,
                (inbound, person),
                &chosen_for_you(&by.id, &after, inbound.at),
            );
        }
        self.commit(change).await?;
        Ok(receipt)
    }
}

fn said(person: &Person, is_other: bool, inbound: &Inbound) -> String {
    match is_other {
        true => their_quiet(person, inbound.at),
        false => my_quiet(person, inbound.at),
    }
}

/// What `wish` makes of the choice `before`; `None`: nothing is to be changed.
fn chosen(before: QuietChoice, wish: QuietWish, inbound: &Inbound) -> Option<QuietChoice> {
    match wish {
        QuietWish::Show => None,
        QuietWish::Hours(hours) => Some(QuietChoice { hours: HoursChoice::Hours(hours), ..before }),
        QuietWish::Off => Some(QuietChoice { hours: HoursChoice::Off, until: None }),
        QuietWish::For(span) => Some(QuietChoice { until: Some(later(inbound.at, span)), ..before }),
        QuietWish::Default => Some(QuietChoice::default()),
    }
}
