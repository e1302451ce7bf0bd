//! Leases: who carries out a row, so that two never do.

use rusqlite::{Connection, Row, params};

use super::prepare::{instant, micros, parse, rows};
use crate::domain::change::{EffectRow, TimerRow};
use crate::ports::{Lease, StoreError};

/// Effects that are due and free, the longest due first.
pub(super) fn effects(db: &Connection, lease: &Lease, limit: usize) -> Result<Vec<EffectRow>, StoreError> {
    let sql = "UPDATE effect SET lease_owner = ?1, lease_until = ?2 WHERE id IN (
                   SELECT id FROM effect WHERE due <= ?3 AND (lease_until IS NULL OR lease_until <= ?3)
                   ORDER BY due, id LIMIT ?4)
               RETURNING body, due, attempts, rev, id";
    let mut claimed = Vec::new();
    let mut statement = db.prepare_cached(sql)?;
    let mut found = statement.query(claim(lease, limit))?;
    while let Some(row) = found.next()? {
        claimed.push((row.get::<_, String>(4)?, effect(row, lease)?));
    }
    // RETURNING has no order of its own.
    claimed.sort_by(|(id, row), (other_id, other)| (row.due, id).cmp(&(other.due, other_id)));
    Ok(claimed.into_iter().map(|(_, row)| row).collect())
}

/// Free timers, the next one first, due or not: memory holds the wake-up.
pub(super) fn timers(db: &Connection, lease: &Lease, limit: usize) -> Result<Vec<TimerRow>, StoreError> {
    let sql = "UPDATE timer SET lease_owner = ?1, lease_until = ?2 WHERE id IN (
                   SELECT id FROM timer WHERE lease_until IS NULL OR lease_until <= ?3
                   ORDER BY due, id LIMIT ?4)
               RETURNING body, due, id";
    let mut claimed = Vec::new();
    let mut statement = db.prepare_cached(sql)?;
    let mut found = statement.query(claim(lease, limit))?;
    while let Some(row) = found.next()? {
        claimed.push((row.get::<_, String>(2)?, timer(row, lease)?));
    }
    claimed.sort_by(|(id, row), (other_id, other)| (row.due, id).cmp(&(other.due, other_id)));
    Ok(claimed.into_iter().map(|(_, row)| row).collect())
}

/// Prolongs all that `lease.owner` holds.
pub(super) fn renew(db: &Connection, lease: &Lease) -> Result<(), StoreError> {
    let renewed = params![lease.owner, micros(lease.until)];
    db.prepare_cached("UPDATE effect SET lease_until = ?2 WHERE lease_owner = ?1")?.execute(renewed)?;
    db.prepare_cached("UPDATE timer SET lease_until = ?2 WHERE lease_owner = ?1")?.execute(renewed)?;
    Ok(())
}

fn claim(lease: &Lease, limit: usize) -> impl rusqlite::Params {
    (lease.owner.clone(), micros(lease.until), micros(lease.now), rows(limit))
}

fn effect(row: &Row<'_>, lease: &Lease) -> Result<EffectRow, StoreError> {
    Ok(EffectRow {
        effect: parse(&row.get::<_, String>(0)?)?,
        due: instant(row.get(1)?)?,
        attempts: row.get(2)?,
        rev: row.get(3)?,
        lease: Some((lease.owner.clone(), lease.until)),
    })
}

fn timer(row: &Row<'_>, lease: &Lease) -> Result<TimerRow, StoreError> {
    Ok(TimerRow {
        timer: parse(&row.get::<_, String>(0)?)?,
        due: instant(row.get(1)?)?,
        rev: 0,
        lease: Some((lease.owner.clone(), lease.until)),
    })
}
