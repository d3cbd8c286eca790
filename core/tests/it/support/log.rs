//! Collects what the crate logs.

use std::cell::RefCell;
use std::fmt::{self, Write};

use drivebell::{LogRecord, LogValue};
use tracing::field::{Field, Visit};
use tracing::span;
use tracing::{Event, Metadata, Subscriber};

thread_local! {
    /// Each test has its own thread, on which `tokio::test` runs all of its tasks.
    static LOG: RefCell<String> = const { RefCell::new(String::new()) };
    static RECORDS: RefCell<Vec<LogRecord>> = const { RefCell::new(Vec::new()) };
}

/// Starts to collect everything that the crate logs, at every level.
///
/// It does so for the whole process. A subscriber of one thread would miss lines that another
/// thread reached first: tracing caches that nothing listens to them.
pub(crate) fn start() {
    // Fails if another test has started it already.
    let _ = tracing::subscriber::set_global_default(Collector);
}

pub(crate) fn of_this_thread() -> String {
    LOG.with_borrow(String::clone)
}

/// What the bindings would get.
pub(crate) fn records_of_this_thread() -> Vec<LogRecord> {
    RECORDS.with_borrow(Clone::clone)
}

/// The text in a field of a record.
pub(crate) fn text_of<'a>(record: &'a LogRecord, name: &str) -> Option<&'a str> {
    let (_, value) = record.fields.iter().find(|(known, _)| *known == name)?;
    match value {
        LogValue::Text(text) => Some(text),
        other => panic!("{name} is {other:?}"),
    }
}

pub(crate) fn label_of(record: &LogRecord) -> Option<&str> {
    text_of(record, "label")
}

struct Collector;

struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}

fn write_line(metadata: &Metadata<'_>, record: impl FnOnce(&mut Fields<'_>)) {
    // A thread that is ending may still log, but its thread-local lines are gone.
    let _ = LOG.try_with(|log| {
        let mut log = log.borrow_mut();
        let _ = write!(
            log,
            "{} {} {}:",
            metadata.level(),
            metadata.target(),
            metadata.name()
        );
        record(&mut Fields(&mut log));
        log.push('\n');
    });
}

impl Subscriber for Collector {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("drivebell")
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        write_line(span.metadata(), |fields| span.record(fields));
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        write_line(event.metadata(), |fields| event.record(fields));
        if LogRecord::is_ours(event.metadata()) {
            let _ = RECORDS.try_with(|records| records.borrow_mut().push(LogRecord::of(event)));
        }
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}
