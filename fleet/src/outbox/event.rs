//! The events, in the structured mode of CloudEvents 1.0.
//!
//! Nothing in an event may differ when it is published again under the same id.

use std::borrow::Cow;

use drivebell::{ChangeBatch, Item};
use serde::{Deserialize, Serialize};

use super::publisher::Drive;

/// The type of an event about an item that is there.
pub const CHANGED: &str = "io.github.drivebell.item.changed";

/// The type of an event about an item that was deleted.
pub const DELETED: &str = "io.github.drivebell.item.deleted";

/// The type of the event before the first items of an enumeration.
pub const STARTED: &str = "io.github.drivebell.snapshot.started";

/// The type of the event after the last items of an enumeration: rows with an older mark, or none, are
/// gone.
pub const COMPLETED: &str = "io.github.drivebell.snapshot.completed";

/// The media type of an event.
pub(super) const CONTENT_TYPE: &str = "application/cloudevents+json";

/// What all events of a batch have.
#[derive(Clone, Copy)]
pub(super) struct Envelope<'a> {
    pub(super) source: &'a str,
    pub(super) drive: &'a Drive<'a>,
    pub(super) batch: &'a ChangeBatch,
    /// How consumers know the snapshot.
    pub(super) mark: Option<&'a str>,
}

#[derive(Serialize)]
struct Attributes<'a> {
    specversion: &'static str,
    id: &'a str,
    source: &'a str,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<Cow<'a, str>>,
    datacontenttype: &'static str,
    data: Data<'a>,
}

/// Ends with what only some events have.
#[derive(Serialize)]
struct Data<'a> {
    drive: &'a str,
    resource: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
    initial: bool,
    snapshot: Option<&'a str>,
    #[serde(rename = "resyncCode", skip_serializing_if = "Option::is_none")]
    resync_code: Option<&'a str>,
    #[serde(skip_serializing_if = "is_false")]
    truncated: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

impl Envelope<'_> {
    /// The event of an item, with its JSON as Graph has sent it, or without it.
    pub(super) fn item(&self, id: &str, item: &Item, truncated: bool) -> Vec<u8> {
        let (kind, time) = if item.is_deleted() {
            (DELETED, None)
        } else {
            (CHANGED, time(item))
        };
        let data = Data {
            truncated,
            ..self.data()
        };
        let mut json = self.json(id, kind, Some(item.id()), time, data);
        if !truncated {
            // Of the data, and of the event. The JSON is not parsed again, only put between.
            let end = json.split_off(json.len() - 2);
            json.reserve(item.raw().len() + 12);
            json.extend(b",\"item\":");
            json.extend(item.raw().as_bytes());
            json.extend(end);
        }
        json
    }

    pub(super) fn started(&self, id: &str) -> Vec<u8> {
        let data = Data {
            resync_code: self.batch.resync_code.as_deref(),
            ..self.data()
        };
        self.json(id, STARTED, None, None, data)
    }

    pub(super) fn completed(&self, id: &str) -> Vec<u8> {
        self.json(id, COMPLETED, None, None, self.data())
    }

    fn data(&self) -> Data<'_> {
        Data {
            drive: self.drive.key,
            resource: self.drive.resource,
            label: self.drive.label,
            initial: self.batch.initial,
            snapshot: self.mark,
            resync_code: None,
            truncated: false,
        }
    }

    fn json(
        &self,
        id: &str,
        kind: &'static str,
        subject: Option<&str>,
        time: Option<Cow<'_, str>>,
        data: Data<'_>,
    ) -> Vec<u8> {
        let attributes = Attributes {
            specversion: "1.0",
            id,
            source: self.source,
            r#type: kind,
            subject,
            time,
            datacontenttype: "application/json",
            data,
        };
        serde_json::to_vec(&attributes).expect("texts serialize")
    }
}

/// When the item was last modified, as Graph has written it.
fn time(item: &Item) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Modified<'a> {
        #[serde(rename = "lastModifiedDateTime", borrow)]
        at: Option<Cow<'a, str>>,
    }
    // Only what is a time.
    item.modified_at()?;
    serde_json::from_str::<Modified<'_>>(item.raw()).ok()?.at
}

#[cfg(test)]
mod tests {
    use drivebell::DriveItem;
    use serde_json::{Value, json};

    use super::*;

    const DRIVE: Drive<'_> = Drive {
        key: "kim",
        resource: "/me/drive/root",
        label: Some("Kim's"),
    };

    fn item(raw: &str) -> Item {
        Item::Drive(DriveItem::from_raw(raw).unwrap())
    }

    fn value(json: &[u8]) -> Value {
        serde_json::from_slice(json).unwrap()
    }

    #[test]
    fn an_item_becomes_an_event() {
        let raw = r#"{"id":"1","name":"a\"b","lastModifiedDateTime":"2026-05-11T21:52:27.52Z"}"#;
        let mut batch = ChangeBatch::new(vec![], "c");
        batch.initial = true;
        let envelope = Envelope {
            source: "/drivebell/f/kim",
            drive: &DRIVE,
            batch: &batch,
            mark: Some("01"),
        };
        let expected = json!({
            "specversion": "1.0",
            "id": "x",
            "source": "/drivebell/f/kim",
            "type": "io.github.drivebell.item.changed",
            "subject": "1",
            "time": "2026-05-11T21:52:27.52Z",
            "datacontenttype": "application/json",
            "data": {
                "drive": "kim",
                "resource": "/me/drive/root",
                "label": "Kim's",
                "initial": true,
                "snapshot": "01",
                "item": {"id": "1", "name": "a\"b", "lastModifiedDateTime": "2026-05-11T21:52:27.52Z"},
            },
        });
        let event = envelope.item("x", &item(raw), false);
        assert_eq!(value(&event), expected);
        assert!(String::from_utf8(event).unwrap().contains(raw));

        let truncated = value(&envelope.item("x", &item(raw), true));
        assert_eq!(truncated["data"]["truncated"], true);
        assert_eq!(truncated["data"].get("item"), None);
        assert_eq!(
            (&truncated["subject"], &truncated["time"]),
            (&expected["subject"], &expected["time"])
        );
    }

    #[test]
    fn a_deleted_item_has_no_time() {
        let batch = ChangeBatch::new(vec![], "c");
        let drive = Drive {
            label: None,
            ..DRIVE
        };
        let envelope = Envelope {
            source: "s",
            drive: &drive,
            batch: &batch,
            mark: None,
        };
        let raw = r#"{"id":"1","deleted":{},"lastModifiedDateTime":"2026-05-11T21:52:27Z"}"#;
        let event = value(&envelope.item("x", &item(raw), false));
        assert_eq!(event["type"], "io.github.drivebell.item.deleted");
        assert_eq!(
            (event.get("time"), event["data"].get("label")),
            (None, None)
        );
        assert_eq!(event["data"]["snapshot"], Value::Null);
        assert_eq!(event["data"]["item"]["deleted"], json!({}));
    }

    #[test]
    fn a_snapshot_has_events() {
        let mut batch = ChangeBatch::new(vec![], "c");
        batch.resync_code = Some("resyncRequired".to_owned());
        let envelope = Envelope {
            source: "s",
            drive: &DRIVE,
            batch: &batch,
            mark: Some("02"),
        };
        let started = value(&envelope.started("x"));
        assert_eq!(started["type"], "io.github.drivebell.snapshot.started");
        assert_eq!(started["data"]["resyncCode"], "resyncRequired");
        assert_eq!(started["data"]["snapshot"], "02");
        let completed = value(&envelope.completed("y"));
        assert_eq!(completed["type"], "io.github.drivebell.snapshot.completed");
        assert_eq!(completed["data"].get("resyncCode"), None);
    }
}
