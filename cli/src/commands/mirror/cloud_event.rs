//! A change as one of the [`CloudEvents`](https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md).

use drivebell_mirror::{Change, ChangeKind};

use crate::output::{JsonLine, to_milliseconds};

/// In the JSON format. `source` and id are the same whenever the change comes again, so that a
/// receiver can tell.
pub(super) fn json(source: &str, change: &Change) -> String {
    let mut event = JsonLine::new(&format!("io.github.drivebell.change.{}", change.kind))
        .field("specversion", "1.0")
        .field("id", format!("{}#{}", change.resource, change.sequence))
        .field("source", source)
        .field("subject", change.path.as_str());
    // Graph does not say when an item was moved or deleted.
    if matches!(change.kind, ChangeKind::Created | ChangeKind::Modified)
        && let Some(time) = change.item().modified_at()
    {
        event = event.field("time", to_milliseconds(time));
    }
    event
        .field("datacontenttype", "application/json")
        .raw("data", &change.to_json())
        .end()
}
