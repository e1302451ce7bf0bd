//! Values to store.

use std::time::Duration;

use callout::domain::call::{Call, CallState, EventKind, Media, NewCall, Purpose, TimelineEntry};
use callout::domain::change::{Ask, Change, Delivery, Effect, EffectRow, Spent, Timer, TimerRow};
use callout::domain::ids::{Account, CallId, CardId, DeliveryKey, PersonId};
use callout::domain::inbound::Receipt;
use callout::domain::report::{CardKind, CardState, Place};
use callout::ports::{Lease, Store};
use jiff::Timestamp;

/// `seconds` after the tests' zero.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_microsecond(1_767_225_600_000_000 + seconds * 1_000_000 + 123_456).unwrap()
}

pub(crate) fn place() -> Place {
    Place { chat: "desk".to_owned(), channel: "main".to_owned(), thread: None }
}

/// A call of `by`, who rings `callees`, placed at `at(placed)`.
pub(crate) fn call(id: &str, by: &str, callees: &[&str], placed: i64) -> Call {
    let callees = callees.iter().map(|name| (PersonId::new(*name), Account::new(*name))).collect();
    let new = NewCall {
        id: CallId::new(id),
        by: PersonId::new(by).into(),
        purpose: Purpose::Talk,
        place: place(),
        media: Media::Video,
        note: Some("\"standup\" — größer".to_owned()),
        reason: None,
        ring: Duration::from_secs(30),
        callees,
        announcement: None,
        duties: Vec::new(),
    };
    Call::place(new, at(placed))
}

/// The same call, over at `at(ended)`.
pub(crate) fn ended(mut call: Call, ended: i64) -> Call {
    call.state = CallState::Ended;
    call.ended_at = Some(at(ended));
    call
}

pub(crate) fn delivery(key: &str, seconds: i64) -> Delivery {
    Delivery { key: DeliveryKey::new(key), at: at(seconds), receipt: Receipt::private(format!("to {key}")) }
}

pub(crate) fn line(seconds: i64, event: EventKind, detail: &str) -> TimelineEntry {
    TimelineEntry { at: at(seconds), event, detail: detail.to_owned() }
}

pub(crate) fn spent(seconds: i64, key: &str) -> Spent {
    Spent { at: at(seconds), key: key.to_owned() }
}

pub(crate) fn card(id: &str, kind: CardKind) -> CardState {
    CardState {
        id: CardId::new(id),
        kind,
        place: place(),
        by: PersonId::new("ana"),
        message: Some("m1".to_owned()),
        former: Vec::new(),
        shown: Some("digest".to_owned()),
        lines: 3,
        told_lines: Some(3),
        alert_lines: 0,
        said_full: false,
        beside: false,
        told: Vec::new(),
        told_over: false,
        shown_at: Some(at(1)),
        retired: false,
    }
}

pub(crate) fn dial(id: &str) -> Effect {
    Effect::Dial(CallId::new(id))
}

pub(crate) fn effect(effect: Effect, due: i64) -> EffectRow {
    EffectRow { effect, due: at(due), attempts: 0, rev: 0, lease: None }
}

pub(crate) fn timer(id: &str, due: i64) -> TimerRow {
    TimerRow { timer: Timer::RingOver(CallId::new(id)), due: at(due), rev: 0, lease: None }
}

/// `owner`'s, from `at(now)`, for 30 s.
pub(crate) fn lease(owner: &str, now: i64) -> Lease {
    Lease { owner: owner.to_owned(), now: at(now), until: at(now + 30) }
}

pub(crate) fn ask(id: &str, seconds: i64) -> Ask {
    use callout::domain::ask::{AskWhy, CallWish};
    Ask {
        id: CardId::new(id),
        key: DeliveryKey::new(format!("desk:{id}")),
        person: PersonId::new("ana"),
        place: place(),
        asked_at: at(seconds),
        wish: CallWish {
            callees: vec![PersonId::new("jack")],
            media: Media::Audio,
            note: None,
            duties: Vec::new(),
        },
        why: AskWhy::QuietHours(vec![PersonId::new("jack")]),
        again_of: None,
    }
}

/// Commits `calls` as they are.
pub(crate) async fn put(store: &dyn Store, calls: Vec<Call>) {
    store.commit(Change { calls, ..Change::default() }).await.unwrap();
}

/// Commits `effects`, and tells their revision.
pub(crate) async fn act(store: &dyn Store, effects: Vec<EffectRow>) -> i64 {
    store.commit(Change { effects, ..Change::default() }).await.unwrap().rev
}

/// The calls' ids.
pub(crate) fn ids(calls: &[Call]) -> Vec<&str> {
    calls.iter().map(|call| call.id.as_str()).collect()
}

/// The effects' ids.
pub(crate) fn effect_ids(rows: &[EffectRow]) -> Vec<String> {
    rows.iter().map(|row| row.effect.id()).collect()
}
