//! What has to be done because a call changed: effects and timers, decided without any I/O.

use std::time::Duration;

use jiff::Timestamp;

use super::super::audit::{Audit, Deed};
use super::super::change::{Change, Effect, Timer};
use super::super::ids::DeliveryKey;
use super::super::inbound::Receipt;
use super::super::report::link_ring_over;
use super::{Call, DialState, FeedState, LinkRing, Outcome};
use crate::clock::later;

/// After the ring's own time-out, the news of its end may take this long.
pub const RING_GRACE: Duration = Duration::from_secs(15);
/// A request to the engine that is not answered within this is given up.
pub const ENGINE_ANSWERS_WITHIN: Duration = Duration::from_secs(10);
/// A phone whose dial nobody answered may begin to ring so long after the dial's mark: while the request was under way,
/// and a second for the commit of the mark.
pub const DIAL_TAKES_MAX: Duration = Duration::from_secs(ENGINE_ANSWERS_WITHIN.as_secs() + 1);
/// Between two looks whether an announcement still plays: its end is told to nobody.
pub const FEED_LOOK: Duration = Duration::from_secs(15);
/// A record appears some 5 s after the end of a call (wire reference, 2.4).
pub const RECORD_DELAY: Duration = Duration::from_secs(5);

impl Call {
    /// Every timer that a call may have before its end.
    pub fn timers(&self) -> impl Iterator<Item = Timer> {
        let id = || self.id.clone();
        [Timer::RingOver(id()), Timer::Record(id()), Timer::Feed(id())].into_iter()
    }

    /// When it must be known what became of the ring. `None` before it was dialled.
    #[must_use]
    pub fn known_by(&self) -> Option<Timestamp> {
        let grace = match self.dial {
            DialState::Unsettled { .. } => RING_GRACE + RECORD_DELAY,
            _ => RING_GRACE,
        };
        self.rings_until().map(|until| later(until, grace))
    }
}

/// Adds to `change` what follows from `before` having become `after` at `now`.
pub fn follow(before: &Call, after: &Call, now: Timestamp, change: &mut Change) {
    follow_feed(before, after, now, change);
    if after.has_ended() {
        if !before.has_ended() {
            change.disarmed.extend(after.timers().map(|timer| timer.id()));
            if let Some(due) = after.next_late_look(now) {
                change.arm(Timer::LateRecord(after.id.clone()), due);
            }
            if let Some(ring) = after.purpose.link() {
                follow_link(after, ring, now, change);
            }
        }
        return;
    }
    // One that was opened again is looked at at once: its ring is long over.
    if (before.has_ended() || after.known_by() != before.known_by())
        && let Some(due) = after.known_by()
    {
        change.arm(Timer::RingOver(after.id.clone()), due);
    }
    if after.over_since.is_some() && before.over_since.is_none() {
        change.arm(Timer::Record(after.id.clone()), later(now, RECORD_DELAY));
    }
    let wants_end = |call: &Call| call.hung_up_by.is_some() && call.engine_call_id.is_some();
    if wants_end(after) && !wants_end(before) {
        change.act(Effect::EndCall(after.id.clone()), now);
    }
}

/// Whoever had the phone rung to be linked is told what became of that: no card shows it.
fn follow_link(call: &Call, ring: &LinkRing, now: Timestamp, change: &mut Change) {
    if let Some(text) = link_ring_over(call) {
        let (key, to) = (DeliveryKey::new(format!("{}/over", call.id)), ring.who.user.id.clone());
        let said = Receipt::private(text);
        change.act(Effect::Whisper { key, place: call.place.clone(), to, said }, now);
    }
    if call.outcome == Some(Outcome::Declined)
        && let Some(person) = call.by.person()
    {
        let deed = Deed::LinkDeclined { who: ring.who.clone(), person: person.clone() };
        change.people().audit.push(Audit { at: now, deed });
    }
}

/// Whoever answers hears the announcement from its beginning; it ends with the call.
fn follow_feed(before: &Call, after: &Call, now: Timestamp, change: &mut Change) {
    let Some(announcement) = &after.announcement else { return };
    let id = || after.id.clone();
    let answered = |call: &Call| call.legs.iter().filter(|leg| leg.answered_at.is_some()).count();
    if after.is_heard() && answered(after) > answered(before) {
        match announcement.state {
            // A start under way goes on; one that was dropped because nobody was there is made up for.
            FeedState::Waiting | FeedState::Starting | FeedState::Adrift | FeedState::Over => {
                change.act(Effect::StartFeed(id()), now)
            }
            FeedState::Playing { .. } => change.act(Effect::RestartFeed(id()), now),
            FeedState::Failed { .. } => {}
        }
    }
    if after.is_heard() && after.feed() != before.feed() && after.feed().is_some() {
        change.arm(Timer::Feed(id()), later(now, FEED_LOOK));
    }
    let plays_on = |call: &Call| call.feed().is_some() && !call.is_heard();
    if plays_on(after) && (!plays_on(before) || after.feed() != before.feed()) {
        change.act(Effect::StopFeed(id()), now);
    }
}
