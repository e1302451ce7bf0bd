//! The last episode of each alert.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::prepare::{instant, micros};
use crate::domain::alert::{Alert, Known};
use crate::domain::change::Change;
use crate::domain::ids::{Fingerprint, PageId, PolicyId, SourceId};
use crate::domain::page::Urgency;
use crate::ports::StoreError;

/// Those of `fingerprints` that are known, in the same order, all of one instant.
pub(super) fn known(
    db: &Connection,
    source: &SourceId,
    fingerprints: &[Fingerprint],
) -> Result<Vec<Option<Known>>, StoreError> {
    let snapshot = db.unchecked_transaction()?;
    // A page that is forgotten has taken its alerts along. What is of no page has the empty text for it.
    let sql = "SELECT alert.version, page_id, starts_at, resolved_at, urgency, page.closed_at, page.left_out,
               page.policy
               FROM alert LEFT JOIN page ON page.id = alert.page_id WHERE alert.source = ?1 AND fingerprint = ?2";
    let mut statement = snapshot.prepare_cached(sql)?;
    let mut found = Vec::with_capacity(fingerprints.len());
    for fingerprint in fingerprints {
        let row = statement
            .query_row(params![source.as_str(), fingerprint.as_str()], |row| {
                let instants: (i64, Option<i64>, Option<i64>) = (row.get(2)?, row.get(3)?, row.get(5)?);
                let page: (String, Option<i64>, Option<String>) = (row.get(1)?, row.get(6)?, row.get(7)?);
                Ok((row.get(0)?, page, instants, row.get::<_, String>(4)?))
            })
            .optional()?;
        let Some((version, (page, left_out, policy), (starts_at, resolved_at, closed_at), urgency)) = row
        else {
            found.push(None);
            continue;
        };
        let optional =
            |at: Option<i64>| -> Result<Option<Timestamp>, StoreError> { at.map(instant).transpose() };
        let urgency = Urgency::read(&urgency);
        let alert = Alert {
            source: source.clone(),
            fingerprint: fingerprint.clone(),
            page: (!page.is_empty()).then(|| PageId::new(page)),
            starts_at: instant(starts_at)?,
            resolved_at: optional(resolved_at)?,
            urgency: urgency.ok_or_else(|| StoreError::Failed("not an urgency".to_owned()))?,
            version,
        };
        let left_out = left_out.unwrap_or_default().unsigned_abs();
        let (page_closed_at, page_policy) = (optional(closed_at)?, policy.map(PolicyId::new));
        found.push(Some(Known { alert, page_closed_at, page_policy, left_out }));
    }
    Ok(found)
}

/// Alerts as they shall be; one that has moved on is a conflict.
pub(super) fn apply(db: &Connection, change: &Change) -> Result<(), StoreError> {
    let sql = "INSERT INTO alert (source, fingerprint, version, page_id, starts_at, resolved_at, urgency)
               VALUES (?1, ?2, ?3 + 1, ?4, ?5, ?6, ?7)
               ON CONFLICT (source, fingerprint) DO UPDATE SET version = excluded.version,
               page_id = excluded.page_id, starts_at = excluded.starts_at, resolved_at = excluded.resolved_at,
               urgency = excluded.urgency WHERE alert.version = ?3";
    for alert in change.pages.iter().flat_map(|pages| &pages.alerts) {
        let row = params![
            alert.source.as_str(),
            alert.fingerprint.as_str(),
            alert.version,
            alert.page.as_ref().map_or("", PageId::as_str),
            micros(alert.starts_at),
            alert.resolved_at.map(micros),
            alert.urgency.as_str(),
        ];
        if db.prepare_cached(sql)?.execute(row)? == 0 {
            return Err(StoreError::Conflict);
        }
    }
    Ok(())
}
