//! Calls and phones as a pure state machine that is told the time.
//!
//! The robot is in a call from its start to its end; a call is over when its last callee has left. A
//! phone that rings, talks or is busy elsewhere is busy for a further call. What others must hear of
//! (callbacks, the journal, the list of rings) piles up until [`Switchboard::take_news`].

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::call::{Call, Dial, Ending, Leave, Leg, LegState};
use super::handset::{Handset, HandsetAction, HandsetError, HandsetState};
use super::ingest::Ingests;
use super::phone::Phone;
use super::record::{Filter, Record, Records};
use crate::clock::later;

/// Calls and phones.
#[derive(Debug)]
pub(super) struct Switchboard {
    /// Makes call ids unlike those of any other process.
    seed: u128,
    serial: u64,
    phones: HashMap<String, Phone>,
    /// Accounts in the order in which they were added.
    order: Vec<String>,
    calls: HashMap<String, Call>,
    /// When phones stop ringing.
    due: BTreeSet<(Timestamp, String)>,
    records: Records,
    ingests: Ingests,
    news: News,
}

/// What happened since it was last asked for.
#[derive(Debug, Default)]
pub(super) struct News {
    /// In order: what the callbacks tell.
    pub(super) events: Vec<Event>,
    /// Phones that started to ring: account and call.
    pub(super) rings: Vec<(String, String)>,
    /// Calls that began, changed, ended or were forgotten.
    pub(super) calls: BTreeSet<String>,
    /// Phones that were added, or switched by their owner.
    pub(super) phones: Vec<String>,
    /// Ingest tasks that began, changed, ended or were forgotten.
    pub(super) ingests: Vec<String>,
}

/// What a callback tells.
#[derive(Debug, Clone)]
pub(super) enum Event {
    Started(Call),
    Changed { call: String, members: Vec<(String, bool)>, account: String, action: &'static str },
    Ended(Record),
}

impl News {
    pub(super) fn is_empty(&self) -> bool {
        self.calls.is_empty() && self.phones.is_empty() && self.ingests.is_empty()
    }
}

impl Switchboard {
    pub(super) fn new(seed: u128) -> Self {
        Self {
            seed,
            serial: 0,
            phones: HashMap::new(),
            order: Vec::new(),
            calls: HashMap::new(),
            due: BTreeSet::new(),
            records: Records::default(),
            ingests: Ingests::new(seed),
            news: News::default(),
        }
    }

    // ------------------------------------------------------------ as it was before a restart

    /// Puts a phone back, or adds it.
    pub(super) fn restore_phone(&mut self, account: &str, mut phone: Phone) {
        self.add_account(account, phone.since);
        if let Some(place) = self.phones.get_mut(account) {
            phone.call = place.call.take();
            *place = phone;
        }
    }

    /// Puts a live call back. Its ring time-out is due when it was.
    pub(super) fn restore_call(&mut self, call: Call) {
        self.serial = self.serial.max(call.serial);
        for leg in call.legs.iter().filter(|leg| leg.state != LegState::Gone) {
            self.add_account(&leg.account, call.started);
            if let Some(phone) = self.phones.get_mut(&leg.account) {
                phone.call = Some(call.id.clone());
            }
        }
        if call.rings() {
            self.due.insert((call.ring_until, call.id.clone()));
        }
        self.calls.insert(call.id.clone(), call);
    }

    /// Puts the record of an ended call back.
    pub(super) fn restore_record(&mut self, record: Record, now: Timestamp) {
        self.serial = self.serial.max(record.serial);
        let gone = self.records.add(record, now);
        self.news.calls.extend(gone);
    }

    // ------------------------------------------------------------ what is fed into rooms

    pub(super) const fn ingests(&self) -> &Ingests {
        &self.ingests
    }

    pub(super) const fn ingests_mut(&mut self) -> &mut Ingests {
        &mut self.ingests
    }

    // ------------------------------------------------------------ what is

    pub(super) fn knows(&self, account: &str) -> bool {
        self.phones.contains_key(account)
    }

    pub(super) fn phone(&self, account: &str) -> Option<&Phone> {
        self.phones.get(account)
    }

    pub(super) fn call(&self, id: &str) -> Option<&Call> {
        self.calls.get(id)
    }

    /// The room of a call, live or ended.
    pub(super) fn room(&self, id: &str) -> Option<String> {
        let live = self.calls.get(id).map(|call| &call.show);
        live.or_else(|| self.records.get(id).map(|record| &record.show)).map(|show| show.room.clone())
    }

    pub(super) fn live_calls(&self) -> usize {
        self.calls.len()
    }

    /// The record of an ended call, whether or not it can be read from outside yet.
    pub(super) fn kept_record(&self, id: &str) -> Option<&Record> {
        self.records.get(id)
    }

    /// The record as it can be read from outside: some seconds after the end.
    pub(super) fn record(&self, id: &str, now: Timestamp) -> Option<&Record> {
        self.records.visible(id, now)
    }

    pub(super) fn records(&mut self, filter: &Filter, now: Timestamp) -> (usize, Vec<&Record>) {
        self.records.page(filter, now)
    }

    /// The first `limit` handsets, and how many there are.
    pub(super) fn handsets(&self, limit: usize) -> (usize, Vec<Handset>) {
        let first = self.order.iter().take(limit).filter_map(|account| self.handset(account));
        (self.order.len(), first.collect())
    }

    pub(super) fn handset(&self, account: &str) -> Option<Handset> {
        let phone = self.phones.get(account)?;
        let call = phone.call.as_deref().and_then(|id| self.calls.get(id));
        let room = call.and_then(|call| call.show.media_room());
        let heard = room.and_then(|room| self.ingests.heard(&room));
        Some(phone.view(account, call, heard))
    }

    /// When the next phone stops ringing, or the next ingest task ends by itself.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let ring = self.due.first().map(|(at, _)| *at);
        ring.into_iter().chain(self.ingests.next_due()).min()
    }

    pub(super) fn take_news(&mut self) -> News {
        News { ingests: self.ingests.take_news(), ..std::mem::take(&mut self.news) }
    }

    // ------------------------------------------------------------ what happens

    /// Adds a phone, switched on. A known one stays as it is.
    pub(super) fn add_account(&mut self, account: &str, now: Timestamp) {
        if !self.phones.contains_key(account) {
            self.phones.insert(account.to_owned(), Phone::new(now));
            self.order.push(account.to_owned());
            self.news.phones.push(account.to_owned());
        }
    }

    /// Rings every callee once; returns the call's id. A call of nobody is over at once.
    pub(super) fn dial(&mut self, dial: Dial, now: Timestamp) -> String {
        self.serial += 1;
        let id = call_id(self.seed, self.serial);
        let leg = |account: &String| Leg {
            account: account.clone(),
            state: LegState::Waiting,
            rang: false,
            ignored: false,
            since: now,
        };
        let call = Call {
            id: id.clone(),
            serial: self.serial,
            robot: dial.robot,
            group: dial.group,
            show: dial.show,
            started: now,
            ring_until: later(now, dial.ring),
            accepted: None,
            legs: dial.callees.iter().map(leg).collect(),
        };
        self.news.events.push(Event::Started(call.clone()));
        self.news.calls.insert(id.clone());
        self.due.insert((call.ring_until, id.clone()));
        self.calls.insert(id.clone(), call);
        for account in &dial.callees {
            self.reach(&id, account, now);
        }
        if dial.callees.is_empty() {
            self.finish(&id, Ending::Cancel, now);
        }
        id
    }

    fn reach(&mut self, id: &str, account: &str, now: Timestamp) {
        let Some(phone) = self.phones.get_mut(account) else { return };
        match phone.reach(id, now) {
            Ok(()) => {
                self.news.rings.push((account.to_owned(), id.to_owned()));
                if let Some(leg) = self.calls.get_mut(id).and_then(|call| call.leg_mut(account)) {
                    leg.rang = true;
                }
            }
            Err(why) => self.leave(id, account, why, now),
        }
    }

    /// Ends a call for everyone. Returns whether it was live.
    pub(super) fn end(&mut self, id: &str, now: Timestamp) -> bool {
        let Some(call) = self.calls.get(id) else { return false };
        let ending = if call.accepted.is_some() { Ending::NormalEnd } else { Ending::Cancel };
        self.finish(id, ending, now);
        true
    }

    /// Phones whose time is over stop ringing, and tasks that have played enough end.
    pub(super) fn ring_out(&mut self, now: Timestamp) {
        self.ingests.run_out(now);
        while let Some((_, id)) = self.due.first().cloned().filter(|(at, _)| *at <= now) {
            self.due.pop_first();
            let Some(call) = self.calls.get(&id) else { continue };
            let waiting = call.legs.iter().filter(|leg| leg.state == LegState::Waiting);
            let waiting: Vec<String> = waiting.map(|leg| leg.account.clone()).collect();
            for account in waiting {
                self.leave(&id, &account, Leave::RangOut, now);
            }
        }
    }

    /// The owner of a handset does something with it.
    pub(super) fn act(
        &mut self,
        account: &str,
        action: HandsetAction,
        now: Timestamp,
    ) -> Result<(), HandsetError> {
        use HandsetAction as Do;
        use HandsetState as Is;
        let Some(handset) = self.handset(account) else {
            return Err(HandsetError::NoSuchAccount(account.to_owned()));
        };
        let call = handset.call.unwrap_or_default();
        match (action, handset.state) {
            (Do::Answer, Is::Ringing) => self.answer(&call, account, now),
            (Do::Decline, Is::Ringing) => self.leave(&call, account, Leave::Declined, now),
            (Do::Ignore, Is::Ringing) => self.ignore(&call, account),
            (Do::Hangup, Is::InCall) => self.leave(&call, account, Leave::HungUp, now),
            (Do::Busy, Is::Idle | Is::Busy) => self.switch(account, (true, handset.state == Is::Idle), now),
            (Do::Online, Is::Busy | Is::Offline) => self.switch(account, (true, false), now),
            (Do::Offline, Is::Idle | Is::Busy) => self.switch(account, (false, false), now),
            (Do::Offline, Is::Ringing | Is::InCall) => {
                self.switch(account, (false, false), now);
                self.leave(&call, account, Leave::Offline, now);
            }
            (action, state) => {
                return Err(HandsetError::WrongState { account: account.to_owned(), state, action });
            }
        }
        Ok(())
    }

    fn answer(&mut self, id: &str, account: &str, now: Timestamp) {
        let Some(call) = self.calls.get_mut(id) else { return };
        if let Some(leg) = call.leg_mut(account) {
            leg.state = LegState::InCall;
            leg.since = now;
        }
        call.accepted.get_or_insert(now);
        let (members, action) = (call.members(), "Accept");
        if !call.rings() {
            self.due.remove(&(call.ring_until, id.to_owned()));
        }
        self.tell(Event::Changed { call: id.to_owned(), members, account: account.to_owned(), action }, id);
    }

    fn ignore(&mut self, id: &str, account: &str) {
        if let Some(leg) = self.calls.get_mut(id).and_then(|call| call.leg_mut(account)) {
            leg.ignored = true;
        }
        self.news.calls.insert(id.to_owned());
    }

    fn switch(&mut self, account: &str, (online, busy): (bool, bool), now: Timestamp) {
        if let Some(phone) = self.phones.get_mut(account) {
            (phone.online, phone.busy, phone.since) = (online, busy, now);
        }
        self.news.phones.push(account.to_owned());
    }

    fn leave(&mut self, id: &str, account: &str, why: Leave, now: Timestamp) {
        let Some(call) = self.calls.get_mut(id) else { return };
        if let Some(leg) = call.leg_mut(account) {
            leg.state = LegState::Gone;
            leg.since = now;
        }
        let (members, answered) = (call.members(), call.accepted.is_some());
        let (deserted, rings, ring_until) = (call.is_deserted(), call.rings(), call.ring_until);
        self.free(account, id, now);
        if let Some(action) = why.action() {
            let (call, account) = (id.to_owned(), account.to_owned());
            self.tell(Event::Changed { call, members, account, action }, id);
        }
        if deserted {
            self.finish(id, why.ending(answered), now);
        } else if !rings {
            self.due.remove(&(ring_until, id.to_owned()));
        }
    }

    fn finish(&mut self, id: &str, ending: Ending, now: Timestamp) {
        let Some(call) = self.calls.remove(id) else { return };
        self.due.remove(&(call.ring_until, id.to_owned()));
        for leg in call.legs.iter().filter(|leg| leg.state != LegState::Gone) {
            self.free(&leg.account, id, now);
        }
        let record = Record::of(call, ending, now);
        self.tell(Event::Ended(record.clone()), id);
        let gone = self.records.add(record, now);
        self.news.calls.extend(gone);
    }

    /// The phone is no longer part of `id`; a phone that is busy with another call stays so.
    fn free(&mut self, account: &str, id: &str, now: Timestamp) {
        if let Some(phone) = self.phones.get_mut(account).filter(|phone| phone.call.as_deref() == Some(id)) {
            phone.call = None;
            phone.since = now;
        }
    }

    fn tell(&mut self, event: Event, id: &str) {
        self.news.events.push(event);
        self.news.calls.insert(id.to_owned());
    }
}

/// Looks like the engine's: a UUID, unique by `serial` in this process and by `seed` among processes.
fn call_id(seed: u128, serial: u64) -> String {
    let digest = Sha256::new().chain_update(seed.to_be_bytes()).chain_update(serial.to_be_bytes()).finalize();
    let hex = data_encoding::HEXLOWER.encode(&digest[..16]);
    format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}
