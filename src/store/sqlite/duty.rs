//! Changes of schedules.

use rusqlite::{Connection, params};

use super::prepare::{Prepared, micros};
use super::write::Tx;
use crate::domain::ids::OverrideId;
use crate::domain::oncall::Laid;
use crate::ports::StoreError;

type Done = Result<(), StoreError>;

/// Carries out what a change says of schedules.
pub(super) fn apply(tx: &mut Tx<'_>, prepared: &Prepared) -> Done {
    let Some(duty) = &prepared.change.duty else { return Ok(()) };
    for id in &duty.lifted {
        lift(tx.db, id)?;
    }
    for (laid, body) in duty.moved.iter().zip(&prepared.moved) {
        put_known(tx.db, laid, body)?;
    }
    for (laid, body) in duty.laid.iter().zip(&prepared.laid) {
        let seq = tx.rev();
        put_new(tx.db, laid, (seq, body))?;
    }
    Ok(())
}

fn lift(db: &Connection, id: &OverrideId) -> Done {
    let sql = "DELETE FROM duty_override WHERE id = ?1";
    one(db.prepare_cached(sql)?.execute([id.as_str()])?)
}

/// One that is known keeps its place among the others.
fn put_known(db: &Connection, laid: &Laid, body: &str) -> Done {
    let sql = "UPDATE duty_override SET until = ?2, body = ?3 WHERE id = ?1";
    one(db.prepare_cached(sql)?.execute(params![laid.id.as_str(), micros(laid.over.to), body])?)
}

/// Rows that are over are kept for a while, and keep their ids too.
fn put_new(db: &Connection, laid: &Laid, (seq, body): (i64, &str)) -> Done {
    let sql = "INSERT INTO duty_override (id, seq, until, body) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (id) DO NOTHING";
    one(db.prepare_cached(sql)?.execute(params![laid.id.as_str(), seq, micros(laid.over.to), body])?)
}

/// Another number of rows than one: somebody else was first.
const fn one(rows: usize) -> Done {
    if rows == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}
