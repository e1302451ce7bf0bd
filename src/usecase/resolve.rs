//! From what people write or press to the call they mean.

use super::Context;
use super::intake::Stop;
use crate::domain::call::Call;
use crate::domain::ids::{CallId, CardId};
use crate::domain::refusal::Refusal;

/// Most calls named when a beginning fits several.
const NAMED_MAX: usize = 5;

impl Context {
    /// The call with this id, or the one whose id starts so.
    pub(super) async fn resolve(&self, text: &str) -> Result<Call, Stop> {
        let text = text.trim().to_ascii_lowercase();
        if let Some(call) = self.store.call(&CallId::new(text.clone())).await? {
            return Ok(call);
        }
        if text.len() < 2 {
            return Err(Refusal::NoSuchCall(text).into());
        }
        let mut calls = self.store.calls_like(&text, NAMED_MAX).await?;
        match calls.len() {
            0 => Err(Refusal::NoSuchCall(text).into()),
            1 => Ok(calls.remove(0)),
            _ => Err(Refusal::Ambiguous(text, calls.into_iter().map(|call| call.id).collect()).into()),
        }
    }

    /// The call whose card this is.
    pub(super) async fn card_call(&self, card: &CardId) -> Result<Call, Stop> {
        let call = self.store.call(&card.call()).await?;
        call.ok_or_else(|| Refusal::NoSuchCall(card.to_string()).into())
    }
}
