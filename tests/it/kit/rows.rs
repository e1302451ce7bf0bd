//! What is in the database, read past the program.

use super::World;

impl World {
    /// The rows of a table, or of those that its name and a condition say, as text, read past the program.
    pub(super) fn all_of(&self, table: &str) -> Vec<String> {
        let database = rusqlite::Connection::open(self.database()).unwrap();
        let mut query = database.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = query.column_count();
        let row = |row: &rusqlite::Row<'_>| {
            (0..columns).map(|at| Ok(format!("{:?}", row.get_ref(at)?))).collect::<Result<Vec<_>, _>>()
        };
        query.query_map([], row).unwrap().map(|row| row.unwrap().join(" | ")).collect()
    }

    /// How many rows a table has, read past the program.
    pub(crate) fn rows(&self, table: &str) -> i64 {
        let database = rusqlite::Connection::open(self.database()).unwrap();
        database.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    }
}
