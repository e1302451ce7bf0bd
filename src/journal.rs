//! The sandbox's own memory on disk: what its modelled engine and desk must know after a crash.
//!
//! It outlives the process (`kill -9` included), not a power cut: a model needs no fsync. The bot's own
//! truth is the store, never this.

use std::fmt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// How long a write waits for another journal in the same file.
const LOCK_WAIT: Duration = Duration::from_secs(5);

/// Pages after which the log is moved into the file: little at a time, as a request waits for it.
const CHECKPOINT_PAGES: u32 = 256;

/// Keys and JSON texts in one table of an SQLite file.
pub struct Journal(Option<Open>);

struct Open {
    connection: Mutex<Connection>,
    put: String,
    remove: String,
    all: String,
}

/// The journal could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The name of a table is `[a-z_]+`.
    #[error("`{0}` is no name for a journal's table")]
    Table(String),
    /// SQLite failed.
    #[error("journal: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A value is not what its reader expects.
    #[error("journal: {0}")]
    Json(#[from] serde_json::Error),
}

impl Journal {
    /// Opens the table `table` in the file `path`, making both when missing. `None` remembers nothing
    /// beyond the process: it does no I/O, and [`all`](Self::all) is always empty.
    ///
    /// # Errors
    /// When the file cannot be opened or written.
    pub fn open(path: Option<&Path>, table: &str) -> Result<Self, JournalError> {
        if table.is_empty() || !table.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
            return Err(JournalError::Table(table.to_owned()));
        }
        path.map(|path| Open::new(path, table)).transpose().map(Self)
    }

    /// Keeps `value` under `key`, in place of what was there.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put<T: Serialize + ?Sized>(&self, key: &str, value: &T) -> Result<(), JournalError> {
        let Some(open) = &self.0 else { return Ok(()) };
        let value = serde_json::to_string(value)?;
        open.lock().prepare_cached(&open.put)?.execute((key, &value))?;
        Ok(())
    }

    /// Forgets `key`, known or not.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn remove(&self, key: &str) -> Result<(), JournalError> {
        let Some(open) = &self.0 else { return Ok(()) };
        open.lock().prepare_cached(&open.remove)?.execute((key,))?;
        Ok(())
    }

    /// Everything, in the order in which the keys first came.
    ///
    /// # Errors
    /// When it cannot be read, or a value is no `T`.
    pub fn all<T: DeserializeOwned>(&self) -> Result<Vec<(String, T)>, JournalError> {
        let Some(open) = &self.0 else { return Ok(Vec::new()) };
        let connection = open.lock();
        let mut statement = connection.prepare(&open.all)?;
        let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
        rows.map(|row| {
            let (key, text) = row?;
            Ok((key, serde_json::from_str(&text)?))
        })
        .collect()
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("on_disk", &self.0.is_some()).finish()
    }
}

impl Open {
    fn new(path: &Path, table: &str) -> Result<Self, JournalError> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(LOCK_WAIT)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "OFF")?;
        connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        let columns = "(seq INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, value TEXT NOT NULL)";
        connection.execute(&format!("CREATE TABLE IF NOT EXISTS {table} {columns}"), ())?;
        Ok(Self {
            connection: Mutex::new(connection),
            put: format!(
                "INSERT INTO {table} (key, value) VALUES (?1, ?2) \
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value"
            ),
            remove: format!("DELETE FROM {table} WHERE key = ?1"),
            all: format!("SELECT key, value FROM {table} ORDER BY seq"),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sandbox.db");
        let journal = Journal::open(Some(&file), "engine").unwrap();
        journal.put("b", &1).unwrap();
        journal.put("a", &2).unwrap();
        journal.put("gone", &3).unwrap();
        journal.put("b", &4).unwrap();
        journal.remove("gone").unwrap();
        // Opened while the first is still open: as after a kill, nothing was closed in order.
        let again = Journal::open(Some(&file), "engine").unwrap();
        assert_eq!(again.all::<i32>().unwrap(), [("b".to_owned(), 4), ("a".to_owned(), 2)]);
        assert!(Journal::open(Some(&file), "desk").unwrap().all::<i32>().unwrap().is_empty());
    }

    #[test]
    fn without_a_file_nothing_is_kept() {
        let journal = Journal::open(None, "engine").unwrap();
        journal.put("a", &1).unwrap();
        assert!(journal.all::<i32>().unwrap().is_empty());
    }

    #[test]
    fn a_value_of_another_kind_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(Some(&folder.path().join("x.db")), "desk").unwrap();
        journal.put("a", "text").unwrap();
        assert!(journal.all::<i32>().is_err());
        assert!(Journal::open(None, "x; drop").is_err());
    }
}
