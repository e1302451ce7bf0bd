//! What the readers are asked.

use jiff::Timestamp;
use rusqlite::types::FromSql;
use rusqlite::{Connection, OptionalExtension as _, Params, Row, params};
use serde::de::DeserializeOwned;

use super::prepare::{instant, micros, parse, rows};
use crate::domain::call::{Call, EventKind, TimelineEntry};
use crate::domain::change::{Ask, Spent};
use crate::domain::ids::{CallId, CardId, DeliveryKey, EngineCallId, PersonId, RoomId};
use crate::domain::inbound::Receipt;
use crate::domain::oncall::Laid;
use crate::domain::report::{CardKind, CardState};
use crate::ports::{CardAndCall, StoreError};

pub(super) fn receipt(db: &Connection, key: &DeliveryKey) -> Result<Option<Receipt>, StoreError> {
    body(db, "SELECT receipt FROM inbox WHERE delivery_key = ?1", key.as_str())
}

pub(super) fn ask(db: &Connection, id: &CardId) -> Result<Option<Ask>, StoreError> {
    body(db, "SELECT body FROM ask WHERE id = ?1", id.as_str())
}

pub(super) fn card(db: &Connection, id: &CardId) -> Result<Option<CardState>, StoreError> {
    body(db, "SELECT body FROM card WHERE id = ?1", id.as_str())
}

pub(super) fn card_and_call(db: &Connection, id: &CardId) -> Result<Option<CardAndCall>, StoreError> {
    // One transaction: the three reads see the same commits.
    let snapshot = db.unchecked_transaction()?;
    let card = card(&snapshot, id)?;
    let call = match card.as_ref().map(|card| card.kind) {
        Some(CardKind::Board | CardKind::Page) => None,
        Some(CardKind::Link) => call(&snapshot, &id.call())?,
        Some(CardKind::Call) | None => call(&snapshot, &CallId::new(id.as_str()))?,
    };
    let unseen = |call: &Call| {
        CardState::new(id.clone(), CardKind::Call, call.place.clone(), PersonId::new(call.by.to_string()))
    };
    let Some(card) = card.or_else(|| call.as_ref().map(unseen)) else { return Ok(None) };
    let timeline = match &call {
        Some(call) => timeline(&snapshot, &call.id)?,
        None => Vec::new(),
    };
    Ok(Some(CardAndCall { card, call, timeline }))
}

pub(super) fn kept(db: &Connection, key: &str) -> Result<Option<String>, StoreError> {
    let mut statement = db.prepare_cached("SELECT value FROM kept WHERE key = ?1")?;
    Ok(statement.query_row([key], |row| row.get(0)).optional()?)
}

pub(super) fn boards(db: &Connection) -> Result<Vec<CardState>, StoreError> {
    list(db, "SELECT body FROM card WHERE kind = 'board' ORDER BY id", [], |row| {
        parse(&row.get::<_, String>(0)?)
    })
}

pub(super) fn call(db: &Connection, id: &CallId) -> Result<Option<Call>, StoreError> {
    let found = calls(db, "SELECT body, version FROM call WHERE id = ?1", [id.as_str()])?;
    Ok(found.into_iter().next())
}

pub(super) fn call_of_engine(db: &Connection, id: &EngineCallId) -> Result<Option<Call>, StoreError> {
    let sql = "SELECT body, version FROM call WHERE engine_call_id = ?1
               ORDER BY ended_at IS NOT NULL, placed_at DESC, id LIMIT 1";
    Ok(calls(db, sql, [id.as_str()])?.into_iter().next())
}

pub(super) fn calls_of_room(db: &Connection, room: &RoomId, limit: usize) -> Result<Vec<Call>, StoreError> {
    let sql = "SELECT body, version FROM call WHERE room = ?1
               ORDER BY ended_at IS NOT NULL, placed_at DESC, id LIMIT ?2";
    calls(db, sql, params![room.as_str(), rows(limit)])
}

pub(super) fn open_calls(db: &Connection) -> Result<Vec<Call>, StoreError> {
    calls(db, "SELECT body, version FROM call WHERE ended_at IS NULL ORDER BY placed_at, id", [])
}

pub(super) fn ended_calls(
    db: &Connection,
    who: Option<&PersonId>,
    limit: usize,
) -> Result<Vec<Call>, StoreError> {
    let Some(who) = who else {
        let sql = "SELECT body, version FROM call WHERE ended_at IS NOT NULL
                   ORDER BY ended_at DESC, id DESC LIMIT ?1";
        return calls(db, sql, [rows(limit)]);
    };
    let sql = "SELECT call.body, call.version FROM leg JOIN call ON call.id = leg.call_id
               WHERE leg.person = ?1 AND call.ended_at IS NOT NULL
               ORDER BY leg.ended_at DESC, leg.call_id DESC LIMIT ?2";
    calls(db, sql, params![who.as_str(), rows(limit)])
}

/// By a range, not by LIKE: no character is special, and the index serves it.
pub(super) fn calls_like(db: &Connection, prefix: &str, limit: usize) -> Result<Vec<Call>, StoreError> {
    let sql = "SELECT body, version FROM call WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT ?3";
    let beyond = format!("{prefix}{}", char::MAX);
    calls(db, sql, params![prefix, beyond, rows(limit)])
}

pub(super) fn timeline(db: &Connection, id: &CallId) -> Result<Vec<TimelineEntry>, StoreError> {
    let sql = "SELECT at, event, detail FROM timeline WHERE call_id = ?1 ORDER BY at, seq";
    list(db, sql, [id.as_str()], |row| {
        Ok(TimelineEntry { at: instant(row.get(0)?)?, event: event(row.get(1)?)?, detail: row.get(2)? })
    })
}

pub(super) fn overrides(db: &Connection, since: Timestamp) -> Result<Vec<Laid>, StoreError> {
    let sql = "SELECT body FROM duty_override WHERE until > ?1 ORDER BY seq";
    list(db, sql, [micros(since)], |row| parse(&row.get::<_, String>(0)?))
}

pub(super) fn spent_since(db: &Connection, since: Timestamp) -> Result<Vec<Spent>, StoreError> {
    let sql = "SELECT at, key FROM spent WHERE at >= ?1 ORDER BY at, key";
    list(db, sql, [micros(since)], |row| Ok(Spent { at: instant(row.get(0)?)?, key: row.get(1)? }))
}

pub(super) fn calls(db: &Connection, sql: &str, params: impl Params) -> Result<Vec<Call>, StoreError> {
    list(db, sql, params, |row| {
        let mut call: Call = parse(&row.get::<_, String>(0)?)?;
        call.version = row.get(1)?;
        Ok(call)
    })
}

fn body<T: DeserializeOwned>(db: &Connection, sql: &str, id: &str) -> Result<Option<T>, StoreError> {
    let found: Option<String> = db.prepare_cached(sql)?.query_row([id], |row| row.get(0)).optional()?;
    found.map(|body| parse(&body)).transpose()
}

/// The first row's two columns.
pub(super) fn pair<A: FromSql, B: FromSql>(
    db: &Connection,
    sql: &str,
    params: impl Params,
) -> Result<Option<(A, B)>, StoreError> {
    let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    Ok(db.prepare_cached(sql)?.query_row(params, row).optional()?)
}

pub(super) fn list<T>(
    db: &Connection,
    sql: &str,
    params: impl Params,
    each: impl Fn(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = db.prepare_cached(sql)?;
    let mut found = statement.query(params)?;
    let mut all = Vec::new();
    while let Some(row) = found.next()? {
        all.push(each(row)?);
    }
    Ok(all)
}

fn event(word: String) -> Result<EventKind, StoreError> {
    serde_json::from_value(serde_json::Value::String(word))
        .map_err(|why| StoreError::Failed(format!("not an event: {why}")))
}
