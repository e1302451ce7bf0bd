//! The live call map: a view of the calls that have not ended. It may be dropped at any time; truth is
//! the store.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use jiff::Timestamp;
use tokio::sync::watch;

use crate::domain::call::Call;
use crate::domain::ids::{CallId, EngineCallId, PersonId};
use crate::ports::Live;

/// The live calls, by id, by age and by caller.
#[derive(Debug, Default)]
pub struct LiveMap {
    changed: watch::Sender<u64>,
    calls: DashMap<CallId, Arc<Call>>,
    /// Oldest first: what lists need costs what they show, not what lives.
    ages: Mutex<BTreeSet<(Timestamp, CallId)>>,
    placed: DashMap<PersonId, usize>,
    by_engine: DashMap<EngineCallId, CallId>,
    ended: Mutex<Ended>,
}

/// Ended calls that are remembered: news of two commits may come in the wrong order, and what ended must
/// not come back by older news. Older ones than this have nothing under way any more.
const ENDED_MAX: usize = 100_000;

/// The calls that ended last.
#[derive(Debug, Default)]
struct Ended {
    /// The version that ended; a later one has opened the call again.
    versions: HashMap<CallId, i64>,
    order: VecDeque<CallId>,
}

impl Ended {
    fn add(&mut self, call: &Call) {
        let known = self.versions.entry(call.id.clone()).or_insert_with(|| {
            self.order.push_back(call.id.clone());
            call.version
        });
        *known = call.version.max(*known);
        if self.order.len() > ENDED_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.versions.remove(&oldest);
        }
    }
}

impl Ended {
    fn outdates(&self, call: &Call) -> bool {
        self.versions.get(&call.id).is_some_and(|ended| call.version <= *ended)
    }
}

impl LiveMap {
    /// Told whenever a live call changed.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn ages(&self) -> MutexGuard<'_, BTreeSet<(Timestamp, CallId)>> {
        self.ages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ended(&self) -> MutexGuard<'_, Ended> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, call: &Call) {
        self.ages().insert((call.placed_at, call.id.clone()));
        if let Some(person) = counted(call) {
            *self.placed.entry(person.clone()).or_default() += 1;
        }
        self.name(call);
    }

    /// Enters it by the engine's id too, as soon as that is known.
    fn name(&self, call: &Call) {
        if let Some(id) = &call.engine_call_id
            && !self.by_engine.contains_key(id)
        {
            self.by_engine.insert(id.clone(), call.id.clone());
        }
    }

    fn leave(&self, call: &Call) {
        if let Some(id) = &call.engine_call_id {
            self.by_engine.remove(id);
        }
        self.ages().remove(&(call.placed_at, call.id.clone()));
        if let Some(person) = counted(call)
            && let Entry::Occupied(mut count) = self.placed.entry(person.clone())
        {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

/// Among whose open calls it counts. A ring that shows a code is somebody else's doing: a stranger's, perhaps.
fn counted(call: &Call) -> Option<&PersonId> {
    call.by.person().filter(|_| call.purpose.link().is_none())
}

impl Live for LiveMap {
    fn absorb(&self, call: &Call) {
        // Entered and left under the entry's lock, so that the order of two threads does not matter.
        match self.calls.entry(call.id.clone()) {
            Entry::Occupied(known) if known.get().version >= call.version => {}
            Entry::Occupied(known) if call.has_ended() => {
                self.ended().add(call);
                known.remove();
                self.leave(call);
            }
            Entry::Occupied(mut known) => {
                known.insert(Arc::new(call.clone()));
                self.name(call);
            }
            Entry::Vacant(_) if call.has_ended() => self.ended().add(call),
            Entry::Vacant(_) if self.ended().outdates(call) => {}
            Entry::Vacant(free) => {
                free.insert(Arc::new(call.clone()));
                self.enter(call);
            }
        }
        self.changed.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn get(&self, id: &CallId) -> Option<Arc<Call>> {
        self.calls.get(id).map(|call| Arc::clone(&call))
    }

    fn of_engine(&self, id: &EngineCallId) -> Option<Arc<Call>> {
        let ours = self.by_engine.get(id).map(|id| id.clone())?;
        self.get(&ours)
    }

    fn newest(&self, limit: usize) -> (Vec<Arc<Call>>, usize) {
        let ids: Vec<CallId> = {
            let ages = self.ages();
            ages.iter().rev().take(limit).map(|(_, id)| id.clone()).collect()
        };
        (ids.iter().filter_map(|id| self.get(id)).collect(), self.calls.len())
    }

    fn placed_by(&self, person: &PersonId) -> usize {
        self.placed.get(person).map_or(0, |count| *count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::call::{CallEvent, CallState};

    fn placed() -> Call {
        Call { version: 1, ..Call::sample(&["jack"]) }
    }

    #[test]
    fn what_ended_does_not_come_back_whatever_the_order() {
        let call = placed();
        let hung_up =
            call.apply(CallEvent::HangUp(PersonId::new("ana").into()), Timestamp::UNIX_EPOCH).unwrap();
        let ended = Call { version: 2, ..hung_up.call };
        for order in [[&call, &ended, &call], [&ended, &call, &ended]] {
            let map = LiveMap::default();
            order.into_iter().for_each(|call| map.absorb(call));
            assert_eq!(map.newest(9), (Vec::new(), 0));
            assert_eq!(map.placed_by(&PersonId::new("ana")), 0);
        }
    }

    #[test]
    fn what_was_opened_again_comes_back_and_leaves_again() {
        let (placed, ended) = (placed(), Call { version: 2, state: CallState::Ended, ..placed() });
        let again = Call { version: 3, ..placed.clone() };
        let over = Call { version: 4, ..ended.clone() };
        for order in [[&placed, &ended, &again], [&ended, &again, &placed], [&again, &ended, &placed]] {
            let map = LiveMap::default();
            order.into_iter().for_each(|call| map.absorb(call));
            assert_eq!((map.newest(9).1, map.placed_by(&PersonId::new("ana"))), (1, 1));
            [&over, &again].into_iter().for_each(|call| map.absorb(call));
            assert_eq!((map.newest(9).1, map.placed_by(&PersonId::new("ana"))), (0, 0));
        }
    }
}
