//! Carrying out one change inside the writer's transaction.

use rusqlite::{Connection, params};

use super::alerts;
use super::duty;
use super::news;
use super::pages;
use super::people;
use super::prepare::{Prepared, micros};
use super::write::Tx;
use crate::domain::call::{Call, CallState, TimelineEntry};
use crate::domain::change::{Change, Delivery, EffectRow, TimerRow};
use crate::domain::ids::{CallId, PersonId};
use crate::domain::report::{CardKind, CardState};
use crate::ports::{Committed, StoreError};

type Done = Result<(), StoreError>;

/// The value, in the place of what was there.
pub(super) fn keep(db: &Connection, key: &str, value: &str) -> Done {
    let sql = "INSERT INTO kept (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    db.prepare_cached(sql)?.execute([key, value])?;
    Ok(())
}

/// All of it, or an error: then the caller takes back what was done so far.
pub(super) fn apply(tx: &mut Tx<'_>, prepared: Prepared) -> Result<Committed, StoreError> {
    let db = tx.db;
    // The delivery first: a repeat is a duplicate, whatever else would be wrong with it.
    if let Some((delivery, receipt)) = prepared.change.delivery.as_ref().zip(prepared.receipt.as_ref()) {
        insert_delivery(db, delivery, receipt)?;
    }
    answer_asks(db, &prepared.change)?;
    people::apply(tx, &prepared)?;
    pages::apply(tx, &prepared)?;
    alerts::apply(db, &prepared.change)?;
    duty::apply(tx, &prepared)?;
    let Prepared { change, calls, cards, shown, asks, effects, timers, .. } = prepared;
    for (ask, body) in change.asks.iter().zip(&asks) {
        let sql = "INSERT INTO ask (id, asked_at, body) VALUES (?1, ?2, ?3)
                   ON CONFLICT (id) DO UPDATE SET asked_at = excluded.asked_at, body = excluded.body";
        db.prepare_cached(sql)?.execute(params![ask.id.as_str(), micros(ask.asked_at), body])?;
    }
    for (call, body) in change.calls.iter().zip(&calls) {
        put_call(db, call, body)?;
    }
    for (call, entry) in &change.timeline {
        let seq = tx.rev();
        add_line(db, call, seq, entry)?;
    }
    for (card, body) in change.cards.iter().zip(&cards) {
        put_card(db, card, body)?;
    }
    for (card, body) in change.shown.iter().zip(&shown) {
        match card.kind {
            CardKind::Call | CardKind::Page | CardKind::Link => put_card(db, card, body)?,
            CardKind::Board => update_card(db, card, body)?,
        }
    }
    for spent in &change.spent {
        let sql = "INSERT INTO spent (at, key) VALUES (?1, ?2)";
        db.prepare_cached(sql)?.execute(params![micros(spent.at), spent.key])?;
    }
    // What is over goes before what is new: the same id may be both.
    take_away(db, &change)?;
    let leases =
        change.effects.iter().map(|row| &row.lease).chain(change.timers.iter().map(|row| &row.lease));
    for (holder, until) in leases.flatten() {
        tx.hold(holder, micros(*until))?;
    }
    for (row, body) in change.timers.iter().zip(&timers) {
        put_timer(db, row, body)?;
    }
    let rev = tx.rev();
    for (row, body) in change.effects.iter().zip(&effects) {
        put_effect(db, row, rev, body)?;
    }
    Ok(Committed { rev })
}

fn insert_delivery(db: &Connection, delivery: &Delivery, receipt: &str) -> Done {
    let sql = "INSERT INTO inbox (delivery_key, at, receipt) VALUES (?1, ?2, ?3)
               ON CONFLICT (delivery_key) DO NOTHING";
    let new = params![delivery.key.as_str(), micros(delivery.at), receipt];
    if db.prepare_cached(sql)?.execute(new)? == 0 {
        return Err(StoreError::Duplicate);
    }
    Ok(())
}

fn answer_asks(db: &Connection, change: &Change) -> Done {
    for ask in &change.answered {
        if db.prepare_cached("DELETE FROM ask WHERE id = ?1")?.execute([ask.as_str()])? == 0 {
            return Err(StoreError::Conflict);
        }
    }
    Ok(())
}

fn put_call(db: &Connection, call: &Call, body: &str) -> Done {
    let state = state(call.state);
    let engine = call.engine_call_id.as_ref().map(|id| id.as_str());
    let ended = call.has_ended().then(|| micros(call.ended_at.unwrap_or(call.placed_at)));
    let (id, by, room) = (call.id.as_str(), call.by.to_string(), call.room.as_str());
    let placed = micros(call.placed_at);
    let put = if call.version == 0 {
        let sql = "INSERT INTO call (id, version, state, by_person, room, engine_call_id, placed_at, ended_at, body)
                   VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO NOTHING";
        db.prepare_cached(sql)?.execute(params![id, state, by, room, engine, placed, ended, body])?
    } else {
        let sql = "UPDATE call SET version = version + 1, state = ?2, by_person = ?3, room = ?4,
                   engine_call_id = ?5, placed_at = ?6, ended_at = ?7, body = ?8 WHERE id = ?1 AND version = ?9";
        let row = params![id, state, by, room, engine, placed, ended, body, call.version];
        db.prepare_cached(sql)?.execute(row)?
    };
    if put == 0 {
        return Err(StoreError::Conflict);
    }
    news::note(db, call)?;
    match ended {
        Some(ended) => put_legs(db, call, ended),
        None => Ok(()),
    }
}

/// Whose history the ended call belongs to.
fn put_legs(db: &Connection, call: &Call, ended: i64) -> Done {
    let sql = "INSERT INTO leg (call_id, person, ended_at) VALUES (?1, ?2, ?3)
               ON CONFLICT (call_id, person) DO UPDATE SET ended_at = excluded.ended_at";
    let mut put = db.prepare_cached(sql)?;
    let people = call.by.person().into_iter().chain(call.legs.iter().map(|leg| &leg.person));
    for person in people.map(PersonId::as_str) {
        put.execute(params![call.id.as_str(), person, ended])?;
    }
    Ok(())
}

fn add_line(db: &Connection, call: &CallId, seq: i64, entry: &TimelineEntry) -> Done {
    let sql = "INSERT INTO timeline (call_id, seq, at, event, detail) VALUES (?1, ?2, ?3, ?4, ?5)";
    let line = params![call.as_str(), seq, micros(entry.at), entry.event.as_str(), entry.detail];
    db.prepare_cached(sql)?.execute(line)?;
    Ok(())
}

fn put_card(db: &Connection, card: &CardState, body: &str) -> Done {
    if card.retired {
        db.prepare_cached("DELETE FROM card WHERE id = ?1")?.execute([card.id.as_str()])?;
        return Ok(());
    }
    let sql = "INSERT INTO card (id, kind, body) VALUES (?1, ?2, ?3)
               ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, body = excluded.body";
    let kind = match card.kind {
        CardKind::Call => "call",
        CardKind::Page => "page",
        CardKind::Board => "board",
        CardKind::Link => "link",
    };
    db.prepare_cached(sql)?.execute(params![card.id.as_str(), kind, body])?;
    pages::put_former(db, card)
}

/// Changes a card that may have been deleted meanwhile.
fn update_card(db: &Connection, card: &CardState, body: &str) -> Done {
    db.prepare_cached("UPDATE card SET body = ?2 WHERE id = ?1")?.execute(params![card.id.as_str(), body])?;
    Ok(())
}

fn take_away(db: &Connection, change: &Change) -> Done {
    for (id, rev) in &change.done {
        db.prepare_cached("DELETE FROM effect WHERE id = ?1 AND rev = ?2")?.execute(params![id, rev])?;
    }
    for (id, due) in &change.fired {
        db.prepare_cached("DELETE FROM timer WHERE id = ?1 AND due = ?2")?
            .execute(params![id, micros(*due)])?;
    }
    for id in &change.disarmed {
        db.prepare_cached("DELETE FROM timer WHERE id = ?1")?.execute([id])?;
    }
    Ok(())
}

fn put_timer(db: &Connection, row: &TimerRow, body: &str) -> Done {
    let sql = "INSERT INTO timer (id, due, holder, body) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (id) DO UPDATE SET due = excluded.due, holder = excluded.holder, body = excluded.body";
    let holder = row.lease.as_ref().map(|(holder, _)| holder);
    db.prepare_cached(sql)?.execute(params![row.timer.id(), micros(row.due), holder, body])?;
    Ok(())
}

fn put_effect(db: &Connection, row: &EffectRow, rev: i64, body: &str) -> Done {
    let sql = "INSERT INTO effect (id, queue, due, attempts, rev, holder, body, webhook)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
               ON CONFLICT (id) DO UPDATE SET queue = excluded.queue, due = excluded.due,
               attempts = excluded.attempts, rev = excluded.rev, holder = excluded.holder, body = excluded.body";
    let holder = row.lease.as_ref().map(|(holder, _)| holder);
    let (queue, webhook) = (row.effect.queue(), row.effect.webhook().map(|webhook| webhook.as_str()));
    let new = params![row.effect.id(), queue, micros(row.due), row.attempts, rev, holder, body, webhook];
    db.prepare_cached(sql)?.execute(new)?;
    Ok(())
}

const fn state(state: CallState) -> &'static str {
    match state {
        CallState::Placed => "placed",
        CallState::Ringing => "ringing",
        CallState::Connected => "connected",
        CallState::Ended => "ended",
    }
}
