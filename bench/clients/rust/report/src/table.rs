//! The rows that a program keeps of a drive, for `make drift`.

use std::collections::{BTreeMap, HashMap};
use std::io::BufRead;
use std::process::exit;
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::json;

use crate::print;

/// Name, parent and eTag of each item, by id. The driver writes `rows` to stdin and gets all rows.
#[derive(Clone, Default)]
pub struct Table(Arc<Mutex<Rows>>);

#[derive(Default)]
struct Rows {
    by_id: HashMap<String, Row>,
    /// How many rows were changed, by the trigger of the query.
    changed: BTreeMap<String, u64>,
}

struct Row {
    columns: [Option<String>; 3],
    mark: String,
}

impl Table {
    /// From now on the program ends when its stdin ends.
    pub fn start() -> Self {
        let table = Self::default();
        let served = table.clone();
        std::thread::spawn(move || {
            for line in std::io::stdin().lock().lines() {
                if line.is_ok_and(|line| line == "rows") {
                    served.report();
                }
            }
            exit(0);
        });
        table
    }

    pub fn put(&self, id: &str, columns: [Option<&str>; 3], trigger: &str, mark: &str) {
        let columns = columns.map(|column| column.map(ToOwned::to_owned));
        let mut rows = self.rows();
        let known = rows.by_id.get(id);
        if known.is_none_or(|known| known.columns != columns) {
            rows.count(trigger, 1);
        }
        let mark = mark.to_owned();
        rows.by_id.insert(id.to_owned(), Row { columns, mark });
    }

    pub fn remove(&self, id: &str, trigger: &str) {
        let mut rows = self.rows();
        if rows.by_id.remove(id).is_some() {
            rows.count(trigger, 1);
        }
    }

    /// Removes the rows with an older mark.
    pub fn sweep(&self, mark: &str, trigger: &str) {
        let mut rows = self.rows();
        let before = rows.by_id.len();
        rows.by_id.retain(|_, row| row.mark.as_str() >= mark);
        let swept = before - rows.by_id.len();
        rows.count(trigger, swept as u64);
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.0.lock().expect("no panic under it")
    }

    fn report(&self) {
        let table = self.rows();
        let rows = table.by_id.iter().map(|(id, row)| {
            let [name, parent, etag] = &row.columns;
            json!([id, name, parent, etag])
        });
        let rows: Vec<_> = rows.collect();
        print(&json!({ "event": "rows", "rows": rows, "changed": table.changed }));
    }
}

impl Rows {
    fn count(&mut self, trigger: &str, rows: u64) {
        *self.changed.entry(trigger.to_owned()).or_default() += rows;
    }
}

/// Reports an event without further fields.
pub fn event(name: &str) {
    print(&json!({ "event": name }));
}
