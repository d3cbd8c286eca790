//! JSON for programs.

use std::time::{Duration, SystemTime};

use drivebell::{ChangeBatch, Endpoint, Error, Event, Item, Lifecycle, Notification, Resource};
use serde_json::{Map, Value, json};

use super::json_line::JsonLine;
use super::time::to_milliseconds;

pub(crate) fn event(resource: &Resource, event: &Event) -> String {
    match event {
        Event::Notification(note) => notification(note),
        Event::Lifecycle { change, coalesced } => lifecycle(resource, change, *coalesced),
        // `Event` is non-exhaustive.
        _ => String::new(),
    }
}

fn notification(note: &Notification) -> String {
    JsonLine::new("notification")
        .field("kind", note.kind().as_str())
        .field("resource", note.resource().to_string())
        .field("received_at", to_milliseconds(note.received_at()))
        .field("coalesced", note.coalesced())
        .raw(
            "payload",
            note.payload().map_or("null", |payload| payload.raw()),
        )
        .end()
}

fn lifecycle(resource: &Resource, change: &Lifecycle, coalesced: u64) -> String {
    let mut line = JsonLine::new("lifecycle")
        .field("event", change.as_str())
        .field("resource", resource.to_string())
        .field("at", to_milliseconds(SystemTime::now()))
        .field("coalesced", coalesced);
    if let Some(reason) = change.reason() {
        line = line
            .field("reason", reason.as_str())
            .field("message", reason.to_string())
            .field("help_url", reason.help_url());
    }
    if let Some(error) = change.error() {
        line = line.field("error", error_fields(error));
    }
    if let Some(retry_in) = change.retry_in() {
        line = line.field("retry_in", retry_in.as_secs_f64());
    }
    line.end()
}

/// The end of one resource's subscription.
pub(crate) fn subscription_error(resource: &Resource, error: &Error) -> String {
    JsonLine::new("error")
        .field("resource", resource.to_string())
        .field("at", to_milliseconds(SystemTime::now()))
        .field("error", error_fields(error))
        .end()
}

fn error_fields(error: &Error) -> Value {
    let mut fields = Map::new();
    for (name, value) in [
        ("kind", Some(json!(error.kind().as_str()))),
        ("message", Some(json!(error.message()))),
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
        ("help_url", Some(json!(error.help_url()))),
    ] {
        if let Some(value) = value {
            fields.insert(name.to_owned(), value);
        }
    }
    Value::Object(fields)
}

/// A line for each item, and one for the checkpoint after them.
pub(crate) fn batch(resource: &Resource, batch: &ChangeBatch) -> String {
    let mut lines = String::new();
    for item in &batch.items {
        lines.push_str(&item_line(resource, item, batch.snapshot.as_deref()));
    }
    let checkpoint = JsonLine::new("checkpoint")
        .field("resource", resource.to_string())
        .field("items", batch.items.len())
        .field("trigger", batch.trigger.as_str())
        .field("initial", batch.initial)
        .field("caught_up", batch.caught_up)
        .field("snapshot", batch.snapshot.clone())
        .field("resync_code", batch.resync_code.clone())
        .field("checkpoint", batch.checkpoint.clone());
    lines.push_str(&checkpoint.end());
    lines
}

fn item_line(resource: &Resource, item: &Item, snapshot: Option<&str>) -> String {
    JsonLine::new("item")
        .field("resource", resource.to_string())
        .field("id", item.id())
        .field("deleted", item.is_deleted())
        .field("snapshot", snapshot)
        .raw("item", item.raw())
        .end()
}

pub(crate) fn endpoint(resource: &Resource, endpoint: &Endpoint, with_url: bool) -> String {
    let line = JsonLine::new("endpoint")
        .field("resource", resource.to_string())
        .field("id", endpoint.id())
        .field("host", endpoint.host())
        .field("expires_at", to_milliseconds(endpoint.expires_at()));
    let line = if with_url {
        line.field("notification_url", endpoint.notification_url())
    } else {
        line
    };
    line.end()
}
