use std::borrow::Cow;
use std::fmt::Write as _;

use drivebell::{ChangeKind, DriveItem, Error, FoundBy, Resource, Trigger};
use serde::Deserialize;
use serde_json::value::RawValue;

/// What happened to an item of a mirrored drive.
///
/// Applied in the order in which they come, to an empty table of paths, changes give the drive's tree:
/// `created` adds `path`, `deleted` removes it, `renamed` and `moved` take it from `old_path` to `path`.
/// For a folder, the last three apply to everything in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "each says another thing")]
pub struct Change {
    /// The mirrored drive.
    pub resource: Resource,
    /// Rises by one with each change of this drive, for ever. A change that comes again after a crash
    /// has the sequence that it had.
    pub sequence: u64,
    /// What happened.
    pub kind: ChangeKind,
    /// The item's path from the drive's root, such as `/Reports/plan.pdf`. Of a deleted item, the one
    /// that it had.
    pub path: String,
    /// Where the item was, for `renamed` and `moved`.
    pub old_path: Option<String>,
    /// Whether the content of a file changed, judged by its hashes, or else by its cTag. False if only
    /// metadata did. True for a file that is new.
    pub content_changed: bool,
    /// Whether the item's sharing changed.
    pub sharing_changed: bool,
    /// How many items are in a folder that was renamed, moved or deleted, at all depths.
    pub descendants: u64,
    /// The item existed before, and was moved into what the filters choose.
    pub moved_in: bool,
    /// The item still exists, and was moved out of what the filters choose.
    pub moved_out: bool,
    /// The item itself did not change: a folder above it was renamed, moved or deleted.
    pub inherited: bool,
    /// How the mirror found out that the item is gone, if nobody reported it.
    pub found_by: Option<FoundBy>,
    /// What caused the delta query that found the change.
    pub trigger: Trigger,
    pub(crate) item: String,
}

impl Change {
    /// The item after the change; of a deleted one, what was last known of it. It has what the mirror
    /// keeps of an item, or everything with
    /// [`keep_raw`](crate::MirrorOptions::keep_raw).
    pub fn item(&self) -> DriveItem {
        DriveItem::from_raw(&self.item).expect("the mirror wrote it")
    }

    /// The JSON of [`item`](Self::item), in the form of Graph.
    pub fn item_json(&self) -> &str {
        &self.item
    }

    /// The change as a JSON object on one line, without a line break. Fields that are false or absent
    /// for most changes (`old_path`, `moved_in`, `moved_out`, `inherited`, `found_by`) are left out then.
    pub fn to_json(&self) -> String {
        let mut json = String::with_capacity(256 + self.path.len() + self.item.len());
        json.push_str("{\"type\":\"change\",\"resource\":");
        text(&mut json, &self.resource.to_string());
        self.write_fields(&mut json);
        json.push('}');
        json
    }

    /// Reads what [`to_json`](Self::to_json) has written, for tests of what handles changes and for
    /// programs that pass them on. A field that is false or absent for most changes may be missing.
    ///
    /// # Errors
    /// `InvalidArgument`, by the name `json`, for any other text.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        let refuse = |problem: String| Error::invalid_argument("json", problem);
        let line: Line<'_> = serde_json::from_str(json)
            .map_err(|error| refuse(format!("is not the JSON of a change: {error}")))?;
        let resource = line.resource.as_deref();
        let resource = resource.ok_or_else(|| refuse("names no resource".to_owned()))?;
        let resource = resource.parse()?;
        DriveItem::from_raw(line.item.get())?;
        let change = line.change(&resource);
        change.ok_or_else(|| refuse("has a kind or trigger that is not known".to_owned()))
    }

    /// The line by which the outbox keeps it.
    pub(crate) fn write_line(&self, json: &mut String) {
        json.push_str("{\"v\":1");
        self.write_fields(json);
        json.push_str("}\n");
    }

    fn write_fields(&self, json: &mut String) {
        let _ = write!(
            json,
            ",\"sequence\":{},\"kind\":\"{}\"",
            self.sequence, self.kind
        );
        json.push_str(",\"path\":");
        text(json, &self.path);
        if let Some(old_path) = &self.old_path {
            json.push_str(",\"old_path\":");
            text(json, old_path);
        }
        let _ = write!(
            json,
            ",\"content_changed\":{},\"sharing_changed\":{},\"descendants\":{}",
            self.content_changed, self.sharing_changed, self.descendants
        );
        for (name, value) in [
            ("moved_in", self.moved_in),
            ("moved_out", self.moved_out),
            ("inherited", self.inherited),
        ] {
            if value {
                let _ = write!(json, ",\"{name}\":true");
            }
        }
        if let Some(found_by) = self.found_by {
            let _ = write!(json, ",\"found_by\":\"{found_by}\"");
        }
        let _ = write!(json, ",\"trigger\":\"{}\",\"item\":", self.trigger);
        json.push_str(&self.item);
    }

    /// Reads a line of the outbox; `None` for one that this version does not write.
    pub(crate) fn read_line(resource: &Resource, line: &str) -> Option<Self> {
        let line: Line<'_> = serde_json::from_str(line).ok()?;
        line.change(resource)
    }
}

impl Line<'_> {
    /// `None` for a name that this version does not know.
    fn change(self, resource: &Resource) -> Option<Change> {
        Some(Change {
            resource: resource.clone(),
            sequence: self.sequence,
            kind: named(ChangeKind::ALL, ChangeKind::as_str, &self.kind)?,
            path: self.path,
            old_path: self.old_path,
            content_changed: self.content_changed,
            sharing_changed: self.sharing_changed,
            descendants: self.descendants,
            moved_in: self.moved_in,
            moved_out: self.moved_out,
            inherited: self.inherited,
            found_by: (self.found_by.as_deref())
                .and_then(|name| named(FoundBy::ALL, FoundBy::as_str, name)),
            trigger: named(Trigger::ALL, Trigger::as_str, &self.trigger)?,
            item: self.item.get().to_owned(),
        })
    }
}

#[derive(Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "as in `Change`")]
struct Line<'a> {
    resource: Option<String>,
    sequence: u64,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    path: String,
    old_path: Option<String>,
    content_changed: bool,
    sharing_changed: bool,
    descendants: u64,
    #[serde(default)]
    moved_in: bool,
    #[serde(default)]
    moved_out: bool,
    #[serde(default)]
    inherited: bool,
    found_by: Option<String>,
    #[serde(borrow)]
    trigger: Cow<'a, str>,
    #[serde(borrow)]
    item: &'a RawValue,
}

fn named<T: Copy>(all: &[T], name_of: fn(T) -> &'static str, name: &str) -> Option<T> {
    all.iter().copied().find(|known| name_of(*known) == name)
}

/// Writes a text as a JSON string.
pub(crate) fn text(json: &mut String, text: &str) {
    let is_special = |byte: u8| byte < 0x20 || byte == b'"' || byte == b'\\';
    json.push('"');
    let mut rest = text;
    while let Some(at) = rest.bytes().position(is_special) {
        let (plain, special) = rest.split_at(at);
        json.push_str(plain);
        let (special, others) = special.split_at(1);
        match special {
            // Each eTag has quotes.
            "\"" => json.push_str("\\\""),
            "\\" => json.push_str("\\\\"),
            control => {
                let escaped = serde_json::to_string(control).expect("a text is JSON");
                json.push_str(escaped.trim_matches('"'));
            }
        }
        rest = others;
    }
    json.push_str(rest);
    json.push('"');
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn a_text_is_written_as_json() {
        for original in [
            "",
            "a",
            "\"{1F},2\"",
            "\\",
            "\"\"",
            "ü\"\n\u{1}\u{7f}\u{2028}ß\\t",
        ] {
            let mut json = String::new();
            text(&mut json, original);
            assert_eq!(json, serde_json::to_string(original).unwrap());
        }
    }
}
