//! The sandbox's own memory on disk: what its modelled engine and desk must know after a crash.
//!
//! A thread of its own writes it, many changes in one transaction: a request never waits for it. After `kill -9` the
//! changes of the last milliseconds may be missing, and nothing was synced when the power fails: it is the memory of
//! a model. The bot's own truth is the store, never this.

use std::fmt;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// How long a write waits for another journal in the same file.
const LOCK_WAIT: Duration = Duration::from_secs(5);
/// Changes that may wait to be written, some seconds of a busy sandbox. Who comes then waits to get in.
const QUEUE: usize = 10_000;
/// Changes in one transaction: enough to share its cost, few enough that little is missing after a kill.
const BATCH_MAX: usize = 256;

/// Keys and JSON texts in one table of an SQLite file. What was put is written when it is dropped, at the latest.
pub struct Journal {
    changes: Option<SyncSender<Change>>,
    thread: Option<JoinHandle<()>>,
}

/// A key, and its new text; `None` forgets it.
type Change = (String, Option<String>);

/// The journal could not be opened or read.
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
    /// There is no thread for it.
    #[error("journal: {0}")]
    Thread(#[from] std::io::Error),
}

impl Journal {
    /// Opens the table `table` in the file `path`, making both when missing. Returns also what is in it, in the order
    /// in which the keys first came. `None` remembers nothing beyond the process, and does no I/O.
    ///
    /// # Errors
    /// When the file cannot be opened, read or written, or a value is no `T`.
    pub fn open<T: DeserializeOwned>(
        path: Option<&Path>,
        table: &str,
    ) -> Result<(Self, Vec<(String, T)>), JournalError> {
        if table.is_empty() || !table.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
            return Err(JournalError::Table(table.to_owned()));
        }
        let Some(path) = path else { return Ok((Self { changes: None, thread: None }, Vec::new())) };
        let file = File::open(path, table)?;
        let kept = file.all()?;
        let (changes, waiting) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new().name(format!("journal-{table}"));
        let thread = thread.spawn(move || file.write_all(&waiting))?;
        Ok((Self { changes: Some(changes), thread: Some(thread) }, kept))
    }

    /// Keeps `value` under `key`, in place of what was there.
    pub fn put<T: Serialize + ?Sized>(&self, key: &str, value: &T) {
        if self.changes.is_none() {
            return;
        }
        match serde_json::to_string(value) {
            Ok(text) => self.change(key, Some(text)),
            Err(error) => tracing::error!(%error, key, "sandbox: this cannot be remembered"),
        }
    }

    /// Forgets `key`, known or not.
    pub fn remove(&self, key: &str) {
        self.change(key, None);
    }

    fn change(&self, key: &str, text: Option<String>) {
        if let Some(changes) = &self.changes
            && changes.send((key.to_owned(), text)).is_err()
        {
            tracing::error!(key, "sandbox: this cannot be remembered, its writer is gone");
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        drop(self.changes.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was printed when it happened.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("on_disk", &self.thread.is_some()).finish()
    }
}

/// The file, as the thread has it.
struct File {
    db: Connection,
    put: String,
    remove: String,
    all: String,
}

impl File {
    fn open(path: &Path, table: &str) -> Result<Self, JournalError> {
        let db = Connection::open(path)?;
        db.busy_timeout(LOCK_WAIT)?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", "OFF")?;
        let columns = "(seq INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, value TEXT NOT NULL)";
        db.execute(&format!("CREATE TABLE IF NOT EXISTS {table} {columns}"), ())?;
        Ok(Self {
            db,
            put: format!(
                "INSERT INTO {table} (key, value) VALUES (?1, ?2) \
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value"
            ),
            remove: format!("DELETE FROM {table} WHERE key = ?1"),
            all: format!("SELECT key, value FROM {table} ORDER BY seq"),
        })
    }

    fn all<T: DeserializeOwned>(&self) -> Result<Vec<(String, T)>, JournalError> {
        let mut statement = self.db.prepare(&self.all)?;
        let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
        rows.map(|row| {
            let (key, text) = row?;
            Ok((key, serde_json::from_str(&text)?))
        })
        .collect()
    }

    fn write_all(mut self, waiting: &Receiver<Change>) {
        while let Ok(first) = waiting.recv() {
            let more = waiting.try_iter().take(BATCH_MAX - 1);
            let changes: Vec<_> = std::iter::once(first).chain(more).collect();
            if let Err(error) = self.write(&changes) {
                tracing::error!(%error, changes = changes.len(), "sandbox: changes could not be remembered");
            }
        }
    }

    fn write(&mut self, changes: &[Change]) -> rusqlite::Result<()> {
        let tx = self.db.transaction()?;
        for (key, text) in changes {
            match text {
                Some(text) => tx.prepare_cached(&self.put)?.execute((key, text))?,
                None => tx.prepare_cached(&self.remove)?.execute((key,))?,
            };
        }
        tx.commit()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sandbox.db");
        let (journal, _) = Journal::open::<i32>(Some(&file), "engine").unwrap();
        journal.put("b", &1);
        journal.put("a", &2);
        journal.put("gone", &3);
        journal.put("b", &4);
        journal.remove("gone");
        drop(journal);
        let (_journal, kept) = Journal::open::<i32>(Some(&file), "engine").unwrap();
        assert_eq!(kept, [("b".to_owned(), 4), ("a".to_owned(), 2)]);
        let (_journal, kept) = Journal::open::<i32>(Some(&file), "desk").unwrap();
        assert_eq!(kept, []);
    }

    #[test]
    fn more_than_waits_in_its_queue_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sandbox.db");
        let (journal, _) = Journal::open::<usize>(Some(&file), "engine").unwrap();
        (0..QUEUE + BATCH_MAX + 1).for_each(|n| journal.put(&n.to_string(), &n));
        drop(journal);
        let (_journal, kept) = Journal::open::<usize>(Some(&file), "engine").unwrap();
        assert!(kept.into_iter().map(|(_, n)| n).eq(0..QUEUE + BATCH_MAX + 1));
    }

    #[test]
    fn without_a_file_nothing_is_kept() {
        let (journal, kept) = Journal::open::<i32>(None, "engine").unwrap();
        journal.put("a", &1);
        assert_eq!(kept, []);
    }

    #[test]
    fn a_value_of_another_kind_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.db");
        let (journal, _) = Journal::open::<String>(Some(&file), "desk").unwrap();
        journal.put("a", "text");
        drop(journal);
        assert!(matches!(Journal::open::<i32>(Some(&file), "desk"), Err(JournalError::Json(_))));
        assert!(matches!(Journal::open::<i32>(None, "x; drop"), Err(JournalError::Table(_))));
    }
}
