//! Pages: their rows, and the ways to find them.

use jiff::Timestamp;
use rusqlite::{Connection, Params, params};
use serde::de::DeserializeOwned;

use super::prepare::{Prepared, micros, parse, rows};
use super::query::{calls, list};
use super::tellings;
use super::write::Tx;
use super::{lines, news, page_alerts};
use crate::domain::change::Turns;
use crate::domain::ids::{CardId, Fingerprint, PageId, PersonId, SourceId};
use crate::domain::page::{Page, PageState};
use crate::domain::report::{CardKind, CardState};
use crate::ports::{CardAndPage, PageAndCalls, StoreError};

/// Cards of a channel that are looked through for one that stands in a thread: days of a busy channel.
const THREAD_LOOK_MAX: usize = 2_000;

type Found<T> = Result<T, StoreError>;

/// The calls of a room that go on.
pub(super) const LIVE: &str =
    "SELECT body, version FROM call WHERE room = ?1 AND ended_at IS NULL ORDER BY placed_at, id";

const BY_ID: &str = "SELECT body, version FROM page WHERE id = ?1";

/// What a change says of pages.
pub(super) fn apply(tx: &mut Tx<'_>, prepared: &Prepared) -> Found<()> {
    let Some(change) = &prepared.change.pages else { return Ok(()) };
    for ((page, body), alerts) in change.pages.iter().zip(&prepared.pages).zip(&prepared.page_alerts) {
        put(tx.db, page, body)?;
        page_alerts::put(tx.db, page, alerts)?;
        put_people(tx.db, page)?;
        news::heard(tx.db, page)?;
    }
    for turns in &change.turns {
        take_turns(tx.db, turns)?;
    }
    for (page, entry) in &change.lines {
        lines::add(tx, page, entry)?;
    }
    tellings::apply(tx.db, change)
}

fn put(db: &Connection, page: &Page, body: &str) -> Found<()> {
    let state = state(page.state);
    let source = page.source().map(SourceId::as_str);
    let (id, policy) = (page.id.as_str(), page.policy.id.as_str());
    let closed = (!page.is_open()).then(|| micros(page.closed_at.unwrap_or(page.opened_at)));
    let left_out = i64::try_from(page.left_out).unwrap_or(i64::MAX);
    let put = if page.version == 0 {
        // Nothing is done where the id, or an open page of that group, is there.
        let sql =
            "INSERT INTO page (id, version, state, source, policy, grp, opened_at, closed_at, body, left_out)
                   VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING";
        let opened = micros(page.opened_at);
        let row = params![id, state, source, policy, page.group, opened, closed, body, left_out];
        db.prepare_cached(sql)?.execute(row)?
    } else {
        // Opened again, it must not be a second one of its group.
        let sql = "UPDATE OR IGNORE page SET version = version + 1, state = ?2, policy = ?3, closed_at = ?4, body = ?5,
                   left_out = ?7 WHERE id = ?1 AND version = ?6";
        db.prepare_cached(sql)?.execute(params![id, state, policy, closed, body, page.version, left_out])?
    };
    if put == 0 { Err(StoreError::Conflict) } else { Ok(()) }
}

/// Whom it concerns, while it is open.
fn put_people(db: &Connection, page: &Page) -> Found<()> {
    let sql = match page.is_open() {
        true => "INSERT INTO page_person (person, page_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        false => "DELETE FROM page_person WHERE person = ?1 AND page_id = ?2",
    };
    let mut put = db.prepare_cached(sql)?;
    for person in page.people() {
        put.execute([person.as_str(), page.id.as_str()])?;
    }
    Ok(())
}

/// One page, as part of a transaction: its row and those of its alerts are of one instant.
pub(super) fn page(db: &Connection, id: &PageId) -> Found<Option<Page>> {
    first(db, (BY_ID, &[]), [id.as_str()])
}

/// The page, with those of its calls that it may still have to hear of, and with those of its alerts that are `wanted` at hand.
pub(super) fn page_and_calls(
    db: &Connection,
    id: &PageId,
    wanted: &[Fingerprint],
) -> Found<Option<PageAndCalls>> {
    // One transaction: all reads see the same commits.
    let snapshot = db.unchecked_transaction()?;
    let Some(page) = first(&snapshot, (BY_ID, wanted), [id.as_str()])? else { return Ok(None) };
    with_calls(&snapshot, page).map(Some)
}

pub(super) fn page_of_group(
    db: &Connection,
    (source, policy, group): (&str, &str, &str),
    wanted: &[Fingerprint],
) -> Found<Option<PageAndCalls>> {
    let snapshot = db.unchecked_transaction()?;
    let sql = "SELECT body, version FROM page
               WHERE source = ?1 AND policy = ?2 AND grp = ?3 AND closed_at IS NULL";
    let Some(page) = first(&snapshot, (sql, wanted), [source, policy, group])? else { return Ok(None) };
    with_calls(&snapshot, page).map(Some)
}

fn with_calls(db: &Connection, page: Page) -> Found<PageAndCalls> {
    let room = page.id.room();
    let mut live = calls(db, LIVE, [room.as_str()])?;
    for id in news::of(db, &page)? {
        if live.iter().all(|call| call.id != id) {
            live.extend(super::query::call(db, &id)?);
        }
    }
    Ok(PageAndCalls { page, calls: live })
}

/// Turns are taken where they were free, as a page's version counts on.
fn take_turns(db: &Connection, turns: &Turns) -> Found<()> {
    let sql = "INSERT INTO policy_turn (policy, next) VALUES (?1, ?3)
               ON CONFLICT (policy) DO UPDATE SET next = ?3 WHERE next = ?2";
    let [from, to] = [turns.from, turns.to].map(u64::cast_signed);
    let taken = db.prepare_cached(sql)?.execute(params![turns.policy.as_str(), from, to])?;
    if taken == 0 { Err(StoreError::Conflict) } else { Ok(()) }
}

pub(super) fn turn_of_policy(db: &Connection, policy: &str) -> Found<u64> {
    let sql = "SELECT next FROM policy_turn WHERE policy = ?1";
    let next: Vec<i64> = list(db, sql, [policy], |row| Ok(row.get(0)?))?;
    Ok(next.first().copied().unwrap_or_default().unsigned_abs())
}

pub(super) fn open_pages_of_policy(
    db: &Connection,
    (policy, after): (&str, &str),
    limit: usize,
) -> Found<Vec<Page>> {
    let sql = "SELECT body, version FROM page
               WHERE policy = ?1 AND id > ?2 AND closed_at IS NULL ORDER BY id LIMIT ?3";
    all(db, sql, params![policy, after, rows(limit)])
}

pub(super) fn open_pages(db: &Connection, limit: usize) -> Found<(Vec<Page>, usize)> {
    let sql = "SELECT body, version FROM page WHERE closed_at IS NULL ORDER BY opened_at DESC, id LIMIT ?1";
    let newest = all(db, sql, [rows(limit)])?;
    let sql = "SELECT count(*) FROM page WHERE closed_at IS NULL";
    let total: i64 = db.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    Ok((newest, usize::try_from(total).unwrap_or_default()))
}

/// Those that wait for somebody first.
pub(super) fn pages_of(db: &Connection, person: &PersonId, limit: usize) -> Found<Vec<Page>> {
    let sql = "SELECT page.body, page.version FROM page_person JOIN page ON page.id = page_person.page_id
               WHERE page_person.person = ?1
               ORDER BY page.state = 'acknowledged', page.opened_at DESC, page.id LIMIT ?2";
    all(db, sql, params![person.as_str(), rows(limit)])
}

/// By a range, as calls are.
pub(super) fn pages_like(db: &Connection, prefix: &str, limit: usize) -> Found<Vec<Page>> {
    let sql = "SELECT body, version FROM page WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT ?3";
    all(db, sql, params![prefix, format!("{prefix}{}", char::MAX), rows(limit)])
}

pub(super) fn card_and_page(db: &Connection, id: &CardId) -> Found<Option<CardAndPage>> {
    let Some((page_id, n)) = id.page() else { return Ok(None) };
    let snapshot = db.unchecked_transaction()?;
    let Some(page) = page(&snapshot, &page_id)? else { return Ok(None) };
    let Some(place) = page.places.get(n).cloned() else { return Ok(None) };
    let unseen = || CardState::new(id.clone(), CardKind::Page, place, PersonId::new(page.by.to_string()));
    let card = super::query::card(&snapshot, id)?.unwrap_or_else(unseen);
    let timeline = match card.unread() {
        Some(from) => lines::of(&snapshot, &page_id, from)?,
        None => Vec::new(),
    };
    Ok(Some(CardAndPage { card, page, timeline }))
}

/// Those of open pages first, the newest first of all. Each part has an index of its own.
pub(super) fn cards_of_thread(
    db: &Connection,
    (channel, thread): (&str, &str),
    limit: usize,
) -> Found<Vec<CardState>> {
    // Behind the first dot of a card's id stands which of its page's places it is in.
    let sql = "WITH found (id, body) AS (
                   SELECT id, body FROM card WHERE kind = 'page' AND json_extract(body, '$.message') = ?1
                   UNION
                   SELECT card.id, card.body FROM card_former JOIN card ON card.id = card_former.card_id
                   WHERE card_former.message = ?1
                   UNION
                   SELECT id, body FROM card WHERE kind = 'page' AND json_extract(body, '$.place.thread') = ?2
                       AND json_extract(body, '$.place.channel') = ?3
                   UNION
                   SELECT id, body FROM card WHERE kind = 'page' AND json_extract(body, '$.place.channel') = ?2)
               SELECT found.body FROM found
               LEFT JOIN page ON page.id = substr(found.id, 1, instr(found.id || '.', '.') - 1)
               ORDER BY page.closed_at IS NOT NULL, page.opened_at DESC, found.id LIMIT ?4";
    let message = format!("{channel}/{thread}");
    list(db, sql, params![message, thread, channel, rows(limit)], |row| parse(&row.get::<_, String>(0)?))
}

/// The messages that a page's card was before: a short list, of which most cards have none.
pub(super) fn put_former(db: &Connection, card: &CardState) -> Found<()> {
    if card.kind != CardKind::Page || card.former.is_empty() {
        return Ok(());
    }
    db.prepare_cached("DELETE FROM card_former WHERE card_id = ?1")?.execute([card.id.as_str()])?;
    let sql = "INSERT INTO card_former (message, card_id) VALUES (?1, ?2)
               ON CONFLICT (message) DO UPDATE SET card_id = excluded.card_id";
    for message in &card.former {
        db.prepare_cached(sql)?.execute([message.as_str(), card.id.as_str()])?;
    }
    Ok(())
}

/// Whatever stands in a thread was posted after its first message: only those are looked through, newest first; and that
/// message.
pub(super) fn card_in_thread(db: &Connection, (channel, thread): (&str, &str)) -> Found<Option<CardState>> {
    let sql = "SELECT body FROM (SELECT body, kind FROM card
                                 WHERE json_extract(body, '$.message') >= ?1 AND json_extract(body, '$.message') < ?2
                                 ORDER BY json_extract(body, '$.message') DESC LIMIT ?3)
               WHERE kind != 'board' AND (json_extract(body, '$.place.thread') = ?4 OR json_extract(body, '$.message') = ?1)
               LIMIT 1";
    let (first, beyond) = (format!("{channel}/{thread}"), format!("{channel}/{}", char::MAX));
    let found = list(db, sql, params![first, beyond, rows(THREAD_LOOK_MAX), thread], |row| {
        parse(&row.get::<_, String>(0)?)
    });
    Ok(found?.into_iter().next())
}

pub(super) fn closed_before(db: &Connection, before: Timestamp, limit: usize) -> Found<Vec<String>> {
    let sql =
        "SELECT id FROM page WHERE closed_at IS NOT NULL AND closed_at < ?1 ORDER BY closed_at LIMIT ?2";
    list(db, sql, params![micros(before), rows(limit)], |row| Ok(row.get(0)?))
}

/// What of a page may be many, by its key.
const MANY: [&str; 3] = [
    "DELETE FROM page_alert WHERE page_id = ?1
         AND place IN (SELECT place FROM page_alert WHERE page_id = ?1 LIMIT ?2)",
    "DELETE FROM alert WHERE (source, fingerprint) IN
         (SELECT source, fingerprint FROM alert WHERE page_id = ?1 LIMIT ?2)",
    "DELETE FROM page_line WHERE page_id = ?1
         AND seq IN (SELECT seq FROM page_line WHERE page_id = ?1 LIMIT ?2)",
];

/// The page, and what belongs to it: its cards have its id, perhaps with a number. If it has `most` rows of a kind or more,
/// only so many of them; the page goes with the last. Returns how many rows went, and whether it was all.
pub(super) fn forget(db: &Connection, id: &str, most: usize) -> Found<(usize, bool)> {
    let mut gone = 0;
    for sql in MANY {
        let went = db.prepare_cached(sql)?.execute(params![id, rows(most)])?;
        gone += went;
        if went == most {
            return Ok((gone, false));
        }
    }
    let cards = "DELETE FROM card WHERE id = ?1 OR (id > ?1 || '.' AND id < ?1 || '/')";
    for sql in
        ["DELETE FROM page_person WHERE page_id = ?1", "DELETE FROM page_news WHERE page_id = ?1", cards]
    {
        gone += db.prepare_cached(sql)?.execute([id])?;
    }
    Ok((gone + db.prepare_cached("DELETE FROM page WHERE id = ?1")?.execute([id])?, true))
}

fn first(db: &Connection, (sql, wanted): (&str, &[Fingerprint]), params: impl Params) -> Found<Option<Page>> {
    let Some(mut page) = bare(db, sql, params)?.into_iter().next() else { return Ok(None) };
    page_alerts::lay(db, &mut page, wanted)?;
    Ok(Some(page))
}

fn all(db: &Connection, sql: &str, params: impl Params) -> Found<Vec<Page>> {
    // One transaction: a page's alerts are those that its row counts.
    let snapshot = db.unchecked_transaction()?;
    let mut pages = bare(&snapshot, sql, params)?;
    for page in &mut pages {
        page_alerts::lay(&snapshot, page, &[])?;
    }
    Ok(pages)
}

/// With none of their alerts at hand.
fn bare(db: &Connection, sql: &str, params: impl Params) -> Found<Vec<Page>> {
    list(db, sql, params, |row| {
        let mut page: Page = parse(&row.get::<_, String>(0)?)?;
        page.version = row.get(1)?;
        Ok(page)
    })
}

pub(super) fn word_of<T: DeserializeOwned>(what: &str, word: String) -> Found<T> {
    serde_json::from_value(serde_json::Value::String(word))
        .map_err(|why| StoreError::Failed(format!("not {what}: {why}")))
}

const fn state(state: PageState) -> &'static str {
    match state {
        PageState::Triggered => "triggered",
        PageState::Acknowledged => "acknowledged",
        PageState::Closed => "closed",
        PageState::Exhausted => "exhausted",
    }
}
