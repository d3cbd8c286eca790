//! The items of a batch, as JavaScript gets them: a few large strings. A value that crosses the
//! border costs more than reading it from JSON, and JavaScript's garbage collector does not know the
//! size of native objects.
#![allow(
    dead_code,
    reason = "used by what napi registers, which is left out where Rust's own tests are built"
)]

use std::time::SystemTime;

use drivebell::declarations::camel_case;
use drivebell::{DriveItem, Item, ListItem};
use napi_derive::napi;
use serde::Serialize;

use crate::outcome::outcome;
use crate::time;

/// Items. Each has a row.
#[napi(object, object_from_js = false)]
pub struct NativePage {
    pub of_list: bool,
    /// The JSON objects of the items, one after the other.
    pub text: String,
    /// A JSON object: `ids`, `deleted` (the rows of the deleted items), and `ends` (where each item
    /// ends in `text`).
    pub head: String,
    /// A JSON object of the common fields: for each an array with one value for each row, or null.
    pub common: String,
}

impl NativePage {
    pub(crate) fn of(items: &[Item]) -> Self {
        let mut text = String::with_capacity(items.iter().map(|item| item.raw().len()).sum());
        let mut end = 0;
        let ends = items.iter().map(|item| {
            text.push_str(item.raw());
            end += utf16_length(item.raw());
            end
        });
        let deleted = items.iter().enumerate();
        let deleted = deleted.filter(|(_, item)| item.is_deleted());
        let mut head = Columns::default();
        head.add("ids", items.iter().map(Item::id));
        head.add("deleted", deleted.map(|(row, _)| row));
        head.add("ends", ends);
        let drive_items = items.iter().filter_map(|item| match item {
            Item::Drive(item) => Some(item),
            _ => None,
        });
        let list_items = items.iter().filter_map(|item| match item {
            Item::List(item) => Some(item),
            _ => None,
        });
        let of_list = matches!(items.first(), Some(Item::List(_)));
        Self {
            of_list,
            text,
            head: head.into_json(),
            common: if of_list {
                ListItem::common_fields(&list_items.collect::<Vec<_>>())
            } else {
                DriveItem::common_fields(&drive_items.collect::<Vec<_>>())
            },
        }
    }
}

outcome!(PageOfOneOutcome(NativePage));

/// A page of one item.
#[napi(catch_unwind)]
pub fn read_page(raw: String, of_list: bool) -> PageOfOneOutcome {
    let item = if of_list {
        ListItem::from_raw(&raw).map(Item::List)
    } else {
        DriveItem::from_raw(&raw).map(Item::Drive)
    };
    item.map(|item| NativePage::of(&[item])).into()
}

/// As JavaScript counts.
fn utf16_length(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.encode_utf16().count()
    }
}

/// The common fields of items as the text of a JSON object.
trait CommonFields: Sized {
    fn common_fields(items: &[&Self]) -> String;
}

macro_rules! define_item {
    (
        $(#[doc = $about:literal])*
        $item:ident
        head $head:tt
        $(
            $(#[doc = $parent_about:literal])*
            parent $parent:ident {$(
                $(#[doc = $parent_doc:literal])*
                $parent_field:ident: $parent_kind:ident = $($parent_json:literal).+
                    $(, $parent_common:ident)? => $member:ident;
            )*}
        )?
        details {$(
            $(#[doc = $doc:literal])*
            $field:ident $(as python $python:literal)? $(as node $node:literal)?:
                $kind:ident = $($json:literal).+ $(, $common:ident)?;
        )*}
    ) => {
        impl CommonFields for $item {
            fn common_fields(items: &[&Self]) -> String {
                let mut columns = Columns::default();
                $($($(columns.$parent_common(
                    stringify!($parent_field),
                    items.iter().map(|item| item.$parent_field()),
                );)?)*)?
                $($(columns.$common(
                    stringify!($field),
                    items.iter().map(|item| item.$field()),
                );)?)*
                columns.into_json()
            }
        }
    };
}

drivebell::with_drive_item_fields!(define_item);
drivebell::with_list_item_fields!(define_item);

/// The text of a JSON object whose values are arrays, or single values for all rows.
#[derive(Default)]
pub(crate) struct Columns(Vec<u8>);

impl Columns {
    /// Adds a common field.
    fn common<T: Value>(&mut self, field: &str, values: impl Iterator<Item = T>) {
        self.add(&camel_case(field), values.map(Value::into_json));
    }

    pub(crate) fn add<T: Serialize>(&mut self, name: &str, values: impl Iterator<Item = T>) {
        let json = self.key(name);
        json.push(b'[');
        for (row, value) in values.enumerate() {
            if row > 0 {
                json.push(b',');
            }
            write(&value, json);
        }
        json.push(b']');
    }

    /// Adds a value that all rows have.
    pub(crate) fn add_one(&mut self, name: &str, value: impl Serialize) {
        write(&value, self.key(name));
    }

    fn key(&mut self, name: &str) -> &mut Vec<u8> {
        let json = &mut self.0;
        json.push(if json.is_empty() { b'{' } else { b',' });
        write(&name, json);
        json.push(b':');
        json
    }

    pub(crate) fn into_json(mut self) -> String {
        self.0.push(b'}');
        String::from_utf8(self.0).expect("JSON is UTF-8")
    }
}

fn write(value: &impl Serialize, json: &mut Vec<u8>) {
    serde_json::to_writer(json, value).expect("a vector takes everything");
}

/// The value of a common field.
trait Value {
    fn into_json(self) -> impl Serialize;
}

impl Value for Option<&str> {
    fn into_json(self) -> impl Serialize {
        self
    }
}

impl Value for Option<u64> {
    fn into_json(self) -> impl Serialize {
        self
    }
}

impl Value for bool {
    fn into_json(self) -> impl Serialize {
        self
    }
}

/// As `Date` counts.
impl Value for Option<SystemTime> {
    fn into_json(self) -> impl Serialize {
        self.map(time::unix_milliseconds)
    }
}
