use std::fmt::{Debug, Write as _};

use pyo3::prelude::*;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use super::attach;

/// Passes the core's log events to the logger `drivebell` of Python's `logging`.
pub(crate) struct PythonLogging;

impl PythonLogging {
    /// Installs the subscriber for this extension module, which has its own copy of `tracing`.
    /// Called with the first client and not on import, because the command line creates no client
    /// here and logs in its own way.
    pub(crate) fn install() {
        let _ = tracing::subscriber::set_global_default(Self);
    }
}

impl Subscriber for PythonLogging {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("drivebell") && *metadata.level() <= Level::DEBUG
    }

    fn event(&self, event: &Event<'_>) {
        let level = python_level(*event.metadata().level());
        let mut text = Text::default();
        event.record(&mut text);
        let text = text.message + &text.fields;
        // Not on this thread, which may have to answer heartbeats.
        attach(move |py| {
            let _ = log(py, level, &text);
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

#[derive(Default)]
struct Text {
    message: String,
    fields: String,
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

fn log(py: Python<'_>, level: u8, text: &str) -> PyResult<()> {
    py.import("logging")?
        .call_method1("getLogger", ("drivebell",))?
        .call_method1("log", (level, "%s", text))?;
    Ok(())
}
