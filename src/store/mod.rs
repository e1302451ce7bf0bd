//! What outlives the process, behind [`crate::ports::Store`].
//!
//! An arm for PostgreSQL can stand beside [`sqlite`]: `tests/conformance` says what either must do.

pub mod sqlite;

pub use sqlite::{OpenError, Sqlite};
