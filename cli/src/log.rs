//! The library's log, on stderr.

use std::fmt::{self, Write as _};
use std::io::{self, Write as _};
use std::time::SystemTime;

use drivebell::visible;
use tracing::field::{Field, Visit};
use tracing::span;
use tracing::{Event, Level, Metadata, Subscriber};

use crate::output::to_milliseconds;

/// Logs from now on. `verbosity` counts the `-v` options.
pub(crate) fn start(verbosity: u8) {
    let level = match verbosity {
        0 => Level::WARN,
        1 => Level::DEBUG,
        _ => Level::TRACE,
    };
    // A host may have set its own subscriber, which then gets everything.
    let _ = tracing::subscriber::set_global_default(StderrLog { level });
}

struct StderrLog {
    level: Level,
}

/// Other crates may log a token or a notification URL, so only our own events are shown.
fn is_ours(metadata: &Metadata<'_>) -> bool {
    let target = metadata.target();
    let name = target.split_once("::").map_or(target, |(name, _)| name);
    matches!(name, "drivebell" | "drivebell_mirror" | "drivebell_store")
}

/// Whether records of this level are shown, up to `level`.
pub(crate) fn is_shown(metadata: &Metadata<'_>, level: Level) -> bool {
    metadata.is_event() && *metadata.level() <= level && is_ours(metadata)
}

pub(crate) fn write(event: &Event<'_>) {
    let mut line = Line::default();
    event.record(&mut line);
    let metadata = event.metadata();
    let text = format!(
        "{} {:5} {}:{}{}\n",
        to_milliseconds(SystemTime::now()),
        metadata.level(),
        metadata.target(),
        line.message,
        line.fields
    );
    let _ = io::stderr().write_all(text.as_bytes());
}

impl Subscriber for StderrLog {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        is_shown(metadata, self.level)
    }

    fn event(&self, event: &Event<'_>) {
        write(event);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let value = format!("{value:?}");
        let value = visible(&value);
        let _ = match field.name() {
            "message" => write!(self.message, " {value}"),
            name => write!(self.fields, " {name}={value}"),
        };
    }
}
