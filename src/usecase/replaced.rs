//! Links that a new one replaces: whoever they concern is told.

use super::Context;
use super::link::{audit, whisper};
use crate::domain::audit::Deed;
use crate::domain::change::Change;
use crate::domain::inbound::{Inbound, Receipt, Who};
use crate::domain::person::{Link, Person};
use crate::domain::report::{Place, link_lost, link_moved};
use crate::domain::settings::Settings;

impl Context {
    /// Adds to `change`, which links `who` to `person`, what that undoes: the person's other user of that chat is nobody
    /// any more, and whomever `who` was linked to has lost them.
    pub(super) fn replace_links(
        &self,
        change: &mut Change,
        settings: &Settings,
        inbound: &Inbound,
        (who, person): (&Who, &Person),
    ) {
        for link in lost(settings, who, person) {
            change.people().audit.push(audit(inbound, replaced(link, who, person)));
            if self.chats.contains_key(&link.user.chat) {
                let said = Receipt::private(link_lost(&person.id, who));
                let place = Place::direct(link.user.chat.clone());
                change.act(whisper(inbound, place, &link.user, said), inbound.at);
            }
        }
        let Some(link) = settings.people.link(&who.user).filter(|link| link.person != person.id) else {
            return;
        };
        change.people().audit.push(audit(inbound, replaced(link, who, person)));
        if let Some(former) = settings.people.person(&link.person) {
            // Not to `who` themselves, who hear that they are linked.
            let linked = Inbound { who: who.clone(), ..inbound.clone() };
            self.tell_elsewhere(change, settings, (&linked, former), &link_moved(who, &person.id));
        }
    }

    /// Tells `person`, to whom `inbound` links its user, as [`tell_elsewhere`](Self::tell_elsewhere) does; but not
    /// whoever was that person in the same chat until now.
    pub(super) fn tell_of_link(
        &self,
        change: &mut Change,
        settings: &Settings,
        (inbound, person): (&Inbound, &Person),
        text: &str,
    ) {
        let lost = lost(settings, &inbound.who, person);
        let mut users = settings.people.users_of(person);
        users.retain(|user| !lost.iter().any(|link| link.user == *user));
        self.tell_users(change, inbound, users, text);
    }
}

/// The person's other links in the chat of `who`.
fn lost<'a>(settings: &'a Settings, who: &Who, person: &Person) -> Vec<&'a Link> {
    let all = settings.people.links_to(&person.id).into_iter().map(|(link, _)| link);
    all.filter(|link| link.user.chat == who.user.chat && link.user != who.user).collect()
}

fn replaced(link: &Link, by: &Who, person: &Person) -> Deed {
    let (user, was) = (link.user.clone(), link.person.clone());
    Deed::Replaced { user, was, by: by.user.clone(), person: person.id.clone() }
}
