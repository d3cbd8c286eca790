//! A row of the table `node`, and the item that it stands for.

use std::fmt::Write as _;

use data_encoding::BASE64;
use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Row, ToSql};

use crate::change::text;

/// The number of a row.
pub(crate) type NodeId = i64;

/// What an item is: a sum.
pub(crate) mod facets {
    pub(crate) const FOLDER: i64 = 1;
    pub(crate) const FILE: i64 = 2;
    pub(crate) const PACKAGE: i64 = 4;
    pub(crate) const ROOT: i64 = 8;
    pub(crate) const SHARED: i64 = 16;
    pub(crate) const LINK: i64 = 32;
}

/// Where an item stands in the mirror.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// A folder that is known by its children only.
    Unseen = 0,
    /// It waits for its folder.
    Waiting = 1,
    /// It is in the tree. The consumer knows it, if it knows the folders above it.
    There = 2,
    /// Another item has its name and place.
    Displaced = 3,
    /// It was deleted, and what was in it may still turn up elsewhere.
    Dead = 4,
}

impl State {
    pub(crate) fn of(number: i64) -> Self {
        match number {
            1 => Self::Waiting,
            2 => Self::There,
            3 => Self::Displaced,
            4 => Self::Dead,
            _ => Self::Unseen,
        }
    }
}

/// The columns of a node, except its place in the mirror's own book-keeping.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Fields {
    pub(crate) name: Option<String>,
    pub(crate) facets: i64,
    pub(crate) size: Option<i64>,
    pub(crate) created: Option<i64>,
    pub(crate) modified: Option<i64>,
    pub(crate) e_tag: Option<String>,
    pub(crate) c_tag: CTag,
    pub(crate) hash: Option<Vec<u8>>,
    pub(crate) mime: Option<i64>,
    pub(crate) created_by: Option<i64>,
    pub(crate) modified_by: Option<i64>,
    pub(crate) extra: Option<String>,
}

/// The same, not owned.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns<'a> {
    pub(crate) name: Option<&'a str>,
    pub(crate) facets: i64,
    pub(crate) size: Option<i64>,
    pub(crate) created: Option<i64>,
    pub(crate) modified: Option<i64>,
    pub(crate) e_tag: Option<&'a str>,
    pub(crate) c_tag: &'a CTag,
    pub(crate) hash: Option<&'a [u8]>,
    /// Those of the media type, and of who has created and modified it.
    pub(crate) words: [Option<i64>; 3],
    pub(crate) extra: Option<&'a str>,
}

impl Columns<'_> {
    pub(crate) fn to_fields(self) -> Fields {
        let [mime, created_by, modified_by] = self.words;
        Fields {
            name: self.name.map(str::to_owned),
            facets: self.facets,
            size: self.size,
            created: self.created,
            modified: self.modified,
            e_tag: self.e_tag.map(str::to_owned),
            c_tag: self.c_tag.clone(),
            hash: self.hash.map(<[u8]>::to_vec),
            mime,
            created_by,
            modified_by,
            extra: self.extra.map(str::to_owned),
        }
    }
}

/// A cTag, short if it follows from the eTag.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum CTag {
    #[default]
    None,
    Version(i64),
    Text(String),
}

impl CTag {
    /// `"c:{GUID},3"` beside the eTag `"{GUID},2"` is 3.
    pub(crate) fn new(c_tag: Option<&str>, e_tag: Option<&str>) -> Self {
        let Some(text) = c_tag else {
            return Self::None;
        };
        let version = || {
            let (head, version) = text
                .strip_suffix('"')?
                .strip_prefix("\"c:")?
                .rsplit_once(',')?;
            let (other, _) = e_tag?
                .strip_suffix('"')?
                .strip_prefix('"')?
                .rsplit_once(',')?;
            let plain = version == "0" || !version.starts_with(['0', '+', '-']);
            (head == other && head.ends_with('}') && plain).then(|| version.parse().ok())?
        };
        version().map_or_else(|| Self::Text(text.to_owned()), Self::Version)
    }

    pub(crate) fn read(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Integer(version) => Self::Version(version),
            ValueRef::Text(text) => Self::Text(String::from_utf8_lossy(text).into_owned()),
            _ => Self::None,
        }
    }

    fn text(&self, e_tag: Option<&str>) -> Option<String> {
        match self {
            Self::None => None,
            Self::Text(text) => Some(text.clone()),
            Self::Version(version) => {
                let (head, _) = e_tag?.strip_prefix('"')?.rsplit_once(',')?;
                Some(format!("\"c:{head},{version}\""))
            }
        }
    }
}

impl ToSql for CTag {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::None => ToSqlOutput::Owned(Value::Null),
            Self::Version(version) => ToSqlOutput::Owned(Value::Integer(*version)),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        })
    }
}

/// The columns that [`Fields::read`] reads, in their order.
pub(crate) const FIELDS: &str = "node.name, node.facets, node.size, node.created, node.modified, node.etag, node.ctag, \
     node.hash, node.mime, node.created_by, node.modified_by, node.extra";

impl Fields {
    /// Reads them from a row in which they begin at `start`.
    pub(crate) fn read(row: &Row<'_>, start: usize) -> rusqlite::Result<Self> {
        Ok(Self {
            name: row.get(start)?,
            facets: row.get(start + 1)?,
            size: row.get(start + 2)?,
            created: row.get(start + 3)?,
            modified: row.get(start + 4)?,
            e_tag: row.get(start + 5)?,
            c_tag: CTag::read(row.get_ref(start + 6)?),
            hash: row.get(start + 7)?,
            mime: row.get(start + 8)?,
            created_by: row.get(start + 9)?,
            modified_by: row.get(start + 10)?,
            extra: row.get(start + 11)?,
        })
    }

    pub(crate) fn columns(&self) -> Columns<'_> {
        Columns {
            name: self.name.as_deref(),
            facets: self.facets,
            size: self.size,
            created: self.created,
            modified: self.modified,
            e_tag: self.e_tag.as_deref(),
            c_tag: &self.c_tag,
            hash: self.hash.as_deref(),
            words: [self.mime, self.created_by, self.modified_by],
            extra: self.extra.as_deref(),
        }
    }

    pub(crate) fn is_folder(&self) -> bool {
        self.facets & (facets::FOLDER | facets::ROOT) != 0
    }
}

/// What an item's JSON needs beside its fields.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) id: &'a str,
    pub(crate) parent_id: Option<&'a str>,
    pub(crate) drive_id: Option<&'a str>,
    pub(crate) deleted: bool,
}

/// The item in the form of Graph. `word` finds a text by its number.
pub(crate) fn item_json<W: AsRef<str>>(
    place: Place<'_>,
    fields: &Fields,
    mut word: impl FnMut(i64) -> rusqlite::Result<W>,
) -> rusqlite::Result<String> {
    let mut json = String::with_capacity(320);
    json.push_str("{\"id\":");
    text(&mut json, place.id);
    let string = |json: &mut String, key: &str, value: Option<&str>| {
        if let Some(value) = value {
            json.push_str(key);
            text(json, value);
        }
    };
    string(&mut json, ",\"name\":", fields.name.as_deref());
    if let Some(size) = fields.size {
        let _ = write!(json, ",\"size\":{size}");
    }
    string(&mut json, ",\"eTag\":", fields.e_tag.as_deref());
    let c_tag = fields.c_tag.text(fields.e_tag.as_deref());
    string(&mut json, ",\"cTag\":", c_tag.as_deref());
    time(&mut json, ",\"createdDateTime\":", fields.created);
    time(&mut json, ",\"lastModifiedDateTime\":", fields.modified);
    for (key, number) in [
        (",\"createdBy\":", fields.created_by),
        (",\"lastModifiedBy\":", fields.modified_by),
    ] {
        if let Some(number) = number {
            json.push_str(key);
            json.push_str(word(number)?.as_ref());
        }
    }
    if place.parent_id.is_some() || place.drive_id.is_some() {
        json.push_str(",\"parentReference\":{");
        string(&mut json, "\"driveId\":", place.drive_id);
        let key = if place.drive_id.is_some() {
            ",\"id\":"
        } else {
            "\"id\":"
        };
        string(&mut json, key, place.parent_id);
        json.push('}');
    }
    let has = |facet: i64| fields.facets & facet != 0;
    let extra = fields.extra.as_deref().unwrap_or("{}");
    if has(facets::FILE) {
        let mime = fields.mime.map(&mut word).transpose()?;
        let hash = fields.hash.as_deref().map(|hash| BASE64.encode(hash));
        file(
            &mut json,
            mime.as_ref().map(AsRef::as_ref),
            hash.as_deref(),
            part(extra, "hashes"),
        );
    }
    for (facet, key) in [
        (facets::FOLDER, ",\"folder\":{}"),
        (facets::ROOT, ",\"root\":{}"),
    ] {
        if has(facet) {
            json.push_str(key);
        }
    }
    for key in ["package", "shared", "remoteItem"] {
        if let Some(value) = part(extra, key) {
            let _ = write!(json, ",\"{key}\":{value}");
        }
    }
    if place.deleted {
        json.push_str(",\"deleted\":{\"state\":\"deleted\"}");
    }
    json.push('}');
    Ok(json)
}

fn file(json: &mut String, mime: Option<&str>, quick_xor: Option<&str>, hashes: Option<String>) {
    json.push_str(",\"file\":{");
    if let Some(mime) = mime {
        json.push_str("\"mimeType\":");
        text(json, mime);
    }
    let hashes = hashes.or_else(|| Some(format!("{{\"quickXorHash\":\"{}\"}}", quick_xor?)));
    if let Some(hashes) = hashes {
        if mime.is_some() {
            json.push(',');
        }
        json.push_str("\"hashes\":");
        json.push_str(&hashes);
    }
    json.push('}');
}

/// A member of the JSON object that holds the rarer parts.
pub(crate) fn part(extra: &str, key: &str) -> Option<String> {
    if extra.len() == 2 {
        return None;
    }
    let parts: std::collections::HashMap<&str, &serde_json::value::RawValue> =
        serde_json::from_str(extra).ok()?;
    parts.get(key).map(|value| value.get().to_owned())
}

fn time(json: &mut String, key: &str, milliseconds: Option<i64>) {
    let time = milliseconds.and_then(|at| Timestamp::from_millisecond(at).ok());
    if let Some(time) = time {
        json.push_str(key);
        json.push('"');
        let _ = DateTimePrinter::new().print_timestamp(&time, &mut *json);
        json.push('"');
    }
}

/// The item as Graph sent it, with or without the sign that it is deleted.
pub(crate) fn raw_json(raw: String, deleted: bool) -> String {
    match raw.trim_end().strip_suffix('}') {
        Some(open) if deleted => {
            let comma = if open.trim_end().ends_with('{') {
                ""
            } else {
                ","
            };
            format!("{open}{comma}\"deleted\":{{\"state\":\"deleted\"}}}}")
        }
        _ => raw,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ctag_that_follows_from_the_etag_is_short_and_comes_back() {
        let e_tag = Some("\"{1F},2\"");
        for (c_tag, is_short) in [
            ("\"c:{1F},3\"", true),
            ("\"c:{2F},3\"", false),
            ("\"c:{1F},03\"", false),
            ("x", false),
        ] {
            let short = CTag::new(Some(c_tag), e_tag);
            assert_eq!(matches!(short, CTag::Version(_)), is_short, "{c_tag}");
            assert_eq!(short.text(e_tag).as_deref(), Some(c_tag));
        }
    }
}
