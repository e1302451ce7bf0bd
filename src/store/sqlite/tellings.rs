//! What webhooks are told: in order for each page and webhook, and fetched one by one when they are sent.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::claim::{begin, effect, readable};
use super::pages::word_of;
use super::prepare::{instant, micros, rows};
use super::write::Tx;
use crate::domain::change::PageChange;
use crate::domain::ids::{PageId, WebhookId};
use crate::domain::webhook::{Telling, Tried};
use crate::ports::{ClaimedPosts, Lease, NextTelling, StoreError};

/// Tellings of one page that wait for one webhook, beside the first: one that is away for days is told the latest, for a page
/// that goes up and down meanwhile would fill the file.
const WAITING_MAX: i64 = 50;

/// What a change says of them.
pub(super) fn apply(db: &Connection, change: &PageChange) -> Result<(), StoreError> {
    for telling in &change.tellings {
        // Its place is after all that are there.
        let sql = "INSERT INTO telling (id, page_id, webhook, event, tries, since, body)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO NOTHING";
        let Telling { id, webhook, page, news, tried, body } = telling;
        let (tries, since) = tried.map_or((0, None), |tried| (tried.times, Some(micros(tried.since))));
        let row = params![id, page.as_str(), webhook.as_str(), news.as_str(), tries, since, body];
        db.prepare_cached(sql)?.execute(row)?;
        // The first one may be under way.
        let sql = "DELETE FROM telling WHERE page_id = ?1 AND webhook = ?2
                   AND seq > (SELECT min(seq) FROM telling WHERE page_id = ?1 AND webhook = ?2)
                   AND seq <= (SELECT seq FROM telling WHERE page_id = ?1 AND webhook = ?2
                               ORDER BY seq DESC LIMIT 1 OFFSET ?3)";
        db.prepare_cached(sql)?.execute(params![page.as_str(), webhook.as_str(), WAITING_MAX])?;
    }
    for (id, tried) in &change.tried {
        let sql = "UPDATE telling SET tries = ?2, since = ?3 WHERE id = ?1";
        db.prepare_cached(sql)?.execute(params![id, tried.times, micros(tried.since)])?;
    }
    for id in &change.told {
        db.prepare_cached("DELETE FROM telling WHERE id = ?1")?.execute([id])?;
    }
    Ok(())
}

/// Effects of one webhook that are due, free and not among `but`, and when the next of the others is due.
pub(super) fn claim(
    tx: &mut Tx<'_>,
    lease: &Lease,
    webhook: &WebhookId,
    (limit, but): (usize, &[String]),
) -> Result<ClaimedPosts, StoreError> {
    begin(tx, lease)?;
    let but = serde_json::to_string(but).unwrap_or_else(|_| "[]".to_owned());
    let sql = "UPDATE effect SET holder = ?1 WHERE id IN (
                   SELECT id FROM effect WHERE webhook = ?2 AND holder IS NULL AND due <= ?3
                   AND id NOT IN (SELECT value FROM json_each(?4)) ORDER BY due, id LIMIT ?5)
               RETURNING body, due, attempts, rev, id";
    let mut found = Vec::new();
    let mut statement = tx.db.prepare_cached(sql)?;
    let wanted = params![lease.owner, webhook.as_str(), micros(lease.now), but, rows(limit)];
    let mut claimed = statement.query(wanted)?;
    while let Some(row) = claimed.next()? {
        let id: String = row.get(4)?;
        found.extend(readable(&id, effect(row, lease)));
    }
    found.sort_by_key(|row| row.due);
    let sql = "SELECT due FROM effect WHERE webhook = ?1 AND holder IS NULL
               AND id NOT IN (SELECT value FROM json_each(?2)) ORDER BY due LIMIT 1";
    let mut statement = tx.db.prepare_cached(sql)?;
    let next = statement.query_row(params![webhook.as_str(), but], |row| row.get(0)).optional()?;
    Ok(ClaimedPosts { rows: found, next: next.map(instant).transpose()? })
}

/// Every webhook for which something is free: each found by one look into the index, however much waits for it.
pub(super) fn waiting(db: &Connection) -> Result<Vec<WebhookId>, StoreError> {
    let sql = "WITH RECURSIVE waits (webhook) AS (
                   SELECT min(webhook) FROM effect WHERE holder IS NULL AND webhook IS NOT NULL
                   UNION ALL
                   SELECT (SELECT min(effect.webhook) FROM effect
                           WHERE holder IS NULL AND effect.webhook IS NOT NULL AND effect.webhook > waits.webhook)
                   FROM waits WHERE waits.webhook IS NOT NULL)
               SELECT webhook FROM waits WHERE webhook IS NOT NULL";
    let mut statement = db.prepare_cached(sql)?;
    let found = statement.query_map([], |row| row.get::<_, String>(0).map(WebhookId::new))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// What `webhook` is to be told of `page` next.
pub(super) fn next(
    db: &Connection,
    webhook: &WebhookId,
    page: &PageId,
) -> Result<Option<NextTelling>, StoreError> {
    let sql = "SELECT id, event, tries, since, body,
                   EXISTS (SELECT 1 FROM telling AS more
                           WHERE more.page_id = ?1 AND more.webhook = ?2 AND more.seq > telling.seq)
               FROM telling WHERE page_id = ?1 AND webhook = ?2 ORDER BY seq LIMIT 1";
    let mut statement = db.prepare_cached(sql)?;
    let mut found = statement.query([page.as_str(), webhook.as_str()])?;
    let Some(row) = found.next()? else { return Ok(None) };
    Ok(Some(NextTelling { telling: telling(row, webhook, page)?, has_more: row.get(5)? }))
}

fn telling(row: &Row<'_>, webhook: &WebhookId, page: &PageId) -> Result<Telling, StoreError> {
    let since: Option<i64> = row.get(3)?;
    let times = row.get(2)?;
    let tried =
        since.map(|since| Ok::<_, StoreError>(Tried { since: instant(since)?, times })).transpose()?;
    Ok(Telling {
        id: row.get(0)?,
        webhook: webhook.clone(),
        page: page.clone(),
        news: word_of("what a webhook is told", row.get(1)?)?,
        tried,
        body: row.get(4)?,
    })
}
