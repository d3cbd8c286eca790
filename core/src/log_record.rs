//! What the crate logs, in a form that the bindings pass on. They declare no log record themselves.

use std::fmt::{self, Write as _};
use std::time::SystemTime;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata};

/// What happens to a session: it starts, connects, ends and so on.
pub(crate) const SESSION: &str = "drivebell.session";
/// A request to Graph that was answered, or failed.
pub(crate) const GRAPH_REQUEST: &str = "drivebell.graph.request";
/// A delta query that is complete, or failed for good.
pub(crate) const CHANGES_ROUND: &str = "drivebell.changes.round";

/// The longest text of a record, in bytes.
const MAX_TEXT: usize = 4096;

/// A log record.
#[derive(Debug, Clone)]
pub struct LogRecord {
    /// The part of the crate that logs: one of [`ROOMS`](Self::ROOMS).
    pub room: &'static str,
    /// Of what programs may want to measure, one of [`CHANNELS`](Self::CHANNELS).
    pub channel: Option<&'static str>,
    /// How much it matters.
    pub level: Level,
    /// What happened.
    pub message: String,
    /// To what, and with which numbers.
    pub fields: Vec<(&'static str, LogValue)>,
    /// When.
    pub created: SystemTime,
}

/// The value of a field.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "each is what its name says")]
pub enum LogValue {
    Text(String),
    Integer(i64),
    Float(f64),
    Flag(bool),
}

impl LogRecord {
    /// The rooms that log.
    pub const ROOMS: &'static [&'static str] = &[
        "auth", "changes", "graph", "mirror", "network", "session", "sign_in", "socketio", "store",
        "webhook",
    ];

    /// The records that programs measure by.
    pub const CHANNELS: &'static [&'static str] = &[SESSION, GRAPH_REQUEST, CHANGES_ROUND];

    /// The fields that are durations, in seconds. In JavaScript, durations are in milliseconds.
    pub const DURATIONS: &'static [&'static str] = &[
        "asleep",
        "duration",
        "lifetime",
        "retry_after",
        "retry_in",
        "wait",
    ];

    /// Whether a record is of this crate, of its mirror or of its stores. Other crates may log a token or a
    /// notification URL, so nothing else is passed on.
    pub fn is_ours(metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && *metadata.level() <= Level::DEBUG && room(metadata).is_some()
    }

    /// The place of a record's room among [`ROOMS`](Self::ROOMS), if it is ours.
    pub fn room_index(metadata: &Metadata<'_>) -> Option<usize> {
        let room = room(metadata)?;
        Self::ROOMS.iter().position(|known| *known == room)
    }

    /// Which of [`CHANNELS`](Self::CHANNELS) gets a record.
    pub fn channel_index(metadata: &Metadata<'_>) -> Option<usize> {
        let name = metadata.name();
        Self::CHANNELS.iter().position(|known| *known == name)
    }

    /// Reads an event that [is ours](Self::is_ours).
    pub fn of(event: &Event<'_>) -> Self {
        let metadata = event.metadata();
        let mut record = Self {
            room: Self::room_index(metadata).map_or("", |index| Self::ROOMS[index]),
            channel: Self::channel_index(metadata).map(|index| Self::CHANNELS[index]),
            level: *metadata.level(),
            message: String::new(),
            fields: Vec::new(),
            created: SystemTime::now(),
        };
        event.record(&mut record);
        record
    }

    /// The message and the fields in one line. The message says the `event` in other words.
    pub fn text(&self) -> String {
        let mut text = self.message.clone();
        for (name, value) in &self.fields {
            if *name != "event" {
                let _ = write!(text, " {name}={value}");
            }
        }
        cut(&mut text);
        text
    }

    fn add(&mut self, field: &Field, value: LogValue) {
        self.fields.push((field.name(), value));
    }
}

/// The room that a target names: `graph` of `drivebell::graph::client`.
fn room<'a>(metadata: &Metadata<'a>) -> Option<&'a str> {
    let target = metadata.target();
    let (name, rest) = target.split_once("::").unwrap_or((target, ""));
    match name {
        "drivebell_mirror" => return Some("mirror"),
        "drivebell_store" => return Some("store"),
        "drivebell" if !rest.is_empty() => {}
        _ => return None,
    }
    Some(rest.split_once("::").map_or(rest, |(room, _)| room))
}

fn cut(text: &mut String) {
    if text.len() > MAX_TEXT {
        let end = (0..=MAX_TEXT).rev().find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or_default());
        text.push('…');
    }
}

impl Visit for LogRecord {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = format!("{value:?}");
        cut(&mut text);
        if field.name() == "message" {
            self.message = text;
        } else {
            self.add(field, LogValue::Text(text));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let mut text = value.to_owned();
        cut(&mut text);
        self.add(field, LogValue::Text(text));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, LogValue::Integer(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(
            field,
            LogValue::Integer(i64::try_from(value).unwrap_or(i64::MAX)),
        );
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, LogValue::Float(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, LogValue::Flag(value));
    }
}

impl fmt::Display for LogValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // A text of several words is quoted, so that a line can be read by a program.
            Self::Text(text) if text.contains([' ', '"', '=']) || text.is_empty() => {
                write!(f, "{text:?}")
            }
            Self::Text(text) => f.write_str(text),
            Self::Integer(number) => write!(f, "{number}"),
            // To a tenth of a millisecond.
            Self::Float(number) => write!(f, "{}", (number * 1e4).round() / 1e4),
            Self::Flag(flag) => write!(f, "{flag}"),
        }
    }
}
