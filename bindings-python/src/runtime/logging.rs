use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};
use std::time::{Instant, UNIX_EPOCH};

use drivebell::{LogRecord as CoreRecord, LogValue};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};

use super::log_queue::LogRecord;
use super::running;

/// The logger of the whole package. Each room of the core that logs has one below it.
const LOGGER: &str = "drivebell";

/// Passes the core's log events to the loggers of Python's `logging`.
pub(crate) struct PythonLogging;

/// The lowest level that the logger of each room takes, as Python counts.
static TAKEN_FROM: [AtomicU8; CoreRecord::ROOMS.len()] =
    [const { AtomicU8::new(0) }; CoreRecord::ROOMS.len()];

/// When the loggers were last asked for it, in seconds since the first time.
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
        if CoreRecord::is_ours(metadata) {
            Interest::sometimes()
        } else {
            Interest::never()
        }
    }

    /// A level that Python does not take costs no more than this. The program may change it at any
    /// time, so Python is asked again: with each call, and once a second if there is something to log.
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let room = CoreRecord::room_index(metadata).filter(|_| CoreRecord::is_ours(metadata));
        let Some(room) = room else {
            return false;
        };
        let is_taken = python_level(*metadata.level()) >= TAKEN_FROM[room].load(Relaxed);
        if !is_taken
            && ASKED_AT.swap(seconds(), Relaxed) != seconds()
            && let Some(runtime) = running()
        {
            runtime.attach(refresh_level);
        }
        is_taken
    }

    fn event(&self, event: &Event<'_>) {
        let record = CoreRecord::of(event);
        let record = LogRecord {
            level: python_level(record.level),
            room: record.room,
            channel: record.channel,
            text: record.text(),
            fields: record.fields,
            created: record.created,
        };
        match running() {
            // Not on this thread, which may have to answer heartbeats.
            Some(runtime) => runtime.log(record),
            // Before the first use of a client, there is only the thread that makes one.
            None => Python::attach(|py| {
                let _ = write(py, &record);
            }),
        }
    }

    // Spans are not enabled.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
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

/// Asks the loggers which of our levels they take.
pub(crate) fn refresh_level(py: Python<'_>) {
    for (room, taken_from) in CoreRecord::ROOMS.iter().zip(&TAKEN_FROM) {
        let logger = logger(py, room);
        let is_taken = |level: &u8| match &logger {
            Ok(logger) => is_enabled(logger, *level).unwrap_or(true),
            Err(_) => true,
        };
        let lowest = [10, 20, 30, 40].into_iter().find(is_taken);
        taken_from.store(lowest.unwrap_or(u8::MAX), Relaxed);
    }
}

fn is_enabled(logger: &Bound<'_, PyAny>, level: u8) -> PyResult<bool> {
    logger
        .call_method1(intern!(logger.py(), "isEnabledFor"), (level,))?
        .is_truthy()
}

/// Like `Logger.log`, with the time and the place of the core.
pub(super) fn write(py: Python<'_>, record: &LogRecord) -> PyResult<()> {
    let logger = logger(py, record.room)?;
    if !is_enabled(&logger, record.level)? {
        return Ok(());
    }
    let extra = PyDict::new(py);
    extra.set_item("channel", record.channel)?;
    for (name, value) in &record.fields {
        match value {
            LogValue::Text(text) => extra.set_item(name, text)?,
            LogValue::Integer(number) => extra.set_item(name, number)?,
            LogValue::Float(number) => extra.set_item(name, number)?,
            LogValue::Flag(flag) => extra.set_item(name, flag)?,
        }
    }
    let none = py.None();
    let record_of_python = logger.call_method1(
        "makeRecord",
        (
            logger.getattr("name")?,
            record.level,
            LOGGER,
            0,
            "%s",
            (&record.text,),
            &none,
            &none,
            extra,
        ),
    )?;
    if let Ok(created) = record.created.duration_since(UNIX_EPOCH) {
        record_of_python.setattr("created", created.as_secs_f64())?;
        record_of_python.setattr("msecs", f64::from(created.subsec_millis()))?;
    }
    logger.call_method1("handle", (record_of_python,))?;
    Ok(())
}

fn logger<'py>(py: Python<'py>, room: &str) -> PyResult<Bound<'py, PyAny>> {
    let name = match room {
        "" => LOGGER.to_owned(),
        room => format!("{LOGGER}.{room}"),
    };
    py.import(intern!(py, "logging"))?
        .call_method1(intern!(py, "getLogger"), (name,))
}
