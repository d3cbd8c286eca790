//! What the mirror keeps of an item.

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use data_encoding::BASE64;
use drivebell::DriveItem;
use rusqlite::Connection;

use super::words::Words;
use crate::node::{CTag, Fields, facets, part};

/// What differs between two states of an item, beside its name and its place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) content: bool,
    pub(super) sharing: bool,
    /// Anything that is worth a change.
    pub(super) any: bool,
}

pub(super) fn of_item(
    connection: &Connection,
    words: &mut Words,
    item: &DriveItem,
) -> rusqlite::Result<Fields> {
    let parts = item.facets();
    let mut word = |text: Option<&str>| text.map(|text| words.number(connection, text)).transpose();
    let (hash, other_hashes) = match parts.hashes {
        Some(json) => quick_xor(json).map_or((None, Some(json)), |hash| (Some(hash), None)),
        None => (None, None),
    };
    let has = |is: bool, facet: i64| if is { facet } else { 0 };
    let milliseconds = |time: Option<SystemTime>| {
        let since = time?.duration_since(UNIX_EPOCH).ok()?;
        i64::try_from(since.as_millis()).ok()
    };
    Ok(Fields {
        name: item.name().map(str::to_owned),
        facets: has(item.is_folder(), facets::FOLDER)
            + has(item.is_file(), facets::FILE)
            + has(parts.package.is_some(), facets::PACKAGE)
            + has(item.is_root(), facets::ROOT)
            + has(parts.shared.is_some(), facets::SHARED)
            + has(parts.remote_item.is_some(), facets::LINK),
        size: item.size().and_then(|size| i64::try_from(size).ok()),
        created: milliseconds(item.created_at()),
        modified: milliseconds(item.modified_at()),
        e_tag: item.e_tag().map(str::to_owned),
        c_tag: CTag::new(item.c_tag(), item.e_tag()),
        hash,
        mime: word(item.mime_type())?,
        created_by: word(parts.created_by)?,
        modified_by: word(parts.modified_by)?,
        extra: extra(&[
            ("shared", parts.shared),
            ("package", parts.package),
            ("remoteItem", parts.remote_item),
            ("hashes", other_hashes),
        ]),
    })
}

/// JSON without line breaks, which stand only between its tokens.
pub(super) fn one_line(json: &str) -> std::borrow::Cow<'_, str> {
    if json.contains(['\n', '\r']) {
        json.replace(['\n', '\r'], " ").into()
    } else {
        json.into()
    }
}

/// The hash, if it is the only one.
fn quick_xor(hashes: &str) -> Option<Vec<u8>> {
    let text = hashes
        .strip_prefix("{\"quickXorHash\":\"")?
        .strip_suffix("\"}")?;
    let hash = BASE64.decode(text.as_bytes()).ok()?;
    (BASE64.encode(&hash) == text).then_some(hash)
}

fn extra(parts: &[(&str, Option<&str>)]) -> Option<String> {
    if parts.iter().all(|(_, value)| value.is_none()) {
        return None;
    }
    let mut json = String::from("{");
    for (key, value) in parts {
        if let Some(value) = value {
            let comma = if json.len() > 1 { "," } else { "" };
            let _ = write!(json, "{comma}\"{key}\":{}", one_line(value));
        }
    }
    json.push('}');
    Some(json)
}

pub(super) fn differences(old: &Fields, new: &Fields) -> Difference {
    let is_folder = new.facets & facets::FOLDER != 0;
    let sharing = (old.facets ^ new.facets) & facets::SHARED != 0
        || part_of(old, "shared") != part_of(new, "shared");
    let content = !is_folder && content_differs(old, new);
    // A folder's size, times and tags follow from what is in it.
    let own = old.facets != new.facets
        || old.created != new.created
        || old.created_by != new.created_by
        || old.extra != new.extra;
    let any = own
        || !is_folder
            && (old.size != new.size
                || old.modified != new.modified
                || old.e_tag != new.e_tag
                || old.c_tag != new.c_tag
                || old.hash != new.hash
                || old.mime != new.mime
                || old.modified_by != new.modified_by);
    Difference {
        content,
        sharing,
        any: any || sharing || content,
    }
}

fn content_differs(old: &Fields, new: &Fields) -> bool {
    if let (Some(old), Some(new)) = (&old.hash, &new.hash) {
        return old != new;
    }
    if let (Some(old), Some(new)) = (part_of(old, "hashes"), part_of(new, "hashes")) {
        return old != new;
    }
    if old.c_tag != CTag::None && new.c_tag != CTag::None {
        return old.c_tag != new.c_tag;
    }
    old.size != new.size || old.modified != new.modified
}

fn part_of(fields: &Fields, key: &str) -> Option<String> {
    part(fields.extra.as_deref()?, key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(raw: &str) -> Fields {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(include_str!("../schema/1.sql"))
            .unwrap();
        let item = DriveItem::from_raw(raw).unwrap();
        of_item(&connection, &mut Words::default(), &item).unwrap()
    }

    #[test]
    fn content_is_judged_by_hashes_before_tags() {
        let file = |c_tag: &str, hashes: &str| {
            fields(&format!(
                r#"{{"id":"a","size":3,"eTag":"e{c_tag}","cTag":"{c_tag}","file":{{"hashes":{hashes}}}}}"#
            ))
        };
        let xor = |byte: &str| format!(r#"{{"quickXorHash":"{byte}AAAAAAAAAAAAAAAAAAAAAAAAAA="}}"#);
        let (one, other) = (xor("A"), xor("B"));
        let differs = |old: &Fields, new: &Fields| differences(old, new);
        let same = differs(&file("1", &one), &file("2", &one));
        assert!(same.any && !same.content);
        assert!(differs(&file("1", &one), &file("1", &other)).content);
        // The hash of a new file may come later.
        assert!(!differs(&file("1", "{}"), &file("1", &one)).content);
        assert!(differs(&file("1", "{}"), &file("2", &one)).content);
        assert_eq!(
            differs(&file("1", &one), &file("1", &one)),
            Difference::default()
        );
    }

    #[test]
    fn what_a_folder_sums_up_is_no_difference_of_its_own() {
        let old = fields(r#"{"id":"a","size":3,"eTag":"1","folder":{"childCount":1}}"#);
        let new = fields(
            r#"{"id":"a","size":4,"eTag":"2","lastModifiedDateTime":"2026-01-01T00:00:00Z","folder":{"childCount":2}}"#,
        );
        assert_eq!(differences(&old, &new), Difference::default());
        let shared =
            fields(r#"{"id":"a","size":3,"eTag":"1","folder":{},"shared":{"scope":"users"}}"#);
        let difference = differences(&old, &shared);
        assert!(difference.sharing && difference.any && !difference.content);
    }
}
