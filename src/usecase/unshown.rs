//! Cards that their channel can't show: whom they concern is told in private, once a person, until they are shown again.

use super::Context;
use crate::domain::call::Call;
use crate::domain::change::{Change, Effect, EffectRow};
use crate::domain::ids::DeliveryKey;
use crate::domain::inbound::Receipt;
use crate::domain::page::Page;
use crate::domain::person::{ChatUser, Person};
use crate::domain::report::{
    Button, CardState, Place, board_not_shown, call_card, not_shown, page_card, page_not_shown,
};
use crate::domain::settings::Settings;
use crate::ports::ChatError;

impl Context {
    /// Where `person` can be told something: in a chat that is preferred, or else in the first that is served.
    pub(super) fn reach(
        &self,
        settings: &Settings,
        person: &Person,
        is_preferred: impl Fn(&str) -> bool,
    ) -> Option<ChatUser> {
        let users = settings.people.users_of(person);
        let served = || users.iter().filter(|user| self.chats.contains_key(&user.chat));
        served().find(|user| is_preferred(&user.chat)).or_else(|| served().next()).cloned()
    }

    /// A call: whoever placed it is told now, and when it is over.
    pub(super) fn call_is_unshown(
        &self,
        change: &mut Change,
        (row, state): (&EffectRow, &mut CardState),
        call: &Call,
        why: &ChatError,
    ) {
        let settings = self.settings.get();
        let by = call.by.person().and_then(|by| settings.people.person(by));
        let by = by.filter(|by| is_to_be_told(state, call.has_ended(), by));
        state.told_over = call.has_ended();
        let Some(by) = by else { return };
        let said = Receipt::private(not_shown(&call.id, &why.to_string(), &call_card(call).text));
        self.tell_of_unshown(change, (row, state), by, said);
    }

    /// A page: everybody whom it concerns is told, with its buttons, and once more when it is over; of an alert's, its owner
    /// too.
    pub(super) fn page_is_unshown(
        &self,
        change: &mut Change,
        (row, state): (&EffectRow, &mut CardState),
        page: &Page,
        why: &ChatError,
    ) {
        let settings = self.settings.get();
        let concerned = page.people().into_iter().filter_map(|id| settings.people.person(id));
        let owners = page.source().map(|_| self.owners(page, &settings)).into_iter().flatten();
        let (text, buttons) = {
            let card = page_card(page, 0, false);
            (page_not_shown(page, &why.to_string(), &card.text), card.buttons)
        };
        let mut people: Vec<&Person> = Vec::new();
        for person in concerned.chain(owners) {
            if is_to_be_told(state, !page.is_open(), person) && people.iter().all(|one| one.id != person.id) {
                people.push(person);
            }
        }
        state.told_over = !page.is_open();
        for person in people {
            let said =
                Receipt { card: Some(page.id.card(0)), buttons: buttons.clone(), ..Receipt::private(&text) };
            self.tell_of_unshown(change, (row, state), person, said);
        }
    }

    /// A board: whoever asked for it.
    pub(super) fn board_is_unshown(
        &self,
        change: &mut Change,
        (row, state): (&EffectRow, &mut CardState),
        why: &ChatError,
    ) {
        let settings = self.settings.get();
        let by = settings.people.person(&state.by).filter(|by| !state.told.contains(&by.id));
        let Some(by) = by else { return };
        let said = Receipt {
            card: Some(state.id.clone()),
            buttons: vec![Button::RemoveBoard],
            ..Receipt::private(board_not_shown(&why.to_string()))
        };
        self.tell_of_unshown(change, (row, state), by, said);
    }

    fn tell_of_unshown(
        &self,
        change: &mut Change,
        (row, state): (&EffectRow, &mut CardState),
        person: &Person,
        said: Receipt,
    ) {
        if !state.told.contains(&person.id) {
            state.told.push(person.id.clone());
        }
        let user = self.reach(&self.settings.get(), person, |chat| chat == state.place.chat);
        let Some(user) = user else {
            tracing::warn!(card = %state.id, person = %person.id, "nobody can be told of a card here: no chat knows them");
            return;
        };
        // The revision is another one when it is shown again, and then no more.
        let key = DeliveryKey::new(format!("not shown:{}:{}:{}", state.id, row.rev, person.id));
        let place = Place::direct(user.chat.clone());
        change.act(Effect::Whisper { key, place, to: user.id, said }, self.clock.now());
    }
}

/// Whether `person` has not heard yet what the card can't show: that there is something, and that it is over.
fn is_to_be_told(state: &CardState, is_over: bool, person: &Person) -> bool {
    !state.told.contains(&person.id) || (is_over && !state.told_over)
}
