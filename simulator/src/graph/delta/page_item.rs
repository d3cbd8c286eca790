//! An item on a page, with the fields that the request selects.

use serde::Serialize;
use serde_json::Value;

use super::delta_path::Collection;
use super::options::Options;
use crate::drive::{Drive, Item};
use crate::graph::item_json::{DriveItem, changed_item};
use crate::graph::list_item_json::{ListItem, list_item};

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum PageItem<'a> {
    DriveItem(DriveItem<'a>),
    ListItem(ListItem<'a>),
    Selected(Value),
}

pub(super) fn page_item<'a>(
    drive: &'a Drive,
    item: &'a Item,
    collection: Collection,
    options: &Options,
) -> PageItem<'a> {
    let item = match collection {
        Collection::DriveItems => PageItem::DriveItem(changed_item(drive, item)),
        Collection::ListItems => PageItem::ListItem(list_item(drive, item, options.fields)),
    };
    let Some(select) = &options.select else {
        return item;
    };
    let mut value = serde_json::to_value(&item).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|name, _| {
            // Without these, a client could not apply the change.
            let needed = matches!(name.as_str(), "id" | "deleted") || name.starts_with('@');
            needed || select.contains(name)
        });
    }
    PageItem::Selected(value)
}
