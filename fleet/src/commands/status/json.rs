use serde_json::{Value, json};

use crate::output::json_line;
use crate::status::FleetStatus;

/// A line for each worker and each drive that was told.
pub(super) fn lines(status: &FleetStatus) -> String {
    let mut lines = String::new();
    for worker in &status.workers {
        let is_complete = !status.cut_short.contains(&worker.worker);
        let mut line = typed("worker", json!(worker));
        line["complete"] = json!(is_complete);
        lines.push_str(&json_line(&line));
    }
    for drive in &status.drives {
        lines.push_str(&json_line(&typed("drive", json!(drive))));
    }
    lines
}

fn typed(kind: &str, mut value: Value) -> Value {
    value["type"] = json!(kind);
    value
}
