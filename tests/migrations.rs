//! Migrations: numbered without a gap, frozen once landed, tried on a database that is not empty.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
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
