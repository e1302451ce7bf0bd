//! Forgetting, a bounded turn at a time, so that no commit waits for all of it.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::pages;
use super::prepare::{micros, rows};
use crate::ports::{Old, StoreError};

/// Rows of one table that one turn forgets at most: some milliseconds of the writer's time.
const TURN: usize = 500;
/// Rows after which no further page is begun on in a turn: a page has many of several kinds.
const ENOUGH: usize = 4 * TURN;

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
        let (gone, is_all) = pages::forget(db, &page, TURN)?;
        turn.gone += gone;
        if !is_all || turn.gone >= ENOUGH {
            // Many rows went: the others wait for a turn of their own, and whoever writes is let in.
            turn.more = true;
            break;
        }
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
        "DELETE FROM page_news WHERE call_id = ?1 AND page_id = (SELECT substr(room, 4) FROM call WHERE id = ?1)",
        "DELETE FROM call WHERE id = ?1",
    ];
    let mut gone = 0;
    for sql in owned {
        gone += db.prepare_cached(sql)?.execute([id])?;
    }
    Ok(gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest page has a hundred thousand alerts: they go some at a time, and the page with the last.
    #[test]
    fn a_large_page_is_forgotten_turn_by_turn() {
        let folder = tempfile::TempDir::new().unwrap();
        let db = super::super::open::open(&folder.path().join("callout.db")).unwrap().owned.db;
        db.execute_batch(
            "INSERT INTO page (id, version, state, policy, grp, opened_at, closed_at, body)
                 VALUES ('p1', 1, 'closed', 'p', '', 0, 1, '{}'), ('p2', 1, 'closed', 'p', '', 0, 2, '{}');
             WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1200)
                 INSERT INTO page_alert (page_id, place, fingerprint, state, body)
                 SELECT 'p1', n, n, 'firing', '{}' FROM n;
             INSERT INTO alert (source, fingerprint, version, page_id, starts_at, urgency)
                 SELECT 's', fingerprint, 1, page_id, 0, 'low' FROM page_alert;",
        )
        .unwrap();
        let late = Timestamp::from_second(9).unwrap();
        let old = Old { deliveries: late, spent: late, calls: late, audit: late };
        let mut turns = Vec::new();
        loop {
            let turn = turn(&db, old).unwrap();
            turns.push(turn.gone);
            if !turn.more {
                break;
            }
        }
        assert_eq!(turns, [500, 500, 700, 500, 202], "no turn takes all");
    }
}
