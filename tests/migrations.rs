//! Migrations: numbered without a gap, frozen once landed, tried on a database that is not empty.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use callout::domain::call::Outcome;
use callout::domain::escalation::Policy;
use callout::domain::ids::{CallId, PageId, PersonId, SourceId};
use callout::domain::page::{AlertState, NewPage, Opener, Page, PageAlert, Ring, RingWhy, Urgency};
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use rusqlite::Connection;
use sha2::{Digest as _, Sha256};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The migrations of one arm: number to file name and text.
fn migrations(arm: &str) -> BTreeMap<u32, (String, String)> {
    let folder = root().join("migrations").join(arm);
    let files = fs::read_dir(&folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    let mut found = BTreeMap::new();
    for path in files {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let number = number(&name).unwrap_or_else(|| panic!("{name} is not named like V1__calls.sql"));
        let before = found.insert(number, (name.clone(), fs::read_to_string(&path).unwrap()));
        assert!(before.is_none(), "{name} repeats the number {number}");
    }
    found
}

/// The number of a file named like `V1__calls.sql`.
fn number(name: &str) -> Option<u32> {
    let (number, words) = name.strip_prefix('V')?.strip_suffix(".sql")?.split_once("__")?;
    let well_named = words.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    number.parse().ok().filter(|_| well_named && !words.is_empty())
}

/// The text without comments, as statements in upper case.
fn statements(sql: &str) -> Vec<String> {
    let bare: Vec<&str> = sql.lines().map(|line| line.split("--").next().unwrap_or("")).collect();
    bare.join(" ").split(';').map(|one| one.trim().to_uppercase()).filter(|one| !one.is_empty()).collect()
}

/// Fails on a database that has rows.
fn adds_a_column_that_old_rows_lack(statement: &str) -> bool {
    let words = format!(" {} ", statement.split_whitespace().collect::<Vec<_>>().join(" "));
    words.starts_with(" ALTER TABLE ")
        && words.contains(" ADD ")
        && words.contains(" NOT NULL ")
        && !words.contains(" DEFAULT ")
}

fn companion(name: &str) -> PathBuf {
    root().join("tests/data/migrations").join(name)
}

#[test]
fn every_number_from_one_is_there() {
    let found = migrations("sqlite");
    assert!(!found.is_empty());
    let expected: Vec<u32> = (1..).take(found.len()).collect();
    assert_eq!(found.into_keys().collect::<Vec<_>>(), expected);
}

#[test]
fn the_arms_have_the_same_names() {
    let names = |arm: &str| migrations(arm).into_values().map(|(name, _)| name).collect::<Vec<_>>();
    let twin = names("postgres");
    assert!(
        twin.is_empty() || twin == names("sqlite"),
        "migrations/sqlite and migrations/postgres are twins"
    );
}

#[test]
fn what_has_landed_is_frozen() {
    let mut now = String::new();
    for arm in ["postgres", "sqlite"] {
        for (name, text) in migrations(arm).into_values() {
            let hash = HEXLOWER.encode(&Sha256::digest(text.as_bytes()));
            now.push_str(&format!("{hash}  {arm}/{name}\n"));
        }
    }
    let frozen = fs::read_to_string(root().join("migrations/frozen.txt")).unwrap_or_default();
    assert_eq!(
        frozen, now,
        "migrations/frozen.txt differs: change no migration that has landed, write the next one and add its line"
    );
}

#[test]
fn no_column_is_added_that_old_rows_lack() {
    for (name, text) in migrations("sqlite").into_values() {
        for statement in statements(&text) {
            assert!(!adds_a_column_that_old_rows_lack(&statement), "{name}: give a default: {statement}");
        }
    }
    let tried = |sql: &str| statements(sql).iter().any(|one| adds_a_column_that_old_rows_lack(one));
    assert!(tried("-- why; not\nalter table call add column x text\n  not null;"));
    assert!(tried("SELECT 1; ALTER TABLE call ADD x TEXT NOT NULL"));
    assert!(!tried("ALTER TABLE call ADD COLUMN x TEXT NOT NULL DEFAULT ''"));
    assert!(!tried("ALTER TABLE call ADD COLUMN x TEXT"));
}

#[test]
fn each_runs_on_a_database_that_is_not_empty() {
    let db = Connection::open_in_memory().unwrap();
    db.pragma_update(None, "foreign_keys", true).unwrap();
    for (name, text) in migrations("sqlite").into_values() {
        db.execute_batch(&text).unwrap_or_else(|why| panic!("{name}: {why}"));
        let data = fs::read_to_string(companion(&name));
        let data =
            data.unwrap_or_else(|_| panic!("tests/data/migrations/{name} is missing: rows for the next one"));
        assert!(!statements(&data).is_empty(), "{name}: its data are empty");
        db.execute_batch(&data).unwrap_or_else(|why| panic!("data of {name}: {why}"));
    }
    for table in tables(&db) {
        let sql = format!("SELECT count(*) FROM {table}");
        let rows: i64 = db.query_row(&sql, [], |row| row.get(0)).unwrap();
        assert!(rows > 0, "{table} is empty: the next migration would not be tried on it");
    }
}

/// A page of before: all in one body.
fn page_with(alerts: &[PageAlert]) -> Page {
    let new = NewPage {
        id: PageId::new("pdddddddddddd"),
        by: Opener::Source(SourceId::new("prod")),
        policy: Policy::of_person(PersonId::new("jack")),
        group: "many".to_owned(),
        urgency: Urgency::Low,
        title: "db".to_owned(),
        places: Vec::new(),
        alerts: alerts.to_vec(),
        nth: 0,
        rest: None,
    };
    let mut page = Page::open(new, Timestamp::UNIX_EPOCH).page;
    for (call, outcome) in [("c1", None), ("c2", Some(Outcome::NoAnswer)), ("c3", Some(Outcome::NoAnswer))] {
        let ring =
            Ring::new(PersonId::new("jack"), CallId::new(call), RingWhy::Step, (1, Timestamp::UNIX_EPOCH));
        page.rings.push(Ring { outcome, ..ring });
    }
    page
}

fn alert(n: usize) -> PageAlert {
    PageAlert {
        source: SourceId::new("prod"),
        fingerprint: format!("f{n}"),
        labels: BTreeMap::from([("größe".to_owned(), "x".repeat(n))]),
        title: "\"db\"".to_owned(),
        urgency: Urgency::Low,
        link: None,
        state: if n == 2 { AlertState::Resolved } else { AlertState::Firing },
        starts_at: Timestamp::UNIX_EPOCH,
        rule: None,
        acknowledged: n == 3,
        told_late: None,
    }
}

#[test]
fn alerts_lines_and_news_of_pages_of_before_are_rows_after_v10() {
    let db = Connection::open_in_memory().unwrap();
    let all = migrations("sqlite");
    (1..10).for_each(|n| db.execute_batch(&all[&n].1).unwrap());
    let alerts: Vec<PageAlert> = (0..5).map(alert).collect();
    let page = page_with(&alerts);
    let mut body = serde_json::to_value(&page).unwrap();
    body["alerts"] = serde_json::to_value(&alerts).unwrap();
    let sql = "INSERT INTO page (id, version, state, source, policy, grp, opened_at, body)
               VALUES (?1, 1, 'triggered', 'prod', 'jack', 'many', 0, ?2)";
    db.execute(sql, [page.id.as_str(), &body.to_string()]).unwrap();
    for (id, outcome) in [("c1", "null"), ("c2", "\"NoAnswer\""), ("c3", "\"Declined\"")] {
        let sql = "INSERT INTO call (id, version, state, by_person, room, placed_at, ended_at, body)
                   VALUES (?1, 1, 'ended', 'page:x', 'co_x', 0, 1, ?2)";
        db.execute(sql, [id, &format!("{{\"outcome\":{outcome}}}")]).unwrap();
    }
    for seq in [30, 10, 20] {
        let sql = "INSERT INTO page_line (page_id, seq, at, event, detail) VALUES (?1, ?2, 0, 'rung', '')";
        db.execute(sql, rusqlite::params![page.id.as_str(), seq]).unwrap();
    }
    db.execute_batch(&all[&10].1).unwrap();
    let text = |sql: &str| db.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    let mut read: Page = serde_json::from_str(&text("SELECT body FROM page")).unwrap();
    for (place, alert) in (0..).zip(&alerts) {
        let kept =
            text(&format!("SELECT body FROM page_alert WHERE place = {place} AND fingerprint = 'f{place}'"));
        assert_eq!(serde_json::from_str::<PageAlert>(&kept).unwrap(), *alert);
        read.alerts.lay(place, alert.clone());
    }
    assert_eq!(read, page, "the same page");
    let state = "SELECT group_concat(state || coalesce(era, ''), ' ') FROM page_alert ORDER BY place";
    assert_eq!(text(state), "firing firing resolved firing0 firing");
    let news = "SELECT group_concat(call_id || outcome, ' ') FROM (SELECT * FROM page_news ORDER BY call_id)";
    assert_eq!(text(news), "c1Unknown c3Declined");
    let lines = "SELECT group_concat(seq || '=' || n, ' ') FROM (SELECT * FROM page_line ORDER BY seq)";
    assert_eq!(text(lines), "10=0 20=1 30=2");
}

/// What webhooks were to be told before V11 is told them still: in the order of its turns, one at a time for each page.
#[test]
fn what_a_webhook_was_to_be_told_before_it_is_told_in_order() {
    let db = Connection::open_in_memory().unwrap();
    for (number, (name, text)) in migrations("sqlite") {
        db.execute_batch(&text).unwrap();
        if number < 11 {
            db.execute_batch(&fs::read_to_string(companion(&name)).unwrap()).unwrap();
        }
    }
    let list = |sql: &str| {
        let mut statement = db.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        rows.collect::<Result<Vec<_>, _>>().unwrap().join(" ")
    };
    let told = list("SELECT id || ' ' || tries || ' ' || body FROM telling ORDER BY seq");
    assert_eq!(told, r#"paaaaaaaaaaaa-9-ticket 3 {"step":9} paaaaaaaaaaaa-10-ticket 0 {"step":10}"#);
    let effects = list("SELECT id || ' ' || body FROM effect WHERE webhook = 'ticket' AND holder IS NULL");
    let body = r#"{"post":{"webhook":"ticket","page":"paaaaaaaaaaaa"}}"#;
    assert_eq!(effects, format!("post:paaaaaaaaaaaa:ticket {body}"));
}

fn tables(db: &Connection) -> Vec<String> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let mut statement = db.prepare(sql).unwrap();
    let names = statement.query_map([], |row| row.get(0)).unwrap();
    names.collect::<Result<_, _>>().unwrap()
}

#[test]
fn no_data_is_left_without_a_migration() {
    let folder: &Path = &root().join("tests/data/migrations");
    let known: Vec<String> = migrations("sqlite").into_values().map(|(name, _)| name).collect();
    for entry in fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(known.contains(&name), "tests/data/migrations/{name} belongs to no migration");
    }
}
