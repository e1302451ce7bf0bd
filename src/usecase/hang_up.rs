//! *Hang up*: by the button, the command or the thread.

use super::Context;
use super::intake::Stop;
use crate::domain::call::{Call, CallEvent};
use crate::domain::change::{Change, Delivery};
use crate::domain::inbound::{Inbound, Receipt};
use crate::domain::permit;
use crate::domain::refusal::Refusal;
use crate::domain::report::hanging_up;
use crate::domain::settings::Settings;

impl Context {
    pub(super) async fn hang_up(
        &self,
        inbound: &Inbound,
        settings: &Settings,
        call: Call,
    ) -> Result<Receipt, Stop> {
        let by = permit::may_hang_up(&inbound.who, &settings.people, &call)?.id.clone();
        if call.has_ended() {
            return Err(Refusal::AlreadyEnded(call.id, call.outcome).into());
        }
        if let Some(by) = call.hung_up_by {
            return Err(Refusal::AlreadyHungUp(call.id, by).into());
        }
        let receipt = Receipt { card: Some(call.id.card()), ..Receipt::private(hanging_up(&call)) };
        let delivery = Delivery { key: inbound.key.clone(), at: inbound.at, receipt: receipt.clone() };
        let with = Change { delivery: Some(delivery), ..Change::default() };
        self.tell(&call.id, CallEvent::HangUp(by.into()), with).await?;
        Ok(receipt)
    }
}
