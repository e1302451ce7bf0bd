//! Forgetting, a bounded turn at a time, so that no commit waits for all of it.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::pages;
use super::prepare::{micros, rows};
use crate::ports::{Old, StoreError};

/// Rows of one table that one turn forgets at most: some milliseconds of the writer's time.
const TURN: usize = 500;

/// What one turn did.
#[derive(Debug)]
pub(super) struct Turn {
    /// Rows that went.
    pub(super) gone: usize,
    /// Another turn may find more.
    pub(super) more: bool,
}

pub(super) fn turn(db: &Connection, old: Old) -> Result<Turn, StoreError> {
    let inbox =
        "DELETE FROM inbox WHERE delivery_key IN (SELECT delivery_key FROM inbox WHERE at < ?1 LIMIT ?2)";
    let linking = "DELETE FROM linking WHERE (chat, user_id) IN
                       (SELECT chat, user_id FROM linking WHERE at < ?1 LIMIT ?2)";
    let audit = "DELETE FROM audit WHERE seq IN (SELECT seq FROM audit WHERE at < ?1 LIMIT ?2)";
    let ask = "DELETE FROM ask WHERE id IN (SELECT id FROM ask WHERE asked_at < ?1 LIMIT ?2)";
    let laid =
        "DELETE FROM duty_override WHERE id IN (SELECT id FROM duty_override WHERE until < ?1 LIMIT ?2)";
    // They come in the order of their instants, but for a clock that was set back.
    let spent = "DELETE FROM spent WHERE rowid IN (SELECT rowid FROM
                     (SELECT rowid, at FROM spent ORDER BY rowid LIMIT 20000) WHERE at < ?1 LIMIT ?2)";
    // What is of a page goes with that.
    let alone = "DELETE FROM alert WHERE (source, fingerprint) IN
                     (SELECT source, fingerprint FROM alert WHERE page_id = '' AND resolved_at < ?1 LIMIT ?2)";
    let mut turn = Turn { gone: 0, more: false };
    let asked =
        [(inbox, old.deliveries), (ask, old.deliveries), (linking, old.deliveries), (alone, old.deliveries)];
    let others = [(laid, old.calls), (spent, old.spent), (audit, old.audit)];
    for (sql, before) in asked.into_iter().chain(others) {
        let gone = db.prepare_cached(sql)?.execute(params![micros(before), rows(TURN)])?;
        turn.count(gone);
    }
    let calls = ended_before(db, old.calls)?;
    turn.more |= calls.len() == TURN;
    for call in calls {
        turn.gone += forget_call(db, &call)?;
    }
    let pages = pages::closed_before(db, old.calls, TURN)?;
    turn.more |= pages.len() == TURN;
    for page in pages {
        turn.gone += pages::forget(db, &page)?;
    }
    Ok(turn)
}

impl Turn {
    fn count(&mut self, gone: usize) {
        self.gone += gone;
        self.more |= gone == TURN;
    }
}

fn ended_before(db: &Connection, before: Timestamp) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT id FROM call WHERE ended_at IS NOT NULL AND ended_at < ?1 ORDER BY ended_at LIMIT ?2";
    let mut statement = db.prepare_cached(sql)?;
    let found = statement.query_map(params![micros(before), rows(TURN)], |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// The call, and what belongs to it: its card has its id, and so has the one that asks an admin about it.
fn forget_call(db: &Connection, id: &str) -> Result<usize, StoreError> {
    let owned = [
        "DELETE FROM timeline WHERE call_id = ?1",
        "DELETE FROM leg WHERE call_id = ?1",
        "DELETE FROM card WHERE id IN (?1, 'confirm_' || ?1)",
        "DELETE FROM call WHERE id = ?1",
    ];
    let mut gone = 0;
    for sql in owned {
        gone += db.prepare_cached(sql)?.execute([id])?;
    }
    Ok(gone)
}
