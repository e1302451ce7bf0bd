//! The lines of pages' timelines: bounded, for a page may go on for months.

use rusqlite::{Connection, params};

use super::prepare::{instant, micros};
use super::query::list;
use super::write::Tx;
use crate::domain::ids::PageId;
use crate::domain::page::{
    ALERT_LINES_KEPT, CHAIN_LINES_KEPT, FIRST_LINES_KEPT, PageEntry, PageEvent, PageLine,
};
use crate::ports::StoreError;

/// Lines that come between two looks whether a page has too many: so most commits do not look.
const LOOK_EVERY: i64 = 100;

/// Adds a line to the end.
pub(super) fn add(tx: &mut Tx<'_>, page: &PageId, entry: &PageEntry) -> Result<(), StoreError> {
    let seq = tx.rev();
    let sql = "INSERT INTO page_line (page_id, seq, n, at, event, detail) VALUES (?1, ?2,
                   (SELECT coalesce(max(n), -1) + 1 FROM
                       (SELECT n FROM page_line WHERE page_id = ?1 ORDER BY seq DESC LIMIT 1)), ?3, ?4, ?5)
               RETURNING n";
    let line = params![page.as_str(), seq, micros(entry.at), entry.event.as_str(), entry.detail];
    let n: i64 = tx.db.prepare_cached(sql)?.query_row(line, |row| row.get(0))?;
    if n % LOOK_EVERY == 0 && n >= kept(FIRST_LINES_KEPT + ALERT_LINES_KEPT) {
        trim(tx.db, page, n)
    } else {
        Ok(())
    }
}

/// Leaves out what is between a page's first lines and its latest, the last of which is the `last`-th: of alerts all but the
/// latest lines, of its chain all but more of those. What people did is kept.
fn trim(db: &Connection, page: &PageId, last: i64) -> Result<(), StoreError> {
    let (first, latest) = (kept(FIRST_LINES_KEPT), last - kept(ALERT_LINES_KEPT));
    let listed = |events: &[PageEvent]| {
        events.iter().map(|event| format!("'{}'", event.as_str())).collect::<Vec<_>>().join(", ")
    };
    let (alerts, people) = (listed(&PageEvent::OF_ALERTS), listed(&PageEvent::KEPT));
    let sql =
        format!("DELETE FROM page_line WHERE page_id = ?1 AND n >= ?2 AND n <= ?3 AND event IN ({alerts})");
    db.prepare_cached(&sql)?.execute(params![page.as_str(), first, latest])?;
    let of_chain = format!("page_id = ?1 AND n >= ?2 AND event NOT IN ({alerts}, {people})");
    let sql = format!(
        "DELETE FROM page_line WHERE {of_chain} AND seq <=
             (SELECT seq FROM page_line WHERE {of_chain} ORDER BY seq DESC LIMIT 1 OFFSET ?3)"
    );
    db.prepare_cached(&sql)?.execute(params![page.as_str(), first, kept(CHAIN_LINES_KEPT)])?;
    Ok(())
}

/// In the order of the commits, from the `from`-th on.
pub(super) fn of(db: &Connection, page: &PageId, from: u32) -> Result<Vec<PageLine>, StoreError> {
    let sql = "SELECT n, at, event, detail FROM page_line WHERE page_id = ?1 AND n >= ?2 ORDER BY seq";
    list(db, sql, params![page.as_str(), from], |row| {
        let event = super::pages::word_of("an event", row.get(2)?)?;
        let entry = PageEntry { at: instant(row.get(1)?)?, event, detail: row.get(3)? };
        Ok(PageLine { n: row.get(0)?, entry })
    })
}

/// A number of lines, as SQL takes it.
const fn kept(lines: u32) -> i64 {
    lines as i64
}
