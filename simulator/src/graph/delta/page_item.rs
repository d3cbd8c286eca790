//! An item on a page, with the fields that were asked for.

use serde::Serialize;
use serde_json::Value;

use super::Form;
use super::options::Options;
use crate::drive::{Drive, Item};
use crate::graph::item_json::{DriveItem, changed_item};
use crate::graph::list_item_json::{ListItem, list_item};

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Shown<'a> {
    DriveItem(DriveItem<'a>),
    ListItem(ListItem<'a>),
    Selected(Value),
}

pub(super) fn show<'a>(
    drive: &'a Drive,
    item: &'a Item,
    form: Form,
    options: &Options,
) -> Shown<'a> {
    let shown = match form {
        Form::DriveItems => Shown::DriveItem(changed_item(drive, item)),
        Form::ListItems => Shown::ListItem(list_item(drive, item, options.fields)),
    };
    let Some(select) = &options.select else {
        return shown;
    };
    let mut value = serde_json::to_value(&shown).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|name, _| {
            // Without these a change says nothing.
            let needed = matches!(name.as_str(), "id" | "deleted") || name.starts_with('@');
            needed || select.contains(name)
        });
    }
    Shown::Selected(value)
}
