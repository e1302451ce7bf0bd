//! What is in the database, read past the program.

use std::collections::{BTreeSet, HashMap};

use callout::domain::ids::{DeliveryKey, PageId};
use serde_json::Value;

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

    /// The ids of all pages that are open, read past the program.
    fn open_pages(&self) -> Vec<String> {
        let database = rusqlite::Connection::open(self.database()).unwrap();
        let mut query = database.prepare("SELECT id FROM page WHERE closed_at IS NULL").unwrap();
        query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    /// Somebody closes every page that is open.
    pub(crate) async fn close_pages(&self) {
        let acts: Vec<_> = self.settings.people.iter().filter(|person| person.roles.acts()).collect();
        for page in self.open_pages() {
            // Who was not paged is asked first, and leaves it to the next one.
            for person in &acts {
                if self.open_pages().contains(&page) {
                    self.desk(person.id.as_str()).types(&format!("/close {page}")).await;
                }
            }
            if self.open_pages().contains(&page) {
                self.desk(acts[0].id.as_str()).presses(&page, "Close anyway").await;
            }
        }
    }

    /// The page that a delivery started, read past the program.
    pub(super) fn page_of(&self, key: &DeliveryKey) -> Option<String> {
        let id = PageId::of_delivery(key).to_string();
        let database = rusqlite::Connection::open(self.database()).unwrap();
        let sql = "SELECT count(*) FROM page WHERE id = ?1";
        let known: i64 = database.query_row(sql, [&id], |row| row.get(0)).unwrap();
        (known > 0).then_some(id)
    }

    /// The ids of all calls, read past the program.
    pub(super) fn call_ids(&self) -> BTreeSet<String> {
        let database = rusqlite::Connection::open(self.database()).unwrap();
        let mut query = database.prepare("SELECT id FROM call").unwrap();
        query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    /// The messages that are cards, as their chat names them, read past the program.
    pub(super) fn card_messages(&self) -> HashMap<String, String> {
        let database = rusqlite::Connection::open(self.database()).unwrap();
        let mut query = database.prepare("SELECT id, body FROM card").unwrap();
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        let message = |row: rusqlite::Result<(String, String)>| {
            let (card, body) = row.unwrap();
            let body: Value = serde_json::from_str(&body).unwrap();
            Some((card, body["message"].as_str()?.to_owned()))
        };
        rows.filter_map(message).collect()
    }

    /// How many rows a table has, read past the program.
    pub(crate) fn rows(&self, table: &str) -> i64 {
        let database = rusqlite::Connection::open(self.database()).unwrap();
        database.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    }
}

/// Who may end a call as it is told: who talks because of a page hangs up themselves.
pub(super) fn who_hangs_up(call: &Value) -> &str {
    let by = call["by"].as_str().unwrap();
    if by.starts_with("page:") { call["legs"][0]["person"].as_str().unwrap() } else { by }
}
