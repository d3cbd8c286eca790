//! The log, on stderr.

use std::fmt;
use std::io;

use drivebell::visible;
use jiff::Timestamp;
use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Registry;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::{JsonFields, Writer};
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::fmt::{self as format, FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use crate::config::LogFormat;

/// Logs from now on.
pub(crate) fn start(format_of: LogFormat, filter: Targets) {
    let layer = format::layer().with_writer(io::stderr).with_ansi(false);
    let layer: Box<dyn Layer<Registry> + Send + Sync> = match format_of {
        LogFormat::Text => Box::new(layer.event_format(Text)),
        LogFormat::Json => Box::new(
            layer
                .event_format(
                    format::format()
                        .json()
                        .flatten_event(true)
                        .with_current_span(false)
                        .with_span_list(false)
                        .with_timer(Utc),
                )
                .fmt_fields(JsonFields::new()),
        ),
    };
    let filter = tracing_subscriber::filter::filter_fn(move |metadata| {
        is_ours(metadata) && filter.would_enable(metadata.target(), metadata.level())
    });
    // Tests start several commands in one process; the first one logs.
    let _ = tracing::subscriber::set_global_default(
        tracing_subscriber::registry().with(layer.with_filter(filter)),
    );
}

/// Other crates may log a token or a notification URL, so only our own events are shown.
fn is_ours(metadata: &Metadata<'_>) -> bool {
    let target = metadata.target();
    let crates = ["drivebell", "drivebell_fleet", "drivebell_store"];
    metadata.is_event() && crates.contains(&target.split("::").next().unwrap_or_default())
}

/// RFC 3339, with milliseconds.
#[derive(Debug)]
struct Utc;

impl FormatTime for Utc {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        write!(writer, "{:.3}", Timestamp::now())
    }
}

/// A line for people, in which texts of others cannot act on the terminal nor begin another line.
struct Text;

impl<S, N> FormatEvent<S, N> for Text
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = Line::default();
        event.record(&mut line);
        let metadata = event.metadata();
        Utc.format_time(&mut writer)?;
        writeln!(
            writer,
            " {:5} {}: {}{}",
            metadata.level(),
            metadata.target(),
            line.message,
            line.fields
        )
    }
}

#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        use fmt::Write as _;
        let value = format!("{value:?}");
        let value = visible(&value);
        let _ = match field.name() {
            "message" => write!(self.message, "{value}"),
            name => write!(self.fields, " {name}={value}"),
        };
    }
}
