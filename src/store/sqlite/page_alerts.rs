//! The alerts of pages, a row each: a page is read with those that a decision needs, and written with those that have changed.

use rusqlite::{Connection, Params, Row, params};

use super::prepare::{parse, rows};
use super::query::list;
use crate::domain::ids::{Fingerprint, PageId};
use crate::domain::page::{AT_HAND, AlertState, Page, PageAlert};
use crate::ports::StoreError;

/// One that is kept: its place, the era in which it was acknowledged at its source, and itself.
type Kept = (u64, Option<u32>, PageAlert);

/// Writes what has changed of the alerts of `page`; `bodies` has one for each change that leaves something there, in order.
pub(super) fn put(db: &Connection, page: &Page, bodies: &[String]) -> Result<(), StoreError> {
    let mut bodies = bodies.iter();
    for (place, alert) in page.alerts.changes() {
        let (id, place) = (page.id.as_str(), place.cast_signed());
        let Some((alert, body)) = alert.and_then(|alert| Some((alert, bodies.next()?))) else {
            let sql = "DELETE FROM page_alert WHERE page_id = ?1 AND place = ?2";
            db.prepare_cached(sql)?.execute(params![id, place])?;
            continue;
        };
        let sql = "INSERT INTO page_alert (page_id, place, fingerprint, state, era, body)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                   ON CONFLICT (page_id, place) DO UPDATE SET fingerprint = excluded.fingerprint,
                   state = excluded.state, era = excluded.era, body = excluded.body";
        let era = alert.acknowledged.then(|| page.alerts.era());
        db.prepare_cached(sql)?.execute(params![
            id,
            place,
            alert.fingerprint,
            state(alert.state),
            era,
            body
        ])?;
    }
    Ok(())
}

/// Has those at hand that a page always has, and those that are `wanted`. Whoever ends or takes away so many finds as many
/// more of the others, which become the first then, and as many that were over before.
pub(super) fn lay(db: &Connection, page: &mut Page, wanted: &[Fingerprint]) -> Result<(), StoreError> {
    if page.alerts.is_empty() {
        return Ok(());
    }
    let (id, more) = (page.id.clone(), wanted.len());
    let (id, first, over) = (id.as_str(), AT_HAND + more, rows(more));
    let all = kept(db, "ORDER BY place LIMIT ?2", params![id, rows(first)])?;
    let has_all = all.len() < first;
    take(page, all);
    if has_all {
        return Ok(());
    }
    take(page, kept(db, "AND state = 'firing' ORDER BY place LIMIT ?2", params![id, rows(first)])?);
    take(page, kept(db, "AND state = 'resolved' ORDER BY place LIMIT ?2", params![id, over])?);
    for fingerprint in wanted {
        take(page, kept(db, "AND fingerprint = ?2", params![id, fingerprint.as_str()])?);
    }
    Ok(())
}

/// All of a page, in order of arrival.
pub(super) fn all(db: &Connection, page: &PageId) -> Result<Vec<PageAlert>, StoreError> {
    let snapshot = db.unchecked_transaction()?;
    let eras = "SELECT coalesce(json_extract(body, '$.alerts.era'), 0) FROM page WHERE id = ?1";
    let now: u32 = list(&snapshot, eras, [page.as_str()], |row| Ok(row.get(0)?))?.pop().unwrap_or_default();
    let all = kept(&snapshot, "ORDER BY place", [page.as_str()])?;
    Ok(all.into_iter().map(|(_, era, alert)| of_era(alert, era, now)).collect())
}

fn kept(db: &Connection, which: &str, params: impl Params) -> Result<Vec<Kept>, StoreError> {
    let sql = format!("SELECT place, era, body FROM page_alert WHERE page_id = ?1 {which}");
    list(db, &sql, params, |row: &Row<'_>| {
        let place: i64 = row.get(0)?;
        Ok((place.cast_unsigned(), row.get(1)?, parse(&row.get::<_, String>(2)?)?))
    })
}

fn take(page: &mut Page, found: Vec<Kept>) {
    let now = page.alerts.era();
    for (place, era, alert) in found {
        page.alerts.lay(place, of_era(alert, era, now));
    }
}

/// An acknowledgement counts in its own era.
fn of_era(mut alert: PageAlert, era: Option<u32>, now: u32) -> PageAlert {
    alert.acknowledged = era == Some(now);
    alert
}

const fn state(state: AlertState) -> &'static str {
    match state {
        AlertState::Firing => "firing",
        AlertState::Resolved => "resolved",
    }
}
