//! Finding the paths of items.

use std::time::Instant;
use std::{env, fs};

use serde_json::json;

use crate::{print, void};

/// Calls `path` for each id in the file `IDS`, first to warm up, and reports how long each call took.
pub fn time_paths(mut path: impl FnMut(&str) -> Option<String>) {
    let ids = fs::read_to_string(env::var("IDS").expect("IDS")).expect("a file of ids");
    let mut checksum = 0;
    for id in ids.lines() {
        path(id).unwrap_or_else(|| void("an item without a path"));
    }
    let calls = ids.lines().map(|id| {
        let began = Instant::now();
        let path = path(id);
        let nanoseconds = began.elapsed().as_nanos();
        checksum += path.map_or(0, |path| path.chars().count());
        nanoseconds as u64
    });
    let calls: Vec<u64> = calls.collect();
    print(&json!({ "event": "done", "checksum": checksum, "calls_ns": calls }));
}
