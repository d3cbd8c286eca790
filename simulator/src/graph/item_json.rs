//! An item as Graph shows it.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value, json};

use crate::clock;
use crate::drive::{Drive, Item, Kind};

const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`');

pub(super) fn drive_item(drive: &Drive, item: &Item) -> Value {
    let mut fields = Map::new();
    let mut set = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    set("id", json!(item.id));
    set("name", json!(item.name));
    set("size", json!(drive.size(item)));
    set("createdDateTime", json!(clock::seconds(item.created)));
    set("lastModifiedDateTime", json!(clock::seconds(item.modified)));
    set(
        "eTag",
        json!(format!("\"{{{}}},{}\"", item.id, item.version)),
    );
    set(
        "cTag",
        json!(format!("\"c:{{{}}},{}\"", item.id, item.content_version)),
    );
    match &item.kind {
        Kind::Folder => {
            let count = drive.children(&item.id).len();
            set("folder", json!({"childCount": count}));
        }
        Kind::File(_) => {
            set("file", json!({"mimeType": "application/octet-stream"}));
        }
    }
    let parent = item.parent.as_deref();
    if let Some(parent) = parent.and_then(|parent| drive.item(parent).ok()) {
        set("parentReference", parent_reference(drive, parent));
    } else {
        set("root", json!({}));
        set(
            "parentReference",
            json!({"driveId": drive.id(), "driveType": "business"}),
        );
    }
    Value::Object(fields)
}

fn parent_reference(drive: &Drive, parent: &Item) -> Value {
    let mut path = format!("/drives/{}/root:", drive.id());
    for name in drive.names(parent) {
        path.push('/');
        path.extend(utf8_percent_encode(&name, PATH));
    }
    json!({"driveId": drive.id(), "driveType": "business", "id": parent.id, "path": path})
}

/// Everything in one page: the model is small.
pub(super) fn children(drive: &Drive, item: &Item) -> Value {
    let children = drive.children(&item.id);
    let value: Vec<_> = children
        .into_iter()
        .map(|child| drive_item(drive, child))
        .collect();
    json!({"value": value})
}
