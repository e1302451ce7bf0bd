//! Leases: who carries out a row, so that two never do. All rows of one holder end together.

use rusqlite::{Row, params};

use super::prepare::{instant, micros, parse, rows};
use super::write::Tx;
use crate::domain::change::{EffectRow, TimerRow};
use crate::ports::{Lease, StoreError};

/// Effects that are due, free and no webhook's, the longest due first.
pub(super) fn effects(tx: &mut Tx<'_>, lease: &Lease, limit: usize) -> Result<Vec<EffectRow>, StoreError> {
    begin(tx, lease)?;
    let sql = "UPDATE effect SET holder = ?1 WHERE id IN (
                   SELECT id FROM effect WHERE holder IS NULL AND webhook IS NULL AND due <= ?2 ORDER BY due, id LIMIT ?3)
               RETURNING body, due, attempts, rev, id";
    let mut claimed = Vec::new();
    let mut statement = tx.db.prepare_cached(sql)?;
    let mut found = statement.query(params![lease.owner, micros(lease.now), rows(limit)])?;
    while let Some(row) = found.next()? {
        let id: String = row.get(4)?;
        claimed.extend(readable(&id, effect(row, lease)).map(|effect| (id, effect)));
    }
    // RETURNING has no order of its own.
    claimed.sort_by(|(id, row), (other_id, other)| (row.due, id).cmp(&(other.due, other_id)));
    Ok(claimed.into_iter().map(|(_, row)| row).collect())
}

/// Free timers, the next one first, due or not: memory holds the wake-up.
pub(super) fn timers(tx: &mut Tx<'_>, lease: &Lease, limit: usize) -> Result<Vec<TimerRow>, StoreError> {
    begin(tx, lease)?;
    let rev = tx.rev();
    let sql = "UPDATE timer SET holder = ?1 WHERE id IN (
                   SELECT id FROM timer WHERE holder IS NULL ORDER BY due, id LIMIT ?2)
               RETURNING body, due, id";
    let mut claimed = Vec::new();
    let mut statement = tx.db.prepare_cached(sql)?;
    let mut found = statement.query(params![lease.owner, rows(limit)])?;
    while let Some(row) = found.next()? {
        let id: String = row.get(2)?;
        claimed.extend(readable(&id, timer(row, lease, rev)).map(|timer| (id, timer)));
    }
    claimed.sort_by(|(id, row), (other_id, other)| (row.due, id).cmp(&(other.due, other_id)));
    Ok(claimed.into_iter().map(|(_, row)| row).collect())
}

/// One row that a newer version wrote must not keep all others from being claimed. It stays, held by us: said
/// once, and tried again by the next process.
pub(super) fn readable<T>(id: &str, row: Result<T, StoreError>) -> Option<T> {
    row.inspect_err(|why| tracing::error!(id, %why, "a stored row cannot be read, and is left as it is")).ok()
}

/// Prolongs all that `lease.owner` holds.
pub(super) fn renew(tx: &mut Tx<'_>, lease: &Lease) -> Result<(), StoreError> {
    tx.hold(&lease.owner, micros(lease.until))
}

/// Frees what holders left whose time is over, and notes the new one.
pub(super) fn begin(tx: &mut Tx<'_>, lease: &Lease) -> Result<(), StoreError> {
    // Whoever claims is alive, however long it slept.
    let sql = "DELETE FROM holder WHERE until <= ?1 AND name <> ?2 RETURNING name";
    let mut statement = tx.db.prepare_cached(sql)?;
    let ended = params![micros(lease.now), lease.owner];
    let gone: Result<Vec<String>, _> = statement.query_map(ended, |row| row.get(0))?.collect();
    for name in gone? {
        tx.db.prepare_cached("UPDATE effect SET holder = NULL WHERE holder = ?1")?.execute([&name])?;
        tx.db.prepare_cached("UPDATE timer SET holder = NULL WHERE holder = ?1")?.execute([&name])?;
        tx.forget_holder(&name);
    }
    tx.hold(&lease.owner, micros(lease.until))
}

pub(super) fn effect(row: &Row<'_>, lease: &Lease) -> Result<EffectRow, StoreError> {
    Ok(EffectRow {
        effect: parse(&row.get::<_, String>(0)?)?,
        due: instant(row.get(1)?)?,
        attempts: row.get(2)?,
        rev: row.get(3)?,
        lease: Some((lease.owner.clone(), lease.until)),
    })
}

fn timer(row: &Row<'_>, lease: &Lease, rev: i64) -> Result<TimerRow, StoreError> {
    Ok(TimerRow {
        timer: parse(&row.get::<_, String>(0)?)?,
        due: instant(row.get(1)?)?,
        rev,
        lease: Some((lease.owner.clone(), lease.until)),
    })
}
