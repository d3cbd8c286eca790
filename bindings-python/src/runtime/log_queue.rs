use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::SystemTime;

use drivebell::LogValue;
use pyo3::prelude::*;

use super::{lock, logging};

/// How many records may wait for Python, and how many bytes they may have.
const MAX_RECORDS: usize = 1000;
const MAX_BYTES: usize = 1024 * 1024;

pub(crate) struct LogRecord {
    /// As Python counts.
    pub(crate) level: u8,
    /// The part of the core that logs. Empty for this binding.
    pub(crate) room: &'static str,
    pub(crate) channel: Option<&'static str>,
    pub(crate) text: String,
    pub(crate) fields: Vec<(&'static str, LogValue)>,
    pub(crate) created: SystemTime,
}

impl LogRecord {
    /// What it takes in memory, about.
    fn size(&self) -> usize {
        let values = self.fields.iter().map(|(_, value)| match value {
            LogValue::Text(text) => FIELD + text.len(),
            LogValue::Integer(_) | LogValue::Float(_) | LogValue::Flag(_) => FIELD,
        });
        self.text.len() + values.sum::<usize>()
    }
}

/// What a field takes beside its text.
const FIELD: usize = 48;

/// The log records that wait for Python. A handler may be slow, and the GIL busy: so they wait apart
/// from the wakes of consumers, and when too many wait, further ones are counted and dropped.
#[derive(Default)]
pub(crate) struct LogQueue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    records: VecDeque<LogRecord>,
    bytes: usize,
    dropped: u64,
    is_closed: bool,
}

impl LogQueue {
    pub(super) fn push(&self, record: LogRecord) {
        let mut state = lock(&self.state);
        let bytes = state.bytes + record.size();
        if state.is_closed || state.records.len() >= MAX_RECORDS || bytes > MAX_BYTES {
            state.dropped += 1;
            return;
        }
        state.bytes = bytes;
        state.records.push_back(record);
        drop(state);
        self.changed.notify_one();
    }

    pub(super) fn close(&self) {
        lock(&self.state).is_closed = true;
        self.changed.notify_one();
    }

    /// Passes records to Python until the queue is closed. Runs on a thread of its own.
    pub(super) fn run(&self) {
        while let Some(records) = self.take() {
            Python::attach(|py| {
                for record in records {
                    let _ = logging::write(py, &record);
                }
            });
        }
    }

    /// Waits for records, and takes all of them; `None` when the queue is closed.
    fn take(&self) -> Option<Vec<LogRecord>> {
        let mut state = lock(&self.state);
        while state.records.is_empty() {
            if state.is_closed {
                return None;
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        let mut records: Vec<_> = state.records.drain(..).collect();
        state.bytes = 0;
        let dropped = std::mem::take(&mut state.dropped);
        if dropped > 0 {
            records.push(LogRecord {
                level: 30,
                room: "",
                channel: None,
                fields: Vec::new(),
                created: SystemTime::now(),
                text: format!("{dropped} log records were dropped: logging is too slow for them"),
            });
        }
        Some(records)
    }
}
