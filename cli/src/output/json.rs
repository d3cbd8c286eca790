//! Lines for programs: JSON, one object a line.

use std::time::{Duration, SystemTime};

use drivebell::{ChangeBatch, Endpoint, Error, Event, Item, Lifecycle, Notification, Resource};
use serde_json::{Map, Value, json};

use super::time;
use crate::commands::doctor::Step;

pub(crate) fn event(resource: &Resource, event: &Event) -> String {
    match event {
        Event::Notification(note) => notification(note),
        Event::Lifecycle { change, coalesced } => lifecycle(resource, change, *coalesced),
        // What a later library tells beside these, a later command will know.
        _ => String::new(),
    }
}

fn notification(note: &Notification) -> String {
    Line::new("notification")
        .field("kind", note.kind().as_str())
        .field("resource", note.resource().to_string())
        .field("received_at", time::full(note.received_at()))
        .field("coalesced", note.coalesced())
        .raw(
            "payload",
            note.payload().map_or("null", |payload| payload.raw()),
        )
        .end()
}

fn lifecycle(resource: &Resource, change: &Lifecycle, coalesced: u64) -> String {
    let line = Line::new("lifecycle")
        .field("event", change.as_str())
        .field("resource", resource.to_string())
        .field("at", time::full(SystemTime::now()))
        .field("coalesced", coalesced);
    let line = match change {
        Lifecycle::Disconnected { reason, retry_in } => line
            .field("reason", reason.as_str())
            .field("message", reason.to_string())
            .field("retry_in", retry_in.as_secs_f64()),
        Lifecycle::Unavailable { error, retry_in } => line
            .field("error", fields_of(error))
            .field("retry_in", retry_in.as_secs_f64()),
        _ => line,
    };
    line.end()
}

/// The end of one resource's subscription.
pub(crate) fn error(resource: &Resource, error: &Error) -> String {
    Line::new("error")
        .field("resource", resource.to_string())
        .field("at", time::full(SystemTime::now()))
        .field("error", fields_of(error))
        .end()
}

fn fields_of(error: &Error) -> Value {
    let mut fields = Map::new();
    for (name, value) in [
        ("kind", Some(json!(error.kind().as_str()))),
        ("message", Some(json!(error.to_string()))),
        ("retryable", Some(json!(error.retryable()))),
        ("status", error.status().map(Value::from)),
        ("code", error.code().map(Value::from)),
        ("request_id", error.request_id().map(Value::from)),
        (
            "client_request_id",
            error.client_request_id().map(Value::from),
        ),
        (
            "retry_after",
            error
                .retry_after()
                .as_ref()
                .map(Duration::as_secs_f64)
                .map(Value::from),
        ),
    ] {
        if let Some(value) = value {
            fields.insert(name.to_owned(), value);
        }
    }
    Value::Object(fields)
}

/// A line for each item, and one for the checkpoint behind them.
pub(crate) fn batch(resource: &Resource, batch: &ChangeBatch) -> String {
    let mut lines = String::new();
    for item in &batch.items {
        lines.push_str(&line_of(resource, item, batch.snapshot.as_deref()));
    }
    let checkpoint = Line::new("checkpoint")
        .field("resource", resource.to_string())
        .field("items", batch.items.len())
        .field("trigger", batch.trigger.as_str())
        .field("caught_up", batch.caught_up)
        .field("snapshot", batch.snapshot.clone())
        .field("resync_code", batch.resync_code.clone())
        .field("checkpoint", batch.checkpoint.clone());
    lines.push_str(&checkpoint.end());
    lines
}

fn line_of(resource: &Resource, item: &Item, snapshot: Option<&str>) -> String {
    Line::new("item")
        .field("resource", resource.to_string())
        .field("id", item.id())
        .field("deleted", item.is_deleted())
        .field("snapshot", snapshot)
        .raw("item", item.raw())
        .end()
}

pub(crate) fn endpoint(resource: &Resource, endpoint: &Endpoint, with_url: bool) -> String {
    let line = Line::new("endpoint")
        .field("resource", resource.to_string())
        .field("id", endpoint.id())
        .field("host", endpoint.host())
        .field("expires_at", time::full(endpoint.expires_at()));
    let line = if with_url {
        line.field("notification_url", endpoint.notification_url())
    } else {
        line
    };
    line.end()
}

/// A step of `doctor`.
pub(crate) fn step(step: &Step) -> String {
    let seen = step
        .seen
        .iter()
        .map(|(name, value)| (name.clone(), json!(value)));
    let problem = step.problem.as_ref();
    Line::new("step")
        .field("step", step.name)
        .field("ok", problem.is_none())
        .field("took", step.took.as_secs_f64())
        .field("seen", seen.collect::<Map<_, _>>())
        .field("error", problem.map(|problem| problem.what.clone()))
        .field("advice", problem.map(|problem| problem.advice))
        .end()
}

/// An object whose fields stay in the order in which they are given.
struct Line(String);

impl Line {
    fn new(kind: &str) -> Self {
        Self(format!("{{\"type\":{}", json!(kind)))
    }

    fn field(self, name: &str, value: impl Into<Value>) -> Self {
        self.raw(name, &value.into().to_string())
    }

    /// The value as it came: numbers keep their digits, and doubled keys both of their values.
    fn raw(mut self, name: &str, json: &str) -> Self {
        self.0.push_str(",\"");
        self.0.push_str(name);
        self.0.push_str("\":");
        // They stand between the tokens of JSON: inside of a text there is none unescaped.
        self.0.extend(
            json.chars()
                .map(|c| if matches!(c, '\n' | '\r') { ' ' } else { c }),
        );
        self
    }

    fn end(mut self) -> String {
        self.0.push_str("}\n");
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_that_came_in_several_lines_leaves_in_one() {
        let line = Line::new("x")
            .raw("raw", "{\r\n  \"b\\n\": 1.50\n}")
            .field("a", 1)
            .end();
        assert_eq!(
            line,
            "{\"type\":\"x\",\"raw\":{    \"b\\n\": 1.50 },\"a\":1}\n"
        );
    }
}
