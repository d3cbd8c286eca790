//! The latest entries of a log.

use std::collections::VecDeque;
use std::sync::Mutex;

use crate::lock::lock;

/// Keeps at most `max` entries, and drops the oldest one for a new one.
pub(crate) struct Recent<T> {
    max: usize,
    entries: Mutex<VecDeque<T>>,
}

impl<T: Clone> Recent<T> {
    pub(crate) fn new(max: usize) -> Self {
        Self {
            max,
            entries: Mutex::default(),
        }
    }

    pub(crate) fn push(&self, entry: T) {
        self.push_with(|_| entry);
    }

    /// Adds an entry that is made from the previous one.
    pub(crate) fn push_with(&self, make: impl FnOnce(Option<&T>) -> T) {
        let mut entries = lock(&self.entries);
        let entry = make(entries.back());
        if entries.len() == self.max {
            entries.pop_front();
        }
        entries.push_back(entry);
    }

    /// The last entries, at most `limit`, back to the first one that is not `wanted`.
    pub(crate) fn last(&self, limit: usize, wanted: impl Fn(&T) -> bool) -> Vec<T> {
        let entries = lock(&self.entries);
        let newest_first = entries.iter().rev().take(limit);
        let mut last: Vec<_> = newest_first
            .take_while(|entry| wanted(entry))
            .cloned()
            .collect();
        last.reverse();
        last
    }

    pub(crate) fn all(&self) -> Vec<T> {
        lock(&self.entries).iter().cloned().collect()
    }
}
