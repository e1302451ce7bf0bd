//! After a death: the answer to a command that an earlier life gave, and did not live to write down.

use serde::Deserialize;
use serenity::all::{ChannelId, InteractionId, MessageId};
use serenity::http::{LightMethod, Request, Route};

use super::Discord;
use super::answer::delivery_key;
use super::message::MessageRef;
use super::rest::Urgency;
use crate::domain::ids::{CallId, CardId, PageId};
use crate::domain::report::Card;
use crate::ports::ChatError;

/// Messages that are looked through, newest first: as many as Discord shows at once.
const LOOKED_AT: u32 = 100;

/// What is read of a message.
#[derive(Deserialize)]
struct Seen {
    id: MessageId,
    interaction_metadata: Option<Answers>,
}

/// The interaction that a message answers.
#[derive(Deserialize)]
struct Answers {
    id: InteractionId,
}

impl Discord {
    /// The message that an earlier life answered the card's command with. A call's or page's id is made of its interaction's: so
    /// no token has to be kept for this. `None`: there is none, or its command came to this life.
    pub(super) async fn left_behind(
        &self,
        channel_id: ChannelId,
        card: &Card,
    ) -> Result<Option<MessageRef>, ChatError> {
        let is_known = self.memory.is_expected(&card.id) || self.memory.is_given_up(&card.id);
        if is_known || !may_answer_a_command(&card.id) {
            return Ok(None);
        }
        let request = Request::new(Route::ChannelMessages { channel_id }, LightMethod::Get)
            .params(Some(vec![("limit", LOOKED_AT.to_string())]));
        let seen: Vec<Seen> = match self.rest.send(Urgency::of(card), request).await {
            Ok(seen) => seen,
            Err(error) if error.is_temporary() => return Err(error.into()),
            // Whoever may not read here may perhaps write: that is tried next.
            Err(_) => return Ok(None),
        };
        let is_meant = |answers: &Answers| {
            let key = delivery_key(answers.id);
            card.id == CallId::of_delivery(&key).card() || card.id == PageId::of_delivery(&key).card(0)
        };
        let found = seen.into_iter().find(|seen| seen.interaction_metadata.as_ref().is_some_and(is_meant));
        Ok(found.map(|seen| MessageRef { channel: channel_id, message: seen.id }))
    }
}

/// Whether a card with this id may be a command's answer: a call's, or a page's in its first place. Boards, questions and
/// further places never are, and nothing is looked for before they are posted.
fn may_answer_a_command(id: &CardId) -> bool {
    let is_other = id.as_str().contains('_');
    !is_other && id.page().is_none_or(|(_, n)| n == 0)
}
