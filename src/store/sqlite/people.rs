//! Chat users and the people they are: links, what waits for one, what people chose, who changed what.

use rusqlite::{Connection, params};

use super::prepare::{Prepared, micros, parse, rows};
use super::query::{list, pair};
use super::write::Tx;
use crate::domain::audit::Audit;
use crate::domain::ids::PersonId;
use crate::domain::link::Linking;
use crate::domain::person::{ChatUser, Link, QuietChoice};
use crate::ports::StoreError;

type Done = Result<(), StoreError>;

/// Carries out what a change says of people.
pub(super) fn apply(tx: &mut Tx<'_>, prepared: &Prepared) -> Done {
    let Some(people) = &prepared.change.people else { return Ok(()) };
    for (linking, body) in people.linkings.iter().zip(&prepared.linkings) {
        put_linking(tx.db, linking, body)?;
    }
    for (user, person) in &people.unlinked {
        let sql = "DELETE FROM link WHERE chat = ?1 AND user_id = ?2 AND person = ?3";
        let gone = params![user.chat, user.id.as_str(), person.as_str()];
        if tx.db.prepare_cached(sql)?.execute(gone)? == 0 {
            return Err(StoreError::Conflict);
        }
    }
    for (link, body) in people.links.iter().zip(&prepared.links) {
        put_link(tx.db, link, body)?;
    }
    for ((person, _), body) in people.choices.iter().zip(&prepared.choices) {
        let sql = "INSERT INTO choice (person, body) VALUES (?1, ?2)
                   ON CONFLICT (person) DO UPDATE SET body = excluded.body";
        tx.db.prepare_cached(sql)?.execute(params![person.as_str(), body])?;
    }
    for (audit, body) in people.audit.iter().zip(&prepared.audit) {
        let seq = tx.rev();
        let sql = "INSERT INTO audit (seq, at, body) VALUES (?1, ?2, ?3)";
        tx.db.prepare_cached(sql)?.execute(params![seq, micros(audit.at), body])?;
    }
    Ok(())
}

fn put_linking(db: &Connection, linking: &Linking, body: &str) -> Done {
    let (chat, user) = (&linking.who.user.chat, linking.who.user.id.as_str());
    let at = micros(linking.at);
    let put = if linking.version == 0 {
        let sql = "INSERT INTO linking (chat, user_id, version, at, body) VALUES (?1, ?2, 1, ?3, ?4)
                   ON CONFLICT (chat, user_id) DO NOTHING";
        db.prepare_cached(sql)?.execute(params![chat, user, at, body])?
    } else {
        let sql = "UPDATE linking SET version = version + 1, at = ?3, body = ?4
                   WHERE chat = ?1 AND user_id = ?2 AND version = ?5";
        db.prepare_cached(sql)?.execute(params![chat, user, at, body, linking.version])?
    };
    if put == 0 { Err(StoreError::Conflict) } else { Ok(()) }
}

/// The person's other user in that chat is linked no more.
fn put_link(db: &Connection, link: &Link, body: &str) -> Done {
    let row = params![link.user.chat, link.user.id.as_str(), link.person.as_str()];
    let sql = "DELETE FROM link WHERE chat = ?1 AND (user_id = ?2 OR person = ?3)";
    db.prepare_cached(sql)?.execute(row)?;
    let sql = "INSERT INTO link (chat, user_id, person, body) VALUES (?1, ?2, ?3, ?4)";
    let row = params![link.user.chat, link.user.id.as_str(), link.person.as_str(), body];
    db.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

pub(super) fn linking(db: &Connection, user: &ChatUser) -> Result<Option<Linking>, StoreError> {
    let sql = "SELECT body, version FROM linking WHERE chat = ?1 AND user_id = ?2";
    let found: Option<(String, i64)> = pair(db, sql, params![user.chat, user.id.as_str()])?;
    let Some((body, version)) = found else { return Ok(None) };
    Ok(Some(Linking { version, ..parse(&body)? }))
}

pub(super) fn links(db: &Connection) -> Result<Vec<Link>, StoreError> {
    list(db, "SELECT body FROM link ORDER BY chat, user_id", [], |row| parse(&row.get::<_, String>(0)?))
}

pub(super) fn choices(db: &Connection) -> Result<Vec<(PersonId, QuietChoice)>, StoreError> {
    list(db, "SELECT person, body FROM choice ORDER BY person", [], |row| {
        Ok((PersonId::new(row.get::<_, String>(0)?), parse(&row.get::<_, String>(1)?)?))
    })
}

pub(super) fn audit(db: &Connection, limit: usize) -> Result<Vec<Audit>, StoreError> {
    list(db, "SELECT body FROM audit ORDER BY seq DESC LIMIT ?1", [rows(limit)], |row| {
        parse(&row.get::<_, String>(0)?)
    })
}
