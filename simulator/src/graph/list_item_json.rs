//! The JSON of a list item.

use serde::Serialize;

use super::item_json::{DELETED, Deleted, History, e_tag, history, web_url};
use crate::drive::{Drive, Item, stable_uuid};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListItem<'a> {
    /// The number of the row in the list.
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    e_tag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    web_url: Option<String>,
    #[serde(flatten)]
    history: Option<History>,
    parent_reference: ParentReference,
    content_type: ContentType,
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<Fields<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted: Option<Deleted>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ParentReference {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    site_id: String,
}

#[derive(Serialize)]
struct ContentType {
    id: &'static str,
    name: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Fields<'a> {
    #[serde(rename = "id")]
    id: String,
    file_leaf_ref: &'a str,
    content_type: &'static str,
}

pub(super) fn list_item<'a>(drive: &'a Drive, item: &'a Item, expand_fields: bool) -> ListItem<'a> {
    let live = !item.deleted;
    let content_type = if item.is_folder() {
        ContentType {
            id: "0x0120",
            name: "Folder",
        }
    } else {
        ContentType {
            id: "0x0101",
            name: "Document",
        }
    };
    let parent = drive.parent(item).filter(|_| live);
    ListItem {
        id: row(item),
        e_tag: live.then(|| e_tag(drive, item)),
        web_url: live.then(|| web_url(drive, item)),
        history: live.then(|| history(item)),
        parent_reference: ParentReference {
            id: parent.map(row),
            site_id: stable_uuid(drive.id()),
        },
        fields: (live && expand_fields).then(|| Fields {
            id: row(item),
            file_leaf_ref: &item.name,
            content_type: content_type.name,
        }),
        content_type,
        deleted: item.deleted.then_some(DELETED),
    }
}

fn row(item: &Item) -> String {
    item.index.to_string()
}
