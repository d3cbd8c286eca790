//! What this process holds, as Linux tells it.

use std::fs;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{Instant, sleep};

/// What must be as before once everything is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Holdings {
    pub(crate) tasks: usize,
    pub(crate) threads: usize,
    pub(crate) files: usize,
}

impl Holdings {
    pub(crate) fn now() -> Self {
        Self {
            tasks: Handle::current().metrics().num_alive_tasks(),
            threads: entries("/proc/self/task"),
            files: entries("/proc/self/fd"),
        }
    }

    fn exceed(self, before: Self) -> bool {
        self.tasks > before.tasks || self.threads > before.threads || self.files > before.files
    }

    /// Waits until nothing more is held than `before`.
    pub(crate) async fn settle(before: Self) -> Result<(), String> {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let now = Self::now();
            if !now.exceed(before) {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(format!(
                    "before: {before:?}; after everything was closed: {now:?}"
                ));
            }
            sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Resident memory in KiB, but for the pages of the program's file: those come as it gets to them.
pub(crate) fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("RssAnon:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok())
        .unwrap_or_default()
}

fn entries(folder: &str) -> usize {
    fs::read_dir(folder).map_or(0, Iterator::count)
}
