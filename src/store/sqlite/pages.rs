//! Pages: their rows, and the ways to find them.

use jiff::Timestamp;
use rusqlite::{Connection, Params, params};
use serde::de::DeserializeOwned;

use super::alerts;
use super::prepare::{Prepared, instant, micros, parse, rows};
use super::query::{calls, list};
use super::write::Tx;
use crate::domain::call::Outcome;
use crate::domain::change::Turns;
use crate::domain::ids::{CallId, CardId, PageId, PersonId, SourceId};
use crate::domain::page::{Page, PageEntry, PageState};
use crate::domain::report::{CardKind, CardState};
use crate::ports::{CardAndPage, PageAndCalls, StoreError};

/// Cards of a channel that are looked through for one that stands in a thread: days of a busy channel.
const THREAD_LOOK_MAX: usize = 2_000;

type Found<T> = Result<T, StoreError>;

/// What a change says of pages.
pub(super) fn apply(tx: &mut Tx<'_>, prepared: &Prepared) -> Found<()> {
    let Some(change) = &prepared.change.pages else { return Ok(()) };
    for (page, body) in change.pages.iter().zip(&prepared.pages) {
        put(tx.db, page, body)?;
        put_people(tx.db, page)?;
    }
    for turns in &change.turns {
        take_turns(tx.db, turns)?;
    }
    for (page, entry) in &change.lines {
        let seq = tx.rev();
        let sql = "INSERT INTO page_line (page_id, seq, at, event, detail) VALUES (?1, ?2, ?3, ?4, ?5)";
        let line = params![page.as_str(), seq, micros(entry.at), entry.event.as_str(), entry.detail];
        tx.db.prepare_cached(sql)?.execute(line)?;
    }
    Ok(())
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

pub(super) fn page(db: &Connection, id: &PageId) -> Found<Option<Page>> {
    first(db, "SELECT body, version FROM page WHERE id = ?1", [id.as_str()])
}

/// The page, with those of its calls that it may still have to hear of.
pub(super) fn page_and_calls(db: &Connection, id: &PageId) -> Found<Option<PageAndCalls>> {
    // One transaction: both reads see the same commits.
    let snapshot = db.unchecked_transaction()?;
    let Some(page) = page(&snapshot, id)? else { return Ok(None) };
    with_calls(&snapshot, page).map(Some)
}

pub(super) fn page_of_group(
    db: &Connection,
    (source, policy, group): (&str, &str, &str),
) -> Found<Option<PageAndCalls>> {
    let snapshot = db.unchecked_transaction()?;
    let sql = "SELECT body, version FROM page
               WHERE source = ?1 AND policy = ?2 AND grp = ?3 AND closed_at IS NULL";
    let Some(page) = first(&snapshot, sql, [source, policy, group])? else { return Ok(None) };
    with_calls(&snapshot, page).map(Some)
}

fn with_calls(db: &Connection, page: Page) -> Found<PageAndCalls> {
    let room = page.id.room();
    let mut live = calls(
        db,
        "SELECT body, version FROM call WHERE room = ?1 AND ended_at IS NULL ORDER BY placed_at, id",
        [room.as_str()],
    )?;
    for id in told_otherwise(db, &page)? {
        if live.iter().all(|call| call.id != id) {
            live.extend(super::query::call(db, &id)?);
        }
    }
    Ok(PageAndCalls { page, calls: live })
}

/// The page's calls that are over, and not as the page has it: it has not heard, or was told otherwise before.
fn told_otherwise(db: &Connection, page: &Page) -> Found<Vec<CallId>> {
    let sql = "SELECT id, json_extract(body, '$.outcome') FROM call WHERE room = ?1 AND ended_at IS NOT NULL";
    let ended = list(db, sql, [page.id.room().as_str()], |row| {
        let outcome = row.get::<_, Option<String>>(1)?.map(|word| word_of("an outcome", word)).transpose()?;
        Ok((CallId::new(row.get::<_, String>(0)?), outcome.unwrap_or(Outcome::Unknown)))
    })?;
    let heard = |id: &CallId| page.rings.iter().find(|ring| ring.call == *id).map(|ring| ring.outcome);
    let is_news = |(id, outcome): &(CallId, Outcome)| heard(id).is_some_and(|heard| heard != Some(*outcome));
    Ok(ended.into_iter().filter(is_news).map(|(id, _)| id).collect())
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

/// In the order of the commits, from the `skipped`-th on.
pub(super) fn timeline(db: &Connection, id: &PageId, skipped: u32) -> Found<Vec<PageEntry>> {
    let sql = "SELECT at, event, detail FROM page_line WHERE page_id = ?1 ORDER BY seq LIMIT -1 OFFSET ?2";
    list(db, sql, params![id.as_str(), skipped], |row| {
        Ok(PageEntry {
            at: instant(row.get(0)?)?,
            event: word_of("an event", row.get(1)?)?,
            detail: row.get(2)?,
        })
    })
}

pub(super) fn card_and_page(db: &Connection, id: &CardId) -> Found<Option<CardAndPage>> {
    let Some((page_id, n)) = id.page() else { return Ok(None) };
    let snapshot = db.unchecked_transaction()?;
    let Some(page) = page(&snapshot, &page_id)? else { return Ok(None) };
    let Some(place) = page.places.get(n).cloned() else { return Ok(None) };
    let unseen = || CardState::new(id.clone(), CardKind::Page, place, PersonId::new(page.by.to_string()));
    let card = super::query::card(&snapshot, id)?.unwrap_or_else(unseen);
    let timeline = match card.unread() {
        Some(from) => timeline(&snapshot, &page_id, from)?,
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

/// The page, and what belongs to it: its cards have its id, perhaps with a number.
pub(super) fn forget(db: &Connection, id: &str) -> Found<usize> {
    let mut gone = alerts::forget(db, id)?;
    for sql in ["DELETE FROM page_line WHERE page_id = ?1", "DELETE FROM page_person WHERE page_id = ?1"] {
        gone += db.prepare_cached(sql)?.execute([id])?;
    }
    let cards = "DELETE FROM card WHERE id = ?1 OR (id > ?1 || '.' AND id < ?1 || '/')";
    gone += db.prepare_cached(cards)?.execute([id])?;
    Ok(gone + db.prepare_cached("DELETE FROM page WHERE id = ?1")?.execute([id])?)
}

fn first(db: &Connection, sql: &str, params: impl Params) -> Found<Option<Page>> {
    Ok(all(db, sql, params)?.into_iter().next())
}

fn all(db: &Connection, sql: &str, params: impl Params) -> Found<Vec<Page>> {
    list(db, sql, params, |row| {
        let mut page: Page = parse(&row.get::<_, String>(0)?)?;
        page.version = row.get(1)?;
        Ok(page)
    })
}

fn word_of<T: DeserializeOwned>(what: &str, word: String) -> Found<T> {
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
