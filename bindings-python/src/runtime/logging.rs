use std::fmt::{Debug, Write as _};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use pyo3::prelude::*;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};

use super::log_queue::LogRecord;
use super::running;

/// The longest text of a log record, in bytes.
const MAX_TEXT: usize = 4096;

/// Passes the core's log events to the logger `drivebell` of Python's `logging`.
pub(crate) struct PythonLogging;

/// The lowest level that the logger takes, as Python counts.
static TAKEN_FROM: AtomicU8 = AtomicU8::new(0);

/// When the logger was last asked for it, in seconds since the first time.
static ASKED_AT: AtomicU64 = AtomicU64::new(u64::MAX);

impl PythonLogging {
    /// Installs the subscriber for this extension module, which has its own copy of `tracing`.
    /// Called with each client and not on import, because the command line creates no client here
    /// and logs in its own way.
    pub(crate) fn install(py: Python<'_>) {
        let _ = tracing::subscriber::set_global_default(Self);
        refresh_level(py);
    }
}

impl Subscriber for PythonLogging {
    /// Asked again for each event, because Python's level may change at any time.
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if is_ours(metadata) {
            Interest::sometimes()
        } else {
            Interest::never()
        }
    }

    /// A level that Python does not take costs no more than this. The program may change it at any
    /// time, so Python is asked again: with each call, and once a second if there is something to log.
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        if !is_ours(metadata) {
            return false;
        }
        let is_taken = python_level(*metadata.level()) >= TAKEN_FROM.load(Relaxed);
        if !is_taken
            && ASKED_AT.swap(seconds(), Relaxed) != seconds()
            && let Some(runtime) = running()
        {
            runtime.attach(refresh_level);
        }
        is_taken
    }

    fn event(&self, event: &Event<'_>) {
        let Some(runtime) = running() else {
            return;
        };
        let mut text = Text::default();
        event.record(&mut text);
        // Not on this thread, which may have to answer heartbeats.
        runtime.log(LogRecord {
            level: python_level(*event.metadata().level()),
            text: text.joined(),
        });
    }

    // The core opens no spans.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with("drivebell") && *metadata.level() <= Level::DEBUG
}

#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Text {
    fn joined(self) -> String {
        let mut text = self.message + &self.fields;
        if text.len() > MAX_TEXT {
            let end = (0..=MAX_TEXT).rev().find(|end| text.is_char_boundary(*end));
            text.truncate(end.unwrap_or_default());
            text.push('…');
        }
        text
    }
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = if field.name() == "message" {
            write!(self.message, "{value:?}")
        } else {
            write!(self.fields, " {}={value:?}", field.name())
        };
    }
}

fn python_level(level: Level) -> u8 {
    match level {
        Level::ERROR => 40,
        Level::WARN => 30,
        Level::INFO => 20,
        _ => 10,
    }
}

fn seconds() -> u64 {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    FIRST.get_or_init(Instant::now).elapsed().as_secs()
}

/// Asks the logger which of our levels it takes.
pub(crate) fn refresh_level(py: Python<'_>) {
    let logger = logger(py);
    let ask = |level: u8| -> PyResult<bool> {
        let Ok(logger) = &logger else {
            return Ok(true);
        };
        logger.call_method1("isEnabledFor", (level,))?.is_truthy()
    };
    let is_taken = |level: &u8| ask(*level).unwrap_or(true);
    let lowest = [10, 20, 30, 40].into_iter().find(is_taken);
    TAKEN_FROM.store(lowest.unwrap_or(u8::MAX), Relaxed);
}

pub(super) fn write(py: Python<'_>, record: &LogRecord) -> PyResult<()> {
    logger(py)?.call_method1("log", (record.level, "%s", &record.text))?;
    Ok(())
}

fn logger(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    py.import("logging")?
        .call_method1("getLogger", ("drivebell",))
}
