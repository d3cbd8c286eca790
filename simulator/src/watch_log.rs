//! When drives are watched: the sockets that join and leave, and the delta queries that arrive.

use std::sync::Mutex;

use serde::Serialize;

use crate::clock;
use crate::lock::lock;

/// With some tens of bytes each.
const MAX_ENTRIES: usize = 1_000_000;

/// What happened to a drive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Watch {
    /// A socket joined: from now on it hears of changes.
    Joined,
    /// A socket is gone.
    Left,
    /// A delta query was answered.
    Queried,
}

/// An entry, as the control API shows it: `[micros, what, drive]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Entry(i64, Watch, Box<str>);

#[derive(Default)]
pub(crate) struct WatchLog(Mutex<Vec<Entry>>);

impl WatchLog {
    /// Does nothing once the log is full: what is in it keeps its number.
    pub(crate) fn add(&self, what: Watch, drive: &str) {
        let mut entries = lock(&self.0);
        if entries.len() < MAX_ENTRIES {
            entries.push(Entry(clock::unix_microseconds(), what, drive.into()));
        }
    }

    /// At most `limit` entries, without the first `after`.
    pub(crate) fn page(&self, after: usize, limit: usize) -> Vec<Entry> {
        let entries = lock(&self.0);
        entries.iter().skip(after).take(limit).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other() {
        let log = WatchLog::default();
        for what in [Watch::Joined, Watch::Queried, Watch::Left] {
            log.add(what, "a");
        }
        let all = log.page(0, 10);
        assert_eq!(all.len(), 3);
        assert_eq!([log.page(0, 2), log.page(2, 2)].concat(), all);
        assert_eq!(log.page(3, 1), []);
        let json = serde_json::to_value(&all[2]).expect("JSON");
        assert_eq!((&json[1], &json[2]), (&"left".into(), &"a".into()));
    }
}
