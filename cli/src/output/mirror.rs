//! The changes and the items of a mirror.

use std::fmt::Write as _;

use drivebell::{DriveItem, Resource, visible};
use drivebell_mirror::{Change, ChangeKind};

use super::json_line::JsonLine;
use super::style::{Colour, Style};
use super::text::byte_count;
use super::time::to_seconds;

/// An item of a mirror, and where it is.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) resource: Resource,
    pub(crate) path: String,
    /// What people see instead of the path.
    pub(crate) label: String,
    pub(crate) item: DriveItem,
}

pub(super) fn change_json(change: &Change) -> String {
    JsonLine::of(&change.to_json())
}

/// A sign, the path, and what a person wants to know beside it.
pub(super) fn change_text(style: Style, change: &Change) -> String {
    let (sign, colour) = match change.kind {
        ChangeKind::Created => ('+', Colour::Green),
        ChangeKind::Modified => ('~', Colour::Yellow),
        ChangeKind::Renamed | ChangeKind::Moved => ('>', Colour::Cyan),
        ChangeKind::Deleted => ('-', Colour::Red),
        // `ChangeKind` is non-exhaustive.
        _ => ('?', Colour::Dim),
    };
    let item = change.item();
    let shown = |path: &str| shown(path, item.is_folder());
    let mut line = format!("{} ", style.paint(colour, sign));
    if let Some(old_path) = &change.old_path {
        let _ = write!(line, "{} -> ", shown(old_path));
    }
    let _ = write!(line, "{}", style.paint(Colour::Bold, shown(&change.path)));
    let notes = notes(change, &item);
    if !notes.is_empty() {
        let _ = write!(line, "  {}", style.paint(Colour::Dim, notes));
    }
    line.push('\n');
    line
}

fn notes(change: &Change, item: &DriveItem) -> String {
    let mut notes = Vec::new();
    match change.descendants {
        0 => {}
        1 => notes.push("1 item in it".to_owned()),
        count => notes.push(format!("{count} items in it")),
    }
    let is_file = !item.is_folder();
    if change.kind == ChangeKind::Modified && is_file && !change.content_changed {
        notes.push("not its content".to_owned());
    }
    for (note, holds) in [
        ("sharing", change.sharing_changed),
        ("moved in", change.moved_in),
        ("moved out", change.moved_out),
    ] {
        if holds {
            notes.push(note.to_owned());
        }
    }
    if let Some(found_by) = change.found_by {
        notes.push(format!("found by {found_by}"));
    }
    notes.join(", ")
}

pub(super) fn row_json(row: &Row) -> String {
    JsonLine::new("item")
        .field("resource", row.resource.to_string())
        .field("path", row.path.as_str())
        .raw("item", row.item.raw())
        .end()
}

pub(super) fn row_text(style: Style, row: &Row) -> String {
    let item = &row.item;
    let size = item.size().map_or_else(|| "-".to_owned(), byte_count);
    let modified = item
        .modified_at()
        .map_or_else(|| "-".to_owned(), to_seconds);
    format!(
        "{size:>9}  {}  {}\n",
        style.paint(Colour::Dim, format_args!("{modified:<20}")),
        style.paint(Colour::Bold, shown(&row.label, item.is_folder())),
    )
}

/// A path or a name, on one line, of a folder with a slash at its end.
fn shown(path: &str, is_folder: bool) -> String {
    let slash = if is_folder && !path.ends_with('/') {
        "/"
    } else {
        ""
    };
    format!("{}{slash}", visible(path))
}
