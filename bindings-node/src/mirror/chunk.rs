//! Changes, as JavaScript gets them: a string for all of their fields, like the items of a page, and bytes for
//! their items, which most programs read of few changes.
#![allow(
    dead_code,
    reason = "used by what napi registers, which is left out where Rust's own tests are built"
)]

use std::collections::VecDeque;

use drivebell_mirror::{Change, FoundBy};
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;
use serde::Serialize;

use crate::changes::page::Columns;

/// How many changes cross at once. V8 keeps a string of more than 128 KiB apart, and long.
const PART: usize = 150;

/// Changes of one batch.
#[napi(object, object_from_js = false)]
pub struct NativeParts {
    pub parts: Vec<NativeChunk>,
    /// The batch goes on.
    pub more: bool,
}

/// A batch that crosses in parts.
#[derive(Default)]
pub(crate) struct Rest(VecDeque<Change>);

impl Rest {
    pub(crate) fn of(changes: Vec<Change>) -> Self {
        Self(changes.into())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes the next part, or all of them.
    pub(crate) fn take(&mut self, whole: bool) -> NativeParts {
        let mut parts = Vec::new();
        while parts.is_empty() || (whole && !self.is_empty()) {
            let part = self.0.drain(..PART.min(self.0.len()));
            parts.push(part.collect::<Vec<_>>().into());
        }
        NativeParts {
            parts,
            more: !self.is_empty(),
        }
    }
}

/// Changes of one drive. Each has a row.
#[napi(object, object_from_js = false)]
pub struct NativeChunk {
    /// The JSON objects of the items, one after the other.
    pub items: Buffer,
    /// A JSON object: `ends` (where each item ends in `items`), and an array for each field of a change. Where
    /// most changes have the same value, it stands for the array if all have it.
    /// `facts` are the numbers of those that are true: 1 `contentChanged`, 2 `sharingChanged`, 4 `movedIn`,
    /// 8 `movedOut`, 16 `inherited`.
    pub head: String,
}

impl From<Vec<Change>> for NativeChunk {
    fn from(changes: Vec<Change>) -> Self {
        let length = changes.iter().map(|change| change.item_json().len()).sum();
        let mut items = Vec::with_capacity(length);
        let ends = changes.iter().map(|change| {
            items.extend_from_slice(change.item_json().as_bytes());
            items.len()
        });
        let mut head = Columns::default();
        head.add("ends", ends);
        head.add("sequence", changes.iter().map(|change| change.sequence));
        head.add("path", changes.iter().map(|change| &change.path));
        let mut columns = Alike(&mut head, &changes);
        columns.add("kind", |change| change.kind.as_str());
        columns.add("oldPath", |change| change.old_path.as_deref());
        columns.add("facts", facts);
        columns.add("descendants", |change| change.descendants);
        columns.add("foundBy", |change| change.found_by.map(FoundBy::as_str));
        columns.add("trigger", |change| change.trigger.as_str());
        Self {
            items: items.into(),
            head: head.into_json(),
        }
    }
}

/// The fields that most changes have in common.
struct Alike<'a>(&'a mut Columns, &'a [Change]);

impl<'a> Alike<'a> {
    fn add<T: Serialize + PartialEq>(&mut self, name: &str, value: impl Fn(&'a Change) -> T) {
        let Self(columns, changes) = self;
        let mut values = changes.iter().map(&value);
        match values.next() {
            Some(first) if values.all(|value| value == first) => columns.add_one(name, first),
            _ => columns.add(name, changes.iter().map(value)),
        }
    }
}

fn facts(change: &Change) -> u32 {
    [
        change.content_changed,
        change.sharing_changed,
        change.moved_in,
        change.moved_out,
        change.inherited,
    ]
    .into_iter()
    .enumerate()
    .map(|(bit, fact)| u32::from(fact) << bit)
    .sum()
}
