//! The resources of this process, as Linux counts them.

use std::fs;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{Instant, sleep};

/// Must be as before once everything is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) tasks: usize,
    pub(crate) threads: usize,
    pub(crate) files: usize,
}

impl Usage {
    pub(crate) fn now() -> Self {
        Self {
            tasks: Handle::current().metrics().num_alive_tasks(),
            threads: entries("/proc/self/task"),
            files: entries("/proc/self/fd"),
        }
    }

    fn exceeds(self, before: Self) -> bool {
        self.tasks > before.tasks || self.threads > before.threads || self.files > before.files
    }

    /// Waits until nothing more is in use than `before`.
    pub(crate) async fn return_to(before: Self) -> Result<(), String> {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let now = Self::now();
            if !now.exceeds(before) {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(format!(
                    "in use before: {before:?}; after everything was closed: {now:?}"
                ));
            }
            sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Resident memory in KiB, without the pages of the program's file, which are loaded on demand.
pub(crate) fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("RssAnon:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok())
        .unwrap_or_default()
}

fn entries(folder: &str) -> usize {
    fs::read_dir(folder).map_or(0, Iterator::count)
}
