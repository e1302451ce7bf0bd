//! No dial goes through: whoever should have been rung is told in another way, and the owner.

use std::time::Duration;

use jiff::Timestamp;

use super::{Deck, Moved, Notice, Page, PageHappened, Ring, Silence};
use crate::clock::later;
use crate::domain::call::Outcome;
use crate::domain::ids::PersonId;

/// When nothing could be dialled for so long, people are told in another way.
pub const NO_DIAL_AFTER: Duration = Duration::from_secs(30);

impl Moved {
    /// Who should have been rung for so long, and was not, is told in another way, each once; the owner is told with the first.
    pub(super) fn note_silence(&mut self, deck: &Deck<'_>, now: Timestamp) {
        if !self.page.is_open() {
            return;
        }
        let due = self.page.unrung().filter(|ring| later(ring.at, NO_DIAL_AFTER) <= now);
        let (mut people, mut know): (Vec<PersonId>, Vec<PersonId>) = (Vec::new(), Vec::new());
        let mut why = None;
        for ring in due {
            why = ring.kept_back.clone().or(why);
            // Told when it failed, or known to nobody: once is enough.
            let list = if ring.outcome == Some(Outcome::Failed) { &mut know } else { &mut people };
            if !list.contains(&ring.person) {
                list.push(ring.person.clone());
            }
        }
        people.retain(|person| !know.contains(person));
        let all: Vec<PersonId> = know.iter().chain(&people).cloned().collect();
        let Some(silence) = self.page.silence.as_mut().filter(|_| !all.is_empty()) else { return };
        silence.people.extend(all.iter().cloned());
        let is_first = !std::mem::replace(&mut silence.told, true);
        if is_first {
            self.happened.push(PageHappened::NoDial { why: why.clone() });
            self.notices.push(Notice::NoDial { people: all, know, why });
        }
        for person in people {
            if !deck.gate.can_write(&person) {
                self.happened.push(PageHappened::NoWay(person.clone()));
                self.notices.push(Notice::NoWay(person));
            } else if !is_first {
                self.happened.push(PageHappened::Written(person.clone()));
                self.notices.push(Notice::StillNoDial(person));
            }
        }
    }
}

impl Page {
    /// Rings that were asked for since no dial has gone through, whose people were not told of it. One that is over
    /// counts for the first message only: its person was written to when it ended.
    pub(super) fn unrung(&self) -> impl Iterator<Item = &Ring> {
        let rings = |silence| self.rings.iter().map(move |ring| (silence, ring));
        let since = self.silence.iter().flat_map(rings);
        let unrung = since.filter(|(silence, ring): &(&Silence, &Ring)| {
            let is_new = ring.at >= silence.since && !silence.people.contains(&ring.person);
            is_new && ring.rang_at.is_none() && !(silence.told && ring.is_over())
        });
        unrung.map(|(_, ring)| ring)
    }
}
