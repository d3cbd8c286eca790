//! The enumeration of a drive.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::json;

use crate::{print, process};

/// Counts the items of a drive and adds the five fields of each up to a checksum.
pub struct Enumeration {
    began: Instant,
    cpu_before: Duration,
    items: u64,
    checksum: u64,
}

impl Enumeration {
    /// Starts the clocks: call it before the client is created.
    pub fn start() -> Self {
        Self {
            began: Instant::now(),
            cpu_before: process::cpu(),
            items: 0,
            checksum: 0,
        }
    }

    /// Adds the fields of one item.
    pub fn add(
        &mut self,
        id: &str,
        name: Option<&str>,
        size: Option<u64>,
        parent_id: Option<&str>,
        modified_at: Option<SystemTime>,
    ) {
        let texts = [Some(id), name, parent_id];
        let length: usize = texts.into_iter().flatten().map(str::len).sum();
        let modified = modified_at
            .and_then(|at| at.duration_since(UNIX_EPOCH).ok())
            .expect("every item has a time of its last change");
        self.items += 1;
        self.checksum += length as u64 + size.unwrap_or_default() + modified.as_secs();
    }

    /// Adds an item of which a program has read something else.
    pub fn count(&mut self, read: u64) {
        self.items += 1;
        self.checksum += read;
    }

    /// So many items are in the program's file.
    pub fn keep(&mut self, items: u64) {
        self.items = items;
    }

    /// Reports what the enumeration took.
    pub fn done(self) {
        print(&json!({
            "event": "done",
            "items": self.items,
            "checksum": self.checksum,
            "seconds": self.began.elapsed().as_secs_f64(),
            "cpu_seconds": (process::cpu() - self.cpu_before).as_secs_f64(),
            "peak_kb": process::peak_kb(),
        }));
    }
}
