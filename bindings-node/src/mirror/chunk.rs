//! Changes, as JavaScript gets them: a few large strings, like the items of a page.
#![allow(
    dead_code,
    reason = "used by what napi registers, which is left out where Rust's own tests are built"
)]

use std::collections::VecDeque;

use drivebell_mirror::{Change, FoundBy};
use napi_derive::napi;

use crate::changes::page::{Columns, utf16_length};

/// How many changes cross at once. V8 keeps a string of more than 128 KiB apart, and long: with 1,000
/// changes, a process takes 30 MB more.
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
    pub items: String,
    /// A JSON object: `ends` (where each item ends in `items`), and an array for each field of a change.
    /// `facts` are the numbers of those that are true: 1 `contentChanged`, 2 `sharingChanged`, 4 `movedIn`,
    /// 8 `movedOut`, 16 `inherited`.
    pub head: String,
}

impl From<Vec<Change>> for NativeChunk {
    fn from(changes: Vec<Change>) -> Self {
        let length = changes.iter().map(|change| change.item_json().len()).sum();
        let mut items = String::with_capacity(length);
        let mut end = 0;
        let ends = changes.iter().map(|change| {
            items.push_str(change.item_json());
            end += utf16_length(change.item_json());
            end
        });
        let mut head = Columns::default();
        head.add("ends", ends);
        head.add("sequence", changes.iter().map(|change| change.sequence));
        head.add("kind", changes.iter().map(|change| change.kind.as_str()));
        head.add("path", changes.iter().map(|change| &change.path));
        head.add("oldPath", changes.iter().map(|change| &change.old_path));
        head.add("facts", changes.iter().map(facts));
        head.add(
            "descendants",
            changes.iter().map(|change| change.descendants),
        );
        let found_by = |change: &Change| change.found_by.map(FoundBy::as_str);
        head.add("foundBy", changes.iter().map(found_by));
        head.add(
            "trigger",
            changes.iter().map(|change| change.trigger.as_str()),
        );
        Self {
            items,
            head: head.into_json(),
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
