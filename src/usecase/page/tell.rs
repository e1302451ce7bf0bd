//! What people are told in private because of a page.

use crate::domain::change::{Change, Effect};
use crate::domain::ids::{DeliveryKey, PersonId};
use crate::domain::inbound::Receipt;
use crate::domain::page::{Notice, Page};
use crate::domain::person::Person;
use crate::domain::report::{Button, Place, notice};
use crate::domain::settings::Settings;
use crate::usecase::Context;

/// Admins told at most where a policy has no owner: enough for one to be awake.
const ADMINS_TOLD_MAX: usize = 5;

impl Context {
    /// Adds to `change` what `told` says, to everybody whom it concerns, once each.
    pub(super) fn tell_of_page(&self, page: &Page, told: &Notice, settings: &Settings, change: &mut Change) {
        let mut people: Vec<&Person> = match told {
            Notice::InsteadOfRing(person) | Notice::StillNoDial(person) => {
                settings.people.person(person).into_iter().collect()
            }
            Notice::TakenFrom { from, .. } => settings.people.person(from).into_iter().collect(),
            Notice::NoDial { people, know, .. } => {
                let new = people.iter().filter(|person| !know.contains(person));
                new.filter_map(|id| settings.people.person(id)).collect()
            }
            Notice::Exhausted { .. } | Notice::NotPosted(..) | Notice::NoWay(_) => Vec::new(),
        };
        let is_theirs_alone =
            matches!(told, Notice::InsteadOfRing(_) | Notice::StillNoDial(_) | Notice::TakenFrom { .. });
        if !is_theirs_alone {
            people.extend(self.owners(page, settings));
        }
        let mut known: Vec<&PersonId> = Vec::new();
        for person in people {
            if !known.contains(&&person.id) {
                known.push(&person.id);
                self.whisper_of_page((page, told), person, settings, change);
            }
        }
    }

    /// Who is told what nobody else may notice: the policy's owner, or admins where no chat knows the owner.
    pub(in crate::usecase) fn owners<'a>(&self, page: &Page, settings: &'a Settings) -> Vec<&'a Person> {
        let owner = page.policy.owner.as_ref().and_then(|owner| settings.people.person(owner));
        let owner = owner.filter(|owner| self.reach(settings, owner, |_| false).is_some());
        owner.map_or_else(|| admins(settings), |owner| vec![owner])
    }

    /// In the page's chat if they are there, or else in the first that is served.
    fn whisper_of_page(
        &self,
        (page, told): (&Page, &Notice),
        to: &Person,
        settings: &Settings,
        change: &mut Change,
    ) {
        let of_page = |chat: &str| page.places.iter().any(|place| place.chat == chat);
        let Some(user) = self.reach(settings, to, of_page) else {
            tracing::warn!(page = %page.id, person = %to.id, "nobody can be told of a page here: no chat knows them");
            return;
        };
        let buttons = vec![Button::Acknowledge];
        let said =
            Receipt { card: Some(page.id.card(0)), buttons, ..Receipt::private(notice(page, told, &to.id)) };
        // What is decided twice is said once.
        let what = match told {
            Notice::InsteadOfRing(_) => "instead".to_owned(),
            Notice::NoDial { .. } | Notice::StillNoDial(_) => "no_dial".to_owned(),
            Notice::TakenFrom { by, .. } => format!("taken_from:{by}:{}", page.chain.turn),
            Notice::Exhausted { .. } => "over".to_owned(),
            Notice::NoWay(person) => format!("no_way:{person}"),
            Notice::NotPosted(webhook, news) => {
                format!("not_posted:{webhook}:{}:{}", news.as_str(), page.version)
            }
        };
        let key = format!("page:{}:{}:{what}:{}", page.id, page.rings.len(), to.id);
        let (key, place) = (DeliveryKey::new(key), Place::direct(user.chat.clone()));
        change.act(Effect::Whisper { key, place, to: user.id, said }, self.clock.now());
    }
}

/// The first admins of the file.
pub(in crate::usecase) fn admins(settings: &Settings) -> Vec<&Person> {
    settings.people.iter().filter(|person| person.roles.administers()).take(ADMINS_TOLD_MAX).collect()
}
