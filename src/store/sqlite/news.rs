//! What pages may still have to hear: calls of theirs that are over. What a page has heard is read no more, so that its
//! decisions cost the same however often it rang.

use rusqlite::{Connection, params};

use super::query::list;
use crate::domain::call::{Call, Outcome};
use crate::domain::ids::{CallId, PageId};
use crate::domain::page::Page;
use crate::ports::StoreError;

type Done = Result<(), StoreError>;

/// Notes how a call of a page ended, or that it goes on after all.
pub(super) fn note(db: &Connection, call: &Call) -> Done {
    let Some(page) = PageId::of_room(&call.room) else { return Ok(()) };
    if call.has_ended() {
        let outcome = call.outcome.unwrap_or(Outcome::Unknown).to_string();
        let sql = "INSERT INTO page_news (page_id, call_id, outcome) VALUES (?1, ?2, ?3)
                   ON CONFLICT (page_id, call_id) DO UPDATE SET outcome = excluded.outcome";
        db.prepare_cached(sql)?.execute([page.as_str(), call.id.as_str(), &outcome])?;
    } else if call.version > 0 {
        take_away(db, &page, call.id.as_str())?;
    }
    Ok(())
}

/// The page is written: what it has heard as it is by now is news no more.
pub(super) fn heard(db: &Connection, page: &Page) -> Done {
    for (call, outcome) in all(db, &page.id)? {
        if has_heard(page, &call, &outcome) {
            take_away(db, &page.id, &call)?;
        }
    }
    Ok(())
}

/// Calls that are over, and not as the page has it.
pub(super) fn of(db: &Connection, page: &Page) -> Result<Vec<CallId>, StoreError> {
    let is_news = |(call, outcome): &(String, String)| !has_heard(page, call, outcome);
    Ok(all(db, &page.id)?.into_iter().filter(is_news).map(|(call, _)| CallId::new(call)).collect())
}

/// What is noted of a page: each call, and how it ended. No more than ended since it decided last, or were told otherwise.
fn all(db: &Connection, page: &PageId) -> Result<Vec<(String, String)>, StoreError> {
    let sql = "SELECT call_id, outcome FROM page_news WHERE page_id = ?1";
    list(db, sql, [page.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// What is no ring of the page's, it never hears of.
fn has_heard(page: &Page, call: &str, outcome: &str) -> bool {
    let ring = page.rings.iter().rev().find(|ring| ring.call.as_str() == call);
    ring.is_none_or(|ring| ring.outcome.is_some_and(|heard| heard.to_string() == outcome))
}

fn take_away(db: &Connection, page: &PageId, call: &str) -> Done {
    let sql = "DELETE FROM page_news WHERE page_id = ?1 AND call_id = ?2";
    db.prepare_cached(sql)?.execute(params![page.as_str(), call])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::call::{CallState, Media, NewCall, Purpose};
    use crate::domain::escalation::Policy;
    use crate::domain::ids::{Account, PersonId};
    use crate::domain::page::{NewPage, Opener, Ring, RingWhy, Urgency};
    use crate::domain::report::Place;

    const RINGS: usize = 500;

    /// A page that rang so often in vain.
    fn page() -> Page {
        let (jack, now) = (PersonId::new("jack"), Timestamp::UNIX_EPOCH);
        let new = NewPage {
            id: PageId::new("p1"),
            by: Opener::Person(jack.clone()),
            policy: Policy::of_person(jack.clone()),
            group: String::new(),
            urgency: Urgency::High,
            title: "db".to_owned(),
            places: Vec::new(),
            alerts: Vec::new(),
            nth: 0,
            rest: None,
        };
        let mut page = Page::open(new, now).page;
        for n in 0..RINGS {
            let mut ring = Ring::new(jack.clone(), page.id.call(n), RingWhy::Step, (1, now));
            ring.outcome = Some(Outcome::NoAnswer);
            page.rings.push(ring);
        }
        page
    }

    fn ended(page: &Page, n: usize, outcome: Outcome) -> Call {
        let new = NewCall {
            id: page.id.call(n),
            by: PersonId::new("ana").into(),
            purpose: Purpose::Talk,
            place: Place::direct(""),
            media: Media::Audio,
            note: None,
            reason: None,
            ring: std::time::Duration::from_secs(30),
            callees: vec![(PersonId::new("jack"), Account::new("jack"))],
            announcement: None,
            duties: Vec::new(),
        };
        let (state, room) = (CallState::Ended, page.id.room());
        Call { state, room, outcome: Some(outcome), version: 1, ..Call::place(new, Timestamp::UNIX_EPOCH) }
    }

    #[test]
    fn what_a_decision_reads_does_not_grow_with_the_rings_before_it() {
        let folder = tempfile::TempDir::new().unwrap();
        let db = super::super::open::open(&folder.path().join("callout.db")).unwrap().owned.db;
        let mut page = page();
        let noted =
            || db.query_row("SELECT count(*) FROM page_news", [], |row| row.get::<_, i64>(0)).unwrap();
        for n in 0..RINGS {
            note(&db, &ended(&page, n, Outcome::NoAnswer)).unwrap();
            heard(&db, &page).unwrap();
            assert_eq!((noted(), of(&db, &page).unwrap().len()), (0, 0), "{n}");
        }
        note(&db, &ended(&page, 7, Outcome::Declined)).unwrap();
        assert_eq!(of(&db, &page).unwrap(), [page.id.call(7)], "told otherwise");
        page.rings[7].outcome = Some(Outcome::Declined);
        heard(&db, &page).unwrap();
        assert_eq!(noted(), 0);
    }

    #[test]
    fn calls_that_go_on_are_found_without_a_look_at_the_others() {
        let folder = tempfile::TempDir::new().unwrap();
        let db = super::super::open::open(&folder.path().join("callout.db")).unwrap().owned.db;
        let plan: String = db
            .query_row(&format!("EXPLAIN QUERY PLAN {}", super::super::pages::LIVE), ["co_p1"], |row| {
                row.get(3)
            })
            .unwrap();
        assert!(plan.contains("call_room_open (room=?)"), "{plan}");
    }
}
