//! A look into the file past its owner: for commands that only read, and may run beside the program.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};

use super::open::{OpenError, unusable};
use super::query;
use crate::domain::oncall::Laid;

/// Every change of a schedule in the database at `path` that holds after `since`, in the order in which they were made.
///
/// # Errors
/// [`OpenError`] when there is no such file, or it can't be read.
pub fn peek_overrides(path: &Path, since: Timestamp) -> Result<Vec<Laid>, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(|why| unusable(path, &why))?;
    query::overrides(&db, since).map_err(|why| unusable(path, &why))
}
