//! Opening the file: the lock of its owner, the connections, the migrations.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use refinery::error::Kind;
use rusqlite::{Connection, OpenFlags};

mod embedded {
    refinery::embed_migrations!("migrations/sqlite");
}

/// How long a statement waits for another program that looks into the file, such as the `sqlite3` shell.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Reader threads: one can be slow (a history) while the other answers.
pub(super) const READERS: usize = 2;

/// Compiled statements kept by a connection: more than there are different ones.
const STATEMENTS: usize = 64;

/// Length of the log, in pages, from which the writer checkpoints by itself with each commit: far beyond what is
/// reached while the checkpoint thread lives.
const LOG_BACKSTOP: i64 = 8 * super::checkpoint::LOG_MAX;

/// Pages the writer keeps in memory, in KiB: the upper levels of every index, and what is written most.
const CACHE_KIB: u32 = 64 * 1024;

/// Bits of [`Owned::next_rev`] that count within one opening: seven years of 5,000 effects a second.
const REV_BITS: u32 = 40;

/// Why a database could not be opened. One line, for people.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Its owner is alive.
    #[error("another callout uses the database {0}: stop it first, or choose another file")]
    Taken(PathBuf),
    /// A later program has changed its schema.
    #[error(
        "the database {path} is from a newer callout (schema {found}, this one knows {known}): \
         run that version, or restore a copy from before the upgrade"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema's number.
        found: i32,
        /// The last number that this program knows.
        known: i32,
    },
    /// Anything else.
    #[error("can't use the database {path}: {why}")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
}

/// What the writer thread owns.
#[derive(Debug)]
pub(super) struct Owned {
    /// The one connection that writes. Before the lock: so it is closed first.
    pub(super) db: Connection,
    /// The next effect's revision. No other opening ever gives it again.
    pub(super) next_rev: i64,
    /// Until when holders are known to hold, in microseconds: no later than the table says.
    pub(super) held_until: HashMap<String, i64>,
    /// Says that we own the file, for as long as this is open.
    pub(super) lock: File,
}

/// An open database.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) owned: Owned,
    /// For the checkpoint thread.
    pub(super) checkpoints: Connection,
    pub(super) readers: Vec<Connection>,
}

pub(super) fn open(path: &Path) -> Result<Opened, OpenError> {
    let lock = take_lock(path)?;
    let mut db = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)
        .and_then(prepare_writer)
        .map_err(|why| unusable(path, &why))?;
    migrate(path, &mut db)?;
    let next_rev = begin_epoch(&db).map_err(|why| unusable(path, &why))?;
    let reader = || connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
    let readers: Result<_, _> = std::iter::repeat_with(reader).take(READERS).collect();
    let readers = readers.map_err(|why| unusable(path, &why))?;
    let checkpoints = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE).and_then(prepare_checkpoints);
    let checkpoints = checkpoints.map_err(|why| unusable(path, &why))?;
    Ok(Opened { owned: Owned { db, next_rev, held_until: HashMap::new(), lock }, checkpoints, readers })
}

pub(super) fn unusable(path: &Path, why: &dyn std::error::Error) -> OpenError {
    OpenError::Unusable { path: path.to_owned(), why: why.to_string() }
}

fn take_lock(path: &Path) -> Result<File, OpenError> {
    let mut name = path.as_os_str().to_owned();
    name.push("-lock");
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(PathBuf::from(name));
    let file = file.map_err(|why| unusable(path, &why))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Taken(path.to_owned())),
        Err(TryLockError::Error(why)) => Err(unusable(path, &why)),
    }
}

fn connect(path: &Path, mode: OpenFlags) -> rusqlite::Result<Connection> {
    let db = Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.busy_timeout(BUSY_TIMEOUT)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(db)
}

fn prepare_writer(db: Connection) -> rusqlite::Result<Connection> {
    // `journal_mode` answers with a row, so it is asked, not executed.
    let mode: String = db.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    debug_assert_eq!(mode, "wal", "a file on disk can have a write-ahead log");
    // `temp_store`: what a savepoint would put back is kept in memory instead of a temporary file.
    // `wal_autocheckpoint`: another thread does it, but if that has died. `cache_size`: in KiB when negative.
    db.execute_batch(&format!(
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;
         PRAGMA wal_autocheckpoint = {LOG_BACKSTOP}; PRAGMA cache_size = -{CACHE_KIB};"
    ))?;
    Ok(db)
}

fn prepare_checkpoints(db: Connection) -> rusqlite::Result<Connection> {
    db.execute_batch("PRAGMA synchronous = FULL;")?;
    Ok(db)
}

fn migrate(path: &Path, db: &mut Connection) -> Result<(), OpenError> {
    let runner = embedded::migrations::runner();
    let known = runner.get_migrations().iter().map(refinery::Migration::version).max().unwrap_or(0);
    // Grouped: a migration and the note that it ran become durable together.
    match runner.set_grouped(true).run(db) {
        Ok(_) => Ok(()),
        Err(error) => Err(match error.kind() {
            Kind::MissingVersion(found) if found.version() > known => {
                OpenError::Newer { path: path.to_owned(), found: found.version(), known }
            }
            Kind::Connection(_, why) => unusable(path, why.as_ref()),
            other => unusable(path, other),
        }),
    }
}

/// Frees the leases of owners before us, who are gone, and returns the first revision of this opening.
fn begin_epoch(db: &Connection) -> rusqlite::Result<i64> {
    db.execute_batch(
        "BEGIN IMMEDIATE;
         UPDATE effect SET holder = NULL WHERE holder IS NOT NULL;
         UPDATE timer SET holder = NULL WHERE holder IS NOT NULL;
         DELETE FROM holder;
         UPDATE epoch SET value = value + 1;
         COMMIT;",
    )?;
    let epoch: i64 = db.query_row("SELECT value FROM epoch", [], |row| row.get(0))?;
    Ok((epoch << REV_BITS) + 1)
}
