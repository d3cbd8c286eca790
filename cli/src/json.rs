//! Lines for programs: JSON, one object a line.

use std::time::{Duration, SystemTime};

use drivebell::{ChangeBatch, Endpoint, Error, Event, Item, Lifecycle, Notification, Resource};
use serde_json::{Map, Value, json};

use crate::time;

pub(crate) fn event(resource: &Resource, event: &Event) -> String {
    match event {
        Event::Notification(note) => notification(note),
        Event::Lifecycle { change, coalesced } => lifecycle(resource, change, *coalesced),
        // What a later library tells beside these, a later command will know.
        _ => String::new(),
    }
}

fn notification(note: &Notification) -> String {
    let head = json!({
        "type": "notification",
        "resource": note.resource().to_string(),
        "kind": note.kind().as_str(),
        "received_at": time::full(note.received_at()),
        "coalesced": note.coalesced(),
    });
    let payload = note.payload().map_or("null", |payload| payload.raw());
    line_with(&head, "payload", payload)
}

fn lifecycle(resource: &Resource, change: &Lifecycle, coalesced: u64) -> String {
    let mut line = json!({
        "type": "lifecycle",
        "resource": resource.to_string(),
        "event": change.as_str(),
        "at": time::full(SystemTime::now()),
        "coalesced": coalesced,
    });
    match change {
        Lifecycle::Disconnected { reason, retry_in } => {
            line["reason"] = json!(reason.as_str());
            line["message"] = json!(reason.to_string());
            line["retry_in"] = seconds(*retry_in);
        }
        Lifecycle::Unavailable { error, retry_in } => {
            line["error"] = error_fields(error);
            line["retry_in"] = seconds(*retry_in);
        }
        _ => {}
    }
    format!("{line}\n")
}

/// The end of one resource's subscription.
pub(crate) fn error(resource: &Resource, error: &Error) -> String {
    let line = json!({
        "type": "error",
        "resource": resource.to_string(),
        "at": time::full(SystemTime::now()),
        "error": error_fields(error),
    });
    format!("{line}\n")
}

pub(crate) fn error_fields(error: &Error) -> Value {
    let mut fields = Map::new();
    fields.insert("kind".to_owned(), json!(error.kind().as_str()));
    fields.insert("message".to_owned(), json!(error.to_string()));
    fields.insert("retryable".to_owned(), json!(error.retryable()));
    for (name, value) in [
        ("status", error.status().map(Value::from)),
        ("code", error.code().map(Value::from)),
        ("request_id", error.request_id().map(Value::from)),
        (
            "client_request_id",
            error.client_request_id().map(Value::from),
        ),
        ("retry_after", error.retry_after().map(seconds)),
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
    let checkpoint = json!({
        "type": "checkpoint",
        "resource": resource.to_string(),
        "items": batch.items.len(),
        "trigger": batch.trigger.as_str(),
        "caught_up": batch.caught_up,
        "snapshot": batch.snapshot,
        "resync_code": batch.resync_code,
        "checkpoint": batch.checkpoint,
    });
    lines.push_str(&checkpoint.to_string());
    lines.push('\n');
    lines
}

fn line_of(resource: &Resource, item: &Item, snapshot: Option<&str>) -> String {
    let head = json!({
        "type": "item",
        "resource": resource.to_string(),
        "id": item.id(),
        "deleted": item.is_deleted(),
        "snapshot": snapshot,
    });
    line_with(&head, "item", item.raw())
}

pub(crate) fn endpoint(resource: &Resource, endpoint: &Endpoint, with_url: bool) -> String {
    let mut line = json!({
        "type": "endpoint",
        "resource": resource.to_string(),
        "id": endpoint.id(),
        "host": endpoint.host(),
        "expires_at": time::full(endpoint.expires_at()),
    });
    if with_url {
        line["notification_url"] = json!(endpoint.notification_url());
    }
    format!("{line}\n")
}

/// With one more field, whose value is JSON as it came: numbers keep their digits, and doubled keys
/// both of their values.
fn line_with(head: &Value, name: &str, raw: &str) -> String {
    let mut line = head.to_string();
    line.pop();
    line.push_str(",\"");
    line.push_str(name);
    line.push_str("\":");
    // Between the tokens of JSON; inside of a text there is none that is not escaped.
    line.extend(
        raw.chars()
            .map(|c| if matches!(c, '\n' | '\r') { ' ' } else { c }),
    );
    line.push_str("}\n");
    line
}

fn seconds(duration: Duration) -> Value {
    json!(duration.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_that_came_in_several_lines_leaves_in_one() {
        let line = line_with(&json!({"a": 1}), "raw", "{\r\n  \"b\\n\": 1.50\n}");
        assert_eq!(line, "{\"a\":1,\"raw\":{    \"b\\n\": 1.50 }}\n");
    }
}
